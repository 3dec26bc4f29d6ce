package dev.doorbell.service.http;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.doorbell.service.DoorbellServer;
import dev.doorbell.service.config.DoorbellConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A service that cannot start says what to do about it, and leaves nothing open. */
class StartErrorsTest {
  @TempDir Path directory;
  private Path image;

  @BeforeEach
  void image() {
    image = directory.resolve("disk.img");
  }

  private String drive(String parameters) {
    return "emulated:" + image + parameters;
  }

  /** The message of a start that fails; afterwards no file of the test is open. */
  private String failure(DoorbellConfig config) {
    List<Path> before = openFiles();
    RuntimeException e = assertThrows(RuntimeException.class, () -> DoorbellServer.start(config));
    assertEquals(before, openFiles());
    return e.getMessage();
  }

  private List<Path> openFiles() {
    try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
      return descriptors.map(StartErrorsTest::target).filter(p -> p.startsWith(directory)).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path target(Path link) {
    try {
      return Files.readSymbolicLink(link);
    } catch (IOException e) {
      // The descriptor of the listing itself, for one, is gone by now.
      return Path.of("/gone");
    }
  }

  private void assertServable() {
    assertDoesNotThrow(() -> TestService.start(drive("?size=1MiB")).close());
    assertTrue(openFiles().isEmpty());
  }

  @Test
  void anImageThatIsMissingAndHasNoSize() {
    // The configuration says so; the file may still go away between there and the start.
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> TestService.config(drive("")));
    assertTrue(e.getMessage().contains(image.toString()), e::getMessage);
    assertTrue(e.getMessage().contains("give a size"), e::getMessage);
    assertServable();
  }

  @Test
  void anImageThatGoesAwayBeforeItIsOpened() throws IOException {
    Files.write(image, new byte[1 << 20]);
    DoorbellConfig config = TestService.config(drive("?readonly=true"));
    Files.delete(image);
    String message = failure(config);
    assertTrue(message.contains(image.toString()) && message.contains("does not exist"), message);
    assertFalse(Files.exists(image));
  }

  @Test
  void anImageThatAnotherServiceUses() {
    DoorbellConfig config = TestService.config(drive("?size=1MiB"));
    try (TestService first = TestService.start(drive("?size=1MiB"))) {
      String message = failure(config);
      assertTrue(message.contains(image.toString()) && message.contains("in use"), message);
      assertTrue(first.port() > 0);
    }
    assertServable();
  }

  @Test
  void anImageOfAnotherSize() throws IOException {
    Files.write(image, new byte[1 << 20]);
    DoorbellConfig config = TestService.config(drive(""));
    Files.write(image, new byte[(1 << 20) + 1]);
    String message = failure(config);
    assertTrue(message.contains(image.toString()) && message.contains("1048577"), message);
  }

  @Test
  void theSecondDriveFailsAndTheFirstIsClosed() throws IOException {
    DoorbellConfig config =
        TestService.config("emulated:" + directory.resolve("first.img") + "?size=1MiB");
    DoorbellConfig broken = TestService.config(drive("?size=1MiB"));
    Files.createDirectory(image);
    DoorbellConfig both =
        new DoorbellConfig(
            config.listen(),
            config.loops(),
            config.poll(),
            config.queue(),
            config.http(),
            config.zoneMeta(),
            config.block(),
            config.vfio(),
            config.emulated(),
            config.api(),
            config.shutdown(),
            config.log(),
            config.tracing(),
            List.of(config.drives().get(0), broken.drives().get(0)));
    String message = failure(both);
    assertTrue(message.contains(image.toString()), message);
    assertTrue(message.contains("not a regular file"), message);
  }

  @Test
  void anImageOnAReadOnlyFileSystem() throws IOException {
    try (Mount mount = Mount.tmpfs(directory.resolve("mnt"), "8m")) {
      image = mount.directory().resolve("disk.img");
      Files.write(image, new byte[1 << 20]);
      DoorbellConfig config = TestService.config(drive(""));
      mount.readOnly();
      String message = failure(config);
      assertTrue(message.contains(image.toString()) && message.contains("readonly"), message);
      assertDoesNotThrow(() -> TestService.start(drive("?readonly=true")).close());
    }
  }

  @Test
  void aPortInUse() throws IOException {
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String address = "127.0.0.1:" + other.getLocalPort();
      String message =
          failure(TestService.config(drive("?size=1MiB"), "listen.port=" + other.getLocalPort()));
      assertTrue(message.contains(address) && message.contains("in use"), message);
    }
    assertServable();
  }

  @Test
  void anAddressOfAnotherHost() {
    String message = failure(TestService.config(drive("?size=1MiB"), "listen.host=192.0.2.1"));
    assertTrue(message.contains("192.0.2.1"), message);
    assertServable();
  }

  @Test
  void aCertificateThatIsNone() throws IOException {
    Path certificate = Files.writeString(directory.resolve("cert.pem"), "not a certificate\n");
    Path key = Files.writeString(directory.resolve("key.pem"), "not a key\n");
    String message =
        failure(
            TestService.config(
                drive("?size=1MiB"),
                "listen.tls.certificate=" + certificate,
                "listen.tls.key=" + key));
    assertTrue(message.contains(certificate.toString()), message);
    assertTrue(message.contains(key.toString()), message);
    assertTrue(message.contains("PEM"), message);
    assertServable();
  }
}
