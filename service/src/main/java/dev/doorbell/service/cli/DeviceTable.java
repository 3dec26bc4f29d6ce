package dev.doorbell.service.cli;

import dev.doorbell.service.inventory.NvmeFunction;
import dev.doorbell.vfio.IommuGroup;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** The controllers as a table for people: one line each, as wide as it needs to be. */
final class DeviceTable {
  private static final List<String> HEAD =
      List.of("ADDRESS", "ID", "DRIVER", "GROUP", "MEMBERS", "VIABLE", "IN USE", "COMMAND");

  private DeviceTable() {}

  static String text(List<NvmeFunction> functions) {
    if (functions.isEmpty()) {
      return "no NVMe controllers\n";
    }
    List<List<String>> rows = new ArrayList<>();
    rows.add(HEAD);
    functions.forEach(f -> rows.add(row(f)));
    StringBuilder text = new StringBuilder();
    for (List<String> row : rows) {
      for (int column = 0; column < row.size() - 1; column++) {
        int width = width(rows, column);
        text.append(String.format("%-" + width + "s  ", row.get(column)));
      }
      text.append(row.get(row.size() - 1)).append('\n');
    }
    return text.toString();
  }

  private static List<String> row(NvmeFunction f) {
    return List.of(
        f.address().toString(),
        f.vendorDevice(),
        f.driver().orElse("-"),
        f.group().map(g -> Integer.toString(g.number())).orElse("-"),
        f.group().map(DeviceTable::members).orElse("-"),
        viability(f),
        f.inUse() ? String.join(", ", f.uses()) : "no",
        f.command());
  }

  private static String members(IommuGroup group) {
    return group.members().stream().map(IommuGroup.Member::name).collect(Collectors.joining(" "));
  }

  private static String viability(NvmeFunction f) {
    if (f.group().isEmpty()) {
      return "no IOMMU";
    }
    if (f.group().get().noIommu()) {
      return "no IOMMU: --unsafe-noiommu";
    }
    return f.viable()
        ? "yes"
        : f.blockers().stream().map(Object::toString).collect(Collectors.joining(", ", "no: ", ""));
  }

  private static int width(List<List<String>> rows, int column) {
    return rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(1);
  }
}
