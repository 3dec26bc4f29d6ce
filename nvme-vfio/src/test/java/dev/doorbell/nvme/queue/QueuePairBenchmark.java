package dev.doorbell.nvme.queue;

import dev.doorbell.dma.RecordingMapper;
import dev.doorbell.nvme.spec.NvmOpcode;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * What the driver itself costs: 4 KiB reads, submitted in a batch and completed by a controller
 * that does nothing but write completions. {@link #fakeAlone} is what that controller costs; the
 * difference is the driver's share.
 *
 * <pre>
 *   cd nvme-vfio
 *   mvn -q test-compile dependency:build-classpath -Dmdep.outputFile=target/cp.txt
 *   java -cp "target/classes:target/test-classes:$(cat target/cp.txt)" \
 *       dev.doorbell.nvme.queue.QueuePairBenchmark
 * </pre>
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class QueuePairBenchmark {
  private static final long DATA = 0x1_0000_0000L;

  private QueuePair pair;
  private InstantController controller;
  private Read[] reads;
  private int tail;

  @Setup
  public void open() {
    QueueMemory memory = QueueMemory.allocate(new RecordingMapper(), 128, 4096, 1 << 20);
    controller = new InstantController(memory);
    pair = new QueuePair(memory, controller::ringTail, controller::ringHead);
    pair.setOwner(Thread.currentThread());
    reads = new Read[127];
    for (int i = 0; i < reads.length; i++) {
      reads[i] = new Read();
    }
  }

  @Benchmark
  public int depth1() {
    return batch(1);
  }

  @Benchmark
  @OperationsPerInvocation(32)
  public int depth32() {
    return batch(32);
  }

  @Benchmark
  @OperationsPerInvocation(127)
  public int depth127() {
    return batch(127);
  }

  /** The controller's share of {@link #depth127}: entries read and completions written. */
  @Benchmark
  @OperationsPerInvocation(127)
  public int fakeAlone() {
    tail = (tail + 127) % 128;
    controller.ringTail(tail);
    return tail;
  }

  private int batch(int depth) {
    pair.plug();
    for (int i = 0; i < depth; i++) {
      Read read = reads[i];
      read.prepareTransfer(NvmOpcode.READ, 1, 8L * i, 8, 0);
      read.addSegment(DATA + 4096L * i, 4096);
      pair.submit(read);
    }
    pair.unplug();
    int done = pair.poll();
    if (done != depth) {
      throw new IllegalStateException(done + " of " + depth + " completed");
    }
    return done;
  }

  public static void main(String[] args) throws RunnerException {
    new Runner(
            new OptionsBuilder()
                .include(QueuePairBenchmark.class.getName())
                .addProfiler("gc")
                .build())
        .run();
  }

  private static final class Read extends Command {
    private int errors;

    @Override
    protected void completed(int status, long result) {
      if (status != 0) {
        errors++;
      }
    }
  }
}
