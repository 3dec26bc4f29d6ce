package dev.doorbell.service.http;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.openapi.router.OpenAPIRoute;
import io.vertx.ext.web.openapi.router.RouterBuilder;
import io.vertx.openapi.contract.OpenAPIContract;
import io.vertx.openapi.contract.Operation;
import io.vertx.openapi.contract.Path;
import io.vertx.openapi.validation.ValidatableRequest;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Routes requests by the contract and holds them to it: an operation's handler sees none that
 * breaks it. HEAD is answered as GET, OPTIONS with the path's methods where what it names is there.
 */
final class ContractRouter {
  private static final String CALL = "doorbell.call";
  private static final String OPERATION = "doorbell.operation";

  private final Management management;
  private final OpenAPIContract contract;
  private final Handlers handlers;
  private final Dispatch dispatch;
  private final Map<String, Mounted> mounted = new HashMap<>();

  /** An operation of the contract with what answers it. */
  private record Mounted(Operation operation, Target target, Handlers.Entry entry) {
    boolean hasBody() {
      HttpMethod method = operation.getHttpMethod();
      return method == HttpMethod.POST || method == HttpMethod.PUT;
    }
  }

  ContractRouter(Management management, OpenAPIContract contract, Handlers handlers) {
    this.management = management;
    this.contract = contract;
    this.handlers = handlers;
    this.dispatch = new Dispatch(management);
  }

  /**
   * Makes the router. Takes tens of milliseconds the first time, so not on an event loop.
   *
   * @param root sees every request first
   * @throws IllegalStateException if an operation has no handler, or a handler no operation
   */
  Router build(Frame root) {
    RouterBuilder builder = RouterBuilder.create(management.vertx(), contract, this::extract);
    builder.rootHandler(root::count);
    builder.rootHandler(this::requireKnown);
    Set<String> unused = new HashSet<>(handlers.operationIds());
    for (Path path : contract.getPaths()) {
      Target target = Target.of(path.getName());
      for (Operation operation : path.getOperations()) {
        Handlers.Entry entry = entry(path, operation);
        if (entry == null) {
          throw new IllegalStateException(operation.getOperationId() + " has no handler");
        }
        unused.remove(operation.getOperationId());
        mount(builder.getRoute(operation.getOperationId()), new Mounted(operation, target, entry));
      }
    }
    if (!unused.isEmpty()) {
      throw new IllegalStateException("not in the contract: " + unused);
    }
    Router router = builder.createRouter();
    root.finish(router, this::failed);
    return router;
  }

  private Handlers.Entry entry(Path path, Operation operation) {
    if (operation.getHttpMethod() == HttpMethod.OPTIONS) {
      String allow = allow(path);
      Reply reply = Reply.noContent().with(HttpHeaders.ALLOW, allow);
      return new Handlers().on(operation.getOperationId(), call -> Dispatch.reply(reply));
    }
    Operation answered =
        operation.getHttpMethod() == HttpMethod.HEAD
            ? path.getOperations().stream()
                .filter(o -> o.getHttpMethod() == HttpMethod.GET)
                .findFirst()
                .orElse(operation)
            : operation;
    return handlers.get(answered.getOperationId());
  }

  private void mount(OpenAPIRoute route, Mounted operation) {
    mounted.put(operation.operation().getOperationId(), operation);
    // Validation happens on a worker: there and back for nothing where any text will do.
    route.setDoValidation(RequestParts.canBreak(operation.operation()));
    if (operation.entry().stream() != null) {
      route.addHandler(operation.entry().stream());
    } else {
      route.addHandler(context -> perform(context, operation));
    }
  }

  /** What the validator looks at, once the body is there. */
  private Future<ValidatableRequest> extract(RoutingContext context, Operation operation) {
    return arrive(context, mounted.get(operation.getOperationId()))
        .map(call -> RequestParts.of(context, operation, call.body()));
  }

  private void perform(RoutingContext context, Mounted operation) {
    Call call = context.get(CALL);
    if (call != null) {
      dispatch.perform(call, operation.entry().operation());
      return;
    }
    arrive(context, operation)
        .onSuccess(arrived -> dispatch.perform(arrived, operation.entry().operation()))
        .onFailure(context::fail);
  }

  /** Says that a request needs nothing more than this answer; null if its client has gone. */
  private static final class AnsweredException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient Reply reply;

    AnsweredException(Reply reply) {
      super(null, null, false, false);
      this.reply = reply;
    }
  }

  /** Finds what a request is about, takes in its body, and looks whether it may be done. */
  private Future<Call> arrive(RoutingContext context, Mounted operation) {
    Call call;
    try {
      call = operation.target().find(management, context);
    } catch (ProblemException e) {
      return Future.failedFuture(e);
    }
    context.put(CALL, call);
    context.put(OPERATION, operation.operation());
    Future<Buffer> body =
        operation.hasBody()
            ? BodyReader.read(context.request(), operation.entry().limit())
                .recover(ContractRouter::notRead)
            : Future.succeededFuture(Buffer.buffer());
    return body.map(
        bytes -> {
          call.body(bytes);
          Reply answer = dispatch.begin(call);
          if (answer != null) {
            throw new AnsweredException(answer);
          }
          operation.entry().admit(call);
          return call;
        });
  }

  private static Future<Buffer> notRead(Throwable e) {
    return Future.failedFuture(e instanceof ProblemException ? e : new AnsweredException(null));
  }

  /** Answers 404 and 405, of paths and methods that the contract does not have. */
  private void requireKnown(RoutingContext context) {
    HttpServerRequest request = context.request();
    Path path;
    try {
      path = find(context.normalizedPath());
    } catch (IllegalArgumentException e) {
      // Not percent-encoded as it should be.
      context.fail(400, e);
      return;
    }
    if (path == null) {
      Frame.notFound(context);
    } else if (path.getOperations().stream()
        .noneMatch(o -> o.getHttpMethod() == request.method())) {
      Routes.methodNotAllowed(context, allow(path));
    } else {
      context.next();
    }
  }

  private Path find(String path) {
    if (path == null || !path.startsWith("/")) {
      return null;
    }
    boolean slash = path.length() > 1 && path.endsWith("/");
    return contract.findPath(slash ? path.substring(0, path.length() - 1) : path);
  }

  private static String allow(Path path) {
    return path.getOperations().stream()
        .map(o -> o.getHttpMethod().name())
        .collect(
            Collectors.collectingAndThen(
                Collectors.toCollection(TreeSet::new), ContractRouter::list));
  }

  private static String list(Set<String> methods) {
    return String.join(", ", methods);
  }

  private Reply failed(RoutingContext context) {
    if (context.failure() instanceof AnsweredException answered) {
      return answered.reply;
    }
    Operation operation = context.get(OPERATION);
    Call call = context.get(CALL);
    Reply reply = Refusals.problem(context, operation, call, context.failure()).reply();
    if (call != null) {
      call.finish(reply);
    }
    return reply;
  }
}
