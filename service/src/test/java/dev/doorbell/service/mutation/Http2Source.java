package dev.doorbell.service.mutation;

import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;

/**
 * Sends mutated requests over HTTP/2, one at a time, each followed by a PING.
 *
 * <p>Most say something odd in frames that are right; then the connection goes on. Of others the
 * frames are mutated; then it is ended, as nobody knows what the service took them for.
 */
final class Http2Source implements Source {
  /** A range that no mutation of a few bytes moves into the drive. */
  private static final String FAR = "bytes 777777777777000-777777777777511/*";

  private final int port;
  private final Random random;
  private final Mutator mutator;
  private final FuzzedDrive drive;
  private final DefaultHttp2HeadersEncoder encoder = Http2.encoder();
  private Wire wire;
  private Http2Answers answers;
  private int stream;

  Http2Source(int port, FuzzedDrive drive, Random random) {
    this.port = port;
    this.drive = drive;
    this.random = random;
    this.mutator = new Mutator(random);
  }

  @Override
  public void exchange(int number, Tally tally) throws IOException {
    MutableRequest request = Seeds.any(drive.namespace(), FuzzedDrive.CAPACITY, random);
    boolean framed = random.nextInt(4) > 0;
    boolean unchanging;
    if (framed) {
      mutator.values(request);
      unchanging = request.isSafe();
    } else {
      if (!request.isSafe() && random.nextBoolean()) {
        request =
            new MutableRequest("PUT", request.target)
                .with("Content-Range", FAR)
                .body(new byte[512]);
      }
      unchanging = request.isSafe() || request.headers.stream().anyMatch(h -> h[1].equals(FAR));
    }
    if (wire == null || stream > 2000) {
      connect();
    }
    byte[] bytes = frames(request);
    if (!framed) {
      bytes = mutator.bytes(random.nextBoolean() ? bytes : Http1.join(oddity(), bytes));
    }
    try {
      exchange(number, request, bytes, framed, unchanging, tally);
    } catch (AssertionError e) {
      throw new AssertionError(
          "request %d, %s: %s".formatted(number, request, Mutator.text(bytes)), e);
    }
  }

  private void connect() throws IOException {
    close();
    wire = new Wire(port);
    answers = new Http2Answers(wire);
    stream = 1;
    wire.send(Http2.opening());
  }

  private void exchange(
      int number,
      MutableRequest request,
      byte[] bytes,
      boolean framed,
      boolean unchanging,
      Tally tally)
      throws IOException {
    wire.patient(framed);
    boolean head = request.method.equals("HEAD");
    if (!framed) {
      answers.allowStrays(head);
    }
    Http2Answers.Stream answer = answers.open(stream, head);
    wire.send(bytes);
    byte[] payload = ByteBuffer.allocate(8).putLong(number).array();
    wire.send(Http2.frame(Http2.PING, 0, 0, payload));
    boolean open = true;
    while (open && !(answer.done() && answers.pong() == number)) {
      open = answers.next();
    }
    assertNotEquals(500, answer.status(), answer::text);
    tally.add("HTTP/2 " + outcome(answer));
    boolean refused = framed && answer.complete() && answer.status() >= 300;
    if (refused || unchanging) {
      drive.assertUnchanged(answer.text());
    } else {
      drive.mayHaveChanged();
    }
    answers.forget(stream);
    stream += 2;
    if (!open || !framed || answers.goingAway()) {
      close();
    }
  }

  private static String outcome(Http2Answers.Stream answer) {
    if (answer.complete()) {
      return Integer.toString(answer.status());
    }
    return answer.done() ? "reset" : "closed";
  }

  /** The request's frames, cut in one of many allowed ways. */
  private byte[] frames(MutableRequest request) {
    ByteArrayOutputStream frames = new ByteArrayOutputStream();
    byte[] block = Http2.headers(encoder, stream, request);
    boolean body = request.body.length > 0;
    int cut = random.nextInt(4) == 0 ? random.nextInt(block.length + 1) : block.length;
    int end = body ? 0 : Http2.END_STREAM;
    int last = cut == block.length ? Http2.END_HEADERS : 0;
    frames.writeBytes(Http2.frame(Http2.HEADERS, end | last, stream, Arrays.copyOf(block, cut)));
    if (last == 0) {
      byte[] rest = Arrays.copyOfRange(block, cut, block.length);
      frames.writeBytes(Http2.frame(Http2.CONTINUATION, Http2.END_HEADERS, stream, rest));
    }
    for (int at = 0; body; ) {
      int length = Math.min(request.body.length - at, random.nextInt(2000));
      byte[] part = Arrays.copyOfRange(request.body, at, at + length);
      at += length;
      body = at < request.body.length;
      int flags = body ? 0 : Http2.END_STREAM;
      if (random.nextInt(8) == 0) {
        int padding = random.nextInt(256);
        byte[] padded = new byte[1 + length + padding];
        padded[0] = (byte) padding;
        System.arraycopy(part, 0, padded, 1, length);
        part = padded;
        flags |= Http2.PADDED;
      }
      frames.writeBytes(Http2.frame(Http2.DATA, flags, stream, part));
    }
    return frames.toByteArray();
  }

  /** A frame that has no place there, or nearly. */
  private byte[] oddity() {
    byte[] payload = new byte[random.nextInt(20)];
    random.nextBytes(payload);
    int on = random.nextInt(3) == 0 ? 0 : random.nextInt(2 * stream + 2);
    return Http2.frame(random.nextInt(12), random.nextInt(256), on, payload);
  }

  @Override
  public void close() throws IOException {
    if (wire != null) {
      wire.close();
      wire = null;
    }
  }
}
