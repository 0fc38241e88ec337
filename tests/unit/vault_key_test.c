/* SPDX-License-Identifier: Apache-2.0 */
/* Keys, hashes, seals, signatures, files. Expected values not named otherwise were computed with
 * Python's hashlib. */
#define _DEFAULT_SOURCE
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/base/bytes.h"
#include "gateway/base/limits.h"
#include "gateway/vault/vault.h"
#include "tests/support/support.h"

#include <cmocka.h>

struct fixture {
    char folder[64];
    char key_path[96];
    char pass_path[96];
    struct vault_key *secret; /* bytes 0 to 31 */
};

static int setup(void **state) {
    struct vault_report report;
    uint8_t bytes[VAULT_KEY_SIZE];
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    assert_false(lg_failed(vault_init(&report)));
    snprintf(f->folder, sizeof f->folder, "/tmp/lockgate-vault-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->key_path, sizeof f->key_path, "%s/key", f->folder);
    snprintf(f->pass_path, sizeof f->pass_path, "%s/pass", f->folder);
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)i;
    }
    assert_false(lg_failed(
        vault_key_from_bytes(VAULT_KIND_SECRET, span_of(bytes, sizeof bytes), &f->secret)));
    *state = f;
    return 0;
}

static int teardown(void **state) {
    struct fixture *f = *state;
    vault_key_free(&f->secret);
    unlink(f->key_path);
    unlink(f->pass_path);
    rmdir(f->folder);
    free(f);
    return 0;
}

static void hex_equal(const uint8_t *got, size_t size, const char *want) {
    char hex[2 * 64 + 1];
    assert_true(size <= 64);
    bytes_to_hex(span_of(got, size), hex);
    assert_string_equal(hex, want);
}

static bool code_is(struct lg_err err, enum lg_class klass, enum vault_code code) {
    return lg_err_same(err, lg_err_make(klass, LG_VAULT, (uint16_t)code));
}

/* ---- Hashes ---- */

