package dev.doorbell.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class AnonymousMemoryTest {
  @Test
  void isZeroAndTakesSpaceOnlyWhereWritten() {
    // Far more than the machine has: only the page that is written counts.
    try (AnonymousMemory memory = new AnonymousMemory(1L << 40)) {
      ByteBuffer end = memory.view((1L << 40) - 4096, 4096);
      assertEquals(0, end.getLong(4088));
      end.putLong(4088, 0x0102030405060708L);
      assertEquals(8, end.get(4088));
      assertEquals(0x0102030405060708L, memory.view((1L << 40) - 8, 8).getLong(0), "little-endian");
    }
  }

  @Test
  void viewsStayWithinTheMemory() {
    try (AnonymousMemory memory = new AnonymousMemory(4096)) {
      assertThrows(IndexOutOfBoundsException.class, () -> memory.view(1, 4096));
      assertThrows(IndexOutOfBoundsException.class, () -> memory.view(-1, 1));
      assertThrows(IndexOutOfBoundsException.class, () -> memory.view(Long.MAX_VALUE, 1));
      assertEquals(0, memory.view(4096, 0).capacity());
    }
    assertThrows(IllegalArgumentException.class, () -> new AnonymousMemory(0));
    assertEquals(
        Errno.ENOMEM,
        assertThrows(LinuxException.class, () -> new AnonymousMemory(1L << 60)).errno());
  }
}
