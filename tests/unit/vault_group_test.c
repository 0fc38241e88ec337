/* SPDX-License-Identifier: Apache-2.0 */
/* The group with its traps (subjects.md 5.8), against the vectors of RFC 9496, appendix A. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include "gateway/base/bytes.h"
#include "gateway/vault/vault.h"

#include <cmocka.h>

/* A.1: the multiples 1 to 5 of the generator. */
static const char *const MULTIPLES[] = {
    "e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76",
    "6a493210f7499cd17fecb510ae0cea23a110e8d5b901f8acadd3095c73a3b919",
    "94741f5d5d52755ece4f23f044ee27d5d1ea1e2bd196b462166b16152a9d0259",
    "da80862773358b466ffadfe0b3293ab3d9fd53c5ea6c955358f568322daf6a57",
    "e882b131016b52c1d3337080187cf768423efccbb517bb495ab812c4160ff44e",
};

/* A.2: not canonical, negative, not on the curve's image. */
static const char *const INVALID[] = {
    "00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "f3ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ed57ffd8c914fb201471d1c3d245ce3c746fcbe63a3679d51b6a516ebebe0e20",
    "c34c4e1826e5d403b78e246e88aa051c36ccf0aafebffe137d148a2bf9104562",
    "26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371",
    "4eac077a713c57b4f4397629a4145982c661f48044dd3f96427d40b147d9742f",
    "de6a7b00deadc788eb6b6c8d20c0ae96c2f2019078fa604fee5b87d6e989ad7b",
    "bcab477be20861e01e4a0e295284146a510150d9817763caf1a6f4b422d67042",
};

static struct vault_point point_of(const char *hex) {
    struct vault_point point;
    assert_false(lg_failed(bytes_from_hex(span_text(hex), point.bytes, sizeof point.bytes)));
    return point;
}

static struct vault_scalar small(uint8_t value) {
    return (struct vault_scalar){{value}};
}

static bool is_invalid(struct lg_err err, enum vault_code code) {
    return lg_err_same(err, lg_err_make(LG_CLASS_INPUT, LG_VAULT, (uint16_t)code));
}

static void multiples_of_the_generator(void **state) {
    (void)state;
    struct vault_point base = point_of(MULTIPLES[0]);
    for (uint8_t i = 0; i < 5; i++) {
        struct vault_point want = point_of(MULTIPLES[i]);
        struct vault_point got;
        struct vault_scalar factor = small((uint8_t)(i + 1));
        assert_true(vault_point_is_valid(&want));
        assert_false(lg_failed(vault_point_multiply(&base, &factor, &got)));
        assert_memory_equal(&got, &want, sizeof got);
    }
}

static void what_is_no_element_is_refused_everywhere(void **state) {
    (void)state;
    struct vault_point identity = {{0}};
    struct vault_point out;
    struct vault_scalar unblind;
    struct vault_scalar two = small(2);
    struct vault_key *key = NULL;
    assert_false(lg_failed(vault_key_new(VAULT_KIND_SCALAR, &key)));
    assert_false(vault_point_is_valid(&identity));
    assert_true(is_invalid(vault_point_multiply(&identity, &two, &out), VAULT_POINT));
    assert_true(is_invalid(vault_point_multiply_key(&identity, key, &out), VAULT_POINT));
    assert_true(is_invalid(vault_point_blind(&identity, &out, &unblind), VAULT_POINT));
    assert_true(is_invalid(vault_points_translate(&identity, 1, key, NULL, &out), VAULT_POINT));
    for (size_t i = 0; i < sizeof INVALID / sizeof INVALID[0]; i++) {
        struct vault_point bad = point_of(INVALID[i]);
        assert_false(vault_point_is_valid(&bad));
        assert_true(is_invalid(vault_point_multiply(&bad, &two, &out), VAULT_POINT));
    }
    /* The top bit: libsodium 1.0.18 does not look at it. */
    struct vault_point twice = point_of(MULTIPLES[1]);
    twice.bytes[31] |= 0x80;
    assert_false(vault_point_is_valid(&twice));
    vault_key_free(&key);
}

