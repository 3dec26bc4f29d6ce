package dev.doorbell.nvme.spec;

/**
 * What moves a zone from one {@link ZoneCondition} to another: writes, and the Zone Send Actions of
 * Zone Management Send (Zoned Namespace Command Set 1.1, 3.4.3, figure 46).
 */
public enum ZoneAction {
  /** A write that leaves room in the zone. */
  WRITE(-1, "write"),
  /** A write up to the zone's capacity. */
  FILL(-1, "fill"),
  OPEN(0x03, "open"),
  CLOSE(0x01, "close"),
  FINISH(0x02, "finish"),
  RESET(0x04, "reset"),
  OFFLINE(0x05, "offline"),
  SET_DESCRIPTOR_EXTENSION(0x10, "set_descriptor_extension");

  private final int code;
  private final String label;

  ZoneAction(int code, String label) {
    this.code = code;
    this.label = label;
  }

  /** ZSA, or -1 for writes. */
  public int code() {
    return code;
  }

  /** Name in URLs, messages and metrics. */
  public String label() {
    return label;
  }

  /** The Zone Send Action with this code, or null. */
  public static ZoneAction ofCode(int code) {
    for (ZoneAction action : values()) {
      if (action.code == code && code >= 0) {
        return action;
      }
    }
    return null;
  }
}
