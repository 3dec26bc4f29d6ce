package dev.doorbell.service.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/**
 * The conformance tests of h2spec against the service as it is shipped.
 *
 * <p>Those of {@code h2spec-exceptions.txt} must fail: an exception that is none any more fails
 * here too.
 */
class H2specIT {
  private static final String ARCHIVE = "/h2spec/2.2.0/h2spec_linux_amd64.tar.gz";
  private static final String EXCEPTIONS = "/h2spec-exceptions.txt";
  private static final int LEAST_TESTS = 140;

  @TempDir Path directory;

  @BeforeEach
  void unpack() throws IOException {
    assumeTrue(System.getProperty("os.arch").equals("amd64"), "h2spec's jar has amd64 only");
    try (InputStream in = H2specIT.class.getResourceAsStream(ARCHIVE)) {
      Path archive = directory.resolve("h2spec.tar.gz");
      Files.copy(in, archive);
      Tool.TAR.run("-xzf", archive, "-C", directory, "h2spec").ok();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "false, /v1/namespaces/nvme0n1/data",
    "false, /livez",
    "true, /v1/namespaces/nvme0n1/data"
  })
  void passesButForTheExceptions(boolean tls, String path) throws Exception {
    List<Object> options = new ArrayList<>(List.of("--drive", "emulated:memory?size=64KiB"));
    if (tls) {
      options.addAll(List.of(Tls.make(directory).options()));
    }
    try (ServiceProcess doorbell = ServiceProcess.serve(directory, options.toArray())) {
      Path report = directory.resolve("report.xml");
      List<Object> arguments =
          new ArrayList<>(List.of("-h", "127.0.0.1", "-p", doorbell.port(), "-P", path));
      arguments.addAll(List.of("-j", report, "-o", "5"));
      if (tls) {
        arguments.addAll(List.of("-t", "-k"));
      }
      Tool.Result result = Tool.runFile(directory.resolve("h2spec"), arguments.toArray());
      TreeSet<String> failed = new TreeSet<>();
      int tests = read(report, failed);
      System.out.println(
          "h2spec on %s%s: %d tests, %d passed, exceptions: %s"
              .formatted(path, tls ? " over TLS" : "", tests, tests - failed.size(), failed));
      assertTrue(tests >= LEAST_TESTS, result.output());
      assertEquals(exceptions().keySet(), failed, result.output());
      doorbell.stop();
    }
  }

  /** Names of the tests that failed, and the number of all. */
  private static int read(Path report, TreeSet<String> failed) throws Exception {
    NodeList tests =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(report.toFile())
            .getElementsByTagName("testcase");
    for (int i = 0; i < tests.getLength(); i++) {
      Element test = (Element) tests.item(i);
      if (test.getElementsByTagName("failure").getLength() > 0
          || test.getElementsByTagName("error").getLength() > 0) {
        failed.add(test.getAttribute("package") + ": " + test.getAttribute("classname"));
      }
    }
    return tests.getLength();
  }

  /** The exceptions with their reasons. */
  private static TreeMap<String, String> exceptions() throws IOException {
    TreeMap<String, String> exceptions = new TreeMap<>();
    try (InputStream in = H2specIT.class.getResourceAsStream(EXCEPTIONS)) {
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      for (String line : text.lines().filter(l -> !l.isBlank() && !l.startsWith("#")).toList()) {
        String[] parts = line.split("\\|", 2);
        assertTrue(
            parts.length == 2 && parts[1].strip().length() > 20, "without a reason: " + line);
        exceptions.put(parts[0].strip(), parts[1].strip());
      }
    }
    return exceptions;
  }
}
