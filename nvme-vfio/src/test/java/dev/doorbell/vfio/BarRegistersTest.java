package dev.doorbell.vfio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.doorbell.linux.Errno;
import dev.doorbell.vfio.RegionInfo.Area;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BarRegistersTest {
  private static final long PAGE = 4096;

  private final FakeKernel kernel = new FakeKernel();

  private BarRegisters map() {
    Handle device = kernel.open("0000:03:00.0");
    RegionInfo bar = RegionInfo.of(device, VfioAbi.BAR0_REGION);
    RegionInfo config = RegionInfo.of(device, VfioAbi.CONFIG_REGION);
    Optional<MsixTable> table = MsixTable.of(new ConfigSpace(device, config));
    return BarRegisters.map(device, bar, bar.mappableAreas(table, PAGE));
  }

  private static RegionInfo region(long size, Optional<List<Area>> sparse, boolean msixMappable) {
    return new RegionInfo(size, 0, true, sparse, msixMappable);
  }

  private static Optional<MsixTable> table(int entries, long offset) {
    return Optional.of(new MsixTable(entries, 0, offset));
  }

  @Test
  void thePagesOfTheMsixTableAreLeftOut() {
    RegionInfo bar = region(0x8000, Optional.empty(), false);
    assertEquals(
        List.of(new Area(0, 0x2000), new Area(0x3000, 0x5000)),
        bar.mappableAreas(table(16, 0x2800), PAGE));
    assertEquals(
        List.of(new Area(0, 0x2000), new Area(0x5000, 0x3000)),
        bar.mappableAreas(table(512, 0x2010), PAGE));
    assertEquals(List.of(new Area(0, 0x7000)), bar.mappableAreas(table(1, 0x7FF0), PAGE));
    assertEquals(List.of(new Area(0x1000, 0x7000)), bar.mappableAreas(table(1, 0), PAGE));
    assertEquals(List.of(), bar.mappableAreas(table(2048, 0), PAGE));
  }

  @Test
  void whatTheKernelSaysOfAreasIsHonoured() {
    List<Area> sparse = List.of(new Area(0, 0x2000), new Area(0x4000, 0x1000));
    assertEquals(
        List.of(new Area(0, 0x1000), new Area(0x4000, 0x1000)),
        region(0x8000, Optional.of(sparse), false).mappableAreas(table(1, 0x1000), PAGE));
    assertEquals(
        sparse, region(0x8000, Optional.of(sparse), true).mappableAreas(table(1, 0x1000), PAGE));
    assertEquals(
        List.of(new Area(0, 0x8000)),
        region(0x8000, Optional.empty(), true).mappableAreas(table(1, 0x1000), PAGE));
    assertEquals(
        List.of(),
        new RegionInfo(0x8000, 0, false, Optional.empty(), true)
            .mappableAreas(Optional.empty(), PAGE));
  }

  @Test
  void capabilitiesOfARegionAreReadThoughTheyComeLater() {
    kernel.sparse = List.of(new Area(0, 0x1000), new Area(0x3000, 0x1000));
    kernel.msixMappable = true;
    Handle device = kernel.open("0000:03:00.0");
    RegionInfo bar = RegionInfo.of(device, VfioAbi.BAR0_REGION);
    assertEquals(Optional.of(kernel.sparse), bar.sparse());
    assertTrue(bar.msixMappable());
  }

  @Test
  void registersAreLittleEndianMappedOrNot() {
    for (boolean mappable : new boolean[] {true, false}) {
      kernel.mappable = mappable;
      BarRegisters registers = map();
      assertEquals(mappable, registers.mapped(0));
      assertFalse(registers.mapped(0x2000), "the MSI-X table");
      registers.writeInt(0x1000, 0x01020304);
      registers.writeLong(0x28, 0x1122334455667788L);
      assertEquals(0x04, kernel.bar.get(0x1000));
      assertEquals((byte) 0x88, kernel.bar.get(0x28));
      assertEquals(0x01020304, registers.readInt(0x1000));
      assertEquals(0x1122334455667788L, registers.readLong(0x28));
      // Beyond the table there is a mapping of its own.
      registers.writeInt(0x3000, 7);
      assertEquals(7, registers.readInt(0x3000));
      registers.close();
    }
    assertEquals(0, kernel.mappedAreas);
  }

  @Test
  void onlyWhatIsNotMappedGoesThroughTheKernel() {
    BarRegisters registers = map();
    kernel.calls.clear();
    registers.readInt(0x1C);
    registers.writeInt(0x1000, 1);
    assertEquals(List.of(), kernel.calls);
    registers.readInt(0x2000);
    registers.writeInt(0x2000, 1);
    assertEquals(List.of("pread", "pwrite"), kernel.calls);
  }

  @Test
  void aFunctionThatIsGoneReadsAsAllOnes() {
    kernel.mappable = false;
    BarRegisters registers = map();
    kernel.fail("pread", Errno.EIO);
    kernel.fail("pwrite", Errno.EIO);
    assertEquals(-1, registers.readInt(0));
    assertEquals(-1, registers.readLong(0));
    registers.writeInt(0x14, 1);
  }

  @Test
  void afterTheEndNothingIsTouched() {
    BarRegisters registers = map();
    registers.close();
    kernel.calls.clear();
    assertEquals(-1, registers.readInt(0x1C));
    assertEquals(-1, registers.readLong(0));
    registers.writeInt(0x1000, 5);
    registers.writeLong(0x28, 5);
    assertEquals(0, kernel.bar.getInt(0x1000));
    assertEquals(List.of(), kernel.calls);
    registers.close();
  }

  @Test
  void anOffsetOutsideOfTheBarIsAMistake() {
    BarRegisters registers = map();
    assertThrows(IndexOutOfBoundsException.class, () -> registers.readInt(FakeKernel.BAR_SIZE - 2));
    assertThrows(IndexOutOfBoundsException.class, () -> registers.writeLong(-8, 0));
  }
}
