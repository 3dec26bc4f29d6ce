package dev.doorbell.emulated;

import dev.doorbell.nvme.spec.AdminOpcode;
import dev.doorbell.nvme.spec.NvmOpcode;
import dev.doorbell.nvme.spec.OptionalCommands;
import java.nio.ByteBuffer;

/**
 * Fills the Commands Supported and Effects log page (NVMe Base 1.4, 5.14.1.5): a dword per opcode,
 * first for admin commands, then for I/O commands.
 */
final class EffectsLog {
  private static final int IO_COMMANDS = 1024;
  private static final int SUPPORTED = 1;
  private static final int CONTENT_CHANGE = 1 << 1;

  private EffectsLog() {}

  static void write(OptionalFeatures features, ByteBuffer out) {
    for (int opcode :
        new int[] {
          AdminOpcode.DELETE_IO_SQ,
          AdminOpcode.CREATE_IO_SQ,
          AdminOpcode.GET_LOG_PAGE,
          AdminOpcode.DELETE_IO_CQ,
          AdminOpcode.CREATE_IO_CQ,
          AdminOpcode.IDENTIFY,
          AdminOpcode.ABORT,
          AdminOpcode.SET_FEATURES,
          AdminOpcode.GET_FEATURES,
          AdminOpcode.ASYNC_EVENT_REQUEST
        }) {
      out.putInt(4 * opcode, SUPPORTED);
    }
    if (features.shadowDoorbells()) {
      out.putInt(4 * AdminOpcode.DOORBELL_BUFFER_CONFIG, SUPPORTED);
    }
    io(out, NvmOpcode.FLUSH, SUPPORTED);
    io(out, NvmOpcode.READ, SUPPORTED);
    io(out, NvmOpcode.WRITE, SUPPORTED | CONTENT_CHANGE);
    int change = SUPPORTED | CONTENT_CHANGE;
    optional(features, out, OptionalCommands.ONCS_COMPARE, NvmOpcode.COMPARE, SUPPORTED);
    optional(features, out, OptionalCommands.ONCS_VERIFY, NvmOpcode.VERIFY, SUPPORTED);
    optional(features, out, OptionalCommands.ONCS_WRITE_ZEROES, NvmOpcode.WRITE_ZEROES, change);
    optional(
        features,
        out,
        OptionalCommands.ONCS_DATASET_MANAGEMENT,
        NvmOpcode.DATASET_MANAGEMENT,
        change);
    optional(features, out, OptionalCommands.ONCS_COPY, NvmOpcode.COPY, change);
  }

  private static void optional(
      OptionalFeatures features, ByteBuffer out, int command, int opcode, int effects) {
    if (features.offers(command)) {
      io(out, opcode, effects);
    }
  }

  private static void io(ByteBuffer out, int opcode, int effects) {
    out.putInt(IO_COMMANDS + 4 * opcode, effects);
  }
}
