package dev.doorbell.service.block;

import dev.doorbell.dma.DmaBuffer;

/** A request that remembers how it ended. */
final class TestRequest extends BlockRequest {
  boolean done;
  int status;

  /** Writes {@code bytes} at {@code offset}; false if there is no memory now. */
  boolean write(BlockDevice device, long offset, byte[] bytes) {
    return write(device, offset, bytes, false);
  }

  boolean write(BlockDevice device, long offset, byte[] bytes, boolean durable) {
    DmaBuffer memory = device.memory().allocate(device.writeMemory(offset, bytes.length));
    if (memory == null) {
      return false;
    }
    done = false;
    int index = device.prepareWrite(this, offset, memory);
    memory.setBytes(index, bytes);
    device.write(this, offset, bytes.length, durable);
    return true;
  }

  /** Appends {@code bytes}, not durably; false if there is no memory now. */
  boolean append(BlockDevice device, int zone, byte[] bytes) {
    DmaBuffer memory = device.memory().allocate(bytes.length);
    if (memory == null) {
      return false;
    }
    done = false;
    device.prepareWrite(this, 0, memory);
    memory.setBytes(0, bytes);
    device.append(this, zone, bytes.length, false);
    return true;
  }

  /** Compares with {@code bytes}; there must be memory. */
  void compare(BlockDevice device, long offset, byte[] bytes) {
    DmaBuffer memory = device.memory().allocate(bytes.length);
    done = false;
    device.prepareWrite(this, offset, memory);
    memory.setBytes(0, bytes);
    device.compare(this, offset, bytes.length);
  }

  boolean holdsMemory() {
    return buffer != null;
  }

  void read(BlockDevice device, long offset, int length) {
    done = false;
    device.read(this, offset, length);
  }

  /** What was read; releases the memory. */
  byte[] take() {
    byte[] bytes = new byte[buffer.readableBytes()];
    buffer.getBytes(buffer.readerIndex(), bytes);
    releaseBuffer();
    return bytes;
  }

  @Override
  protected void finished(int status) {
    this.status = status;
    this.done = true;
    if (kind != BlockKind.READ) {
      releaseBuffer();
    }
  }
}
