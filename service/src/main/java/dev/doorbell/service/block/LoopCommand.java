package dev.doorbell.service.block;

import dev.doorbell.nvme.queue.BlockCommand;

/** A command of an event loop, whichever loop's queue it goes through. */
public abstract class LoopCommand extends BlockCommand {
  /** Here again, so that this package may call it. */
  @Override
  protected abstract void done(int status);

  /** Ends it with what has come of a command that was submitted on its behalf. */
  final void doneElsewhere(int status, long result) {
    result(result);
    done(status);
  }
}
