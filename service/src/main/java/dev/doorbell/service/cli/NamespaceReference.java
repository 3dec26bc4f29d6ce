package dev.doorbell.service.cli;

import java.net.URI;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A namespace as a user names it: {@code nvme0n1}, or by its whole URL.
 *
 * @param base of the service, if it was named too
 */
record NamespaceReference(Optional<URI> base, String name) {
  private static final Pattern NAME = Pattern.compile("nvme\\d{1,9}n\\d{1,9}");
  private static final Pattern URL =
      Pattern.compile("(https?://[^/]+(?:/.*)?)/v1/namespaces/([^/]+?)(?:/data)?/?");

  /** What a text names; nothing if it is neither, and so a file. */
  static Optional<NamespaceReference> parse(String text) {
    if (NAME.matcher(text).matches()) {
      return Optional.of(new NamespaceReference(Optional.empty(), text));
    }
    Matcher url = URL.matcher(text);
    if (url.matches()) {
      return Optional.of(
          new NamespaceReference(Optional.of(URI.create(url.group(1))), url.group(2)));
    }
    return Optional.empty();
  }
}
