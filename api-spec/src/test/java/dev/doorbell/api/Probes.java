package dev.doorbell.api;

import dev.doorbell.api.Probe.Framing;
import dev.doorbell.api.Services.Kind;
import java.util.ArrayList;
import java.util.List;

/** The requests that together get every answer that can be had in process. */
final class Probes {
  private static final String DATA = "/v1/namespaces/nvme0n1/data";
  private static final String READ_ONLY = "/v1/namespaces/nvme1n1/data";
  private static final String UNKNOWN = "/v1/namespaces/nvme9n1/data";
  private static final int CAPACITY = 16 << 20;

  private final List<Probe> all = new ArrayList<>();

  private Probes() {}

  static List<Probe> all() {
    Probes probes = new Probes();
    probes.resources();
    probes.reads();
    probes.writes();
    probes.refusedWrites();
    probes.strict();
    probes.troubled();
    return probes.all;
  }

  private void resources() {
    for (String path :
        List.of(
            "/v1/namespaces",
            "/v1/namespaces/nvme0n1",
            "/v1/controllers",
            "/v1/controllers/nvme0",
            "/livez",
            "/readyz",
            "/metrics",
            "/openapi.yaml")) {
      plain("GET", path, 200);
      plain("HEAD", path, 200);
      plain("OPTIONS", path, 204);
      plain("DELETE", path, 405);
      all.add(Probe.of(Kind.PLAIN, "POST", path, 405).body(1));
    }
    for (String path : List.of("/v1/namespaces/%zz", "/v1/controllers/%zz")) {
      plain("GET", path, 400);
      plain("HEAD", path, 400);
      plain("OPTIONS", path, 400);
      plain("DELETE", path, 400);
    }
    plain("GET", "/v1/namespaces/nvme9n1", 404);
    plain("HEAD", "/v1/namespaces/nvme9n1", 404);
    plain("GET", "/v1/controllers/nvme9", 404);
    plain("HEAD", "/v1/controllers/nvme9", 404);
  }

  private void reads() {
    plain("GET", READ_ONLY, 200);
    range("lines=1-2", READ_ONLY, 200);
    all.add(
        Probe.of(Kind.PLAIN, "GET", READ_ONLY, 200)
            .with("Range", "bytes=0-511")
            .with("If-Range", "\"any\""));
    range("bytes=4096-8191", DATA, 206);
    range("bytes=1-1", DATA, 206);
    range("bytes=-512", DATA, 206);
    range("bytes=0-", READ_ONLY, 206);
    range("bytes=16773120-16777216", DATA, 206);
    range("bytes=16777216-", DATA, 416);
    range("bytes=-0", DATA, 416);
    range("bytes=a-b", DATA, 416);
    range("bytes=0-1,4-5", DATA, 416);
    plain("GET", UNKNOWN, 404);
    plain("HEAD", DATA, 200);
    all.add(Probe.of(Kind.PLAIN, "HEAD", DATA, 200).with("Range", "bytes=0-511"));
    plain("HEAD", UNKNOWN, 404);
    plain("OPTIONS", DATA, 204);
    plain("OPTIONS", UNKNOWN, 404);
    plain("DELETE", DATA, 405);
    all.add(Probe.of(Kind.PLAIN, "POST", DATA, 405).body(1));
  }

  private void writes() {
    write("bytes 4096-8191/*", 204).body(4096).add();
    write("bytes 4096-8191/4096", 204).body(4096).add();
    write("bytes 4096-8191/16777216", 204).body(4096).add();
    write("bytes 4096-8192/-1", 204).body(4096).add();
    write("bytes 0-4095/*", 204).header("Prefer", "durability=volatile").body(4096).add();
    write("bytes 100-299/*", 204).body(200).add();
    write("bytes 100-299999/*", 204).body(299_900).add();
    write("bytes 0-299999/*", 204).body(300_000).framed(Framing.UNKNOWN).add();
    write("bytes 0-131071/*", 204).body(131_072).framed(Framing.UNKNOWN).add();
    write("bytes 0-4095/*", 204).body(4096).framed(Framing.EXPECT_CONTINUE).add();
    all.add(Probe.of(Kind.PLAIN, "PUT", DATA, 204).body(CAPACITY));
  }

