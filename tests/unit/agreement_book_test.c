/* SPDX-License-Identifier: Apache-2.0 */
/* The life of an agreement in the book: every act, who may do it, in which state, and what is in
 * force afterwards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "policy/signing.h"
#include "tests/support/book_world.h"

#include <cmocka.h>

enum { ALPHA, BETA, GAMMA, SPARE };

static struct lg_err sign(struct book_world *w, const char *text, size_t party) {
    const struct book_signed act = {
        .act = AGREEMENT_SIGN, .text = text, .party = party, .key = party};
    return book_signed_do(w, &act);
}

static bool fails(struct lg_err err, enum agreement_code code) {
    return lg_failed(err) && lg_err_module(err) == LG_AGREEMENT && lg_err_code(err) == code;
}

static int64_t now_s(const struct book_world *w) {
    return w->wall_ms / 1000;
}

static bool list_has(const struct span_list *list, const char *party) {
    for (size_t i = 0; i < list->count; i++) {
        if (span_equal_text(list->items[i], party)) {
            return true;
        }
    }
    return false;
}

static void a_draft_becomes_active(void **state) {
    struct book_world *w = *state;
    char text[BOOK_TEXT_SIZE];
    book_text_make(w, &(struct book_text){0}, text);
    assert_int_equal(book_state(w, 1), AGREEMENT_STATE_NONE);
    assert_false(lg_failed(book_propose(w, text, BETA)));
    assert_int_equal(book_state(w, 1), AGREEMENT_STATE_PROPOSED);
    assert_null(book_force(w, now_s(w)));
    assert_false(lg_failed(sign(w, text, BETA)));
    assert_int_equal(book_state(w, 1), AGREEMENT_STATE_SIGNING);
    assert_true(fails(book_activate(w, 1, ALPHA), AGREEMENT_STATE));
    assert_false(lg_failed(sign(w, text, ALPHA)));
    assert_false(lg_failed(sign(w, text, GAMMA)));
    assert_int_equal(book_state(w, 1), AGREEMENT_STATE_SIGNED);
    assert_null(book_force(w, now_s(w)));
    assert_true(fails(book_activate(w, 1, BETA), AGREEMENT_NOT_YOURS));
    size_t changes = w->changes;
    assert_false(lg_failed(book_activate(w, 1, ALPHA)));
    assert_int_equal(w->changes, changes + 1);
    assert_int_equal(book_state(w, 1), AGREEMENT_STATE_ACTIVE);
    const struct policy_force *force = book_force(w, now_s(w));
    assert_non_null(force);
    assert_false(force->is_suspended || force->is_unsigned);
    assert_int_equal(force->unsigned_parties.count + force->suspended.count, 0);
    assert_int_equal(book_world_reopen(w), 0);
    assert_int_equal(book_state(w, 1), AGREEMENT_STATE_ACTIVE);
    assert_non_null(book_force(w, now_s(w)));
}

static void what_cannot_be_proposed(void **state) {
    struct book_world *w = *state;
    char text[BOOK_TEXT_SIZE];
    assert_true(fails(book_propose(w, "", ALPHA), AGREEMENT_TEXT));
    assert_true(fails(book_propose(w, "isa 1\nagreement\n", ALPHA), AGREEMENT_TEXT));
    assert_true(w->diag.text[0] != '\0');
    book_text_make(w, &(struct book_text){.keys = {0, SPARE + 1, 0}}, text);
    assert_true(fails(book_propose(w, text, ALPHA), AGREEMENT_SIGNATURE));
    assert_non_null(strstr(w->diag.text, "beta"));
    book_text_make(w, &(struct book_text){.keys = {0, 0, 99}}, text);
    assert_true(fails(book_propose(w, text, ALPHA), AGREEMENT_SIGNATURE));
    book_text_make(w, &(struct book_text){0}, text);
    w->unfit = true;
    assert_true(fails(book_propose(w, text, ALPHA), AGREEMENT_TEXT));
    w->unfit = false;
    struct agreement_wish wish = {
        .act = AGREEMENT_PROPOSE, .agency = span_text("delta"), .text = span_text(text)};
    assert_true(fails(book_wish_do(w, &wish), AGREEMENT_NOT_YOURS));
    wish.agency = span_text("alpha");
    wish.cases = span_text("not,a,case,file\n");
    assert_true(fails(book_wish_do(w, &wish), AGREEMENT_TEXT));
    assert_int_equal(book_state(w, 1), AGREEMENT_STATE_NONE);
    assert_false(lg_failed(book_propose(w, text, ALPHA)));
    size_t count = w->log_count;
    assert_false(lg_failed(book_propose(w, text, BETA))); /* the same again is nothing new */
    assert_int_equal(w->log_count, count);
    book_text_make(w, &(struct book_text){.review = "2026-09-01"}, text);
    assert_true(fails(book_propose(w, text, ALPHA), AGREEMENT_STATE));
}

