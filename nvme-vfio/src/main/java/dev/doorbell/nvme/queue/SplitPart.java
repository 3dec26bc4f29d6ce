package dev.doorbell.nvme.queue;

/** One command of a {@link SplitCommand}. */
final class SplitPart extends Command {
  private final SplitCommand whole;
  SplitPart nextFree;

  /** Which command of the request this is, counted from 0. */
  long number;

  /** Bytes of the request's own memory that this part has filled by a read, to hand on; or 0. */
  int copyBytes;

  /** Where they go: a segment of the request, and an offset in it. */
  int copySegment;

  int copyOffset;

  SplitPart(SplitCommand whole) {
    this.whole = whole;
  }

  @Override
  protected void completed(int status, long result) {
    if (status == 0 && copyBytes > 0) {
      Segments.copyOut(whole, this);
    }
    whole.partDone(this, status);
  }
}
