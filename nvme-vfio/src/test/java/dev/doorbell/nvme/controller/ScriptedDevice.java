package dev.doorbell.nvme.controller;

import dev.doorbell.device.Device;
import dev.doorbell.device.DeviceException;
import dev.doorbell.device.Interrupt;
import dev.doorbell.device.Registers;
import dev.doorbell.dma.RecordingMapper;
import dev.doorbell.nvme.spec.AdminOpcode;
import dev.doorbell.nvme.spec.CompletionEntry;
import dev.doorbell.nvme.spec.ControllerRegisters;
import dev.doorbell.nvme.spec.Feature;
import dev.doorbell.nvme.spec.Identify;
import dev.doorbell.nvme.spec.IdentifyController;
import dev.doorbell.nvme.spec.IdentifyNamespace;
import dev.doorbell.nvme.spec.Status;
import dev.doorbell.nvme.spec.SubmissionEntry;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A register file with an admin queue behind it, on a clock that moves when the driver waits. */
final class ScriptedDevice implements Device, Registers {
  static final int IDLE_MILLIS = 1;

  final RecordingMapper mapper = new RecordingMapper();
  final List<Integer> opcodes = new ArrayList<>();
  long cap = ControllerRegisters.cap(1024, 4, 0, 1, 0, 4);
  long nowMillis;
  int cc;
  int csts;

  /** CSTS.RDY never follows CC.EN. */
  boolean neverReady;

  /** CSTS.RDY stays 1 whatever CC.EN says. */
  boolean neverDisabled;

  boolean gone;
  boolean refuseInterrupts;
  boolean refuseReset;

  /** Commands of this opcode get no answer. */
  int silentOpcode = -1;

  /** Commands of this opcode end with this status. */
  int failingOpcode = -1;

  int failingStatus = Status.INTERNAL_ERROR;

  /** Active namespaces, ascending. */
  List<Integer> active = List.of(1);

  /** Namespaces whose blocks carry 8 bytes of metadata. */
  List<Integer> withMetadata = List.of();

  int vectors = 3;

  /** For example {@code mask 1}. */
  final List<String> interruptCalls = new ArrayList<>();

  int mdts = 5;
  int resets;
  int granted = 4;
  boolean closed;
  Runnable onIdle = () -> {};

  private int aqa;
  private long asq;
  private long acq;
  private int sqHead;
  private int cqTail;
  private int phase;

  ControllerOptions options() {
    return new ControllerOptions(
        "nvme0", 2, 64, 1 << 20, 5_000, new Waiting(() -> nowMillis * 1_000_000L, this::idle));
  }

  private void idle() {
    nowMillis += IDLE_MILLIS;
    onIdle.run();
  }

  @Override
  public int readInt(int offset) {
    if (gone) {
      return -1;
    }
    return switch (offset) {
      case ControllerRegisters.CC -> cc;
      case ControllerRegisters.CSTS -> csts;
      case ControllerRegisters.VS -> 0x10400;
      default -> throw new AssertionError("read of 0x" + Integer.toHexString(offset));
    };
  }

  @Override
  public long readLong(int offset) {
    if (offset != ControllerRegisters.CAP) {
      throw new AssertionError("read of 0x" + Integer.toHexString(offset));
    }
    return gone ? -1 : cap;
  }

  @Override
  public void writeInt(int offset, int value) {
    if (gone) {
      return;
    }
    if (offset == ControllerRegisters.CC) {
      writeCc(value);
    } else if (offset == ControllerRegisters.AQA) {
      aqa = value;
    } else if (offset == ControllerRegisters.submissionDoorbell(0, 4)) {
      ringAdmin(value);
    } else if (offset != ControllerRegisters.completionDoorbell(0, 4)) {
      throw new AssertionError("write of 0x" + Integer.toHexString(offset));
    }
  }

  @Override
  public void writeLong(int offset, long value) {
    if (offset == ControllerRegisters.ASQ) {
      asq = value;
    } else if (offset == ControllerRegisters.ACQ) {
      acq = value;
    } else {
      throw new AssertionError("write of 0x" + Integer.toHexString(offset));
    }
  }

