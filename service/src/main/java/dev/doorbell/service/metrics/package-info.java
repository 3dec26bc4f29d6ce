/** What happens, for Prometheus: per-loop counters summed up when they are scraped. */
package dev.doorbell.service.metrics;
