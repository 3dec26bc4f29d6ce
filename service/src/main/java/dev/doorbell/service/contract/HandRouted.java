package dev.doorbell.service.contract;

import java.util.Set;

/** What of the contract is routed by hand. */
public final class HandRouted {
  /**
   * The paths: those of data, where every microsecond counts, and those by which a service is
   * watched, which have to answer whatever else does not.
   */
  public static final Set<String> PATHS =
      Set.of(
          "/v1/namespaces/{ns}/data",
          "/v1/namespaces/{ns}/zones/{zone}/append",
          "/livez",
          "/readyz",
          "/metrics");

  private HandRouted() {}
}
