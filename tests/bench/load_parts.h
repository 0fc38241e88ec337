/* SPDX-License-Identifier: Apache-2.0 */
/* What the programs that make load share: words of their command line, requests out of a file, the
 * clock. Each ends the process with one line where something is wrong. */
#ifndef TESTS_BENCH_LOAD_PARTS_H
#define TESTS_BENCH_LOAD_PARTS_H

#include <stddef.h>
#include <stdint.h>

#include "gateway/base/err.h"
#include "gateway/base/span.h"

enum { LOAD_TEMPLATES_MAX = 1024, LOAD_MESSAGE_MAX = 65536 };

/* Requests, used in turn. */
struct load_templates {
    struct span at[LOAD_TEMPLATES_MAX];
    size_t count;
    size_t next;
};

_Noreturn void load_die(const char *what);
void load_must(struct lg_err err, const char *what);
/* 1 to `most`. */
size_t load_number(const char *text, size_t most);
/* Monotonic, and of the CPU that this process has used. */
int64_t load_now_us(void);
int64_t load_cpu_us(void);
/* Each request stands after a 32-bit big-endian length. */
void load_templates_read(struct load_templates *templates, const char *path);
/* The next one, in `out`. Where it begins with bytes 0a 10 a field of 16 bytes follows, which is
 * drawn anew. */
struct span load_request_draw(struct load_templates *templates,
                              uint8_t out[static LOAD_MESSAGE_MAX]);

#endif
