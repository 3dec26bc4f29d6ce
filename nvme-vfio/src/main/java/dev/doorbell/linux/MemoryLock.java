package dev.doorbell.linux;

import com.kenai.jffi.MemoryIO;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * How much memory this process may pin for a device, and how much is pinned.
 *
 * @param limit in bytes (RLIMIT_MEMLOCK); {@link Long#MAX_VALUE} if there is none, or if the
 *     process may exceed it (CAP_IPC_LOCK, as root has)
 * @param locked in bytes (VmLck), which counts against the limit
 */
public record MemoryLock(long limit, long locked) {
  private static final int RLIMIT_MEMLOCK = 8;
  private static final int STRUCT_RLIMIT = 16;
  private static final int CAP_IPC_LOCK = 14;
  private static final Path STATUS = Path.of("/proc/self/status");

  /**
   * As it is now; what cannot be found out counts as unlimited and nothing locked.
   *
   * @throws LinuxException if the limit cannot be read
   */
  public static MemoryLock current() {
    List<String> status = status();
    boolean capable = (number(status, "CapEff:", 16) >>> CAP_IPC_LOCK & 1) != 0;
    long locked = number(status, "VmLck:", 10) * 1024;
    return new MemoryLock(capable ? Long.MAX_VALUE : limitOfProcess(), locked);
  }

  /** Bytes that may still be pinned. */
  public long available() {
    return Math.max(0, limit - locked);
  }

  private static long limitOfProcess() {
    ByteBuffer limits = ByteBuffer.allocateDirect(STRUCT_RLIMIT).order(ByteOrder.nativeOrder());
    long address = MemoryIO.getInstance().getDirectBufferAddress(limits);
    if (LibC.API.getrlimit(RLIMIT_MEMLOCK, address) < 0) {
      throw new LinuxException("getrlimit", "RLIMIT_MEMLOCK", LibC.errno());
    }
    // RLIM_INFINITY is the largest unsigned number.
    long soft = limits.getLong(0);
    return soft < 0 ? Long.MAX_VALUE : soft;
  }

  private static List<String> status() {
    try {
      return Files.readAllLines(STATUS);
    } catch (IOException e) {
      return List.of();
    }
  }

  private static long number(List<String> lines, String key, int radix) {
    for (String line : lines) {
      if (line.startsWith(key)) {
        String value = line.substring(key.length()).trim();
        int end = value.indexOf(' ');
        return Long.parseUnsignedLong(end < 0 ? value : value.substring(0, end), radix);
      }
    }
    return 0;
  }
}
