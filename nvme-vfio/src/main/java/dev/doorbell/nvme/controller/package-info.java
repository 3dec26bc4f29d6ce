/**
 * The life of a controller: bring-up, admin commands, namespaces, I/O queues, shutdown.
 *
 * <p>Nothing here is on the path of an I/O command. Calls block, within deadlines, so they are not
 * for an event loop.
 */
package dev.doorbell.nvme.controller;
