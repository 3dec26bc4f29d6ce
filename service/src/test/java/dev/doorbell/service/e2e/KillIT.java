package dev.doorbell.service.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What was acknowledged survives SIGKILL and SIGTERM in the middle of many writes. */
class KillIT {
  private static final int WRITERS = 8;
  private static final int RECORD = 3000; // not a whole block: neighbours share blocks
  private static final int PLACES = 64;
  private static final int ACKNOWLEDGED_BEFORE_KILL = 400;
  private static final String DRIVE = "emulated:drive.img?size=16MiB&lba_size=512";

  /** How the service is ended. */
  enum Signal {
    SIGKILL,
    SIGTERM;

    void end(ServiceProcess doorbell) {
      if (this == SIGKILL) {
        doorbell.kill();
      } else {
        doorbell.stop();
      }
    }
  }

  @TempDir Path directory;

  private ServiceProcess doorbell;

  /** Places of the writer, each with the newest version sent and the newest acknowledged. */
  private final Map<Integer, Integer> sent = new ConcurrentHashMap<>();

  private final Map<Integer, Integer> acknowledged = new ConcurrentHashMap<>();
  private final AtomicInteger count = new AtomicInteger();

  @AfterEach
  void kill() {
    if (doorbell != null) {
      doorbell.close();
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyAcknowledgedWriteIsThereAfterwards(Signal signal) throws Exception {
    long seed = System.nanoTime();
    System.out.println("KillIT: seed " + seed);
    doorbell = ServiceProcess.serve(directory, "--drive", DRIVE);
    URI data = URI.create(doorbell.data());
    ExecutorService writers = Executors.newFixedThreadPool(WRITERS);
    try {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < WRITERS; i++) {
        int writer = i;
        all.add(writers.submit(() -> write(data, writer, new Random(seed + writer))));
      }
      doorbell.until("enough is acknowledged", () -> count.get() >= ACKNOWLEDGED_BEFORE_KILL);
      signal.end(doorbell);
      for (Future<?> each : all) {
        each.get(60, TimeUnit.SECONDS);
      }
    } finally {
      writers.shutdownNow();
    }
    System.out.println("KillIT: " + count + " writes acknowledged before " + signal);

    doorbell = ServiceProcess.serve(directory, "--drive", DRIVE);
    HttpClient client = HttpClient.newHttpClient();
    for (Map.Entry<Integer, Integer> each : acknowledged.entrySet()) {
      int place = each.getKey();
      HttpRequest request =
          HttpRequest.newBuilder(URI.create(doorbell.data()))
              .header("Range", "bytes=" + place * RECORD + "-" + (place * RECORD + RECORD - 1))
              .build();
      HttpResponse<byte[]> answer = client.send(request, BodyHandlers.ofByteArray());
      assertEquals(206, answer.statusCode());
      int version = version(place, answer.body());
      // A write that was in progress may have been done or not.
      assertTrue(
          version >= each.getValue() && version <= sent.get(place),
          () -> "place " + place + " has " + version + ", acknowledged " + each.getValue());
    }
    doorbell.stop();
  }

  /** Writes until the service is gone; one place at a time, each version above the last. */
  private void write(URI data, int writer, Random random) {
    HttpClient client =
        HttpClient.newBuilder()
            .version(writer % 2 == 0 ? HttpClient.Version.HTTP_2 : HttpClient.Version.HTTP_1_1)
            .build();
    for (int version = 1; ; version++) {
      int place = random.nextInt(PLACES) * WRITERS + writer;
      // The JDK's client was once seen to wait on, after the service's process had ended.
      HttpRequest request =
          HttpRequest.newBuilder(data)
              .timeout(Duration.ofSeconds(30))
              .header(
                  "Content-Range",
                  "bytes " + place * RECORD + "-" + (place * RECORD + RECORD - 1) + "/*")
              .PUT(BodyPublishers.ofByteArray(record(place, version, random)))
              .build();
      sent.put(place, version);
      try {
        assertEquals(204, client.send(request, BodyHandlers.discarding()).statusCode());
      } catch (IOException e) {
        return;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
      acknowledged.put(place, version);
      count.incrementAndGet();
    }
  }

  private static byte[] record(int place, int version, Random random) {
    byte[] record = new byte[RECORD];
    random.nextBytes(record);
    ByteBuffer buffer = ByteBuffer.wrap(record).putInt(place).putInt(version);
    buffer.putLong(RECORD - 8, checksum(record));
    return record;
  }

  private static int version(int place, byte[] record) {
    ByteBuffer buffer = ByteBuffer.wrap(record);
    assertEquals(place, buffer.getInt(), "place of the record");
    assertEquals(checksum(record), buffer.getLong(RECORD - 8), () -> "checksum at " + place);
    return buffer.getInt();
  }

  private static long checksum(byte[] record) {
    CRC32C crc = new CRC32C();
    crc.update(record, 0, RECORD - 8);
    return crc.getValue();
  }
}
