package dev.doorbell.service.http;

import dev.doorbell.nvme.controller.NvmeException;
import dev.doorbell.nvme.spec.Status;
import dev.doorbell.service.block.BlockDevice;
import dev.doorbell.service.block.BlockNamespace;
import dev.doorbell.service.drive.Drive;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.openapi.router.RouterBuilder;
import io.vertx.openapi.validation.ValidatedRequest;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;

/** A request to a management resource, with what its path names. Belongs to the loop's thread. */
final class Call {
  private final Management management;
  private final RoutingContext context;
  private final Drive drive;
  private final BlockNamespace namespace;
  private IdempotencyStore.Ticket ticket;
  private Buffer body = Buffer.buffer();

  /**
   * @param drive null unless the path names a controller
   * @param namespace null unless the path names one
   */
  Call(Management management, RoutingContext context, Drive drive, BlockNamespace namespace) {
    this.management = management;
    this.context = context;
    this.drive = drive;
    this.namespace = namespace;
  }

  HttpServerRequest request() {
    return context.request();
  }

  /** A parameter of the path. */
  String parameter(String name) {
    return context.pathParam(name);
  }

  /** A parameter of the query; null if there is none. */
  String query(String name) {
    return context.queryParam(name).stream().findFirst().orElse(null);
  }

  ServiceState state() {
    return management.state();
  }

  Drive drive() {
    return drive;
  }

  BlockNamespace namespace() {
    return namespace;
  }

  /** This loop's view of the namespace. */
  BlockDevice device() {
    return management.loop().device(namespace.name());
  }

  LoopState loop() {
    return management.loop();
  }

  /** Whether what is done is to survive a loss of power. */
  boolean durable() {
    return Preferences.of(request()).durable();
  }

  /** Sets what keeps the answer for a client that asks again. */
  void ticket(IdempotencyStore.Ticket kept) {
    ticket = kept;
  }

  /** Keeps the answer, if the client has named its request. */
  void finish(Reply reply) {
    if (ticket != null) {
      ticket.finish(reply, false);
      ticket = null;
    }
  }

  void body(Buffer bytes) {
    body = bytes;
  }

  /** The body as it came. */
  Buffer body() {
    return body;
  }

  /** The body as the contract wants it; without members if there was none. */
  JsonObject json() {
    ValidatedRequest request = context.get(RouterBuilder.KEY_META_DATA_VALIDATED_REQUEST);
    JsonObject json = request.getBody().getJsonObject();
    return json == null ? new JsonObject() : json;
  }

  /** The members of the body. */
  Members members() {
    return Members.of(json());
  }

  /** Does what takes milliseconds, and waits for no drive, on a worker. */
  <T> Future<T> aside(Callable<T> task) {
    return management.vertx().executeBlocking(task, false);
  }

  /** Does what waits for the drive on a worker; what the drive refuses is a problem. */
  <T> Future<T> blocking(String what, Callable<T> task) {
    return management
        .drives()
        .executeBlocking(task, false)
        .recover(
            e ->
                Future.failedFuture(
                    e instanceof NvmeException refused
                        ? new ProblemException(ofDrive(what, refused))
                        : e));
  }

  /** A future of this request's own thread for what other threads complete. */
  <T> Future<T> here(CompletableFuture<T> elsewhere) {
    return Future.fromCompletionStage(elsewhere, own());
  }

  /** A promise that the loop's thread completes, while the service must not stop. */
  <T> Promise<T> begun() {
    Promise<T> promise = Promise.promise();
    loop().requestBegan();
    promise.future().onComplete(done -> loop().requestEnded());
    return promise;
  }

  /** Calls {@code task} on this thread after some milliseconds. */
  void later(long millis, Runnable task) {
    management.vertx().setTimer(millis, id -> task.run());
  }

  private Context own() {
    return management.vertx().getOrCreateContext();
  }

  private static Problem ofDrive(String what, NvmeException refused) {
    return Status.isError(refused.status())
        ? Problem.ofDrive(what, refused.status(), true)
        : Problem.of(503, "Drive Unavailable", what + ": " + refused.getMessage());
  }
}