  private void refusedWrites() {
    all.add(Probe.of(Kind.PLAIN, "PUT", DATA, 400).body(4096));
    all.add(Probe.of(Kind.PLAIN, "PUT", DATA, 400).body(4096).framed(Framing.EXPECT_CONTINUE));
    write("bytes 0-x/*", 400).body(4096).add();
    write("bytes 0-8191/*", 400).body(4096).add();
    write("bytes 0-4095/*", 400).body(0).add();
    write("bytes 0-8191/*", 400).body(4096).framed(Framing.UNKNOWN).add();
    write("bytes 0-131072/-1", 400).body(131_072).body(4096).framed(Framing.UNKNOWN).add();
    write("bytes 16775168-16779263/*", 400).body(4096).add();
    write("bytes 0-4095/77", 400).body(4096).add();
    all.add(
        Probe.of(Kind.PLAIN, "PUT", DATA, 415)
            .with("Content-Range", "bytes 0-4095/*")
            .with("Content-Encoding", "gzip")
            .body(4096));
    all.add(
        Probe.of(Kind.PLAIN, "PUT", READ_ONLY, 403)
            .with("Content-Range", "bytes 0-511/*")
            .body(512));
    all.add(
        Probe.of(Kind.PLAIN, "PUT", UNKNOWN, 404).with("Content-Range", "bytes 0-511/*").body(512));
  }

  private void strict() {
    write("bytes 0-4095/*", 204).on(Kind.STRICT).body(4096).add();
    write("bytes 100-4195/*", 400).on(Kind.STRICT).body(4096).add();
    write("bytes 0-69631/*", 413).on(Kind.STRICT).body(69_632).add();
    write("bytes 0-4095/*", 204).on(Kind.STRICT).body(4096).framed(Framing.UNKNOWN).add();
    write("bytes 0-4096/-1", 204).on(Kind.STRICT).body(4096).framed(Framing.UNKNOWN).add();
    write("bytes 0-4095/*", 400).on(Kind.STRICT).body(4095).framed(Framing.UNKNOWN).add();
  }

  private void troubled() {
    all.add(Probe.of(Kind.BUSY, "GET", DATA, 503).with("Range", "bytes=0-4095"));
    write("bytes 0-4095/*", 503).on(Kind.BUSY).body(4096).add();
    all.add(Probe.of(Kind.DAMAGED, "GET", DATA, 500).with("Range", "bytes=8192-12287"));
    write("bytes 8192-12287/*", 500).on(Kind.DAMAGED).body(4096).add();
    write("bytes 1-2/*", 500).on(Kind.DAMAGED).body(2).add();
  }

  private void plain(String method, String path, int status) {
    all.add(Probe.of(Kind.PLAIN, method, path, status));
  }

  private void range(String range, String path, int status) {
    all.add(Probe.of(Kind.PLAIN, "GET", path, status).with("Range", range));
  }

  private Write write(String contentRange, int status) {
    return new Write(Probe.of(Kind.PLAIN, "PUT", DATA, status).with("Content-Range", contentRange));
  }

  /** A write in the making. */
  private final class Write {
    private Probe probe;

    Write(Probe probe) {
      this.probe = probe;
    }

    Write on(Kind service) {
      probe =
          new Probe(
              service,
              probe.method(),
              probe.path(),
              probe.headers(),
              probe.parts(),
              probe.framing(),
              probe.status());
      return this;
    }

    Write header(String name, String value) {
      probe = probe.with(name, value);
      return this;
    }

    Write body(int bytes) {
      probe = probe.body(bytes);
      return this;
    }

    Write framed(Framing how) {
      probe = probe.framed(how);
      return this;
    }

    void add() {
      all.add(probe);
    }
  }
}
