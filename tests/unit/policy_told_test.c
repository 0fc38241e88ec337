/* SPDX-License-Identifier: Apache-2.0 */
/* What the requester reads of a refusal is the same bytes whatever the person said or never said:
 * of special data always, of ordinary data unless the clause shows consent (design, agreements,
 * 12). An emergency that is declared and does not hold is no way around it. */
#include "policy/explain/explain.h"
#include "tests/unit/policy_law_fixture.h"

static const struct law_question LANDLORD = {"housing-association/officer", "gp", "tenancy-support",
                                             "practice-task", "practice.diagnosis"};
static const struct law_question PLANNING = {
    "council-adults/analyst", "hospital", "service-planning", "planning-251", "patient.attendance"};

/* Everything that is read of one field, in the answer and where it is explained. */
struct read {
    char text[8192];
    size_t len;
};

static void put(struct read *read, const char *what, struct span text) {
    int added = snprintf(read->text + read->len, sizeof read->text - read->len, "%s=%.*s\n", what,
                         (int)text.len, text.len == 0 ? "" : (const char *)text.ptr);
    assert_true(added > 0 && (size_t)added < sizeof read->text - read->len);
    read->len += (size_t)added;
}

static void put_code(struct read *read, const char *what, unsigned code) {
    char text[16];
    (void)snprintf(text, sizeof text, "%u", code);
    put(read, what, span_text(text));
}

static void put_reason(struct read *read, const char *what, enum policy_reason reason) {
    put(read, what, span_text(policy_reason_name(reason)));
}

static void put_field(struct read *read, const struct policy_explanation *it, struct arena *arena) {
    put_reason(read, "explained", it->reason);
    put_code(read, "treatment", it->treatment);
    put(read, "sentence", it->sentence);
    put(read, "clause", it->clause);
    for (size_t i = 0; i < it->check_count; i++) {
        put(read, policy_check_name(it->checks[i].check),
            span_text(policy_mark_name(it->checks[i].mark)));
        put(read, "asked", it->checks[i].asked);
        put(read, "found", it->checks[i].found);
    }
    for (size_t i = 0; i < it->axis_count; i++) {
        put_code(read, "axis", it->axes[i].axis);
        put_code(read, "verdict", it->axes[i].verdict);
        put(read, "source", it->axes[i].source);
    }
    put(read, "hints", policy_hints_sentence(&it->hints, arena));
}

static void put_explained(struct law *law, struct read *read) {
    const struct policy_explain_what what = {.facts = &law->facts,
                                             .reader = POLICY_READER_REQUESTER};
    struct policy_explained_source explained;
    assert_false(lg_failed(policy_explain(law->permit, &what, law->arena, &explained)));
    assert_int_equal(explained.field_count, 1);
    put_code(read, "decision", explained.decision);
    put_reason(read, "whole", explained.reason);
    for (size_t i = 0; i < explained.obligations.count; i++) {
        put(read, "must", explained.obligations.items[i]);
    }
    put_field(read, &explained.fields[0], law->arena);
}

static struct read read_of(struct law *law, const struct policy_ruling *ruling) {
    struct read read = {.len = 0};
    put_reason(&read, "told", ruling->told);
    put_reason(&read, "whole", law->outcome.told);
    put(&read, "agreement", law->outcome.agreement);
    put(&read, "sentence", policy_sentence(law->permit, 0, ruling, law->arena));
    put(&read, "remedy", policy_remedy(law->permit, 0, ruling, law->arena));
    put_explained(law, &read);
    return read;
}

/* Two facts: of each kind one, in each state; none; and one that has expired. */
enum { STATES = 3, KINDS = CONSENT_KIND_END, FACTS = STATES * KINDS * 2 + 2 };

static struct consent fact_of(unsigned number) {
    struct consent fact = {.state = CONSENT_GIVEN};
    if (number == FACTS - 1) {
        fact.explicit_consent = true;
        fact.until = span_text("2026-01-01");
        return fact;
    }
    fact.explicit_consent = number % 2 == 1;
    fact.state = (enum consent_state)(CONSENT_GIVEN + number / 2 % STATES);
    fact.kind = (enum consent_kind)(number / 2 / STATES);
    return fact;
}

struct tally {
    unsigned shared;
    unsigned refused;
    bool codes[POLICY_REASON_END]; /* true reasons that were met */
    struct read first;
};

static void see(struct law *law, struct law_question question, struct tally *tally) {
    const struct policy_ruling *ruling = law_ask(law, question);
    if (ruling->refusal == POLICY_REASON_NONE) {
        assert_int_equal(ruling->told, POLICY_REASON_NONE);
        tally->shared++;
        return;
    }
    const struct read read = read_of(law, ruling);
    tally->codes[ruling->refusal] = true;
    if (tally->refused++ == 0) {
        tally->first = read;
    }
    assert_string_equal(read.text, tally->first.text);
}

