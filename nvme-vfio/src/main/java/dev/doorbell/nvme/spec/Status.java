package dev.doorbell.nvme.spec;

/**
 * The status field of a completion without its phase tag (NVMe Base 1.4, 4.6.1).
 *
 * <pre>
 *   SC 7:0 | SCT 10:8 | CRD 12:11 | M 13 | DNR 14
 * </pre>
 *
 * <p>On the hot path a status is this 15-bit value in an {@code int}; 0 is success. Constants hold
 * type and code, without CRD, More and DNR. Compare by {@link #code}.
 */
public final class Status {
  public static final int SUCCESS = 0;

  /** Status code types. */
  public static final int SCT_GENERIC = 0;

  public static final int SCT_COMMAND_SPECIFIC = 1;
  public static final int SCT_MEDIA = 2;
  public static final int SCT_PATH = 3;
  public static final int SCT_VENDOR = 7;

  public static final int INVALID_OPCODE = 0x001;
  public static final int INVALID_FIELD = 0x002;
  public static final int CID_CONFLICT = 0x003;
  public static final int DATA_TRANSFER_ERROR = 0x004;
  public static final int POWER_LOSS = 0x005;
  public static final int INTERNAL_ERROR = 0x006;
  public static final int ABORT_REQUESTED = 0x007;
  public static final int ABORTED_SQ_DELETION = 0x008;
  public static final int ABORTED_FAILED_FUSED = 0x009;
  public static final int ABORTED_MISSING_FUSED = 0x00A;
  public static final int INVALID_NAMESPACE = 0x00B;
  public static final int COMMAND_SEQUENCE_ERROR = 0x00C;
  public static final int PRP_OFFSET_INVALID = 0x013;
  public static final int NAMESPACE_WRITE_PROTECTED = 0x020;
  public static final int LBA_OUT_OF_RANGE = 0x080;
  public static final int CAPACITY_EXCEEDED = 0x081;
  public static final int NAMESPACE_NOT_READY = 0x082;

  public static final int COMPLETION_QUEUE_INVALID = 0x100;
  public static final int INVALID_QUEUE_ID = 0x101;
  public static final int INVALID_QUEUE_SIZE = 0x102;
  public static final int ABORT_LIMIT_EXCEEDED = 0x103;
  public static final int ASYNC_EVENT_LIMIT_EXCEEDED = 0x105;
  public static final int INVALID_INTERRUPT_VECTOR = 0x108;
  public static final int INVALID_LOG_PAGE = 0x109;
  public static final int INVALID_QUEUE_DELETION = 0x10C;
  public static final int FEATURE_NOT_SAVEABLE = 0x10D;
  public static final int FEATURE_NOT_CHANGEABLE = 0x10E;
  public static final int FEATURE_NOT_NAMESPACE_SPECIFIC = 0x10F;
  public static final int WRITE_TO_READ_ONLY_RANGE = 0x182;
  public static final int COMMAND_SIZE_LIMIT_EXCEEDED = 0x183;

  // Zoned Namespace Command Set 1.1, figure 2.
  public static final int ZONE_BOUNDARY_ERROR = 0x1B8;
  public static final int ZONE_IS_FULL = 0x1B9;
  public static final int ZONE_IS_READ_ONLY = 0x1BA;
  public static final int ZONE_IS_OFFLINE = 0x1BB;
  public static final int ZONE_INVALID_WRITE = 0x1BC;
  public static final int TOO_MANY_ACTIVE_ZONES = 0x1BD;
  public static final int TOO_MANY_OPEN_ZONES = 0x1BE;
  public static final int INVALID_ZONE_TRANSITION = 0x1BF;

  public static final int WRITE_FAULT = 0x280;
  public static final int UNRECOVERED_READ_ERROR = 0x281;
  public static final int COMPARE_FAILURE = 0x285;
  public static final int ACCESS_DENIED = 0x286;
  public static final int DEALLOCATED_BLOCK = 0x287;

  /** Do Not Retry: the same command will fail again. */
  public static final int DNR = 1 << 14;

  /** More: the Error Information log holds more about this failure. */
  public static final int MORE = 1 << 13;

  private static final int CODE_MASK = 0x7FF;

  private Status() {}

  /** Type and code, without CRD, More and DNR: what the constants of this class hold. */
  public static int code(int status) {
    return status & CODE_MASK;
  }

  /** Status code type, 0 to 7. */
  public static int sct(int status) {
    return status >>> 8 & 0x7;
  }

  /** Status code, 0 to 255. */
  public static int sc(int status) {
    return status & 0xFF;
  }

