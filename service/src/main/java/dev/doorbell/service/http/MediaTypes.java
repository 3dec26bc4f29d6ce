package dev.doorbell.service.http;

import java.util.Locale;

/** What Content-Type and Accept say (RFC 9110, 8.3 and 12.5.1), as far as data is concerned. */
final class MediaTypes {
  private static final String OCTETS = "application/octet-stream";
  private static final String MULTIPART = "multipart/byteranges";

  private MediaTypes() {}

  /** Whether a Content-Type, which may be null, is JSON. */
  static boolean isJson(String type) {
    return is(type, "application/json");
  }

  /** Whether a Content-Type, which may be null, is {@code wanted}, whatever its parameters. */
  static boolean is(String type, String wanted) {
    if (type == null || !type.regionMatches(true, 0, wanted, 0, wanted.length())) {
      return false;
    }
    String rest = type.substring(wanted.length()).strip();
    return rest.isEmpty() || rest.charAt(0) == ';';
  }

  /**
   * The form of several extents that a client prefers: parts, if it is the same to it.
   *
   * @param accept the header, or null
   * @return null if it takes neither
   */
  static VectoredRead.Form form(String accept) {
    if (accept == null) {
      return VectoredRead.Form.MULTIPART;
    }
    if (accept.equals(OCTETS)) {
      return VectoredRead.Form.OCTETS;
    }
    double octets = quality(accept, OCTETS, "application/*");
    double multipart = quality(accept, MULTIPART, "multipart/*");
    if (octets <= 0 && multipart <= 0) {
      return null;
    }
    return octets > multipart ? VectoredRead.Form.OCTETS : VectoredRead.Form.MULTIPART;
  }

  /** The weight of the most specific range that matches; 0 if none does. */
  private static double quality(String accept, String type, String range) {
    double weight = 0;
    int best = 0;
    for (String element : accept.toLowerCase(Locale.ROOT).split(",")) {
      String[] parts = element.split(";");
      String name = parts[0].strip();
      int specific = name.equals(type) ? 3 : name.equals(range) ? 2 : name.equals("*/*") ? 1 : 0;
      if (specific > best) {
        best = specific;
        weight = weight(parts);
      }
    }
    return weight;
  }

  private static double weight(String[] parts) {
    for (int i = 1; i < parts.length; i++) {
      String parameter = parts[i].strip();
      // "q=" 0 or 1 with up to three digits (12.4.2).
      if (parameter.matches("q=(0(\\.[0-9]{0,3})?|1(\\.0{0,3})?)")) {
        return Double.parseDouble(parameter.substring(2));
      }
    }
    return 1;
  }
}
