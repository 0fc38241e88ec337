/* SPDX-License-Identifier: Apache-2.0 */
/* Who sits before a browser: OpenID Connect Core 1.0, authorization code with PKCE (RFC 7636), back
 * channel logout, and the sessions that follow (design/console.md 1). Door to cjose and libcurl.
 *
 * A sign-in, start to end: signin_flow_begin gives a cookie and the provider's address; the browser
 * comes back with state and code; signin_flow_read finds the flow in the cookie again, so that
 * nothing is held for people who never come back; signin_redeem gets the token for the code, which
 * blocks, and makes a person of it; signin_session_begin gives the token of a session.
 *
 * Nothing here writes names, codes or tokens anywhere. */
#ifndef GATEWAY_SIGNIN_SIGNIN_H
#define GATEWAY_SIGNIN_SIGNIN_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/diag.h"
#include "gateway/base/err.h"
#include "gateway/base/limits.h"
#include "gateway/base/limits_console.h"
#include "gateway/base/span.h"
#include "gateway/config/config.h"

enum signin_code {
    SIGNIN_MEMORY = 1, /* LIMIT */
    SIGNIN_FULL,       /* LIMIT: as many sessions as there may be */
    SIGNIN_FILE,       /* CONFIG: secret, keys or anchors cannot be used */
    SIGNIN_RETURN,     /* INPUT: not the way back of a sign-in that this browser began just now */
    SIGNIN_TOKEN,      /* INPUT: no token of this provider, for us, for this sign-in */
    SIGNIN_STALE,      /* INPUT: the provider did not ask again who it is, as it was told to */
    SIGNIN_ROLE,       /* INPUT: nothing that the provider says of them gives a role */
    SIGNIN_PERSON,     /* INPUT: the user id or name cannot be one (identity.h) */
    SIGNIN_PROVIDER,   /* PEER: the provider cannot be reached, or gives no token for the code */
};

/* ---- the provider ---- */

struct signin_provider;

/* Reads secret and keys. `config` and `origin` are kept. Before threads begin: the library for
 * HTTPS is started here. CONFIG SIGNIN_FILE with diag; LIMIT. */
LG_MUST_USE struct lg_err signin_provider_new(const struct config_sign_in *config,
                                              const char *origin, struct diag *diag,
                                              struct signin_provider **out_provider);
void signin_provider_free(struct signin_provider **provider);

/* Who signed in, as far as it concerns us. Texts end in NUL. */
struct signin_person {
    char subject[LIMIT_CONSOLE_SUBJECT + 1]; /* the provider's name for them */
    char sid[LIMIT_CONSOLE_SUBJECT + 1];     /* its session; empty where it names none */
    char user_id[LIMIT_IDENTITY_USER_ID + 1];
    char display_name[LIMIT_IDENTITY_DISPLAY_NAME + 1];
    char role[CONFIG_NAME_MAX + 1];
    bool is_officer;
    int64_t asked_s; /* when the provider asked who it is (auth_time), UTC */
};

/* ---- there and back ---- */

/* What is known of a sign-in under way; all of it follows from the cookie and the provider's secret
 * key of this process, so that a restart ends those under way. */
struct signin_flow {
    bool is_fresh; /* who it is has to be asked again */
    uint8_t page;  /* where they want to go: a number of the caller's */
    int64_t started_s;
    uint8_t seed[16];
};

enum {
    SIGNIN_COOKIE_SIZE = 64,  /* of a flow's text and its NUL */
    SIGNIN_URL_SIZE = 2048,   /* of the address at the provider */
    SIGNIN_SECRET_SIZE = 44,  /* state, nonce, verifier and token: text and NUL */
    SIGNIN_SESSION_SIZE = 32, /* bytes of a session's token */
};

/* Fills seed. page and is_fresh are the caller's. out_url: where the browser goes. LIMIT
 * SIGNIN_MEMORY where the address is too long. */
LG_MUST_USE struct lg_err signin_flow_begin(const struct signin_provider *provider,
                                            struct signin_flow *flow,
                                            char out_cookie[static SIGNIN_COOKIE_SIZE],
                                            char out_url[static SIGNIN_URL_SIZE]);
