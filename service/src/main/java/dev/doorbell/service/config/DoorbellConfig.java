package dev.doorbell.service.config;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The whole configuration, complete and checked: sizes in bytes, times in the unit of the name.
 *
 * @param loops event loops, each owning one queue pair per controller; 1 to 256
 * @param zoneMeta what becomes of zone metadata that does not fit its drive
 * @param drives at least one, names unique
 */
public record DoorbellConfig(
    Listen listen,
    int loops,
    Poll poll,
    Queue queue,
    Http http,
    ZoneMetaPolicy zoneMeta,
    Block block,
    Vfio vfio,
    Emulated emulated,
    Api api,
    Shutdown shutdown,
    Log log,
    Tracing tracing,
    List<Drive> drives) {
  public DoorbellConfig {
    drives = List.copyOf(drives);
  }

  /**
   * Where clients reach the service.
   *
   * @param host name or address to bind
   * @param port 0 to 65535; 0 takes any free port
   * @param tls empty for clear text
   */
  public record Listen(String host, int port, Optional<Tls> tls) {}

  /**
   * The service's identity; both files were readable when the configuration was read.
   *
   * @param certificate PEM file of the certificate chain
   * @param key PEM file of the private key
   */
  public record Tls(Path certificate, Path key) {}

  /**
   * Adaptive busy polling of completion queues.
   *
   * @param maxNs longest busy poll per turn in nanoseconds before a loop sleeps, 0 to 10 000 000; 0
   *     never polls busily
   * @param grow factor by which the budget grows, 2 to 1024
   * @param shrink divisor by which it shrinks, 0 to 1024; 0 resets it to nothing, 1 keeps it
   */
  public record Poll(long maxNs, int grow, int shrink) {}

  /**
   * One queue pair of one event loop.
   *
   * @param entries of the submission queue, 2 to 65536; one less can be in flight
   * @param dmaArena bytes of memory the device may reach, a power of two, 1 MiB to 1 GiB
   * @param transfer bytes of the largest NVMe command of a long request, a power of two, 4 KiB to 2
   *     MiB
   * @param window commands one long request keeps in flight, 1 to 64, below {@code entries}; {@code
   *     window * transfer} fits the arena
   * @param timeoutMs how long a command may take before it is aborted, and if that does not help
   *     the controller reset, 16 to 600 000 milliseconds
   */
  public record Queue(int entries, long dmaArena, int transfer, int window, int timeoutMs) {}

  /**
   * Limits and habits of the HTTP side.
   *
   * @param unalignedWrites whether a write may begin or end inside a block (read-modify-write)
   * @param maxWrite bytes of the largest body of one PUT; 0 for no limit but the namespace's size
   * @param maxBuffered bytes of the largest body that is held in memory as a whole, because all of
   *     it is checked before any is written, or to be digested before it is sent; 64 KiB to 512
   *     MiB, and never more than half of {@code queue.dma_arena}
   * @param idleTimeoutSeconds before a connection is closed on which nothing moves, 0 to 86400; 0
   *     for never
   * @param headerTimeoutSeconds that a client has to finish the head of a request, a frame or a
   *     handshake, 0 to 86400; 0 for as long as it likes
   * @param connectionRequests of one HTTP/2 connection that are in progress at once, 1 to 65 536
   * @param connectionMemory bytes of {@code queue.dma_arena} that the requests of one HTTP/2
   *     connection hold at once, 256 KiB to 1 GiB; further ones wait
   * @param maxHeaderBytes of one request, 1 KiB to 1 MiB
   * @param waitMs how long a request may wait for a command slot or buffer before it is answered
   *     503, 0 to 600 000 milliseconds
   */
  public record Http(
      boolean unalignedWrites,
      long maxWrite,
      long maxBuffered,
      int idleTimeoutSeconds,
      int headerTimeoutSeconds,
      int connectionRequests,
      long connectionMemory,
      int maxHeaderBytes,
      int waitMs) {}

  /**
   * What every namespace begins with; an operator may change it for each while it is served.
   *
   * @param merge whether adjacent requests of one turn become one command
   * @param readErrors for reads that the drive fails: report, ignore, stop or enospc
   * @param writeErrors for all else that it fails
   * @param writeCache writeback, or writethrough: every write is durable when it is acknowledged
   * @param readOnly whether writes are refused
   * @param maxWaiting requests that each loop lets wait while a namespace is stopped or for its
   *     rate, 0 to 65 536
   * @param operationsPerSecond of one namespace; 0 for no limit
   * @param bytesPerSecond of one namespace; 0 for no limit
   * @param burstMs how much of a rate that was not used may be used at once, 1 to 60 000
   *     milliseconds
   */
  public record Block(
      boolean merge,
      String readErrors,
      String writeErrors,
      String writeCache,
      boolean readOnly,
      int maxWaiting,
      long operationsPerSecond,
      long bytesPerSecond,
      int burstMs) {}

  /**
   * Controllers on the PCI bus.
   *
   * @param unsafeNoIommu whether one may be driven without an IOMMU, by which it could read and
   *     write all memory of the machine
   */
  public record Vfio(boolean unsafeNoIommu) {}

  /**
   * Controllers that are emulated.
   *
   * @param faultInjection whether they can be told to fail, over HTTP
   */
  public record Emulated(boolean faultInjection) {}

  /**
   * What the HTTP interface lets clients do beyond the ordinary.
   *
   * @param passthrough whether commands are passed to drives as they are
   * @param corsOrigins origins whose web pages may use the interface; {@code *} for all, empty for
   *     none
   * @param heartbeatSeconds after which a stream of events that has none shows that it is alive, 1
   *     to 3600
   */
  public record Api(boolean passthrough, List<String> corsOrigins, int heartbeatSeconds) {
    public Api {
      corsOrigins = List.copyOf(corsOrigins);
    }
  }

  /**
   * The end of the service.
   *
   * @param graceSeconds how long requests in flight get at SIGTERM, 0 to 3600
   */
  public record Shutdown(int graceSeconds) {}

  /**
   * What is logged, and how.
   *
   * @param access whether each request is a line
   */
  public record Log(LogLevel level, LogFormat format, boolean access) {}

  /**
   * Spans of requests, for a collector of OpenTelemetry.
   *
   * @param collector base address to which they are sent by OTLP over HTTP; empty for no tracing
   * @param oneIn of how many traces that begin here one is recorded, 1 to 1 000 000; traces of
   *     clients are recorded if they say so
   */
  public record Tracing(Optional<URI> collector, int oneIn) {}
}
