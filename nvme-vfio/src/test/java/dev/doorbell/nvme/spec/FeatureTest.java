package dev.doorbell.nvme.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class FeatureTest {
  @Test
  void identifiers() {
    assertEquals(0x01, Feature.ARBITRATION);
    assertEquals(0x02, Feature.POWER_MANAGEMENT);
    assertEquals(0x04, Feature.TEMPERATURE_THRESHOLD);
    assertEquals(0x05, Feature.ERROR_RECOVERY);
    assertEquals(0x06, Feature.VOLATILE_WRITE_CACHE);
    assertEquals(0x07, Feature.NUMBER_OF_QUEUES);
    assertEquals(0x08, Feature.INTERRUPT_COALESCING);
    assertEquals(0x09, Feature.INTERRUPT_VECTOR_CONFIGURATION);
    assertEquals(0x0A, Feature.WRITE_ATOMICITY);
    assertEquals(0x0B, Feature.ASYNC_EVENT_CONFIGURATION);
    assertEquals(1, Feature.WRITE_CACHE_ENABLE);
  }

  @Test
  void dword10HoldsIdentifierSelectAndSave() {
    // SV bit 31, SEL 10:8 = 011b, FID 7:0 = 06h
    assertEquals(0x06, Feature.id(0x8000_0306));
    assertEquals(3, Feature.select(0x8000_0306));
    assertTrue(Feature.save(0x8000_0306));
    assertFalse(Feature.save(0x7FFF_FFFF));
    assertEquals(0, Feature.select(0x7FFF_F8FF), "reserved bits");
    assertEquals(0, Feature.SELECT_CURRENT);
    assertEquals(1, Feature.SELECT_DEFAULT);
    assertEquals(2, Feature.SELECT_SAVED);
    assertEquals(3, Feature.SELECT_SUPPORTED);
  }

  @Test
  void numberOfQueuesIsZeroBased() {
    // NCQR 31:16, NSQR 15:0
    assertEquals(0x0001_0003, Feature.numberOfQueues(4, 2));
    assertEquals(0x0000_0000, Feature.numberOfQueues(1, 1));
    assertEquals(0xFFFE_FFFE, Feature.numberOfQueues(65_535, 65_535));
    assertEquals(4, Feature.submissionQueues(0x0001_0003));
    assertEquals(2, Feature.completionQueues(0x0001_0003));
    assertEquals(65_535, Feature.submissionQueues(0xFFFE_FFFE));
    assertEquals(65_535, Feature.completionQueues(0xFFFE_FFFE));
  }
}
