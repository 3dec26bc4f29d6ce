package dev.doorbell.nvme;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.doorbell.device.Device;
import dev.doorbell.dma.DmaMemory;
import dev.doorbell.nvme.controller.ControllerChoices;
import dev.doorbell.nvme.controller.ControllerChoices.ForeignMemory;
import dev.doorbell.nvme.controller.ControllerOptions;
import dev.doorbell.nvme.controller.IoQueueHandle;
import dev.doorbell.nvme.controller.NamespaceInfo;
import dev.doorbell.nvme.controller.Waiting;
import dev.doorbell.nvme.queue.BlockCommand;
import dev.doorbell.nvme.queue.HostStatus;
import dev.doorbell.nvme.queue.IoQueue;
import dev.doorbell.nvme.queue.NamespaceQueue;
import dev.doorbell.nvme.queue.QueueCounter;
import dev.doorbell.nvme.queue.SplitCommand;
import dev.doorbell.nvme.spec.Status;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Requests on memory that is neither of an arena nor registered: mapped while they last, until
 * there is no more room, over and over, with requests on their way to the device and others half
 * built whenever that happens.
 */
public abstract class ForeignMemorySuite {
  private static final int PAGE = DmaMemory.PAGE_SIZE;

  /** Pages that a queue may have mapped at once, unless {@link #room} says otherwise. */
  private static final int ROOM = 96;

  private static final int MAX_PAGES = 16;
  private static final int CONCURRENT = 32;
  private static final int TRANSFERS = 1500;
  private static final int QUEUES = 2;
  private static final long SEED = 0x5EED_0003L;

  private final Random random = new Random(SEED);
  private final List<IoQueue> queues = new ArrayList<>();

  /** Parts of the namespace that no request uses now. */
  private final Queue<Integer> freePlaces = new ArrayDeque<>();

  private NvmeDrive drive;
  private NamespaceInfo namespace;
  private int inFlight;

  /** Opens the device, with a namespace of 16 MiB at least. */
  protected abstract Device openDevice();

  /** Lets the device work, where it does so only when told; called between two polls. */
  protected void letDeviceWork() {
    Thread.onSpinWait();
  }

  /** How many mappings the device has now, or -1 where nobody can tell. */
  protected int mappings() {
    return -1;
  }

  /** Pages that each queue may have mapped while many requests are under way. */
  protected int room() {
    return ROOM;
  }

  @BeforeEach
  void openDrive() {
    open(new ForeignMemory(PAGE, (long) ROOM * PAGE), 4 << 20);
  }

  private void open(ForeignMemory foreign, int arena) {
    ControllerOptions options =
        new ControllerOptions(
            "nvme0",
            QUEUES,
            64,
            1 << 20,
            10_000,
            new Waiting(System::nanoTime, this::letDeviceWork),
            ControllerChoices.DEFAULT.withForeignMemory(foreign));
    drive = NvmeDrive.open(openDevice(), options);
    queues.clear();
    for (int i = 0; i < QUEUES; i++) {
      IoQueueHandle handle = drive.openQueue(arena);
      drive.watch(handle, Runnable::run);
      queues.add(handle.queue());
    }
    namespace = drive.namespaces().get(0);
    freePlaces.clear();
    for (int place = 0; place < CONCURRENT; place++) {
      freePlaces.add(place);
    }
  }

  @AfterEach
  void closeDrive() {
    drive.close();
    assertTrue(mappings() <= 0, mappings() + " mappings left behind");
  }

  @Test
  void largeForeignMemoryIsNotCopied() {
    One one = new One(direct(16 * PAGE), 0);
    one.write(0);
    one.read(0);
    assertEquals(2, count(QueueCounter.ALIGNED_ACCESSES));
    assertEquals(0, count(QueueCounter.UNALIGNED_ACCESSES));
    assertEquals(0, queues.get(0).arena().bytesInUse());
  }

