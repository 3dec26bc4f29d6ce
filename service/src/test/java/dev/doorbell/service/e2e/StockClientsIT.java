package dev.doorbell.service.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Programs that people have, through what they have for HTTP: nbdkit's curl plugin makes a network
 * block device of the namespace, for everything that speaks NBD; QEMU's curl driver reads it.
 */
class StockClientsIT {
  private static final int SIZE = 16 << 20;

  @TempDir Path directory;

  private ServiceProcess doorbell;
  private Path image;
  private Path source;

  @BeforeEach
  void serve() throws IOException {
    byte[] content = new byte[SIZE];
    new Random(7).nextBytes(content);
    source = Files.write(directory.resolve("source"), content);
    image = directory.resolve("drive.img");
    doorbell =
        ServiceProcess.serve(
            directory, "--drive", "emulated:" + image + "?size=16MiB&lba_size=512");
  }

  @AfterEach
  void kill() {
    doorbell.close();
  }

  @Test
  void nbdcopyWritesAndReadsThroughNbdkit() throws IOException {
    nbdkit("nbdcopy '%s' \"$uri\"".formatted(source));
    Path copy = directory.resolve("copy");
    nbdkit("nbdcopy \"$uri\" '%s'".formatted(copy));
    assertEquals(-1, Files.mismatch(source, copy));
    doorbell.stop();
    assertEquals(-1, Files.mismatch(source, image));
  }

  /**
   * Blocks of many sizes in random order, each with a checksum of its own, read again and compared.
   */
  @Test
  void fioVerifiesWhatItWroteThroughNbdkit() {
    String report =
        nbdkit(
            "fio --name=verify --ioengine=nbd --uri=\"$uri\" --rw=randwrite --size=16m"
                + " --bsrange=512-64k --blockalign=512 --iodepth=8 --randseed=7"
                + " --io_size=8m --verify=crc32c --verify_fatal=1 --do_verify=1 --minimal");
    assertTrue(report.contains("verify"), report);
    assertTrue(doorbell.metric("doorbell_block_operations_total", "operation=\"write\"") > 200);
    assertTrue(doorbell.metric("doorbell_block_operations_total", "operation=\"read\"") > 200);
    doorbell.stop();
  }

  @Test
  void qemuWritesThroughNbdkitAndReadsByItsOwnDriver() throws IOException {
    nbdkit("qemu-img convert -n -f raw -O raw '%s' \"$uri\"".formatted(source));
    for (String pattern :
        new String[] {"0x11 4096 8192", "0xa5 1000000 3000", "0x5a 16776704 512"}) {
      String[] part = pattern.split(" ");
      nbdkit(
          "qemu-io -f raw -c 'write -P %s %s %s' -c flush \"$uri\""
              .formatted(part[0], part[1], part[2]));
      byte[] content = Files.readAllBytes(source);
      int from = Integer.parseInt(part[1]);
      int value = Integer.decode(part[0]);
      java.util.Arrays.fill(content, from, from + Integer.parseInt(part[2]), (byte) value);
      Files.write(source, content);
      String read = "read -P %s %s %s".formatted(part[0], part[1], part[2]);
      String output = Tool.QEMU_IO.run("-r", "-f", "raw", "-c", read, doorbell.data()).ok();
      assertTrue(!output.contains("failed"), output);
    }
    Path copy = directory.resolve("copy");
    Tool.QEMU_IMG.run("convert", "-m", "1", "-f", "raw", "-O", "raw", doorbell.data(), copy).ok();
    assertEquals(-1, Files.mismatch(source, copy));
    doorbell.stop();
    assertEquals(-1, Files.mismatch(source, image));
  }

  /** Runs a command with the namespace as the network block device {@code $uri}. */
  private String nbdkit(String command) {
    return Tool.NBDKIT.run("-U", "-", "curl", doorbell.data(), "--run", command).ok();
  }
}
