package dev.doorbell.emulated;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.doorbell.nvme.spec.AdminOpcode;
import dev.doorbell.nvme.spec.NvmOpcode;
import dev.doorbell.nvme.spec.QueueCommand;
import dev.doorbell.nvme.spec.Status;
import org.junit.jupiter.api.Test;

/**
 * A completion queue with room for one, and two commands outstanding: again and again a completion
 * finds it full while the host is just making room. The head doorbell takes no lock, so a
 * completion that is held and a head that moves must see each other; if they missed each other
 * once, all would stand still.
 */
class CompletionRoomTest {
  private static final int COMMANDS = 150_000;
  private static final int OUTSTANDING = 2;

  @Test
  void noCompletionIsForgottenWhileTheHostMakesRoom() {
    CountingStore store = new CountingStore(new MemoryStore(1 << 20));
    try (RawHost host = RawHost.started(RawHost.config(store, 512).workers(2))) {
      RawHost.Pair submissions = host.new Pair(1, 4);
      RawHost.Pair completions = host.new Pair(1, 2);
      create(host, AdminOpcode.CREATE_IO_CQ, completions, QueueCommand.completionCdw11(-1));
      create(host, AdminOpcode.CREATE_IO_SQ, submissions, QueueCommand.submissionCdw11(1));
      int posted = 0;
      int done = 0;
      while (done < COMMANDS) {
        while (posted < COMMANDS && posted - done < OUTSTANDING) {
          submissions.post(NvmOpcode.READ, 1, host.dataIova, 0, 0, NvmOpcode.cdw12(1, 0));
          posted++;
        }
        submissions.ring();
        RawHost.Completion[] taken = new RawHost.Completion[1];
        host.await("completion " + done, () -> (taken[0] = completions.poll()) != null);
        do {
          assertEquals(Status.SUCCESS, taken[0].status());
          done++;
          completions.ringHead();
          taken[0] = completions.poll();
        } while (taken[0] != null);
      }
      assertEquals(COMMANDS, done);
    }
  }

  private static void create(RawHost host, int opcode, RawHost.Pair pair, int cdw11) {
    long iova = opcode == AdminOpcode.CREATE_IO_CQ ? pair.cqIova : pair.sqIova;
    int cdw10 = QueueCommand.cdw10(pair.qid, pair.entries);
    assertEquals(Status.SUCCESS, host.admin(opcode, 0, iova, RawHost.dw10(cdw10, cdw11)).status());
  }
}
