/* SPDX-License-Identifier: Apache-2.0 */
/* Every message of the module, both ways: what goes in comes out, nothing but the whole message is
 * taken, and a full arena is an error and no more. That none is left out: wire_contract_test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"
#include "gateway/wire/disclosures.h"
#include "gateway/wire/source.h"
#include "gateway/wire/wire_int.h"
#include "tests/support/messages.h"

#include <cmocka.h>

enum { BUDGET = 8 << 20, CHOICES = 4 };

static struct arena *arena_of(size_t budget) {
    struct arena *arena = NULL;
    assert_false(lg_failed(arena_new(budget, &arena)));
    return arena;
}

static struct span encoded(struct arena *arena, const struct wire_message *message,
                           enum messages_fill fill, size_t choice) {
    struct span bytes = {0};
    const void *plain = messages_filled(arena, message, fill, choice);
    struct lg_err err = wire_message_encode(message, arena, plain, &bytes);
    if (lg_failed(err)) {
        fail_msg("%s does not encode (fill %d, choice %zu): code %u", message->shape->message->name,
                 (int)fill, choice, lg_err_code(err));
    }
    return bytes;
}

static void check_round_trip(const struct wire_message *message, enum messages_fill fill,
                             size_t choice) {
    OWN(arena_free) struct arena *arena = arena_of(BUDGET);
    struct span bytes = encoded(arena, message, fill, choice);
    void *back = arena_alloc(arena, message->shape->size);
    struct wire_report report;
    struct span again = {0};
    assert_non_null(back);
    struct lg_err err = wire_message_decode(message, arena, bytes, &report, back);
    if (lg_failed(err)) {
        fail_msg("%s: %s", message->shape->message->name, report.sentence);
    }
    assert_int_equal(report.ignored, 0);
    assert_false(lg_failed(wire_message_encode(message, arena, back, &again)));
    if (!span_equal(bytes, again)) {
        fail_msg("%s changes on its way", message->shape->message->name);
    }
}

static void every_message_comes_back_as_it_went(void **state) {
    (void)state;
    const struct wire_message *message = NULL;
    for (size_t count = 0; (message = messages_at(count)) != NULL; count++) {
        for (size_t i = 0; i < (size_t)MESSAGES_FILLS * CHOICES; i++) {
            check_round_trip(message, (enum messages_fill)(i / CHOICES), i % CHOICES);
        }
    }
}

static bool has_fallback(const struct wire_message *message) {
    bool has = false;
    for (size_t i = 0; i < message->shape->row_count; i++) {
        has = has || message->shape->rows[i].fallback != 0;
    }
    return has;
}

/* A prefix is refused, or it is a whole message with less in it: then it must come back the same.
 */
static void check_prefix(const struct wire_message *message, struct span prefix) {
    OWN(arena_free) struct arena *arena = arena_of(BUDGET);
    /* Memory of just that size, so that a sanitizer sees a read past the end. */
    uint8_t *copy = malloc(prefix.len > 0 ? prefix.len : 1);
    assert_non_null(copy);
    memcpy(copy, prefix.ptr, prefix.len);
    void *back = arena_alloc(arena, message->shape->size);
    struct span again = {0};
    struct wire_report report;
    assert_non_null(back);
    struct lg_err err =
        wire_message_decode(message, arena, span_of(copy, prefix.len), &report, back);
    if (lg_failed(err)) {
        assert_int_equal(lg_err_class(err), LG_CLASS_INPUT);
        assert_true(strlen(report.sentence) > 0);
    } else if (!lg_failed(wire_message_encode(message, arena, back, &again))) {
        assert_true(span_equal(prefix, again) || has_fallback(message));
    }
    free(copy);
}

static void a_message_cut_anywhere_does_no_harm(void **state) {
    (void)state;
    const struct wire_message *message = NULL;
    for (size_t i = 0; (message = messages_at(i)) != NULL; i++) {
        for (size_t choice = 0; choice < 2; choice++) {
            OWN(arena_free) struct arena *arena = arena_of(BUDGET);
            struct span bytes = encoded(arena, message, MESSAGES_SOME, choice);
            for (size_t len = 0; len < bytes.len; len++) {
                check_prefix(message, span_slice(bytes, 0, len));
            }
        }
    }
}

