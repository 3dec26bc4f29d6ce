package dev.doorbell.nvme;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.doorbell.device.Device;
import dev.doorbell.device.Interrupt;
import dev.doorbell.dma.DmaBuffer;
import dev.doorbell.nvme.controller.ControllerOptions;
import dev.doorbell.nvme.controller.IoQueueHandle;
import dev.doorbell.nvme.controller.NamespaceInfo;
import dev.doorbell.nvme.controller.NvmeException;
import dev.doorbell.nvme.controller.Waiting;
import dev.doorbell.nvme.queue.BlockCommand;
import dev.doorbell.nvme.queue.Command;
import dev.doorbell.nvme.queue.IoQueue;
import dev.doorbell.nvme.queue.QueueCounter;
import dev.doorbell.nvme.spec.Status;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What the driver does on any controller. A subclass per backend says how the device is opened; the
 * cases are the same for all.
 *
 * <p>The device has at least one namespace; each has at least 16 MiB, whose content the cases
 * overwrite.
 */
public abstract class DriverSuite {
  private static final int ARENA = 16 << 20;
  private static final int QUEUES = 2;
  private static final long SEED = 0x5EED_0001L;

  private final Random random = new Random(SEED);
  private Device device;
  private NvmeDrive drive;
  private IoQueue queue;

  /** Opens the device; the media are the same at every call of one test. */
  protected abstract Device openDevice();

  /** Lets the device work, where it does so only when told; called between two polls. */
  protected void letDeviceWork() {
    Thread.onSpinWait();
  }

  @BeforeEach
  void openDrive() {
    device = openDevice();
    drive = NvmeDrive.open(device, options(ControllerOptions.DEFAULT_QUEUE_ENTRIES));
    queue = drive.openQueue(ARENA).queue();
  }

  @AfterEach
  void closeDrive() {
    drive.close();
  }

  @Test
  void tellsWhatTheControllerAndItsNamespacesAre() {
    assertFalse(drive.info().serialNumber().isBlank());
    assertFalse(drive.info().modelNumber().isBlank());
    assertTrue(drive.info().ioQueues() >= 1);
    assertTrue(drive.info().maxTransferBytes() >= 4096);
    assertFalse(drive.namespaces().isEmpty());
    for (NamespaceInfo namespace : drive.namespaces()) {
      assertTrue(namespace.bytes() >= 16 << 20, namespace.toString());
    }
  }

  @Test
  void readsBackWhatWasWrittenInEverySizeAndNamespace() {
    for (NamespaceInfo namespace : drive.namespaces()) {
      for (int bytes = namespace.blockSize();
          bytes <= drive.info().maxTransferBytes();
          bytes *= 2) {
        long lba = random.nextInt(1 << 10);
        byte[] data = randomBytes(bytes);
        write(namespace, lba, data, false);
        assertArrayEquals(
            data, read(namespace, lba, bytes), "seed " + SEED + ", " + namespace + ", " + bytes);
      }
    }
  }

  @Test
  void readsBackTheLargestTransferAtAnOddBlock() {
    for (NamespaceInfo namespace : drive.namespaces()) {
      byte[] data = randomBytes(drive.info().maxTransferBytes());
      write(namespace, 7, data, false);
      assertArrayEquals(data, read(namespace, 7, data.length));
    }
  }

  @Test
  void neighboursOfAWriteStayAsTheyWere() {
    for (NamespaceInfo namespace : drive.namespaces()) {
      int block = namespace.blockSize();
      byte[] before = randomBytes(3 * block);
      write(namespace, 100, before, false);
      byte[] middle = randomBytes(block);
      write(namespace, 101, middle, false);
      System.arraycopy(middle, 0, before, block, block);
      assertArrayEquals(before, read(namespace, 100, 3 * block));
    }
  }

  @Test
  void readsBackAcrossManyWrapsOfTheQueueAtFullDepth() {
    NamespaceInfo namespace = drive.namespaces().get(0);
    int block = namespace.blockSize();
    int depth = queue.pair().entries() - 1;
    int rounds = 20;
    List<Result> results = new ArrayList<>();
    for (int round = 0; round < rounds; round++) {
      results.clear();
      byte[][] data = new byte[depth][];
      for (int i = 0; i < depth; i++) {
        data[i] = randomBytes(block);
        Result result = new Result();
        result.buffer = dma(data[i]);
        results.add(result);
        queue.write(result, namespace.id(), i, 1, block, result.buffer, 0, false);
      }
      finish(results);
      for (int i = 0; i < depth; i++) {
        Result result = results.get(i);
        result.reset();
        queue.read(result, namespace.id(), i, 1, block, result.buffer, 0);
      }
      finish(results);
      for (int i = 0; i < depth; i++) {
        assertArrayEquals(data[i], results.get(i).bytes(block), "seed " + SEED);
        results.get(i).buffer.release();
      }
    }
    assertEquals(2L * rounds * depth, queue.pair().counters().get(QueueCounter.COMPLETED));
    assertEquals(0, queue.pair().counters().get(QueueCounter.UNKNOWN_COMPLETIONS));
  }

