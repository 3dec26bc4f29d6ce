package dev.doorbell.service.mutation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.doorbell.service.e2e.ServiceProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A hundred thousand requests that are wrong somewhere: each gets a well-formed answer or a closed
 * connection, what is refused changes nothing on the drive, and the service goes on.
 *
 * <p>{@code -Ddoorbell.test.seed} has the requests of an earlier run again.
 */
class MutatedRequestsIT {
  private static final int REQUESTS = Integer.getInteger("doorbell.mutated.requests", 100_000);
  private static final int SOURCES = 16;

  @TempDir Path directory;

  @Test
  void areAnsweredOrCutOffAndChangeNothingIfRefused() throws Exception {
    long seed = Long.getLong("doorbell.test.seed", System.nanoTime());
    System.out.println("mutated requests: -Ddoorbell.test.seed=" + seed);
    Tally tally = new Tally();
    try (ServiceProcess doorbell = ServiceProcess.serve(directory, "-c", configuration())) {
      long started = System.nanoTime();
      ExecutorService threads = Executors.newFixedThreadPool(SOURCES);
      try {
        List<Future<Void>> sources = new ArrayList<>();
        for (int i = 0; i < SOURCES; i++) {
          sources.add(threads.submit(source(i, doorbell.port(), seed, tally)));
        }
        for (Future<Void> source : sources) {
          join(source, doorbell);
        }
      } finally {
        threads.shutdownNow();
      }
      long millis = (System.nanoTime() - started) / 1_000_000;
      System.out.println("mutated requests: " + tally.sum() + " in " + millis + " ms: " + tally);
      assertEquals(REQUESTS, tally.sum());
      doorbell.until(
          "nothing is left of them",
          () ->
              doorbell.metric("doorbell_http_data_requests_active") == 0
                  && doorbell.metric("doorbell_dma_arena_used_bytes") == 0);
      doorbell.stop();
      assertTrue(noTrouble(doorbell.log()), doorbell::log);
    }
    // Mutations that only ever meet the first check would prove little.
    for (String protocol : List.of("HTTP/1.1 ", "HTTP/2 ")) {
      for (String outcome : List.of("200", "204", "206", "400", "404", "405", "416", "closed")) {
        assertTrue(tally.of(protocol + outcome) > 0, protocol + outcome + ": " + tally);
      }
    }
  }

  /** Names of which no small mutation makes another. */
  private static String name(int source) {
    return Character.toString('a' + source).repeat(6);
  }

  private Path configuration() throws IOException {
    StringBuilder yaml = new StringBuilder("queue: {dma_arena: 2MiB}\ndrives:\n");
    for (int i = 0; i < SOURCES; i++) {
      yaml.append(
          "  - {name: %1$s, namespaces: [{image: %1$s, size: %2$d, lba_size: 512}]}\n"
              .formatted(name(i), FuzzedDrive.CAPACITY));
    }
    return Files.writeString(directory.resolve("doorbell.yaml"), yaml);
  }

  private Callable<Void> source(int index, int port, long seed, Tally tally) {
    return () -> {
      Random random = new Random(seed + index);
      int share = REQUESTS / SOURCES + (index < REQUESTS % SOURCES ? 1 : 0);
      try (FuzzedDrive drive =
              new FuzzedDrive(name(index), directory.resolve(name(index)), port, random);
          Source source =
              index % 2 == 0
                  ? new Http1Source(port, drive, random)
                  : new Http2Source(port, drive, random)) {
        for (int i = 0; i < share && !Thread.interrupted(); i++) {
          source.exchange(index * REQUESTS + i, tally);
        }
      }
      return null;
    };
  }

  private static void join(Future<Void> source, ServiceProcess doorbell) throws Exception {
    try {
      source.get();
    } catch (ExecutionException e) {
      throw new AssertionError(e.getCause().getMessage() + "\n" + doorbell.log(), e.getCause());
    }
  }

  private static boolean noTrouble(String log) {
    return log.lines()
        .noneMatch(l -> l.contains("ERROR") || l.contains("Exception") || l.contains("LEAK"));
  }
}
