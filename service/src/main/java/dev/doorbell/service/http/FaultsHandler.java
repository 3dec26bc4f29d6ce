package dev.doorbell.service.http;

import dev.doorbell.service.drive.FaultInjection;
import io.vertx.core.Future;
import java.util.Map;

/** Lets emulated drives be told to fail, where the configuration allows it. */
final class FaultsHandler {
  private FaultsHandler() {}

  static void add(Handlers handlers) {
    handlers.on("injectFault", FaultsHandler::inject).unless(FaultsHandler::faults);
    handlers.on("clearFaults", FaultsHandler::clear);
  }

  private static Future<Reply> inject(Call call) {
    FaultInjection faults = faults(call);
    Map<String, Object> members = call.json().getMap();
    return call.blocking(
        "fault",
        () -> {
          try {
            faults.inject(members);
          } catch (IllegalArgumentException e) {
            throw malformed(e.getMessage());
          }
          return Reply.noContent();
        });
  }

  private static Future<Reply> clear(Call call) {
    FaultInjection faults = faults(call);
    return call.blocking(
        "fault",
        () -> {
          faults.clear();
          return Reply.noContent();
        });
  }

  private static FaultInjection faults(Call call) {
    return call.drive()
        .faults()
        .orElseThrow(
            () ->
                Problem.of(
                        403,
                        "Fault Injection Is Off",
                        "%s cannot be told to fail: that is for emulated drives, where emulated.fault_injection is true"
                            .formatted(call.drive().name()))
                    .asException());
  }

  private static ProblemException malformed(String why) {
    return Problem.of(400, "Malformed Fault", why).asException();
  }
}
