package dev.doorbell.service.http;

import io.vertx.core.Future;

/** What a method of a resource does. */
@FunctionalInterface
interface Operation {
  /**
   * Answers a call.
   *
   * @return fails with {@link ProblemException} where the client is to be told why
   * @throws ProblemException likewise, before anything was done
   */
  Future<Reply> answer(Call call);
}
