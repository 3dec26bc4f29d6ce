package dev.doorbell.service.config;

import dev.doorbell.service.config.RawDrive.RawNamespace;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Checks the drives one by one and makes their configuration. */
final class DriveBuilder {
  private static final int MAX_NAME = 32;

  private final Mistakes mistakes;
  private final List<ResolvedDrive> drives = new ArrayList<>();
  private final DriveConflicts conflicts;

  DriveBuilder(Mistakes mistakes) {
    this.mistakes = mistakes;
    this.conflicts = new DriveConflicts(mistakes);
  }

  /** The drives without those that were reported as mistakes. */
  List<ResolvedDrive> build(List<RawDrive> raws) {
    if (raws.isEmpty()) {
      mistakes.add(
          Settings.DRIVES,
          null,
          null,
          "no drive is configured; try --drive 'emulated:memory?size=1GiB', or allowed: "
              + DriveUri.FORMS);
    }
    for (int i = 0; i < raws.size(); i++) {
      if (!raws.get(i).broken()) {
        drive(i, raws.get(i));
      }
    }
    return drives;
  }

  private void drive(int index, RawDrive raw) {
    String key = Settings.DRIVES + "[" + index + "]";
    String name = raw.name() == null ? "nvme" + index : raw.name().text();
    Origin nameOrigin = raw.name() == null ? Origin.DEFAULT : raw.name().origin();
    if (!validName(name)) {
      mistakes.add(
          key + ".name",
          raw.name(),
          "must be 1 to " + MAX_NAME + " of a-z, 0-9, - and _, and begin with a letter");
    }
    conflicts.name(key, name, raw.name() == null ? raw.origin() : nameOrigin);
    if (raw.uri() != null && !raw.namespaces().isEmpty()) {
      mistakes.add(key, null, raw.origin(), "has both uri and namespaces; give one of them");
    } else if (raw.uri() != null) {
      ofUri(key, name, raw, nameOrigin);
    } else if (!raw.namespaces().isEmpty()) {
      ofNamespaces(key, name, raw, nameOrigin);
    } else {
      mistakes.add(key, null, raw.origin(), "needs a uri, or namespaces with at least one entry");
    }
  }

  private void ofUri(String key, String name, RawDrive raw, Origin nameOrigin) {
    Optional<DriveUri.Parsed> parsed = DriveUri.parse(key, raw.uri(), mistakes);
    if (parsed.isEmpty()) {
      return;
    }
    if (parsed.get() instanceof DriveUri.Parsed.Emulated emulated) {
      emulated(name, raw, nameOrigin, List.of(key), List.of(emulated.namespace()));
    } else if (parsed.get() instanceof DriveUri.Parsed.Vfio vfio) {
      conflicts.address(key, vfio.address(), raw.uri());
      VfioDrive drive = new VfioDrive(name, vfio.address(), vfio.nsid());
      drives.add(new ResolvedDrive(drive, raw.origin(), nameOrigin, List.of()));
    }
  }

  private void ofNamespaces(String key, String name, RawDrive raw, Origin nameOrigin) {
    List<String> keys = new ArrayList<>();
    List<RawNamespace> namespaces = new ArrayList<>();
    for (RawNamespace namespace : raw.namespaces()) {
      String namespaceKey = key + ".namespaces[" + keys.size() + "]";
      keys.add(namespaceKey);
      if (namespace.uri() == null) {
        namespaces.add(namespace);
      } else if (!namespace.fields().isEmpty()) {
        String problem = "has a uri and other keys besides; give one or the other";
        mistakes.add(namespaceKey, null, namespace.origin(), problem);
      } else {
        ofNamespaceUri(namespaceKey, namespace.uri(), namespaces);
      }
    }
    if (namespaces.size() == keys.size()) {
      emulated(name, raw, nameOrigin, keys, namespaces);
    }
  }

  private void ofNamespaceUri(String key, Raw uri, List<RawNamespace> namespaces) {
    Optional<DriveUri.Parsed> parsed = DriveUri.parse(key, uri, mistakes);
    if (parsed.isPresent() && parsed.get() instanceof DriveUri.Parsed.Emulated emulated) {
      namespaces.add(emulated.namespace());
    } else if (parsed.isPresent()) {
      mistakes.add(key, uri, "a namespace in a list must be emulated; nvme:// stands for a drive");
    }
  }

  private void emulated(
      String name,
      RawDrive raw,
      Origin nameOrigin,
      List<String> keys,
      List<RawNamespace> namespaces) {
    List<NamespaceConfig> configs = new ArrayList<>();
    List<Map<String, Origin>> origins = new ArrayList<>();
    for (int i = 0; i < namespaces.size(); i++) {
      RawNamespace namespace = namespaces.get(i);
      Optional<NamespaceConfig> config = NamespaceBuilder.build(keys.get(i), namespace, mistakes);
      if (config.isPresent()) {
        configs.add(config.get());
        conflicts.image(keys.get(i), config.get(), namespace.fields().get(NamespaceFields.IMAGE));
      }
      Map<String, Origin> fields = new LinkedHashMap<>();
      namespace.fields().forEach((field, value) -> fields.put(field, value.origin()));
      origins.add(fields);
    }
    EmulatedDrive drive = new EmulatedDrive(name, configs);
    drives.add(new ResolvedDrive(drive, raw.origin(), nameOrigin, origins));
  }

  /** A name is part of URLs and metric labels. */
  private static boolean validName(String name) {
    boolean valid = !name.isEmpty() && name.length() <= MAX_NAME;
    for (int i = 0; valid && i < name.length(); i++) {
      char c = name.charAt(i);
      boolean letter = c >= 'a' && c <= 'z';
      valid = letter || i > 0 && (c >= '0' && c <= '9' || c == '-' || c == '_');
    }
    return valid;
  }
}
