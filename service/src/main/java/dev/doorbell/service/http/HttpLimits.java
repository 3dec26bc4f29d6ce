package dev.doorbell.service.http;

/**
 * What the front end allows.
 *
 * @param window commands that one long request keeps in flight, at least 1
 * @param unalignedWrites whether writes need not start and end at blocks
 * @param maxWrite largest body of one write in bytes; 0 for no limit
 * @param maxBuffered largest body that is held in memory as a whole, in bytes
 * @param idleSeconds how long a connection may be silent; 0 for ever
 */
public record HttpLimits(
    int window, boolean unalignedWrites, long maxWrite, long maxBuffered, int idleSeconds) {}
