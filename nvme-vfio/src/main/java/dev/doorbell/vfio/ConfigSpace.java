package dev.doorbell.vfio;

import dev.doorbell.linux.LinuxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The configuration space of a function, little-endian whatever the machine is (PCI 3.0, 6.1).
 *
 * <p>Each access is one of the size it says. Safe for use by several threads.
 */
final class ConfigSpace {
  static final int CAP_MSI = 0x05;
  static final int CAP_MSIX = 0x11;

  private static final int COMMAND = 0x04;
  private static final int COMMAND_MEMORY = 1 << 1;
  private static final int COMMAND_BUS_MASTER = 1 << 2;
  private static final int STATUS = 0x06;
  private static final int STATUS_CAPABILITIES = 1 << 4;
  private static final int CAPABILITIES = 0x34;
  private static final int HEADER_END = 0x40;

  /** Capabilities take four bytes at least, between the header and 100h. */
  private static final int MAX_CAPABILITIES = (0x100 - HEADER_END) / 4;

  private final Handle device;
  private final long offset;
  private final long size;

  /**
   * @param region of the configuration space
   */
  ConfigSpace(Handle device, RegionInfo region) {
    this.device = device;
    this.offset = region.fileOffset();
    this.size = region.size();
  }

  int readByte(int at) {
    return read(at, Byte.BYTES).get(0) & 0xFF;
  }

  int readShort(int at) {
    return read(at, Short.BYTES).getShort(0) & 0xFFFF;
  }

  int readInt(int at) {
    return read(at, Integer.BYTES).getInt(0);
  }

  void writeShort(int at, int value) {
    ByteBuffer word = buffer(Short.BYTES).putShort(0, (short) value);
    device.write(word, offset + at);
  }

  /**
   * Finds a capability of the standard list (PCI 3.0, 6.7).
   *
   * @return its offset, or -1; a list that runs in circles or out of bounds ends there
   */
  int findCapability(int id) {
    if ((readShort(STATUS) & STATUS_CAPABILITIES) == 0) {
      return -1;
    }
    int at = readByte(CAPABILITIES) & ~3;
    for (int i = 0; i < MAX_CAPABILITIES && at >= HEADER_END && at < size; i++) {
      int found = readByte(at);
      if (found == id) {
        return at;
      }
      // A function that has left the bus reads as all ones.
      if (found == 0xFF) {
        return -1;
      }
      at = readByte(at + 1) & ~3;
    }
    return -1;
  }

  /** Lets the function answer at its BARs and do DMA. */
  void enableMemoryAndBusMaster() {
    int command = readShort(COMMAND);
    writeShort(COMMAND, command | COMMAND_MEMORY | COMMAND_BUS_MASTER);
  }

  /** Ends all DMA of the function; a function that is gone does none. */
  void disableBusMaster() {
    try {
      writeShort(COMMAND, readShort(COMMAND) & ~COMMAND_BUS_MASTER);
    } catch (LinuxException e) {
      VfioDevice.LOG.debug("{}: bus mastering not turned off: {}", device.path(), e.getMessage());
    }
  }

  private ByteBuffer read(int at, int bytes) {
    ByteBuffer value = buffer(bytes);
    device.read(value, offset + at);
    return value;
  }

  private static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
