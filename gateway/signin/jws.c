/* SPDX-License-Identifier: Apache-2.0 */
/* Signed tokens (RFC 7515, compact): HEADER.CLAIMS.SIGNATURE, each in base64 for URLs. A token
 * counts where its header names the one configured algorithm, says nothing that would change what
 * is verified or by which key (crit, jwk, jku, x5c, b64, zip; RFC 8725, 3.1 and 3.10), and one of
 * the provider's keys signed it. The key is chosen by us: `kid` only says which of ours. */
#include <stdlib.h>
#include <string.h>

#include "gateway/signin/signin_int.h"

json_t *signin_object_read(struct span text) {
    json_t *value = json_loadb((const char *)text.ptr, text.len, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(value)) {
        json_decref(value);
        return NULL;
    }
    return value;
}

static bool header_is_plain(const json_t *header) {
    /* Thumbprints of a certificate choose nothing here. */
    static const char *const known[] = {"alg", "kid", "typ", "x5t", "x5t#S256"};
    const char *name = NULL;
    json_t *value = NULL;
    json_object_foreach((json_t *)header, name, value) {
        bool is_known = false;
        for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
            is_known = is_known || strcmp(name, known[i]) == 0;
        }
        if (!is_known || !json_is_string(value)) {
            return false;
        }
    }
    return true;
}

static bool typ_fits(const json_t *header, const char *typ) {
    const char *said = json_string_value(json_object_get(header, "typ"));
    return said == NULL || span_equal_folded(span_text(said), span_text("JWT")) ||
           (typ != NULL && span_equal_folded(span_text(said), span_text(typ)));
}

/* Without a kid there is no choice, and so only where there is one key. */
static const cjose_jwk_t *key_find(const struct signin_provider *provider, const json_t *header) {
    const char *kid = json_string_value(json_object_get(header, "kid"));
    const struct signin_keys *keys = &provider->keys;
    if (kid == NULL) {
        return keys->count == 1 ? keys->items[0].jwk : NULL;
    }
    for (size_t i = 0; i < keys->count; i++) {
        if (strcmp(keys->items[i].kid, kid) == 0) {
            return keys->items[i].jwk;
        }
    }
    return NULL;
}

/* The key with which the token has to be verified, by what its header says; NULL: none. */
static const cjose_jwk_t *header_judge(const struct signin_provider *provider, struct span bytes,
                                       const char *typ) {
    json_t *header = signin_object_read(bytes);
    const char *alg = json_string_value(json_object_get(header, "alg"));
    bool is_good = alg != NULL && strcmp(alg, provider->config->algorithm) == 0 &&
                   header_is_plain(header) && typ_fits(header, typ);
    const cjose_jwk_t *key = is_good ? key_find(provider, header) : NULL;
    json_decref(header);
    return key;
}

/* Three parts, of which none is empty. */
static bool parts_cut(struct span token, struct span out[static 3]) {
    struct span rest = token;
    for (int i = 0; i < 3; i++) {
        if (!span_split(&rest, '.', &out[i]) || out[i].len == 0) {
            return false;
        }
    }
    return rest.ptr == NULL;
}

/* The library takes memory for granted here and there: a process that has none ends. So it is asked
 * for as much as it takes first, and the answer is no where that is not to be had. */
static bool has_memory(void) {
    void *volatile probe = malloc((size_t)8 * LIMIT_CONSOLE_TOKEN);
    bool is_there = probe != NULL;
    free(probe);
    return is_there;
}

static bool is_signed(struct span token, const cjose_jwk_t *key) {
    cjose_jws_t *jws = cjose_jws_import((const char *)token.ptr, token.len, NULL);
    bool is_good = jws != NULL && cjose_jws_verify(jws, key, NULL);
    cjose_jws_release(jws);
    return is_good;
}

static struct lg_err open_in(struct arena *arena, const struct signin_provider *provider,
                             struct span token, const char *typ, json_t **out_claims) {
    struct span parts[3];
    struct span header;
    struct span claims;
    struct span signature;
    if (token.len > LIMIT_CONSOLE_TOKEN || !parts_cut(token, parts)) {
        return signin_error_token();
    }
    TRY(signin_base64url_read(parts[0], arena, &header));
    TRY(signin_base64url_read(parts[1], arena, &claims));
    TRY(signin_base64url_read(parts[2], arena, &signature));
    const cjose_jwk_t *key = header_judge(provider, header, typ);
    if (!has_memory()) {
        return signin_error_memory();
    }
    if (key == NULL || !is_signed(token, key)) {
        return signin_error_token();
    }
    *out_claims = signin_object_read(claims);
    return *out_claims == NULL ? signin_error_token() : LG_OK;
}

struct lg_err signin_jws_open(const struct signin_provider *provider, struct span token,
                              const char *typ, json_t **out_claims) {
    OWN(arena_free) struct arena *arena = NULL;
    TRY(arena_new((size_t)4 * LIMIT_CONSOLE_TOKEN, &arena));
    return open_in(arena, provider, token, typ, out_claims);
}
