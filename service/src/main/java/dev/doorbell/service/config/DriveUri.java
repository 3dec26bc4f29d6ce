package dev.doorbell.service.config;

import dev.doorbell.service.config.RawDrive.RawNamespace;
import dev.doorbell.vfio.PciAddress;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Reads drive URIs:
 *
 * <pre>{@code
 * emulated:PATH?size=1GiB&lba_size=4096&readonly=true
 * emulated:memory?size=1GiB
 * emulated:null?size=1GiB
 * emulated:PATH?size=1GiB&zone_size=16MiB&zone_capacity=12MiB&max_open=14&max_active=28
 * nvme://dddd:bb:dd.f/NSID
 * }</pre>
 *
 * A path may hold {@code %3F} for a question mark, and so on; a file called {@code memory} or
 * {@code null} is written {@code ./memory}.
 */
final class DriveUri {
  static final String FORMS =
      "emulated:PATH, emulated:memory?size=SIZE, emulated:null?size=SIZE, nvme://dddd:bb:dd.f/NSID";

  private static final String EMULATED = "emulated:";
  private static final String NVME = "nvme:";

  /** FFFFFFFFh means all namespaces (NVMe Base 1.4, 6.1). */
  private static final long MAX_NSID = 0xFFFFFFFEL;

  /** What a URI describes, still without a name. */
  sealed interface Parsed {
    /** One namespace of an emulated controller. */
    record Emulated(RawNamespace namespace) implements Parsed {}

    /** A controller on the PCI bus. */
    record Vfio(PciAddress address, long nsid) implements Parsed {}
  }

  private final String key;
  private final Raw uri;
  private final Mistakes mistakes;

  private DriveUri(String key, Raw uri, Mistakes mistakes) {
    this.key = key;
    this.uri = uri;
    this.mistakes = mistakes;
  }

  /**
   * What the URI describes; empty after a mistake was reported.
   *
   * @param key for messages, such as {@code drives[0]}
   */
  static Optional<Parsed> parse(String key, Raw uri, Mistakes mistakes) {
    return new DriveUri(key, uri, mistakes).parse();
  }

  private Optional<Parsed> parse() {
    String text = uri.text();
    if (text.startsWith(EMULATED)) {
      return emulated(text.substring(EMULATED.length()));
    }
    if (text.startsWith(NVME)) {
      return vfio(text.substring(NVME.length()));
    }
    int colon = text.indexOf(':');
    String problem = colon <= 0 ? "has no scheme" : "unknown scheme " + text.substring(0, colon);
    return mistake(problem + "; allowed: " + FORMS);
  }

  private Optional<Parsed> emulated(String rest) {
    int question = rest.indexOf('?');
    String path = question < 0 ? rest : rest.substring(0, question);
    Map<String, Raw> fields = new LinkedHashMap<>();
    switch (path) {
      case "" -> {
        return mistake("names no image; allowed: " + FORMS);
      }
      case "memory" -> fields.put(NamespaceFields.MEMORY, raw("true"));
      case "null" -> fields.put(NamespaceFields.NULL_DEVICE, raw("true"));
      default -> {
        Optional<String> decoded = decode(path);
        if (decoded.isEmpty()) {
          return mistake("% must be followed by two hexadecimal digits, %25 for itself");
        }
        fields.put(NamespaceFields.IMAGE, raw(decoded.get()));
      }
    }
    if (question >= 0 && !parameters(rest.substring(question + 1), fields)) {
      return Optional.empty();
    }
    return Optional.of(new Parsed.Emulated(new RawNamespace(null, fields, uri.origin())));
  }

  /** False after a mistake. */
  private boolean parameters(String query, Map<String, Raw> fields) {
    int before = mistakes.count();
    int start = 0;
    while (start <= query.length()) {
      int ampersand = query.indexOf('&', start);
      int end = ampersand < 0 ? query.length() : ampersand;
      parameter(query.substring(start, end), fields);
      start = end + 1;
    }
    return mistakes.count() == before;
  }

  private void parameter(String parameter, Map<String, Raw> fields) {
    int equals = parameter.indexOf('=');
    String name = equals < 0 ? parameter : parameter.substring(0, equals);
    if (!NamespaceFields.PARAMETERS.contains(name)) {
      String hint = Nearest.hint(name, NamespaceFields.PARAMETERS, NamespaceFields.PARAMETERS);
      mistake("unknown parameter " + (name.isEmpty() ? "(empty)" : name) + hint);
    } else if (equals < 0) {
      mistake("parameter " + name + " has no value; write " + name + "=VALUE");
    } else if (fields.putIfAbsent(name, raw(parameter.substring(equals + 1))) != null) {
      mistake("parameter " + name + " is given twice");
    }
  }

  private Optional<Parsed> vfio(String rest) {
    if (!rest.startsWith("//")) {
      return mistake("must be nvme://dddd:bb:dd.f/NSID, such as nvme://0000:01:00.0/1");
    }
    String address = rest.substring(2);
    if (address.indexOf('?') >= 0) {
      return mistake("takes no parameters; must be nvme://dddd:bb:dd.f/NSID");
    }
    int slash = address.indexOf('/');
    String pci = slash < 0 ? address : address.substring(0, slash);
    Optional<PciAddress> parsed = PciAddress.parse(pci);
    if (parsed.isEmpty()) {
      return mistake(
          "the PCI address must be dddd:bb:dd.f in hexadecimal with a device up to 1f and a"
              + " function up to 7, such as 0000:01:00.0 (see lspci -D)");
    }
    long nsid = slash < 0 ? 1 : nsid(address.substring(slash + 1));
    return nsid == 0
        ? mistake("the namespace identifier must be a whole number from 1 to " + MAX_NSID)
        : Optional.of(new Parsed.Vfio(parsed.get(), nsid));
  }

  /** 0, which no namespace has, if the text is none. */
  private static long nsid(String text) {
    try {
      long nsid = Numbers.whole(text, "");
      return nsid <= MAX_NSID ? nsid : 0;
    } catch (InvalidValueException e) {
      return 0;
    }
  }

  private Raw raw(String text) {
    return new Raw(text, uri.origin(), uri.base());
  }

  private Optional<Parsed> mistake(String problem) {
    mistakes.add(key, uri, problem);
    return Optional.empty();
  }

  /** Percent-decoding in UTF-8; empty if an escape is incomplete. */
  static Optional<String> decode(String path) {
    if (path.indexOf('%') < 0) {
      return Optional.of(path);
    }
    byte[] encoded = path.getBytes(StandardCharsets.UTF_8);
    byte[] decoded = new byte[encoded.length];
    int length = 0;
    for (int i = 0; i < encoded.length; i++) {
      if (encoded[i] != '%') {
        decoded[length++] = encoded[i];
        continue;
      }
      int high = i + 2 < encoded.length ? Character.digit(encoded[i + 1], 16) : -1;
      int low = i + 2 < encoded.length ? Character.digit(encoded[i + 2], 16) : -1;
      if (high < 0 || low < 0) {
        return Optional.empty();
      }
      decoded[length++] = (byte) (high << 4 | low);
      i += 2;
    }
    return Optional.of(new String(decoded, 0, length, StandardCharsets.UTF_8));
  }
}
