package dev.doorbell.service.config;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Puts the layers together, checks everything, and reports all mistakes at once. */
public final class ConfigLoader {
  /** A configuration is a few kilobytes; what is larger is another file named by mistake. */
  private static final long MAX_FILE_SIZE = 1024 * 1024;

  private final ConfigSources sources;
  private final Mistakes mistakes = new Mistakes();

  private ConfigLoader(ConfigSources sources) {
    this.sources = sources;
  }

  /** The effective configuration of these sources. */
  public static LoadedConfig load(ConfigSources sources) throws ConfigException {
    return new ConfigLoader(sources).load();
  }

  private LoadedConfig load() throws ConfigException {
    Path directory = sources.workingDirectory();
    Layer file = file();
    Layer environment = EnvironmentLayer.read(sources.environment(), directory, mistakes);
    Layer options = sources.overrides().layer(directory, mistakes);
    Resolver resolver = new Resolver(List.of(options, environment, file), mistakes);

    DoorbellConfig.Listen listen = listen(resolver);
    int loops = loops(resolver);
    DoorbellConfig.Poll poll =
        new DoorbellConfig.Poll(
            resolver.get(Settings.POLL_MAX_NS),
            resolver.getInt(Settings.POLL_GROW),
            resolver.getInt(Settings.POLL_SHRINK));
    DoorbellConfig.Queue queue = queue(resolver);
    DoorbellConfig.Http http =
        new DoorbellConfig.Http(
            resolver.get(Settings.UNALIGNED_WRITES),
            resolver.get(Settings.MAX_WRITE),
            resolver.get(Settings.MAX_BUFFERED),
            resolver.getInt(Settings.IDLE_TIMEOUT_S),
            resolver.getInt(Settings.HEADER_TIMEOUT_S),
            resolver.getInt(Settings.CONNECTION_REQUESTS),
            resolver.get(Settings.CONNECTION_MEMORY),
            resolver.getInt(Settings.MAX_HEADER_BYTES),
            resolver.getInt(Settings.WAIT_MS));
    ZoneMetaPolicy zoneMeta = resolver.get(Settings.ZONE_META);
    DoorbellConfig.Block block = block(resolver);
    DoorbellConfig.Vfio vfio = new DoorbellConfig.Vfio(resolver.get(Settings.UNSAFE_NOIOMMU));
    DoorbellConfig.Emulated emulated =
        new DoorbellConfig.Emulated(resolver.get(Settings.FAULT_INJECTION));
    DoorbellConfig.Api api =
        new DoorbellConfig.Api(
            resolver.get(Settings.API_PASSTHROUGH),
            resolver.get(Settings.API_CORS_ORIGINS),
            resolver.getInt(Settings.API_HEARTBEAT_S));
    DoorbellConfig.Shutdown shutdown =
        new DoorbellConfig.Shutdown(resolver.getInt(Settings.GRACE_S));
    DoorbellConfig.Log log =
        new DoorbellConfig.Log(
            resolver.get(Settings.LOG_LEVEL),
            resolver.get(Settings.LOG_FORMAT),
            resolver.get(Settings.LOG_ACCESS));
    DoorbellConfig.Tracing tracing =
        new DoorbellConfig.Tracing(
            Optional.ofNullable(resolver.get(Settings.OTLP_ENDPOINT)),
            resolver.getInt(Settings.TRACE_ONE_IN));

    List<ResolvedDrive> drives = drives(resolver, file);
    mistakes.throwIfAny();
    List<Drive> models = new ArrayList<>();
    for (ResolvedDrive drive : drives) {
      models.add(drive.drive());
    }
    DoorbellConfig config =
        new DoorbellConfig(
            listen, loops, poll, queue, http, zoneMeta, block, vfio, emulated, api, shutdown, log,
            tracing, models);
    return new LoadedConfig(config, resolver.values(), drives);
  }

  private static DoorbellConfig.Block block(Resolver resolver) {
    return new DoorbellConfig.Block(
        resolver.get(Settings.BLOCK_MERGE),
        resolver.get(Settings.BLOCK_READ_ERRORS),
        resolver.get(Settings.BLOCK_WRITE_ERRORS),
        resolver.get(Settings.BLOCK_WRITE_CACHE),
        resolver.get(Settings.BLOCK_READ_ONLY),
        resolver.getInt(Settings.BLOCK_MAX_WAITING),
        resolver.get(Settings.BLOCK_OPERATIONS),
        resolver.get(Settings.BLOCK_BYTES),
        resolver.getInt(Settings.BLOCK_BURST_MS));
  }