static void signatures_that_do_not_count(void **state) {
    struct book_world *w = *state;
    char text[BOOK_TEXT_SIZE];
    char other[BOOK_TEXT_SIZE];
    book_text_make(w, &(struct book_text){0}, text);
    book_text_make(w, &(struct book_text){.review = "2026-09-01"}, other);
    struct book_signed act = {.act = AGREEMENT_SIGN, .text = text, .party = BETA, .key = BETA};
    assert_true(fails(book_signed_do(w, &act), AGREEMENT_UNKNOWN));
    assert_false(lg_failed(book_propose(w, text, ALPHA)));
    act.key = SPARE;
    assert_true(fails(book_signed_do(w, &act), AGREEMENT_SIGNATURE));
    act.key = BETA;
    act.text = other;
    assert_true(fails(book_signed_do(w, &act), AGREEMENT_LINE));
    act.text = text;
    struct agreement_wish wish = {.act = AGREEMENT_SIGN, .agency = span_text("alpha")};
    wish.line = book_line(w, &act); /* beta's line, sent by alpha */
    assert_true(fails(book_wish_do(w, &wish), AGREEMENT_LINE));
    wish.line = span_text("sign\n");
    assert_true(fails(book_wish_do(w, &wish), AGREEMENT_LINE));
    wish.line = span_text("");
    assert_true(fails(book_wish_do(w, &wish), AGREEMENT_LINE));
    w->wall_ms += (int64_t)3 * 86400 * 1000;
    wish = (struct agreement_wish){.act = AGREEMENT_SIGN, .agency = span_text("beta")};
    wish.line = book_line(w, &act);
    w->wall_ms -= (int64_t)3 * 86400 * 1000;
    assert_true(fails(book_wish_do(w, &wish), AGREEMENT_LINE)); /* of the day after tomorrow */
    assert_int_equal(book_state(w, 1), AGREEMENT_STATE_PROPOSED);
    assert_false(lg_failed(book_signed_do(w, &act)));
    assert_true(fails(book_signed_do(w, &act), AGREEMENT_STATE)); /* twice */
}

static void a_refusal_ends_a_proposal(void **state) {
    struct book_world *w = *state;
    char text[BOOK_TEXT_SIZE];
    book_text_make(w, &(struct book_text){0}, text);
    assert_false(lg_failed(book_propose(w, text, ALPHA)));
    assert_false(lg_failed(sign(w, text, ALPHA)));
    const struct book_signed act = {.act = AGREEMENT_REFUSE,
                                    .text = text,
                                    .party = GAMMA,
                                    .key = GAMMA,
                                    .reason = "Clause 1 is too wide"};
    assert_false(lg_failed(book_signed_do(w, &act)));
    assert_int_equal(book_state(w, 1), AGREEMENT_STATE_REFUSED);
    assert_true(fails(sign(w, text, BETA), AGREEMENT_STATE));
    assert_true(fails(book_activate(w, 1, ALPHA), AGREEMENT_STATE));
    assert_int_equal(book_world_reopen(w), 0);
    assert_int_equal(book_state(w, 1), AGREEMENT_STATE_REFUSED);
}

