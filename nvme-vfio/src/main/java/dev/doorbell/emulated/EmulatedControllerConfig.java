package dev.doorbell.emulated;

import java.util.ArrayList;
import java.util.List;

/**
 * What an emulated controller is to look like. Immutable; made by {@link #builder}.
 *
 * @param name for messages
 * @param serialNumber at most 20 ASCII characters
 * @param model at most 40 ASCII characters
 * @param namespaces numbered from 1 in their order; at least one
 * @param mode on which threads the work is done
 * @param maxQueueEntries CAP.MQES as a count, 2 to 65 536
 * @param maxQueuePairs I/O queue pairs, 1 to 1024
 * @param maxTransferBytes MDTS in bytes, a power of two from 4096 to 64 MiB
 * @param interruptVectors 1 to 2048
 * @param volatileWriteCache whether a write is durable only after a flush
 * @param neverReady for tests: CSTS.RDY stays 0
 * @param readyTimeoutUnits CAP.TO in units of 500 ms, 0 to 255
 * @param doorbellStrideExponent CAP.DSTRD, 0 to 10
 * @param workers threads for work that waits, 1 to 64; none are started in manual mode
 * @param mappingLimit how many mappings its IOMMU has room for, before those of single requests
 *     find none; 1 to 65 535
 * @param features optional commands and their limits
 */
public record EmulatedControllerConfig(
    String name,
    String serialNumber,
    String model,
    List<NamespaceConfig> namespaces,
    ProcessingMode mode,
    int maxQueueEntries,
    int maxQueuePairs,
    int maxTransferBytes,
    int interruptVectors,
    boolean volatileWriteCache,
    boolean neverReady,
    int readyTimeoutUnits,
    int doorbellStrideExponent,
    int workers,
    int mappingLimit,
    OptionalFeatures features) {
  public EmulatedControllerConfig {
    namespaces = List.copyOf(namespaces);
    checkRange("namespaces", namespaces.size(), 1, 1024);
    checkRange("maxQueueEntries", maxQueueEntries, 2, 1 << 16);
    checkRange("maxQueuePairs", maxQueuePairs, 1, 1024);
    checkRange("maxTransferBytes", maxTransferBytes, 4096, 64 << 20);
    checkRange("interruptVectors", interruptVectors, 1, 2048);
    checkRange("readyTimeoutUnits", readyTimeoutUnits, 0, 255);
    checkRange("doorbellStrideExponent", doorbellStrideExponent, 0, 10);
    checkRange("workers", workers, 1, 64);
    checkRange("mappingLimit", mappingLimit, 1, 65_535);
    if (Integer.bitCount(maxTransferBytes) != 1) {
      throw new IllegalArgumentException(
          "maxTransferBytes: " + maxTransferBytes + ", must be a power of two");
    }
  }

  /**
   * Starts with the defaults: inline, 4096 entries, 64 queue pairs, 2 MiB transfers, 65 vectors, a
   * volatile write cache, 4 workers.
   */
  public static Builder builder(String name) {
    return new Builder(name);
  }

  private static void checkRange(String what, int value, int min, int max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(what + ": " + value + ", allowed: " + min + " to " + max);
    }
  }

  /** Sets what differs from the defaults. */
  public static final class Builder {
    private final String name;
    private final List<NamespaceConfig> namespaces = new ArrayList<>();
    private String serialNumber = "EMULATED0";
    private String model = "Doorbell emulated NVMe drive";
    private ProcessingMode mode = ProcessingMode.INLINE;
    private int maxQueueEntries = 4096;
    private int maxQueuePairs = 64;
    private int maxTransferBytes = 2 << 20;
    private int interruptVectors = 65;
    private boolean volatileWriteCache = true;
    private boolean neverReady;
    private int readyTimeoutUnits = 20;
    private int doorbellStrideExponent;
    private int workers = 4;
    private int mappingLimit = 1024;
    private OptionalFeatures features = OptionalFeatures.DEFAULT;

    private Builder(String name) {
      this.name = name;
    }

    public Builder serialNumber(String value) {
      serialNumber = value;
      return this;
    }

    public Builder model(String value) {
      model = value;
      return this;
    }

    /** Adds the next namespace. */
    public Builder namespace(BlockStore store, int blockSize) {
      return namespace(new NamespaceConfig(store, blockSize, false));
    }

    /** Adds the next namespace. */
    public Builder namespace(NamespaceConfig value) {
      namespaces.add(value);
      return this;
    }

    public Builder mode(ProcessingMode value) {
      mode = value;
      return this;
    }

    public Builder maxQueueEntries(int value) {
      maxQueueEntries = value;
      return this;
    }

    public Builder maxQueuePairs(int value) {
      maxQueuePairs = value;
      return this;
    }

    public Builder maxTransferBytes(int value) {
      maxTransferBytes = value;
      return this;
    }

    public Builder interruptVectors(int value) {
      interruptVectors = value;
      return this;
    }

    public Builder volatileWriteCache(boolean value) {
      volatileWriteCache = value;
      return this;
    }

    public Builder neverReady(boolean value) {
      neverReady = value;
      return this;
    }

    public Builder readyTimeoutUnits(int value) {
      readyTimeoutUnits = value;
      return this;
    }

    public Builder doorbellStrideExponent(int value) {
      doorbellStrideExponent = value;
      return this;
    }

    public Builder features(OptionalFeatures value) {
      features = value;
      return this;
    }

    public Builder workers(int value) {
      workers = value;
      return this;
    }

    public Builder mappingLimit(int value) {
      mappingLimit = value;
      return this;
    }

    /**
     * @throws IllegalArgumentException if a value is out of its range
     */
    public EmulatedControllerConfig build() {
      return new EmulatedControllerConfig(
          name,
          serialNumber,
          model,
          namespaces,
          mode,
          maxQueueEntries,
          maxQueuePairs,
          maxTransferBytes,
          interruptVectors,
          volatileWriteCache,
          neverReady,
          readyTimeoutUnits,
          doorbellStrideExponent,
          workers,
          mappingLimit,
          features);
    }
  }
}
