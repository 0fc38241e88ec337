/* SPDX-License-Identifier: Apache-2.0 */
/* What an ID token has to say (OpenID Connect Core, 3.1.3.7), and whom it makes of it:
 *
 *   iss, aud    this provider, us alone; azp, where it stands there, us
 *   exp, iat    not over; made during this sign-in
 *   nonce       of this sign-in
 *   auth_time   always, since we always send max_age: not older than a session may be; after the
 *               sign-in began where the person had to be asked again
 *   sub, groups, name, or what the configuration has in their place */
#include <stdio.h>
#include <string.h>

#include "gateway/identity/identity.h"
#include "gateway/signin/signin_int.h"

static bool is_text(const json_t *value, const char *wanted) {
    return json_is_string(value) && json_string_length(value) == strlen(wanted) &&
           strcmp(json_string_value(value), wanted) == 0;
}

/* A token for somebody else as well could be taken to us by them. */
static bool is_for_us(const json_t *audience, const char *client) {
    if (json_is_array(audience)) {
        return json_array_size(audience) == 1 && is_text(json_array_get(audience, 0), client);
    }
    return is_text(audience, client);
}

bool signin_is_between_us(const struct signin_provider *provider, const json_t *claims) {
    const json_t *party = json_object_get(claims, "azp");
    return is_text(json_object_get(claims, "iss"), provider->config->issuer) &&
           is_for_us(json_object_get(claims, "aud"), provider->config->client) &&
           (party == NULL || is_text(party, provider->config->client));
}

bool signin_seconds_read(const json_t *claims, const char *name, int64_t *out_s) {
    const json_t *value = json_object_get(claims, name);
    if (!json_is_integer(value) || json_integer_value(value) < 0 ||
        json_integer_value(value) > INT64_MAX / 2) {
        return false;
    }
    *out_s = json_integer_value(value);
    return true;
}

bool signin_text_read(const json_t *claims, const char *name, char *out, size_t size) {
    const json_t *value = json_object_get(claims, name);
    if (!json_is_string(value)) {
        return false;
    }
    struct span text = span_of(json_string_value(value), json_string_length(value));
    if (text.len == 0 || text.len >= size || !span_is_plain(text) ||
        span_index(text, '\n') < text.len || span_index(text, '\r') < text.len ||
        span_index(text, '\t') < text.len) {
        return false;
    }
    memcpy(out, text.ptr, text.len);
    out[text.len] = '\0';
    return true;
}

static bool times_are_right(const struct signin_flow *flow, const json_t *claims, int64_t now_s) {
    int64_t ends_s = 0;
    int64_t made_s = 0;
    int64_t from_s = 0;
    bool has_from = json_object_get(claims, "nbf") != NULL;
    if (!signin_seconds_read(claims, "exp", &ends_s) ||
        !signin_seconds_read(claims, "iat", &made_s) ||
        (has_from && !signin_seconds_read(claims, "nbf", &from_s))) {
        return false;
    }
    return ends_s > now_s - LIMIT_CONSOLE_SKEW_S && made_s <= now_s + LIMIT_CONSOLE_SKEW_S &&
           made_s >= flow->started_s - LIMIT_CONSOLE_SKEW_S &&
           from_s <= now_s + LIMIT_CONSOLE_SKEW_S;
}

static bool nonce_is_right(const struct signin_provider *provider, const struct signin_flow *flow,
                           const json_t *claims) {
    char wanted[SIGNIN_SECRET_SIZE];
    const json_t *nonce = json_object_get(claims, "nonce");
    signin_flow_word(provider, flow, SIGNIN_WORD_NONCE, wanted);
    return json_is_string(nonce) &&
           vault_equal(span_of(json_string_value(nonce), json_string_length(nonce)),
                       span_text(wanted));
}

