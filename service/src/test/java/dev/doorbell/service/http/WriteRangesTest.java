package dev.doorbell.service.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.http.HttpVersion;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a PUT accepts and refuses; after each refusal the drive holds what it held before. */
class WriteRangesTest {
  private static final int CAPACITY = 1 << 20;

  private final byte[] model = Seeded.bytes(2, CAPACITY);
  private TestService service;
  private Client client;

  @BeforeEach
  void fill() {
    serve(TestService.MEMORY_1_MIB);
  }

  @AfterEach
  void stop() {
    service.close();
  }

  private void serve(String drive, String... settings) {
    if (service != null) {
      service.close();
    }
    service = TestService.start(drive, settings);
    client = service.client(HttpVersion.HTTP_2);
    client.put(model).expect(204);
  }

  private void wrote(int offset, byte[] bytes) {
    System.arraycopy(bytes, 0, model, offset, bytes.length);
  }

  private void assertDriveIsAsExpected() {
    assertArrayEquals(model, client.get(Client.DATA).expect(200).body());
    service.awaitIdle();
  }

  @ParameterizedTest
  @CsvSource({
    "bytes 4096-8191/4096", // curl: the body's length
    "bytes 4096-8191/1048576",
    "bytes 4096-8191/*",
    "bytes 4096-8191/-1", // curl and nbdkit: a body of unknown size
    "bytes 4096-8192/-1", // nbdkit: one more than the body
    "bytes 4096-8192/*",
    "BYTES  4096-8191/*",
  })
  void takesTheFormsOfContentRangeThatClientsSend(String contentRange) {
    byte[] body = Seeded.bytes(3, 4096);
    for (HttpVersion version : new HttpVersion[] {HttpVersion.HTTP_1_1, HttpVersion.HTTP_2}) {
      Client c = service.client(version);
      Answer answer = c.put(body, "Content-Range", contentRange).expect(204);
      assertEquals("durability=durable", answer.header("preference-applied"));
      assertEquals("no-store", answer.header("cache-control"));
      wrote(4096, body);
      assertDriveIsAsExpected();
      if (!contentRange.endsWith("/4096")) {
        c.putOfUnknownLength(body, "Content-Range", contentRange).expect(204);
        assertDriveIsAsExpected();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
  void aBodyOfTheLengthThatCurlNamesMayBeOfUnknownLength(HttpVersion version) {
    byte[] body = Seeded.bytes(3, 5000);
    service
        .client(version)
        .putOfUnknownLength(body, "Content-Range", "bytes 100-5099/5000")
        .expect(204);
    wrote(100, body);
    assertDriveIsAsExpected();
  }

  @Test
  void takesTheLastBlockFromNbdkitWhoseRangeEndsPastTheEnd() {
    byte[] body = Seeded.bytes(4, 512);
    for (boolean known : new boolean[] {true, false}) {
      String range = "bytes 1048064-1048576/-1";
      Answer answer =
          known
              ? client.put(body, "Content-Range", range)
              : client.putOfUnknownLength(body, "Content-Range", range);
      answer.expect(204);
      wrote(1048064, body);
      assertDriveIsAsExpected();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "bytes 4096-8191",
        "bytes 8191-4096/*",
        "bytes 4096-/*",
        "bytes -4096/*",
        "bytes */4096",
        "bytes 4096-8191/",
        "bytes 4096-8191/x",
        "bytes 4096-8191/-2",
        "bytes=4096-8191/*",
        "blocks 1-2/*",
        "bytes 0x0-0xfff/*",
        "bytes 4096 - 8191/*",
        "bytes 99999999999999999999-99999999999999999999/*",
        "4096-8191/*",
        "bytes"
      })
  void refusesAMalformedContentRange(String contentRange) {
    byte[] body = new byte[4096];
    JsonObject problem = client.put(body, "Content-Range", contentRange).problem(400);
    assertEquals(contentRange, problem.getString("content_range"));
    client.putOfUnknownLength(body, "Content-Range", contentRange).problem(400);
    assertDriveIsAsExpected();
  }

  static Stream<Arguments> wrongRanges() {
    long max = Long.MAX_VALUE;
    return Stream.of(
        Arguments.of("bytes 4096-8190/*", 4096, "Body Does Not Match Range"),
        Arguments.of("bytes 4096-8193/*", 4096, "Body Does Not Match Range"),
        Arguments.of("bytes 0-0/*", 4096, "Body Does Not Match Range"),
        Arguments.of("bytes 0-1048575/*", 4096, "Body Does Not Match Range"),
        Arguments.of("bytes 0-" + max + "/*", 4096, "Body Does Not Match Range"),
        Arguments.of("bytes 1048576-1052671/*", 4096, "Range Past The End"),
        Arguments.of("bytes 1044481-1048576/*", 4096, "Range Past The End"),
        Arguments.of("bytes " + (max - 4095) + "-" + max + "/*", 4096, "Range Past The End"),
        Arguments.of("bytes " + (max - 4096) + "-" + (max - 1) + "/*", 4096, "Range Past The End"),
        Arguments.of("bytes " + (max - 4094) + "-" + max + "/*", 4096, "any"),
        Arguments.of("bytes 4096-8191/4097", 4096, "Wrong Complete Length"),
        Arguments.of("bytes 4096-8191/0", 4096, "Wrong Complete Length"),
        Arguments.of("bytes 4096-8191/" + max, 4096, "Wrong Complete Length"));
  }

  @ParameterizedTest
  @MethodSource("wrongRanges")
  void refusesARangeThatBodyOrNamespaceDoNotHave(String contentRange, int length, String title) {
    JsonObject problem = client.put(new byte[length], "Content-Range", contentRange).problem(400);
    assertTrue(title.equals("any") || title.equals(problem.getString("title")), problem::encode);
    client.putOfUnknownLength(new byte[length], "Content-Range", contentRange).problem(400);
    assertDriveIsAsExpected();
  }

  @ParameterizedTest
  @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
  void aBodyOfUnknownLengthThatDoesNotFitItsRangeChangesNothing(HttpVersion version) {
    Client c = service.client(version);
    for (int length : new int[] {0, 1, 4094, 4097, 20000}) {
      JsonObject problem =
          c.putOfUnknownLength(new byte[length], "Content-Range", "bytes 512-4607/*").problem(400);
      assertEquals(0, problem.getInteger("bytes_written"), problem::encode);
      assertDriveIsAsExpected();
    }
  }

  @Test
  void refusesAnEmptyBody() {
    client.put(new byte[0], "Content-Range", "bytes 0-0/*").problem(400);
    assertDriveIsAsExpected();
  }

  @ParameterizedTest
  @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
  void withoutContentRangeOnlyTheWholeNamespaceIsTaken(HttpVersion version) {
    Client c = service.client(version);
    for (int length : new int[] {0, 1, 4096, CAPACITY - 1, CAPACITY + 1}) {
      JsonObject problem = c.put(new byte[length]).problem(400);
      assertEquals("Content-Range Required", problem.getString("title"));
    }
    c.putOfUnknownLength(new byte[CAPACITY]).problem(400);
    assertDriveIsAsExpected();
    byte[] whole = Seeded.bytes(5, CAPACITY);
    c.put(whole).expect(204);
    wrote(0, whole);
    assertDriveIsAsExpected();
  }

  @Test
  void aWriteUpToTheConfiguredLimitIsTakenAndALargerOneIs413() {
    service.close();
    service = TestService.start(TestService.MEMORY_1_MIB, "http.max_write=8KiB");
    client = service.client(HttpVersion.HTTP_2);
    Arrays.fill(model, (byte) 0);
    byte[] most = Seeded.bytes(6, 8192);
    client.put(most, "Content-Range", "bytes 1-8192/*").expect(204);
    client.putOfUnknownLength(most, "Content-Range", "bytes 1-8192/*").expect(204);
    wrote(1, most);
    byte[] more = new byte[8193];
    JsonObject problem = client.put(more, "Content-Range", "bytes 1-8193/*").problem(413);
    assertEquals(8192, problem.getInteger("limit"));
    client.put(new byte[CAPACITY]).problem(413);
    client.putOfUnknownLength(more, "Content-Range", "bytes 1-8194/*").problem(413);
    int status = client.putOfUnknownLength(more, "Content-Range", "bytes 1-8193/*").status();
    assertTrue(status == 413 || status == 400, () -> "a byte over the limit: " + status);
    assertDriveIsAsExpected();
  }

  @Test
  void unalignedWritesCanBeSwitchedOff() {
    serve(TestService.MEMORY_1_MIB, "http.unaligned_writes=false");
    byte[] block = Seeded.bytes(7, 512);
    byte[] two = Seeded.bytes(8, 1024);
    for (HttpVersion version : new HttpVersion[] {HttpVersion.HTTP_1_1, HttpVersion.HTTP_2}) {
      Client c = service.client(version);
      c.put(block, "Content-Range", "bytes 512-1023/*").expect(204);
      c.put(two, "Content-Range", "bytes 1024-2048/-1").expect(204);
      c.putOfUnknownLength(block, "Content-Range", "bytes 2048-2559/*").expect(204);
      c.putOfUnknownLength(two, "Content-Range", "bytes 2560-3584/-1").expect(204);
      wrote(512, block);
      wrote(1024, two);
      wrote(2048, block);
      wrote(2560, two);
      JsonObject problem = c.put(new byte[511], "Content-Range", "bytes 512-1022/*").problem(400);
      assertEquals(512, problem.getInteger("block_size"));
      c.put(new byte[512], "Content-Range", "bytes 513-1024/*").problem(400);
      c.put(new byte[511], "Content-Range", "bytes 512-1023/*").problem(400);
      c.putOfUnknownLength(new byte[511], "Content-Range", "bytes 512-1022/*").problem(400);
      c.putOfUnknownLength(new byte[511], "Content-Range", "bytes 512-1023/*").problem(400);
      c.putOfUnknownLength(new byte[513], "Content-Range", "bytes 512-1024/*").problem(400);
      c.putOfUnknownLength(new byte[512], "Content-Range", "bytes 513-1024/*").problem(400);
      assertDriveIsAsExpected();
    }
  }

  @Test
  void aReadOnlyNamespaceRefusesWrites() {
    service.close();
    service = TestService.start("emulated:memory?size=1MiB&readonly=true");
    client = service.client(HttpVersion.HTTP_2);
    Arrays.fill(model, (byte) 0);
    client.put(new byte[4096], "Content-Range", "bytes 0-4095/*").problem(403);
    client.putOfUnknownLength(new byte[4096], "Content-Range", "bytes 0-4095/*").problem(403);
    client.put(Seeded.bytes(9, CAPACITY)).problem(403);
    assertDriveIsAsExpected();
  }

  @Test
  void echoesTheDurabilityThatWasApplied() {
    byte[] body = Seeded.bytes(10, 4096);
    for (String prefer : new String[] {"durability=volatile", "wait=5, durability=volatile"}) {
      double flushes = service.metric("doorbell_block_operations_total", "operation=\"flush\"");
      Answer answer =
          client.put(body, "Content-Range", "bytes 0-4095/*", "Prefer", prefer).expect(204);
      assertEquals("durability=volatile", answer.header("preference-applied"));
      client
          .put(new byte[300_000], "Content-Range", "bytes 4096-304095/*", "Prefer", prefer)
          .expect(204);
      assertEquals(
          flushes, service.metric("doorbell_block_operations_total", "operation=\"flush\""));
    }
    double flushes = service.metric("doorbell_block_operations_total", "operation=\"flush\"");
    Answer durable =
        client
            .put(
                new byte[300_000],
                "Content-Range",
                "bytes 4096-304095/*",
                "Prefer",
                "return=minimal")
            .expect(204);
    assertEquals("durability=durable", durable.header("preference-applied"));
    assertEquals(
        flushes + 1,
        service.metric("doorbell_block_operations_total", "operation=\"flush\""),
        "several commands are made durable by one flush");
  }

  @Test
  void anUnknownNamespaceIs404() {
    Answer answer =
        client.request(
            io.vertx.core.http.HttpMethod.PUT,
            "/v1/namespaces/nvme9n9/data",
            "Content-Range",
            "bytes 0-0/*");
    answer.problem(404);
  }
}
