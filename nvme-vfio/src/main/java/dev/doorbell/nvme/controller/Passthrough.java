package dev.doorbell.nvme.controller;

import dev.doorbell.dma.DmaMapper;
import dev.doorbell.dma.DmaMemory;
import dev.doorbell.nvme.queue.Command;
import dev.doorbell.nvme.queue.IoQueue;
import dev.doorbell.nvme.spec.AdminOpcode;
import java.nio.ByteBuffer;
import java.util.function.Predicate;

/**
 * Commands that the driver knows nothing of, for tools. Whoever opens the controller has to ask for
 * it ({@link ControllerChoices#passthrough}): such a command can format a drive, or make it
 * useless. Methods block, within the deadline of an admin command. For any thread but an event
 * loop.
 */
public final class Passthrough {
  private final String name;
  private final DmaMapper mapper;
  private final AdminQueue admin;
  private final Deadlines deadlines;
  private final int timeoutMillis;
  private final int maxTransfer;

  Passthrough(
      String name,
      DmaMapper mapper,
      AdminQueue admin,
      Deadlines deadlines,
      int timeoutMillis,
      int maxTransfer) {
    this.name = name;
    this.mapper = mapper;
    this.admin = admin;
    this.deadlines = deadlines;
    this.timeoutMillis = timeoutMillis;
    this.maxTransfer = maxTransfer;
  }

  /**
   * A command as it is.
   *
   * @param cdw10and11 dword 10 in the lower, dword 11 in the upper half; the others likewise
   * @param data what the controller reads or fills, from its position to its limit; empty for none.
   *     Filled only if the command succeeds
   */
  public record Request(
      int opcode, int nsid, long cdw10and11, long cdw12and13, long cdw14and15, ByteBuffer data) {}

  /**
   * How a command ended.
   *
   * @param status as {@link dev.doorbell.nvme.spec.Status} reads it; 0 is success
   * @param result dwords 0 and 1 of the completion
   */
  public record Result(int status, long result) {}

  /**
   * Executes an admin command. One that has no answer in time is aborted; if that does not end it,
   * the controller is reset.
   *
   * @throws IllegalArgumentException for one that would take the driver's queues or events away
   *     from it, or with more data than fits
   * @throws NvmeException if there is no answer in time
   */
  public Result admin(Request request) {
    switch (request.opcode) {
      case AdminOpcode.DELETE_IO_SQ,
          AdminOpcode.CREATE_IO_SQ,
          AdminOpcode.DELETE_IO_CQ,
          AdminOpcode.CREATE_IO_CQ,
          AdminOpcode.ASYNC_EVENT_REQUEST,
          AdminOpcode.DOORBELL_BUFFER_CONFIG ->
          throw new IllegalArgumentException(
              "%s: admin command %02Xh is the driver's own".formatted(name, request.opcode));
      default -> {
        int most = DmaMemory.PAGE_SIZE;
        return run(request, most, admin::submit, admin::poll, this::abort);
      }
    }
  }

  private boolean abort(RawCommand command) {
    return admin.abandonUnanswered(command, () -> command.result != null);
  }

  /**
   * Executes an I/O command on a queue that the calling thread owns. One that has no answer in time
   * is left to the supervisor, as any other of the queue.
   *
   * @throws IllegalArgumentException with more data than one command takes
   * @throws NvmeException if there is no answer in time
   */
  public Result io(IoQueue queue, Request request) {
    return run(request, maxTransfer, queue.pair()::submit, queue.pair()::poll, command -> false);
  }

  private interface Submit {
    void submit(Command command);
  }

  private Result run(
      Request request, int most, Submit submit, Runnable poll, Predicate<RawCommand> late) {
    int bytes = request.data.remaining();
    if (bytes > most || bytes % 4 != 0 || request.opcode < 0 || request.opcode > 0xFF) {
      throw new IllegalArgumentException(
          "%s: command %Xh with %d bytes of data; allowed: 0 to FFh, a multiple of 4 up to %d"
              .formatted(name, request.opcode, bytes, most));
    }
    DmaMemory memory = bytes == 0 ? null : DmaMemory.allocate(bytes);
    RawCommand command = new RawCommand(memory);
    command.prepare(
        request.opcode, request.nsid, request.cdw10and11, request.cdw12and13, request.cdw14and15);
    if (memory != null) {
      memory.buffer().put(0, request.data, request.data.position(), bytes);
      command.addSegment(command.iova, bytes);
    }
    try {
      submit.submit(command);
    } catch (RuntimeException e) {
      command.unmap();
      throw e;
    }
    Result result = await(request, command, poll, late);
    if (memory != null && result.status == 0 && !request.data.isReadOnly()) {
      request.data.put(request.data.position(), memory.buffer(), 0, bytes);
    }
    return result;
  }

  private Result await(
      Request request, RawCommand command, Runnable poll, Predicate<RawCommand> late) {
    try {
      deadlines.await(
          "%s: command %02Xh".formatted(name, request.opcode),
          timeoutMillis,
          () -> {
            poll.run();
            return command.result != null;
          });
    } catch (NvmeException e) {
      if (!late.test(command)) {
        throw e;
      }
    }
    return command.result;
  }

  private final class RawCommand extends Command {
    private final long iova;
    private final boolean withData;
    private volatile Result result;

    RawCommand(DmaMemory memory) {
      withData = memory != null;
      iova = withData ? mapper.map(memory) : 0;
    }

    /** Also when nobody waits any more: only now the controller no longer uses the memory. */
    @Override
    protected void completed(int status, long value) {
      unmap();
      result = new Result(status, value);
    }

    void unmap() {
      if (withData) {
        mapper.unmap(iova);
      }
    }
  }
}