static void scalars_have_one_form_and_are_not_zero(void **state) {
    (void)state;
    struct vault_point base = point_of(MULTIPLES[0]);
    struct vault_point out;
    struct vault_scalar zero = small(0);
    struct vault_scalar inverse;
    struct vault_scalar order = {{0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
                                  0xa2, 0xde, 0xf9, 0xde, 0x14, [31] = 0x10}};
    assert_true(is_invalid(vault_point_multiply(&base, &zero, &out), VAULT_SCALAR));
    assert_true(is_invalid(vault_point_multiply(&base, &order, &out), VAULT_SCALAR));
    assert_true(is_invalid(vault_scalar_invert(&zero, 1, &inverse), VAULT_SCALAR));
    assert_true(is_invalid(vault_scalar_invert(&order, 1, &inverse), VAULT_SCALAR));
    order.bytes[0]++; /* 1 + L */
    assert_true(is_invalid(vault_point_multiply(&base, &order, &out), VAULT_SCALAR));
    order.bytes[0] = (uint8_t)(order.bytes[0] - 2); /* L - 1 */
    assert_false(lg_failed(vault_point_multiply(&base, &order, &out)));
    struct vault_scalar top = small(1);
    top.bytes[31] = 0x80;
    assert_true(is_invalid(vault_point_multiply(&base, &top, &out), VAULT_SCALAR));
}

static void inverses_of_many(void **state) {
    (void)state;
    static struct vault_scalar scalars[VAULT_BATCH_MAX + 1];
    static struct vault_scalar inverses[VAULT_BATCH_MAX + 1];
    struct vault_point base;
    struct vault_point out;
    vault_point_random(&base);
    for (size_t i = 0; i <= VAULT_BATCH_MAX; i++) {
        vault_scalar_random(&scalars[i]);
    }
    scalars[0] = small(1);
    static const size_t counts[] = {1, 2, 3, VAULT_BATCH_MAX};
    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
        assert_false(lg_failed(vault_scalar_invert(scalars, counts[c], inverses)));
        for (size_t i = 0; i < counts[c]; i += 1 + counts[c] / 8) {
            assert_false(lg_failed(vault_point_multiply(&base, &scalars[i], &out)));
            assert_false(lg_failed(vault_point_multiply(&out, &inverses[i], &out)));
            assert_memory_equal(&out, &base, sizeof out);
        }
    }
    assert_true(is_invalid(vault_scalar_invert(scalars, 0, inverses), VAULT_SIZE));
    assert_true(
        is_invalid(vault_scalar_invert(scalars, VAULT_BATCH_MAX + 1, inverses), VAULT_SIZE));
    scalars[7] = small(0); /* would make every inverse nonsense */
    assert_true(is_invalid(vault_scalar_invert(scalars, 9, inverses), VAULT_SCALAR));
}

static void blinding_comes_off(void **state) {
    (void)state;
    struct vault_point m;
    struct vault_point blinded;
    struct vault_point again;
    struct vault_point out;
    struct vault_scalar unblind;
    vault_point_random(&m);
    assert_false(lg_failed(vault_point_blind(&m, &blinded, &unblind)));
    assert_false(lg_failed(vault_point_unblind(&blinded, &unblind, &out)));
    assert_memory_equal(&out, &m, sizeof m);
    assert_memory_not_equal(&blinded, &m, sizeof m);
    assert_false(lg_failed(vault_point_blind(&m, &again, &unblind)));
    assert_memory_not_equal(&blinded, &again, sizeof m);
}

static void translation_is_a_ratio(void **state) {
    (void)state;
    struct vault_key *a = NULL;
    struct vault_key *b = NULL;
    static struct vault_point points[VAULT_BATCH_MAX + 1];
    static struct vault_point out[VAULT_BATCH_MAX + 1];
    struct vault_point m;
    struct vault_point p;
    assert_false(lg_failed(vault_key_new(VAULT_KIND_SCALAR, &a)));
    assert_false(lg_failed(vault_key_new(VAULT_KIND_SCALAR, &b)));
    vault_point_random(&m);
    assert_false(lg_failed(vault_point_multiply_key(&m, a, &points[0])));
    assert_false(lg_failed(vault_point_multiply_key(&m, b, &p)));
    assert_false(lg_failed(vault_points_translate(points, 1, b, a, out)));
    assert_memory_equal(&out[0], &p, sizeof p);
    assert_false(lg_failed(vault_points_translate(points, 1, NULL, a, points)));
    assert_memory_equal(&points[0], &m, sizeof m);
    assert_true(is_invalid(vault_points_translate(points, 0, b, a, out), VAULT_SIZE));
    assert_true(
        is_invalid(vault_points_translate(points, VAULT_BATCH_MAX + 1, b, a, out), VAULT_SIZE));
    vault_key_free(&a);
    vault_key_free(&b);
}

