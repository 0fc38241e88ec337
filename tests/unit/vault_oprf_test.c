/* SPDX-License-Identifier: Apache-2.0 */
/* The eight ristretto255 vectors of RFC 9497, and a refusal of every bit that is not as it was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/bytes.h"
#include "gateway/vault/vault.h"
#include "tests/support/support.h"

#include <cmocka.h>

enum { ITEMS_MAX = 2, VECTORS_MAX = 8 };

/* One vector with its group; every part is binary. */
struct vector {
    enum vault_oprf_mode mode;
    uint8_t seed[VAULT_KEY_SIZE];
    uint8_t key_info[64];
    size_t key_info_len;
    uint8_t public_key[VAULT_POINT_SIZE];
    size_t count;
    uint8_t input[ITEMS_MAX][64];
    size_t input_len[ITEMS_MAX];
    uint8_t info[64];
    size_t info_len;
    struct vault_scalar blind[ITEMS_MAX];
    struct vault_point blinded[ITEMS_MAX];
    struct vault_point evaluated[ITEMS_MAX];
    uint8_t output[ITEMS_MAX][VAULT_OPRF_OUTPUT_SIZE];
    struct vault_proof proof;
    struct vault_scalar random;
};

struct vectors {
    struct vector items[VECTORS_MAX + 1];
    size_t count;
};

static void hex_read(struct span text, uint8_t *out, size_t size) {
    assert_int_equal(text.len, 2 * size);
    assert_false(lg_failed(bytes_from_hex(text, out, size)));
}

static size_t hex_read_any(struct span text, uint8_t *out, size_t size_max) {
    assert_true(text.len % 2 == 0 && text.len / 2 <= size_max);
    assert_false(lg_failed(bytes_from_hex(text, out, text.len / 2)));
    return text.len / 2;
}

/* One `"name": value` line of the file, inside a group or one of its vectors. */
static void field_read(struct vector *v, struct span name, struct span value) {
    struct span part;
    struct span rest = value;
    if (span_equal_text(name, "mode")) {
        v->mode = (enum vault_oprf_mode)(value.ptr[0] - '0');
    } else if (span_equal_text(name, "seed")) {
        hex_read(value, v->seed, sizeof v->seed);
    } else if (span_equal_text(name, "keyInfo")) {
        v->key_info_len = hex_read_any(value, v->key_info, sizeof v->key_info);
    } else if (span_equal_text(name, "pkSm")) {
        hex_read(value, v->public_key, sizeof v->public_key);
    } else if (span_equal_text(name, "Info")) {
        v->info_len = hex_read_any(value, v->info, sizeof v->info);
    } else if (span_equal_text(name, "proof")) {
        hex_read(value, v->proof.bytes, sizeof v->proof.bytes);
    } else if (span_equal_text(name, "r")) {
        hex_read(value, v->random.bytes, sizeof v->random.bytes);
    }
    for (size_t i = 0; i < ITEMS_MAX && span_split(&rest, ',', &part); i++) {
        if (span_equal_text(name, "Input")) {
            v->input_len[i] = hex_read_any(part, v->input[i], sizeof v->input[i]);
            v->count = i + 1;
        } else if (span_equal_text(name, "Blind")) {
            hex_read(part, v->blind[i].bytes, VAULT_SCALAR_SIZE);
        } else if (span_equal_text(name, "BlindedElement")) {
            hex_read(part, v->blinded[i].bytes, VAULT_POINT_SIZE);
        } else if (span_equal_text(name, "EvaluationElement")) {
            hex_read(part, v->evaluated[i].bytes, VAULT_POINT_SIZE);
        } else if (span_equal_text(name, "Output")) {
            hex_read(part, v->output[i], VAULT_OPRF_OUTPUT_SIZE);
        }
    }
}

/* The file has one field a line and sorted keys: so `identifier` comes first in a group, and the
 * group's own fields before its vectors. */
