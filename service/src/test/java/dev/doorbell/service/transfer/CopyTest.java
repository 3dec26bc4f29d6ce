package dev.doorbell.service.transfer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.doorbell.linux.NativeFile;
import dev.doorbell.service.client.ClientOptions;
import dev.doorbell.service.client.Completion;
import dev.doorbell.service.client.DoorbellClient;
import dev.doorbell.service.client.Durability;
import dev.doorbell.service.client.RemoteNamespace;
import dev.doorbell.service.http.TestService;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Copies between files and a namespace of a real service, compared byte by byte. */
class CopyTest {
  private static final int CAPACITY = 8 << 20;
  private static final TransferOptions OPTIONS = new TransferOptions(64 << 10, 4, false, false);
  private static final TransferOptions RESUME = new TransferOptions(64 << 10, 4, true, false);

  @TempDir Path directory;

  private final Random random = new Random(7);
  private TestService service;
  private DoorbellClient client;
  private RemoteNamespace namespace;

  @BeforeEach
  void start() throws Exception {
    service = TestService.start("emulated:memory?size=8MiB&lba_size=512");
    client =
        DoorbellClient.open(ClientOptions.of(URI.create("http://127.0.0.1:" + service.port())));
    namespace = Completion.await(client.namespace("nvme0n1"));
  }

  @AfterEach
  void stop() {
    client.close();
    service.close();
  }

  private byte[] random(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private byte[] content(int length) throws IOException {
    ByteBuffer into = ByteBuffer.allocate(length);
    Completion.await(namespace.read(0, into));
    return into.array();
  }

  private void fill(byte[] bytes) throws IOException {
    Completion.await(namespace.write(0, ByteBuffer.wrap(bytes), Durability.VOLATILE));
  }

  private Progress copy(Endpoint source, Endpoint target, TransferOptions options)
      throws IOException {
    try (source;
        target) {
      Progress progress = new Progress(source.size());
      new Copy(source, target, options, progress).run();
      assertEquals(progress.total(), progress.done());
      return progress;
    }
  }

  private NamespaceEndpoint namespace() {
    return new NamespaceEndpoint(namespace);
  }

  private OptionalLong compare(Path source) throws IOException {
    try (FileEndpoint file = FileEndpoint.source(source)) {
      Progress progress = new Progress(file.size());
      return new Comparison(file, namespace(), OPTIONS, progress).run();
    }
  }

  /** A file of {@code size} with data at 1 MiB + 5 and 4 MiB, and nothing else. */
  private byte[] sparse(Path file, int size) throws IOException {
    byte[] expected = new byte[size];
    try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
      out.setLength(size);
      for (int at : new int[] {(1 << 20) + 5, 4 << 20}) {
        byte[] data = random(100_000);
        out.seek(at);
        out.write(data);
        System.arraycopy(data, 0, expected, at, data.length);
      }
    }
    return expected;
  }

  @Test
  void copiesAFileOfAnyLengthAndLeavesWhatFollows() throws Exception {
    byte[] old = random(CAPACITY);
    fill(old);
    byte[] data = random(3_000_001);
    Path file = Files.write(directory.resolve("a"), data);

    Progress progress = copy(FileEndpoint.source(file), namespace(), OPTIONS);

    assertEquals(data.length, progress.written());
    byte[] now = content(CAPACITY);
    assertArrayEquals(data, Arrays.copyOf(now, data.length));
    assertArrayEquals(
        Arrays.copyOfRange(old, data.length, CAPACITY),
        Arrays.copyOfRange(now, data.length, CAPACITY));
    assertEquals(OptionalLong.empty(), compare(file));
  }

  @Test
  void holesOfAFileReplaceWhatTheNamespaceHeld() throws Exception {
    fill(random(CAPACITY));
    Path file = directory.resolve("sparse");
    byte[] expected = sparse(file, 6 << 20);

    Progress progress = copy(FileEndpoint.source(file), namespace(), OPTIONS);

    assertArrayEquals(expected, content(expected.length));
    assertTrue(progress.zeros() > 5 << 20, () -> "zeros: " + progress.zeros());
    assertTrue(progress.written() < 1 << 20, () -> "written: " + progress.written());
  }