static void hashing_to_the_group_wants_a_domain(void **state) {
    (void)state;
    struct vault_point a;
    struct vault_point b;
    char domain[256];
    memset(domain, 'd', sizeof domain);
    assert_true(is_invalid(vault_point_hash(span_text(""), span_text("x"), &a), VAULT_SIZE));
    assert_true(is_invalid(vault_point_hash(span_of(domain, 256), span_text("x"), &a), VAULT_SIZE));
    assert_false(lg_failed(vault_point_hash(span_of(domain, 255), span_text("x"), &a)));
    assert_false(lg_failed(vault_point_hash(span_of(domain, 254), span_text("x"), &b)));
    assert_memory_not_equal(&a, &b, sizeof a);
    /* The domain and the input do not run into one another. */
    assert_false(lg_failed(vault_point_hash(span_text("ab"), span_text("c"), &a)));
    assert_false(lg_failed(vault_point_hash(span_text("a"), span_text("bc"), &b)));
    assert_memory_not_equal(&a, &b, sizeof a);
}

static void pseudonyms_as_text(void **state) {
    (void)state;
    static const char want[] = "4lzk4ctkxrhhdkeevfq4kacrl5mogc3kuwbn3dnwuzmulyenfv3c3hmcn4";
    struct vault_point base = point_of(MULTIPLES[0]);
    struct vault_point out;
    char text[VAULT_PSEUDONYM_TEXT_SIZE + 1];
    vault_pseudonym_write(&base, text);
    assert_string_equal(text, want);
    assert_false(lg_failed(vault_pseudonym_read(span_text(text), &out)));
    assert_memory_equal(&out, &base, sizeof out);
    for (size_t i = 0; i < VAULT_PSEUDONYM_TEXT_SIZE; i++) { /* any slip of one letter */
        for (const char *c = "abcdefghijklmnopqrstuvwxyz234567"; *c != '\0'; c++) {
            memcpy(text, want, sizeof text);
            text[i] = *c;
            struct lg_err err = vault_pseudonym_read(span_text(text), &out);
            assert_int_equal(lg_failed(err), *c != want[i]);
        }
    }
    memcpy(text, want, sizeof text);
    text[3] = 'K'; /* upper case */
    assert_true(is_invalid(vault_pseudonym_read(span_text(text), &out), VAULT_TEXT));
    assert_true(is_invalid(vault_pseudonym_read(span_of(want, 57), &out), VAULT_TEXT));
    assert_true(is_invalid(vault_pseudonym_read(span_of(want, 59), &out), VAULT_TEXT));
    assert_true(is_invalid(vault_pseudonym_read(span_text(""), &out), VAULT_TEXT));
    struct vault_point identity = {{0}}; /* its check fits, and still it is no pseudonym */
    vault_pseudonym_write(&identity, text);
    assert_true(is_invalid(vault_pseudonym_read(span_text(text), &out), VAULT_TEXT));
}

int main(void) {
    struct vault_report report;
    if (lg_failed(vault_init(&report))) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(multiples_of_the_generator),
        cmocka_unit_test(what_is_no_element_is_refused_everywhere),
        cmocka_unit_test(scalars_have_one_form_and_are_not_zero),
        cmocka_unit_test(inverses_of_many),
        cmocka_unit_test(blinding_comes_off),
        cmocka_unit_test(translation_is_a_ratio),
        cmocka_unit_test(hashing_to_the_group_wants_a_domain),
        cmocka_unit_test(pseudonyms_as_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
