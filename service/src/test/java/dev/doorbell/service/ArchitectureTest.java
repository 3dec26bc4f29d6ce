package dev.doorbell.service;

import static com.tngtech.archunit.lang.conditions.ArchConditions.onlyDependOnClassesThat;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import dev.doorbell.vfio.PciAddress;
import java.util.Arrays;
import java.util.stream.Stream;

/**
 * Which package of the service may use what.
 *
 * <p>The arrows keep block rules free of HTTP, the loops free of what runs on them, configuration
 * and command line free of the machinery that they start, and the emulated controller out of
 * everything that could come to need it.
 */
@AnalyzeClasses(packages = "dev.doorbell", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {
  private static final String SERVICE = "dev.doorbell.service";
  private static final String[] DRIVER = {
    "dev.doorbell.nvme..", "dev.doorbell.device..", "dev.doorbell.dma.."
  };
  private static final String[] SERVERS = {"io.vertx..", "io.netty.."};
  private static final String[] JSON = {
    "io.vertx.core.json..", "com.fasterxml.jackson..", "tools.jackson..", "com.google.gson.."
  };

  @ArchTest static final ArchRule blockUsesTheDriverOnly = mayUseOfOurs("block", DRIVER);

  @ArchTest
  static final ArchRule blockKnowsNoHttpAndNoJson =
      mayNotUse("block", of(JSON, "io.vertx..", "io.netty.handler.codec..", "io.micrometer.."));

  @ArchTest
  static final ArchRule loopUsesTheDriverAndTheServerOnly =
      classes()
          .that()
          .resideInAPackage(SERVICE + ".loop..")
          .should(
              onlyDependOnClassesThat(
                  in(
                      of(
                          SERVERS,
                          SERVICE + ".loop..",
                          "dev.doorbell.nvme..",
                          "dev.doorbell.device..",
                          "dev.doorbell.linux..",
                          "org.slf4j..",
                          "java..",
                          ""))));

  /** But for the address of a PCI function, a plain value: one type for all. */
  @ArchTest
  static final ArchRule configStandsAlone =
      noClasses()
          .that()
          .resideInAPackage(SERVICE + ".config..")
          .should()
          .dependOnClassesThat(
              in("dev.doorbell..")
                  .and(DescribedPredicate.not(in(SERVICE + ".config..")))
                  .and(DescribedPredicate.not(JavaClass.Predicates.type(PciAddress.class))));

  @ArchTest static final ArchRule configStartsNoServer = mayNotUse("config", SERVERS);

  @ArchTest
  static final ArchRule commandLineUsesConfigurationInventoryAndTheClientOnly =
      mayUseOfOurs(
          "cli",
          SERVICE + ".config..",
          SERVICE + ".inventory..",
          SERVICE + ".client..",
          SERVICE + ".transfer..",
          SERVICE + ".bench..",
          "dev.doorbell.vfio..");

  @ArchTest
  static final ArchRule textsKnowNothing =
      noClasses()
          .that()
          .resideInAPackage(SERVICE + ".cli.text..")
          .should()
          .dependOnClassesThat(
              in("dev.doorbell..").and(DescribedPredicate.not(in(SERVICE + ".cli.text.."))));

  @ArchTest static final ArchRule clientKnowsTheContractOnly = mayUseOfOurs("client");

  @ArchTest
  static final ArchRule transferUsesTheClientAndFiles =
      mayUseOfOurs("transfer", SERVICE + ".client..", "dev.doorbell.linux..");

  @ArchTest static final ArchRule benchUsesTheClient = mayUseOfOurs("bench", SERVICE + ".client..");

  @ArchTest static final ArchRule transferMovesBytesOnly = mayNotUse("transfer", SERVERS);

  @ArchTest static final ArchRule benchStartsNoServer = mayNotUse("bench", SERVERS);

  @ArchTest
  static final ArchRule inventoryReadsWhatVfioReads =
      mayUseOfOurs("inventory", "dev.doorbell.vfio..");

  @ArchTest static final ArchRule commandLineStartsNoServer = mayNotUse("cli", SERVERS);

  @ArchTest
  static final ArchRule driveUsesBlockConfigurationAndTheDriver =
      mayUseOfOurs(
          "drive",
          of(
              DRIVER,
              "dev.doorbell.emulated..",
              "dev.doorbell.vfio..",
              SERVICE + ".block..",
              SERVICE + ".config..",
              SERVICE + ".events.."));

  @ArchTest static final ArchRule eventsStandAlone = mayUseOfOurs("events");

  @ArchTest static final ArchRule theContractKnowsNoHandler = mayUseOfOurs("contract");

  @ArchTest
  static final ArchRule onlyDriveKnowsTheEmulatedController =
      noClasses()
          .that()
          .resideInAPackage(SERVICE + "..")
          .and()
          .resideOutsideOfPackage(SERVICE + ".drive..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("dev.doorbell.emulated..");

  @ArchTest
  static final ArchRule nativeCallsLiveInLinux =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.doorbell.linux..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("jnr..");

  @ArchTest
  static final ArchRule onlyTheCommandLinePrints =
      noClasses().that().resideOutsideOfPackage(SERVICE + ".cli..").should(ACCESS_STANDARD_STREAMS);

  @ArchTest static final ArchRule tracingKnowsNothingOfOurs = mayUseOfOurs("tracing");

  /** So that they are loaded only where tracing is switched on. */
  @ArchTest
  static final ArchRule onlyTracingKnowsItsLibraries =
      noClasses()
          .that()
          .resideOutsideOfPackage(SERVICE + ".tracing..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.opentelemetry..");

  @ArchTest
  static final ArchRule packagesHaveNoCycles =
      slices().matching("dev.doorbell.(**)").should().beFreeOfCycles();

  /** Classes of {@code user} may use their own package, those {@code used}, and foreign ones. */
  private static ArchRule mayUseOfOurs(String user, String... used) {
    String own = SERVICE + "." + user + "..";
    return noClasses()
        .that()
        .resideInAPackage(own)
        .should()
        .dependOnClassesThat(in("dev.doorbell..").and(DescribedPredicate.not(in(of(used, own)))));
  }

  private static ArchRule mayNotUse(String user, String... banned) {
    return noClasses()
        .that()
        .resideInAPackage(SERVICE + "." + user + "..")
        .should()
        .dependOnClassesThat(in(banned));
  }

  private static DescribedPredicate<JavaClass> in(String... packages) {
    return JavaClass.Predicates.resideInAnyPackage(packages);
  }

  private static String[] of(String[] some, String... more) {
    return Stream.concat(Arrays.stream(some), Arrays.stream(more)).toArray(String[]::new);
  }
}
