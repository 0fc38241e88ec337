/* SPDX-License-Identifier: Apache-2.0 */
/* The body of an entry, recording, withdrawing, showing; the counters of limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/consent/consent.h"
#include "gateway/consent/consent_int.h"
#include "tests/support/store_support.h"
#include "tests/support/support.h"

#include <cmocka.h>

static const struct person_id amy = {{1}};
static const struct person_id ben = {{2}};

struct world {
    struct store_support s;
    uint64_t size; /* of a log that holds consents alone */
};

static int set_up(void **state) {
    static struct world world;
    world = (struct world){0};
    store_support_init(&world.s);
    *state = &world;
    return 0;
}

static int tear_down(void **state) {
    store_support_done(&((struct world *)*state)->s);
    return 0;
}

static struct span_list list_of(struct world *w, const char *names) {
    if (names[0] == 0) {
        return (struct span_list){0};
    }
    struct span rest = span_text(names);
    struct span *items = arena_array(w->s.arena, 40, sizeof *items);
    struct span_list list = {.items = items};
    while (span_split(&rest, ',', &items[list.count])) {
        list.count++;
    }
    return list;
}

static struct consent given(struct world *w, const char *purposes, const char *categories) {
    return (struct consent){.state = CONSENT_GIVEN,
                            .kind = CONSENT_KIND_BASIS,
                            .explicit_consent = true,
                            .purposes = list_of(w, purposes),
                            .categories = list_of(w, categories)};
}

static void commit(struct world *w, struct span body) {
    struct consent_logged logged = {.log_index = w->size, .body = body};
    w->size++;
    assert_false(lg_failed(consent_apply(w->s.store, &logged, 1, w->size)));
}

static struct consent_recorder recorder_of(const struct world *w) {
    return (struct consent_recorder){.party = span_text("gp"),
                                     .user_id = span_text("user-1"),
                                     .role = span_text("practitioner"),
                                     .now_ms = 1795435200000 + (int64_t)w->size};
}

static struct lg_err record(struct world *w, const struct person_id *person,
                            const struct consent *consent, struct consent_id *out_id) {
    struct consent_change change;
    struct consent_draft draft = {.person = person, .consent = consent, .recorder = recorder_of(w)};
    struct lg_err err = consent_record_make(w->s.reader, &draft, w->s.arena, &change);
    if (!lg_failed(err)) {
        commit(w, change.body);
        *out_id = change.id;
    }
    return err;
}

static struct consent_id recorded(struct world *w, const struct person_id *person,
                                  const struct consent *consent) {
    struct consent_id id = {{0}};
    assert_false(lg_failed(record(w, person, consent, &id)));
    return id;
}

static struct lg_err withdraw(struct world *w, struct consent_withdrawal withdrawal) {
    struct consent_change change;
    withdrawal.recorder = recorder_of(w);
    struct lg_err err = consent_withdraw_make(w->s.reader, &withdrawal, w->s.arena, &change);
    if (!lg_failed(err)) {
        commit(w, change.body);
    }
    return err;
}

static const struct consent *shown(struct world *w, const struct person_id *person,
                                   const struct consent_id *id) {
    const struct consent *consent = NULL;
    const struct consent_look look = {.reader = w->s.reader, .person = person};
    assert_false(
        lg_failed(consent_find(&look, span_of(id->bytes, sizeof id->bytes), w->s.arena, &consent)));
    return consent;
}

static bool fails_with(struct lg_err err, enum lg_class klass, enum consent_code code) {
    return lg_err_same(err, lg_err_make(klass, LG_CONSENT, (uint16_t)code));
}

/* ---- Entry -------------------------------------------------------------------------------------
 */

