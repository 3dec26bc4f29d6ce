package dev.doorbell.api;

import dev.doorbell.api.Services.Kind;
import java.util.ArrayList;
import java.util.List;

/** What is done to controllers, what they tell, and requests that come again. */
final class ControllerProbes {
  /** The key of a request to {@link Kind#ZONED} that does not end. */
  static final String KEY_IN_FLIGHT = "in-flight";

  private static final String KEY = "Idempotency-Key";
  private static final String KEY_USED = "used";
  private static final String NVME0 = "/v1/controllers/nvme0/";
  private static final String UNKNOWN = "/v1/controllers/nvme9/";
  private static final String MALFORMED = "/v1/controllers/%zz/";
  private static final String NAMESPACE = "/v1/namespaces/nvme0n1/";
  private static final String IDENTIFY = "{\"opcode\": 6, \"cdw10\": 1, \"read_bytes\": 4096}";
  private static final String FLUSH = "{\"opcode\": 0}";

  private final List<Probe> all = new ArrayList<>();

  private ControllerProbes() {}

  static List<Probe> all() {
    ControllerProbes probes = new ControllerProbes();
    probes.told();
    probes.writeCache();
    probes.reset();
    probes.passthrough();
    probes.events();
    probes.keys();
    return probes.all;
  }

  private void told() {
    for (String what :
        List.of(
            "features",
            "features/write-cache",
            "logs",
            "logs/smart",
            "logs/error",
            "logs/firmware",
            "logs/changed-zones",
            "logs/effects")) {
      for (String method : List.of("GET", "HEAD")) {
        plain(method, NVME0 + what, 200);
        plain(method, UNKNOWN + what, 404);
        plain(method, MALFORMED + what, 400);
        if (!what.equals("logs")) {
          all.add(Probe.of(Kind.GONE, method, NVME0 + what, 503));
        }
      }
      methods(what);
    }
    plain("GET", NVME0 + "logs/telemetry", 404);
    all.add(Probe.of(Kind.ZONED, "GET", NVME0 + "logs/changed-zones", 200));
  }

  private void methods(String what) {
    plain("OPTIONS", NVME0 + what, 204);
    plain("OPTIONS", UNKNOWN + what, 404);
    plain("OPTIONS", MALFORMED + what, 400);
    plain("DELETE", NVME0 + what, 405);
    plain("DELETE", MALFORMED + what, 400);
  }

  private void writeCache() {
    String path = NVME0 + "features/write-cache";
    String on = "{\"enabled\": true}";
    send(Kind.PLAIN, "PUT", path, 200, on);
    send(Kind.PLAIN, "PUT", path, 400, "{}");
    send(Kind.PLAIN, "PUT", UNKNOWN + "features/write-cache", 404, on);
    send(Kind.GONE, "PUT", path, 503, on);
    all.add(Probe.of(Kind.PLAIN, "PUT", path, 413).body(600_000));
  }

  private void reset() {
    String path = NVME0 + "reset";
    methods("reset");
    all.add(Probe.of(Kind.PLAIN, "POST", path, 204));
    send(Kind.PLAIN, "POST", path, 204, "{}");
    send(Kind.PLAIN, "POST", path, 400, "{\"now\": true}");
    send(Kind.PLAIN, "POST", UNKNOWN + "reset", 404, "{}");
    all.add(Probe.of(Kind.PLAIN, "POST", path, 413).body(600_000));
    send(Kind.GONE, "POST", path, 503, "{}");
  }

  private void passthrough() {
    methods("passthrough");
    String path = NVME0 + "passthrough";
    send(Kind.FAULTY, "POST", path, 200, IDENTIFY);
    send(Kind.FAULTY, "POST", path, 400, "{}");
    send(Kind.PLAIN, "POST", path, 403, IDENTIFY);
    send(Kind.FAULTY, "POST", UNKNOWN + "passthrough", 404, IDENTIFY);
    send(Kind.GONE, "POST", path, 503, IDENTIFY);
    all.add(Probe.of(Kind.FAULTY, "POST", path, 413).body(600_000));

    String io = NAMESPACE + "passthrough";
    send(Kind.FAULTY, "POST", io, 200, FLUSH);
    send(Kind.FAULTY, "POST", io, 400, "{}");
    send(Kind.PLAIN, "POST", io, 403, FLUSH);
    send(Kind.FAULTY, "POST", "/v1/namespaces/nvme9n1/passthrough", 404, FLUSH);
    send(Kind.GONE, "POST", io, 503, FLUSH);
    send(Kind.FAULTY, "POST", NVME0 + "faults", 204, "{\"fault\": \"drop\"}");
    send(Kind.FAULTY, "POST", io, 504, FLUSH);
    all.add(Probe.of(Kind.FAULTY, "POST", io, 413).body(600_000));
    plain("OPTIONS", io, 204);
    plain("OPTIONS", "/v1/namespaces/nvme9n1/passthrough", 404);
    plain("OPTIONS", "/v1/namespaces/%zz/passthrough", 400);
    plain("DELETE", io, 405);
    plain("DELETE", "/v1/namespaces/%zz/passthrough", 400);
  }

  private void events() {
    plain("HEAD", "/v1/events", 200);
    plain("OPTIONS", "/v1/events", 204);
    plain("DELETE", "/v1/events", 405);
  }

  private void keys() {
    all.add(Probe.of(Kind.ZONED, "POST", NAMESPACE + "flush", 204).with(KEY, KEY_USED).text("{}"));
    for (String path :
        List.of(
            NAMESPACE + "flush",
            NAMESPACE + "discard",
            NAMESPACE + "write-zeroes",
            NAMESPACE + "verify",
            NAMESPACE + "copy",
            NAMESPACE + "compare-and-write",
            NAMESPACE + "passthrough",
            NAMESPACE + "resume",
            NAMESPACE + "zones/reset",
            NAMESPACE + "zones/5/open",
            NAMESPACE + "zones/5/append",
            NVME0 + "reset",
            NVME0 + "passthrough",
            NVME0 + "faults")) {
      all.add(Probe.of(Kind.ZONED, "POST", path, 422).with(KEY, KEY_USED).body(4096));
      all.add(Probe.of(Kind.ZONED, "POST", path, 409).with(KEY, KEY_IN_FLIGHT).body(4096));
      all.add(Probe.of(Kind.ZONED, "POST", path, 400).with(KEY, "x".repeat(256)).body(4096));
    }
  }

  private void send(Kind service, String method, String path, int status, String body) {
    all.add(Probe.of(service, method, path, status).text(body));
  }

  private void plain(String method, String path, int status) {
    all.add(Probe.of(Kind.PLAIN, method, path, status));
  }
}