static struct lg_err asked_check(const struct signin_flow *flow, const json_t *claims,
                                 int64_t now_s, int64_t *out_asked_s) {
    int64_t asked_s = 0;
    if (!signin_seconds_read(claims, "auth_time", &asked_s) ||
        asked_s > now_s + LIMIT_CONSOLE_SKEW_S) {
        return signin_error_token();
    }
    int64_t least_s = flow->is_fresh ? flow->started_s : now_s - LIMIT_CONSOLE_LONGEST_S;
    if (asked_s < least_s - LIMIT_CONSOLE_SKEW_S) {
        return lg_err_make(LG_CLASS_INPUT, LG_SIGNIN, SIGNIN_STALE);
    }
    *out_asked_s = asked_s;
    return LG_OK;
}

/* ---- the person ---- */

static bool has_group(const json_t *groups, const char *wanted) {
    if (json_is_string(groups)) {
        return is_text(groups, wanted);
    }
    for (size_t i = 0; i < json_array_size(groups); i++) {
        if (is_text(json_array_get(groups, i), wanted)) {
            return true;
        }
    }
    return false;
}

/* The first row of the configuration that they have. */
static struct lg_err role_take(const struct config_sign_in *config, const json_t *claims,
                               struct signin_person *person) {
    const json_t *groups = json_object_get(claims, config->groups_claim);
    if (json_array_size(groups) > LIMIT_CONSOLE_GROUPS) {
        return signin_error_token();
    }
    for (uint32_t i = 0; i < config->role_count; i++) {
        const struct config_console_role *row = &config->roles[i];
        if (has_group(groups, row->claim)) {
            (void)snprintf(person->role, sizeof person->role, "%s", row->role);
            person->is_officer = row->is_officer;
            return LG_OK;
        }
    }
    return lg_err_make(LG_CLASS_INPUT, LG_SIGNIN, SIGNIN_ROLE);
}

static struct lg_err person_take(const struct config_sign_in *config, const json_t *claims,
                                 struct signin_person *person) {
    const char *user = config->user_claim == NULL ? "sub" : config->user_claim;
    const char *name = config->name_claim == NULL ? "name" : config->name_claim;
    const struct lg_err wrong = lg_err_make(LG_CLASS_INPUT, LG_SIGNIN, SIGNIN_PERSON);
    if (!signin_text_read(claims, "sub", person->subject, sizeof person->subject)) {
        return signin_error_token();
    }
    if (json_object_get(claims, "sid") != NULL &&
        !signin_text_read(claims, "sid", person->sid, sizeof person->sid)) {
        return signin_error_token();
    }
    if (!signin_text_read(claims, user, person->user_id, sizeof person->user_id) ||
        !identity_user_is_valid(span_text(person->user_id))) {
        return wrong;
    }
    if (json_object_get(claims, name) != NULL &&
        !signin_text_read(claims, name, person->display_name, sizeof person->display_name)) {
        return wrong;
    }
    return role_take(config, claims, person);
}

static struct lg_err claims_check(const struct signin_provider *provider,
                                  const struct signin_flow *flow, const json_t *claims,
                                  int64_t now_s, struct signin_person *out_person) {
    struct signin_person person = {0};
    if (!signin_is_between_us(provider, claims) || !times_are_right(flow, claims, now_s) ||
        !nonce_is_right(provider, flow, claims)) {
        return signin_error_token();
    }
    TRY(asked_check(flow, claims, now_s, &person.asked_s));
    TRY(person_take(provider->config, claims, &person));
    *out_person = person;
    return LG_OK;
}

struct lg_err signin_id_token_check(const struct signin_provider *provider,
                                    const struct signin_flow *flow, struct span token,
                                    int64_t now_s, struct signin_person *out_person) {
    json_t *claims = NULL;
    TRY(signin_jws_open(provider, token, NULL, &claims));
    struct lg_err err = claims_check(provider, flow, claims, now_s, out_person);
    json_decref(claims);
    return err;
}
