package dev.doorbell.service.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** How a text becomes a value, what is allowed, and how the value is written as YAML. */
sealed interface ValueType<T> {
  /** The value of a raw text; the exception says what is allowed. */
  T parse(Raw raw) throws InvalidValueException;

  /** The value as a YAML scalar that parses back to it. */
  String yaml(T value);

  /** A decimal number from {@code min} to {@code max}. */
  record WholeNumber(long min, long max) implements ValueType<Long> {
    @Override
    public Long parse(Raw raw) throws InvalidValueException {
      String allowed = "must be a whole number from " + min + " to " + max;
      long value = Numbers.whole(raw.text(), allowed);
      if (value < min || value > max) {
        throw new InvalidValueException(allowed);
      }
      return value;
    }

    @Override
    public String yaml(Long value) {
      return value.toString();
    }
  }

  /** A number of bytes from {@code min} to {@code max}. */
  record ByteSize(long min, long max, boolean powerOfTwo) implements ValueType<Long> {
    @Override
    public Long parse(Raw raw) throws InvalidValueException {
      long value = Numbers.size(raw.text());
      if (value < min || value > max || powerOfTwo && Long.bitCount(value) != 1) {
        throw new InvalidValueException(
            (powerOfTwo ? "must be a power of two from " : "must be a size from ")
                + Numbers.formatSize(min)
                + " to "
                + Numbers.formatSize(max));
      }
      return value;
    }

    @Override
    public String yaml(Long value) {
      return Numbers.formatSize(value);
    }
  }

  /**
   * {@code true} or {@code false}; YAML's older yes and on are not taken, they differ by reader.
   */
  record Flag() implements ValueType<Boolean> {
    @Override
    public Boolean parse(Raw raw) throws InvalidValueException {
      return switch (raw.text()) {
        case "true" -> true;
        case "false" -> false;
        default -> throw new InvalidValueException("must be true or false");
      };
    }

    @Override
    public String yaml(Boolean value) {
      return value.toString();
    }
  }

  /** One of a few words. */
  record Choice(List<String> allowed) implements ValueType<String> {
    static Choice of(String... allowed) {
      return new Choice(List.of(allowed));
    }

    @Override
    public String parse(Raw raw) throws InvalidValueException {
      if (allowed.contains(raw.text())) {
        return raw.text();
      }
      int last = allowed.size() - 1;
      throw new InvalidValueException(
          "must be " + String.join(", ", allowed.subList(0, last)) + " or " + allowed.get(last));
    }

    @Override
    public String yaml(String value) {
      return value;
    }
  }

  /** One of the log levels. */
  record Level() implements ValueType<LogLevel> {
    @Override
    public LogLevel parse(Raw raw) throws InvalidValueException {
      for (LogLevel level : LogLevel.values()) {
        if (level.text().equals(raw.text())) {
          return level;
        }
      }
      throw new InvalidValueException("must be error, warn, info, debug or trace");
    }

    @Override
    public String yaml(LogLevel value) {
      return value.text();
    }
  }

  /** Of the lines of the log. */
  record Format() implements ValueType<LogFormat> {
    @Override
    public LogFormat parse(Raw raw) throws InvalidValueException {
      for (LogFormat format : LogFormat.values()) {
        if (format.text().equals(raw.text())) {
          return format;
        }
      }
      throw new InvalidValueException("must be text or json");
    }

    @Override
    public String yaml(LogFormat value) {
      return value.text();
    }
  }

  /** What becomes of zone metadata that does not fit. */
  record ZoneMeta() implements ValueType<ZoneMetaPolicy> {
    @Override
    public ZoneMetaPolicy parse(Raw raw) throws InvalidValueException {
      for (ZoneMetaPolicy policy : ZoneMetaPolicy.values()) {
        if (policy.text().equals(raw.text())) {
          return policy;
        }
      }
      throw new InvalidValueException(
          "must be keep, or reinitialize to move zone metadata aside that is refused");
    }

