package dev.doorbell.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class EventFdTest {
  @Test
  void countsSignalsUntilDrained() {
    try (EventFd event = new EventFd()) {
      assertTrue(event.fd() >= 0);
      assertEquals(0, event.drain());
      event.signal();
      event.signal();
      assertEquals(2, event.drain());
      assertEquals(0, event.drain());
    }
  }

  @Test
  void isSilentAfterClose() {
    EventFd event = new EventFd();
    event.close();
    event.close();
    event.signal();
    assertEquals(0, event.drain());
  }
}
