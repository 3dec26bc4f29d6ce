package dev.doorbell.nvme;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.doorbell.device.Device;
import dev.doorbell.dma.DmaBuffer;
import dev.doorbell.nvme.controller.ControllerCounter;
import dev.doorbell.nvme.controller.ControllerOptions;
import dev.doorbell.nvme.controller.ControllerState;
import dev.doorbell.nvme.controller.IoQueueHandle;
import dev.doorbell.nvme.controller.NamespaceInfo;
import dev.doorbell.nvme.controller.Waiting;
import dev.doorbell.nvme.queue.BlockCommand;
import dev.doorbell.nvme.queue.Command;
import dev.doorbell.nvme.queue.HostStatus;
import dev.doorbell.nvme.queue.IoQueue;
import dev.doorbell.nvme.queue.QueueCounter;
import dev.doorbell.nvme.spec.NvmOpcode;
import dev.doorbell.nvme.spec.Status;
import java.util.ArrayDeque;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * Resets and removal under load, and what a controller refuses, on any controller: with the
 * supervisor on its own thread, as in the service. A subclass per backend says how the device is
 * opened and removed. The first 4 MiB of the first namespace are overwritten.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
public abstract class FaultSuite {
  private static final int DEPTH = 32;
  private static final int REGIONS = 256;
  private static final int BYTES = 4096;
  private static final int RESETS = 5;
  private static final long SEED = 0x5EED_0002L;

  private final Random random = new Random(SEED);
  private final ConcurrentLinkedQueue<Runnable> mailbox = new ConcurrentLinkedQueue<>();
  private final ArrayDeque<Write> idle = new ArrayDeque<>();

  /** Per region: the last version acknowledged, or -1 where it is not known. */
  private final int[] acknowledged = new int[REGIONS];

  private final int[] submitted = new int[REGIONS];
  private NvmeDrive drive;
  private IoQueue queue;
  private NamespaceInfo namespace;
  private int versions;
  private int inFlight;
  private int done;
  private int unknown;
  private int notSent;
  private int otherFailures;

  protected abstract Device openDevice();

  /** Removes the device while it is in use; returns at once. */
  protected abstract void removeDevice();

  @BeforeEach
  void openDrive() {
    drive =
        NvmeDrive.open(
            openDevice(), new ControllerOptions("nvme0", 1, 64, 1 << 17, 5_000, Waiting.SYSTEM));
    IoQueueHandle handle = drive.openQueue(1 << 20);
    queue = handle.queue();
    drive.watch(handle, mailbox::add);
    drive.startSupervisor();
    namespace = drive.namespaces().get(0);
    for (int i = 0; i < DEPTH; i++) {
      idle.add(new Write(queue.arena().allocate(BYTES)));
    }
  }

  @AfterEach
  void closeDrive() {
    drive.close();
  }

  @Test
  void aResetUnderLoadEndsEveryCommandAndLosesNothingThatWasAcknowledged() {
    for (int reset = 1; reset <= RESETS; reset++) {
      int target = done + 200;
      await("load", () -> load() && done >= target);
      int number = reset;
      drive.requestReset("wanted by a test");
      await(
          "the controller is back",
          () ->
              load()
                  && drive.faults().get(ControllerCounter.RESETS) == number
                  && drive.state() == ControllerState.LIVE);
    }
    int target = done + 200;
    await("load after the last reset", () -> load() && done >= target);
    await("the end of the load", () -> inFlight == 0);
    assertEquals(0, otherFailures, "only a reset may fail a command, and only as unknown");
    assertEquals(0, notSent);
    assertEquals(unknown, queue.pair().counters().get(QueueCounter.OUTCOME_UNKNOWN));
    assertEquals(0, queue.pair().counters().get(QueueCounter.UNKNOWN_COMPLETIONS));
    assertEquals(0, drive.faults().get(ControllerCounter.RESET_FAILURES));
    verify();
  }

  // Last: the device does not come back.
  @Test
  @Order(Integer.MAX_VALUE)
  void aRemovalUnderLoadEndsEveryCommandAndTheDriveCanBeClosed() {
    await("load", () -> load() && done >= 200);
    removeDevice();
    await("the removal", () -> load() && drive.state() == ControllerState.FAILED);
    // A device that is only asked for may still answer until its queue has heard of it.
    await("the queue to hear of it", () -> load() && notSent > 0);
    await("the end of the load", () -> inFlight == 0);
    assertEquals(1, drive.faults().get(ControllerCounter.REMOVALS));
    assertEquals(0, otherFailures);
    Write late = idle.remove();
    late.start(0);
    await("a write to a drive that is gone", () -> inFlight == 0);
    assertEquals(HostStatus.NOT_SENT, late.status);
    drive.close();
  }

