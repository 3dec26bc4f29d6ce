package dev.doorbell.service.http;

import java.util.List;

/**
 * What clients may do beyond the ordinary.
 *
 * @param passthrough whether commands are passed to drives as they are
 * @param origins whose web pages may use the interface; {@code *} stands for all
 * @param heartbeatMillis after which a stream of events that has none shows that it is alive
 */
public record ApiRules(boolean passthrough, List<String> origins, long heartbeatMillis) {
  /** The ordinary. */
  public static final ApiRules PLAIN = new ApiRules(false, List.of(), 15_000);

  public ApiRules {
    origins = List.copyOf(origins);
  }
}
