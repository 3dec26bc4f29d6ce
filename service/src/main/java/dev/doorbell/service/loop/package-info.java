/**
 * An event loop that polls completion queues: busy for a while, interleaved with its sockets, then
 * asleep in the one epoll that both wake.
 */
package dev.doorbell.service.loop;
