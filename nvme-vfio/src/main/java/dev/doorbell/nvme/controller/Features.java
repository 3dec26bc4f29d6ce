package dev.doorbell.nvme.controller;

import dev.doorbell.nvme.queue.WriteCache;
import dev.doorbell.nvme.spec.AdminOpcode;
import dev.doorbell.nvme.spec.Feature;
import dev.doorbell.nvme.spec.Status;

/**
 * A controller's features (NVMe Base 1.4, 5.9 and 5.21). Methods block, within the deadline of an
 * admin command, and throw {@link NvmeException} if the controller refuses. For any thread but an
 * event loop.
 */
public final class Features {
  private final String name;
  private final AdminQueue admin;
  private final boolean cachePresent;
  private final WriteCache cache;

  /** What the cache is set to again after a reset; null while nobody has said. */
  private volatile Boolean cacheWanted;

  /**
   * @param cachePresent VWC of Identify Controller
   * @param cache told of what is set
   */
  Features(String name, AdminQueue admin, boolean cachePresent, WriteCache cache) {
    this.name = name;
    this.admin = admin;
    this.cachePresent = cachePresent;
    this.cache = cache;
  }

  /**
   * @param id the feature, see {@link Feature}
   * @param select {@link Feature#SELECT_CURRENT} and so on
   * @param nsid 0 unless the feature is one of a namespace
   * @return dword 0 of the answer
   */
  public int get(int id, int select, int nsid) {
    return admin.execute(
        "Get Features %02Xh".formatted(id), AdminOpcode.GET_FEATURES, nsid, id | select << 8, 0);
  }

  /**
   * Sets a feature until the next reset.
   *
   * @param value dword 11
   * @return dword 0 of the answer
   * @throws IllegalArgumentException for Number of Queues, which is set at the start only
   */
  public int set(int id, int nsid, int value) {
    if (id == Feature.NUMBER_OF_QUEUES) {
      throw new IllegalArgumentException(
          name + ": the number of queues is set when the controller is opened");
    }
    if (id == Feature.VOLATILE_WRITE_CACHE) {
      setWriteCache((value & Feature.WRITE_CACHE_ENABLE) != 0);
      return 0;
    }
    return admin.execute(
        "Set Features %02Xh".formatted(id), AdminOpcode.SET_FEATURES, nsid, id, value);
  }

  /** Whether there is a volatile write cache, and it is on. */
  public boolean writeCache() {
    return cachePresent && (get(Feature.VOLATILE_WRITE_CACHE, Feature.SELECT_CURRENT, 0) & 1) != 0;
  }

  /**
   * Turns the volatile write cache on or off. Off is what a controller without one has; on is
   * refused there.
   */
  public synchronized void setWriteCache(boolean on) {
    if (!cachePresent) {
      if (on) {
        throw new NvmeException(name + ": the controller has no volatile write cache");
      }
      return;
    }
    if (on) {
      // Before it is so: no flush may be left out once a write can be in the cache.
      cache.set(true);
    }
    // The feature is the controller's, not that of a namespace: NSID 0.
    admin.execute(
        "Set Features, Volatile Write Cache",
        AdminOpcode.SET_FEATURES,
        0,
        Feature.VOLATILE_WRITE_CACHE,
        on ? Feature.WRITE_CACHE_ENABLE : 0);
    cache.set(on);
    cacheWanted = on;
  }

  /** Applies the choice for the cache; after every enable. */
  void configure(ControllerChoices.Cache choice) {
    if (!cachePresent) {
      cache.set(false);
      return;
    }
    cache.set(true);
    Boolean wanted = cacheWanted;
    if (wanted == null && choice != ControllerChoices.Cache.AS_IS) {
      wanted = choice == ControllerChoices.Cache.ON;
    }
    if (wanted != null) {
      setWriteCache(wanted);
      return;
    }
    try {
      cache.set(writeCache());
    } catch (NvmeException e) {
      if (!Status.isError(e.status())) {
        throw e;
      }
      // It does not say: flushes are sent, which is never wrong.
    }
  }
}
