/* SPDX-License-Identifier: Apache-2.0 */
/* lockgated's `console`: where browsers are served, and how their people sign in. */
#include <string.h>

#include "gateway/base/limits.h"
#include "gateway/base/limits_console.h"
#include "gateway/config/config_int.h"

enum { CLAIM_MAX = 128 };

#define FIELD_TEXT(key, owner, member, most)                                                       \
    CYAML_FIELD_STRING_PTR(key, CONFIG_TEXT, owner, member, 1, most)
#define FIELD_PATH(key, owner, member) FIELD_TEXT(key, owner, member, LIMIT_CONFIG_TEXT)

static const cyaml_schema_field_t ROLE_FIELDS[] = {
    FIELD_TEXT("claim", struct config_console_role, claim, CLAIM_MAX),
    FIELD_TEXT("role", struct config_console_role, role, CONFIG_NAME_MAX),
    CYAML_FIELD_BOOL("officer", CYAML_FLAG_OPTIONAL, struct config_console_role, is_officer),
    CYAML_FIELD_END};
static const cyaml_schema_value_t ROLE = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct config_console_role, ROLE_FIELDS)};

static const cyaml_schema_field_t SIGN_IN_FIELDS[] = {
    FIELD_TEXT("issuer", struct config_sign_in, issuer, LIMIT_CONSOLE_URL),
    FIELD_TEXT("authorization", struct config_sign_in, authorization, LIMIT_CONSOLE_URL),
    FIELD_TEXT("token", struct config_sign_in, token, LIMIT_CONSOLE_URL),
    FIELD_PATH("anchors", struct config_sign_in, anchors),
    FIELD_TEXT("client", struct config_sign_in, client, CLAIM_MAX),
    FIELD_PATH("secret", struct config_sign_in, secret),
    FIELD_TEXT("algorithm", struct config_sign_in, algorithm, CLAIM_MAX),
    FIELD_PATH("keys", struct config_sign_in, keys),
    CYAML_FIELD_STRING_PTR("scope", CONFIG_TEXT_OPTIONAL, struct config_sign_in, scope, 1,
                           CLAIM_MAX),
    CYAML_FIELD_STRING_PTR("user", CONFIG_TEXT_OPTIONAL, struct config_sign_in, user_claim, 1,
                           CLAIM_MAX),
    CYAML_FIELD_STRING_PTR("name", CONFIG_TEXT_OPTIONAL, struct config_sign_in, name_claim, 1,
                           CLAIM_MAX),
    FIELD_TEXT("groups", struct config_sign_in, groups_claim, CLAIM_MAX),
    CYAML_FIELD_SEQUENCE_COUNT("roles", CONFIG_TEXT, struct config_sign_in, roles, role_count,
                               &ROLE, 1, LIMIT_CONSOLE_ROLES),
    CYAML_FIELD_END};

const cyaml_schema_field_t CONFIG_CONSOLE_FIELDS[] = {
    FIELD_PATH("listen", struct config_console, listen.text),
    FIELD_PATH("certificate", struct config_console, certificate),
    FIELD_PATH("key", struct config_console, key),
    FIELD_TEXT("origin", struct config_console, origin, LIMIT_CONSOLE_URL),
    FIELD_PATH("assets", struct config_console, assets),
    CYAML_FIELD_STRING_PTR("party", CONFIG_TEXT_OPTIONAL, struct config_console, party, 1,
                           CONFIG_NAME_MAX),
    FIELD_TEXT("system", struct config_console, system, CONFIG_NAME_MAX),
    CYAML_FIELD_STRING_PTR("pins", CONFIG_TEXT_OPTIONAL, struct config_console, pins, 1,
                           LIMIT_CONFIG_TEXT),
    CYAML_FIELD_BOOL("synthetic", CYAML_FLAG_OPTIONAL, struct config_console, is_synthetic),
    CYAML_FIELD_UINT("idle-s", CYAML_FLAG_OPTIONAL, struct config_console, idle_s),
    CYAML_FIELD_UINT("fresh-s", CYAML_FLAG_OPTIONAL, struct config_console, fresh_s),
    CYAML_FIELD_UINT("longest-s", CYAML_FLAG_OPTIONAL, struct config_console, longest_s),
    CYAML_FIELD_MAPPING("sign-in", CYAML_FLAG_DEFAULT, struct config_console, sign_in,
                        SIGN_IN_FIELDS),
    CYAML_FIELD_END};

/* ---- checks ---- */

/* "https://HOST" and then a path or none; visible ASCII without quotes, query or fragment. The
 * provider's addresses get a query of ours, and everything goes into headers. */
static bool is_https(const char *url) {
    static const char SCHEME[] = "https://";
    if (strncmp(url, SCHEME, sizeof SCHEME - 1) != 0 || url[sizeof SCHEME - 1] == '\0' ||
        url[sizeof SCHEME - 1] == '/') {
        return false;
    }
    for (const char *at = url; *at != '\0'; at++) {
        if (*at <= ' ' || *at > '~' || strchr("\"<>\\^`{|}?#@", *at) != NULL) {
            return false;
        }
    }
    return true;
}

