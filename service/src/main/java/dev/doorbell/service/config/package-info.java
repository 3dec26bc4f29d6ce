/**
 * What the service is told to do: an immutable model, the layers it is put together from (defaults,
 * YAML file, environment, command line, the later overriding the earlier) and the rules every value
 * has to keep. Nothing here reads the process environment: environment, working directory and
 * processor count are passed in.
 */
package dev.doorbell.service.config;