static void an_entry_comes_back_as_it_went(void **state) {
    struct world *w = *state;
    struct consent consent = given(w, "early-help,case-review", "identity");
    consent.recipients = list_of(w, "police");
    consent.id.bytes[15] = 9;
    consent.from = span_text("2026-02-28");
    consent.until = span_text("2026-02-28");
    consent.recorded_ms = 77;
    consent.recorded_by = span_text("gp");
    struct span body;
    struct person_id person;
    struct consent back;
    assert_false(lg_failed(consent_entry_encode(&amy, &consent, w->s.arena, &body)));
    assert_false(lg_failed(consent_entry_decode(body, w->s.arena, &person, &back)));
    assert_memory_equal(&person, &amy, sizeof person);
    assert_memory_equal(&back.id, &consent.id, sizeof back.id);
    assert_int_equal(back.state, CONSENT_GIVEN);
    assert_true(back.explicit_consent);
    assert_int_equal(back.purposes.count, 2);
    assert_true(span_equal_text(back.purposes.items[1], "case-review"));
    assert_true(span_equal_text(back.categories.items[0], "identity"));
    assert_true(span_equal_text(back.recipients.items[0], "police"));
    assert_true(span_equal_text(back.until, "2026-02-28"));
    assert_true(span_equal_text(back.recorded_by, "gp"));
    assert_int_equal(back.recorded_ms, 77);
    /* Cut anywhere, or longer, it is no entry. */
    for (size_t len = 0; len < body.len; len++) {
        assert_true(
            fails_with(consent_entry_decode(span_of(body.ptr, len), w->s.arena, &person, &back),
                       LG_CLASS_INPUT, CONSENT_BODY));
    }
    uint8_t longer[STORE_CONSENT_BODY_MAX] = {0};
    memcpy(longer, body.ptr, body.len);
    assert_true(
        fails_with(consent_entry_decode(span_of(longer, body.len + 1), w->s.arena, &person, &back),
                   LG_CLASS_INPUT, CONSENT_BODY));
    const size_t offsets[] = {0, 33, 34}; /* version, state, explicit */
    for (size_t i = 0; i < 3; i++) {
        uint8_t kept = longer[offsets[i]];
        longer[offsets[i]] = 9;
        assert_true(
            fails_with(consent_entry_decode(span_of(longer, body.len), w->s.arena, &person, &back),
                       LG_CLASS_INPUT, CONSENT_BODY));
        longer[offsets[i]] = kept;
    }
}

static void fields_outside_their_range_are_refused(void **state) {
    struct world *w = *state;
    struct consent_id id;
    struct consent good = given(w, "early-help", "identity");
    struct consent bad[11];
    for (size_t i = 0; i < 11; i++) {
        bad[i] = good;
    }
    struct span many[CONSENT_NAMES_MAX + 1];
    for (size_t i = 0; i <= CONSENT_NAMES_MAX; i++) {
        many[i] = span_text("x");
    }
    char longest[CONSENT_NAME_SIZE_MAX + 2];
    memset(longest, 'x', sizeof longest);
    struct span name = span_of(longest, CONSENT_NAME_SIZE_MAX + 1);
    bad[0].state = CONSENT_WITHDRAWN;
    bad[1].state = (enum consent_state)0;
    bad[2].purposes = (struct span_list){many, CONSENT_NAMES_MAX + 1};
    bad[3].categories = (struct span_list){&name, 1};
    bad[4].purposes = list_of(w, "early-help,");
    bad[5].purposes = list_of(w, "Early-help");
    bad[6].from = span_text("2026-02-29");
    bad[7].until = span_text("2026-2-28");
    bad[8].from = span_text("2026-03-02");
    bad[8].until = span_text("2026-03-01");
    bad[9].recipients = list_of(w, "po lice");
    bad[10].until = span_text("1899-12-31");
    for (size_t i = 0; i < 11; i++) {
        assert_true(fails_with(record(w, &amy, &bad[i], &id), LG_CLASS_INPUT, CONSENT_FIELDS));
    }
    struct consent edge = good;
    name.len = CONSENT_NAME_SIZE_MAX;
    edge.purposes = (struct span_list){many, CONSENT_NAMES_MAX};
    edge.categories = (struct span_list){&name, 1};
    assert_false(lg_failed(record(w, &amy, &edge, &id)));
    /* Everything in its range and together more than an entry holds. */
    struct span longest_names[CONSENT_NAMES_MAX];
    for (size_t i = 0; i < CONSENT_NAMES_MAX; i++) {
        longest_names[i] = name;
    }
    edge.purposes = (struct span_list){longest_names, CONSENT_NAMES_MAX};
    edge.categories = edge.purposes;
    assert_true(fails_with(record(w, &amy, &edge, &id), LG_CLASS_INPUT, CONSENT_FIELDS));
}

/* ---- Withdrawing -------------------------------------------------------------------------------
 */