static void a_full_arena_is_told(void **state) {
    (void)state;
    const struct wire_message *message = NULL;
    for (size_t i = 0; (message = messages_at(i)) != NULL; i++) {
        OWN(arena_free) struct arena *arena = arena_of(BUDGET);
        const void *plain = messages_filled(arena, message, MESSAGES_SOME, i);
        struct span bytes = encoded(arena, message, MESSAGES_SOME, i);
        void *back = arena_alloc(arena, message->shape->size);
        bool decoded = false;
        bool was_encoded = false;
        size_t budget = 0;
        for (; !decoded || !was_encoded; budget += 64) {
            OWN(arena_free) struct arena *small = arena_of(budget);
            OWN(arena_free) struct arena *other = arena_of(budget);
            struct span out = {0};
            struct lg_err err = wire_message_decode(message, small, bytes, NULL, back);
            decoded = !lg_failed(err);
            assert_true(decoded || lg_err_class(err) == LG_CLASS_LIMIT);
            err = wire_message_encode(message, other, plain, &out);
            was_encoded = !lg_failed(err);
            assert_true(was_encoded || lg_err_class(err) == LG_CLASS_LIMIT);
        }
        assert_true(budget > 64);
    }
}

/* ---- The rules that are no rows ------------------------------------------------------------ */

static void a_question_without_tier_asks_for_the_headline(void **state) {
    (void)state;
    OWN(arena_free) struct arena *arena = arena_of(BUDGET);
    struct question question = {
        .person = {.kind = PERSON_PSEUDONYM, .pseudonym = span_text("p")},
    };
    struct span bytes = {0};
    assert_false(lg_failed(wire_ask_request_encode(arena, &question, &bytes)));
    question = (struct question){0};
    assert_false(lg_failed(wire_ask_request_decode(arena, bytes, NULL, &question)));
    assert_int_equal(question.tier, TIER_HEADLINE);
    assert_false(question.emergency_declared);
}

static void a_declared_emergency_without_words_is_still_declared(void **state) {
    (void)state;
    OWN(arena_free) struct arena *arena = arena_of(BUDGET);
    struct question question = {
        .person = {.kind = PERSON_PSEUDONYM, .pseudonym = span_text("p")},
        .emergency_declared = true,
    };
    struct span bytes = {0};
    assert_false(lg_failed(wire_ask_request_encode(arena, &question, &bytes)));
    question = (struct question){0};
    assert_false(lg_failed(wire_ask_request_decode(arena, bytes, NULL, &question)));
    assert_true(question.emergency_declared);
}

static void a_part_keeps_the_bytes_that_were_committed_to(void **state) {
    (void)state;
    OWN(arena_free) struct arena *arena = arena_of(BUDGET);
    /* source "x", then a field of a later contract: re-encoding would lose it. */
    static const uint8_t result[] = {0x0a, 0x01, 'x', 0xf8, 0x01, 0x05};
    static const uint8_t head[] = {0x0a, 0x10, 0, 0, 0, 0, 0, 0,    0,    0,    0,
                                   0,    0,    0, 0, 0, 0, 0, 0x22, 0x0a, 0x0a, 0x06};
    static const uint8_t tail[] = {0x12, 0x00};
    uint8_t message[sizeof head + sizeof result + sizeof tail];
    memcpy(message, head, sizeof head);
    memcpy(message + sizeof head, result, sizeof result);
    memcpy(message + sizeof head + sizeof result, tail, sizeof tail);
    struct ask_reply reply = {0};
    struct wire_report report;
    struct lg_err err =
        wire_ask_reply_decode(arena, span_of(message, sizeof message), &report, &reply);
    assert_false(lg_failed(err));
    assert_int_equal(report.ignored, 1);
    assert_int_equal(reply.part_count, 1);
    assert_true(span_equal(reply.parts[0].result, span_of(result, sizeof result)));
    struct extract extract = {0};
    assert_false(
        lg_failed(wire_source_result_decode(arena, reply.parts[0].result, NULL, &extract)));
    assert_true(span_equal_text(extract.source, "x"));
}

static void a_repeated_answer_has_receipts_without_results(void **state) {
    (void)state;
    OWN(arena_free) struct arena *arena = arena_of(BUDGET);
    struct reply_part part = {.receipt = {.index = 7, .leaf = span_text("leaf")}};
    struct ask_reply reply = {.parts = &part, .part_count = 1, .repeated_request = true};
    reply.id.bytes[0] = 1;
    struct span bytes = {0};
    assert_false(lg_failed(wire_ask_reply_encode(arena, &reply, &bytes)));
    struct ask_reply read = {0};
    assert_false(lg_failed(wire_ask_reply_decode(arena, bytes, NULL, &read)));
    assert_true(read.repeated_request);
    assert_int_equal(read.part_count, 1);
    assert_int_equal(read.parts[0].result.len, 0);
    assert_int_equal(read.parts[0].receipt.index, 7);
}

