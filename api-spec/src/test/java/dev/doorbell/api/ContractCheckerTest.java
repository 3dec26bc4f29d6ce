package dev.doorbell.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The checker finds fault with answers that are nearly right. */
class ContractCheckerTest {
  private static final String BODY =
      "{\"type\":\"about:blank\",\"title\":\"Range Not Satisfiable\",\"status\":416,"
          + "\"detail\":\"no\",\"range\":\"bytes=x\"}";

  private final ContractChecker checker = new ContractChecker(Contract.load());
  private final Map<String, List<String>> headers = new TreeMap<>();
  private String method = "GET";
  private String path = "/v1/namespaces/nvme0n1/data";
  private int status = 416;
  private String body = BODY;

  ContractCheckerTest() {
    headers.put("content-type", List.of("application/problem+json"));
    headers.put("cache-control", List.of("no-store"));
    headers.put("date", List.of("Sat, 21 Nov 2026 10:00:00 GMT"));
    headers.put("content-range", List.of("bytes */4096"));
    headers.put("content-length", List.of(Integer.toString(BODY.length())));
  }

  private List<String> mistakes() {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    return checker.check(new Answer(method, path, status, headers, bytes));
  }

  private void body(String text) {
    body = text;
    headers.put("content-length", List.of(Integer.toString(text.length())));
  }

  private void assertMistake(String mistake) {
    assertEquals(List.of(mistake), mistakes());
  }

  @Test
  void acceptsARightAnswer() {
    assertEquals(List.of(), mistakes());
  }

  @Test
  void findsAnUndocumentedStatus() {
    status = 418;
    assertMistake("status 418 is not in the contract");
  }

  @Test
  void findsAStatusOfAnotherMethod() {
    method = "OPTIONS";
    assertMistake("status 416 is not in the contract");
  }

  @Test
  void findsAnUndocumentedPath() {
    path = "/v1/namespaces/nvme0n1/data/1";
    assertMistake("path /v1/namespaces/nvme0n1/data/1 is not in the contract");
  }

  @ParameterizedTest
  @ValueSource(strings = {"cache-control", "content-range", "content-length", "date"})
  void findsAMissingHeader(String name) {
    headers.remove(name);
    assertMistake("header " + name + " is missing");
  }

  @Test
  void findsAnUndocumentedHeader() {
    headers.put("etag", List.of("\"1\""));
    assertMistake("header etag is not in the contract");
  }

  @Test
  void findsAHeaderThatIsThereTwice() {
    headers.put("cache-control", List.of("no-store", "no-store"));
    assertMistake("header cache-control is there 2 times");
  }

  @ParameterizedTest
  @ValueSource(strings = {"bytes */*", "bytes 0-1/4096", "bytes */4096 ", "*/4096"})
  void findsAMalformedHeader(String value) {
    headers.put("content-range", List.of(value));
    assertEquals(1, mistakes().size());
  }

  @Test
  void findsANumberThatIsNone() {
    headers.put("content-length", List.of("+" + BODY.length()));
    assertFalse(mistakes().isEmpty());
  }

  @Test
  void findsAnotherMediaType() {
    headers.put("content-type", List.of("application/json"));
    assertMistake("media type application/json is not in the contract");
  }

  @Test
  void findsABodyOfAnotherLength() {
    body = BODY.replace("no", "none");
    assertMistake("Content-Length " + BODY.length() + ", but " + body.length() + " bytes came");
  }

  @Test
  void findsABodyThatIsNoJson() {
    body("{");
    assertEquals(1, mistakes().size());
  }

  @Test
  void findsAMissingMember() {
    body(BODY.replace("\"detail\":\"no\",", ""));
    assertEquals(1, mistakes().size());
  }

  @Test
  void findsAnUndocumentedMember() {
    body(BODY.replace("\"range\"", "\"ranges\""));
    assertEquals(1, mistakes().size());
  }

  @Test
  void findsAMemberOfAnotherType() {
    body(BODY.replace("\"bytes=x\"", "1"));
    assertEquals(1, mistakes().size());
  }

  @Test
  void findsAStatusInTheBodyThatIsNotThatOfTheAnswer() {
    body(BODY.replace("416", "404"));
    assertEquals(1, mistakes().size());
  }

  @Test
  void findsHalfOfADrivesStatus() {
    body(BODY.replace("\"range\"", "\"sct\":2,\"range\""));
    assertFalse(mistakes().isEmpty());
  }

  @Test
  void findsABodyWhereThereIsNone() {
    method = "OPTIONS";
    status = 204;
    headers.keySet().retainAll(List.of("date"));
    path = "/v1/namespaces";
    headers.put("allow", List.of("GET, HEAD, OPTIONS"));
    assertMistake("a body, null, where the contract has none");
  }

  @Test
  void findsABodyOfAHead() {
    method = "HEAD";
    status = 404;
    headers.remove("content-range");
    assertMistake("a HEAD has a body of " + BODY.length() + " bytes");
  }
}