  @Test
  void whatCannotBeMappedIsCopied() {
    ByteBuf memory = direct(4 * PAGE);
    new One(memory, 512).write(0);
    new One(Unpooled.buffer(2 * PAGE), 0).write(0);
    assertEquals(0, count(QueueCounter.ALIGNED_ACCESSES));
    assertEquals(2, count(QueueCounter.UNALIGNED_ACCESSES));
    assertEquals(0, queues.get(0).arena().bytesInUse());
  }

  @Test
  void whatIsTooSmallToBeWorthItIsCopiedAndSoIsAllIfThatIsWanted() {
    for (ForeignMemory foreign :
        List.of(new ForeignMemory(4 * PAGE, 64 << 10), ForeignMemory.COPIED)) {
      drive.close();
      open(foreign, 1 << 20);
      new One(direct(2 * PAGE), 0).write(0);
      assertEquals(0, count(QueueCounter.ALIGNED_ACCESSES));
      assertEquals(1, count(QueueCounter.UNALIGNED_ACCESSES));
    }
  }

  @Test
  void aTransferLargerThanTheArenaIsMapped() {
    drive.close();
    open(new ForeignMemory(PAGE, 1 << 20), PAGE);
    One one = new One(direct(64 * PAGE), 0);
    one.write(0);
    one.read(0);
    assertEquals(2, count(QueueCounter.ALIGNED_ACCESSES));
  }

  @Test
  void nothingIsLostWhenThereIsNoMoreRoomOverAndOver() {
    drive.close();
    open(new ForeignMemory(PAGE, (long) room() * PAGE), 4 << 20);
    long done = 0;
    List<Transfer> all = new ArrayList<>();
    while (done < TRANSFERS || inFlight > 0) {
      while (done < TRANSFERS && !freePlaces.isEmpty()) {
        Transfer transfer = new Transfer(queues.get((int) (done % QUEUES)), freePlaces.remove());
        all.add(transfer);
        transfer.write();
        done++;
      }
      pollAll();
    }
    all.forEach(Transfer::assertGood);
    long waits = 0;
    long unmaps = 0;
    for (IoQueue queue : queues) {
      waits += queue.temporary().waits();
      unmaps += queue.temporary().unmaps();
      assertEquals(0, queue.pair().counters().get(QueueCounter.COMPLETION_ERRORS));
      assertEquals(0, queue.arena().bytesInUse());
    }
    assertTrue(waits > 100, "only " + waits + " waited");
    assertTrue(unmaps > 20, "only " + unmaps + " times unmapped");
    System.out.printf("mappings: %d times unmapped, %d requests waited%n", unmaps, waits);
  }

  @Test
  void thoseThatWaitSurviveAReset() {
    List<Transfer> all = beginMoreThanThereIsRoomFor();
    drive.requestReset("wanted by the test");
    drive.supervise();
    queues.get(0).pair().unplug();
    await(() -> inFlight == 0);
    for (Transfer one : all) {
      assertTrue(one.status == 0 || one.status == HostStatus.OUTCOME_UNKNOWN, one.toString());
    }
    assertTrue(all.stream().anyMatch(t -> t.status == 0), "those that waited went on");
    new One(direct(16 * PAGE), 0).write(0);
  }

  @Test
  void thoseThatWaitEndWhenTheDriveIsClosed() {
    List<Transfer> all = beginMoreThanThereIsRoomFor();
    drive.close();
    assertEquals(0, inFlight);
    for (Transfer one : all) {
      assertTrue(
          one.status == 0 || Status.code(one.status) == Status.ABORTED_SQ_DELETION, one.toString());
    }
  }

  private List<Transfer> beginMoreThanThereIsRoomFor() {
    IoQueue queue = queues.get(0);
    List<Transfer> all = new ArrayList<>();
    queue.pair().plug();
    while (!freePlaces.isEmpty()) {
      Transfer transfer = new Transfer(queue, freePlaces.remove());
      transfer.once = true;
      all.add(transfer);
      transfer.write();
    }
    assertTrue(queue.temporary().waits() > 0, "there is too much room");
    return all;
  }

