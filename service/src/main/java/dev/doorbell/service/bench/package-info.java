/** Load on a namespace through the client, measured from submission to answer. */
package dev.doorbell.service.bench;
