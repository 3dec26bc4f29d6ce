package dev.doorbell.emulated.zoned;

import dev.doorbell.device.DeviceException;

/** A zone metadata file is refused; it and the data are as they were. */
public final class ZoneMetaException extends DeviceException {
  private static final long serialVersionUID = 1L;

  private final ZoneMetaReason reason;

  ZoneMetaException(String path, ZoneMetaReason reason, String detail) {
    super(
        ("%s: zone metadata refused (%s): %s%s. Nothing was changed. Serve the drive with the geometry"
                + " it was made with or restore the file from a copy; or give up what the zones hold"
                + " with --zone-meta=reinitialize, which moves the file aside and starts with all"
                + " zones empty")
            .formatted(path, reason, reason.message(), detail.isEmpty() ? "" : ": " + detail));
    this.reason = reason;
  }

  public ZoneMetaReason reason() {
    return reason;
  }
}
