package dev.doorbell.emulated;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.doorbell.device.DeviceException;
import dev.doorbell.linux.Errno;
import dev.doorbell.linux.NativeFile;
import dev.doorbell.nvme.spec.NvmOpcode;
import dev.doorbell.nvme.spec.Status;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FileStoreTest {
  private static final int SIZE = 1 << 20;

  @TempDir Path directory;

  private Path image() {
    return directory.resolve("disk.img");
  }

  private FileStore open() {
    return FileStore.open(FileStore.Options.sized(image(), SIZE, 512));
  }

  private static void assertRefused(FileStore.Options options, String... parts) {
    String message =
        assertThrows(DeviceException.class, () -> FileStore.open(options)).getMessage();
    for (String part : parts) {
      assertTrue(message.contains(part), message);
    }
  }

  @ParameterizedTest
  @CsvSource({"512, INLINE", "4096, INLINE", "512, MANUAL", "4096, MANUAL"})
  void readsBackWhatWasWrittenAlsoAfterReopening(int blockSize, ProcessingMode mode) {
    var options = FileStore.Options.sized(image(), SIZE, blockSize);
    try (RawHost host =
        RawHost.started(RawHost.config(FileStore.open(options), blockSize).mode(mode))) {
      RawHost.Pair io = host.createPair(1, 16);
      host.fillData(0, 8192, 1);
      long page2 = host.dataIova + 4096;
      int blocks = 8192 / blockSize;
      assertEquals(Status.SUCCESS, io.write(1, blocks, host.dataIova, page2, 0));
      assertEquals(Status.SUCCESS, io.flush(1));
      host.fillData(0, 4096, 2);
      assertEquals(
          Status.SUCCESS, io.write(100, 4096 / blockSize, host.dataIova, 0, NvmOpcode.CDW12_FUA));
      assertEquals(
          Status.SUCCESS, io.read(1, blocks, host.dataIova + 65536, host.dataIova + 65536 + 4096));
      host.assertData(65536, 8192, 1);
    }
    try (RawHost host =
        RawHost.started(
            RawHost.config(
                    FileStore.open(FileStore.Options.existing(image(), blockSize)), blockSize)
                .mode(mode))) {
      RawHost.Pair io = host.createPair(1, 16);
      assertEquals(Status.SUCCESS, io.read(100, 4096 / blockSize, host.dataIova, 0));
      host.assertData(0, 4096, 2);
    }
  }

  @Test
  void createsASparseImageOfTheSizeAskedFor() throws IOException {
    FileStore.open(FileStore.Options.sized(image(), 1L << 40, 4096)).close();
    assertEquals(1L << 40, Files.size(image()));
  }

  @Test
  void missingImageNeedsASize() {
    assertRefused(FileStore.Options.existing(image(), 512), "does not exist", "give a size");
    assertRefused(FileStore.Options.sized(image(), SIZE, 512).asReadOnly(), "read-only");
    assertFalse(Files.exists(image()));
    assertRefused(FileStore.Options.sized(directory.resolve("no/disk.img"), SIZE, 512), "ENOENT");
  }

  @Test
  void sizesThatDoNotFitAreRefused() throws IOException {
    assertRefused(FileStore.Options.sized(image(), 1000, 512), "1000", "multiple", "512");
    assertFalse(Files.exists(image()));
    Files.write(image(), new byte[1536]);
    assertRefused(FileStore.Options.sized(image(), 1024, 512), "1536", "1024");
    assertRefused(FileStore.Options.existing(image(), 4096), "1536", "4096");
    FileStore.open(FileStore.Options.existing(image(), 512)).close();
    FileStore.open(FileStore.Options.sized(image(), 1536, 512)).close();
    Files.write(image(), new byte[0]);
    assertRefused(FileStore.Options.existing(image(), 512), "0 bytes");
  }

  @Test
  void onlyRegularFilesAreImages() throws Exception {
    assertRefused(FileStore.Options.existing(directory, 512), "not a regular file");
    assertRefused(FileStore.Options.existing(Path.of("/dev/null"), 512), "not a regular file");
    run("mkfifo", image().toString());
    assertRefused(FileStore.Options.existing(image(), 512), "not a regular file");
    assertRefused(FileStore.Options.existing(image(), 512).asReadOnly(), "not a regular file");
  }

  @Test
  void imageInUseIsRefused() {
    try (FileStore first = open()) {
      assertEquals(SIZE, first.size());
      assertRefused(FileStore.Options.existing(image(), 512), "in use by another process");
      assertRefused(
          FileStore.Options.existing(image(), 512).asReadOnly(), "in use by another process");
    }
    var readOnly = FileStore.Options.existing(image(), 512).asReadOnly();
    try (FileStore one = FileStore.open(readOnly);
        FileStore two = FileStore.open(readOnly)) {
      assertTrue(one.readOnly() && two.readOnly());
      assertRefused(FileStore.Options.existing(image(), 512), "in use by another process");
    }
    open().close();
  }

  @Test
  void imageLockedByAnotherProcessIsRefused() throws Exception {
    open().close();
    Process holder =
        new ProcessBuilder("flock", "-x", image().toString(), "sh", "-c", "echo locked; read x")
            .start();
    try {
      assertEquals("locked", holder.inputReader().readLine());
      assertRefused(FileStore.Options.existing(image(), 512), "in use by another process");
    } finally {
      holder.getOutputStream().close();
      assertTrue(holder.waitFor(10, TimeUnit.SECONDS));
    }
    open().close();
  }

  @Test
  void readOnlyImageIsWriteProtected() {
    open().close();
    FileStore store = FileStore.open(FileStore.Options.existing(image(), 512).asReadOnly());
    try (RawHost host = RawHost.started(RawHost.config(store, 512))) {
      RawHost.Pair io = host.createPair(1, 16);
      assertEquals(
          Status.NAMESPACE_WRITE_PROTECTED, Status.code(io.write(0, 1, host.dataIova, 0, 0)));
      assertEquals(Status.SUCCESS, io.read(0, 1, host.dataIova, 0));
      assertEquals(Status.SUCCESS, io.flush(1));
    }
  }

  @Test
  void imageOnAReadOnlyFileSystemSaysToUseReadonly() throws Exception {
    Path mount = mountTmpfs("size=1m");
    try {
      Path image = mount.resolve("disk.img");
      Files.write(image, new byte[4096]);
      run("mount", "-o", "remount,ro", mount.toString());
      assertRefused(FileStore.Options.existing(image, 512), "EROFS", "use readonly");
      FileStore.open(FileStore.Options.existing(image, 512).asReadOnly()).close();
    } finally {
      run("umount", mount.toString());
    }
  }

  @Test
  void shrunkImageFailsReadsAndIsNotGrownAgain() throws IOException {
    try (RawHost host = RawHost.started(RawHost.config(open(), 512))) {
      RawHost.Pair io = host.createPair(1, 16);
      assertEquals(Status.SUCCESS, io.write(100, 1, host.dataIova, 0, 0));
      truncate(SIZE / 2);
      assertEquals(Status.SUCCESS, io.read(0, 1, host.dataIova, 0));
      assertEquals(
          Status.UNRECOVERED_READ_ERROR, Status.code(io.read(SIZE / 512 - 1, 1, host.dataIova, 0)));
      assertEquals(Status.WRITE_FAULT, Status.code(io.write(0, 1, host.dataIova, 0, 0)));
      assertEquals(
          Status.WRITE_FAULT, Status.code(io.write(SIZE / 512 - 1, 1, host.dataIova, 0, 0)));
      assertEquals(Status.WRITE_FAULT, Status.code(io.flush(1)));
      assertEquals(SIZE / 2, Files.size(image()));
      truncate(SIZE);
      assertEquals(Status.SUCCESS, io.write(0, 1, host.dataIova, 0, 0));
    }
  }

  private void truncate(long size) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(image().toFile(), "rw")) {
      file.setLength(size);
    }
  }

  @Test
  void fullDiskIsCapacityExceededUntilThereIsRoom() throws Exception {
    Path mount = mountTmpfs("size=256k");
    try {
      Path other = mount.resolve("other");
      Files.write(other, new byte[192 << 10]);
      FileStore store =
          FileStore.open(FileStore.Options.sized(mount.resolve("disk.img"), SIZE, 4096));
      try (RawHost host = RawHost.started(RawHost.config(store, 4096))) {
        RawHost.Pair io = host.createPair(1, 16);
        int status = Status.SUCCESS;
        long lba = 0;
        while (status == Status.SUCCESS && lba < SIZE / 4096) {
          status = io.write(lba++, 1, host.dataIova, 0, 0);
        }
        assertEquals(Status.CAPACITY_EXCEEDED, status);
        assertEquals(Status.SUCCESS, io.flush(1));
        Files.delete(other);
        assertEquals(Status.SUCCESS, io.write(lba - 1, 1, host.dataIova, 0, 0));
        assertEquals(Status.SUCCESS, io.write(lba, 1, host.dataIova, 0, NvmOpcode.CDW12_FUA));
      }
    } finally {
      run("umount", mount.toString());
    }
  }

  @Test
  void failedSyncFailsAllThatFollowsUntilReopened() {
    AtomicInteger result = new AtomicInteger();
    AtomicInteger syncs = new AtomicInteger();
    FileStore store =
        FileStore.open(
            FileStore.Options.sized(image(), SIZE, 512),
            file -> {
              syncs.incrementAndGet();
              return result.get();
            });
    try (RawHost host = RawHost.started(RawHost.config(store, 512))) {
      RawHost.Pair io = host.createPair(1, 16);
      assertEquals(Status.SUCCESS, io.flush(1));
      result.set(-Errno.EIO);
      assertEquals(Status.SUCCESS, io.write(0, 1, host.dataIova, 0, 0));
      assertEquals(Status.WRITE_FAULT | Status.DNR, io.flush(1));
      result.set(0);
      assertEquals(Status.WRITE_FAULT | Status.DNR, io.flush(1));
      assertEquals(Status.WRITE_FAULT | Status.DNR, io.write(0, 1, host.dataIova, 0, 0));
      assertEquals(Status.SUCCESS, io.read(0, 1, host.dataIova, 0));
      assertEquals(2, syncs.get(), "a later sync must not be taken for a success");
    }
    try (FileStore again =
        FileStore.open(FileStore.Options.existing(image(), 512), NativeFile::dataSync)) {
      assertEquals(Status.SUCCESS, again.flush());
    }
  }

  @Test
  void unitAccessAndADisabledCacheSyncEachWrite() {
    AtomicInteger syncs = new AtomicInteger();
    FileStore store =
        FileStore.open(
            FileStore.Options.sized(image(), SIZE, 512),
            file -> {
              syncs.incrementAndGet();
              return 0;
            });
    try (RawHost host = RawHost.started(RawHost.config(store, 512))) {
      RawHost.Pair io = host.createPair(1, 16);
      io.write(0, 1, host.dataIova, 0, 0);
      assertEquals(0, syncs.get());
      io.write(0, 1, host.dataIova, 0, NvmOpcode.CDW12_FUA);
      assertEquals(1, syncs.get());
      io.flush(-1);
      assertEquals(2, syncs.get());
      // Set Features, Volatile Write Cache off: what is cached becomes durable at once.
      assertEquals(Status.SUCCESS, host.admin(0x09, 0, 0, 0x06).status());
      assertEquals(3, syncs.get());
      io.write(0, 1, host.dataIova, 0, 0);
      assertEquals(4, syncs.get());
      assertEquals(Status.SUCCESS, host.admin(0x09, 0, 0, RawHost.dw10(0x06, 1)).status());
      io.write(0, 1, host.dataIova, 0, 0);
      assertEquals(4, syncs.get());
    }
  }

  /** A small file system of its own; the test is skipped where that is not allowed. */
  private Path mountTmpfs(String options) throws Exception {
    Path mount = Files.createDirectory(directory.resolve("mnt"));
    Process process =
        new ProcessBuilder("mount", "-t", "tmpfs", "-o", options, "none", mount.toString())
            .redirectErrorStream(true)
            .start();
    process.getInputStream().readAllBytes();
    assumeTrue(process.waitFor() == 0, "mounting is not allowed here");
    return mount;
  }

  private static void run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes());
    assertEquals(0, process.waitFor(), output);
  }
}
