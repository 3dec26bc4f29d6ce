/**
 * Byte ranges on namespaces: rounding to blocks, splitting, read-modify-write under a range lock,
 * memory, accounting. Knows neither HTTP nor JSON, so that every front end gets the same rules.
 */
package dev.doorbell.service.block;
