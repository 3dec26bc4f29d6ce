/** Texts for terminals: tables, maps, progress, JSON. Pure functions of what they show. */
package dev.doorbell.service.cli.text;
