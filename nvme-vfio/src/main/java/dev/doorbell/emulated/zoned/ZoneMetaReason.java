package dev.doorbell.emulated.zoned;

/**
 * Why a zone metadata file is refused. The order of the checks is that of the constants; the first
 * that fails is the reason.
 */
public enum ZoneMetaReason {
  ZERO_LENGTH("the file is empty"),
  MAGIC("it is not a zone metadata file"),
  VERSION("it is of another version of the format"),
  CHECKSUM("its contents do not match their checksum"),
  LENGTH("it is shorter or longer than its header says"),
  ZONE_SIZE("it was made for another zone size"),
  ZONE_CAPACITY("it was made for another zone capacity"),
  OFFLINE_ZONES("it was made for another number of offline zones"),
  READ_ONLY_ZONES("it was made for another number of read-only zones"),
  BLOCK_SIZE("it was made for another logical block size"),
  EXTENSION_SIZE("it was made for another descriptor extension size"),
  ZONES("it was made for another number of zones"),
  ZONE_TYPE("a zone is not of type Sequential Write Required"),
  ZONE_DESCRIPTOR_CAPACITY("a zone has another capacity than the drive"),
  ZONE_START("a zone does not start where it should"),
  POINTER_OF_UNWRITTEN("an empty, read-only or offline zone has a write pointer past its start"),
  POINTER_OUTSIDE("an open or closed zone has a write pointer outside of its capacity"),
  POINTER_OF_FULL("a full zone has a write pointer before its end"),
  CONDITION("a zone is in no condition that there is"),
  DATA_END("a zone has more data than its write pointer says"),
  IMPLICITLY_OPEN_COUNT("the number of implicitly open zones is not that of their list"),
  EXPLICITLY_OPEN_COUNT("the number of explicitly open zones is not that of their list"),
  CLOSED_COUNT("the number of closed zones is not that of their list"),
  FULL_COUNT("the number of full zones is not that of their list"),
  JOURNAL("its journal of changes is damaged"),
  ACTIVE_LIMIT("it has more closed zones than the limit of active zones allows"),
  IMAGE_EMPTY("it says that zones are written, and the image holds no data"),
  MISSING("there is none, and the image holds data");

  private final String message;

  ZoneMetaReason(String message) {
    this.message = message;
  }

  /** What is wrong, for people. */
  public String message() {
    return message;
  }
}
