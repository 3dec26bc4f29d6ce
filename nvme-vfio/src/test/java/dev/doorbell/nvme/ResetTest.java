package dev.doorbell.nvme;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.doorbell.emulated.FaultRule;
import dev.doorbell.emulated.FaultRule.Action;
import dev.doorbell.emulated.MemoryStore;
import dev.doorbell.emulated.NamespaceConfig;
import dev.doorbell.emulated.OptionalFeatures;
import dev.doorbell.nvme.controller.ControllerCounter;
import dev.doorbell.nvme.controller.ControllerListener;
import dev.doorbell.nvme.controller.ControllerState;
import dev.doorbell.nvme.controller.NamespaceInfo;
import dev.doorbell.nvme.controller.NvmeException;
import dev.doorbell.nvme.controller.Passthrough;
import dev.doorbell.nvme.queue.BlockCommand;
import dev.doorbell.nvme.queue.HostStatus;
import dev.doorbell.nvme.spec.AdminOpcode;
import dev.doorbell.nvme.spec.LogPage;
import dev.doorbell.nvme.spec.Status;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a controller reset may have changed, and what leads to one. */
class ResetTest implements ControllerListener {
  private static final int BLOCK = 512;
  private static final int BLOCKS = 256;

  private final List<String> heard = new ArrayList<>();
  private final FaultyDrive drive = new FaultyDrive(BLOCKS, BLOCK, true, OptionalFeatures.DEFAULT);

  @BeforeEach
  void listen() {
    drive.drive().listen(this);
  }

  @AfterEach
  void closeDrive() {
    drive.close();
  }

  @Test
  void aCapacityThatChangedIsKnownBeforeTheNextCommand() {
    drive.device().resize(1, BLOCKS / 2 * BLOCK);
    reset();
    assertEquals(List.of("changed to 128 of 512"), heard);
    assertEquals(128, drive.drive().namespace(1).blocks());
  }

  @Test
  void namespacesThatCameAndWentAreTold() {
    drive.device().attach(new NamespaceConfig(new MemoryStore(1 << 20), 4096, false));
    drive.device().detach(1);
    reset();
    assertEquals(List.of("detached 1", "attached 2"), heard);
    assertThrows(NvmeException.class, () -> drive.drive().namespace(1));
    assertEquals(256, drive.drive().namespace(2).blocks());
  }

  @Test
  void whatWaitsForANamespaceOfOtherBlocksIsNotSent() {
    List<Read> posted = fill();
    Read waiting = read();
    drive.device().detach(1);
    drive.device().attach(new NamespaceConfig(new MemoryStore(1 << 20), 4096, false));
    reset();
    assertEquals(List.of("changed to 256 of 4096"), heard);
    posted.forEach(r -> assertEquals(HostStatus.OUTCOME_UNKNOWN, r.status));
    assertEquals(HostStatus.NOT_SENT, waiting.status);
    assertEquals(0, drive.queue(0).pair().waiting());
  }

  @Test
  void whatWaitsForANamespaceThatOnlyGrewGoesOn() {
    drive.device().resize(1, BLOCKS / 2 * BLOCK);
    reset();
    fill();
    Read waiting = read();
    drive.device().resize(1, BLOCKS * BLOCK);
    reset();
    assertEquals(List.of("changed to 128 of 512", "changed to 256 of 512"), heard);
    end(waiting);
    assertEquals(0, waiting.status);
  }

  @Test
  void nothingIsToldWhereNothingChanged() {
    reset();
    assertEquals(List.of(), heard);
  }

  @Test
  void anAdminCommandPassedThroughWithoutAnAnswerLeadsToAReset() {
    int mappings = drive.device().dma().mappings();
    drive.device().faults().add(FaultRule.of(Action.SWALLOW).onQueue(0));
    NvmeException e = assertThrows(NvmeException.class, this::readLog);
    assertTrue(e.getMessage().contains("no answer within"), e.getMessage());
    assertEquals(0, counted(ControllerCounter.RESETS));
    drive.drive().supervise();
    assertEquals(1, counted(ControllerCounter.RESETS));
    assertEquals(1, counted(ControllerCounter.TIMEOUTS));
    assertEquals(ControllerState.LIVE, drive.drive().state());
    assertEquals(mappings, drive.device().dma().mappings());
    assertEquals(0, readLog().status());
  }

  @Test
  void anAdminCommandPassedThroughThatIsLateIsAborted() {
    int mappings = drive.device().dma().mappings();
    drive
        .device()
        .faults()
        .add(FaultRule.of(Action.DELAY).onQueue(0).withDelay(Long.MAX_VALUE / 4));
    assertEquals(Status.ABORT_REQUESTED, Status.code(readLog().status()));
    drive.drive().supervise();
    assertEquals(0, counted(ControllerCounter.RESETS));
    assertEquals(mappings, drive.device().dma().mappings());
  }

  private Passthrough.Result readLog() {
    long dwords = LogPage.SMART | (long) (512 / 4 - 1) << 16;
    return drive
        .drive()
        .passthrough()
        .admin(
            new Passthrough.Request(
                AdminOpcode.GET_LOG_PAGE, -1, dwords, 0, 0, ByteBuffer.allocate(512)));
  }

  private long counted(ControllerCounter counter) {
    return drive.drive().faults().get(counter);
  }

  private void reset() {
    drive.drive().requestReset("wanted by a test");
    drive.drive().supervise();
  }

  /** Has as many reads outstanding as the queue takes. */
  private List<Read> fill() {
    List<Read> posted = new ArrayList<>();
    for (int i = 1; i < drive.queue(0).pair().entries(); i++) {
      posted.add(read());
    }
    return posted;
  }

  private Read read() {
    Read read = new Read();
    assertTrue(drive.queue(0).read(read, 1, 0, 1, BLOCK, Unpooled.buffer(BLOCK), 0));
    return read;
  }

  private void end(Read read) {
    for (int i = 0; i < 1000 && read.status < 0; i++) {
      drive.device().doWork(1);
      drive.poll();
    }
  }

  @Override
  public void attached(NamespaceInfo namespace) {
    heard.add("attached " + namespace.id());
  }

  @Override
  public void detached(NamespaceInfo namespace) {
    heard.add("detached " + namespace.id());
  }

  @Override
  public void changed(NamespaceInfo before, NamespaceInfo after) {
    heard.add("changed to %d of %d".formatted(after.blocks(), after.blockSize()));
  }

  private static final class Read extends BlockCommand {
    private int status = -1;

    @Override
    protected void done(int s) {
      status = s;
    }
  }
}
