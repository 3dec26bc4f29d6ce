package dev.doorbell.service.http;

import dev.doorbell.service.block.BlockNamespace;
import io.vertx.core.Future;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.CompletableFuture;

/** Accounting and operation of a namespace: statistics, policy, resumption. */
final class BlockHandler {
  private BlockHandler() {}

  static void mount(Routes routes) {
    String path = "/v1/namespaces/:ns/";
    routes.at(path + "statistics", Target.NAMESPACE).get(BlockHandler::statistics).mount();
    routes
        .at(path + "policy", Target.NAMESPACE)
        .get(call -> policy(call.namespace()))
        .put(BlockHandler::change)
        .mount();
    routes.at(path + "resume", Target.NAMESPACE).post(BlockHandler::resume).mount();
  }

  private static Future<Reply> statistics(Call call) {
    return Dispatch.reply(Reply.json(BlockView.statistics(call.namespace(), System.nanoTime())));
  }

  private static Future<Reply> policy(BlockNamespace namespace) {
    return Dispatch.reply(Reply.json(BlockView.policy(namespace)));
  }

  private static Future<Reply> change(Call call) {
    BlockNamespace namespace = call.namespace();
    CompletableFuture<Void> changed;
    try {
      JsonObject members = new JsonObject(call.body());
      changed = namespace.control().change(before -> PolicyReader.read(members, before));
    } catch (DecodeException | ClassCastException e) {
      throw malformed("the body is no JSON object");
    } catch (IllegalArgumentException e) {
      throw malformed(e.getMessage());
    }
    return call.here(changed).compose(v -> policy(namespace));
  }

  private static Future<Reply> resume(Call call) {
    return call.here(call.namespace().control().resume()).map(v -> Reply.noContent());
  }

  private static ProblemException malformed(String why) {
    return Problem.of(400, "Malformed Policy", why).asException();
  }
}