  @Test
  void moreCommandsThanSlotsWaitAndAllComplete() {
    NamespaceInfo namespace = drive.namespaces().get(0);
    int block = namespace.blockSize();
    int count = 3 * queue.pair().entries();
    List<Result> results = new ArrayList<>();
    queue.pair().plug();
    for (int i = 0; i < count; i++) {
      Result result = new Result();
      result.buffer = queue.arena().allocate(block);
      results.add(result);
      queue.read(result, namespace.id(), i, 1, block, result.buffer, 0);
    }
    assertTrue(queue.pair().waiting() > 0);
    queue.pair().unplug();
    finish(results);
    results.forEach(r -> r.buffer.release());
  }

  @Test
  void aPluggedBatchCostsOneDoorbell() {
    NamespaceInfo namespace = drive.namespaces().get(0);
    long before = queue.pair().counters().get(QueueCounter.SUBMISSION_DOORBELLS);
    List<Result> results = new ArrayList<>();
    queue.pair().plug();
    for (int i = 0; i < 32; i++) {
      Result result = new Result();
      result.buffer = queue.arena().allocate(4096);
      results.add(result);
      queue.read(result, namespace.id(), i, 1, namespace.blockSize(), result.buffer, 0);
    }
    queue.pair().unplug();
    finish(results);
    results.forEach(r -> r.buffer.release());
    assertEquals(before + 1, queue.pair().counters().get(QueueCounter.SUBMISSION_DOORBELLS));
  }

  @Test
  void buffersThatAreNotDmaMemoryGoThroughABounceBuffer() {
    NamespaceInfo namespace = drive.namespaces().get(0);
    int bytes = 8 * namespace.blockSize();
    byte[] data = randomBytes(bytes);
    ByteBuf heap = Unpooled.buffer(bytes + 100);
    heap.setBytes(33, data);
    Result written = new Result();
    assertTrue(queue.write(written, namespace.id(), 40, 8, namespace.blockSize(), heap, 33, false));
    finish(List.of(written));
    ByteBuf target = Unpooled.buffer(bytes + 100);
    Result read = new Result();
    assertTrue(queue.read(read, namespace.id(), 40, 8, namespace.blockSize(), target, 17));
    finish(List.of(read));
    byte[] back = new byte[bytes];
    target.getBytes(17, back);
    assertArrayEquals(data, back);
    assertEquals(2, queue.pair().counters().get(QueueCounter.UNALIGNED_ACCESSES));
    assertEquals(0, queue.pair().counters().get(QueueCounter.ALIGNED_ACCESSES));
    assertEquals(0, queue.arena().bytesInUse());
  }

  @Test
  void flushesAndForcesUnitAccess() {
    for (NamespaceInfo namespace : drive.namespaces()) {
      byte[] data = randomBytes(4 * namespace.blockSize());
      write(namespace, 8, data, true);
      Result flush = new Result();
      queue.flush(flush, namespace.id());
      finish(List.of(flush));
      assertArrayEquals(data, read(namespace, 8, data.length));
    }
  }

  @Test
  void aBlockBeyondTheEndIsAnErrorThatSaysSo() {
    NamespaceInfo namespace = drive.namespaces().get(0);
    for (long lba : new long[] {namespace.blocks(), namespace.blocks() - 1, Long.MAX_VALUE}) {
      Result result = new Result();
      result.buffer = queue.arena().allocate(2 * namespace.blockSize());
      queue.read(result, namespace.id(), lba, 2, namespace.blockSize(), result.buffer, 0);
      await(() -> result.done);
      result.buffer.release();
      assertEquals(Status.LBA_OUT_OF_RANGE, Status.code(result.status), "lba " + lba);
    }
    assertEquals(3, queue.pair().counters().get(QueueCounter.COMPLETION_ERRORS));
  }

