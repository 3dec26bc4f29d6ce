package dev.doorbell.dma;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.kenai.jffi.MemoryIO;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DmaMemoryTest {
  @ParameterizedTest
  @CsvSource({"1, 4096", "4096, 4096", "4097, 8192", "8192, 8192", "1048577, 1052672"})
  void isPageAlignedWholePagesZeroAndLittleEndian(int bytes, int size) {
    DmaMemory memory = DmaMemory.allocate(bytes);
    assertEquals(size, memory.size());
    assertEquals(0, memory.address() % DmaMemory.PAGE_SIZE);
    assertSame(ByteOrder.LITTLE_ENDIAN, memory.buffer().order());
    for (int i = 0; i < size; i++) {
      assertEquals(0, memory.buffer().get(i));
    }
  }

  @Test
  void theAddressIsThatOfTheFirstByte() {
    DmaMemory memory = DmaMemory.allocate(4096);
    memory.buffer().putLong(8, 0x1122334455667788L);
    assertEquals(0x1122334455667788L, MemoryIO.getInstance().getLong(memory.address() + 8));
  }

  @ParameterizedTest
  @CsvSource({"4096, 8192", "4096, 65536", "12288, 65536", "65536, 65536", "4096, 2097152"})
  void isAlignedAsAskedAlsoWhenSmallerThanTheAlignment(int bytes, int alignment) {
    DmaMemory memory = DmaMemory.allocate(bytes, alignment);
    assertEquals(bytes, memory.size());
    assertEquals(0, memory.address() % alignment);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, (1 << 30) + 1})
  void refusesSizesOutOfRange(int bytes) {
    assertThrows(IllegalArgumentException.class, () -> DmaMemory.allocate(bytes));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 512, 4097, 12288, 1 << 28})
  void refusesAlignmentsOutOfRange(int alignment) {
    assertThrows(IllegalArgumentException.class, () -> DmaMemory.allocate(4096, alignment));
  }

  @Test
  void saysWhatToRaiseWhenTheJvmGrantsNoMoreMemory() {
    // The tests run with a limit of 2 GiB.
    List<DmaMemory> taken = new ArrayList<>();
    DmaException e =
        assertThrows(
            DmaException.class,
            () -> {
              for (int i = 0; i < 4; i++) {
                taken.add(DmaMemory.allocate(1 << 30));
              }
            });
    assertTrue(e.getMessage().contains("-XX:MaxDirectMemorySize"), e.getMessage());
  }
}