static void vectors_parse(struct span text, struct vectors *out) {
    struct span line;
    struct vector current = {.count = 0};
    bool ours = false;
    out->count = 0;
    while (span_split(&text, '\n', &line)) {
        struct span trimmed = span_trim(line);
        struct span rest = trimmed;
        struct span name;
        if (span_starts_with(line, span_text("      }")) && current.count > 0) {
            assert_true(out->count < VECTORS_MAX + 1);
            out->items[out->count++] = current;
            current.count = 0;
            current.info_len = 0;
        }
        if (!span_starts_with(trimmed, span_text("\"")) || !span_split(&rest, ':', &name)) {
            continue;
        }
        name = span_slice(name, 1, name.len - 2);
        struct span value = span_trim(rest);
        if (value.len > 0 && value.ptr[value.len - 1] == ',') {
            value.len--;
        }
        if (value.len > 1 && value.ptr[0] == '"') {
            value = span_slice(value, 1, value.len - 2);
        }
        if (span_equal_text(name, "groupDST")) {
            current = (struct vector){.count = 0};
        }
        if (span_equal_text(name, "identifier")) {
            ours = span_equal_text(value, "ristretto255-SHA512");
        }
        if (ours) {
            field_read(&current, name, value);
        }
    }
}

static struct vault_key *vector_key(const struct vector *v) {
    struct vault_key *seed = NULL;
    struct vault_key *key = NULL;
    assert_false(lg_failed(
        vault_key_from_bytes(VAULT_KIND_SECRET, span_of(v->seed, sizeof v->seed), &seed)));
    assert_false(lg_failed(
        vault_oprf_key_derive(v->mode, seed, span_of(v->key_info, v->key_info_len), &key)));
    vault_key_free(&seed);
    return key;
}

static void vector_server(const struct vector *v) {
    struct vault_key *key = vector_key(v);
    struct vault_point public_key = vault_oprf_public(key);
    struct vault_point evaluated[ITEMS_MAX];
    struct vault_proof proof;
    struct vault_oprf_request request = {
        .key = key,
        .blinded = v->blinded,
        .count = v->count,
        .info = span_of(v->info, v->info_len),
        .proof_random = &v->random,
    };
    bool proves = v->mode != VAULT_OPRF;
    assert_false(
        lg_failed(vault_oprf_evaluate(v->mode, &request, evaluated, proves ? &proof : NULL)));
    assert_memory_equal(evaluated, v->evaluated, v->count * VAULT_POINT_SIZE);
    if (proves) {
        assert_memory_equal(&public_key, v->public_key, VAULT_POINT_SIZE);
        assert_memory_equal(&proof, &v->proof, sizeof proof);
    }
    vault_key_free(&key);
}

static struct lg_err vector_verify(const struct vector *v) {
    struct vault_point public_key;
    memcpy(public_key.bytes, v->public_key, sizeof public_key.bytes);
    struct vault_oprf_answer answer = {
        .public_key = &public_key,
        .blinded = v->blinded,
        .evaluated = v->evaluated,
        .count = v->count,
        .info = span_of(v->info, v->info_len),
        .proof = &v->proof,
    };
    return vault_oprf_verify(v->mode, &answer);
}

static void vector_client(const struct vector *v) {
    struct vault_scalar inverse[ITEMS_MAX];
    assert_false(lg_failed(vault_scalar_invert(v->blind, v->count, inverse)));
    if (v->mode != VAULT_OPRF) {
        assert_false(lg_failed(vector_verify(v)));
    }
    for (size_t i = 0; i < v->count; i++) {
        struct span input = span_of(v->input[i], v->input_len[i]);
        struct vault_point point;
        uint8_t output[VAULT_OPRF_OUTPUT_SIZE];
        assert_false(lg_failed(vault_oprf_blind(v->mode, input, &v->blind[i], &point)));
        assert_memory_equal(&point, &v->blinded[i], sizeof point);
        assert_false(lg_failed(vault_point_multiply(&v->evaluated[i], &inverse[i], &point)));
        assert_false(lg_failed(
            vault_oprf_finalize(v->mode, input, span_of(v->info, v->info_len), &point, output)));
        assert_memory_equal(output, v->output[i], sizeof output);
    }
}

static void all_vectors_are_reproduced(void **state) {
    const struct vectors *vectors = *state;
    size_t of_mode[3] = {0, 0, 0};
    for (size_t i = 0; i < vectors->count; i++) {
        vector_server(&vectors->items[i]);
        vector_client(&vectors->items[i]);
        of_mode[vectors->items[i].mode]++;
    }
    assert_int_equal(vectors->count, VECTORS_MAX);
    assert_int_equal(of_mode[VAULT_OPRF], 2);
    assert_int_equal(of_mode[VAULT_VOPRF], 3);
    assert_int_equal(of_mode[VAULT_POPRF], 3);
}

