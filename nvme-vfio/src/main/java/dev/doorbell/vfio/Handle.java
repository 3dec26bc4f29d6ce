package dev.doorbell.vfio;

import java.nio.ByteBuffer;

/**
 * An open file of VFIO: container, group or device. Calls throw {@link
 * dev.doorbell.linux.LinuxException} with errno, call and path.
 */
interface Handle extends AutoCloseable {
  String path();

  int fd();

  int ioctl(Ioctl call, long argument);

  /**
   * @param argument direct, as {@link VfioAbi#struct} makes it
   */
  int ioctl(Ioctl call, ByteBuffer argument);

  /** Opens a device of this group (VFIO_GROUP_GET_DEVICE_FD). */
  Handle openDevice(String name);

  Mapping map(long offset, int size);

  /** Reads the buffer's capacity in one access. */
  void read(ByteBuffer target, long offset);

  /** Writes the buffer's capacity in one access. */
  void write(ByteBuffer source, long offset);

  /** Idempotent, never throws. */
  @Override
  void close();

  /** Device memory in this process; the buffer must not be used after {@link #close}. */
  interface Mapping {
    ByteBuffer buffer();

    void close();
  }
}
