package dev.doorbell.service.config;

import dev.doorbell.service.config.ValueType.ByteSize;
import dev.doorbell.service.config.ValueType.Choice;
import dev.doorbell.service.config.ValueType.Flag;
import dev.doorbell.service.config.ValueType.Format;
import dev.doorbell.service.config.ValueType.Host;
import dev.doorbell.service.config.ValueType.HttpAddress;
import dev.doorbell.service.config.ValueType.Level;
import dev.doorbell.service.config.ValueType.Origins;
import dev.doorbell.service.config.ValueType.ReadableFile;
import dev.doorbell.service.config.ValueType.WholeNumber;
import dev.doorbell.service.config.ValueType.ZoneMeta;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Every key that has one value, with its default and range; {@code drives} is the list apart. */
final class Settings {
  static final String VARIABLE_PREFIX = "DOORBELL_";
  static final String DRIVES = "drives";
  static final String DRIVES_VARIABLE = "DOORBELL_DRIVES";

  private static final long KIB = 1024;
  private static final long MIB = 1024 * KIB;

  static final Setting<String> HOST = new Setting<>("listen.host", new Host(), "127.0.0.1");
  static final Setting<Long> PORT = number("listen.port", 8080, 0, 65535);
  static final Setting<Path> TLS_CERTIFICATE =
      new Setting<>("listen.tls.certificate", new ReadableFile(), null);
  static final Setting<Path> TLS_KEY = new Setting<>("listen.tls.key", new ReadableFile(), null);

  /** The default is the number of processors, known when the configuration is read. */
  static final int MAX_LOOPS = 256;

  static final Setting<Long> LOOPS = new Setting<>("loops", new WholeNumber(1, MAX_LOOPS), null);

  static final Setting<Long> POLL_MAX_NS = number("poll.max_ns", 200_000, 0, 10_000_000);
  static final Setting<Long> POLL_GROW = number("poll.grow", 2, 2, 1024);
  static final Setting<Long> POLL_SHRINK = number("poll.shrink", 2, 0, 1024);

  static final Setting<Long> QUEUE_ENTRIES = number("queue.entries", 128, 2, 65536);
  static final Setting<Long> QUEUE_DMA_ARENA =
      new Setting<>("queue.dma_arena", new ByteSize(MIB, 1024 * MIB, true), 16 * MIB);
  static final Setting<Long> QUEUE_TRANSFER =
      new Setting<>("queue.transfer", new ByteSize(4 * KIB, 2 * MIB, true), 128 * KIB);
  static final Setting<Long> QUEUE_WINDOW = number("queue.window", 2, 1, 64);

  static final Setting<Long> QUEUE_TIMEOUT_MS = number("queue.timeout_ms", 30_000, 16, 600_000);

  static final Setting<Boolean> UNALIGNED_WRITES =
      new Setting<>("http.unaligned_writes", new Flag(), true);
  static final Setting<Long> MAX_WRITE =
      new Setting<>("http.max_write", new ByteSize(0, Long.MAX_VALUE, false), 0L);
  static final Setting<Long> MAX_BUFFERED =
      new Setting<>("http.max_buffered", new ByteSize(64 * KIB, 512 * MIB, false), 4 * MIB);
  static final Setting<Long> IDLE_TIMEOUT_S = number("http.idle_timeout_s", 60, 0, 86_400);
  static final Setting<Long> HEADER_TIMEOUT_S = number("http.header_timeout_s", 30, 0, 86_400);
  static final Setting<Long> CONNECTION_REQUESTS =
      number("http.connection_requests", 256, 1, 65_536);
  static final Setting<Long> CONNECTION_MEMORY =
      new Setting<>("http.connection_memory", new ByteSize(256 * KIB, 1024 * MIB, false), 4 * MIB);
  static final Setting<Long> MAX_HEADER_BYTES =
      new Setting<>("http.max_header_bytes", new ByteSize(KIB, MIB, false), 16 * KIB);
  static final Setting<Long> WAIT_MS = number("http.wait_ms", 10_000, 0, 600_000);

  static final Setting<ZoneMetaPolicy> ZONE_META =
      new Setting<>("zone_meta", new ZoneMeta(), ZoneMetaPolicy.KEEP);

  static final Setting<Boolean> BLOCK_MERGE = new Setting<>("block.merge", new Flag(), true);
  static final Setting<String> BLOCK_READ_ERRORS = errors("block.read_errors");
  static final Setting<String> BLOCK_WRITE_ERRORS = errors("block.write_errors");
  static final Setting<String> BLOCK_WRITE_CACHE =
      new Setting<>(
          "block.write_cache", Choice.of("writeback", "writethrough", "none"), "writeback");
  static final Setting<Boolean> BLOCK_READ_ONLY =
      new Setting<>("block.read_only", new Flag(), false);
  static final Setting<Long> BLOCK_MAX_WAITING = number("block.max_waiting", 256, 0, 65_536);
  static final Setting<Long> BLOCK_OPERATIONS =
      number("block.operations_per_second", 0, 0, Long.MAX_VALUE);
  static final Setting<Long> BLOCK_BYTES =
      new Setting<>("block.bytes_per_second", new ByteSize(0, Long.MAX_VALUE, false), 0L);
  static final Setting<Long> BLOCK_BURST_MS = number("block.burst_ms", 100, 1, 60_000);

