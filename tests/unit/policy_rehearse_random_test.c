/* SPDX-License-Identifier: Apache-2.0 */
/* Random questions under random agreements, rehearsed on edited ones from their records alone: what
 * the report counts is what both versions answer with all facts at hand, but for what it says that
 * it cannot tell. Against the same version nothing changes. */
#include "gateway/base/bytes.h"
#include "policy/compare/rehearse.h"
#include "tests/unit/policy_model.h"

enum { PAIRS = 120, QUESTIONS = 120, ROOM = 8192 };

struct asking {
    struct policy_request request;
    struct consent consent;
    bool has_consent;
    struct policy_counts counts;
    struct span source;
    struct span field;
    char names[8][16];
};

static struct span named(char text[static 16], char letter, unsigned number) {
    snprintf(text, 16, "%c%u", letter, number);
    return span_text(text);
}

static void make_question(struct chance *chance, struct asking *it) {
    static const char *const reasons[] = {"", "cannot-give", "would-prejudice"};
    unsigned party = below(chance, PARTIES);
    unsigned source = (party + 1 + below(chance, PARTIES - 1)) % PARTIES;
    *it = (struct asking){.counts = {.agency = 4 + below(chance, 2)}};
    it->source = named(it->names[0], 'a', source);
    snprintf(it->names[1], sizeof it->names[1], "c%u.f%u", below(chance, CATEGORIES),
             below(chance, FIELDS));
    it->field = span_text(it->names[1]);
    it->request = (struct policy_request){
        .at_s = INT64_C(20614) * 86400 + below(chance, 24) * 3600,
        .recipient = named(it->names[2], 'a', party),
        .role = named(it->names[3], 'r', below(chance, ROLES)),
        .sources = {.items = &it->source, .count = 1},
        .fields = {.items = &it->field, .count = 1},
        .purpose = named(it->names[4], 'p', below(chance, PURPOSES)),
        .basis =
            one_in(chance, 5) ? span_text("life") : named(it->names[5], 'b', below(chance, BASES)),
        .age_class = (enum age_class)below(chance, 3),
        .has_case_reference = !one_in(chance, 4),
        .has_second_person = !one_in(chance, 4),
        .no_consent_reason = span_text(reasons[below(chance, 3)]),
    };
    if (one_in(chance, 3)) {
        it->request.emergency = (struct policy_emergency){.is_declared = true,
                                                          .reason = span_text("life"),
                                                          .rationale_chars = 9 + below(chance, 3),
                                                          .has_age = true};
    }
    it->has_consent = one_in(chance, 2);
    it->consent = (struct consent){.state = (enum consent_state)(1 + below(chance, 3)),
                                   .recorded_by = it->source,
                                   .log_index = 1};
}

static void edit(struct chance *chance, struct model *model) {
    struct clause *clause = &model->share[below(chance, (unsigned)model->share_count)];
    model->declare = one_in(chance, 4) ? 1 + below(chance, 255) : model->declare;
    model->senior &= model->declare;
    clause->consent = (enum rule)below(chance, 3);
    clause->needs_case = one_in(chance, 3);
    clause->about = (int)below(chance, 3);
    clause->by_day = one_in(chance, 2);
    clause->bases = 1 | below(chance, 8);
    clause->is_limited = one_in(chance, 4) ? !clause->is_limited : clause->is_limited;
    clause->items[0].treatment = one_in(chance, 2) ? TREATMENT_PASS : TREATMENT_PSEUDONYMISE;
}

static struct policy *compile_model(const struct model *model, struct out *text,
                                    struct out *floor) {
    struct policy *policy = NULL;
    struct diag diag = {0};
    text->used = 0;
    floor->used = 0;
    put_model(model, text, floor);
    lg_err_ignore(policy_compile(span_of(text->text, text->used), span_of(floor->text, floor->used),
                                 &diag, &policy),
                  "a model that ties is left out");
    return policy;
}

/* ---- with all facts at hand ---- */

struct known_answer {
    const struct permit *permit;
    struct policy_facts facts;
    struct policy_outcome outcome;
};

static void answer(const struct policy *policy, const struct asking *it, struct arena *arena,
                   struct known_answer *out) {
    const struct policy_force force = {.policy = policy};
    assert_false(lg_failed(policy_decide(&force, 1, &it->request, arena, &out->permit)));
    out->facts = (struct policy_facts){.consents = &it->consent,
                                       .consent_count = it->has_consent,
                                       .counts = &it->counts,
                                       .count_count = 1};
    assert_false(lg_failed(policy_settle(out->permit, 0, &out->facts, arena, &out->outcome)));
}

static enum policy_turn turn_of(const struct policy_ruling *was, const struct policy_ruling *is) {
    bool was_shared = was->refusal == POLICY_REASON_NONE && was->treatment != TREATMENT_REDACT;
    bool is_shared = is->refusal == POLICY_REASON_NONE && is->treatment != TREATMENT_REDACT;
    if (was_shared && is_shared) {
        return was->treatment == is->treatment   ? POLICY_TURN_SAME
               : is->treatment == TREATMENT_PASS ? POLICY_TURN_WEAKER
                                                 : POLICY_TURN_STRONGER;
    }
    if (!was_shared && !is_shared && was->refusal == is->refusal) {
        return POLICY_TURN_SAME;
    }
    if (was->refusal == POLICY_RATE_LIMIT || is->refusal == POLICY_RATE_LIMIT) {
        return POLICY_TURN_RATE;
    }
    return was_shared ? POLICY_TURN_REFUSED : is_shared ? POLICY_TURN_NEW : POLICY_TURN_REASON;
}

