/* SPDX-License-Identifier: Apache-2.0 */
/* A sign-in under way. Nothing is kept here for people who may never come back: the browser holds
 *
 *   version u8 1 | page u8 | fresh u8 | started_s u64 | seed 16 | MAC of these 16
 *
 * in base64 for URLs, and state, nonce and the verifier of PKCE are MACs of the same bytes, which
 * only this process can make. The MAC key is this process's own, so that a restart ends them. */
#include <stdio.h>
#include <string.h>

#include "gateway/base/bytes.h"
#include "gateway/signin/signin_int.h"

enum { VERSION = 1, FLOW_SIZE = 27, COOKIE_BYTES = FLOW_SIZE + VAULT_MAC16_SIZE };
_Static_assert((COOKIE_BYTES * 4 + 2) / 3 + 1 <= SIGNIN_COOKIE_SIZE, "a cookie's text");
_Static_assert((VAULT_MAC32_SIZE * 4 + 2) / 3 + 1 <= SIGNIN_SECRET_SIZE, "a word's text");

static void flow_write(const struct signin_flow *flow, uint8_t out[static FLOW_SIZE]) {
    struct writer w = writer_of(out, FLOW_SIZE);
    writer_u8(&w, VERSION);
    writer_u8(&w, flow->page);
    writer_u8(&w, flow->is_fresh ? 1 : 0);
    writer_u64(&w, (uint64_t)flow->started_s);
    writer_bytes(&w, span_of(flow->seed, sizeof flow->seed));
}

/* One byte in front of the flow's own tells what the MAC is for. */
static void flow_mac(const struct signin_provider *provider, uint8_t use,
                     const uint8_t flow[static FLOW_SIZE], uint8_t out[static VAULT_MAC32_SIZE]) {
    uint8_t bytes[FLOW_SIZE + 1] = {use};
    memcpy(bytes + 1, flow, FLOW_SIZE);
    vault_mac32(provider->flow_key, span_of(bytes, sizeof bytes), out);
}

enum { USE_COOKIE = 1, USE_WORDS = 2 };

void signin_flow_word(const struct signin_provider *provider, const struct signin_flow *flow,
                      enum signin_word word, char out[static SIGNIN_SECRET_SIZE]) {
    uint8_t bytes[FLOW_SIZE];
    uint8_t mac[VAULT_MAC32_SIZE];
    flow_write(flow, bytes);
    flow_mac(provider, (uint8_t)(USE_WORDS + word), bytes, mac);
    signin_base64url(span_of(mac, sizeof mac), out);
    vault_wipe(mac, sizeof mac);
}

static void cookie_write(const struct signin_provider *provider, const struct signin_flow *flow,
                         char out[static SIGNIN_COOKIE_SIZE]) {
    uint8_t bytes[COOKIE_BYTES];
    uint8_t mac[VAULT_MAC32_SIZE];
    flow_write(flow, bytes);
    flow_mac(provider, USE_COOKIE, bytes, mac);
    memcpy(bytes + FLOW_SIZE, mac, VAULT_MAC16_SIZE);
    signin_base64url(span_of(bytes, sizeof bytes), out);
}

/* S256 (RFC 7636, 4.2). */
static void challenge_make(const struct signin_provider *provider, const struct signin_flow *flow,
                           char out[static SIGNIN_SECRET_SIZE]) {
    char verifier[SIGNIN_SECRET_SIZE];
    uint8_t digest[VAULT_SHA256_SIZE];
    signin_flow_word(provider, flow, SIGNIN_WORD_VERIFIER, verifier);
    vault_sha256(span_text(verifier), digest);
    signin_base64url(span_of(digest, sizeof digest), out);
    vault_wipe(verifier, sizeof verifier);
}

