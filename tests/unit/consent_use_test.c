/* SPDX-License-Identifier: Apache-2.0 */
/* Reliance on a consent: the bodies of its entries, what ends it, who is told, and what nobody can
 * break: the order of release, use and withdrawal, a merge of two persons, failing memory. */
#define _GNU_SOURCE
#include "gateway/consent/counts.h"
#include "tests/unit/consent_use_fixture.h"

static size_t notices_of(struct world *w, struct consent_notice_look look,
                         struct consent_notice **out_notices) {
    size_t count = 0;
    struct span next = span_text("?");
    look.reader = w->s.reader;
    look.party = look.party.len > 0 ? look.party : span_text("charity");
    assert_false(lg_failed(consent_notices_read(&look, w->s.arena, out_notices, &count, &next)));
    assert_int_equal(next.len, 0);
    return count;
}

/* Of this change; the last of them. */
static size_t notices_at(struct world *w, uint64_t ended_index,
                         const struct consent_notice **out_notice) {
    struct consent_notice *notices = NULL;
    size_t found = 0;
    size_t count = notices_of(w, (struct consent_notice_look){.of_source = false}, &notices);
    for (size_t i = 0; i < count; i++) {
        if (notices[i].key.ended_index == ended_index) {
            *out_notice = &notices[i];
            found++;
        }
    }
    return found;
}

static size_t notice_count(struct world *w) {
    struct consent_notice *notices = NULL;
    return notices_of(w, (struct consent_notice_look){.of_source = false}, &notices);
}

/* ---- Bodies ------------------------------------------------------------------------------------
 */

static void a_use_comes_back_as_it_went(void **state) {
    struct world *w = *state;
    struct consent_use_item items[2] = {tenancy, tenancy};
    items[1].category = span_text("contact");
    items[1].released_index = 9;
    const struct consent_reliance use = use_of(items, 2);
    struct span body;
    struct person_id person;
    struct consent_reliance back;
    assert_false(lg_failed(consent_use_encode(&amy, &use, w->s.arena, &body)));
    assert_false(lg_failed(consent_use_decode(body, w->s.arena, &person, &back)));
    assert_memory_equal(&person, &amy, sizeof person);
    assert_memory_equal(&back.consent, &use.consent, sizeof back.consent);
    assert_int_equal(back.kind, CONSENT_KIND_BASIS);
    assert_int_equal(back.agreement_version, 3);
    assert_int_equal(back.wider.count, 2);
    assert_int_equal(back.item_count, 2);
    assert_true(span_equal_text(back.items[1].category, "contact"));
    assert_int_equal(back.items[1].released_index, 9);
    for (size_t len = 0; len < body.len; len++) {
        assert_true(
            fails_with(consent_use_decode(span_of(body.ptr, len), w->s.arena, &person, &back),
                       LG_CLASS_INPUT, CONSENT_BODY));
    }
}

static void what_is_no_use_is_refused(void **state) {
    struct world *w = *state;
    struct consent_use_item many[CONSENT_USE_ITEMS_MAX + 1];
    for (size_t i = 0; i <= CONSENT_USE_ITEMS_MAX; i++) {
        many[i] = tenancy;
    }
    struct consent_reliance bad[6];
    for (size_t i = 0; i < 6; i++) {
        bad[i] = use_of(&tenancy, 1);
    }
    bad[0].kind = CONSENT_KIND_END;
    bad[1].recipient = span_text("The Charity");
    bad[2].item_count = 0;
    bad[3] = use_of(many, CONSENT_USE_ITEMS_MAX + 1);
    bad[4].released_ms = -1;
    bad[5].purpose = span_of(NULL, 0);
    struct span body;
    for (size_t i = 0; i < 6; i++) {
        assert_true(fails_with(consent_use_encode(&amy, &bad[i], w->s.arena, &body), LG_CLASS_INPUT,
                               CONSENT_FIELDS));
    }
    const struct consent_reliance full = use_of(many, CONSENT_USE_ITEMS_MAX);
    assert_false(lg_failed(consent_use_encode(&amy, &full, w->s.arena, &body)));
}