/* Turns every bit of `field` in turn and wants a refusal each time. */
static void every_bit_counts(struct vector *v, uint8_t *field, size_t size) {
    for (size_t bit = 0; bit < 8 * size; bit++) {
        field[bit / 8] = (uint8_t)(field[bit / 8] ^ (1U << (bit % 8)));
        struct lg_err err = vector_verify(v);
        assert_int_equal(lg_err_class(err), LG_CLASS_INPUT);
        field[bit / 8] = (uint8_t)(field[bit / 8] ^ (1U << (bit % 8)));
    }
    assert_false(lg_failed(vector_verify(v)));
}

static void every_changed_bit_is_refused(void **state) {
    const struct vectors *vectors = *state;
    for (size_t i = 0; i < vectors->count; i++) {
        struct vector v = vectors->items[i];
        if (v.mode == VAULT_OPRF) {
            continue;
        }
        every_bit_counts(&v, v.proof.bytes, sizeof v.proof.bytes);
        every_bit_counts(&v, v.public_key, sizeof v.public_key);
        for (size_t k = 0; k < v.count; k++) {
            every_bit_counts(&v, v.blinded[k].bytes, VAULT_POINT_SIZE);
            every_bit_counts(&v, v.evaluated[k].bytes, VAULT_POINT_SIZE);
        }
        if (v.mode == VAULT_POPRF) {
            every_bit_counts(&v, v.info, v.info_len);
        }
    }
}

/* s + L is the same number modulo L, and would verify: the group order added to each half. */
static void proofs_have_one_form(void **state) {
    const struct vectors *vectors = *state;
    static const uint8_t order[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58,       0xd6,
                                      0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, [31] = 0x10};
    for (size_t i = 0; i < vectors->count; i++) {
        struct vector v = vectors->items[i];
        for (size_t half = 0; half < 2 && v.mode != VAULT_OPRF; half++) {
            v.proof = vectors->items[i].proof;
            unsigned carry = 0;
            for (size_t k = 0; k < 32; k++) {
                carry += (unsigned)v.proof.bytes[32 * half + k] + order[k];
                v.proof.bytes[32 * half + k] = (uint8_t)(carry & 0xff);
                carry >>= 8;
            }
            assert_int_equal(carry, 0);
            struct lg_err err = vector_verify(&v);
            assert_int_equal(lg_err_code(err), VAULT_PROOF);
        }
    }
}

static void a_batch_proof_holds_for_its_order_and_count_only(void **state) {
    const struct vectors *vectors = *state;
    for (size_t i = 0; i < vectors->count; i++) {
        struct vector v = vectors->items[i];
        if (v.mode == VAULT_OPRF || v.count != 2) {
            continue;
        }
        v.count = 1;
        assert_true(lg_failed(vector_verify(&v)));
        v.count = 2;
        struct vault_point blinded = v.blinded[0];
        struct vault_point evaluated = v.evaluated[0];
        v.blinded[0] = v.blinded[1];
        v.evaluated[0] = v.evaluated[1];
        v.blinded[1] = blinded;
        v.evaluated[1] = evaluated;
        assert_true(lg_failed(vector_verify(&v)));
    }
}

/* A server with a key for each agency could trace who asks: two keys in one batch do not pass. */
static void two_keys_in_one_batch_are_refused(void **state) {
    (void)state;
    struct vault_key *honest = NULL;
    struct vault_key *other = NULL;
    struct vault_point blinded[3];
    struct vault_point evaluated[3];
    struct vault_proof proof;
    assert_false(lg_failed(vault_key_new(VAULT_KIND_SCALAR, &honest)));
    assert_false(lg_failed(vault_key_new(VAULT_KIND_SCALAR, &other)));
    struct vault_point public_key = vault_oprf_public(honest);
    for (size_t i = 0; i < 3; i++) {
        vault_point_random(&blinded[i]);
    }
    struct vault_oprf_request request = {.key = honest, .blinded = blinded, .count = 3};
    struct vault_oprf_answer answer = {.public_key = &public_key,
                                       .blinded = blinded,
                                       .evaluated = evaluated,
                                       .count = 3,
                                       .proof = &proof};
    assert_false(lg_failed(vault_oprf_evaluate(VAULT_VOPRF, &request, evaluated, &proof)));
    assert_false(lg_failed(vault_oprf_verify(VAULT_VOPRF, &answer)));
    assert_false(lg_failed(vault_point_multiply_key(&blinded[1], other, &evaluated[1])));
    assert_true(lg_failed(vault_oprf_verify(VAULT_VOPRF, &answer)));
    request.key = other;
    assert_false(lg_failed(vault_oprf_evaluate(VAULT_VOPRF, &request, evaluated, &proof)));
    assert_true(lg_failed(vault_oprf_verify(VAULT_VOPRF, &answer)));
    vault_key_free(&honest);
    vault_key_free(&other);
}

