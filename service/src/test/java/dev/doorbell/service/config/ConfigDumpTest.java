package dev.doorbell.service.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigDumpTest {
  @TempDir Path directory;

  @Test
  void showsEachValueWithItsOrigin() throws Exception {
    Load load =
        new Load()
            .yaml(
                directory,
                """
                poll.max_ns: 0
                drives:
                  - {name: a, namespaces: [{memory: true, size: 1M}]}
                  - nvme://0000:01:00.0
                """)
            .environment("DOORBELL_LOOPS", "7")
            .set("log.level=warn");

    assertEquals(
        """
        # Effective configuration, with the origin of each value.
        listen:
          host: "127.0.0.1"                     # default
          port: 8080                            # default
          tls:
            # certificate: PATH                 # not set
            # key: PATH                         # not set
        loops: 7                                # environment variable DOORBELL_LOOPS
        poll:
          max_ns: 0                             # doorbell.yaml line 1
          grow: 2                               # default
          shrink: 2                             # default
        queue:
          entries: 128                          # default
          dma_arena: 16MiB                      # default
          transfer: 128KiB                      # default
          window: 2                             # default
          timeout_ms: 30000                     # default
        http:
          unaligned_writes: true                # default
          max_write: 0                          # default
          max_buffered: 4MiB                    # default
          idle_timeout_s: 60                    # default
          header_timeout_s: 30                  # default
          connection_requests: 256              # default
          connection_memory: 4MiB               # default
          max_header_bytes: 16KiB               # default
          wait_ms: 10000                        # default
        zone_meta: keep                         # default
        block:
          merge: true                           # default
          read_errors: report                   # default
          write_errors: report                  # default
          write_cache: writeback                # default
          read_only: false                      # default
          max_waiting: 256                      # default
          operations_per_second: 0              # default
          bytes_per_second: 0                   # default
          burst_ms: 100                         # default
        vfio:
          unsafe_noiommu: false                 # default
        emulated:
          fault_injection: false                # default
        api:
          passthrough: false                    # default
          cors_origins: ""                      # default
          event_heartbeat_s: 15                 # default
        shutdown:
          grace_s: 30                           # default
        log:
          level: warn                           # option --set
          format: text                          # default
          access: false                         # default
        tracing:
          otlp:
            # endpoint: URL                     # not set
          one_in: 1                             # default
        drives:
          - name: "a"                           # doorbell.yaml line 3
            namespaces:
              - memory: true                    # doorbell.yaml line 3
                size: 1MiB                      # doorbell.yaml line 3
                lba_size: 4096                  # default
                readonly: false                 # default
          - name: "nvme1"                       # default
            uri: "nvme://0000:01:00.0/1"        # doorbell.yaml line 4
        """,
        ConfigDump.yaml(load.loaded()));
  }

  @Test
  void readsBackToTheSameConfiguration() throws Exception {
    String odd = "a \"b\\ #\u0007ü.pem";
    Files.createFile(directory.resolve(odd));
    Files.write(directory.resolve("disk.img"), new byte[8192]);
    LoadedConfig loaded =
        new Load()
            .in(directory)
            .set("listen.tls.certificate=" + odd)
            .set("listen.tls.key=" + odd)
            .set("http.max_write=1000")
            .drive("emulated:disk.img")
            .drive("emulated:null?size=1T&lba_size=512&readonly=true")
            .drive("nvme://0000:01:00.0/3")
            .loaded();
    String yaml = ConfigDump.yaml(loaded);

    assertTrue(
        yaml.contains("        size: 8KiB                      # length of the image"), yaml);
    Path other = Files.createDirectory(directory.resolve("other"));
    assertEquals(loaded.config(), new Load().yaml(other, yaml).get());
  }
}
