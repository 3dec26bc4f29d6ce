package dev.doorbell.vfio;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.doorbell.device.DeviceException;
import dev.doorbell.device.Interrupt;
import dev.doorbell.dma.DmaMemory;
import dev.doorbell.linux.Errno;
import dev.doorbell.linux.MemoryLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class VfioTest {
  private static final PciAddress ADDRESS = PciAddress.parse("0000:03:00.0").orElseThrow();
  private static final PciAddress SECOND = PciAddress.parse("0000:03:00.1").orElseThrow();

  @TempDir Path directory;

  private final FakeKernel kernel = new FakeKernel();
  private boolean allowNoIommu;

  private FakeSysfs sysfs() {
    return new FakeSysfs(directory.resolve("sys"));
  }

  private FakeSysfs bound() {
    return sysfs().function("0000:03:00.0", 0x010802, 12, "vfio-pci");
  }

  private Vfio vfio(FakeSysfs sysfs) {
    return new Vfio(kernel, sysfs.pci(), new OpenFiles(directory.resolve("proc")), allowNoIommu);
  }

  private String refusal(FakeSysfs sysfs) {
    DeviceException e = assertThrows(DeviceException.class, () -> vfio(sysfs).open(ADDRESS));
    assertTrue(kernel.nothingLeft(), "left open: " + kernel.calls);
    assertTrue(e.getMessage().startsWith("0000:03:00.0: "), e.getMessage());
    return e.getMessage().substring("0000:03:00.0: ".length());
  }

  @Test
  void opensInTheOrderTheKernelWantsAndReleasesEverything() {
    VfioDevice device = vfio(bound()).open(ADDRESS);
    assertEquals(
        List.of(
            "open /dev/vfio/vfio",
            "VFIO_GET_API_VERSION",
            "VFIO_CHECK_EXTENSION",
            "open /dev/vfio/12",
            "VFIO_GROUP_GET_STATUS",
            "VFIO_GROUP_SET_CONTAINER",
            "VFIO_SET_IOMMU"),
        kernel.calls.subList(0, 7));
    assertEquals(VfioAbi.TYPE1_V2_IOMMU, kernel.iommuChosen);
    assertEquals(0x6, kernel.config.getShort(4), "memory and bus mastering");
    device.dma().map(DmaMemory.allocate(8192));
    device.enableInterrupts(3);
    device.close();
    assertEquals(0, kernel.config.getShort(4) & 4, "bus mastering after close");
    assertTrue(kernel.nothingLeft(), "left: " + kernel.calls);
    device.close();
  }

  @Test
  void hearsThatTheSystemWantsTheDeviceBack() {
    VfioDevice device = vfio(bound()).open(ADDRESS);
    assertFalse(device.removalRequested());
    kernel.eventFds.get(kernel.removalRequest).signal();
    assertTrue(device.removalRequested());
    assertTrue(device.removalRequested(), "the request stays");
    device.close();
    assertTrue(kernel.nothingLeft(), "left: " + kernel.calls);
  }

  @Test
  void aKernelThatNeverAsksForDevicesWillDo() {
    kernel.irqs = 3;
    VfioDevice device = vfio(bound()).open(ADDRESS);
    assertFalse(device.removalRequested());
    device.close();
    assertTrue(kernel.nothingLeft());
  }

  @Test
  void takesTheOlderKindOfIommuWhereThereIsNoOther() {
    kernel.iommus = List.of(VfioAbi.TYPE1_IOMMU);
    vfio(bound()).open(ADDRESS);
    assertEquals(VfioAbi.TYPE1_IOMMU, kernel.iommuChosen);
  }

  @Test
  void neverTakesNoIommuUnasked() {
    kernel.iommus = List.of(VfioAbi.NOIOMMU_IOMMU);
    DeviceException e = assertThrows(DeviceException.class, () -> vfio(bound()).open(ADDRESS));
    assertTrue(e.getMessage().contains("modprobe vfio_iommu_type1"), e.getMessage());
    assertTrue(kernel.nothingLeft());
  }

  static Stream<Arguments> stepsOfOpen() {
    return Stream.of(
            "open /dev/vfio/vfio",
            "VFIO_GET_API_VERSION",
            "VFIO_CHECK_EXTENSION",
            "open /dev/vfio/12",
            "VFIO_GROUP_GET_STATUS",
            "VFIO_GROUP_SET_CONTAINER",
            "VFIO_SET_IOMMU",
            "VFIO_IOMMU_GET_INFO",
            "VFIO_GROUP_GET_DEVICE_FD",
            "VFIO_DEVICE_GET_INFO",
            "VFIO_DEVICE_GET_REGION_INFO",
            "VFIO_DEVICE_GET_IRQ_INFO",
            "pread",
            "pwrite",
            "mmap")
        .map(Arguments::of);
  }

  @ParameterizedTest
  @MethodSource("stepsOfOpen")
  void aStepThatFailsLeavesNothingOpen(String call) {
    FakeSysfs sysfs = bound();
    for (int nth = 0; nth < 3; nth++) {
      kernel.reset();
      kernel.failOnce(call, nth, Errno.EIO);
      try {
        vfio(sysfs).open(ADDRESS).close();
        assertTrue(nth > 0, call + " was not called");
        break;
      } catch (DeviceException e) {
        assertTrue(e.getMessage().contains("EIO"), e.getMessage());
      }
      assertTrue(kernel.nothingLeft(), call + " " + nth + ": " + kernel.calls);
    }
    assertTrue(kernel.nothingLeft(), call + ": " + kernel.calls);
  }

  @Test
  void saysThatThereIsNoSuchDevice() {
    assertEquals("no such PCI function; 'doorbell devices' lists what there is", refusal(sysfs()));
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      delimiter = '|',
      value = {
        "nvme|it belongs to the kernel driver nvme; give it to VFIO: deploy/bin/vfio-bind"
            + " 0000:03:00.0",
        "-|it is bound to no driver; give it to VFIO: deploy/bin/vfio-bind 0000:03:00.0"
      })
  void saysHowToBind(String driver, String message) {
    assertEquals(message, refusal(sysfs().function("0000:03:00.0", 0x010802, 12, driver)));
  }

  @Test
  void saysHowToTurnTheIommuOn() {
    String message = refusal(sysfs().function("0000:03:00.0", 0x010802, -1, "nvme"));
    assertTrue(message.contains("intel_iommu=on or amd_iommu=on"), message);
  }

  @Test
  void aGroupWithoutAnIommuIsRefusedUnlessAllowed() throws Exception {
    FakeSysfs sysfs = bound().groupName(12, "vfio-noiommu");
    assertTrue(refusal(sysfs).contains("no IOMMU"));
    assertEquals(List.of(), kernel.calls);
  }

  @Test
  void namesTheMembersThatBlockAGroup() {
    FakeSysfs sysfs =
        bound()
            .function("0000:03:00.1", 0x0C0330, 12, "xhci_hcd")
            .function("0000:03:00.2", 0x0C0330, 12, null)
            .function("0000:00:01.0", 0x060400, 12, "pcieport")
            .function("0000:00:02.0", 0x060400, 12, "odd_bridge")
            .function("0000:03:00.3", 0x040300, 12, "snd_hda_intel");
    assertEquals(
        "IOMMU group 12 is not viable, all its members must be free: these have drivers of their"
            + " own: 0000:03:00.1 (xhci_hcd), 0000:03:00.3 (snd_hda_intel); unbind them, or give"
            + " them to VFIO too: deploy/bin/vfio-bind 0000:03:00.1; deploy/bin/vfio-bind"
            + " 0000:03:00.3",
        refusal(sysfs));
  }

  @Test
  void saysSoWhenOnlyTheKernelFindsTheGroupNotViable() {
    kernel.viable = false;
    String message = refusal(bound());
    assertTrue(message.startsWith("IOMMU group 12 is not viable"), message);
    assertTrue(message.contains("0000:03:00.0 (vfio-pci)"), message);
  }

  @Test
  void namesTheProcessThatHasTheGroup() throws Exception {
    Path process = directory.resolve("proc/4711");
    Files.createDirectories(process.resolve("fd"));
    Files.writeString(process.resolve("comm"), "qemu\n");
    Files.createSymbolicLink(process.resolve("fd/7"), Path.of("/dev/vfio/12"));
    kernel.fail("open /dev/vfio/12", Errno.EBUSY);
    assertEquals(
        "already in use: another process holds /dev/vfio/12: qemu (4711); stop it first",
        refusal(bound()));
  }

  @ParameterizedTest
  @CsvSource({"/dev/vfio/12", "/dev/vfio/vfio"})
  void saysHowToGetPermission(String path) {
    kernel.fail("open " + path, Errno.EACCES);
    String message = refusal(bound());
    assertTrue(message.startsWith("no permission to open " + path + ";"), message);
    assertTrue(message.contains("udev rule"), message);
    assertTrue(message.contains("chgrp vfio " + path), message);
  }

  @Test
  void saysWhichModuleIsMissing() {
    kernel.fail("open /dev/vfio/vfio", Errno.ENOENT);
    String message = refusal(bound());
    assertTrue(message.contains("modprobe vfio-pci"), message);
  }

  @Test
  void saysWhatToDoWhereInterruptsCannotBeRemapped() {
    kernel.fail("VFIO_SET_IOMMU", Errno.EPERM);
    assertTrue(refusal(bound()).contains("allow_unsafe_interrupts"));
  }

  @Test
  void anotherVersionOfTheInterfaceIsRefused() {
    kernel.apiVersion = 1;
    DeviceException e = assertThrows(DeviceException.class, () -> vfio(bound()).open(ADDRESS));
    assertTrue(e.getMessage().contains("version 1"), e.getMessage());
    assertTrue(kernel.nothingLeft());
  }

  @ParameterizedTest
  @CsvSource({"0, 9, 5, not a PCI", "2, 7, 5, 7 regions", "2, 9, 2, 2 kinds"})
  void aDescriptionThatMakesNoSenseIsRefused(int flags, int regions, int irqs, String what) {
    kernel.deviceFlags = flags;
    kernel.regions = regions;
    kernel.irqs = irqs;
    assertTrue(refusal(bound()).contains(what));
  }

  @Test
  void twoFunctionsOfOneGroupShareIt() {
    Vfio vfio = vfio(bound().function("0000:03:00.1", 0x010802, 12, "vfio-pci"));
    VfioDevice first = vfio.open(ADDRESS);
    VfioDevice second = vfio.open(SECOND);
    assertEquals(1, kernel.calls.stream().filter("open /dev/vfio/12"::equals).count());
    first.close();
    second.dma().map(DmaMemory.allocate(4096));
    assertEquals(1, kernel.dma.size());
    second.close();
    assertTrue(kernel.nothingLeft());
    vfio.open(ADDRESS).close();
    assertEquals(2, kernel.calls.stream().filter("open /dev/vfio/12"::equals).count());
  }

  @Test
  void aFunctionIsNotOpenedTwice() {
    Vfio vfio = vfio(bound());
    VfioDevice first = vfio.open(ADDRESS);
    DeviceException e = assertThrows(DeviceException.class, () -> vfio.open(ADDRESS));
    assertTrue(e.getMessage().contains("already in use: by this process"), e.getMessage());
    first.close();
    vfio.open(ADDRESS).close();
    assertTrue(kernel.nothingLeft());
  }

  @Test
  void resetsWhereTheFunctionCanBe() {
    VfioDevice device = vfio(bound()).open(ADDRESS);
    device.reset();
    assertEquals(1, kernel.resets);
    assertEquals(0x6, kernel.config.getShort(4), "a reset turns bus mastering off");
    device.close();
    kernel.deviceFlags = VfioAbi.DEVICE_PCI;
    VfioDevice other = vfio(bound2()).open(ADDRESS);
    assertThrows(DeviceException.class, other::reset);
    other.close();
  }

  private FakeSysfs bound2() {
    return new FakeSysfs(directory.resolve("sys2"))
        .function("0000:03:00.0", 0x010802, 12, "vfio-pci");
  }

  @Test
  void aLimitOnLockedMemoryIsSaidWithTheFigure() {
    kernel.lock = new MemoryLock(8 << 20, 1 << 20);
    Vfio vfio = vfio(bound());
    vfio.requireLockable(7 << 20);
    DeviceException e =
        assertThrows(DeviceException.class, () -> vfio.requireLockable((7 << 20) + 1));
    assertTrue(e.getMessage().contains("8192 KiB allowed, 1024 KiB in use"), e.getMessage());
    assertTrue(e.getMessage().contains("to 8193 KiB at least"), e.getMessage());
  }

  @Test
  void routesMsixVectorsAndTurnsThemOff() {
    VfioDevice device = vfio(bound()).open(ADDRESS);
    assertEquals(16, device.interruptVectors());
    Interrupt[] interrupts = device.enableInterrupts(3);
    assertEquals(VfioAbi.MSIX_IRQ, kernel.routedIndex);
    assertArrayEquals(
        new int[] {interrupts[0].fd(), interrupts[1].fd(), interrupts[2].fd()}, kernel.routed);
    interrupts[0].mask();
    interrupts[0].unmask();
    assertEquals(0, kernel.unmasks);
    assertEquals(2, device.enableInterrupts(2).length);
    assertEquals(5, device.enableInterrupts(5).length);
    assertEquals(5, kernel.routed.length);
    device.close();
    assertTrue(kernel.nothingLeft());
  }

  @Test
  void theMsixTableBoundsTheVectors() {
    kernel.msix(FakeKernel.MSIX_CAP, 4, 0, 0x2000);
    VfioDevice device = vfio(bound()).open(ADDRESS);
    assertEquals(4, device.interruptVectors());
    assertThrows(DeviceException.class, () -> device.enableInterrupts(5));
    assertThrows(DeviceException.class, () -> device.enableInterrupts(0));
  }

  @Test
  void takesFewerVectorsWhereTheMachineHasNoMore() {
    kernel.vectorsAvailable = 2;
    VfioDevice device = vfio(bound()).open(ADDRESS);
    assertEquals(2, device.enableInterrupts(5).length);
    assertEquals(2, kernel.routed.length);
    device.close();
    assertTrue(kernel.nothingLeft());
  }

  @Test
  void takesMsiWhereThereIsNoMsix() {
    kernel.irqCounts = new int[] {1, 4, 0, 0, 0};
    VfioDevice device = vfio(bound()).open(ADDRESS);
    assertEquals("MSI", device.interruptKind());
    assertEquals(4, device.enableInterrupts(4).length);
    assertEquals(VfioAbi.MSI_IRQ, kernel.routedIndex);
  }

  @Test
  void fallsBackToIntxWhichEndsEachInterruptByUnmasking() {
    kernel.fail("route " + VfioAbi.MSIX_IRQ, Errno.EINVAL);
    VfioDevice device = vfio(bound()).open(ADDRESS);
    Interrupt[] interrupts = device.enableInterrupts(5);
    assertEquals(1, interrupts.length);
    assertEquals("INTx", device.interruptKind());
    interrupts[0].mask();
    assertEquals(0, kernel.unmasks);
    interrupts[0].unmask();
    interrupts[0].unmask();
    assertEquals(2, kernel.unmasks);
    device.close();
    interrupts[0].unmask();
    assertTrue(kernel.nothingLeft());
  }

  @Test
  void refusedInterruptsLeaveNothingBehind() {
    kernel.irqCounts = new int[] {0, 0, 16, 0, 0};
    kernel.fail("route " + VfioAbi.MSIX_IRQ, Errno.ENOSPC);
    VfioDevice device = vfio(bound()).open(ADDRESS);
    DeviceException e = assertThrows(DeviceException.class, () -> device.enableInterrupts(5));
    assertTrue(e.getMessage().contains("5 MSI-X vectors"), e.getMessage());
    device.close();
    assertTrue(kernel.nothingLeft());
  }
}
