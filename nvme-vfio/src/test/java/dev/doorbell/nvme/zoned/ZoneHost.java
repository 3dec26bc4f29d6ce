package dev.doorbell.nvme.zoned;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.doorbell.device.Device;
import dev.doorbell.dma.DmaBuffer;
import dev.doorbell.nvme.NvmeDrive;
import dev.doorbell.nvme.controller.ControllerOptions;
import dev.doorbell.nvme.controller.IoQueueHandle;
import dev.doorbell.nvme.controller.NamespaceInfo;
import dev.doorbell.nvme.controller.Waiting;
import dev.doorbell.nvme.controller.ZonedInfo;
import dev.doorbell.nvme.queue.BlockCommand;
import dev.doorbell.nvme.queue.IoQueue;
import dev.doorbell.nvme.queue.SplitCommand;
import dev.doorbell.nvme.spec.Status;
import dev.doorbell.nvme.spec.ZoneAction;
import dev.doorbell.nvme.spec.ZoneCommand;
import dev.doorbell.nvme.spec.ZoneCondition;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** A host of a zoned namespace that waits for each command; for one thread. */
final class ZoneHost implements AutoCloseable {
  private static final int ARENA = 8 << 20;

  final NvmeDrive drive;
  final NamespaceInfo namespace;
  final ZonedInfo info;
  final IoQueue queue;
  final ZoneQueue zones;
  private final Runnable idle;

  /** What came of a command. */
  record Outcome(int status, long lba) {
    int code() {
      return Status.code(status);
    }
  }

  /** A command that keeps what came of it. */
  static final class Result extends BlockCommand {
    boolean done;
    int status;
    long lba;

    @Override
    protected void done(int theStatus) {
      status = theStatus;
      lba = result();
      done = true;
    }
  }

  /** A request in as many commands as it takes, that keeps what came of it. */
  private static final class Whole extends SplitCommand {
    private boolean done;
    private int status;

    @Override
    protected void done(int theStatus) {
      status = theStatus;
      done = true;
    }
  }

  /**
   * Opens the first zoned namespace of a device.
   *
   * @param idle what to do between two polls
   */
  ZoneHost(Device device, Runnable idle) {
    this(open(device, idle), idle);
  }

  private ZoneHost(NvmeDrive drive, Runnable idle) {
    this(drive, drive.openQueue(ARENA), idle);
  }

  /** One more queue of a drive. */
  ZoneHost(NvmeDrive drive, IoQueueHandle handle, Runnable idle) {
    this.idle = idle;
    this.drive = drive;
    this.queue = handle.queue();
    this.namespace =
        drive.namespaces().stream().filter(n -> n.zoned() != null).findFirst().orElseThrow();
    this.info = namespace.zoned();
    this.zones = new ZoneQueue(queue, namespace);
  }

  private static NvmeDrive open(Device device, Runnable idle) {
    return NvmeDrive.open(
        device,
        new ControllerOptions(
            "nvme0",
            2,
            ControllerOptions.DEFAULT_QUEUE_ENTRIES,
            ControllerOptions.DEFAULT_MAX_TRANSFER,
            10_000,
            new Waiting(System::nanoTime, idle)));
  }

  int blockSize() {
    return namespace.blockSize();
  }

  /** Blocks of zone 0 that can be written, which are those of all. */
  int capacity() {
    return (int) zone(0).capacity();
  }

  Outcome write(long lba, byte[] data, boolean fua) {
    DmaBuffer buffer = buffer(data);
    Result result = new Result();
    int blocks = data.length / blockSize();
    queue.write(result, namespace.id(), lba, blocks, blockSize(), buffer, 0, fua);
    return finish(result, buffer);
  }

  Outcome append(int zone, byte[] data, boolean fua) {
    DmaBuffer buffer = buffer(data);
    Result result = new Result();
    zones.append(result, zone, data.length / blockSize(), buffer, 0, fua);
    return finish(result, buffer);
  }

