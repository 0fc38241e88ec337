/* SPDX-License-Identifier: Apache-2.0 */
/* Key files. Two forms, told apart by their size:
 *
 *   plain, 32 bytes:   the secret
 *   sealed, 113 bytes:
 *     offset 0    "LGKEY1", 6 bytes
 *     offset 6    kind (enum vault_kind), 1 byte
 *     offset 7    zero, 1 byte
 *     offset 8    Argon2id passes, 4 bytes; offset 12  Argon2id memory in KiB, 4 bytes
 *     offset 16   salt, 16 bytes
 *     offset 32   XChaCha20-Poly1305 (vault_seal) of the secret, 72 bytes; bound to bytes 0 to 31
 *     offset 104  end of file mark "LGKEYEND\n", 9 bytes
 *
 * Valid: size and marks fit, kind is the expected one, passes and memory are within limits, and the
 * seal opens under Argon2id(passphrase, salt). Numbers are big-endian. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "gateway/base/bytes.h"
#include "gateway/vault/vault.h"
#include "gateway/vault/vault_int.h"

enum {
    HEADER_SIZE = 32,
    SEALED_SIZE = VAULT_KEY_SIZE + VAULT_SEAL_OVERHEAD,
    END_SIZE = 9,
    FILE_SIZE = HEADER_SIZE + SEALED_SIZE + END_SIZE,
    ARGON_PASSES = crypto_pwhash_OPSLIMIT_INTERACTIVE,
    ARGON_KIB = crypto_pwhash_MEMLIMIT_INTERACTIVE / 1024,
    PASSPHRASE_MIN = 8,
};

static const char END_MARK[END_SIZE + 1] = "LGKEYEND\n";

/* What was read of a small private file; wiped by its owner. One byte more than a passphrase and
 * its newline, so that a longer file shows. */
struct private_bytes {
    uint8_t bytes[LIMIT_VAULT_PASSPHRASE + 2];
    size_t len;
};

static void private_wipe(struct private_bytes *data) {
    sodium_memzero(data, sizeof *data);
}

/* Where the passphrase is: a path, or a systemd credential, whose folder is private and whose mode
 * shows the access list's mask as group bits. */
static struct lg_err passphrase_place(const char *given, struct diag *diag,
                                      char out_path[static VAULT_PATH_SIZE],
                                      mode_t *out_forbidden) {
    static const char prefix[] = "credential:";
    const char *folder = "";
    const char *slash = strrchr(given, '/');
    const char *name = slash == NULL ? given : slash + 1;
    *out_forbidden = S_IRWXG | S_IRWXO;
    if (strncmp(name, prefix, sizeof prefix - 1) != 0) {
        name = given;
    } else {
        folder = getenv("CREDENTIALS_DIRECTORY");
        name += sizeof prefix - 1;
        *out_forbidden = S_IWGRP | S_IXGRP | S_IRWXO;
        if (folder == NULL || folder[0] == '\0' || name[0] == '\0' || name[0] == '.') {
            diag_set(diag, 0,
                     "%s: no such credential; start the service with LoadCredential=", given);
            return vault_fail(LG_CLASS_CONFIG, VAULT_PASSPHRASE);
        }
    }
    int len =
        snprintf(out_path, VAULT_PATH_SIZE, "%s%s%s", folder, folder[0] != '\0' ? "/" : "", name);
    if (len < 0 || len >= VAULT_PATH_SIZE) {
        return vault_file_refuse(diag, given, "is too long a path");
    }
    return LG_OK;
}

static struct lg_err passphrase_read(const char *given, struct diag *diag,
                                     struct private_bytes *out) {
    char path[VAULT_PATH_SIZE];
    mode_t forbidden = 0;
    TRY(passphrase_place(given, diag, path, &forbidden));
    struct vault_private place = {.path = path, .forbidden = forbidden};
    TRY(vault_private_load(&place, diag, out->bytes, sizeof out->bytes, &out->len));
    if (out->len > 0 && out->bytes[out->len - 1] == '\n') {
        out->len--;
    }
    if (out->len < PASSPHRASE_MIN || out->len > LIMIT_VAULT_PASSPHRASE) {
        diag_set(diag, 0, "%s: a passphrase has %d to %d bytes", given, PASSPHRASE_MIN,
                 LIMIT_VAULT_PASSPHRASE);
        return vault_fail(LG_CLASS_CONFIG, VAULT_PASSPHRASE);
    }
    return LG_OK;
}

