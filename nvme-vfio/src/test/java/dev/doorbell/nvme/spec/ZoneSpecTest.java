package dev.doorbell.nvme.spec;

import static dev.doorbell.nvme.spec.GoldenBytes.AT;
import static dev.doorbell.nvme.spec.GoldenBytes.dirty;
import static dev.doorbell.nvme.spec.GoldenBytes.hex;
import static dev.doorbell.nvme.spec.GoldenBytes.put;
import static dev.doorbell.nvme.spec.GoldenBytes.zeroed;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** The Zoned Namespace Command Set's numbers and layouts, from revision 1.1 of the standard. */
class ZoneSpecTest {
  @Test
  void opcodesAndActions() {
    assertEquals(0x79, ZoneCommand.MANAGEMENT_SEND);
    assertEquals(0x7A, ZoneCommand.MANAGEMENT_RECEIVE);
    assertEquals(0x7D, ZoneCommand.APPEND);
    assertEquals(0x01, ZoneAction.CLOSE.code());
    assertEquals(0x02, ZoneAction.FINISH.code());
    assertEquals(0x03, ZoneAction.OPEN.code());
    assertEquals(0x04, ZoneAction.RESET.code());
    assertEquals(0x05, ZoneAction.OFFLINE.code());
    assertEquals(0x10, ZoneAction.SET_DESCRIPTOR_EXTENSION.code());
    assertNull(ZoneAction.ofCode(0));
    assertNull(ZoneAction.ofCode(-1));
    assertEquals(ZoneAction.RESET, ZoneAction.ofCode(4));
  }

  @Test
  void dwords() {
    assertEquals(0x104, ZoneCommand.sendCdw13(ZoneAction.RESET, true));
    assertEquals(0x010, ZoneCommand.sendCdw13(ZoneAction.SET_DESCRIPTOR_EXTENSION, false));
    assertEquals(0x0001_0501, ZoneCommand.receiveCdw13(1, 5, true));
    assertEquals(5, ZoneCommand.receiveFilter(0x0001_0501));
    assertEquals(1, ZoneCommand.receiveAction(0x0001_0501));
    assertTrue(ZoneCommand.partial(0x0001_0501));
    assertFalse(ZoneCommand.partial(0x0000_0501));
    assertEquals(1023, ZoneCommand.dwords(4096));
    assertEquals(4096, ZoneCommand.bytes(1023));
    assertEquals(1L << 34, ZoneCommand.bytes(-1));
  }

  @Test
  void conditionsAndFilters() {
    int[] codes = {0x1, 0x2, 0x3, 0x4, 0xD, 0xE, 0xF};
    int[] filters = {1, 2, 3, 4, 6, 5, 7};
    for (ZoneCondition condition : ZoneCondition.values()) {
      assertEquals(codes[condition.ordinal()], condition.code());
      assertEquals(filters[condition.ordinal()], ZoneCommand.filter(condition));
      assertEquals(condition, ZoneCondition.ofCode(condition.code()));
      assertEquals(condition, ZoneCommand.filtered(ZoneCommand.filter(condition)));
      assertEquals(condition, ZoneCondition.ofLabel(condition.label()));
    }
    for (int code : new int[] {0, 5, 0xC, 16, -1}) {
      assertNull(ZoneCondition.ofCode(code));
    }
    assertNull(ZoneCommand.filtered(0));
    assertNull(ZoneCommand.filtered(8));
  }

  @Test
  void statuses() {
    assertEquals(0x1B8, Status.ZONE_BOUNDARY_ERROR);
    assertEquals(0x1B9, Status.ZONE_IS_FULL);
    assertEquals(0x1BA, Status.ZONE_IS_READ_ONLY);
    assertEquals(0x1BB, Status.ZONE_IS_OFFLINE);
    assertEquals(0x1BC, Status.ZONE_INVALID_WRITE);
    assertEquals(0x1BD, Status.TOO_MANY_ACTIVE_ZONES);
    assertEquals(0x1BE, Status.TOO_MANY_OPEN_ZONES);
    assertEquals(0x1BF, Status.INVALID_ZONE_TRANSITION);
    assertEquals(Status.ZONE_IS_FULL, ZoneCondition.FULL.writeStatus());
    assertEquals(Status.ZONE_IS_READ_ONLY, ZoneCondition.READ_ONLY.writeStatus());
    assertEquals(Status.ZONE_IS_OFFLINE, ZoneCondition.OFFLINE.writeStatus());
    assertEquals(Status.SUCCESS, ZoneCondition.CLOSED.writeStatus());
  }

