package dev.doorbell.emulated;

import dev.doorbell.device.Registers;
import dev.doorbell.nvme.spec.ControllerRegisters;

/**
 * The registers at the start of BAR0 (NVMe Base 1.4, 3.1). Unknown and reserved offsets read as 0;
 * writes to them and to read-only registers are ignored.
 */
final class RegisterFile implements Registers {
  private final long cap;
  private final int strideExponent;
  private final Lifecycle lifecycle;
  private final QueueTable queues;
  private final Engine engine;
  private int interruptMask;

  RegisterFile(
      long cap, int strideExponent, Lifecycle lifecycle, QueueTable queues, Engine engine) {
    this.cap = cap;
    this.strideExponent = strideExponent;
    this.lifecycle = lifecycle;
    this.queues = queues;
    this.engine = engine;
  }

  @Override
  public int readInt(int offset) {
    if (offset == ControllerRegisters.CSTS) {
      return lifecycle.csts();
    }
    if (lifecycle.closed()) {
      return -1;
    }
    return switch (offset) {
      case ControllerRegisters.CAP -> (int) cap;
      case ControllerRegisters.CAP + 4 -> (int) (cap >>> 32);
      case ControllerRegisters.VS -> IdentifyData.VERSION;
      case ControllerRegisters.INTMS, ControllerRegisters.INTMC -> interruptMask(0, 0);
      case ControllerRegisters.CC -> lifecycle.cc();
      case ControllerRegisters.AQA -> lifecycle.aqa();
      case ControllerRegisters.ASQ -> (int) lifecycle.asq();
      case ControllerRegisters.ASQ + 4 -> (int) (lifecycle.asq() >>> 32);
      case ControllerRegisters.ACQ -> (int) lifecycle.acq();
      case ControllerRegisters.ACQ + 4 -> (int) (lifecycle.acq() >>> 32);
      default -> 0;
    };
  }

  @Override
  public long readLong(int offset) {
    return readInt(offset) & 0xFFFFFFFFL | (long) readInt(offset + 4) << 32;
  }

  @Override
  public void writeInt(int offset, int value) {
    if (offset >= ControllerRegisters.DOORBELLS) {
      ringDoorbell(offset, value);
      return;
    }
    long low = value & 0xFFFFFFFFL;
    long high = (long) value << 32;
    switch (offset) {
      case ControllerRegisters.INTMS -> interruptMask(value, 0);
      case ControllerRegisters.INTMC -> interruptMask(0, value);
      case ControllerRegisters.CC -> lifecycle.writeCc(value);
      case ControllerRegisters.AQA -> lifecycle.writeAqa(value);
      case ControllerRegisters.ASQ -> lifecycle.writeAsq(lifecycle.asq() & ~0xFFFFFFFFL | low);
      case ControllerRegisters.ASQ + 4 -> lifecycle.writeAsq(lifecycle.asq() & 0xFFFFFFFFL | high);
      case ControllerRegisters.ACQ -> lifecycle.writeAcq(lifecycle.acq() & ~0xFFFFFFFFL | low);
      case ControllerRegisters.ACQ + 4 -> lifecycle.writeAcq(lifecycle.acq() & 0xFFFFFFFFL | high);
      default -> {
        // Reserved or read-only: ignored, as the standard has it.
      }
    }
  }

  @Override
  public void writeLong(int offset, long value) {
    writeInt(offset, (int) value);
    writeInt(offset + 4, (int) (value >>> 32));
  }

  private void ringDoorbell(int offset, int value) {
    int distance = offset - ControllerRegisters.DOORBELLS;
    int index = distance >>> 2 + strideExponent;
    int qid = index >>> 1;
    if (index << 2 + strideExponent == distance) {
      if ((index & 1) == 0) {
        SubmissionRing ring = queues.submission(qid);
        if (ring != null) {
          ring.ringTail(value);
          return;
        }
      } else {
        CompletionRing ring = queues.completion(qid);
        if (ring != null) {
          ring.ringHead(value);
          return;
        }
      }
    }
    engine.invalidDoorbells.increment();
  }

  /** INTMS and INTMC: kept, without effect as with MSI-X (3.1.3). Returns the mask. */
  private synchronized int interruptMask(int set, int clear) {
    interruptMask = (interruptMask | set) & ~clear;
    return interruptMask;
  }
}
