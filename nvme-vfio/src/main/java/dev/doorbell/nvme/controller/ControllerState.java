package dev.doorbell.nvme.controller;

import java.util.Set;

/** Where a controller is between power-on and release; {@link #mayBecome} is the whole table. */
public enum ControllerState {
  /** Nothing is known yet. */
  NEW,
  /** CC.EN is being cleared, at the start or in a reset; CSTS.RDY must follow. */
  DISABLING,
  /** CSTS.RDY is 0: the admin queue may be set up. */
  DISABLED,
  /** CC.EN is set; CSTS.RDY must follow. */
  ENABLING,
  /** Admin commands work; identification goes on. */
  READY,
  /** Identified: I/O queues may be created. */
  LIVE,
  /** CC.SHN is set; CSTS.SHST must follow. */
  SHUTTING_DOWN,
  /** Disabled for good; all memory is released. */
  CLOSED,
  /** Given up: fatal, gone, or too slow; commands end at once. Only {@link #CLOSED} follows. */
  FAILED;

  /** Whether the step from this state to {@code next} exists. */
  public boolean mayBecome(ControllerState next) {
    return successors().contains(next);
  }

  private Set<ControllerState> successors() {
    return switch (this) {
      case NEW -> Set.of(DISABLING, FAILED);
      case DISABLING -> Set.of(DISABLED, FAILED);
      case DISABLED -> Set.of(ENABLING, CLOSED, FAILED);
      case ENABLING -> Set.of(READY, FAILED);
      case READY -> Set.of(LIVE, SHUTTING_DOWN, FAILED);
      case LIVE -> Set.of(DISABLING, SHUTTING_DOWN, FAILED);
      case SHUTTING_DOWN -> Set.of(DISABLING, FAILED);
      case CLOSED -> Set.of();
      case FAILED -> Set.of(CLOSED);
    };
  }
}
