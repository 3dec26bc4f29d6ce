package dev.doorbell.vfio;

import java.util.Locale;
import java.util.Optional;

/**
 * The address of a PCI function as the kernel writes it, {@code dddd:bb:dd.f} in hexadecimal.
 *
 * @param domain 0 to 0xFFFF
 * @param bus 0 to 0xFF
 * @param device 0 to 0x1F
 * @param function 0 to 7
 */
public record PciAddress(int domain, int bus, int device, int function)
    implements Comparable<PciAddress> {
  private static final String SHAPE = "xxxx:xx:xx.x";

  /** Empty unless the text is such an address, leading zeroes included. */
  public static Optional<PciAddress> parse(String text) {
    if (text.length() != SHAPE.length()) {
      return Optional.empty();
    }
    for (int i = 0; i < SHAPE.length(); i++) {
      char expected = SHAPE.charAt(i);
      char c = text.charAt(i);
      if (expected == 'x' ? hexDigit(c) < 0 : c != expected) {
        return Optional.empty();
      }
    }
    int device = Integer.parseInt(text, 8, 10, 16);
    int function = hexDigit(text.charAt(11));
    if (device > 0x1F || function > 7) {
      return Optional.empty();
    }
    return Optional.of(
        new PciAddress(
            Integer.parseInt(text, 0, 4, 16), Integer.parseInt(text, 5, 7, 16), device, function));
  }

  /** Unlike {@link Character#digit}, takes no digits from other scripts. */
  private static int hexDigit(char c) {
    return c < 0x80 ? Character.digit(c, 16) : -1;
  }

  /** The order of {@code lspci}. */
  @Override
  public int compareTo(PciAddress other) {
    // The domain reaches the sign bit.
    return Integer.compareUnsigned(number(), other.number());
  }

  private int number() {
    return domain << 16 | bus << 8 | device << 3 | function;
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%04x:%02x:%02x.%x", domain, bus, device, function);
  }
}