static void an_acknowledgement_comes_back_as_it_went(void **state) {
    struct world *w = *state;
    struct consent_acknowledgement it = {
        .notice = {.recipient = span_text("charity"),
                   .agreement = span_text("otr"),
                   .kind = CONSENT_KIND_SERVICE,
                   .ended_index = 77},
        .recorder = {.user_id = span_text("user 1"), .role = span_text("keyworker"), .now_ms = 5},
    };
    struct consent_acknowledgement back;
    struct span body;
    assert_false(lg_failed(consent_acknowledgement_encode(&it, w->s.arena, &body)));
    assert_false(lg_failed(consent_acknowledgement_decode(body, &back)));
    assert_int_equal(back.notice.ended_index, 77);
    assert_int_equal(back.notice.kind, CONSENT_KIND_SERVICE);
    assert_true(span_equal_text(back.recorder.party, "charity"));
    assert_true(span_equal_text(back.recorder.role, "keyworker"));
    for (size_t len = 0; len < body.len; len++) {
        assert_true(fails_with(consent_acknowledgement_decode(span_of(body.ptr, len), &back),
                               LG_CLASS_INPUT, CONSENT_BODY));
    }
    it.notice.ended_index = UINT64_MAX;
    assert_true(fails_with(consent_acknowledgement_encode(&it, w->s.arena, &body), LG_CLASS_INPUT,
                           CONSENT_FIELDS));
}

/* ---- What ends it ------------------------------------------------------------------------------
 */

