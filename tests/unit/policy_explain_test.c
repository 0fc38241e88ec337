/* SPDX-License-Identifier: Apache-2.0 */
/* Explanations for three readers. What the requester reads of special data is the same bytes for
 * every state of consent, and for a person whom nobody knows. */
#include "policy/explain/explain.h"
#include "tests/unit/policy_edit.h"
#include "tests/unit/policy_fixture.h"

const char policy_fixture_folder[] = LOCKGATE_SOURCE "/tests/vectors/policy";

enum { ROOM = 1 << 16 };

/* ---- everything of an explanation as text ---- */

struct page {
    char text[ROOM];
    size_t used;
};

static void put(struct page *page, struct span text) {
    assert_true(page->used + text.len + 1 < ROOM);
    if (text.len > 0) {
        memcpy(page->text + page->used, text.ptr, text.len);
    }
    page->used += text.len;
    page->text[page->used++] = '\n';
    page->text[page->used] = 0;
}

static void put_field(struct page *page, const struct policy_explanation *it) {
    put(page, it->source);
    put(page, it->field);
    put(page, span_text(policy_reason_name(it->reason)));
    put(page, it->sentence);
    put(page, it->clause);
    put(page, it->clause_title);
    for (size_t i = 0; i < it->check_count; i++) {
        put(page, span_text(policy_check_name(it->checks[i].check)));
        put(page, span_text(policy_mark_name(it->checks[i].mark)));
        put(page, it->checks[i].asked);
        put(page, it->checks[i].found);
    }
    for (size_t i = 0; i < it->axis_count; i++) {
        put(page, span_text(policy_axis_name(it->axes[i].axis)));
        put(page, span_text(policy_axis_verdict_name(it->axes[i].verdict)));
        put(page, it->axes[i].source);
    }
    for (size_t i = 0; i < it->nearest_count; i++) {
        put(page, it->nearest[i].clause);
        put(page, it->nearest[i].differs);
    }
    for (size_t i = 0; i < it->hints.count; i++) {
        for (size_t j = 0; j < it->hints.sets[i].count; j++) {
            put(page, span_text(policy_hint_name(it->hints.sets[i].hints[j].kind)));
            put(page, it->hints.sets[i].hints[j].value);
        }
    }
}

/* ---- asking ---- */

static const struct policy_explain_what to_requester = {.reader = POLICY_READER_REQUESTER};
static const struct policy_explain_what to_auditor = {.reader = POLICY_READER_AUDITOR};

static struct policy_explained_source explain(struct fixture *fixture,
                                              const struct policy_request *request,
                                              const struct consent *consent,
                                              enum policy_reader reader) {
    const struct policy_force force = {.policy = fixture->policy};
    const struct permit *permit = decide(fixture, &force, request);
    size_t limit_count = policy_permit_limit_count(permit);
    struct policy_counts *counts = arena_array(fixture->arena, limit_count, sizeof *counts);
    const struct policy_facts facts = {.consents = consent,
                                       .consent_count = consent != NULL,
                                       .counts = counts,
                                       .count_count = limit_count};
    struct policy_explained_source out;
    assert_false(lg_failed(
        policy_explain(permit, &(struct policy_explain_what){.facts = &facts, .reader = reader},
                       fixture->arena, &out)));
    return out;
}

static const struct policy_explained_check *check_of(const struct policy_explanation *it,
                                                     enum policy_check check) {
    for (size_t i = 0; i < it->check_count; i++) {
        if (it->checks[i].check == check) {
            return &it->checks[i];
        }
    }
    fail_msg("%s was not made", policy_check_name(check));
    return NULL;
}

static void must_say(struct span said, const char *wanted) {
    if (!span_equal_text(said, wanted)) {
        fail_msg("`%.*s`, wanted `%s`", (int)said.len, said.len == 0 ? "" : (const char *)said.ptr,
                 wanted);
    }
}

