/* SPDX-License-Identifier: Apache-2.0 */
/* A line is built in one buffer and leaves in one write, so that lines of two threads never mix. */
#define _POSIX_C_SOURCE 200809L
#include "gateway/base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "gateway/base/diag.h"

enum { DETAIL_SIZE = 1024, LINE_SIZE = 4096 };

static _Atomic int level_min = LOG_INFO;

void log_level_set(enum log_level level) {
    atomic_store(&level_min, (int)level);
}

static const char *level_name(enum log_level level) {
    static const char *const names[] = {"debug", "info", "warn", "error"};
    return names[level];
}

/* Escapes for a JSON string; what does not fit is cut. */
static void escape(const char *text, char *out, size_t size) {
    size_t used = 0;
    for (; *text != '\0' && used + 7 < size; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\') {
            out[used++] = '\\';
            out[used++] = (char)c;
        } else if (c < 0x20) {
            used += (size_t)snprintf(out + used, size - used, "\\u%04x", c);
        } else {
            out[used++] = (char)c;
        }
    }
    out[used] = '\0';
}

void log_line(enum log_level level, const char *event, const char *format, ...) {
    if ((int)level < atomic_load(&level_min)) {
        return;
    }
    char detail[DETAIL_SIZE];
    va_list args;
    va_start(args, format);
    vsnprintf(detail, sizeof detail, format, args);
    va_end(args);
    char escaped[2 * DETAIL_SIZE];
    escape(detail, escaped, sizeof escaped);
    struct timespec now = {0};
    clock_gettime(CLOCK_REALTIME, &now);
    char line[LINE_SIZE];
    int len =
        snprintf(line, sizeof line,
                 "{\"time\":%lld.%03ld,\"level\":\"%s\",\"event\":\"%s\",\"detail\":\"%s\"}\n",
                 (long long)now.tv_sec, now.tv_nsec / 1000000, level_name(level), event, escaped);
    ssize_t written = write(STDOUT_FILENO, line, (size_t)len);
    (void)written; /* A log that cannot be written must not stop a decision. */
}

void diag_set(struct diag *diag, uint32_t line, const char *format, ...) {
    if (diag == NULL) {
        return;
    }
    diag->line = line;
    diag->column = 0;
    diag->code[0] = 0;
    va_list args;
    va_start(args, format);
    vsnprintf(diag->text, sizeof diag->text, format, args);
    va_end(args);
}

void diag_place(struct diag *diag, const char *code, uint32_t column) {
    if (diag == NULL) {
        return;
    }
    snprintf(diag->code, sizeof diag->code, "%s", code);
    diag->column = diag->line == 0 ? 0 : column;
}
