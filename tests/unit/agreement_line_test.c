/* SPDX-License-Identifier: Apache-2.0 */
/* Signature lines: the golden file (made by another library, tests/peers/agreement_lines_test.py),
 * every changed byte of it, and every field outside its range. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include "gateway/agreement/line.h"
#include "gateway/base/bytes.h"
#include "tests/support/support.h"

#include <cmocka.h>

static int setup(void **state) {
    struct vault_report report;
    (void)state;
    return lg_failed(vault_init(&report)) ? 1 : 0;
}

static char *golden(size_t *out_len) {
    char *text =
        support_file_read(LOCKGATE_SOURCE "/tests/vectors/agreement", "lines.golden", out_len);
    assert_non_null(text);
    return text;
}

static void key_of(uint8_t seed, struct vault_key **out_key) {
    uint8_t bytes[VAULT_KEY_SIZE];
    memset(bytes, seed, sizeof bytes);
    assert_false(
        lg_failed(vault_key_from_bytes(VAULT_KIND_SIGN, span_of(bytes, sizeof bytes), out_key)));
}

static bool next_line(struct span *rest, struct span *out_line) {
    return span_split(rest, '\n', out_line) && out_line->len > 0;
}

static bool is_signed(const struct agreement_line *line) {
    bool good = false;
    for (uint8_t seed = 1; seed <= 3 && !good; seed++) {
        OWN(vault_key_free) struct vault_key *key = NULL;
        key_of(seed, &key);
        struct vault_sign_public public_key = vault_sign_public(key);
        good = !lg_failed(agreement_line_verify(line, &public_key));
    }
    return good;
}

static void golden_lines_read_verify_and_write(void **state) {
    (void)state;
    size_t len = 0;
    char *text = golden(&len);
    struct span rest = span_of(text, len);
    struct span part;
    size_t count = 0;
    while (next_line(&rest, &part)) {
        struct agreement_line line;
        uint8_t again[AGREEMENT_LINE_SIZE_MAX];
        struct span written;
        assert_false(lg_failed(agreement_line_read(part, &line)));
        assert_true(is_signed(&line));
        assert_false(lg_failed(agreement_line_write(&line, again, &written)));
        assert_true(span_equal(span_slice(written, 0, written.len - 1), part));
        assert_int_equal(line.version, 3);
        count++;
    }
    assert_int_equal(count, 8);
    free(text);
}

static void signing_gives_the_golden_bytes(void **state) {
    (void)state;
    size_t len = 0;
    char *text = golden(&len);
    struct span rest = span_of(text, len);
    struct span part;
    while (next_line(&rest, &part)) {
        struct agreement_line line;
        struct vault_signature signature;
        OWN(vault_key_free) struct vault_key *key = NULL;
        assert_false(lg_failed(agreement_line_read(part, &line)));
        key_of(span_equal_text(line.party, "police")     ? 1
               : span_equal_text(line.party, "mh-trust") ? 2
                                                         : 3,
               &key);
        signature = line.signature;
        memset(&line.signature, 0, sizeof line.signature);
        memset(line.key_id, 0, sizeof line.key_id);
        assert_false(lg_failed(agreement_line_sign(&line, key)));
        assert_memory_equal(signature.bytes, line.signature.bytes, sizeof signature.bytes);
    }
    free(text);
}

static void every_changed_byte_is_found(void **state) {
    (void)state;
    static const uint8_t flips[] = {0x01, 0x02, 0x20, 0x80};
    size_t len = 0;
    char *text = golden(&len);
    struct span rest = span_of(text, len);
    struct span part;
    while (next_line(&rest, &part)) {
        uint8_t *line_bytes = (uint8_t *)text + (part.ptr - (const uint8_t *)text);
        for (size_t i = 0; i < part.len; i++) {
            for (size_t j = 0; j < sizeof flips; j++) {
                struct agreement_line line;
                line_bytes[i] ^= flips[j];
                assert_false(!lg_failed(agreement_line_read(part, &line)) && is_signed(&line));
                line_bytes[i] ^= flips[j];
            }
        }
    }
    free(text);
}

static void every_cut_line_is_refused(void **state) {
    (void)state;
    size_t len = 0;
    char *text = golden(&len);
    struct span rest = span_of(text, len);
    struct span part;
    assert_true(next_line(&rest, &part));
    for (size_t i = 0; i < part.len; i++) {
        struct agreement_line line;
        struct lg_err err = agreement_line_read(span_slice(part, 0, i), &line);
        assert_int_equal(lg_err_class(err), LG_CLASS_INPUT);
        assert_int_equal(lg_err_code(err), AGREEMENT_LINE);
    }
    free(text);
}

static struct agreement_line good(enum agreement_act act) {
    return (struct agreement_line){
        .act = act,
        .agreement = span_text("otr"),
        .version = 1,
        .party = span_text("police"),
        .office = span_text("Owner"),
        .time_s = 1800000000,
        .day = agreement_act_has_day(act) ? 20000 : AGREEMENT_NO_DAY,
        .reason = agreement_act_has_reason(act) ? span_text("why") : span_text(""),
    };
}

static bool can_write(struct agreement_line line) {
    OWN(vault_key_free) struct vault_key *key = NULL;
    uint8_t bytes[AGREEMENT_LINE_SIZE_MAX];
    struct span written;
    key_of(1, &key);
    bool signs = !lg_failed(agreement_line_sign(&line, key));
    bool writes = !lg_failed(agreement_line_write(&line, bytes, &written));
    assert_int_equal(signs, writes);
    return signs;
}

static void acts_say_what_their_lines_hold(void **state) {
    (void)state;
    for (enum agreement_act act = AGREEMENT_PROPOSE; act < AGREEMENT_ACT_END; act++) {
        assert_int_equal(agreement_act_find(span_text(agreement_act_name(act))), act);
        assert_int_equal(can_write(good(act)), agreement_act_has_line(act));
        struct agreement_line line = good(act);
        line.day = agreement_act_has_day(act) ? AGREEMENT_NO_DAY : 20000;
        assert_false(can_write(line));
        line = good(act);
        line.reason = agreement_act_has_reason(act) ? span_text("") : span_text("why");
        assert_false(can_write(line));
    }
    assert_false(agreement_act_has_line(AGREEMENT_PROPOSE));
    assert_false(agreement_act_has_line(AGREEMENT_ACTIVATE));
    assert_false(agreement_act_has_line(AGREEMENT_ACT_END));
    assert_int_equal(agreement_act_find(span_text("Sign")), AGREEMENT_ACT_END);
    assert_string_equal(agreement_act_name(AGREEMENT_ACT_END), "");
}

static void fields_outside_their_ranges_are_refused(void **state) {
    (void)state;
    static const char *const names[] = {"", "Police", "a b", "a\tb", "p\xc3\xa9"};
    static const char *const words[] = {"", "-", "a\tb", "a\nb", "\x7f", "\xff", "a\xe2\x80\xae"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct agreement_line line = good(AGREEMENT_SIGN);
        line.agreement = span_text(names[i]);
        assert_false(can_write(line));
        line = good(AGREEMENT_SIGN);
        line.party = span_text(names[i]);
        assert_false(can_write(line));
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        struct agreement_line line = good(AGREEMENT_SUSPEND);
        line.office = span_text(words[i]);
        assert_false(can_write(line));
        line = good(AGREEMENT_SUSPEND);
        line.reason = span_text(words[i]);
        assert_false(can_write(line));
    }
    struct agreement_line line = good(AGREEMENT_SIGN);
    line.version = 0;
    assert_false(can_write(line));
    line = good(AGREEMENT_SIGN);
    line.time_s = -1;
    assert_false(can_write(line));
    line.time_s = INT64_MAX;
    assert_false(can_write(line));
}

static void lengths_are_held_to_the_byte(void **state) {
    (void)state;
    char long_text[AGREEMENT_REASON_SIZE_MAX + 1];
    memset(long_text, 'x', sizeof long_text);
    struct agreement_line line = good(AGREEMENT_END);
    line.agreement = span_of(long_text, AGREEMENT_ID_SIZE_MAX);
    line.party = span_of(long_text, AGREEMENT_ID_SIZE_MAX);
    line.office = span_of(long_text, AGREEMENT_OFFICE_SIZE_MAX);
    line.reason = span_of(long_text, AGREEMENT_REASON_SIZE_MAX);
    line.version = UINT32_MAX;
    line.has_report = true;
    assert_true(can_write(line));
    line.reason.len++;
    assert_false(can_write(line));
    line.reason.len--;
    line.office.len++;
    assert_false(can_write(line));
    line.office.len--;
    line.party.len++;
    assert_false(can_write(line));
}

static void keys_are_64_digits(void **state) {
    (void)state;
    struct vault_sign_public key;
    static const char hex[] = "8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c";
    assert_false(lg_failed(agreement_key_read(span_text(hex), &key)));
    assert_true(lg_failed(agreement_key_read(span_of(hex, 63), &key)));
    assert_true(lg_failed(agreement_key_read(span_text(""), &key)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_lines_read_verify_and_write),
        cmocka_unit_test(signing_gives_the_golden_bytes),
        cmocka_unit_test(every_changed_byte_is_found),
        cmocka_unit_test(every_cut_line_is_refused),
        cmocka_unit_test(acts_say_what_their_lines_hold),
        cmocka_unit_test(fields_outside_their_ranges_are_refused),
        cmocka_unit_test(lengths_are_held_to_the_byte),
        cmocka_unit_test(keys_are_64_digits),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