  @Test
  void anUnknownOpcodeIsAnErrorThatSaysSo() {
    int[] status = {-1};
    Command command =
        new Command() {
          @Override
          protected void completed(int s, long result) {
            status[0] = s;
          }
        };
    command.prepare(0x7F, drive.namespaces().get(0).id(), 0, 0, 0);
    queue.pair().submit(command);
    await(() -> status[0] >= 0);
    assertEquals(Status.INVALID_OPCODE, Status.code(status[0]));
    assertEquals(38, Status.errno(status[0]));
  }

  @Test
  void aNamespaceThatIsNotThereIsAnError() {
    Result result = new Result();
    result.buffer = queue.arena().allocate(4096);
    queue.read(result, 0x7FFF, 0, 1, 512, result.buffer, 0);
    await(() -> result.done);
    result.buffer.release();
    assertTrue(Status.isError(result.status));
  }

  @Test
  void opensAndClosesTenTimesAndKeepsTheData() {
    NamespaceInfo namespace = drive.namespaces().get(0);
    byte[] data = randomBytes(64 * namespace.blockSize());
    write(namespace, 200, data, true);
    for (int i = 0; i < 10; i++) {
      drive.close();
      openDrive();
      assertArrayEquals(data, read(namespace, 200, data.length), "open " + i);
    }
  }

  @Test
  void takesQueuesOfManySizes() {
    drive.close();
    for (int entries : new int[] {2, 3, 16, 1000}) {
      drive = NvmeDrive.open(openDevice(), options(entries));
      queue = drive.openQueue(ARENA).queue();
      NamespaceInfo namespace = drive.namespaces().get(0);
      for (int i = 0; i < 5; i++) {
        byte[] data = randomBytes(4 * namespace.blockSize());
        write(namespace, 16L * i, data, false);
        assertArrayEquals(data, read(namespace, 16L * i, data.length));
      }
      drive.close();
    }
    openDrive();
  }

  @Test
  void twoQueuesWorkAtOnceOnTwoThreads() throws Exception {
    IoQueueHandle second = drive.openQueue(ARENA);
    NamespaceInfo namespace = drive.namespaces().get(0);
    CompletableFuture<Void> other =
        CompletableFuture.runAsync(
            () -> {
              second.queue().setOwner(Thread.currentThread());
              writeAndReadMany(second.queue(), namespace, 1024, new Random(SEED + 1));
              second.queue().setOwner(null);
            });
    writeAndReadMany(queue, namespace, 0, new Random(SEED + 2));
    other.get(60, TimeUnit.SECONDS);
  }

  @Test
  void everyCompletionIsSignalledOnceTheVectorIsUnmasked() {
    IoQueueHandle handle = drive.openQueue(ARENA);
    NamespaceInfo namespace = drive.namespaces().get(0);
    Result result = new Result();
    result.buffer = handle.queue().arena().allocate(4096);
    for (int i = 0; i < 20; i++) {
      handle.interrupt().unmask();
      long before = signals(handle.interrupt());
      result.reset();
      handle.queue().read(result, namespace.id(), i, 1, namespace.blockSize(), result.buffer, 0);
      await(
          () -> {
            letDeviceWork();
            return signals(handle.interrupt()) > before;
          });
      await(handle.queue(), () -> result.done);
      handle.interrupt().mask();
    }
    result.buffer.release();
  }

  @Test
  void aPolledQueueRaisesNoInterrupt() {
    IoQueueHandle polled = drive.openPolledQueue(ARENA);
    Interrupt[] all = device.enableInterrupts(drive.info().interruptVectors());
    for (Interrupt interrupt : all) {
      interrupt.unmask();
    }
    long[] before = Arrays.stream(all).mapToLong(DriverSuite::signals).toArray();
    writeAndReadMany(polled.queue(), drive.namespaces().get(0), 0, new Random(SEED));
    assertArrayEquals(before, Arrays.stream(all).mapToLong(DriverSuite::signals).toArray());
    assertNull(polled.interrupt());
  }

