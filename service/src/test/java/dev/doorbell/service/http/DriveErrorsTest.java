package dev.doorbell.service.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.http.HttpVersion;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the drive says no to reaches the client, and the service goes on. */
class DriveErrorsTest {
  private static final int MIB = 1 << 20;

  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
  void anImageThatShrinksUnderTheService(HttpVersion version) throws IOException {
    Path image = directory.resolve("disk.img");
    byte[] content = Seeded.bytes(1, 4 * MIB);
    Files.write(image, content);
    try (TestService service = TestService.start("emulated:" + image)) {
      Client client = service.client(version);
      try (FileChannel channel = FileChannel.open(image, StandardOpenOption.WRITE)) {
        channel.truncate(2 * MIB);
      }

      JsonObject read = client.range(3 * MIB + "-" + (3 * MIB + 99)).problem(500);
      assertEquals(2, read.getInteger("sct"), read::encode);
      assertEquals(0x81, read.getInteger("sc"), read::encode);
      assertEquals(3 * MIB / 4096, read.getInteger("lba"), read::encode);
      assertFalse(read.getString("status_name").isBlank());

      // One command, several, and an unaligned one whose merging read fails.
      for (int[] write : new int[][] {{0, 4096}, {0, MIB}, {3 * MIB + 1, 10}}) {
        String range = "bytes " + write[0] + "-" + (write[0] + write[1] - 1) + "/*";
        JsonObject problem = client.put(new byte[write[1]], "Content-Range", range).problem(500);
        assertEquals(2, problem.getInteger("sct"), problem::encode);
      }

      byte[] there = client.range("0-" + (2 * MIB - 1)).expect(206).body();
      assertArrayEquals(Arrays.copyOf(content, 2 * MIB), there);
      client.get("/readyz").expect(200);
      assertTrue(service.metric("doorbell_block_failures_total") >= 4);
      assertTrue(service.metric("doorbell_nvme_completion_errors_total") >= 4);
      service.awaitIdle();
    }
    assertEquals(2 * MIB, Files.size(image), "refused writes do not grow the image again");
  }

  /** The head has gone out when the drive fails: the answer must not look whole. */
  @ParameterizedTest
  @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
  void aLongReadIsBrokenOffWhereTheDriveFails(HttpVersion version) throws IOException {
    Path image = directory.resolve("disk.img");
    Files.write(image, new byte[4 * MIB]);
    try (TestService service = TestService.start("emulated:" + image)) {
      Client client = service.client(version);
      try (FileChannel channel = FileChannel.open(image, StandardOpenOption.WRITE)) {
        channel.truncate(2 * MIB);
      }
      IllegalStateException e =
          org.junit.jupiter.api.Assertions.assertThrows(
              IllegalStateException.class, () -> client.get(Client.DATA));
      assertFalse(e.getCause() instanceof java.util.concurrent.TimeoutException, e::toString);
      service.awaitIdle();
      service.client(version).range("0-9").expect(206);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
  void aFullDiskRefusesWritesUntilThereIsRoom(HttpVersion version) throws IOException {
    try (Mount mount = Mount.tmpfs(directory.resolve("mnt"), "4m")) {
      Path ballast = Files.write(mount.directory().resolve("ballast"), new byte[2 * MIB]);
      Path image = mount.directory().resolve("disk.img");
      byte[] body = Seeded.bytes(2, MIB);
      try (TestService service = TestService.start("emulated:" + image + "?size=16MiB")) {
        Client client = service.client(version);
        client.put(body, "Content-Range", "bytes 0-1048575/*").expect(204);

        byte[] tooMuch = new byte[2 * MIB];
        JsonObject problem =
            client.put(tooMuch, "Content-Range", "bytes 4194304-6291455/*").problem(507);
        assertEquals(0, problem.getInteger("sct"), problem::encode);
        assertEquals(0x81, problem.getInteger("sc"), problem::encode);
        service.awaitIdle();

        assertArrayEquals(body, client.range("0-1048575").expect(206).body());
        // Blocks that are there need no room.
        client.put(body, "Content-Range", "bytes 0-1048575/*").expect(204);
        client.get("/readyz").expect(200);

        Files.delete(ballast);
        client.put(body, "Content-Range", "bytes 8388608-9437183/*").expect(204);
        assertArrayEquals(body, client.range("8388608-9437183").expect(206).body());
        service.awaitIdle();
      }
    }
  }

  @Test
  void whatWasAcknowledgedIsInTheImageAfterTheStop() throws IOException {
    Path image = directory.resolve("disk.img");
    byte[] body = Seeded.bytes(3, MIB);
    try (TestService service = TestService.start("emulated:" + image + "?size=1MiB")) {
      service.client(HttpVersion.HTTP_2).put(body, "Prefer", "durability=volatile").expect(204);
    }
    assertArrayEquals(body, Files.readAllBytes(image));
  }
}