static struct consent fact_of(unsigned state, unsigned variant) {
    return (struct consent){
        .state = (enum consent_state)state,
        .explicit_consent = (variant & 1) != 0,
        .until = span_text((variant & 2) != 0 ? "2026-01-01" : ""),
        .recorded_ms = INT64_C(1780000000000) + variant,
        .recorded_by = span_text("gamma"),
        .log_index = 7 + variant,
    };
}

struct comparison {
    struct page nobody;
    struct page somebody;
    unsigned compared;
    unsigned refusals;
};

static void compare(struct comparison *c, const struct policy_explained_source *of_nobody,
                    const struct policy_explained_source *it) {
    assert_int_equal(of_nobody->field_count, it->field_count);
    for (size_t j = 0; j < it->field_count; j++) {
        if (it->fields[j].data_class != POLICY_ORDINARY) {
            c->nobody.used = 0;
            c->somebody.used = 0;
            put_field(&c->nobody, &of_nobody->fields[j]);
            put_field(&c->somebody, &it->fields[j]);
            assert_string_equal(c->nobody.text, c->somebody.text);
            c->compared++;
            c->refusals += it->fields[j].reason == POLICY_CONSENT_MISSING;
        }
    }
}

/* The i-th question of this role: purposes, bases, sources, with and without a reason for not
 * asking, with and without an emergency. */
static struct policy_request question_of(struct fixture *fixture, struct policy_role who,
                                         size_t i) {
    static const char *const bases[] = {"duty", "asked", "plain-duty"};
    struct policy_request request = good(fixture);
    request.recipient = who.party;
    request.role = who.id;
    request.trainings = list(fixture, "safeguarding-2");
    request.purpose = policy_purpose_at(fixture->policy, i / 12);
    request.basis = span_text(bases[i % 3]);
    request.sources = list(fixture, i % 2 == 0 ? "gamma" : "delta");
    request.fields = (struct span_list){0};
    request.no_consent_reason = span_text(i % 4 < 2 ? "" : "cannot-give");
    if (i % 12 >= 6) {
        request.emergency = declared("", "life");
    }
    return request;
}

static void compare_question(struct fixture *fixture, struct policy_role who, size_t i,
                             struct comparison *c) {
    const struct policy_request request = question_of(fixture, who, i);
    const struct policy_explained_source of_nobody =
        explain(fixture, &request, NULL, POLICY_READER_REQUESTER);
    for (unsigned variant = 0; variant < 12; variant++) {
        const struct consent fact = fact_of(1 + variant / 4, variant % 4);
        const struct policy_explained_source it =
            explain(fixture, &request, &fact, POLICY_READER_REQUESTER);
        compare(c, &of_nobody, &it);
    }
    arena_free(&fixture->arena);
    assert_false(lg_failed(arena_new(ARENA, &fixture->arena)));
}

/* What the requester reads of special and criminal fields is what is read of nobody, whatever the
 * person said. */
static void requesters_read_nothing_of_the_person(void **state) {
    struct fixture *fixture = *state;
    struct comparison *c = calloc(1, sizeof *c);
    assert_non_null(c);
    for (size_t role = 0; role < policy_role_count(fixture->policy); role++) {
        for (size_t i = 0; i < policy_purpose_count(fixture->policy) * 12; i++) {
            compare_question(fixture, policy_role_at(fixture->policy, role), i, c);
        }
    }
    print_message("%u explanations compared, %u of them for want of consent\n", c->compared,
                  c->refusals);
    assert_true(c->compared > 300);
    assert_true(c->refusals > 20);
    free(c);
}

/* ---- the reply's sentence and step ---- */

enum { FIELDS_MAX = 32, REPLIES_ARENA = 4 * ARENA };

/* Of each field what was told where it was refused, in whatever state came first. */
struct told {
    struct page pages[FIELDS_MAX];
    unsigned compared;
};

