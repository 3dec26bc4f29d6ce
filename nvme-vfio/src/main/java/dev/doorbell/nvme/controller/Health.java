package dev.doorbell.nvme.controller;

import dev.doorbell.nvme.spec.SmartLog;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * What the SMART / Health Information log says (NVMe Base 1.4, 5.14.1.2).
 *
 * @param criticalWarning bits as in {@link SmartLog}; 0 if all is well
 * @param temperatureKelvin composite temperature
 * @param availableSpare in percent
 * @param spareThreshold in percent
 * @param percentageUsed estimated life used, may exceed 100
 * @param dataUnitsRead in units of 512 000 bytes
 * @param dataUnitsWritten in units of 512 000 bytes
 * @param errorLogEntries errors over the controller's life
 */
public record Health(
    int criticalWarning,
    int temperatureKelvin,
    int availableSpare,
    int spareThreshold,
    int percentageUsed,
    long dataUnitsRead,
    long dataUnitsWritten,
    long powerCycles,
    long powerOnHours,
    long unsafeShutdowns,
    long mediaErrors,
    long errorLogEntries) {
  /** What a log page says, little-endian. */
  public static Health of(ByteBuffer log) {
    return new Health(
        SmartLog.criticalWarning(log, 0),
        SmartLog.temperature(log, 0),
        SmartLog.availableSpare(log, 0),
        SmartLog.availableSpareThreshold(log, 0),
        SmartLog.percentageUsed(log, 0),
        SmartLog.dataUnitsRead(log, 0),
        SmartLog.dataUnitsWritten(log, 0),
        SmartLog.powerCycles(log, 0),
        SmartLog.powerOnHours(log, 0),
        SmartLog.unsafeShutdowns(log, 0),
        SmartLog.mediaErrors(log, 0),
        SmartLog.errorLogEntries(log, 0));
  }

  /** The critical warnings in words, empty if there is none. */
  public List<String> warnings() {
    List<String> words = new ArrayList<>();
    add(words, SmartLog.WARNING_SPARE, "the available spare is below its threshold");
    add(words, SmartLog.WARNING_TEMPERATURE, "the temperature is out of its range");
    add(words, SmartLog.WARNING_RELIABILITY, "reliability is degraded by media or internal errors");
    add(words, SmartLog.WARNING_READ_ONLY, "the media are read-only");
    add(words, SmartLog.WARNING_BACKUP, "the backup of volatile memory has failed");
    return words;
  }

  private void add(List<String> words, int bit, String word) {
    if ((criticalWarning & bit) != 0) {
      words.add(word);
    }
  }
}