  static final Setting<Boolean> UNSAFE_NOIOMMU =
      new Setting<>("vfio.unsafe_noiommu", new Flag(), false);

  static final Setting<Boolean> FAULT_INJECTION =
      new Setting<>("emulated.fault_injection", new Flag(), false);

  static final Setting<Boolean> API_PASSTHROUGH =
      new Setting<>("api.passthrough", new Flag(), false);
  static final Setting<List<String>> API_CORS_ORIGINS =
      new Setting<>("api.cors_origins", new Origins(), List.of());
  static final Setting<Long> API_HEARTBEAT_S = number("api.event_heartbeat_s", 15, 1, 3600);

  static final Setting<Long> GRACE_S = number("shutdown.grace_s", 30, 0, 3600);
  static final Setting<LogLevel> LOG_LEVEL = new Setting<>("log.level", new Level(), LogLevel.INFO);
  static final Setting<LogFormat> LOG_FORMAT =
      new Setting<>("log.format", new Format(), LogFormat.TEXT);
  static final Setting<Boolean> LOG_ACCESS = new Setting<>("log.access", new Flag(), false);
  static final Setting<URI> OTLP_ENDPOINT =
      new Setting<>("tracing.otlp.endpoint", new HttpAddress(), null);
  static final Setting<Long> TRACE_ONE_IN = number("tracing.one_in", 1, 1, 1_000_000);

  /** In the order of the model, which is the order of messages and of the dump. */
  static final List<Setting<?>> ALL =
      List.of(
          HOST,
          PORT,
          TLS_CERTIFICATE,
          TLS_KEY,
          LOOPS,
          POLL_MAX_NS,
          POLL_GROW,
          POLL_SHRINK,
          QUEUE_ENTRIES,
          QUEUE_DMA_ARENA,
          QUEUE_TRANSFER,
          QUEUE_WINDOW,
          QUEUE_TIMEOUT_MS,
          UNALIGNED_WRITES,
          MAX_WRITE,
          MAX_BUFFERED,
          IDLE_TIMEOUT_S,
          HEADER_TIMEOUT_S,
          CONNECTION_REQUESTS,
          CONNECTION_MEMORY,
          MAX_HEADER_BYTES,
          WAIT_MS,
          ZONE_META,
          BLOCK_MERGE,
          BLOCK_READ_ERRORS,
          BLOCK_WRITE_ERRORS,
          BLOCK_WRITE_CACHE,
          BLOCK_READ_ONLY,
          BLOCK_MAX_WAITING,
          BLOCK_OPERATIONS,
          BLOCK_BYTES,
          BLOCK_BURST_MS,
          UNSAFE_NOIOMMU,
          FAULT_INJECTION,
          API_PASSTHROUGH,
          API_CORS_ORIGINS,
          API_HEARTBEAT_S,
          GRACE_S,
          LOG_LEVEL,
          LOG_FORMAT,
          LOG_ACCESS,
          OTLP_ENDPOINT,
          TRACE_ONE_IN);

  private Settings() {}

  private static Setting<Long> number(String key, long fallback, long min, long max) {
    return new Setting<>(key, new WholeNumber(min, max), fallback);
  }

  private static Setting<String> errors(String key) {
    return new Setting<>(key, Choice.of("report", "ignore", "stop", "enospc"), "report");
  }

  /** What stands for the value of a key that has none. */
  static String placeholder(String key) {
    return key.equals(OTLP_ENDPOINT.key()) ? "URL" : "PATH";
  }

  static boolean isKey(String key) {
    for (Setting<?> setting : ALL) {
      if (setting.key().equals(key)) {
        return true;
      }
    }
    return false;
  }

  /** Whether the key is a section, such as {@code listen} or {@code listen.tls}. */
  static boolean isSection(String key) {
    for (Setting<?> setting : ALL) {
      String known = setting.key();
      if (known.startsWith(key) && known.length() > key.length()) {
        if (known.charAt(key.length()) == '.') {
          return true;
        }
      }
    }
    return false;
  }

  /** What may stand in a section, or at the top for the empty name: last parts of the keys. */
  static List<String> childrenOf(String section) {
    List<String> children = new ArrayList<>();
    int start = section.isEmpty() ? 0 : section.length() + 1;
    for (Setting<?> setting : ALL) {
      String key = setting.key();
      if (section.isEmpty() || key.startsWith(section) && key.charAt(start - 1) == '.') {
        int end = key.indexOf('.', start);
        String child = key.substring(start, end < 0 ? key.length() : end);
        if (!children.contains(child)) {
          children.add(child);
        }
      }
    }
    if (section.isEmpty()) {
      children.add(DRIVES);
    }
    return children;
  }

  /** Every full key, {@code drives} included: what a wrong one is compared with. */
  static List<String> keys() {
    List<String> keys = new ArrayList<>();
    for (Setting<?> setting : ALL) {
      keys.add(setting.key());
    }
    keys.add(DRIVES);
    return keys;
  }

  /** Every variable, in the order of the keys. */
  static List<String> variables() {
    List<String> variables = new ArrayList<>();
    for (Setting<?> setting : ALL) {
      variables.add(setting.variable());
    }
    variables.add(DRIVES_VARIABLE);
    return variables;
  }
}
