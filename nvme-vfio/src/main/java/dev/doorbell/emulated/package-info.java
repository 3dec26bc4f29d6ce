/**
 * The controller's side of NVMe, in the process: registers, queues, admin and I/O commands, and the
 * stores behind its namespaces. Shares nothing with the driver but the wire format, so that it can
 * serve as an independent check of it. Whatever comes from the driver is checked: no exception and
 * no access outside of mapped memory follows from it.
 */
package dev.doorbell.emulated;
