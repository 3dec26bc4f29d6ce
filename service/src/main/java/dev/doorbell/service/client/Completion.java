package dev.doorbell.service.client;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;

/** From futures to results and back. */
public final class Completion {
  private Completion() {}

  /** What may fail on the way from one value to another. */
  interface Mapping<A, B> {
    B map(A value) throws DoorbellException;
  }

  static <A, B> Function<A, CompletableFuture<B>> mapping(Mapping<A, B> mapping) {
    return value -> {
      try {
        return CompletableFuture.completedFuture(mapping.map(value));
      } catch (DoorbellException e) {
        return CompletableFuture.failedFuture(e);
      }
    };
  }

  /** The failure itself, without what futures wrap it into. */
  public static Throwable cause(Throwable failure) {
    Throwable cause = failure;
    while ((cause instanceof CompletionException || cause instanceof ExecutionException)
        && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }

  /**
   * Waits for a future; not for an event loop.
   *
   * @throws IOException the failure, with the stack of the caller
   */
  public static <T> T await(CompletableFuture<T> future) throws IOException {
    try {
      return future.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for the service");
    } catch (ExecutionException e) {
      Throwable cause = cause(e);
      if (cause instanceof IOException io) {
        throw io;
      }
      throw new DoorbellException(cause.toString(), cause);
    }
  }
}
