/* SPDX-License-Identifier: Apache-2.0 */
/* Which rows there are, and which of them an entry counts in. */
#include <assert.h>
#include <string.h>

#include "gateway/base/bytes.h"
#include "gateway/service/report.h"
#include "policy/policy.h"

/* ---- rows ------------------------------------------------------------------------------------ */

static const char *const REVIEW_STEPS[] = {
    "EMERGENCY_OPENED", "BUDGET_SOFT_LINE", "CONSENT_BY_ASKER", "DIFFERENCE_FOUND", "REVIEW_TAKEN",
    "REVIEW_CLOSED",    "REVIEW_ESCALATED", "REVIEW_OVERDUE",   "PERSON_TOLD"};
static const char *const CONSENT_ASKED[] = {"CONSENT_GIVEN", "CONSENT_REFUSED"};
static const char *const CONSENT_LATER[] = {"CONSENT_WITHDRAWN", "CONSENT_RELIED_ON",
                                            "OBJECTION_POSSIBLE", "NOTICE_ACKNOWLEDGED"};
static const char *const EMERGENCIES[] = {"declared emergency"};
static const char *const STATES[] = {"NOTHING_TO_SHOW", "NO_ANSWER_IN_TIME", "UNAVAILABLE",
                                     "HIDDEN"};

static const char *const CASES[] = {
    "emergency, justified",
    "emergency, not justified",
    "emergency, justified after it was escalated",
    "emergency, not justified after it was escalated",
    "misuse, justified",
    "misuse, not justified",
    "misuse, justified after it was escalated",
    "misuse, not justified after it was escalated",
};

enum {
    REVIEW_STEPS_COUNT = sizeof REVIEW_STEPS / sizeof REVIEW_STEPS[0],
    CONSENT_ASKED_COUNT = sizeof CONSENT_ASKED / sizeof CONSENT_ASKED[0],
    CONSENT_LATER_COUNT = sizeof CONSENT_LATER / sizeof CONSENT_LATER[0],
    EMERGENCIES_COUNT = sizeof EMERGENCIES / sizeof EMERGENCIES[0],
    STATES_COUNT = sizeof STATES / sizeof STATES[0],
    CASES_COUNT = sizeof CASES / sizeof CASES[0],
};

/* Room for `count` rows and the one for the rest. */
static struct lg_err rows_new(struct report *report, enum report_tally tally, size_t count) {
    struct report_rows *rows = &report->rows[tally];
    rows->names = arena_array(report->arena, count + 1, sizeof *rows->names);
    rows->counts = arena_array(report->arena, count + 1, sizeof *rows->counts);
    rows->people = arena_array(report->arena, count + 1, sizeof *rows->people);
    return arena_failed(report->arena);
}

static void row_add(struct report_rows *rows, struct span name) {
    rows->names[rows->count++] = name;
}

static struct lg_err rows_of(struct report *report, enum report_tally tally,
                             const char *const *names, size_t count) {
    TRY(rows_new(report, tally, count));
    for (size_t i = 0; i < count; i++) {
        row_add(&report->rows[tally], span_text(names[i]));
    }
    row_add(&report->rows[tally],
            span_text(tally == REPORT_EMERGENCIES ? "all others" : "anything else"));
    return LG_OK;
}

/* Each agreement once: its versions stand side by side. */
static struct lg_err agreement_rows(struct report *report) {
    struct report_rows *rows = &report->rows[REPORT_ASKED_UNDER];
    TRY(agreement_book_list(report->gateway->book, report->arena, &report->agreements,
                            &report->agreement_count));
    TRY(rows_new(report, REPORT_ASKED_UNDER, report->agreement_count));
    for (size_t i = 0; i < report->agreement_count; i++) {
        struct span id = report->agreements[i].id;
        if (rows->count == 0 || !span_equal(rows->names[rows->count - 1], id)) {
            row_add(rows, id);
        }
    }
    row_add(rows, span_text("anything else"));
    report->year = arena_array(report->arena, rows->count, sizeof *report->year);
    return arena_failed(report->arena);
}