  @Test
  void whatTheControllerRefusesComesBackAsItsStatus() {
    DmaBuffer buffer = idle.peek().buffer;
    int tooMany = drive.info().maxTransferBytes() / namespace.blockSize() + 1;
    // One page of memory for more blocks than a command may have: refused before any is touched.
    Plain tooLong = new Plain();
    tooLong.prepareTransfer(NvmOpcode.READ, namespace.id(), 0, Math.min(tooMany * 64, 65_536), 0);
    tooLong.addSegment(buffer.iova(), BYTES);
    Plain past = new Plain();
    past.prepareTransfer(NvmOpcode.READ, namespace.id(), namespace.blocks() - 1, 2, 0);
    past.addSegment(buffer.iova(), BYTES);
    Plain unsupported = new Plain();
    unsupported.prepare(0x7F, namespace.id(), 0, 0, 0);
    Plain nowhere = new Plain();
    nowhere.prepareTransfer(NvmOpcode.READ, 0x7FFF, 0, 1, 0);
    nowhere.addSegment(buffer.iova(), BYTES);
    for (Plain command : new Plain[] {tooLong, past, unsupported, nowhere}) {
      queue.pair().submit(command);
      await("a refusal", () -> command.status >= 0);
    }
    assertEquals(Status.INVALID_FIELD, Status.code(tooLong.status));
    assertTrue(Status.doNotRetry(tooLong.status));
    assertEquals(Status.LBA_OUT_OF_RANGE, Status.code(past.status));
    assertEquals(Status.INVALID_OPCODE, Status.code(unsupported.status));
    // QEMU says Invalid Field of an NSID that is valid and not active, others Invalid Namespace.
    assertTrue(Status.isError(nowhere.status));
    await("load", () -> load() && done >= 200);
    await("the end of the load", () -> inFlight == 0);
    assertEquals(0, drive.faults().get(ControllerCounter.RESETS));
    verify();
  }

  /** Keeps the queue filled; always true, to stand in a condition. */
  private boolean load() {
    while (!idle.isEmpty()) {
      int region = random.nextInt(REGIONS);
      if (submitted[region] != 0) {
        break;
      }
      idle.remove().start(region);
    }
    return true;
  }

  private void verify() {
    Write reader = idle.remove();
    for (int region = 0; region < REGIONS; region++) {
      int expected = acknowledged[region];
      if (expected > 0) {
        reader.read(region);
        await("a read", () -> inFlight == 0);
        assertEquals(0, reader.status);
        for (int i = 0; i < BYTES; i += 8) {
          assertEquals(expected, (int) reader.buffer.getLongLE(i), "region " + region);
        }
      }
    }
  }

  private void await(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!condition.getAsBoolean()) {
      Runnable message = mailbox.poll();
      if (message != null) {
        message.run();
      } else if (queue.pair().poll() == 0) {
        Thread.onSpinWait();
      }
      assertTrue(System.nanoTime() < deadline, "waited in vain for " + what);
    }
  }

  /** A write of one version to one region, forced to the medium; or a read. */
  private final class Write extends BlockCommand {
    private final DmaBuffer buffer;
    private int region;
    private int version;
    private boolean reading;
    private int status;

    Write(DmaBuffer buffer) {
      this.buffer = buffer;
    }

    void start(int newRegion) {
      region = newRegion;
      version = ++versions;
      reading = false;
      submitted[region] = version;
      for (int i = 0; i < BYTES; i += 8) {
        buffer.setLongLE(i, version);
      }
      inFlight++;
      int blocks = BYTES / namespace.blockSize();
      long lba = (long) region * blocks;
      queue.write(this, namespace.id(), lba, blocks, namespace.blockSize(), buffer, 0, true);
    }

    void read(int newRegion) {
      region = newRegion;
      reading = true;
      inFlight++;
      int blocks = BYTES / namespace.blockSize();
      long lba = (long) region * blocks;
      queue.read(this, namespace.id(), lba, blocks, namespace.blockSize(), buffer, 0);
    }

    @Override
    protected void done(int newStatus) {
      status = newStatus;
      inFlight--;
      if (reading) {
        return;
      }
      submitted[region] = 0;
      idle.add(this);
      if (status == 0) {
        done++;
        acknowledged[region] = version;
      } else if (status == HostStatus.NOT_SENT) {
        notSent++;
      } else {
        acknowledged[region] = -1;
        unknown += status == HostStatus.OUTCOME_UNKNOWN ? 1 : 0;
        otherFailures += status == HostStatus.OUTCOME_UNKNOWN ? 0 : 1;
      }
    }
  }

  private static final class Plain extends Command {
    private int status = -1;

    @Override
    protected void completed(int newStatus, long result) {
      status = newStatus;
    }
  }
}