static void hashes_in_any_pieces(void **state) {
    (void)state;
    uint8_t data[1000];
    uint8_t out[VAULT_SHA512_SIZE];
    memset(data, 'a', sizeof data);
    for (size_t step = 1; step < sizeof data; step += 97) {
        struct vault_sha256 small;
        struct vault_sha512 large;
        vault_sha256_begin(&small);
        vault_sha512_begin(&large);
        for (size_t at = 0; at < sizeof data; at += step) {
            struct span piece = span_slice(span_of(data, sizeof data), at, step);
            vault_sha256_add(&small, piece);
            vault_sha512_add(&large, piece);
        }
        vault_sha256_end(&small, out);
        hex_equal(out, 32, "41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3");
        vault_sha512_end(&large, out);
        hex_equal(out, 64,
                  "67ba5535a46e3f86dbfbed8cbbaf0125c76ed549ff8b0b9e03e0c88cf90fa634"
                  "fa7b12b47d77b694de488ace8d9a65967dc96df599727d3292a8d9d447709c97");
    }
    vault_sha256(span_of(NULL, 0), out);
    hex_equal(out, 32, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

/* RFC 4231, cases 1 and 2: shorter keys count as filled with zeros. */
static void macs_as_others_compute_them(void **state) {
    struct fixture *f = *state;
    uint8_t bytes[VAULT_KEY_SIZE] = {0};
    uint8_t out[32];
    struct vault_key *key = NULL;
    memset(bytes, 0x0b, 20);
    assert_false(
        lg_failed(vault_key_from_bytes(VAULT_KIND_SECRET, span_of(bytes, sizeof bytes), &key)));
    vault_hmac_sha256(key, span_text("Hi There"), out);
    hex_equal(out, 32, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    vault_key_free(&key);
    memset(bytes, 0, sizeof bytes);
    memcpy(bytes, "Jefe", 4);
    assert_false(
        lg_failed(vault_key_from_bytes(VAULT_KIND_SECRET, span_of(bytes, sizeof bytes), &key)));
    vault_hmac_sha256(key, span_text("what do ya want for nothing?"), out);
    hex_equal(out, 32, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    vault_key_free(&key);
    vault_mac16(f->secret, span_text("abc"), out);
    hex_equal(out, 16, "1a64be47e4729d951c302ee543f97cf3");
    vault_mac32(f->secret, span_text("abc"), out);
    hex_equal(out, 32, "d63a32d3e44738d7907f964316c241adaba0abfeabc32349677578a15a203f7f");
}

static void labels_never_share_an_encoding(void **state) {
    struct fixture *f = *state;
    uint8_t buf[VAULT_LABEL_SIZE_MAX];
    uint8_t other[VAULT_LABEL_SIZE_MAX];
    struct span a;
    struct span b;
    struct vault_label label = {.purpose = "oprf-seed", .epoch = 7};
    assert_false(lg_failed(vault_label_write(&label, buf, &a)));
    hex_equal(a.ptr, a.len, "00086c6f636b6761746500013100096f7072662d7365656400000000000000000007");
    struct vault_label moved = {.purpose = "oprf", .scheme = span_text("-seed"), .epoch = 7};
    assert_false(lg_failed(vault_label_write(&moved, other, &b)));
    assert_false(span_equal(a, b));
    char longest[513];
    memset(longest, 'x', sizeof longest);
    moved.purpose = "";
    moved.scheme = span_of(longest, 512);
    assert_false(lg_failed(vault_label_write(&moved, other, &b)));
    moved.scheme.len = 513;
    assert_true(code_is(vault_label_write(&moved, other, &b), LG_CLASS_INPUT, VAULT_SIZE));
    moved.purpose = "x";
    moved.scheme.len = 512;
    assert_true(code_is(vault_label_write(&moved, other, &b), LG_CLASS_INPUT, VAULT_SIZE));
    /* The derived secret shows through a MAC under it. */
    struct vault_key *derived = NULL;
    struct vault_key *direct = NULL;
    uint8_t secret[32];
    uint8_t macs[2][32];
    assert_false(lg_failed(vault_key_derive(f->secret, &label, VAULT_KIND_SECRET, &derived)));
    assert_false(lg_failed(bytes_from_hex(
        span_text("87ba69d01f77962207484aa4306da9efd78cf3cfb3817da5c267b9d0e190aa6f"), secret,
        sizeof secret)));
    assert_false(lg_failed(
        vault_key_from_bytes(VAULT_KIND_SECRET, span_of(secret, sizeof secret), &direct)));
    vault_mac32(derived, span_text("x"), macs[0]);
    vault_mac32(direct, span_text("x"), macs[1]);
    assert_memory_equal(macs[0], macs[1], 32);
    vault_key_free(&derived);
    vault_key_free(&direct);
}

static void equal_and_wipe(void **state) {
    (void)state;
    uint8_t bytes[4] = {1, 2, 3, 4};
    assert_true(vault_equal(span_text(""), span_of(NULL, 0)));
    assert_true(vault_equal(span_text("abc"), span_text("abc")));
    assert_false(vault_equal(span_text("abc"), span_text("abd")));
    assert_false(vault_equal(span_text("abc"), span_text("ab")));
    vault_wipe(bytes, 3);
    vault_wipe(NULL, 0);
    assert_int_equal(bytes[0] | bytes[1] | bytes[2], 0);
    assert_int_equal(bytes[3], 4);
}

/* ---- Sealing, signing ---- */

static void seals_hold_every_bit(void **state) {
    struct fixture *f = *state;
    uint8_t sealed[5 + VAULT_SEAL_OVERHEAD];
    uint8_t again[5 + VAULT_SEAL_OVERHEAD];
    uint8_t plain[5];
    struct span bound = span_text("table 1, row 2");
    vault_seal(f->secret, bound, span_text("hello"), sealed);
    vault_seal(f->secret, bound, span_text("hello"), again);
    assert_memory_not_equal(sealed, again, sizeof sealed);
    struct span box = span_of(sealed, sizeof sealed);
    assert_false(lg_failed(vault_open(f->secret, bound, box, plain)));
    assert_memory_equal(plain, "hello", 5);
    for (size_t bit = 0; bit < 8 * sizeof sealed; bit++) {
        sealed[bit / 8] = (uint8_t)(sealed[bit / 8] ^ (1U << (bit % 8)));
        assert_true(code_is(vault_open(f->secret, bound, box, plain), LG_CLASS_INPUT, VAULT_OPEN));
        sealed[bit / 8] = (uint8_t)(sealed[bit / 8] ^ (1U << (bit % 8)));
    }
    assert_true(lg_failed(vault_open(f->secret, span_text("table 1, row 3"), box, plain)));
    for (size_t len = 0; len < sizeof sealed; len++) {
        uint8_t out[5];
        assert_true(lg_failed(vault_open(f->secret, bound, span_slice(box, 0, len), out)));
    }
    vault_seal(f->secret, span_of(NULL, 0), span_of(NULL, 0), sealed);
    assert_false(lg_failed(
        vault_open(f->secret, span_of(NULL, 0), span_of(sealed, VAULT_SEAL_OVERHEAD), plain)));
}

static void signatures_hold_every_bit(void **state) {
    (void)state;
    struct vault_key *key = NULL;
    struct vault_signature signature;
    assert_false(lg_failed(vault_key_new(VAULT_KIND_SIGN, &key)));
    struct vault_sign_public public_key = vault_sign_public(key);
    vault_sign(key, span_text("message"), &signature);
    assert_false(lg_failed(vault_verify(&public_key, span_text("message"), &signature)));
    assert_true(lg_failed(vault_verify(&public_key, span_text("messagf"), &signature)));
    for (size_t bit = 0; bit < 8 * sizeof signature.bytes; bit++) {
        signature.bytes[bit / 8] = (uint8_t)(signature.bytes[bit / 8] ^ (1U << (bit % 8)));
        assert_true(code_is(vault_verify(&public_key, span_text("message"), &signature),
                            LG_CLASS_INPUT, VAULT_SIGNATURE));
        signature.bytes[bit / 8] = (uint8_t)(signature.bytes[bit / 8] ^ (1U << (bit % 8)));
    }
    public_key.bytes[0] ^= 1;
    assert_true(lg_failed(vault_verify(&public_key, span_text("message"), &signature)));
    vault_key_free(&key);
}

static void boxes_open_for_their_key(void **state) {
    struct fixture *f = *state;
    struct vault_key *key = NULL;
    struct vault_key *other = NULL;
    uint8_t bytes[VAULT_KEY_SIZE];
    uint8_t sealed[3 + VAULT_BOX_OVERHEAD];
    uint8_t plain[3];
    (void)f;
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)i;
    }
    assert_false(
        lg_failed(vault_key_from_bytes(VAULT_KIND_BOX, span_of(bytes, sizeof bytes), &key)));
    assert_false(lg_failed(vault_key_new(VAULT_KIND_BOX, &other)));
    struct vault_box_public to = vault_box_public(key);
    hex_equal(to.bytes, 32, "8f40c5adb68f25624ae5b214ea767a6ec94d829d3d7b5e1ad1ba6f3e2138285f");
    assert_false(lg_failed(vault_box_seal(&to, span_text("abc"), sealed)));
    assert_false(lg_failed(vault_box_open(key, span_of(sealed, sizeof sealed), plain)));
    assert_memory_equal(plain, "abc", 3);
    assert_true(code_is(vault_box_open(other, span_of(sealed, sizeof sealed), plain),
                        LG_CLASS_INPUT, VAULT_OPEN));
    assert_true(code_is(vault_box_open(key, span_of(sealed, VAULT_BOX_OVERHEAD - 1), plain),
                        LG_CLASS_INPUT, VAULT_OPEN));
    to = (struct vault_box_public){{1}}; /* of low order: the box would be open to all */
    assert_true(
        code_is(vault_box_seal(&to, span_text("abc"), sealed), LG_CLASS_INPUT, VAULT_POINT));
    vault_key_free(&key);
    vault_key_free(&other);
}

/* ---- Keys ---- */

static void keys_take_their_size_and_scalars_their_form(void **state) {
    (void)state;
    struct vault_key *key = NULL;
    uint8_t order[33] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58,       0xd6,
                         0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, [31] = 0x10};
    uint8_t zero[32] = {0};
    assert_true(code_is(vault_key_from_bytes(VAULT_KIND_SECRET, span_of(order, 31), &key),
                        LG_CLASS_INPUT, VAULT_SIZE));
    assert_true(code_is(vault_key_from_bytes(VAULT_KIND_SECRET, span_of(order, 33), &key),
                        LG_CLASS_INPUT, VAULT_SIZE));
    assert_true(code_is(vault_key_from_bytes(VAULT_KIND_SCALAR, span_of(zero, 32), &key),
                        LG_CLASS_INPUT, VAULT_SCALAR));
    assert_true(code_is(vault_key_from_bytes(VAULT_KIND_SCALAR, span_of(order, 32), &key),
                        LG_CLASS_INPUT, VAULT_SCALAR));
    order[0]--;
    assert_false(lg_failed(vault_key_from_bytes(VAULT_KIND_SCALAR, span_of(order, 32), &key)));
    vault_key_free(&key);
    vault_key_free(&key);
    assert_null(key);
}

static void every_failing_allocation_is_an_error(void **state) {
    (void)state;
    struct vault_key *key = NULL;
    support_alloc_fail_at(1);
    struct lg_err err = vault_key_new(VAULT_KIND_SIGN, &key);
    uint64_t seen = support_alloc_seen();
    support_alloc_fail_at(0);
    if (seen == 0) {
        vault_key_free(&key);
        skip(); /* a sanitizer owns malloc */
    }
    assert_true(code_is(err, LG_CLASS_LIMIT, VAULT_MEMORY));
    assert_null(key);
}

enum { THREADS = 4, ROUNDS = 2000 };

static void *mac_often(void *ctx) {
    uint8_t first[16];
    uint8_t out[16];
    vault_mac16(ctx, span_text("abc"), first);
    for (int i = 0; i < ROUNDS; i++) {
        vault_mac16(ctx, span_text("abc"), out);
        if (memcmp(first, out, sizeof out) != 0) {
            return ctx;
        }
    }
    return NULL;
}

/* One thread closing the page must not pull it from under another. */
static void one_key_serves_many_threads(void **state) {
    struct fixture *f = *state;
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, mac_often, f->secret), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        void *result = f;
        assert_int_equal(pthread_join(threads[i], &result), 0);
        assert_null(result);
    }
}

