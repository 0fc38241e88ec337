/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a context, looked at again and again: what changed is taken over, and an operator
 * hears of what was refused and of what is about to run out; each of it once, not every second.
 *
 *   left        certificate    anchors and lists
 *   a week      WARN           (a list often has no more)
 *   a day       WARN           WARN
 *   an hour     ERROR          ERROR
 *   nothing     ERROR          ERROR
 */
#include <string.h>

#include "gateway/base/log.h"
#include "gateway/tls/tls_int.h"

enum { HOUR_S = 3600, DAY_S = 24 * HOUR_S, WEEK_S = 7 * DAY_S };
enum level { LEVEL_CALM, LEVEL_WEEK, LEVEL_DAY, LEVEL_HOUR, LEVEL_OVER };

static enum level level_of(int64_t left_s) {
    if (left_s > WEEK_S) {
        return LEVEL_CALM;
    }
    if (left_s > DAY_S) {
        return LEVEL_WEEK;
    }
    if (left_s > HOUR_S) {
        return LEVEL_DAY;
    }
    return left_s >= 0 ? LEVEL_HOUR : LEVEL_OVER;
}

/* Says so where it is worse than when it was last said. What was renewed is calm again. */
static void tell_end(struct tls_watch *watch, enum tls_term term, int64_t left_s,
                     const char *name) {
    static const char *const what[TLS_TERMS] = {"certificate", "anchors-or-lists"};
    enum level level = level_of(left_s);
    if (term == TLS_TERM_TRUST && level == LEVEL_WEEK) {
        level = LEVEL_CALM;
    }
    if ((int)level > watch->levels[term]) {
        log_line(level >= LEVEL_HOUR ? LOG_ERROR : LOG_WARN, "tls.expires",
                 "context=%s what=%s left_s=%lld", name, what[term], (long long)left_s);
        watch->lines++;
    }
    watch->levels[term] = (int)level;
}

/* A fault is said when it is there at a second look, for two files never change at once and what is
 * half done is no fault; again after LIMIT_TLS_ALARM_S, or when it becomes another one. */
static void tell_fault(struct tls_watch *watch, const char *text, int64_t now_s, const char *name) {
    if (strcmp(watch->fault, text) != 0) {
        memcpy(watch->fault, text, strlen(text) + 1);
        watch->is_told = false;
        return;
    }
    int64_t since_s = now_s - watch->told_s;
    if (watch->is_told && since_s >= 0 && since_s < LIMIT_TLS_ALARM_S) {
        return;
    }
    log_line(LOG_ERROR, "tls.refresh", "context=%s what=%s", name, text);
    watch->is_told = true;
    watch->told_s = now_s;
    watch->lines++;
}

bool tls_watch_look(struct tls_watch *watch, struct tls_context *context, const char *name) {
    struct diag diag = {0};
    bool changed = false;
    int64_t now_s = tls_context_now_s(context);
    struct lg_err err = tls_context_refresh(context, &diag, &changed);
    if (lg_failed(err)) {
        tell_fault(watch, diag.text[0] == '\0' ? "no memory" : diag.text, now_s, name);
    } else {
        watch->fault[0] = '\0';
    }
    if (changed) {
        log_line(LOG_INFO, "tls.refreshed", "context=%s generation=%llu", name,
                 (unsigned long long)tls_context_generation(context));
        watch->lines++;
    }
    for (int term = 0; term < TLS_TERMS; term++) {
        int64_t until_s = tls_context_until_s(context, (enum tls_term)term);
        tell_end(watch, (enum tls_term)term, until_s - now_s, name);
    }
    return changed;
}
