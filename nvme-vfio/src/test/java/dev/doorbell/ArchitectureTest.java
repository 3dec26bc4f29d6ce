package dev.doorbell;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.GeneralCodingRules;
import java.util.Arrays;
import java.util.stream.Stream;

/**
 * Which package of the library may use which other one.
 *
 * <p>The arrows keep the emulated controller an independent oracle (it shares only {@code spec}
 * with the driver), native calls in one place, and the driver free of what is behind the {@code
 * device} port. A package that does not exist breaks no rule.
 */
@AnalyzeClasses(packages = "dev.doorbell", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {
  private static final String ROOT = "dev.doorbell.";

  @ArchTest static final ArchRule specStandsAlone = mayUse("nvme.spec");

  @ArchTest static final ArchRule linuxStandsAlone = mayUse("linux");

  @ArchTest static final ArchRule dmaStandsAlone = mayUse("dma");

  @ArchTest static final ArchRule deviceUsesDma = mayUse("device", "dma");

  @ArchTest static final ArchRule vfioKnowsNoNvme = mayUse("vfio", "device", "dma", "linux");

  @ArchTest static final ArchRule queueKnowsNoDevice = mayUse("nvme.queue", "nvme.spec", "dma");

  @ArchTest
  static final ArchRule controllerKnowsNoImplementationOfADevice =
      mayUse("nvme.controller", "nvme.queue", "nvme.spec", "device", "dma");

  @ArchTest
  static final ArchRule zonedIsBuiltOnTheQueues =
      mayUse("nvme.zoned", "nvme.controller", "nvme.queue", "nvme.spec", "dma");

  @ArchTest
  static final ArchRule emulatedSharesOnlyTheSpecWithTheDriver =
      mayUse("emulated", "nvme.spec", "device", "dma", "linux");

  @ArchTest
  static final ArchRule facadeUsesAnyOfThem =
      mayUse(
          "nvme",
          "nvme.spec",
          "nvme.queue",
          "nvme.controller",
          "nvme.zoned",
          "device",
          "dma",
          "linux",
          "vfio",
          "emulated");

  @ArchTest
  static final ArchRule nativeCallsLiveInLinux =
      noClasses()
          .that()
          .resideOutsideOfPackage(ROOT + "linux..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("jnr..")
          .allowEmptyShould(true);

  /** {@code dma} and {@code linux} turn memory into buffers and back with {@code MemoryIO}. */
  @ArchTest
  static final ArchRule rawMemoryLivesInLinuxAndDma =
      noClasses()
          .that()
          .resideOutsideOfPackages(ROOT + "linux..", ROOT + "dma..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("com.kenai..")
          .allowEmptyShould(true);

  @ArchTest
  static final ArchRule dmaTakesOnlyMemoryFromTheNativeLibrary =
      noClasses()
          .that()
          .resideInAPackage(ROOT + "dma..")
          .should()
          .dependOnClassesThat(
              JavaClass.Predicates.resideInAPackage("com.kenai..")
                  .and(
                      DescribedPredicate.not(
                          JavaClass.Predicates.equivalentTo(com.kenai.jffi.MemoryIO.class))))
          .allowEmptyShould(true);

  @ArchTest
  static final ArchRule aLibraryDoesNotPrint =
      GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS.allowEmptyShould(true);

  @ArchTest
  static final ArchRule packagesHaveNoCycles =
      slices().matching(ROOT + "(**)").should().beFreeOfCycles().allowEmptyShould(true);

  /** Classes of {@code user} may use their own package, those {@code used}, and foreign ones. */
  private static ArchRule mayUse(String user, String... used) {
    String[] allowed =
        Stream.concat(Stream.of(user), Arrays.stream(used))
            .map(ArchitectureTest::withSubpackages)
            .toArray(String[]::new);
    return noClasses()
        .that()
        .resideInAPackage(withSubpackages(user))
        .should()
        .dependOnClassesThat(
            JavaClass.Predicates.resideInAPackage("dev.doorbell..")
                .and(JavaClass.Predicates.resideOutsideOfPackages(allowed)))
        .allowEmptyShould(true);
  }

  /** The façade is one package: those below it have rules of their own. */
  private static String withSubpackages(String name) {
    return name.equals("nvme") ? ROOT + name : ROOT + name + "..";
  }
}
