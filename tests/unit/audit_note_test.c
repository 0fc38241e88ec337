/* SPDX-License-Identifier: Apache-2.0 */
/* Notes and checkpoints at their edges; what others' notes look like is in tests/vectors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/audit/note.h"
#include "gateway/base/bytes.h"
#include "tests/support/support.h"

#include <cmocka.h>

static const char *note_outcome(struct span text, const struct audit_vkey *key) {
    struct audit_note note;
    if (lg_failed(audit_note_read(text, &note))) {
        return "malformed";
    }
    struct lg_err err = audit_note_verify(&note, key);
    if (!lg_failed(err)) {
        return "ok";
    }
    return lg_err_code(err) == AUDIT_UNSIGNED ? "unverified" : "invalid-signature";
}

/* The C2SP example with its one good signature and `extra` more lines of strangers. */
static size_t crowded_note(unsigned extra, char *out, size_t size) {
    static const char good[] =
        "This is an example message.\n\n"
        "\xe2\x80\x94 example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1E"
        "RYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
    size_t len = (size_t)snprintf(out, size, "%s", good);
    for (unsigned i = 0; i < extra; i++) {
        len += (size_t)snprintf(out + len, size - len,
                                "\xe2\x80\x94 stranger-%u.example AAAAAAAA\n", i);
    }
    return len;
}

static void signatures_have_a_ceiling(void **state) {
    static char text[LIMIT_AUDIT_NOTE + 64];
    const char *vkey = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
    struct audit_vkey key;
    (void)state;
    assert_false(lg_failed(audit_vkey_read(span_text(vkey), &key)));
    const struct {
        unsigned extra;
        const char *want;
    } cases[] = {{15, "ok"}, {99, "ok"}, {100, "malformed"}, {1000, "malformed"}};
    for (size_t i = 0; i < 4; i++) {
        size_t len = crowded_note(cases[i].extra, text, sizeof text);
        assert_string_equal(note_outcome(span_of(text, len), &key), cases[i].want);
    }
}

/* Signatures of others, of 4,631 bytes with their id (ML-DSA-87), spoil nothing. */
static void a_large_signature_of_another_is_no_matter(void **state) {
    enum { LARGE = 4631, DIGITS = (LARGE + 2) / 3 * 4 };
    static char text[LIMIT_AUDIT_NOTE];
    static uint8_t bytes[LARGE];
    static char digits[DIGITS + 1];
    const char *vkey = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
    struct audit_vkey key;
    (void)state;
    assert_false(lg_failed(audit_vkey_read(span_text(vkey), &key)));
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)(7 * i);
    }
    bytes_to_base64(span_of(bytes, sizeof bytes), digits);
    size_t len = crowded_note(0, text, sizeof text);
    for (unsigned i = 0; i < 15; i++) {
        len += (size_t)snprintf(text + len, sizeof text - len,
                                "\xe2\x80\x94 stranger-%u.example %s\n", i, digits);
    }
    assert_true(len > 65536);
    assert_string_equal(note_outcome(span_of(text, len), &key), "ok");
    /* Their digits are held to the form all the same, wherever they stand in the line. */
    size_t last = len - 1 - DIGITS;
    static const size_t places[] = {0, 5, 63, 64, 127, 3000, DIGITS - 5, DIGITS - 1};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        char digit = text[last + places[i]];
        static const char wrong[] = {'=', '-', ' ', '!'};
        for (size_t j = 0; j < sizeof wrong; j++) {
            text[last + places[i]] = wrong[j];
            if (wrong[j] != digit) {
                assert_string_equal(note_outcome(span_of(text, len), &key), "malformed");
            }
        }
        text[last + places[i]] = digit;
    }
    assert_string_equal(note_outcome(span_of(text, len), &key), "ok");
    /* Under our key's name and id it is a signature of ours that is wrong. */
    memcpy(bytes, key.id, sizeof key.id);
    bytes_to_base64(span_of(bytes, sizeof bytes), digits);
    len += (size_t)snprintf(text + len, sizeof text - len, "\xe2\x80\x94 example.com/foo %s\n",
                            digits);
    assert_string_equal(note_outcome(span_of(text, len), &key), "invalid-signature");
}

static void every_flipped_bit_is_seen(void **state) {
    char text[512];
    const char *vkey = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
    struct audit_vkey key;
    (void)state;
    assert_false(lg_failed(audit_vkey_read(span_text(vkey), &key)));
    size_t len = crowded_note(0, text, sizeof text);
    assert_string_equal(note_outcome(span_of(text, len), &key), "ok");
    for (size_t bit = 0; bit < 8 * len; bit++) {
        text[bit / 8] = (char)(text[bit / 8] ^ 1 << bit % 8);
        assert_string_not_equal(note_outcome(span_of(text, len), &key), "ok");
        text[bit / 8] = (char)(text[bit / 8] ^ 1 << bit % 8);
    }
}

static void checkpoint_bodies(void **state) {
    static const char root[] = "e8oB6Ic3mZ/eXB1uysJ648tJ4U8hvNPnJFwnaHe4mck=";
    static const struct {
        const char *first_lines;
        bool good;
    } cases[] = {
        {"log.example\n0\n", true},
        {"log.example\n18446744073709551615\n", true},
        {"log.example\n18446744073709551616\n", false},
        {"log.example\n007\n", false},
        {"log.example\n-1\n", false},
        {"log.example\n+1\n", false},
        {"log.example\n1 \n", false},
        {"log.example\n\n", false},
        {"\n1\n", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char body[256];
        struct audit_checkpoint checkpoint;
        snprintf(body, sizeof body, "%s%s\nextension\n", cases[i].first_lines, root);
        assert_int_equal(!lg_failed(audit_checkpoint_parse(span_text(body), &checkpoint)),
                         cases[i].good);
    }
    struct audit_checkpoint checkpoint;
    assert_true(
        lg_failed(audit_checkpoint_parse(span_text("log.example\n1\nAAAA\n"), &checkpoint)));
    assert_true(lg_failed(audit_checkpoint_parse(span_text("log.example\n1\n"), &checkpoint)));
}

int main(void) {
    struct vault_report report;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signatures_have_a_ceiling),
        cmocka_unit_test(a_large_signature_of_another_is_no_matter),
        cmocka_unit_test(every_flipped_bit_is_seen),
        cmocka_unit_test(checkpoint_bodies),
    };
    if (lg_failed(vault_init(&report))) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