/* What comes back. */
struct signin_return {
    struct span cookie; /* of the flow; NULL ptr: none */
    struct span query;
    int64_t now_s;
};
/* The flow of the cookie, if the query is its way back; *out_code is in the arena. INPUT
 * SIGNIN_RETURN: no cookie, another's, too old, a state that does not fit, an error of the
 * provider's, a parameter twice. */
LG_MUST_USE struct lg_err signin_flow_read(const struct signin_provider *provider,
                                           const struct signin_return *back, struct arena *arena,
                                           struct signin_flow *out_flow, struct span *out_code);
/* A code to redeem. */
struct signin_voucher {
    struct signin_flow flow;
    struct span code;
    int64_t now_s;
    const _Atomic bool *is_unwanted; /* set by anybody: it need not go on */
};
/* Redeems the code: blocks, at most LIMIT_CONSOLE_REDEEM_MS; any thread. PEER SIGNIN_PROVIDER, and
 * the errors of signin_id_token_check. */
LG_MUST_USE struct lg_err signin_redeem(const struct signin_provider *provider,
                                        const struct signin_voucher *voucher,
                                        struct signin_person *out_person);

/* ---- tokens ---- */

/* Everything of an ID token (Core, 3.1.3.7), as it travels. INPUT SIGNIN_TOKEN, SIGNIN_STALE,
 * SIGNIN_ROLE, SIGNIN_PERSON; LIMIT. */
LG_MUST_USE struct lg_err signin_id_token_check(const struct signin_provider *provider,
                                                const struct signin_flow *flow, struct span token,
                                                int64_t now_s, struct signin_person *out_person);

/* What a logout token ends: all sessions of the subject, or those of one session of the provider.
 * One of them is empty at most. jti: unused before, within LIMIT_CONSOLE_LOGOUT_S. */
struct signin_logout {
    char subject[LIMIT_CONSOLE_SUBJECT + 1];
    char sid[LIMIT_CONSOLE_SUBJECT + 1];
    uint8_t jti[32]; /* digest */
};
/* Back-Channel Logout 1.0, 2.6, but for the jti's being new. INPUT SIGNIN_TOKEN; LIMIT. */
LG_MUST_USE struct lg_err signin_logout_check(const struct signin_provider *provider,
                                              struct span token, int64_t now_s,
                                              struct signin_logout *out_logout);

/* ---- sessions ---- */

/* Who is signed in. One of a process, any thread. Times are monotonic milliseconds. */
struct signin_sessions;

LG_MUST_USE struct lg_err signin_sessions_new(int64_t idle_ms, int64_t longest_ms,
                                              struct signin_sessions **out_sessions);
void signin_sessions_free(struct signin_sessions **sessions);
/* A new session; its token's text goes to the browser and is nowhere else: here is its digest.
 * Where the person has as many as one may, the oldest ends. LIMIT SIGNIN_FULL. */
LG_MUST_USE struct lg_err signin_session_begin(struct signin_sessions *sessions,
                                               const struct signin_person *person, int64_t now_ms,
                                               char out_token[static SIGNIN_SECRET_SIZE]);

struct signin_session {
    struct signin_person person;
    int64_t idle_left_ms;
    int64_t left_ms;
};
/* Whether this token is of a session that goes on; `is_used`: it is, from now. */
bool signin_session_find(struct signin_sessions *sessions, struct span token, int64_t now_ms,
                         bool is_used, struct signin_session *out_session);
/* Ends one; false where there was none. */
bool signin_session_end(struct signin_sessions *sessions, struct span token);
/* Ends those of a logout, of the subject and, where it names one, of its session alone; *out_count
 * of them. False where its jti was used before: then nothing ends. */
bool signin_sessions_logout(struct signin_sessions *sessions, const struct signin_logout *logout,
                            int64_t now_ms, size_t *out_count);
/* Ends all of a person, who is stopped. */
size_t signin_sessions_end_user(struct signin_sessions *sessions, const char *user_id);
/* Those that go on. */
size_t signin_sessions_count(struct signin_sessions *sessions, int64_t now_ms);

#endif
