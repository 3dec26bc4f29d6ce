package dev.doorbell.service.drive;

import dev.doorbell.nvme.controller.NamespaceInfo;
import dev.doorbell.service.block.BlockNamespace;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The namespaces of a drive that are served, which come and go while the service runs.
 *
 * <p>One that comes back as it was goes on where it was, with its settings and counts; one that
 * comes with other blocks is a new one of the same name. Safe for any thread.
 */
public final class DriveNamespaces {
  private static final Logger LOG = LoggerFactory.getLogger(DriveNamespaces.class);

  /** Told of every change, one after the other; must not block. */
  public interface Observer {
    /** A namespace is served from now on. */
    void attached(BlockNamespace namespace);

    /** A namespace is served no longer. */
    void detached(BlockNamespace namespace);
  }

  private static final Observer NOBODY =
      new Observer() {
        @Override
        public void attached(BlockNamespace namespace) {}

        @Override
        public void detached(BlockNamespace namespace) {}
      };

  private final List<BlockNamespace> served = new CopyOnWriteArrayList<>();
  private final List<BlockNamespace> detached = new CopyOnWriteArrayList<>();
  private final Function<NamespaceInfo, BlockNamespace> maker;
  private final boolean all;
  private volatile Observer observer = NOBODY;

  /**
   * @param first those that are served now
   * @param all whether any that comes is to be served, rather than only those that there were
   * @param maker makes what is served of a namespace
   */
  DriveNamespaces(
      List<NamespaceInfo> first, boolean all, Function<NamespaceInfo, BlockNamespace> maker) {
    this.maker = maker;
    this.all = all;
    first.forEach(info -> served.add(maker.apply(info)));
  }

  /** Those that are served, in order of their NSID; a view of what there is now. */
  public List<BlockNamespace> served() {
    return Collections.unmodifiableList(served);
  }

  /** Those that were served and are detached; a view of what there is now. */
  public List<BlockNamespace> detached() {
    return Collections.unmodifiableList(detached);
  }

  /** Whether a namespace is served now. */
  boolean serves(int id) {
    return find(served, id) != null;
  }

  /** Names the one that is told of changes. */
  public void observe(Observer wanted) {
    observer = wanted;
  }

  synchronized void attach(NamespaceInfo info) {
    BlockNamespace before = find(detached, info.id());
    if (before == null && !all) {
      LOG.info("namespace {} was attached; it is not among those configured", describe(info));
      return;
    }
    detached.remove(before);
    BlockNamespace namespace = before != null && isSame(before, info) ? before : maker.apply(info);
    namespace.update(info);
    serve(namespace);
    LOG.info("{}: namespace {} was attached, and is served", namespace.name(), describe(info));
  }

  synchronized void detach(NamespaceInfo info) {
    BlockNamespace namespace = find(served, info.id());
    if (namespace != null) {
      LOG.warn("{}: was detached; there is no such namespace until it is back", namespace.name());
      withdraw(namespace);
      detached.add(namespace);
    }
  }

  synchronized void change(NamespaceInfo before, NamespaceInfo after) {
    BlockNamespace namespace = find(served, after.id());
    if (namespace == null) {
      return;
    }
    if (isSame(namespace, after)) {
      namespace.update(after);
      LOG.info("{}: has {} bytes now, had {}", namespace.name(), after.bytes(), before.bytes());
      return;
    }
    withdraw(namespace);
    BlockNamespace other = maker.apply(after);
    serve(other);
    LOG.warn(
        "{}: was {}, is {} now: requests under way fail, new ones are served",
        other.name(),
        describe(before),
        describe(after));
  }

  private void serve(BlockNamespace namespace) {
    int at = 0;
    while (at < served.size() && Integer.compareUnsigned(served.get(at).id(), namespace.id()) < 0) {
      at++;
    }
    served.add(at, namespace);
    observer.attached(namespace);
  }

  private void withdraw(BlockNamespace namespace) {
    namespace.lose();
    served.remove(namespace);
    observer.detached(namespace);
  }

  /** Whether what was made for a namespace is good for what it is now. */
  private static boolean isSame(BlockNamespace namespace, NamespaceInfo now) {
    long zoneBytes = now.zoned() == null ? 0 : now.zoned().zoneBlocks() * now.blockSize();
    return namespace.blockSize() == now.blockSize() && namespace.zoneBytes() == zoneBytes;
  }

  private static BlockNamespace find(List<BlockNamespace> in, int id) {
    for (BlockNamespace namespace : new ArrayList<>(in)) {
      if (namespace.id() == id) {
        return namespace;
      }
    }
    return null;
  }

  private static String describe(NamespaceInfo info) {
    return "%s of %d blocks of %d bytes"
        .formatted(Integer.toUnsignedString(info.id()), info.blocks(), info.blockSize());
  }
}
