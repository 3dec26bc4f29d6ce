package dev.doorbell.nvme.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class QueueCommandTest {
  @Test
  void sizeIsZeroBasedAboveTheIdentifier() {
    assertEquals(0x03FF_0001, QueueCommand.cdw10(1, 1024));
    assertEquals(0xFFFF_FFFF, QueueCommand.cdw10(0xFFFF, 65_536));
    assertEquals(0x8001, QueueCommand.qid(0xFFFF_8001));
    assertEquals(65_536, QueueCommand.entries(0xFFFF_8001));
    assertEquals(2, QueueCommand.entries(0x0001_0001));
  }

  @Test
  void completionQueueWithInterrupts() {
    // IV 31:16 = 5, IEN bit 1, PC bit 0
    int cdw11 = QueueCommand.completionCdw11(5);
    assertEquals(0x0005_0003, cdw11);
    assertEquals(5, QueueCommand.vector(0x0005_0003));
    assertTrue(QueueCommand.interruptsEnabled(0x0005_0003));
    assertTrue(QueueCommand.contiguous(0x0005_0003));
    assertEquals(0x0000_0003, QueueCommand.completionCdw11(0), "vector 0 is a vector");
    assertEquals(0x07FF, QueueCommand.vector(0x07FF_0000));
    assertFalse(QueueCommand.contiguous(0x07FF_0002));
  }

  @Test
  void completionQueueWithoutInterruptsNamesNoVector() {
    assertEquals(0x0000_0001, QueueCommand.completionCdw11(-1));
    assertFalse(QueueCommand.interruptsEnabled(0x0000_0001));
  }

  @Test
  void submissionQueueNamesItsCompletionQueue() {
    // CQID 31:16, QPRIO 2:1 = 00b, PC bit 0
    assertEquals(0x0002_0001, QueueCommand.submissionCdw11(2));
    assertEquals(0x8002, QueueCommand.completionQid(0x8002_0005));
  }
}
