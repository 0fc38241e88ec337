/* SPDX-License-Identifier: Apache-2.0 */
/* What people read and who gets to see it: the page for the person, the text of a notice, and which
 * consents of a person are shown to whom. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/consent/leaflet.h"
#include "gateway/consent/shown.h"
#include "gateway/consent/use.h"
#include "tests/support/support.h"

#include <cmocka.h>

static const char agreement[] =
    "isa 1\n"
    "agreement small\n"
    "  title: A small agreement\n  version: 4\n  in force: 2026-09-01 to 2027-08-31\n"
    "  review due: 2027-06-01\n  review grace: 30 days\n  time zone: Europe/London\n  lead: care\n"
    "  signatures needed: all parties\n  assessment: DPIA-1\n  contact: lead\n"
    "party care\n  name: Care of the place\n  legal entity: Council\n  public authority: yes\n"
    "  competent authority: no\n  signs as: Director\n"
    "party housing\n  name: Homes of the place\n  legal entity: Homes\n  public authority: yes\n"
    "  competent authority: no\n  signs as: Secretary\n"
    "party health\n  name: Trust\n  legal entity: Trust\n  public authority: yes\n"
    "  competent authority: no\n  signs as: Guardian\n"
    "role care/worker\nrole housing/clerk\nrole health/guardian\n"
    "purpose help\n  title: Help for the family\n"
    "purpose early\n  title: Help early on\n  within: help\n"
    "basis act\n  title: An Act\n  kind: statutory\n  article 6: e\n  covers: help\n"
    "  reason for no consent: not needed\n"
    "category tenancy\n  title: The tenancy\n  class: ordinary\n  held by: housing\n"
    "  fields: address\n"
    "category care-plan\n  title: The plan\n  class: ordinary\n  held by: health\n"
    "  fields: aim\n"
    "hours always\n  open: 00:00 to 24:00 on every day\n"
    "defaults\n  hours: always\n  keep: 90 days\n  onward: no\n"
    "clause 1 share\n  title: Tenancy\n  from: housing\n  to: care/*\n  purpose: help\n"
    "  basis: act\n  consent: required\n  consent shown: yes\n  pass: tenancy.address\n"
    "clause 2 share\n  title: Plan\n  from: health\n  to: care/*, housing/*\n  purpose: help\n"
    "  basis: act\n  consent: required\n  pass: care-plan.aim\n";

struct world {
    struct policy *policy;
    struct policy_force force;
    struct arena *arena;
};

static int set_up(void **state) {
    static struct world world;
    world = (struct world){0};
    struct diag diag = {0};
    if (lg_failed(policy_compile(span_text(agreement), span_of(NULL, 0), &diag, &world.policy))) {
        print_error("line %u: %s\n", (unsigned)diag.line, diag.text);
        return 1;
    }
    world.force = (struct policy_force){.policy = world.policy};
    *state = &world;
    return lg_failed(arena_new(1 << 22, &world.arena)) ? 1 : 0;
}

static int tear_down(void **state) {
    struct world *w = *state;
    arena_free(&w->arena);
    policy_free(&w->policy);
    return 0;
}

static bool has(struct span text, const char *words) {
    for (size_t i = 0; i + strlen(words) <= text.len; i++) {
        if (memcmp(text.ptr + i, words, strlen(words)) == 0) {
            return true;
        }
    }
    return false;
}

static void check_lines(struct span text) {
    struct span rest = text;
    struct span line;
    assert_true(span_is_text(text));
    while (span_split(&rest, '\n', &line)) {
        assert_true(line.len <= 100);
    }
}

/* ---- The page ----------------------------------------------------------------------------------
 */

static struct span page_of(const struct world *w, const struct consent *consent) {
    const struct consent_leaflet leaflet = {.consent = consent,
                                            .force = &w->force,
                                            .force_count = 1,
                                            .recorded_on = span_text("2026-11-30")};
    struct span page;
    assert_false(lg_failed(consent_leaflet_write(&leaflet, w->arena, &page)));
    check_lines(page);
    return page;
}

