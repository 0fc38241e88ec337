/* SPDX-License-Identifier: Apache-2.0 */
/* The quarterly report over a log that the test wrote: what counts and what does not, where the
 * quarter begins and ends, what is hidden, and that nothing else comes out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/service/report.h"
#include "tests/support/book_world.h"
#include "tests/support/line_world.h"
#include "tests/support/support.h"

#include <cmocka.h>

enum { MEMORY = 8 << 20, DAY_MS = 24 * 3600 * 1000 };

/* The book belongs to the report alone; the line has none. */
struct world {
    struct line_world *line;
    struct book_world *book;
    struct arena *arena;
    struct index_log *index;
    struct person_id people[40];
    const struct person_id *about; /* of the next entries; NULL: nobody */
    bool is_about_each;            /* the next entries are each about another of the people */
    struct report report;
    int64_t year_from_ms;
    int64_t from_ms;
    int64_t to_ms;
};

static void *group;

static int group_begin(void **state) {
    int code = line_world_setup(state, LOCKGATE_SOURCE);
    group = *state;
    return code;
}

/* What fills it is the test. */
static void index_begin(struct world *world) {
    static struct span agencies[] = {{(const uint8_t *)"care", 4}, {(const uint8_t *)"homes", 5}};
    const struct index_config config = {.store = world->line->store.store,
                                        .log = world->line->gateway.log,
                                        .agencies = {.items = agencies, .count = 2}};
    assert_false(lg_failed(index_open(&config, &world->index)));
    world->line->gateway.index = world->index;
}

static void index_through(struct world *world) {
    bool did = true;
    while (did) {
        assert_false(lg_failed(index_fill(world->index, &did)));
    }
}

static int setup(void **state) {
    struct world *world = calloc(1, sizeof *world);
    void *line = group;
    void *book = NULL;
    assert_non_null(world);
    assert_int_equal(line_world_open(&line), 0);
    assert_int_equal(book_world_setup(&book), 0);
    world->line = line;
    world->book = book;
    world->line->gateway.book = world->book->book;
    for (uint32_t i = 0; i < 40; i++) {
        world->people[i] = line_person(world->line, i + 1, 1);
    }
    index_begin(world);
    assert_false(lg_failed(arena_new(MEMORY, &world->arena)));
    /* The next quarter of the line's time. */
    uint32_t quarter = audit_quarter(world->line->wall_ms) + 1;
    assert_true(service_report_quarter(quarter, &world->from_ms, &world->to_ms));
    world->year_from_ms = world->from_ms;
    *state = world;
    return 0;
}

static int teardown(void **state) {
    struct world *world = *state;
    void *line = world->line;
    void *book = world->book;
    service_report_done(&world->report);
    arena_free(&world->arena);
    world->line->gateway.book = NULL;
    world->line->gateway.index = NULL;
    index_free(&world->index);
    assert_int_equal(book_world_teardown(&book), 0);
    assert_int_equal(line_world_close(&line), 0);
    free(world);
    return 0;
}

/* ---- what the log has ------------------------------------------------------------------------ */

/* The next entry's, in turn where each is about another. */
static const struct person_id *about(struct world *world) {
    static size_t turn;
    return world->is_about_each ? &world->people[turn++ % 40] : world->about;
}

static void put(struct world *world, enum audit_kind kind, const char *reason, unsigned flags) {
    struct audit_entry_fields fields = {.kind = kind,
                                        .requesting_agency = span_text("care"),
                                        .agreement = span_text("line"),
                                        .decision = AUDIT_DECISION_PERMIT,
                                        .reason = span_text(reason),
                                        .person = about(world),
                                        .flags = flags};
    vault_random(fields.request_id.bytes, sizeof fields.request_id.bytes);
    line_log_put(world->line, &fields);
}

static void part(struct world *world, enum audit_kind kind, const char *source,
                 const char *reason) {
    struct audit_commitment commitment;
    audit_commitment_make(span_text("part"), &commitment);
    const struct audit_detail detail = {.question_id = {.bytes = {1}},
                                        .requesting_agency = span_text("care"),
                                        .record_count = 1,
                                        .reason = span_text(reason)};
    struct audit_entry_fields fields = {.kind = kind,
                                        .source_agency = span_text(source),
                                        .agreement = span_text("line"),
                                        .decision = AUDIT_DECISION_PERMIT,
                                        .reason = span_text(reason),
                                        .commitment = &commitment,
                                        .person = about(world),
                                        .detail = &detail};
    vault_random(fields.request_id.bytes, sizeof fields.request_id.bytes);
    line_log_put(world->line, &fields);
}

