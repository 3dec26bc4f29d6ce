package dev.doorbell.nvme.queue;

/**
 * A doorbell register of a queue.
 *
 * <p>A ring has release order: every entry stored before it is visible to the controller.
 */
@FunctionalInterface
public interface Doorbell {
  /**
   * @param index the new tail of a submission queue, or the new head of a completion queue
   */
  void ring(int index);
}