  /** Appends to any LBA, as no driver should. */
  Outcome appendAt(long lba, int blocks) {
    DmaBuffer buffer = queue.arena().allocate(blocks * blockSize());
    Result result = new Result();
    queue.transferData(
        result,
        ZoneCommand.APPEND,
        namespace.id(),
        lba,
        blocks - 1,
        blocks * blockSize(),
        false,
        buffer,
        0);
    return finish(result, buffer);
  }

  Outcome read(long lba, byte[] into) {
    DmaBuffer buffer = queue.arena().allocate(into.length);
    Result result = new Result();
    queue.read(result, namespace.id(), lba, into.length / blockSize(), blockSize(), buffer, 0);
    await(result);
    buffer.getBytes(0, into);
    buffer.release();
    return new Outcome(result.status, 0);
  }

  Outcome verify(long lba, long blocks) {
    Whole whole = new Whole();
    drive.namespaceQueue(queue, namespace.id()).verify(whole, lba, blocks);
    await(() -> whole.done);
    return new Outcome(whole.status, 0);
  }

  int manage(ZoneAction action, int zone) {
    Result result = new Result();
    if (action == ZoneAction.SET_DESCRIPTOR_EXTENSION) {
      return extend(zone, new byte[info.extensionBytes()]);
    }
    zones.manage(result, action, zone);
    return finish(result, null).code();
  }

  int manageAll(ZoneAction action) {
    Result result = new Result();
    zones.manageAll(result, action);
    return finish(result, null).code();
  }

  int extend(int zone, byte[] extension) {
    DmaBuffer buffer = buffer(extension);
    Result result = new Result();
    zones.setDescriptorExtension(result, zone, buffer, 0);
    return finish(result, buffer).code();
  }

  ZoneReport report(int from, ZoneCondition only, boolean partial, int most) {
    int bytes = ZoneReport.bytes(most);
    DmaBuffer buffer = queue.arena().allocate(bytes);
    Result result = new Result();
    zones.report(result, from, only, false, partial, buffer, 0, bytes);
    await(result);
    assertEquals(Status.SUCCESS, result.status, () -> Status.name(result.status));
    ZoneReport report = ZoneReport.read(bytes(buffer, bytes), 0, bytes, 0, info);
    buffer.release();
    return report;
  }

  /** The descriptor extension of a zone, of an extended report. */
  byte[] extension(int zone) {
    int bytes = ZoneReport.bytes(1, info.extensionBytes());
    DmaBuffer buffer = queue.arena().allocate(bytes);
    Result result = new Result();
    zones.report(result, zone, null, true, true, buffer, 0, bytes);
    await(result);
    assertEquals(Status.SUCCESS, result.status, () -> Status.name(result.status));
    byte[] extension = new byte[info.extensionBytes()];
    buffer.getBytes(bytes - extension.length, extension);
    buffer.release();
    return extension;
  }

  Zone zone(int index) {
    return report(index, null, true, 1).zones().get(0);
  }

  ZoneCondition condition(int index) {
    return zone(index).condition();
  }

  List<Zone> all() {
    return report(0, null, false, info.zones()).zones();
  }

  void flush() {
    Result result = new Result();
    queue.flush(result, namespace.id());
    assertEquals(Status.SUCCESS, finish(result, null).status());
  }

  DmaBuffer buffer(byte[] data) {
    DmaBuffer buffer = queue.arena().allocate(data.length);
    buffer.setBytes(0, data);
    return buffer;
  }

  Outcome finish(Result result, DmaBuffer buffer) {
    await(result);
    if (buffer != null) {
      buffer.release();
    }
    return new Outcome(result.status, result.lba);
  }

  void await(Result result) {
    await(() -> result.done);
  }

  private void await(BooleanSupplier done) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!done.getAsBoolean()) {
      if (queue.pair().poll() == 0) {
        idle.run();
      }
      assertTrue(System.nanoTime() < deadline, "the controller did not answer");
    }
  }

  private static java.nio.ByteBuffer bytes(DmaBuffer buffer, int bytes) {
    byte[] copy = new byte[bytes];
    buffer.getBytes(0, copy);
    return java.nio.ByteBuffer.wrap(copy).order(java.nio.ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  public void close() {
    drive.close();
  }
}
