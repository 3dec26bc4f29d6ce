package dev.doorbell.api;

import dev.doorbell.api.Services.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What is done to namespaces without sending their data. */
final class ActionProbes {
  private static final String NAMESPACE = "/v1/namespaces/nvme0n1/";
  private static final String READ_ONLY = "/v1/namespaces/nvme1n1/";
  private static final String UNKNOWN = "/v1/namespaces/nvme9n1/";
  private static final String MALFORMED = "/v1/namespaces/%zz/";
  private static final String FAULTS = "/v1/controllers/nvme0/faults";
  private static final String EXTENT = "{\"extents\": [{\"offset\": 0, \"length\": 4096}]}";

  /** A body that each takes; on the write-protected drive too, whose blocks are smaller. */
  private static final Map<String, String> BODIES =
      new TreeMap<>(
          Map.of(
              "flush",
              "{}",
              "discard",
              EXTENT,
              "write-zeroes",
              EXTENT,
              "verify",
              EXTENT,
              "copy",
              "{\"sources\": [{\"offset\": 0, \"length\": 4096}], \"destination\": 8192}",
              "compare-and-write",
              "{\"offset\": 4096, \"compare\": \"AAA=\", \"write\": \"AAA=\"}"));

  private final List<Probe> all = new ArrayList<>();

  private ActionProbes() {}

  static List<Probe> all() {
    ActionProbes probes = new ActionProbes();
    BODIES.forEach(probes::action);
    probes.mistakes();
    return probes.all;
  }

  private void action(String action, String body) {
    post(Kind.PLAIN, NAMESPACE + action, 204, body);
    post(Kind.PLAIN, NAMESPACE + action, 400, "{");
    all.add(Probe.of(Kind.PLAIN, "POST", NAMESPACE + action, 413).body(600_000));
    post(Kind.PLAIN, UNKNOWN + action, 404, body);
    post(Kind.PLAIN, MALFORMED + action, 400, body);
    if (!action.equals("flush") && !action.equals("verify")) {
      post(Kind.PLAIN, READ_ONLY + action, 403, body);
    }
    plain("OPTIONS", NAMESPACE + action, 204);
    plain("OPTIONS", UNKNOWN + action, 404);
    plain("OPTIONS", MALFORMED + action, 400);
    plain("DELETE", NAMESPACE + action, 405);
    plain("DELETE", MALFORMED + action, 400);
    failed(action, "{\"fault\": \"fail\", \"sct\": 0, \"sc\": 6}", 500, body);
    failed(action, "{\"fault\": \"fail\", \"sct\": 0, \"sc\": 1}", 501, body);
    failed(action, "{\"fault\": \"drop\"}", 504, body);
    post(Kind.GONE, NAMESPACE + action, 503, body);
  }

  private void mistakes() {
    post(Kind.PLAIN, NAMESPACE + "discard", 400, "{}");
    String unaligned = "{\"extents\": [{\"offset\": 100, \"length\": 4096}]}";
    post(Kind.PLAIN, NAMESPACE + "verify", 400, unaligned);
    String other = "{\"offset\": 4096, \"compare\": \"AAE=\", \"write\": \"AAA=\"}";
    post(Kind.PLAIN, NAMESPACE + "compare-and-write", 412, other);
    post(Kind.ZONED, NAMESPACE + "compare-and-write", 501, other);
    all.add(
        Probe.of(Kind.PLAIN, "POST", NAMESPACE + "write-zeroes", 204)
            .with("Prefer", "durability=volatile")
            .text(EXTENT));
  }

  /** Once with a fault in place. */
  private void failed(String action, String fault, int status, String body) {
    post(Kind.FAULTY, FAULTS, 204, fault);
    post(Kind.FAULTY, NAMESPACE + action, status, body);
  }

  private void post(Kind service, String path, int status, String body) {
    all.add(Probe.of(service, "POST", path, status).text(body));
  }

  private void plain(String method, String path, int status) {
    all.add(Probe.of(Kind.PLAIN, method, path, status));
  }
}
