package dev.doorbell.service.block;

import dev.doorbell.nvme.controller.NamespaceInfo;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * What a front end has to know of a namespace: the configuration space of virtio-blk, by another
 * name.
 *
 * @param capacity in bytes
 * @param logicalBlockSize in bytes
 * @param physicalBlockSize bytes that the drive writes as one, a power of two; at least a logical
 *     block
 * @param minIoSize writes are best of multiples of so many bytes
 * @param optimalIoSize bytes of the best request; at most {@code maxRequestBytes}
 * @param maxSegments requests that one command may be gathered from
 * @param maxRequestBytes of a read, write or compare
 * @param maxDiscardBytes of one range; 0 without discards
 * @param maxDiscardSegments ranges of one discard
 * @param discardAlignment granularity of discards in bytes: what is no multiple is not refused, but
 *     may give nothing back
 * @param maxWriteZeroesBytes of one write zeroes, 0 without
 * @param writeZeroesMayUnmap whether write zeroes can give space back
 * @param maxVerifyBytes of one verify, 0 without
 * @param compare whether there is a compare
 * @param maxCopyBytes of all sources of a copy within the drive, 0 without
 * @param maxCopySegments sources of one copy
 * @param maxCompareAndWriteBytes of the whole blocks of one compare-and-write, 0 without
 * @param geometry for those who still ask for cylinders, heads and sectors
 * @param serial of the controller
 * @param writeCache whether a write may be lost until it is flushed
 * @param queues one for each loop
 */
public record BlockConfiguration(
    long capacity,
    int logicalBlockSize,
    int physicalBlockSize,
    int minIoSize,
    int optimalIoSize,
    int maxSegments,
    int maxRequestBytes,
    long maxDiscardBytes,
    int maxDiscardSegments,
    int discardAlignment,
    long maxWriteZeroesBytes,
    boolean writeZeroesMayUnmap,
    long maxVerifyBytes,
    boolean compare,
    long maxCopyBytes,
    int maxCopySegments,
    int maxCompareAndWriteBytes,
    Geometry geometry,
    String serial,
    WriteCacheMode writeCache,
    int queues,
    boolean readOnly) {
  /** The most bytes of a range that is discarded, zeroed, verified or copied at once. */
  static final long MAX_RANGE_BYTES = 2L << 30;

  static final int MAX_DISCARD_SEGMENTS = 256;
  static final int MAX_COPY_SEGMENTS = 256;

  /** Bytes of the answer to virtio's GET_ID. */
  public static final int ID_BYTES = 20;

  /** Cylinders, heads and sectors of a track, of 512 bytes each. */
  public record Geometry(int cylinders, int heads, int sectors) {
    private static final int HEADS = 16;
    private static final int SECTORS = 63;
    private static final int MOST_CYLINDERS = 16_383;

    /** The usual translation, as QEMU's: a fixed track, at most 16 383 cylinders. */
    static Geometry of(long bytes) {
      long cylinders = bytes / 512 / (HEADS * SECTORS);
      return new Geometry((int) Math.max(2, Math.min(MOST_CYLINDERS, cylinders)), HEADS, SECTORS);
    }
  }

  /** Of a namespace as it is now. */
  public static BlockConfiguration of(BlockNamespace namespace) {
    RequestChecks checks = new RequestChecks(namespace);
    BlockSettings settings = namespace.control().settings();
    int blockSize = namespace.blockSize();
    long[] first = {0};
    long[] block = {blockSize};
    boolean discards = checks.discard(first, block, 1, 0) != BlockStatus.UNSUPPORTED;
    boolean zeroes = checks.writeZeroes(0, blockSize, 0) != BlockStatus.UNSUPPORTED;
    boolean verifies = checks.verify(0, blockSize) != BlockStatus.UNSUPPORTED;
    NamespaceInfo info = namespace.info();
    int write = bytes(info.preferredWriteBlocks(), blockSize);
    int optimal = bytes(info.optimalWriteBlocks(), blockSize);
    int transfer = namespace.transfer();
    boolean copies = checks.copy(first, block, 1, blockSize) != BlockStatus.UNSUPPORTED;
    boolean cache =
        namespace.controller().volatileWriteCache()
            && settings.writeCache() == WriteCacheMode.WRITEBACK;
    return new BlockConfiguration(
        namespace.capacity(),
        blockSize,
        Integer.bitCount(write) == 1 ? write : blockSize,
        write,
        optimal == 0 ? transfer : Math.min(optimal, transfer),
        settings.merge() ? TurnBatch.MOST : 1,
        transfer,
        discards ? MAX_RANGE_BYTES : 0,
        discards ? MAX_DISCARD_SEGMENTS : 0,
        bytes(info.preferredDeallocateBlocks(), blockSize),
        zeroes ? MAX_RANGE_BYTES : 0,
        zeroes && namespace.limits().deallocatingZeroes(),
        verifies ? MAX_RANGE_BYTES : 0,
        checks.compare(0, blockSize) != BlockStatus.UNSUPPORTED,
        copies ? MAX_RANGE_BYTES : 0,
        copies ? MAX_COPY_SEGMENTS : 0,
        namespace.zoned() == null ? namespace.transfer() : 0,
        Geometry.of(namespace.capacity()),
        namespace.controller().serialNumber(),
        cache ? WriteCacheMode.WRITEBACK : WriteCacheMode.WRITETHROUGH,
        namespace.controller().ioQueues(),
        namespace.readOnly());
  }

  /** At most 1 GiB: a drive may say what it likes. */
  private static int bytes(int blocks, int blockSize) {
    return (int) Math.min((long) blocks * blockSize, 1 << 30);
  }

  /** The serial as virtio's GET_ID gives it: {@value #ID_BYTES} bytes, zeros after the text. */
  public byte[] id() {
    byte[] text = serial.getBytes(StandardCharsets.US_ASCII);
    ByteBuffer id = ByteBuffer.allocate(ID_BYTES);
    id.put(text, 0, Math.min(text.length, ID_BYTES));
    return id.array();
  }
}
