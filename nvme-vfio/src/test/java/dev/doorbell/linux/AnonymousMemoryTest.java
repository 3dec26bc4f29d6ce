package dev.doorbell.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
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

  @Test
  void asksForHugePagesWhereTheKernelHasThem() throws IOException {
    Assumptions.assumeTrue(Files.exists(Path.of("/sys/kernel/mm/transparent_hugepage")));
    try (AnonymousMemory memory = new AnonymousMemory(8 << 20)) {
      assertTrue(flagsAt(memory.address() + (4 << 20)).contains(" hg"));
    }
  }

  /** The flags of the mapping that holds an address (proc(5), smaps). */
  private static String flagsAt(long address) throws IOException {
    boolean inside = false;
    for (String line : Files.readAllLines(Path.of("/proc/self/smaps"))) {
      Matcher head = Pattern.compile("([0-9a-f]+)-([0-9a-f]+) .*").matcher(line);
      if (head.matches()) {
        inside =
            Long.compareUnsigned(Long.parseUnsignedLong(head.group(1), 16), address) <= 0
                && Long.compareUnsigned(address, Long.parseUnsignedLong(head.group(2), 16)) < 0;
      } else if (inside && line.startsWith("VmFlags:")) {
        return line;
      }
    }
    return "";
  }
}
