/* SPDX-License-Identifier: Apache-2.0 */
/* What the JSON mapping refuses, with its sentence, and each ceiling at and beyond it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"
#include "gateway/wire/json.h"
#include "gateway/wire/wire_int.h"
#include "tests/support/support.h"

#include <cmocka.h>

enum { BUDGET = 64 << 20 };

static struct arena *arena_of(size_t budget) {
    struct arena *arena = NULL;
    assert_false(lg_failed(arena_new(budget, &arena)));
    return arena;
}

static const struct wire_message *message_of(const char *name) {
    const struct wire_message *message = wire_json_message_find(span_text(name));
    assert_non_null(message);
    return message;
}

static const char CAN_ASK[] = "lockgate.v1.CanAskRequest";
static const char PROVE[] = "lockgate.v1.ProveRequest";
static const char FIND[] = "lockgate.v1.FindRequest";

/* A FindRequest of one token. */
#define ONE_TOKEN(fields)                                                                          \
    "{\"requestId\":\"AAECAwQFBgcICQoLDA0ODw==\",\"ground\":{\"purpose\":\"p\"},"                  \
    "\"person\":{\"tokens\":{\"tokens\":[" fields "]}}}"

/* ---- refusals ---- */

struct refusal {
    const char *name;
    const char *json;
    uint16_t code;
    const char *sentence;
};

static void check_refusal(const struct refusal *it, struct span json) {
    OWN(arena_free) struct arena *arena = arena_of(BUDGET);
    struct wire_report report;
    struct span bytes = {0};
    struct lg_err err = wire_json_read(message_of(it->name), arena, json, &report, &bytes);
    if (lg_err_class(err) != LG_CLASS_INPUT || lg_err_code(err) != it->code) {
        fail_msg("%s: class %d, code %u, \"%s\"", it->json, (int)lg_err_class(err),
                 lg_err_code(err), report.sentence);
    }
    assert_string_equal(report.sentence, it->sentence);
    assert_null(bytes.ptr);
}

static void what_is_no_object_is_refused(void **state) {
    (void)state;
    static const char no_json[] = "is not JSON; check it with a JSON tool";
    static const char no_object[] = "is not an object; send fields in braces, {} at least";
    static const char early[] = "ends too early; send all of it";
    static const char more[] = "goes on after its end; send one object";
    const struct {
        const char *json;
        const char *what;
        int line;
        int column;
    } cases[] = {
        {"", no_object, 1, 1},
        {" \r\n\t", no_object, 2, 2},
        {"[]", no_object, 1, 1},
        {"7", no_object, 1, 1},
        {"null", no_object, 1, 1},
        {"\xef\xbb\xbf{}", no_object, 1, 1},
        {"{", early, 1, 2},
        {"{\"index\":1", early, 1, 11},
        {"{\"index\":\"1", early, 1, 12},
        {"{\"index\":\"\\", no_json, 1, 11},
        {"{}x", more, 1, 3},
        {"{} {}", more, 1, 4},
        {"{\"a\":}", no_json, 1, 6},
        {"{\"a\" 1}", no_json, 1, 6},
        {"{\n'a':1}", no_json, 2, 1},
        {"{a:1}", no_json, 1, 2},
        {"{\"index\":01}", no_json, 1, 10},
        {"{\"index\":+1}", no_json, 1, 10},
        {"{\"index\":-}", no_json, 1, 11},
        {"{\"index\":1.}", no_json, 1, 12},
        {"{\"index\":1e}", no_json, 1, 12},
        {"{\"index\":NaN}", no_json, 1, 10},
        {"{\"index\":Infinity}", no_json, 1, 10},
        {"{\"index\":0x1}", no_json, 1, 11},
        {"{\"index\":tru}", no_json, 1, 10},
        {"{\"index\":1,}", no_json, 1, 12},
        {"{\"index\":[1,]}", no_json, 1, 13},
        {"{\"index\":[1}", no_json, 1, 12},
        {"{\"index\":{]}", no_json, 1, 11},
        {"{,}", no_json, 1, 2},
        {"{\"a\":1 /* */}", no_json, 1, 8},
        {"{\"a\":\"\t\"}", no_json, 1, 7},
        {"{\"a\":\"\\x\"}", no_json, 1, 7},
        {"{\"a\":\"\\u12g4\"}", no_json, 1, 7},
        {"{\"a\":\"\\ud800\"}", no_json, 1, 7},
        {"{\"a\":\"\\ud800\\u0041\"}", no_json, 1, 7},
        {"{\"a\":\"\\udc00\"}", no_json, 1, 7},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char sentence[WIRE_SENTENCE_SIZE];
        snprintf(sentence, sizeof sentence, "The JSON text %s (line %d, column %d)", cases[i].what,
                 cases[i].line, cases[i].column);
        struct refusal refusal = {PROVE, cases[i].json, WIRE_JSON, sentence};
        check_refusal(&refusal, span_text(cases[i].json));
    }
}

