package dev.doorbell.service.cli.text;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Rows in columns as wide as they need to be; numbers to the right. */
public final class TextTable {
  private final List<String> head;
  private final List<List<String>> rows = new ArrayList<>();

  /** A table with these headings. */
  public TextTable(List<String> head) {
    this.head = List.copyOf(head);
  }

  /** Adds a row with a cell for each heading. */
  public TextTable row(Object... cells) {
    if (cells.length != head.size()) {
      throw new IllegalArgumentException(cells.length + " cells, " + head.size() + " columns");
    }
    rows.add(java.util.Arrays.stream(cells).map(String::valueOf).toList());
    return this;
  }

  /** The lines, each with a line feed. */
  public String text() {
    StringBuilder text = new StringBuilder();
    int[] widths = IntStream.range(0, head.size()).map(this::width).toArray();
    boolean[] right = new boolean[head.size()];
    for (int column = 0; column < right.length; column++) {
      right[column] = numeric(column);
    }
    line(text, head, widths, right);
    rows.forEach(row -> line(text, row, widths, right));
    return text.toString();
  }

  private static void line(StringBuilder text, List<String> cells, int[] widths, boolean[] right) {
    StringBuilder line = new StringBuilder();
    for (int column = 0; column < widths.length; column++) {
      String pad = " ".repeat(widths[column] - cells.get(column).length());
      line.append(column == 0 ? "" : "  ");
      line.append(right[column] ? pad + cells.get(column) : cells.get(column) + pad);
    }
    text.append(line.toString().stripTrailing()).append('\n');
  }

  private int width(int column) {
    return IntStream.concat(
            IntStream.of(head.get(column).length()),
            rows.stream().mapToInt(r -> r.get(column).length()))
        .max()
        .orElse(0);
  }

  private boolean numeric(int column) {
    return !rows.isEmpty()
        && rows.stream().allMatch(r -> r.get(column).matches("-|[0-9].*"))
        && rows.stream().anyMatch(r -> !r.get(column).equals("-"));
  }
}