static void tell_field(struct fixture *fixture, const struct permit *permit,
                       const struct policy_ruling *ruling, struct page *page) {
    page->used = 0;
    put(page, policy_sentence(permit, 0, ruling, fixture->arena));
    put(page, policy_remedy(permit, 0, ruling, fixture->arena));
}

static void compare_told(struct fixture *fixture, const struct permit *permit,
                         const struct policy_outcome *outcome, struct told *told) {
    static struct page page;
    assert_true(outcome->ruling_count <= FIELDS_MAX);
    for (size_t i = 0; i < outcome->ruling_count; i++) {
        const struct policy_ruling *ruling = &outcome->rulings[i];
        bool is_blind = ruling->term->data_class != POLICY_ORDINARY || ruling->term->is_hidden;
        if (!is_blind || !policy_reason_is_personal(ruling->refusal)) {
            continue;
        }
        tell_field(fixture, permit, ruling, &page);
        if (told->pages[i].used == 0) {
            told->pages[i] = page;
            continue;
        }
        assert_string_equal(told->pages[i].text, page.text);
        told->compared++;
    }
}

static void compare_replies(struct fixture *fixture, const struct policy *policy,
                            const struct policy_request *request, struct told *told) {
    const struct policy_force force = {.policy = policy};
    const struct permit *permit = decide(fixture, &force, request);
    size_t limit_count = policy_permit_limit_count(permit);
    struct policy_counts *counts = arena_array(fixture->arena, limit_count, sizeof *counts);
    for (size_t i = 0; i < FIELDS_MAX; i++) {
        told->pages[i].used = 0;
    }
    for (unsigned variant = 0; variant < 64; variant++) {
        const struct consent facts_of[] = {
            {.state = (variant & 16) != 0 ? CONSENT_REFUSED : CONSENT_WITHDRAWN,
             .kind = CONSENT_KIND_OBJECTION,
             .recorded_by = span_text("gamma")},
            fact_of(variant / 4 % 4, variant % 4),
        };
        const struct policy_facts facts = {.consents = facts_of,
                                           .consent_count = variant / 4 % 4 != 0 ? 2 : 1,
                                           .counts = counts,
                                           .count_count = limit_count,
                                           .holder_withholds = (variant & 32) != 0};
        struct policy_outcome outcome;
        assert_false(lg_failed(policy_settle(permit, 0, &facts, fixture->arena, &outcome)));
        compare_told(fixture, permit, &outcome, told);
    }
}

static void compare_roles(struct fixture *fixture, const struct policy *policy, struct told *told) {
    for (size_t role = 0; role < policy_role_count(policy); role++) {
        for (size_t i = 0; i < policy_purpose_count(policy) * 24; i++) {
            arena_free(&fixture->arena);
            assert_false(lg_failed(arena_new(REPLIES_ARENA, &fixture->arena)));
            struct policy_request request =
                question_of(fixture, policy_role_at(policy, role), i / 2);
            request.age_class = i % 2 == 0 ? AGE_CHILD : AGE_ADULT;
            compare_replies(fixture, policy, &request, told);
        }
    }
}

/* Sentence and step of a special, criminal or hidden field are the same for a person who was never
 * asked and one who refused, for roles that may set a refusal aside and roles that may not. */
static void steps_tell_nothing_of_the_person(void **state) {
    struct fixture *fixture = *state;
    struct told *told = calloc(1, sizeof *told);
    char *text = vector("whole.isa");
    assert_non_null(told);
    compare_roles(fixture, fixture->policy, told);
    text = edited_more(text, "  existence: hidden\n  tells source",
                       "  existence: open\n  tells source");
    OWN(policy_free) struct policy *open = compile(text, NULL);
    compare_roles(fixture, open, told);
    text = edited_more(text, "clause 3 share",
                       "clause 3b share\n"
                       "  title: Who it is, of whom nobody may know\n  from: gamma\n"
                       "  to: alpha/worker\n  purpose: child-care\n  basis: duty\n"
                       "  consent: required unless emergency\n  consent shown: yes\n"
                       "  pass: person.born\n  existence: hidden\nclause 3 share");
    OWN(policy_free) struct policy *hidden = compile(text, NULL);
    compare_roles(fixture, hidden, told);
    text = edited_more(text, "  about: children\n", "  about: children\n  objection: refer\n");
    OWN(policy_free) struct policy *refers = compile(text, NULL);
    compare_roles(fixture, refers, told);
    print_message("%u replies compared\n", told->compared);
    assert_true(told->compared > 300);
    free(text);
    free(told);
}

