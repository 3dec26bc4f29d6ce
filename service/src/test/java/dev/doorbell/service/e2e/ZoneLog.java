package dev.doorbell.service.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32C;

/**
 * A log on zones: records with checksums, appended by anybody, found again by a report of the
 * zones.
 *
 * <pre>
 *   0 magic | 4 blocks | 8 writer | 12 number | 16 payload … | last 8 bytes: CRC-32C of the rest
 * </pre>
 */
final class ZoneLog {
  static final int BLOCK = 4096;
  private static final int MAGIC = 0x5A4C4F47;

  private final String base;
  private final HttpClient client;

  /** A record that was found or acknowledged. */
  record Entry(int writer, int number) {}

  /** A record and where it is. */
  record Found(Entry entry, int zone, long offset) {}

  /**
   * @param base URL of the namespace
   */
  ZoneLog(String base, HttpClient.Version version) {
    this.base = base;
    this.client = HttpClient.newBuilder().version(version).build();
  }

  /** Bytes of a record. */
  static byte[] record(Entry entry, int blocks, Random random) {
    byte[] record = new byte[blocks * BLOCK];
    random.nextBytes(record);
    ByteBuffer b = ByteBuffer.wrap(record);
    b.putInt(MAGIC).putInt(blocks).putInt(entry.writer()).putInt(entry.number());
    b.putLong(record.length - Long.BYTES, checksum(record, 0, record.length));
    return record;
  }

  /**
   * Appends.
   *
   * @return where it went, or -1 if the zone takes no more
   */
  long append(int zone, byte[] record) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(base + "/zones/" + zone + "/append"))
            .POST(BodyPublishers.ofByteArray(record))
            .build();
    HttpResponse<String> answer = client.send(request, BodyHandlers.ofString());
    if (answer.statusCode() == 409) {
      return -1;
    }
    assertEquals(200, answer.statusCode(), answer.body());
    JsonObject json = new JsonObject(answer.body());
    assertEquals(1, json.getJsonArray("extents").size(), "a record lies in one piece");
    return json.getLong("offset");
  }

  /** All zones, by pages. */
  List<JsonObject> zones() throws IOException, InterruptedException {
    List<JsonObject> zones = new ArrayList<>();
    Integer from = 0;
    while (from != null) {
      JsonObject page = new JsonObject(new String(get(base + "/zones?limit=7&from=" + from, null)));
      JsonArray some = page.getJsonArray("zones");
      some.forEach(z -> zones.add((JsonObject) z));
      from = page.getInteger("next");
    }
    return zones;
  }

  void reset(int zone) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(base + "/zones/" + zone + "/reset"))
            .POST(BodyPublishers.noBody())
            .build();
    assertEquals(200, client.send(request, BodyHandlers.discarding()).statusCode());
  }

  /** Every whole record in the zones. */
  List<Found> recover() throws IOException, InterruptedException {
    List<Found> found = new ArrayList<>();
    for (JsonObject zone : zones()) {
      long begin = zone.getLong("offset");
      boolean full = zone.getString("state").equals("full");
      long end = full ? begin + zone.getLong("capacity_bytes") : zone.getLong("write_pointer");
      assertTrue(end >= begin && end <= begin + zone.getLong("capacity_bytes"), zone::encode);
      if (end > begin) {
        byte[] data = get(base + "/data", "bytes=" + begin + "-" + (end - 1));
        assertEquals(end - begin, data.length);
        scan(zone.getInteger("zone"), begin, data, found);
      }
    }
    return found;
  }

  /**
   * What is not a record is what was under way when the drive stopped: goes on at the next block.
   */
  private static void scan(int zone, long begin, byte[] data, List<Found> found) {
    ByteBuffer b = ByteBuffer.wrap(data);
    int at = 0;
    while (at < data.length) {
      int blocks = b.getInt(at + 4);
      boolean whole =
          b.getInt(at) == MAGIC
              && blocks > 0
              && blocks <= (data.length - at) / BLOCK
              && b.getLong(at + blocks * BLOCK - Long.BYTES) == checksum(data, at, blocks * BLOCK);
      if (whole) {
        Entry entry = new Entry(b.getInt(at + 8), b.getInt(at + 12));
        found.add(new Found(entry, zone, begin + at));
      }
      at += whole ? blocks * BLOCK : BLOCK;
    }
  }

  private byte[] get(String url, String range) throws IOException, InterruptedException {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url));
    if (range != null) {
      request.header("Range", range);
    }
    HttpResponse<byte[]> answer = client.send(request.build(), BodyHandlers.ofByteArray());
    assertEquals(range == null ? 200 : 206, answer.statusCode(), () -> new String(answer.body()));
    return answer.body();
  }

  private static long checksum(byte[] bytes, int at, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, at, length - Long.BYTES);
    return crc.getValue();
  }
}
