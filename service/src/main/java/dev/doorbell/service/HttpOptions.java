package dev.doorbell.service;

import dev.doorbell.service.config.DoorbellConfig;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.PemKeyCertOptions;
import java.util.concurrent.TimeUnit;

/** The HTTP server's options: what the configuration says, and what fast range clients need. */
final class HttpOptions {
  /** A stream may send this much ahead: at least the largest write a client does in one piece. */
  private static final int STREAM_WINDOW = 1 << 20;

  private static final int CONNECTION_WINDOW = 16 << 20;

  // Floods: a client that does more of it is sent away.
  private static final int RESETS_PER_WINDOW = 400;
  private static final int SMALL_CONTINUATIONS = 16;

  private static final int REQUEST_LINE = 4096;

  private HttpOptions() {}

  static HttpServerOptions of(DoorbellConfig config) {
    DoorbellConfig.Http http = config.http();
    HttpServerOptions options =
        new HttpServerOptions()
            .setHost(config.listen().host())
            .setPort(sharedPort(config.listen().port()))
            .setTcpNoDelay(true)
            // No WebSockets here, and their handlers see every message.
            .setPerFrameWebSocketCompressionSupported(false)
            .setPerMessageWebSocketCompressionSupported(false)
            .setMaxHeaderSize(http.maxHeaderBytes())
            .setMaxInitialLineLength(REQUEST_LINE)
            // Bytes are what they are, in both directions.
            .setCompressionSupported(false)
            .setDecompressionSupported(false)
            .setHttp2ClearTextEnabled(true)
            .setHttp2MaxSmallContinuationFrames(SMALL_CONTINUATIONS)
            .setHttp2ConnectionWindowSize(CONNECTION_WINDOW)
            .setHttp2RstFloodMaxRstFramePerWindow(RESETS_PER_WINDOW)
            .setHttp2RstFloodWindowDuration(10)
            .setHttp2RstFloodWindowDurationTimeUnit(TimeUnit.SECONDS)
            .setInitialSettings(
                new Http2Settings()
                    .setInitialWindowSize(STREAM_WINDOW)
                    .setMaxConcurrentStreams(http.connectionRequests())
                    .setMaxHeaderListSize(http.maxHeaderBytes()));
    config
        .listen()
        .tls()
        .ifPresent(
            tls ->
                options
                    .setSsl(true)
                    .setUseAlpn(true)
                    .setKeyCertOptions(
                        new PemKeyCertOptions()
                            .setCertPath(tls.certificate().toString())
                            .setKeyPath(tls.key().toString())));
    return options;
  }

  /**
   * With port 0 Vert.x would choose another port for each loop; a negative one is chosen once, and
   * is that of all.
   */
  private static int sharedPort(int port) {
    return port == 0 ? -1 : port;
  }
}
