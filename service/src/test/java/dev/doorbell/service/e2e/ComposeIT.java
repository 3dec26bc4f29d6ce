package dev.doorbell.service.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * The compose file is one to Compose itself, and every file, port, host and build stage that it
 * names is there. Images are neither fetched nor built.
 */
class ComposeIT {
  private static final Pattern ADDRESS = Pattern.compile("https?://[\\w.-]+:\\d+");

  @TempDir static Path directory;

  /** As Compose reads it: paths absolute, short forms written out. */
  private static Map<String, Object> compose;

  @BeforeAll
  static void readIt() {
    String text =
        Tool.DOCKER_COMPOSE
            .run("-f", Deploy.file("compose.yaml"), "--profile", "vfio", "config")
            .ok();
    compose = new Yaml(new SafeConstructor(new LoaderOptions())).load(text);
  }

  private static Map<String, Object> services() {
    return Deploy.map(compose.get("services"));
  }

  private static Map<String, Object> service(String name) {
    return Deploy.map(services().get(name));
  }

  private static List<String> strings(Map<String, Object> of, String key) {
    return Deploy.list(of.getOrDefault(key, List.of())).stream().map(Object::toString).toList();
  }

  @Test
  void hasTheTestRigAndTheRealDrive() {
    assertEquals(
        Set.of("doorbell", "doorbell-vfio", "load", "prometheus", "grafana"), services().keySet());
    assertEquals(List.of("vfio"), strings(service("doorbell-vfio"), "profiles"));
    services().keySet().stream()
        .filter(name -> !name.equals("doorbell-vfio"))
        .forEach(name -> assertNull(service(name).get("profiles"), name));
  }

  @Test
  void givesNobodyMoreThanNeeded() {
    services()
        .keySet()
        .forEach(
            name -> {
              Map<String, Object> service = service(name);
              assertFalse(service.containsKey("privileged"), name);
              assertFalse(service.containsKey("cap_add"), name);
              assertEquals(List.of("ALL"), strings(service, "cap_drop"), name);
              assertEquals(true, service.get("read_only"), name);
              assertTrue(strings(service, "security_opt").contains("no-new-privileges:true"), name);
              for (String port : strings(service, "ports")) {
                assertTrue(port.startsWith("127.0.0.1:"), name + " is open to the world: " + port);
              }
              boolean drive = name.equals("doorbell-vfio");
              assertEquals(drive, service.containsKey("devices"), name);
            });
    Map<String, Object> limits = Deploy.map(service("doorbell-vfio").get("ulimits"));
    Object memlock = Deploy.map(limits.get("memlock")).get("hard");
    assertTrue(((Number) memlock).longValue() >= 64 << 20, "queues lock their memory: " + memlock);
  }

  @Test
  void everyFileItMountsIsThere() {
    Set<String> volumes = Deploy.map(compose.get("volumes")).keySet();
    services()
        .keySet()
        .forEach(
            name -> {
              for (String volume : strings(service(name), "volumes")) {
                String source = volume.split(":")[0];
                if (source.startsWith("/")) {
                  assertTrue(Files.exists(Path.of(source)), name + ": " + source);
                  assertTrue(volume.endsWith(":ro"), name + " may write " + source);
                } else {
                  assertTrue(volumes.contains(source), name + ": " + source);
                }
              }
            });
  }

  /** Stages are known, what is copied is in the context, and bases are Debian 12's. */
  @Test
  void everyBuildFindsWhatItNeeds() throws IOException {
    for (String name : services().keySet()) {
      if (!service(name).containsKey("build")) {
        continue;
      }
      Map<String, Object> build = Deploy.map(service(name).get("build"));
      Path context = Path.of(build.get("context").toString());
      assertTrue(Files.isSameFile(Deploy.ROOT, context), name);
      Path file = context.resolve(build.get("dockerfile").toString());
      Containerfile image = new Containerfile(Files.readString(file));
      if (build.containsKey("target")) {
        assertTrue(image.stages().contains(build.get("target").toString()), name);
      }
      assertTrue(
          image.bases().stream().allMatch(b -> b.matches("docker.io/library/debian:12(-slim)?")));
      for (String source : image.copied()) {
        assertTrue(Files.exists(context.resolve(source)), () -> file + " copies " + source);
      }
    }
  }

  @Test
  void doorbellRunsWithoutRootAndSaysHowItIs() {
    String text = Deploy.text("Dockerfile");
    assertTrue(text.contains("\nUSER 10001:10001\n"));
    assertTrue(text.contains("http://127.0.0.1:8080/readyz"));
    assertTrue(
        Deploy.map(service("load").get("depends_on")).toString().contains("service_healthy"));
    for (String label : List.of("title", "description", "licenses")) {
      assertTrue(text.contains("org.opencontainers.image." + label + "="), label);
    }
  }