  @Test
  void zerosOfANamespaceBecomeHoles() throws Exception {
    fill(new byte[CAPACITY]);
    byte[] data = random(10_000);
    Completion.await(namespace.write(2_000_000, ByteBuffer.wrap(data), Durability.VOLATILE));
    // What was there before is gone, also where nothing is written.
    Path file = Files.write(directory.resolve("out"), random(CAPACITY + 1000));

    copy(namespace(), FileEndpoint.target(file), OPTIONS);

    assertArrayEquals(content(CAPACITY), Files.readAllBytes(file));
    assertTrue(allocated(file) <= 64 << 10, () -> "allocated: " + allocated(file));
  }

  /** Bytes of a file that are no holes. */
  private static long allocated(Path file) {
    long sum = 0;
    try (NativeFile look = NativeFile.open(file.toString(), NativeFile.O_RDONLY, 0)) {
      long size = look.size();
      for (long at = look.nextData(0); at >= 0 && at < size; ) {
        long end = look.nextHole(at);
        sum += end - at;
        at = look.nextData(end);
      }
    }
    return sum;
  }

  @Test
  void sparseFilesStaySparseFromFileToFile() throws Exception {
    Path from = directory.resolve("from");
    byte[] expected = sparse(from, 6 << 20);
    Path to = directory.resolve("to");

    copy(FileEndpoint.source(from), FileEndpoint.target(to), OPTIONS);

    assertArrayEquals(expected, Files.readAllBytes(to));
    assertTrue(allocated(to) < 300_000, () -> "allocated: " + allocated(to));
  }

  @Test
  void goingOnWritesOnlyWhatDiffers() throws Exception {
    byte[] data = random(4 << 20);
    Path file = Files.write(directory.resolve("a"), data);
    byte[] half = data.clone();
    Arrays.fill(half, 1 << 20, 2 << 20, (byte) 9);
    fill(half);

    Progress progress = copy(FileEndpoint.source(file), namespace(), RESUME);

    assertEquals(1 << 20, progress.written());
    assertEquals(3 << 20, progress.same());
    assertArrayEquals(data, content(data.length));
  }

  @Test
  void goingOnWithAFileReplacesOldBytesByHoles() throws Exception {
    byte[] data = new byte[CAPACITY];
    System.arraycopy(random(500_000), 0, data, 3 << 20, 500_000);
    fill(data);
    Path file = Files.write(directory.resolve("out"), random(5 << 20));

    copy(namespace(), FileEndpoint.target(file), RESUME);

    assertArrayEquals(data, Files.readAllBytes(file));
    assertTrue(allocated(file) < 600_000, () -> "allocated: " + allocated(file));
  }

  @Test
  void findsTheFirstOfSeveralDifferences() throws Exception {
    byte[] data = random(4 << 20);
    Path file = Files.write(directory.resolve("a"), data);
    fill(data);
    assertEquals(OptionalLong.empty(), compare(file));
    for (int at : new int[] {3_500_000, 2_345_678, 4_000_000}) {
      data[at]++;
    }
    fill(data);
    assertEquals(OptionalLong.of(2_345_678), compare(file));
  }

  @Test
  void findsADifferenceInAHole() throws Exception {
    Path file = directory.resolve("sparse");
    byte[] data = sparse(file, 6 << 20);
    data[5_555_555] = 1;
    fill(data);
    assertEquals(OptionalLong.of(5_555_555), compare(file));
  }

  @Test
  void refusesWhatDoesNotFitBeforeItWritesAnything() throws Exception {
    byte[] old = random(CAPACITY);
    fill(old);
    Path file = Files.write(directory.resolve("a"), random(CAPACITY + 1));

    IOException e =
        assertThrows(
            IOException.class, () -> copy(FileEndpoint.source(file), namespace(), OPTIONS));

    assertTrue(e.getMessage().contains("8388608"), e.getMessage());
    assertArrayEquals(old, content(CAPACITY));
  }

  @Test
  void endsWithTheFirstFailure() throws Exception {
    Path file = Files.write(directory.resolve("a"), random(4 << 20));
    FileEndpoint source = FileEndpoint.source(file);
    Progress progress = new Progress(source.size());
    try (source;
        RandomAccessFile shorter = new RandomAccessFile(file.toFile(), "rw")) {
      shorter.setLength(1 << 20);
      Endpoint cut = new FixedExtent(source, progress.total());
      IOException e =
          assertThrows(
              IOException.class, () -> new Copy(cut, namespace(), OPTIONS, progress).run());
      assertTrue(e.getMessage().contains("became shorter"), e.getMessage());
    }
  }
}
