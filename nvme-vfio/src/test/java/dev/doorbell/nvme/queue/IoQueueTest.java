package dev.doorbell.nvme.queue;

import static dev.doorbell.nvme.queue.QueueCounter.ALIGNED_ACCESSES;
import static dev.doorbell.nvme.queue.QueueCounter.SUBMITTED;
import static dev.doorbell.nvme.queue.QueueCounter.UNALIGNED_ACCESSES;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.doorbell.dma.DmaArena;
import dev.doorbell.dma.DmaBuffer;
import dev.doorbell.dma.DmaMemory;
import dev.doorbell.nvme.spec.NvmOpcode;
import dev.doorbell.nvme.spec.Status;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.lang.management.ManagementFactory;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IoQueueTest {
  private static final int BLOCK = 512;

  private final RingController controller = new RingController(8);
  private final DmaMemory arenaMemory = DmaMemory.allocate(16 * 4096);
  private final long arenaIova = controller.mapper.map(arenaMemory);
  private final DmaArena arena = new DmaArena(arenaMemory, arenaIova);
  private final QueuePair pair = controller.newPair();
  private final IoQueue queue = new IoQueue(1, pair, arena);
  private final Block command = new Block();

  @Test
  void aReadIntoItsOwnArenaGoesStraight() {
    DmaBuffer buffer = arena.allocate(3 * 4096);
    assertTrue(queue.read(command, 5, 77, 16, BLOCK, buffer, 4096));
    RingController.Entry entry = controller.fetched.element();
    assertEquals(NvmOpcode.READ, entry.opcode());
    assertEquals(5, entry.nsid());
    assertEquals(77, entry.lba());
    assertEquals(15, entry.cdw12());
    assertEquals(buffer.iova() + 4096, entry.prp1());
    assertEquals(buffer.iova() + 8192, entry.prp2());
    assertCounts(1, 0);
    byte[] data = random(8192);
    controller.mapper.at(entry.prp1()).put(data);
    finish(0);
    assertEquals(0, command.status);
    byte[] read = new byte[8192];
    buffer.getBytes(4096, read);
    assertArrayEquals(data, read);
    assertEquals(0, buffer.readerIndex() + buffer.writerIndex());
    assertEquals(1, buffer.refCnt(), "the buffer stays the caller's");
  }

  @Test
  void aWriteFromItsOwnArenaGoesStraight() {
    DmaBuffer buffer = arena.allocate(4096);
    assertTrue(queue.write(command, 1, 9, 8, BLOCK, buffer, 0, true));
    RingController.Entry entry = controller.fetched.element();
    assertEquals(NvmOpcode.WRITE, entry.opcode());
    assertEquals(7 | NvmOpcode.CDW12_FUA, entry.cdw12());
    assertEquals(buffer.iova(), entry.prp1());
    assertEquals(0, entry.prp2());
    assertCounts(1, 0);
    finish(0);
    assertEquals(4096, arena.bytesInUse());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void anyOtherBufferIsReadThroughABounceBuffer(int kind) {
    ByteBuf target = unaligned(kind);
    byte[] data = random(1024);
    assertTrue(queue.read(command, 1, 3, 2, BLOCK, target, 100));
    assertCounts(0, 1);
    controller.mapper.at(controller.fetched.element().prp1()).put(data);
    finish(0);
    byte[] read = new byte[1024];
    target.getBytes(100, read);
    assertArrayEquals(data, read);
    assertEquals(0, target.getByte(99));
    assertEquals(0, target.getByte(100 + 1024));
    assertBounceReleased(kind);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void anyOtherBufferIsWrittenThroughABounceBuffer(int kind) {
    ByteBuf source = unaligned(kind);
    byte[] data = random(1024);
    source.setBytes(100, data);
    assertTrue(queue.write(command, 1, 3, 2, BLOCK, source, 100, false));
    byte[] written = new byte[1024];
    RingController.Entry entry = controller.fetched.element();
    assertEquals(1, entry.cdw12());
    controller.mapper.at(entry.prp1()).get(written);
    assertArrayEquals(data, written);
    // The data went already: what the caller's buffer becomes is of no account, also not copied
    // back.
    source.setZero(0, source.capacity());
    finish(0);
    assertEquals(0, source.getByte(100));
    assertCounts(0, 1);
    assertBounceReleased(kind);
  }

  @Test
  void aBufferOfAnotherArenaBounces() {
    DmaMemory other = DmaMemory.allocate(4096);
    ByteBuf buffer = new DmaArena(other, 0x5000).allocate(4096);
    assertTrue(queue.read(command, 1, 0, 8, BLOCK, buffer, 0));
    long prp1 = controller.fetched.element().prp1();
    assertTrue(prp1 >= arenaIova && prp1 < arenaIova + arenaMemory.size());
    assertCounts(0, 1);
  }

  @Test
  void withoutABounceBufferNothingIsSubmitted() {
    DmaBuffer all = arena.allocate(arena.size());
    ByteBuf heap = Unpooled.buffer(4096).writerIndex(4096);
    long before = arena.releases();
    assertFalse(queue.read(command, 1, 0, 1, BLOCK, heap, 0));
    assertFalse(queue.write(command, 1, 0, 1, BLOCK, heap, 0, false));
    assertEquals(0, pair.counters().get(SUBMITTED));
    assertCounts(0, 0);
    assertEquals(before, arena.releases());
    all.release();
    assertTrue(arena.releases() != before);
    assertTrue(queue.read(command, 1, 0, 1, BLOCK, heap, 0));
    finish(0);
    assertEquals(1, command.completions);
  }

  @Test
  void aFailedReadIsNotCopiedAndItsBounceBufferReleased() {
    ByteBuf heap = Unpooled.buffer(4096).writerIndex(4096);
    assertTrue(queue.read(command, 1, 0, 1, BLOCK, heap, 0));
    controller.mapper.at(controller.fetched.element().prp1()).putLong(-1);
    finish(Status.UNRECOVERED_READ_ERROR);
    assertEquals(Status.UNRECOVERED_READ_ERROR, command.status);
    assertEquals(0, heap.getLong(0));
    assertEquals(0, arena.bytesInUse());
  }

  @Test
  void closeReleasesTheBounceBuffers() {
    ByteBuf heap = Unpooled.buffer(4096).writerIndex(4096);
    assertTrue(queue.read(command, 1, 0, 1, BLOCK, heap, 0));
    pair.close(Status.ABORTED_SQ_DELETION);
    assertEquals(Status.ABORTED_SQ_DELETION, command.status);
    assertEquals(0, arena.bytesInUse());
  }

  @Test
  void aFlushCarriesNoData() {
    queue.flush(command, 4);
    RingController.Entry entry = controller.fetched.element();
    assertEquals(NvmOpcode.FLUSH, entry.opcode());
    assertEquals(4, entry.nsid());
    assertEquals(0, entry.prp1() | entry.prp2() | entry.lba() | entry.cdw12());
    finish(0);
    assertEquals(1, command.completions);
    assertCounts(0, 0);
  }

  @Test
  void aCommandServesOneTransferAfterAnother() {
    ByteBuf heap = Unpooled.buffer(4096).writerIndex(4096);
    DmaBuffer buffer = arena.allocate(4096);
    for (int i = 1; i <= 20; i++) {
      if (i % 3 == 0) {
        queue.flush(command, 1);
      } else {
        assertTrue(queue.read(command, 1, i, 1, BLOCK, i % 2 == 0 ? heap : buffer, 0));
      }
      finish(0);
      assertEquals(i, command.completions);
    }
    assertEquals(4096, arena.bytesInUse());
  }

  @Test
  void refusesARangeOutsideTheBuffer() {
    DmaBuffer buffer = arena.allocate(4096);
    for (int index : new int[] {-1, 4096 - 511, 4096, Integer.MAX_VALUE}) {
      assertThrows(
          IndexOutOfBoundsException.class,
          () -> queue.read(command, 1, 0, 1, BLOCK, buffer, index));
    }
    assertEquals(0, pair.inflight());
  }

  @Test
  void refusesBlockCountsThatTheEntryCannotHold() {
    DmaBuffer buffer = arena.allocate(4096);
    for (int blocks : new int[] {0, -1, NvmOpcode.MAX_BLOCKS + 1, Integer.MIN_VALUE}) {
      assertThrows(
          IllegalArgumentException.class,
          () -> queue.read(command, 1, 0, blocks, BLOCK, buffer, 0));
    }
    // 2^32 bytes: no zero by overflow.
    assertThrows(
        ArithmeticException.class,
        () -> queue.read(command, 1, 0, NvmOpcode.MAX_BLOCKS, 1 << 16, buffer, 0));
    assertEquals(0, pair.inflight());
  }

  @Test
  void aRefusedSubmitLeavesNoBounceBufferBehind() {
    pair.close(Status.ABORTED_SQ_DELETION);
    ByteBuf heap = Unpooled.buffer(4096).writerIndex(4096);
    assertThrows(IllegalStateException.class, () -> queue.read(command, 1, 0, 1, BLOCK, heap, 0));
    assertEquals(0, arena.bytesInUse());
    assertCounts(0, 0);
    // The command is as it was: a queue that is open takes it.
    DmaMemory memory = DmaMemory.allocate(4096);
    RingController second = new RingController(8);
    QueuePair open = second.newPair();
    DmaArena small = new DmaArena(memory, second.mapper.map(memory));
    assertTrue(new IoQueue(2, open, small).read(command, 1, 0, 1, BLOCK, heap, 0));
    second.completeNext();
    assertEquals(1, open.poll());
    assertEquals(0, small.bytesInUse());
  }

  @Test
  void copiesToAndFromABounceBufferAllocateNothingOnceWarm() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    InstantController instant = new InstantController(controller.memory);
    QueuePair silent = new QueuePair(controller.memory, instant::ringTail, instant::ringHead);
    IoQueue io = new IoQueue(1, silent, arena);
    for (ByteBuf buffer :
        new ByteBuf[] {
          Unpooled.buffer(4096),
          Unpooled.directBuffer(4096),
          PooledByteBufAllocator.DEFAULT.directBuffer(4096, 4096)
        }) {
      // The virtual machine makes objects of its own while it links and compiles: the least counts.
      long least = Long.MAX_VALUE;
      for (int round = 0; round < 10 && least > 0; round++) {
        long before = threads.getCurrentThreadAllocatedBytes();
        writeAndRead(io, buffer, 10_000);
        least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
      }
      assertEquals(0, least, buffer.toString());
    }
  }

  private void writeAndRead(IoQueue io, ByteBuf buffer, int times) {
    for (int i = 0; i < times; i++) {
      io.write(command, 1, i, 8, BLOCK, buffer, 0, false);
      io.pair().poll();
      io.read(command, 1, i, 8, BLOCK, buffer, 0);
      io.pair().poll();
    }
  }

  private ByteBuf unaligned(int kind) {
    ByteBuf buffer =
        switch (kind) {
          case 0 -> Unpooled.buffer(4096);
          case 1 -> Unpooled.directBuffer(4096);
          case 2 -> arena.allocate(4096).setZero(0, 4096);
          default -> Unpooled.wrappedBuffer(Unpooled.buffer(512).writerIndex(512), zeroed(3584));
        };
    return kind == 3 ? buffer : buffer.setZero(0, 4096);
  }

  private static ByteBuf zeroed(int bytes) {
    return Unpooled.directBuffer(bytes).writeZero(bytes);
  }

  private void assertBounceReleased(int kind) {
    assertEquals(kind == 2 ? 4096 : 0, arena.bytesInUse());
  }

  private void finish(int status) {
    controller.post(controller.fetched.remove().cid(), status, 0);
    assertEquals(1, pair.poll());
  }

  private void assertCounts(int aligned, int unaligned) {
    assertEquals(aligned, pair.counters().get(ALIGNED_ACCESSES));
    assertEquals(unaligned, pair.counters().get(UNALIGNED_ACCESSES));
  }

  private static byte[] random(int bytes) {
    byte[] data = new byte[bytes];
    new Random(bytes).nextBytes(data);
    return data;
  }

  private static final class Block extends BlockCommand {
    private int completions;
    private int status = -1;

    @Override
    protected void done(int status) {
      this.status = status;
      completions++;
    }
  }
}
