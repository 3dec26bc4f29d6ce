package dev.doorbell.service.block;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.doorbell.dma.DmaBuffer;
import dev.doorbell.emulated.EmulatedController;
import dev.doorbell.emulated.EmulatedControllerConfig;
import dev.doorbell.nvme.NvmeDrive;
import dev.doorbell.nvme.controller.ControllerOptions;
import dev.doorbell.nvme.controller.NamespaceInfo;
import dev.doorbell.nvme.spec.Status;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Clients on real threads write bytes of their own, aligned or not, in blocks that they share with
 * others, while the medium fails now and then and an operator drains, resumes and changes settings:
 * each finds what it wrote last. One of the loops has no queue of its own.
 */
class ConcurrentLoopsTest {
  private static final int QUEUES = 3;
  private static final int LOOPS = QUEUES + 1;
  private static final int CLIENTS = 24;
  private static final int WRITES = 400;
  private static final int SLICE = 1100;
  private static final int BLOCK = 512;

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void noByteOfAnyClientIsLost(boolean merge) throws Exception {
    FailingStore store = new FailingStore(1 << 20);
    ScheduledExecutorService timers = Executors.newSingleThreadScheduledExecutor();
    AtomicReference<Throwable> failure = new AtomicReference<>();
    try (NvmeDrive drive =
        NvmeDrive.open(
            EmulatedController.open(
                EmulatedControllerConfig.builder("emulated").namespace(store, BLOCK).build()),
            ControllerOptions.of("nvme0", QUEUES))) {
      NamespaceInfo info = drive.namespaces().get(0);
      BlockSettings settings =
          BlockSettings.PLAIN
              .withMerge(merge)
              .withMaxWaiting(1000)
              .withErrors(ErrorPolicy.STOP, ErrorPolicy.STOP);
      BlockNamespace namespace =
          new BlockNamespace("nvme0n1", drive.info(), info, drive.limits(1), 64 << 10, settings);
      List<RealLoop> loops = new ArrayList<>();
      for (int i = 0; i < QUEUES; i++) {
        loops.add(new RealLoop(drive.openQueue(4 << 20), namespace, timers, failure));
      }
      loops.add(new RealLoop(loops.get(0), drive.openArena(4 << 20), namespace, timers, failure));
      CountDownLatch done = new CountDownLatch(CLIENTS);
      List<Client> clients = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        clients.add(new Client(i, loops.get(i % LOOPS), done, failure));
      }
      loops.forEach(Thread::start);
      clients.forEach(client -> client.loop.tasks.add(client::next));
      int turns = 0;
      long stops = 0;
      while (!done.await(2, TimeUnit.MILLISECONDS) && failure.get() == null) {
        NamespaceControl control = namespace.control();
        switch (turns++ % 5) {
          case 0 -> {
            control.drain().get(30, TimeUnit.SECONDS);
            control.undrain().get(30, TimeUnit.SECONDS);
          }
          case 1 -> control.change(now -> now.withMerge(!now.merge())).get(30, TimeUnit.SECONDS);
          case 2 -> {
            WriteCacheMode mode =
                turns % 2 == 0 ? WriteCacheMode.WRITETHROUGH : WriteCacheMode.WRITEBACK;
            control.change(now -> now.withWriteCache(mode)).get(30, TimeUnit.SECONDS);
          }
          case 3 -> store.failWrites(o -> (o & 0x1000) == 0, Status.WRITE_FAULT);
          default -> {
            store.cure();
            control.resume().get(30, TimeUnit.SECONDS);
          }
        }
        stops = control.stops();
      }
      store.cure();
      assertTrue(stops > 0 || turns < 5, "stops: " + stops);
      assertNull(failure.get(), () -> failure.get().toString());
      assertTrue(turns > 0);
      for (Client client : clients) {
        CompletableFuture<byte[]> found = new CompletableFuture<>();
        // Through another loop than that which wrote.
        RealLoop other = loops.get((client.number + 1) % LOOPS);
        other.tasks.add(
            () -> other.device.read(new Look(found), (long) client.number * SLICE, SLICE));
        assertArrayEquals(client.last, found.get(30, TimeUnit.SECONDS), "client " + client.number);
      }
      for (RealLoop loop : loops) {
        loop.end();
        loop.join(30_000);
        loop.arena.setOwner(Thread.currentThread());
        assertEquals(0, loop.device.active());
        assertEquals(0, loop.arena.bytesInUse());
      }
      assertNull(failure.get());
    } finally {
      timers.shutdownNow();
    }
  }

  private static final class Client extends BlockRequest {
    final int number;
    final RealLoop loop;
    final byte[] last = new byte[SLICE];
    private final CountDownLatch done;
    private final AtomicReference<Throwable> failure;
    private final Random random;
    private int left = WRITES;

    Client(int number, RealLoop loop, CountDownLatch done, AtomicReference<Throwable> failure) {
      this.number = number;
      this.loop = loop;
      this.done = done;
      this.failure = failure;
      this.random = new Random(number);
    }

    void next() {
      if (left-- == 0) {
        done.countDown();
        return;
      }
      int from = random.nextInt(SLICE);
      int length = 1 + random.nextInt(SLICE - from);
      long offset = (long) number * SLICE + from;
      if (left % 4 == 0) {
        // A whole block, which every slice has.
        from = -number * SLICE & BLOCK - 1;
        offset = (long) number * SLICE + from;
        length = BLOCK;
      }
      boolean zeroes = left % 8 == 0;
      byte value = (byte) (zeroes ? 0 : random.nextInt());
      Arrays.fill(last, from, from + length, value);
      if (zeroes) {
        loop.device.writeZeroes(this, offset, length, 0, false);
        return;
      }
      DmaBuffer memory = loop.device.memory().allocate(loop.device.writeMemory(offset, length));
      int index = loop.device.prepareWrite(this, offset, memory);
      for (int i = 0; i < length; i++) {
        memory.setByte(index + i, value);
      }
      loop.device.write(this, offset, length, random.nextInt(8) == 0);
    }

    @Override
    protected void finished(int status) {
      releaseBuffer();
      if (status != 0) {
        failure.compareAndSet(null, new AssertionError("status " + status));
        return;
      }
      // Not from within: the drive may have done it at once, and the stack is finite.
      loop.tasks.add(this::next);
    }
  }

  private static final class Look extends BlockRequest {
    private final CompletableFuture<byte[]> found;

    Look(CompletableFuture<byte[]> found) {
      this.found = found;
    }

    @Override
    protected void finished(int status) {
      byte[] bytes = new byte[buffer.readableBytes()];
      buffer.getBytes(buffer.readerIndex(), bytes);
      releaseBuffer();
      found.complete(bytes);
    }
  }
}