/* ---- from the record ---- */

static struct span written(const struct writer *writer, struct arena *arena) {
    struct span bytes;
    assert_false(lg_failed(writer_end(writer, &bytes)));
    return arena_copy(arena, bytes);
}

static void rehearse(struct rehearsal *rehearsal, const struct policy *before,
                     const struct known_answer *given, struct arena *arena) {
    const struct policy_force force = {.policy = before};
    const struct policy_record_hash hash = {{1}};
    const struct policy_record_given facts = {.force = &force, .hashes = &hash, .force_count = 1};
    const struct policy_record_settled settled = {&given->facts, &given->outcome};
    const struct policy *texts[] = {before};
    struct policy_record_ask ask;
    struct policy_record_part part;
    uint8_t room[ROOM];
    struct writer writer = writer_of(room, sizeof room);
    assert_false(lg_failed(policy_record_ask_make(given->permit, &facts, arena, &ask)));
    policy_record_ask_write(&ask, &writer);
    struct span ask_bytes = written(&writer, arena);
    writer = writer_of(room, sizeof room);
    assert_false(lg_failed(policy_record_part_make(given->permit, 0, &settled, arena, &part)));
    policy_record_part_write(&part, &writer);
    struct span part_bytes = written(&writer, arena);
    const struct policy_rehearse_record record = {
        .ask = ask_bytes, .parts = &part_bytes, .part_count = 1, .texts = {texts, 1}};
    assert_false(lg_failed(policy_rehearse_record(rehearsal, &record)));
}

/* The turn that a rehearsal of this one question reports. */
static enum policy_turn reported(const struct policy *draft, const struct policy *before,
                                 const struct known_answer *given, struct arena *arena) {
    struct rehearsal *rehearsal;
    struct policy_rehearsal report;
    int turn = 0;
    assert_false(lg_failed(policy_rehearse_begin(draft, arena, &rehearsal)));
    rehearse(rehearsal, before, given, arena);
    assert_false(lg_failed(policy_rehearse_report(rehearsal, &report)));
    assert_int_equal(report.unfaithful, 0);
    while (report.totals[turn] == 0) {
        turn++;
    }
    return (enum policy_turn)turn;
}

static bool was_counted(const struct policy_ruling *was) {
    bool shared = was->refusal == POLICY_REASON_NONE && was->treatment != TREATMENT_REDACT;
    return shared || was->refusal == POLICY_RATE_LIMIT;
}

static void check_question(struct chance *chance, const struct policy *before,
                           const struct policy *after, uint64_t totals[static POLICY_TURNS]) {
    OWN(arena_free) struct arena *arena = NULL;
    struct asking asking;
    struct known_answer was;
    struct known_answer is;
    assert_false(lg_failed(arena_new(1 << 20, &arena)));
    make_question(chance, &asking);
    answer(before, &asking, arena, &was);
    answer(after, &asking, arena, &is);
    enum policy_turn wanted = turn_of(&was.outcome.rulings[0], &is.outcome.rulings[0]);
    enum policy_turn got = reported(after, before, &was, arena);
    assert_int_equal(reported(before, before, &was, arena), POLICY_TURN_SAME);
    /* What was refused before limits were counted is taken as within them. */
    bool is_uncounted =
        is.outcome.rulings[0].refusal == POLICY_RATE_LIMIT && !was_counted(&was.outcome.rulings[0]);
    if (got != POLICY_TURN_UNKNOWN && got != wanted && !is_uncounted) {
        fail_msg("%s, not %s: %s before, %s now", policy_turn_name(got), policy_turn_name(wanted),
                 policy_reason_name(was.outcome.rulings[0].refusal),
                 policy_reason_name(is.outcome.rulings[0].refusal));
    }
    totals[got]++;
}

static void random_questions_agree(void **state) {
    (void)state;
    struct chance chance = {.state = UINT64_C(0x853c49e6748fea9b)};
    struct out text = {.text = calloc(1, TEXT)};
    struct out floor = {.text = calloc(1, TEXT)};
    uint64_t totals[POLICY_TURNS] = {0};
    assert_non_null(text.text);
    assert_non_null(floor.text);
    for (int done = 0; done < PAIRS;) {
        struct model model;
        make_model(&chance, &model);
        OWN(policy_free) struct policy *before = compile_model(&model, &text, &floor);
        edit(&chance, &model);
        edit(&chance, &model);
        OWN(policy_free)
        struct policy *after = before == NULL ? NULL : compile_model(&model, &text, &floor);
        if (after != NULL) {
            for (int i = 0; i < QUESTIONS; i++) {
                check_question(&chance, before, after, totals);
            }
            done++;
        }
    }
    free(text.text);
    free(floor.text);
    for (int i = 0; i < POLICY_TURNS; i++) {
        print_message("%llu %s\n", (unsigned long long)totals[i],
                      policy_turn_name((enum policy_turn)i));
    }
    assert_true(totals[POLICY_TURN_NEW] > 20 && totals[POLICY_TURN_REFUSED] > 20);
    assert_true(totals[POLICY_TURN_STRONGER] > 5 && totals[POLICY_TURN_REASON] > 20);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_questions_agree)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
