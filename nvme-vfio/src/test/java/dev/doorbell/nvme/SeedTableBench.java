package dev.doorbell.nvme;

import dev.doorbell.dma.DmaBuffer;
import dev.doorbell.nvme.controller.ControllerOptions;
import dev.doorbell.nvme.controller.NamespaceInfo;
import dev.doorbell.nvme.queue.BlockCommand;
import dev.doorbell.nvme.queue.IoQueue;
import dev.doorbell.nvme.queue.QueueCounter;
import dev.doorbell.vfio.PciAddress;
import dev.doorbell.vfio.Vfio;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/**
 * Commands per second of one polled queue over VFIO, for deploy/bench/seed-table: without a
 * framework, as the device has to change hands between two measurements of one process.
 *
 * <p>Takes a command per line from standard input and answers each with one line:
 *
 * <pre>
 * open 0000:00:04.0          ok
 * randread-4k 32 3           commands per second, doorbell writes per command
 * close                      ok
 * </pre>
 */
public final class SeedTableBench {
  private static final int MAX_DEPTH = 127;
  private static final int ARENA = 64 << 20;
  private static final int NSID = 1;

  /** Completions between two looks at the clock, which may cost as much as a command. */
  private static final int CLOCK_INTERVAL = 16;

  private final SplittableRandom random = new SplittableRandom(0x5EED);
  private NvmeDrive drive;
  private IoQueue queue;
  private NamespaceInfo namespace;
  private boolean write;
  private int bytes;
  private boolean stopping;
  private long completed;

  private SeedTableBench() {}

  public static void main(String[] arguments) throws IOException {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.US_ASCII);
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    SeedTableBench bench = new SeedTableBench();
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      out.println(bench.answer(line.split(" ")));
    }
  }

  private String answer(String[] words) {
    switch (words[0]) {
      case "open" -> open(words[1]);
      case "close" -> drive.close();
      default -> {
        return measure(words[0], Integer.parseInt(words[1]), Double.parseDouble(words[2]));
      }
    }
    return "ok";
  }

  private void open(String address) {
    drive =
        NvmeDrive.open(
            Vfio.ofMachine(false).open(PciAddress.parse(address).orElseThrow()),
            ControllerOptions.of("nvme0", 1));
    // Polled: else the controller raises an interrupt for every completion, to nobody.
    queue = drive.openPolledQueue(ARENA).queue();
    namespace = drive.namespaces().stream().filter(n -> n.id() == NSID).findFirst().orElseThrow();
  }

  private String measure(String row, int depth, double seconds) {
    if (depth < 1 || depth > MAX_DEPTH) {
      throw new IllegalArgumentException("depth: " + depth + ", allowed: 1 to " + MAX_DEPTH);
    }
    write = row.startsWith("randwrite-");
    bytes = row.endsWith("-512k") ? 512 << 10 : 4 << 10;
    stopping = false;
    completed = 0;
    long doorbells = doorbells();
    Transfer[] transfers = new Transfer[depth];
    for (int i = 0; i < depth; i++) {
      transfers[i] = new Transfer(queue.arena().allocate(bytes));
    }
    long begin = System.nanoTime();
    long length = (long) (seconds * 1e9);
    queue.pair().plug();
    for (Transfer transfer : transfers) {
      transfer.submit();
    }
    queue.pair().unplug();
    long nextLook = CLOCK_INTERVAL;
    long elapsed = 0;
    while (elapsed < length) {
      queue.pair().poll();
      if (completed >= nextLook) {
        nextLook = completed + CLOCK_INTERVAL;
        elapsed = System.nanoTime() - begin;
      }
    }
    long done = completed;
    stopping = true;
    while (queue.pair().inflight() > 0) {
      queue.pair().poll();
    }
    for (Transfer transfer : transfers) {
      transfer.buffer.release();
    }
    return "%.0f %.3f"
        .formatted(done / (elapsed / 1e9), (doorbells() - doorbells) / (double) completed);
  }

  private long doorbells() {
    return queue.pair().counters().get(QueueCounter.SUBMISSION_DOORBELLS)
        + queue.pair().counters().get(QueueCounter.COMPLETION_DOORBELLS);
  }

  /** Keeps one command under way: each completion submits the next, at another random place. */
  private final class Transfer extends BlockCommand {
    private final DmaBuffer buffer;

    Transfer(DmaBuffer buffer) {
      this.buffer = buffer;
    }

    void submit() {
      int blocks = bytes / namespace.blockSize();
      long lba = random.nextLong(namespace.blocks() / blocks) * blocks;
      boolean submitted =
          write
              ? queue.write(this, NSID, lba, blocks, namespace.blockSize(), buffer, 0, false)
              : queue.read(this, NSID, lba, blocks, namespace.blockSize(), buffer, 0);
      if (!submitted) {
        throw new IllegalStateException("no memory for a bounce buffer, which none should need");
      }
    }

    @Override
    protected void done(int status) {
      if (status != 0) {
        throw new IllegalStateException("status " + Integer.toHexString(status));
      }
      completed++;
      if (!stopping) {
        submit();
      }
    }
  }
}