static struct span step_of(struct fixture *fixture, const struct policy *policy,
                           const struct policy_request *request, const struct consent *fact) {
    const struct policy_force force = {.policy = policy};
    const struct permit *permit = decide(fixture, &force, request);
    const struct policy_counts counts = {0};
    const struct policy_facts facts = {
        .consents = fact, .consent_count = 1, .counts = &counts, .count_count = 1};
    struct policy_outcome outcome;
    assert_false(lg_failed(policy_settle(permit, 0, &facts, fixture->arena, &outcome)));
    assert_int_equal(outcome.rulings[0].refusal, POLICY_CONSENT_REFUSED);
    return policy_remedy(permit, 0, &outcome.rulings[0], fixture->arena);
}

/* A refusal of an adult who may consent: only where the agreement names a basis for setting it
 * aside does the gateway accept an emergency; so only there it is offered. */
static void emergencies_are_offered_where_they_would_hold(void **state) {
    struct fixture *fixture = *state;
    char *text =
        edited_more(vector("whole.isa"), "  reason for no consent: needed\n\ncategory person",
                    "\ncategory person");
    text = edited_more(text, "clause 1 share",
                       "clause 1b share\n  title: Born\n  from: delta\n  to: alpha/manager\n"
                       "  purpose: child-care\n  basis: duty\n"
                       "  consent: required unless emergency\n  consent shown: yes\n"
                       "  pass: person.born\n  existence: open\nclause 1 share");
    OWN(policy_free) struct policy *with_basis = compile(text, NULL);
    text = edited_more(text, "  basis for refusal: duty\n", "");
    OWN(policy_free) struct policy *without = compile(text, NULL);
    const struct consent fact = fact_of(CONSENT_REFUSED, 0);
    struct policy_request request = good(fixture);
    request.role = span_text("manager");
    request.trainings = list(fixture, "safeguarding-2");
    request.sources = list(fixture, "delta");
    request.fields = list(fixture, "person.born");
    request.age_class = AGE_ADULT;
    static const char both[] =
        "Ask the person. If a life is in danger, your role may declare an emergency.";
    must_say(step_of(fixture, with_basis, &request, &fact), both);
    must_say(step_of(fixture, without, &request, &fact), "Ask the person.");
    request.age_class = AGE_CHILD;
    must_say(step_of(fixture, without, &request, &fact), both);
    request.emergency.count = 3; /* as many as it may declare */
    must_say(step_of(fixture, without, &request, &fact), "Ask the person.");
    free(text);
}

static void officers_read_the_state(void **state) {
    struct fixture *fixture = *state;
    struct policy_request request = good(fixture);
    request.fields = list(fixture, "person.born");
    struct consent fact = fact_of(CONSENT_REFUSED, 0);
    struct policy_explained_source it = explain(fixture, &request, &fact, POLICY_READER_AUDITOR);
    assert_int_equal(it.decision, DECISION_REFUSE);
    assert_int_equal(it.reason, POLICY_CONSENT_REFUSED);
    assert_int_equal(it.fields[0].reason, POLICY_CONSENT_REFUSED);
    must_say(check_of(&it.fields[0], POLICY_CHECK_CONSENT)->found, "it was refused on 28 May 2026");
    fact = fact_of(CONSENT_GIVEN, 2);
    it = explain(fixture, &request, &fact, POLICY_READER_SOURCE);
    must_say(check_of(&it.fields[0], POLICY_CHECK_CONSENT)->found,
             "its last day was 1 January 2026");
    it = explain(fixture, &request, NULL, POLICY_READER_SOURCE);
    must_say(check_of(&it.fields[0], POLICY_CHECK_CONSENT)->found, "none is recorded");
    it = explain(fixture, &request, NULL, POLICY_READER_REQUESTER);
    must_say(check_of(&it.fields[0], POLICY_CHECK_CONSENT)->found,
             "what the person said is not told");
}