  /** Every cell of the table, from figure 7 of the standard and the text of each action. */
  @Test
  void transitions() {
    String[] rows = {
      "EMPTY: IMPLICITLY_OPEN FULL EXPLICITLY_OPEN - FULL EMPTY - CLOSED",
      "IMPLICITLY_OPEN: IMPLICITLY_OPEN FULL EXPLICITLY_OPEN CLOSED FULL EMPTY - -",
      "EXPLICITLY_OPEN: EXPLICITLY_OPEN FULL EXPLICITLY_OPEN CLOSED FULL EMPTY - -",
      "CLOSED: IMPLICITLY_OPEN FULL EXPLICITLY_OPEN CLOSED FULL EMPTY - -",
      "READ_ONLY: - - - - - - OFFLINE -",
      "FULL: - - - - FULL EMPTY - -",
      "OFFLINE: - - - - - - OFFLINE -"
    };
    for (ZoneCondition from : ZoneCondition.values()) {
      StringBuilder row = new StringBuilder(from + ":");
      for (ZoneAction action : ZoneAction.values()) {
        ZoneCondition to = from.on(action);
        row.append(' ').append(to == null ? "-" : to);
      }
      assertEquals(rows[from.ordinal()], row.toString());
    }
  }

  @Test
  void descriptor() {
    ByteBuffer b = dirty(ZoneDescriptor.SIZE);
    ZoneDescriptor.write(b, AT, ZoneCondition.CLOSED, 0x81, 0x1122, 0x3344, 0x5566);
    assertEquals(
        "02 40 81 00 00 00 00 00 22 11 00 00 00 00 00 00 "
            + "44 33 00 00 00 00 00 00 66 55 00 00 00 00 00 00",
        hex(b, 0, 32));
    assertEquals("00 ".repeat(32).strip(), hex(b, 32, 32));
    assertEquals(2, ZoneDescriptor.type(b, AT));
    assertEquals(4, ZoneDescriptor.condition(b, AT));
    assertEquals(0x81, ZoneDescriptor.attributes(b, AT));
    assertEquals(0x1122, ZoneDescriptor.capacity(b, AT));
    assertEquals(0x3344, ZoneDescriptor.start(b, AT));
    assertEquals(0x5566, ZoneDescriptor.writePointer(b, AT));
    put(b, 1, "F0");
    assertEquals(ZoneCondition.OFFLINE.code(), ZoneDescriptor.condition(b, AT));
    ByteBuffer header = dirty(ZoneDescriptor.HEADER_SIZE);
    ZoneDescriptor.writeHeader(header, AT, 7);
    assertEquals("07 " + "00 ".repeat(63).strip(), hex(header, 0, 64));
    assertEquals(7, ZoneDescriptor.count(header, AT));
  }

  @Test
  void identify() {
    ByteBuffer b = zeroed(Identify.SIZE);
    IdentifyZoned.writeNamespace(b, AT, true, 28, 14, 0x1000, 128);
    assertEquals("00 00 01 00 1B 00 00 00 0D 00 00 00", hex(b, 0, 12));
    assertEquals("00 10 00 00 00 00 00 00 02 00", hex(b, 2816, 10));
    assertTrue(IdentifyZoned.readAcrossZones(b, AT));
    assertEquals(28, IdentifyZoned.maxActive(b, AT));
    assertEquals(14, IdentifyZoned.maxOpen(b, AT));
    assertEquals(0x1000, IdentifyZoned.zoneBlocks(b, AT, 0));
    assertEquals(128, IdentifyZoned.extensionBytes(b, AT, 0));
    put(b, 2832, "00 20 00 00 00 00 00 00 01");
    assertEquals(0x2000, IdentifyZoned.zoneBlocks(b, AT, 1));
    assertEquals(64, IdentifyZoned.extensionBytes(b, AT, 1));
    put(b, 4, "FFFFFFFF FFFFFFFF");
    assertEquals(IdentifyZoned.NO_LIMIT, IdentifyZoned.maxActive(b, AT));
    assertEquals(IdentifyZoned.NO_LIMIT, IdentifyZoned.maxOpen(b, AT));
    IdentifyZoned.writeNamespace(b, AT, false, 0, 0, 1, 0);
    assertEquals("00 00 00 00 FF FF FF FF FF FF FF FF", hex(b, 0, 12));
    assertEquals(0x0200_0000, IdentifyZoned.cdw11(IdentifyZoned.CSI_ZONED));
    assertEquals(2, IdentifyZoned.csi(0x0200_0000));
    ByteBuffer controller = zeroed(Identify.SIZE);
    IdentifyZoned.writeAppendLimit(controller, AT, 5);
    assertEquals("05 00", hex(controller, 0, 2));
    assertEquals(5, IdentifyZoned.appendLimit(controller, AT));
  }

  @Test
  void changedZones() {
    ByteBuffer b = zeroed(ChangedZones.SIZE);
    assertEquals(0xBF, ChangedZones.LOG_PAGE);
    assertEquals(511, ChangedZones.MAX_ZONES);
    ChangedZones.writeCount(b, AT, 2);
    ChangedZones.writeZone(b, AT, 0, 0x10);
    ChangedZones.writeZone(b, AT, 1, 0x20);
    assertEquals(
        "02 00 00 00 00 00 00 00 10 00 00 00 00 00 00 00 20 00 00 00 00 00 00 00", hex(b, 0, 24));
    assertEquals(2, ChangedZones.count(b, AT));
    assertEquals(0x20, ChangedZones.zone(b, AT, 1));
    ChangedZones.writeCount(b, AT, ChangedZones.OVERFLOW);
    assertEquals(0xFFFF, ChangedZones.count(b, AT));
  }
}
