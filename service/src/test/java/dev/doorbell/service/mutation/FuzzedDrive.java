package dev.doorbell.service.mutation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;

/** The drive of one source of requests: its image, and what that must still hold. */
final class FuzzedDrive implements AutoCloseable {
  static final int CAPACITY = 64 << 10;

  private final String name;
  private final FileChannel image;
  private final int port;
  private final byte[] expected = new byte[CAPACITY];
  private final ByteBuffer found = ByteBuffer.allocateDirect(CAPACITY);
  private Wire observer;

  /** Opens the image, which the service has open too, and fills it. */
  FuzzedDrive(String name, Path image, int port, Random random) throws IOException {
    this.name = name;
    this.port = port;
    this.image = FileChannel.open(image, StandardOpenOption.READ, StandardOpenOption.WRITE);
    random.nextBytes(expected);
    this.image.write(ByteBuffer.wrap(expected), 0);
  }

  String namespace() {
    return name + "n1";
  }

  /** Fails if the drive holds anything else than before. */
  void assertUnchanged(Object why) throws IOException {
    load();
    int at = found.mismatch(ByteBuffer.wrap(expected));
    if (at >= 0) {
      throw new AssertionError("changed from byte " + at + " on by what was refused: " + why);
    }
  }

  /** Takes what is there for what is to be there, once nothing is in flight. */
  void mayHaveChanged() throws IOException {
    awaitIdle();
    load();
    found.get(expected).flip();
  }

  private void load() throws IOException {
    found.clear();
    while (found.hasRemaining()) {
      assertEquals(true, image.read(found, found.position()) > 0, "the image is cut off");
    }
    found.flip();
  }

  private void awaitIdle() throws IOException {
    long deadline = System.nanoTime() + 30_000_000_000L;
    int inFlight = -1;
    while (inFlight != 0) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError(namespace() + " still has " + inFlight + " requests in flight");
      }
      inFlight = statistics().getInteger("in_flight");
    }
  }

  private JsonObject statistics() throws IOException {
    if (observer == null) {
      observer = new Wire(port);
      observer.patient(true);
    }
    observer.send(
        Http1.bytes(new MutableRequest("GET", "/v1/namespaces/" + namespace() + "/statistics")));
    Http1.Answer answer = Http1.read(observer, false);
    if (answer == null) {
      observer.close();
      observer = null;
      return statistics();
    }
    assertEquals(200, answer.status(), answer::text);
    return new JsonObject(answer.text());
  }

  @Override
  public void close() throws IOException {
    image.close();
    if (observer != null) {
      observer.close();
    }
  }
}