static struct lg_err check_url(const struct config_check *check, const char *place,
                               const char *url) {
    return is_https(url) ? LG_OK
                         : config_refuse(check, place,
                                         "https://HOST belongs here, with a path or none, and "
                                         "without a query");
}

/* What browsers send as Origin: no path, no slash at the end. */
static struct lg_err check_origin(const struct config_check *check, const char *origin) {
    TRY(check_url(check, "console.origin", origin));
    if (strchr(origin + strlen("https://"), '/') != NULL) {
        return config_refuse(check, "console.origin",
                             "https://HOST or https://HOST:PORT belongs "
                             "here, without a slash at the end");
    }
    return LG_OK;
}

static struct lg_err check_algorithm(const struct config_check *check, const char *algorithm) {
    static const char *const known[] = {"ES256", "ES384", "ES512", "RS256", "PS256"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(algorithm, known[i]) == 0) {
            return LG_OK;
        }
    }
    return config_refuse(check, "console.sign-in.algorithm",
                         "ES256, ES384, ES512, RS256 or PS256 belongs here: the one with which the "
                         "provider signs");
}

static struct lg_err check_roles(const struct config_check *check,
                                 const struct config_sign_in *sign_in) {
    for (uint32_t i = 0; i < sign_in->role_count; i++) {
        TRY(config_check_name(check, config_place_in("console.sign-in.roles", i, "role").text,
                              sign_in->roles[i].role));
        for (uint32_t j = 0; j < i; j++) {
            if (strcmp(sign_in->roles[i].claim, sign_in->roles[j].claim) == 0) {
                return config_refuse(check,
                                     config_place_in("console.sign-in.roles", i, "claim").text,
                                     "this claim stands there twice");
            }
        }
    }
    return LG_OK;
}

/* What a provider may give to somebody else one day, or lets people choose, names nobody here:
 * cases and reviews are by user id (OpenID Connect Core, 5.7). */
static struct lg_err check_user(const struct config_check *check, const char *claim) {
    static const char *const bad[] = {"email", "preferred_username", "name",      "nickname",
                                      "upn",   "phone_number",       "given_name"};
    for (size_t i = 0; claim != NULL && i < sizeof bad / sizeof *bad; i++) {
        if (strcmp(claim, bad[i]) == 0) {
            return config_refuse(
                check, "console.sign-in.user",
                "a claim that never comes to be somebody else's belongs here, such "
                "as sub");
        }
    }
    return LG_OK;
}

static struct lg_err check_sign_in(const struct config_check *check,
                                   struct config_sign_in *sign_in) {
    TRY(check_url(check, "console.sign-in.issuer", sign_in->issuer));
    TRY(check_url(check, "console.sign-in.authorization", sign_in->authorization));
    TRY(check_url(check, "console.sign-in.token", sign_in->token));
    TRY(config_check_path(check, "console.sign-in.anchors", &sign_in->anchors));
    TRY(config_check_path(check, "console.sign-in.secret", &sign_in->secret));
    TRY(config_check_path(check, "console.sign-in.keys", &sign_in->keys));
    TRY(check_algorithm(check, sign_in->algorithm));
    TRY(check_user(check, sign_in->user_claim));
    return check_roles(check, sign_in);
}

struct lg_err config_check_console(const struct config_check *check,
                                   struct config_console *console) {
    TRY(config_check_address(check, "console.listen", CONFIG_PORT_ANY, &console->listen));
    TRY(config_check_path(check, "console.certificate", &console->certificate));
    TRY(config_check_path(check, "console.key", &console->key));
    TRY(check_origin(check, console->origin));
    TRY(config_check_path(check, "console.assets", &console->assets));
    TRY(config_check_name(check, "console.system", console->system));
    if (console->party != NULL) {
        TRY(config_check_name(check, "console.party", console->party));
    }
    if (console->pins != NULL) {
        TRY(config_check_path(check, "console.pins", &console->pins));
    }
    TRY(config_check_number(check, "console.idle-s",
                            (struct config_range){.min = 1,
                                                  .max = LIMIT_CONSOLE_IDLE_S,
                                                  .otherwise = LIMIT_CONSOLE_IDLE_S},
                            &console->idle_s));
    TRY(config_check_number(check, "console.longest-s",
                            (struct config_range){.min = 1,
                                                  .max = LIMIT_CONSOLE_LONGEST_S,
                                                  .otherwise = LIMIT_CONSOLE_LONGEST_S},
                            &console->longest_s));
    TRY(config_check_number(check, "console.fresh-s",
                            (struct config_range){.min = 1,
                                                  .max = LIMIT_CONSOLE_FRESH_S,
                                                  .otherwise = LIMIT_CONSOLE_FRESH_S},
                            &console->fresh_s));
    return check_sign_in(check, &console->sign_in);
}
