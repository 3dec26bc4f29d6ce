package dev.doorbell.service.http;

import dev.doorbell.service.block.BlockNamespace;
import dev.doorbell.service.drive.Drive;
import dev.doorbell.service.loop.LoopPulse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** Whether the service lives, and whether it takes work. */
final class HealthHandler {
  /** How long loops have to show that they turn. */
  private static final long PULSE_MILLIS = 1000;

  private HealthHandler() {}

  static void mount(Routes routes) {
    routes.get(
        "/livez",
        call -> call.here(call.state().pulse().ask(PULSE_MILLIS)).map(HealthHandler::live));
    routes.get("/readyz", call -> Dispatch.reply(ready(call.state())));
  }

  private static Reply live(List<LoopPulse.Beat> beats) {
    JsonArray loops = new JsonArray();
    JsonArray reasons = new JsonArray();
    for (LoopPulse.Beat beat : beats) {
      loops.add(
          new JsonObject()
              .put("name", beat.name())
              .put("turns", beat.turns())
              .put("turning", beat.turning()));
      if (!beat.turning()) {
        reasons.add(
            "event loop %s did nothing for %d ms, after %d turns"
                .formatted(beat.name(), PULSE_MILLIS, beat.turns()));
      }
    }
    if (reasons.isEmpty()) {
      return Reply.json(new JsonObject().put("status", "live").put("loops", loops));
    }
    return Problem.of(503, "Not Live", "event loops do not turn; take a thread dump, then restart")
        .with("reasons", reasons)
        .with("loops", loops)
        .reply();
  }

  private static Reply ready(ServiceState state) {
    if (state.draining()) {
      return Problem.of(503, "Draining", "the service is shutting down")
          .with("reasons", new JsonArray().add("the service is shutting down"))
          .reply();
    }
    JsonArray drives = new JsonArray();
    JsonArray reasons = new JsonArray();
    for (Drive drive : state.drives()) {
      drives.add(new JsonObject().put("name", drive.name()).put("state", drive.state()));
      switch (drive.state()) {
        case "failed" -> reasons.add("controller " + drive.name() + " has failed or is gone");
        case "resetting" -> reasons.add("controller " + drive.name() + " is being reset");
        default -> {}
      }
    }
    JsonArray stopped = new JsonArray();
    int count = 0;
    for (Drive drive : state.drives()) {
      for (BlockNamespace namespace : drive.namespaces()) {
        count++;
        if (!BlockView.state(namespace).equals("running")) {
          stopped.add(namespace.name());
          reasons.add("namespace " + namespace.name() + " is stopped or gone");
        }
      }
      for (BlockNamespace namespace : drive.all().detached()) {
        count++;
        stopped.add(namespace.name());
        reasons.add("namespace " + namespace.name() + " is stopped or gone");
      }
    }
    if (count > 0 && stopped.size() == count) {
      return Problem.of(
              503,
              "No Namespace",
              "every namespace is stopped after an error, or has gone: "
                  + String.join(", ", stopped.stream().map(String::valueOf).toList()))
          .with("reasons", reasons)
          .with("drives", drives)
          .reply();
    }
    // As long as one drive works, or may work again by itself, requests are not in vain.
    if (!state.drives().isEmpty()
        && state.drives().stream().allMatch(d -> d.state().equals("failed"))) {
      return Problem.of(503, "No Drive", "every controller has failed; see the log, then restart")
          .with("reasons", reasons)
          .with("drives", drives)
          .reply();
    }
    return Reply.json(
        new JsonObject()
            .put("status", "ready")
            .put("drives", drives)
            .put("stopped", stopped)
            .put("reasons", reasons));
  }
}
