package dev.doorbell.service.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What becomes of requests when the controller fails, and that I/O goes on. */
class FaultsTest {
  private static final String FAULTS = "/v1/controllers/nvme0/faults";
  private static final String[] SETTINGS = {
    "emulated.fault_injection=true", "queue.timeout_ms=160", "loops=2"
  };

  @TempDir Path directory;

  private TestService start() {
    return TestService.start(
        "emulated:" + directory.resolve("disk.img") + "?size=1MiB&lba_size=512", SETTINGS);
  }

  @ParameterizedTest
  @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
  void aRequestWithoutAnAnswerEndsAsUnknownAndTheNextOnesWork(HttpVersion version) {
    try (TestService service = start()) {
      Client client = service.client(version);
      byte[] old = Seeded.bytes(1, 4096);
      client.put(old, "Content-Range", "bytes 0-4095/*").expect(204);

      inject(client, "{\"fault\": \"swallow\", \"opcode\": \"write\"}");
      JsonObject lost = client.put(new byte[4096], "Content-Range", "bytes 0-4095/*").problem(504);
      assertEquals("unknown", lost.getString("outcome"), lost::encode);
      assertEquals(3, lost.getInteger("sct"), lost::encode);
      assertEquals(0x71, lost.getInteger("sc"), lost::encode);
      assertArrayEquals(old, client.range("0-4095").expect(206).body());

      inject(client, "{\"fault\": \"drop\", \"opcode\": \"read\", \"last_lba\": 7}");
      client.range("0-511").problem(504);
      assertArrayEquals(old, client.range("0-4095").expect(206).body());
      assertEquals(2, service.metric("doorbell_nvme_timeouts_total"));
      assertEquals(2, service.metric("doorbell_nvme_aborts_refused_total"));
      assertEquals(2, service.metric("doorbell_nvme_resets_total"));
      assertEquals(2, service.metric("doorbell_nvme_outcome_unknown_total"));
      assertEquals(0, service.metric("doorbell_nvme_reset_failures_total"));
      assertEquals(1, service.metric("doorbell_controller_live"));
      service.awaitIdle();
    }
  }

  @Test
  void aCommandThatIsLateIsAbortedWithoutAReset() {
    try (TestService service = start()) {
      Client client = service.client(HttpVersion.HTTP_2);
      inject(client, "{\"fault\": \"delay\", \"delay_ms\": 3600000}");
      JsonObject aborted = client.range("0-511").problem(504);
      assertEquals("Command Abort Requested", aborted.getString("status_name"), aborted::encode);
      client.range("0-511").expect(206);
      assertEquals(1, service.metric("doorbell_nvme_aborts_total"));
      assertEquals(0, service.metric("doorbell_nvme_resets_total"));
    }
  }

  @Test
  void completionsThatComeTwiceOrWithAStatusAreTakenAsWhatTheyAre() {
    try (TestService service = start()) {
      Client client = service.client(HttpVersion.HTTP_1_1);
      inject(client, "{\"fault\": \"duplicate\", \"copies\": 3}");
      client.range("0-511").expect(206);
      inject(
          client,
          "{\"fault\": \"fail\", \"opcode\": \"read\", \"first_lba\": 8, \"last_lba\": 15,"
              + " \"sct\": 2, \"sc\": 129, \"dnr\": true, \"count\": 0}");
      JsonObject media = client.range("4096-4607").problem(500);
      assertEquals(8, media.getInteger("lba"), media::encode);
      assertEquals(0x81, media.getInteger("sc"), media::encode);
      assertTrue(media.getBoolean("dnr"), media::encode);
      client.range("0-511").expect(206);
      client.request(HttpMethod.DELETE, FAULTS).expect(204);
      client.range("4096-4607").expect(206);
      assertEquals(3, service.metric("doorbell_nvme_unknown_completions_total"));
      assertEquals(0, service.metric("doorbell_nvme_resets_total"));
    }
  }

  @Test
  void durableWritesSurviveALossOfPowerAndVolatileOnesNeedNot() {
    try (TestService service = start()) {
      Client client = service.client(HttpVersion.HTTP_2);
      byte[] durable = Seeded.bytes(2, 8192);
      byte[] lost = Seeded.bytes(3, 4096);
      client.put(durable, "Content-Range", "bytes 0-8191/*").expect(204);
      String[] inVain = {"Content-Range", "bytes 4096-8191/*", "Prefer", "durability=volatile"};
      client.put(lost, inVain).expect(204);
      inject(client, "{\"fault\": \"power-loss\"}");
      Await.until(
          "the controller is back",
          () ->
              service.metric("doorbell_nvme_lost_states_total") == 1
                  && service.metric("doorbell_controller_live") == 1);
      byte[] there = client.range("0-8191").expect(206).body();
      assertArrayEquals(Arrays.copyOf(durable, 4096), Arrays.copyOf(there, 4096));
      for (int block = 4096; block < 8192; block += 512) {
        byte[] found = Arrays.copyOfRange(there, block, block + 512);
        boolean isOld = Arrays.equals(found, Arrays.copyOfRange(durable, block, block + 512));
        boolean isNew =
            Arrays.equals(found, Arrays.copyOfRange(lost, block - 4096, block - 4096 + 512));
        assertTrue(isOld || isNew, "block at " + block);
      }
      client.put(lost, "Content-Range", "bytes 4096-8191/*").expect(204);
    }
  }

  @Test
  void aControllerThatTurnsFatalIsResetAndComesBack() {
    try (TestService service = start()) {
      Client client = service.client(HttpVersion.HTTP_1_1);
      inject(client, "{\"fault\": \"fatal\"}");
      Await.until(
          "the controller is back",
          () ->
              service.metric("doorbell_nvme_fatal_statuses_total") == 1
                  && service.metric("doorbell_controller_live") == 1);
      client.range("0-511").expect(206);
    }
  }

