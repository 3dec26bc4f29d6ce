package dev.doorbell.service.client;

import java.util.Map;
import java.util.Optional;

/**
 * What the service said when it refused or failed: a problem document (RFC 9457).
 *
 * @param status of HTTP
 * @param title what kind of problem
 * @param detail which value, which limit, what to do
 * @param members all members of the document; empty if the answer was none
 */
public record Problem(int status, String title, String detail, Map<String, Object> members) {
  /** A member that is a number, such as {@code sct}, {@code sc}, {@code lba} or {@code errno}. */
  public Optional<Long> number(String member) {
    return members.get(member) instanceof Number number
        ? Optional.of(number.longValue())
        : Optional.empty();
  }

  /** A member that is text, such as {@code status_name} or {@code outcome}. */
  public Optional<String> text(String member) {
    return members.get(member) instanceof String text ? Optional.of(text) : Optional.empty();
  }

  /** Whether the drive says that the same command will fail again (DNR). */
  public boolean doNotRetry() {
    return Boolean.TRUE.equals(members.get("dnr"));
  }
}
