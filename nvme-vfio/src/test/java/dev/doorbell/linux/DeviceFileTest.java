package dev.doorbell.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeviceFileTest {
  private static final int FIONREAD = 0x541B;

  @TempDir Path directory;

  private DeviceFile file(int size) throws Exception {
    Path path = Files.write(directory.resolve("device"), new byte[size]);
    return DeviceFile.open(path.toString());
  }

  private static ByteBuffer direct(int size) {
    return ByteBuffer.allocateDirect(size).order(ByteOrder.nativeOrder());
  }

  @Test
  void anIoctlFillsItsArgument() throws Exception {
    try (DeviceFile file = file(1234)) {
      ByteBuffer left = direct(4);
      assertEquals(0, file.ioctl("FIONREAD", FIONREAD, left));
      assertEquals(1234, left.getInt(0));
    }
  }

  @Test
  void anIoctlThatIsRefusedNamesCallPathAndError() throws Exception {
    try (DeviceFile file = file(1)) {
      LinuxException e =
          assertThrows(LinuxException.class, () -> file.ioctl("VFIO_GET_API_VERSION", 0x3B64, 0));
      assertEquals(
          "VFIO_GET_API_VERSION "
              + directory.resolve("device")
              + ": ENOTTY (Inappropriate ioctl for device)",
          e.getMessage());
    }
  }

  @Test
  void aMappingShowsAndChangesTheFileFromItsOffset() throws Exception {
    try (DeviceFile file = file(3 * 4096)) {
      ByteBuffer word = direct(4).putInt(0, 0x11223344);
      file.write(word, 4096 + 8);
      FileMapping mapping = file.map(4096, 4096);
      assertEquals(0x11223344, mapping.buffer().getInt(8));
      mapping.buffer().putInt(12, 77);
      file.read(word, 4096 + 12);
      assertEquals(77, word.getInt(0));
      mapping.close();
      mapping.close();
    }
  }

  @Test
  void aMappingThatIsRefusedNamesItsPlace() throws Exception {
    try (DeviceFile file = file(4096)) {
      LinuxException e = assertThrows(LinuxException.class, () -> file.map(100, 4096));
      assertTrue(e.getMessage().endsWith("(4096 bytes at 100): EINVAL (Invalid argument)"));
    }
  }

  @Test
  void anAccessPastTheEndIsAnError() throws Exception {
    try (DeviceFile file = file(6)) {
      LinuxException e = assertThrows(LinuxException.class, () -> file.read(direct(4), 4));
      assertEquals(Errno.EIO, e.errno());
    }
  }

  @Test
  void knowsHowMuchMemoryMayBeLocked() {
    MemoryLock lock = MemoryLock.current();
    assertTrue(lock.limit() > 0, lock.toString());
    assertTrue(lock.locked() >= 0, lock.toString());
    assertEquals(0, new MemoryLock(100, 200).available());
    assertEquals(50, new MemoryLock(100, 50).available());
  }
}
