package dev.doorbell.nvme.spec;

/**
 * The condition of a zone (Zoned Namespace Command Set 1.1, 2.1.1.2 and 2.1.1.3), and the one table
 * of moves between conditions that driver and emulated controller go by.
 *
 * <pre>
 *                        write  fill  open  close  finish  reset  offline  set extension
 *   Empty                IO     F     EO    -      F       E      -        C
 *   Implicitly Opened    IO     F     EO    C      F       E      -        -
 *   Explicitly Opened    EO     F     EO    C      F       E      -        -
 *   Closed               IO     F     EO    C      F       E      -        -
 *   Full                 -      -     -     -      F       E      -        -
 *   Read Only            -      -     -     -      -       -      O        -
 *   Offline              -      -     -     -      -       -      O        -
 * </pre>
 *
 * <p>A dash is Invalid Zone State Transition, or for writes the status of {@link #writeStatus}.
 */
public enum ZoneCondition {
  EMPTY(0x1, "empty"),
  IMPLICITLY_OPEN(0x2, "implicitly_open"),
  EXPLICITLY_OPEN(0x3, "explicitly_open"),
  CLOSED(0x4, "closed"),
  READ_ONLY(0xD, "read_only"),
  FULL(0xE, "full"),
  OFFLINE(0xF, "offline");

  private static final int CODES = 16;
  private static final ZoneCondition[] BY_CODE = new ZoneCondition[CODES];
  private static final ZoneCondition[][] MOVES =
      new ZoneCondition[values().length][ZoneAction.values().length];

  static {
    for (ZoneCondition condition : values()) {
      BY_CODE[condition.code] = condition;
    }
    moves(EMPTY, IMPLICITLY_OPEN, FULL, EXPLICITLY_OPEN, null, FULL, EMPTY, null, CLOSED);
    moves(IMPLICITLY_OPEN, IMPLICITLY_OPEN, FULL, EXPLICITLY_OPEN, CLOSED, FULL, EMPTY, null, null);
    moves(EXPLICITLY_OPEN, EXPLICITLY_OPEN, FULL, EXPLICITLY_OPEN, CLOSED, FULL, EMPTY, null, null);
    moves(CLOSED, IMPLICITLY_OPEN, FULL, EXPLICITLY_OPEN, CLOSED, FULL, EMPTY, null, null);
    moves(FULL, null, null, null, null, FULL, EMPTY, null, null);
    moves(READ_ONLY, null, null, null, null, null, null, OFFLINE, null);
    moves(OFFLINE, null, null, null, null, null, null, OFFLINE, null);
  }

  private final int code;
  private final String label;

  ZoneCondition(int code, String label) {
    this.code = code;
    this.label = label;
  }

  /** One row of the table: the columns are {@link ZoneAction}s in their order. */
  private static void moves(ZoneCondition from, ZoneCondition... to) {
    MOVES[from.ordinal()] = to;
  }

  /** What a zone becomes by {@code action}, or null if it may not. */
  public ZoneCondition on(ZoneAction action) {
    return MOVES[ordinal()][action.ordinal()];
  }

  /** ZS of the zone descriptor. */
  public int code() {
    return code;
  }

  /** Name in JSON and metrics. */
  public String label() {
    return label;
  }

  /** The condition with this code of 4 bits, or null. */
  public static ZoneCondition ofCode(int code) {
    return code >= 0 && code < CODES ? BY_CODE[code] : null;
  }

  /** The condition with this label, or null. */
  public static ZoneCondition ofLabel(String label) {
    for (ZoneCondition condition : values()) {
      if (condition.label.equals(label)) {
        return condition;
      }
    }
    return null;
  }

  /** Whether a zone in it takes one of the Maximum Open Resources. */
  public boolean open() {
    return this == IMPLICITLY_OPEN || this == EXPLICITLY_OPEN;
  }

  /** Whether a zone in it takes one of the Maximum Active Resources. */
  public boolean active() {
    return open() || this == CLOSED;
  }

  /** Whether a zone in it can be written at its write pointer. */
  public boolean writable() {
    return this == EMPTY || active();
  }

  /** The status of a write to a zone in it: 0 if the condition does not forbid it. */
  public int writeStatus() {
    return switch (this) {
      case FULL -> Status.ZONE_IS_FULL;
      case READ_ONLY -> Status.ZONE_IS_READ_ONLY;
      case OFFLINE -> Status.ZONE_IS_OFFLINE;
      default -> Status.SUCCESS;
    };
  }
}