  /** What the drive has ends first, what comes meanwhile waits. */
  @Test
  void clientsDoNotNoticeAResetThatIsInOrder() throws Exception {
    try (TestService service = start()) {
      Client client = service.client(HttpVersion.HTTP_2);
      byte[][] last = new byte[16][];
      for (int round = 0; round < 10; round++) {
        List<Future<Answer>> answers = new ArrayList<>();
        for (int i = 0; i < last.length; i++) {
          last[i] = Seeded.bytes(100 * round + i, 3000);
          String range = "bytes " + i * 3000 + "-" + (i * 3000 + 2999) + "/*";
          answers.add(client.putAsync(last[i], "Content-Range", range));
        }
        assertTrue(service.drive().reset("the test asks for it", 60_000).get(60, TimeUnit.SECONDS));
        answers.forEach(answer -> Client.await(answer).expect(204));
      }
      for (int i = 0; i < last.length; i++) {
        byte[] found = client.range(i * 3000 + "-" + (i * 3000 + 2999)).expect(206).body();
        assertArrayEquals(last[i], found, "client " + i);
      }
      assertEquals(10, service.metric("doorbell_nvme_resets_total"));
      assertEquals(0, service.metric("doorbell_nvme_outcome_unknown_total"));
      service.awaitIdle();
    }
  }

  @Test
  void aResetDoesNotWaitForEverForWhatTheDriveDoesNotAnswer() throws Exception {
    try (TestService service =
        TestService.start(TestService.MEMORY_1_MIB, "emulated.fault_injection=true", "loops=2")) {
      Client client = service.client(HttpVersion.HTTP_2);
      inject(client, "{\"fault\": \"swallow\", \"opcode\": \"write\"}");
      Future<Answer> stuck = client.putAsync(new byte[512], "Content-Range", "bytes 0-511/*");
      Await.until("the drive has it", () -> service.metric("doorbell_nvme_inflight_commands") == 1);
      assertTrue(service.drive().reset("the test asks for it", 20).get(60, TimeUnit.SECONDS));
      assertEquals("unknown", Client.await(stuck).problem(504).getString("outcome"));
      client.put(new byte[512], "Content-Range", "bytes 0-511/*").expect(204);
      assertEquals(1, service.metric("doorbell_nvme_resets_total"));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
  void aDriveThatIsGoneIsUnavailableAndTheServiceStopsInOrder(HttpVersion version) {
    try (TestService service = start()) {
      Client client = service.client(version);
      inject(client, "{\"fault\": \"disappear\"}");
      Await.until(
          "the removal is noticed", () -> service.metric("doorbell_nvme_removals_total") == 1);
      Await.until(
          "the controller has failed",
          () ->
              client
                  .get("/v1/controllers/nvme0")
                  .expect(200)
                  .json()
                  .getString("state")
                  .equals("failed"));
      JsonObject read = client.range("0-511").problem(503);
      assertEquals("Host Pathing Error", read.getString("status_name"), read::encode);
      client.put(new byte[512], "Content-Range", "bytes 0-511/*").problem(503);
      client.put(new byte[5], "Content-Range", "bytes 1-5/*").problem(503);
      JsonObject notReady = client.get("/readyz").problem(503);
      assertEquals(
          "controller nvme0 has failed or is gone",
          notReady.getJsonArray("reasons").getString(0),
          notReady::encode);
      client.get("/livez").expect(200);
      service.awaitIdle();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{}|fault is missing",
        "[]|no JSON object",
        "{\"fault\": \"drop\"|no JSON object",
        "{\"fault\": \"explode\"}|fault is explode; allowed is one of fail, swallow",
        "{\"fault\": \"drop\", \"chance\": 1}|there is no member 'chance'",
        "{\"fault\": \"fatal\", \"count\": 1}|no such member for this fault: count",
        "{\"fault\": \"drop\", \"count\": -1}|count is -1; allowed is a whole number from 0",
        "{\"fault\": \"drop\", \"count\": 1.5}|count is 1.5; allowed is a whole number from 0",
        "{\"fault\": \"drop\", \"probability\": 2}|probability is 2; allowed is a number above 0",
        "{\"fault\": \"drop\", \"opcode\": \"format\"}|opcode is format; allowed is one of flush, write, read",
        "{\"fault\": \"drop\", \"first_lba\": 9, \"last_lba\": 3}|last LBA: 3, allowed",
        "{\"fault\": \"fail\", \"sc\": 0}|that is success",
        "{\"fault\": \"fail\", \"dnr\": 1}|dnr is 1; allowed is true or false",
      })
  void aFaultThatIsNoneIsRefused(String body, String detail) {
    try (TestService service = start()) {
      JsonObject problem =
          service.client(HttpVersion.HTTP_1_1).send(HttpMethod.POST, FAULTS, body).problem(400);
      assertTrue(problem.getString("detail").contains(detail), problem::encode);
    }
  }

  @Test
  void faultsAreInjectedOnlyWhereThatIsAllowed() {
    try (TestService service = TestService.start(TestService.MEMORY_1_MIB)) {
      Client client = service.client(HttpVersion.HTTP_2);
      client.send(HttpMethod.POST, FAULTS, "{\"fault\": \"fatal\"}").problem(403);
      client.request(HttpMethod.DELETE, FAULTS).problem(403);
      client
          .send(HttpMethod.POST, "/v1/controllers/nvme7/faults", "{\"fault\": \"fatal\"}")
          .problem(404);
      client.get(FAULTS).problem(405);
      client.range("0-511").expect(206);
    }
  }

  private static void inject(Client client, String fault) {
    client.send(HttpMethod.POST, FAULTS, fault).expect(204);
  }
}
