/* SPDX-License-Identifier: Apache-2.0 */
/* The provider's public keys: a JWK set (RFC 7517) in a file, of which those are taken that the one
 * algorithm can use. */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <string.h>

#include "gateway/signin/signin_int.h"

enum { RSA_BITS_MIN = 2048, RSA_BITS_MAX = 8192 };

/* What a key has to be for the algorithm (RFC 7518, 3.1). */
struct need {
    const char *algorithm;
    cjose_jwk_kty_t kind;
    cjose_jwk_ec_curve curve;
};

static const struct need NEEDS[] = {
    {"ES256", CJOSE_JWK_KTY_EC, CJOSE_JWK_EC_P_256},
    {"ES384", CJOSE_JWK_KTY_EC, CJOSE_JWK_EC_P_384},
    {"ES512", CJOSE_JWK_KTY_EC, CJOSE_JWK_EC_P_521},
    {"RS256", CJOSE_JWK_KTY_RSA, CJOSE_JWK_EC_INVALID},
    {"PS256", CJOSE_JWK_KTY_RSA, CJOSE_JWK_EC_INVALID},
};

static const struct need *need_of(const char *algorithm) {
    for (size_t i = 0; i < sizeof NEEDS / sizeof *NEEDS; i++) {
        if (strcmp(NEEDS[i].algorithm, algorithm) == 0) {
            return &NEEDS[i];
        }
    }
    return NULL;
}

static bool fits(const cjose_jwk_t *jwk, const struct need *need) {
    if (cjose_jwk_get_kty(jwk, NULL) != need->kind) {
        return false;
    }
    if (need->kind == CJOSE_JWK_KTY_EC) {
        return cjose_jwk_EC_get_curve(jwk, NULL) == need->curve;
    }
    size_t bits = cjose_jwk_get_keysize(jwk, NULL);
    return bits >= RSA_BITS_MIN && bits <= RSA_BITS_MAX;
}

static bool is_absent_or(const json_t *key, const char *name, const char *value) {
    const json_t *member = json_object_get(key, name);
    return member == NULL ||
           (json_is_string(member) && strcmp(json_string_value(member), value) == 0);
}

/* What is meant for something else is passed over, as the RFC has it. */
static bool is_meant(const json_t *key, const struct need *need) {
    const char *kind = json_string_value(json_object_get(key, "kty"));
    const char *wanted = need->kind == CJOSE_JWK_KTY_EC ? "EC" : "RSA";
    return kind != NULL && strcmp(kind, wanted) == 0 && is_absent_or(key, "use", "sig") &&
           is_absent_or(key, "alg", need->algorithm);
}

static bool kid_take(const json_t *key, struct signin_keys *keys, struct signin_key *out) {
    const json_t *member = json_object_get(key, "kid");
    const char *kid = member == NULL ? "" : json_string_value(member);
    if (kid == NULL || strlen(kid) >= sizeof out->kid) {
        return false;
    }
    for (size_t i = 0; i < keys->count; i++) {
        if (strcmp(keys->items[i].kid, kid) == 0) {
            return false;
        }
    }
    (void)snprintf(out->kid, sizeof out->kid, "%s", kid);
    return true;
}

/* NULL, or what is wrong with it. */
static const char *key_take(const json_t *key, const struct need *need, struct signin_keys *keys) {
    if (!json_is_object(key)) {
        return "a key is not an object";
    }
    if (json_object_get(key, "d") != NULL || json_object_get(key, "k") != NULL) {
        return "there is a secret key in it: a provider's public keys belong here";
    }
    if (!is_meant(key, need)) {
        return NULL;
    }
    if (keys->count == LIMIT_CONSOLE_KEYS) {
        return "there are too many keys in it";
    }
    struct signin_key taken = {0};
    if (!kid_take(key, keys, &taken)) {
        return "a key's kid is no text, too long, or that of another key";
    }
    char *text = json_dumps(key, JSON_COMPACT);
    taken.jwk = text == NULL ? NULL : cjose_jwk_import(text, strlen(text), NULL);
    free(text);
    if (taken.jwk == NULL || !fits(taken.jwk, need)) {
        cjose_jwk_release(taken.jwk);
        return "a key cannot be read, or is of a size that the algorithm does not take";
    }
    keys->items[keys->count++] = taken;
    return NULL;
}

static const char *set_take(const json_t *set, const char *algorithm, struct signin_keys *keys) {
    const struct need *need = need_of(algorithm);
    const json_t *list = json_object_get(set, "keys");
    if (need == NULL || !json_is_array(list)) {
        return "it is no JWK set: an object with `keys`";
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *fault = key_take(json_array_get(list, i), need, keys);
        if (fault != NULL) {
            return fault;
        }
    }
    return keys->count > 0 ? NULL : "there is no key for the configured algorithm in it";
}

void signin_keys_done(struct signin_keys *keys) {
    for (size_t i = 0; i < keys->count; i++) {
        cjose_jwk_release(keys->items[i].jwk);
    }
    keys->count = 0;
}

static size_t file_read(const char *path, char *out, size_t size) {
    FILE *file = fopen(path, "rbe");
    if (file == NULL) {
        return 0;
    }
    size_t len = fread(out, 1, size, file);
    fclose(file);
    return len;
}

struct lg_err signin_keys_read(const char *path, const char *algorithm, struct diag *diag,
                               struct signin_keys *out_keys) {
    struct signin_keys keys = {0};
    char *text = malloc(LIMIT_CONSOLE_KEYS_FILE + 1);
    if (text == NULL) {
        return signin_error_memory();
    }
    size_t len = file_read(path, text, LIMIT_CONSOLE_KEYS_FILE + 1);
    json_t *set = len > LIMIT_CONSOLE_KEYS_FILE ? NULL : signin_object_read(span_of(text, len));
    free(text);
    const char *fault = set == NULL ? "it cannot be read, is too large, or no JSON object"
                                    : set_take(set, algorithm, &keys);
    json_decref(set);
    if (fault != NULL) {
        signin_keys_done(&keys);
        diag_set(diag, 0, "%s: %s", path, fault);
        return signin_error_file();
    }
    *out_keys = keys;
    return LG_OK;
}
