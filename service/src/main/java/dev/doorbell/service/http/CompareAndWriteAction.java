package dev.doorbell.service.http;

import dev.doorbell.nvme.spec.Status;
import dev.doorbell.service.block.BlockConfiguration;
import dev.doorbell.service.block.BlockNamespace;
import io.vertx.core.Future;
import io.vertx.core.Promise;

/** Writes bytes if those are there that the client expects: a compare-and-swap on the drive. */
final class CompareAndWriteAction {
  /** Whatever the drive takes at once: twice as much in base64 has to be held in memory. */
  private static final int MOST_BYTES = 128 << 10;

  private static final int BODY_LIMIT = 512 << 10;

  private CompareAndWriteAction() {}

  static void add(Handlers handlers) {
    handlers
        .on("compareAndWrite", CompareAndWriteAction::compareAndWrite)
        .limit(BODY_LIMIT)
        .unless(call -> RangeActions.requireOffered(call, "compare-and-write", offered(call)));
  }

  private static int offered(Call call) {
    return BlockConfiguration.of(call.namespace()).maxCompareAndWriteBytes();
  }

  private static Future<Reply> compareAndWrite(Call call) {
    BlockNamespace namespace = call.namespace();
    int offered = offered(call);
    int most = Math.min(MOST_BYTES, offered);
    Members body = call.members();
    long offset = body.number("offset", 0, Long.MAX_VALUE);
    byte[] expected = body.bytes("compare", most);
    byte[] wanted = body.bytes("write", most);
    if (expected.length != wanted.length) {
      throw Problem.of(
              400,
              "Malformed Body",
              "write has %d bytes, compare has %d; they must be as many"
                  .formatted(wanted.length, expected.length))
          .with("member", "write")
          .asException();
    }
    CheckedExtents.requireWithin(body, "offset", namespace, offset, wanted.length);
    if (!call.loop().limits().unalignedWrites()) {
      CheckedExtents.requireAligned(body, "offset", namespace, offset);
      CheckedExtents.requireAligned(body, "write", namespace, wanted.length);
    }
    int lead = (int) (offset % namespace.blockSize());
    if (lead + wanted.length > offered) {
      throw body.refused(
          "offset",
          "the blocks of the range have more than the %d bytes of one compare-and-write"
              .formatted(offered));
    }
    RangeActions.requireWritable(namespace);
    boolean durable = call.durable();
    Promise<Integer> done = call.begun();
    RangeActions.Single request = new RangeActions.Single(done);
    call.device().compareAndWrite(request, offset, expected, wanted, durable);
    return done.future()
        .map(
            status -> {
              if (status != 0) {
                throw failed(namespace, request, offset, wanted.length, status).asException();
              }
              return Reply.noContent().applied(durable);
            });
  }

  private static Problem failed(
      BlockNamespace namespace, RangeActions.Single request, long offset, int length, int status) {
    long difference = request.firstDifference();
    if (Status.code(status) == Status.COMPARE_FAILURE && difference >= 0) {
      return Problem.of(
              412,
              "Compare Failure",
              "%s: the byte at %d is not as expected; nothing was written"
                  .formatted(namespace.name(), difference))
          .with("first_difference", difference);
    }
    return Problem.ofDrive(
            "%s: compare-and-write of %d bytes at %d".formatted(namespace.name(), length, offset),
            status,
            true)
        .with("lba", offset / namespace.blockSize());
  }
}
