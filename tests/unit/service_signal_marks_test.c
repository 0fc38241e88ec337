/* SPDX-License-Identifier: Apache-2.0 */
/* Own record, colleague and canary, by tokens: whose marks count, and that what only a hidden
 * source holds shows in no case. */
#include "gateway/audit/audit_int.h"
#include "gateway/edge/edge.h"
#include "gateway/signals/signals.h"
#include "tests/unit/signals_fixture.h"

/* Keys that are looked up are counted: linked with --wrap. */
static size_t key_count;
struct lg_err __real_store_key_find(struct store *store, const struct person_id *person,
                                    uint32_t quarter, struct vault_key **out_key);
struct lg_err __wrap_store_key_find(struct store *store, const struct person_id *person,
                                    uint32_t quarter, struct vault_key **out_key);
struct lg_err __wrap_store_key_find(struct store *store, const struct person_id *person,
                                    uint32_t quarter, struct vault_key **out_key) {
    key_count += person != NULL ? 1 : 0;
    return __real_store_key_find(store, person, quarter, out_key);
}

/* A record of the agency with these names and one identifier: the same person in every case. */
static struct person_id known_as(struct scene *s, enum line_agency_id id, uint32_t number,
                                 const struct made_person *who) {
    struct line_agency *agency = &s->w->agencies[id];
    struct vault_box_public public_key = vault_box_public(agency->box);
    struct edge_sealed_reference sealed;
    struct store_token tokens[5];
    struct store_enrolled result;
    assert_false(lg_failed(edge_reference_seal(&public_key, span_text("P-1"), &sealed)));
    const struct store_record record = {.record_tag = line_tag(number),
                                        .reference = {sealed.bytes, sizeof sealed.bytes},
                                        .tokens = tokens,
                                        .token_count = store_support_tokens(who, tokens)};
    const struct store_enrolment batch = {.agency = span_text(agency->name),
                                          .agreement = span_text("line"),
                                          .now_ms = s->w->wall_ms,
                                          .quarter = audit_quarter(s->w->wall_ms),
                                          .records = &record,
                                          .count = 1};
    assert_false(lg_failed(store_enrol(s->w->store.store, &batch, &result)));
    return result.person;
}

static size_t tags_of(struct scene *s, const struct made_person *who, struct store_tag *tags) {
    struct store_token tokens[5];
    size_t count = store_support_tokens(who, tokens);
    assert_false(lg_failed(store_mark_tags(s->w->store.store, tokens, count, tags)));
    return count;
}

static void mark_as(struct scene *s, const char *agency, enum store_mark_kind kind,
                    const char *label, const struct made_person *who) {
    struct store_tag tags[5];
    struct store_marked marked;
    const struct store_mark mark = {.agency = span_text(agency),
                                    .kind = kind,
                                    .label = span_text(label),
                                    .tags = tags,
                                    .tag_count = tags_of(s, who, tags)};
    assert_false(lg_failed(store_mark_put(s->w->store.store, &mark, &marked)));
}

/* At the machine's own time, for which the agencies' certificates are. */
static struct scene scene_now(void **state) {
    struct scene s = scene_of(*state);
    const struct clock machine = clock_system();
    s.w->wall_ms = clock_wall_ms(&machine);
    return s;
}

static void asks_about(struct scene *s, const struct person_id *person, bool is_enough) {
    struct line_ask ask = line_ask_of(s->w, QUERY_ASK, line_handle(s->w, person, is_enough));
    line_ask_run(&ask, true);
}

static const struct made_person ANNE = {"anne", "example", "19840517", "ZZ1 1AA", "9990000018"};
/* The same identifier, by another name and elsewhere. */
static const struct made_person ANNE_BEFORE = {"anne", "sample", "19840517", "ZZ9 9ZZ", ""};
static const struct made_person ANNE_WHOLE = {"anne", "sample", "19840517", "ZZ9 9ZZ",
                                              "9990000018"};

static void a_user_who_is_the_person_is_told_by_tokens(void **state) {
    struct scene s = scene_now(state);
    struct person_id anne = known_as(&s, LINE_HOMES, 1, &ANNE);
    asks_about(&s, &anne, true);
    assert_int_equal(run(&s), 0);
    mark_as(&s, "care", STORE_MARK_STAFF, "U-17", &ANNE);
    asks_about(&s, &anne, true);
    assert_int_equal(run(&s), 1);
    assert_true(span_equal_text(one(&s).opening.cause, "own-record"));
    scene_done(&s);
}

static void another_of_the_staff_is_a_colleague(void **state) {
    struct scene s = scene_now(state);
    struct person_id anne = known_as(&s, LINE_HOMES, 1, &ANNE);
    mark_as(&s, "homes", STORE_MARK_STAFF, "u-17", &ANNE); /* of another agency: no matter */
    asks_about(&s, &anne, true);
    assert_int_equal(run(&s), 0);
    mark_as(&s, "care", STORE_MARK_STAFF, "u-18", &ANNE);
    asks_about(&s, &anne, true);
    assert_int_equal(run(&s), 1);
    assert_true(span_equal_text(one(&s).opening.cause, "colleague"));
    scene_done(&s);
}

