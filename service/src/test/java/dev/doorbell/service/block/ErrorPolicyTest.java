package dev.doorbell.service.block;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.doorbell.nvme.spec.Status;
import dev.doorbell.service.block.BlockCounters.Counter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** What becomes of requests that the drive fails, and that a resumed namespace has lost none. */
class ErrorPolicyTest {
  private static final int BLOCK = 512;
  private static final BlockSettings STOPPING =
      BlockSettings.PLAIN.withErrors(ErrorPolicy.STOP, ErrorPolicy.STOP);

  @Test
  void aReportedFailureIsTheClients() {
    try (BlockWorld world = world(BlockSettings.PLAIN)) {
      world.store.failReads(o -> true, Status.UNRECOVERED_READ_ERROR);
      TestRequest read = world.read(world.loops.get(0), 0, BLOCK);
      world.settle();
      assertEquals(Status.UNRECOVERED_READ_ERROR, Status.code(read.status));
      assertTrue(world.control().stopped().isEmpty());
    }
  }

  @Test
  void anIgnoredReadHasZerosAndNotWhatTheMemoryHeld() {
    try (BlockWorld world =
        world(BlockSettings.PLAIN.withErrors(ErrorPolicy.IGNORE, ErrorPolicy.REPORT))) {
      BlockWorld.Loop loop = world.loops.get(0);
      byte[] secret = new byte[4096];
      Arrays.fill(secret, (byte) 0x5A);
      assertEquals(0, end(world, world.write(loop, 0, secret)).status);
      world.store.failReads(o -> true, Status.UNRECOVERED_READ_ERROR);
      TestRequest read = end(world, world.read(loop, 100, 3000));
      assertEquals(0, read.status);
      assertArrayEquals(new byte[3000], read.take());
      assertEquals(1, world.device().counters().get(BlockKind.READ, Counter.DONE));
      world.store.failWrites(o -> true, Status.WRITE_FAULT);
      assertEquals(
          Status.WRITE_FAULT,
          Status.code(end(world, world.write(loop, 0, new byte[BLOCK])).status),
          "each direction has its own policy");
    }
  }

  @ParameterizedTest
  @CsvSource({"129, true", "640, false"})
  void enospcStopsForWantOfRoomOnly(int code, boolean stops) {
    try (BlockWorld world =
        world(BlockSettings.PLAIN.withErrors(ErrorPolicy.REPORT, ErrorPolicy.ENOSPC))) {
      world.store.failWrites(o -> true, code);
      TestRequest write = world.write(world.loops.get(0), 0, new byte[BLOCK]);
      world.settle();
      assertEquals(!stops, write.done);
      assertEquals(stops, world.control().stopped().isPresent());
      world.store.cure();
      resume(world);
      assertTrue(write.done);
      assertEquals(stops ? 0 : code, Status.code(write.status));
    }
  }

  /** They were not refused for what the medium is: whoever asked must decide. */
  @ParameterizedTest
  @ValueSource(ints = {Status.ABORT_REQUESTED, 0x371, 0x370, Status.COMPARE_FAILURE})
  void whatMayHaveBeenDoneIsReportedAndNeverSentTwice(int code) {
    try (BlockWorld world = world(STOPPING)) {
      world.store.failWrites(o -> true, code);
      TestRequest write = end(world, world.write(world.loops.get(0), 0, new byte[BLOCK]));
      assertEquals(code, Status.code(write.status));
      assertTrue(world.control().stopped().isEmpty());
      assertEquals(1, world.store.writes);
    }
  }

