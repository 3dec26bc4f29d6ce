package dev.doorbell.service.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is done to a namespace without sending its data. */
class ActionsTest {
  private static final String NS = "/v1/namespaces/nvme0n1/";
  private static final int KIB64 = 64 << 10;

  private static TestService service;
  private static Client client;
  private byte[] before;

  @BeforeAll
  static void start() {
    service =
        TestService.start(
            "emulated:memory?size=1MiB&lba_size=512", "loops=2", "emulated.fault_injection=true");
    client = service.client(HttpVersion.HTTP_2);
  }

  @AfterAll
  static void stop() {
    service.close();
  }

  @BeforeEach
  void fill() {
    before = Seeded.bytes(7, KIB64);
    client.put(before, "Content-Range", "bytes 0-65535/*").expect(204);
  }

  @AfterEach
  void nothingIsHeld() {
    client.request(HttpMethod.DELETE, "/v1/controllers/nvme0/faults").expect(204);
    service.awaitIdle();
  }

  @ParameterizedTest
  @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
  void flushes(HttpVersion version) {
    double flushes = done("flush");
    Client other = service.client(version);
    assertEquals(0, other.post(NS + "flush", new byte[0]).expect(204).body().length);
    send("flush", "{}").expect(204);
    assertEquals(flushes + 2, done("flush"));
  }

  @Test
  void writesZeroes() {
    Answer answer =
        send(
                "write-zeroes",
                "{\"extents\": [{\"offset\": 512, \"length\": 1024}, {\"offset\": 8192, \"length\": 512}]}")
            .expect(204);
    assertEquals("durability=durable", answer.header("preference-applied"));
    byte[] expected = before.clone();
    Arrays.fill(expected, 512, 1536, (byte) 0);
    Arrays.fill(expected, 8192, 8704, (byte) 0);
    assertArrayEquals(expected, content());
    Answer lax =
        Client.await(
                client.postAsync(
                    NS + "write-zeroes",
                    "{\"unmap\": true, \"extents\": [{\"offset\": 0, \"length\": 512}]}".getBytes(),
                    "Prefer",
                    "durability=volatile"))
            .expect(204);
    assertEquals("durability=volatile", lax.header("preference-applied"));
    Arrays.fill(expected, 0, 512, (byte) 0);
    assertArrayEquals(expected, content());
  }

  @Test
  void zeroesMoreExtentsThanGoAtOnce() {
    StringBuilder extents = new StringBuilder();
    byte[] expected = before.clone();
    for (int i = 0; i < 60; i++) {
      int at = 1024 * i;
      extents.append(i == 0 ? "" : ",").append("{\"offset\":" + at + ",\"length\":512}");
      Arrays.fill(expected, at, at + 512, (byte) 0);
    }
    send("write-zeroes", "{\"extents\": [" + extents + "]}").expect(204);
    assertArrayEquals(expected, content());
  }

  @Test
  void discards() {
    double discarded = done("discard");
    send(
            "discard",
            "{\"extents\": [{\"offset\": 0, \"length\": 4096}, {\"offset\": 16384, \"length\": 512}]}")
        .expect(204);
    assertEquals(discarded + 1, done("discard"));
    byte[] expected = before.clone();
    // What the drive says of blocks that are not needed: the emulated one, that they read as zeros.
    Arrays.fill(expected, 0, 4096, (byte) 0);
    Arrays.fill(expected, 16384, 16896, (byte) 0);
    assertArrayEquals(expected, content());
  }

  @Test
  void verifies() {
    double verified = done("verify");
    send("verify", "{\"extents\": [{\"offset\": 0, \"length\": 1048576}]}").expect(204);
    assertEquals(verified + 1, done("verify"));
    assertArrayEquals(before, content());
  }

  @Test
  void copies() {
    Answer answer =
        send(
                "copy",
                "{\"sources\": [{\"offset\": 4096, \"length\": 512}, {\"offset\": 0, \"length\": 1024}],"
                    + " \"destination\": 32768}")
            .expect(204);
    assertEquals("durability=durable", answer.header("preference-applied"));
    byte[] expected = before.clone();
    System.arraycopy(before, 4096, expected, 32768, 512);
    System.arraycopy(before, 0, expected, 33280, 1024);
    assertArrayEquals(expected, content());
  }