static void suspension_by_party_and_by_lead(void **state) {
    struct book_world *w = *state;
    char text[BOOK_TEXT_SIZE];
    book_bring_into_force(w, book_text_make(w, &(struct book_text){0}, text), 1);
    struct book_signed stop = {
        .act = AGREEMENT_SUSPEND, .text = text, .party = BETA, .key = BETA, .reason = "Breach"};
    struct book_signed go = {.act = AGREEMENT_RESUME, .text = text, .party = BETA, .key = BETA};
    assert_true(fails(book_signed_do(w, &go), AGREEMENT_STATE));
    assert_false(lg_failed(book_signed_do(w, &stop)));
    const struct policy_force *force = book_force(w, now_s(w));
    assert_false(force->is_suspended);
    assert_true(list_has(&force->suspended, "beta"));
    assert_false(list_has(&force->suspended, "gamma"));
    assert_int_equal(book_state(w, 1), AGREEMENT_STATE_ACTIVE);
    stop.party = ALPHA;
    stop.key = ALPHA;
    assert_false(lg_failed(book_signed_do(w, &stop)));
    assert_int_equal(book_state(w, 1), AGREEMENT_STATE_SUSPENDED);
    assert_true(book_force(w, now_s(w))->is_suspended);
    assert_int_equal(book_world_reopen(w), 0);
    assert_true(book_force(w, now_s(w))->is_suspended);
    assert_false(lg_failed(book_signed_do(w, &go)));
    assert_true(book_force(w, now_s(w))->is_suspended); /* beta resumed, the lead did not */
    go.party = ALPHA;
    go.key = ALPHA;
    assert_false(lg_failed(book_signed_do(w, &go)));
    assert_int_equal(book_state(w, 1), AGREEMENT_STATE_ACTIVE);
    assert_int_equal(book_force(w, now_s(w))->suspended.count, 0);
}

static void an_old_line_undoes_nothing(void **state) {
    struct book_world *w = *state;
    char text[BOOK_TEXT_SIZE];
    uint8_t old[AGREEMENT_LINE_SIZE_MAX];
    book_bring_into_force(w, book_text_make(w, &(struct book_text){0}, text), 1);
    const struct book_signed stop = {
        .act = AGREEMENT_SUSPEND, .text = text, .party = BETA, .key = BETA, .reason = "Breach"};
    const struct book_signed go = {
        .act = AGREEMENT_RESUME, .text = text, .party = BETA, .key = BETA};
    struct span line = book_line(w, &go); /* made before the suspension */
    memcpy(old, line.ptr, line.len);
    assert_false(lg_failed(book_signed_do(w, &stop)));
    const struct agreement_wish wish = {
        .act = AGREEMENT_RESUME, .agency = span_text("beta"), .line = span_of(old, line.len)};
    assert_true(fails(book_wish_do(w, &wish), AGREEMENT_LINE));
    assert_true(list_has(&book_force(w, now_s(w))->suspended, "beta"));
}

static void withdrawal_from_its_day(void **state) {
    struct book_world *w = *state;
    char text[BOOK_TEXT_SIZE];
    book_bring_into_force(w, book_text_make(w, &(struct book_text){0}, text), 1);
    struct book_signed act = {.act = AGREEMENT_WITHDRAW,
                              .text = text,
                              .party = GAMMA,
                              .key = GAMMA,
                              .day = book_day("2026-03-27"),
                              .reason = "Merger"};
    assert_true(fails(book_signed_do(w, &act), AGREEMENT_STATE)); /* yesterday */
    act.day = book_day("2026-03-30");
    assert_false(lg_failed(book_signed_do(w, &act)));
    assert_true(fails(book_signed_do(w, &act), AGREEMENT_STATE));
    /* Clocks went forward on the 29th: the 30th begins at 23:00 UTC of the 29th. */
    int64_t begins = 1774825200;
    assert_false(list_has(&book_force(w, begins - 1)->withdrawn, "gamma"));
    assert_true(list_has(&book_force(w, begins)->withdrawn, "gamma"));
    assert_false(list_has(&book_force(w, begins)->withdrawn, "beta"));
}

static void a_review_moves_the_day(void **state) {
    struct book_world *w = *state;
    char text[BOOK_TEXT_SIZE];
    const struct book_text form = {.review = "2026-03-20"};
    book_bring_into_force(w, book_text_make(w, &form, text), 1);
    assert_int_equal(book_state(w, 1), AGREEMENT_STATE_GRACE);
    struct book_signed act = {.act = AGREEMENT_REVIEW,
                              .text = text,
                              .party = BETA,
                              .key = BETA,
                              .day = book_day("2026-11-01")};
    assert_true(fails(book_signed_do(w, &act), AGREEMENT_NOT_YOURS));
    act.party = ALPHA;
    act.key = ALPHA;
    act.day = book_day("2027-01-01"); /* after the last day */
    assert_true(fails(book_signed_do(w, &act), AGREEMENT_STATE));
    act.day = book_day("2026-03-28"); /* today */
    assert_true(fails(book_signed_do(w, &act), AGREEMENT_STATE));
    act.day = book_day("2026-11-01");
    assert_false(lg_failed(book_signed_do(w, &act)));
    assert_int_equal(book_state(w, 1), AGREEMENT_STATE_ACTIVE);
    const struct policy_force *force = book_force(w, now_s(w));
    assert_true(force->has_review_day);
    assert_int_equal(force->review_day, act.day);
}

