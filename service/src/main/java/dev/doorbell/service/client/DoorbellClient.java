package dev.doorbell.service.client;

import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * A service, as its clients see it.
 *
 * <p>No method blocks but {@link #open} and {@link #close}; futures fail with a {@link
 * DoorbellException} that says what can be done. Futures are completed on the client's event loops:
 * what follows them must not block. Safe for use by several threads.
 */
public final class DoorbellClient implements AutoCloseable {
  private static final String NAMESPACES = "/v1/namespaces";

  private final Transport transport;

  private DoorbellClient(Transport transport) {
    this.transport = transport;
  }

  /** A client of the service at an address; connects when there is something to send. */
  public static DoorbellClient open(ClientOptions options) {
    return open(options, null);
  }

  /**
   * As {@link #open(ClientOptions)}.
   *
   * @param timer to wait with before a call is repeated; null for real time
   */
  static DoorbellClient open(ClientOptions options, Timer timer) {
    return new DoorbellClient(new Transport(options, timer));
  }

  /** What is served. */
  public CompletableFuture<List<NamespaceInfo>> namespaces() {
    return get(NAMESPACES).thenCompose(Completion.mapping(DoorbellClient::namespaces));
  }

  private static List<NamespaceInfo> namespaces(Document document) throws BrokenAnswerException {
    List<NamespaceInfo> all = new ArrayList<>();
    for (Object item : document.array()) {
      Map<String, Object> json = Members.object(item);
      if (json == null) {
        throw new BrokenAnswerException("a namespace is no JSON object: " + item, null);
      }
      all.add(NamespaceInfo.of(json));
    }
    return all;
  }

  /** A namespace by its name, such as {@code nvme0n1}. */
  public CompletableFuture<RemoteNamespace> namespace(String name) {
    String path = NAMESPACES + "/" + segment(name);
    return get(path)
        .thenCompose(
            Completion.mapping(
                document ->
                    new RemoteNamespace(transport, path, NamespaceInfo.of(document.object()))));
  }

  /** A management resource: what GET of its path answers. */
  public CompletableFuture<Document> get(String path) {
    return transport.send(Call.get(path)).thenApply(Reply::document);
  }

  /** An action without a body; sent once, whatever comes of it. */
  public CompletableFuture<Document> post(String path) {
    return transport.send(Call.post(path, null)).thenApply(Reply::document);
  }

  /** An action with a JSON body; sent once, whatever comes of it. */
  public CompletableFuture<Document> post(String path, String json) {
    ByteBuffer body = ByteBuffer.wrap(json.getBytes(StandardCharsets.UTF_8));
    return transport.send(Call.post(path, body)).thenApply(Reply::document);
  }

  /** The address of the service. */
  public String address() {
    return transport.options().base().toString();
  }

  /** A name as a segment of a path. */
  static String segment(String name) {
    return URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** Closes all connections and waits for that; not for an event loop. */
  @Override
  public void close() {
    transport.close();
  }
}
