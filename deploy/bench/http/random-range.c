/*
 * Gives each request of h2load another Range.
 *
 * h2load sends the same header fields with every request; only the path can differ. This library,
 * preloaded, stands before nghttp2_submit_request and replaces the value of the range field. All
 * else, the HTTP/2 stack, the clock and the counting, stays h2load's.
 *
 * The field is handed over without flags, so that HPACK treats it as it does in any client built
 * on nghttp2, curl for one. The seed is fixed: every server gets the same ranges in the same order.
 *
 * RANGE_FILE_SIZE and RANGE_SIZE, in bytes, come from the environment.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 4096, MAX_FIELDS = 32 };

/* As nghttp2.h declares them; named here so that its headers need not be installed. */
typedef struct {
  uint8_t *name;
  uint8_t *value;
  size_t namelen;
  size_t valuelen;
  uint8_t flags;
} nghttp2_nv;

typedef int32_t submit_request(void *session, const void *priority, const nghttp2_nv *fields,
                               size_t count, const void *data, void *user_data);

static submit_request *next;
static uint64_t places;
static uint64_t range_size;
static uint64_t state = 20140301;

static uint64_t number(const char *name) {
  const char *text = getenv(name);
  if (text == NULL || strtoull(text, NULL, 10) == 0) {
    fprintf(stderr, "random-range: %s is not set\n", name);
    exit(2);
  }
  return strtoull(text, NULL, 10);
}

static void set_up(void) {
  next = (submit_request *)dlsym(RTLD_NEXT, "nghttp2_submit_request");
  if (next == NULL) {
    fprintf(stderr, "random-range: no nghttp2_submit_request\n");
    exit(2);
  }
  range_size = number("RANGE_SIZE");
  places = (number("RANGE_FILE_SIZE") - range_size) / ALIGNMENT + 1;
}

/* xorshift64 */
static uint64_t random64(void) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

/* h2load runs with one thread here, and nghttp2 copies the value: one static buffer is enough. */
int32_t nghttp2_submit_request(void *session, const void *priority, const nghttp2_nv *fields,
                               size_t count, const void *data, void *user_data) {
  static char value[64];
  nghttp2_nv changed[MAX_FIELDS];
  int found = 0;

  if (next == NULL) {
    set_up();
  }
  if (count > MAX_FIELDS) {
    fprintf(stderr, "random-range: more than %d fields\n", MAX_FIELDS);
    exit(2);
  }
  memcpy(changed, fields, count * sizeof *fields);
  for (size_t i = 0; i < count; i++) {
    if (changed[i].namelen == 5 && memcmp(changed[i].name, "range", 5) == 0) {
      uint64_t first = random64() % places * ALIGNMENT;
      int length = snprintf(value, sizeof value, "bytes=%llu-%llu", (unsigned long long)first,
                            (unsigned long long)(first + range_size - 1));
      changed[i].value = (uint8_t *)value;
      changed[i].valuelen = (size_t)length;
      changed[i].flags = 0;
      found = 1;
    }
  }
  if (!found) {
    fprintf(stderr, "random-range: the request has no range field\n");
    exit(2);
  }
  return next(session, priority, changed, count, data, user_data);
}
