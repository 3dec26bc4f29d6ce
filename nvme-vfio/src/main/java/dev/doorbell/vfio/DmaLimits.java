package dev.doorbell.vfio;

import dev.doorbell.dma.DmaException;
import dev.doorbell.linux.Errno;
import dev.doorbell.linux.LinuxException;
import dev.doorbell.linux.MemoryLock;
import java.util.function.Supplier;

/** Says which limit a refused mapping met, and what to raise. */
final class DmaLimits {
  private static final String ENTRY_LIMIT =
      "the kernel's limit on mappings (module parameter dma_entry_limit of vfio_iommu_type1)";

  private final Supplier<MemoryLock> memoryLock;

  DmaLimits(Supplier<MemoryLock> memoryLock) {
    this.memoryLock = memoryLock;
  }

  /** Whether the limit on the number of mappings, or on pinned memory, was met. */
  static boolean isLimit(LinuxException e) {
    // Kernels before 5.17 say ENOMEM for both, later ones ENOSPC for the number.
    return e.errno() == Errno.ENOSPC || e.errno() == Errno.ENOMEM;
  }

  /**
   * The exception to throw.
   *
   * @param bytes of the mapping that was refused
   * @param mappings how many there are
   */
  DmaException explain(LinuxException e, long bytes, int mappings) {
    if (e.errno() == Errno.ENOSPC) {
      return new DmaException(
          "%s is met with %d mappings; raise it, or use fewer drives and loops"
              .formatted(ENTRY_LIMIT, mappings),
          e);
    }
    if (e.errno() == Errno.ENOMEM) {
      MemoryLock lock = memoryLock.get();
      if (bytes > lock.available()) {
        return new DmaException(memoryLockMessage(bytes, lock), e);
      }
      return new DmaException(
          "no memory to map %d bytes, with %d mappings: the machine is short of memory, or %s is met"
              .formatted(bytes, mappings, ENTRY_LIMIT),
          e);
    }
    return new DmaException("%d bytes cannot be mapped: %s".formatted(bytes, e.getMessage()), e);
  }

  /**
   * @param bytes still to be mapped
   */
  static String memoryLockMessage(long bytes, MemoryLock lock) {
    return ("the limit on locked memory is too low: %d KiB allowed, %d KiB in use, %d KiB more"
            + " needed; raise it to %d KiB at least (ulimit -l, LimitMEMLOCK= of a systemd unit, or"
            + " memlock in /etc/security/limits.conf)")
        .formatted(
            lock.limit() >> 10,
            lock.locked() >> 10,
            bytes >> 10,
            lock.locked() + bytes + 1023 >> 10);
  }
}
