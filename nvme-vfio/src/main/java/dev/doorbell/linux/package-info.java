/**
 * The only home of native calls: thin classes over libc, with errno turned into exceptions at the
 * edge and into negative results where calls are hot. Holds no policy and knows no NVMe.
 */
package dev.doorbell.linux;
