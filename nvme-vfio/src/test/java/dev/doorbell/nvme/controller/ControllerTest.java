package dev.doorbell.nvme.controller;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.doorbell.device.DeviceException;
import dev.doorbell.device.Interrupt;
import dev.doorbell.dma.DmaException;
import dev.doorbell.nvme.queue.Command;
import dev.doorbell.nvme.queue.QueuePair;
import dev.doorbell.nvme.spec.AdminOpcode;
import dev.doorbell.nvme.spec.ControllerRegisters;
import dev.doorbell.nvme.spec.Status;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ControllerTest {
  private final ScriptedDevice device = new ScriptedDevice();

  @Test
  void comesUpServesQueuesAndGoesDownInOrder() {
    Controller controller = open();
    assertSame(ControllerState.LIVE, controller.state());
    assertEquals(1, controller.namespaces().size());
    assertEquals(2, controller.info().ioQueues());
    assertEquals(64, controller.info().queueEntries());
    assertEquals(32 * 4096, controller.info().maxTransferBytes());
    controller.createIoQueue(4096);
    controller.createIoQueue(8192);
    assertThrows(NvmeException.class, () -> controller.createIoQueue(4096));
    device.opcodes.clear();
    controller.close();
    assertEquals(
        List.of(
            AdminOpcode.DELETE_IO_SQ,
            AdminOpcode.DELETE_IO_CQ,
            AdminOpcode.DELETE_IO_SQ,
            AdminOpcode.DELETE_IO_CQ),
        device.opcodes);
    assertClosed(controller);
    controller.close();
    assertThrows(NvmeException.class, () -> controller.createIoQueue(4096));
  }

  @ParameterizedTest
  @CsvSource({"0, 500", "1, 1000", "4, 2500", "255, 128000"})
  void aControllerThatIsNeverReadyIsGivenUpInTime(int timeout, long millis) {
    device.cap = ControllerRegisters.cap(1024, timeout, 0, 1, 0, 4);
    device.neverReady = true;
    NvmeException e = failsToOpen();
    assertTrue(e.getMessage().contains(millis + " ms"), e.getMessage());
    assertTrue(e.getMessage().contains("CSTS=0x0"), e.getMessage());
    assertTrue(device.nowMillis >= millis, "gave up after " + device.nowMillis);
    assertTrue(device.nowMillis <= millis + ScriptedDevice.IDLE_MILLIS, "" + device.nowMillis);
  }

  @Test
  void aControllerThatTurnsFatalWhileEnabledIsGivenUpAtOnce() {
    device.neverReady = true;
    device.onIdle = () -> device.csts |= device.nowMillis == 3 ? 2 : 0;
    NvmeException e = failsToOpen();
    assertTrue(e.getMessage().contains("CSTS=0x2"), e.getMessage());
    assertEquals(3, device.nowMillis);
  }

  @Test
  void aControllerThatTurnsFatalDuringACommandIsGivenUpAtOnce() {
    device.silentOpcode = AdminOpcode.IDENTIFY;
    device.onIdle = () -> device.csts |= 2;
    NvmeException e = failsToOpen();
    assertTrue(e.getMessage().contains("Identify controller"), e.getMessage());
    assertTrue(e.getMessage().contains("fatal"), e.getMessage());
  }

  @Test
  void aDeviceThatIsGoneIsSaidToBe() {
    device.gone = true;
    assertTrue(failsToOpen().getMessage().contains("gone"));
    assertEquals(0, device.mapper.maps());
  }

  @Test
  void aDeviceThatLeavesMeanwhileIsSaidToBeGone() {
    device.neverReady = true;
    device.onIdle = () -> device.gone = device.nowMillis >= 5;
    assertTrue(failsToOpen().getMessage().contains("gone"));
    assertEquals(5, device.nowMillis);
  }

  @Test
  void anEnableThatAnotherDriverBeganIsAwaited() {
    device.cc = ControllerRegisters.CC_ENABLE;
    device.onIdle = () -> device.csts |= device.nowMillis == 40 ? 1 : 0;
    open().close();
    assertTrue(device.nowMillis >= 40);
  }

  @Test
  void anEnableThatNeverEndsIsGivenUpInTimeAndUndone() {
    device.cc = ControllerRegisters.CC_ENABLE;
    NvmeException e = failsToOpen();
    assertTrue(e.getMessage().contains("2500 ms"), e.getMessage());
    assertEquals(0, device.cc & ControllerRegisters.CC_ENABLE);
    assertDoesNotThrow(this::open);
  }

  @Test
  void aFatalStatusFoundAtStartIsCuredByDisabling() {
    device.cc = ControllerRegisters.CC_ENABLE;
    device.csts = ControllerRegisters.CSTS_FATAL;
    assertSame(ControllerState.LIVE, open().state());
    assertEquals(0, device.nowMillis);
  }

  @Test
  void aControllerThatCannotBeDisabledIsReset() {
    device.cc = ControllerRegisters.CC_ENABLE;
    device.csts = ControllerRegisters.CSTS_READY;
    device.neverDisabled = true;
    NvmeException e = failsToOpen();
    assertTrue(e.getMessage().contains("CSTS=0x1"), e.getMessage());
    assertEquals(1, device.resets);
  }

  @Test
  void pagesLargerThanTheHostsAreUsedWhereTheControllerDemandsThem() {
    device.cap = ControllerRegisters.cap(1024, 4, 0, 1, 2, 4);
    assertEquals(16384, open().info().pageSize());
    assertEquals(2, device.cc >>> 7 & 0xF);
  }

  @Test
  void aControllerWithoutACommonPageSizeIsRefused() {
    device.cap = ControllerRegisters.cap(1024, 4, 0, 1, 3, 1);
    assertTrue(failsToOpen().getMessage().contains("page size"));
  }

  @Test
  void aControllerWithoutTheNvmCommandSetIsRefused() {
    device.cap = ControllerRegisters.cap(1024, 4, 0, 0x80, 0, 4);
    assertTrue(failsToOpen().getMessage().contains("CAP.CSS=0x80"));
  }

  @ParameterizedTest
  @ValueSource(ints = {AdminOpcode.IDENTIFY, AdminOpcode.SET_FEATURES})
  void aRefusedCommandEndsTheOpenAndReleasesAll(int opcode) {
    device.failingOpcode = opcode;
    NvmeException e = failsToOpen();
    assertEquals(Status.INTERNAL_ERROR, e.status());
  }

  @ParameterizedTest
  @ValueSource(ints = {AdminOpcode.IDENTIFY, AdminOpcode.SET_FEATURES})
  void aCommandWithoutAnAnswerEndsTheOpenInTime(int opcode) {
    device.silentOpcode = opcode;
    assertTrue(failsToOpen().getMessage().contains("5000 ms"));
    assertTrue(device.nowMillis <= 5000 + ScriptedDevice.IDLE_MILLIS);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void aRefusedMappingEndsTheOpenAndReleasesAll(int n) {
    device.mapper.refuseFrom(n);
    assertThrows(DmaException.class, this::open);
    assertEquals(n, device.mapper.maps());
    assertEquals(0, device.mapper.mapped());
  }

  @Test
  void refusedInterruptsEndTheOpen() {
    device.refuseInterrupts = true;
    assertThrows(DeviceException.class, this::open);
    assertEquals(0, device.mapper.mapped());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void aQueueWhoseMemoryIsNotMappedLeavesNothingBehind(int n) {
    Controller controller = open();
    int before = device.mapper.mapped();
    device.mapper.refuseFrom(device.mapper.maps() + n);
    assertThrows(DmaException.class, () -> controller.createIoQueue(4096));
    assertEquals(before, device.mapper.mapped());
    device.mapper.refuseFrom(Integer.MAX_VALUE);
    controller.createIoQueue(4096);
    controller.close();
    assertClosed(controller);
  }

  @ParameterizedTest
  @ValueSource(ints = {AdminOpcode.CREATE_IO_CQ, AdminOpcode.CREATE_IO_SQ})
  void aQueueThatTheControllerRefusesLeavesNothingBehind(int opcode) {
    Controller controller = open();
    int before = device.mapper.mapped();
    device.failingOpcode = opcode;
    assertThrows(NvmeException.class, () -> controller.createIoQueue(4096));
    assertEquals(before, device.mapper.mapped());
    device.failingOpcode = -1;
    assertEquals(1, controller.createIoQueue(4096).queue().id());
    controller.close();
    assertClosed(controller);
  }

  @Test
  void closeEndsInTimeThoughTheDeviceHasLeft() {
    Controller controller = open();
    controller.createIoQueue(4096);
    device.gone = true;
    controller.close();
    assertSame(ControllerState.CLOSED, controller.state());
    assertEquals(0, device.mapper.mapped());
    assertEquals(0, device.nowMillis);
  }

  @Test
  void anArenaThatCannotBeDividedIsRefusedBeforeTheControllerKnowsTheQueue() {
    Controller controller = open();
    int before = device.mapper.mapped();
    device.opcodes.clear();
    assertThrows(IllegalArgumentException.class, () -> controller.createIoQueue(3 * 4096));
    assertEquals(List.of(), device.opcodes);
    assertEquals(before, device.mapper.mapped());
  }

  @ParameterizedTest
  @ValueSource(ints = {AdminOpcode.CREATE_IO_CQ, AdminOpcode.CREATE_IO_SQ})
  void memoryOfAQueueThatMayExistStaysMappedUntilTheControllerIsDisabled(int opcode) {
    Controller controller = open();
    int before = device.mapper.mapped();
    device.silentOpcode = opcode;
    assertThrows(NvmeException.class, () -> controller.createIoQueue(4096));
    assertEquals(before + 2, device.mapper.mapped());
    device.silentOpcode = -1;
    controller.close();
    assertClosed(controller);
  }

  @Test
  void memoryOfACompletionQueueThatWasNotDeletedStaysMapped() {
    Controller controller = open();
    int before = device.mapper.mapped();
    device.failingOpcode = AdminOpcode.CREATE_IO_SQ;
    device.silentOpcode = AdminOpcode.DELETE_IO_CQ;
    assertThrows(NvmeException.class, () -> controller.createIoQueue(4096));
    assertEquals(before + 2, device.mapper.mapped());
    controller.close();
    assertClosed(controller);
  }

  @Test
  void closeWaitsForOneDeleteWithoutAnAnswerNotForAll() {
    Controller controller = open();
    controller.createIoQueue(4096);
    controller.createIoQueue(4096);
    device.silentOpcode = AdminOpcode.DELETE_IO_SQ;
    controller.close();
    assertClosed(controller);
    assertTrue(device.nowMillis <= 5000 + ScriptedDevice.IDLE_MILLIS, "" + device.nowMillis);
  }

  @Test
  void closeDoesNotThrowWhateverTheSystemRefuses() {
    Controller controller = open();
    controller.createIoQueue(4096);
    device.mapper.refuseUnmap(true);
    controller.close();
    assertSame(ControllerState.CLOSED, controller.state());
  }

  @Test
  void closeReleasesAllThoughACompletionSubmitsAgain() {
    Controller controller = open();
    QueuePair pair = controller.createIoQueue(4096).queue().pair();
    controller.createIoQueue(4096);
    pair.plug();
    pair.submit(
        new Command() {
          @Override
          protected void completed(int status, long result) {
            pair.submit(this);
          }
        });
    controller.close();
    assertClosed(controller);
  }

  @Test
  void aFailedOpenTellsItsCauseThoughTheReleaseFailsToo() {
    device.failingOpcode = AdminOpcode.IDENTIFY;
    device.mapper.refuseUnmap(true);
    NvmeException e = assertThrows(NvmeException.class, this::open);
    assertEquals(Status.INTERNAL_ERROR, e.status());
  }

  @Test
  void anEnableThatAnotherDriverBeganAndThatTurnsFatalIsCuredByDisabling() {
    device.cc = ControllerRegisters.CC_ENABLE;
    device.onIdle = () -> device.csts |= device.nowMillis == 40 ? 2 : 0;
    assertSame(ControllerState.LIVE, open().state());
    assertEquals(40, device.nowMillis);
  }

  @Test
  void aNamespaceThatCannotBeServedIsNoReasonToRefuseTheOthers() {
    device.active = List.of(1, 3, 7);
    device.withMetadata = List.of(3);
    Controller controller = open();
    assertEquals(List.of(1, 7), controller.namespaces().stream().map(NamespaceInfo::id).toList());
    assertEquals(7, controller.namespace(7).id());
    NvmeException e = assertThrows(NvmeException.class, () -> controller.namespace(3));
    assertTrue(
        e.getMessage().startsWith("nvme0: namespace 3 carries 8 bytes of metadata"),
        e.getMessage());
    e = assertThrows(NvmeException.class, () -> controller.namespace(2));
    assertEquals("nvme0: there is no namespace 2; there are: 1, 3, 7", e.getMessage());
    assertThrows(NvmeException.class, () -> controller.namespace(0x1_0000_0001L));
  }

  @Test
  void aControllerWithoutNamespacesSaysSo() {
    device.active = List.of();
    Controller controller = open();
    NvmeException e = assertThrows(NvmeException.class, () -> controller.namespace(1));
    assertTrue(e.getMessage().contains("nor any other"), e.getMessage());
  }

  @Test
  void nobodySilencesAVectorThatSeveralQueuesShare() {
    device.vectors = 2;
    Controller controller = open();
    Interrupt first = controller.createIoQueue(4096).interrupt();
    Interrupt second = controller.createIoQueue(4096).interrupt();
    // Vectors 1 and 0: the admin queue, which is polled, has vector 0, too.
    first.mask();
    second.mask();
    assertEquals(List.of("mask 1", "mask 0"), device.interruptCalls);
    controller.close();

    device.vectors = 1;
    device.interruptCalls.clear();
    controller = open();
    first = controller.createIoQueue(4096).interrupt();
    second = controller.createIoQueue(4096).interrupt();
    first.mask();
    first.unmask();
    second.mask();
    assertEquals(List.of("unmask 0"), device.interruptCalls);
    controller.close();
  }

  private Controller open() {
    return Controller.open(device, device.options());
  }

  private NvmeException failsToOpen() {
    NvmeException e = assertThrows(NvmeException.class, this::open);
    assertTrue(e.getMessage().startsWith("nvme0: "), e.getMessage());
    assertEquals(0, device.mapper.mapped(), "still mapped after a failed open");
    return e;
  }

  private void assertClosed(Controller controller) {
    assertSame(ControllerState.CLOSED, controller.state());
    assertEquals(0, device.mapper.mapped());
    assertEquals(0, device.cc & ControllerRegisters.CC_ENABLE);
  }
}
