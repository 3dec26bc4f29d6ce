package dev.doorbell.service.block;

import dev.doorbell.dma.DmaBuffer;
import dev.doorbell.nvme.controller.ZonedInfo;
import dev.doorbell.nvme.queue.BlockCommand;
import dev.doorbell.nvme.spec.Status;
import dev.doorbell.nvme.spec.ZoneAction;
import dev.doorbell.nvme.spec.ZoneCondition;
import dev.doorbell.nvme.zoned.ZoneQueue;
import dev.doorbell.nvme.zoned.ZoneReport;
import dev.doorbell.nvme.zoned.ZoneTransport;
import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The zones of a namespace as one event loop uses them. Belongs to the loop's thread; what it is
 * called back with comes there too.
 */
public final class ZonedDevice {
  /** What comes of a management action. */
  public interface Managed {
    /**
     * The action is done; must not throw.
     *
     * @param status 0, one of {@link BlockStatus}, or as {@link Status} reads it
     */
    void managed(int status);
  }

  /** What comes of a report. */
  public interface Reported {
    /**
     * The report is there; must not throw.
     *
     * @param status 0, {@link BlockRequest#BUSY}, or as {@link Status} reads it
     * @param report null unless the status is 0
     */
    void reported(int status, ZoneReport report);
  }

  private static final int ALL = -1;

  private final BlockDevice device;
  private final BlockNamespace namespace;
  private final MemoryQueue memory;
  private final ZoneQueue queue;
  private final ZoneCounters counters = new ZoneCounters();

  ZonedDevice(BlockDevice device, BlockQueue queue) {
    this.device = device;
    this.namespace = device.namespace();
    this.memory = device.memory();
    this.queue = new ZoneQueue(new Transport(queue), namespace.info());
  }

  public ZonedInfo info() {
    return queue.info();
  }

  public ZoneCounters counters() {
    return counters;
  }

  /** Zones that one report may hold. */
  public int reportLimit() {
    int bytes = namespace.controller().maxTransferBytes();
    int fitting = (bytes - ZoneReport.bytes(0)) / (ZoneReport.bytes(1) - ZoneReport.bytes(0));
    return Math.min(fitting, 4096);
  }

  /** Does an action to one zone; checked, held back and accounted as any other request. */
  public void manage(ZoneAction action, int zone, Managed then) {
    device.manage(new Action(action, zone, then), zone);
  }

  /** Does an action to every zone in a condition that fits. */
  public void manageAll(ZoneAction action, Managed then) {
    device.manage(new Action(action, ALL, then), ALL);
  }

  /**
   * Reports zones.
   *
   * @param from the first zone to look at
   * @param only zones in this condition; null for all
   * @param most zones at most, up to {@link #reportLimit}
   */
  public void report(int from, ZoneCondition only, int most, Reported then) {
    new Report(from, only, true, most, then).start();
  }

  /** Counts the zones in a condition; the report has the count and no zones. */
  public void count(ZoneCondition only, Reported then) {
    new Report(0, only, false, 0, then).start();
  }

  void append(BlockRequest request, int zone, int length, boolean durable) {
    queue.append(request, zone, length / namespace.blockSize(), request.buffer, 0, durable);
  }

  /** All commands of this class are of its loop. */
  private record Transport(BlockQueue queue) implements ZoneTransport {
    @Override
    public boolean transferData(
        BlockCommand command,
        int opcode,
        int nsid,
        long cdw10and11,
        long cdw12and13,
        int bytes,
        boolean read,
        ByteBuf buffer,
        int index) {
      LoopCommand own = (LoopCommand) command;
      return queue.transferData(
          own, opcode, nsid, cdw10and11, cdw12and13, bytes, read, buffer, index);
    }

    @Override
    public void command(
        BlockCommand command, int opcode, int nsid, long cdw10and11, long cdw12and13) {
      queue.command((LoopCommand) command, opcode, nsid, cdw10and11, cdw12and13);
    }

    @Override
    public boolean writeCacheEnabled() {
      return queue.writeCacheEnabled();
    }
  }

  /** A management action on its way. */
  final class Action extends BlockRequest {
    private final ZoneAction action;
    private final int zone;
    private final Managed then;

    private Action(ZoneAction action, int zone, Managed then) {
      this.action = action;
      this.zone = zone;
      this.then = then;
    }

    void send() {
      if (zone == ALL) {
        queue.manageAll(this, action);
      } else {
        queue.manage(this, action, zone);
      }
    }

    @Override
    protected void finished(int status) {
      if (status == 0) {
        counters.managed(action);
      }
      then.managed(status);
    }
  }

  private final class Report extends LoopCommand implements MemoryQueue.Waiter {
    private final int from;
    private final ZoneCondition only;
    private final boolean partial;
    private final int bytes;
    private final Reported then;
    private DmaBuffer memoryOfReport;

    Report(int from, ZoneCondition only, boolean partial, int most, Reported then) {
      this.from = from;
      this.only = only;
      this.partial = partial;
      this.bytes = ZoneReport.bytes(most);
      this.then = then;
    }

    void start() {
      DmaBuffer buffer = memory.allocate(bytes);
      if (buffer == null) {
        memory.await(this);
      } else {
        memoryArrived(buffer);
      }
    }

    @Override
    public int bytesWanted() {
      return bytes;
    }

    @Override
    public void memoryArrived(DmaBuffer buffer) {
      memoryOfReport = buffer;
      queue.report(this, from, only, false, partial, buffer, 0, bytes);
    }

    @Override
    public void memoryTimedOut() {
      then.reported(BlockRequest.BUSY, null);
    }

    @Override
    protected void done(int status) {
      ZoneReport report = null;
      int outcome = status;
      if (status == 0) {
        byte[] copy = new byte[bytes];
        memoryOfReport.getBytes(0, copy);
        ByteBuffer little = ByteBuffer.wrap(copy).order(ByteOrder.LITTLE_ENDIAN);
        try {
          report = ZoneReport.read(little, 0, bytes, 0, info());
        } catch (IllegalStateException e) {
          // A controller that reports nonsense: the client is told as of any other failure.
          outcome = Status.INTERNAL_ERROR;
        }
      }
      memoryOfReport.release();
      memoryOfReport = null;
      then.reported(outcome, report);
    }
  }
}
