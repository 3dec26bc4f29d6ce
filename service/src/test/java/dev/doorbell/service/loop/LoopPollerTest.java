package dev.doorbell.service.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.doorbell.dma.DmaBuffer;
import dev.doorbell.emulated.EmulatedController;
import dev.doorbell.emulated.EmulatedControllerConfig;
import dev.doorbell.emulated.MemoryStore;
import dev.doorbell.nvme.NvmeDrive;
import dev.doorbell.nvme.controller.ControllerOptions;
import dev.doorbell.nvme.controller.IoQueueHandle;
import dev.doorbell.nvme.queue.BlockCommand;
import dev.doorbell.nvme.queue.IoQueue;
import dev.doorbell.nvme.queue.QueueCounter;
import io.netty.buffer.Unpooled;
import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoRegistration;
import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LoopPollerTest {
  private final LoopPoller poller = new LoopPoller();
  private final EmbeddedChannel channel = new EmbeddedChannel(new TurnFlushHandler(poller));
  private NvmeDrive drive;
  private IoQueue queue;
  private int completed;

  @BeforeEach
  void openDrive() {
    drive =
        NvmeDrive.open(
            EmulatedController.open(
                EmulatedControllerConfig.builder("emulated")
                    .namespace(new MemoryStore(1 << 20), 4096)
                    .build()),
            ControllerOptions.of("nvme0", 1));
    IoQueueHandle handle = drive.openQueue(1 << 20);
    queue = handle.queue();
    poller.add(queue, handle.interrupt());
  }

  @AfterEach
  void closeDrive() {
    poller.removeAll();
    drive.close();
  }

  @Test
  void announcesAllCommandsOfATurnByOneDoorbellAndFlushesTheirAnswersOnce() {
    for (int i = 0; i < 10; i++) {
      read(() -> answer(() -> {}));
    }
    assertEquals(0, doorbells());
    assertEquals(10, poller.turn());
    assertEquals(1, doorbells());
    assertEquals(10, channel.outboundMessages().size());
  }

  @Test
  void answersTheFirstRequestsOfAPassBeforeItTakesTheOthers() {
    int[] answered = new int[40];
    poller.beginSockets();
    for (int i = 0; i < answered.length; i++) {
      read(() -> answer(() -> {}));
      poller.requestTaken();
      answered[i] = channel.outboundMessages().size();
    }
    assertEquals(0, answered[2]);
    assertEquals(4, answered[3]);
    assertEquals(4, answered[10]);
    assertEquals(12, answered[11], "the next group is twice as large");
    assertEquals(12, answered[26]);
    assertEquals(28, answered[27]);
    assertEquals(28, answered[39]);
    assertEquals(3, doorbells());
    poller.turn();
    assertEquals(40, channel.outboundMessages().size());
    poller.beginSockets();
    for (int i = 0; i < 4; i++) {
      read(() -> answer(() -> {}));
      poller.requestTaken();
    }
    assertEquals(44, channel.outboundMessages().size(), "groups begin anew with each pass");
  }

  @Test
  void answersAReadAtOnceThatIsTheFirstOfItsPass() {
    for (int pass = 0; pass < 2; pass++) {
      poller.beginSockets();
      int before = channel.outboundMessages().size();
      for (int i = 0; i < 5; i++) {
        assertEquals(before + (i == 0 ? 0 : 1), channel.outboundMessages().size());
        read(() -> answer(() -> {}));
        poller.readTaken();
      }
      assertEquals(before + 5, channel.outboundMessages().size(), "the first group is full");
    }
    poller.beginSockets();
    poller.requestTaken();
    read(() -> answer(() -> {}));
    poller.readTaken();
    assertEquals(10, channel.outboundMessages().size(), "another request was before it");
  }

  @Test
  void aRequestTakenWithinATurnBelongsToThatTurn() {
    poller.beginSockets();
    int[] depth = new int[2];
    for (int i = 0; i < 4; i++) {
      read(
          () -> {
            depth[1] = Math.max(depth[1], ++depth[0]);
            read(() -> {});
            poller.requestTaken();
            poller.requestTaken();
            depth[0]--;
          });
    }
    assertEquals(8, poller.turn());
    assertEquals(1, depth[1], "completions do not nest");
    assertEquals(8, completed);
  }

  @Test
  void goesOnInTheSameTurnWithCommandsThatAFlushedAnswerLetsGo() {
    read(() -> answer(() -> read(() -> answer(() -> {}))));
    assertEquals(2, poller.turn());
    assertEquals(2, completed);
    assertEquals(2, channel.outboundMessages().size());
  }

  @Test
  void leavesTheSocketsTheirTurnHoweverManyCommandsFollowOneAnother() {
    readForever();
    poller.turn();
    assertTrue(completed > 1 && completed < 100, "completed: " + completed);
    assertTrue(poller.anyOutstanding());
  }

  @Test
  void aFaultWhileCompletingACommandDoesNotEndTheLoop() {
    int[] passes = new int[1];
    PollingIoHandler handler =
        new PollingIoHandler(
            new NoSockets(passes),
            poller,
            new AdaptivePoll(0, 2, 2),
            new AdaptivePoll(0, 2, 2),
            true);
    read(
        () -> {
          throw new IllegalStateException("a fault that the test makes");
        });
    read(() -> answer(() -> {}));
    handler.run(new Context());
    handler.run(new Context());
    assertTrue(passes[0] > 0, "the sockets were looked at");
    assertEquals(1, channel.outboundMessages().size(), "the other command was answered");
  }

  @Test
  void aFaultInATurnInTheMiddleOfAPassIsNotTheSocketsFault() {
    new PollingIoHandler(
        new NoSockets(new int[1]),
        poller,
        new AdaptivePoll(0, 2, 2),
        new AdaptivePoll(0, 2, 2),
        true);
    poller.beginSockets();
    read(
        () -> {
          throw new IllegalStateException("a fault that the test makes");
        });
    for (int i = 0; i < 4; i++) {
      read(() -> answer(() -> {}));
      poller.requestTaken();
    }
    poller.turn();
    assertEquals(4, channel.outboundMessages().size());
  }

  @Test
  void latenciesDoNotCountWhatTheLoopSlept() {
    long[] now = {5};
    LoopPoller clock = new LoopPoller(() -> now[0]);
    clock.beginSockets();
    assertEquals(5, clock.now());
    now[0] = 6;
    assertEquals(5, clock.now(), "one clock read a pass");
    clock.beginSleep();
    now[0] = 1_000_000;
    assertEquals(1_000_000, clock.now());
    now[0] = 1_000_001;
    assertEquals(1_000_000, clock.now());
  }

  private void readForever() {
    read(this::readForever);
  }

  private void answer(Runnable written) {
    channel.write(Unpooled.EMPTY_BUFFER).addListener(done -> written.run());
    channel.flush();
  }

  private long doorbells() {
    return queue.pair().counters().get(QueueCounter.SUBMISSION_DOORBELLS);
  }

  private void read(Runnable then) {
    DmaBuffer buffer = queue.arena().allocate(4096);
    queue.read(
        new BlockCommand() {
          @Override
          protected void done(int status) {
            buffer.release();
            if (status == 0) {
              completed++;
              then.run();
            }
          }
        },
        1,
        0,
        1,
        4096,
        buffer,
        0);
  }

  /** An I/O handler with nothing to do that counts how often it is looked at. */
  private record NoSockets(int[] passes) implements IoHandler {
    @Override
    public int run(IoHandlerContext context) {
      passes[0]++;
      return 0;
    }

    @Override
    public IoRegistration register(IoHandle handle) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void wakeup() {
      // Never sleeps.
    }

    @Override
    public boolean isCompatible(Class<? extends IoHandle> handleType) {
      return false;
    }
  }

  private static final class Context implements IoHandlerContext {
    @Override
    public boolean canBlock() {
      return true;
    }

    @Override
    public long delayNanos(long now) {
      return 0;
    }

    @Override
    public long deadlineNanos() {
      return -1;
    }
  }
}
