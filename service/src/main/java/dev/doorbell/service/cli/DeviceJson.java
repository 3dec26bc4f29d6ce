package dev.doorbell.service.cli;

import dev.doorbell.service.inventory.NvmeFunction;
import dev.doorbell.vfio.IommuGroup;
import java.util.List;
import java.util.stream.Collectors;

/** The controllers as JSON for programs: an array of one object each. */
final class DeviceJson {
  private DeviceJson() {}

  static String text(List<NvmeFunction> functions) {
    return functions.stream()
        .map(DeviceJson::object)
        .collect(Collectors.joining(",\n", "[", "]\n"));
  }

  private static String object(NvmeFunction f) {
    return "{\"address\": %s, \"id\": %s, \"driver\": %s, \"iommu_group\": %s, \"no_iommu\": %b,"
            .formatted(
                string(f.address().toString()),
                string(f.vendorDevice()),
                f.driver().map(DeviceJson::string).orElse("null"),
                f.group().map(g -> Integer.toString(g.number())).orElse("null"),
                f.group().map(IommuGroup::noIommu).orElse(true))
        + " \"group_members\": %s, \"viable\": %b, \"numa_node\": %d, \"block_devices\": %s,"
            .formatted(
                array(f.group().stream().flatMap(g -> g.members().stream()).toList()),
                f.viable(),
                f.numaNode(),
                strings(f.blockDevices()))
        + " \"bound_to_vfio\": %b, \"in_use\": %b, \"uses\": %s, \"command\": %s}"
            .formatted(f.boundToVfio(), f.inUse(), strings(f.uses()), string(f.command()));
  }

  private static String array(List<IommuGroup.Member> members) {
    return members.stream()
        .map(
            m ->
                "{\"name\": %s, \"driver\": %s, \"blocks\": %b}"
                    .formatted(
                        string(m.name()),
                        m.driver().map(DeviceJson::string).orElse("null"),
                        m.blocks()))
        .collect(Collectors.joining(", ", "[", "]"));
  }

  private static String strings(List<String> values) {
    return values.stream().map(DeviceJson::string).collect(Collectors.joining(", ", "[", "]"));
  }

  private static String string(String text) {
    StringBuilder json = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        json.append('\\').append(c);
      } else if (c < 0x20) {
        json.append("\\u%04x".formatted((int) c));
      } else {
        json.append(c);
      }
    }
    return json.append('"').toString();
  }
}
