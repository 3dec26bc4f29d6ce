package dev.doorbell.service.block;

import dev.doorbell.nvme.queue.BlockCommand;
import dev.doorbell.nvme.queue.IoQueue;
import io.netty.buffer.ByteBuf;
import java.util.concurrent.Executor;

/**
 * The queue of another loop, for a loop that has none of its own: a command goes there as one
 * message and its completion comes back as another. No lock is taken; the message objects are used
 * again. The memory is of an arena of this loop, which the controller reaches as well as the
 * owner's.
 */
public final class ForwardingQueue implements BlockQueue {
  private final IoQueue queue;
  private final Executor owner;
  private final Executor home;
  private Message free;

  /**
   * @param queue of the other loop
   * @param owner runs tasks on that loop, in order
   * @param home runs tasks on this loop, in order
   */
  public ForwardingQueue(IoQueue queue, Executor owner, Executor home) {
    this.queue = queue;
    this.owner = owner;
    this.home = home;
  }

  @Override
  public boolean read(
      LoopCommand command,
      int nsid,
      long lba,
      int blocks,
      int blockSize,
      ByteBuf buffer,
      int index) {
    Message message = take(Kind.READ, command, nsid);
    message.transfer(lba, blocks, blockSize, buffer, index, false);
    owner.execute(message);
    return true;
  }

  @Override
  public boolean write(
      LoopCommand command,
      int nsid,
      long lba,
      int blocks,
      int blockSize,
      ByteBuf buffer,
      int index,
      boolean durable) {
    Message message = take(Kind.WRITE, command, nsid);
    message.transfer(lba, blocks, blockSize, buffer, index, durable);
    owner.execute(message);
    return true;
  }

  @Override
  public void flush(LoopCommand command, int nsid) {
    owner.execute(take(Kind.FLUSH, command, nsid));
  }

  @Override
  public boolean transferData(
      LoopCommand command,
      int opcode,
      int nsid,
      long cdw10and11,
      long cdw12and13,
      int bytes,
      boolean read,
      ByteBuf buffer,
      int index) {
    Message message = take(read ? Kind.DATA_IN : Kind.DATA_OUT, command, nsid);
    message.any(opcode, cdw10and11, cdw12and13);
    message.transfer(0, bytes, 1, buffer, index, false);
    owner.execute(message);
    return true;
  }

  @Override
  public void command(LoopCommand command, int opcode, int nsid, long cdw10and11, long cdw12and13) {
    Message message = take(Kind.NO_DATA, command, nsid);
    message.any(opcode, cdw10and11, cdw12and13);
    owner.execute(message);
  }

  @Override
  public IoQueue own() {
    return null;
  }

  @Override
  public IoQueue target() {
    return queue;
  }

  @Override
  public void onOwner(Runnable task) {
    owner.execute(task);
  }

  @Override
  public void onLoop(Runnable task) {
    home.execute(task);
  }

  private Message take(Kind kind, LoopCommand command, int nsid) {
    Message message = free;
    if (message == null) {
      message = new Message();
    } else {
      free = message.next;
    }
    message.kind = kind;
    message.command = command;
    message.nsid = nsid;
    message.answered = false;
    return message;
  }

  private enum Kind {
    READ,
    WRITE,
    FLUSH,
    /** Of any command set: data from the controller, to it, or none. */
    DATA_IN,
    DATA_OUT,
    NO_DATA
  }

  /** There and back; belongs to the loop that it was handed to last. */
  private final class Message extends BlockCommand implements Runnable {
    private Message next;
    private Kind kind;
    private LoopCommand command;
    private int nsid;
    private long lba;
    private int blocks;
    private int blockSize;
    private ByteBuf buffer;
    private int index;
    private boolean durable;
    private int opcode;
    private long cdw10and11;
    private long cdw12and13;
    private boolean answered;
    private int status;

    private void transfer(
        long lba, int blocks, int blockSize, ByteBuf buffer, int index, boolean durable) {
      this.lba = lba;
      this.blocks = blocks;
      this.blockSize = blockSize;
      this.buffer = buffer;
      this.index = index;
      this.durable = durable;
    }

    private void any(int opcode, long cdw10and11, long cdw12and13) {
      this.opcode = opcode;
      this.cdw10and11 = cdw10and11;
      this.cdw12and13 = cdw12and13;
    }

    @Override
    public void run() {
      if (answered) {
        arrive();
      } else {
        submit();
      }
    }

    /** On the owner's loop. */
    private void submit() {
      boolean submitted =
          switch (kind) {
            case READ -> queue.read(this, nsid, lba, blocks, blockSize, buffer, index);
            case WRITE -> queue.write(this, nsid, lba, blocks, blockSize, buffer, index, durable);
            case FLUSH -> {
              queue.flush(this, nsid);
              yield true;
            }
            case DATA_IN, DATA_OUT ->
                queue.transferData(
                    this,
                    opcode,
                    nsid,
                    cdw10and11,
                    cdw12and13,
                    blocks * blockSize,
                    kind == Kind.DATA_IN,
                    buffer,
                    index);
            case NO_DATA -> {
              queue.command(this, opcode, nsid, cdw10and11, cdw12and13);
              yield true;
            }
          };
      if (!submitted) {
        done(BlockRequest.BUSY);
      }
    }

    /** On the owner's loop. */
    @Override
    protected void done(int s) {
      status = s;
      answered = true;
      home.execute(this);
    }

    /** On this loop. */
    private void arrive() {
      LoopCommand ended = command;
      command = null;
      buffer = null;
      next = free;
      free = this;
      ended.doneElsewhere(status, result());
    }
  }
}
