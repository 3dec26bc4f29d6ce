package dev.doorbell.service.http;

import dev.doorbell.service.drive.Drive;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;

/** What is done to a controller as a whole: reset, write cache. */
final class ControllerActions {
  /** How long requests in progress may take to end before a reset ends them. */
  private static final long DRAIN_MILLIS = 5000;

  private ControllerActions() {}

  static void add(Handlers handlers) {
    handlers.on("resetController", ControllerActions::reset);
    handlers.on("getWriteCache", ControllerActions::writeCache);
    handlers.on("setWriteCache", ControllerActions::setWriteCache);
  }

  /** Lets requests end, resets, and lets those go on that came meanwhile. */
  private static Future<Reply> reset(Call call) {
    Drive drive = call.drive();
    requireLive(drive);
    if (!call.state().resetting().add(drive)) {
      throw Problem.of(
              409, "Reset In Progress", drive.name() + " is being reset for another client")
          .asException();
    }
    return call.here(drive.reset("a client asks for it", DRAIN_MILLIS))
        .map(
            live -> {
              if (!live) {
                throw failed(drive);
              }
              return Reply.noContent();
            })
        .onComplete(v -> call.state().resetting().remove(drive));
  }

  private static Future<Reply> writeCache(Call call) {
    requireLive(call.drive());
    return call.blocking("write cache of " + call.drive().name(), () -> writeCache(call.drive()));
  }

  private static Reply writeCache(Drive drive) {
    boolean present = drive.nvme().info().volatileWriteCache();
    return Reply.json(
        new JsonObject()
            .put("present", present)
            .put("enabled", present && drive.nvme().features().writeCache()));
  }

  private static Future<Reply> setWriteCache(Call call) {
    Drive drive = call.drive();
    boolean on = call.members().flag("enabled", null);
    requireLive(drive);
    if (on && !drive.nvme().info().volatileWriteCache()) {
      throw Problem.of(
              501,
              "Not Supported By Drive",
              drive.name() + " has no volatile write cache that could be turned on")
          .asException();
    }
    // What is in the cache goes first: from then on no flush is sent any more.
    Future<?> flushed = on ? Future.succeededFuture() : flush(call, drive);
    return flushed.compose(
        v ->
            call.blocking(
                "write cache of " + drive.name(),
                () -> {
                  drive.nvme().features().setWriteCache(on);
                  return writeCache(drive);
                }));
  }

  private static Future<?> flush(Call call, Drive drive) {
    return Future.all(
        drive.namespaces().stream()
            .map(
                n -> {
                  Promise<Integer> done = call.begun();
                  call.loop().device(n.name()).flush(new RangeActions.Single(done));
                  return done.future()
                      .map(
                          status -> {
                            if (status != 0) {
                              throw Problem.ofDrive(n.name() + ": flush", status, true)
                                  .asException();
                            }
                            return status;
                          });
                })
            .toList());
  }

  /** Admin commands need a controller that answers. */
  static void requireLive(Drive drive) {
    if (drive.state().equals("failed")) {
      throw failed(drive);
    }
  }

  private static ProblemException failed(Drive drive) {
    return Problem.of(
            503, "Drive Unavailable", "controller " + drive.name() + " has failed or was removed")
        .asException();
  }
}
