package dev.doorbell.nvme.controller;

/**
 * Which of the things a controller may offer the driver is to use.
 *
 * @param cache what to do with a volatile write cache
 * @param shadowDoorbells whether to ring in memory where the controller has Doorbell Buffer Config
 * @param passthrough whether {@link Passthrough} may send commands that the driver does not know
 */
public record ControllerChoices(Cache cache, boolean shadowDoorbells, boolean passthrough) {
  /** What to do with a volatile write cache. */
  public enum Cache {
    /** Leave it as the controller has it. */
    AS_IS,
    /** Turn it on, if there is one. */
    ON,
    /** Turn it off ("cache none"): every write is durable when it completes. */
    NONE
  }

  /** The cache as it is, shadow doorbells where there are some, no passthrough. */
  public static final ControllerChoices DEFAULT = new ControllerChoices(Cache.AS_IS, true, false);

  public ControllerChoices withCache(Cache value) {
    return new ControllerChoices(value, shadowDoorbells, passthrough);
  }

  public ControllerChoices withShadowDoorbells(boolean value) {
    return new ControllerChoices(cache, value, passthrough);
  }

  public ControllerChoices withPassthrough(boolean value) {
    return new ControllerChoices(cache, shadowDoorbells, value);
  }
}
