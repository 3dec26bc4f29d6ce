package dev.doorbell.service.http;

import dev.doorbell.service.block.BlockConfiguration;
import dev.doorbell.service.block.BlockDevice;
import dev.doorbell.service.block.BlockNamespace;
import dev.doorbell.service.block.BlockRequest;
import io.vertx.core.Future;
import io.vertx.core.Promise;

/** What is done to ranges of a namespace without sending their data: flush, discard and so on. */
final class RangeActions {
  private static final String EXTENTS = "extents";

  /** Of write-zeroes and verify, as of discard. */
  private static final int MOST_EXTENTS = 256;

  private RangeActions() {}

  static void add(Handlers handlers) {
    handlers.on("flush", RangeActions::flush);
    handlers
        .on("discard", RangeActions::discard)
        .unless(call -> requireOffered(call, "discard", limits(call).maxDiscardBytes()));
    handlers
        .on("writeZeroes", RangeActions::writeZeroes)
        .unless(call -> requireOffered(call, "write-zeroes", limits(call).maxWriteZeroesBytes()));
    handlers
        .on("verify", RangeActions::verify)
        .unless(call -> requireOffered(call, "verify", limits(call).maxVerifyBytes()));
  }

  private static BlockConfiguration limits(Call call) {
    return BlockConfiguration.of(call.namespace());
  }

  private static Future<Reply> flush(Call call) {
    Promise<Integer> done = call.begun();
    call.device().flush(new Single(done));
    return done.future()
        .map(
            status -> {
              if (status != 0) {
                throw new ProblemException(Problem.ofDrive("flush", status, true));
              }
              return Reply.noContent();
            });
  }

  private static Future<Reply> discard(Call call) {
    BlockConfiguration limits = limits(call);
    CheckedExtents extents =
        CheckedExtents.read(
            call.members(),
            EXTENTS,
            limits.maxDiscardSegments(),
            call.namespace(),
            limits.maxDiscardBytes());
    requireWritable(call.namespace());
    Promise<Integer> done = call.begun();
    call.device()
        .discard(new Single(done), extents.offsets(), extents.lengths(), extents.count(), 0);
    return done.future()
        .map(
            status -> {
              if (status != 0) {
                throw failed(call, "discard of %d ranges".formatted(extents.count()), status)
                    .with("lba", extents.offsets()[0] / call.namespace().blockSize())
                    .asException();
              }
              return Reply.noContent();
            });
  }

  private static Future<Reply> writeZeroes(Call call) {
    BlockConfiguration limits = limits(call);
    Members body = call.members();
    int flags = body.flag("unmap", false) ? BlockDevice.FLAG_UNMAP : 0;
    CheckedExtents extents =
        CheckedExtents.read(
            body, EXTENTS, MOST_EXTENTS, call.namespace(), limits.maxWriteZeroesBytes());
    requireWritable(call.namespace());
    BlockDevice device = call.device();
    boolean durable = call.durable();
    return each(
            call,
            "write-zeroes",
            extents,
            (request, offset, length) ->
                device.writeZeroes(request, offset, length, flags, durable))
        .map(reply -> reply.applied(durable));
  }

  private static Future<Reply> verify(Call call) {
    BlockConfiguration limits = limits(call);
    CheckedExtents extents =
        CheckedExtents.read(
            call.members(), EXTENTS, MOST_EXTENTS, call.namespace(), limits.maxVerifyBytes());
    BlockDevice device = call.device();
    return each(call, "verify", extents, device::verify);
  }

  private static Future<Reply> each(
      Call call, String what, CheckedExtents extents, ExtentRun.Step step) {
    Promise<ExtentRun.Outcome> done = call.begun();
    ExtentRun.start(extents, step, done);
    return done.future()
        .map(
            outcome -> {
              if (outcome.status() == 0) {
                return Reply.noContent();
              }
              int extent = outcome.extent();
              long offset = extents.offsets()[extent];
              throw failed(
                      call,
                      "%s of %d bytes at %d".formatted(what, extents.lengths()[extent], offset),
                      outcome.status())
                  .with("lba", offset / call.namespace().blockSize())
                  .with("extent", extent)
                  .with("extents_done", outcome.done())
                  .asException();
            });
  }

  /** Before the body is looked at: a client that finds out what a drive can wants this answer. */
  static void requireOffered(Call call, String what, long limit) {
    if (limit == 0) {
      throw Problem.of(
              501,
              "Not Supported By Drive",
              "%s: namespace %s has no such command".formatted(what, call.namespace().name()))
          .asException();
    }
  }

  static void requireWritable(BlockNamespace namespace) {
    if (namespace.readOnly()) {
      throw Problem.of(
              403, "Write Protected", "namespace " + namespace.name() + " is write protected")
          .asException();
    }
  }

  private static Problem failed(Call call, String what, int status) {
    return Problem.ofDrive(call.namespace().name() + ": " + what, status, true);
  }

  /** A request that tells its status. */
  static final class Single extends BlockRequest {
    private final Promise<Integer> done;

    Single(Promise<Integer> done) {
      this.done = done;
    }

    @Override
    protected void finished(int status) {
      done.complete(status);
    }
  }
}
