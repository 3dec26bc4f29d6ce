package dev.doorbell.vfio;

import dev.doorbell.linux.DeviceFile;
import dev.doorbell.linux.EventFd;
import dev.doorbell.linux.FileMapping;
import dev.doorbell.linux.MemoryLock;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** The kernel this process runs on. */
final class LinuxKernel implements Kernel {
  @Override
  public Handle open(String path) {
    return new FileHandle(DeviceFile.open(path));
  }

  @Override
  public EventFd eventFd() {
    return new EventFd();
  }

  @Override
  public MemoryLock memoryLock() {
    return MemoryLock.current();
  }

  @Override
  public int pageSize() {
    return FileMapping.pageSize();
  }

  private record FileHandle(DeviceFile file) implements Handle {
    @Override
    public String path() {
      return file.path();
    }

    @Override
    public int fd() {
      return file.fd();
    }

    @Override
    public int ioctl(Ioctl call, long argument) {
      return file.ioctl(call.name(), call.request(), argument);
    }

    @Override
    public int ioctl(Ioctl call, ByteBuffer argument) {
      return file.ioctl(call.name(), call.request(), argument);
    }

    @Override
    public Handle openDevice(String name) {
      byte[] text = name.getBytes(StandardCharsets.US_ASCII);
      ByteBuffer terminated = ByteBuffer.allocateDirect(text.length + 1).put(0, text);
      Ioctl call = Ioctl.VFIO_GROUP_GET_DEVICE_FD;
      return new FileHandle(file.openByIoctl(call.name(), call.request(), terminated, name));
    }

    @Override
    public Mapping map(long offset, int size) {
      return new FileArea(file.map(offset, size));
    }

    @Override
    public void read(ByteBuffer target, long offset) {
      file.read(target, offset);
    }

    @Override
    public void write(ByteBuffer source, long offset) {
      file.write(source, offset);
    }

    @Override
    public void close() {
      file.close();
    }
  }

  private record FileArea(FileMapping mapping) implements Handle.Mapping {
    @Override
    public ByteBuffer buffer() {
      return mapping.buffer();
    }

    @Override
    public void close() {
      mapping.close();
    }
  }
}
