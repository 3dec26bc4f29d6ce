package dev.doorbell.service.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Zones in drive URIs and YAML, and what is said of mistakes in them. */
class ZonesTest {
  private static final String BASE = "emulated:memory?size=64MiB&lba_size=4096";

  @Test
  void aZoneSizeMakesANamespaceZoned() throws Exception {
    assertEquals(
        new ZoneConfig(1 << 20, 1 << 20, 0, 0, 0, 0, 0, 0, true), zones(BASE + "&zone_size=1MiB"));
    assertEquals(
        new ZoneConfig(1 << 20, 768 << 10, 3, 5, 65536, 128, 1, 2, false),
        zones(
            BASE
                + "&zone_size=1MiB&zone_capacity=768KiB&max_open=3&max_active=5"
                + "&zone_append_max=64KiB&descriptor_extension_size=128&offline_zones=1"
                + "&read_only_zones=2&cross_zone_reads=false"));
  }

  @Test
  void theDumpReadsBackToTheSameZones() throws Exception {
    String uri =
        BASE + "&zone_size=1MiB&zone_capacity=768KiB&max_open=3&max_active=5&offline_zones=1";
    String yaml = ConfigDump.yaml(new Load().drive(uri).loaded());
    assertTrue(yaml.contains("zone_capacity: 768KiB"), yaml);
    java.nio.file.Path directory = java.nio.file.Files.createTempDirectory("zones");
    assertEquals(zones(uri), zonesOf(new Load().yaml(directory, yaml)));
  }

  static Stream<Arguments> mistakes() {
    return Stream.of(
        Arguments.of("max_open=3", "is for zoned namespaces; give a zone_size too"),
        Arguments.of("zone_size=0", "positive multiple of the block size, 4096 bytes"),
        Arguments.of("zone_size=5000", "positive multiple of the block size, 4096 bytes"),
        Arguments.of("zone_size=3MiB", "the size of the namespace, 64MiB, must be a multiple"),
        Arguments.of("zone_size=1MiB&zone_capacity=2MiB", "up to zone_size, 1MiB"),
        Arguments.of("zone_size=1MiB&zone_capacity=1000", "multiple of the block size"),
        Arguments.of(
            "zone_size=1MiB&max_open=9&max_active=8",
            "must be a whole number from 0 to 8, the limit max_active"),
        Arguments.of("zone_size=1MiB&zone_append_max=5000", "a power of two from 4KiB to 1GiB"),
        Arguments.of(
            "zone_size=1MiB&descriptor_extension_size=100", "a multiple of 64 bytes up to 16320"),
        Arguments.of(
            "zone_size=1MiB&offline_zones=65", "whole number from 0 to 64, the number of zones"),
        Arguments.of(
            "zone_size=1MiB&offline_zones=60&read_only_zones=5",
            "whole number from 0 to 4, the number of zones that are not offline"),
        Arguments.of("zone_size=1MiB&cross_zone_reads=maybe", "must be true or false"),
        Arguments.of("zone_sise=1MiB", "did you mean zone_size"));
  }

  @ParameterizedTest
  @MethodSource("mistakes")
  void mistakesNameTheLimit(String parameters, String expected) {
    ConfigException e =
        org.junit.jupiter.api.Assertions.assertThrows(
            ConfigException.class, () -> zones(BASE + "&" + parameters));
    assertTrue(e.mistakes().toString().contains(expected), e.mistakes().toString());
  }

  @Test
  void tooManyZonesAreRefused() {
    ConfigException e =
        org.junit.jupiter.api.Assertions.assertThrows(
            ConfigException.class, () -> zones("emulated:memory?size=8GiB&zone_size=4096"));
    assertTrue(e.mistakes().toString().contains("the limit is 1048576 zones"));
  }

  @Test
  void zoneMetadataIsKeptUnlessToldOtherwise() throws Exception {
    assertEquals(ZoneMetaPolicy.KEEP, new Load().drive(BASE).loaded().config().zoneMeta());
    assertEquals(
        ZoneMetaPolicy.REINITIALIZE,
        new Load().drive(BASE).set("zone_meta=reinitialize").loaded().config().zoneMeta());
    ConfigException e =
        org.junit.jupiter.api.Assertions.assertThrows(
            ConfigException.class, () -> new Load().drive(BASE).set("zone_meta=yes").loaded());
    assertTrue(e.mistakes().toString().contains("must be keep, or reinitialize"));
  }

  private static ZoneConfig zones(String uri) throws ConfigException {
    return zonesOf(new Load().drive(uri));
  }

  private static ZoneConfig zonesOf(Load load) throws ConfigException {
    Drive drive = load.loaded().config().drives().get(0);
    return ((EmulatedDrive) drive).namespaces().get(0).zones();
  }
}
