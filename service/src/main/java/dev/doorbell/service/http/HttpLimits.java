package dev.doorbell.service.http;

/**
 * What the front end allows.
 *
 * @param window commands that one long request keeps in flight, at least 1
 * @param unalignedWrites whether writes need not start and end at blocks
 * @param maxWrite largest body of one write in bytes; 0 for no limit
 * @param maxBuffered largest body that is held in memory as a whole, in bytes
 * @param requests of one connection that are in progress at once
 * @param memory of the drive that the requests of one connection hold, in bytes
 * @param waitMillis how long a request waits for memory
 */
public record HttpLimits(
    int window,
    boolean unalignedWrites,
    long maxWrite,
    long maxBuffered,
    int requests,
    long memory,
    long waitMillis) {}
