/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GATEWAY_SIGNIN_SIGNIN_INT_H
#define GATEWAY_SIGNIN_SIGNIN_INT_H

/* clang-format off */
#include <cjose/cjose.h>
/* clang-format on */
#include <jansson.h>

#include "gateway/signin/signin.h"
#include "gateway/vault/vault.h"

LG_MUST_USE static inline struct lg_err signin_error_memory(void) {
    return lg_err_make(LG_CLASS_LIMIT, LG_SIGNIN, SIGNIN_MEMORY);
}
LG_MUST_USE static inline struct lg_err signin_error_token(void) {
    return lg_err_make(LG_CLASS_INPUT, LG_SIGNIN, SIGNIN_TOKEN);
}
LG_MUST_USE static inline struct lg_err signin_error_file(void) {
    return lg_err_make(LG_CLASS_CONFIG, LG_SIGNIN, SIGNIN_FILE);
}

/* A public key of the provider's; kid "" where it has none. */
struct signin_key {
    cjose_jwk_t *jwk;
    char kid[CONFIG_NAME_MAX * 2 + 2];
};

struct signin_keys {
    struct signin_key items[LIMIT_CONSOLE_KEYS];
    size_t count;
};

enum { SIGNIN_CLIENT_SECRET_MAX = 512 };

struct signin_provider {
    const struct config_sign_in *config;
    const char *origin;
    struct signin_keys keys;
    struct vault_key *flow_key; /* of this process: flows end with it */
    char secret[SIGNIN_CLIENT_SECRET_MAX + 1];
};

/* ---- text.c ---- */

/* Base64 for URLs without padding (RFC 4648, 5). out: (len * 4 + 2) / 3 + 1 bytes. */
void signin_base64url(struct span bytes, char *out);
/* Strict: no padding, no foreign byte, zero tail bits. Result in the arena. INPUT SIGNIN_TOKEN;
 * LIMIT.
 */
LG_MUST_USE struct lg_err signin_base64url_read(struct span text, struct arena *arena,
                                                struct span *out_bytes);
/* Percent-encodes all but letters, digits and -._~ ; ptr NULL on failure. */
struct span signin_percent(struct arena *arena, struct span text);
/* The one value of a form's parameter, decoded, or a span with NULL ptr where there is none. False
 * where it stands there twice or is not well-formed. */
bool signin_form_find(struct span form, const char *name, struct arena *arena,
                      struct span *out_value);

/* ---- keys.c ---- */

/* Of a JWK set: those with which `algorithm` can be verified. CONFIG SIGNIN_FILE with diag. */
LG_MUST_USE struct lg_err signin_keys_read(const char *path, const char *algorithm,
                                           struct diag *diag, struct signin_keys *out_keys);
void signin_keys_done(struct signin_keys *keys);

/* ---- jws.c ---- */

/* A JSON object without a key twice, or NULL. The caller frees it by json_decref. */
json_t *signin_object_read(struct span text);
/* The claims of a token that one of the keys signed with the one algorithm; the caller frees them.
 * typ: what the header may say it is, beside nothing and "JWT"; NULL: nothing else. INPUT
 * SIGNIN_TOKEN; LIMIT. */
LG_MUST_USE struct lg_err signin_jws_open(const struct signin_provider *provider, struct span token,
                                          const char *typ, json_t **out_claims);

/* ---- claims.c ---- */

/* Issuer and audience: both of us alone. */
bool signin_is_between_us(const struct signin_provider *provider, const json_t *claims);
/* A claim that is a whole number of seconds; false where it is absent or anything else. */
bool signin_seconds_read(const json_t *claims, const char *name, int64_t *out_s);
/* Text of one line, 1 to size - 1 bytes of it. */
bool signin_text_read(const json_t *claims, const char *name, char *out, size_t size);

/* ---- flow.c ---- */

enum signin_word { SIGNIN_WORD_STATE, SIGNIN_WORD_NONCE, SIGNIN_WORD_VERIFIER };
/* What follows from a flow and is never stored. */
void signin_flow_word(const struct signin_provider *provider, const struct signin_flow *flow,
                      enum signin_word word, char out[static SIGNIN_SECRET_SIZE]);

#endif
