/** Copies and comparisons between files and namespaces, in parallel and without their zeros. */
package dev.doorbell.service.transfer;
