package dev.doorbell.vfio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.doorbell.dma.DmaException;
import dev.doorbell.dma.DmaMemory;
import dev.doorbell.linux.Errno;
import dev.doorbell.linux.MemoryLock;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class VfioDmaTest {
  private final FakeKernel kernel = new FakeKernel();
  private final VfioContainer container = VfioContainer.open(kernel, false);
  private final IovaAllocator allocator =
      new IovaAllocator(container.info().usable(), container.info().pageSize());
  private final VfioDma dma =
      new VfioDma(container, allocator, new DmaLimits(kernel::memoryLock), 4096);

  private String refusal(int bytes) {
    DmaMemory memory = DmaMemory.allocate(bytes);
    long free = allocator.freeBytes();
    String message = assertThrows(DmaException.class, () -> dma.map(memory)).getMessage();
    assertEquals(free, allocator.freeBytes(), "addresses of a refused mapping");
    return message;
  }

  @Test
  void readsWhatTheIommuCanDo() {
    IommuInfo info = container.info();
    assertEquals(4096, info.pageSize());
    assertEquals(kernel.ranges, info.usable());
    assertEquals(65_535, info.mappings().getAsInt());
    kernel.ranges = List.of();
    assertEquals(List.of(), container.info().usable());
    assertTrue(container.info().mappings().isEmpty());
  }

  @Test
  void mapsWholeMemoriesAndGivesAddressesBack() {
    DmaMemory memory = DmaMemory.allocate(5 << 20, 1 << 20);
    long first = dma.map(memory);
    assertEquals(0, first & (1 << 20) - 1, "aligned as the memory is");
    assertEquals(5 << 20, kernel.dma.get(first));
    dma.unmap(first);
    assertEquals(0, kernel.dma.size());
    assertEquals(first, dma.map(memory));
    assertThrows(DmaException.class, () -> dma.unmap(first + 4096));
    assertEquals(1, dma.mappings());
  }

  @Test
  void mapsOnceMoreAfterBusy() {
    kernel.failOnce("VFIO_IOMMU_MAP_DMA", 0, Errno.EBUSY);
    dma.map(DmaMemory.allocate(4096));
    assertEquals(1, kernel.dma.size());
    assertEquals(
        List.of("VFIO_IOMMU_MAP_DMA", "VFIO_IOMMU_UNMAP_DMA", "VFIO_IOMMU_MAP_DMA"),
        kernel.calls.subList(kernel.calls.size() - 3, kernel.calls.size()));
    kernel.fail("VFIO_IOMMU_MAP_DMA", Errno.EBUSY);
    assertTrue(refusal(4096).contains("EBUSY"));
  }

  @Test
  void namesTheLimitOnMappings() {
    kernel.mappingLimit = 3;
    List<Long> mapped = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      mapped.add(dma.map(DmaMemory.allocate(4096)));
    }
    String message = refusal(4096);
    assertTrue(message.contains("dma_entry_limit"), message);
    assertTrue(message.contains("3 mappings"), message);
    dma.unmap(mapped.get(1));
    assertEquals(mapped.get(1), dma.map(DmaMemory.allocate(4096)));
  }

  @Test
  void namesTheLimitOnLockedMemoryWithTheFigures() {
    kernel.fail("VFIO_IOMMU_MAP_DMA", Errno.ENOMEM);
    kernel.lock = new MemoryLock(8 << 20, 5 << 20);
    String message = refusal(4 << 20);
    assertTrue(
        message.contains(
            "8192 KiB allowed, 5120 KiB in use, 4096 KiB more needed; raise it to 9216"),
        message);
    assertTrue(message.contains("ulimit -l") && message.contains("LimitMEMLOCK="), message);
  }

  @Test
  void withoutSuchALimitNoMemoryMayAlsoMeanTheOther() {
    kernel.fail("VFIO_IOMMU_MAP_DMA", Errno.ENOMEM);
    assertTrue(refusal(4096).contains("dma_entry_limit"));
  }

  @Test
  void memoryThatCannotBeUnmappedKeepsItsAddress() {
    long iova = dma.map(DmaMemory.allocate(4096));
    kernel.fail("VFIO_IOMMU_UNMAP_DMA", Errno.EINVAL);
    assertThrows(DmaException.class, () -> dma.unmap(iova));
    assertEquals(1, dma.mappings());
    assertEquals(iova + 4096, dma.map(DmaMemory.allocate(4096)));
  }

  @Test
  void pagesThatAreTooLargeAreSaid() {
    VfioDma large = new VfioDma(container, allocator, new DmaLimits(kernel::memoryLock), 65_536);
    DmaException e = assertThrows(DmaException.class, () -> large.map(DmaMemory.allocate(4096)));
    assertTrue(e.getMessage().contains("65536"), e.getMessage());
  }
}
