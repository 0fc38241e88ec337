/* SPDX-License-Identifier: Apache-2.0 */
/* A report as it may be shown: tables under the rules of small numbers, agreements by the rules of
 * their rating. Answers and what there was instead are one table, so that no total of one table is
 * a hidden row of another. */
#include "gateway/agreement/state.h"
#include "gateway/base/small.h"
#include "gateway/service/report.h"

enum { DUE_DAYS = 60 };

static const struct {
    const char *name;
    const char *counts;
} TABLES[REPORT_TALLY_END] = {
    [REPORT_ASKED_UNDER] = {"questions-by-agreement",
                            "Questions that were put to sources, by agreement."},
    [REPORT_ASKED_BY] = {"questions-by-agency",
                         "Questions that were put to sources, by the agency that asked."},
    [REPORT_EMERGENCIES] = {"questions-by-emergency",
                            "Questions that were put to sources under a declared emergency, and "
                            "others."},
    [REPORT_ANSWERS] = {"answers",
                        "Answers that were released, by source, and what there was instead; a "
                        "source whose knowledge of a person is hidden counts as HIDDEN."},
    [REPORT_REFUSALS] = {"refusals",
                         "Questions, and lines of questions, that were refused, by reason."},
    [REPORT_LOOKS_REFUSED] =
        {"looks-refused", "Searches for a person, of the log and of consents that were refused, "
                          "by reason."},
    [REPORT_CASES] =
        {"cases-by-outcome",
         "Emergencies, and what looked like misuse, whose case was closed, by outcome."},
    [REPORT_REVIEWS] = {"reviews", "Steps of reviews: EMERGENCY_OPENED is a break-glass use, "
                                   "REVIEW_ESCALATED and REVIEW_OVERDUE are escalations."},
    [REPORT_CONSENT_ASKED] = {"consent-asked", "People who were asked for consent, by answer."},
    [REPORT_CONSENT_LATER] = {"consent-later", "What came of consents afterwards."},
};

static const char *const RULES[] = {
    "What is about 0 to 7 people, and what leaves so few over, is hidden, as is a count from 0 to "
    "7; "
    "so are as many more as it takes for none of them to follow from a total.",
    "People are told apart by tags that are equal for one person in one quarter. All that have "
    "none, "
    "as of people who were erased or whom no agency knows, count as one person.",
    "Refusals before anybody was looked up, refused looks, steps of officers and cases of misuse "
    "are "
    "about no person: there the rule is about entries.",
    "Counts are rounded to 5; percentages are whole, of rounded numbers, and told from a total of "
    "50 on.",
    "A quarter is reported when it has ended, so that no two reports differ by one event.",
    "Red: expired, suspended, its review overdue, or what is kept of it is not what was signed.",
    "Amber: its review or its end is due within 60 days, signatures are missing, or in no "
    "quarter of the year that ends with this one were there questions under it about 8 people or "
    "more.",
    "Green: everything else.",
};

static const char *const LEFT_OUT[] = {
    "Questions by the outcome of their case: an entry does not say to which declaration of an "
    "emergency it belongs, so cases are counted instead; cases of the agencies are not kept by the "
    "gateway.",
    "Items that nobody used: the log holds items as digests, and nothing sealed is opened for a "
    "report.",
    "Whether an impact assessment is missing: agreements do not say.",
};

/* ---- tables ---------------------------------------------------------------------------------- */

