package dev.doorbell.service.http;

import dev.doorbell.nvme.controller.Passthrough;
import dev.doorbell.nvme.spec.AdminOpcode;
import dev.doorbell.nvme.spec.Feature;
import dev.doorbell.nvme.spec.Status;
import dev.doorbell.service.block.BlockStatus;
import dev.doorbell.service.block.IoPassthrough;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.nio.ByteBuffer;
import java.util.Base64;

/**
 * Commands passed to a drive as they are. Nobody checks what they do, so that they must be allowed
 * by the configuration. What the drive says of them is the answer, also if it is an error.
 */
final class PassthroughHandler {
  /** Data of an admin command. */
  private static final int MOST_ADMIN = 4096;

  private static final int BODY_LIMIT = 512 << 10;
  private static final long MOST_DWORD = 0xFFFF_FFFFL;

  private PassthroughHandler() {}

  static void add(Handlers handlers) {
    handlers
        .on("passAdminCommand", PassthroughHandler::admin)
        .unless(PassthroughHandler::requireAllowed);
    handlers
        .on("passIoCommand", PassthroughHandler::io)
        .limit(BODY_LIMIT)
        .unless(PassthroughHandler::requireAllowed);
  }

  private static Future<Reply> admin(Call call) {
    Members body = call.members();
    int opcode = (int) body.number("opcode", 0, 0xFF);
    int nsid = (int) body.number("nsid", 0L, 0, MOST_DWORD);
    long cdw10 = body.number("cdw10", 0L, 0, MOST_DWORD);
    if (opcode == AdminOpcode.SET_FEATURES
        && Feature.id((int) cdw10) == Feature.VOLATILE_WRITE_CACHE) {
      throw body.refused(
          "cdw10", "the write cache is set by PUT features/write-cache, so that flushes follow it");
    }
    byte[] out = out(body, opcode, MOST_ADMIN);
    int in = in(body, opcode, MOST_ADMIN);
    ByteBuffer data =
        out != null ? ByteBuffer.wrap(out).asReadOnlyBuffer() : ByteBuffer.allocate(in);
    Passthrough.Request request =
        new Passthrough.Request(
            opcode,
            nsid,
            dwords(body, "cdw10", "cdw11"),
            dwords(body, "cdw12", "cdw13"),
            dwords(body, "cdw14", "cdw15"),
            data);
    ControllerActions.requireLive(call.drive());
    return call.blocking(
        "passthrough to " + call.drive().name(),
        () -> {
          Passthrough.Result result;
          try {
            result = call.drive().nvme().passthrough().admin(request);
          } catch (IllegalArgumentException e) {
            throw body.refused("opcode", e.getMessage());
          }
          byte[] read = new byte[out == null && result.status() == 0 ? in : 0];
          data.get(0, read);
          return reply(result.status(), result.result(), read);
        });
  }

  private static Future<Reply> io(Call call) {
    int most = Math.min(128 << 10, IoPassthrough.mostBytes(call.namespace()));
    Members body = call.members();
    int opcode = (int) body.number("opcode", 0, 0xFF);
    byte[] out = out(body, opcode, most);
    int in = in(body, opcode, most);
    IoPassthrough.Request request =
        new IoPassthrough.Request(
            opcode, dwords(body, "cdw10", "cdw11"), dwords(body, "cdw12", "cdw13"), out, in);
    Promise<Reply> done = call.begun();
    IoPassthrough.send(
        call.device(),
        request,
        (status, result, data) -> {
          if (BlockStatus.ofLayer(status) || Status.sct(status) == Status.SCT_PATH) {
            // It did not come to the drive, or the drive gave no answer.
            String what = "passthrough to " + call.namespace().name();
            done.fail(Problem.ofDrive(what, status, true).asException());
          } else {
            done.complete(reply(status, result, data));
          }
        });
    return done.future();
  }

  private static void requireAllowed(Call call) {
    if (!call.state().rules().passthrough()) {
      throw Problem.of(
              403,
              "Passthrough Is Off",
              "commands are passed to drives only where api.passthrough is true: they can destroy"
                  + " data, or the drive")
          .with("key", "api.passthrough")
          .asException();
    }
  }

  /** What the controller is to read, or null. */
  private static byte[] out(Members body, int opcode, int most) {
    if (!body.has("data")) {
      return null;
    }
    byte[] bytes = body.bytes("data", most);
    if ((opcode & IoPassthrough.DIRECTION) != IoPassthrough.TO_CONTROLLER) {
      throw body.refused("data", "an opcode with bits 1:0 of 01b takes data, this one does not");
    }
    if (bytes.length % 4 != 0) {
      throw body.refused("data", "it must be a multiple of 4 bytes");
    }
    return bytes;
  }

  private static int in(Members body, int opcode, int most) {
    int bytes = (int) body.number("read_bytes", 0L, 0, most);
    if (bytes % 4 != 0) {
      throw body.refused("read_bytes", "it must be a multiple of 4");
    }
    if (bytes > 0 && (opcode & IoPassthrough.DIRECTION) != IoPassthrough.FROM_CONTROLLER) {
      throw body.refused(
          "read_bytes", "an opcode with bits 1:0 of 10b gives data, this one does not");
    }
    return bytes;
  }

  private static long dwords(Members body, String lower, String upper) {
    return body.number(lower, 0L, 0, MOST_DWORD) | body.number(upper, 0L, 0, MOST_DWORD) << 32;
  }

  private static Reply reply(int status, long result, byte[] data) {
    JsonObject json =
        new JsonObject()
            .put("sct", Status.sct(status))
            .put("sc", Status.sc(status))
            .put("status_name", Status.name(status))
            .put("dnr", Status.doNotRetry(status))
            .put("result", result & MOST_DWORD);
    if (data.length > 0) {
      json.put("data", Base64.getEncoder().encodeToString(data));
    }
    return Reply.json(json);
  }
}
