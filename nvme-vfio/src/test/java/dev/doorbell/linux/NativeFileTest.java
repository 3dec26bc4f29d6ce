package dev.doorbell.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.kenai.jffi.MemoryIO;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeFileTest {
  @TempDir Path directory;

  private NativeFile create() {
    return NativeFile.open(
        directory.resolve("file").toString(), NativeFile.O_RDWR | NativeFile.O_CREAT, 0600);
  }

  @Test
  void namesCallPathAndErrorWhenOpenFails() {
    LinuxException e =
        assertThrows(
            LinuxException.class, () -> NativeFile.open("/nowhere/x", NativeFile.O_RDONLY, 0));
    assertEquals("open /nowhere/x: ENOENT (No such file or directory)", e.getMessage());
    assertEquals(Errno.ENOENT, e.errno());
  }

  @Test
  void transfersMoreSegmentsThanOneCallTakes() throws Exception {
    int segments = 3000;
    ByteBuffer buffer = ByteBuffer.allocateDirect(segments * 8);
    long address = MemoryIO.getInstance().getDirectBufferAddress(buffer);
    IoVector vector = new IoVector(1);
    try (NativeFile file = create()) {
      for (int i = 0; i < segments; i++) {
        buffer.putLong(i * 8, i);
        // Every second half of a segment is skipped.
        vector.add(address + i * 8L, 4 + i % 4);
      }
      long bytes = vector.bytes();
      assertEquals(bytes, file.write(vector, 5));
      assertEquals(0, vector.remaining());
      assertEquals(bytes + 5, file.size());
      byte[] before = new byte[buffer.capacity()];
      buffer.get(0, before);
      buffer.put(0, new byte[buffer.capacity()]);
      vector.clear();
      for (int i = 0; i < segments; i++) {
        vector.add(address + i * 8L, 4 + i % 4);
      }
      assertEquals(bytes, file.read(vector, 5));
      for (int i = 0; i < segments; i++) {
        for (int j = 0; j < 4 + i % 4; j++) {
          assertEquals(before[i * 8 + j], buffer.get(i * 8 + j));
        }
      }
      vector.clear();
      vector.add(address, 100);
      assertEquals(10, file.read(vector, bytes - 5), "short at the end of the file");
      assertEquals(0, file.dataSync());
      assertEquals(0, file.sync());
      NativeFile.syncDirectory(directory.toString());
    }
    assertTrue(Files.size(directory.resolve("file")) > 0);
  }

  @Test
  void errorsOfTransfersAreNegativeNumbers() {
    ByteBuffer buffer = ByteBuffer.allocateDirect(16);
    long address = MemoryIO.getInstance().getDirectBufferAddress(buffer);
    create().close();
    try (NativeFile file =
        NativeFile.open(directory.resolve("file").toString(), NativeFile.O_RDONLY, 0)) {
      assertEquals(-Errno.EBADF, file.write(address, 16, 0));
      assertEquals(-Errno.EINVAL, file.read(address, 16, -1));
      assertEquals(0, file.read(address, 16, 0));
      assertTrue(file.isRegular());
      assertThrows(LinuxException.class, () -> file.truncate(4096));
    }
  }

  @Test
  void readsAndWritesAtPositions() {
    ByteBuffer buffer = ByteBuffer.allocateDirect(16).put(0, (byte) 42);
    long address = MemoryIO.getInstance().getDirectBufferAddress(buffer);
    try (NativeFile file = create()) {
      file.truncate(1L << 33);
      assertEquals(1, file.write(address, 1, (1L << 33) - 1));
      assertEquals(1, file.read(address + 8, 16, (1L << 33) - 1));
      assertEquals(42, buffer.get(8));
      assertEquals(1L << 33, file.size());
    }
  }

  @Test
  void locksExcludeEachOther() {
    NativeFile one = create();
    try (NativeFile two = create()) {
      assertTrue(one.tryLock(false));
      assertTrue(two.tryLock(false));
      assertFalse(two.tryLock(true));
      one.close();
      one.close();
      assertTrue(two.tryLock(true));
    }
  }

  @Test
  void directoriesAreNotRegular() {
    try (NativeFile file = NativeFile.open(directory.toString(), NativeFile.O_RDONLY, 0)) {
      assertFalse(file.isRegular());
    }
  }
}