/* Argon2id of the passphrase as a key. passes and kib are within limits. */
struct argon {
    uint32_t passes;
    uint32_t kib;
    uint8_t salt[crypto_pwhash_SALTBYTES];
};

static struct lg_err argon_key(const struct argon *argon, const struct private_bytes *passphrase,
                               struct vault_key **out_key) {
    uint8_t derived[VAULT_KEY_SIZE];
    if (crypto_pwhash(derived, sizeof derived, (const char *)passphrase->bytes, passphrase->len,
                      argon->salt, argon->passes, (size_t)argon->kib * 1024,
                      crypto_pwhash_ALG_ARGON2ID13) != 0) {
        return vault_fail(LG_CLASS_LIMIT, VAULT_MEMORY);
    }
    struct lg_err err =
        vault_key_from_bytes(VAULT_KIND_SECRET, span_of(derived, sizeof derived), out_key);
    sodium_memzero(derived, sizeof derived);
    return err;
}

/* Reads the passphrase and derives in one go, so that it exists for no longer. */
static struct lg_err unlock(const struct vault_file *file, const struct argon *argon,
                            struct diag *diag, struct vault_key **out_key) {
    struct private_bytes passphrase;
    struct lg_err err = passphrase_read(file->passphrase_path, diag, &passphrase);
    if (!lg_failed(err)) {
        err = argon_key(argon, &passphrase, out_key);
    }
    private_wipe(&passphrase);
    return err;
}

static void header_write(enum vault_kind kind, const struct argon *argon,
                         uint8_t out[static HEADER_SIZE]) {
    struct writer w = writer_of(out, HEADER_SIZE);
    writer_text(&w, "LGKEY1");
    writer_u8(&w, (uint8_t)kind);
    writer_u8(&w, 0);
    writer_u32(&w, argon->passes);
    writer_u32(&w, argon->kib);
    writer_bytes(&w, span_of(argon->salt, sizeof argon->salt));
}

static bool header_read(struct span header, enum vault_kind kind, struct argon *out_argon) {
    struct reader r = reader_of(header);
    bool fits = span_equal_text(reader_bytes(&r, 6), "LGKEY1");
    fits = reader_u8(&r) == (uint8_t)kind && fits;
    fits = reader_u8(&r) == 0 && fits;
    out_argon->passes = reader_u32(&r);
    out_argon->kib = reader_u32(&r);
    reader_copy(&r, out_argon->salt, sizeof out_argon->salt);
    return fits && out_argon->passes >= crypto_pwhash_OPSLIMIT_MIN &&
           out_argon->passes <= LIMIT_VAULT_ARGON_PASSES &&
           out_argon->kib >= crypto_pwhash_MEMLIMIT_MIN / 1024 &&
           out_argon->kib <= LIMIT_VAULT_ARGON_KIB;
}

static struct lg_err format_refuse(struct diag *diag, const char *path, const char *what) {
    diag_set(diag, 0, "%s: %s", path, what);
    return vault_fail(LG_CLASS_CONFIG, VAULT_FORMAT);
}

