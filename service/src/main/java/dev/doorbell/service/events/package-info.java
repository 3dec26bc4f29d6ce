/** What has happened in the service: a bounded log that clients follow. */
package dev.doorbell.service.events;