static void an_end_takes_it_out(void **state) {
    struct book_world *w = *state;
    char text[BOOK_TEXT_SIZE];
    book_bring_into_force(w, book_text_make(w, &(struct book_text){0}, text), 1);
    const struct book_signed act = {.act = AGREEMENT_END,
                                    .text = text,
                                    .party = ALPHA,
                                    .key = ALPHA,
                                    .day = book_day("2026-03-28"),
                                    .reason = "Replaced by statute"};
    assert_false(lg_failed(book_signed_do(w, &act)));
    assert_int_equal(book_state(w, 1), AGREEMENT_STATE_ENDED);
    assert_null(book_force(w, now_s(w)));
    assert_int_equal(book_world_reopen(w), 0);
    assert_null(book_force(w, now_s(w)));
}

static void a_new_version_begins_at_local_midnight(void **state) {
    struct book_world *w = *state;
    char text[BOOK_TEXT_SIZE];
    char next[BOOK_TEXT_SIZE];
    book_bring_into_force(w, book_text_make(w, &(struct book_text){0}, text), 1);
    const struct book_text form = {.version = 2, .replaces = 1, .from = "2026-03-30"};
    book_bring_into_force(w, book_text_make(w, &form, next), 2);
    assert_int_equal(book_state(w, 1), AGREEMENT_STATE_ACTIVE);
    assert_int_equal(book_state(w, 2), AGREEMENT_STATE_SCHEDULED);
    int64_t begins = 1774825200; /* 2026-03-30 00:00 BST */
    assert_int_equal(policy_version(book_force(w, begins - 1)->policy), 1);
    assert_int_equal(policy_version(book_force(w, begins)->policy), 2);
    w->wall_ms = begins * 1000;
    assert_int_equal(book_state(w, 1), AGREEMENT_STATE_SUPERSEDED);
    assert_int_equal(book_state(w, 2), AGREEMENT_STATE_ACTIVE);
    size_t changes = w->changes;
    assert_false(lg_failed(agreement_book_refresh(w->book)));
    assert_int_equal(w->changes, changes + 1);
    assert_false(lg_failed(agreement_book_refresh(w->book)));
    assert_int_equal(w->changes, changes + 1);
    assert_int_equal(policy_version(book_force(w, begins)->policy), 2);
}

static void a_version_replaces_the_active_one_alone(void **state) {
    struct book_world *w = *state;
    char text[BOOK_TEXT_SIZE];
    char second[BOOK_TEXT_SIZE];
    char third[BOOK_TEXT_SIZE];
    book_bring_into_force(w, book_text_make(w, &(struct book_text){0}, text), 1);
    book_text_make(w, &(struct book_text){.version = 2}, second);
    assert_true(fails(book_propose(w, second, ALPHA), AGREEMENT_STATE));
    book_text_make(w, &(struct book_text){.version = 2, .replaces = 1}, second);
    book_text_make(w, &(struct book_text){.version = 3, .replaces = 1}, third);
    assert_false(lg_failed(book_propose(w, third, ALPHA)));
    book_bring_into_force(w, second, 2);
    for (size_t i = 0; i < BOOK_PARTIES; i++) {
        assert_false(lg_failed(sign(w, third, i)));
    }
    assert_true(fails(book_activate(w, 3, ALPHA), AGREEMENT_STATE));
    assert_int_equal(policy_version(book_force(w, now_s(w))->policy), 2);
}

