/* SPDX-License-Identifier: Apache-2.0 */
/* A good leaf with each of its parts spoilt: the tag, the length, and the bytes where it is cut.
 * As they are, the signature no longer holds and every one is refused. Signed anew by the authority
 * itself, so that only what is in it counts, a few are certificates still; whoever is accepted then
 * is the one whom it names, letter by letter. */
#define _GNU_SOURCE
#include <openssl/asn1.h>
#include <openssl/evp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/chain.h"
#include "tests/support/tls_raw.h"

#include <cmocka.h>

enum { PARTS_MAX = 128 };

/* A tag-length-value of the certificate, by its places in the bytes. */
struct part {
    size_t at;
    size_t value_at;
    size_t end;
};

struct parts {
    struct part all[PARTS_MAX];
    size_t count;
};

static struct part part_at(struct span bytes, size_t at) {
    const unsigned char *ptr = bytes.ptr + at;
    long len = 0;
    int tag = 0;
    int class = 0;
    int flags = ASN1_get_object(&ptr, &len, &tag, &class, (long)(bytes.len - at));
    assert_int_equal(flags & 0x80, 0);
    size_t value_at = (size_t)(ptr - bytes.ptr);
    return (struct part){.at = at, .value_at = value_at, .end = value_at + (size_t)len};
}

/* Whether what is inside is parts again: constructed, or a string that wraps some. */
static bool is_nest(struct span bytes, const struct part *part) {
    uint8_t tag = bytes.ptr[part->at];
    bool wraps = tag == 0x04 && part->end - part->value_at >= 2 &&
                 bytes.ptr[part->value_at] >= 0x03 && bytes.ptr[part->value_at] <= 0x30 &&
                 bytes.ptr[part->value_at + 1] == part->end - part->value_at - 2;
    return (tag & 0x20) != 0 || wraps;
}

/* Every part, outermost first: a list that grows while it is walked. */
static void find_parts(struct span bytes, struct parts *out) {
    out->all[0] = part_at(bytes, 0);
    out->count = 1;
    for (size_t i = 0; i < out->count; i++) {
        if (!is_nest(bytes, &out->all[i])) {
            continue;
        }
        for (size_t at = out->all[i].value_at; at < out->all[i].end;) {
            assert_true(out->count < PARTS_MAX);
            out->all[out->count] = part_at(bytes, at);
            at = out->all[out->count].end;
            out->count++;
        }
    }
}

/* One way to spoil a part, in place. False where it would change nothing. */
typedef bool (*spoil_fn)(uint8_t *bytes, const struct part *part);

static bool tag_next(uint8_t *bytes, const struct part *part) {
    bytes[part->at] ^= 1;
    return true;
}

static bool tag_nested(uint8_t *bytes, const struct part *part) {
    bytes[part->at] ^= 0x20;
    return true;
}

static bool tag_class(uint8_t *bytes, const struct part *part) {
    bytes[part->at] ^= 0x80;
    return true;
}

static bool tag_zero(uint8_t *bytes, const struct part *part) {
    bytes[part->at] = 0;
    return true;
}

static bool tag_long(uint8_t *bytes, const struct part *part) {
    bytes[part->at] |= 0x1f;
    return true;
}

static bool length_more(uint8_t *bytes, const struct part *part) {
    bytes[part->value_at - 1]++;
    return true;
}

static bool length_less(uint8_t *bytes, const struct part *part) {
    bytes[part->value_at - 1]--;
    return true;
}

static bool length_none(uint8_t *bytes, const struct part *part) {
    bytes[part->at + 1] = 0;
    return part->end > part->value_at;
}

static bool length_open(uint8_t *bytes, const struct part *part) {
    bytes[part->at + 1] = 0x80;
    return true;
}

static bool length_huge(uint8_t *bytes, const struct part *part) {
    bytes[part->at + 1] = 0x84;
    return true;
}

static bool length_reserved(uint8_t *bytes, const struct part *part) {
    bytes[part->at + 1] = 0xff;
    return true;
}

static bool value_first(uint8_t *bytes, const struct part *part) {
    bytes[part->value_at] ^= 0x80;
    return part->end > part->value_at;
}

static bool value_last(uint8_t *bytes, const struct part *part) {
    bytes[part->end - 1] ^= 1;
    return part->end > part->value_at;
}

static bool value_zero(uint8_t *bytes, const struct part *part) {
    bool is_zero = bytes[part->value_at] == 0;
    bytes[part->value_at] = 0;
    return part->end > part->value_at && !is_zero;
}

static const spoil_fn SPOILS[] = {
    tag_next,    tag_nested,  tag_class,   tag_zero,        tag_long,    length_more, length_less,
    length_none, length_open, length_huge, length_reserved, value_first, value_last,  value_zero};
enum { SPOIL_COUNT = sizeof SPOILS / sizeof *SPOILS };

struct scene {
    struct chain_world world;
    struct chain_plan plan;
    struct chain_session *session;
    struct span leaf;
    struct parts parts;
    size_t tried;
    size_t accepted;
};

static void begin(struct scene *scene, enum tls_side ours) {
    *scene = (struct scene){.tried = 0};
    chain_world_new(&scene->world);
    chain_plan_init(&scene->world, ours, &scene->plan);
    scene->session = chain_session_open(&scene->world, &scene->plan);
    scene->leaf = chain_leaf(&scene->plan);
    find_parts(scene->leaf, &scene->parts);
    struct chain_verdict good;
    chain_session_try(scene->session, scene->leaf, &good);
    assert_true(good.is_accepted);
    assert_true(scene->parts.count > 40);
}

