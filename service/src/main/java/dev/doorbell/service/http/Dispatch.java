package dev.doorbell.service.http;

import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes a request to its operation, and the answer back to the client. */
final class Dispatch {
  private static final Logger LOG = LoggerFactory.getLogger(Dispatch.class);

  /** Of draft-ietf-httpapi-idempotency-key-header. */
  static final CharSequence KEY = HttpHeaders.createOptimized("Idempotency-Key");

  private final Management management;

  Dispatch(Management management) {
    this.management = management;
  }

  static Future<Reply> reply(Reply reply) {
    return Future.succeededFuture(reply);
  }

  /** Answers a request that has no body to speak of. */
  void read(RoutingContext context, Target target, Operation operation) {
    HttpServerRequest request = context.request();
    run(() -> operation.answer(target.find(management, context)))
        .onSuccess(reply -> reply.send(request));
  }

  /**
   * Looks whether a call, whose body is there, has been answered already.
   *
   * @return the answer; null if it is to be done, and then its end told by {@link Call#finish}
   */
  Reply begin(Call call) {
    HttpServerRequest request = call.request();
    String key = request.method() == HttpMethod.POST ? request.getHeader(KEY) : null;
    if (key == null) {
      return null;
    }
    IdempotencyStore store = management.state().idempotency();
    IdempotencyStore.Outcome outcome = store.begin(key, IdempotencyStore.fingerprint(call));
    if (outcome instanceof IdempotencyStore.Outcome.Answered answered) {
      return answered.reply();
    }
    if (outcome instanceof IdempotencyStore.Outcome.Do it) {
      call.ticket(it.ticket());
    }
    return null;
  }

  /** Answers a call that has begun. */
  void perform(Call call, Operation operation) {
    run(() -> operation.answer(call))
        .onSuccess(
            reply -> {
              // Kept even if the client has gone: it will ask again.
              call.finish(reply);
              reply.send(call.request());
            });
  }

  private interface Step {
    Future<Reply> take();
  }

  /** What an operation comes to; does not fail. */
  private static Future<Reply> run(Step step) {
    Future<Reply> reply;
    try {
      reply = step.take();
    } catch (RuntimeException e) {
      reply = Future.failedFuture(e);
    }
    return reply.recover(e -> reply(problem(e).reply()));
  }

  private static Problem problem(Throwable e) {
    if (e instanceof ProblemException refused) {
      return refused.problem();
    }
    LOG.error("a request failed", e);
    return Problem.of(500, "Internal Server Error", "the service failed to answer; see its log");
  }
}
