package dev.doorbell.service.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Several ranges of one request, by Range or by QUERY. */
class SeveralRangesTest {
  private static final HttpMethod QUERY = HttpMethod.valueOf("QUERY");
  private static final int CAPACITY = 8 << 20;
  private static final byte[] CONTENT = Seeded.bytes(1, CAPACITY);
  private static final String OCTETS = "application/octet-stream";
  private static TestService service;
  private static Client http2;

  @BeforeAll
  static void fill() {
    service = TestService.start("emulated:memory?size=8MiB&lba_size=512", "loops=1");
    http2 = service.client(HttpVersion.HTTP_2);
    http2.put(CONTENT).expect(204);
  }

  @AfterAll
  static void stop() {
    service.awaitIdle();
    service.close();
  }

  private static Answer query(Client client, String body, String... headers) {
    String[] all = Arrays.copyOf(headers, headers.length + 2);
    all[headers.length] = "Content-Type";
    all[headers.length + 1] = "application/json";
    return Client.await(client.requestAsync(QUERY, Client.DATA, body.getBytes(), all));
  }

  private static String json(List<long[]> extents) {
    JsonArray list = new JsonArray();
    extents.forEach(e -> list.add(new JsonObject().put("offset", e[0]).put("length", e[1])));
    return list.encode();
  }

  private static String ranges(List<long[]> extents) {
    return extents.stream()
        .map(e -> e[0] + "-" + (e[0] + e[1] - 1))
        .collect(Collectors.joining(","));
  }

  private static byte[] bytes(long[] extent) {
    return Arrays.copyOfRange(CONTENT, (int) extent[0], (int) (extent[0] + extent[1]));
  }

