package dev.doorbell.service.cli;

import dev.doorbell.service.client.ClientOptions;
import dev.doorbell.service.client.Completion;
import dev.doorbell.service.client.DoorbellClient;
import dev.doorbell.service.client.RemoteNamespace;
import dev.doorbell.service.config.InvalidValueException;
import dev.doorbell.service.config.Numbers;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** One run of a command that talks to a service: its arguments, and clients opened as needed. */
final class Session implements AutoCloseable {
  static final String DEFAULT_URL = "http://127.0.0.1:8080";
  static final String ENVIRONMENT = "DOORBELL_URL";

  private static final String URL = "--url";
  private static final String CACERT = "--cacert";
  private static final String INSECURE = "--insecure";
  private static final String HTTP1 = "--http1";
  private static final int STREAMS = 16;

  private final Surroundings surroundings;
  private final CommandLine commandLine;
  private final ParseResult parsed;
  private final Map<URI, DoorbellClient> clients = new HashMap<>();
  private int depth = 4 * STREAMS;

  Session(Surroundings surroundings, CommandLine commandLine, ParseResult parsed) {
    this.surroundings = surroundings;
    this.commandLine = commandLine;
    this.parsed = parsed;
  }

  /** Declares the options that say where the service is. */
  static void addTo(CommandSpec spec) {
    OptionSpecs.value(spec, "URL", "Default: $DOORBELL_URL or " + DEFAULT_URL + ".", URL);
    OptionSpecs.value(spec, "FILE", "PEM certificates to trust, for https.", CACERT);
    OptionSpecs.flag(spec, "Trust any certificate: for tests.", INSECURE);
    OptionSpecs.flag(spec, "HTTP/1.1 instead of HTTP/2.", HTTP1);
  }

  Surroundings surroundings() {
    return surroundings;
  }

  Console console() {
    return surroundings.console();
  }

  /** How many requests will be under way at once; before the first client is opened. */
  void depth(int requests) {
    depth = Math.max(1, requests);
  }

  /** The client of the service that the options name. */
  DoorbellClient client() throws IOException {
    return client(Optional.empty());
  }

  private DoorbellClient client(Optional<URI> named) throws IOException {
    URI base = named.isPresent() ? named.get() : base();
    DoorbellClient client = clients.get(base);
    if (client == null) {
      client = DoorbellClient.open(options(base));
      clients.put(base, client);
    }
    return client;
  }

  private URI base() {
    String fromEnvironment = surroundings.environment().get(ENVIRONMENT);
    String text = value(URL).orElse(fromEnvironment == null ? DEFAULT_URL : fromEnvironment);
    try {
      return URI.create(text);
    } catch (IllegalArgumentException e) {
      throw usage("'" + text + "' is no URL; write http://HOST:PORT or https://HOST:PORT");
    }
  }

  private ClientOptions options(URI base) {
    try {
      ClientOptions options = ClientOptions.of(base);
      options =
          flag(HTTP1)
              ? options.withHttp1(depth)
              : options.withConnections((depth + STREAMS - 1) / STREAMS, STREAMS);
      Optional<Path> certificates = value(CACERT).map(this::path);
      if (certificates.isPresent() && !Files.isReadable(certificates.get())) {
        throw usage(CACERT + " " + certificates.get() + " cannot be read");
      }
      options = certificates.isPresent() ? options.withTrust(certificates.get()) : options;
      return flag(INSECURE) ? options.withTrustAll() : options;
    } catch (IllegalArgumentException e) {
      throw usage(e.getMessage());
    }
  }

  /** The namespace that an argument names. */
  RemoteNamespace namespace(String text) throws IOException {
    NamespaceReference reference =
        NamespaceReference.parse(text)
            .orElseThrow(
                () ->
                    usage(
                        "'%s' is no namespace; write nvme0n1 or %s/v1/namespaces/nvme0n1"
                            .formatted(text, DEFAULT_URL)));
    return Completion.await(client(reference.base()).namespace(reference.name()));
  }

  /** A path as the user means it. */
  Path path(String text) {
    return surroundings.workingDirectory().resolve(text);
  }

  Optional<String> value(String option) {
    return Optional.ofNullable(parsed.matchedOptionValue(option, (String) null));
  }

  boolean flag(String option) {
    return parsed.hasMatchedOption(option);
  }

  Optional<String> argument(int index) {
    return Optional.ofNullable(parsed.matchedPositionalValue(index, (String) null));
  }

  /** An argument that picocli has seen to be there. */
  String required(int index) {
    return argument(index).orElseThrow();
  }

  /** A size such as {@code 64KiB}. */
  long size(String option, long otherwise) {
    return number(option, otherwise, Numbers::size);
  }

  /** A whole number within bounds. */
  int whole(String option, int otherwise, int least, int most) {
    String allowed = "must be a whole number from " + least + " to " + most;
    long number = number(option, otherwise, text -> Numbers.whole(text, allowed));
    if (number < least || number > most) {
      throw usage(option + " " + allowed + ", not " + number);
    }
    return (int) number;
  }

  private interface Reader {
    long read(String text) throws InvalidValueException;
  }

  private long number(String option, long otherwise, Reader reader) {
    Optional<String> text = value(option);
    try {
      return text.isPresent() ? reader.read(text.get()) : otherwise;
    } catch (InvalidValueException e) {
      throw usage(option + " '" + text.get() + "' " + e.getMessage());
    }
  }

  boolean json() {
    return switch (value(OptionSpecs.OUTPUT).orElse("text")) {
      case "text" -> false;
      case "json" -> true;
      default ->
          throw usage(
              "unknown format "
                  + value(OptionSpecs.OUTPUT).orElseThrow()
                  + "; allowed: text, json");
    };
  }

  /** Whether standard output is to be coloured; see no-color.org. */
  boolean colours() {
    String noColour = surroundings.environment().get("NO_COLOR");
    return console().outTerminal() && (noColour == null || noColour.isEmpty());
  }

  void print(String text) {
    surroundings.out().print(text);
    surroundings.out().flush();
  }

  /** For people, beside what the command prints. */
  void note(String line) {
    surroundings.err().println(line);
    surroundings.err().flush();
  }

  /** What to throw at a wrong command line. */
  ParameterException usage(String message) {
    return new ParameterException(commandLine, message);
  }

  @Override
  public void close() {
    clients.values().forEach(DoorbellClient::close);
  }
}
