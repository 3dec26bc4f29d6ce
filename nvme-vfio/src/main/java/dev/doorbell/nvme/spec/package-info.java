/**
 * The NVM Express wire format: registers, opcodes, status codes and structure layouts.
 *
 * <p>Every class here is a table of offsets and static accessors over a little-endian {@link
 * java.nio.ByteBuffer} and the offset of the structure in it; none holds state, does I/O or
 * allocates. Driver and emulated controller share this package and nothing else, and golden-byte
 * tests pin it to the standard, so that the two cannot agree on the same mistake.
 *
 * <p>Sections cited are those of the NVM Express Base Specification, revision 1.4, unless said
 * otherwise.
 */
package dev.doorbell.nvme.spec;
