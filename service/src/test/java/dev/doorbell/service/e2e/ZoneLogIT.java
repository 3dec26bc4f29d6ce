package dev.doorbell.service.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Sixteen clients append to a log in several zones; the service is killed in the middle, again and
 * again. Every acknowledged record is there exactly once.
 */
class ZoneLogIT {
  private static final int WRITERS = 16;
  private static final int LIVES = 4;
  private static final int ZONES = 48;

  /** Zones that are written at a time, by any of the writers. */
  private static final int FRONT = 4;

  private static final String DRIVE =
      "emulated:log.img?size=48MiB&zone_size=1MiB&zone_capacity=768KiB&max_open=6&max_active=8"
          + "&zone_append_max=64KiB";

  @TempDir Path directory;

  private ServiceProcess doorbell;
  private final Map<ZoneLog.Entry, Long> acknowledged = new ConcurrentHashMap<>();

  /** Numbers that writers have used, over all lives. */
  private final AtomicIntegerArray numbers = new AtomicIntegerArray(WRITERS);

  /** The zone of each front that takes records now. */
  private final AtomicIntegerArray fronts = new AtomicIntegerArray(FRONT);

  @AfterEach
  void kill() {
    if (doorbell != null) {
      doorbell.close();
    }
  }

  @Test
  void everyAcknowledgedRecordIsThereExactlyOnce() throws Exception {
    long seed = Long.getLong("doorbell.seed", System.nanoTime());
    System.out.println("ZoneLogIT: seed " + seed);
    Random random = new Random(seed);
    for (int i = 0; i < FRONT; i++) {
      fronts.set(i, i);
    }
    for (int life = 0; life < LIVES; life++) {
      doorbell = ServiceProcess.serve(directory, "--drive", DRIVE);
      if (life > 0) {
        verify(random);
      }
      writeUntilKilled(100 + random.nextInt(300), random.nextLong());
    }
    doorbell = ServiceProcess.serve(directory, "--drive", DRIVE);
    verify(random);
    doorbell.stop();
    doorbell = ServiceProcess.serve(directory, "--drive", DRIVE);
    verify(random);
    doorbell.stop();
    assertTrue(acknowledged.size() > 100, "records left: " + acknowledged.size());
  }

  private void writeUntilKilled(int acknowledgements, long seed) throws Exception {
    AtomicInteger count = new AtomicInteger();
    ExecutorService writers = Executors.newFixedThreadPool(WRITERS);
    try {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < WRITERS; i++) {
        int writer = i;
        all.add(
            writers.submit(
                () -> {
                  write(writer, new Random(seed + writer), count);
                  return null;
                }));
      }
      doorbell.until("enough is acknowledged", () -> count.get() >= acknowledgements);
      doorbell.kill();
      for (Future<?> each : all) {
        each.get(60, TimeUnit.SECONDS);
      }
    } finally {
      writers.shutdownNow();
    }
    System.out.println("ZoneLogIT: " + count + " records acknowledged before SIGKILL");
  }

  /** Appends until the service is gone. */
  private void write(int writer, Random random, AtomicInteger count) throws InterruptedException {
    HttpClient.Version version =
        writer % 2 == 0 ? HttpClient.Version.HTTP_2 : HttpClient.Version.HTTP_1_1;
    ZoneLog log = log(version);
    while (true) {
      ZoneLog.Entry entry = new ZoneLog.Entry(writer, numbers.incrementAndGet(writer));
      byte[] record = ZoneLog.record(entry, 1 + random.nextInt(4), random);
      int front = random.nextInt(FRONT);
      int zone = fronts.get(front);
      try {
        long offset = log.append(zone, record);
        if (offset >= 0) {
          assertNull(acknowledged.put(entry, offset));
          count.incrementAndGet();
        } else {
          // No room for this record: whoever is first takes the front on to a zone of its own.
          fronts.compareAndSet(front, zone, (zone + FRONT) % ZONES);
        }
      } catch (IOException e) {
        return;
      }
    }
  }

  /** Finds all records, holds them against what was acknowledged, and gives up one zone. */
  private void verify(Random random) throws Exception {
    ZoneLog log = log(HttpClient.Version.HTTP_2);
    Map<ZoneLog.Entry, ZoneLog.Found> found = new HashMap<>();
    for (ZoneLog.Found each : log.recover()) {
      assertNull(found.put(each.entry(), each), () -> each + " is there twice");
    }
    for (Map.Entry<ZoneLog.Entry, Long> each : acknowledged.entrySet()) {
      ZoneLog.Found there = found.get(each.getKey());
      assertTrue(there != null, () -> each + " is lost");
      assertEquals(each.getValue(), there.offset(), "where it was said to be");
    }
    System.out.printf(
        "ZoneLogIT: %d records found, %d of them acknowledged%n",
        found.size(), acknowledged.size());
    // What a reset has taken away never comes back.
    int zone = found.values().iterator().next().zone();
    log.reset(zone);
    found.values().stream()
        .filter(f -> f.zone() == zone)
        .forEach(f -> acknowledged.remove(f.entry()));
    assertEquals("empty", log.zones().get(zone).getString("state"));
    assertEquals(0, log.recover().stream().filter(f -> f.zone() == zone).count());
  }

  private ZoneLog log(HttpClient.Version version) {
    String data = doorbell.data();
    return new ZoneLog(data.substring(0, data.lastIndexOf('/')), version);
  }
}
