package dev.doorbell.service.mutation;

import java.io.IOException;

/** A client that sends mutated requests and holds the service to its answers. */
interface Source extends AutoCloseable {
  /** Sends the next request and checks what comes of it. */
  void exchange(int number, Tally tally) throws IOException;

  @Override
  void close() throws IOException;
}