static void asks(struct world *world, size_t count, unsigned flags) {
    for (size_t i = 0; i < count; i++) {
        put(world, AUDIT_ASK, "", flags);
    }
}

static void parts(struct world *world, size_t count, const char *source, const char *reason) {
    for (size_t i = 0; i < count; i++) {
        part(world, AUDIT_RELEASE, source, reason);
    }
}

/* ---- what comes of it ------------------------------------------------------------------------ */

static struct lg_err counted(struct world *world) {
    bool done = false;
    index_through(world);
    service_report_done(&world->report);
    arena_free(&world->arena);
    assert_false(lg_failed(arena_new(MEMORY, &world->arena)));
    world->report = (struct report){.gateway = &world->line->gateway,
                                    .year_from_ms = world->year_from_ms,
                                    .from_ms = world->from_ms,
                                    .to_ms = world->to_ms,
                                    .arena = world->arena};
    while (!done) {
        TRY(service_report_step(&world->report, &done));
    }
    return LG_OK;
}

static uint64_t count_of(const struct world *world, enum report_tally tally, const char *name) {
    const struct report_rows *rows = &world->report.rows[tally];
    for (size_t i = 0; i < rows->count; i++) {
        if (span_equal_text(rows->names[i], name)) {
            return rows->counts[i];
        }
    }
    fail_msg("no row %s", name);
    return 0;
}

static const struct wire_report_row *row_of(const struct wire_quarter_reply *reply,
                                            const char *table, const char *name) {
    for (size_t i = 0; i < reply->table_count; i++) {
        const struct wire_report_table *it = &reply->tables[i];
        for (size_t j = 0; span_equal_text(it->name, table) && j < it->row_count; j++) {
            if (span_equal_text(it->rows[j].name, name)) {
                return &it->rows[j];
            }
        }
    }
    fail_msg("no row %s of %s", name, table);
    return NULL;
}

static void quarters_begin_and_end(void **state) {
    int64_t from_ms = 0;
    int64_t to_ms = 0;
    (void)state;
    assert_true(service_report_quarter(2026 * 4 + 2, &from_ms, &to_ms));
    assert_true(from_ms == INT64_C(1782864000000)); /* 2026-07-01 */
    assert_true(to_ms == INT64_C(1790812800000));   /* 2026-10-01 */
    assert_int_equal(audit_quarter(from_ms), 2026 * 4 + 2);
    assert_int_equal(audit_quarter(to_ms - 1), 2026 * 4 + 2);
    assert_true(service_report_quarter(1999 * 4 + 3, &from_ms, &to_ms));
    assert_false(service_report_quarter(1969 * 4, &from_ms, &to_ms));
    assert_false(service_report_quarter(UINT32_MAX - 4, &from_ms, &to_ms));
}

static void only_the_quarter_counts(void **state) {
    struct world *world = *state;
    asks(world, 3, 0);
    world->line->wall_ms = world->from_ms - 1;
    asks(world, 2, 0);
    world->line->wall_ms = world->from_ms;
    asks(world, 5, 0);
    parts(world, 2, "homes", "ANSWERED");
    world->line->wall_ms = world->to_ms - 1;
    asks(world, 7, AUDIT_FLAG_EMERGENCY);
    world->line->wall_ms = world->to_ms;
    parts(world, 4, "homes", "ANSWERED");
    asks(world, 11, 0);
    assert_false(lg_failed(counted(world)));
    assert_int_equal(count_of(world, REPORT_ASKED_BY, "care"), 12);
    assert_int_equal(count_of(world, REPORT_EMERGENCIES, "declared emergency"), 7);
    assert_int_equal(count_of(world, REPORT_EMERGENCIES, "all others"), 5);
    assert_int_equal(count_of(world, REPORT_ASKED_UNDER, "anything else"), 12);
    assert_int_equal(count_of(world, REPORT_ANSWERS, "homes"), 2);
}

