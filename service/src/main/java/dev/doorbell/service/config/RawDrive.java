package dev.doorbell.service.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringTokenizer;

/**
 * A drive as written, before anything about it is known to be right.
 *
 * @param name null for the default
 * @param uri null where namespaces are given
 * @param namespaces empty where a URI is given
 * @param broken whether a mistake in it was reported already, so that no more are derived from it
 */
record RawDrive(Raw name, Raw uri, List<RawNamespace> namespaces, Origin origin, boolean broken) {
  /**
   * A namespace as written.
   *
   * @param uri null where fields are given
   * @param fields by name: those of {@link NamespaceFields#ALL}
   */
  record RawNamespace(Raw uri, Map<String, Raw> fields, Origin origin) {
    static RawNamespace ofUri(Raw uri) {
      return new RawNamespace(uri, new LinkedHashMap<>(), uri.origin());
    }
  }

  static RawDrive ofUri(Raw uri) {
    return new RawDrive(null, uri, List.of(), uri.origin(), false);
  }

  /** Drives of a list of URIs separated by white space. */
  static List<RawDrive> ofList(Raw uris) {
    List<RawDrive> drives = new ArrayList<>();
    StringTokenizer words = new StringTokenizer(uris.text());
    while (words.hasMoreTokens()) {
      drives.add(ofUri(new Raw(words.nextToken(), uris.origin(), uris.base())));
    }
    return drives;
  }
}