static void a_new_key_is_signed_by_the_old_one(void **state) {
    struct book_world *w = *state;
    char text[BOOK_TEXT_SIZE];
    char next[BOOK_TEXT_SIZE];
    book_bring_into_force(w, book_text_make(w, &(struct book_text){0}, text), 1);
    const struct book_text form = {.version = 2, .replaces = 1, .keys = {0, SPARE + 1, 0}};
    book_text_make(w, &form, next);
    assert_false(lg_failed(book_propose(w, next, ALPHA)));
    struct book_signed act = {.act = AGREEMENT_SIGN, .text = next, .party = BETA, .key = SPARE};
    assert_true(fails(book_signed_do(w, &act), AGREEMENT_SIGNATURE));
    act.key = BETA;
    assert_false(lg_failed(book_signed_do(w, &act)));
    assert_false(lg_failed(sign(w, next, ALPHA)));
    assert_false(lg_failed(sign(w, next, GAMMA)));
    assert_false(lg_failed(book_activate(w, 2, ALPHA)));
    act = (struct book_signed){
        .act = AGREEMENT_SUSPEND, .text = next, .party = BETA, .key = BETA, .reason = "Breach"};
    assert_true(fails(book_signed_do(w, &act), AGREEMENT_SIGNATURE));
    act.key = SPARE;
    assert_false(lg_failed(book_signed_do(w, &act)));
    assert_int_equal(book_world_reopen(w), 0);
    assert_true(list_has(&book_force(w, now_s(w))->suspended, "beta"));
}

static void both_sides_without_the_third(void **state) {
    struct book_world *w = *state;
    char text[BOOK_TEXT_SIZE];
    const struct book_text form = {.needed = "both sides"};
    book_text_make(w, &form, text);
    assert_false(lg_failed(book_propose(w, text, ALPHA)));
    assert_false(lg_failed(sign(w, text, BETA)));
    assert_false(lg_failed(sign(w, text, GAMMA)));
    assert_int_equal(book_state(w, 1), AGREEMENT_STATE_SIGNING); /* without the lead */
    assert_int_equal(book_world_reopen(w), 0);
    assert_false(lg_failed(sign(w, text, ALPHA)));
    assert_false(lg_failed(book_activate(w, 1, ALPHA)));
    assert_int_equal(book_force(w, now_s(w))->unsigned_parties.count, 0);
}

static void both_sides_later(void **state) {
    struct book_world *w = *state;
    char text[BOOK_TEXT_SIZE];
    const struct book_text form = {.needed = "both sides"};
    book_text_make(w, &form, text);
    assert_false(lg_failed(book_propose(w, text, ALPHA)));
    assert_false(lg_failed(sign(w, text, ALPHA)));
    assert_false(lg_failed(sign(w, text, BETA)));
    assert_false(lg_failed(book_activate(w, 1, ALPHA)));
    assert_true(list_has(&book_force(w, now_s(w))->unsigned_parties, "gamma"));
    assert_false(book_force(w, now_s(w))->is_unsigned);
    assert_false(lg_failed(sign(w, text, GAMMA)));
    assert_int_equal(book_force(w, now_s(w))->unsigned_parties.count, 0);
}

static void what_people_see(void **state) {
    struct book_world *w = *state;
    char text[BOOK_TEXT_SIZE];
    OWN(arena_free) struct arena *arena = NULL;
    struct agreement_info *infos = NULL;
    struct agreement_info one;
    size_t count = 0;
    struct span bytes;
    book_bring_into_force(w, book_text_make(w, &(struct book_text){0}, text), 1);
    assert_false(lg_failed(arena_new(1 << 20, &arena)));
    assert_false(lg_failed(agreement_book_list(w->book, arena, &infos, &count)));
    assert_int_equal(count, 1);
    assert_true(span_equal_text(infos[0].id, "otr"));
    assert_true(span_equal_text(infos[0].lead, "alpha"));
    assert_int_equal(infos[0].party_count, BOOK_PARTIES);
    assert_true(infos[0].parties[1].has_signed);
    assert_true(span_equal_text(infos[0].parties[1].held, "Owner"));
    assert_true(span_equal_text(infos[0].parties[1].office, "Owner of beta"));
    struct span id = span_text("otr");
    assert_false(lg_failed(agreement_book_find(w->book, id, 0, arena, &one)));
    assert_int_equal(one.version, 1);
    assert_true(fails(agreement_book_find(w->book, id, 7, arena, &one), AGREEMENT_UNKNOWN));
    assert_true(
        fails(agreement_book_find(w->book, span_text("x"), 0, arena, &one), AGREEMENT_UNKNOWN));
    struct agreement_which which = {.id = id, .version = 1, .file = AGREEMENT_FILE_TEXT};
    assert_false(lg_failed(agreement_book_read(w->book, &which, arena, &bytes)));
    assert_true(span_equal_text(bytes, text));
    which.version = 2;
    assert_true(fails(agreement_book_read(w->book, &which, arena, &bytes), AGREEMENT_UNKNOWN));
    OWN(agreement_text_free) struct agreement_text *kept = NULL;
    assert_false(lg_failed(agreement_book_text(w->book, id, 1, &kept)));
    assert_true(span_equal_text(policy_text(agreement_text_policy(kept)), text));
    assert_true(agreement_book_is_begun(w->book, id));
    assert_true(agreement_book_has_begun(w->book, one.text));
    one.text[0] ^= 1;
    assert_false(agreement_book_has_begun(w->book, one.text));
}

