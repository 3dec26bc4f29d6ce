package dev.doorbell.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.kenai.jffi.MemoryIO;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Platform;
import jnr.ffi.types.size_t;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NotifySocketTest {
  /** What a receiver needs, and only a test receives. */
  public interface Receiving {
    int bind(int fd, @size_t long address, int length);
  }

  private static final Receiving RECEIVING =
      LibraryLoader.create(Receiving.class)
          .load(Platform.getNativePlatform().getStandardCLibraryName());

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"/", "@"})
  void datagramsArriveWhole(String kind) {
    String address =
        kind.equals("/")
            ? directory.resolve("notify").toString()
            : "@doorbell-test-" + ProcessHandle.current().pid();
    int receiver = LibC.API.socket(1, 2 | 0x800, 0);
    assertTrue(receiver >= 0);
    try {
      ByteBuffer name = address(address);
      int bound =
          RECEIVING.bind(
              receiver, MemoryIO.getInstance().getDirectBufferAddress(name), name.capacity());
      assertEquals(0, bound, () -> "errno " + LibC.errno());
      NotifySocket socket = new NotifySocket(address);
      socket.send("READY=1\nSTATUS=läuft");
      socket.send("WATCHDOG=1");
      assertEquals("READY=1\nSTATUS=läuft", receive(receiver));
      assertEquals("WATCHDOG=1", receive(receiver));
      assertEquals("", receive(receiver));
    } finally {
      LibC.API.close(receiver);
    }
    LinuxException gone =
        assertThrows(LinuxException.class, () -> new NotifySocket(address).send("READY=1"));
    assertTrue(gone.getMessage().contains("connect"), gone::getMessage);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/", "@", "relative", "vsock:2:1234"})
  void refusesWhatIsNoAddress(String address) {
    assertThrows(IllegalArgumentException.class, () -> new NotifySocket(address));
  }

  @Test
  void refusesAnAddressThatDoesNotFit() {
    assertThrows(IllegalArgumentException.class, () -> new NotifySocket("/" + "x".repeat(107)));
  }

  private static ByteBuffer address(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    boolean isAbstract = bytes[0] == '@';
    ByteBuffer name =
        ByteBuffer.allocateDirect(2 + bytes.length + (isAbstract ? 0 : 1))
            .order(ByteOrder.nativeOrder());
    name.putShort(0, (short) 1).put(2, bytes);
    if (isAbstract) {
      name.put(2, (byte) 0);
    }
    return name;
  }

  private static String receive(int fd) {
    ByteBuffer data = ByteBuffer.allocateDirect(1000);
    long n = LibC.API.read(fd, MemoryIO.getInstance().getDirectBufferAddress(data), 1000);
    byte[] bytes = new byte[(int) Math.max(0, n)];
    data.get(0, bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