/* Who is to be asked again is asked whatever the provider remembers (Core, 3.1.2.1). */
static struct lg_err url_write(struct arena *arena, const struct signin_provider *provider,
                               const struct signin_flow *flow, char out[static SIGNIN_URL_SIZE]) {
    const struct config_sign_in *config = provider->config;
    char state[SIGNIN_SECRET_SIZE];
    char nonce[SIGNIN_SECRET_SIZE];
    char challenge[SIGNIN_SECRET_SIZE];
    signin_flow_word(provider, flow, SIGNIN_WORD_STATE, state);
    signin_flow_word(provider, flow, SIGNIN_WORD_NONCE, nonce);
    challenge_make(provider, flow, challenge);
    struct span client = signin_percent(arena, span_text(config->client));
    struct span origin = signin_percent(arena, span_text(provider->origin));
    const char *wanted = config->scope == NULL ? "openid" : config->scope;
    struct span scope = signin_percent(arena, span_text(wanted));
    TRY(arena_failed(arena));
    int len = snprintf(
        out, SIGNIN_URL_SIZE,
        "%s?response_type=code&client_id=%.*s&redirect_uri=%.*s%%2Fsign-in%%2Freturn"
        "&scope=%.*s&state=%s&nonce=%s&code_challenge=%s&code_challenge_method=S256"
        "&max_age=%d%s",
        config->authorization, (int)client.len, (const char *)client.ptr, (int)origin.len,
        (const char *)origin.ptr, (int)scope.len, (const char *)scope.ptr, state, nonce, challenge,
        flow->is_fresh ? 0 : LIMIT_CONSOLE_LONGEST_S, flow->is_fresh ? "&prompt=login" : "");
    return len > 0 && len < SIGNIN_URL_SIZE ? LG_OK : signin_error_memory();
}

struct lg_err signin_flow_begin(const struct signin_provider *provider, struct signin_flow *flow,
                                char out_cookie[static SIGNIN_COOKIE_SIZE],
                                char out_url[static SIGNIN_URL_SIZE]) {
    OWN(arena_free) struct arena *arena = NULL;
    TRY(arena_new(LIMIT_CONSOLE_TOKEN, &arena));
    vault_random(flow->seed, sizeof flow->seed);
    TRY(url_write(arena, provider, flow, out_url));
    cookie_write(provider, flow, out_cookie);
    return LG_OK;
}

/* ---- and back ---- */

static struct lg_err error_return(void) {
    return lg_err_make(LG_CLASS_INPUT, LG_SIGNIN, SIGNIN_RETURN);
}

static struct lg_err cookie_read(const struct signin_provider *provider, struct span cookie,
                                 struct arena *arena, struct signin_flow *out_flow) {
    struct span bytes;
    uint8_t mac[VAULT_MAC32_SIZE];
    if (lg_failed(signin_base64url_read(cookie, arena, &bytes)) || bytes.len != COOKIE_BYTES) {
        return error_return();
    }
    flow_mac(provider, USE_COOKIE, bytes.ptr, mac);
    if (!vault_equal(span_of(mac, VAULT_MAC16_SIZE), span_slice(bytes, FLOW_SIZE, bytes.len))) {
        return error_return();
    }
    struct reader r = reader_of(span_slice(bytes, 0, FLOW_SIZE));
    bool is_known = reader_u8(&r) == VERSION;
    out_flow->page = reader_u8(&r);
    out_flow->is_fresh = reader_u8(&r) == 1;
    out_flow->started_s = (int64_t)reader_u64(&r);
    reader_copy(&r, out_flow->seed, sizeof out_flow->seed);
    return is_known && !lg_failed(reader_end(&r)) ? LG_OK : error_return();
}

/* The state is this flow's, and who says so is the provider (RFC 9207) where it says who it is. */
static bool query_fits(const struct signin_provider *provider, const struct signin_flow *flow,
                       struct span query, struct arena *arena) {
    char wanted[SIGNIN_SECRET_SIZE];
    struct span state;
    struct span issuer;
    struct span error;
    signin_flow_word(provider, flow, SIGNIN_WORD_STATE, wanted);
    return signin_form_find(query, "state", arena, &state) &&
           signin_form_find(query, "iss", arena, &issuer) &&
           signin_form_find(query, "error", arena, &error) && error.ptr == NULL &&
           vault_equal(state, span_text(wanted)) &&
           (issuer.ptr == NULL || span_equal_text(issuer, provider->config->issuer));
}

struct lg_err signin_flow_read(const struct signin_provider *provider,
                               const struct signin_return *back, struct arena *arena,
                               struct signin_flow *out_flow, struct span *out_code) {
    struct signin_flow flow = {0};
    TRY(cookie_read(provider, back->cookie, arena, &flow));
    if (back->now_s < flow.started_s || back->now_s - flow.started_s > LIMIT_CONSOLE_RETURN_S ||
        !query_fits(provider, &flow, back->query, arena) ||
        !signin_form_find(back->query, "code", arena, out_code) || out_code->len == 0 ||
        out_code->len > LIMIT_CONSOLE_CODE) {
        return error_return();
    }
    *out_flow = flow;
    return LG_OK;
}
