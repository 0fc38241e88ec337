/* SPDX-License-Identifier: Apache-2.0 */
/* Logout tokens (OpenID Connect Back-Channel Logout 1.0, 2.4 and 2.6): as ID tokens, with the
 * event, without a nonce (so that no ID token passes for one), with a jti, made just now. */
#include "gateway/signin/signin_int.h"

static const char EVENT[] = "http://schemas.openid.net/event/backchannel-logout";

static bool is_logout(const json_t *claims) {
    const json_t *events = json_object_get(claims, "events");
    return json_is_object(events) && json_is_object(json_object_get(events, EVENT)) &&
           json_object_get(claims, "nonce") == NULL;
}

static bool is_new(const json_t *claims, int64_t now_s) {
    int64_t made_s = 0;
    int64_t ends_s = INT64_MAX;
    if (!signin_seconds_read(claims, "iat", &made_s) ||
        (json_object_get(claims, "exp") != NULL && !signin_seconds_read(claims, "exp", &ends_s))) {
        return false;
    }
    return made_s <= now_s + LIMIT_CONSOLE_SKEW_S && made_s >= now_s - LIMIT_CONSOLE_LOGOUT_S &&
           ends_s > now_s - LIMIT_CONSOLE_SKEW_S;
}

static bool optional_text(const json_t *claims, const char *name,
                          char out[static LIMIT_CONSOLE_SUBJECT + 1]) {
    return json_object_get(claims, name) == NULL ||
           signin_text_read(claims, name, out, LIMIT_CONSOLE_SUBJECT + 1);
}

static struct lg_err claims_check(const struct signin_provider *provider, const json_t *claims,
                                  int64_t now_s, struct signin_logout *out_logout) {
    struct signin_logout logout = {0};
    char jti[LIMIT_CONSOLE_SUBJECT + 1];
    bool is_good = signin_is_between_us(provider, claims) && is_logout(claims) &&
                   is_new(claims, now_s) && signin_text_read(claims, "jti", jti, sizeof jti) &&
                   optional_text(claims, "sub", logout.subject) &&
                   optional_text(claims, "sid", logout.sid);
    if (!is_good || (logout.subject[0] == '\0' && logout.sid[0] == '\0')) {
        return signin_error_token();
    }
    vault_sha256(span_text(jti), logout.jti);
    *out_logout = logout;
    return LG_OK;
}

struct lg_err signin_logout_check(const struct signin_provider *provider, struct span token,
                                  int64_t now_s, struct signin_logout *out_logout) {
    json_t *claims = NULL;
    TRY(signin_jws_open(provider, token, "logout+jwt", &claims));
    struct lg_err err = claims_check(provider, claims, now_s, out_logout);
    json_decref(claims);
    return err;
}
