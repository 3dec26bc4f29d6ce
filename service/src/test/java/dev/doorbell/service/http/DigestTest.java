package dev.doorbell.service.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Future;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Content-Digest, Want-Content-Digest, and what else a client may wish for. */
class DigestTest {
  private static final int CAPACITY = 2 << 20;

  // Of "123456789": the check value of CRC-32C in every catalogue is e3069283; sha256sum tells the
  // other.
  private static final byte[] DIGITS = "123456789".getBytes(StandardCharsets.US_ASCII);
  private static final String CRC32C = "crc32c=:4waSgw==:";
  private static final String SHA_256 = "sha-256=:FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=:";

  private final byte[] model = new byte[CAPACITY];
  private TestService service;
  private Client client;

  @BeforeEach
  void start() {
    service =
        TestService.start(
            "emulated:memory?size=2MiB&lba_size=512", "loops=1", "http.max_buffered=256KiB");
    client = service.client(HttpVersion.HTTP_2);
  }

  @AfterEach
  void stop() {
    service.awaitIdle();
    assertArrayEquals(model, service.client(HttpVersion.HTTP_2).get(Client.DATA).body());
    service.close();
  }

  private void wrote(int offset, byte[] bytes) {
    System.arraycopy(bytes, 0, model, offset, bytes.length);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        CRC32C,
        SHA_256,
        SHA_256 + ", " + CRC32C,
        "md5=:AAAA:," + CRC32C,
        CRC32C + ";x=1",
        "crc32c=:AAAAAA==:, " + CRC32C
      })
  void aBodyWhoseDigestIsRightIsWritten(String digest) {
    client.put(DIGITS, "Content-Range", "bytes 700-708/*", "Content-Digest", digest).expect(204);
    wrote(700, DIGITS);
    client
        .putOfUnknownLength(DIGITS, "Content-Range", "bytes 7000-7009/*", "Content-Digest", digest)
        .expect(204);
    wrote(7000, DIGITS);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "crc32c=:4waSgg==:",
        "crc32c=:4waS:",
        "sha-256=:AAAA:",
        SHA_256 + ",crc32c=:AAAAAA==:",
        "crc32c=:4waSgw==",
        "crc32c=4waSgw==",
        "crc32c=:4wa gw==:",
        "crc32c",
        "CRC32C=:4waSgw==:",
        "md5=:AAAA:",
        "",
        CRC32C + ","
      })
  void aDigestThatIsWrongOrNotUnderstoodChangesNothing(String digest) {
    Answer answer =
        client.put(DIGITS, "Content-Range", "bytes 700-708/*", "Content-Digest", digest);
    assertTrue(
        answer.problem(400).getString("detail").endsWith("nothing was written"),
        () -> new String(answer.body()));
  }

  @Test
  void whatIsUnderstoodIsToldToWhoAsksForAnotherDigest() {
    Answer answer =
        client.put(DIGITS, "Content-Range", "bytes 0-8/*", "Content-Digest", "md5=:AAAA:");
    answer.problem(400);
    assertEquals("sha-256=10, crc32c=5", answer.header("want-content-digest"));
  }

  @Test
  void aBodyOfSeveralCommandsIsWrittenAfterItsDigestHasBeenChecked() {
    byte[] bytes = Seeded.bytes(1, 200_000);
    String right = digest(bytes, "sha-256");
    client.put(bytes, "Content-Range", "bytes 77-200076/*", "Content-Digest", right).expect(204);
    wrote(77, bytes);
    byte[] changed = bytes.clone();
    changed[199_999] ^= 1;
    client.put(changed, "Content-Range", "bytes 77-200076/*", "Content-Digest", right).problem(400);
  }

  @Test
  void aBodyThatIsTooLargeToBeHeldIsRefusedWithTheLimit() {
    byte[] bytes = Seeded.bytes(1, 262_145);
    Answer answer =
        client.put(
            bytes, "Content-Range", "bytes 0-262144/*", "Content-Digest", digest(bytes, "crc32c"));
    assertEquals(262_144, answer.problem(413).getInteger("limit"));
  }

  @ParameterizedTest
  @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
  void aReadTellsTheDigestOfItsBodyInTheHeaderWhereItIsHeldAsAWhole(HttpVersion version) {
    byte[] bytes = Seeded.bytes(2, 200_000);
    client.put(bytes, "Content-Range", "bytes 77-200076/*").expect(204);
    wrote(77, bytes);
    Client reader = service.client(version);
    for (String algorithm : new String[] {"sha-256", "crc32c"}) {
      for (String range : new String[] {"bytes=77-200076", "bytes=77-200076,3-4"}) {
        Answer answer =
            reader.get(Client.DATA, "Range", range, "Want-Content-Digest", algorithm + "=3");
        assertEquals(digest(answer.expect(206).body(), algorithm), answer.header("content-digest"));
      }
    }
    Answer one =
        reader.get(
            Client.DATA, "Range", "bytes=77-200076", "Want-Content-Digest", "sha-256=1,crc32c=9");
    assertArrayEquals(bytes, one.body());
    assertEquals("bytes 77-200076/2097152", one.header("content-range"));
    assertEquals("200000", one.header("content-length"));
    assertEquals(digest(bytes, "crc32c"), one.header("content-digest"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"md5=10", "sha-256=0", "sha-256", "x y", "sha-256=11"})
  void aWishThatCannotBeMetIsIgnored(String wish) {
    Answer answer =
        client.get(Client.DATA, "Range", "bytes=0-511", "Want-Content-Digest", wish).expect(206);
    assertNull(answer.header("content-digest"));
    assertEquals(512, answer.body().length);
  }

  @Test
  void aLongAnswerTellsItInATrailerOverHttp2AndNotAtAllOverHttp1() {
    byte[] bytes = Seeded.bytes(3, CAPACITY);
    client.put(bytes).expect(204);
    wrote(0, bytes);
    HttpClientRequest request =
        client.begin(HttpMethod.GET, Client.DATA, "Want-Content-Digest", "sha-256=1");
    // Listens before anything is sent: a late one misses bytes.
    Future<Object[]> response =
        request
            .response()
            .compose(r -> r.body().map(b -> new Object[] {b.getBytes(), r.trailers()}));
    request.end();
    Object[] answer = Client.await(response);
    assertArrayEquals(bytes, (byte[]) answer[0]);
    assertEquals(
        digest(bytes, "sha-256"), ((io.vertx.core.MultiMap) answer[1]).get("content-digest"));
    Answer old =
        service
            .client(HttpVersion.HTTP_1_1)
            .get(Client.DATA, "Want-Content-Digest", "sha-256=1")
            .expect(200);
    assertArrayEquals(bytes, old.body());
    assertNull(old.header("content-digest"));
  }

  @Test
  void theTimeThatTheDriveTookIsToldToWhoPrefersIt() {
    String form = "nvme;dur=[0-9]+\\.[0-9]{3}";
    byte[] bytes = Seeded.bytes(4, 4096);
    wrote(0, bytes);
    for (HttpVersion version : new HttpVersion[] {HttpVersion.HTTP_1_1, HttpVersion.HTTP_2}) {
      Client client = service.client(version);
      Answer put =
          client.put(
              bytes,
              "Content-Range",
              "bytes 0-4095/*",
              "Prefer",
              "durability=volatile, server-timing");
      assertTrue(put.expect(204).header("server-timing").matches(form));
      assertEquals("durability=volatile", put.header("preference-applied"));
      Answer get = client.get(Client.DATA, "Range", "bytes=0-4095", "Prefer", "server-timing");
      assertTrue(get.expect(206).header("server-timing").matches(form));
      assertArrayEquals(bytes, get.body());
      assertNull(client.range("0-4095").expect(206).header("server-timing"));
    }
  }

  @Test
  void anExpectationOtherThanToBeAskedForTheBodyFails() {
    for (String expect : new String[] {"200-ok", "100-continue, x"}) {
      client.put(DIGITS, "Content-Range", "bytes 0-8/*", "Expect", expect).problem(417);
    }
  }

  private static String digest(byte[] bytes, String algorithm) {
    Digest digest = Digest.of(algorithm);
    digest.update(java.nio.ByteBuffer.wrap(Arrays.copyOf(bytes, bytes.length)));
    return digest.member();
  }
}
