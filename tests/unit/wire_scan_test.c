/* SPDX-License-Identifier: Apache-2.0 */
/* The walk before unpacking: every attack of design/security.md 4.2 on the wire form, with the code
 * and the field that it is refused for; and what replies get away with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"
#include "gateway/wire/disclosures.h"
#include "gateway/wire/source.h"
#include "gateway/wire/subjects.h"
#include "gateway/wire/wire_int.h"
#include "tests/support/messages.h"

#include <cmocka.h>

enum { BUDGET = 16 << 20, BUFFER_SIZE = 4 << 20 };

/* ---- Building bytes ------------------------------------------------------------------------ */

struct buffer {
    uint8_t *bytes;
    size_t len;
};

static struct buffer buffer_of(void) {
    struct buffer buffer = {.bytes = malloc(BUFFER_SIZE)};
    assert_non_null(buffer.bytes);
    return buffer;
}

static void put(struct buffer *buffer, const void *bytes, size_t len) {
    assert_true(buffer->len + len <= BUFFER_SIZE);
    memcpy(buffer->bytes + buffer->len, bytes, len);
    buffer->len += len;
}

static void put_varint(struct buffer *buffer, uint64_t value) {
    for (; value >= 0x80; value >>= 7) {
        uint8_t byte = (uint8_t)(value | 0x80);
        put(buffer, &byte, 1);
    }
    uint8_t last = (uint8_t)value;
    put(buffer, &last, 1);
}

static void put_key(struct buffer *buffer, uint64_t number, unsigned type) {
    put_varint(buffer, number << 3 | type);
}

static void put_bytes(struct buffer *buffer, uint64_t number, const void *bytes, size_t len) {
    put_key(buffer, number, 2);
    put_varint(buffer, len);
    put(buffer, bytes, len);
}

static void put_text(struct buffer *buffer, uint64_t number, const char *text) {
    put_bytes(buffer, number, text, strlen(text));
}

/* Request id, person by pseudonym, ground: the least of an AskRequest. */
static void put_least_question(struct buffer *buffer) {
    static const uint8_t id[16] = {1};
    put_bytes(buffer, 1, id, sizeof id);
    put_text(buffer, 2, "\x22\x01p");
    put_text(buffer, 6, "");
}

static const char *ask_text(struct buffer *buffer, enum wire_code want);

/* Decodes as an AskRequest, expects this code (0: taken), frees; gives the sentence. */
static const char *ask_text(struct buffer *buffer, enum wire_code want) {
    static struct wire_report report;
    OWN(arena_free) struct arena *arena = NULL;
    assert_false(lg_failed(arena_new(BUDGET, &arena)));
    struct question question = {.tier = TIER_DETAIL};
    struct lg_err err =
        wire_ask_request_decode(arena, span_of(buffer->bytes, buffer->len), &report, &question);
    free(buffer->bytes);
    buffer->bytes = NULL;
    if (lg_err_code(err) != want) {
        fail_msg("code %u instead of %d: %s", lg_err_code(err), (int)want, report.sentence);
    }
    assert_int_equal(lg_failed(err), want != 0);
    if (want != 0) {
        assert_int_equal(lg_err_class(err), LG_CLASS_INPUT);
        assert_int_equal(question.tier, TIER_DETAIL); /* nothing was written */
    }
    return report.sentence;
}

static void ask_refused(struct buffer *buffer, enum wire_code want, const char *sentence) {
    assert_string_equal(ask_text(buffer, want), sentence);
}

/* ---- Form ---------------------------------------------------------------------------------- */

static void the_least_question_is_taken(void **state) {
    (void)state;
    struct buffer b = buffer_of();
    put_least_question(&b);
    ask_refused(&b, 0, "");
}

static void field_numbers_have_bounds(void **state) {
    (void)state;
    struct buffer b = buffer_of();
    put_key(&b, 0, 0);
    put_varint(&b, 1);
    ask_refused(&b, WIRE_FIELD_NUMBER,
                "The message holds a field number that protobuf does not have");
    b = buffer_of();
    put_key(&b, 1U << 29, 0);
    put_varint(&b, 1);
    ask_text(&b, WIRE_FIELD_NUMBER);
    b = buffer_of();
    put_key(&b, UINT64_MAX >> 3, 0);
    ask_text(&b, WIRE_FIELD_NUMBER);
    b = buffer_of();
    put_least_question(&b);
    put_key(&b, (1U << 29) - 1, 0); /* the largest: merely unknown */
    put_varint(&b, 1);
    ask_text(&b, WIRE_UNKNOWN);
}