static void sizes_and_identities_are_refused(void **state) {
    (void)state;
    struct vault_key *key = NULL;
    static struct vault_point blinded[VAULT_BATCH_MAX + 1];
    static struct vault_point evaluated[VAULT_BATCH_MAX + 1];
    struct vault_proof proof;
    assert_false(lg_failed(vault_key_new(VAULT_KIND_SCALAR, &key)));
    vault_point_random(&blinded[0]);
    for (size_t i = 1; i <= VAULT_BATCH_MAX; i++) {
        blinded[i] = blinded[0];
    }
    struct vault_oprf_request request = {.key = key, .blinded = blinded, .count = 0};
    assert_int_equal(lg_err_code(vault_oprf_evaluate(VAULT_VOPRF, &request, evaluated, &proof)),
                     VAULT_SIZE);
    request.count = VAULT_BATCH_MAX + 1;
    assert_int_equal(lg_err_code(vault_oprf_evaluate(VAULT_VOPRF, &request, evaluated, &proof)),
                     VAULT_SIZE);
    request.count = VAULT_BATCH_MAX;
    assert_false(lg_failed(vault_oprf_evaluate(VAULT_VOPRF, &request, evaluated, &proof)));
    memset(&blinded[VAULT_BATCH_MAX - 1], 0, sizeof blinded[0]);
    assert_int_equal(lg_err_code(vault_oprf_evaluate(VAULT_VOPRF, &request, evaluated, &proof)),
                     VAULT_POINT);
    vault_key_free(&key);
    uint8_t *large = calloc(1, VAULT_OPRF_INPUT_MAX + 1);
    struct vault_scalar blind;
    vault_scalar_random(&blind);
    assert_non_null(large);
    assert_false(lg_failed(vault_oprf_blind(VAULT_VOPRF, span_of(large, VAULT_OPRF_INPUT_MAX),
                                            &blind, &evaluated[0])));
    assert_int_equal(
        lg_err_code(vault_oprf_blind(VAULT_VOPRF, span_of(large, VAULT_OPRF_INPUT_MAX + 1), &blind,
                                     &evaluated[0])),
        VAULT_SIZE);
    free(large);
    blind = (struct vault_scalar){{0}};
    assert_int_equal(
        lg_err_code(vault_oprf_blind(VAULT_VOPRF, span_text("x"), &blind, &evaluated[0])),
        VAULT_SCALAR);
}

int main(void) {
    static struct vectors vectors;
    struct vault_report report;
    size_t len = 0;
    if (lg_failed(vault_init(&report))) {
        return 1;
    }
    char *text = support_file_read(LOCKGATE_DATA, "rfc9497-allVectors.json", &len);
    const struct CMUnitTest own[] = {
        cmocka_unit_test(two_keys_in_one_batch_are_refused),
        cmocka_unit_test(sizes_and_identities_are_refused),
    };
    int failed = cmocka_run_group_tests(own, NULL, NULL);
    if (failed != 0 || text == NULL) {
        puts(text == NULL ? "skipped: rfc9497-allVectors.json is not here" : "failed");
        free(text);
        return failed != 0 ? failed : TEST_SKIPPED;
    }
    vectors_parse(span_of(text, len), &vectors);
    free(text);
    const struct CMUnitTest outside[] = {
        cmocka_unit_test_prestate(all_vectors_are_reproduced, &vectors),
        cmocka_unit_test_prestate(every_changed_bit_is_refused, &vectors),
        cmocka_unit_test_prestate(proofs_have_one_form, &vectors),
        cmocka_unit_test_prestate(a_batch_proof_holds_for_its_order_and_count_only, &vectors),
    };
    return cmocka_run_group_tests(outside, NULL, NULL);
}