static void a_text_with_nul_is_not_sent(void **state) {
    (void)state;
    OWN(arena_free) struct arena *arena = arena_of(BUDGET);
    struct extract extract = {.source = span_of("a\0b", 3), .state = SOURCE_ANSWERED};
    struct span bytes = {0};
    struct lg_err err = wire_source_result_encode(arena, &extract, &bytes);
    assert_int_equal(lg_err_class(err), LG_CLASS_INTERNAL);
    assert_int_equal(lg_err_code(err), WIRE_TEXT);
    assert_null(bytes.ptr);
}

static void a_treatment_that_the_contract_lacks_is_not_sent(void **state) {
    (void)state;
    OWN(arena_free) struct arena *arena = arena_of(BUDGET);
    struct released_item item = {.item = span_text("a.b"), .treatment = TREATMENT_REDACT};
    struct released_record record = {.items = &item, .item_count = 1};
    struct extract extract = {.source = span_text("x"), .records = &record, .record_count = 1};
    struct span bytes = {0};
    struct lg_err err = wire_source_result_encode(arena, &extract, &bytes);
    assert_int_equal(lg_err_class(err), LG_CLASS_INTERNAL);
    assert_int_equal(lg_err_code(err), WIRE_ENUM);
}

/* ---- Padding ------------------------------------------------------------------------------- */

static void answers_are_padded_to_the_byte(void **state) {
    (void)state;
    struct source_item item = {.item = span_text("a.b"), .value = span_text("v")};
    struct source_record record = {.items = &item, .item_count = 1};
    struct answer full = {.records = &record, .record_count = 1, .as_of_s = 5};
    struct answer empty = {0};
    struct span bytes = {0};
    OWN(arena_free) struct arena *first = arena_of(BUDGET);
    assert_false(lg_failed(wire_fetch_reply_encode(first, &full, 0, &bytes)));
    size_t full_len = bytes.len;
    for (size_t size = 64; size <= 17000; size += size < 300 ? 1 : 97) {
        OWN(arena_free) struct arena *arena = arena_of(BUDGET);
        struct lg_err err = wire_fetch_reply_encode(arena, &full, size, &bytes);
        size_t gap = size - full_len;
        bool has_none = gap == 130;
        assert_int_equal(lg_failed(err), has_none);
        if (!has_none) {
            assert_int_equal(bytes.len, size);
        }
        err = wire_fetch_reply_encode(arena, &empty, size, &bytes);
        if (!lg_failed(err)) {
            assert_int_equal(bytes.len, size);
            struct answer back = {.as_of_s = 1};
            assert_false(lg_failed(wire_fetch_reply_decode(arena, bytes, NULL, &back)));
            assert_int_equal(back.record_count, 0);
        }
    }
}

static void an_answer_that_does_not_fit_says_so(void **state) {
    (void)state;
    OWN(arena_free) struct arena *arena = arena_of(BUDGET);
    struct answer empty = {0};
    struct span bytes = {0};
    for (size_t size = 1; size < 21; size++) {
        struct lg_err err = wire_fetch_reply_encode(arena, &empty, size, &bytes);
        assert_int_equal(lg_failed(err), size != 18);
        assert_true(size == 18 || lg_err_code(err) == WIRE_FULL);
    }
    assert_false(lg_failed(wire_fetch_reply_encode(arena, &empty, 21, &bytes)));
    assert_int_equal(bytes.len, 21);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_message_comes_back_as_it_went),
        cmocka_unit_test(a_message_cut_anywhere_does_no_harm),
        cmocka_unit_test(a_full_arena_is_told),
        cmocka_unit_test(a_question_without_tier_asks_for_the_headline),
        cmocka_unit_test(a_declared_emergency_without_words_is_still_declared),
        cmocka_unit_test(a_part_keeps_the_bytes_that_were_committed_to),
        cmocka_unit_test(a_repeated_answer_has_receipts_without_results),
        cmocka_unit_test(a_text_with_nul_is_not_sent),
        cmocka_unit_test(a_treatment_that_the_contract_lacks_is_not_sent),
        cmocka_unit_test(answers_are_padded_to_the_byte),
        cmocka_unit_test(an_answer_that_does_not_fit_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
