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
 * RANGE_FILE_SIZE and RANGE_SIZE, in bytes, come from the environment; RANGE_COUNT too, if each
 * request is to have several ranges. A field content-range gets one range, for writes. With RANGE_BODY set they are in the body instead, as the list
 * of extents of a QUERY: the body that h2load reads by pread is replaced as well. It has the same
 * length every time, as h2load tells Content-Length beforehand: blanks fill up the numbers.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

enum { ALIGNMENT = 4096, MAX_FIELDS = 32, MAX_RANGES = 256, MAX_TEXT = 64 };

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
static uint64_t range_count = 1;
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
  if (places > 0) {
    return;
  }
  next = (submit_request *)dlsym(RTLD_NEXT, "nghttp2_submit_request");
  if (next == NULL) {
    fprintf(stderr, "random-range: no nghttp2_submit_request\n");
    exit(2);
  }
  range_size = number("RANGE_SIZE");
  if (getenv("RANGE_COUNT") != NULL) {
    range_count = number("RANGE_COUNT");
  }
  if (range_count > MAX_RANGES) {
    fprintf(stderr, "random-range: more than %d ranges\n", MAX_RANGES);
    exit(2);
  }
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
  static char value[MAX_RANGES * MAX_TEXT];
  nghttp2_nv changed[MAX_FIELDS];
  int found = getenv("RANGE_BODY") != NULL;

  set_up();
  if (count > MAX_FIELDS) {
    fprintf(stderr, "random-range: more than %d fields\n", MAX_FIELDS);
    exit(2);
  }
  memcpy(changed, fields, count * sizeof *fields);
  for (size_t i = 0; i < count; i++) {
    if (changed[i].namelen == 5 && memcmp(changed[i].name, "range", 5) == 0) {
      size_t length = 0;
      for (uint64_t range = 0; range < range_count; range++) {
        uint64_t first = random64() % places * ALIGNMENT;
        length += (size_t)snprintf(value + length, MAX_TEXT, "%s%llu-%llu",
                                   range == 0 ? "bytes=" : ",", (unsigned long long)first,
                                   (unsigned long long)(first + range_size - 1));
      }
      changed[i].value = (uint8_t *)value;
      changed[i].valuelen = length;
      changed[i].flags = 0;
      found = 1;
    } else if (changed[i].namelen == 13 && memcmp(changed[i].name, "content-range", 13) == 0) {
      uint64_t first = random64() % places * ALIGNMENT;
      changed[i].value = (uint8_t *)value;
      changed[i].valuelen =
          (size_t)snprintf(value, MAX_TEXT, "bytes %llu-%llu/*", (unsigned long long)first,
                           (unsigned long long)(first + range_size - 1));
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

/* A list of extents, of the same length every time. */
static size_t extents(char *text) {
  size_t length = 0;
  for (uint64_t i = 0; i < range_count; i++) {
    length += (size_t)snprintf(text + length, MAX_TEXT, "%c{\"offset\":%12llu,\"length\":%8llu}",
                               i == 0 ? '[' : ',',
                               (unsigned long long)(random64() % places * ALIGNMENT),
                               (unsigned long long)range_size);
  }
  text[length++] = ']';
  return length;
}

ssize_t pread64(int file, void *buffer, size_t bytes, off64_t offset) {
  static ssize_t (*original)(int, void *, size_t, off64_t);
  static char text[MAX_RANGES * MAX_TEXT];
  static size_t length;

  if (getenv("RANGE_BODY") == NULL) {
    if (original == NULL) {
      *(void **)&original = dlsym(RTLD_NEXT, "pread64");
    }
    return original(file, buffer, bytes, offset);
  }
  set_up();
  if (offset == 0) {
    length = extents(text);
  }
  if ((size_t)offset > length) {
    return 0;
  }
  if (bytes > length - (size_t)offset) {
    bytes = length - (size_t)offset;
  }
  memcpy(buffer, text + offset, bytes);
  return (ssize_t)bytes;
}

ssize_t pread(int file, void *buffer, size_t bytes, off_t offset) {
  return pread64(file, buffer, bytes, offset);
}
