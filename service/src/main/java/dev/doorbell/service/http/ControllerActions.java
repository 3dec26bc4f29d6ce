package dev.doorbell.service.http;

import dev.doorbell.nvme.controller.ControllerCounter;
import dev.doorbell.service.block.BlockNamespace;
import dev.doorbell.service.drive.Drive;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** What is done to a controller as a whole: reset, write cache. */
final class ControllerActions {
  private static final String PATH = "/v1/controllers/:c/";

  /** How long requests in progress may take to end before a reset ends them. */
  private static final long DRAIN_MILLIS = 5000;

  private static final long LOOK_MILLIS = 5;
  private static final long RESET_SECONDS = 120;

  private ControllerActions() {}

  static void mount(Routes routes) {
    routes.at(PATH + "reset", Target.CONTROLLER).post(ControllerActions::reset).mount();
    routes
        .at(PATH + "features/write-cache", Target.CONTROLLER)
        .get(ControllerActions::writeCache)
        .put(ControllerActions::setWriteCache)
        .mount();
  }

  /** Lets requests end, resets, and lets those go on that came meanwhile. */
  private static Future<Reply> reset(Call call) {
    call.members();
    Drive drive = call.drive();
    requireLive(drive);
    if (!call.state().resetting().add(drive)) {
      throw Problem.of(
              409, "Reset In Progress", drive.name() + " is being reset for another client")
          .asException();
    }
    Promise<Reply> done = Promise.promise();
    CompletableFuture<Void> drained =
        all(drive, n -> n.control().drain()).orTimeout(DRAIN_MILLIS, TimeUnit.MILLISECONDS);
    call.here(drained)
        .onComplete(
            v -> {
              long before = resets(drive);
              drive.nvme().requestReset("a client asks for it");
              await(call, drive, before, System.nanoTime(), done);
            });
    return done.future()
        .onComplete(
            v -> {
              all(drive, n -> n.control().undrain());
              call.state().resetting().remove(drive);
            });
  }

  private static void await(Call call, Drive drive, long before, long since, Promise<Reply> done) {
    String state = drive.state();
    boolean ended = resets(drive) > before && !state.equals("resetting");
    if (ended && state.equals("live")) {
      done.complete(Reply.noContent());
    } else if (state.equals("failed")) {
      done.fail(failed(drive));
    } else if (System.nanoTime() - since > TimeUnit.SECONDS.toNanos(RESET_SECONDS)) {
      done.fail(
          Problem.of(
                  504,
                  "Outcome Unknown",
                  "%s is not back after %d s".formatted(drive.name(), RESET_SECONDS))
              .with("outcome", "unknown")
              .asException());
    } else {
      call.later(LOOK_MILLIS, () -> await(call, drive, before, since, done));
    }
  }

  private static CompletableFuture<Void> all(
      Drive drive, Function<BlockNamespace, CompletableFuture<Void>> task) {
    List<CompletableFuture<Void>> each = drive.namespaces().stream().map(task).toList();
    return CompletableFuture.allOf(each.toArray(CompletableFuture[]::new));
  }

  private static long resets(Drive drive) {
    return drive.nvme().faults().get(ControllerCounter.RESETS);
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
    boolean on = call.members("enabled").flag("enabled", null);
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