  /** The service itself reads the configuration of image and rig, but for where the images lie. */
  @Test
  void theConfigurationsAreServed() throws IOException {
    for (String file : List.of("compose/doorbell.yaml", "image/doorbell.yaml")) {
      String text = Deploy.text(file);
      assertEquals(count(text, "image: "), count(text, "image: /var/lib/doorbell/"), text);
      Path here = directory.resolve("doorbell.yaml");
      Files.writeString(here, text.replace("/var/lib/doorbell", directory.toString()));
      String dump = Tool.JAVA.run("-jar", ServiceProcess.jar(), "config", "-c", here).ok();
      assertTrue(dump.contains("host: \"0.0.0.0\""), dump);
      assertTrue(dump.contains("port: 8080"), dump);
    }
  }

  /** At most the grace for requests, as much for commands whose clients have gone, then flushes. */
  @Test
  void whoeverStopsItWaitsUntilItHasEnded() throws IOException {
    Path file =
        Files.writeString(directory.resolve("grace.yaml"), "drives: ['emulated:memory?size=1MiB']");
    String dump = Tool.JAVA.run("-jar", ServiceProcess.jar(), "config", "-c", file).ok();
    long grace = Long.parseLong(dump.replaceAll("(?s).* grace_s: (\\d+) .*", "$1"));
    Duration most = Duration.ofSeconds(2 * grace);
    for (String name : List.of("doorbell", "doorbell-vfio")) {
      assertTrue(duration(service(name).get("stop_grace_period")).compareTo(most) > 0, name);
    }
    String unit = Deploy.text("systemd/doorbell.service");
    String stop = unit.replaceAll("(?s).*\nTimeoutStopSec=(\\S+)\n.*", "$1");
    assertTrue(duration(stop).compareTo(most) > 0, stop);
  }

  private static Duration duration(Object text) {
    return Duration.parse("PT" + text);
  }

  private static int count(String text, String part) {
    return text.split(Pattern.quote(part), -1).length;
  }

  /** Whoever calls somebody calls a service of this file, at a port that its image serves. */
  @Test
  void everyAddressLeadsToAService() throws IOException {
    Map<String, Set<Integer>> ports = new HashMap<>();
    ports.put("doorbell", exposed("Dockerfile"));
    ports.put("prometheus", exposed("image/tools.Dockerfile"));
    assertEquals(Set.of(8080), ports.get("doorbell"));
    assertEquals(Set.of(9090), ports.get("prometheus"));
    Set<String> used = new HashSet<>();
    for (String name : services().keySet()) {
      String text = service(name).toString();
      for (MatchResult match : ADDRESS.matcher(text).results().toList()) {
        used.add(match.group());
      }
    }
    Deploy.list(Deploy.targets().get("targets")).forEach(t -> used.add("http://" + t));
    assertEquals(Set.of("http://doorbell:8080", "http://prometheus:9090"), used);
    for (String address : used) {
      URI uri = URI.create(address);
      assertTrue(ports.get(uri.getHost()).contains(uri.getPort()), address);
    }
    for (String name : List.of("doorbell", "doorbell-vfio", "prometheus")) {
      String published = strings(service(name), "ports").get(0);
      String host = name.startsWith("doorbell") ? "doorbell" : name;
      int port = Integer.parseInt(published.replaceAll("/tcp$", "").replaceAll(".*:", ""));
      assertTrue(ports.get(host).contains(port), name + ": " + published);
    }
    assertTrue(service("doorbell-vfio").get("networks").toString().contains("aliases=[doorbell]"));
  }

  /**
   * What Grafana's provisioning takes from the environment is set, and leads to what is mounted.
   */
  @Test
  void grafanaFindsItsDashboardAndPrometheus() {
    Map<String, Object> environment = Deploy.map(service("grafana").get("environment"));
    String mounted = String.join("\n", strings(service("grafana"), "volumes"));
    String datasource = Deploy.text("grafana/provisioning/datasources/prometheus.yml");
    String provider = Deploy.text("grafana/provisioning/dashboards/doorbell.yml");
    assertTrue(datasource.contains("url: $PROMETHEUS_URL\n"));
    assertTrue(provider.contains("path: $DASHBOARDS\n"));
    assertEquals("http://prometheus:9090", environment.get("PROMETHEUS_URL"));
    assertTrue(
        mounted.contains("/deploy/grafana/dashboards:" + environment.get("DASHBOARDS") + ":ro"));
    assertTrue(mounted.contains("/deploy/grafana/provisioning:/etc/grafana/provisioning:ro"));
    assertEquals("doorbell", Deploy.json("grafana/dashboards/doorbell.json").getString("uid"));
  }

  private static Set<Integer> exposed(String file) {
    return Pattern.compile("(?m)^EXPOSE (\\d+)$")
        .matcher(Deploy.text(file))
        .results()
        .map(m -> Integer.valueOf(m.group(1)))
        .collect(Collectors.toSet());
  }
}
