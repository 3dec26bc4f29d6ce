package dev.doorbell.nvme.controller;

import dev.doorbell.dma.DmaMapper;
import dev.doorbell.dma.DmaMemory;
import dev.doorbell.nvme.queue.Doorbell;
import dev.doorbell.nvme.queue.ShadowDoorbell;
import dev.doorbell.nvme.spec.ControllerRegisters;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The shadow doorbell and EventIdx buffers of a controller (NVMe Base 1.4, 5.8): one page each,
 * laid out as the doorbell registers are. I/O queues only; the admin queue rings its registers.
 */
final class ShadowDoorbells {
  private final DmaMemory memory;
  private final long iova;
  private final int pageSize;
  private final int stride;
  private final ByteBuffer shadows;
  private final ByteBuffer events;
  private final List<ShadowDoorbell> doorbells = new ArrayList<>();

  ShadowDoorbells(DmaMapper mapper, int pageSize, int stride) {
    this.memory = DmaMemory.allocate(2 * pageSize, pageSize);
    this.iova = mapper.map(memory);
    this.pageSize = pageSize;
    this.stride = stride;
    this.shadows = memory.buffer();
    this.events = memory.buffer().slice(pageSize, pageSize);
  }

  long iova() {
    return iova;
  }

  /**
   * Tells the controller of the buffers. After every enable, while no I/O queue exists.
   *
   * @throws NvmeException if the controller refuses
   */
  synchronized void configure(AdminQueue admin) {
    for (int i = 0; i < memory.size(); i += Long.BYTES) {
      memory.buffer().putLong(i, 0);
    }
    doorbells.forEach(ShadowDoorbell::restart);
    admin.doorbellBuffers(iova, iova + pageSize, pageSize);
  }

  synchronized Doorbell submission(int qid, Doorbell register) {
    return at(ControllerRegisters.submissionDoorbell(qid, stride), register);
  }

  synchronized Doorbell completion(int qid, Doorbell register) {
    return at(ControllerRegisters.completionDoorbell(qid, stride), register);
  }

  private Doorbell at(int offsetInBar, Doorbell register) {
    int offset = offsetInBar - ControllerRegisters.DOORBELLS;
    if (offset + Integer.BYTES > pageSize) {
      return register;
    }
    ShadowDoorbell doorbell = new ShadowDoorbell(shadows, events, offset, register);
    doorbells.add(doorbell);
    return doorbell;
  }
}
