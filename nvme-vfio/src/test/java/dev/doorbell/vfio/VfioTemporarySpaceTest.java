package dev.doorbell.vfio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.doorbell.dma.DmaMemory;
import dev.doorbell.dma.TemporarySpace;
import dev.doorbell.linux.Errno;
import org.junit.jupiter.api.Test;

class VfioTemporarySpaceTest {
  private static final DmaMemory PAGE = DmaMemory.allocate(4096);

  private final FakeKernel kernel = new FakeKernel();
  private final VfioContainer container = VfioContainer.open(kernel, false);
  private final IovaAllocator allocator =
      new IovaAllocator(container.info().usable(), container.info().pageSize());
  private final VfioDma dma =
      new VfioDma(container, allocator, new DmaLimits(kernel::memoryLock), 4096);

  private int unmaps() {
    return (int) kernel.calls.stream().filter("VFIO_IOMMU_UNMAP_DMA"::equals).count();
  }

  @Test
  void oneCallUnmapsAllAndTheAddressesAreUsedAgain() {
    TemporarySpace space = dma.openTemporary(16 * 4096);
    long first = space.map(PAGE);
    for (int i = 1; i < 16; i++) {
      assertEquals(first + 4096L * i, space.map(PAGE));
    }
    assertEquals(TemporarySpace.NO_ROOM, space.map(PAGE));
    assertEquals(16, kernel.dma.size());
    space.unmapAll();
    assertEquals(0, kernel.dma.size());
    assertEquals(1, unmaps());
    assertEquals(first, space.map(PAGE));
  }

  @Test
  void spacesAndOtherMappingsHaveAddressesOfTheirOwn() {
    long free = allocator.freeBytes();
    TemporarySpace one = dma.openTemporary(4096);
    TemporarySpace two = dma.openTemporary(4096);
    one.map(PAGE);
    two.map(PAGE);
    long other = dma.map(PAGE);
    assertEquals(3, kernel.dma.size());
    one.close();
    two.close();
    two.close();
    assertEquals(TemporarySpace.NO_ROOM, two.map(PAGE));
    dma.unmap(other);
    assertEquals(0, kernel.dma.size());
    assertEquals(free, allocator.freeBytes());
  }

  @Test
  void theKernelsLimitIsNoRoomAndAnyOtherErrorARefusal() {
    TemporarySpace space = dma.openTemporary(16 * 4096);
    kernel.mappingLimit = 1;
    long first = space.map(PAGE);
    assertEquals(TemporarySpace.NO_ROOM, space.map(PAGE));
    kernel.mappingLimit = 100;
    kernel.failOnce("VFIO_IOMMU_MAP_DMA", 2, Errno.ENOMEM);
    assertEquals(TemporarySpace.NO_ROOM, space.map(PAGE));
    kernel.failOnce("VFIO_IOMMU_MAP_DMA", 3, Errno.EINVAL);
    assertEquals(TemporarySpace.REFUSED, space.map(PAGE));
    assertEquals(first + 4096, space.map(PAGE));
  }

  @Test
  void whatCannotBeUnmappedIsNotUsedAgain() {
    TemporarySpace space = dma.openTemporary(4 * 4096);
    long first = space.map(PAGE);
    kernel.fail("VFIO_IOMMU_UNMAP_DMA", Errno.EINVAL);
    space.unmapAll();
    assertEquals(TemporarySpace.NO_ROOM, space.map(PAGE));
    space.close();
    assertTrue(kernel.dma.containsKey(first));
    assertTrue(dma.map(PAGE) >= first + 4 * 4096);
  }

  @Test
  void thereMayBeNoAddressesForIt() {
    assertNull(dma.openTemporary(1L << 60));
  }
}
