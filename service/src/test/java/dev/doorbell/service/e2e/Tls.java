package dev.doorbell.service.e2e;

import java.nio.file.Path;

/** A key and a certificate for 127.0.0.1, made by openssl. */
record Tls(Path certificate, Path key) {
  static Tls make(Path directory) {
    Tls tls = new Tls(directory.resolve("cert.pem"), directory.resolve("key.pem"));
    Tool.OPENSSL
        .run(
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=IP:127.0.0.1",
            "-keyout",
            tls.key,
            "-out",
            tls.certificate)
        .ok();
    return tls;
  }

  /** Of {@code serve}. */
  Object[] options() {
    return new Object[] {"--tls-certificate", certificate, "--tls-key", key};
  }
}
