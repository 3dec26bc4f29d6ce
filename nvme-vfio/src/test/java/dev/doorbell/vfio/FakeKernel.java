package dev.doorbell.vfio;

import dev.doorbell.linux.Errno;
import dev.doorbell.linux.EventFd;
import dev.doorbell.linux.LinuxException;
import dev.doorbell.linux.MemoryLock;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * VFIO as a kernel has it, with one group and one function in it: checks the order of calls, and
 * counts what is open, mapped and routed. Each step can be made to fail.
 */
final class FakeKernel implements Kernel {
  static final int BAR_SIZE = 4 * 4096;
  static final int BAR_OFFSET = 0;
  static final int CONFIG_OFFSET = 1 << 20;
  static final int MSIX_CAP = 0x40;

  /** All calls in order, for example {@code VFIO_SET_IOMMU} or {@code open /dev/vfio/vfio}. */
  final List<String> calls = new ArrayList<>();

  /** Fails the nth call of this name with this errno; -1 for every one. */
  final Map<String, int[]> failures = new HashMap<>();

  final Map<Long, Long> dma = new TreeMap<>();
  final Map<Integer, EventFd> eventFds = new LinkedHashMap<>();
  final ByteBuffer bar = ByteBuffer.allocateDirect(BAR_SIZE).order(ByteOrder.LITTLE_ENDIAN);
  final ByteBuffer config = ByteBuffer.allocateDirect(256).order(ByteOrder.LITTLE_ENDIAN);

  int apiVersion;
  List<Integer> iommus = List.of(VfioAbi.TYPE1_IOMMU, VfioAbi.TYPE1_V2_IOMMU);
  boolean viable = true;
  int deviceFlags = VfioAbi.DEVICE_PCI | VfioAbi.DEVICE_RESETTABLE;
  int regions = 9;
  int irqs = 5;

  /** The eventfd of the request to give the device back. */
  int removalRequest = -1;

  int[] irqCounts = {1, 0, 16, 1, 1};

  /** How many messages the machine has to give. */
  int vectorsAvailable = Integer.MAX_VALUE;

  boolean msixMappable;
  List<RegionInfo.Area> sparse;
  boolean mappable = true;
  List<IovaRange> ranges =
      List.of(new IovaRange(0, 0xFEDF_FFFFL), new IovaRange(0xFEF0_0000L, (1L << 39) - 1));
  long mappingLimit = 65_535;
  MemoryLock lock = new MemoryLock(Long.MAX_VALUE, 0);

  int openFiles;
  int mappedAreas;
  int iommuChosen;
  boolean attached;
  int[] routed = {};
  int routedIndex = -1;
  int unmasks;
  int resets;
  private final Map<String, Integer> counts = new HashMap<>();

  FakeKernel() {
    config.putShort(0x06, (short) 0x10);
    config.put(0x34, (byte) MSIX_CAP);
    msix(MSIX_CAP, 16, 0, 0x2000);
  }

  /** Puts an MSI-X capability, the last one, into configuration space. */
  void msix(int at, int entries, int bar, int offset) {
    config.put(at, (byte) ConfigSpace.CAP_MSIX);
    config.put(at + 1, (byte) 0);
    config.putShort(at + 2, (short) (entries - 1));
    config.putInt(at + 4, offset | bar);
  }

  void fail(String call, int errno) {
    failures.put(call, new int[] {-1, errno});
  }

  void failOnce(String call, int nth, int errno) {
    failures.put(call, new int[] {nth, errno});
  }

  /** Forgets calls and failures. */
  void reset() {
    calls.clear();
    counts.clear();
    failures.clear();
  }

  boolean nothingLeft() {
    return openFiles == 0
        && mappedAreas == 0
        && routed.length == 0
        && dma.isEmpty()
        && eventFds.values().stream().noneMatch(FakeKernel::open);
  }

  /** A closed one neither takes signals nor gives them back. */
  private static boolean open(EventFd eventFd) {
    eventFd.signal();
    return eventFd.drain() > 0;
  }

  private void called(String call, String path) {
    calls.add(call);
    int n = counts.merge(call, 1, Integer::sum) - 1;
    int[] failure = failures.get(call);
    if (failure != null && (failure[0] < 0 || failure[0] == n)) {
      throw new LinuxException(call, path, failure[1]);
    }
  }

  @Override
  public Handle open(String path) {
    called("open " + path, path);
    return new FakeHandle(path);
  }

  @Override
  public EventFd eventFd() {
    called("eventfd", "");
    EventFd eventFd = new EventFd();
    eventFds.put(eventFd.fd(), eventFd);
    return eventFd;
  }

  @Override
  public MemoryLock memoryLock() {
    return lock;
  }

  @Override
  public int pageSize() {
    return 4096;
  }

