package dev.doorbell.emulated;

import dev.doorbell.nvme.spec.Feature;
import dev.doorbell.nvme.spec.Identify;
import dev.doorbell.nvme.spec.Status;
import java.util.Arrays;

/**
 * The controller's features (NVMe Base 1.4, 5.21.1). None is saveable. Guarded by the lock of the
 * admin queue, except for {@link #writeCacheEnabled}.
 */
final class FeatureTable {
  /** Composite temperature thresholds in Kelvin: over 343 K, under 0 K. */
  private static final int DEFAULT_OVER_TEMPERATURE = 343;

  /** AB of Arbitration: no limit on a burst. */
  private static final int DEFAULT_ARBITRATION = 0b111;

  private static final int CHANGEABLE = 1 << 2;
  private static final int NAMESPACE_SPECIFIC = 1 << 1;
  private static final int LIMIT = Feature.ASYNC_EVENT_CONFIGURATION + 1;

  private final int[] values = new int[LIMIT];
  private int[] errorRecovery;
  private final int[] temperatures = new int[2];
  private final boolean[] coalescingDisabled;
  private final boolean writeCachePresent;
  private final int maxQueuePairs;
  private volatile boolean writeCacheEnabled;

  FeatureTable(int namespaces, int interruptVectors, boolean writeCachePresent, int maxQueuePairs) {
    this.errorRecovery = new int[namespaces];
    this.coalescingDisabled = new boolean[interruptVectors];
    this.writeCachePresent = writeCachePresent;
    this.maxQueuePairs = maxQueuePairs;
    reset();
  }

  /** Makes room for a namespace that has been attached. */
  void namespaceAttached(int nsid) {
    if (nsid > errorRecovery.length) {
      errorRecovery = Arrays.copyOf(errorRecovery, nsid);
    }
  }

  /** Back to the defaults, at a controller reset. */
  void reset() {
    Arrays.fill(values, 0);
    Arrays.fill(errorRecovery, 0);
    Arrays.fill(coalescingDisabled, false);
    temperatures[0] = DEFAULT_OVER_TEMPERATURE;
    temperatures[1] = 0;
    values[Feature.ARBITRATION] = DEFAULT_ARBITRATION;
    values[Feature.NUMBER_OF_QUEUES] = Feature.numberOfQueues(maxQueuePairs, maxQueuePairs);
    writeCacheEnabled = writeCachePresent;
  }

  /** Whether a write is durable only after a flush. From any thread. */
  boolean writeCacheEnabled() {
    return writeCacheEnabled;
  }

  /** The current value of a plain feature. */
  int value(int id) {
    return values[id];
  }

  /** I/O submission queues granted: their identifiers are at most this. */
  int submissionQueues() {
    return Feature.submissionQueues(values[Feature.NUMBER_OF_QUEUES]);
  }

  int completionQueues() {
    return Feature.completionQueues(values[Feature.NUMBER_OF_QUEUES]);
  }

  /** Get Features (5.9); the value goes to {@code command.result}. */
  int get(Command command, int cdw10, int cdw11, int nsid) {
    int id = Feature.id(cdw10);
    if (!supported(id)) {
      return Status.INVALID_FIELD | Status.DNR;
    }
    switch (Feature.select(cdw10)) {
      case Feature.SELECT_SUPPORTED ->
          command.result = CHANGEABLE | (id == Feature.ERROR_RECOVERY ? NAMESPACE_SPECIFIC : 0);
      case Feature.SELECT_CURRENT -> {
        return current(command, id, cdw11, nsid);
      }
      // Nothing can be saved, so the saved value is the default (5.9, figure 190).
      case Feature.SELECT_DEFAULT, Feature.SELECT_SAVED -> command.result = byDefault(id, cdw11);
      default -> {
        return Status.INVALID_FIELD | Status.DNR;
      }
    }
    return Status.SUCCESS;
  }

  /**
   * Set Features (5.21).
   *
   * @param ioQueuesExist Number of Queues may be set only before there are any
   */
  int set(Command command, int cdw10, int cdw11, int nsid, boolean ioQueuesExist) {
    int id = Feature.id(cdw10);
    if (!supported(id)) {
      return Status.INVALID_FIELD | Status.DNR;
    }
    if (Feature.save(cdw10)) {
      return Status.FEATURE_NOT_SAVEABLE | Status.DNR;
    }
    if (id == Feature.ERROR_RECOVERY) {
      return setErrorRecovery(cdw11, nsid);
    }
    if (nsid != 0 && nsid != Identify.NSID_ALL) {
      return Status.FEATURE_NOT_NAMESPACE_SPECIFIC | Status.DNR;
    }
    switch (id) {
      case Feature.NUMBER_OF_QUEUES -> {
        return setQueues(command, cdw11, ioQueuesExist);
      }
      case Feature.VOLATILE_WRITE_CACHE ->
          writeCacheEnabled = (cdw11 & Feature.WRITE_CACHE_ENABLE) != 0;
      case Feature.POWER_MANAGEMENT -> {
        // There is one power state, 0 (NPSS is 0).
        if ((cdw11 & 0x1F) != 0) {
          return Status.INVALID_FIELD | Status.DNR;
        }
        values[id] = cdw11;
      }
      case Feature.TEMPERATURE_THRESHOLD -> {
        int sensor = cdw11 >>> 16 & 0xF;
        int type = cdw11 >>> 20 & 0x3;
        // There is the composite temperature only; Fh means all sensors that exist.
        if (sensor != 0 && sensor != 0xF || type > 1) {
          return Status.INVALID_FIELD | Status.DNR;
        }
        temperatures[type] = cdw11 & 0xFFFF;
      }
      case Feature.INTERRUPT_VECTOR_CONFIGURATION -> {
        int vector = cdw11 & 0xFFFF;
        if (vector >= coalescingDisabled.length) {
          return Status.INVALID_FIELD | Status.DNR;
        }
        coalescingDisabled[vector] = (cdw11 >>> 16 & 1) != 0;
      }
      case Feature.INTERRUPT_COALESCING -> values[id] = cdw11 & 0xFFFF;
      default -> values[id] = cdw11;
    }
    return Status.SUCCESS;
  }

