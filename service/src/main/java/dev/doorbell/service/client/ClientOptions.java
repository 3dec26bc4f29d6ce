package dev.doorbell.service.client;

import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;

/**
 * How to reach a service.
 *
 * @param base {@code http://host:port} or {@code https://host:port}
 * @param http1 HTTP/1.1 instead of HTTP/2
 * @param connections at most, over which requests are spread
 * @param streams of one HTTP/2 connection before another is opened
 * @param trust PEM certificates to trust instead of the platform's
 * @param trustAll whether any certificate will do: only for tests
 * @param connectSeconds until a connection counts as failed
 * @param idleSeconds a request may go without a byte moving
 * @param retries of refusals that will pass
 */
public record ClientOptions(
    URI base,
    boolean http1,
    int connections,
    int streams,
    Optional<Path> trust,
    boolean trustAll,
    int connectSeconds,
    int idleSeconds,
    RetryPolicy retries) {
  /** Checks the address. */
  public ClientOptions {
    String scheme = base.getScheme();
    if (base.getHost() == null || !("http".equals(scheme) || "https".equals(scheme))) {
      throw new IllegalArgumentException(
          "'" + base + "' is no address of a service; write http://HOST:PORT or https://HOST:PORT");
    }
  }

  /** HTTP/2 with what suits most. */
  public static ClientOptions of(URI base) {
    return new ClientOptions(
        base, false, 4, 16, Optional.empty(), false, 10, 120, RetryPolicy.DEFAULT);
  }

  /** With HTTP/1.1, one request at a time on each connection. */
  public ClientOptions withHttp1(int connections) {
    return new ClientOptions(
        base, true, connections, streams, trust, trustAll, connectSeconds, idleSeconds, retries);
  }

  /** With another spread of requests over HTTP/2 connections. */
  public ClientOptions withConnections(int connections, int streams) {
    return new ClientOptions(
        base, http1, connections, streams, trust, trustAll, connectSeconds, idleSeconds, retries);
  }

  /** With certificates of one's own. */
  public ClientOptions withTrust(Path certificates) {
    return new ClientOptions(
        base,
        http1,
        connections,
        streams,
        Optional.of(certificates),
        false,
        connectSeconds,
        idleSeconds,
        retries);
  }

  /** With any certificate: only for tests. */
  public ClientOptions withTrustAll() {
    return new ClientOptions(
        base, http1, connections, streams, trust, true, connectSeconds, idleSeconds, retries);
  }

  /** With other retries. */
  public ClientOptions withRetries(RetryPolicy retries) {
    return new ClientOptions(
        base, http1, connections, streams, trust, trustAll, connectSeconds, idleSeconds, retries);
  }

  boolean tls() {
    return "https".equals(base.getScheme());
  }

  int port() {
    return base.getPort() >= 0 ? base.getPort() : tls() ? 443 : 80;
  }

  /** The path below which the service is, without a slash at its end. */
  String prefix() {
    String path = base.getRawPath() == null ? "" : base.getRawPath();
    return path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
  }
}
