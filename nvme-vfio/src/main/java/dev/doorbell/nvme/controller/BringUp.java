package dev.doorbell.nvme.controller;

import static dev.doorbell.nvme.spec.ControllerRegisters.ACQ;
import static dev.doorbell.nvme.spec.ControllerRegisters.AQA;
import static dev.doorbell.nvme.spec.ControllerRegisters.ASQ;
import static dev.doorbell.nvme.spec.ControllerRegisters.CAP;
import static dev.doorbell.nvme.spec.ControllerRegisters.CC;
import static dev.doorbell.nvme.spec.ControllerRegisters.CC_ENABLE;
import static dev.doorbell.nvme.spec.ControllerRegisters.CC_SHN_MASK;
import static dev.doorbell.nvme.spec.ControllerRegisters.CC_SHN_NORMAL;
import static dev.doorbell.nvme.spec.ControllerRegisters.CSS_NVM;
import static dev.doorbell.nvme.spec.ControllerRegisters.CSTS;
import static dev.doorbell.nvme.spec.ControllerRegisters.CSTS_FATAL;
import static dev.doorbell.nvme.spec.ControllerRegisters.CSTS_READY;
import static dev.doorbell.nvme.spec.ControllerRegisters.CSTS_SHST_COMPLETE;
import static dev.doorbell.nvme.spec.ControllerRegisters.CSTS_SHST_MASK;

import dev.doorbell.device.Registers;
import dev.doorbell.dma.DmaMemory;
import dev.doorbell.nvme.spec.ControllerRegisters;
import dev.doorbell.nvme.spec.IdentifyZoned;

/**
 * The register side of a controller's life: disable, enable, shut down (NVMe Base 1.4, 7.6).
 *
 * <p>Time limits come from CAP.TO, which is in units of 500 ms: (TO + 1) · 500 ms are allowed, so
 * that a controller that says 0 still gets 500 ms.
 */
final class BringUp {
  /** A shutdown may have to empty a cache; RTD3E would tell, few controllers fill it in. */
  private static final int SHUTDOWN_MILLIS = 30_000;

  private final String name;
  private final Registers registers;
  private final Deadlines deadlines;
  private final long cap;
  private final int pageSize;
  private final int timeoutMillis;

  /**
   * Reads and checks CAP.
   *
   * @throws NvmeException if the device is gone or not one that this driver can run
   */
  BringUp(String name, Registers registers, Deadlines deadlines) {
    this.name = name;
    this.registers = registers;
    this.deadlines = deadlines;
    this.cap = registers.readLong(CAP);
    if (cap == -1) {
      throw new NvmeException(
          name + ": the device is gone: its registers read all ones; check the slot or power");
    }
    if ((ControllerRegisters.capCommandSets(cap) & 1) == 0) {
      throw new NvmeException(
          "%s: the controller does not offer the NVM command set (CAP.CSS=0x%x)"
              .formatted(name, ControllerRegisters.capCommandSets(cap)));
    }
    this.pageSize = Math.max(DmaMemory.PAGE_SIZE, ControllerRegisters.capMinPageSize(cap));
    if (pageSize > ControllerRegisters.capMaxPageSize(cap)) {
      throw new NvmeException(
          "%s: no common page size: the controller allows at most %d bytes, the host needs %d"
              .formatted(name, ControllerRegisters.capMaxPageSize(cap), pageSize));
    }
    this.timeoutMillis = ControllerRegisters.capTimeoutMillis(cap) + 500;
  }

  /**
   * Clears CC.EN and waits for CSTS.RDY to follow. A fatal status does not end this wait: disabling
   * is what cures it (9.5).
   */
  void disable() {
    int cc = registers.readInt(CC);
    if ((cc & CC_ENABLE) != 0) {
      // Found between its two states: clearing EN before RDY followed it is undefined (3.1.5).
      deadlines.awaitEvenIfFatal(
          name + ": enable that an earlier driver began", timeoutMillis, () -> ready() || fatal());
    }
    forceDisable();
  }

  /** As {@link #disable}, without waiting for an enable that has been given up. */
  void forceDisable() {
    registers.writeInt(CC, registers.readInt(CC) & ~CC_ENABLE);
    deadlines.awaitEvenIfFatal(
        name + ": disable (CC.EN=0, waiting for CSTS.RDY=0)", timeoutMillis, () -> !ready());
  }

  /** Whether the device no longer answers: its registers read all ones. */
  boolean gone() {
    return registers.readInt(CSTS) == Deadlines.GONE;
  }

  /** Sets the admin queue and CC.EN, and waits for CSTS.RDY to follow. */
  void enable(int adminEntries, long submissionIova, long completionIova) {
    registers.writeInt(AQA, ControllerRegisters.aqa(adminEntries, adminEntries));
    registers.writeLong(ASQ, submissionIova);
    registers.writeLong(ACQ, completionIova);
    registers.writeInt(CC, ControllerRegisters.ccEnabled(pageSize, commandSets()));
    deadlines.await(
        name + ": enable (CC.EN=1, waiting for CSTS.RDY=1)", timeoutMillis, () -> ready());
  }

  /** Whether all I/O command sets are enabled, not just the NVM one (CC.CSS 110b). */
  boolean allCommandSets() {
    return commandSets() == IdentifyZoned.CSS_ALL;
  }

  private int commandSets() {
    boolean all = (ControllerRegisters.capCommandSets(cap) >>> IdentifyZoned.CSS_ALL & 1) != 0;
    return all ? IdentifyZoned.CSS_ALL : CSS_NVM;
  }

  /** Announces the shutdown and waits until the controller has saved what it holds (7.6.2). */
  void shutDown() {
    int cc = registers.readInt(CC);
    registers.writeInt(CC, cc & ~CC_SHN_MASK | CC_SHN_NORMAL);
    deadlines.await(
        name + ": shutdown (CC.SHN=01b, waiting for CSTS.SHST=10b)",
        Math.max(SHUTDOWN_MILLIS, timeoutMillis),
        () -> (registers.readInt(CSTS) & CSTS_SHST_MASK) == CSTS_SHST_COMPLETE);
  }

  long cap() {
    return cap;
  }

  int pageSize() {
    return pageSize;
  }

  private boolean fatal() {
    return (registers.readInt(CSTS) & CSTS_FATAL) != 0;
  }

  private boolean ready() {
    int csts = registers.readInt(CSTS);
    return csts != 0xFFFFFFFF && (csts & CSTS_READY) != 0;
  }
}
