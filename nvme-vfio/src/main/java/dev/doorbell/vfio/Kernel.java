package dev.doorbell.vfio;

import dev.doorbell.linux.EventFd;
import dev.doorbell.linux.MemoryLock;

/**
 * What VFIO needs of the kernel. Calls throw {@link dev.doorbell.linux.LinuxException}.
 *
 * <p>There is one of Linux and one for tests, which counts what is opened and closed.
 */
interface Kernel {
  Handle open(String path);

  EventFd eventFd();

  MemoryLock memoryLock();

  /** The page of mappings in bytes. */
  int pageSize();
}