  private final class FakeHandle implements Handle {
    private final String path;
    private boolean closed;

    FakeHandle(String path) {
      this.path = path;
      openFiles++;
    }

    @Override
    public String path() {
      return path;
    }

    @Override
    public int fd() {
      return 1000;
    }

    @Override
    public int ioctl(Ioctl call, long argument) {
      begin(call.name());
      switch (call) {
        case VFIO_GET_API_VERSION:
          return apiVersion;
        case VFIO_CHECK_EXTENSION:
          return iommus.contains((int) argument) ? 1 : 0;
        case VFIO_SET_IOMMU:
          if (!attached) {
            throw new AssertionError("no group in the container");
          }
          iommuChosen = (int) argument;
          return 0;
        case VFIO_DEVICE_RESET:
          resets++;
          config.putShort(4, (short) 0);
          return 0;
        default:
          throw new AssertionError(call);
      }
    }

    @Override
    public int ioctl(Ioctl call, ByteBuffer argument) {
      begin(call.name());
      return switch (call) {
        case VFIO_GROUP_GET_STATUS -> flags(argument, viable ? VfioAbi.GROUP_VIABLE : 0);
        case VFIO_GROUP_SET_CONTAINER -> {
          attached = argument.getInt(0) == 1000;
          yield 0;
        }
        case VFIO_DEVICE_GET_INFO -> {
          argument.putInt(VfioAbi.DEVICE_REGIONS, regions).putInt(VfioAbi.DEVICE_IRQS, irqs);
          yield flags(argument, deviceFlags);
        }
        case VFIO_DEVICE_GET_REGION_INFO -> region(argument);
        case VFIO_DEVICE_GET_IRQ_INFO -> {
          argument.putInt(VfioAbi.IRQ_COUNT, irqCounts[argument.getInt(VfioAbi.IRQ_INDEX)]);
          yield flags(argument, VfioAbi.IRQ_EVENTFD);
        }
        case VFIO_DEVICE_SET_IRQS -> setIrqs(argument);
        case VFIO_IOMMU_GET_INFO -> iommuInfo(argument);
        case VFIO_IOMMU_MAP_DMA -> mapDma(argument);
        case VFIO_IOMMU_UNMAP_DMA -> unmapDma(argument);
        default -> throw new AssertionError(call);
      };
    }

    private int flags(ByteBuffer argument, int flags) {
      argument.putInt(VfioAbi.FLAGS, flags);
      return 0;
    }

    private int region(ByteBuffer info) {
      int index = info.getInt(VfioAbi.REGION_INDEX);
      boolean isBar = index == VfioAbi.BAR0_REGION;
      info.putLong(VfioAbi.REGION_BYTES, isBar ? BAR_SIZE : config.capacity());
      info.putLong(VfioAbi.REGION_FILE_OFFSET, isBar ? BAR_OFFSET : CONFIG_OFFSET);
      int flags = isBar && mappable ? VfioAbi.REGION_MAPPABLE : 0;
      if (!isBar || sparse == null && !msixMappable) {
        return flags(info, flags);
      }
      int bytes = 32 + 8 + 16 + (sparse == null ? 0 : 16 * sparse.size());
      boolean fits = info.capacity() >= bytes;
      info.putInt(VfioAbi.ARGSZ, bytes);
      if (fits) {
        int at = 32;
        info.putInt(VfioAbi.REGION_CAPABILITIES, at);
        if (msixMappable) {
          info.putShort(at, (short) VfioAbi.REGION_CAP_MSIX_MAPPABLE);
          info.putInt(at + 4, sparse == null ? 0 : at + 8);
          at += 8;
        }
        if (sparse != null) {
          info.putShort(at, (short) VfioAbi.REGION_CAP_SPARSE_MMAP);
          info.putInt(at + VfioAbi.SPARSE_COUNT, sparse.size());
          for (int i = 0; i < sparse.size(); i++) {
            info.putLong(at + VfioAbi.SPARSE_AREAS + 16 * i, sparse.get(i).offset());
            info.putLong(at + VfioAbi.SPARSE_AREAS + 16 * i + 8, sparse.get(i).size());
          }
        }
      }
      return flags(info, flags | VfioAbi.REGION_HAS_CAPABILITIES);
    }

