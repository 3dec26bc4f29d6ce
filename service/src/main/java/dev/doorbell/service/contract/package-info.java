/** The OpenAPI contract, as far as requests are routed and checked by it. Knows no handler. */
package dev.doorbell.service.contract;