static void each_kind_has_its_row(void **state) {
    struct world *world = *state;
    world->line->wall_ms = world->from_ms + DAY_MS;
    parts(world, 3, "trust", "HIDDEN");
    parts(world, 2, "school", "NO_ANSWER_IN_TIME");
    parts(world, 2, "school", "LINK");
    parts(world, 1, "stranger", "ANSWERED");
    part(world, AUDIT_DENIAL, "school", "CONSENT_MISSING");
    put(world, AUDIT_DENIAL, "NO_CLAUSE", AUDIT_FLAG_FINAL);
    put(world, AUDIT_DENIAL, "ACCESS_STOPPED", AUDIT_FLAG_FINAL);
    put(world, AUDIT_DENIAL, "NO_CLAUSE", 0); /* of a search */
    put(world, AUDIT_DENIAL, "NO_CLAUSE", 0);
    put(world, AUDIT_SEARCH, "REVIEWS", 0);
    assert_false(lg_failed(counted(world)));
    assert_int_equal(count_of(world, REPORT_ANSWERS, "HIDDEN"), 3);
    assert_int_equal(count_of(world, REPORT_ANSWERS, "NO_ANSWER_IN_TIME"), 2);
    assert_int_equal(count_of(world, REPORT_ANSWERS, "school"), 0);
    assert_int_equal(count_of(world, REPORT_ANSWERS, "anything else"), 1);
    assert_int_equal(count_of(world, REPORT_REFUSALS, "CONSENT_MISSING"), 1);
    assert_int_equal(count_of(world, REPORT_REFUSALS, "NO_CLAUSE"), 1);
    assert_int_equal(count_of(world, REPORT_REFUSALS, "anything else"), 1);
    assert_int_equal(count_of(world, REPORT_LOOKS_REFUSED, "NO_CLAUSE"), 2);
}

/* More than one step of entries, and times of reviews by the store. */
static void a_long_quarter_is_counted_in_steps(void **state) {
    struct world *world = *state;
    world->line->wall_ms = world->from_ms + DAY_MS;
    asks(world, LIMIT_REPORT_STEP + 3, 0);
    assert_false(lg_failed(counted(world)));
    assert_int_equal(count_of(world, REPORT_ASKED_BY, "care"), LIMIT_REPORT_STEP + 3);
}

static void what_is_small_is_hidden_and_the_rest_rounded(void **state) {
    struct world *world = *state;
    struct wire_quarter_reply reply;
    world->line->wall_ms = world->from_ms + DAY_MS;
    world->is_about_each = true;
    asks(world, 57, 0);
    asks(world, 3, AUDIT_FLAG_EMERGENCY);
    parts(world, 41, "homes", "ANSWERED");
    parts(world, 12, "school", "ANSWERED");
    parts(world, 3, "trust", "HIDDEN");
    assert_false(lg_failed(counted(world)));
    assert_false(lg_failed(service_report_tables(&world->report, world->arena, &reply)));
    assert_int_equal(reply.table_count, REPORT_TALLY_END);
    assert_int_equal(reply.tables[REPORT_ASKED_BY].total, 60);
    /* Three emergencies: neither they nor the rest. */
    assert_true(row_of(&reply, "questions-by-emergency", "declared emergency")->hidden);
    assert_true(row_of(&reply, "questions-by-emergency", "all others")->hidden);
    assert_int_equal(row_of(&reply, "answers", "homes")->count, 40);
    assert_int_equal(row_of(&reply, "answers", "homes")->percent, 73);
    assert_true(row_of(&reply, "answers", "HIDDEN")->hidden);
    assert_int_equal(row_of(&reply, "answers", "HIDDEN")->count, 0);
    /* The three would follow from the total. */
    assert_true(row_of(&reply, "answers", "school")->hidden);
    for (size_t i = 0; i < reply.review_time_count; i++) {
        assert_true(reply.review_times[i].hidden);
    }
    assert_true(reply.rules.count > 0 && reply.left_out.count > 0);
}

static void a_quarter_of_nothing_tells_nothing(void **state) {
    struct world *world = *state;
    struct wire_quarter_reply reply;
    assert_false(lg_failed(counted(world)));
    assert_false(lg_failed(service_report_tables(&world->report, world->arena, &reply)));
    for (size_t i = 0; i < reply.table_count; i++) {
        assert_true(reply.tables[i].total_hidden);
        assert_int_equal(reply.tables[i].total, 0);
    }
}

