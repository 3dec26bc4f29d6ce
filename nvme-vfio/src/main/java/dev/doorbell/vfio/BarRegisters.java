package dev.doorbell.vfio;

import dev.doorbell.device.Registers;
import dev.doorbell.linux.LinuxException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * The registers of BAR0: in memory where they may be mapped, by system calls where not.
 *
 * <p>The first mapping, which holds a controller's registers and doorbells, is one comparison away.
 * After {@link #close} everything reads as all ones and nothing is written; a thread that is inside
 * an access meanwhile would crash the process, so the owner stops all users first.
 */
final class BarRegisters implements Registers {
  private static final VarHandle INT =
      MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  /** Registers are named by an int: what lies beyond is out of reach anyway. */
  private static final long MAX_MAPPED = 1 << 30;

  private static final Window CLOSED = new Window(0, ByteBuffer.allocateDirect(0));

  private final Handle device;
  private final RegionInfo region;
  private final List<Handle.Mapping> mappings = new ArrayList<>();
  private Window first = CLOSED;
  private Window[] others = {};
  private boolean closed;

  /** A mapped area, from {@code start} in the region. */
  private record Window(int start, ByteBuffer memory) {
    boolean holds(int offset, int bytes) {
      int at = offset - start;
      return at >= 0 && at <= memory.capacity() - bytes;
    }
  }

  private BarRegisters(Handle device, RegionInfo region) {
    this.device = device;
    this.region = region;
  }

  /**
   * Maps the areas.
   *
   * @throws LinuxException if one cannot be mapped; then none is
   */
  static BarRegisters map(Handle device, RegionInfo region, List<RegionInfo.Area> areas) {
    BarRegisters registers = new BarRegisters(device, region);
    try {
      List<Window> windows = new ArrayList<>();
      for (RegionInfo.Area area : areas) {
        long size = Math.min(area.end(), MAX_MAPPED) - area.offset();
        if (size > 0) {
          Handle.Mapping mapping = device.map(region.fileOffset() + area.offset(), (int) size);
          registers.mappings.add(mapping);
          windows.add(new Window((int) area.offset(), mapping.buffer()));
        }
      }
      if (!windows.isEmpty()) {
        registers.first = windows.get(0);
        registers.others = windows.subList(1, windows.size()).toArray(new Window[0]);
      }
      return registers;
    } catch (RuntimeException | Error e) {
      registers.close();
      throw e;
    }
  }

  @Override
  public int readInt(int offset) {
    Window window = window(offset, Integer.BYTES);
    if (window != null) {
      return (int) INT.getAcquire(window.memory, offset - window.start);
    }
    ByteBuffer value = readSlowly(offset, Integer.BYTES);
    return value == null ? -1 : value.getInt(0);
  }

  @Override
  public long readLong(int offset) {
    Window window = window(offset, Long.BYTES);
    if (window != null) {
      return (long) LONG.getAcquire(window.memory, offset - window.start);
    }
    ByteBuffer value = readSlowly(offset, Long.BYTES);
    return value == null ? -1 : value.getLong(0);
  }

  @Override
  public void writeInt(int offset, int value) {
    // Release: what was stored to queue memory is visible before the device sees this store.
    Window window = window(offset, Integer.BYTES);
    if (window != null) {
      INT.setRelease(window.memory, offset - window.start, value);
    } else {
      writeSlowly(offset, buffer(Integer.BYTES).putInt(0, value));
    }
  }

  @Override
  public void writeLong(int offset, long value) {
    Window window = window(offset, Long.BYTES);
    if (window != null) {
      LONG.setRelease(window.memory, offset - window.start, value);
    } else {
      writeSlowly(offset, buffer(Long.BYTES).putLong(0, value));
    }
  }

  /** Whether an access of four bytes goes to memory, not through the kernel. */
  boolean mapped(int offset) {
    return window(offset, Integer.BYTES) != null;
  }

  private Window window(int offset, int bytes) {
    Window window = first;
    if (window.holds(offset, bytes)) {
      return window;
    }
    for (Window other : others) {
      if (other.holds(offset, bytes)) {
        return other;
      }
    }
    return null;
  }

  private ByteBuffer readSlowly(int offset, int bytes) {
    checkWithinRegion(offset, bytes);
    if (closed) {
      return null;
    }
    ByteBuffer value = buffer(bytes);
    try {
      device.read(value, region.fileOffset() + offset);
    } catch (LinuxException e) {
      // The function does not answer: as on the bus, that reads as all ones.
      return null;
    }
    VarHandle.acquireFence();
    return value;
  }

  private void writeSlowly(int offset, ByteBuffer value) {
    checkWithinRegion(offset, value.capacity());
    if (closed) {
      return;
    }
    VarHandle.releaseFence();
    try {
      device.write(value, region.fileOffset() + offset);
    } catch (LinuxException e) {
      // As on the bus, a write to a function that is gone goes nowhere.
      VfioDevice.LOG.debug("{}: register 0x{}: {}", device.path(), offset, e.getMessage());
    }
  }

  private void checkWithinRegion(int offset, int bytes) {
    if (offset < 0 || offset > region.size() - bytes) {
      throw new IndexOutOfBoundsException(
          "register 0x%x of a BAR of 0x%x bytes".formatted(offset, region.size()));
    }
  }

  private static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Unmaps; idempotent. */
  void close() {
    closed = true;
    first = CLOSED;
    others = new Window[0];
    mappings.forEach(Handle.Mapping::close);
    mappings.clear();
  }
}