/* All pairs of facts, the opt-out read in each way, the holder of either mind. */
static void see_all(struct law *law, struct law_question question, struct tally *tally) {
    struct consent facts[2];
    int32_t today = policy_local_day(law->policy, law->request.at_s);
    const struct policy_opt_out opt_outs[] = {
        {false, false, 0}, {true, false, today}, {true, true, today}};
    struct arena *arena = law->arena;
    law->facts.consents = facts;
    for (unsigned number = 0; number < FACTS * FACTS; number++) {
        facts[0] = fact_of(number / FACTS);
        facts[1] = fact_of(number % FACTS);
        facts[1].log_index = 1;
        law->facts.consent_count = number == 0 ? 0 : number < FACTS ? 1 : 2;
        law->facts.opt_out = opt_outs[number % 3];
        law->facts.holder_withholds = number % 7 == 3;
        assert_false(lg_failed(arena_new(LAW_ARENA, &law->arena)));
        see(law, question, tally);
        arena_free(&law->arena);
    }
    law->arena = arena;
}

static const char *const RULES[] = {"not needed", "required", "required unless emergency"};

/* The clause of a basis with this rule of consent, referring objections. */
static struct policy *under(struct law *law, const char *basis, const char *rule,
                            const char *more) {
    char from[128];
    char to[256];
    snprintf(from, sizeof from, "  basis: %s\n  consent: not needed\n", basis);
    snprintf(to, sizeof to, "  basis: %s\n  consent: %s\n  objection: refer\n%s", basis, rule,
             more);
    return law_spoil(law, from, to);
}

enum { EMERGENCIES = 4 };

static void declare(struct law *law, unsigned which) {
    law->request.emergency = (struct policy_emergency){0};
    if (which > 0) {
        law_declare(law);
    }
    if (which == 1) {
        law->request.emergency.rationale_chars = 1;
    } else if (which == 2) {
        law->request.emergency.id = span_text("no-such");
    }
}

static void special_data_reads_alike(void **state) {
    struct law *law = *state;
    unsigned shared = 0;
    unsigned personal = 0;
    bool codes[POLICY_REASON_END] = {false};
    for (unsigned number = 0; number < 3 * EMERGENCIES * 2; number++) {
        struct law_question question = number % 2 == 0 ? LANDLORD : PLANNING;
        OWN(policy_free)
        struct policy *policy = under(law, question.basis, RULES[number / 2 % 3], "");
        declare(law, number / 6);
        struct tally tally = {.shared = 0};
        see_all(law, question, &tally);
        assert_true(tally.refused > 0);
        shared += tally.shared;
        for (unsigned i = 0; i < POLICY_REASON_END; i++) {
            codes[i] |= tally.codes[i];
            personal += tally.codes[i] && policy_reason_is_personal((enum policy_reason)i);
        }
        assert_non_null(policy);
    }
    /* It is no proof if nothing ever came to differ. */
    assert_true(shared > 1000 && personal > 24);
    assert_true(codes[POLICY_CONSENT_MISSING] && codes[POLICY_CONSENT_REFUSED] &&
                codes[POLICY_CONSENT_WITHDRAWN] && codes[POLICY_CONSENT_EXPIRED]);
    assert_true(codes[POLICY_CONFIDENTIALITY_NOT_MET] && codes[POLICY_OBJECTION_REGISTERED] &&
                codes[POLICY_OPT_OUT_UNKNOWN] && codes[POLICY_OPT_OUT_APPLIES] &&
                codes[POLICY_HOLDER_WITHHOLDS] && codes[POLICY_EMERGENCY_RATIONALE] &&
                codes[POLICY_EMERGENCY_NOT_PROVIDED]);
}

static const char LIMIT[] = "\nlimit few\n  per person: 3 in 1 day\n  per agency: 9 in 1 day\n"
                            "  per subject: 5 in 1 day\n\ncategory care\n";

/* A limit is reached where nothing else stands in the way: the asker's own is told whatever the
 * person said, and that of one person is the asking agency's own as well: nobody is told
 * that their consent is missing, where it is not. */
static void a_limit_reads_alike(void **state) {
    static const struct policy_counts counts[] = {
        {.person = 3}, {.agency = 9}, {.person = 3, .subject = 5}, {.subject = 5}};
    static const char told[] = "told=RATE_LIMIT\nwhole=RATE_LIMIT\n";
    struct law *law = *state;
    char *first = law->text;
    law->text = law_replaced(first, "\ncategory care\n", LIMIT);
    for (unsigned number = 0; number < 3 * 2 * sizeof counts / sizeof *counts; number++) {
        struct law_question question = number % 2 == 0 ? LANDLORD : PLANNING;
        OWN(policy_free)
        struct policy *policy = under(law, question.basis, RULES[number / 2 % 3], "  limit: few\n");
        struct tally tally = {.shared = 0};
        law->facts.counts = &counts[number / 6];
        law->facts.count_count = 1;
        see_all(law, question, &tally);
        assert_int_equal(tally.shared, 0);
        assert_true(tally.codes[POLICY_RATE_LIMIT]); /* the source's side reads it */
        assert_int_equal(strncmp(tally.first.text, told, strlen(told)), 0);
        assert_non_null(strstr(tally.first.text, "explained=RATE_LIMIT\n"));
        assert_non_null(policy);
    }
    free(law->text);
    law->text = first;
}