static struct lg_err sealed_load(const struct vault_file *file, enum vault_kind kind,
                                 struct span data, struct diag *diag, struct vault_key **out_key) {
    struct argon argon;
    struct span header = span_slice(data, 0, HEADER_SIZE);
    struct span end = span_slice(data, HEADER_SIZE + SEALED_SIZE, END_SIZE);
    if (data.len != FILE_SIZE || !span_equal_text(end, END_MARK) ||
        !header_read(header, kind, &argon)) {
        return format_refuse(diag, file->path, "is not a sealed key of the kind wanted here");
    }
    OWN(vault_key_free) struct vault_key *lock = NULL;
    TRY(unlock(file, &argon, diag, &lock));
    uint8_t secret[VAULT_KEY_SIZE];
    if (lg_failed(vault_open(lock, header, span_slice(data, HEADER_SIZE, SEALED_SIZE), secret))) {
        diag_set(diag, 0, "%s: the passphrase does not open it, or it was changed", file->path);
        return vault_fail(LG_CLASS_CONFIG, VAULT_PASSPHRASE);
    }
    struct lg_err err = vault_key_from_bytes(kind, span_of(secret, sizeof secret), out_key);
    sodium_memzero(secret, sizeof secret);
    return err;
}

static struct lg_err plain_load(const struct vault_file *file, enum vault_kind kind,
                                struct span data, struct diag *diag, struct vault_key **out_key) {
    if (data.len != VAULT_KEY_SIZE) {
        return format_refuse(diag, file->path,
                             "is not a plain key; a sealed one needs its passphrase file");
    }
    struct lg_err err = vault_key_from_bytes(kind, data, out_key);
    if (lg_failed(err) && lg_err_class(err) != LG_CLASS_LIMIT) {
        return format_refuse(diag, file->path, "does not hold a key of this kind");
    }
    return err;
}

struct lg_err vault_key_load(const struct vault_file *file, enum vault_kind kind, struct diag *diag,
                             struct vault_key **out_key) {
    struct private_bytes data;
    struct lg_err err =
        vault_private_read(file->path, diag, data.bytes, sizeof data.bytes, &data.len);
    if (!lg_failed(err)) {
        struct span bytes = span_of(data.bytes, data.len);
        err = file->passphrase_path != NULL ? sealed_load(file, kind, bytes, diag, out_key)
                                            : plain_load(file, kind, bytes, diag, out_key);
    }
    private_wipe(&data);
    return err;
}

static struct lg_err sealed_publish(const struct vault_file *file, enum vault_kind kind,
                                    struct vault_key *key, struct diag *diag) {
    struct argon argon = {.passes = ARGON_PASSES, .kib = ARGON_KIB};
    randombytes_buf(argon.salt, sizeof argon.salt);
    OWN(vault_key_free) struct vault_key *lock = NULL;
    TRY(unlock(file, &argon, diag, &lock));
    uint8_t data[FILE_SIZE];
    header_write(kind, &argon, data);
    struct span secret = span_of(vault_key_enter(key, kind), VAULT_KEY_SIZE);
    vault_seal(lock, span_of(data, HEADER_SIZE), secret, data + HEADER_SIZE);
    vault_key_leave(key);
    memcpy(data + HEADER_SIZE + SEALED_SIZE, END_MARK, END_SIZE);
    return vault_private_write(file->path, span_of(data, sizeof data), VAULT_WRITE_FRESH, diag);
}

struct lg_err vault_key_create(const struct vault_file *file, enum vault_kind kind,
                               struct diag *diag, struct vault_key **out_key) {
    OWN(vault_key_free) struct vault_key *key = NULL;
    TRY(vault_key_new(kind, &key));
    if (file->passphrase_path != NULL) {
        TRY(sealed_publish(file, kind, key, diag));
    } else {
        struct span secret = span_of(vault_key_enter(key, kind), VAULT_KEY_SIZE);
        struct lg_err err = vault_private_write(file->path, secret, VAULT_WRITE_FRESH, diag);
        vault_key_leave(key);
        TRY(err);
    }
    *out_key = TAKE(key);
    return LG_OK;
}

struct lg_err vault_key_load_or_create(const struct vault_file *file, enum vault_kind kind,
                                       struct diag *diag, struct vault_key **out_key) {
    struct stat st;
    if (lstat(file->path, &st) != 0 && errno == ENOENT) {
        return vault_key_create(file, kind, diag, out_key);
    }
    return vault_key_load(file, kind, diag, out_key);
}
