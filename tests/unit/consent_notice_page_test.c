/* SPDX-License-Identifier: Apache-2.0 */
/* Notices of more rows than one look gives: page by page, and each acknowledged for itself. */
#define _GNU_SOURCE
#include "tests/unit/consent_use_fixture.h"

static void many_make(struct world *w, size_t rounds) {
    struct consent_use_item items[CONSENT_USE_ITEMS_MAX];
    char names[CONSENT_USE_ITEMS_MAX][8];
    for (size_t i = 0; i < CONSENT_USE_ITEMS_MAX; i++) {
        items[i] = tenancy;
        (void)snprintf(names[i], sizeof names[i], "c%zu", i);
        items[i].category = span_text(names[i]);
    }
    for (size_t i = 0; i < rounds; i++) {
        struct consent_reliance use = use_of(items, CONSENT_USE_ITEMS_MAX);
        use.consent.bytes[1] = (uint8_t)i;
        used(w, &amy, &use);
    }
}

/* More rows than are held against a fact at a time, and more than one look gives. */
static void many_rows_all_end(void **state) {
    struct world *w = *state;
    enum { ROUNDS = 10 };
    many_make(w, ROUNDS);
    struct consent_reliance of_ben = use_of(&tenancy, 1);
    of_ben.consent.bytes[2] = 1;
    used(w, &ben, &of_ben);
    said(w, &amy, (struct consent){.state = CONSENT_WITHDRAWN});
    said(w, &ben, (struct consent){.state = CONSENT_WITHDRAWN});
    struct consent_notice_look look = {.reader = w->s.reader, .party = span_text("charity")};
    struct consent_notice *notices = NULL;
    size_t count = 0;
    struct span next;
    assert_false(lg_failed(consent_notices_read(&look, w->s.arena, &notices, &count, &next)));
    assert_int_equal(next.len, STORE_NOTICE_PAGE_SIZE);
    assert_int_equal(count, 1);
    assert_int_equal(notices[0].item_count, STORE_NOTICE_ROWS_MAX);
    const struct store_tag id = notices[0].id;
    look.page = next;
    assert_false(lg_failed(consent_notices_read(&look, w->s.arena, &notices, &count, &next)));
    assert_int_equal(next.len, 0);
    assert_int_equal(count, 2);
    assert_memory_equal(&notices[0].id, &id, sizeof id);
    assert_int_equal(notices[0].item_count, ROUNDS * CONSENT_USE_ITEMS_MAX - STORE_NOTICE_ROWS_MAX);
    assert_memory_equal(&notices[1].person, &ben, sizeof ben);
    /* A page is one party's, of one side, and tells nothing by itself. */
    struct consent_notice_look others[4] = {look, look, look, look};
    uint8_t spoilt[STORE_NOTICE_PAGE_SIZE];
    memcpy(spoilt, look.page.ptr, sizeof spoilt);
    spoilt[sizeof spoilt - 1] ^= 1;
    others[0].party = span_text("school");
    others[1].of_source = true;
    others[2].page = span_of(spoilt, sizeof spoilt);
    others[3].page.len--;
    for (size_t i = 0; i < 4; i++) {
        assert_true(
            fails_with(consent_notices_read(&others[i], w->s.arena, &notices, &count, &next),
                       LG_CLASS_INPUT, CONSENT_PAGE));
    }
}

static size_t outstanding(struct world *w, struct consent_notice_look look,
                          struct consent_notice **out_notices, struct span *out_next) {
    size_t count = 0;
    look.reader = w->s.reader;
    look.party = span_text("charity");
    look.outstanding_only = true;
    assert_false(lg_failed(consent_notices_read(&look, w->s.arena, out_notices, &count, out_next)));
    return count;
}

static void acknowledge(struct world *w, const struct consent_notice *notice) {
    struct span body;
    const struct consent_acknowledgement it = {.notice = notice->key,
                                               .recorder = {.party = span_text("charity"),
                                                            .user_id = span_text("u-1"),
                                                            .role = span_text("worker"),
                                                            .now_ms = 1795435200000}};
    assert_false(lg_failed(consent_acknowledgement_encode(&it, w->s.arena, &body)));
    apply(w, body);
}

/* Who takes note of the first page has not taken note of the next. */
static void a_page_that_was_not_given_is_not_acknowledged(void **state) {
    struct world *w = *state;
    struct consent_notice_look look = {.party = span_text("charity")};
    struct consent_notice *notices = NULL;
    struct span next;
    many_make(w, 10);
    const size_t rest = 10 * CONSENT_USE_ITEMS_MAX - STORE_NOTICE_ROWS_MAX;
    said(w, &amy, (struct consent){.state = CONSENT_WITHDRAWN});
    assert_int_equal(outstanding(w, look, &notices, &next), 1);
    assert_int_equal(notices[0].item_count, STORE_NOTICE_ROWS_MAX);
    look.page = next;
    acknowledge(w, &notices[0]);
    for (unsigned again = 0; again < 2; again++) { /* the next page, and from the start */
        assert_int_equal(outstanding(w, look, &notices, &next), 1);
        assert_int_equal(notices[0].item_count, rest);
        assert_false(notices[0].is_acknowledged);
        look.page = span_of(NULL, 0);
    }
    acknowledge(w, &notices[0]);
    assert_int_equal(outstanding(w, look, &notices, &next), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(many_rows_all_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_page_that_was_not_given_is_not_acknowledged, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