/* The name that the mark goes by stands in the hidden trust's record alone: were there a case, an
 * officer would know it for having marked it. Once the school has it too there is one. */
static void what_only_a_hidden_source_holds_shows_in_no_case(void **state) {
    struct scene s = scene_now(state);
    struct person_id anne = known_as(&s, LINE_HOMES, 1, &ANNE);
    struct person_id hidden = known_as(&s, LINE_TRUST, 2, &ANNE_WHOLE);
    assert_memory_equal(&hidden, &anne, sizeof anne);
    mark_as(&s, "care", STORE_MARK_STAFF, "u-17", &ANNE_BEFORE);
    asks_about(&s, &anne, true);
    assert_int_equal(run(&s), 0);
    (void)known_as(&s, LINE_SCHOOL, 3, &ANNE_WHOLE);
    asks_about(&s, &anne, true);
    assert_int_equal(run(&s), 1);
    scene_done(&s);
}

/* Nor where the asker could not know of the person at all. */
static void whom_only_a_hidden_source_knows_shows_in_no_case(void **state) {
    struct scene s = scene_now(state);
    struct person_id anne = known_as(&s, LINE_TRUST, 1, &ANNE);
    mark_as(&s, "care", STORE_MARK_STAFF, "u-17", &ANNE);
    mark_as(&s, "trust", STORE_MARK_CANARY, "x", &ANNE);
    asks_about(&s, &anne, false);
    asks_about(&s, &anne, true);
    assert_int_equal(run(&s), 0);
    /* Homes have a record of them too, and yet it was the trust's that said who they are. */
    (void)known_as(&s, LINE_HOMES, 2, &ANNE);
    asks_about(&s, &anne, false);
    assert_int_equal(run(&s), 0);
    scene_done(&s);
}

static void a_canary_is_its_holders(void **state) {
    struct scene s = scene_now(state);
    struct person_id anne = known_as(&s, LINE_HOMES, 1, &ANNE);
    mark_as(&s, "school", STORE_MARK_CANARY, "x", &ANNE);
    asks_about(&s, &anne, true);
    assert_int_equal(run(&s), 0);
    mark_as(&s, "homes", STORE_MARK_CANARY, "x", &ANNE);
    asks_about(&s, &anne, true);
    assert_int_equal(run(&s), 1);
    assert_true(span_equal_text(one(&s).opening.cause, "canary"));
    scene_done(&s);
}

/* Tokens of classes that twins of like names share decide nothing. */
static void a_likeness_is_not_enough(void **state) {
    struct scene s = scene_now(state);
    const struct made_person twin = {"anna", "example", "19840517", "ZZ1 1AA", ""};
    struct person_id anne = known_as(&s, LINE_HOMES, 1, &ANNE);
    mark_as(&s, "care", STORE_MARK_STAFF, "u-17", &twin);
    asks_about(&s, &anne, true);
    assert_int_equal(run(&s), 0);
    scene_done(&s);
}

/* As a start of the process: while nothing is committed. */
static void hints_forget(struct audit_log *log) {
    audit_hints_free(&log->hints);
    assert_false(lg_failed(audit_hints_new(audit_size(log), &log->hints)));
}

/* The log's memory of whom entries are about is lost with the process. */
static void after_a_restart_of_the_log_marks_are_found_too(void **state) {
    struct scene s = scene_now(state);
    struct person_id anne = known_as(&s, LINE_HOMES, 1, &ANNE);
    struct person_id bob = line_person(s.w, 2, 1U << LINE_HOMES);
    mark_as(&s, "care", STORE_MARK_STAFF, "u-17", &ANNE);
    assert_int_equal(run(&s), 0);
    asks_about(&s, &bob, true);
    asks_about(&s, &anne, true);
    hints_forget(s.w->gateway.log);
    assert_int_equal(run(&s), 1);
    assert_true(span_equal_text(one(&s).opening.cause, "own-record"));
    scene_done(&s);
}

/* However many questions there are, each of those who are marked costs one key. */
static void after_a_restart_no_key_is_looked_up_twice(void **state) {
    struct scene s = scene_now(state);
    enum { QUESTIONS = 12 };
    struct person_id anne = known_as(&s, LINE_HOMES, 1, &ANNE);
    struct person_id bob = line_person(s.w, 2, 1U << LINE_HOMES);
    mark_as(&s, "care", STORE_MARK_STAFF, "u-18", &ANNE);
    assert_int_equal(run(&s), 0);
    for (size_t i = 0; i < QUESTIONS; i++) {
        asks_about(&s, i % 2 == 0 ? &bob : &anne, true);
    }
    hints_forget(s.w->gateway.log);
    key_count = 0;
    assert_int_equal(run(&s), 1);
    assert_int_equal(key_count, 2); /* a token of theirs is another's as well */
    assert_int_equal(one(&s).opening.cause.len, strlen("colleague"));
    struct review_case it = one(&s);
    assert_int_equal(hits_of(&s, &it).count, QUESTIONS / 2);
    scene_done(&s);
}

