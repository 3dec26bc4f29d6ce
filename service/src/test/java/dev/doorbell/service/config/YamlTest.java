package dev.doorbell.service.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class YamlTest {
  @TempDir Path directory;

  private List<String> mistakes(String yaml) {
    return Load.withDrive().yaml(directory, yaml).mistakes();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "# nothing\n", "---\n", "listen:\n", "listen:\n  tls:\n", "drives:\n"})
  void takesAFileThatSaysNothing(String yaml) throws Exception {
    assertEquals(2, Load.withDrive().yaml(directory, yaml).get().loops());
  }

  @Test
  void namesTheLineOfAnUnknownKey() {
    assertEquals(
        List.of(
            "listen.prot = \"80\" (doorbell.yaml line 3): unknown key; did you mean listen.port?",
            "listen.frobnicate = \"1\" (doorbell.yaml line 4): unknown key; allowed: host, port, tls",
            "frobnicate (doorbell.yaml line 5): unknown key; allowed: listen, loops, poll, queue,"
                + " http, zone_meta, block, vfio, emulated, api, shutdown, log, tracing, drives"),
        mistakes("# a comment\nlisten:\n  prot: 80\n  frobnicate: 1\nfrobnicate: {a: b}\n"));
  }

  @Test
  void namesBothLinesOfAKeyGivenTwice() {
    assertEquals(
        List.of("loops = \"2\" (doorbell.yaml line 3): given twice, first in line 1"),
        mistakes("loops: 1\npoll: {grow: 2}\nloops: 2\n"));
    assertEquals(
        List.of("poll (doorbell.yaml line 3): given twice, first in line 1"),
        mistakes("poll:\n  grow: 2\npoll:\n  shrink: 2\n"));
    assertEquals(
        List.of("poll.grow = \"4\" (doorbell.yaml line 3): given twice, first in line 2"),
        mistakes("poll:\n  grow: 2\npoll.grow: 4\n"));
  }

  @Test
  void tellsSectionsFromValues() {
    assertEquals(
        List.of("listen = \"80\" (doorbell.yaml line 1): must be a section with host, port, tls"),
        mistakes("listen: 80\n"));
    assertEquals(
        List.of("loops (doorbell.yaml line 1): must be a single value, not a list or a section"),
        mistakes("loops: [1]\n"));
    assertEquals(
        List.of("loops (doorbell.yaml line 1): has no value; leave the key out for the default"),
        mistakes("loops:\n"));
    assertEquals(
        List.of(
            "YAML (doorbell.yaml line 2): must be a map of listen, loops, poll, queue, http,"
                + " zone_meta, block, vfio, emulated, api, shutdown, log, tracing, drives at the top"),
        mistakes("\n- loops\n"));
  }

  @Test
  void namesTheLineWhereTheFileIsNoYaml() {
    List<String> mistakes = mistakes("loops: 1\npoll: {grow: 2\nhttp: 3\n");

    assertEquals(1, mistakes.size());
    assertTrue(
        mistakes.get(0).startsWith("YAML (doorbell.yaml line 3): not YAML: "), mistakes.get(0));
  }

  @Test
  void namesTheFileWhereTheParserNamesNoLine() {
    String mistake = mistakes("loops: \u0001\n").get(0);

    assertTrue(mistake.startsWith("YAML (doorbell.yaml): not YAML: "), mistake);
  }

  @Test
  void hasNoUseForWhatYamlCanDoBesides() {
    assertEquals(
        List.of("YAML (doorbell.yaml line 2): anchors and aliases are not supported; repeat it"),
        mistakes("loops: &n 1\nlisten.port: *n\n"));
    assertEquals(
        List.of("YAML (doorbell.yaml line 2): a second document; the file must hold one"),
        mistakes("loops: 1\n---\nloops: 2\n"));
    assertEquals(
        List.of("YAML (doorbell.yaml line 1): nested too deeply"),
        mistakes("[".repeat(18) + "]".repeat(18)));
    assertTrue(mistakes("[a]: 1\n").get(0).endsWith("a key must be a plain name"));
  }

  @Test
  void reportsAMistakeOfTheFileWithoutMissingItsDrives() {
    assertEquals(1, new Load().yaml(directory, "loops: [\n").mistakes().size());
    assertEquals(1, new Load().yaml(directory, "drives: 1\n").mistakes().size());
  }
}
