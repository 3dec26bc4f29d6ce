package dev.doorbell.service.client;

import java.util.Map;

/**
 * A zone as the service reports it; offsets are bytes of the namespace.
 *
 * @param state such as {@code empty} or {@code implicitly_open}
 * @param writePointer where the next write goes, or -1 if it has none
 */
public record ZoneInfo(
    long index, String state, long offset, long size, long capacity, long writePointer) {
  static ZoneInfo of(Map<String, Object> json) throws BrokenAnswerException {
    return new ZoneInfo(
        Members.number(json, "zone"),
        Members.text(json, "state"),
        Members.number(json, "offset"),
        Members.number(json, "size_bytes"),
        Members.number(json, "capacity_bytes"),
        json.containsKey("write_pointer") ? Members.number(json, "write_pointer") : -1);
  }

  /** Bytes that have been written since its last reset. */
  public long written() {
    if (writePointer >= 0) {
      return writePointer - offset;
    }
    return state.equals("full") ? capacity : 0;
  }
}