static const char DIGITS[] = "is not a whole number; send digits, as a string where they are many";
static const char BASE64[] = "is not base64; send the bytes as a base64 string";

static void a_number_is_digits_within_its_width(void **state) {
    (void)state;
    static const char *const no_digits[] = {"1.5",
                                            "1e-1",
                                            "10.01e1",
                                            "1e19999",
                                            "1e20",
                                            "99999999999999999999",
                                            "0.1e0",
                                            "1e-99999999999",
                                            "true",
                                            "\"\"",
                                            "\"-\"",
                                            "\"+1\"",
                                            "\"01\"",
                                            "\" 1\"",
                                            "[1]",
                                            "{}",
                                            "\"1x\"",
                                            "\"0x1\"",
                                            "\"1.0\"",
                                            "\"1e3\"",
                                            "\"NaN\"",
                                            "\"18446744073709551616\"",
                                            "18446744073709551616",
                                            "1844674407370955161.6e1",
                                            "1e999"};
    char json[128];
    char sentence[WIRE_SENTENCE_SIZE];
    for (size_t i = 0; i < sizeof no_digits / sizeof no_digits[0]; i++) {
        snprintf(json, sizeof json, "{\"index\":%s}", no_digits[i]);
        snprintf(sentence, sizeof sentence, "index: %s", DIGITS);
        check_refusal(&(struct refusal){PROVE, json, WIRE_TYPE, sentence}, span_text(json));
    }
    static const char outside[] = "index: is a number outside what the contract allows";
    static const char epoch[] =
        "person.tokens.tokens[0].epoch: is a number outside what the contract allows";
    const struct refusal cases[] = {
        {PROVE, "{\"index\":-1}", WIRE_RANGE, outside},
        {PROVE, "{\"index\":\"-1\"}", WIRE_RANGE, outside},
        {FIND, ONE_TOKEN("{\"tokenClass\":1,\"epoch\":4294967296,\"sealed\":\"AA\"}"), WIRE_RANGE,
         epoch},
        {FIND, ONE_TOKEN("{\"tokenClass\":1,\"epoch\":\"-4294967295\",\"sealed\":\"AA\"}"),
         WIRE_RANGE, epoch},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        check_refusal(&cases[i], span_text(cases[i].json));
    }
}

static void a_value_of_another_type_is_refused(void **state) {
    (void)state;
    static const char no_value[] =
        "age_class: is none of the contract's values; choose one of them, by name";
    const struct refusal cases[] = {
        {CAN_ASK, "{\"noConsentReason\":1}", WIRE_TYPE,
         "no_consent_reason: is not a string; send it in quotes"},
        {CAN_ASK, "{\"sources\":\"police\"}", WIRE_TYPE,
         "sources: is not a list; send it in brackets"},
        {CAN_ASK, "{\"sources\":[\"a\",null]}", WIRE_TYPE,
         "sources[1]: is not a string; send it in quotes"},
        {CAN_ASK, "{\"sources\":[[]]}", WIRE_TYPE,
         "sources[0]: is not a string; send it in quotes"},
        {CAN_ASK, "{\"ground\":\"x\"}", WIRE_TYPE,
         "ground: is not an object; send its fields in braces"},
        {CAN_ASK, "{\"ground\":[]}", WIRE_TYPE,
         "ground: is not an object; send its fields in braces"},
        {CAN_ASK, "{\"ageClass\":\"AGE_CLASS_OLD\"}", WIRE_ENUM, no_value},
        {CAN_ASK, "{\"ageClass\":\"age_class_adult\"}", WIRE_ENUM, no_value},
        {CAN_ASK, "{\"ageClass\":\"2\"}", WIRE_ENUM, no_value},
        {CAN_ASK, "{\"ageClass\":3}", WIRE_ENUM, no_value},
        {CAN_ASK, "{\"ageClass\":-1}", WIRE_ENUM, no_value},
        {CAN_ASK, "{\"ageClass\":4294967298}", WIRE_ENUM, no_value},
        {CAN_ASK, "{\"ageClass\":true}", WIRE_ENUM, no_value},
        {"lockgate.v1.AskReply", "{\"repeatedRequest\":1}", WIRE_TYPE,
         "repeated_request: is neither true nor false; send one of them, unquoted"},
        {"lockgate.v1.AskReply", "{\"repeatedRequest\":\"true\"}", WIRE_TYPE,
         "repeated_request: is neither true nor false; send one of them, unquoted"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        check_refusal(&cases[i], span_text(cases[i].json));
    }
}

static void bytes_are_base64_of_one_alphabet_without_stray_bits(void **state) {
    (void)state;
    static const char *const wrong[] = {
        "\"A\"",       "\"AAAAA\"", "\"AA=\"",  "\"AAA==\"", "\"A===\"",     "\"=\"",
        "\"A*==\"",    "\"AB==\"",  "\"AAB=\"", "\"+_==\"",  "\"AA==AA==\"", "\" AAA\"",
        "\"AA\\n==\"", "[]",        "7",        "\"AA====\""};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char json[128];
        char sentence[WIRE_SENTENCE_SIZE];
        snprintf(json, sizeof json, "{\"person\":{\"handle\":%s}}", wrong[i]);
        snprintf(sentence, sizeof sentence, "person.handle: %s", BASE64);
        check_refusal(&(struct refusal){FIND, json, WIRE_TYPE, sentence}, span_text(json));
    }
}

