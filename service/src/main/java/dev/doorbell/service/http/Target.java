package dev.doorbell.service.http;

import io.vertx.ext.web.RoutingContext;

/** Finds what a path names. */
@FunctionalInterface
interface Target {
  /** The parameter of a path that names a controller. */
  String CONTROLLER_PARAMETER = "c";

  /** The parameter of a path that names a namespace. */
  String NAMESPACE_PARAMETER = "ns";

  /** Nothing in particular: the service. */
  Target SERVICE = (management, context) -> new Call(management, context, null, null);

  Target CONTROLLER =
      (management, context) -> {
        String name = context.pathParam(CONTROLLER_PARAMETER);
        return management.state().drives().stream()
            .filter(d -> d.name().equals(name))
            .findFirst()
            .map(d -> new Call(management, context, d, null))
            .orElseThrow(() -> noSuch("controller", name));
      };

  Target NAMESPACE =
      (management, context) -> {
        String name = context.pathParam(NAMESPACE_PARAMETER);
        return management.state().drives().stream()
            .flatMap(
                d ->
                    d.namespaces().stream()
                        .filter(n -> n.name().equals(name))
                        .map(n -> new Call(management, context, d, n)))
            .findFirst()
            .orElseThrow(() -> noSuch("namespace", name));
      };

  /**
   * What a request is about.
   *
   * @throws ProblemException 404 if there is no such thing
   */
  Call find(Management management, RoutingContext context);

  private static ProblemException noSuch(String what, String name) {
    return new ProblemException(
        Problem.of(
            404,
            "Not Found",
            "there is no %s '%s'; GET /v1/%ss lists them".formatted(what, name, what)));
  }
}