  /**
   * Whether the command failed. The status code type counts: SCT 1 with SC 0 is an error (a driver
   * that looks at SC alone reports success).
   */
  public static boolean isError(int status) {
    return (status & CODE_MASK) != 0;
  }

  public static boolean doNotRetry(int status) {
    return (status & DNR) != 0;
  }

  public static boolean more(int status) {
    return (status & MORE) != 0;
  }

  /**
   * The errno a block layer reports for a status: 0 for success, ENOSYS for Invalid Command Opcode,
   * EINVAL for Invalid Field in Command, EIO for the rest.
   */
  public static int errno(int status) {
    return switch (code(status)) {
      case SUCCESS -> 0;
      case INVALID_OPCODE -> 38;
      case INVALID_FIELD -> 22;
      default -> 5;
    };
  }

  /** The standard's name of a status, or its numbers where this class has none. */
  public static String name(int status) {
    return switch (code(status)) {
      case SUCCESS -> "Successful Completion";
      case INVALID_OPCODE -> "Invalid Command Opcode";
      case INVALID_FIELD -> "Invalid Field in Command";
      case CID_CONFLICT -> "Command ID Conflict";
      case DATA_TRANSFER_ERROR -> "Data Transfer Error";
      case POWER_LOSS -> "Commands Aborted due to Power Loss Notification";
      case INTERNAL_ERROR -> "Internal Error";
      case ABORT_REQUESTED -> "Command Abort Requested";
      case ABORTED_SQ_DELETION -> "Command Aborted due to SQ Deletion";
      case ABORTED_FAILED_FUSED -> "Command Aborted due to Failed Fused Command";
      case ABORTED_MISSING_FUSED -> "Command Aborted due to Missing Fused Command";
      case INVALID_NAMESPACE -> "Invalid Namespace or Format";
      case COMMAND_SEQUENCE_ERROR -> "Command Sequence Error";
      case PRP_OFFSET_INVALID -> "PRP Offset Invalid";
      case NAMESPACE_WRITE_PROTECTED -> "Namespace is Write Protected";
      case LBA_OUT_OF_RANGE -> "LBA Out of Range";
      case CAPACITY_EXCEEDED -> "Capacity Exceeded";
      case NAMESPACE_NOT_READY -> "Namespace Not Ready";
      case COMPLETION_QUEUE_INVALID -> "Completion Queue Invalid";
      case INVALID_QUEUE_ID -> "Invalid Queue Identifier";
      case INVALID_QUEUE_SIZE -> "Invalid Queue Size";
      case ABORT_LIMIT_EXCEEDED -> "Abort Command Limit Exceeded";
      case ASYNC_EVENT_LIMIT_EXCEEDED -> "Asynchronous Event Request Limit Exceeded";
      case INVALID_INTERRUPT_VECTOR -> "Invalid Interrupt Vector";
      case INVALID_LOG_PAGE -> "Invalid Log Page";
      case INVALID_QUEUE_DELETION -> "Invalid Queue Deletion";
      case FEATURE_NOT_SAVEABLE -> "Feature Identifier Not Saveable";
      case FEATURE_NOT_CHANGEABLE -> "Feature Not Changeable";
      case FEATURE_NOT_NAMESPACE_SPECIFIC -> "Feature Not Namespace Specific";
      case WRITE_TO_READ_ONLY_RANGE -> "Attempted Write to Read Only Range";
      case COMMAND_SIZE_LIMIT_EXCEEDED -> "Command Size Limit Exceeded";
      case ZONE_BOUNDARY_ERROR -> "Zone Boundary Error";
      case ZONE_IS_FULL -> "Zone Is Full";
      case ZONE_IS_READ_ONLY -> "Zone Is Read Only";
      case ZONE_IS_OFFLINE -> "Zone Is Offline";
      case ZONE_INVALID_WRITE -> "Zone Invalid Write";
      case TOO_MANY_ACTIVE_ZONES -> "Too Many Active Zones";
      case TOO_MANY_OPEN_ZONES -> "Too Many Open Zones";
      case INVALID_ZONE_TRANSITION -> "Invalid Zone State Transition";
      case WRITE_FAULT -> "Write Fault";
      case UNRECOVERED_READ_ERROR -> "Unrecovered Read Error";
      case COMPARE_FAILURE -> "Compare Failure";
      case ACCESS_DENIED -> "Access Denied";
      case DEALLOCATED_BLOCK -> "Deallocated or Unwritten Logical Block";
      default -> "Status code type %d, code %02Xh".formatted(sct(status), sc(status));
    };
  }
}