  /** The client is wrong, not the drive: nobody else shall wait for an operator, nor be alarmed. */
  @ParameterizedTest
  @ValueSource(
      ints = {
        Status.COMPARE_FAILURE,
        Status.LBA_OUT_OF_RANGE,
        Status.NAMESPACE_WRITE_PROTECTED,
        Status.ZONE_IS_FULL,
        Status.ZONE_INVALID_WRITE,
        Status.ZONE_BOUNDARY_ERROR
      })
  void whatTheDriveRefusesForHowItsBlocksAreIsReportedAndIsNoFailure(int code) {
    for (ErrorPolicy policy : ErrorPolicy.values()) {
      try (BlockWorld world = world(BlockSettings.PLAIN.withErrors(policy, policy))) {
        world.store.failWrites(o -> true, code);
        TestRequest write = end(world, world.write(world.loops.get(0), 0, new byte[BLOCK]));
        assertEquals(code, Status.code(write.status));
        assertTrue(world.control().stopped().isEmpty());
        assertEquals(1, world.device().counters().get(BlockKind.WRITE, Counter.CONFLICT));
        assertEquals(0, world.device().counters().get(BlockKind.WRITE, Counter.FAILED));
      }
    }
  }

  @Test
  void aCompareThatFailedIsNeverPassedOffAsEqual() {
    try (BlockWorld world =
        world(BlockSettings.PLAIN.withErrors(ErrorPolicy.IGNORE, ErrorPolicy.IGNORE))) {
      world.store.failReads(o -> true, Status.UNRECOVERED_READ_ERROR);
      TestRequest compare = new TestRequest();
      compare.compare(world.device(), 0, new byte[BLOCK]);
      end(world, compare);
      assertEquals(Status.UNRECOVERED_READ_ERROR, Status.code(compare.status));
    }
  }

  @Test
  void aStoppedNamespaceKeepsWhatFailedAndWhatComesInOrder() {
    try (BlockWorld world = world(STOPPING)) {
      BlockWorld.Loop one = world.loops.get(0);
      BlockWorld.Loop two = world.loops.get(1);
      world.store.failWrites(o -> o < 64 * BLOCK, Status.WRITE_FAULT);
      byte[][] versions = new byte[8][];
      List<TestRequest> requests = new ArrayList<>();
      versions[0] = bytes(0, BLOCK);
      requests.add(world.write(one, 0, versions[0]));
      world.settle();
      NamespaceControl.Stop stop = world.control().stopped().orElseThrow();
      assertEquals(BlockKind.WRITE, stop.kind());
      assertEquals(Status.WRITE_FAULT, Status.code(stop.status()));
      assertEquals(0, stop.offset());
      // Later writes of the same block on the same loop: the last must win.
      for (int i = 1; i < versions.length; i++) {
        versions[i] = bytes(i, BLOCK);
        requests.add(world.write(one, 0, versions[i]));
      }
      TestRequest other = world.read(two, 100 * BLOCK, BLOCK);
      TestRequest flush = new TestRequest();
      two.device.flush(flush);
      long commands = one.commands() + two.commands();
      world.settle();
      assertEquals(commands, one.commands() + two.commands(), "all loops hold back");
      assertFalse(other.done || flush.done);
      assertEquals(8, one.device.waiting());
      assertEquals(2, two.device.waiting());

      world.store.cure();
      resume(world);
      for (TestRequest request : requests) {
        assertTrue(request.done);
        assertEquals(0, request.status);
      }
      assertTrue(other.done && flush.done);
      other.take();
      assertArrayEquals(versions[7], world.content(0, BLOCK));
      assertTrue(world.control().stopped().isEmpty());
      assertEquals(1, world.control().stops());
      assertEquals(0, one.device.active() + two.device.active());
      assertEquals(0, world.bytesInUse());
    }
  }

  @Test
  void aCauseThatIsNotCuredStopsAgain() {
    try (BlockWorld world = world(STOPPING)) {
      world.store.failReads(o -> o == 0, Status.UNRECOVERED_READ_ERROR);
      TestRequest bad = world.read(world.loops.get(0), 0, BLOCK);
      world.settle();
      TestRequest good = world.read(world.loops.get(0), BLOCK, BLOCK);
      resume(world);
      assertFalse(bad.done);
      assertEquals(2, world.control().stops());
      world.store.cure();
      resume(world);
      assertEquals(0, bad.status);
      assertEquals(0, good.status);
      assertTrue(bad.done && good.done);
      bad.take();
      good.take();
      assertEquals(0, world.bytesInUse());
    }
  }

