package dev.doorbell.service.transfer;

/**
 * How to copy.
 *
 * @param chunk bytes of a request
 * @param depth requests under way at once
 * @param resume whether to compare with what the target holds, and write only what differs
 * @param targetIsZero whether the caller knows that the target reads as zeros
 */
public record TransferOptions(int chunk, int depth, boolean resume, boolean targetIsZero) {
  /** What suits most. */
  public static final TransferOptions DEFAULT = new TransferOptions(1 << 20, 16, false, false);

  /** Checks the numbers. */
  public TransferOptions {
    if (chunk < 4096 || chunk > 64 << 20 || Integer.bitCount(chunk) != 1) {
      throw new IllegalArgumentException(
          "chunks of " + chunk + " bytes; a power of two from 4KiB to 64MiB");
    }
    if (depth < 1 || depth > 256) {
      throw new IllegalArgumentException(depth + " requests at once; from 1 to 256");
    }
    if (resume && targetIsZero) {
      throw new IllegalArgumentException("a target to go on with does not read as zeros");
    }
  }
}
