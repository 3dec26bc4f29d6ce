package dev.doorbell.service.http;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.zip.CRC32C;

/** A digest of content by one of the algorithms that there are (RFC 9530, 5). */
abstract sealed class Digest {
  static final String SHA_256 = "sha-256";
  static final String CRC32C = "crc32c";

  /** What is understood, as the value of Want-Content-Digest. */
  static final String UNDERSTOOD = SHA_256 + "=10, " + CRC32C + "=5";

  /** The digest by an algorithm's name in the registry, or null. */
  static Digest of(String algorithm) {
    return switch (algorithm) {
      case SHA_256 -> new Sha256();
      case CRC32C -> new Crc32c();
      default -> null;
    };
  }

  /** Takes in what can be read of {@code bytes}, whose indices do not move. */
  final void update(ByteBuf bytes) {
    if (bytes.nioBufferCount() == 1) {
      update(bytes.nioBuffer());
    } else {
      for (ByteBuffer part : bytes.nioBuffers()) {
        update(part);
      }
    }
  }

  abstract String algorithm();

  abstract void update(ByteBuffer bytes);

  /** The digest of what has been taken in; once. */
  abstract byte[] value();

  /** A member of the Content-Digest field; once. */
  final String member() {
    return algorithm() + "=:" + Base64.getEncoder().encodeToString(value()) + ":";
  }

  private static final class Sha256 extends Digest {
    private final MessageDigest digest;

    Sha256() {
      try {
        digest = MessageDigest.getInstance("SHA-256");
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("every Java platform has SHA-256", e);
      }
    }

    @Override
    String algorithm() {
      return SHA_256;
    }

    @Override
    void update(ByteBuffer bytes) {
      digest.update(bytes);
    }

    @Override
    byte[] value() {
      return digest.digest();
    }
  }

  /** Four bytes, the most significant first. */
  private static final class Crc32c extends Digest {
    private final CRC32C digest = new CRC32C();

    @Override
    String algorithm() {
      return CRC32C;
    }

    @Override
    void update(ByteBuffer bytes) {
      digest.update(bytes);
    }

    @Override
    byte[] value() {
      return ByteBuffer.allocate(4).putInt((int) digest.getValue()).array();
    }
  }
}