  @Test
  void nobodyWaitsBeyondTheBound() {
    try (BlockWorld world = world(STOPPING.withMaxWaiting(3))) {
      BlockWorld.Loop loop = world.loops.get(0);
      world.store.failReads(o -> true, Status.UNRECOVERED_READ_ERROR);
      TestRequest failed = world.read(loop, 0, BLOCK);
      world.settle();
      List<TestRequest> waiting = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        waiting.add(world.read(loop, BLOCK, BLOCK));
      }
      TestRequest tooMany = world.read(loop, BLOCK, BLOCK);
      assertTrue(tooMany.done);
      assertEquals(BlockStatus.STOPPED, tooMany.status);
      assertEquals(1, world.device().counters().get(BlockKind.READ, Counter.BUSY));
      world.store.cure();
      resume(world);
      assertTrue(failed.done && waiting.stream().allMatch(r -> r.done));
      failed.take();
      waiting.forEach(TestRequest::take);
    }
  }

  /** Other namespaces of the controller live from the same memory. */
  @Test
  void writesOfAStoppedNamespaceHoldAPartOfTheMemoryOnly() {
    try (BlockWorld world = new BlockWorld(1, BLOCK, 4 << 20, 64, 1 << 20, STOPPING)) {
      BlockWorld.Loop loop = world.loops.get(0);
      world.store.failWrites(o -> true, Status.WRITE_FAULT);
      world.write(loop, 0, new byte[BLOCK]);
      world.settle();
      int taken = 0;
      TestRequest last = new TestRequest();
      while (last.write(loop.device, 0, new byte[64 << 10]) && !last.done) {
        taken++;
        last = new TestRequest();
      }
      assertEquals(BlockStatus.STOPPED, last.status);
      assertEquals(3, taken, "of 1 MiB a quarter, with the 4 KiB of the one that failed");
      world.store.cure();
      resume(world);
      assertEquals(0, world.bytesInUse());
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 2})
  void aReadModifyWriteGoesOnWithTheStepThatFailed(long step) {
    try (BlockWorld world = world(STOPPING)) {
      BlockWorld.Loop loop = world.loops.get(0);
      byte[] content = bytes(1, 4 * BLOCK);
      end(world, world.write(loop, 0, content));
      if (step < 2) {
        world.store.failReads(o -> o == (step == 0 ? 0 : 2 * BLOCK), Status.UNRECOVERED_READ_ERROR);
      } else {
        world.store.failWrites(o -> true, Status.WRITE_FAULT);
      }
      byte[] part = bytes(2, 2 * BLOCK);
      TestRequest unaligned = world.write(loop, 100, part);
      world.settle();
      assertFalse(unaligned.done);
      TestRequest overlapping = world.write(world.loops.get(1), 3 * BLOCK, new byte[BLOCK]);
      world.store.cure();
      resume(world);
      assertTrue(unaligned.done && overlapping.done);
      assertEquals(0, unaligned.status);
      System.arraycopy(part, 0, content, 100, part.length);
      Arrays.fill(content, 3 * BLOCK, 4 * BLOCK, (byte) 0);
      assertArrayEquals(content, world.content(0, 4 * BLOCK));
      assertEquals(0, world.bytesInUse());
    }
  }

  @Test
  void mergedRequestsAreKeptAndSentAgainOneByOne() {
    try (BlockWorld world = world(STOPPING.withMerge(true))) {
      BlockWorld.Loop loop = world.loops.get(0);
      world.store.failWrites(o -> o == 0, Status.WRITE_FAULT);
      byte[] content = bytes(3, 4 * 4096);
      List<TestRequest> requests = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        requests.add(
            world.write(loop, i * 4096, Arrays.copyOfRange(content, i * 4096, (i + 1) * 4096)));
      }
      world.settle();
      assertEquals(4, loop.device.waiting());
      world.store.cure();
      resume(world);
      assertTrue(requests.stream().allMatch(r -> r.done && r.status == 0));
      assertArrayEquals(content, world.content(0, content.length));
    }
  }

  @Test
  void discardsAndZeroesAreKeptToo() {
    try (BlockWorld world = world(STOPPING)) {
      BlockWorld.Loop loop = world.loops.get(0);
      end(world, world.write(loop, 0, bytes(4, 8 * BLOCK)));
      world.store.failWrites(o -> true, Status.WRITE_FAULT);
      TestRequest zeroes = new TestRequest();
      loop.device.writeZeroes(zeroes, 0, 8 * BLOCK, 0, false);
      world.settle();
      assertFalse(zeroes.done);
      world.store.cure();
      resume(world);
      assertTrue(zeroes.done);
      assertEquals(0, zeroes.status);
      assertArrayEquals(new byte[8 * BLOCK], world.content(0, 8 * BLOCK));
    }
  }

  /** What has waited is checked against what the namespace has become. */
  @Test
  void whatNoLongerFitsWhenItIsResumedIsRefusedAndNotSent() {
    try (BlockWorld world = world(STOPPING)) {
      BlockWorld.Loop loop = world.loops.get(0);
      world.store.failWrites(o -> true, Status.WRITE_FAULT);
      TestRequest failed = world.write(loop, 900 << 10, new byte[BLOCK]);
      world.settle();
      TestRequest unaligned = world.write(loop, (900 << 10) + 7, new byte[BLOCK]);
      TestRequest read = world.read(loop, 800 << 10, BLOCK);
      TestRequest fits = world.read(loop, 0, BLOCK);
      world.controller.resize(1, 512 << 10);
      world.controller.doWork(100);
      assertEquals(1, world.drive.pollEvents());
      world.store.cure();
      long commands = loop.commands();
      resume(world);
      for (TestRequest request : List.of(failed, unaligned, read)) {
        assertTrue(request.done);
        assertEquals(BlockStatus.OUT_OF_RANGE, request.status);
      }
      assertEquals(0, fits.status);
      fits.take();
      assertEquals(commands + 1, loop.commands());
      assertEquals(2, loop.device.counters().get(BlockKind.WRITE, Counter.INVALID));
      assertTrue(world.control().stopped().isEmpty());

      world.store.failReads(o -> true, Status.UNRECOVERED_READ_ERROR);
      TestRequest bad = world.read(loop, 0, BLOCK);
      world.settle();
      TestRequest write = world.write(loop, 0, new byte[BLOCK]);
      world.configure(STOPPING.withReadOnly(true));
      world.store.cure();
      resume(world);
      assertEquals(0, bad.status);
      bad.take();
      assertEquals(BlockStatus.READ_ONLY, write.status);
      assertEquals(0, world.bytesInUse());
    }
  }

  @Test
  void aStopIsAnEventInTheLog() {
    Logger logger = (Logger) LoggerFactory.getLogger(NamespaceControl.class);
    ListAppender<ILoggingEvent> events = new ListAppender<>();
    events.start();
    logger.addAppender(events);
    try (BlockWorld world = world(STOPPING)) {
      world.store.failWrites(o -> true, Status.WRITE_FAULT);
      for (BlockWorld.Loop loop : world.loops) {
        world.write(loop, 3 * BLOCK, new byte[BLOCK]);
      }
      world.settle();
      assertEquals(1, events.list.size(), "one for all loops");
      assertEquals(Level.ERROR, events.list.get(0).getLevel());
      assertEquals(
          "nvme0n1: stopped: write of 512 bytes at 1536 failed (Write Fault); cure the cause, then"
              + " resume it",
          events.list.get(0).getFormattedMessage());
      world.store.cure();
      resume(world);
      assertEquals("nvme0n1: resumed", events.list.get(1).getFormattedMessage());
    } finally {
      logger.detachAppender(events);
    }
  }

  @Test
  void atTheEndErrorsAreReportedAgain() {
    try (BlockWorld world = world(STOPPING)) {
      BlockWorld.Loop loop = world.loops.get(0);
      world.store.failWrites(o -> true, Status.WRITE_FAULT);
      TestRequest failed = world.write(loop, 0, new byte[BLOCK]);
      world.settle();
      world.control().end();
      world.settle();
      TestRequest later = end(world, world.write(world.loops.get(1), 0, new byte[BLOCK]));
      assertEquals(Status.WRITE_FAULT, Status.code(failed.status));
      assertEquals(Status.WRITE_FAULT, Status.code(later.status));
      assertTrue(world.control().stopped().isEmpty());
      assertEquals(0, world.bytesInUse());
    }
  }

  @Test
  void changesOfOneOperatorDoNotUndoThoseOfAnother() {
    try (BlockWorld world = world(BlockSettings.PLAIN)) {
      world.control().change(s -> s.withReadOnly(true));
      world.control().change(s -> s.withMerge(true));
      world.settle();
      assertEquals(
          BlockSettings.PLAIN.withReadOnly(true).withMerge(true), world.control().settings());
    }
  }

  @Test
  void theEndFailsWhatWaits() {
    try (BlockWorld world = world(STOPPING)) {
      BlockWorld.Loop loop = world.loops.get(0);
      world.store.failWrites(o -> true, Status.WRITE_FAULT);
      TestRequest failed = world.write(loop, 1, new byte[BLOCK]);
      world.settle();
      TestRequest waits = world.read(loop, 0, BLOCK);
      var drained = world.control().drain();
      world.settle();
      assertTrue(drained.isDone());
      world.control().abandon();
      world.settle();
      assertEquals(Status.WRITE_FAULT, Status.code(failed.status));
      assertEquals(BlockStatus.STOPPED, waits.status);
      assertEquals(0, loop.device.active());
      assertEquals(0, world.bytesInUse());
      assertTrue(world.namespace.rangeLock().idle(), "the range of the first is free again");
    }
  }

  /** Failures come and go at random while clients write: nothing is lost, nothing goes back. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void faultsThatComeAndGoLoseAndReorderNothing(long seed) {
    Random random = new Random(seed);
    int slots = 24;
    try (BlockWorld world = new BlockWorld(3, BLOCK, 1 << 20, STOPPING.withMerge(seed % 2 == 0))) {
      byte[][] wanted = new byte[slots][100];
      TestRequest[] requests = new TestRequest[slots];
      byte[][] pending = new byte[slots][];
      for (int round = 0; round < 30_000; round++) {
        world.step(random);
        if (random.nextInt(200) == 0) {
          int bad = random.nextInt(8) * BLOCK;
          world.store.failWrites(o -> o == bad, Status.WRITE_FAULT);
          world.store.failReads(o -> o == bad, Status.UNRECOVERED_READ_ERROR);
        }
        if (random.nextInt(100) == 0) {
          if (random.nextInt(3) > 0) {
            world.store.cure();
          }
          world.control().resume();
        }
        int slot = random.nextInt(slots);
        if (requests[slot] != null && requests[slot].done) {
          assertEquals(0, requests[slot].status, "seed " + seed);
          wanted[slot] = pending[slot];
          requests[slot] = null;
        }
        if (requests[slot] == null) {
          byte[] bytes = new byte[100];
          random.nextBytes(bytes);
          TestRequest request = new TestRequest();
          if (request.write(world.loops.get(random.nextInt(3)).device, slot * 100L, bytes)) {
            requests[slot] = request;
            pending[slot] = bytes;
          }
        }
      }
      world.store.cure();
      resume(world);
      for (int slot = 0; slot < slots; slot++) {
        if (requests[slot] != null) {
          assertTrue(requests[slot].done && requests[slot].status == 0, "seed " + seed);
          wanted[slot] = pending[slot];
        }
        assertArrayEquals(
            wanted[slot], world.content(slot * 100L, 100), "seed " + seed + ", slot " + slot);
      }
      assertTrue(world.control().stops() > 10, "stops: " + world.control().stops());
      assertEquals(0, world.bytesInUse());
    }
  }

  private static BlockWorld world(BlockSettings settings) {
    return new BlockWorld(2, BLOCK, 1 << 20, settings);
  }

  private static void resume(BlockWorld world) {
    world.settle();
    var resumed = world.control().resume();
    world.settle();
    assertTrue(resumed.isDone());
  }

  private static TestRequest end(BlockWorld world, TestRequest request) {
    world.settle();
    assertTrue(request.done);
    return request;
  }

  private static byte[] bytes(long seed, int n) {
    byte[] bytes = new byte[n];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }
}