static void a_withdrawal_by_id_shows(void **state) {
    struct world *w = *state;
    struct consent early = given(w, "early-help", "");
    struct consent review = given(w, "case-review", "");
    struct consent_id first = recorded(w, &amy, &early);
    struct consent_id second = recorded(w, &amy, &review);
    struct consent_withdrawal by_id = {.person = &amy, .id = span_of(first.bytes, 16)};
    assert_false(lg_failed(withdraw(w, by_id)));
    assert_int_equal(shown(w, &amy, &first)->state, CONSENT_WITHDRAWN);
    assert_int_equal(shown(w, &amy, &second)->state, CONSENT_GIVEN);
    assert_false(lg_failed(withdraw(w, by_id)));
    /* Somebody else's id, and one that is none. */
    struct consent_withdrawal foreign = {.person = &ben, .id = by_id.id};
    assert_true(fails_with(withdraw(w, foreign), LG_CLASS_INPUT, CONSENT_UNKNOWN));
    foreign.id = span_text("short");
    assert_true(fails_with(withdraw(w, foreign), LG_CLASS_INPUT, CONSENT_UNKNOWN));
    assert_null(shown(w, &ben, &first));
}

static void a_later_consent_is_not_withdrawn_by_an_earlier_withdrawal(void **state) {
    struct world *w = *state;
    struct consent early = given(w, "early-help", "");
    recorded(w, &amy, &early);
    assert_false(lg_failed(withdraw(w, (struct consent_withdrawal){.person = &amy})));
    struct consent_id again = recorded(w, &amy, &early);
    assert_int_equal(shown(w, &amy, &again)->state, CONSENT_GIVEN);
}

static void a_narrow_withdrawal_leaves_the_rest(void **state) {
    struct world *w = *state;
    struct consent both = given(w, "early-help,case-review", "identity,contact");
    struct consent all = given(w, "", "");
    struct consent other = given(w, "service-planning", "");
    struct consent_id ids[3] = {recorded(w, &amy, &both), recorded(w, &amy, &all),
                                recorded(w, &amy, &other)};
    struct consent_withdrawal narrow = {.person = &amy, .purposes = list_of(w, "early-help")};
    assert_false(lg_failed(withdraw(w, narrow)));
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(shown(w, &amy, &ids[i])->state, CONSENT_GIVEN);
    }
    narrow.purposes = list_of(w, "case-review,early-help,service-planning");
    assert_false(lg_failed(withdraw(w, narrow)));
    assert_int_equal(shown(w, &amy, &ids[0])->state, CONSENT_WITHDRAWN);
    assert_int_equal(shown(w, &amy, &ids[1])->state, CONSENT_GIVEN); /* all is more than three */
    assert_int_equal(shown(w, &amy, &ids[2])->state, CONSENT_WITHDRAWN);
}

/* A withdrawal of one kind leaves the others; one that states none takes all but the objection,
 * which its own party lifts. */
static void kinds_are_kept_apart(void **state) {
    struct world *w = *state;
    static const enum consent_kind kinds[] = {CONSENT_KIND_BASIS, CONSENT_KIND_CONFIDENTIALITY,
                                              CONSENT_KIND_SERVICE, CONSENT_KIND_OBJECTION};
    struct consent_id ids[4];
    struct consent consent = given(w, "early-help", "");
    for (size_t i = 0; i < 4; i++) {
        consent.kind = kinds[i];
        consent.state = i < 3 ? CONSENT_GIVEN : CONSENT_REFUSED;
        ids[i] = recorded(w, &amy, &consent);
    }
    struct consent_withdrawal service = {.person = &amy, .kind = CONSENT_KIND_SERVICE};
    assert_false(lg_failed(withdraw(w, service)));
    assert_int_equal(shown(w, &amy, &ids[0])->state, CONSENT_GIVEN);
    assert_int_equal(shown(w, &amy, &ids[1])->state, CONSENT_GIVEN);
    assert_int_equal(shown(w, &amy, &ids[2])->state, CONSENT_WITHDRAWN);
    struct consent_withdrawal objection = {.person = &amy, .id = span_of(ids[3].bytes, 16)};
    assert_true(fails_with(withdraw(w, objection), LG_CLASS_INPUT, CONSENT_FIELDS));
    objection = (struct consent_withdrawal){.person = &amy, .kind = CONSENT_KIND_OBJECTION};
    assert_true(fails_with(withdraw(w, objection), LG_CLASS_INPUT, CONSENT_FIELDS));
    assert_false(lg_failed(withdraw(w, (struct consent_withdrawal){.person = &amy})));
    assert_int_equal(shown(w, &amy, &ids[0])->state, CONSENT_WITHDRAWN);
    assert_int_equal(shown(w, &amy, &ids[3])->state, CONSENT_REFUSED);
    /* Lifting is recorded, not withdrawn. */
    consent.state = CONSENT_WITHDRAWN;
    struct consent_id lifted = recorded(w, &amy, &consent);
    assert_int_equal(shown(w, &amy, &lifted)->kind, CONSENT_KIND_OBJECTION);
    assert_int_equal(shown(w, &amy, &lifted)->state, CONSENT_WITHDRAWN);
}

