package dev.doorbell.service.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FieldTemplateTest {
  private final FieldTemplate template = FieldTemplate.of(fields("bytes=0-4095"));

  private static Http2Headers fields(String range) {
    return new DefaultHttp2Headers()
        .method("GET")
        .path("/v1/namespaces/nvme0n1/data")
        .scheme("http")
        .authority("drive")
        .set("range", range)
        .set("accept", "*/*");
  }

  @ParameterizedTest
  @CsvSource({"0,0", "7,4095", "123456789,987654321", "0,9223372036854775806"})
  void fieldsWithAnotherRangeMatch(long first, long last) {
    assertTrue(template.matches(fields("bytes=" + first + "-" + last)));
    assertEquals(first, template.first());
    assertEquals(last, template.last());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "bytes=",
        "bytes=-",
        "bytes=-5",
        "bytes=5-",
        "bytes=5-4",
        "bytes=0-5,7-9",
        "bytes= 0-5",
        "bytes=0-5 ",
        "bytes=0--5",
        "bytes=+0-5",
        "bytes=0-9223372036854775807",
        "bytes=9223372036854775807-9223372036854775807",
        "bytes=0-99999999999999999999999",
        "Bytes=0-5",
        "lines=0-5",
        "0-5"
      })
  void rangesThatAreNotTwoNumbersDoNot(String range) {
    assertFalse(template.matches(fields(range)));
    assertNull(FieldTemplate.of(fields(range)));
  }

  @Test
  void oneFieldThatDiffersMakesThemOthers() {
    assertFalse(template.matches(fields("bytes=0-1").path("/v1/namespaces/nvme0n2/data")));
    assertFalse(template.matches(fields("bytes=0-1").method("PUT")));
    assertFalse(template.matches(fields("bytes=0-1").authority("Drive")));
    assertFalse(template.matches(fields("bytes=0-1").set("accept", "*")));
  }

  @Test
  void oneFieldMoreOrLessOrElsewhereDoesToo() {
    assertFalse(template.matches(fields("bytes=0-1").set("if-range", "\"x\"")));
    assertFalse(template.matches(fields("bytes=0-1").add("accept", "*/*")));
    Http2Headers without = fields("bytes=0-1");
    without.remove("accept");
    assertFalse(template.matches(without));
    without.set("accept2", "*/*");
    assertFalse(template.matches(without));
    Http2Headers turned = fields("bytes=0-1");
    turned.remove("range");
    assertFalse(template.matches(turned.set("range", "bytes=0-1")));
  }

  @Test
  void thereMustBeOneRange() {
    Http2Headers none = fields("bytes=0-1");
    none.remove("range");
    assertNull(FieldTemplate.of(none));
    assertNull(FieldTemplate.of(fields("bytes=0-1").add("range", "bytes=0-1")));
    assertNotNull(FieldTemplate.of(fields("bytes=0-1")));
  }

  /** Vert.x takes the fields out of which it makes a request. */
  @Test
  void itDoesNotChangeWithTheFieldsItWasMadeOf() {
    Http2Headers fields = fields("bytes=3-4");
    FieldTemplate made = FieldTemplate.of(fields);
    fields.clear();
    assertTrue(made.matches(fields("bytes=7-9")));
  }
}
