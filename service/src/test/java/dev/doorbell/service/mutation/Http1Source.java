package dev.doorbell.service.mutation;

import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Sends mutated requests over HTTP/1.1, one at a time.
 *
 * <p>Each is followed by a request whose answer names it, so that it is known which answers belong
 * to what was sent, however many requests the service took it for.
 */
final class Http1Source implements Source {
  private final int port;
  private final Random random;
  private final Mutator mutator;
  private final FuzzedDrive drive;
  private Wire wire;

  Http1Source(int port, FuzzedDrive drive, Random random) {
    this.port = port;
    this.drive = drive;
    this.random = random;
    this.mutator = new Mutator(random);
  }

  @Override
  public void exchange(int number, Tally tally) throws IOException {
    MutableRequest request = Seeds.any(drive.namespace(), FuzzedDrive.CAPACITY, random);
    boolean framed = random.nextInt(5) > 0;
    mutator.values(request);
    byte[] bytes = Http1.bytes(request);
    if (!framed) {
      bytes = mutator.bytes(bytes);
    }
    try {
      exchange(number, request, bytes, framed, tally);
    } catch (AssertionError e) {
      throw new AssertionError(
          "request %d, %s: %s".formatted(number, request, Mutator.text(bytes)), e);
    }
  }

  private void exchange(
      int number, MutableRequest request, byte[] bytes, boolean framed, Tally tally)
      throws IOException {
    if (wire == null) {
      wire = new Wire(port);
    }
    wire.patient(framed);
    String probe = "probe-" + number + "-";
    wire.send(Http1.join(bytes, Http1.bytes(new MutableRequest("GET", "/v1/namespaces/" + probe))));
    List<Http1.Answer> answers = new ArrayList<>();
    boolean again = false;
    boolean head = Http1.isHead(bytes);
    while (true) {
      Http1.Answer answer = Http1.read(wire, head && answers.isEmpty());
      if (answer == null) {
        break;
      }
      assertNotEquals(500, answer.status(), answer::text);
      if (answer.status() == 404 && answer.text().contains(probe)) {
        again = !"close".equals(answer.headers().get("connection"));
        break;
      }
      answers.add(answer);
    }
    if (!again) {
      wire.close();
      wire = null;
    }
    tally.add("HTTP/1.1 " + (answers.isEmpty() ? "closed" : answers.get(0).status()));
    boolean refused = !answers.isEmpty() && answers.stream().allMatch(a -> a.status() >= 300);
    if (refused || isSafe(request, framed)) {
      drive.assertUnchanged(answers.isEmpty() ? "no answer" : answers.get(0).text());
    } else {
      drive.mayHaveChanged();
    }
    if (framed && answers.isEmpty()) {
      assertTrue(!again, "a request without an answer, and the connection goes on");
    }
  }

  /** Bytes that were mutated may have another method than was meant. */
  private static boolean isSafe(MutableRequest request, boolean framed) {
    return framed && request.isSafe();
  }

  @Override
  public void close() throws IOException {
    if (wire != null) {
      wire.close();
    }
  }
}