/* A decision record names a text by its mark, and it is found whatever became of it. */
static void texts_are_found_by_their_marks(void **state) {
    struct book_world *w = *state;
    char text[BOOK_TEXT_SIZE];
    char next[BOOK_TEXT_SIZE];
    uint8_t mark[VAULT_SHA256_SIZE];
    OWN(agreement_text_free) struct agreement_text *kept = NULL;
    book_bring_into_force(w, book_text_make(w, &(struct book_text){0}, text), 1);
    memcpy(mark, book_force(w, now_s(w))->hash, sizeof mark);
    book_bring_into_force(
        w, book_text_make(w, &(struct book_text){.version = 2, .replaces = 1}, next), 2);
    assert_int_equal(book_state(w, 1), AGREEMENT_STATE_SUPERSEDED);
    assert_memory_not_equal(book_force(w, now_s(w))->hash, mark, sizeof mark);
    struct span wanted = span_of(mark, sizeof mark);
    assert_false(lg_failed(agreement_book_text_marked(w->book, wanted, &kept)));
    assert_true(span_equal_text(policy_text(agreement_text_policy(kept)), text));
    assert_true(span_equal(agreement_text_mark(kept), wanted));
    agreement_text_free(&kept);
    mark[0] ^= 1;
    assert_true(fails(agreement_book_text_marked(w->book, wanted, &kept), AGREEMENT_UNKNOWN));
    assert_null(kept);
}

static void drafts_are_compiled_as_texts_are(void **state) {
    struct book_world *w = *state;
    char text[BOOK_TEXT_SIZE];
    struct diag diag = {0};
    OWN(agreement_text_free) struct agreement_text *draft = NULL;
    book_text_make(w, &(struct book_text){0}, text);
    assert_false(lg_failed(agreement_book_draft(w->book, span_text(text), &diag, &draft)));
    assert_true(span_equal_text(policy_text(agreement_text_policy(draft)), text));
    agreement_text_free(&draft);
    struct lg_err err =
        agreement_book_draft(w->book, span_text("isa 1\nagreement x\n"), &diag, &draft);
    assert_true(fails(err, AGREEMENT_TEXT));
    assert_true(diag.text[0] != 0);
    assert_null(draft);
}

static void reports_are_signed_for(void **state) {
    struct book_world *w = *state;
    char text[BOOK_TEXT_SIZE];
    book_text_make(w, &(struct book_text){0}, text);
    const struct agreement_wish wish = {.act = AGREEMENT_PROPOSE,
                                        .agency = span_text("alpha"),
                                        .text = span_text(text),
                                        .report = span_text("nothing newly visible\n")};
    assert_false(lg_failed(book_wish_do(w, &wish)));
    w->signs_reports = false;
    assert_true(fails(sign(w, text, ALPHA), AGREEMENT_LINE));
    w->signs_reports = true;
    assert_false(lg_failed(sign(w, text, ALPHA)));
    assert_int_equal(book_world_reopen(w), 0);
    assert_int_equal(book_state(w, 1), AGREEMENT_STATE_SIGNING);
}

