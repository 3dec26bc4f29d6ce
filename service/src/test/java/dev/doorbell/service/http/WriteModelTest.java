package dev.doorbell.service.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.vertx.core.Future;
import io.vertx.core.http.HttpVersion;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A namespace is an array of bytes, whatever its blocks and commands are. */
class WriteModelTest {
  private static final int CAPACITY = 1 << 20;
  private static final int OPERATIONS = 4000;

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(ints = {512, 4096})
  void behavesLikeAnArrayOfBytesInMemory(int blockSize) {
    compare("emulated:memory?size=1MiB&lba_size=" + blockSize, blockSize);
  }

  @ParameterizedTest
  @ValueSource(ints = {512, 4096})
  void behavesLikeAnArrayOfBytesInAnImage(int blockSize) {
    String image = directory.resolve("disk.img").toString();
    compare("emulated:" + image + "?size=1MiB&lba_size=" + blockSize, blockSize);
  }

  private void compare(String drive, int blockSize) {
    Random random = Seeded.random("WriteModelTest " + blockSize);
    byte[] model = new byte[CAPACITY];
    try (TestService service = TestService.start(drive, "queue.transfer=16KiB")) {
      Client[] clients = {service.client(HttpVersion.HTTP_2), service.client(HttpVersion.HTTP_1_1)};
      for (int i = 0; i < OPERATIONS; i++) {
        Client client = clients[random.nextInt(2)];
        int length = length(random, blockSize);
        int offset = random.nextInt(CAPACITY - length + 1);
        if (random.nextInt(4) == 0) {
          offset = offset / blockSize * blockSize;
        }
        int end = offset + length;
        String range = offset + "-" + (end - 1);
        if (random.nextInt(3) == 0) {
          byte[] read = client.range(range).expect(206).body();
          assertArrayEquals(Arrays.copyOfRange(model, offset, end), read, range);
        } else {
          byte[] body = new byte[length];
          random.nextBytes(body);
          write(client, random.nextInt(4), body, "bytes " + range + "/*");
          System.arraycopy(body, 0, model, offset, length);
        }
      }
      assertArrayEquals(model, clients[0].get(Client.DATA).body());
      service.awaitIdle();
    }
  }

  private static void write(Client client, int how, byte[] body, String range) {
    Answer answer =
        switch (how) {
          case 0 -> client.putOfUnknownLength(body, "Content-Range", range);
          case 1 -> client.put(body, "Content-Range", range, "Prefer", "durability=volatile");
          default -> client.put(body, "Content-Range", range);
        };
    answer.expect(204);
  }

  /** Mostly about a block, sometimes many commands. */
  private static int length(Random random, int blockSize) {
    return switch (random.nextInt(8)) {
      case 0 -> 1 + random.nextInt(16);
      case 1 -> blockSize;
      case 2 -> blockSize * (1 + random.nextInt(8));
      case 3 -> 1 + random.nextInt(200_000);
      default -> 1 + random.nextInt(3 * blockSize);
    };
  }

  /** Two connections, so on two loops where there are two. */
  @Test
  void concurrentWritesToTheSameBlocksLoseNothing() {
    int writers = 8;
    int piece = 100;
    int rounds = 40;
    int pieces = 64;
    Random random = Seeded.random("WriteModelTest concurrent");
    try (TestService service = TestService.start(TestService.MEMORY_1_MIB, "loops=2")) {
      Client[] clients = {
        service.client(HttpVersion.HTTP_2),
        service.client(HttpVersion.HTTP_2),
        service.client(HttpVersion.HTTP_1_1)
      };
      byte[] model = new byte[writers * pieces * piece];
      for (int round = 0; round < rounds; round++) {
        List<Future<Answer>> answers = new ArrayList<>();
        for (int i = 0; i < pieces; i++) {
          // Neighbouring pieces share blocks and are written at the same time.
          int offset = (random.nextInt(writers) * pieces + i) * piece;
          byte[] body = new byte[piece];
          random.nextBytes(body);
          System.arraycopy(body, 0, model, offset, piece);
          String range = "bytes " + offset + "-" + (offset + piece - 1) + "/*";
          answers.add(clients[i % clients.length].putAsync(body, "Content-Range", range));
        }
        answers.forEach(a -> Client.await(a).expect(204));
      }
      byte[] read = clients[0].range("0-" + (model.length - 1)).expect(206).body();
      assertArrayEquals(model, read);
      service.awaitIdle();
    }
  }
}