    private int setIrqs(ByteBuffer set) {
      int index = set.getInt(VfioAbi.IRQ_SET_INDEX);
      int count = set.getInt(VfioAbi.IRQ_SET_COUNT);
      int flags = set.getInt(VfioAbi.FLAGS);
      if ((flags & VfioAbi.IRQ_ACTION_UNMASK) != 0) {
        unmasks++;
        return 0;
      }
      if (index == VfioAbi.REQUEST_IRQ) {
        removalRequest = set.getInt(VfioAbi.IRQ_SET_DATA);
        return 0;
      }
      if (count == 0) {
        routed = new int[0];
        return 0;
      }
      called("route " + index, path);
      if (count > vectorsAvailable) {
        return vectorsAvailable;
      }
      routedIndex = index;
      routed = new int[count];
      for (int i = 0; i < count; i++) {
        routed[i] = set.getInt(VfioAbi.IRQ_SET_DATA + 4 * i);
        if (!eventFds.containsKey(routed[i])) {
          throw new AssertionError("not an eventfd: " + routed[i]);
        }
      }
      return 0;
    }

    private int iommuInfo(ByteBuffer info) {
      int bytes = 24 + 16 + 16 * ranges.size() + 16;
      info.putLong(VfioAbi.IOMMU_PAGE_SIZES, 4096L | 1 << 21);
      boolean fits = info.capacity() >= bytes;
      info.putInt(VfioAbi.ARGSZ, bytes);
      if (fits && !ranges.isEmpty()) {
        int at = 24;
        info.putInt(VfioAbi.IOMMU_CAPABILITIES, at);
        info.putShort(at, (short) VfioAbi.IOMMU_CAP_IOVA_RANGE);
        info.putInt(at + VfioAbi.IOVA_RANGE_COUNT, ranges.size());
        for (int i = 0; i < ranges.size(); i++) {
          info.putLong(at + VfioAbi.IOVA_RANGES + 16 * i, ranges.get(i).start());
          info.putLong(at + VfioAbi.IOVA_RANGES + 16 * i + 8, ranges.get(i).end());
        }
        int next = at + VfioAbi.IOVA_RANGES + 16 * ranges.size();
        info.putInt(at + 4, next);
        info.putShort(next, (short) VfioAbi.IOMMU_CAP_DMA_AVAILABLE);
        info.putInt(next + VfioAbi.DMA_AVAILABLE, (int) mappingLimit);
      }
      return flags(
          info,
          VfioAbi.IOMMU_HAS_PAGE_SIZES | (ranges.isEmpty() ? 0 : VfioAbi.IOMMU_HAS_CAPABILITIES));
    }

    private int mapDma(ByteBuffer map) {
      if (dma.size() >= mappingLimit) {
        throw new LinuxException("VFIO_IOMMU_MAP_DMA", path, Errno.ENOSPC);
      }
      long iova = map.getLong(VfioAbi.DMA_MAP_IOVA);
      long size = map.getLong(VfioAbi.DMA_MAP_BYTES);
      dma.forEach(
          (start, bytes) -> {
            if (iova < start + bytes && start < iova + size) {
              throw new AssertionError("overlap at 0x" + Long.toHexString(iova));
            }
          });
      dma.put(iova, size);
      return 0;
    }

    private int unmapDma(ByteBuffer unmap) {
      long iova = unmap.getLong(VfioAbi.DMA_UNMAP_IOVA);
      long size = unmap.getLong(VfioAbi.DMA_UNMAP_BYTES);
      dma.keySet().removeIf(start -> start >= iova && start < iova + size);
      return 0;
    }

    @Override
    public Handle openDevice(String name) {
      begin("VFIO_GROUP_GET_DEVICE_FD");
      if (iommuChosen == 0) {
        throw new AssertionError("no IOMMU chosen");
      }
      return new FakeHandle(name);
    }

    @Override
    public Mapping map(long offset, int size) {
      begin("mmap");
      mappedAreas++;
      ByteBuffer area = bar.slice((int) offset, size).order(ByteOrder.LITTLE_ENDIAN);
      return new Mapping() {
        @Override
        public ByteBuffer buffer() {
          return area;
        }

        @Override
        public void close() {
          mappedAreas--;
        }
      };
    }

    @Override
    public void read(ByteBuffer target, long offset) {
      begin("pread");
      target.put(0, at(offset), offsetIn(offset), target.capacity());
    }

    @Override
    public void write(ByteBuffer source, long offset) {
      begin("pwrite");
      at(offset).put(offsetIn(offset), source, 0, source.capacity());
    }

    private ByteBuffer at(long offset) {
      return offset >= CONFIG_OFFSET ? config : bar;
    }

    private int offsetIn(long offset) {
      return (int) (offset >= CONFIG_OFFSET ? offset - CONFIG_OFFSET : offset - BAR_OFFSET);
    }

    private void begin(String call) {
      if (closed) {
        throw new AssertionError(call + " on a closed file: " + path);
      }
      called(call, path);
    }

    @Override
    public void close() {
      if (!closed) {
        closed = true;
        openFiles--;
        if (path.equals(VfioContainer.PATH)) {
          dma.clear();
          attached = false;
          iommuChosen = 0;
        }
      }
    }
  }
}
