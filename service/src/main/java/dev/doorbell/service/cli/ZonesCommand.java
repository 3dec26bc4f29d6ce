package dev.doorbell.service.cli;

import dev.doorbell.service.cli.text.Json;
import dev.doorbell.service.cli.text.Quantity;
import dev.doorbell.service.cli.text.TextTable;
import dev.doorbell.service.cli.text.ZoneMap;
import dev.doorbell.service.client.Completion;
import dev.doorbell.service.client.RemoteNamespace;
import dev.doorbell.service.client.ZoneInfo;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@code doorbell zones}: the zones of a namespace, drawn as a map or listed. */
final class ZonesCommand extends RemoteCommand {
  private static final int WIDTH = 64;
  private static final int MAX_CELLS = 64 * 32;
  private static final String LIST = "--list";

  ZonesCommand(Surroundings surroundings) {
    super(surroundings);
    OptionSpecs.argument(spec(), 0, true, "NAMESPACE");
    OptionSpecs.flag(spec(), "A line for each zone instead of a map.", LIST);
    OptionSpecs.output(spec());
    Session.addTo(spec());
    RemoteHelp.zones(spec());
  }

  @Override
  int run(Session session) throws IOException {
    RemoteNamespace namespace = session.namespace(session.required(0));
    if (!namespace.info().zoned()) {
      throw session.usage("namespace " + namespace.info().name() + " has no zones");
    }
    List<ZoneInfo> zones = Completion.await(namespace.zones());
    if (session.json()) {
      session.print(json(zones));
    } else if (session.flag(LIST)) {
      session.print(list(zones));
    } else {
      session.print(head(namespace, zones));
      session.print(
          new ZoneMap(WIDTH, MAX_CELLS, session.colours())
              .text(zones.stream().map(ZoneInfo::state).toList()));
    }
    return ExitCode.OK;
  }

  private static String head(RemoteNamespace namespace, List<ZoneInfo> zones) {
    long capacity = zones.stream().mapToLong(ZoneInfo::capacity).sum();
    long written = zones.stream().mapToLong(ZoneInfo::written).sum();
    return "%s: %d zones of %s, %s of %s written%n%n"
        .formatted(
            namespace.info().name(),
            zones.size(),
            Quantity.bytes(zones.isEmpty() ? 0 : zones.get(0).size()),
            Quantity.bytes(written),
            Quantity.bytes(capacity));
  }

  private static String list(List<ZoneInfo> zones) {
    TextTable table =
        new TextTable(List.of("ZONE", "STATE", "OFFSET", "WRITE POINTER", "WRITTEN", "CAPACITY"));
    for (ZoneInfo zone : zones) {
      table.row(
          zone.index(),
          zone.state(),
          zone.offset(),
          zone.writePointer() < 0 ? "-" : zone.writePointer(),
          Quantity.bytes(zone.written()),
          Quantity.bytes(zone.capacity()));
    }
    return table.text();
  }

  private static String json(List<ZoneInfo> zones) {
    List<Object> items = new ArrayList<>();
    for (ZoneInfo zone : zones) {
      Map<String, Object> item = new LinkedHashMap<>();
      item.put("zone", zone.index());
      item.put("state", zone.state());
      item.put("offset", zone.offset());
      item.put("size_bytes", zone.size());
      item.put("capacity_bytes", zone.capacity());
      if (zone.writePointer() >= 0) {
        item.put("write_pointer", zone.writePointer());
      }
      items.add(item);
    }
    return Json.line(items);
  }
}
