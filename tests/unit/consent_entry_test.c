/* SPDX-License-Identifier: Apache-2.0 */
/* The body of a CONSENT entry: both formats, and every field of the second at its edges. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/bytes.h"
#include "gateway/consent/consent.h"
#include "tests/support/support.h"

#include <cmocka.h>

static const struct person_id amy = {"amy"};

static struct consent whole(const struct span *source) {
    return (struct consent){
        .state = CONSENT_GIVEN,
        .kind = CONSENT_KIND_CONFIDENTIALITY,
        .sources = {source, 1},
        .recorded_by = span_text("gp"),
        .recorded_ms = 77,
        .how =
            {
                .manner = CONSENT_MANNER_WRITING,
                .representative = CONSENT_REPRESENTATIVE_DEPUTY,
                .representative_evidence = span_text("COP-2026/17"),
                .evidence = span_text("FORM_3:2026.06"),
                .language = span_text("cy-GB"),
                .format = CONSENT_FORMAT_EASY_READ,
                .user_id = span_text("user 1"),
                .role = span_text("practitioner"),
            },
    };
}

static bool is_fault(struct lg_err err, enum consent_code code) {
    return lg_err_same(err, lg_err_make(LG_CLASS_INPUT, LG_CONSENT, (uint16_t)code));
}

static void every_field_comes_back(void **state) {
    struct arena *arena = *state;
    const struct span source = span_text("mh-trust");
    const struct consent consent = whole(&source);
    struct span body;
    struct person_id person;
    struct consent back;
    assert_false(lg_failed(consent_entry_encode(&amy, &consent, arena, &body)));
    assert_false(lg_failed(consent_entry_decode(body, arena, &person, &back)));
    assert_int_equal(back.kind, CONSENT_KIND_CONFIDENTIALITY);
    assert_int_equal(back.how.manner, CONSENT_MANNER_WRITING);
    assert_int_equal(back.how.representative, CONSENT_REPRESENTATIVE_DEPUTY);
    assert_int_equal(back.how.format, CONSENT_FORMAT_EASY_READ);
    assert_int_equal(back.sources.count, 1);
    assert_true(span_equal_text(back.sources.items[0], "mh-trust"));
    assert_true(span_equal_text(back.how.representative_evidence, "COP-2026/17"));
    assert_true(span_equal_text(back.how.evidence, "FORM_3:2026.06"));
    assert_true(span_equal_text(back.how.language, "cy-GB"));
    assert_true(span_equal_text(back.how.user_id, "user 1"));
    assert_true(span_equal_text(back.how.role, "practitioner"));
    for (size_t len = 0; len < body.len; len++) {
        struct lg_err err = consent_entry_decode(span_of(body.ptr, len), arena, &person, &back);
        assert_true(is_fault(err, CONSENT_BODY));
    }
}

/* What the first version of the gateway wrote is still read, and states no kind. */
static void the_first_format_is_still_read(void **state) {
    struct arena *arena = *state;
    uint8_t buf[256];
    struct writer w = writer_of(buf, sizeof buf);
    uint8_t id[16] = {1};
    writer_u8(&w, 1);
    writer_bytes(&w, span_of(amy.bytes, sizeof amy.bytes));
    writer_bytes(&w, span_of(id, sizeof id));
    writer_u8(&w, CONSENT_REFUSED);
    writer_u8(&w, 0);
    writer_u64(&w, 99);
    writer_part(&w, span_of(NULL, 0));
    writer_part(&w, span_text("2027-01-01"));
    writer_part(&w, span_text("gp"));
    writer_u16(&w, 1);
    writer_part(&w, span_text("early-help"));
    writer_u16(&w, 0);
    writer_u16(&w, 0);
    struct span body;
    struct person_id person;
    struct consent back;
    assert_false(lg_failed(writer_end(&w, &body)));
    assert_false(lg_failed(consent_entry_decode(body, arena, &person, &back)));
    assert_int_equal(back.state, CONSENT_REFUSED);
    assert_int_equal(back.kind, CONSENT_KIND_NOT_STATED);
    assert_int_equal(back.sources.count, 0);
    assert_int_equal(back.how.evidence.len, 0);
    assert_true(span_equal_text(back.purposes.items[0], "early-help"));
    /* The same bytes under the second version lack its fields; a third is not known. */
    buf[0] = 2;
    assert_true(is_fault(consent_entry_decode(body, arena, &person, &back), CONSENT_BODY));
    buf[0] = 3;
    assert_true(is_fault(consent_entry_decode(body, arena, &person, &back), CONSENT_BODY));
    buf[0] = 1;
    for (size_t len = 0; len < body.len; len++) {
        struct lg_err err = consent_entry_decode(span_of(body.ptr, len), arena, &person, &back);
        assert_true(is_fault(err, CONSENT_BODY));
    }
}

