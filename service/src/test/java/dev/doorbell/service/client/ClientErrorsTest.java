package dev.doorbell.service.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.doorbell.service.http.TestService;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Errors of a real service, as the exceptions that they become, and what is sent again. */
class ClientErrorsTest {
  private static final String DRIVE = "emulated:memory?size=1MiB&lba_size=512";

  /** Waits that were asked for; each is over when the test lets it. */
  private final List<Long> waits = new ArrayList<>();

  private final List<Runnable> waiting = new ArrayList<>();

  private static ClientOptions options(TestService service) {
    return ClientOptions.of(URI.create("http://127.0.0.1:" + service.port()));
  }

  private static RemoteNamespace namespace(DoorbellClient client) throws Exception {
    return Completion.await(client.namespace("nvme0n1"));
  }

  @Test
  void saysThatThereIsNoSuchNamespace() throws Exception {
    try (TestService service = TestService.start(DRIVE);
        DoorbellClient client = DoorbellClient.open(options(service))) {
      NotFoundException e =
          assertThrows(
              NotFoundException.class, () -> Completion.await(client.namespace("nvme7n1")));
      assertEquals(404, e.status());
      assertTrue(e.problem().detail().contains("'nvme7n1'"), e.getMessage());
      assertEquals(404, e.problem().number("status").orElseThrow());
    }
  }

  @Test
  void saysThatTheNamespaceIsWriteProtected() throws Exception {
    try (TestService service = TestService.start(DRIVE + "&readonly=true");
        DoorbellClient client = DoorbellClient.open(options(service))) {
      RemoteNamespace namespace = namespace(client);
      assertTrue(namespace.info().readOnly());
      assertThrows(
          WriteProtectedException.class,
          () -> Completion.await(namespace.write(0, ByteBuffer.allocate(512), Durability.DURABLE)));
    }
  }

  @Test
  void carriesWhatTheDriveSaid() throws Exception {
    try (TestService service = TestService.start(DRIVE, "emulated.fault_injection=true");
        DoorbellClient client = DoorbellClient.open(options(service))) {
      Completion.await(
          client.post(
              "/v1/controllers/nvme0/faults",
              "{\"fault\":\"fail\",\"opcode\":\"read\",\"sct\":2,\"sc\":129,\"dnr\":true}"));
      RemoteNamespace namespace = namespace(client);
      ProblemException e =
          assertThrows(
              ProblemException.class,
              () -> Completion.await(namespace.read(512, ByteBuffer.allocate(512))));
      Problem problem = e.problem();
      assertEquals(500, problem.status());
      assertEquals(2, problem.number("sct").orElseThrow());
      assertEquals(129, problem.number("sc").orElseThrow());
      assertEquals("Unrecovered Read Error", problem.text("status_name").orElseThrow());
      assertEquals(1, problem.number("lba").orElseThrow());
      assertTrue(problem.doNotRetry());
    }
  }

  @Test
  void saysThatNobodyListens() throws Exception {
    int port;
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    try (DoorbellClient client =
        DoorbellClient.open(ClientOptions.of(URI.create("http://127.0.0.1:" + port)))) {
      UnreachableException e =
          assertThrows(UnreachableException.class, () -> Completion.await(client.namespaces()));
      assertTrue(e.getMessage().contains("http://127.0.0.1:" + port), e.getMessage());
    }
  }

  @Test
  void asksABusyServiceAgainWhenItSays() throws Exception {
    try (TestService service = stopped();
        DoorbellClient client =
            DoorbellClient.open(options(service).withRetries(new RetryPolicy(3, 5)), this::wait)) {
      RemoteNamespace namespace = namespace(client);
      stop(client, namespace);
      ByteBuffer into = ByteBuffer.allocate(512);
      var read = namespace.read(0, into);
      awaitWaits(1);
      assertEquals(List.of(1L), waits);
      waiting.remove(0).run();
      awaitWaits(2);
      Completion.await(client.post("/v1/namespaces/nvme0n1/resume"));
      waiting.remove(0).run();
      Completion.await(read);
      assertEquals(0, into.remaining());
    }
  }

  @Test
  void handsTheRefusalOnWhenItHasAskedOftenEnough() throws Exception {
    try (TestService service = stopped();
        DoorbellClient client =
            DoorbellClient.open(
                options(service).withRetries(new RetryPolicy(3, 5)), this::runAtOnce)) {
      RemoteNamespace namespace = namespace(client);
      stop(client, namespace);
      BusyException e =
          assertThrows(
              BusyException.class,
              () -> Completion.await(namespace.read(0, ByteBuffer.allocate(512))));
      assertEquals(1, e.retryAfterSeconds());
      assertEquals(List.of(1L, 1L), waits);
    }
  }

  @Test
  void waitsNoLongerThanItMay() throws Exception {
    try (TestService service = stopped();
        DoorbellClient client =
            DoorbellClient.open(
                options(service).withRetries(new RetryPolicy(3, 0)), this::runAtOnce)) {
      RemoteNamespace namespace = namespace(client);
      stop(client, namespace);
      assertThrows(
          BusyException.class, () -> Completion.await(namespace.read(0, ByteBuffer.allocate(512))));
      assertEquals(List.of(), waits);
    }
  }

  @Test
  void sendsAnAppendOnceWhateverComesOfIt() throws Exception {
    String zoned = "emulated:memory?size=1MiB&lba_size=512&zone_size=256KiB";
    try (TestService service =
            TestService.start(
                zoned,
                "emulated.fault_injection=true",
                "block.read_errors=stop",
                "block.max_waiting=0");
        DoorbellClient client = DoorbellClient.open(options(service), this::runAtOnce)) {
      RemoteNamespace namespace = namespace(client);
      stop(client, namespace);
      assertThrows(
          BusyException.class,
          () ->
              Completion.await(
                  client.post("/v1/namespaces/nvme0n1/zones/0/append", "x".repeat(512))));
      assertEquals(List.of(), waits);
      // Nor is a write to a zone, which takes a block only once.
      assertThrows(
          BusyException.class,
          () -> Completion.await(namespace.write(0, ByteBuffer.allocate(512), Durability.DURABLE)));
      assertEquals(List.of(), waits);
    }
  }

  /** A service whose namespace stops at an error and lets nobody wait. */
  private static TestService stopped() {
    return TestService.start(
        DRIVE, "emulated.fault_injection=true", "block.read_errors=stop", "block.max_waiting=0");
  }

  /** Lets a read fail, which stops the namespace. */
  private void stop(DoorbellClient client, RemoteNamespace namespace) throws Exception {
    Completion.await(
        client.post(
            "/v1/controllers/nvme0/faults",
            "{\"fault\":\"fail\",\"opcode\":\"read\",\"sct\":2,\"sc\":129}"));
    namespace.read(0, ByteBuffer.allocate(512));
    while (!Completion.await(namespace.get("policy")).text().contains("\"stopped\"")) {
      Thread.onSpinWait();
    }
  }

  private synchronized void wait(long seconds, Runnable task) {
    waits.add(seconds);
    waiting.add(task);
    notifyAll();
  }

  private synchronized void runAtOnce(long seconds, Runnable task) {
    waits.add(seconds);
    task.run();
  }

  private synchronized void awaitWaits(int count) throws InterruptedException {
    while (waits.size() < count) {
      wait();
    }
  }
}
