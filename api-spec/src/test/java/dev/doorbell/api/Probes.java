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
  private static final String ZONES = "/v1/namespaces/nvme0n1/zones";
  private static final int CAPACITY = 16 << 20;

  private final List<Probe> all = new ArrayList<>();

  private Probes() {}

  static List<Probe> all() {
    Probes probes = new Probes();
    probes.resources();
    probes.policies();
    probes.reads();
    probes.queries();
    probes.writes();
    probes.patches();
    probes.wishes();
    probes.refusedWrites();
    probes.strict();
    probes.troubled();
    probes.zones();
    probes.appends();
    probes.faults();
    probes.all.addAll(ActionProbes.all());
    probes.all.addAll(ControllerProbes.all());
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
            "/openapi.yaml",
            "/docs",
            "/docs/docs.js",
            "/docs/swagger-ui-bundle.js",
            "/docs/swagger-ui.css")) {
      plain("GET", path, 200);
      plain("HEAD", path, 200);
      plain("OPTIONS", path, 204);
      plain("DELETE", path, 405);
      all.add(Probe.of(Kind.PLAIN, "POST", path, 405).body(1));
    }
    for (String path : List.of("/v1/namespaces/%zz", "/v1/controllers/%zz", "/docs/%zz")) {
      plain("GET", path, 400);
      plain("HEAD", path, 400);
      plain("OPTIONS", path, 400);
      plain("DELETE", path, 400);
    }
    plain("GET", "/v1/namespaces/nvme9n1", 404);
    plain("HEAD", "/v1/namespaces/nvme9n1", 404);
    plain("OPTIONS", "/v1/namespaces/nvme9n1", 404);
    plain("GET", "/v1/controllers/nvme9", 404);
    plain("OPTIONS", "/v1/controllers/nvme9", 404);
    plain("HEAD", "/v1/controllers/nvme9", 404);
    plain("GET", "/docs/index.html", 404);
    plain("HEAD", "/docs/index.html", 404);
  }

  private void policies() {
    String namespace = "/v1/namespaces/nvme0n1/";
    for (String name : List.of("statistics", "policy", "resume")) {
      boolean read = !name.equals("resume");
      for (String ns : List.of("nvme0n1", "nvme9n1", "%zz")) {
        String path = "/v1/namespaces/" + ns + "/" + name;
        int wrong = ns.equals("nvme9n1") ? 404 : 400;
        boolean there = ns.equals("nvme0n1");
        boolean bad = ns.equals("%zz");
        plain("GET", path, read ? there ? 200 : wrong : bad ? 400 : 405);
        plain("HEAD", path, read ? there ? 200 : wrong : bad ? 400 : 405);
        plain("OPTIONS", path, bad ? 400 : there ? 204 : 404);
        plain("DELETE", path, bad ? 400 : 405);
      }
    }
    for (String ns : List.of("nvme0n1", "nvme9n1", "%zz")) {
      int status = ns.equals("nvme0n1") ? 204 : ns.equals("%zz") ? 400 : 404;
      all.add(Probe.of(Kind.PLAIN, "POST", "/v1/namespaces/" + ns + "/resume", status));
      int changed = status == 204 ? 200 : status;
      all.add(
          Probe.of(Kind.PLAIN, "PUT", "/v1/namespaces/" + ns + "/policy", changed)
              .text("{\"merge\": true}"));
    }
    all.add(Probe.of(Kind.PLAIN, "PUT", namespace + "policy", 400).body(3));
    all.add(Probe.of(Kind.PLAIN, "PUT", namespace + "policy", 413).body(600_000));
    all.add(Probe.of(Kind.PLAIN, "POST", namespace + "resume", 413).body(600_000));
    all.add(
        Probe.of(Kind.PLAIN, "PUT", namespace + "policy", 400)
            .text("{\"read_errors\": \"panic\"}"));
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
    range("bytes=0-1,4-5", DATA, 206);
    range("bytes=0-4095,-512,4096-", READ_ONLY, 206);
    range("bytes=" + "0-1,".repeat(256) + "4-5", DATA, 416);
    plain("GET", UNKNOWN, 404);
    plain("HEAD", DATA, 200);
    all.add(Probe.of(Kind.PLAIN, "HEAD", DATA, 200).with("Range", "bytes=0-511"));
    plain("HEAD", UNKNOWN, 404);
    plain("OPTIONS", DATA, 204);
    plain("OPTIONS", UNKNOWN, 404);
    plain("DELETE", DATA, 405);
    all.add(Probe.of(Kind.PLAIN, "POST", DATA, 405).body(1));
  }

  private void queries() {
    String one = "[{\"offset\":0,\"length\":4096}]";
    query(Kind.PLAIN, one, 200);
    query(Kind.PLAIN, "{\"extents\":" + one + "}", 200);
    query(Kind.PLAIN, "{}", 400);
    all.add(
        query(
                Kind.PLAIN,
                DATA,
                "[{\"offset\":1048576,\"length\":4096},{\"offset\":5000,\"length\":100}]",
                200)
            .with("Accept", "application/octet-stream"));
    all.add(query(Kind.PLAIN, DATA, one, 406).with("Accept", "text/html"));
    all.add(query(Kind.PLAIN, UNKNOWN, one, 404));
    query(Kind.PLAIN, "[{\"offset\":0}]", 400);
    query(Kind.PLAIN, "[{\"offset\":0,\"length\":1},{\"offset\":16777216,\"length\":4096}]", 416);
    query(Kind.PLAIN, "[" + " ".repeat(131_072) + "]", 413);
    all.add(Probe.of(Kind.PLAIN, "QUERY", DATA, 415).text(one));
    query(Kind.BUSY, one, 503);
    query(Kind.DAMAGED, "[{\"offset\":8192,\"length\":4096}]", 500);
    query(Kind.ZONED, "[{\"offset\":15728640,\"length\":4096}]", 409);
  }

  private void query(Kind service, String extents, int status) {
    all.add(query(service, DATA, extents, status));
  }

  private static Probe query(Kind service, String path, String extents, int status) {
    return Probe.of(service, "QUERY", path, status)
        .with("Content-Type", "application/json")
        .text(extents);
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

  private void patches() {
    all.add(patch(Kind.PLAIN, DATA, parts("4096-4098", "xyz", "0-1", "ab"), 200));
    all.add(
        patch(Kind.PLAIN, DATA, parts("4096-4098", "xyz", "0-1", "ab"), 200)
            .with("Prefer", "durability=volatile, server-timing"));
    all.add(
        patch(Kind.PLAIN, DATA, parts("4096-4098", "xyz"), 200).framed(Framing.EXPECT_CONTINUE));
    all.add(patch(Kind.PLAIN, DATA, parts("4096-4098", "xyz", "4097-4097", "a"), 400));
    all.add(patch(Kind.PLAIN, DATA, parts("0-0", "x", "16777215-16777216", "ab"), 400));
    all.add(patch(Kind.PLAIN, DATA, "--b\r\nContent-Range: bytes 0-0/*\r\n\r\nx\r\n", 400));
    all.add(patch(Kind.PLAIN, DATA, parts("0-0", "x"), 400).with("Content-Digest", "md5=:AAAA:"));
    all.add(patch(Kind.PLAIN, READ_ONLY, parts("0-0", "x"), 403));
    all.add(patch(Kind.PLAIN, UNKNOWN, parts("0-0", "x"), 404));
    all.add(
        Probe.of(Kind.PLAIN, "PATCH", DATA, 415)
            .with("Content-Type", "application/json")
            .text("{}"));
    all.add(patch(Kind.PLAIN, DATA, parts("0-0", "x"), 415).with("Content-Encoding", "gzip"));
    all.add(patch(Kind.PLAIN, DATA, parts("0-0", "x"), 417).with("Expect", "200-ok"));
    all.add(patch(Kind.STRICT, DATA, parts("0-65535", "x".repeat(65_536)), 413));
    all.add(patch(Kind.STRICT, DATA, parts("0-0", "x"), 400));
    all.add(patch(Kind.ZONED, DATA, parts("0-0", "x"), 400));
    all.add(patch(Kind.DAMAGED, DATA, parts("8192-12287", "x".repeat(4096)), 500));
    all.add(patch(Kind.BUSY, DATA, parts("0-4095", "x".repeat(4096)), 503));
  }

  private static Probe patch(Kind service, String path, String body, int status) {
    return Probe.of(service, "PATCH", path, status)
        .with("Content-Type", "multipart/byteranges; boundary=b")
        .text(body);
  }

  /** A body of parts, each given by its range and its bytes. */
  private static String parts(String... rangesAndBytes) {
    StringBuilder body = new StringBuilder();
    for (int i = 0; i < rangesAndBytes.length; i += 2) {
      body.append("--b\r\nContent-Range: bytes ").append(rangesAndBytes[i]).append("/*\r\n\r\n");
      body.append(rangesAndBytes[i + 1]).append("\r\n");
    }
    return body.append("--b--\r\n").toString();
  }

  private void wishes() {
    Probe read = Probe.of(Kind.PLAIN, "GET", DATA, 206).with("Range", "bytes=0-4095");
    all.add(read.with("Want-Content-Digest", "sha-256=1").with("Prefer", "server-timing"));
    all.add(read.with("Range", "bytes=0-4095,8192-8193").with("Want-Content-Digest", "crc32c=1"));
    all.add(Probe.of(Kind.PLAIN, "GET", DATA, 200).with("Want-Content-Digest", "sha-256=1"));
    all.add(
        query(Kind.PLAIN, DATA, "[{\"offset\":0,\"length\":4096}]", 200)
            .with("Want-Content-Digest", "crc32c=1")
            .with("Prefer", "server-timing"));
    all.add(query(Kind.PLAIN, DATA, "[]", 417).with("Expect", "200-ok"));
    write("bytes 0-4095/*", 204)
        .header("Content-Digest", "crc32c=:mPlBiQ==:")
        .header("Prefer", "server-timing")
        .body(4096)
        .add();
    write("bytes 0-4095/*", 400).header("Content-Digest", "crc32c=:AAAAAA==:").body(4096).add();
    write("bytes 0-4095/*", 400).header("Content-Digest", "md5=:AAAA:").body(4096).add();
    write("bytes 0-4095/*", 417).header("Expect", "200-ok").body(4096).add();
  }

  private void strict() {
    write("bytes 0-65536/-1", 413).on(Kind.STRICT).body(65_537).framed(Framing.UNKNOWN).add();
    write("bytes 0-61439/*", 204).on(Kind.STRICT).body(61_440).framed(Framing.UNKNOWN).add();
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

  private void zones() {
    zoned("POST", ZONES + "/reset", 204);
    for (String method : List.of("GET", "HEAD")) {
      zoned(method, ZONES, 200);
      zoned(method, ZONES + "?state=read_only&limit=1", 200);
      zoned(method, ZONES + "?state=open", 400);
      zoned(method, "/v1/namespaces/nvme2n1/zones", 404);
      zoned(method, ZONES + "/5", 200);
      zoned(method, ZONES + "/16", 404);
    }
    zoned("POST", ZONES + "/6/finish", 200);
    zoned("POST", ZONES + "/6/open", 409);
    zoned("POST", "/v1/namespaces/nvme1n1/zones/0/open", 403);
    zoned("POST", "/v1/namespaces/nvme1n1/zones/reset", 403);
    all.add(Probe.of(Kind.ZONED_DAMAGED, "POST", ZONES + "/0/finish", 500));
    all.add(Probe.of(Kind.ZONED_DAMAGED, "POST", ZONES + "/reset", 500));
    zoned("POST", ZONES + "/16/open", 404);
    zoned("POST", "/v1/namespaces/nvme2n1/zones/reset", 404);
    String malformed = "/v1/namespaces/%zz/zones";
    for (String path : List.of("", "/5", "/reset", "/5/open")) {
      boolean read = path.isEmpty() || path.equals("/5");
      zoned("GET", malformed + path, 400);
      zoned("HEAD", malformed + path, 400);
      zoned("OPTIONS", malformed + path, 400);
      zoned("DELETE", malformed + path, 400);
      if (!read) {
        zoned("POST", malformed + path, 400);
        all.add(Probe.of(Kind.ZONED, "POST", ZONES + path, 413).body(600_000));
      }
    }
    for (String path : List.of("", "/5", "/reset", "/5/open", "/5/append")) {
      zoned("OPTIONS", ZONES + path, 204);
      zoned("OPTIONS", "/v1/namespaces/nvme9n1/zones" + path, 404);
      zoned("DELETE", ZONES + path, 405);
    }
  }

  private void appends() {
    String append = ZONES + "/3/append";
    all.add(Probe.of(Kind.ZONED, "POST", append, 200).body(4096));
    all.add(
        Probe.of(Kind.ZONED, "POST", append, 200)
            .with("Prefer", "durability=volatile")
            .body(8192)
            .framed(Framing.UNKNOWN));
    all.add(Probe.of(Kind.ZONED, "POST", append, 200).body(4096).framed(Framing.EXPECT_CONTINUE));
    all.add(Probe.of(Kind.ZONED, "POST", append, 400).body(100));
    all.add(Probe.of(Kind.ZONED, "POST", append, 400).body(100).framed(Framing.UNKNOWN));
    all.add(Probe.of(Kind.ZONED, "POST", append, 413).body(69_632));
    all.add(Probe.of(Kind.ZONED, "POST", append, 413).body(69_632).framed(Framing.UNKNOWN));
    all.add(Probe.of(Kind.ZONED, "POST", append, 415).with("Content-Encoding", "gzip").body(4096));
    all.add(Probe.of(Kind.ZONED, "POST", append, 417).with("Expect", "200-ok").body(4096));
    all.add(Probe.of(Kind.ZONED, "POST", ZONES + "/6/append", 409).body(4096));
    all.add(Probe.of(Kind.ZONED, "POST", ZONES + "/16/append", 404).body(4096));
    all.add(Probe.of(Kind.ZONED, "POST", "/v1/namespaces/nvme1n1/zones/0/append", 403).body(4096));
    all.add(Probe.of(Kind.ZONED_DAMAGED, "POST", ZONES + "/0/append", 500).body(4096));
    zoned("POST", ZONES + "/3/reset", 200);
    write("bytes 3145728-3149823/*", 204).on(Kind.ZONED).body(4096).add();
    write("bytes 3145728-3149823/*", 409).on(Kind.ZONED).body(4096).add();
    write("bytes 3149824-3149900/*", 400).on(Kind.ZONED).body(77).add();
    all.add(Probe.of(Kind.ZONED, "GET", DATA, 409).with("Range", "bytes=15728640-15732735"));
  }

  private void zoned(String method, String path, int status) {
    all.add(Probe.of(Kind.ZONED, method, path, status));
  }

  private void faults() {
    String faults = "/v1/controllers/nvme0/faults";
    String fatal = "{\"fault\": \"fail\"}";
    for (Kind service : List.of(Kind.PLAIN, Kind.FAULTY)) {
      boolean on = service == Kind.FAULTY;
      all.add(Probe.of(service, "POST", faults, on ? 204 : 403).text(fatal));
      all.add(Probe.of(service, "DELETE", faults, on ? 204 : 403));
      all.add(Probe.of(service, "OPTIONS", faults, 204));
      all.add(Probe.of(service, "GET", faults, 405));
      all.add(Probe.of(service, "PUT", faults, 405).body(1));
    }
    String unknown = "/v1/controllers/nvme9/faults";
    all.add(Probe.of(Kind.FAULTY, "POST", unknown, 404).text(fatal));
    all.add(Probe.of(Kind.FAULTY, "DELETE", unknown, 404));
    all.add(Probe.of(Kind.FAULTY, "OPTIONS", unknown, 404));
    all.add(Probe.of(Kind.FAULTY, "POST", faults, 413).body(600_000));
    String malformed = "/v1/controllers/%zz/faults";
    all.add(Probe.of(Kind.FAULTY, "POST", malformed, 400).text(fatal));
    plain("DELETE", malformed, 400);
    plain("OPTIONS", malformed, 400);
    plain("GET", malformed, 400);
    for (String wrong : List.of("{", "[]", "{\"fault\": \"drop\", \"chance\": 1}")) {
      all.add(Probe.of(Kind.FAULTY, "POST", faults, 400).text(wrong));
    }
    all.add(
        Probe.of(Kind.FAULTY, "POST", faults, 204)
            .text("{\"fault\": \"swallow\", \"opcode\": \"read\"}"));
    all.add(Probe.of(Kind.FAULTY, "GET", DATA, 504).with("Range", "bytes=0-4095"));
    all.add(
        Probe.of(Kind.FAULTY, "POST", faults, 204)
            .text("{\"fault\": \"swallow\", \"opcode\": \"read\"}"));
    query(Kind.FAULTY, "[{\"offset\":0,\"length\":4096}]", 504);
    all.add(
        Probe.of(Kind.FAULTY, "POST", faults, 204)
            .text("{\"fault\": \"drop\", \"opcode\": \"write\"}"));
    write("bytes 0-4095/*", 504).on(Kind.FAULTY).body(4096).add();
    all.add(
        Probe.of(Kind.FAULTY, "POST", faults, 204)
            .text("{\"fault\": \"drop\", \"opcode\": \"write\"}"));
    all.add(patch(Kind.FAULTY, DATA, parts("0-4095", "x".repeat(4096)), 504));
    write("bytes 0-4095/*", 204).on(Kind.FAULTY).body(4096).add();
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