static void names_are_the_contracts_and_come_once(void **state) {
    (void)state;
    static const char both[] = "age_class: comes twice, by one or both of its names; send it once";
    const struct refusal cases[] = {
        {CAN_ASK, "{\"sources\":[],\"Ella\":1}", WIRE_UNKNOWN,
         "The message holds a name that the contract does not have (member 2); leave it out"},
        {CAN_ASK, "{\"ground\":{\"LawfulBasis\":\"b\"}}", WIRE_UNKNOWN,
         "ground: holds a name that the contract does not have (member 1); leave it out"},
        {CAN_ASK, "{\"Ella\":null}", WIRE_UNKNOWN,
         "The message holds a name that the contract does not have (member 1); leave it out"},
        {"lockgate.v1.CanAskReply", "{\"more\":1}", WIRE_UNKNOWN,
         "The message holds a name that the contract does not have (member 1); leave it out"},
        {CAN_ASK, "{\"ageClass\":1,\"age_class\":1}", WIRE_DUPLICATE, both},
        {CAN_ASK, "{\"ageClass\":1,\"age_class\":null}", WIRE_DUPLICATE, both},
        {CAN_ASK, "{\"ageClass\":1,\"ageClass\":1}", WIRE_DUPLICATE, both},
        {FIND, "{\"person\":{\"handle\":\"AA\",\"pseudonym\":\"x\"}}", WIRE_DUPLICATE,
         "person: holds two fields of which only one may be set; send one"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        check_refusal(&cases[i], span_text(cases[i].json));
    }
}

static void text_is_utf8_without_nul(void **state) {
    (void)state;
    static const char not_text[] = "The JSON text is not UTF-8, or holds NUL; send UTF-8";
    static const char nul[] =
        "The JSON text holds NUL in a string; leave it out (line 1, column 21)";
    static const char wire[] = "no_consent_reason: is not plain UTF-8 text; leave out control and "
                               "direction characters";
    const struct refusal cases[] = {
        {CAN_ASK, "{\"noConsentReason\":\"\xff\"}", WIRE_TEXT, not_text},
        {CAN_ASK, "{\"noConsentReason\":\"\xc0\xaf\"}", WIRE_TEXT, not_text},
        {CAN_ASK, "{\"noConsentReason\":\"\xed\xa0\x80\"}", WIRE_TEXT, not_text},
        {CAN_ASK, "{\"noConsentReason\":\"\xf0\x9f\x98\"}", WIRE_TEXT, not_text},
        {CAN_ASK, "{\"noConsentReason\":\"\\u0000\"}", WIRE_TEXT, nul},
        {CAN_ASK, "{\"ground\":{},\"noConsentReason\":\"\\u001b\"}", WIRE_TEXT, wire},
        {CAN_ASK, "{\"ground\":{},\"noConsentReason\":\"\\u202e\"}", WIRE_TEXT, wire},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        check_refusal(&cases[i], span_text(cases[i].json));
    }
    static const char raw[] = "{\"noConsentReason\":\"\0\"}";
    check_refusal(&(struct refusal){CAN_ASK, "NUL", WIRE_TEXT, not_text},
                  span_of(raw, sizeof raw - 1));
}

static void what_the_contract_refuses_is_refused_here(void **state) {
    (void)state;
    const struct refusal cases[] = {
        {CAN_ASK, "{}", WIRE_COUNT, "ground: is missing; set it"},
        {FIND, ONE_TOKEN("{\"epoch\":1,\"sealed\":\"AA\"}"), WIRE_COUNT,
         "person.tokens.tokens[0].token_class: is missing; set it"},
        {FIND, "{\"requestId\":\"AAEC\",\"person\":{\"handle\":\"AA\"}}", WIRE_SIZE,
         "request_id: exactly 16 bytes are needed"},
        {FIND, "{\"person\":{\"handle\":\"\"}}", WIRE_SIZE,
         "person.handle: 1 to 512 bytes are allowed"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        check_refusal(&cases[i], span_text(cases[i].json));
    }
}

/* ---- ceilings ---- */

/* `count` times the piece. The caller frees it. */
static char *repeated(const char *piece, size_t count) {
    size_t len = strlen(piece);
    char *text = malloc(len * count + 1);
    assert_non_null(text);
    for (size_t i = 0; i < count; i++) {
        memcpy(text + i * len, piece, len);
    }
    text[len * count] = '\0';
    return text;
}

/* {"sources":PREFIX piece... SUFFIX} as a CanAskRequest: the code and sentence that come of it. */
static uint16_t read_many(const char *piece, size_t count, char sentence[static 256]) {
    OWN(arena_free) struct arena *arena = arena_of(BUDGET);
    struct wire_report report;
    struct span bytes = {0};
    char *text = repeated(piece, count);
    struct lg_err err =
        wire_json_read(message_of(CAN_ASK), arena, span_text(text), &report, &bytes);
    free(text);
    memcpy(sentence, report.sentence, WIRE_SENTENCE_SIZE);
    return lg_err_code(err);
}

static void nesting_ends_before_the_parser_recurses(void **state) {
    (void)state;
    char sentence[WIRE_SENTENCE_SIZE];
    static const char deep[] = "The JSON text nests deeper than the contract";
    assert_int_equal(read_many("[", LIMIT_WIRE_JSON_DEPTH, sentence), WIRE_JSON);
    assert_int_equal(read_many("[", LIMIT_WIRE_JSON_DEPTH + 1, sentence), WIRE_DEPTH);
    assert_string_equal(sentence, deep);
    assert_int_equal(read_many("{\"a\":", LIMIT_WIRE_JSON_DEPTH + 1000, sentence), WIRE_DEPTH);
    assert_string_equal(sentence, deep);
    /* Brackets in strings do not nest, closing ones without opening ones neither. */
    assert_int_equal(read_many("\"[\\\"[\"", 1000, sentence), WIRE_JSON);
    assert_int_equal(read_many("]}", 1000, sentence), WIRE_JSON);
}

static void values_are_counted_before_they_cost_memory(void **state) {
    (void)state;
    char sentence[WIRE_SENTENCE_SIZE];
    static const char many[] = "The JSON text holds more values than a message may; ask for less";
    assert_int_equal(read_many(",", LIMIT_WIRE_ELEMENTS, sentence), WIRE_JSON);
    assert_int_equal(read_many(",", LIMIT_WIRE_ELEMENTS + 1, sentence), WIRE_ELEMENTS);
    assert_string_equal(sentence, many);
    assert_int_equal(read_many("[],", LIMIT_WIRE_ELEMENTS + 1000, sentence), WIRE_ELEMENTS);
}

static void size_is_bounded_before_anything_is_read(void **state) {
    (void)state;
    char sentence[WIRE_SENTENCE_SIZE];
    const size_t most = (size_t)LIMIT_WIRE_BYTES * LIMIT_WIRE_JSON_FACTOR;
    assert_int_equal(read_many(" ", most, sentence), WIRE_JSON);
    assert_int_equal(read_many(" ", most + 1, sentence), WIRE_BYTES);
    assert_string_equal(sentence, "The JSON text is larger than this message may be; ask for less");
    assert_int_equal(read_many(" ", most + 1000, sentence), WIRE_BYTES);
}

/* Lists at the contract's ceiling pass, one over does not. */
static void lists_end_where_the_contract_says(void **state) {
    (void)state;
    for (size_t over = 0; over < 2; over++) {
        OWN(arena_free) struct arena *arena = arena_of(BUDGET);
        struct wire_report report;
        struct span bytes = {0};
        char *items = repeated("\"a\",", LIMIT_WIRE_SOURCES - 1 + over);
        size_t size = strlen(items) + 64;
        char *text = malloc(size);
        assert_non_null(text);
        int len = snprintf(text, size, "{\"ground\":{},\"sources\":[%s\"a\"]}", items);
        struct lg_err err =
            wire_json_read(message_of(CAN_ASK), arena, span_of(text, (size_t)len), &report, &bytes);
        assert_int_equal(lg_err_code(err), over == 0 ? 0 : WIRE_COUNT);
        free(text);
        free(items);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_object_is_refused),
        cmocka_unit_test(a_number_is_digits_within_its_width),
        cmocka_unit_test(a_value_of_another_type_is_refused),
        cmocka_unit_test(bytes_are_base64_of_one_alphabet_without_stray_bits),
        cmocka_unit_test(names_are_the_contracts_and_come_once),
        cmocka_unit_test(text_is_utf8_without_nul),
        cmocka_unit_test(what_the_contract_refuses_is_refused_here),
        cmocka_unit_test(nesting_ends_before_the_parser_recurses),
        cmocka_unit_test(values_are_counted_before_they_cost_memory),
        cmocka_unit_test(size_is_bounded_before_anything_is_read),
        cmocka_unit_test(lists_end_where_the_contract_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
