package dev.doorbell.service.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReadRangesTest {
  private static final int CAPACITY = 1 << 20;

  private static final byte[] CONTENT = Seeded.bytes(1, CAPACITY);
  private static TestService service;
  private static Client http2;

  @BeforeAll
  static void fill() {
    service = TestService.start(TestService.MEMORY_1_MIB);
    http2 = service.client(HttpVersion.HTTP_2);
    http2.put(CONTENT).expect(204);
  }

  @AfterAll
  static void stop() {
    service.close();
  }

  @ParameterizedTest
  @CsvSource({
    "0-0, 0, 0",
    "0-511, 0, 511",
    "1-1, 1, 1",
    "511-512, 511, 512",
    "4095-140000, 4095, 140000",
    "0-1048575, 0, 1048575",
    "1000000-, 1000000, 1048575",
    "1048575-, 1048575, 1048575",
    "-1, 1048575, 1048575",
    "-1000, 1047576, 1048575",
    "-1048576, 0, 1048575",
    "-99999999, 0, 1048575",
    "1048064-1048576, 1048064, 1048575", // nbdkit: one byte too many on the last block
    "1048575-9223372036854775807, 1048575, 1048575",
    "' 5-9 ', 5, 9",
  })
  void answersExactlyTheBytesOfTheRange(String range, int first, int last) {
    for (HttpVersion version : new HttpVersion[] {HttpVersion.HTTP_1_1, HttpVersion.HTTP_2}) {
      Answer answer = service.client(version).range(range).expect(206);
      assertArrayEquals(Arrays.copyOfRange(CONTENT, first, last + 1), answer.body());
      assertEquals("bytes " + first + "-" + last + "/" + CAPACITY, answer.header("content-range"));
      assertEquals(Integer.toString(last + 1 - first), answer.header("content-length"));
      assertEquals("bytes", answer.header("accept-ranges"));
      assertEquals("no-store", answer.header("cache-control"));
      assertEquals("application/octet-stream", answer.header("content-type"));
      assertNull(answer.header("content-encoding"));
      assertNull(answer.header("etag"));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "bytes=1048576-",
        "bytes=1048576-1048577",
        "bytes=9223372036854775807-",
        "bytes=-0",
        "bytes=5-4",
        "bytes=",
        "bytes=-",
        "bytes=a-b",
        "bytes=1",
        "bytes=1-2x",
        "bytes=0x1-2",
        "bytes=1--2",
        "bytes=99999999999999999999-",
        "bytes"
      })
  void answers416WithTheLengthAndNeverTheWholeForARangeItCannotHonour(String range) {
    Answer answer = http2.get(Client.DATA, "Range", range);
    JsonObject problem = answer.problem(416);
    assertEquals("bytes */" + CAPACITY, answer.header("content-range"));
    assertTrue(problem.getString("detail").contains(range), problem::encode);
    assertEquals(range, problem.getString("range"));
  }

  @Test
  void anUnknownUnitIsIgnored() {
    Answer answer = http2.get(Client.DATA, "Range", "blocks=0-1").expect(200);
    assertArrayEquals(CONTENT, answer.body());
    assertNull(answer.header("content-range"));
  }

  @Test
  void ifRangeNeverMatchesLiveData() {
    Answer answer =
        http2.get(Client.DATA, "Range", "bytes=0-1", "If-Range", "\"anything\"").expect(200);
    assertArrayEquals(CONTENT, answer.body());
  }

  @ParameterizedTest
  @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
  void withoutARangeTheWholeNamespaceComes(HttpVersion version) {
    Answer answer = service.client(version).get(Client.DATA).expect(200);
    assertArrayEquals(CONTENT, answer.body());
    assertEquals("bytes", answer.header("accept-ranges"));
  }

  @ParameterizedTest
  @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
  void headTellsTheSizeAndIgnoresRange(HttpVersion version) {
    Client client = service.client(version);
    for (String range : new String[] {"bytes=0-1", "bytes=5-4", "bytes=9999999-"}) {
      Answer answer = client.request(HttpMethod.HEAD, Client.DATA, "Range", range).expect(200);
      assertEquals("1048576", answer.header("content-length"));
      assertEquals("bytes", answer.header("accept-ranges"));
      assertNull(answer.header("content-range"));
      assertEquals(0, answer.body().length);
    }
  }

  @Test
  void countsReadsThatRoundOutToBlocks() {
    double before = service.metric("doorbell_block_unaligned_total", "operation=\"read\"");
    http2.range("512-1023").expect(206);
    assertEquals(before, service.metric("doorbell_block_unaligned_total", "operation=\"read\""));
    http2.range("513-1023").expect(206);
    assertEquals(
        before + 1, service.metric("doorbell_block_unaligned_total", "operation=\"read\""));
  }
}
