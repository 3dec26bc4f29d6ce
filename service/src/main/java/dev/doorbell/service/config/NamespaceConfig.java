package dev.doorbell.service.config;

/**
 * One namespace of an emulated controller.
 *
 * @param backing where its blocks live
 * @param size bytes, a positive multiple of {@code lbaSize}; of an existing image, its length
 * @param lbaSize bytes per logical block: 512, 1024, 2048 or 4096
 * @param readOnly whether writes are refused as to a write-protected namespace
 */
public record NamespaceConfig(Backing backing, long size, int lbaSize, boolean readOnly) {}