    @Override
    public String yaml(ZoneMetaPolicy value) {
      return value.text();
    }
  }

  /** A host name or an IP address; whether it can be bound shows when it is. */
  record Host() implements ValueType<String> {
    @Override
    public String parse(Raw raw) throws InvalidValueException {
      String host = raw.text();
      boolean shaped = !host.isEmpty();
      for (int i = 0; i < host.length(); i++) {
        char c = host.charAt(i);
        shaped &= c < 0x80 && Character.isLetterOrDigit(c) || ".-:_%".indexOf(c) >= 0;
      }
      if (!shaped) {
        throw new InvalidValueException(
            "must be a host name or an IP address, such as 127.0.0.1, 0.0.0.0 or ::1");
      }
      return host;
    }

    @Override
    public String yaml(String value) {
      return quoted(value);
    }
  }

  /** The address of an HTTP server, up to a path; whether it answers shows when it is used. */
  record HttpAddress() implements ValueType<URI> {
    @Override
    public URI parse(Raw raw) throws InvalidValueException {
      try {
        URI uri = new URI(raw.text());
        boolean http = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
        if (http
            && uri.getHost() != null
            && uri.getUserInfo() == null
            && uri.getQuery() == null
            && uri.getFragment() == null) {
          return uri;
        }
      } catch (URISyntaxException e) {
        // As any other text that is no such address.
      }
      throw new InvalidValueException(
          "must be an address of HTTP without query, such as http://127.0.0.1:4318");
    }

    @Override
    public String yaml(URI value) {
      return quoted(value.toString());
    }
  }

  /** Origins of web pages (RFC 6454, 6.2), separated by commas, or {@code *}. */
  record Origins() implements ValueType<List<String>> {
    @Override
    public List<String> parse(Raw raw) throws InvalidValueException {
      if (raw.text().isBlank()) {
        return List.of();
      }
      List<String> origins = new ArrayList<>();
      for (String origin : raw.text().split(",", -1)) {
        String one = origin.strip();
        if (!one.equals("*") && !one.matches("https?://[A-Za-z0-9.:\\[\\]-]+")) {
          throw new InvalidValueException(
              "must be origins such as https://host:port, separated by commas, or *");
        }
        origins.add(one.toLowerCase(Locale.ROOT));
      }
      return origins;
    }

    @Override
    public String yaml(List<String> value) {
      return quoted(String.join(", ", value));
    }
  }

  /** A file that can be read now. */
  record ReadableFile() implements ValueType<Path> {
    @Override
    public Path parse(Raw raw) throws InvalidValueException {
      Path path = path(raw);
      if (!Files.exists(path)) {
        throw new InvalidValueException("no such file; must be a readable PEM file");
      }
      if (!Files.isRegularFile(path) || !Files.isReadable(path)) {
        throw new InvalidValueException("cannot be read; must be a readable PEM file");
      }
      return path;
    }

    @Override
    public String yaml(Path value) {
      return quoted(value.toString());
    }
  }

  /** The path a text names, relative ones against the base of where it was written. */
  static Path path(Raw raw) throws InvalidValueException {
    if (raw.text().isEmpty()) {
      throw new InvalidValueException("must be the path of a file");
    }
    try {
      return raw.base().resolve(raw.text()).toAbsolutePath().normalize();
    } catch (InvalidPathException e) {
      throw new InvalidValueException("is no path: " + e.getReason());
    }
  }

  /** A double-quoted YAML scalar. */
  static String quoted(String text) {
    StringBuilder yaml = new StringBuilder(text.length() + 2).append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        yaml.append('\\').append(c);
      } else if (Character.isISOControl(c)) {
        yaml.append("\\x").append(Character.forDigit(c >> 4, 16));
        yaml.append(Character.forDigit(c & 15, 16));
      } else {
        yaml.append(c);
      }
    }
    return yaml.append('"').toString();
  }
}
