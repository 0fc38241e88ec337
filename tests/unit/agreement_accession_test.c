/* SPDX-License-Identifier: Apache-2.0 */
/* Joining where both sides sign: who signs again and who does not, and what is no accession. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/bytes.h"
#include "policy/accession.h"
#include "tests/support/book_world.h"

#include <cmocka.h>

enum { ALPHA, BETA, GAMMA };

static const char head[] =
    "isa 1\nagreement otr\n  title: Test\n  version: %u\n%s  in force: 2026-01-01 to 2026-12-31\n"
    "  review due: 2026-10-01\n  review grace: 14 days\n  time zone: UTC\n  lead: alpha\n"
    "  signatures needed: %s\n  assessment: A\n  contact: c\n";
static const char party_form[] =
    "party %s\n  name: N\n  legal entity: %s\n  public authority: yes\n"
    "  competent authority: no\n  signs as: Owner\n  key: %s\n";
static const char middle[] =
    "role alpha/w\nrole beta/w\npurpose p\n  title: P\nbasis d\n  title: D\n  kind: statutory\n"
    "  article 6: e\n  covers: p\ncategory c\n  title: C\n  class: ordinary\n  held by: any\n"
    "  fields: f, g\n"
    "clause 1 share\n  from: %s\n  to: beta/*\n  purpose: p\n  basis: d\n"
    "  consent: not needed\n  pass: c.f\n";
static const char joins[] = "clause 2 share\n  from: %s\n  to: gamma/*\n  purpose: p\n  basis: d\n"
                            "  consent: not needed\n  pass: c.g\n";

/* Which text: without and with gamma, and what else is changed. */
struct form {
    unsigned version;
    bool joins;
    const char *from;   /* of clause 1; alpha where NULL */
    const char *gives;  /* of clause 2; beta where NULL */
    const char *needed; /* both sides where NULL */
    const char *more;   /* sections at the end */
    const char *joint;  /* with whom gamma is a controller jointly; nobody where NULL */
};

static void party_put(const struct book_world *w, size_t i, char *out, size_t size) {
    struct vault_sign_public key = vault_sign_public(w->keys[i]);
    char hex[65];
    bytes_to_hex(span_of(key.bytes, sizeof key.bytes), hex);
    size_t used = strlen(out);
    (void)snprintf(out + used, size - used, party_form, book_parties[i], book_parties[i], hex);
}

static void text_put(char *out, const char *text) {
    size_t used = strlen(out);
    (void)snprintf(out + used, BOOK_TEXT_SIZE - used, "%s", text);
}

static const char *text_of(const struct book_world *w, const struct form *form, char *out) {
    char clause[1024];
    (void)snprintf(out, BOOK_TEXT_SIZE, head, form->version,
                   form->version == 1 ? "" : "  replaces: 1\n",
                   form->needed == NULL ? "both sides" : form->needed);
    party_put(w, ALPHA, out, BOOK_TEXT_SIZE);
    party_put(w, BETA, out, BOOK_TEXT_SIZE);
    if (form->joins) {
        party_put(w, GAMMA, out, BOOK_TEXT_SIZE);
    }
    if (form->joint != NULL) {
        text_put(out, "  joint controller with: ");
        text_put(out, form->joint);
        text_put(out, "\n");
    }
    (void)snprintf(clause, sizeof clause, middle, form->from == NULL ? "alpha" : form->from);
    text_put(out, clause);
    if (form->joins) {
        text_put(out, "role gamma/w\n");
        (void)snprintf(clause, sizeof clause, joins, form->gives == NULL ? "beta" : form->gives);
        text_put(out, clause);
    }
    text_put(out, form->more == NULL ? "" : form->more);
    return out;
}