static void references_and_languages_have_a_form(void **state) {
    struct arena *arena = *state;
    const struct span source = span_text("mh-trust");
    static const struct {
        const char *text;
        bool reference;
        bool language;
    } cases[] = {
        {"", true, true},
        {"en", true, true},
        {"zh-Hant-TW", true, true},
        {"x-17", true, true},
        {"-en", true, false},
        {"en-", true, false},
        {"en--gb", true, false},
        {"1en", true, false},
        {"abcdefghi", true, false},
        {"abcdefgh-12345678-12345678-12345678", true, true},
        {"abcdefgh-12345678-12345678-12345678-", true, false},
        {"two words", false, false},
        {"a\nb", false, false},
        {"caf\xc3\xa9", false, false},
        {"012345678901234567890123456789012345678901234567890123456789ABC", true, false},
        {"012345678901234567890123456789012345678901234567890123456789ABCD", false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct span body;
        struct consent consent = whole(&source);
        consent.how.language = span_text(cases[i].text);
        bool taken = !lg_failed(consent_entry_encode(&amy, &consent, arena, &body));
        assert_int_equal(taken, cases[i].language);
        consent = whole(&source);
        consent.how.evidence = span_text(cases[i].text);
        taken = !lg_failed(consent_entry_encode(&amy, &consent, arena, &body));
        assert_int_equal(taken, cases[i].reference);
        consent = whole(&source);
        consent.how.representative_evidence = span_text(cases[i].text);
        taken = !lg_failed(consent_entry_encode(&amy, &consent, arena, &body));
        assert_int_equal(taken, cases[i].reference);
    }
}

static void codes_outside_their_range_are_refused(void **state) {
    struct arena *arena = *state;
    const struct span source = span_text("mh-trust");
    const struct span spoilt = span_text("Mh-Trust");
    char actor[CONSENT_ACTOR_SIZE_MAX + 1];
    memset(actor, 'x', sizeof actor);
    struct consent bad[8];
    for (size_t i = 0; i < 8; i++) {
        bad[i] = whole(&source);
    }
    bad[0].kind = CONSENT_KIND_END;
    bad[1].how.manner = CONSENT_MANNER_END;
    bad[2].how.representative = CONSENT_REPRESENTATIVE_END;
    bad[3].how.format = CONSENT_FORMAT_END;
    bad[4].sources.items = &spoilt;
    bad[5].how.user_id = span_of(actor, sizeof actor);
    bad[6].how.role = span_of(actor, sizeof actor);
    bad[7].kind = CONSENT_KIND_OBJECTION; /* is not given */
    struct span body;
    for (size_t i = 0; i < 8; i++) {
        assert_true(is_fault(consent_entry_encode(&amy, &bad[i], arena, &body), CONSENT_FIELDS));
    }
    bad[7].state = CONSENT_REFUSED;
    assert_false(lg_failed(consent_entry_encode(&amy, &bad[7], arena, &body)));
    bad[5].how.user_id.len = CONSENT_ACTOR_SIZE_MAX;
    assert_false(lg_failed(consent_entry_encode(&amy, &bad[5], arena, &body)));
}

static int set_up(void **state) {
    return lg_failed(arena_new(1 << 22, (struct arena **)state)) ? 1 : 0;
}

static int tear_down(void **state) {
    arena_free((struct arena **)state);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_comes_back),
        cmocka_unit_test(the_first_format_is_still_read),
        cmocka_unit_test(references_and_languages_have_a_form),
        cmocka_unit_test(codes_outside_their_range_are_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
