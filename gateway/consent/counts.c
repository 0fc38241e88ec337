/* SPDX-License-Identifier: Apache-2.0 */
/* Counts of consents by agency, with the small ones taken out: of four people who said no in a
 * small town somebody knows one. */
#include "gateway/consent/counts.h"

#include "gateway/consent/consent_int.h"

/* "2026-11" to months since the year 0. */
static bool month_read(struct span text, int32_t *out_month) {
    char day[11] = "0000-00-01";
    int32_t ignored = 0;
    if (text.len != 7) {
        return false;
    }
    for (size_t i = 0; i < 7; i++) {
        day[i] = (char)text.ptr[i];
    }
    if (!policy_day_parse(span_text(day), &ignored)) {
        return false;
    }
    int32_t year = 0;
    for (size_t i = 0; i < 4; i++) {
        year = year * 10 + (text.ptr[i] - '0');
    }
    *out_month = year * 12 + (text.ptr[5] - '0') * 10 + (text.ptr[6] - '0') - 1;
    return true;
}

/* What is past the calendar of agreements counts in its last month. */
int32_t consent_month(int64_t at_ms) {
    enum { LAST_MONTH = 2999 * 12 + 11, LAST_DAY = 376199 }; /* 2999-12-31 */
    char day[11];
    int32_t month = LAST_MONTH;
    int64_t days = at_ms / 86400000;
    policy_day_text(days < LAST_DAY ? (int32_t)days : LAST_DAY, day);
    return month_read(span_of(day, 7), &month) ? month : LAST_MONTH;
}

bool consent_month_is_over(struct span month, int64_t now_ms) {
    int32_t number = 0;
    return !month_read(month, &number) || number < consent_month(now_ms);
}

static bool is_small(uint32_t count) {
    return count > 0 && count < CONSENT_COUNT_LEAST;
}

static uint32_t kept(uint32_t count, bool *suppressed) {
    *suppressed = *suppressed || is_small(count);
    return is_small(count) ? 0 : count;
}

/* The sum would give away the one part that is not told. */
static struct consent_count count_make(struct span agency, const struct store_tally *tally) {
    uint32_t given = tally->counts[STORE_TALLY_GIVEN];
    uint32_t refused = tally->counts[STORE_TALLY_REFUSED];
    struct consent_count count = {.agency = agency};
    bool asked_tells = is_small(given) || is_small(refused);
    count.asked = asked_tells ? 0 : given + refused;
    count.given = kept(given, &count.suppressed);
    count.refused = kept(refused, &count.suppressed);
    count.withdrawn = kept(tally->counts[STORE_TALLY_WITHDRAWN], &count.suppressed);
    count.objected = kept(tally->counts[STORE_TALLY_OBJECTED], &count.suppressed);
    return count;
}

struct lg_err consent_counts_read(struct store_reader *reader, struct span month,
                                  const struct span_list *agencies, struct arena *arena,
                                  struct consent_count **out_counts) {
    int32_t number = 0;
    if (!month_read(month, &number)) {
        return consent_fail(LG_CLASS_INPUT, CONSENT_FIELDS);
    }
    struct consent_count *counts = arena_array(arena, agencies->count, sizeof *counts);
    if (counts == NULL) {
        return consent_fail(LG_CLASS_LIMIT, CONSENT_MEMORY);
    }
    for (size_t i = 0; i < agencies->count; i++) {
        struct store_tally tally;
        TRY(store_tally_read(reader, agencies->items[i], number, &tally));
        counts[i] = count_make(agencies->items[i], &tally);
    }
    *out_counts = counts;
    return LG_OK;
}