static struct lg_err table_make(const struct report *report, enum report_tally tally,
                                struct arena *arena, struct wire_report_table *out) {
    const struct report_rows *rows = &report->rows[tally];
    struct small_cell *cells = arena_array(arena, rows->count, sizeof *cells);
    struct wire_report_row *shown = arena_array(arena, rows->count, sizeof *shown);
    TRY(arena_failed(arena));
    for (size_t i = 0; i < rows->count; i++) {
        cells[i] = (struct small_cell){.count = rows->counts[i], .people = &rows->people[i]};
    }
    struct small_table table = {.cells = cells, .count = rows->count};
    small_table_close(&table);
    for (size_t i = 0; i < rows->count; i++) {
        shown[i] = (struct wire_report_row){.name = rows->names[i],
                                            .count = cells[i].shown,
                                            .hidden = cells[i].is_hidden,
                                            .has_percent = cells[i].has_percent,
                                            .percent = cells[i].percent};
    }
    *out = (struct wire_report_table){.name = span_text(TABLES[tally].name),
                                      .counts = span_text(TABLES[tally].counts),
                                      .total = table.shown,
                                      .total_hidden = table.is_hidden,
                                      .rows = shown,
                                      .row_count = rows->count};
    return LG_OK;
}

static struct lg_err tables_make(const struct report *report, struct arena *arena,
                                 struct wire_quarter_reply *reply) {
    struct wire_report_table *tables = arena_array(arena, REPORT_TALLY_END, sizeof *tables);
    TRY(arena_failed(arena));
    for (int tally = 0; tally < REPORT_TALLY_END; tally++) {
        TRY(table_make(report, (enum report_tally)tally, arena, &tables[tally]));
    }
    reply->tables = tables;
    reply->table_count = REPORT_TALLY_END;
    return LG_OK;
}

/* ---- agreements ------------------------------------------------------------------------------ */

struct rating {
    const char *word;
    const char *because;
};

static bool is_due(const struct agreement_info *info, int32_t day) {
    return day != AGREEMENT_NO_DAY && info->today > 0 && day - info->today <= DUE_DAYS;
}

/* As much as a hidden row tells, and not that there was no question at all. */
static bool was_used(const struct report *report, struct span id) {
    const struct report_rows *rows = &report->rows[REPORT_ASKED_UNDER];
    for (size_t i = 0; i + 1 < rows->count; i++) {
        if (span_equal(rows->names[i], id)) {
            return report->year[i].is_used;
        }
    }
    return false;
}

static bool rating_of_state(enum agreement_state state, struct rating *out) {
    switch (state) {
    case AGREEMENT_STATE_EXPIRED:
        *out = (struct rating){"red", "It has expired."};
        return true;
    case AGREEMENT_STATE_SUSPENDED:
        *out = (struct rating){"red", "It is suspended."};
        return true;
    case AGREEMENT_STATE_OVERDUE:
        *out = (struct rating){"red", "Its review is overdue."};
        return true;
    case AGREEMENT_STATE_BROKEN:
        *out = (struct rating){"red", "What is kept of it is not what was signed."};
        return true;
    case AGREEMENT_STATE_REVIEW_DUE:
    case AGREEMENT_STATE_GRACE:
        *out = (struct rating){"amber", "Its review is due."};
        return true;
    case AGREEMENT_STATE_PROPOSED:
    case AGREEMENT_STATE_SIGNING:
        *out = (struct rating){"amber", "Signatures are missing."};
        return true;
    default:
        return false;
    }
}

static struct rating rating_of(const struct report *report, const struct agreement_info *info) {
    struct rating rating = {"green", "Nothing is due."};
    if (rating_of_state(info->state, &rating)) {
        return rating;
    }
    if (is_due(info, info->days.review_day)) {
        return (struct rating){"amber", "Its review is due within 60 days."};
    }
    if (is_due(info, info->days.last_day) || is_due(info, info->end_day)) {
        return (struct rating){"amber", "It ends within 60 days."};
    }
    if (info->state == AGREEMENT_STATE_ACTIVE && !was_used(report, info->id)) {
        return (struct rating){"amber", "In no quarter of the year were there questions under it "
                                        "about 8 people or more."};
    }
    return rating;
}

static bool is_over(enum agreement_state state) {
    return state == AGREEMENT_STATE_NONE || state == AGREEMENT_STATE_SUPERSEDED ||
           state == AGREEMENT_STATE_ENDED || state == AGREEMENT_STATE_REFUSED;
}

