package dev.doorbell.nvme.spec;

import dev.doorbell.dma.DmaMemory;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What it costs to put one command into a submission queue, and to take it out again. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class SubmissionEntryBenchmark {
  private static final int ENTRIES = 1024;

  private final ByteBuffer queue = DmaMemory.allocate(ENTRIES * SubmissionEntry.SIZE).buffer();
  private int tail;
  private int cid;
  private long lba;

  /** A Read of 4 KiB at the next slot of a ring of 1024. */
  @Benchmark
  public int write() {
    int offset = tail * SubmissionEntry.SIZE;
    tail = tail + 1 & ENTRIES - 1;
    lba += 8;
    SubmissionEntry.write(
        queue,
        offset,
        NvmOpcode.READ,
        ++cid,
        1,
        0x1_0000_0000L + offset,
        0,
        lba,
        NvmOpcode.cdw12(8, 0),
        0);
    return offset;
  }

  /** What a controller reads of each entry. */
  @Benchmark
  public long read() {
    int offset = tail * SubmissionEntry.SIZE;
    tail = tail + 1 & ENTRIES - 1;
    return SubmissionEntry.opcode(queue, offset)
        + SubmissionEntry.cid(queue, offset)
        + SubmissionEntry.nsid(queue, offset)
        + SubmissionEntry.prp1(queue, offset)
        + SubmissionEntry.cdw10and11(queue, offset)
        + NvmOpcode.blocks(SubmissionEntry.cdw(queue, offset, 12));
  }
}
