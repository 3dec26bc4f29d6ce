package dev.doorbell.nvme.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.doorbell.dma.DmaException;
import dev.doorbell.dma.RecordingMapper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class QueueMemoryTest {
  private final RecordingMapper mapper = new RecordingMapper(4096);

  @ParameterizedTest
  @CsvSource({"2, 4096", "64, 4096", "65, 4096", "1024, 4096", "128, 16384"})
  void eachPartStartsAtAPageOfTheController(int entries, int pageSize) {
    QueueMemory memory = QueueMemory.allocate(mapper, entries, pageSize, 1 << 20);
    assertEquals(0, memory.submissionIova() % pageSize);
    assertEquals(0, memory.completionIova() % pageSize);
    assertTrue(memory.completionIova() - memory.submissionIova() >= 64L * entries);
    assertTrue(memory.maxTransfer() >= 1 << 20);
    memory.unmap();
    assertEquals(0, mapper.mapped());
  }

  @Test
  void aMappingThatIsNotAtAPageOfTheControllerIsRefusedAndUndone() {
    QueueMemory first = QueueMemory.allocate(mapper, 2, 4096, 4096);
    DmaException e =
        assertThrows(DmaException.class, () -> QueueMemory.allocate(mapper, 64, 65536, 1 << 20));
    assertTrue(e.getMessage().contains("65536"), e.getMessage());
    assertEquals(1, mapper.mapped());
    first.unmap();
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 1, 65537})
  void refusesEntryCountsOutOfRange(int entries) {
    assertThrows(
        IllegalArgumentException.class, () -> QueueMemory.allocate(mapper, entries, 4096, 4096));
  }

  @Test
  void refusesListsThatNoMemoryHolds() {
    assertThrows(
        IllegalArgumentException.class, () -> QueueMemory.allocate(mapper, 65536, 4096, 32 << 20));
    assertEquals(0, mapper.maps());
  }
}
