package dev.doorbell.service.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command line over TLS: by a certificate that it is told to trust, and not by any other. */
class RemoteTlsIT {
  @TempDir Path directory;

  @Test
  void writesAndReadsThroughACertificateThatIsTrusted() throws Exception {
    Tls tls = Tls.make(directory);
    byte[] data = new byte[3_000_000];
    new Random(5).nextBytes(data);
    Path file = Files.write(directory.resolve("in"), data);
    Object[] options = tls.options();
    try (ServiceProcess doorbell =
        ServiceProcess.serve(
            directory,
            "--drive",
            "emulated:memory?size=16MiB",
            options[0],
            options[1],
            options[2],
            options[3])) {
      String namespace = doorbell.url("/v1/namespaces/nvme0n1");
      assertTrue(namespace.startsWith("https://"), namespace);
      for (String version : new String[] {"--quiet", "--http1"}) {
        String trust = "--cacert=" + tls.certificate();
        cli("write", version, trust, "--offset=77", namespace, file).ok();
        Path back = directory.resolve("back" + version);
        cli("read", version, trust, "--offset=77", "--length=3000000", namespace, back).ok();
        assertEquals(-1, Files.mismatch(file, back));
      }
      cli("namespaces", "--insecure", "--url", doorbell.url("")).ok();
      Tool.Result refused = cli("namespaces", "--url", doorbell.url(""));
      assertEquals(4, refused.exit(), refused.output());
      assertTrue(refused.output().contains("cannot reach https://"), refused.output());
      assertTrue(refused.output().contains("--cacert"), refused.output());
    }
  }

  private static Tool.Result cli(Object... arguments) {
    Object[] all = new Object[arguments.length + 2];
    all[0] = "-jar";
    all[1] = ServiceProcess.jar();
    System.arraycopy(arguments, 0, all, 2, arguments.length);
    return Tool.JAVA.run(all);
  }
}
