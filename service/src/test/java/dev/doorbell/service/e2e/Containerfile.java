package dev.doorbell.service.e2e;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What an image is made of: as much of the language of Dockerfiles as ours use. */
final class Containerfile {
  private static final Set<String> INSTRUCTIONS =
      Set.of(
          "ARG",
          "FROM",
          "RUN",
          "COPY",
          "WORKDIR",
          "ENV",
          "USER",
          "VOLUME",
          "EXPOSE",
          "STOPSIGNAL",
          "HEALTHCHECK",
          "LABEL",
          "ENTRYPOINT",
          "CMD");

  private final Set<String> stages = new HashSet<>();
  private final List<String> bases = new ArrayList<>();
  private final List<String> copied = new ArrayList<>();

  Containerfile(String text) {
    Map<String, String> arguments = new HashMap<>();
    String instructions = text.replaceAll("(?m)^#.*\n", "").replace("\\\n", " ");
    for (String line : instructions.split("\n")) {
      if (line.isBlank()) {
        continue;
      }
      List<String> words = Arrays.asList(line.trim().split("\\s+"));
      assertTrue(INSTRUCTIONS.contains(words.get(0)), () -> "no instruction: " + line);
      switch (words.get(0)) {
        case "ARG" -> arguments.put(words.get(1).split("=")[0], words.get(1).split("=")[1]);
        case "FROM" -> {
          bases.add(arguments.get(words.get(1).replaceAll("[${}]", "")));
          if (words.size() == 4) {
            stages.add(words.get(3));
          }
        }
        case "COPY" -> copy(words);
        default -> {}
      }
    }
  }

  private void copy(List<String> words) {
    if (words.get(1).startsWith("--from=")) {
      String stage = words.get(1).substring("--from=".length());
      assertTrue(stages.contains(stage), () -> "there is no stage " + stage);
    } else {
      copied.addAll(words.subList(1, words.size() - 1));
    }
  }

  Set<String> stages() {
    return stages;
  }

  /** The images that stages start from, with the defaults of arguments. */
  List<String> bases() {
    return bases;
  }

  /** What is copied from the context. */
  List<String> copied() {
    return copied;
  }
}