static struct lg_err party_rows(struct report *report) {
    const struct config_partnership *registry = report->gateway->registry;
    size_t count = registry->party_count;
    TRY(rows_new(report, REPORT_ASKED_BY, count));
    TRY(rows_new(report, REPORT_ANSWERS, count + STATES_COUNT));
    for (size_t i = 0; i < count; i++) {
        row_add(&report->rows[REPORT_ASKED_BY], span_text(registry->parties[i].id));
        row_add(&report->rows[REPORT_ANSWERS], span_text(registry->parties[i].id));
    }
    for (size_t i = 0; i < STATES_COUNT; i++) {
        row_add(&report->rows[REPORT_ANSWERS], span_text(STATES[i]));
    }
    row_add(&report->rows[REPORT_ASKED_BY], span_text("anybody else"));
    row_add(&report->rows[REPORT_ANSWERS], span_text("anything else"));
    return LG_OK;
}

static struct lg_err reason_rows(struct report *report, enum report_tally tally) {
    TRY(rows_new(report, tally, POLICY_REASON_END));
    for (int reason = POLICY_NO_AGREEMENT; reason < POLICY_REASON_END; reason++) {
        row_add(&report->rows[tally], span_text(policy_reason_name((enum policy_reason)reason)));
    }
    row_add(&report->rows[tally], span_text("anything else"));
    return LG_OK;
}

struct lg_err service_report_rows(struct report *report) {
    TRY(agreement_rows(report));
    TRY(party_rows(report));
    TRY(reason_rows(report, REPORT_REFUSALS));
    TRY(reason_rows(report, REPORT_LOOKS_REFUSED));
    TRY(rows_of(report, REPORT_EMERGENCIES, EMERGENCIES, EMERGENCIES_COUNT));
    TRY(rows_of(report, REPORT_REVIEWS, REVIEW_STEPS, REVIEW_STEPS_COUNT));
    TRY(rows_of(report, REPORT_CASES, CASES, CASES_COUNT));
    TRY(rows_of(report, REPORT_CONSENT_ASKED, CONSENT_ASKED, CONSENT_ASKED_COUNT));
    return rows_of(report, REPORT_CONSENT_LATER, CONSENT_LATER, CONSENT_LATER_COUNT);
}

/* ---- whom it is about ------------------------------------------------------------------------ */

/* The same of each such entry: what cannot be told apart counts as one. */
static const struct small_person UNKNOWN = {.code = {0}};

/* Of entries that are about nobody, or about whom is not what is counted: each is another. No tag
 * of a person begins like it, but for one of some 2^64. */
static struct small_person each_another(uint64_t index) {
    struct small_person person = {.code = {0}};
    struct writer w = writer_of(person.code, sizeof person.code);
    writer_u64(&w, 0);
    writer_u64(&w, index + 1);
    memcpy(person.other, person.code, sizeof person.other);
    return person;
}

static struct small_person person_of(const struct store_entry_person *of) {
    struct small_person person = UNKNOWN;
    static_assert((int)SMALL_CODE_SIZE == (int)STORE_TAG_SIZE, "a code is a tag");
    if (of->is_known) {
        memcpy(person.code, of->code.bytes, sizeof person.code);
        memcpy(person.other, of->other.bytes, sizeof person.other);
    }
    return person;
}

/* A refusal is about the person where facts about them decided it. Everything else was decided
 * before anybody was looked up. */
static bool is_personal(struct span reason) {
    enum policy_reason found = policy_reason_find(reason);
    return found != POLICY_REASON_END && policy_reason_is_personal(found);
}

/* ---- counting -------------------------------------------------------------------------------- */

/* The last row takes what has none of its own. */
static size_t row_find(const struct report_rows *rows, struct span name) {
    size_t i = 0;
    while (i + 1 < rows->count && !span_equal(rows->names[i], name)) {
        i++;
    }
    return i;
}

static void row_count(struct report *report, enum report_tally tally, struct span name,
                      const struct small_person *person) {
    struct report_rows *rows = &report->rows[tally];
    size_t row = row_find(rows, name);
    rows->counts[row]++;
    small_people_add(&rows->people[row], person);
}

static bool is_one_of(struct span name, const char *const *names, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (span_equal_text(name, names[i])) {
            return true;
        }
    }
    return false;
}

/* Codes of a person are those of one quarter: whether many were asked about in a year is told by
 * each of its quarters alone. */
static void year_count(struct report *report, const struct audit_entry *entry,
                       const struct small_person *person) {
    struct report_rows *rows = &report->rows[REPORT_ASKED_UNDER];
    struct report_year *year = &report->year[row_find(rows, entry->agreement)];
    if (year->quarter != entry->quarter) {
        *year = (struct report_year){.is_used = year->is_used, .quarter = entry->quarter};
    }
    year->count++;
    small_people_add(&year->people, person);
    const struct small_cell cell = {.count = year->count, .people = &year->people};
    year->is_used = year->is_used || !small_is_few(&cell);
}