  private DoorbellConfig.Listen listen(Resolver resolver) {
    String host = resolver.get(Settings.HOST);
    int port = resolver.getInt(Settings.PORT);
    Path certificate = resolver.get(Settings.TLS_CERTIFICATE);
    Path key = resolver.get(Settings.TLS_KEY);
    bothOrNeither(resolver, Settings.TLS_CERTIFICATE, Settings.TLS_KEY);
    bothOrNeither(resolver, Settings.TLS_KEY, Settings.TLS_CERTIFICATE);
    Optional<DoorbellConfig.Tls> tls =
        certificate == null || key == null
            ? Optional.empty()
            : Optional.of(new DoorbellConfig.Tls(certificate, key));
    return new DoorbellConfig.Listen(host, port, tls);
  }

  private void bothOrNeither(Resolver resolver, Setting<Path> given, Setting<Path> missing) {
    Optional<Raw> raw = resolver.raw(given);
    if (raw.isPresent() && resolver.raw(missing).isEmpty()) {
      mistakes.add(given.key(), raw.get(), "needs " + missing.key() + " too; give both or neither");
    }
  }

  private int loops(Resolver resolver) {
    long fallback = Math.max(1, Math.min(sources.processors(), Settings.MAX_LOOPS));
    return Math.toIntExact(resolver.get(Settings.LOOPS, fallback));
  }

  private DoorbellConfig.Queue queue(Resolver resolver) {
    int before = mistakes.count();
    DoorbellConfig.Queue queue =
        new DoorbellConfig.Queue(
            resolver.getInt(Settings.QUEUE_ENTRIES),
            resolver.get(Settings.QUEUE_DMA_ARENA),
            resolver.getInt(Settings.QUEUE_TRANSFER),
            resolver.getInt(Settings.QUEUE_WINDOW),
            resolver.getInt(Settings.QUEUE_TIMEOUT_MS));
    if (mistakes.count() == before) {
      checkTogether(resolver, queue);
    }
    return queue;
  }

  /** One long request must be able to fill its window, or it would wait for itself. */
  private void checkTogether(Resolver resolver, DoorbellConfig.Queue queue) {
    if (queue.window() >= queue.entries()) {
      String problem =
          "must be below queue.entries, "
              + queue.entries()
              + " ("
              + resolver.values().get(Settings.QUEUE_ENTRIES.key()).origin()
              + ")";
      together(resolver, Settings.QUEUE_WINDOW, problem);
    }
    long filled = (long) queue.window() * queue.transfer();
    if (filled > queue.dmaArena()) {
      String problem =
          "must hold queue.window × queue.transfer, "
              + Numbers.formatSize(filled)
              + "; raise it or lower those";
      together(resolver, Settings.QUEUE_DMA_ARENA, problem);
    }
  }

  private void together(Resolver resolver, Setting<Long> setting, String problem) {
    LoadedConfig.Value value = resolver.values().get(setting.key());
    mistakes.add(setting.key(), value.yaml(), value.origin(), problem);
  }

  private List<ResolvedDrive> drives(Resolver resolver, Layer file) {
    List<RawDrive> raws = resolver.drives();
    // The file may name drives: that none was found is no second mistake.
    return raws.isEmpty() && file.isUnread() ? List.of() : new DriveBuilder(mistakes).build(raws);
  }

  private Layer file() {
    String variable = sources.environment().getOrDefault(ConfigSources.FILE_VARIABLE, "");
    if (sources.configOption().isPresent()) {
      String option = sources.configOption().get();
      return file("--config", new Raw(option, Origin.option("--config"), base()));
    }
    if (!variable.isEmpty()) {
      Origin origin = Origin.environment(ConfigSources.FILE_VARIABLE);
      return file(ConfigSources.FILE_VARIABLE, new Raw(variable, origin, base()));
    }
    return new Layer();
  }

  private Path base() {
    return sources.workingDirectory();
  }

  private Layer file(String key, Raw name) {
    try {
      Path path = base().resolve(name.text()).toAbsolutePath().normalize();
      if (Files.isDirectory(path) || Files.exists(path) && Files.size(path) > MAX_FILE_SIZE) {
        return fileMistake(key, name, "is no configuration; must be a YAML file of up to 1MiB");
      }
      return YamlLayer.read(Files.readString(path), name.text(), path.getParent(), mistakes);
    } catch (NoSuchFileException e) {
      return fileMistake(key, name, "no such file; must be a YAML file");
    } catch (AccessDeniedException e) {
      return fileMistake(key, name, "permission denied; must be a readable YAML file");
    } catch (CharacterCodingException e) {
      return fileMistake(key, name, "is not UTF-8; must be a YAML file");
    } catch (IOException | InvalidPathException e) {
      return fileMistake(key, name, "cannot be read: " + e.getMessage());
    }
  }

  private Layer fileMistake(String key, Raw name, String problem) {
    mistakes.add(key, name.text(), null, problem);
    return Layer.unread();
  }
}
