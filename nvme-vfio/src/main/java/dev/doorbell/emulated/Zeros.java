package dev.doorbell.emulated;

import dev.doorbell.dma.DmaMemory;
import dev.doorbell.nvme.spec.Status;

/** Zeros written the long way, for stores that know no shorter one. */
final class Zeros {
  private static final int CHUNK = 1 << 16;
  private static final DmaMemory MEMORY = DmaMemory.allocate(CHUNK);
  private static final ThreadLocal<ScatterList> LIST = ThreadLocal.withInitial(ScatterList::new);

  private Zeros() {}

  static int write(BlockStore store, long offset, long length) {
    ScatterList list = LIST.get();
    for (long done = 0; done < length; done += CHUNK) {
      list.clear();
      list.add(MEMORY.buffer(), MEMORY.address(), 0, (int) Math.min(CHUNK, length - done));
      int status = store.write(list, offset + done);
      if (status != Status.SUCCESS) {
        return status;
      }
    }
    return Status.SUCCESS;
  }
}