/* Each alone, for a use of its own; `ends` as decisions would see it. */
static void what_covers_the_use_ends_it(void **state) {
    struct world *w = *state;
    const struct span early = span_text("early-help");
    const struct span help = span_text("help");
    const struct span other = span_text("case-review");
    const struct span charity = span_text("charity");
    const struct span housing = span_text("housing");
    const struct span police = span_text("police");
    const struct span category = span_text("tenancy");
    const struct {
        struct consent fact;
        bool ends;
    } cases[] = {
        {{.state = CONSENT_WITHDRAWN}, true}, /* of all kinds */
        {{.state = CONSENT_REFUSED, .kind = CONSENT_KIND_BASIS}, true},
        {{.state = CONSENT_GIVEN, .kind = CONSENT_KIND_BASIS}, false},
        {{.state = CONSENT_WITHDRAWN, .kind = CONSENT_KIND_CONFIDENTIALITY}, false},
        {{.state = CONSENT_WITHDRAWN, .kind = CONSENT_KIND_SERVICE}, false},
        {{.state = CONSENT_REFUSED, .kind = CONSENT_KIND_OBJECTION}, false},
        {{.state = CONSENT_WITHDRAWN, .kind = CONSENT_KIND_OBJECTION}, false},
        {{.state = CONSENT_WITHDRAWN, .purposes = {&early, 1}}, true},
        {{.state = CONSENT_WITHDRAWN, .purposes = {&help, 1}}, true}, /* the wider purpose */
        {{.state = CONSENT_WITHDRAWN, .purposes = {&other, 1}}, false},
        {{.state = CONSENT_WITHDRAWN, .categories = {&category, 1}}, true},
        {{.state = CONSENT_WITHDRAWN, .categories = {&other, 1}}, false},
        {{.state = CONSENT_WITHDRAWN, .recipients = {&charity, 1}}, true},
        {{.state = CONSENT_WITHDRAWN, .recipients = {&police, 1}}, false},
        {{.state = CONSENT_WITHDRAWN, .sources = {&housing, 1}}, true},
        {{.state = CONSENT_WITHDRAWN, .sources = {&police, 1}}, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct consent_notice *notice = NULL;
        struct person_id person = {{(uint8_t)(10 + i)}};
        struct consent_reliance use = use_of(&tenancy, 1);
        use.consent.bytes[1] = (uint8_t)i;
        used(w, &person, &use);
        struct consent_reliance others = use;
        others.consent.bytes[2] = 1;
        used(w, &ben, &others); /* somebody else's goes on */
        uint64_t index = said(w, &person, cases[i].fact);
        size_t count = notices_at(w, index, &notice);
        assert_int_equal(count, cases[i].ends ? 1 : 0);
        if (count == 1) {
            assert_int_equal(notice->key.ended_index, index);
            assert_memory_equal(&notice->person, &person, sizeof person);
        }
    }
}

/* Kinds of which a refusal is an objection. */
enum { ANY = (1 << CONSENT_KIND_OBJECTION) - 1, OF_SERVICE = 1 | 1 << CONSENT_KIND_SERVICE };

/* And what rested on there being none: with a no that decisions take for one, unless lifted. */
static void an_objection_ends_what_could_be_objected_to(void **state) {
    struct world *w = *state;
    const struct span other = span_text("contact");
    const struct {
        uint8_t refusals;
        struct consent fact;
        bool ends;
    } cases[] = {
        {ANY, {.state = CONSENT_REFUSED, .kind = CONSENT_KIND_OBJECTION}, true},
        {ANY, {.state = CONSENT_WITHDRAWN, .kind = CONSENT_KIND_OBJECTION}, false}, /* lifted */
        {ANY,
         {.state = CONSENT_REFUSED, .kind = CONSENT_KIND_OBJECTION, .categories = {&other, 1}},
         false},
        {ANY, {.state = CONSENT_WITHDRAWN}, true},
        {ANY, {.state = CONSENT_WITHDRAWN, .categories = {&other, 1}}, false},
        {ANY, {.state = CONSENT_REFUSED, .kind = CONSENT_KIND_BASIS}, true},
        {ANY, {.state = CONSENT_WITHDRAWN, .kind = CONSENT_KIND_SERVICE}, true},
        {ANY, {.state = CONSENT_REFUSED, .kind = CONSENT_KIND_CONFIDENTIALITY}, true},
        {ANY, {.state = CONSENT_GIVEN}, false},
        {ANY, {.state = CONSENT_GIVEN, .kind = CONSENT_KIND_BASIS}, false},
        {OF_SERVICE, {.state = CONSENT_REFUSED, .kind = CONSENT_KIND_BASIS}, false},
        {OF_SERVICE, {.state = CONSENT_REFUSED, .kind = CONSENT_KIND_SERVICE}, true},
        {OF_SERVICE, {.state = CONSENT_WITHDRAWN}, true},
        {0, {.state = CONSENT_WITHDRAWN}, false}, /* the clause needs consent, which ends */
        {0, {.state = CONSENT_REFUSED, .kind = CONSENT_KIND_OBJECTION}, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct consent_notice *notice = NULL;
        struct person_id person = {{(uint8_t)(10 + i)}};
        struct consent_reliance use = use_of(&tenancy, 1);
        struct span text;
        use.kind = CONSENT_KIND_OBJECTION;
        use.refusals = cases[i].refusals;
        memcpy(use.consent.bytes, person.bytes, sizeof person.bytes);
        used(w, &person, &use);
        uint64_t index = said(w, &person, cases[i].fact);
        size_t count = notices_at(w, index, &notice);
        assert_int_equal(count, cases[i].ends ? 1 : 0);
        if (count == 1) {
            const struct consent_notice_text words = {.notice = notice,
                                                      .ended_on = span_text("2026-11-30")};
            assert_int_equal(notice->key.kind, CONSENT_KIND_OBJECTION);
            assert_false(lg_failed(consent_notice_write(&words, w->s.arena, &text)));
            assert_non_null(memmem(text.ptr, text.len, "Article 21", 10));
            assert_null(memmem(text.ptr, text.len, "has ended", 9));
            assert_null(memmem(text.ptr, text.len, "strength", 8));
        }
    }
}

/* Nobody is told when a consent runs out; whoever holds data under it is told of a later no. */
static void a_consent_that_ran_out_can_still_be_withdrawn(void **state) {
    struct world *w = *state;
    const struct consent_notice *notice = NULL;
    const struct consent_reliance use = use_of(&tenancy, 1);
    said(w, &amy,
         (struct consent){
             .state = CONSENT_GIVEN, .kind = CONSENT_KIND_BASIS, .until = span_text("2020-01-31")});
    used(w, &amy, &use);
    assert_int_equal(notice_count(w), 0);
    uint64_t index = said(w, &amy, (struct consent){.state = CONSENT_WITHDRAWN});
    assert_int_equal(notices_at(w, index, &notice), 1);
}

/* Between the release and its use the log may have put the withdrawal. */
static void a_withdrawal_before_the_use_ends_it_too(void **state) {
    struct world *w = *state;
    struct consent_use_item item = tenancy;
    uint64_t older = said(w, &amy, (struct consent){.state = CONSENT_WITHDRAWN});
    item.released_index = older + 1;
    w->size++; /* the release */
    const struct consent_reliance use = use_of(&item, 1);
    uint64_t withdrawn = said(w, &amy, (struct consent){.state = CONSENT_WITHDRAWN});
    used(w, &amy, &use);
    struct consent_notice *notices = NULL;
    assert_int_equal(notices_of(w, (struct consent_notice_look){.of_source = false}, &notices), 1);
    assert_int_equal(notices[0].key.ended_index, withdrawn); /* not the one before the release */
}

static void one_notice_holds_all_that_one_change_ended(void **state) {
    struct world *w = *state;
    struct consent_use_item items[3] = {tenancy, tenancy, tenancy};
    items[1].category = span_text("contact");
    items[2].source = span_text("gp");
    const struct consent_reliance use = use_of(items, 3);
    used(w, &amy, &use);
    used(w, &amy, &use); /* again: nothing new */
    struct consent_reliance permission = use_of(items, 1);
    permission.kind = CONSENT_KIND_CONFIDENTIALITY;
    permission.consent.bytes[0] = 8;
    used(w, &amy, &permission);
    struct consent_reliance elsewhere = use_of(items, 1);
    elsewhere.recipient = span_text("school");
    used(w, &amy, &elsewhere);
    said(w, &amy, (struct consent){.state = CONSENT_WITHDRAWN});
    said(w, &amy, (struct consent){.state = CONSENT_WITHDRAWN}); /* ended is ended */
    struct consent_notice *notices = NULL;
    assert_int_equal(notices_of(w, (struct consent_notice_look){.of_source = false}, &notices), 2);
    size_t basis = notices[0].key.kind == CONSENT_KIND_BASIS ? 0 : 1;
    assert_int_equal(notices[basis].item_count, 3);
    assert_int_equal(notices[1 - basis].item_count, 1);
    assert_int_equal(notices[1 - basis].key.kind, CONSENT_KIND_CONFIDENTIALITY);
    /* The source sees both recipients, and of their notices what it disclosed. */
    assert_int_equal(
        notices_of(w,
                   (struct consent_notice_look){.party = span_text("housing"), .of_source = true},
                   &notices),
        3);
    assert_int_equal(
        notices_of(w, (struct consent_notice_look){.party = span_text("gp"), .of_source = true},
                   &notices),
        1);
    assert_int_equal(notices[0].item_count, 1);
    assert_int_equal(
        notices_of(w, (struct consent_notice_look){.party = span_text("housing")}, &notices), 0);
}

static void acknowledged_is_no_longer_outstanding(void **state) {
    struct world *w = *state;
    const struct consent_reliance use = use_of(&tenancy, 1);
    struct consent_notice *notices = NULL;
    const struct consent_notice *found = NULL;
    used(w, &amy, &use);
    said(w, &amy, (struct consent){.state = CONSENT_WITHDRAWN});
    const struct consent_notice_look outstanding = {.outstanding_only = true};
    assert_int_equal(notices_of(w, outstanding, &notices), 1);
    struct store_tag id = notices[0].id;
    assert_false(
        lg_failed(consent_notice_find(w->s.reader, span_text("charity"), &id, w->s.arena, &found)));
    assert_non_null(found);
    struct consent_acknowledgement it = {.notice = found->key};
    struct span body;
    assert_false(lg_failed(consent_acknowledgement_encode(&it, w->s.arena, &body)));
    apply(w, body);
    apply(w, body); /* twice is once */
    assert_int_equal(notices_of(w, outstanding, &notices), 0);
    assert_int_equal(notices_of(w, (struct consent_notice_look){.of_source = false}, &notices), 1);
    assert_true(notices[0].is_acknowledged);
    /* Somebody else's, and one that is none. */
    assert_false(
        lg_failed(consent_notice_find(w->s.reader, span_text("housing"), &id, w->s.arena, &found)));
    assert_null(found);
    id.bytes[0] ^= 1;
    assert_false(
        lg_failed(consent_notice_find(w->s.reader, span_text("charity"), &id, w->s.arena, &found)));
    assert_null(found);
}

static void it_outlives_a_restart_and_a_second_replay(void **state) {
    struct world *w = *state;
    const struct consent_reliance use = use_of(&tenancy, 1);
    struct span body;
    assert_false(lg_failed(consent_use_encode(&amy, &use, w->s.arena, &body)));
    uint64_t index = apply(w, body);
    uint8_t kept[STORE_CONSENT_BODY_MAX];
    memcpy(kept, body.ptr, body.len);
    said(w, &amy, (struct consent){.state = CONSENT_WITHDRAWN});
    store_support_reopen(&w->s);
    const struct consent_logged again = {.log_index = index, .body = span_of(kept, body.len)};
    assert_false(lg_failed(consent_apply(w->s.store, &again, 1, index + 1)));
    assert_int_equal(notice_count(w), 1);
}

/* Only what is new is written down. */
static void known_items_are_passed_over(void **state) {
    struct world *w = *state;
    struct consent_use_item items[2] = {tenancy, tenancy};
    items[1].category = span_text("contact");
    const struct consent_use_item *fresh = NULL;
    size_t count = 0;
    struct consent_reliance use = use_of(items, 2);
    assert_false(lg_failed(consent_use_new(w->s.reader, &use, w->s.arena, &fresh, &count)));
    assert_int_equal(count, 2);
    const struct consent_reliance one = use_of(items, 1);
    used(w, &amy, &one);
    assert_false(lg_failed(consent_use_new(w->s.reader, &use, w->s.arena, &fresh, &count)));
    assert_int_equal(count, 1);
    assert_true(span_equal_text(fresh[0].category, "contact"));
    use.purpose = span_text("case-review"); /* another purpose is another use */
    assert_false(lg_failed(consent_use_new(w->s.reader, &use, w->s.arena, &fresh, &count)));
    assert_int_equal(count, 2);
}

/* A failure ends the process (audit.h); what the next start finds is all of it or nothing. */
static void applying_survives_every_failed_allocation(void **state) {
    struct world *w = *state;
    const struct consent_reliance use = use_of(&tenancy, 1);
    const struct consent fact = {.state = CONSENT_WITHDRAWN, .recorded_by = span_text("police")};
    uint8_t kept[2][STORE_CONSENT_BODY_MAX];
    struct consent_logged logged[2] = {{.log_index = 5}, {.log_index = 6}};
    struct span body;
    assert_false(lg_failed(consent_use_encode(&amy, &use, w->s.arena, &body)));
    memcpy(kept[0], body.ptr, body.len);
    logged[0].body = span_of(kept[0], body.len);
    assert_false(lg_failed(consent_entry_encode(&amy, &fact, w->s.arena, &body)));
    memcpy(kept[1], body.ptr, body.len);
    logged[1].body = span_of(kept[1], body.len);
    bool is_applied = false;
    for (uint64_t n = 1; !is_applied; n++) {
        support_alloc_fail_at(n);
        struct lg_err err = consent_apply(w->s.store, logged, 2, 7);
        support_alloc_fail_at(0);
        store_support_reopen(&w->s);
        uint64_t through = 9;
        assert_false(lg_failed(store_applied_through(w->s.reader, &through)));
        assert_true(through == 7 || (lg_failed(err) && through == 0));
        is_applied = through == 7;
        assert_int_equal(notice_count(w), is_applied ? 1 : 0);
        assert_true(n < 1000);
    }
}

/* ---- Counts ------------------------------------------------------------------------------------
 */

static void small_counts_are_not_told(void **state) {
    struct world *w = *state;
    const struct span names[] = {span_text("police"), span_text("gp")};
    const struct span_list agencies = {names, 2};
    struct consent_count *counts = NULL;
    struct consent fact = {.kind = CONSENT_KIND_BASIS,
                           .recorded_ms = 1795996800000}; /* 2026-11-30 */
    for (size_t i = 0; i < 9; i++) {
        fact.state = i < 5 ? CONSENT_GIVEN : CONSENT_REFUSED;
        said(w, &amy, fact);
    }
    assert_false(lg_failed(
        consent_counts_read(w->s.reader, span_text("2026-11"), &agencies, w->s.arena, &counts)));
    assert_int_equal(counts[0].given, 5);
    assert_int_equal(counts[0].refused, 0);
    assert_int_equal(counts[0].asked, 0); /* 9 would tell that 4 refused */
    assert_true(counts[0].suppressed);
    assert_false(counts[1].suppressed);
    said(w, &amy, fact); /* the fifth */
    fact.kind = CONSENT_KIND_OBJECTION;
    said(w, &amy, fact);
    fact.state = CONSENT_WITHDRAWN; /* lifted: counts as nothing */
    said(w, &amy, fact);
    fact.kind = CONSENT_KIND_NOT_STATED;
    said(w, &amy, fact);
    assert_false(lg_failed(
        consent_counts_read(w->s.reader, span_text("2026-11"), &agencies, w->s.arena, &counts)));
    assert_int_equal(counts[0].refused, 5);
    assert_int_equal(counts[0].asked, 10);
    assert_int_equal(counts[0].withdrawn + counts[0].objected, 0);
    assert_true(counts[0].suppressed);
    assert_false(lg_failed(
        consent_counts_read(w->s.reader, span_text("2026-12"), &agencies, w->s.arena, &counts)));
    assert_int_equal(counts[0].asked, 0);
    assert_false(counts[0].suppressed);
    static const char *const none[] = {"2026-13", "2026-00", "2026-1", "2026-011", "26-11-30", ""};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        assert_true(fails_with(
            consent_counts_read(w->s.reader, span_text(none[i]), &agencies, w->s.arena, &counts),
            LG_CLASS_INPUT, CONSENT_FIELDS));
    }
    const int64_t december = INT64_C(1796083200000); /* 2026-12-01, the first millisecond */
    assert_true(consent_month_is_over(span_text("2026-11"), december));
    assert_false(consent_month_is_over(span_text("2026-11"), december - 1));
    assert_false(consent_month_is_over(span_text("2026-12"), december));
    assert_true(consent_month_is_over(span_text("2026-13"), december));
    assert_int_equal(consent_month(0), 1970 * 12);
    assert_int_equal(consent_month(INT64_MAX), 2999 * 12 + 11);
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(a_use_comes_back_as_it_went),
        CASE(what_is_no_use_is_refused),
        CASE(an_acknowledgement_comes_back_as_it_went),
        CASE(what_covers_the_use_ends_it),
        CASE(an_objection_ends_what_could_be_objected_to),
        CASE(a_consent_that_ran_out_can_still_be_withdrawn),
        CASE(a_withdrawal_before_the_use_ends_it_too),
        CASE(one_notice_holds_all_that_one_change_ended),
        CASE(acknowledged_is_no_longer_outstanding),
        CASE(it_outlives_a_restart_and_a_second_replay),
        CASE(known_items_are_passed_over),
        CASE(applying_survives_every_failed_allocation),
        CASE(small_counts_are_not_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
