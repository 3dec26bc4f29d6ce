package dev.doorbell.service.http;

import dev.doorbell.service.block.BlockConfiguration;
import dev.doorbell.service.block.BlockNamespace;
import io.vertx.core.Future;
import io.vertx.core.Promise;

/** Copies within a namespace: the drive moves the data, none of it comes here. */
final class CopyAction {
  private static final String SOURCES = "sources";
  private static final String DESTINATION = "destination";

  private CopyAction() {}

  static void add(Handlers handlers) {
    handlers
        .on("copy", CopyAction::copy)
        .unless(
            call ->
                RangeActions.requireOffered(
                    call, "copy", BlockConfiguration.of(call.namespace()).maxCopyBytes()));
  }

  private static Future<Reply> copy(Call call) {
    BlockNamespace namespace = call.namespace();
    BlockConfiguration limits = BlockConfiguration.of(namespace);
    Members body = call.members();
    CheckedExtents sources =
        CheckedExtents.read(
            body, SOURCES, limits.maxCopySegments(), namespace, limits.maxCopyBytes());
    long to = body.number(DESTINATION, 0, Long.MAX_VALUE);
    CheckedExtents.requireAligned(body, DESTINATION, namespace, to);
    long bytes = sources.bytes();
    if (bytes > limits.maxCopyBytes()) {
      throw Problem.of(
              400,
              "Malformed Body",
              "the sources have %d bytes; one copy may have %d"
                  .formatted(bytes, limits.maxCopyBytes()))
          .with("member", SOURCES)
          .asException();
    }
    CheckedExtents.requireWithin(body, DESTINATION, namespace, to, bytes);
    for (int i = 0; i < sources.count(); i++) {
      long from = sources.offsets()[i];
      if (from < to + bytes && to < from + sources.lengths()[i]) {
        throw body.refused(
            DESTINATION, "what is copied there overlaps source %d, at %d".formatted(i, from));
      }
    }
    RangeActions.requireWritable(namespace);
    boolean durable = call.durable();
    Promise<Integer> done = call.begun();
    call.device()
        .copy(
            new RangeActions.Single(done),
            sources.offsets(),
            sources.lengths(),
            sources.count(),
            to,
            durable);
    return done.future()
        .map(
            status -> {
              if (status != 0) {
                throw Problem.ofDrive(
                        "%s: copy of %d bytes to %d".formatted(namespace.name(), bytes, to),
                        status,
                        true)
                    .with("lba", to / namespace.blockSize())
                    .asException();
              }
              return Reply.noContent().applied(durable);
            });
  }
}
