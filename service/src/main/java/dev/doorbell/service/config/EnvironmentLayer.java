package dev.doorbell.service.config;

import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** The values of {@code DOORBELL_} variables; an empty variable is as good as none. */
final class EnvironmentLayer {
  private EnvironmentLayer() {}

  static Layer read(Map<String, String> environment, Path base, Mistakes mistakes) {
    Layer layer = new Layer();
    // Sorted, so that several mistakes come in the same order every time.
    for (Map.Entry<String, String> entry : new TreeMap<>(environment).entrySet()) {
      String variable = entry.getKey();
      if (variable.startsWith(Settings.VARIABLE_PREFIX)
          && !entry.getValue().isEmpty()
          && !variable.equals(ConfigSources.FILE_VARIABLE)
          && !isServiceLink(variable)) {
        read(variable, entry.getValue(), base, layer, mistakes);
      }
    }
    return layer;
  }

  private static void read(
      String variable, String value, Path base, Layer layer, Mistakes mistakes) {
    Raw raw = new Raw(value, Origin.environment(variable), base);
    if (variable.equals(Settings.DRIVES_VARIABLE)) {
      layer.drives(RawDrive.ofList(raw));
      return;
    }
    for (Setting<?> setting : Settings.ALL) {
      if (setting.variable().equals(variable)) {
        layer.put(setting.key(), raw);
        return;
      }
    }
    String hint =
        Nearest.to(variable, Settings.variables())
            .map(nearest -> "; did you mean " + nearest + "?")
            .orElse("; allowed: DOORBELL_ and a key in upper case, such as DOORBELL_LISTEN_PORT");
    mistakes.add(variable, value, new Origin("environment"), "unknown variable" + hint);
  }

  /**
   * Kubernetes gives every pod DOORBELL_SERVICE_HOST, DOORBELL_PORT_8080_TCP and the like when a
   * service of the namespace is called doorbell; they are no configuration.
   */
  private static boolean isServiceLink(String variable) {
    return variable.startsWith("DOORBELL_SERVICE_")
        || variable.equals("DOORBELL_PORT")
        || variable.startsWith("DOORBELL_PORT_");
  }
}