static void entries_of(struct world *world, enum audit_kind kind, const char *reason,
                       size_t count) {
    for (size_t i = 0; i < count; i++) {
        put(world, kind, reason, 0);
    }
}

/* A hundred questions about seven people are small; about eight they are not. */
static void people_count_and_not_entries(void **state) {
    struct world *world = *state;
    struct wire_quarter_reply reply;
    world->line->wall_ms = world->from_ms + DAY_MS;
    for (size_t i = 0; i < 7; i++) {
        world->about = &world->people[i];
        asks(world, 14, 0);
    }
    assert_false(lg_failed(counted(world)));
    assert_false(lg_failed(service_report_tables(&world->report, world->arena, &reply)));
    for (size_t i = 0; i < reply.table_count; i++) {
        assert_true(reply.tables[i].total_hidden && reply.tables[i].total == 0);
    }
    /* All whom nobody knows are one person more, however many they are. */
    world->about = NULL;
    asks(world, 30, 0);
    assert_false(lg_failed(counted(world)));
    assert_false(lg_failed(service_report_tables(&world->report, world->arena, &reply)));
    assert_int_equal(reply.tables[REPORT_ASKED_BY].total, 130);
    assert_true(row_of(&reply, "questions-by-emergency", "all others")->hidden);
}

/* What is decided before anybody is looked up is about no person; what facts about a person decide
 * is about one, and that is the same one of all that are not known. */
static void refusals_are_about_people_where_facts_decide(void **state) {
    struct world *world = *state;
    struct wire_quarter_reply reply;
    world->line->wall_ms = world->from_ms + DAY_MS;
    for (size_t i = 0; i < 20; i++) {
        put(world, AUDIT_DENIAL, "NO_CLAUSE", AUDIT_FLAG_FINAL);
        put(world, AUDIT_DENIAL, "OUT_OF_HOURS", AUDIT_FLAG_FINAL);
        put(world, AUDIT_DENIAL, "CONSENT_MISSING", AUDIT_FLAG_FINAL);
        put(world, AUDIT_DENIAL, "POWER_MISSING", AUDIT_FLAG_FINAL);
    }
    put(world, AUDIT_DENIAL, "POWER_MISSING", AUDIT_FLAG_FINAL);
    assert_false(lg_failed(counted(world)));
    assert_false(lg_failed(service_report_tables(&world->report, world->arena, &reply)));
    assert_true(row_of(&reply, "refusals", "CONSENT_MISSING")->hidden);
    assert_int_equal(row_of(&reply, "refusals", "POWER_MISSING")->count, 20);
    assert_int_equal(reply.tables[REPORT_REFUSALS].total, 80);
}

/* None shows as little as seven do, in the table and in the rating. */
static void no_questions_look_like_few(void **state) {
    struct world *world = *state;
    struct wire_quarter_reply none;
    struct wire_quarter_reply few;
    world->line->wall_ms = world->from_ms + DAY_MS;
    assert_false(lg_failed(counted(world)));
    assert_false(lg_failed(service_report_tables(&world->report, world->arena, &none)));
    for (size_t i = 0; i < none.tables[REPORT_ASKED_UNDER].row_count; i++) {
        assert_true(none.tables[REPORT_ASKED_UNDER].rows[i].hidden);
    }
    world->is_about_each = true;
    asks(world, 7, 0);
    assert_false(lg_failed(counted(world)));
    assert_false(lg_failed(service_report_tables(&world->report, world->arena, &few)));
    assert_true(few.tables[REPORT_ASKED_UNDER].total_hidden);
    assert_false(world->report.year[0].is_used);
    asks(world, 1, 0);
    assert_false(lg_failed(counted(world)));
    assert_true(world->report.year[0].is_used);
}

