/** The command line: commands, help, error reports, and how the service logs. */
package dev.doorbell.service.cli;
