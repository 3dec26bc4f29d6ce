package dev.doorbell.service.http;

import dev.doorbell.service.block.BlockNamespace;
import io.vertx.core.Future;

/** Accounting and operation of a namespace: statistics, policy, resumption. */
final class BlockHandler {
  private BlockHandler() {}

  static void add(Handlers handlers) {
    handlers.on("getStatistics", BlockHandler::statistics);
    handlers.on("getPolicy", call -> policy(call.namespace()));
    handlers.on("changePolicy", BlockHandler::change);
    handlers.on("resume", BlockHandler::resume);
  }

  private static Future<Reply> statistics(Call call) {
    return Dispatch.reply(Reply.json(BlockView.statistics(call.namespace(), System.nanoTime())));
  }

  private static Future<Reply> policy(BlockNamespace namespace) {
    return Dispatch.reply(Reply.json(BlockView.policy(namespace)));
  }

  private static Future<Reply> change(Call call) {
    BlockNamespace namespace = call.namespace();
    Members members = call.members();
    return call.here(namespace.control().change(before -> PolicyReader.read(members, before)))
        .compose(v -> policy(namespace));
  }

  private static Future<Reply> resume(Call call) {
    return call.here(call.namespace().control().resume()).map(v -> Reply.noContent());
  }
}