static void a_new_version_comes_with_its_changes(void **state) {
    struct book_world *w = *state;
    char text[BOOK_TEXT_SIZE];
    char next[BOOK_TEXT_SIZE];
    OWN(arena_free) struct arena *arena = NULL;
    struct span report;
    const struct agreement_which which = {
        .id = span_text("otr"), .version = 2, .file = AGREEMENT_FILE_REPORT};
    book_bring_into_force(w, book_text_make(w, &(struct book_text){0}, text), 1);
    book_text_make(w, &(struct book_text){.version = 2, .replaces = 1}, next);
    const struct agreement_wish wish = {.act = AGREEMENT_PROPOSE,
                                        .agency = span_text("alpha"),
                                        .text = span_text(next),
                                        .report = span_text("replayed: nothing\n")};
    assert_false(lg_failed(book_wish_do(w, &wish)));
    assert_false(lg_failed(arena_new(1 << 20, &arena)));
    assert_false(lg_failed(agreement_book_read(w->book, &which, arena, &report)));
    static const char head[] = "What version 2 changes against version 1\n0 newly visible, ";
    assert_true(span_starts_with(report, span_text(head)));
    struct span tail = span_slice(report, report.len - 19, 19);
    assert_true(span_equal_text(tail, "\nreplayed: nothing\n"));
}

static void one_act_at_a_time(void **state) {
    struct book_world *w = *state;
    char text[BOOK_TEXT_SIZE];
    struct agreement_ready ready;
    struct agreement_ready second;
    book_text_make(w, &(struct book_text){0}, text);
    const struct agreement_wish wish = {
        .act = AGREEMENT_PROPOSE, .agency = span_text("alpha"), .text = span_text(text)};
    assert_false(lg_failed(agreement_book_prepare(w->book, &wish, &w->diag, &ready)));
    assert_true(fails(agreement_book_prepare(w->book, &wish, &w->diag, &second), AGREEMENT_BUSY));
    agreement_book_release(w->book, &ready);
    assert_false(lg_failed(book_propose(w, text, ALPHA)));
}

static void whose_enrolments_go(void **state) {
    struct book_world *w = *state;
    char text[BOOK_TEXT_SIZE];
    struct agreement_leaver leavers[4];
    book_bring_into_force(w, book_text_make(w, &(struct book_text){0}, text), 1);
    assert_int_equal(agreement_book_leavers(w->book, leavers, 4), 0);
    const struct book_signed act = {.act = AGREEMENT_WITHDRAW,
                                    .text = text,
                                    .party = GAMMA,
                                    .key = GAMMA,
                                    .day = book_day("2026-03-29"),
                                    .reason = "Merger"};
    assert_false(lg_failed(book_signed_do(w, &act)));
    assert_int_equal(agreement_book_leavers(w->book, leavers, 4), 0); /* not today */
    w->wall_ms += (int64_t)86400 * 1000;
    assert_int_equal(agreement_book_leavers(w->book, leavers, 4), 1);
    assert_string_equal(leavers[0].party, "gamma");
    assert_string_equal(leavers[0].agreement, "otr");
    agreement_book_left(w->book, &leavers[0]);
    assert_int_equal(agreement_book_leavers(w->book, leavers, 4), 0);
    w->wall_ms += (int64_t)365 * 86400 * 1000; /* expired: the others too */
    assert_int_equal(agreement_book_leavers(w->book, leavers, 4), 2);
    assert_int_equal(agreement_book_leavers(w->book, leavers, 1), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, book_world_setup, book_world_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_draft_becomes_active),
        TEST(what_cannot_be_proposed),
        TEST(signatures_that_do_not_count),
        TEST(a_refusal_ends_a_proposal),
        TEST(suspension_by_party_and_by_lead),
        TEST(an_old_line_undoes_nothing),
        TEST(withdrawal_from_its_day),
        TEST(a_review_moves_the_day),
        TEST(an_end_takes_it_out),
        TEST(a_new_version_begins_at_local_midnight),
        TEST(a_version_replaces_the_active_one_alone),
        TEST(a_new_key_is_signed_by_the_old_one),
        TEST(both_sides_without_the_third),
        TEST(both_sides_later),
        TEST(what_people_see),
        TEST(texts_are_found_by_their_marks),
        TEST(drafts_are_compiled_as_texts_are),
        TEST(reports_are_signed_for),
        TEST(a_new_version_comes_with_its_changes),
        TEST(one_act_at_a_time),
        TEST(whose_enrolments_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
