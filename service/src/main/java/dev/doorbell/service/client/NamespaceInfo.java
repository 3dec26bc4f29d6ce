package dev.doorbell.service.client;

import java.util.Map;

/**
 * What the service tells of a namespace.
 *
 * @param name such as {@code nvme0n1}
 * @param capacity in bytes
 * @param blockSize of a logical block
 * @param transferBytes after which the service cuts requests into commands
 * @param zoned whether its zones are written from start to end only
 * @param zones their number; 0 without zones
 * @param members all that was told
 */
public record NamespaceInfo(
    String name,
    String controller,
    long capacity,
    int blockSize,
    int transferBytes,
    boolean readOnly,
    String serial,
    String state,
    boolean zoned,
    long zones,
    Map<String, Object> members) {
  static NamespaceInfo of(Map<String, Object> json) throws BrokenAnswerException {
    Map<String, Object> zoned = Members.object(json, "zoned");
    return new NamespaceInfo(
        Members.text(json, "name"),
        Members.text(json, "controller"),
        Members.number(json, "capacity_bytes"),
        (int) Members.number(json, "block_size"),
        (int) Members.number(json, "transfer_bytes"),
        Boolean.TRUE.equals(json.get("read_only")),
        Members.text(json, "serial"),
        Members.text(json, "state"),
        zoned != null,
        zoned == null ? 0 : Members.number(zoned, "zones"),
        json);
  }
}
