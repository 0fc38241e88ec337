/* SPDX-License-Identifier: Apache-2.0 */
/* Each allocation and each request to an arena failing in turn while a decision is recorded, made
 * again and explained, and arenas that are too small: LIMIT each time, and never half a record. */
#include "policy/explain/explain.h"
#include "policy/record/record.h"
#include "tests/support/arena_fail.h"
#include "tests/unit/policy_fixture.h"

const char policy_fixture_folder[] = LOCKGATE_SOURCE "/tests/vectors/policy";

enum { ROOM = 4096 };

static const struct span alpha[] = {{(const uint8_t *)"alpha", 5}};

static const struct span child_care[] = {{(const uint8_t *)"child-care", 10}};
static const struct span health[] = {{(const uint8_t *)"health", 6}};

static const struct consent consents[] = {
    {.state = CONSENT_GIVEN,
     .recipients = {.items = alpha, .count = 1},
     .purposes = {.items = child_care, .count = 1},
     .categories = {.items = health, .count = 1},
     .until = {(const uint8_t *)"2026-12-31", 10},
     .log_index = 3},
    {.state = CONSENT_WITHDRAWN, .recorded_by = {(const uint8_t *)"gamma", 5}, .log_index = 2},
};

static struct lg_err record_part(const struct permit *permit, struct arena *arena,
                                 const struct policy_record_settled *settled,
                                 struct span *out_bytes) {
    struct policy_record_part part;
    TRY(policy_record_part_make(permit, 0, settled, arena, &part));
    uint8_t *buf = arena_alloc(arena, ROOM);
    TRY(arena_failed(arena));
    struct writer w = writer_of(buf, ROOM);
    policy_record_part_write(&part, &w);
    return writer_end(&w, out_bytes);
}

static struct lg_err record_ask(const struct permit *permit, const struct policy_force *force,
                                struct arena *arena, struct span *out_bytes) {
    static const struct policy_record_hash hash = {{1}};
    const struct policy_record_given given = {.force = force, .hashes = &hash, .force_count = 1};
    struct policy_record_ask ask;
    TRY(policy_record_ask_make(permit, &given, arena, &ask));
    uint8_t *buf = arena_alloc(arena, ROOM);
    TRY(arena_failed(arena));
    struct writer w = writer_of(buf, ROOM);
    policy_record_ask_write(&ask, &w);
    return writer_end(&w, out_bytes);
}

/* Decide, settle, record, read, rebuild, decide, settle. */
static struct lg_err whole_line(const struct policy_force *force,
                                const struct policy_request *request, struct arena *arena) {
    const struct policy_counts counts[4] = {{0}};
    const struct policy_facts facts = {
        .consents = consents, .consent_count = 2, .counts = counts, .count_count = 4};
    struct policy_record_texts texts;
    const struct permit *permit;
    struct policy_outcome outcome;
    struct policy_outcome again;
    const struct policy_record_settled settled = {.facts = &facts, .outcome = &outcome};
    struct policy_record_ask ask;
    struct policy_record_part part;
    struct policy_replay replay;
    struct policy_replay_facts replayed;
    struct span ask_bytes;
    struct span part_bytes;
    TRY(policy_decide(force, 1, request, arena, &permit));
    TRY(policy_settle(permit, 0, &facts, arena, &outcome));
    TRY(record_ask(permit, force, arena, &ask_bytes));
    TRY(record_part(permit, arena, &settled, &part_bytes));
    TRY(policy_record_ask_read(ask_bytes, arena, &ask));
    /* Where the question is another agreement's, it stands beside it. */
    assert_int_equal(policy_record_ask_text_count(&ask), 1);
    texts = policy_record_texts_of(&ask, &force->policy);
    TRY(policy_record_part_read(part_bytes, texts.count, arena, &part));
    TRY(policy_record_request(&ask, &texts, arena, &replay));
    TRY(policy_decide(replay.force, replay.force_count, &replay.request, arena, &permit));
    TRY(policy_record_facts(&replay, &part, permit, arena, &replayed));
    TRY(policy_settle(permit, 0, &replayed.facts, arena, &again));
    assert_true(replayed.is_whole || texts.count == 0); /* trainings have no names there */
    assert_int_equal(again.reason, outcome.reason);
    return LG_OK;
}

static struct policy_request request_of(struct fixture *fixture) {
    struct policy_request request = good(fixture);
    request.emergency = declared("", "life");
    request.trainings = list(fixture, "safeguarding-2");
    return request;
}

static void record_with_each_failure(void **state) {
    struct fixture *fixture = *state;
    const struct policy_force force = {.policy = fixture->policy,
                                       .suspended = list(fixture, "beta")};
    const struct policy_request request = request_of(fixture);
    for (uint64_t n = 1;; n++) {
        struct arena *arena = NULL;
        assert_false(lg_failed(arena_new(ARENA, &arena)));
        support_alloc_fail_at(n);
        struct lg_err err = whole_line(&force, &request, arena);
        uint64_t seen = support_alloc_seen();
        support_alloc_fail_at(0);
        arena_free(&arena);
        if (seen < n) {
            assert_false(lg_failed(err));
            break;
        }
        assert_int_equal(lg_err_class(err), LG_CLASS_LIMIT);
        assert_true(n < 1000);
    }
}

