package dev.doorbell.nvme.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StatusTest {
  /** Type, code, errno and name, from the status code tables of 4.6.1.2. */
  @ParameterizedTest
  @CsvSource({
    "0, 00, 0, Successful Completion",
    "0, 01, 38, Invalid Command Opcode",
    "0, 02, 22, Invalid Field in Command",
    "0, 03, 5, Command ID Conflict",
    "0, 04, 5, Data Transfer Error",
    "0, 05, 5, Commands Aborted due to Power Loss Notification",
    "0, 06, 5, Internal Error",
    "0, 07, 5, Command Abort Requested",
    "0, 08, 5, Command Aborted due to SQ Deletion",
    "0, 0B, 5, Invalid Namespace or Format",
    "0, 0C, 5, Command Sequence Error",
    "0, 13, 5, PRP Offset Invalid",
    "0, 20, 5, Namespace is Write Protected",
    "0, 80, 5, LBA Out of Range",
    "0, 81, 5, Capacity Exceeded",
    "0, 82, 5, Namespace Not Ready",
    "1, 00, 5, Completion Queue Invalid",
    "1, 01, 5, Invalid Queue Identifier",
    "1, 02, 5, Invalid Queue Size",
    "1, 03, 5, Abort Command Limit Exceeded",
    "1, 05, 5, Asynchronous Event Request Limit Exceeded",
    "1, 08, 5, Invalid Interrupt Vector",
    "1, 09, 5, Invalid Log Page",
    "1, 0C, 5, Invalid Queue Deletion",
    "1, 0D, 5, Feature Identifier Not Saveable",
    "1, 0E, 5, Feature Not Changeable",
    "1, 0F, 5, Feature Not Namespace Specific",
    "1, 82, 5, Attempted Write to Read Only Range",
    "2, 80, 5, Write Fault",
    "2, 81, 5, Unrecovered Read Error",
    "2, 85, 5, Compare Failure",
    "2, 86, 5, Access Denied",
    "2, 87, 5, Deallocated or Unwritten Logical Block",
    "3, 00, 5, 'Status code type 3, code 00h'",
    "7, FF, 5, 'Status code type 7, code FFh'",
  })
  void namesAndErrnoOfEachCode(int sct, String sc, int errno, String name) {
    int status = sct << 8 | Integer.parseInt(sc, 16);
    assertEquals(name, Status.name(status));
    assertEquals(errno, Status.errno(status));
    assertEquals(name, Status.name(status | Status.DNR | Status.MORE), "with DNR and More");
    assertEquals(errno, Status.errno(status | Status.DNR | Status.MORE), "with DNR and More");
  }

  @ParameterizedTest
  @CsvSource({"100", "200", "300", "700", "001", "7FF"})
  void aStatusCodeTypeAloneIsAnError(String hex) {
    assertTrue(Status.isError(Integer.parseInt(hex, 16)));
  }

  @Test
  void successWithRetryHintsIsNoError() {
    assertFalse(Status.isError(Status.SUCCESS));
    // CRD 12:11, M 13 and DNR 14 qualify a status, they are not one.
    assertFalse(Status.isError(0x7800));
  }

  @Test
  void fieldsComeFromTheirBits() {
    // DNR 14, M 13, CRD 12:11 = 00b, SCT 10:8 = 2h, SC 7:0 = 81h
    assertEquals(0x6281, Status.UNRECOVERED_READ_ERROR | Status.DNR | Status.MORE);
    assertEquals(2, Status.sct(0x6281));
    assertEquals(0x81, Status.sc(0x6281));
    assertEquals(0x281, Status.code(0x6281));
    assertEquals(0x281, Status.code(0x7A81), "CRD is not part of the code");
    assertTrue(Status.doNotRetry(0x4000));
    assertFalse(Status.doNotRetry(0x3FFF));
    assertTrue(Status.more(0x2000));
    assertFalse(Status.more(0x5FFF));
  }

  @Test
  void typesHaveTheirNumbers() {
    assertEquals(0, Status.SCT_GENERIC);
    assertEquals(1, Status.SCT_COMMAND_SPECIFIC);
    assertEquals(2, Status.SCT_MEDIA);
    assertEquals(3, Status.SCT_PATH);
    assertEquals(7, Status.SCT_VENDOR);
  }
}