static void a_page_spells_out_what_was_agreed(void **state) {
    const struct world *w = *state;
    const struct span purpose = span_text("early");
    const struct span category = span_text("tenancy");
    const struct span source = span_text("housing");
    const struct span gone = span_text("left-since");
    const struct consent consent = {
        .state = CONSENT_GIVEN,
        .kind = CONSENT_KIND_BASIS,
        .explicit_consent = true,
        .purposes = {&purpose, 1},
        .categories = {&category, 1},
        .sources = {&source, 1},
        .recipients = {&gone, 1},
        .from = span_text("2026-12-01"),
        .until = span_text("2027-02-28"),
        .recorded_by = span_text("care"),
        .log_index = 41,
        .how = {.manner = CONSENT_MANNER_TELEPHONE,
                .representative = CONSENT_REPRESENTATIVE_PARENT,
                .user_id = span_text("user-17")},
    };
    struct span page = page_of(w, &consent);
    static const char *const words[] = {
        "YOU AGREED (in so many words)",
        "because you agree to it",
        "Help early on",
        "The tenancy",
        "Homes of the place",
        "left-since",
        "From: 2026-12-01",
        "Until the end of: 2027-02-28",
        "parental responsibility",
        "by telephone",
        "Recorded by: Care of the place",
        "On: 2026-11-30",
        "Log entry: 41",
        "HOW TO CHANGE YOUR MIND",
        "does not undo what was shared before",
        "serious harm in an emergency",
        "____",
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (!has(page, words[i])) {
            fail_msg("the page lacks: %s", words[i]);
        }
    }
    assert_false(has(page, "user-17")); /* a name of a worker is not the person's business here */
}

static void every_state_and_kind_has_words_of_its_own(void **state) {
    const struct world *w = *state;
    struct span pages[CONSENT_KIND_END * 3];
    size_t count = 0;
    for (unsigned kind = 0; kind < CONSENT_KIND_END; kind++) {
        for (unsigned said = CONSENT_GIVEN; said <= CONSENT_WITHDRAWN; said++) {
            if (kind == CONSENT_KIND_OBJECTION && said == CONSENT_GIVEN) {
                continue;
            }
            const struct consent consent = {.state = (enum consent_state)said,
                                            .kind = (enum consent_kind)kind,
                                            .recorded_by = span_text("care")};
            pages[count++] = page_of(w, &consent);
        }
    }
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < i; j++) {
            assert_false(span_equal(pages[i], pages[j]));
        }
    }
    assert_true(has(pages[0], "every agency of the agreements"));
    assert_true(has(pages[0], "Until: you say otherwise"));
}

/* ---- The notice --------------------------------------------------------------------------------
 */

static void a_notice_says_what_ended_and_what_to_do(void **state) {
    const struct world *w = *state;
    enum { MANY = 60 };
    struct consent_use_item items[MANY];
    struct span purposes[MANY];
    for (size_t i = 0; i < MANY; i++) {
        items[i] = (struct consent_use_item){.source = span_text("housing"),
                                             .category = span_text("tenancy"),
                                             .released_index = 100 + i};
        purposes[i] = span_text("early");
    }
    struct consent_notice notice = {
        .key = {.recipient = span_text("care"), .agreement = span_text("small"), .ended_index = 77},
        .agreement_version = 4,
        .items = items,
        .purposes = purposes,
        .item_count = 1,
    };
    struct consent_notice_text text = {.notice = &notice, .ended_on = span_text("2026-11-30")};
    static const char *const duties[CONSENT_KIND_OBJECTION] = {
        "Articles 17(1)(b) and 19", "Articles 17(1)(b) and 19", "no more is shared under it",
        "End the case"};
    struct span written;
    for (unsigned kind = 0; kind < CONSENT_KIND_OBJECTION; kind++) {
        notice.key.kind = (enum consent_kind)kind;
        assert_false(lg_failed(consent_notice_write(&text, w->arena, &written)));
        check_lines(written);
        assert_true(has(written, duties[kind]));
        assert_true(has(written, "To: care\nAgreement: small, version 4\n"));
        assert_true(has(written, "About: the person of your receipts named below\n"));
        assert_true(has(written, "Ended: 2026-11-30\n"));
        assert_true(has(written, "  tenancy from housing for early, log entry 100\n"));
    }
    text.pseudonym = span_text("abc234");
    notice.item_count = MANY;
    assert_false(lg_failed(consent_notice_write(&text, w->arena, &written)));
    assert_true(has(written, "About: your pseudonym abc234\n"));
    assert_true(has(written, "log entry 147\n"));
    assert_false(has(written, "log entry 148\n"));
    assert_true(has(written, "  and 12 more, listed with this notice\n"));
}

/* ---- Who sees what -----------------------------------------------------------------------------
 */