static struct span day_of(int32_t day, struct arena *arena) {
    char text[11];
    if (day == AGREEMENT_NO_DAY) {
        return span_of(NULL, 0);
    }
    policy_day_text(day, text);
    return arena_copy(arena, span_text(text));
}

static struct lg_err agreements_make(const struct report *report, struct arena *arena,
                                     struct wire_quarter_reply *reply) {
    struct wire_report_agreement *list = arena_array(arena, report->agreement_count, sizeof *list);
    TRY(arena_failed(arena));
    for (size_t i = 0; i < report->agreement_count; i++) {
        const struct agreement_info *info = &report->agreements[i];
        if (is_over(info->state)) {
            continue;
        }
        struct rating rating = rating_of(report, info);
        bool is_read = info->state != AGREEMENT_STATE_BROKEN;
        list[reply->agreement_count++] = (struct wire_report_agreement){
            .id = info->id,
            .version = info->version,
            .title = info->title,
            .state = span_text(agreement_state_name(info->state)),
            .review_day = is_read ? day_of(info->days.review_day, arena) : span_of(NULL, 0),
            .last_day = is_read ? day_of(info->days.last_day, arena) : span_of(NULL, 0),
            .rating = span_text(rating.word),
            .because = span_text(rating.because),
        };
    }
    reply->agreements = list;
    return arena_failed(arena);
}

/* ---- reviews --------------------------------------------------------------------------------- */

static struct wire_report_time time_of(const struct report *report, int kind) {
    const uint64_t *days = report->days[kind];
    struct wire_report_time time = {.kind = span_text(review_kind_name((enum review_kind)kind))};
    uint64_t count = 0;
    for (size_t i = 0; i <= LIMIT_REPORT_DAYS; i++) {
        count += days[i];
    }
    const struct small_cell cell = {.count = count, .people = &report->closed[kind]};
    time.hidden = small_is_few(&cell);
    uint64_t seen = 0;
    for (uint32_t i = 0; !time.hidden && i <= LIMIT_REPORT_DAYS; i++) {
        seen += days[i];
        if (seen * 2 >= count) {
            time.median_days = i;
            break;
        }
    }
    return time;
}

static struct lg_err times_make(const struct report *report, struct arena *arena,
                                struct wire_quarter_reply *reply) {
    struct wire_report_time *times = arena_array(arena, REVIEW_KIND_END, sizeof *times);
    TRY(arena_failed(arena));
    for (int kind = REVIEW_EMERGENCY; kind < REVIEW_KIND_END; kind++) {
        times[reply->review_time_count++] = time_of(report, kind);
    }
    reply->review_times = times;
    return LG_OK;
}

/* ---- all of it ------------------------------------------------------------------------------- */

static struct lg_err words_make(const char *const *words, size_t count, struct arena *arena,
                                struct span_list *out) {
    struct span *items = arena_array(arena, count, sizeof *items);
    TRY(arena_failed(arena));
    for (size_t i = 0; i < count; i++) {
        items[i] = span_text(words[i]);
    }
    *out = (struct span_list){.items = items, .count = count};
    return LG_OK;
}

struct lg_err service_report_tables(const struct report *report, struct arena *arena,
                                    struct wire_quarter_reply *out_reply) {
    struct wire_quarter_reply reply = {.table_count = 0};
    TRY(tables_make(report, arena, &reply));
    TRY(agreements_make(report, arena, &reply));
    TRY(times_make(report, arena, &reply));
    TRY(words_make(RULES, sizeof RULES / sizeof RULES[0], arena, &reply.rules));
    TRY(words_make(LEFT_OUT, sizeof LEFT_OUT / sizeof LEFT_OUT[0], arena, &reply.left_out));
    *out_reply = reply;
    return LG_OK;
}
