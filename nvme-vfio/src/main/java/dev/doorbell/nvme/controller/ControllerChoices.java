package dev.doorbell.nvme.controller;

/**
 * Which of the things a controller may offer the driver is to use.
 *
 * @param cache what to do with a volatile write cache
 * @param shadowDoorbells whether to ring in memory where the controller has Doorbell Buffer Config
 * @param passthrough whether {@link Passthrough} may send commands that the driver does not know
 * @param foreign what to do about memory that is neither of an arena nor registered
 */
public record ControllerChoices(
    Cache cache, boolean shadowDoorbells, boolean passthrough, ForeignMemory foreign) {
  /** What to do with a volatile write cache. */
  public enum Cache {
    /** Leave it as the controller has it. */
    AS_IS,
    /** Turn it on, if there is one. */
    ON,
    /** Turn it off ("cache none"): every write is durable when it completes. */
    NONE
  }

  /**
   * What to do about memory that is neither of an arena nor registered: copy it, or map it for the
   * time of the request.
   *
   * @param mapFrom the smallest piece of memory to map, in bytes; 0 to copy all
   * @param mappedBytes the most that a queue may have mapped so, which is pinned meanwhile and on,
   *     until it is unmapped all at once to make room
   */
  public record ForeignMemory(int mapFrom, long mappedBytes) {
    /** Everything is copied. */
    public static final ForeignMemory COPIED = new ForeignMemory(0, 0);

    /**
     * Maps from 128 KiB on, 64 MiB at once for each queue. A mapping costs a system call, pins page
     * by page and empties the IOMMU's cache later on; the copy of less is done by then.
     */
    public static final ForeignMemory DEFAULT = new ForeignMemory(128 << 10, 64 << 20);

    public ForeignMemory {
      if (mapFrom < 0 || mapFrom > 0 && mappedBytes < mapFrom) {
        throw new IllegalArgumentException(
            "mapFrom: %d, mappedBytes: %d; allowed: 0, or no more than mappedBytes"
                .formatted(mapFrom, mappedBytes));
      }
    }
  }

  /** The cache as it is, shadow doorbells where there are some, no passthrough. */
  public static final ControllerChoices DEFAULT =
      new ControllerChoices(Cache.AS_IS, true, false, ForeignMemory.DEFAULT);

  public ControllerChoices withCache(Cache value) {
    return new ControllerChoices(value, shadowDoorbells, passthrough, foreign);
  }

  public ControllerChoices withShadowDoorbells(boolean value) {
    return new ControllerChoices(cache, value, passthrough, foreign);
  }

  public ControllerChoices withPassthrough(boolean value) {
    return new ControllerChoices(cache, shadowDoorbells, value, foreign);
  }

  public ControllerChoices withForeignMemory(ForeignMemory value) {
    return new ControllerChoices(cache, shadowDoorbells, passthrough, value);
  }
}