static void end(struct scene *scene) {
    chain_session_close(&scene->session);
    OPENSSL_free((void *)(uintptr_t)scene->leaf.ptr);
    chain_world_free(&scene->world);
}

/* Whether the name stands in the leaf, whole and as a URI. */
static bool says(struct span leaf, const char *uri) {
    uint8_t wanted[2 + TLS_URI_MAX] = {0x86, (uint8_t)strlen(uri)};
    memcpy(wanted + 2, uri, strlen(uri));
    return memmem(leaf.ptr, leaf.len, wanted, 2 + strlen(uri)) != NULL;
}

/* Whoever is let in is the one whom the authority signed for. */
static void try_leaf(struct scene *scene, struct span leaf, struct chain_verdict *out) {
    chain_session_try(scene->session, leaf, out);
    scene->tried++;
    if (out->is_accepted) {
        scene->accepted++;
        assert_true(says(leaf, out->peer.uri));
    }
}

static void test_spoilt_parts(void **state) {
    struct scene scene;
    struct chain_verdict verdict;
    (void)state;
    begin(&scene, TLS_SERVER);
    uint8_t *copy = malloc(scene.leaf.len);
    assert_non_null(copy);
    for (size_t i = 0; i < scene.parts.count * SPOIL_COUNT; i++) {
        memcpy(copy, scene.leaf.ptr, scene.leaf.len);
        if (SPOILS[i % SPOIL_COUNT](copy, &scene.parts.all[i / SPOIL_COUNT])) {
            try_leaf(&scene, span_of(copy, scene.leaf.len), &verdict);
        }
    }
    print_message("%zu spoilt leaves of %zu parts, %zu accepted\n", scene.tried, scene.parts.count,
                  scene.accepted);
    assert_int_equal(scene.accepted, 0);
    free(copy);
    end(&scene);
}

static void test_cut_leaves(void **state) {
    struct scene scene;
    struct chain_verdict verdict;
    (void)state;
    begin(&scene, TLS_SERVER);
    uint8_t *longer = calloc(1, scene.leaf.len + 1);
    assert_non_null(longer);
    for (size_t len = 0; len < scene.leaf.len; len++) {
        try_leaf(&scene, span_slice(scene.leaf, 0, len), &verdict);
    }
    memcpy(longer, scene.leaf.ptr, scene.leaf.len);
    try_leaf(&scene, span_of(longer, scene.leaf.len + 1), &verdict);
    print_message("%zu cut or lengthened leaves, %zu accepted\n", scene.tried, scene.accepted);
    assert_int_equal(scene.accepted, 0);
    free(longer);
    end(&scene);
}

/* The certificate around a body: SEQUENCE { body, the same algorithm, a new signature }. */
static void sign_again(const struct scene *scene, struct span body, struct raw_bytes *out) {
    const struct part *algorithm = &scene->parts.all[2];
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    uint8_t signature[80];
    size_t len = sizeof signature;
    assert_int_equal(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, scene->plan.root.key), 1);
    assert_int_equal(EVP_DigestSign(ctx, signature, &len, body.ptr, body.len), 1);
    EVP_MD_CTX_free(ctx);
    out->len = 0;
    raw_put(out, span_of("\x30\x82", 2));
    size_t mark = raw_begin(out, 2);
    raw_put(out, body);
    raw_put(out, span_slice(scene->leaf, algorithm->at, algorithm->end - algorithm->at));
    raw_put_number(out, 0x03, 1);
    raw_put_number(out, len + 1, 1);
    raw_put_number(out, 0, 1);
    raw_put(out, span_of(signature, len));
    raw_end(out, mark, 2);
}

/* The body is the second part found, the algorithm of the signature the third. */
static void try_signed(enum tls_side ours, size_t *out_tried, size_t *out_accepted) {
    struct scene scene;
    struct chain_verdict verdict;
    begin(&scene, ours);
    const struct part *whole = &scene.parts.all[1];
    struct raw_bytes *out = calloc(1, sizeof *out);
    uint8_t *copy = malloc(scene.leaf.len);
    assert_non_null(out);
    assert_non_null(copy);
    for (size_t i = SPOIL_COUNT; i < scene.parts.count * SPOIL_COUNT; i++) {
        const struct part *part = &scene.parts.all[i / SPOIL_COUNT];
        memcpy(copy, scene.leaf.ptr, scene.leaf.len);
        if (part->end > whole->end || !SPOILS[i % SPOIL_COUNT](copy, part)) {
            continue;
        }
        sign_again(&scene, span_of(copy + whole->at, whole->end - whole->at), out);
        try_leaf(&scene, span_of(out->ptr, out->len), &verdict);
    }
    *out_tried += scene.tried;
    *out_accepted += scene.accepted;
    free(copy);
    free(out);
    end(&scene);
}

static void test_spoilt_parts_signed_again(void **state) {
    size_t tried = 0;
    size_t accepted = 0;
    (void)state;
    try_signed(TLS_SERVER, &tried, &accepted);
    try_signed(TLS_CLIENT, &tried, &accepted);
    print_message("%zu spoilt leaves signed again, %zu accepted as who they say\n", tried,
                  accepted);
    assert_true(tried > 500);
    /* Letters of names, numbers and times may be others, and it is a certificate still. */
    assert_true(accepted < tried / 10);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spoilt_parts),
        cmocka_unit_test(test_cut_leaves),
        cmocka_unit_test(test_spoilt_parts_signed_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