  @Test
  void aCompletionFromBeforeTheUnmaskIsSeenOrSignalled() {
    IoQueueHandle handle = drive.openQueue(ARENA);
    NamespaceInfo namespace = drive.namespaces().get(0);
    Result result = new Result();
    result.buffer = handle.queue().arena().allocate(4096);
    for (int i = 0; i < 20; i++) {
      handle.interrupt().mask();
      long before = signals(handle.interrupt());
      result.reset();
      handle.queue().read(result, namespace.id(), i, 1, namespace.blockSize(), result.buffer, 0);
      for (int spins = 0; spins < 1000 * i; spins++) {
        letDeviceWork();
      }
      // As a loop does before it sleeps: unmask, look once more, sleep.
      handle.interrupt().unmask();
      if (handle.queue().pair().poll() == 0) {
        await(
            () -> {
              letDeviceWork();
              return signals(handle.interrupt()) > before;
            });
        await(handle.queue(), () -> result.done);
      }
    }
    result.buffer.release();
  }

  /** How often the vector was signalled: nobody reads its counter. */
  private static long signals(Interrupt interrupt) {
    try {
      for (String line :
          Files.readAllLines(Path.of("/proc/self/fdinfo", Integer.toString(interrupt.fd())))) {
        if (line.startsWith("eventfd-count:")) {
          return Long.parseLong(line.substring("eventfd-count:".length()).trim(), 16);
        }
      }
      throw new AssertionError("not an eventfd: " + interrupt.fd());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void refusesMoreQueuesThanTheControllerGranted() {
    for (int i = 1; i < drive.info().ioQueues(); i++) {
      drive.openQueue(ARENA);
    }
    NvmeException e = Assertions.assertThrows(NvmeException.class, () -> drive.openQueue(ARENA));
    assertTrue(e.getMessage().contains("granted"), e.getMessage());
  }

  private void writeAndReadMany(
      IoQueue queue, NamespaceInfo namespace, long firstLba, Random random) {
    int block = namespace.blockSize();
    for (int i = 0; i < 200; i++) {
      byte[] data = new byte[block];
      random.nextBytes(data);
      Result result = new Result();
      result.buffer = queue.arena().allocate(block);
      result.buffer.setBytes(0, data);
      queue.write(result, namespace.id(), firstLba + i, 1, block, result.buffer, 0, false);
      await(queue, () -> result.done);
      assertEquals(0, result.status);
      result.reset();
      queue.read(result, namespace.id(), firstLba + i, 1, block, result.buffer, 0);
      await(queue, () -> result.done);
      assertArrayEquals(data, result.bytes(block));
      result.buffer.release();
    }
  }

  private ControllerOptions options(int entries) {
    return new ControllerOptions(
        "nvme0",
        QUEUES,
        entries,
        ControllerOptions.DEFAULT_MAX_TRANSFER,
        10_000,
        new Waiting(System::nanoTime, this::letDeviceWork));
  }

  private void write(NamespaceInfo namespace, long lba, byte[] data, boolean fua) {
    Result result = new Result();
    result.buffer = dma(data);
    int block = namespace.blockSize();
    queue.write(result, namespace.id(), lba, data.length / block, block, result.buffer, 0, fua);
    finish(List.of(result));
    result.buffer.release();
  }

  private byte[] read(NamespaceInfo namespace, long lba, int bytes) {
    Result result = new Result();
    result.buffer = queue.arena().allocate(bytes);
    int block = namespace.blockSize();
    queue.read(result, namespace.id(), lba, bytes / block, block, result.buffer, 0);
    finish(List.of(result));
    byte[] data = result.bytes(bytes);
    result.buffer.release();
    return data;
  }

  private DmaBuffer dma(byte[] data) {
    DmaBuffer buffer = queue.arena().allocate(data.length);
    buffer.setBytes(0, data);
    return buffer;
  }

  private void finish(List<Result> results) {
    await(() -> results.stream().allMatch(r -> r.done));
    results.forEach(r -> assertEquals(0, r.status, () -> Status.name(r.status)));
  }

  private void await(BooleanSupplier done) {
    await(queue, done);
  }

  private void await(IoQueue queue, BooleanSupplier done) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!done.getAsBoolean()) {
      if (queue.pair().poll() == 0) {
        letDeviceWork();
      }
      assertTrue(System.nanoTime() < deadline, "the controller did not answer");
    }
  }

  private byte[] randomBytes(int n) {
    byte[] bytes = new byte[n];
    random.nextBytes(bytes);
    return bytes;
  }

  private static final class Result extends BlockCommand {
    private DmaBuffer buffer;
    private boolean done;
    private int status;

    @Override
    protected void done(int status) {
      this.status = status;
      this.done = true;
    }

    void reset() {
      done = false;
    }

    byte[] bytes(int n) {
      byte[] bytes = new byte[n];
      buffer.getBytes(0, bytes);
      return bytes;
    }
  }
}