/* An agreement is used where some quarter of the year was enough; two that are few are not. */
static void a_year_is_told_by_its_quarters(void **state) {
    struct world *world = *state;
    world->year_from_ms = world->from_ms - 200 * (int64_t)DAY_MS;
    world->is_about_each = true;
    world->line->wall_ms = world->from_ms - DAY_MS;
    asks(world, 7, 0);
    world->line->wall_ms = world->from_ms + DAY_MS;
    asks(world, 7, 0);
    assert_false(lg_failed(counted(world)));
    assert_int_equal(count_of(world, REPORT_ASKED_BY, "care"), 7);
    assert_false(world->report.year[0].is_used);
    world->year_from_ms = 0; /* what the world itself asked comes before */
    world->line->wall_ms = world->from_ms + 2 * (int64_t)DAY_MS;
    asks(world, 1, 0);
    assert_false(lg_failed(counted(world)));
    assert_true(world->report.year[0].is_used);
    world->year_from_ms = world->from_ms;
}

static void consents_are_about_people_and_notices_are_not(void **state) {
    struct world *world = *state;
    world->line->wall_ms = world->from_ms + DAY_MS;
    world->about = &world->people[3];
    entries_of(world, AUDIT_SEARCH, "CONSENT_GIVEN", 3); /* none */
    assert_false(lg_failed(counted(world)));
    const struct audit_entry given = {
        .kind = AUDIT_CONSENT, .time_ms = world->from_ms, .reason = span_text("CONSENT_GIVEN")};
    struct audit_entry notice = given;
    notice.reason = span_text("NOTICE_ACKNOWLEDGED");
    const struct store_entry_person known = {.is_known = true, .code = {.bytes = {1, 2, 3}}};
    for (uint64_t i = 0; i < 10; i++) {
        service_report_count(&world->report, i, &given, &known);
        service_report_count(&world->report, i, &notice, &known);
    }
    assert_int_equal(count_of(world, REPORT_CONSENT_ASKED, "CONSENT_GIVEN"), 10);
    assert_int_equal(world->report.rows[REPORT_CONSENT_ASKED].people[0].count, 1);
    assert_int_equal(world->report.rows[REPORT_CONSENT_LATER].people[3].count, SMALL_LEAST);
}

/* The index does not go so far: no report, as fewer people would be told apart in it. */
static void without_the_index_there_is_no_report(void **state) {
    struct world *world = *state;
    world->line->wall_ms = world->from_ms + DAY_MS;
    assert_false(lg_failed(counted(world)));
    asks(world, 1, 0);
    service_report_done(&world->report);
    world->report = (struct report){.gateway = &world->line->gateway,
                                    .year_from_ms = world->year_from_ms,
                                    .from_ms = world->from_ms,
                                    .to_ms = world->to_ms,
                                    .arena = world->arena};
    bool done = false;
    assert_false(lg_failed(service_report_step(&world->report, &done)));
    world->report.next = audit_size(world->line->gateway.log) - 1;
    assert_int_equal(lg_err_class(service_report_step(&world->report, &done)), LG_CLASS_STORE);
    assert_false(lg_failed(counted(world)));
}

/* How a case ended, and whether it was handed on before. */
static void cases_are_told_by_their_outcome(void **state) {
    struct world *world = *state;
    assert_false(lg_failed(counted(world)));
    struct store_entry_person person = {.is_known = true, .code = {.bytes = {1}}};
    struct review_case it = {.opening = {.kind = REVIEW_EMERGENCY},
                             .outcome = span_text("justified")};
    service_report_case(&world->report, &it, &person);
    service_report_case(&world->report, &it, &person);
    it.outcome = span_text("not-justified");
    it.escalated_count = 1;
    service_report_case(&world->report, &it, &person);
    it.opening.kind = REVIEW_ANOMALY;
    service_report_case(&world->report, &it, &person);
    it.escalated_count = 0;
    it.lapsed_ms = 5;
    it.outcome = span_text("justified");
    service_report_case(&world->report, &it, &person);
    assert_int_equal(count_of(world, REPORT_CASES, "emergency, justified"), 2);
    assert_int_equal(
        count_of(world, REPORT_CASES, "emergency, not justified after it was escalated"), 1);
    assert_int_equal(count_of(world, REPORT_CASES, "misuse, not justified after it was escalated"),
                     1);
    assert_int_equal(count_of(world, REPORT_CASES, "misuse, justified after it was escalated"), 1);
    assert_int_equal(world->report.rows[REPORT_CASES].people[0].count, 1);
}

