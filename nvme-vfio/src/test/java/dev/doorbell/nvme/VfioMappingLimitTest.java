package dev.doorbell.nvme;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.doorbell.dma.DmaMemory;
import dev.doorbell.nvme.controller.ControllerOptions;
import dev.doorbell.nvme.controller.NamespaceInfo;
import dev.doorbell.nvme.queue.Command;
import dev.doorbell.nvme.queue.QueueCounter;
import dev.doorbell.nvme.queue.QueuePair;
import dev.doorbell.nvme.spec.NvmOpcode;
import dev.doorbell.nvme.spec.Status;
import dev.doorbell.vfio.PciAddress;
import dev.doorbell.vfio.TemporaryMappings;
import dev.doorbell.vfio.Vfio;
import dev.doorbell.vfio.VfioDevice;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

/**
 * Requests on memory that is no part of an arena, each page mapped for its request alone, until the
 * kernel grants no more mappings: many times over, with requests on their way to the device and
 * others half built whenever that happens.
 */
@EnabledIfEnvironmentVariable(
    named = VfioDriverTest.ADDRESS,
    matches = ".+",
    disabledReason = "deploy/rig/driver-suite runs it in a guest")
class VfioMappingLimitTest {
  private static final Path LIMIT =
      Path.of("/sys/module/vfio_iommu_type1/parameters/dma_entry_limit");
  private static final int PAGE = DmaMemory.PAGE_SIZE;

  /** Requests at once, in all stages; all together want more mappings than 666. */
  private static final int CONCURRENT = 96;

  private static final int MAX_PAGES = 16;

  /** How often all that the kernel grants is to be used up. */
  private static final int ROUNDS = 20;

  private static final long SEED = 0x5EED_0003L;

  private final Random random = new Random(SEED);
  private final List<Transfer> underConstruction = new ArrayList<>();
  private final Queue<Transfer> roomAgain = new ArrayDeque<>();

  /** Parts of the namespace that no request uses now. */
  private final Queue<Integer> freePlaces = new ArrayDeque<>();

  private TemporaryMappings mappings;
  private QueuePair pair;
  private NamespaceInfo namespace;
  private long granted;
  private long refused;
  private int most;

  @Test
  void nothingFailsAndNothingIsLostWhereTheKernelGrantsFewMappings() throws Exception {
    int limit = Integer.parseInt(Files.readString(LIMIT).trim());
    assumeTrue(limit <= 4096, "to meet a limit of " + limit + " mappings would take too long");
    PciAddress address = PciAddress.parse(System.getenv(VfioDriverTest.ADDRESS)).orElseThrow();
    VfioDevice device = Vfio.ofMachine(false).open(address);
    mappings = device.temporaryDma();
    long transfers = 0;
    try (NvmeDrive drive = NvmeDrive.open(device, ControllerOptions.of("nvme0", 1))) {
      pair = drive.openQueue(PAGE).queue().pair();
      namespace = drive.namespaces().get(0);
      for (int place = 0; place < CONCURRENT; place++) {
        freePlaces.add(place);
      }
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
      while (granted < (long) ROUNDS * limit || freePlaces.size() < CONCURRENT) {
        if (!freePlaces.isEmpty() && granted < (long) ROUNDS * limit) {
          underConstruction.add(new Transfer(freePlaces.remove()));
          transfers++;
        }
        mapOnePage();
        pair.poll();
        underConstruction.addAll(roomAgain);
        roomAgain.clear();
        assertTrue(
            System.nanoTime() < deadline,
            CONCURRENT - freePlaces.size() + " requests came to no end");
      }
      assertEquals(0, pair.counters().get(QueueCounter.COMPLETION_ERRORS));
      assertEquals(2 * transfers, pair.counters().get(QueueCounter.COMPLETED));
    }
    System.out.printf(
        "mappings: %d allowed, %d at once at most, %d granted, %d times none, for %d requests%n",
        limit, most, granted, refused, 2 * transfers);
    // The queues have some, too, but not many.
    assertTrue(most > limit - 16 && most < limit, most + " of " + limit + " at once");
    assertTrue(refused >= ROUNDS / 2, "refused only " + refused + " times");
  }

  private void mapOnePage() {
    if (underConstruction.isEmpty()) {
      return;
    }
    Transfer one = underConstruction.remove(random.nextInt(underConstruction.size()));
    if (one.mapNext()) {
      if (one.complete()) {
        one.submit();
      } else {
        underConstruction.add(one);
      }
    }
  }

  /** Writes a few pages of its own, and reads them back into others. */
  private final class Transfer extends Command {
    private final int place;
    private final byte[][] data;
    private DmaMemory[] pages;
    private long[] iovas;
    private int mapped;
    private boolean reading;
    private TemporaryMappings.Request request;

    Transfer(int place) {
      this.place = place;
      data = new byte[1 + random.nextInt(MAX_PAGES)][PAGE];
      for (byte[] page : data) {
        random.nextBytes(page);
      }
      begin();
      for (int i = 0; i < data.length; i++) {
        pages[i].buffer().put(0, data[i]);
      }
    }

    private void begin() {
      pages = new DmaMemory[data.length];
      iovas = new long[data.length];
      for (int i = 0; i < data.length; i++) {
        pages[i] = DmaMemory.allocate(PAGE);
      }
      mapped = 0;
      request = mappings.begin();
    }

    /** False if it has to wait: then it is built anew. */
    boolean mapNext() {
      long iova = request.map(pages[mapped], () -> roomAgain.add(this));
      if (iova == TemporaryMappings.NO_ROOM) {
        refused++;
        mapped = 0;
        return false;
      }
      iovas[mapped++] = iova;
      granted++;
      most = Math.max(most, mappings.mappings());
      return true;
    }

    boolean complete() {
      return mapped == pages.length;
    }

    void submit() {
      int blocks = PAGE / namespace.blockSize();
      prepareTransfer(
          reading ? NvmOpcode.READ : NvmOpcode.WRITE,
          namespace.id(),
          (long) place * MAX_PAGES * blocks,
          data.length * blocks,
          0);
      for (long iova : iovas) {
        addSegment(iova, PAGE);
      }
      pair.submit(this);
      request.submitted();
    }

    @Override
    protected void completed(int status, long result) {
      assertEquals(0, status, () -> Status.name(status));
      request.end();
      if (reading) {
        byte[] back = new byte[PAGE];
        for (int i = 0; i < data.length; i++) {
          pages[i].buffer().get(0, back);
          assertArrayEquals(data[i], back, "seed " + SEED);
        }
        freePlaces.add(place);
      } else {
        reading = true;
        begin();
        underConstruction.add(this);
      }
    }
  }
}
