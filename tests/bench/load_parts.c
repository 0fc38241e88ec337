/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "tests/bench/load_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/base/bytes.h"
#include "gateway/vault/vault.h"

enum { ID_SIZE = 16, US_PER_S = 1000000, NS_PER_US = 1000 };

_Noreturn void load_die(const char *what) {
    fprintf(stderr, "load: %s\n", what);
    exit(1);
}

void load_must(struct lg_err err, const char *what) {
    if (lg_failed(err)) {
        fprintf(stderr, "load: %s: %s %u\n", what, lg_class_name(lg_err_class(err)),
                lg_err_code(err));
        exit(1);
    }
}

size_t load_number(const char *text, size_t most) {
    char *end = NULL;
    unsigned long value = strtoul(text, &end, 10);
    if (*end != '\0' || value < 1 || value > most) {
        load_die("a number is out of range");
    }
    return value;
}

static int64_t clock_us(clockid_t id) {
    struct timespec now = {0};
    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * US_PER_S + now.tv_nsec / NS_PER_US;
}

int64_t load_now_us(void) {
    return clock_us(CLOCK_MONOTONIC);
}

int64_t load_cpu_us(void) {
    return clock_us(CLOCK_PROCESS_CPUTIME_ID);
}

void load_templates_read(struct load_templates *templates, const char *path) {
    FILE *file = fopen(path, "rb");
    uint8_t head[4];
    while (file != NULL && fread(head, 1, sizeof head, file) == sizeof head) {
        struct reader r = reader_of(span_of(head, sizeof head));
        size_t len = reader_u32(&r);
        uint8_t *bytes = len <= LOAD_MESSAGE_MAX ? malloc(len > 0 ? len : 1) : NULL;
        if (bytes == NULL || fread(bytes, 1, len, file) != len ||
            templates->count == LOAD_TEMPLATES_MAX) {
            load_die("templates");
        }
        templates->at[templates->count++] = span_of(bytes, len);
    }
    if (file == NULL || templates->count == 0) {
        load_die("templates");
    }
    fclose(file);
}

struct span load_request_draw(struct load_templates *templates,
                              uint8_t out[static LOAD_MESSAGE_MAX]) {
    struct span model = templates->at[templates->next];
    templates->next = (templates->next + 1) % templates->count;
    if (model.len > 0) {
        memcpy(out, model.ptr, model.len);
    }
    if (model.len >= 2 + ID_SIZE && out[0] == 0x0a && out[1] == ID_SIZE) {
        vault_random(out + 2, ID_SIZE);
    }
    return span_of(out, model.len);
}
