/** What NVMe controllers this machine has and who has them, read from sysfs and procfs only. */
package dev.doorbell.service.inventory;