/* Two agreements over one field: one asks for consent and refers objections, the other for explicit
 * permission. Which of them got further tells what the person said, so another thing chooses. */
static void which_agreement_speaks_tells_nothing(void **state) {
    static const char routes[] = "  confidentiality: implied consent, explicit consent\n";
    struct law *law = *state;
    char *first = law->text;
    char *named = law_replaced(first, "agreement law\n", "agreement other\n");
    char *clause = law_replaced(named, "clause 3.1 share\n", "clause 3.9 share\n");
    char *strict = law_replaced(clause, routes, "  confidentiality: explicit consent\n");
    OWN(policy_free) struct policy *other = law_compile(law, strict);
    law->text = law_replaced(first, routes, "  confidentiality: section 251 25/CAG/0042\n");
    OWN(policy_free) struct policy *asking = under(law, LANDLORD.basis, RULES[1], "");
    for (size_t i = 0; i < 2; i++) {
        law->force.policy = i == 0 ? asking : other;
        law->other.policy = i == 0 ? other : asking;
        struct tally tally = {.shared = 0};
        see_all(law, LANDLORD, &tally);
        assert_true(tally.refused > 0 && tally.shared > 0);
        assert_true(tally.codes[POLICY_CONFIDENTIALITY_NOT_MET]);
    }
    free(law->text);
    law->text = first;
    free(strict);
    free(clause);
    free(named);
}

/* The holder's decision is not the person's word: of ordinary data it is told. */
static void ordinary_data_reads_alike_unless_it_is_shown(void **state) {
    static const char from[] = "  title: Records of the practice\n  class: special\n";
    static const char to[] = "  title: Records of the practice\n  class: ordinary\n";
    struct law *law = *state;
    char *special = law->text;
    char *ordinary = law_replaced(special, from, to);
    law->text = law_replaced(ordinary, "\ncategory care\n", LIMIT);
    free(ordinary);
    for (unsigned number = 0; number < 3 * EMERGENCIES * 2; number++) {
        const struct policy_counts counts = {.person = number % 2 * 3};
        OWN(policy_free)
        struct policy *policy = under(law, LANDLORD.basis, RULES[number / 2 % 3], "  limit: few\n");
        declare(law, number / 6);
        struct tally tally = {.shared = 0};
        struct arena *arena = law->arena;
        for (unsigned fact = 0; fact < FACTS; fact++) {
            struct consent one = fact_of(fact);
            law->facts = (struct policy_facts){
                .consents = &one, .consent_count = fact > 0, .counts = &counts, .count_count = 1};
            assert_false(lg_failed(arena_new(LAW_ARENA, &law->arena)));
            see(law, LANDLORD, &tally);
            arena_free(&law->arena);
        }
        law->arena = arena;
        assert_true(tally.refused > 0);
        assert_non_null(policy);
    }
    OWN(policy_free)
    struct policy *shown = under(law, LANDLORD.basis, RULES[1], "  consent shown: yes\n");
    declare(law, 0);
    law->facts = (struct policy_facts){0};
    law_said(law, CONSENT_KIND_CONFIDENTIALITY, CONSENT_WITHDRAWN);
    assert_int_equal(law_ask(law, LANDLORD)->told, POLICY_CONSENT_WITHDRAWN);
    law_said(law, CONSENT_KIND_CONFIDENTIALITY, CONSENT_GIVEN);
    law_shared(law_ask(law, LANDLORD));
    law->facts.holder_withholds = true;
    OWN(policy_free) struct policy *silent = under(law, LANDLORD.basis, RULES[1], "");
    assert_int_equal(law_ask(law, LANDLORD)->told, POLICY_HOLDER_WITHHOLDS);
    assert_int_equal(law->outcome.told, POLICY_HOLDER_WITHHOLDS);
    free(law->text);
    law->text = special;
    assert_non_null(shown);
    assert_non_null(silent);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(special_data_reads_alike, law_begin, law_end),
        cmocka_unit_test_setup_teardown(a_limit_reads_alike, law_begin, law_end),
        cmocka_unit_test_setup_teardown(which_agreement_speaks_tells_nothing, law_begin, law_end),
        cmocka_unit_test_setup_teardown(ordinary_data_reads_alike_unless_it_is_shown, law_begin,
                                        law_end),
    };
    return cmocka_run_group_tests(tests, law_set_up, law_tear_down);
}