static bool is_accession(const struct book_world *w, const struct form *first,
                         const struct form *second, bool *carries) {
    char texts[2][BOOK_TEXT_SIZE];
    struct policy *policies[2] = {NULL, NULL};
    struct diag diag = {0};
    bool is = false;
    OWN(arena_free) struct arena *arena = NULL;
    assert_false(lg_failed(arena_new(1 << 22, &arena)));
    for (size_t i = 0; i < 2; i++) {
        text_of(w, i == 0 ? first : second, texts[i]);
        if (lg_failed(policy_compile(span_text(texts[i]), span_of(NULL, 0), &diag, &policies[i]))) {
            fail_msg("line %u: %s", diag.line, diag.text);
        }
    }
    assert_false(lg_failed(policy_accession(policies[0], policies[1], arena, carries, &is)));
    policy_free(&policies[0]);
    policy_free(&policies[1]);
    return is;
}

static const struct form first = {.version = 1};

static void only_whom_it_concerns_signs_again(void **state) {
    struct book_world *w = *state;
    bool carries[LIMIT_POLICY_PARTIES];
    assert_true(is_accession(w, &first, &(struct form){.version = 2, .joins = true}, carries));
    assert_true(carries[ALPHA]);
    assert_false(carries[BETA]); /* clause 2 is from it */
    assert_false(carries[GAMMA]);
}

static void what_is_no_accession(void **state) {
    struct book_world *w = *state;
    bool carries[LIMIT_POLICY_PARTIES];
    const struct form forms[] = {
        {.version = 2, .joins = true, .needed = "all parties"},
        {.version = 2, .joins = true, .from = "any"},
        {.version = 2, .joins = true, .more = "role alpha/boss\n"},
        {.version = 2, .joins = true, .more = "purpose q\n  title: Q\n  within: p\n"},
        {.version = 2, .joins = true, .more = "defaults\n  keep: 9 days\n"},
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        assert_false(is_accession(w, &first, &forms[i], carries));
        assert_false(carries[ALPHA] || carries[BETA] || carries[GAMMA]);
    }
    /* An old clause that says `any` reaches who joins. */
    const struct form open = {.version = 1, .from = "any"};
    const struct form open_joined = {.version = 2, .joins = true, .from = "any"};
    assert_false(is_accession(w, &open, &open_joined, carries));
    /* A setting that is left out, that comes to it, or that is another one. */
    const struct form kept = {.version = 1, .more = "defaults\n  keep: 9 days\n  onward: no\n"};
    const char *const defaults[] = {"defaults\n  keep: 9 days\n",
                                    "defaults\n  keep: 9 days\n  onward: no\n  limit: few\n"
                                    "limit few\n  per person: 3 in 1 hour\n",
                                    "defaults\n  onward: no\n  keep: 9 days\n",
                                    "defaults\n  keep: 8 days\n  onward: no\n"};
    for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++) {
        const struct form other = {.version = 2, .joins = true, .more = defaults[i]};
        assert_false(is_accession(w, &kept, &other, carries));
    }
    /* Where all parties signed the one before, nobody is bound by a part of it. */
    const struct form by_all = {.version = 1, .needed = "all parties"};
    assert_false(is_accession(w, &by_all, &(struct form){.version = 2, .joins = true}, carries));
    /* Something left out is no accession either. */
    const struct form joined = {.version = 1, .joins = true};
    assert_false(is_accession(w, &joined, &(struct form){.version = 2}, carries));
}

/* Named by what is new on neither side of it, and concerned all the same. */
static void who_gets_it_from_there_signs_again(void **state) {
    struct book_world *w = *state;
    bool carries[LIMIT_POLICY_PARTIES];
    static const char *const onward[] = {"to alpha for p", "ask alpha"};
    for (size_t i = 0; i < 2; i++) {
        char clause[256];
        (void)snprintf(clause, sizeof clause,
                       "clause 3 share\n  from: gamma\n  to: beta/*\n  purpose: p\n  basis: d\n"
                       "  consent: not needed\n  onward: %s\n  pass: c.f\n",
                       onward[i]);
        const struct form form = {.version = 2, .joins = true, .more = clause};
        assert_true(is_accession(w, &first, &form, carries));
        assert_false(carries[ALPHA]);
    }
    const struct form newcomer = {.version = 2,
                                  .joins = true,
                                  .more = "clause 3 share\n  from: gamma\n  to: beta/*\n"
                                          "  purpose: p\n  basis: d\n  consent: not needed\n"
                                          "  onward: ask gamma\n  pass: c.f\n"};
    assert_true(is_accession(w, &first, &newcomer, carries));
    assert_true(carries[ALPHA]);
    const struct form kept = {.version = 2,
                              .joins = true,
                              .more = "clause 3 share\n  from: gamma\n  to: beta/*\n  purpose: p\n"
                                      "  basis: d\n  consent: not needed\n  onward: no\n"
                                      "  pass: c.f\n"};
    assert_true(is_accession(w, &first, &kept, carries));
    assert_true(carries[ALPHA]);
    const struct form joint = {.version = 2, .joins = true, .joint = "alpha"};
    assert_true(is_accession(w, &first, &joint, carries));
    assert_false(carries[ALPHA]);
}

