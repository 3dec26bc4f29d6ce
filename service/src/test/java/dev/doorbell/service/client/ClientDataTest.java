package dev.doorbell.service.client;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.doorbell.service.http.TestService;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is written through the client is what is read through it, against a real service. */
class ClientDataTest {
  private static final int CAPACITY = 8 << 20;
  private static TestService service;

  @BeforeAll
  static void start() {
    service = TestService.start("emulated:memory?size=8MiB&lba_size=512");
  }

  @AfterAll
  static void stop() {
    service.close();
  }

  private static DoorbellClient client(boolean http1) {
    ClientOptions options = ClientOptions.of(URI.create("http://127.0.0.1:" + service.port()));
    return DoorbellClient.open(http1 ? options.withHttp1(8) : options);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void readsBackRandomWritesOfAnyAlignmentAndLength(boolean http1) throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    byte[] model = new byte[CAPACITY];
    try (DoorbellClient client = client(http1)) {
      RemoteNamespace namespace = Completion.await(client.namespace("nvme0n1"));
      random.nextBytes(model);
      Completion.await(namespace.write(0, ByteBuffer.wrap(model), Durability.DURABLE));
      for (int i = 0; i < 100; i++) {
        int length = 1 + random.nextInt(random.nextInt(10) == 0 ? 3 << 20 : 20_000);
        int offset = random.nextInt(CAPACITY - length + 1);
        if (random.nextBoolean()) {
          byte[] bytes = new byte[length];
          random.nextBytes(bytes);
          ByteBuffer from = random.nextBoolean() ? direct(bytes) : ByteBuffer.wrap(bytes);
          Completion.await(namespace.write(offset, from, Durability.VOLATILE));
          assertFalse(from.hasRemaining());
          System.arraycopy(bytes, 0, model, offset, length);
        } else {
          ByteBuffer into = ByteBuffer.allocate(length);
          Completion.await(namespace.read(offset, into));
          assertFalse(into.hasRemaining());
          assertArrayEquals(
              Arrays.copyOfRange(model, offset, offset + length),
              into.array(),
              () -> "seed " + seed);
        }
      }
    }
  }

  private static ByteBuffer direct(byte[] bytes) {
    return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
  }

  @Test
  void takesManyRequestsAtOnce() throws Exception {
    byte[] bytes = new byte[CAPACITY];
    new Random(1).nextBytes(bytes);
    try (DoorbellClient client = client(false)) {
      RemoteNamespace namespace = Completion.await(client.namespace("nvme0n1"));
      List<CompletableFuture<Void>> all = new ArrayList<>();
      for (int at = 0; at < CAPACITY; at += 16 << 10) {
        ByteBuffer part = ByteBuffer.wrap(bytes, at, 16 << 10);
        all.add(namespace.write(at, part, Durability.VOLATILE));
      }
      for (CompletableFuture<Void> each : all) {
        Completion.await(each);
      }
      ByteBuffer into = ByteBuffer.allocate(CAPACITY);
      Completion.await(namespace.read(0, into));
      assertArrayEquals(bytes, into.array());
    }
  }

  @Test
  void readsExtentsInTheOrderTheyAreNamed() throws Exception {
    byte[] bytes = new byte[1 << 20];
    Random random = new Random(2);
    random.nextBytes(bytes);
    try (DoorbellClient client = client(false)) {
      RemoteNamespace namespace = Completion.await(client.namespace("nvme0n1"));
      Completion.await(namespace.write(0, ByteBuffer.wrap(bytes), Durability.VOLATILE));
      List<Extent> extents = new ArrayList<>();
      ByteBuffer expected = ByteBuffer.allocate(4 << 20);
      for (int i = 0; i < 600; i++) {
        int length = 1 + random.nextInt(5000);
        int offset = random.nextInt(bytes.length - length);
        extents.add(new Extent(offset, length));
        expected.put(bytes, offset, length);
      }
      expected.flip();
      ByteBuffer into = ByteBuffer.allocateDirect(expected.limit());
      double queries = queries();
      Completion.await(namespace.read(extents, into));
      assertEquals(expected, into.flip());
      // 256 to a request.
      assertEquals(3, queries() - queries);
    }
  }

  private static double queries() {
    return service.metric("doorbell_http_requests_total", "method=\"QUERY\"");
  }

  @Test
  void isAChannel() throws Exception {
    try (DoorbellClient client = client(false)) {
      RemoteNamespace namespace = Completion.await(client.namespace("nvme0n1"));
      RemoteChannel channel = namespace.channel(Durability.DURABLE);
      assertEquals(CAPACITY, channel.size());
      assertEquals(5, channel.position(1000).write(ByteBuffer.wrap("hello".getBytes())));
      assertEquals(1005, channel.position());
      ByteBuffer into = ByteBuffer.allocate(5);
      assertEquals(5, channel.position(1000).read(into));
      assertEquals("hello", new String(into.array()));

      // At the end: a part, then no more.
      ByteBuffer more = ByteBuffer.allocate(10);
      assertEquals(4, channel.position(CAPACITY - 4).read(more));
      assertEquals(4, more.position());
      assertEquals(-1, channel.read(more));
      assertEquals(4, channel.position(CAPACITY - 4).write(ByteBuffer.allocate(10)));
      assertThrows(IOException.class, () -> channel.write(ByteBuffer.allocate(1)));
      assertThrows(IOException.class, () -> channel.truncate(1));
      assertEquals(CAPACITY, channel.truncate(CAPACITY + 1L).size());
      channel.close();
      assertFalse(channel.isOpen());
      assertThrows(ClosedChannelException.class, () -> channel.read(into));
    }
  }

  @Test
  void tellsWhatIsServed() throws Exception {
    try (DoorbellClient client = client(false)) {
      NamespaceInfo info = Completion.await(client.namespaces()).get(0);
      assertEquals("nvme0n1", info.name());
      assertEquals(CAPACITY, info.capacity());
      assertEquals(512, info.blockSize());
      assertFalse(info.readOnly() || info.zoned());
      assertTrue(info.members().containsKey("geometry"));
    }
  }
}
