package dev.doorbell.service.http;

import dev.doorbell.nvme.controller.Health;
import dev.doorbell.nvme.spec.SmartLog;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.ByteBuffer;

/** The SMART / Health Information log with its units, in the members' names where they need one. */
final class SmartView {
  /** A data unit: 1000 units of 512 bytes. */
  private static final long DATA_UNIT = 512_000;

  private static final int KELVIN = 273;

  private SmartView() {}

  static JsonObject of(ByteBuffer log) {
    Health health = Health.of(log);
    JsonObject json =
        new JsonObject()
            .put("critical_warning", health.criticalWarning())
            .put("warnings", new JsonArray(health.warnings()))
            .put("temperature_celsius", health.temperatureKelvin() - KELVIN)
            .put("available_spare_percent", health.availableSpare())
            .put("available_spare_threshold_percent", health.spareThreshold())
            .put("percentage_used", health.percentageUsed())
            .put("data_read_bytes", bytes(health.dataUnitsRead()))
            .put("data_written_bytes", bytes(health.dataUnitsWritten()))
            .put("host_read_commands", SmartLog.hostReadCommands(log, 0))
            .put("host_write_commands", SmartLog.hostWriteCommands(log, 0))
            .put("controller_busy_minutes", SmartLog.controllerBusyMinutes(log, 0))
            .put("power_cycles", health.powerCycles())
            .put("power_on_hours", health.powerOnHours())
            .put("unsafe_shutdowns", health.unsafeShutdowns())
            .put("media_errors", health.mediaErrors())
            .put("error_log_entries", health.errorLogEntries())
            .put("warning_temperature_minutes", SmartLog.warningTemperatureMinutes(log, 0))
            .put("critical_temperature_minutes", SmartLog.criticalTemperatureMinutes(log, 0));
    JsonArray sensors = new JsonArray();
    for (int sensor = 1; sensor <= SmartLog.SENSORS; sensor++) {
      int kelvin = SmartLog.sensorTemperature(log, 0, sensor);
      if (kelvin != 0) {
        sensors.add(new JsonObject().put("sensor", sensor).put("celsius", kelvin - KELVIN));
      }
    }
    return json.put("temperature_sensors", sensors);
  }

  /** Saturating: the counter has 128 bits. */
  private static long bytes(long units) {
    return units > Long.MAX_VALUE / DATA_UNIT ? Long.MAX_VALUE : units * DATA_UNIT;
  }
}
