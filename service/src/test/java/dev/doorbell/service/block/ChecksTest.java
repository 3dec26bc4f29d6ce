package dev.doorbell.service.block;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.doorbell.dma.DmaBuffer;
import dev.doorbell.nvme.spec.Status;
import dev.doorbell.service.block.BlockCounters.Counter;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What does not fit never reaches the drive, and is counted; what fits does what it says. */
class ChecksTest {
  private static final int MIB = 1 << 20;
  private static final int BLOCK = 4096;

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "0, -1",
    "-1, 10",
    "1048576, 1",
    "1048575, 2",
    "9223372036854775807, 1",
    "9223372036854775807, 2147483647",
    "-9223372036854775808, 2147483647",
  })
  void aRangeOutsideTheNamespaceIsRefused(long offset, int length) {
    try (BlockWorld world = world(BlockSettings.PLAIN)) {
      long commands = world.loops.get(0).commands();
      TestRequest read = world.read(world.loops.get(0), offset, length);
      TestRequest write = new TestRequest();
      world.device().write(write, offset, length, false);
      TestRequest verify = new TestRequest();
      world.device().verify(verify, offset, length);
      TestRequest zeroes = new TestRequest();
      world.device().writeZeroes(zeroes, offset, length, 0, false);
      TestRequest discard = new TestRequest();
      world.device().discard(discard, new long[] {0, offset}, new long[] {BLOCK, length}, 2, 0);
      TestRequest compare = new TestRequest();
      world.device().compare(compare, offset, length);
      TestRequest copy = new TestRequest();
      world.device().copy(copy, new long[] {offset}, new long[] {length}, 1, 0, false);
      TestRequest swap = new TestRequest();
      byte[] bytes = new byte[Math.min(Math.max(length, 0), 16)];
      world.device().compareAndWrite(swap, length > 16 ? -1 : offset, bytes, bytes, false);
      world.settle();
      for (TestRequest request :
          new TestRequest[] {read, write, verify, zeroes, discard, compare, copy, swap}) {
        assertTrue(request.done);
        assertEquals(BlockStatus.OUT_OF_RANGE, request.status, BlockStatus.name(request.status));
      }
      assertEquals(commands, world.loops.get(0).commands(), "nothing went to the drive");
      for (BlockKind kind : BlockKind.values()) {
        assertEquals(
            kind == BlockKind.FLUSH || kind.ofZones() ? 0 : 1,
            counter(world, kind, Counter.INVALID),
            kind.label());
        assertEquals(0, counter(world, kind, Counter.DONE) + counter(world, kind, Counter.FAILED));
      }
      assertEquals(0, world.device().active());
      assertEquals(0, world.bytesInUse());
    }
  }

  @Test
  void aRequestLargerThanACommandIsRefused() {
    try (BlockWorld world = world(BlockSettings.PLAIN)) {
      int most = world.namespace.transfer();
      assertEquals(0, status(world, world.read(world.loops.get(0), 0, most)));
      assertEquals(
          BlockStatus.TOO_LARGE, status(world, world.read(world.loops.get(0), 0, most + 1)));
    }
  }

  /** Rounded out to blocks it would be more than the controller takes. */
  @Test
  void anUnalignedRequestIsLargeByItsBlocks() {
    try (BlockWorld world = world(BlockSettings.PLAIN)) {
      int most = world.namespace.transfer();
      long commands = world.loops.get(0).commands();
      TestRequest read = world.read(world.loops.get(0), 1, most);
      assertEquals(BlockStatus.TOO_LARGE, read.status);
      TestRequest write = new TestRequest();
      world.device().write(write, BLOCK + 1, most, false);
      assertEquals(BlockStatus.TOO_LARGE, write.status);
      assertEquals(commands, world.loops.get(0).commands());
      assertEquals(0, status(world, world.read(world.loops.get(0), 1, most - 1)));
      assertEquals(0, status(world, world.write(world.loops.get(0), 1, new byte[most - 1])));
    }
  }

  @Test
  void operationsOnWholeBlocksRefusePartsOfThem() {
    try (BlockWorld world = world(BlockSettings.PLAIN)) {
      TestRequest request = new TestRequest();
      for (long[] range : new long[][] {{1, BLOCK}, {0, BLOCK - 1}, {512, 512}}) {
        world.device().verify(request, range[0], range[1]);
        assertEquals(BlockStatus.UNALIGNED, request.status);
        world.device().writeZeroes(request, range[0], range[1], 0, false);
        assertEquals(BlockStatus.UNALIGNED, request.status);
        world.device().discard(request, new long[] {range[0]}, new long[] {range[1]}, 1, 0);
        assertEquals(BlockStatus.UNALIGNED, request.status);
        world.device().compare(request, range[0], (int) range[1]);
        assertEquals(BlockStatus.UNALIGNED, request.status);
      }
      assertEquals(3, counter(world, BlockKind.COMPARE, Counter.INVALID));
    }
  }

  @Test
  void unknownAndForbiddenFlagsAreUnsupported() {
    try (BlockWorld world = world(BlockSettings.PLAIN)) {
      TestRequest request = new TestRequest();
      world.device().writeZeroes(request, 0, BLOCK, 2, false);
      assertEquals(BlockStatus.UNSUPPORTED, request.status);
      world.device().writeZeroes(request, 0, BLOCK, BlockDevice.FLAG_UNMAP | 8, false);
      assertEquals(BlockStatus.UNSUPPORTED, request.status);
      for (int flags : new int[] {BlockDevice.FLAG_UNMAP, 2, -1}) {
        world.device().discard(request, new long[] {0}, new long[] {BLOCK}, 1, flags);
        assertEquals(BlockStatus.UNSUPPORTED, request.status);
      }
      assertEquals(3, counter(world, BlockKind.DISCARD, Counter.INVALID));
      assertEquals(0, world.store.writes);
    }
  }

  @Test
  void aDiscardHasAtMostSoManyRanges() {
    try (BlockWorld world = world(BlockSettings.PLAIN)) {
      long[] offsets = new long[257];
      long[] lengths = new long[257];
      Arrays.fill(lengths, BLOCK);
      TestRequest request = new TestRequest();
      world.device().discard(request, offsets, lengths, 257, 0);
      assertEquals(BlockStatus.TOO_MANY_SEGMENTS, request.status);
      world.device().discard(request, offsets, lengths, 0, 0);
      assertEquals(BlockStatus.TOO_MANY_SEGMENTS, request.status);
      request.done = false;
      world.device().discard(request, offsets, lengths, 256, 0);
      assertEquals(0, status(world, request));
    }
  }

  @Test
  void aReadOnlyNamespaceRefusesWhatChangesBlocks() {
    try (BlockWorld world = world(BlockSettings.PLAIN)) {
      world.configure(BlockSettings.PLAIN.withReadOnly(true));
      assertTrue(world.namespace.readOnly());
      long commands = world.loops.get(0).commands();
      assertEquals(
          BlockStatus.READ_ONLY,
          status(world, world.write(world.loops.get(0), 0, new byte[BLOCK])));
      TestRequest request = new TestRequest();
      world.device().writeZeroes(request, 0, BLOCK, 0, false);
      assertEquals(BlockStatus.READ_ONLY, request.status);
      world.device().discard(request, new long[] {0}, new long[] {BLOCK}, 1, 0);
      assertEquals(BlockStatus.READ_ONLY, request.status);
      assertEquals(commands, world.loops.get(0).commands());
      assertEquals(0, status(world, world.read(world.loops.get(0), 0, BLOCK)));
      world.configure(BlockSettings.PLAIN);
      assertEquals(0, status(world, world.write(world.loops.get(0), 0, new byte[BLOCK])));
    }
  }

  @Test
  void zeroesDiscardsVerifiesAndComparesDoWhatTheySay() {
    try (BlockWorld world = world(BlockSettings.PLAIN)) {
      byte[] bytes = bytes(1, 16 * BLOCK);
      assertEquals(0, status(world, world.write(world.loops.get(0), 0, bytes)));

      assertEquals(0, status(world, compare(world, 4 * BLOCK, slice(bytes, 4, 2))));
      byte[] other = slice(bytes, 4, 2);
      other[other.length - 1]++;
      assertEquals(
          Status.COMPARE_FAILURE, Status.code(status(world, compare(world, 4 * BLOCK, other))));

      TestRequest verify = new TestRequest();
      world.device().verify(verify, 0, MIB);
      assertEquals(0, status(world, verify));

      TestRequest zeroes = new TestRequest();
      world.device().writeZeroes(zeroes, BLOCK, 3 * BLOCK, BlockDevice.FLAG_UNMAP, true);
      assertEquals(0, status(world, zeroes));
      Arrays.fill(bytes, BLOCK, 4 * BLOCK, (byte) 0);

      TestRequest discard = new TestRequest();
      world
          .device()
          .discard(
              discard, new long[] {10 * BLOCK, 14 * BLOCK}, new long[] {BLOCK, 2 * BLOCK}, 2, 0);
      assertEquals(0, status(world, discard));
      byte[] found = world.content(0, 16 * BLOCK);
      assertArrayEquals(slice(bytes, 0, 10), slice(found, 0, 10));
      assertArrayEquals(slice(bytes, 11, 3), slice(found, 11, 3));
      assertEquals(3 * BLOCK, counter(world, BlockKind.DISCARD, Counter.BYTES));
      assertEquals(0, world.bytesInUse());
    }
  }

  @Test
  void aLoopThatSharesAQueueHasEveryOperation() {
    try (BlockWorld world = world(BlockSettings.PLAIN.withMerge(true))) {
      BlockWorld.Loop loop = world.addSharingLoop();
      byte[] bytes = bytes(5, 4 * BLOCK);
      assertEquals(0, status(world, world.write(loop, 0, bytes)));
      TestRequest compare = new TestRequest();
      compare.compare(loop.device, 0, bytes);
      assertEquals(0, status(world, compare));
      bytes[0]++;
      compare.compare(loop.device, 0, bytes);
      assertEquals(Status.COMPARE_FAILURE, Status.code(status(world, compare)));
      TestRequest request = new TestRequest();
      loop.device.writeZeroes(request, BLOCK, BLOCK, 0, true);
      assertEquals(0, status(world, request));
      request.done = false;
      loop.device.discard(request, new long[] {2 * BLOCK}, new long[] {BLOCK}, 1, 0);
      assertEquals(0, status(world, request));
      request.done = false;
      loop.device.verify(request, 0, MIB);
      assertEquals(0, status(world, request));
      assertArrayEquals(new byte[BLOCK], world.content(BLOCK, BLOCK));
      assertEquals(0, world.bytesInUse());
    }
  }

  /** Of its own: the owner of the queue may have none to spare. */
  @Test
  void aDiscardThroughAnotherLoopsQueueTakesTheMemoryOfItsLoop() {
    try (BlockWorld world = world(BlockSettings.PLAIN)) {
      BlockWorld.Loop owner = world.loops.get(0);
      BlockWorld.Loop loop = world.addSharingLoop();
      assertEquals(0, status(world, world.write(loop, 0, bytes(6, 4 * BLOCK))));
      DmaBuffer all = owner.arena.allocate(owner.arena.size());
      TestRequest discard = new TestRequest();
      loop.device.discard(discard, new long[] {0, 2 * BLOCK}, new long[] {BLOCK, 2 * BLOCK}, 2, 0);
      assertEquals(0, status(world, discard));
      all.release();
      assertArrayEquals(new byte[BLOCK], world.content(0, BLOCK));

      DmaBuffer own = loop.arena.allocate(loop.arena.size());
      discard.done = false;
      loop.device.discard(discard, new long[] {BLOCK}, new long[] {BLOCK}, 1, 0);
      world.settle();
      assertFalse(discard.done, "it waits for memory");
      own.release();
      assertEquals(0, status(world, discard));
      assertArrayEquals(new byte[4 * BLOCK], world.content(0, 4 * BLOCK));
      own = loop.arena.allocate(loop.arena.size());
      discard.done = false;
      loop.device.discard(discard, new long[] {BLOCK}, new long[] {BLOCK}, 1, 0);
      world.pass(TimeUnit.SECONDS.toNanos(2));
      assertEquals(BlockStatus.BUSY, status(world, discard));
      own.release();
      assertEquals(0, world.bytesInUse());
      assertEquals(1, counter(world, BlockKind.DISCARD, Counter.BUSY));
    }
  }

  @Test
  void everyRequestIsCountedOnceByWhatBecameOfIt() {
    try (BlockWorld world = world(BlockSettings.PLAIN)) {
      world.now = 1_000;
      BlockWorld.Loop loop = world.loops.get(0);
      TestRequest write = world.write(loop, 0, new byte[100]);
      TestRequest read = world.read(loop, 0, BLOCK);
      assertEquals(2, world.device().active());
      world.now = 4_000;
      status(world, write);
      assertEquals(0, read.status);
      read.take();
      world.store.failReads(o -> true, Status.UNRECOVERED_READ_ERROR);
      status(world, world.read(loop, 0, BLOCK));
      world.now = 9_000;
      assertEquals(1, counter(world, BlockKind.WRITE, Counter.DONE));
      assertEquals(1, counter(world, BlockKind.WRITE, Counter.UNALIGNED));
      assertEquals(100, counter(world, BlockKind.WRITE, Counter.BYTES));
      assertEquals(1, counter(world, BlockKind.READ, Counter.DONE));
      assertEquals(1, counter(world, BlockKind.READ, Counter.FAILED));
      assertEquals(BLOCK, counter(world, BlockKind.READ, Counter.BYTES));
      assertEquals(3e-6, world.device().counters().latency(BlockKind.READ).sumSeconds(), 1e-12);
      assertEquals(4_000, world.device().counters().lastEnd());
      assertEquals(0, world.device().active());
    }
  }

  @Test
  void aChangedCapacityIsSeenByTheNextRequest() {
    try (BlockWorld world = new BlockWorld(2, BLOCK, 2 * MIB, BlockSettings.PLAIN)) {
      BlockWorld.Loop loop = world.loops.get(1);
      assertEquals(0, status(world, world.read(loop, MIB, BLOCK)));
      world.controller.resize(1, MIB);
      world.controller.doWork(100);
      assertEquals(1, world.drive.pollEvents());
      assertEquals(MIB, world.namespace.capacity());
      assertEquals(BlockStatus.OUT_OF_RANGE, status(world, world.read(loop, MIB, BLOCK)));
      assertEquals(0, status(world, world.read(loop, MIB - BLOCK, BLOCK)));

      world.controller.resize(1, 2 * MIB);
      world.controller.doWork(100);
      assertEquals(1, world.drive.pollEvents());
      assertEquals(2 * MIB, BlockConfiguration.of(world.namespace).capacity());
      assertEquals(0, status(world, world.write(loop, 2 * MIB - BLOCK, new byte[BLOCK])));
    }
  }

  @Test
  void aNamespaceThatHasGoneTakesNoRequest() {
    try (BlockWorld world = world(BlockSettings.PLAIN)) {
      world.controller.detach(1);
      world.controller.doWork(100);
      assertEquals(1, world.drive.pollEvents());
      long commands = world.loops.get(0).commands();
      assertFalse(world.namespace.available());
      assertEquals(
          BlockStatus.UNAVAILABLE, status(world, world.read(world.loops.get(0), 0, BLOCK)));
      TestRequest flush = new TestRequest();
      world.device().flush(flush);
      assertEquals(BlockStatus.UNAVAILABLE, flush.status);
      assertEquals(commands, world.loops.get(0).commands());
    }
  }

  @Test
  void theConfigurationSaysWhatAFrontEndNeeds() {
    try (BlockWorld world = new BlockWorld(2, 512, MIB, BlockSettings.PLAIN.withMerge(true))) {
      BlockConfiguration c = BlockConfiguration.of(world.namespace);
      assertEquals(MIB, c.capacity());
      assertEquals(512, c.logicalBlockSize());
      // What the drive says it keeps as one (NPWG, NPDG), and its best write (NOWS), as far as a
      // request goes.
      assertEquals(4096, c.physicalBlockSize());
      assertEquals(4096, c.minIoSize());
      assertEquals(4096, c.discardAlignment());
      assertEquals(64 << 10, c.optimalIoSize());
      assertEquals(64 << 10, c.maxRequestBytes());
      assertEquals(32, c.maxSegments());
      assertEquals(256, c.maxDiscardSegments());
      assertEquals(2L << 30, c.maxDiscardBytes());
      assertEquals(2L << 30, c.maxWriteZeroesBytes());
      assertEquals(new BlockConfiguration.Geometry(2, 16, 63), c.geometry());
      assertEquals(16_383, BlockConfiguration.Geometry.of(1L << 40).cylinders());
      assertEquals(1040, BlockConfiguration.Geometry.of(512L << 20).cylinders());
      assertEquals(20, c.id().length);
      assertEquals(c.serial().charAt(0), (char) c.id()[0]);
      assertEquals(WriteCacheMode.WRITEBACK, c.writeCache());
      assertEquals(2, c.queues());
      assertFalse(c.readOnly());
      world.configure(
          BlockSettings.PLAIN.withReadOnly(true).withWriteCache(WriteCacheMode.WRITETHROUGH));
      BlockConfiguration after = BlockConfiguration.of(world.namespace);
      assertEquals(WriteCacheMode.WRITETHROUGH, after.writeCache());
      assertEquals(1, after.maxSegments());
      assertTrue(after.readOnly());
    }
  }

  private static BlockWorld world(BlockSettings settings) {
    return new BlockWorld(1, BLOCK, MIB, settings);
  }

  private static TestRequest compare(BlockWorld world, long offset, byte[] bytes) {
    TestRequest request = new TestRequest();
    request.compare(world.device(), offset, bytes);
    return request;
  }

  private static int status(BlockWorld world, TestRequest request) {
    world.settle();
    assertTrue(request.done);
    if (request.holdsMemory()) {
      request.take();
    }
    return request.status;
  }

  private static long counter(BlockWorld world, BlockKind kind, Counter counter) {
    return world.loops.stream().mapToLong(l -> l.device.counters().get(kind, counter)).sum();
  }

  private static byte[] bytes(long seed, int n) {
    byte[] bytes = new byte[n];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private static byte[] slice(byte[] bytes, int block, int blocks) {
    return Arrays.copyOfRange(bytes, block * BLOCK, (block + blocks) * BLOCK);
  }
}
