package dev.doorbell.service.cli.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class ZoneMapTest {
  private static List<String> states(Object... countsAndStates) {
    List<String> states = new ArrayList<>();
    for (int i = 0; i < countsAndStates.length; i += 2) {
      states.addAll(Collections.nCopies((int) countsAndStates[i], (String) countsAndStates[i + 1]));
    }
    return states;
  }

  @Test
  void drawsALetterForEachZone() {
    List<String> states =
        states(
            5,
            "full",
            1,
            "implicitly_open",
            2,
            "closed",
            1,
            "explicitly_open",
            20,
            "empty",
            1,
            "read_only",
            2,
            "offline");
    assertEquals(
        """
           0 #####occO.......
          16 .............rxx

        . empty 20   o implicitly_open 1   O explicitly_open 1   c closed 2   # full 5   \
        r read_only 1   x offline 2
        """,
        new ZoneMap(16, 1000, false).text(states));
  }

  @Test
  void joinsNeighboursWhereThereAreTooMany() {
    List<String> states = states(6, "full", 1, "closed", 13, "empty");
    assertEquals(
        """
           0 #+...

        . empty 13   c closed 1   # full 6   + different states; a cell is 4 zones
        """,
        new ZoneMap(8, 5, false).text(states));
  }

  @Test
  void coloursOnlyIfAskedTo() {
    List<String> states = states(1, "full", 1, "empty");
    assertTrue(new ZoneMap(8, 100, true).text(states).contains("\u001b[32m#\u001b[0m"));
    assertFalse(new ZoneMap(8, 100, false).text(states).contains("\u001b"));
  }

  @Test
  void showsStatesThatItDoesNotKnow() {
    assertEquals("   0 ?\n\n? unknown 1\n", new ZoneMap(8, 9, false).text(List.of("new")));
  }
}