static size_t shown_to(const struct world *w, const char *agency, const char *role,
                       enum system_kind kind, struct consent consent) {
    const struct caller caller = {.agency = span_text(agency), .kind = kind};
    const struct policy_request request = {.at_s = 1795435200,
                                           .recipient = caller.agency,
                                           .role = span_text(role),
                                           .purpose = span_text("early"),
                                           .basis = span_text("act"),
                                           .age_class = AGE_CHILD};
    const struct permit *permit = NULL;
    assert_false(lg_failed(policy_decide(&w->force, 1, &request, w->arena, &permit)));
    const struct consent_viewer viewer = {permit, &caller, &w->force, 1};
    consent.how.user_id = span_text("user-1");
    size_t kept = consent_shown_filter(&viewer, &consent, 1);
    bool is_own = span_equal(consent.recorded_by, caller.agency);
    assert_int_equal(consent.how.user_id.len, kept == 1 && !is_own ? 0 : 6);
    return kept;
}

static void consents_are_shown_where_somebody_may_see_them(void **state) {
    const struct world *w = *state;
    const struct span help = span_text("help");
    const struct span tenancy = span_text("tenancy");
    const struct span plan = span_text("care-plan");
    const struct span health = span_text("health");
    const struct span housing = span_text("housing");
    struct consent all = {.state = CONSENT_GIVEN, .recorded_by = span_text("health")};
    /* Who recorded it; a clause that shows consent; nobody else. */
    assert_int_equal(shown_to(w, "health", "guardian", SYSTEM_CASE_SYSTEM, all), 1);
    assert_int_equal(shown_to(w, "care", "worker", SYSTEM_CASE_SYSTEM, all), 1);
    assert_int_equal(shown_to(w, "housing", "clerk", SYSTEM_CASE_SYSTEM, all), 0);
    /* An officer of an agency that holds what it is about. */
    assert_int_equal(shown_to(w, "housing", "clerk", SYSTEM_OFFICER, all), 1);
    all.categories = (struct span_list){&plan, 1};
    assert_int_equal(shown_to(w, "housing", "clerk", SYSTEM_OFFICER, all), 0);
    /* The clause shows what it rests on, and only that. */
    assert_int_equal(shown_to(w, "care", "worker", SYSTEM_CASE_SYSTEM, all), 0);
    all.categories = (struct span_list){&tenancy, 1};
    all.purposes = (struct span_list){&help, 1}; /* the wider purpose */
    assert_int_equal(shown_to(w, "care", "worker", SYSTEM_CASE_SYSTEM, all), 1);
    all.purposes = (struct span_list){&tenancy, 1}; /* no purpose of the agreement */
    assert_int_equal(shown_to(w, "care", "worker", SYSTEM_CASE_SYSTEM, all), 0);
    all.purposes = (struct span_list){NULL, 0};
    all.sources = (struct span_list){&health, 1};
    assert_int_equal(shown_to(w, "care", "worker", SYSTEM_CASE_SYSTEM, all), 0);
    assert_int_equal(shown_to(w, "housing", "clerk", SYSTEM_OFFICER, all), 0);
    all.sources = (struct span_list){&housing, 1};
    all.recipients = (struct span_list){&health, 1};
    assert_int_equal(shown_to(w, "care", "worker", SYSTEM_CASE_SYSTEM, all), 0);
    assert_int_equal(shown_to(w, "housing", "clerk", SYSTEM_OFFICER, all), 1);
}

static void words_survive_a_full_arena(void **state) {
    const struct world *w = *state;
    const struct consent consent = {
        .state = CONSENT_GIVEN, .kind = CONSENT_KIND_BASIS, .recorded_by = span_text("care")};
    const struct consent_leaflet leaflet = {.consent = &consent, .force = &w->force};
    struct lg_err err = lg_err_make(LG_CLASS_LIMIT, LG_CONSENT, CONSENT_MEMORY);
    for (size_t budget = 1 << 8; lg_failed(err); budget *= 2) {
        struct arena *arena = NULL;
        struct span page;
        assert_false(lg_failed(arena_new(budget, &arena)));
        err = consent_leaflet_write(&leaflet, arena, &page);
        assert_true(!lg_failed(err) || lg_err_class(err) == LG_CLASS_LIMIT);
        arena_free(&arena);
        assert_true(budget < 1 << 22);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_spells_out_what_was_agreed),
        cmocka_unit_test(every_state_and_kind_has_words_of_its_own),
        cmocka_unit_test(a_notice_says_what_ended_and_what_to_do),
        cmocka_unit_test(consents_are_shown_where_somebody_may_see_them),
        cmocka_unit_test(words_survive_a_full_arena),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