static void a_clause_to_anybody_concerns_everybody(void **state) {
    struct book_world *w = *state;
    bool carries[LIMIT_POLICY_PARTIES];
    const struct form form = {
        .version = 2,
        .joins = true,
        .more = "clause 3 never\n  to: any\n  data: c.g\n  from: gamma\n",
    };
    assert_true(is_accession(w, &first, &form, carries));
    assert_false(carries[ALPHA] || carries[BETA] || carries[GAMMA]);
}

#define DELTA                                                                                      \
    "party delta\n  name: N\n  legal entity: delta\n  public authority: yes\n"                     \
    "  competent authority: no\n  signs as: Owner\n"

/* A party that has no roles receives nothing, and is concerned by what names it all the same. */
static void a_party_without_roles(void **state) {
    struct book_world *w = *state;
    bool carries[LIMIT_POLICY_PARTIES];
    static const char to_any[] = "clause 9 never\n  from: alpha\n  to: any\n  data: c.g\n";
    static const char to_beta[] = "clause 9 never\n  from: alpha\n  to: beta/w\n  data: c.g\n";
    static const char any_joined[] =
        "clause 9 never\n  from: alpha\n  to: any\n  data: c.g\n" DELTA;
    static const char beta_joined[] =
        "clause 9 never\n  from: alpha\n  to: beta/w\n  data: c.g\n" DELTA;
    static const char new_clause[] =
        "clause 9 never\n  from: alpha\n  to: beta/w\n  data: c.g\n" DELTA
        "clause 10 never\n  from: beta\n  to: delta/*\n  data: c.g\n";
    const struct form any = {.version = 1, .more = to_any};
    const struct form beta = {.version = 1, .more = to_beta};
    assert_false(is_accession(w, &any, &(struct form){.version = 2, .more = any_joined}, carries));
    assert_true(is_accession(w, &beta, &(struct form){.version = 2, .more = beta_joined}, carries));
    assert_true(carries[ALPHA] && carries[BETA]);
    assert_true(is_accession(w, &beta, &(struct form){.version = 2, .more = new_clause}, carries));
    assert_true(carries[ALPHA]);
    assert_false(carries[BETA]);
}

static struct lg_err sign(struct book_world *w, const char *text, size_t party) {
    const struct book_signed act = {
        .act = AGREEMENT_SIGN, .text = text, .party = party, .key = party};
    return book_signed_do(w, &act);
}

