package dev.doorbell.service.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A real file system goes through the service and is whole on the other side. */
class FileSystemIT {
  /**
   * Requests at once of {@code qemu-img convert}. With its default of eight QEMU 7.2's curl driver
   * hangs once in about ten runs, against other servers (nginx) just as well.
   */
  private static final String ONE = "1";

  /** Ends of the parts of the upload: in the middle of blocks, at them, and one byte off. */
  private static final int[] ENDS = {
    1, 511, 4096, 1_000_001, 1 << 24, (1 << 24) + 1, 50_000_003, FileSystemImage.SIZE
  };

  @TempDir Path directory;

  private ServiceProcess doorbell;
  private Path source;

  @BeforeEach
  void make() throws IOException {
    source = FileSystemImage.make(directory, 20260101);
    assertEquals(FileSystemImage.SIZE, Files.size(source));
  }

  @AfterEach
  void kill() {
    if (doorbell != null) {
      doorbell.close();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {4096, 512})
  void survivesUploadDownloadAndRestart(int blockSize) throws IOException {
    Path image = directory.resolve("drive.img");
    String drive = "emulated:" + image + "?size=64MiB&lba_size=" + blockSize;
    doorbell = ServiceProcess.serve(directory, "--drive", drive);
    upload();

    String expected = sha256(source);
    Path whole = directory.resolve("whole.img");
    for (String version : new String[] {"--http2-prior-knowledge", "--http1.1"}) {
      curl(version, "-f", "-o", whole, doorbell.data());
      assertEquals(expected, sha256(whole), version);
      assertEquals(expected, sha256(downloadInRanges(version)), version);
    }
    Tool.E2FSCK.run("-fn", whole).ok();

    doorbell.stop();
    assertEquals(-1, Files.mismatch(source, image), "the drive's image is the uploaded one");

    doorbell = ServiceProcess.serve(directory, "--drive", drive);
    curl("--http2-prior-knowledge", "-f", "-o", whole, doorbell.data());
    assertEquals(expected, sha256(whole));
    doorbell.stop();
    assertEquals(-1, Files.mismatch(source, image), "reading changed nothing");
  }

  @Test
  void qemuReadsItByItsCurlDriver() throws IOException {
    Path image = directory.resolve("drive.img");
    Files.copy(source, image);
    doorbell = ServiceProcess.serve(directory, "--drive", "emulated:" + image + "?lba_size=512");

    Path plain = directory.resolve("plain.raw");
    Tool.QEMU_IMG.run("convert", "-m", ONE, "-f", "raw", "-O", "raw", doorbell.data(), plain).ok();
    assertEquals(-1, Files.mismatch(source, plain));

    Path json = directory.resolve("json.raw");
    String options =
        "json:{\"driver\":\"raw\",\"file\":{\"driver\":\"http\",\"url\":\"%s\",\"readahead\":4096}}"
            .formatted(doorbell.data());
    Tool.QEMU_IMG.run("convert", "-m", ONE, "-O", "raw", options, json).ok();
    assertEquals(-1, Files.mismatch(source, json));
    doorbell.stop();
  }

  private void upload() throws IOException {
    try (InputStream in = Files.newInputStream(source)) {
      int begin = 0;
      for (int end : ENDS) {
        Path part = Files.write(directory.resolve("part"), in.readNBytes(end - begin));
        String range = begin + "-" + (end - 1);
        String status =
            curl(
                "--http2-prior-knowledge",
                "-T",
                part,
                "-r",
                range,
                "-w",
                "%{http_version} %{http_code}",
                doorbell.data());
        assertEquals("2 204", status, range);
        begin = end;
      }
    }
  }

  private Path downloadInRanges(String version) throws IOException {
    Path joined = directory.resolve("joined.img");
    Files.deleteIfExists(joined);
    Files.createFile(joined);
    Path part = directory.resolve("part");
    int begin = 0;
    for (int end : ENDS) {
      String range = begin + "-" + (end - 1);
      String status = curl(version, "-r", range, "-o", part, "-w", "%{http_code}", doorbell.data());
      assertEquals("206", status, range);
      Files.write(joined, Files.readAllBytes(part), java.nio.file.StandardOpenOption.APPEND);
      begin = end;
    }
    return joined;
  }

  private static String curl(Object... arguments) {
    Object[] all = new Object[arguments.length + 1];
    all[0] = "-sS";
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    return Tool.CURL.run(all).ok();
  }

  private static String sha256(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] buffer = new byte[1 << 16];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        digest.update(buffer, 0, n);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
