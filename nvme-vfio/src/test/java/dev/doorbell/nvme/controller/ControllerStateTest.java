package dev.doorbell.nvme.controller;

import static dev.doorbell.nvme.controller.ControllerState.CLOSED;
import static dev.doorbell.nvme.controller.ControllerState.DISABLED;
import static dev.doorbell.nvme.controller.ControllerState.DISABLING;
import static dev.doorbell.nvme.controller.ControllerState.ENABLING;
import static dev.doorbell.nvme.controller.ControllerState.FAILED;
import static dev.doorbell.nvme.controller.ControllerState.LIVE;
import static dev.doorbell.nvme.controller.ControllerState.NEW;
import static dev.doorbell.nvme.controller.ControllerState.READY;
import static dev.doorbell.nvme.controller.ControllerState.SHUTTING_DOWN;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ControllerStateTest {
  private static final Map<ControllerState, Set<ControllerState>> TABLE =
      Map.of(
          NEW, Set.of(DISABLING, FAILED),
          DISABLING, Set.of(DISABLED, FAILED),
          DISABLED, Set.of(ENABLING, CLOSED, FAILED),
          ENABLING, Set.of(READY, FAILED),
          READY, Set.of(LIVE, SHUTTING_DOWN, FAILED),
          LIVE, Set.of(DISABLING, SHUTTING_DOWN, FAILED),
          SHUTTING_DOWN, Set.of(DISABLING, FAILED),
          CLOSED, Set.of(),
          FAILED, Set.of(CLOSED));

  @ParameterizedTest
  @EnumSource
  void takesTheStepsOfTheTableAndNoOther(ControllerState from) {
    for (ControllerState to : ControllerState.values()) {
      assertEquals(TABLE.get(from).contains(to), from.mayBecome(to), from + " to " + to);
    }
  }
}