static void joining_at_a_gateway(void **state) {
    struct book_world *w = *state;
    char old_text[BOOK_TEXT_SIZE];
    char new_text[BOOK_TEXT_SIZE];
    text_of(w, &first, old_text);
    text_of(w, &(struct form){.version = 2, .joins = true}, new_text);
    assert_false(lg_failed(book_propose(w, old_text, ALPHA)));
    assert_false(lg_failed(sign(w, old_text, ALPHA)));
    assert_false(lg_failed(sign(w, old_text, BETA)));
    assert_false(lg_failed(book_activate(w, 1, ALPHA)));
    assert_false(lg_failed(book_propose(w, new_text, ALPHA)));
    assert_int_equal(book_state(w, 2), AGREEMENT_STATE_SIGNING); /* alpha is bound already */
    assert_false(lg_failed(sign(w, new_text, GAMMA)));
    assert_int_equal(book_state(w, 2), AGREEMENT_STATE_SIGNING); /* beta would lose its clauses */
    assert_false(lg_failed(sign(w, new_text, BETA)));
    assert_int_equal(book_state(w, 2), AGREEMENT_STATE_SIGNING); /* the lead signs each version */
    assert_false(lg_failed(sign(w, new_text, ALPHA)));
    assert_int_equal(book_state(w, 2), AGREEMENT_STATE_SIGNED);
    assert_false(lg_failed(book_activate(w, 2, ALPHA)));
    const struct policy_force *force = book_force(w, w->wall_ms / 1000);
    assert_int_equal(policy_version(force->policy), 2);
    assert_int_equal(force->unsigned_parties.count, 0);
    assert_int_equal(book_world_reopen(w), 0);
    assert_int_equal(book_force(w, w->wall_ms / 1000)->unsigned_parties.count, 0);
}

/* Beta is bound by what it signed of version 1, and clause 2 does not concern it. */
static const struct form beta_is_carried = {.version = 2, .joins = true, .gives = "alpha"};

static void first_bring_into_force(struct book_world *w, char *text) {
    text_of(w, &first, text);
    assert_false(lg_failed(book_propose(w, text, ALPHA)));
    assert_false(lg_failed(sign(w, text, ALPHA)));
    assert_false(lg_failed(sign(w, text, BETA)));
    assert_false(lg_failed(book_activate(w, 1, ALPHA)));
}

/* Signed by the lead and by who joins. */
static void joined_bring_into_force(struct book_world *w, char *text) {
    text_of(w, &beta_is_carried, text);
    assert_false(lg_failed(book_propose(w, text, ALPHA)));
    assert_false(lg_failed(sign(w, text, ALPHA)));
    assert_false(lg_failed(sign(w, text, GAMMA)));
    assert_int_equal(book_state(w, 2), AGREEMENT_STATE_SIGNED);
    assert_false(lg_failed(book_activate(w, 2, ALPHA)));
}

static bool beta_is_unsigned(struct book_world *w) {
    const struct policy_force *force = book_force(w, w->wall_ms / 1000);
    assert_int_equal(policy_version(force->policy), 2);
    assert_false(force->is_unsigned);
    assert_true(force->unsigned_parties.count <= 1);
    return force->unsigned_parties.count == 1 &&
           span_equal_text(force->unsigned_parties.items[0], "beta");
}

static void a_suspension_is_carried_along(void **state) {
    struct book_world *w = *state;
    char old_text[BOOK_TEXT_SIZE];
    char new_text[BOOK_TEXT_SIZE];
    first_bring_into_force(w, old_text);
    struct book_signed act = {
        .act = AGREEMENT_SUSPEND, .text = old_text, .party = BETA, .key = BETA, .reason = "Breach"};
    assert_false(lg_failed(book_signed_do(w, &act)));
    joined_bring_into_force(w, new_text);
    assert_false(beta_is_unsigned(w));
    const struct policy_force *force = book_force(w, w->wall_ms / 1000);
    assert_int_equal(force->suspended.count, 1);
    assert_true(span_equal_text(force->suspended.items[0], "beta"));
    act =
        (struct book_signed){.act = AGREEMENT_RESUME, .text = new_text, .party = BETA, .key = BETA};
    assert_false(lg_failed(book_signed_do(w, &act)));
    assert_int_equal(book_force(w, w->wall_ms / 1000)->suspended.count, 0);
}

static void who_gave_notice_is_not_taken_along(void **state) {
    struct book_world *w = *state;
    char old_text[BOOK_TEXT_SIZE];
    char new_text[BOOK_TEXT_SIZE];
    first_bring_into_force(w, old_text);
    const struct book_signed act = {.act = AGREEMENT_WITHDRAW,
                                    .text = old_text,
                                    .party = BETA,
                                    .key = BETA,
                                    .day = book_day("2026-05-01"),
                                    .reason = "Merger"};
    assert_false(lg_failed(book_signed_do(w, &act)));
    joined_bring_into_force(w, new_text);
    assert_true(beta_is_unsigned(w));
}

