package dev.doorbell.service.config;

/** One controller the service shall offer. */
public sealed interface Drive permits EmulatedDrive, VfioDrive {
  /** Name of the controller in the API, such as {@code nvme0}; unique. */
  String name();
}
