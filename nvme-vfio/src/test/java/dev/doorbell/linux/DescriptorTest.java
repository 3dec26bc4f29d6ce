package dev.doorbell.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class DescriptorTest {
  private static String target(int fd) throws IOException {
    return Files.readSymbolicLink(Path.of("/proc/self/fd", Integer.toString(fd))).toString();
  }

  @Test
  void staysOpenWhenTheFirstIsClosed() throws IOException {
    EventFd event = new EventFd();
    try (Descriptor copy = Descriptor.duplicate(event.fd())) {
      assertNotEquals(event.fd(), copy.fd());
      assertEquals(target(event.fd()), target(copy.fd()));
      event.close();
      assertTrue(target(copy.fd()).contains("eventfd"), target(copy.fd()));
    }
  }

  @Test
  void aDescriptorThatIsNotOpenIsRefused() {
    LinuxException refused =
        assertThrows(LinuxException.class, () -> Descriptor.duplicate(1_000_000));
    assertEquals(9, refused.errno(), "EBADF");
  }
}