  private long count(QueueCounter counter) {
    return queues.get(0).pair().counters().get(counter);
  }

  private void pollAll() {
    int taken = 0;
    for (IoQueue queue : queues) {
      taken += queue.pair().poll();
    }
    if (taken == 0) {
      letDeviceWork();
    }
  }

  private void await(BooleanSupplier done) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!done.getAsBoolean()) {
      pollAll();
      assertTrue(System.nanoTime() < deadline, inFlight + " requests came to no end");
    }
  }

  private static ByteBuf direct(int bytes) {
    return Unpooled.wrappedBuffer(ByteBuffer.allocateDirect(bytes + PAGE).alignedSlice(PAGE))
        .slice(0, bytes);
  }

  /** One command at a time. */
  private final class One extends BlockCommand {
    private final ByteBuf memory;
    private final int index;
    private final byte[] data;
    private boolean done;
    private int status;

    One(ByteBuf memory, int index) {
      this.memory = memory;
      this.index = index;
      this.data = new byte[(memory.capacity() - index) / PAGE * PAGE];
      random.nextBytes(data);
    }

    void write(long lba) {
      memory.setBytes(index, data);
      int block = namespace.blockSize();
      assertTrue(
          queues
              .get(0)
              .write(this, namespace.id(), lba, data.length / block, block, memory, index, false));
      finish();
    }

    void read(long lba) {
      memory.setZero(index, data.length);
      int block = namespace.blockSize();
      assertTrue(
          queues.get(0).read(this, namespace.id(), lba, data.length / block, block, memory, index));
      finish();
      byte[] back = new byte[data.length];
      memory.getBytes(index, back);
      assertArrayEquals(data, back);
    }

    private void finish() {
      await(() -> done);
      done = false;
      assertEquals(0, status, () -> Status.name(status));
    }

    @Override
    protected void done(int s) {
      status = s;
      done = true;
    }
  }

  /** Writes a few pages that lie apart, and reads them back into others. */
  private final class Transfer extends SplitCommand {
    private final NamespaceQueue target;
    private final int place;
    private final byte[][] data;
    private ByteBuf[] pages;
    private boolean reading;
    private boolean once;
    private int status = -1;

    Transfer(IoQueue queue, int place) {
      this.target = drive.namespaceQueue(queue, namespace.id());
      this.place = place;
      this.data = new byte[1 + random.nextInt(MAX_PAGES)][PAGE];
      for (byte[] page : data) {
        random.nextBytes(page);
      }
    }

    void write() {
      begin();
      for (int i = 0; i < data.length; i++) {
        pages[i].setBytes(0, data[i]);
      }
      inFlight++;
      assertTrue(target.write(this, lba(), false));
    }

    private void begin() {
      clear();
      pages = new ByteBuf[data.length];
      for (int i = 0; i < data.length; i++) {
        pages[i] = direct(PAGE);
        addMemory(pages[i], 0, PAGE);
      }
    }

    private long lba() {
      return (long) place * MAX_PAGES * PAGE / namespace.blockSize();
    }

    @Override
    protected void done(int s) {
      status = s;
      if (s == 0 && !reading && !once) {
        reading = true;
        begin();
        assertTrue(target.read(this, lba()));
        return;
      }
      inFlight--;
      freePlaces.add(place);
    }

    void assertGood() {
      assertEquals(0, status, this::toString);
      byte[] back = new byte[PAGE];
      for (int i = 0; i < data.length; i++) {
        pages[i].getBytes(0, back);
        assertArrayEquals(data[i], back, "seed " + SEED + ", page " + i + " of " + this);
      }
    }

    @Override
    public String toString() {
      return "%d pages at place %d: %s".formatted(data.length, place, Status.name(status));
    }
  }
}
