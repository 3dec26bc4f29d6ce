/**
 * Zones of an emulated namespace: their state, and the file that keeps it over a loss of power.
 * Knows neither queues nor data: the controller asks it where a write may go, tells it when the
 * write has ended, and has it commit what has changed.
 */
package dev.doorbell.emulated.zoned;
