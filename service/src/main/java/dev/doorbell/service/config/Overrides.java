package dev.doorbell.service.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What the command line gives, in the order given; mistakes are kept for the common report. */
public final class Overrides {
  private final List<Given> values = new ArrayList<>();
  private final List<Given> drives = new ArrayList<>();
  private final Mistakes mistakes = new Mistakes();

  private record Given(String key, String value, Origin origin) {}

  /**
   * Sets a key.
   *
   * @param key such as {@code listen.port}
   * @param option for messages, such as {@code --loops}
   */
  public Overrides set(String key, String value, String option) {
    values.add(new Given(key, value, Origin.option(option)));
    return this;
  }

  /** Sets any key from {@code key=value}; {@code drives} takes URIs separated by spaces. */
  public Overrides assign(String assignment) {
    int equals = assignment.indexOf('=');
    if (equals <= 0) {
      mistakes.add("--set", assignment, null, "must be key=value, such as --set poll.max_ns=0");
      return this;
    }
    String key = assignment.substring(0, equals);
    return set(key, assignment.substring(equals + 1), "--set");
  }

  /** Adds a drive by its URI. */
  public Overrides drive(String uri) {
    drives.add(new Given(Settings.DRIVES, uri, Origin.option("--drive")));
    return this;
  }

  /** Sets host and port from {@code HOST:PORT}, {@code [IPV6]:PORT} or {@code PORT}. */
  public Overrides listen(String address) {
    int colon = address.lastIndexOf(':');
    String host = colon < 0 ? "" : address.substring(0, colon);
    boolean bracketed = host.length() > 2 && host.startsWith("[") && host.endsWith("]");
    // Without brackets, the colons of an IPv6 address leave open where the port begins.
    if (colon == 0 || !bracketed && host.indexOf(':') >= 0 || colon == address.length() - 1) {
      mistakes.add(
          "--listen",
          address,
          null,
          "must be HOST:PORT, [IPV6]:PORT or PORT, such as 0.0.0.0:8080, [::1]:8080 or 8080");
      return this;
    }
    if (colon > 0) {
      String bare = bracketed ? host.substring(1, host.length() - 1) : host;
      set(Settings.HOST.key(), bare, "--listen");
    }
    return set(Settings.PORT.key(), address.substring(colon + 1), "--listen");
  }

  /** The layer of these values; the mistakes found go to the common list. */
  Layer layer(Path base, Mistakes all) {
    all.addAll(mistakes.list());
    Layer layer = new Layer();
    for (Given given : values) {
      Raw raw = new Raw(given.value(), given.origin(), base);
      if (given.key().equals(Settings.DRIVES)) {
        setDrives(raw, layer, all);
      } else if (!Settings.isKey(given.key())) {
        String hint = Nearest.hint(given.key(), Settings.keys(), Settings.keys());
        all.add(given.key(), raw, "unknown key" + hint);
      } else if (!layer.put(given.key(), raw)) {
        Origin first = layer.value(given.key()).orElseThrow().origin();
        all.add(given.key(), raw, "given twice, first by " + first);
      }
    }
    if (!drives.isEmpty()) {
      addDrives(base, layer, all);
    }
    return layer;
  }

  private void setDrives(Raw raw, Layer layer, Mistakes all) {
    if (layer.drives().isPresent()) {
      all.add(Settings.DRIVES, raw, "given twice, first by " + raw.origin());
    } else {
      layer.drives(RawDrive.ofList(raw));
    }
  }

  private void addDrives(Path base, Layer layer, Mistakes all) {
    List<RawDrive> list = new ArrayList<>();
    for (Given drive : drives) {
      list.add(RawDrive.ofUri(new Raw(drive.value(), drive.origin(), base)));
    }
    if (layer.drives().isPresent()) {
      Raw first = list.get(0).uri();
      all.add(Settings.DRIVES, first, "given twice, first by option --set");
    } else {
      layer.drives(list);
    }
  }
}
