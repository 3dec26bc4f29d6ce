package dev.doorbell.service.events;

import java.time.Instant;
import java.util.Map;

/**
 * Something that happened.
 *
 * @param number counts up from 1 while the service runs
 * @param type for example {@code reset}
 * @param members what there is to say of it; values are text, numbers, booleans and lists of those
 */
public record Event(long number, Instant time, String type, Map<String, Object> members) {}
