/**
 * The drives of the service: opened from configuration, their namespaces named, closed in order.
 */
package dev.doorbell.service.drive;