static void ask_count(struct report *report, const struct audit_entry *entry,
                      const struct small_person *person) {
    bool is_emergency = (entry->flags & AUDIT_FLAG_EMERGENCY) != 0;
    row_count(report, REPORT_ASKED_UNDER, entry->agreement, person);
    row_count(report, REPORT_ASKED_BY, entry->requesting_agency, person);
    row_count(report, REPORT_EMERGENCIES,
              is_emergency ? span_text(EMERGENCIES[0]) : span_of(NULL, 0), person);
}

/* Of a link nobody was asked. */
static void release_count(struct report *report, const struct audit_entry *entry,
                          const struct small_person *person) {
    if (span_equal_text(entry->reason, "LINK")) {
        return;
    }
    bool is_answer = span_equal_text(entry->reason, "ANSWERED");
    row_count(report, REPORT_ANSWERS, is_answer ? entry->source_agency : entry->reason, person);
}

/* A refusal of a question, or of a line of one, ends it. A look that was refused began none. */
static void denial_count(struct report *report, const struct audit_entry *entry,
                         const struct small_person *person, uint64_t index) {
    bool is_of_question = entry->is_part || (entry->flags & AUDIT_FLAG_FINAL) != 0;
    const struct small_person another = each_another(index);
    row_count(report, is_of_question ? REPORT_REFUSALS : REPORT_LOOKS_REFUSED, entry->reason,
              is_personal(entry->reason) ? person : &another);
}

/* What an agency did about its notices is about no person. */
static void consent_count(struct report *report, const struct audit_entry *entry,
                          const struct small_person *person, uint64_t index) {
    bool is_asked = is_one_of(entry->reason, CONSENT_ASKED, CONSENT_ASKED_COUNT);
    bool is_notice = span_equal_text(entry->reason, "NOTICE_ACKNOWLEDGED");
    const struct small_person another = each_another(index);
    row_count(report, is_asked ? REPORT_CONSENT_ASKED : REPORT_CONSENT_LATER, entry->reason,
              is_notice ? &another : person);
}

/* Steps of officers, but for a use of an emergency and the telling of the person. */
static void review_count(struct report *report, const struct audit_entry *entry,
                         const struct small_person *person, uint64_t index) {
    static const char *const about[] = {"EMERGENCY_OPENED", "CONSENT_BY_ASKER", "PERSON_TOLD"};
    bool is_about = is_one_of(entry->reason, about, sizeof about / sizeof about[0]);
    const struct small_person another = each_another(index);
    row_count(report, REPORT_REVIEWS, entry->reason, is_about ? person : &another);
}

void service_report_count(struct report *report, uint64_t index, const struct audit_entry *entry,
                          const struct store_entry_person *of) {
    const struct small_person person = person_of(of);
    if (entry->kind == AUDIT_ASK && entry->time_ms < report->to_ms) {
        year_count(report, entry, &person);
    }
    if (entry->time_ms < report->from_ms || entry->time_ms >= report->to_ms) {
        return;
    }
    switch (entry->kind) {
    case AUDIT_ASK:
        ask_count(report, entry, &person);
        break;
    case AUDIT_RELEASE:
        release_count(report, entry, &person);
        break;
    case AUDIT_DENIAL:
        denial_count(report, entry, &person, index);
        break;
    case AUDIT_REVIEW:
        review_count(report, entry, &person, index);
        break;
    case AUDIT_CONSENT:
        consent_count(report, entry, &person, index);
        break;
    default:
        break;
    }
}

void service_report_case(struct report *report, const struct review_case *it,
                         const struct store_entry_person *of) {
    bool is_emergency = it->opening.kind == REVIEW_EMERGENCY;
    bool is_escalated = it->lapsed_ms != 0 || it->escalated_count > 0;
    size_t row = is_emergency ? 0 : 4;
    row += is_escalated ? 2 : 0;
    row += span_equal_text(it->outcome, "justified") ? 0 : 1;
    const struct small_person person = is_emergency ? person_of(of) : each_another(it->log_index);
    row_count(report, REPORT_CASES, span_text(CASES[row]), &person);
}

/* Cases of emergencies are about people; of everything else each is another's doing. */
void service_report_closed(struct report *report, const struct store_review_closing *closing,
                           const struct store_entry_person *of) {
    const struct small_person person =
        closing->kind == REVIEW_EMERGENCY ? person_of(of) : each_another(closing->log_index);
    small_people_add(&report->closed[closing->kind], &person);
}