static void checks_say_what_was_asked_and_found(void **state) {
    struct fixture *fixture = *state;
    struct policy_request request = good(fixture);
    request.sources = list(fixture, "delta");
    request.basis = span_text("plain-duty");
    request.has_case_reference = false;
    struct policy_explained_source it = explain(fixture, &request, NULL, POLICY_READER_REQUESTER);
    const struct policy_explanation *field = &it.fields[0];
    assert_int_equal(field->reason, POLICY_BASIS_NOT_ACCEPTED);
    must_say(field->clause, "3");
    must_say(check_of(field, POLICY_CHECK_NAMES)->found, "alpha/worker for child-care");
    must_say(check_of(field, POLICY_CHECK_BASIS)->asked, "duty");
    must_say(check_of(field, POLICY_CHECK_BASIS)->found, "plain-duty");
    assert_int_equal(check_of(field, POLICY_CHECK_BASIS)->mark, POLICY_FAILED);
    must_say(check_of(field, POLICY_CHECK_CASE)->asked, "needed");
    must_say(check_of(field, POLICY_CHECK_CASE)->found, "not given");
    must_say(check_of(field, POLICY_CHECK_HOURS)->found, "asked 12:00 on 2026-06-10");
    assert_int_equal(field->hints.count, 2);
    assert_int_equal(field->hints.sets[0].count, 3);
    assert_int_equal(field->hints.sets[0].hints[0].kind, POLICY_HINT_CITE_BASIS);
    assert_int_equal(field->hints.sets[0].hints[1].kind, POLICY_HINT_CASE_REFERENCE);
    must_say(policy_hints_sentence(&field->hints, fixture->arena),
             "Cite duty, if it applies. Give the case reference. Ask the person. If a life is in "
             "danger, your role may declare an emergency.");
}

/* A source whose clause tells it no more than the permit reads neither who asked nor why. */
static void sources_read_no_more_than_they_are_told(void **state) {
    struct fixture *fixture = *state;
    const struct policy_request request = good(fixture);
    const struct policy_force force = {.policy = fixture->policy};
    const struct permit *permit = decide(fixture, &force, &request);
    struct policy_explained_source it = explain(fixture, &request, NULL, POLICY_READER_SOURCE);
    bool told = policy_permit_tells(permit, 0) != POLICY_TELLS_PERMIT;
    assert_int_equal(check_of(&it.fields[0], POLICY_CHECK_NAMES)->found.len > 0, told);
    assert_int_equal(check_of(&it.fields[0], POLICY_CHECK_BASIS)->found.len > 0, told);
    it = explain(fixture, &request, NULL, POLICY_READER_AUDITOR);
    assert_true(check_of(&it.fields[0], POLICY_CHECK_NAMES)->found.len > 0);
}

static void nothing_governs(void **state) {
    struct fixture *fixture = *state;
    struct policy_request request = good(fixture);
    request.purpose = span_text("crime");
    struct policy_explained_source it = explain(fixture, &request, NULL, POLICY_READER_AUDITOR);
    assert_int_equal(it.fields[0].reason, POLICY_NO_CLAUSE);
    assert_int_equal(it.fields[0].nearest_count, 2);
    must_say(it.fields[0].nearest[0].clause, "4");
    must_say(it.fields[0].nearest[0].differs, "purpose");
    must_say(it.fields[0].nearest[1].differs, "source and purpose");
    assert_int_equal(it.fields[0].hints.count, 0);
}