static void a_draft_states_its_kind_and_its_evidence(void **state) {
    struct world *w = *state;
    struct consent_id id;
    struct consent draft = given(w, "early-help", "");
    draft.kind = CONSENT_KIND_NOT_STATED;
    assert_true(fails_with(record(w, &amy, &draft, &id), LG_CLASS_INPUT, CONSENT_FIELDS));
    draft.kind = CONSENT_KIND_OBJECTION; /* is not given */
    assert_true(fails_with(record(w, &amy, &draft, &id), LG_CLASS_INPUT, CONSENT_FIELDS));
    draft.kind = CONSENT_KIND_BASIS;
    draft.how.representative = CONSENT_REPRESENTATIVE_PARENT;
    assert_true(fails_with(record(w, &amy, &draft, &id), LG_CLASS_INPUT, CONSENT_FIELDS));
    draft.how.representative_evidence = span_text("PR-1");
    draft.how.user_id = span_text("somebody-else"); /* the recorder is the gateway's to say */
    assert_false(lg_failed(record(w, &amy, &draft, &id)));
    assert_true(span_equal_text(shown(w, &amy, &id)->how.user_id, "user-1"));
    assert_true(span_equal_text(shown(w, &amy, &id)->how.role, "practitioner"));
}

static void withdrawals_go_in_where_consents_no_longer_do(void **state) {
    struct world *w = *state;
    struct consent early = given(w, "early-help", "");
    struct consent_id id;
    for (size_t i = 0; i < CONSENT_RECORDS_MAX; i++) {
        recorded(w, &amy, &early);
    }
    assert_true(fails_with(record(w, &amy, &early, &id), LG_CLASS_LIMIT, CONSENT_FULL));
    assert_false(lg_failed(record(w, &ben, &early, &id)));
    for (size_t i = 0; i < 80; i++) {
        assert_false(lg_failed(withdraw(w, (struct consent_withdrawal){.person = &amy})));
    }
    struct consent *list = NULL;
    size_t list_count = 0;
    struct consent_look look = {.reader = w->s.reader, .person = &amy};
    assert_false(lg_failed(consent_list(&look, w->s.arena, &list, &list_count)));
    assert_int_equal(list_count, STORE_CONSENTS_MAX);
    assert_int_equal(list[0].state, CONSENT_WITHDRAWN);
    look.person = NULL;
    assert_false(lg_failed(consent_list(&look, w->s.arena, &list, &list_count)));
    assert_int_equal(list_count, 0);
}

/* What the log holds and this version cannot read must not be passed over. */
static void a_body_that_is_none_stops_the_replay(void **state) {
    struct world *w = *state;
    struct consent_logged logged = {.log_index = 0, .body = span_text("nonsense")};
    assert_true(fails_with(consent_apply(w->s.store, &logged, 1, 1), LG_CLASS_INPUT, CONSENT_BODY));
    uint64_t through = 9;
    assert_false(lg_failed(store_applied_through(w->s.reader, &through)));
    assert_int_equal(through, 0);
}

static void scopes_of_aliases_are_touched_as_well(void **state) {
    struct world *w = *state;
    const struct made_person whole = {"amy", "example", "19840517", "ZZ1 1AA", "9990000018"};
    const struct made_person vague = {"amy", "example", "19840517", "", ""};
    struct person_id ids[2];
    store_support_enrol(&w->s, "police", 1, &vague);
    store_support_enrol(&w->s, "housing", 1, &whole);
    assert_true(store_support_person(&w->s, "police", 1, &ids[0]));
    assert_true(store_support_person(&w->s, "housing", 1, &ids[1]));
    struct store_tag *before[2];
    size_t count = 0;
    for (size_t i = 0; i < 2; i++) {
        assert_false(
            lg_failed(consent_scopes_person(w->s.reader, &ids[i], w->s.arena, &before[i], &count)));
        assert_int_equal(count, 1);
    }
    store_support_enrol(&w->s, "police", 1, &whole);
    struct store_tag *after = NULL;
    assert_false(
        lg_failed(consent_scopes_person(w->s.reader, &ids[1], w->s.arena, &after, &count)));
    assert_int_equal(count, 2);
    assert_memory_equal(&after[0], before[0], sizeof after[0]);
    assert_memory_equal(&after[1], before[1], sizeof after[1]);
}

