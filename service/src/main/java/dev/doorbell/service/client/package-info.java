/**
 * A client of the service for programs in Java: namespaces as objects that read and write byte
 * ranges without blocking, or as channels.
 *
 * <p>Its types are those of the JDK; what moves the bytes underneath is an HTTP client on event
 * loops. It knows nothing of the service's own classes: the contract is all that they share.
 */
package dev.doorbell.service.client;