static void record_in_small_arenas(void **state) {
    struct fixture *fixture = *state;
    const struct policy_force force = {.policy = fixture->policy,
                                       .suspended = list(fixture, "beta")};
    const struct policy_request request = request_of(fixture);
    bool worked = false;
    for (size_t size = 0; !worked; size += 61) {
        struct arena *arena = NULL;
        assert_false(lg_failed(arena_new(size, &arena)));
        struct lg_err err = whole_line(&force, &request, arena);
        worked = !lg_failed(err);
        assert_true(worked || lg_err_class(err) == LG_CLASS_LIMIT);
        arena_free(&arena);
        assert_true(size < ARENA);
    }
}

/* ---- each request ---- */

/* A question with a name of every kind that is recorded, one of each unknown. */
struct line {
    struct policy_force force;
    struct policy_request request;
    uint32_t used; /* of each limit */
    bool is_new;   /* nobody ever asked the person */
};

static void fill(struct fixture *fixture, struct line *line) {
    line->force = (struct policy_force){
        .policy = fixture->policy,
        .suspended = list(fixture, "beta"),
        .unsigned_parties = list(fixture, "delta"),
        .withdrawn = list(fixture, "delta beta"),
    };
    line->request = request_of(fixture);
    line->request.emergency.id = span_text("break-glass");
    line->request.sources = list(fixture, "gamma nobody");
    line->request.fields = list(fixture, "health.status health.nothing person.name");
}

static struct lg_err whole_of(void *ctx, struct arena *arena) {
    const struct line *line = ctx;
    return whole_line(&line->force, &line->request, arena);
}

static void record_with_each_request_failing(void **state) {
    struct line line;
    fill(*state, &line);
    arena_fail_each(&line, whole_of);
    line.request.recipient = span_text("nobody");
    line.request.role = span_text("nothing");
    line.request.purpose = span_text("gossip");
    line.request.basis = span_text("whim");
    line.request.agreement = span_text("elsewhere");
    line.request.emergency.id = span_text("other");
    line.request.emergency.reason = span_text("other");
    arena_fail_each(&line, whole_of);
}

/* ---- explained ---- */

static const enum policy_reader readers[] = {POLICY_READER_REQUESTER, POLICY_READER_SOURCE,
                                             POLICY_READER_AUDITOR};

static struct lg_err explain_to_all(void *ctx, struct arena *arena) {
    const struct line *line = ctx;
    const struct policy_counts counts[1] = {{.person = line->used}};
    const struct policy_facts facts = {
        .consents = consents,
        .consent_count = line->is_new ? 0 : 2,
        .counts = counts,
        .count_count = 1,
    };
    const struct permit *permit;
    struct policy_explained_source source;
    struct policy_explanation field;
    struct policy_explained_agreement agreement;
    TRY(policy_decide(&line->force, 1, &line->request, arena, &permit));
    for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++) {
        const struct policy_explain_what what = {.facts = &facts, .reader = readers[i]};
        TRY(policy_explain(permit, &what, arena, &source));
        assert_int_equal(source.field_count, policy_permit_term_count(permit, 0));
    }
    TRY(policy_explain_term(permit, 0, 0, arena, &field));
    TRY(policy_explain_agreement(line->force.policy, arena, &agreement));
    return LG_OK;
}

/* Every way in which a set of changes is looked for. */
static void explanations_fail(void **state) {
    struct fixture *fixture = *state;
    static const char *const sources[] = {"delta", "gamma"};
    for (size_t i = 0; i < 8; i++) {
        struct line line = {.force = {.policy = fixture->policy}, .request = good(fixture)};
        line.request.sources = list(fixture, sources[i % 2]);
        line.request.basis = span_text((i & 2) != 0 ? "plain-duty" : "duty");
        line.request.role = span_text((i & 4) != 0 ? "manager" : "worker");
        line.request.no_consent_reason = span_text("");
        line.request.has_case_reference = false;
        line.request.at_s = at("2026-06-13", 18);
        arena_fail_each(&line, explain_to_all);
    }
    struct line line = {.force = {.policy = fixture->policy}, .request = good(fixture)};
    arena_fail_each(&line, explain_to_all); /* shared */
    line.used = 3;
    arena_fail_each(&line, explain_to_all); /* the limit is reached */
    line.is_new = true;
    line.request.sources = list(fixture, "delta");
    arena_fail_each(&line, explain_to_all); /* nobody consented */
    line.request.sources = list(fixture, "beta");
    line.request.fields = list(fixture, "record.summary");
    arena_fail_each(&line, explain_to_all); /* no clause */
}

/* Counts that stop before the limit does count as none. */
static void counts_may_be_fewer(void **state) {
    struct fixture *fixture = *state;
    const struct policy_force force = {.policy = fixture->policy};
    const struct policy_request request = good(fixture);
    const struct permit *permit = decide(fixture, &force, &request);
    const struct policy_counts counts[1] = {{.person = 3}};
    const struct policy_facts facts = {.counts = counts, .count_count = 0};
    const struct policy_explain_what what = {.facts = &facts, .reader = POLICY_READER_REQUESTER};
    struct policy_explained_source source;
    assert_false(lg_failed(policy_explain(permit, &what, fixture->arena, &source)));
    assert_int_equal(source.fields[0].reason, POLICY_REASON_NONE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(record_with_each_failure, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(record_in_small_arenas, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(record_with_each_request_failing, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(explanations_fail, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(counts_may_be_fewer, arena_begin, arena_end),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