/* ---- Files ---- */

static void pass_write(const struct fixture *f, const char *text) {
    assert_false(
        lg_failed(vault_private_write(f->pass_path, span_text(text), VAULT_WRITE_REPLACE, NULL)));
}

static struct lg_err load_again(const struct fixture *f, const char *pass,
                                const struct vault_key *same) {
    struct vault_file file = {.path = f->key_path, .passphrase_path = pass};
    struct vault_key *key = NULL;
    struct diag diag = {.line = 0};
    struct lg_err err = vault_key_load(&file, VAULT_KIND_SIGN, &diag, &key);
    if (lg_failed(err)) {
        assert_true(diag.text[0] != '\0');
        assert_null(key);
        return err;
    }
    struct vault_sign_public a = vault_sign_public(key);
    struct vault_sign_public b = vault_sign_public(same);
    assert_memory_equal(&a, &b, sizeof a);
    vault_key_free(&key);
    return LG_OK;
}

static void plain_files(void **state) {
    struct fixture *f = *state;
    struct vault_file file = {.path = f->key_path};
    struct vault_key *key = NULL;
    struct vault_key *second = NULL;
    struct stat st;
    assert_false(lg_failed(vault_key_load_or_create(&file, VAULT_KIND_SIGN, NULL, &key)));
    assert_int_equal(stat(f->key_path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(st.st_size, 32);
    assert_false(lg_failed(load_again(f, NULL, key)));
    assert_true(code_is(vault_key_create(&file, VAULT_KIND_SIGN, NULL, &second), LG_CLASS_CONFIG,
                        VAULT_FILE));
    assert_null(second);
    assert_false(lg_failed(load_again(f, NULL, key)));
    assert_int_equal(chmod(f->key_path, 0640), 0);
    assert_true(code_is(load_again(f, NULL, key), LG_CLASS_CONFIG, VAULT_FILE));
    assert_int_equal(chmod(f->key_path, 0604), 0);
    assert_true(code_is(load_again(f, NULL, key), LG_CLASS_CONFIG, VAULT_FILE));
    assert_int_equal(chmod(f->key_path, 0400), 0);
    assert_false(lg_failed(load_again(f, NULL, key)));
    assert_int_equal(chmod(f->key_path, 0600), 0);
    for (off_t size = 31; size <= 33; size += 2) {
        assert_int_equal(truncate(f->key_path, size), 0);
        assert_true(code_is(load_again(f, NULL, key), LG_CLASS_CONFIG, VAULT_FORMAT));
    }
    assert_int_equal(unlink(f->key_path), 0);
    assert_true(code_is(load_again(f, NULL, key), LG_CLASS_CONFIG, VAULT_FILE));
    assert_int_equal(symlink("/dev/zero", f->key_path), 0);
    assert_true(code_is(load_again(f, NULL, key), LG_CLASS_CONFIG, VAULT_FILE));
    assert_int_equal(unlink(f->key_path), 0);
    assert_int_equal(mkfifo(f->key_path, 0600), 0); /* and does not hang */
    assert_true(code_is(load_again(f, NULL, key), LG_CLASS_CONFIG, VAULT_FILE));
    vault_key_free(&key);
}

static void sealed_files(void **state) {
    struct fixture *f = *state;
    struct vault_file file = {.path = f->key_path, .passphrase_path = f->pass_path};
    struct vault_key *key = NULL;
    uint8_t data[256];
    size_t len = 0;
    pass_write(f, "correct horse\n");
    assert_false(lg_failed(vault_key_load_or_create(&file, VAULT_KIND_SIGN, NULL, &key)));
    assert_false(lg_failed(vault_private_read(f->key_path, NULL, data, sizeof data, &len)));
    assert_int_equal(len, 113);
    assert_false(lg_failed(load_again(f, f->pass_path, key)));
    assert_true(code_is(load_again(f, NULL, key), LG_CLASS_CONFIG, VAULT_FORMAT));
    pass_write(f, "correct horse"); /* the newline does not count */
    assert_false(lg_failed(load_again(f, f->pass_path, key)));
    pass_write(f, "correct horsf");
    assert_true(code_is(load_again(f, f->pass_path, key), LG_CLASS_CONFIG, VAULT_PASSPHRASE));
    pass_write(f, "correct horse\n");
    /* Kind, marks, passes, memory, salt, box: one byte of each. */
    static const size_t places[] = {0, 6, 7, 8, 11, 12, 31, 32, 60, 103, 104, 112};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        data[places[i]] ^= 0x02;
        assert_false(lg_failed(
            vault_private_write(f->key_path, span_of(data, len), VAULT_WRITE_REPLACE, NULL)));
        struct lg_err err = load_again(f, f->pass_path, key);
        assert_int_equal(lg_err_class(err), LG_CLASS_CONFIG);
        data[places[i]] ^= 0x02;
    }
    for (size_t cut = 0; cut < len; cut += 16) {
        assert_false(lg_failed(
            vault_private_write(f->key_path, span_of(data, cut), VAULT_WRITE_REPLACE, NULL)));
        assert_true(code_is(load_again(f, f->pass_path, key), LG_CLASS_CONFIG, VAULT_FORMAT));
    }
    assert_false(
        lg_failed(vault_private_write(f->key_path, span_of(data, len), VAULT_WRITE_REPLACE, NULL)));
    assert_false(lg_failed(load_again(f, f->pass_path, key)));
    vault_key_free(&key);
}

static void passphrases_come_from_private_places(void **state) {
    struct fixture *f = *state;
    struct vault_file file = {.path = f->key_path, .passphrase_path = f->pass_path};
    struct vault_key *key = NULL;
    struct diag diag = {.line = 0};
    char long_pass[LIMIT_VAULT_PASSPHRASE + 3];
    memset(long_pass, 'p', sizeof long_pass);
    long_pass[LIMIT_VAULT_PASSPHRASE + 1] = '\0';
    assert_true(code_is(vault_key_create(&file, VAULT_KIND_SIGN, &diag, &key), LG_CLASS_CONFIG,
                        VAULT_FILE));
    static const char *const bad[] = {"", "\n", "1234567", "1234567\n"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        pass_write(f, bad[i]);
        assert_true(code_is(vault_key_create(&file, VAULT_KIND_SIGN, &diag, &key), LG_CLASS_CONFIG,
                            VAULT_PASSPHRASE));
    }
    pass_write(f, long_pass);
    assert_true(code_is(vault_key_create(&file, VAULT_KIND_SIGN, &diag, &key), LG_CLASS_CONFIG,
                        VAULT_PASSPHRASE));
    assert_true(access(f->key_path, F_OK) != 0);
    long_pass[LIMIT_VAULT_PASSPHRASE] = '\n';
    pass_write(f, long_pass);
    assert_false(lg_failed(vault_key_create(&file, VAULT_KIND_SIGN, &diag, &key)));
    /* The same file as a credential, which its group may read. */
    assert_int_equal(chmod(f->pass_path, 0440), 0);
    assert_true(code_is(load_again(f, f->pass_path, key), LG_CLASS_CONFIG, VAULT_FILE));
    assert_true(code_is(load_again(f, "credential:pass", key), LG_CLASS_CONFIG, VAULT_PASSPHRASE));
    assert_int_equal(setenv("CREDENTIALS_DIRECTORY", f->folder, 1), 0);
    assert_false(lg_failed(load_again(f, "credential:pass", key)));
    assert_false(lg_failed(load_again(f, "/etc/lockgate/credential:pass", key)));
    assert_true(code_is(load_again(f, "credential:..", key), LG_CLASS_CONFIG, VAULT_PASSPHRASE));
    assert_true(code_is(load_again(f, "credential:../pass", key), LG_CLASS_CONFIG, VAULT_FILE));
    assert_true(code_is(load_again(f, "credential:", key), LG_CLASS_CONFIG, VAULT_PASSPHRASE));
    assert_int_equal(chmod(f->pass_path, 0444), 0);
    assert_true(code_is(load_again(f, "credential:pass", key), LG_CLASS_CONFIG, VAULT_FILE));
    assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
    vault_key_free(&key);
}

static void private_files_are_whole_or_not_there(void **state) {
    struct fixture *f = *state;
    char beside[128];
    struct diag diag = {.line = 0};
    uint8_t data[8];
    size_t len = 0;
    snprintf(beside, sizeof beside, "%s.new", f->key_path);
    assert_false(
        lg_failed(vault_private_write(beside, span_text("left over"), VAULT_WRITE_FRESH, NULL)));
    assert_false(
        lg_failed(vault_private_write(f->key_path, span_text("one"), VAULT_WRITE_FRESH, &diag)));
    assert_true(
        code_is(vault_private_write(f->key_path, span_text("two"), VAULT_WRITE_FRESH, &diag),
                LG_CLASS_CONFIG, VAULT_FILE));
    assert_true(access(beside, F_OK) != 0);
    assert_false(lg_failed(
        vault_private_write(f->key_path, span_text("three"), VAULT_WRITE_REPLACE, &diag)));
    assert_false(lg_failed(vault_private_read(f->key_path, NULL, data, sizeof data, &len)));
    assert_int_equal(len, 5);
    assert_memory_equal(data, "three", 5);
    assert_false(lg_failed(vault_private_read(f->key_path, NULL, data, 2, &len)));
    assert_int_equal(len, 2);
    assert_true(lg_failed(
        vault_private_write("/nowhere/at/all", span_text("x"), VAULT_WRITE_FRESH, &diag)));
}

/* A held key lives until its last holder lets go; a warm one gives the same answers as a cold one.
 */
static void held_and_warm_keys_stay_the_key(void **state) {
    (void)state;
    struct vault_key *key = NULL;
    uint8_t cold[VAULT_MAC16_SIZE];
    uint8_t warm[VAULT_MAC16_SIZE];
    assert_false(lg_failed(vault_key_new(VAULT_KIND_SECRET, &key)));
    vault_mac16(key, span_text("data"), cold);
    struct vault_key *held = vault_key_hold(key);
    vault_key_warm(key);
    vault_key_free(&key);
    assert_null(key);
    vault_mac16(held, span_text("data"), warm);
    assert_memory_equal(cold, warm, sizeof cold);
    vault_key_free(&held);
    assert_null(held);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(held_and_warm_keys_stay_the_key),
        CASE(hashes_in_any_pieces),
        CASE(macs_as_others_compute_them),
        CASE(labels_never_share_an_encoding),
        CASE(equal_and_wipe),
        CASE(seals_hold_every_bit),
        CASE(signatures_hold_every_bit),
        CASE(boxes_open_for_their_key),
        CASE(keys_take_their_size_and_scalars_their_form),
        CASE(every_failing_allocation_is_an_error),
        CASE(one_key_serves_many_threads),
        CASE(plain_files),
        CASE(sealed_files),
        CASE(passphrases_come_from_private_places),
        CASE(private_files_are_whole_or_not_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