static char noticed_text[BOOK_TEXT_SIZE];

static void beta_gives_notice(struct book_world *w) {
    const struct book_signed act = {.act = AGREEMENT_WITHDRAW,
                                    .text = noticed_text,
                                    .party = BETA,
                                    .key = BETA,
                                    .day = book_day("2026-05-01"),
                                    .reason = "Merger"};
    w->on_fits = NULL;
    assert_false(lg_failed(book_signed_do(w, &act)));
}

/* Version 2 changes nothing and is signed by the lead; that beta is carried along makes the second
 * side. It leaves while the activation compiles: there is nobody to share with. */
static void a_notice_in_that_moment_counts(void **state) {
    struct book_world *w = *state;
    char new_text[BOOK_TEXT_SIZE];
    first_bring_into_force(w, noticed_text);
    text_of(w, &(struct form){.version = 2}, new_text);
    assert_false(lg_failed(book_propose(w, new_text, ALPHA)));
    assert_false(lg_failed(sign(w, new_text, ALPHA)));
    assert_int_equal(book_state(w, 2), AGREEMENT_STATE_SIGNED);
    w->on_fits = beta_gives_notice;
    struct lg_err err = book_activate(w, 2, ALPHA);
    assert_true(lg_err_same(err, lg_err_make(LG_CLASS_INPUT, LG_AGREEMENT, AGREEMENT_STATE)));
    assert_null(w->on_fits);
    assert_int_equal(book_state(w, 2), AGREEMENT_STATE_SIGNING);
}

/* The lead ended it: a new version with the newcomer does not revive what beta signed. */
static void an_ended_version_carries_nobody(void **state) {
    struct book_world *w = *state;
    char old_text[BOOK_TEXT_SIZE];
    char new_text[BOOK_TEXT_SIZE];
    first_bring_into_force(w, old_text);
    const struct book_signed act = {.act = AGREEMENT_END,
                                    .text = old_text,
                                    .party = ALPHA,
                                    .key = ALPHA,
                                    .day = book_day("2026-03-28"),
                                    .reason = "Replaced by statute"};
    assert_false(lg_failed(book_signed_do(w, &act)));
    assert_int_equal(book_state(w, 1), AGREEMENT_STATE_ENDED);
    joined_bring_into_force(w, new_text);
    assert_true(beta_is_unsigned(w));
    assert_int_equal(book_world_reopen(w), 0);
    assert_true(beta_is_unsigned(w));
    assert_false(lg_failed(sign(w, new_text, BETA)));
    assert_false(beta_is_unsigned(w));
}

/* Beta signed version 1, thought better of it and refused; it was never in force. */
static void a_refused_version_carries_nobody(void **state) {
    struct book_world *w = *state;
    char old_text[BOOK_TEXT_SIZE];
    char new_text[BOOK_TEXT_SIZE];
    text_of(w, &first, old_text);
    assert_false(lg_failed(book_propose(w, old_text, ALPHA)));
    assert_false(lg_failed(sign(w, old_text, BETA)));
    const struct book_signed act = {.act = AGREEMENT_REFUSE,
                                    .text = old_text,
                                    .party = BETA,
                                    .key = BETA,
                                    .reason = "Too wide"};
    assert_false(lg_failed(book_signed_do(w, &act)));
    assert_int_equal(book_state(w, 1), AGREEMENT_STATE_REFUSED);
    joined_bring_into_force(w, new_text);
    assert_true(beta_is_unsigned(w));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, book_world_setup, book_world_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(only_whom_it_concerns_signs_again),
        TEST(what_is_no_accession),
        TEST(who_gets_it_from_there_signs_again),
        TEST(a_clause_to_anybody_concerns_everybody),
        TEST(a_party_without_roles),
        TEST(joining_at_a_gateway),
        TEST(a_suspension_is_carried_along),
        TEST(who_gave_notice_is_not_taken_along),
        TEST(a_notice_in_that_moment_counts),
        TEST(an_ended_version_carries_nobody),
        TEST(a_refused_version_carries_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