static void no_agreement_is_explained_too(void **state) {
    struct fixture *fixture = *state;
    const struct policy_request request = good(fixture);
    const struct permit *permit = NULL;
    struct policy_explained_source it;
    assert_false(lg_failed(policy_decide(NULL, 0, &request, fixture->arena, &permit)));
    assert_false(lg_failed(policy_explain(permit, &to_requester, fixture->arena, &it)));
    assert_int_equal(it.reason, POLICY_NO_AGREEMENT);
    must_say(check_of(&it.fields[0], POLICY_CHECK_AGREEMENT)->found, "none");
    assert_int_equal(it.fields[0].hints.count, 0);
}

/* The lead is whom to ask where the asker can change nothing. */
static void suspension_goes_to_the_lead(void **state) {
    struct fixture *fixture = *state;
    const struct policy_force force = {.policy = fixture->policy, .is_suspended = true};
    const struct policy_request request = good(fixture);
    const struct permit *permit = decide(fixture, &force, &request);
    struct policy_explained_source it;
    assert_false(lg_failed(policy_explain(permit, &to_requester, fixture->arena, &it)));
    assert_int_equal(it.fields[0].hints.count, 1);
    assert_false(it.fields[0].hints.sets[0].changes_request);
    assert_int_equal(it.fields[0].hints.sets[0].hints[0].kind, POLICY_HINT_ASK_LEAD);
    must_say(it.fields[0].hints.sets[0].hints[0].value, "alpha");
}

static void the_agreement_around_it(void **state) {
    struct fixture *fixture = *state;
    struct policy_explained_agreement it;
    assert_false(lg_failed(policy_explain_agreement(fixture->policy, fixture->arena, &it)));
    must_say(it.id, "whole");
    assert_int_equal(it.version, policy_version(fixture->policy));
    assert_int_equal(it.signatories.count, policy_party_count(fixture->policy));
    assert_int_equal(it.review_day.len, 10);
    assert_true(it.lead.len > 0 && it.contact.len > 0);
}

static void explain_with_each_failure(void **state) {
    struct fixture *fixture = *state;
    const struct policy_force force = {.policy = fixture->policy};
    struct policy_request request = good(fixture);
    request.basis = span_text("plain-duty");
    const struct permit *permit = decide(fixture, &force, &request);
    for (uint64_t n = 1;; n++) {
        struct arena *arena = NULL;
        struct policy_explained_source it;
        assert_false(lg_failed(arena_new(ARENA, &arena)));
        support_alloc_fail_at(n);
        struct lg_err err = policy_explain(permit, &to_auditor, arena, &it);
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
    bool worked = false;
    for (size_t size = 0; !worked; size += 257) {
        struct arena *arena = NULL;
        struct policy_explained_source it;
        assert_false(lg_failed(arena_new(size, &arena)));
        struct lg_err err = policy_explain(permit, &to_auditor, arena, &it);
        worked = !lg_failed(err);
        assert_true(worked || lg_err_class(err) == LG_CLASS_LIMIT);
        arena_free(&arena);
        assert_true(size < ARENA);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(requesters_read_nothing_of_the_person, arena_begin,
                                        arena_end),
        cmocka_unit_test_setup_teardown(steps_tell_nothing_of_the_person, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(emergencies_are_offered_where_they_would_hold, arena_begin,
                                        arena_end),
        cmocka_unit_test_setup_teardown(officers_read_the_state, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(checks_say_what_was_asked_and_found, arena_begin,
                                        arena_end),
        cmocka_unit_test_setup_teardown(sources_read_no_more_than_they_are_told, arena_begin,
                                        arena_end),
        cmocka_unit_test_setup_teardown(nothing_governs, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(no_agreement_is_explained_too, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(suspension_goes_to_the_lead, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(the_agreement_around_it, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(explain_with_each_failure, arena_begin, arena_end),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