  private void writeCc(int value) {
    boolean enable = (value & ControllerRegisters.CC_ENABLE) != 0;
    boolean enabled = (cc & ControllerRegisters.CC_ENABLE) != 0;
    cc = value;
    if (!enable) {
      csts = neverDisabled ? csts : 0;
    } else if (!enabled) {
      sqHead = 0;
      cqTail = 0;
      phase = 1;
      csts |= neverReady ? 0 : ControllerRegisters.CSTS_READY;
    } else if ((value & ControllerRegisters.CC_SHN_MASK) != 0) {
      csts |= ControllerRegisters.CSTS_SHST_COMPLETE;
    }
  }

  private void ringAdmin(int tail) {
    ByteBuffer entries = mapper.at(asq);
    while (sqHead != tail) {
      execute(entries, sqHead * SubmissionEntry.SIZE);
      sqHead = (sqHead + 1) % ControllerRegisters.aqaSubmissionEntries(aqa);
    }
  }

  private void execute(ByteBuffer sq, int at) {
    int opcode = SubmissionEntry.opcode(sq, at);
    opcodes.add(opcode);
    if (opcode == silentOpcode) {
      return;
    }
    int cid = SubmissionEntry.cid(sq, at);
    if (opcode == failingOpcode) {
      complete(cid, failingStatus, 0);
      return;
    }
    int result = 0;
    if (opcode == AdminOpcode.IDENTIFY) {
      identify(
          mapper.at(SubmissionEntry.prp1(sq, at)),
          SubmissionEntry.nsid(sq, at),
          Identify.cns(SubmissionEntry.cdw(sq, at, 10)));
    } else if (opcode == AdminOpcode.SET_FEATURES) {
      result = Feature.numberOfQueues(granted, granted);
    }
    complete(cid, 0, result);
  }

  private void identify(ByteBuffer data, int nsid, int cns) {
    switch (cns) {
      case Identify.CNS_CONTROLLER ->
          IdentifyController.write(
              data,
              0,
              new IdentifyController.Fields(
                  0x1B36, "SN1", "Model", "1.0", mdts, 0, 0x10400, 4, 4, 1, 0, true, 1, 1, "nqn"));
      case Identify.CNS_ACTIVE_NAMESPACES -> {
        for (int i = 0; i < active.size(); i++) {
          data.putInt(4 * i, active.get(i));
        }
      }
      case Identify.CNS_NAMESPACE -> {
        IdentifyNamespace.write(data, 0, 1 << 20, 9, false, 0, 0);
        // MS of LBA format 0.
        data.putShort(128, (short) (withMetadata.contains(nsid) ? 8 : 0));
      }
      default -> throw new AssertionError("cns " + cns);
    }
  }

  private void complete(int cid, int status, int result) {
    ByteBuffer cq = mapper.at(acq);
    CompletionEntry.write(cq, cqTail * CompletionEntry.SIZE, result, sqHead, 0, cid, status, phase);
    if (++cqTail == ControllerRegisters.aqaCompletionEntries(aqa)) {
      cqTail = 0;
      phase ^= 1;
    }
  }

  @Override
  public String name() {
    return "scripted";
  }

  @Override
  public String transport() {
    return "test";
  }

  @Override
  public Registers registers() {
    return this;
  }

  @Override
  public RecordingMapper dma() {
    return mapper;
  }

  @Override
  public int interruptVectors() {
    return vectors;
  }

  @Override
  public Interrupt[] enableInterrupts(int count) {
    if (refuseInterrupts) {
      throw new DeviceException("no interrupts");
    }
    Interrupt[] interrupts = new Interrupt[count];
    Arrays.setAll(interrupts, RecordedInterrupt::new);
    return interrupts;
  }

  @Override
  public void reset() {
    resets++;
    if (refuseReset) {
      throw new DeviceException("no reset");
    }
    cc = 0;
    csts = 0;
  }

  @Override
  public void close() {
    closed = true;
  }

  private final class RecordedInterrupt implements Interrupt {
    private final int number;

    RecordedInterrupt(int number) {
      this.number = number;
    }

    @Override
    public int fd() {
      return -1;
    }

    @Override
    public void mask() {
      interruptCalls.add("mask " + number);
    }

    @Override
    public void unmask() {
      interruptCalls.add("unmask " + number);
    }
  }
}