  private int current(Command command, int id, int cdw11, int nsid) {
    switch (id) {
      case Feature.ERROR_RECOVERY -> {
        if (nsid < 1 || nsid > errorRecovery.length) {
          return Status.INVALID_NAMESPACE | Status.DNR;
        }
        command.result = errorRecovery[nsid - 1];
      }
      case Feature.VOLATILE_WRITE_CACHE -> command.result = writeCacheEnabled ? 1 : 0;
      case Feature.TEMPERATURE_THRESHOLD -> {
        int sensor = cdw11 >>> 16 & 0xF;
        int type = cdw11 >>> 20 & 0x3;
        if (sensor != 0 || type > 1) {
          return Status.INVALID_FIELD | Status.DNR;
        }
        command.result = temperatures[type];
      }
      case Feature.INTERRUPT_VECTOR_CONFIGURATION -> {
        int vector = cdw11 & 0xFFFF;
        if (vector >= coalescingDisabled.length) {
          return Status.INVALID_FIELD | Status.DNR;
        }
        command.result = vector | (coalescingDisabled[vector] ? 1 << 16 : 0);
      }
      default -> command.result = values[id] & 0xFFFFFFFFL;
    }
    return Status.SUCCESS;
  }

  private long byDefault(int id, int cdw11) {
    return switch (id) {
      case Feature.ARBITRATION -> DEFAULT_ARBITRATION;
      case Feature.VOLATILE_WRITE_CACHE -> 1;
      case Feature.NUMBER_OF_QUEUES -> Feature.numberOfQueues(maxQueuePairs, maxQueuePairs);
      case Feature.TEMPERATURE_THRESHOLD ->
          (cdw11 >>> 20 & 0x3) == 0 ? DEFAULT_OVER_TEMPERATURE : 0;
      case Feature.INTERRUPT_VECTOR_CONFIGURATION -> cdw11 & 0xFFFF;
      default -> 0;
    };
  }

  private int setErrorRecovery(int cdw11, int nsid) {
    if (nsid == Identify.NSID_ALL) {
      Arrays.fill(errorRecovery, cdw11 & 0xFFFF);
      return Status.SUCCESS;
    }
    if (nsid < 1 || nsid > errorRecovery.length) {
      return Status.INVALID_NAMESPACE | Status.DNR;
    }
    errorRecovery[nsid - 1] = cdw11 & 0xFFFF;
    return Status.SUCCESS;
  }

  private int setQueues(Command command, int cdw11, boolean ioQueuesExist) {
    if (ioQueuesExist) {
      return Status.COMMAND_SEQUENCE_ERROR | Status.DNR;
    }
    // Zero-based, and FFFFh is not a legal value (5.21.1.7).
    if ((cdw11 & 0xFFFF) == 0xFFFF || cdw11 >>> 16 == 0xFFFF) {
      return Status.INVALID_FIELD | Status.DNR;
    }
    int granted =
        Feature.numberOfQueues(
            Math.min(Feature.submissionQueues(cdw11), maxQueuePairs),
            Math.min(Feature.completionQueues(cdw11), maxQueuePairs));
    values[Feature.NUMBER_OF_QUEUES] = granted;
    command.result = granted & 0xFFFFFFFFL;
    return Status.SUCCESS;
  }

  private boolean supported(int id) {
    return switch (id) {
      case Feature.ARBITRATION,
          Feature.POWER_MANAGEMENT,
          Feature.TEMPERATURE_THRESHOLD,
          Feature.ERROR_RECOVERY,
          Feature.NUMBER_OF_QUEUES,
          Feature.INTERRUPT_COALESCING,
          Feature.INTERRUPT_VECTOR_CONFIGURATION,
          Feature.WRITE_ATOMICITY,
          Feature.ASYNC_EVENT_CONFIGURATION ->
          true;
      case Feature.VOLATILE_WRITE_CACHE -> writeCachePresent;
      default -> false;
    };
  }
}
