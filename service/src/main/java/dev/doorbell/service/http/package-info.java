/** The HTTP front end: routes, ranges, streaming both ways, and problems. Holds no block rules. */
package dev.doorbell.service.http;
