package dev.doorbell.service.config;

import java.nio.file.Path;

/**
 * A value as written, before its type is known.
 *
 * @param base directory a relative path in the value is resolved against
 */
record Raw(String text, Origin origin, Path base) {}
