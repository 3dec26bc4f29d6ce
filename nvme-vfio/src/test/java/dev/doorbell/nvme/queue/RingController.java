package dev.doorbell.nvme.queue;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.doorbell.dma.RecordingMapper;
import dev.doorbell.nvme.spec.CompletionEntry;
import dev.doorbell.nvme.spec.SubmissionEntry;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * The controller's side of one queue pair, worked by hand: it fetches entries up to the tail that
 * was rung, and completes what the test says, in the order the test says.
 */
final class RingController {
  /** A fetched entry, as it stood in the ring. */
  record Entry(int opcode, int cid, int nsid, long prp1, long prp2, long lba, int cdw12) {}

  final RecordingMapper mapper = new RecordingMapper();
  final QueueMemory memory;
  final List<Integer> tails = new ArrayList<>();
  final List<Integer> heads = new ArrayList<>();
  final Deque<Entry> fetched = new ArrayDeque<>();

  private final int entries;
  private final ByteBuffer submissions;
  private final ByteBuffer completions;
  private int sqHead;
  private int cqTail;
  private int cqHead;
  private int phase = 1;

  RingController(int entries) {
    this(entries, 4096, 1 << 20);
  }

  RingController(int entries, int pageSize, int maxTransfer) {
    this.entries = entries;
    this.memory = QueueMemory.allocate(mapper, entries, pageSize, maxTransfer);
    this.submissions = mapper.at(memory.submissionIova());
    this.completions = mapper.at(memory.completionIova());
  }

  QueuePair newPair() {
    return new QueuePair(memory, this::ringTail, this::ringHead);
  }

  QueuePair newPair(TickClock clock) {
    return new QueuePair(memory, this::ringTail, this::ringHead, false, clock);
  }

  /** As a controller reset: both sides begin at the start of the rings. */
  void reset() {
    fetched.clear();
    tails.clear();
    heads.clear();
    sqHead = 0;
    cqTail = 0;
    cqHead = 0;
    phase = 1;
  }

  /** Flips the phase tag of the entry that the next completion goes to. */
  void flipPhaseOfNext() {
    int at = cqTail * CompletionEntry.SIZE + 12;
    completions.putInt(at, completions.getInt(at) ^ 1 << 16);
  }

  QueuePair newPairWithLazyHead() {
    return new QueuePair(memory, this::ringTail, this::ringHead, true, new TickClock());
  }

  /** Whether a completion fits, as far as the head that was rung tells. */
  boolean room() {
    return (cqTail + 1) % entries != cqHead;
  }

  /** Completes the oldest fetched command with success. */
  Entry completeNext() {
    Entry entry = fetched.remove();
    post(entry.cid(), 0, 0);
    return entry;
  }

  void completeAll() {
    while (!fetched.isEmpty()) {
      completeNext();
    }
  }

  /** Writes a completion, whatever it names. */
  void post(int cid, int status, long result) {
    int next = (cqTail + 1) % entries;
    assertTrue(next != cqHead, "the completion queue is full: the driver did not ring its head");
    int offset = cqTail * CompletionEntry.SIZE;
    CompletionEntry.write(completions, offset, result, sqHead, 1, cid, status, phase);
    cqTail = next;
    if (next == 0) {
      phase ^= 1;
    }
  }

  private void ringTail(int tail) {
    assertTrue(tail >= 0 && tail < entries, "tail " + tail);
    tails.add(tail);
    while (sqHead != tail) {
      int at = sqHead * SubmissionEntry.SIZE;
      fetched.add(
          new Entry(
              SubmissionEntry.opcode(submissions, at),
              SubmissionEntry.cid(submissions, at),
              SubmissionEntry.nsid(submissions, at),
              SubmissionEntry.prp1(submissions, at),
              SubmissionEntry.prp2(submissions, at),
              SubmissionEntry.cdw10and11(submissions, at),
              SubmissionEntry.cdw(submissions, at, 12)));
      sqHead = (sqHead + 1) % entries;
    }
  }

  private void ringHead(int head) {
    assertTrue(head >= 0 && head < entries, "head " + head);
    heads.add(head);
    cqHead = head;
  }
}