  private static byte[] bytes(List<long[]> extents) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    extents.forEach(e -> all.writeBytes(bytes(e)));
    return all.toByteArray();
  }

  private static void assertParts(List<long[]> extents, Answer answer) {
    MultipartBody body = MultipartBody.of(answer);
    assertEquals(extents.size(), body.parts().size());
    for (int i = 0; i < extents.size(); i++) {
      long[] extent = extents.get(i);
      MultipartBody.Part part = body.parts().get(i);
      assertEquals(extent[0], part.first());
      assertEquals(extent[0] + extent[1] - 1, part.last());
      assertEquals(CAPACITY, part.complete());
      assertArrayEquals(bytes(extent), part.bytes());
    }
  }

  private static List<long[]> random(Random random, int count, int longest) {
    List<long[]> extents = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      long length = 1 + random.nextInt(longest);
      long offset = random.nextInt((int) (CAPACITY - length + 1));
      boolean whole = random.nextBoolean();
      extents.add(
          whole
              ? new long[] {offset & -4096, 4096L * (1 + random.nextInt(3)) % CAPACITY}
              : new long[] {offset, length});
      long[] last = extents.get(i);
      last[1] = Math.min(last[1], CAPACITY - last[0]);
    }
    return extents;
  }

  @ParameterizedTest
  @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
  void anyRangesComeAsTheyWereAskedForInEachForm(HttpVersion version) {
    Random random = Seeded.random("extents of one request");
    Client client = service.client(version);
    for (int i = 0; i < 60; i++) {
      int longest = List.of(600, 10_000, 700_000).get(i % 3);
      List<long[]> extents = random(random, 2 + random.nextInt(i % 3 == 2 ? 8 : 120), longest);
      Answer ranges = client.range(ranges(extents)).expect(206);
      assertParts(extents, ranges);
      assertNull(ranges.header("content-range"));
      assertEquals("bytes", ranges.header("accept-ranges"));
      assertEquals("no-store", ranges.header("cache-control"));
      assertParts(extents, query(client, json(extents)).expect(200));
      Answer octets = query(client, json(extents), "Accept", OCTETS).expect(200);
      assertArrayEquals(bytes(extents), octets.body());
      assertEquals(OCTETS, octets.header("content-type"));
      assertEquals(Integer.toString(octets.body().length), octets.header("content-length"));
      assertEquals("no-store", octets.header("cache-control"));
    }
  }

  @Test
  void takes256OverlappingUnorderedRanges() {
    List<long[]> extents = new ArrayList<>();
    for (int i = 0; i < 256; i++) {
      extents.add(new long[] {(255 - i) * 100, 300});
    }
    assertParts(extents, http2.range(ranges(extents)).expect(206));
    extents.add(new long[] {0, 1});
    JsonObject problem = http2.range(ranges(extents)).problem(416);
    assertEquals(256, problem.getInteger("limit"));
  }

  @ParameterizedTest
  @CsvSource({
    "'0-1,9999999-', 0, 2",
    "'99999999-,-0,-3', 8388605, 3",
    "'5-6,', 5, 2",
    "', ,7-9', 7, 3",
  })
  void onlyOneRangeThatCanBeHadIsAnsweredWithoutParts(String ranges, int offset, int length) {
    Answer answer = http2.range(ranges).expect(206);
    assertEquals(OCTETS, answer.header("content-type"));
    assertEquals(
        "bytes " + offset + "-" + (offset + length - 1) + "/" + CAPACITY,
        answer.header("content-range"));
    assertArrayEquals(bytes(new long[] {offset, length}), answer.body());
  }

  @Test
  void rangesThatCannotBeHadAreLeftOut() {
    assertParts(
        List.of(new long[] {1, 2}, new long[] {CAPACITY - 5, 5}),
        http2.range("1-2,9999999-99999999,-0,-5").expect(206));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"9999999-,-0", "8388608-8388609,8388608-", "1-2,x", "1-2,5-4", ",", "1-2;3-4"})
  void withoutARangeThatCanBeHadOrWithAWrongOneTheAnswerIs416(String ranges) {
    Answer answer = http2.range(ranges);
    answer.problem(416);
    assertEquals("bytes */" + CAPACITY, answer.header("content-range"));
  }

  @Test
  void everyAnswerHasABoundaryOfItsOwn() {
    String first = http2.range("0-1,4-5").expect(206).header("content-type");
    String second = http2.range("0-1,4-5").expect(206).header("content-type");
    assertTrue(!first.equals(second), first);
  }

  @Test
  void adjacentBlocksOfOneRequestAreReadByOneCommand() {
    double merged = service.metric("doorbell_block_merged_total", "operation=\"read\"");
    double done = service.metric("doorbell_block_operations_total", "operation=\"read\"");
    List<long[]> extents = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      extents.add(new long[] {(15 - i) * 4096L, 4096});
    }
    query(http2, json(extents), "Accept", OCTETS).expect(200);
    assertEquals(
        done + 16, service.metric("doorbell_block_operations_total", "operation=\"read\""));
    // In the order of the drive, their memory is not in a row: PRPs need not be.
    assertEquals(merged + 15, service.metric("doorbell_block_merged_total", "operation=\"read\""));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "                        | byte 0 of the body: a list of extents is expected",
        "{}                      | byte 1 of the body: the member \"extents\" is expected",
        "{\"offset\":0}          | byte 2 of the body: a member other than \"extents\"",
        "{\"extents\":{}}        | byte 11 of the body: a list of extents is expected",
        "{\"extents\":[]}        | byte 12 of the body: the list names no extent",
        "{\"extents\":[{\"offset\":0,\"length\":1}]   | '}' is expected",
        "{\"extents\":[{\"offset\":0,\"length\":1}],\"x\":1} | '}' is expected",
        "{\"extents\":[{\"offset\":0,\"length\":1}]}} | something follows the list",
        "[]                      | byte 1 of the body: the list names no extent",
        "[{}]                    | byte 2 of the body: the member \"offset\" or \"length\" is expected",
        "[{\"offset\":0}]        | byte 13 of the body: the extent has no \"length\"",
        "[{\"length\":1}]        | byte 13 of the body: the extent has no \"offset\"",
        "[{\"offset\":0,\"length\":0}] | byte 24 of the body: \"length\" is 0, at least 1 is allowed",
        "[{\"offset\":-1,\"length\":1}] | a whole number that is not negative is expected",
        "[{\"offset\":1.5,\"length\":1}] | ',' or '}' is expected",
        "[{\"offset\":1e3,\"length\":1}] | ',' or '}' is expected",
        "[{\"offset\":01,\"length\":1}] | a number begins with 0",
        "[{\"offset\":0,\"offset\":0,\"length\":1}] | is there twice",
        "[{\"offset\":0,\"length\":1,\"x\":1}] | a member other than",
        "[{\"offset\":0,\"length\":1}}] | ',' or ']' is expected",
        "[{\"offset\":0,\"length\":1}],] | something follows the list",
        "[{\"offset\":0,\"length\":1},] | an extent",
        "[{\"offset\":0,\"length\":1} | ',' or ']' is expected",
      })
  void aListThatIsNoneIsRefusedByNameOfWhatIsWrong(String body, String mistake) {
    JsonObject problem = query(http2, body == null ? "" : body).problem(400);
    assertTrue(problem.getString("detail").contains(mistake), problem::encode);
  }

  @Test
  void takesWhiteSpaceAndMembersInAnyOrder() {
    Answer answer =
        query(http2, " [ {\n\"length\" : 3 ,\t\"offset\":7 } ,\r\n{\"offset\":0,\"length\":1}] ");
    assertParts(List.of(new long[] {7, 3}, new long[] {0, 1}), answer.expect(200));
  }

  @Test
  void takesTheListAsAMemberAsActionsDo() {
    Answer answer = query(http2, " {\"extents\" : [{\"offset\":7,\"length\":3}] }\n");
    assertParts(List.of(new long[] {7, 3}), answer.expect(200));
  }

  @ParameterizedTest
  @CsvSource({
    "8388608, 1",
    "8388607, 2",
    "0, 8388609",
    "9223372036854775807, 1",
    "1, 9223372036854775807",
    "99999999999999999999, 1"
  })
  void anExtentOutsideTheNamespaceIsNamedAndNothingIsRead(String offset, String length) {
    double done = service.metric("doorbell_block_operations_total", "operation=\"read\"");
    Answer answer =
        query(
            http2,
            "[{\"offset\":0,\"length\":1},{\"offset\":%s,\"length\":%s}]"
                .formatted(offset, length));
    assertEquals(1, answer.problem(416).getInteger("extent"));
    assertEquals("bytes */" + CAPACITY, answer.header("content-range"));
    assertEquals(done, service.metric("doorbell_block_operations_total", "operation=\"read\""));
  }

  @Test
  void takes1024ExtentsAndNoMore() {
    List<long[]> extents = random(new Random(3), QueryRequest.MOST, 600);
    assertArrayEquals(
        bytes(extents), query(http2, json(extents), "Accept", OCTETS).expect(200).body());
    extents.add(new long[] {0, 1});
    query(http2, json(extents)).problem(400);
  }

  @Test
  void aListLargerThanTheLimitIsNotTaken() {
    String list = "[{\"offset\":0,\"length\":1}" + " ".repeat(QueryRequest.MOST_BYTES) + "]";
    assertEquals(QueryRequest.MOST_BYTES, query(http2, list).problem(413).getInteger("limit"));
    Client client = service.client(HttpVersion.HTTP_1_1);
    HttpClientRequest request =
        client.begin(QUERY, Client.DATA, "Content-Type", "application/json");
    request.setChunked(true);
    Integer status =
        Client.await(
            request
                .end(Buffer.buffer(list))
                .compose(v -> request.response())
                .map(r -> r.statusCode()));
    assertEquals(413, status);
  }

  @Test
  void aListInPiecesIsOneList() {
    Client client = service.client(HttpVersion.HTTP_1_1);
    HttpClientRequest request =
        client.begin(QUERY, Client.DATA, "Content-Type", "application/json", "Accept", OCTETS);
    request.setChunked(true);
    // Listens before anything is sent: a late one misses bytes.
    Future<Buffer> answer = request.response().compose(r -> r.body());
    for (char c : "[{\"offset\":10,\"length\":20}]".toCharArray()) {
      Client.await(request.write(Character.toString(c)));
    }
    request.end();
    assertArrayEquals(bytes(new long[] {10, 20}), Client.await(answer).getBytes());
  }

  @Test
  void otherTypesThanJsonAreRefusedWithTheOneThatIsTaken() {
    byte[] body = "[{\"offset\":0,\"length\":1}]".getBytes();
    for (String[] headers : new String[][] {{}, {"Content-Type", "text/plain"}}) {
      Answer answer = Client.await(http2.requestAsync(QUERY, Client.DATA, body, headers));
      answer.problem(415);
      assertEquals("application/json", answer.header("accept-query"));
    }
    Client.await(
            http2.requestAsync(
                QUERY, Client.DATA, body, "Content-Type", "application/json; charset=utf-8"))
        .expect(200);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "*/*                                                     | multipart",
        "multipart/byteranges                                    | multipart",
        "application/*                                           | octets",
        "multipart/*;q=0.5, application/octet-stream             | octets",
        "multipart/byteranges, application/octet-stream;q=0.9    | multipart",
        "multipart/byteranges;q=0, */*                           | octets",
        "application/octet-stream, multipart/byteranges          | multipart",
        "text/html                                               | none",
        "application/octet-stream;q=0                            | none",
      })
  void theFormIsTheOneThatTheClientPrefers(String accept, String form) {
    Answer answer = query(http2, "[{\"offset\":0,\"length\":1}]", "Accept", accept);
    if (form.equals("none")) {
      answer.problem(406);
    } else {
      String type = answer.expect(200).header("content-type");
      assertTrue(type.startsWith(form.equals("octets") ? OCTETS : "multipart/"), type);
    }
  }
}
