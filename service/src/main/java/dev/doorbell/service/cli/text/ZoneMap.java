package dev.doorbell.service.cli.text;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Zones as a map: a letter for each, rows with the number of their first. Where there are too many
 * for a screen, a letter stands for several neighbours.
 */
public final class ZoneMap {
  private static final int MIXED = '+';

  private enum State {
    EMPTY('.', "empty", "2"),
    IMPLICITLY_OPEN('o', "implicitly_open", "36"),
    EXPLICITLY_OPEN('O', "explicitly_open", "1;36"),
    CLOSED('c', "closed", "33"),
    FULL('#', "full", "32"),
    READ_ONLY('r', "read_only", "35"),
    OFFLINE('x', "offline", "31"),
    OTHER('?', "unknown", "31");

    private final char letter;
    private final String label;
    private final String colour;

    State(char letter, String label, String colour) {
      this.letter = letter;
      this.label = label;
      this.colour = colour;
    }

    static State of(String label) {
      for (State state : values()) {
        if (state.label.equals(label)) {
          return state;
        }
      }
      return OTHER;
    }
  }

  private final int width;
  private final int maxCells;
  private final boolean colours;

  /**
   * @param width cells of a row
   * @param maxCells beyond which a cell stands for several zones
   */
  public ZoneMap(int width, int maxCells, boolean colours) {
    this.width = width;
    this.maxCells = maxCells;
    this.colours = colours;
  }

  /** The map, and a legend with the number of zones in each state. */
  public String text(List<String> states) {
    int each = Math.max(1, (states.size() + maxCells - 1) / maxCells);
    List<State> zones = states.stream().map(State::of).toList();
    StringBuilder text = new StringBuilder();
    int digits = Math.max(4, Integer.toString(Math.max(0, zones.size() - 1)).length());
    for (int row = 0; row < zones.size(); row += width * each) {
      text.append(("%" + digits + "d ").formatted(row));
      for (int at = row; at < Math.min(zones.size(), row + width * each); at += each) {
        cell(text, zones.subList(at, Math.min(zones.size(), at + each)));
      }
      text.append('\n');
    }
    return text.append('\n').append(legend(zones, each)).toString();
  }

  private void cell(StringBuilder text, List<State> zones) {
    State first = zones.get(0);
    if (zones.stream().allMatch(z -> z == first)) {
      text.append(coloured(first, Character.toString(first.letter)));
    } else {
      text.append((char) MIXED);
    }
  }

  private String legend(List<State> zones, int each) {
    Map<State, Integer> counts = new LinkedHashMap<>();
    for (State state : State.values()) {
      int count = (int) zones.stream().filter(z -> z == state).count();
      if (count > 0) {
        counts.put(state, count);
      }
    }
    List<String> items = new ArrayList<>();
    counts.forEach(
        (state, count) ->
            items.add(coloured(state, state.letter + " " + state.label) + " " + count));
    if (each > 1) {
      items.add("+ different states; a cell is " + each + " zones");
    }
    return String.join("   ", items) + "\n";
  }

  private String coloured(State state, String text) {
    return colours ? "\u001b[" + state.colour + "m" + text + "\u001b[0m" : text;
  }
}