/* Eight cases that were closed: half of them within two days. */
static void reviews_have_their_time(void **state) {
    struct world *world = *state;
    struct wire_quarter_reply reply;
    world->line->wall_ms = world->from_ms + DAY_MS;
    for (uint8_t i = 1; i <= 8; i++) {
        const struct review_opening opening = {.id = {{i}},
                                               .kind = REVIEW_BUDGET,
                                               .reviewer = span_text("homes"),
                                               .opener = {span_text("care"), span_text("u"), {0}},
                                               .opened_ms = world->line->wall_ms,
                                               .due_ms = world->line->wall_ms + DAY_MS};
        struct audit_entry_fields fields = {.kind = AUDIT_REVIEW,
                                            .requesting_agency = span_text("homes"),
                                            .decision = AUDIT_DECISION_PERMIT};
        assert_false(lg_failed(review_opening_encode(&opening, world->arena, &fields.sealed)));
        line_log_put(world->line, &fields);
    }
    for (uint8_t i = 1; i <= 8; i++) {
        world->line->wall_ms += i % 2 == 1 ? DAY_MS : 0;
        const struct review_act act = {.id = {{i}},
                                       .kind = REVIEW_CLOSE,
                                       .at_ms = world->line->wall_ms,
                                       .agency = span_text("homes"),
                                       .user_id = span_text("ig"),
                                       .outcome = span_text("justified"),
                                       .reasons = span_text("It was.")};
        struct audit_entry_fields fields = {.kind = AUDIT_REVIEW,
                                            .requesting_agency = span_text("homes"),
                                            .decision = AUDIT_DECISION_PERMIT,
                                            .reason = span_text("REVIEW_CLOSED")};
        assert_false(lg_failed(review_act_encode(&act, world->arena, &fields.sealed)));
        line_log_put(world->line, &fields);
    }
    assert_false(lg_failed(counted(world)));
    assert_false(lg_failed(service_report_tables(&world->report, world->arena, &reply)));
    assert_int_equal(count_of(world, REPORT_REVIEWS, "REVIEW_CLOSED"), 8);
    for (size_t i = 0; i < reply.review_time_count; i++) {
        bool is_budget = span_equal_text(reply.review_times[i].kind, "budget");
        assert_int_equal(reply.review_times[i].hidden, !is_budget);
        assert_int_equal(reply.review_times[i].median_days, is_budget ? 2 : 0);
    }
}

static void without_memory_it_says_so(void **state) {
    struct world *world = *state;
    world->line->wall_ms = world->from_ms + DAY_MS;
    asks(world, 2, 0);
    index_through(world);
    bool done = false;
    for (uint64_t n = 1; !done; n++) {
        bool is_through = false;
        struct lg_err err = LG_OK;
        service_report_done(&world->report);
        arena_free(&world->arena);
        assert_false(lg_failed(arena_new(MEMORY, &world->arena)));
        world->report = (struct report){.gateway = &world->line->gateway,
                                        .year_from_ms = world->year_from_ms,
                                        .from_ms = world->from_ms,
                                        .to_ms = world->to_ms,
                                        .arena = world->arena};
        support_alloc_fail_at(n);
        while (!is_through && !lg_failed(err)) {
            err = service_report_step(&world->report, &is_through);
        }
        done = support_alloc_seen() < n;
        support_alloc_fail_at(0);
        assert_true(!done || !lg_failed(err));
        if (!lg_failed(err)) {
            assert_int_equal(count_of(world, REPORT_ASKED_BY, "care"), 2);
        }
    }
}

#define OF(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quarters_begin_and_end),
        OF(only_the_quarter_counts),
        OF(each_kind_has_its_row),
        OF(a_long_quarter_is_counted_in_steps),
        OF(what_is_small_is_hidden_and_the_rest_rounded),
        OF(a_quarter_of_nothing_tells_nothing),
        OF(people_count_and_not_entries),
        OF(refusals_are_about_people_where_facts_decide),
        OF(no_questions_look_like_few),
        OF(a_year_is_told_by_its_quarters),
        OF(consents_are_about_people_and_notices_are_not),
        OF(without_the_index_there_is_no_report),
        OF(cases_are_told_by_their_outcome),
        OF(reviews_have_their_time),
        OF(without_memory_it_says_so),
    };
    return cmocka_run_group_tests(tests, group_begin, line_world_teardown);
}
