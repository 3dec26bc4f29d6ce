package dev.doorbell.service.http;

import dev.doorbell.service.block.BlockNamespace;
import dev.doorbell.service.block.ZonedDevice;
import io.vertx.ext.web.RoutingContext;

/** Finds what a path names. */
@FunctionalInterface
interface Target {
  /** The parameter of a path that names a controller. */
  String CONTROLLER_PARAMETER = "c";

  /** The parameter of a path that names a namespace. */
  String NAMESPACE_PARAMETER = "ns";

  /** The parameter of a path that names a zone. */
  String ZONE_PARAMETER = "zone";

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

  /** A namespace that has zones, and if the path names one, that zone. */
  Target ZONES =
      (management, context) -> {
        Call call = NAMESPACE.find(management, context);
        ZonedDevice zoned = call.device().zones();
        if (zoned == null) {
          throw notZoned(call.namespace()).asException();
        }
        String number = context.pathParam(ZONE_PARAMETER);
        if (number != null && zone(number) >= zoned.info().zones()) {
          throw noSuchZone(call.namespace(), number, zoned.info().zones()).asException();
        }
        return call;
      };

  /** What the parameters of a path of the contract name. */
  static Target of(String path) {
    if (path.contains("/zones")) {
      return ZONES;
    }
    if (path.contains("{" + NAMESPACE_PARAMETER + "}")) {
      return NAMESPACE;
    }
    return path.contains("{" + CONTROLLER_PARAMETER + "}") ? CONTROLLER : SERVICE;
  }

  /** The number of a zone; beyond all zones if it is none. */
  static long zone(String number) {
    long zone = Decimal.parse(number, 0, number.length());
    return zone == Decimal.INVALID ? Long.MAX_VALUE : zone;
  }

  /** That there is no data of that name. */
  static Problem noSuchNamespace(String name) {
    return Problem.of(
        404,
        "No Such Namespace",
        "there is no namespace '" + name + "'; GET /v1/namespaces lists them");
  }

  static Problem notZoned(BlockNamespace namespace) {
    return Problem.of(404, "Not Zoned", "namespace " + namespace.name() + " has no zones");
  }

  static Problem noSuchZone(BlockNamespace namespace, String number, int zones) {
    return Problem.of(
        404,
        "No Such Zone",
        "there is no zone '%s'; namespace %s has zones 0 to %d"
            .formatted(number, namespace.name(), zones - 1));
  }

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