  @ParameterizedTest
  @CsvSource({"512, 512", "1000, 1", "1000, 3000", "0, 4096"})
  void writesWhereTheExpectedBytesAre(int offset, int length) {
    byte[] wanted = Seeded.bytes(8, length);
    byte[] there = Arrays.copyOfRange(before, offset, offset + length);
    Answer answer = swap(offset, there, wanted).expect(204);
    assertEquals("durability=durable", answer.header("preference-applied"));
    byte[] expected = before.clone();
    System.arraycopy(wanted, 0, expected, offset, length);
    assertArrayEquals(expected, content());
  }

  @ParameterizedTest
  @CsvSource({"512, 512, 0", "1000, 3000, 2999", "511, 2, 1"})
  void writesNothingWhereOtherBytesAreAndTellsWhich(int offset, int length, int differing) {
    byte[] other = Arrays.copyOfRange(before, offset, offset + length);
    other[differing] ^= 1;
    JsonObject problem = swap(offset, other, new byte[length]).problem(412);
    assertEquals(offset + differing, problem.getInteger("first_difference"));
    assertTrue(problem.getString("detail").contains("" + (offset + differing)), problem::encode);
    assertArrayEquals(before, content());
  }

  /** A counter that many clients count up by compare-and-write has lost no step. */
  @Test
  void manyClientsCountTogether() {
    client.put(new byte[8], "Content-Range", "bytes 1020-1027/*").expect(204);
    List<Client> clients =
        List.of(
            client,
            service.client(HttpVersion.HTTP_2),
            service.client(HttpVersion.HTTP_1_1),
            service.client(HttpVersion.HTTP_1_1));
    int[] counted = {0};
    int tries = 0;
    while (counted[0] < 60 && tries++ < 1000) {
      byte[] seen = client.range("1020-1027").expect(206).body();
      byte[] next = seen.clone();
      next[7]++;
      List<Future<Answer>> answers = new ArrayList<>();
      for (Client each : clients) {
        answers.add(each.postAsync(NS + "compare-and-write", swapBody(1020, seen, next)));
      }
      long won = answers.stream().filter(a -> Client.await(a).status() == 204).count();
      assertEquals(1, won, "of those who saw the same");
      counted[0]++;
    }
    assertEquals(60, client.range("1020-1027").expect(206).body()[7]);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "discard|[]||no JSON object",
        "discard|{\"extents\": [||no JSON object",
        "discard|{}|extents|extents is missing; allowed is an array of 1 to 256 objects",
        "discard|{\"extents\": []}|extents|an array of 1 to 256 objects",
        "discard|{\"extents\": [], \"force\": 1}|force|there is no member 'force'; there are: extents",
        "discard|{\"extents\": [7]}|extents[0]|extents[0] is 7; allowed is an object",
        "discard|{\"extents\": [{\"offset\": 0}]}|extents[0].length|extents[0].length is missing",
        "discard|{\"extents\": [{\"offset\": 0, \"length\": 512}, {\"offset\": -512, \"length\": 512}]}"
            + "|extents[1].offset|extents[1].offset is -512; allowed is a whole number from 0",
        "verify|{\"extents\": [{\"offset\": \"0\", \"length\": 512}]}|extents[0].offset|whole number",
        "verify|{\"extents\": [{\"offset\": 0.5, \"length\": 512}]}|extents[0].offset|whole number",
        "verify|{\"extents\": [{\"offset\": 0, \"length\": 0}]}|extents[0].length|from 1 to",
        "verify|{\"extents\": [{\"offset\": 100, \"length\": 512}]}|extents[0].offset|multiple of the block size, 512",
        "verify|{\"extents\": [{\"offset\": 0, \"length\": 100}]}|extents[0].length|multiple of the block size, 512",
        "verify|{\"extents\": [{\"offset\": 1048064, \"length\": 1024}]}|extents[0].offset|capacity of 1048576 bytes",
        "verify|{\"extents\": [{\"offset\": 9223372036854775296, \"length\": 512}]}|extents[0].offset|capacity",
        "verify|{\"extents\": [{\"offset\": 0, \"length\": 4294967296}]}|extents[0].length|one range may have 2147483648 bytes",
        "write-zeroes|{\"extents\": [{\"offset\": 0, \"length\": 512}], \"unmap\": 1}|unmap|true or false",
        "copy|{\"sources\": [{\"offset\": 0, \"length\": 512}]}|destination|destination is missing",
        "copy|{\"sources\": [{\"offset\": 0, \"length\": 512}], \"destination\": 1}|destination|multiple of the block size",
        "copy|{\"sources\": [{\"offset\": 0, \"length\": 1024}], \"destination\": 512}|destination|overlaps source 0, at 0",
        "copy|{\"sources\": [{\"offset\": 0, \"length\": 1024}], \"destination\": 1048064}|destination|capacity",
        "compare-and-write|{\"offset\": 0, \"compare\": \"AA==\", \"write\": \"AAA=\"}|write|write has 2 bytes, compare has 1",
        "compare-and-write|{\"offset\": 0, \"compare\": \"\", \"write\": \"AAA=\"}|compare|bytes in base64",
        "compare-and-write|{\"offset\": 0, \"compare\": \"A?\", \"write\": \"AAA=\"}|compare|base64",
        "compare-and-write|{\"offset\": 1048575, \"compare\": \"AAA=\", \"write\": \"AAA=\"}|offset|capacity",
        "flush|{\"now\": true}|now|there is no member 'now'",
      })
  void whatIsWrongIsNamedAndNothingIsDone(
      String action, String body, String member, String detail) {
    JsonObject problem = send(action, body).problem(400);
    assertEquals(member, problem.getString("member"), problem::encode);
    assertTrue(problem.getString("detail").contains(detail), problem::encode);
    assertArrayEquals(before, content());
  }

  @Test
  void aBodyBeyondTheLimitIsRefused() {
    byte[] large = new byte[(64 << 10) + 1];
    JsonObject problem = client.post(NS + "discard", large).problem(413);
    assertEquals(64 << 10, problem.getInteger("limit"));
    assertTrue(problem.getString("detail").contains("65536"), problem::encode);
    Client.await(
            client.requestAsync(
                HttpMethod.POST, NS + "compare-and-write", new byte[(512 << 10) + 1]))
        .problem(413);
  }

  @Test
  void aBodyOfUnknownLengthBeyondTheLimitIsRefused() {
    var request = client.begin(HttpMethod.POST, NS + "discard");
    request.setChunked(true);
    request.write(io.vertx.core.buffer.Buffer.buffer(new byte[40 << 10]));
    request.write(io.vertx.core.buffer.Buffer.buffer(new byte[40 << 10]));
    assertEquals(413, Client.await(request.response()).statusCode());
    request.reset();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"flush", "discard", "write-zeroes", "verify", "copy", "compare-and-write"})
  void eachIsPostedAndNothingElse(String action) {
    Answer options = client.request(HttpMethod.OPTIONS, NS + action).expect(204);
    assertEquals("OPTIONS, POST", options.header("allow"));
    for (HttpMethod method :
        new HttpMethod[] {HttpMethod.GET, HttpMethod.HEAD, HttpMethod.PUT, HttpMethod.DELETE}) {
      Answer refused = client.request(method, NS + action).expect(405);
      assertEquals("OPTIONS, POST", refused.header("allow"));
    }
    String unknown = "/v1/namespaces/nvme9n1/" + action;
    client.request(HttpMethod.OPTIONS, unknown).problem(404);
    client.post(unknown, "{}".getBytes()).problem(404);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "discard|{\"extents\": [{\"offset\": 0, \"length\": 512}]}",
        "write-zeroes|{\"extents\": [{\"offset\": 512, \"length\": 512}]}",
        "verify|{\"extents\": [{\"offset\": 0, \"length\": 512}]}",
        "copy|{\"sources\": [{\"offset\": 0, \"length\": 512}], \"destination\": 512}",
        "compare-and-write|{\"offset\": 0, \"compare\": \"AA==\", \"write\": \"AA==\"}",
        "flush|{}",
      })
  void aCommandThatTheDriveDoesNotKnowIsNotSupported(String action, String body) {
    fault("{\"fault\": \"fail\", \"sct\": 0, \"sc\": 1, \"count\": 0}");
    JsonObject problem = send(action, body).problem(501);
    assertEquals("Invalid Command Opcode", problem.getString("status_name"), problem::encode);
  }

  @Test
  void theExtentThatFailedIsNamed(@TempDir Path directory) throws IOException {
    Path image = directory.resolve("disk.img");
    try (TestService other = TestService.start("emulated:" + image + "?size=1MiB&lba_size=512")) {
      try (FileChannel file = FileChannel.open(image, StandardOpenOption.WRITE)) {
        file.truncate(512 << 10);
      }
      JsonObject problem =
          other
              .client(HttpVersion.HTTP_2)
              .send(
                  HttpMethod.POST,
                  NS + "verify",
                  "{\"extents\": [{\"offset\": 0, \"length\": 512}, {\"offset\": 786432, \"length\": 512},"
                      + " {\"offset\": 1024, \"length\": 512}]}")
              .problem(500);
      assertEquals(1, problem.getInteger("extent"), problem::encode);
      assertEquals(2, problem.getInteger("extents_done"), problem::encode);
      assertEquals(1536, problem.getInteger("lba"), problem::encode);
      assertEquals(2, problem.getInteger("sct"), problem::encode);
    }
  }

  @Test
  void aNamespaceThatIsReadOnlyIsNotChanged() {
    try (TestService other =
        TestService.start("emulated:memory?size=1MiB&lba_size=512&readonly=true")) {
      Client reader = other.client(HttpVersion.HTTP_2);
      String extents = "{\"extents\": [{\"offset\": 0, \"length\": 512}]}";
      for (String action : new String[] {"discard", "write-zeroes"}) {
        reader.send(HttpMethod.POST, NS + action, extents).problem(403);
      }
      reader
          .send(
              HttpMethod.POST,
              NS + "copy",
              "{\"sources\": [{\"offset\": 0, \"length\": 512}], \"destination\": 512}")
          .problem(403);
      reader
          .send(
              HttpMethod.POST,
              NS + "compare-and-write",
              "{\"offset\": 0, \"compare\": \"AA==\", \"write\": \"AA==\"}")
          .problem(403);
      reader.send(HttpMethod.POST, NS + "verify", extents).expect(204);
      reader.send(HttpMethod.POST, NS + "flush", "").expect(204);
    }
  }

  @Test
  void aZonedNamespaceTakesNoCompareAndWrite() {
    try (TestService other =
        TestService.start("emulated:memory?size=1MiB&lba_size=512&zone_size=256KiB")) {
      JsonObject problem =
          other
              .client(HttpVersion.HTTP_1_1)
              .send(HttpMethod.POST, NS + "compare-and-write", "{}")
              .problem(501);
      assertEquals("Not Supported By Drive", problem.getString("title"));
      assertNull(problem.getString("sc"));
    }
  }

  @Test
  void partsOfBlocksAreRefusedWhereUnalignedWritesAre() {
    try (TestService other =
        TestService.start(
            "emulated:memory?size=1MiB&lba_size=512", "http.unaligned_writes=false")) {
      Client strict = other.client(HttpVersion.HTTP_2);
      byte[] block = new byte[512];
      Client.await(strict.postAsync(NS + "compare-and-write", swapBody(512, block, block)))
          .expect(204);
      JsonObject problem =
          Client.await(strict.postAsync(NS + "compare-and-write", swapBody(513, block, block)))
              .problem(400);
      assertEquals("offset", problem.getString("member"));
    }
  }

  private static Answer send(String action, String body) {
    return client.send(HttpMethod.POST, NS + action, body);
  }

  private static Answer swap(long offset, byte[] expected, byte[] wanted) {
    return Client.await(
        client.postAsync(NS + "compare-and-write", swapBody(offset, expected, wanted)));
  }

  private static byte[] swapBody(long offset, byte[] expected, byte[] wanted) {
    Base64.Encoder base64 = Base64.getEncoder();
    return new JsonObject()
        .put("offset", offset)
        .put("compare", base64.encodeToString(expected))
        .put("write", base64.encodeToString(wanted))
        .toBuffer()
        .getBytes();
  }

  private static void fault(String fault) {
    client.send(HttpMethod.POST, "/v1/controllers/nvme0/faults", fault).expect(204);
  }

  private static byte[] content() {
    return client.range("0-65535").expect(206).body();
  }

  private static double done(String operation) {
    return service.metric("doorbell_block_operations_total", "operation=\"" + operation + "\"");
  }
}