static void groups_and_made_up_types_are_refused(void **state) {
    (void)state;
    static const unsigned types[] = {3, 4, 6, 7};
    for (size_t i = 0; i < 4; i++) {
        struct buffer b = buffer_of();
        put_key(&b, 5, types[i]);
        ask_refused(&b, WIRE_TYPE,
                    "tier: is not of the contract's type; generate the client from the contract");
        b = buffer_of();
        put_key(&b, 99, types[i]); /* also where the field is unknown */
        ask_text(&b, WIRE_TYPE);
    }
}

static void a_field_keeps_its_type(void **state) {
    (void)state;
    static const struct {
        unsigned number;
        unsigned type;
    } lies[] = {{1, 0}, {1, 1}, {1, 5}, {2, 0}, {3, 0}, {5, 1}, {5, 2}, {5, 5}, {6, 0}, {9, 5}};
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        struct buffer b = buffer_of();
        put_key(&b, lies[i].number, lies[i].type);
        put(&b, "\0\0\0\0\0\0\0\0", 8);
        ask_text(&b, WIRE_TYPE);
    }
}

static void numbers_have_one_form(void **state) {
    (void)state;
    struct buffer b = buffer_of();
    put(&b, "\x28\x81\x00", 3); /* tier 1 in two bytes */
    ask_refused(&b, WIRE_VARINT,
                "tier: holds a number in more bytes than it needs; use a protobuf library");
    b = buffer_of();
    put(&b, "\xa8\x00\x01", 3); /* the key in two bytes */
    ask_text(&b, WIRE_VARINT);
    b = buffer_of();
    put(&b, "\x4a\x81\x00x", 4); /* a length in two bytes */
    ask_text(&b, WIRE_VARINT);
    b = buffer_of();
    put(&b, "\x28\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 11); /* past 64 bits */
    ask_text(&b, WIRE_VARINT);
    b = buffer_of();
    put(&b, "\x28\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 12); /* 11 bytes */
    ask_text(&b, WIRE_VARINT);
    b = buffer_of();
    memset(b.bytes, 0x80, 1 << 20); /* a million bytes of one number */
    b.len = 1 << 20;
    ask_text(&b, WIRE_VARINT);
    b = buffer_of();
    put(&b, "\x28\xff", 2);
    ask_text(&b, WIRE_TRUNCATED);
}

static void lengths_end_within_the_message(void **state) {
    (void)state;
    struct buffer b = buffer_of();
    put_key(&b, 9, 2);
    put_varint(&b, 5);
    put(&b, "abcd", 4);
    ask_refused(&b, WIRE_TRUNCATED,
                "no_consent_reason: ends within a field; send the whole message");
    b = buffer_of();
    put_key(&b, 9, 2);
    put_varint(&b, UINT64_MAX);
    ask_text(&b, WIRE_TRUNCATED);
    b = buffer_of();
    put_key(&b, 77, 1);
    put(&b, "1234567", 7);
    ask_text(&b, WIRE_TRUNCATED);
    b = buffer_of();
    put_text(&b, 2, "\x22\x05p"); /* the inner field reaches past its message, not past the outer */
    put_text(&b, 9, "abcdefgh");
    ask_refused(&b, WIRE_TRUNCATED,
                "person.pseudonym: ends within a field; send the whole message");
}

static void whole_messages_have_a_ceiling(void **state) {
    (void)state;
    struct buffer b = buffer_of();
    b.len = LIMIT_WIRE_BYTES + 1;
    memset(b.bytes, 0, b.len);
    ask_refused(&b, WIRE_BYTES, "The message is larger than this message may be; ask for less");
}

/* ---- Depth and number: M3 and M4 ----------------------------------------------------------- */

/* No message of the contract refers to itself, so one is made here. */
static const ProtobufCFieldDescriptor self_field = {
    .name = "self", .id = 1, .type = PROTOBUF_C_TYPE_MESSAGE};
static const ProtobufCMessageDescriptor self_message = {.fields = &self_field, .n_fields = 1};
static const struct shape shape_self;
static const struct shape_row self_rows[] = {{.name = "self",
                                              .number = 1,
                                              .kind = SHAPE_MESSAGE,
                                              .flag_at = SHAPE_NOWHERE,
                                              .shape = &shape_self}};
static const struct shape shape_self = {
    .message = &self_message, .rows = self_rows, .row_count = 1, .choice_at = SHAPE_NOWHERE};

static enum wire_code nested(size_t levels) {
    static const struct wire_message message = WIRE_REQUEST(shape_self);
    struct wire_report report;
    struct buffer b = buffer_of();
    uint8_t *inside = b.bytes + BUFFER_SIZE;
    /* From the inside out: each level is a key and the length of what it holds. */
    for (size_t i = 1; i < levels; i++) {
        size_t len = (size_t)(b.bytes + BUFFER_SIZE - inside);
        uint8_t head[12];
        struct buffer level = {.bytes = head};
        put_key(&level, 1, 2);
        put_varint(&level, len);
        inside -= level.len;
        memcpy(inside, head, level.len);
    }
    struct span bytes = span_of(inside, (size_t)(b.bytes + BUFFER_SIZE - inside));
    struct lg_err err = wire_scan(&message, bytes, true, &report);
    free(b.bytes);
    return (enum wire_code)lg_err_code(err);
}

static void nesting_ends_at_the_limit(void **state) {
    (void)state;
    assert_int_equal(nested(1), 0);
    assert_int_equal(nested(LIMIT_WIRE_DEPTH), 0);
    assert_int_equal(nested(LIMIT_WIRE_DEPTH + 1), WIRE_DEPTH);
    assert_int_equal(nested(274), WIRE_DEPTH);  /* kills a stack of 256 KiB in protobuf-c */
    assert_int_equal(nested(8760), WIRE_DEPTH); /* and one of 8 MiB */
    assert_int_equal(nested((size_t)LIMIT_WIRE_DEPTH * 1000), WIRE_DEPTH);
}

static void put_records(struct buffer *b, size_t count) {
    for (size_t i = 0; i < count; i++) {
        put_text(b, 77, ""); /* unknown, as a later contract's */
    }
}

static struct lg_err fetch_reply(struct buffer *b, size_t budget, struct wire_report *report) {
    OWN(arena_free) struct arena *arena = NULL;
    assert_false(lg_failed(arena_new(budget, &arena)));
    struct answer answer = {0};
    struct lg_err err = wire_fetch_reply_decode(arena, span_of(b->bytes, b->len), report, &answer);
    free(b->bytes);
    return err;
}

static void elements_have_a_ceiling(void **state) {
    (void)state;
    static const size_t counts[] = {LIMIT_WIRE_ELEMENTS - 1, LIMIT_WIRE_ELEMENTS, 300000};
    for (size_t i = 0; i < 3; i++) {
        static const uint8_t id[16] = {1};
        struct wire_report report;
        struct buffer b = buffer_of();
        put_bytes(&b, 1, id, sizeof id);
        put_records(&b, counts[i]);
        struct lg_err err = fetch_reply(&b, BUDGET, &report);
        assert_int_equal(lg_err_code(err), i == 0 ? 0 : WIRE_ELEMENTS);
        assert_int_equal(report.ignored, i == 0 ? counts[0] : LIMIT_WIRE_ELEMENTS - 1);
    }
}

static void a_flood_costs_no_more_than_its_arena(void **state) {
    (void)state;
    static const uint8_t id[16] = {1};
    struct wire_report report;
    struct buffer b = buffer_of();
    put_bytes(&b, 1, id, sizeof id);
    put_records(&b, LIMIT_WIRE_ELEMENTS - 1);
    struct lg_err err = fetch_reply(&b, 65536, &report);
    assert_int_equal(lg_err_class(err), LG_CLASS_LIMIT);
    assert_int_equal(lg_err_code(err), WIRE_MEMORY);
}

static void lists_have_their_ceiling(void **state) {
    (void)state;
    for (size_t over = 0; over < 2; over++) {
        struct buffer b = buffer_of();
        put_least_question(&b);
        for (size_t i = 0; i < LIMIT_WIRE_SOURCES + over; i++) {
            put_text(&b, 3, "police");
        }
        ask_refused(&b, over ? WIRE_COUNT : 0, over ? "sources: 0 to 64 are allowed" : "");
    }
}

/* ---- Strict and lenient -------------------------------------------------------------------- */

static void requests_hold_what_the_contract_has(void **state) {
    (void)state;
    struct buffer b = buffer_of();
    put_least_question(&b);
    put_text(&b, 16, "x");
    ask_refused(&b, WIRE_UNKNOWN,
                "The message holds a field that the contract does not have; leave it out");
    b = buffer_of();
    put_bytes(&b, 6, "\x3a\x00", 2);
    ask_text(&b, WIRE_UNKNOWN); /* within a message: its end was not reached */
    b = buffer_of();
    put_least_question(&b);
    put_key(&b, 5, 0);
    put_varint(&b, 3);
    ask_refused(&b, WIRE_ENUM, "tier: is none of the contract's values; choose one of them");
    b = buffer_of();
    put_least_question(&b);
    put_key(&b, 5, 0);
    put_varint(&b, UINT64_MAX); /* minus one */
    ask_text(&b, WIRE_ENUM);
}

static void requests_say_a_thing_once(void **state) {
    (void)state;
    struct buffer b = buffer_of();
    put_least_question(&b);
    put_text(&b, 9, "a");
    put_text(&b, 9, "b");
    ask_refused(&b, WIRE_DUPLICATE,
                "no_consent_reason: comes twice, or beside another choice; send it once");
    b = buffer_of();
    put_least_question(&b);
    put_text(&b, 6, "");
    ask_text(&b, WIRE_DUPLICATE);
    b = buffer_of();
    put_text(&b, 2, "\x0a\x01h\x22\x01p"); /* a handle and a pseudonym */
    ask_refused(&b, WIRE_DUPLICATE,
                "person.pseudonym: comes twice, or beside another choice; send it once");
}

static void requests_name_what_is_missing(void **state) {
    (void)state;
    struct buffer b = buffer_of();
    ask_refused(&b, WIRE_COUNT, "request_id: is missing; set it");
    static const uint8_t id[16] = {1};
    b = buffer_of();
    put_bytes(&b, 1, id, sizeof id);
    put_text(&b, 2, "");
    ask_refused(&b, WIRE_COUNT, "person: is missing; set it");
    b = buffer_of();
    put_bytes(&b, 2, "\x1a\x00", 2); /* a TokenSet of none */
    ask_refused(&b, WIRE_COUNT, "person.tokens.tokens: 1 to 32 are allowed");
    b = buffer_of();
    put_text(&b, 2, "\x1a\x08\x0a\x06\x08\x01\x1a\x02xy"); /* a token without epoch */
    ask_refused(&b, WIRE_COUNT, "person.tokens.tokens[0].epoch: is missing; set it");
}

static void replies_may_come_from_a_later_contract(void **state) {
    (void)state;
    static const uint8_t id[16] = {1};
    struct wire_report report;
    OWN(arena_free) struct arena *arena = NULL;
    struct buffer b = buffer_of();
    assert_false(lg_failed(arena_new(BUDGET, &arena)));
    put_bytes(&b, 1, id, sizeof id);
    put_text(&b, 2,
             "\x0a\x01r\x12\x07\x0a\x03"
             "a.b\x20\x09"); /* a standing of 9 */
    put_key(&b, 3, 0);
    put_varint(&b, 5);
    put_key(&b, 3, 0);
    put_varint(&b, 6); /* twice: the last wins */
    put_key(&b, 900, 5);
    put(&b, "1234", 4);
    struct answer answer = {0};
    struct lg_err err = wire_fetch_reply_decode(arena, span_of(b.bytes, b.len), &report, &answer);
    assert_false(lg_failed(err));
    assert_int_equal(report.ignored, 3);
    assert_int_equal(answer.as_of_s, 6);
    assert_int_equal(answer.records[0].items[0].standing, STANDING_UNKNOWN);
    free(b.bytes);
}

static void replies_are_still_well_formed(void **state) {
    (void)state;
    static const uint8_t id[16] = {1};
    struct wire_report report;
    struct buffer b = buffer_of();
    put_bytes(&b, 1, id, sizeof id);
    put_text(&b, 2, "\x12\x07\x0a\x01\xff\x12\x02ok"); /* an item's name that is no text */
    /* It costs itself alone, and is blanked before anybody reads it. */
    assert_false(lg_failed(fetch_reply(&b, BUDGET, &report)));
    assert_int_equal(report.spoilt, 1);
    b = buffer_of();
    put_bytes(&b, 1, id, 15);
    assert_int_equal(lg_err_code(fetch_reply(&b, BUDGET, &report)), WIRE_SIZE);
    assert_string_equal(report.sentence, "call_reference: exactly 16 bytes are needed");
    b = buffer_of();
    put_bytes(&b, 1, id, sizeof id);
    put_key(&b, 77, 3);
    assert_int_equal(lg_err_code(fetch_reply(&b, BUDGET, &report)), WIRE_TYPE);
}

/* Merging two halves of a message is the library's business, and recursive; nobody needs it. */
static void messages_in_replies_come_once(void **state) {
    (void)state;
    struct wire_report report;
    OWN(arena_free) struct arena *arena = NULL;
    assert_false(lg_failed(arena_new(BUDGET, &arena)));
    struct wire_find_reply reply = {0};
    struct lg_err err = wire_find_reply_decode(
        arena, span_of("\x0a\x02\x08\x01\x0a\x02\x08\x02", 8), &report, &reply);
    assert_int_equal(lg_err_code(err), WIRE_DUPLICATE);
}

/* ---- Values -------------------------------------------------------------------------------- */

static void text_is_plain_text(void **state) {
    (void)state;
    static const struct {
        const char *text;
        size_t len;
        bool taken;
    } texts[] = {
        {"plain", 5, true},
        {"tab\tand\r\nlines", 14, true},
        {"Zo\xc3\xab \xe2\x80\x99 \xf0\x9f\x98\x80", 13, true},
        {"\xc2\xa0", 2, true},       /* U+00A0, just past C1 */
        {"\xe2\x80\xaf", 3, true},   /* U+202F, just past the embeddings */
        {"\xe2\x81\xaa", 3, true},   /* U+206A, just past the isolates */
        {"a\0b", 3, false},          /* NUL */
        {"\xff", 1, false},          /* no UTF-8 */
        {"\xc0\x80", 2, false},      /* NUL, overlong */
        {"\xed\xa0\x80", 3, false},  /* a surrogate */
        {"\xe2\x80", 2, false},      /* cut */
        {"\x1b[2J", 4, false},       /* a terminal's escape */
        {"\x7f", 1, false},          /* DEL */
        {"\xc2\x9b", 2, false},      /* C1: CSI */
        {"\xe2\x80\xae", 3, false},  /* U+202E right-to-left override */
        {"\xe2\x80\xaa", 3, false},  /* U+202A embedding */
        {"\xe2\x81\xa6", 3, false},  /* U+2066 isolate */
        {"\xe2\x81\xa9", 3, false},  /* U+2069 */
        {"x\xe2\x80\x8f", 4, false}, /* U+200F mark */
        {"\xd8\x9c", 2, false},      /* U+061C mark */
        {"\xe2\x80\xa8", 3, false},  /* U+2028 line separator */
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct buffer b = buffer_of();
        put_least_question(&b);
        put_bytes(&b, 9, texts[i].text, texts[i].len);
        ask_text(&b, texts[i].taken ? 0 : WIRE_TEXT);
    }
}

static void sizes_are_the_contract_s(void **state) {
    (void)state;
    char text[LIMIT_WIRE_ACTOR + 2];
    memset(text, 'u', sizeof text);
    for (size_t over = 0; over < 2; over++) {
        struct buffer b = buffer_of();
        struct buffer actor = buffer_of();
        struct buffer ground = buffer_of();
        static const uint8_t id[16] = {1};
        put_bytes(&actor, 1, text, LIMIT_WIRE_ACTOR + over);
        put_bytes(&ground, 5, actor.bytes, actor.len);
        put_bytes(&b, 1, id, sizeof id);
        put_text(&b, 2, "\x22\x01p");
        put_bytes(&b, 6, ground.bytes, ground.len);
        free(actor.bytes);
        free(ground.bytes);
        ask_refused(&b, over ? WIRE_SIZE : 0,
                    over ? "ground.actor.user_id: 0 to 128 bytes are allowed" : "");
    }
    struct buffer b = buffer_of();
    put_least_question(&b);
    put_text(&b, 3, "");
    ask_refused(&b, WIRE_SIZE, "sources: 1 to 64 bytes are allowed");
}

static void numbers_fit_their_type(void **state) {
    (void)state;
    struct wire_report report;
    static const struct {
        const char *bytes;
        size_t len;
        enum wire_code code;
    } tokens[] = {
        {"\x08\x01\x10\xff\xff\xff\xff\x0f\x1a\x01s", 11, 0},
        {"\x08\x01\x10\x80\x80\x80\x80\x10\x1a\x01s", 11, WIRE_RANGE}, /* 2^32 */
        {"\x08\x01\x10\x00\x1a\x01s", 7, WIRE_RANGE},                  /* epoch 0 */
        {"\x08\x00\x10\x01\x1a\x01s", 7, WIRE_ENUM},                   /* class unspecified */
        {"\x08\x06\x10\x01\x1a\x01s", 7, WIRE_ENUM},
    };
    for (size_t i = 0; i < sizeof tokens / sizeof tokens[0]; i++) {
        struct wire_message message = WIRE_REQUEST(wire_shape_token);
        struct lg_err err =
            wire_scan(&message, span_of(tokens[i].bytes, tokens[i].len), true, &report);
        assert_int_equal(lg_err_code(err), tokens[i].code);
    }
    struct buffer b = buffer_of();
    static const uint8_t id[16] = {0};
    put_bytes(&b, 1, id, sizeof id);
    put_key(&b, 8, 0);
    put_varint(&b, 2); /* a bool of 2 */
    struct lg_err err =
        wire_scan(messages_named("AskReply"), span_of(b.bytes, b.len), false, &report);
    assert_int_equal(lg_err_code(err), WIRE_RANGE);
    free(b.bytes);
}

static void a_message_without_fields_is_empty(void **state) {
    (void)state;
    struct wire_report report;
    assert_false(lg_failed(wire_empty_decode((struct span){0}, &report)));
    assert_int_equal(lg_err_code(wire_empty_decode(span_of("\x08\x01", 2), NULL)), WIRE_UNKNOWN);
}

/* The sentence says where, never what: it may be shown and logged. */
static void a_sentence_holds_no_value(void **state) {
    (void)state;
    struct buffer b = buffer_of();
    put_text(&b, 9, "secret\x01secret");
    assert_null(strstr(ask_text(&b, WIRE_TEXT), "secret"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_least_question_is_taken),
        cmocka_unit_test(field_numbers_have_bounds),
        cmocka_unit_test(groups_and_made_up_types_are_refused),
        cmocka_unit_test(a_field_keeps_its_type),
        cmocka_unit_test(numbers_have_one_form),
        cmocka_unit_test(lengths_end_within_the_message),
        cmocka_unit_test(whole_messages_have_a_ceiling),
        cmocka_unit_test(nesting_ends_at_the_limit),
        cmocka_unit_test(elements_have_a_ceiling),
        cmocka_unit_test(a_flood_costs_no_more_than_its_arena),
        cmocka_unit_test(lists_have_their_ceiling),
        cmocka_unit_test(requests_hold_what_the_contract_has),
        cmocka_unit_test(requests_say_a_thing_once),
        cmocka_unit_test(requests_name_what_is_missing),
        cmocka_unit_test(replies_may_come_from_a_later_contract),
        cmocka_unit_test(replies_are_still_well_formed),
        cmocka_unit_test(messages_in_replies_come_once),
        cmocka_unit_test(text_is_plain_text),
        cmocka_unit_test(sizes_are_the_contract_s),
        cmocka_unit_test(numbers_fit_their_type),
        cmocka_unit_test(a_message_without_fields_is_empty),
        cmocka_unit_test(a_sentence_holds_no_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
