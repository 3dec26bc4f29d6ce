/**
 * Queue pairs: rings in host memory, command slots, PRP lists, posting, doorbells and polling.
 *
 * <p>Everything here belongs to one owner thread and takes no lock. Posting a command and ringing
 * its doorbell are separate steps, so that a batch costs one doorbell.
 */
package dev.doorbell.nvme.queue;
