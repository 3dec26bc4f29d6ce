package dev.doorbell.service.config;

import java.util.List;
import java.util.Map;

/**
 * A drive with the origin of each of its parts, for the dump.
 *
 * @param fields one map per namespace, from field name to origin; what is missing is the default
 */
record ResolvedDrive(
    Drive drive, Origin origin, Origin nameOrigin, List<Map<String, Origin>> fields) {}
