package dev.doorbell.service.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NearestTest {
  @ParameterizedTest
  @CsvSource({
    "listen.prot, listen.port",
    "lsten.port, listen.port",
    "port, listen.port",
    "certificate, listen.tls.certificate",
    "poll.maxns, poll.max_ns",
    "drive, drives",
    "loop, loops",
    "queue.dma-arena, queue.dma_arena",
    "http.unaligned_write, http.unaligned_writes"
  })
  void findsTheKeyMeant(String name, String meant) {
    assertEquals(meant, Nearest.to(name, Settings.keys()).orElse("none"));
  }

  @Test
  void suggestsNothingForWhatIsNearToNothing() {
    assertEquals("none", Nearest.to("frobnicate", Settings.keys()).orElse("none"));
  }

  @ParameterizedTest
  @CsvSource({
    "abc, abc, 0",
    "abc, abd, 1",
    "abc, ab, 1",
    "abc, acb, 1",
    "'', abc, 3",
    "ca, abc, 3"
  })
  void countsASwapOfNeighboursAsOneEdit(String a, String b, int distance) {
    assertEquals(distance, Nearest.distance(a, b));
    assertEquals(distance, Nearest.distance(b, a));
  }
}
