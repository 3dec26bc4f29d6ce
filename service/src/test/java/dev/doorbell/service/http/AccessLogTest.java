package dev.doorbell.service.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the access log takes over from clients; that it is written is shown with the real service.
 */
class AccessLogTest {
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

  @Test
  void findsTheTrace() {
    assertEquals(TRACE, AccessLog.traceId("00-" + TRACE + "-00f067aa0ba902b7-01"));
    assertEquals(TRACE, AccessLog.traceId("01-" + TRACE + "-00f067aa0ba902b7-01-more"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01more",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e47360-0f067aa0ba902b7-01",
        "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
      })
  void leavesAMalformedTraceOut(String traceparent) {
    assertNull(AccessLog.traceId(traceparent));
  }

  @Test
  void takesIdentitiesThatForgeNoLines() {
    assertTrue(AccessLog.isId("a1B2-c3_d4.e5"));
    assertTrue(AccessLog.isId("x".repeat(64)));
    for (String wrong : new String[] {null, "", "x".repeat(65), "a b", "a\nb", "\"", "ä"}) {
      assertFalse(AccessLog.isId(wrong), wrong);
    }
  }
}