/* ---- Counters ----------------------------------------------------------------------------------
 */

static struct consent_bucket bucket_of(uint32_t number, uint32_t count, uint32_t window_s) {
    struct consent_bucket bucket = {.rate = {.count = count, .window_s = window_s}};
    memcpy(bucket.key.bytes + 2, &number, sizeof number);
    bucket.key.bytes[15] = 1;
    return bucket;
}

static void a_bucket_holds_its_count_and_leaks(void **state) {
    struct world *w = *state;
    struct consent_counters *counters = NULL;
    assert_false(lg_failed(consent_counters_new(w->s.store, &counters)));
    const uint32_t counts[] = {1, 3, 7, 1000};
    for (size_t i = 0; i < 4; i++) {
        struct consent_bucket bucket = bucket_of((uint32_t)i, counts[i], 60);
        for (uint32_t used = 0; used < counts[i]; used++) {
            assert_int_equal(consent_counters_look(counters, &bucket, 5), used);
            consent_counters_take(counters, &bucket, 5);
        }
        assert_int_equal(consent_counters_look(counters, &bucket, 5), counts[i]);
        /* A step before the first use has leaked, and a step after. */
        int64_t step_ms = 60000 / counts[i];
        assert_int_equal(consent_counters_look(counters, &bucket, 5 + step_ms - 1), counts[i]);
        assert_int_equal(consent_counters_look(counters, &bucket, 5 + step_ms + 1), counts[i] - 1);
        assert_int_equal(consent_counters_look(counters, &bucket, 5 + 60001), 0);
    }
    struct consent_bucket unlimited = bucket_of(9, 0, 60);
    consent_counters_take(counters, &unlimited, 5);
    assert_int_equal(consent_counters_look(counters, &unlimited, 5), 0);
    consent_counters_free(&counters);
    assert_null(counters);
}

static void a_full_row_counts_as_used_up(void **state) {
    struct world *w = *state;
    struct consent_counters *counters = NULL;
    assert_false(lg_failed(consent_counters_new(w->s.store, &counters)));
    for (uint32_t i = 0; i < 16; i++) {
        struct consent_bucket bucket = bucket_of(i, 2, 60);
        assert_int_equal(consent_counters_look(counters, &bucket, 5), 0);
        consent_counters_take(counters, &bucket, 5);
    }
    struct consent_bucket more = bucket_of(16, 2, 60);
    assert_true(consent_counters_look(counters, &more, 5) == UINT32_MAX);
    consent_counters_take(counters, &more, 5);
    struct consent_bucket first = bucket_of(0, 2, 60);
    assert_int_equal(consent_counters_look(counters, &first, 5), 1);
    assert_int_equal(consent_counters_look(counters, &more, 5 + 30001), 0);
    consent_counters_free(&counters);
}

static void counters_survive_every_failed_allocation(void **state) {
    struct world *w = *state;
    struct consent_counters *counters = NULL;
    support_alloc_fail_at(1);
    struct lg_err err = consent_counters_new(w->s.store, &counters);
    uint64_t seen = support_alloc_seen();
    support_alloc_fail_at(0);
    assert_int_equal(lg_failed(err), seen > 0);
    consent_counters_free(&counters);
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(an_entry_comes_back_as_it_went),
        CASE(fields_outside_their_range_are_refused),
        CASE(a_withdrawal_by_id_shows),
        CASE(a_later_consent_is_not_withdrawn_by_an_earlier_withdrawal),
        CASE(a_narrow_withdrawal_leaves_the_rest),
        CASE(kinds_are_kept_apart),
        CASE(a_draft_states_its_kind_and_its_evidence),
        CASE(withdrawals_go_in_where_consents_no_longer_do),
        CASE(a_body_that_is_none_stops_the_replay),
        CASE(scopes_of_aliases_are_touched_as_well),
        CASE(a_bucket_holds_its_count_and_leaks),
        CASE(a_full_row_counts_as_used_up),
        CASE(counters_survive_every_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
