package dev.doorbell.nvme.queue;

import dev.doorbell.dma.DmaMemory;
import dev.doorbell.dma.TemporaryMappings;
import dev.doorbell.dma.TemporaryMappings.Outcome;
import dev.doorbell.dma.TemporaryRequest;
import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/** The foreign memory of one {@link SplitCommand}, mapped while it is under way. */
final class MappedSegments extends TemporaryRequest {
  private static final int NONE = -1;

  private final SplitCommand command;

  /** By segment: its number among the mapped ones, or {@link #NONE}. */
  private int[] number = new int[1];

  private TemporaryMappings mappings;
  private boolean mapped;

  MappedSegments(SplitCommand command) {
    this.command = command;
  }

  /** Looks which segments can be mapped. Returns whether there are any. */
  boolean plan(IoQueue queue, ByteBuf[] buffers, int[] index, int[] length, int segments) {
    mappings = queue.temporary();
    if (number.length < segments) {
      number = new int[buffers.length];
    }
    for (int i = 0; i < segments; i++) {
      DmaMemory memory =
          queue.iova(buffers[i], index[i]) >= 0
              ? null
              : mappings.candidate(buffers[i], index[i], length[i]);
      number[i] = memory == null ? NONE : add(memory);
    }
    return count() > 0;
  }

  /** Whether a segment is mapped, or is to be. */
  boolean has(int segment) {
    return count() > 0 && number[segment] != NONE;
  }

  /** Where the device sees the first byte of a segment. */
  long segmentIova(int segment) {
    return iova(number[segment]);
  }

  Outcome map() {
    Outcome outcome = mappings.map(this);
    mapped = outcome == Outcome.MAPPED;
    return outcome;
  }

  @Override
  protected void ready(boolean isMapped) {
    mapped = isMapped;
    command.memoryReady(isMapped);
  }

  /** The request has ended, or has to do without. */
  void end() {
    Arrays.fill(number, NONE);
    clear();
    if (mapped) {
      mapped = false;
      mappings.end();
    }
  }
}