/* ---- From the log ---- */

static void entry_put(struct scene *s, const char *label, const struct made_person *who) {
    struct store_tag tags[5];
    struct signals_mark_entry entry = {
        .system = span_text("officer"),
        .user_id = span_text("ig-1"),
        .role = span_text("officer"),
        .mark = {.kind = STORE_MARK_STAFF, .label = span_text(label), .tags = tags}};
    entry.mark.tag_count = who == NULL ? 0 : tags_of(s, who, tags);
    struct audit_entry_fields fields = {
        .kind = AUDIT_ENROL,
        .requesting_agency = span_text("care"),
        .source_agency = span_text("care"),
        .decision = AUDIT_DECISION_PERMIT,
        .reason = span_text(signals_mark_reason(&entry.mark)),
        .record_count = 1,
    };
    vault_random(fields.request_id.bytes, sizeof fields.request_id.bytes);
    assert_false(lg_failed(signals_mark_encode(&entry, s->w->arena, &fields.sealed)));
    line_log_put(s->w, &fields);
}

static bool is_marked(struct scene *s, const char *label) {
    const struct store_mark mark = {
        .agency = span_text("care"), .kind = STORE_MARK_STAFF, .label = span_text(label)};
    struct store_mark_standing standing;
    assert_false(lg_failed(store_mark_standing(s->w->worker.reader, &mark, &standing)));
    return standing.has;
}

/* As after a crash between the entries from `index` on and the store. */
static void crash_before_store(struct scene *s, uint64_t index) {
    char sql[160];
    (void)snprintf(sql, sizeof sql,
                   "DELETE FROM signal_mark; UPDATE meta SET value = %llu"
                   " WHERE name = 'applied_through'",
                   (unsigned long long)index);
    store_change(s, sql);
}

/* What the log says is there when its entry is told, and again when the store lost it. */
static void the_log_holds_the_marks(void **state) {
    struct scene s = scene_now(state);
    struct person_id anne = known_as(&s, LINE_HOMES, 1, &ANNE);
    uint64_t first = audit_size(s.w->gateway.log);
    size_t count = 0;
    entry_put(&s, "u-17", &ANNE);
    entry_put(&s, "u-18", &ANNE);
    assert_true(is_marked(&s, "u-17") && is_marked(&s, "u-18"));
    entry_put(&s, "U-18", NULL);
    assert_true(is_marked(&s, "u-17"));
    assert_false(is_marked(&s, "u-18"));
    crash_before_store(&s, first);
    assert_false(is_marked(&s, "u-17"));
    assert_false(lg_failed(audit_log_replay(s.w->gateway.log, first, &count)));
    assert_int_equal(count, 3);
    assert_true(is_marked(&s, "u-17"));
    assert_false(is_marked(&s, "u-18"));
    assert_int_equal(run(&s), 0);
    asks_about(&s, &anne, true);
    assert_int_equal(run(&s), 1);
    assert_true(span_equal_text(one(&s).opening.cause, "own-record"));
    scene_done(&s);
}

/* A body of the version before, whose mark went past the log, and rubbish, stop no start. */
static void an_entry_that_holds_no_mark_is_passed(void **state) {
    struct scene s = scene_now(state);
    const char *const bodies[] = {"\x01", "rubbish", "\x02\x00"};
    for (size_t i = 0; i < 3; i++) {
        struct audit_entry_fields fields = {.kind = AUDIT_ENROL,
                                            .requesting_agency = span_text("care"),
                                            .source_agency = span_text("care"),
                                            .decision = AUDIT_DECISION_PERMIT,
                                            .reason = span_text("STAFF_MARKED"),
                                            .sealed = span_text(bodies[i])};
        vault_random(fields.request_id.bytes, sizeof fields.request_id.bytes);
        line_log_put(s.w, &fields);
    }
    assert_int_equal(run(&s), 0);
    scene_done(&s);
}

#define T(f) cmocka_unit_test_setup_teardown(f, line_world_open, line_world_close)

static int set_up(void **state) {
    return line_world_setup(state, LOCKGATE_SOURCE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        T(a_user_who_is_the_person_is_told_by_tokens),
        T(another_of_the_staff_is_a_colleague),
        T(what_only_a_hidden_source_holds_shows_in_no_case),
        T(whom_only_a_hidden_source_knows_shows_in_no_case),
        T(a_canary_is_its_holders),
        T(a_likeness_is_not_enough),
        T(after_a_restart_of_the_log_marks_are_found_too),
        T(after_a_restart_no_key_is_looked_up_twice),
        T(the_log_holds_the_marks),
        T(an_entry_that_holds_no_mark_is_passed),
    };
    return cmocka_run_group_tests(tests, set_up, line_world_teardown);
}
