/**
 * A span for each request, for those who want to see them beside those of their clients. Nothing of
 * it is loaded unless the configuration asks for it.
 */
package dev.doorbell.service.tracing;
