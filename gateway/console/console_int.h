/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GATEWAY_CONSOLE_CONSOLE_INT_H
#define GATEWAY_CONSOLE_CONSOLE_INT_H

#include <stdatomic.h>

#include "gateway/base/limits_console.h"
#include "gateway/console/console.h"
#include "gateway/loop/pool.h"
#include "gateway/service/service.h"
#include "gateway/signin/signin.h"

/* ---- headers.c ---- */

/* Of every answer; static. */
const struct http2_field *console_headers(size_t *out_count);

/* ---- manifest.c, assets.c ---- */

enum { CONSOLE_ETAG_SIZE = 2 + 2 * 32 + 1, CONSOLE_TYPE_SIZE = 48, CONSOLE_FILE_SIZE = 96 };

/* A file of the web part, held as it was when its digest was checked. */
struct console_asset {
    char path[LIMIT_CONSOLE_PATH + 1]; /* of requests */
    char file[CONSOLE_FILE_SIZE];
    char type[CONSOLE_TYPE_SIZE];
    char etag[CONSOLE_ETAG_SIZE]; /* quoted digest */
    uint8_t sha256[32];
    bool has_gzip;
    bool is_immutable;
    bool is_page;  /* HTML that wants a session */
    uint8_t *body; /* this struct's own */
    size_t len;
    uint8_t *gzip; /* NULL: none */
    size_t gzip_len;
};

struct console_assets {
    struct console_asset items[LIMIT_CONSOLE_ASSETS];
    size_t count;
    size_t size; /* bytes of all */
};

/* Fills path, file, type and the flags from the text of a manifest. CONFIG CONSOLE_ASSETS. */
LG_MUST_USE struct lg_err console_manifest_read(struct span text, struct diag *diag,
                                                struct console_assets *out_assets);
/* manifest.json of the folder and all that it names. CONFIG CONSOLE_ASSETS with diag; LIMIT. */
LG_MUST_USE struct lg_err console_assets_load(const char *folder, struct diag *diag,
                                              struct console_assets **out_assets);
void console_assets_free(struct console_assets **assets);
/* A regular file of 1 to size_max bytes, which the caller frees. CONFIG CONSOLE_ASSETS with diag;
 * LIMIT. */
LG_MUST_USE struct lg_err console_file_read(const char *path, size_t size_max, struct diag *diag,
                                            uint8_t **out_body, size_t *out_len);
/* The asset of exactly this path; NULL: none. */
const struct console_asset *console_asset_find(const struct console_assets *assets,
                                               struct span path);
/* The page called so, which is its path without the first slash; NULL: none. */
const struct console_asset *console_page_find(const struct console_assets *assets,
                                              struct span name);

/* ---- cookie.c ---- */

#define CONSOLE_COOKIE_SESSION "__Host-session"
#define CONSOLE_COOKIE_SIGN_IN "__Host-sign-in"
enum { CONSOLE_COOKIE_SIZE = 192 };
/* What a browser forgets at sign-out. Not "cookies": that is all cookies of the whole registered
 * domain, and so would sign them out of everything else of their council's; ours end by themselves.
 */
#define CONSOLE_CLEAR "\"cache\", \"storage\""

/* The value of a cookie; ptr NULL where it is absent, or there twice: which of them counts would be
 * for somebody else to choose. */
struct span console_cookie_find(const struct grpc_call *call, const char *name);
/* Values of set-cookie. */
struct span console_cookie_session(const char *token, char out[static CONSOLE_COOKIE_SIZE]);
struct span console_cookie_sign_in(const char *flow, char out[static CONSOLE_COOKIE_SIZE]);
/* Ends a cookie; static. */
struct span console_cookie_end(const char *name);

/* ---- all workers ---- */

struct console {
    const struct config_console *config;
    const struct config_partnership *registry;
    const struct config_party *party;
    const struct config_system *system;
    bool has_one_operator;
    struct tls_context *tls;
    struct tls_watch watch;
    struct console_assets *assets;
    uint8_t *pins; /* the text that pages get; NULL: none */
    size_t pins_len;
    struct signin_provider *provider;
    struct signin_sessions *sessions;
    struct loop_pool *pool; /* for codes at the provider */
    _Atomic uint32_t redeems;
    uint16_t port;
    char *landings[LIMIT_CONSOLE_ASSETS]; /* /signed-in/N of the page at N; NULL: no page */
};

/* A row of the server's table in front of a service's. */
struct console_row {
    struct console_worker *worker;
    const struct grpc_method *method;
    bool is_fresh; /* it wants a fresh sign-in */
};

/* What a call is by: its session and the caller that it makes. Texts of the session. */
struct console_visitor {
    struct signin_session session;
    struct identity_session identity;
};

struct console_worker {
    struct console *console;
    struct loop *loop;
    struct query_worker *query;
    struct service *service;
    struct grpc_server *server;
    struct console_row rows[LIMIT_GRPC_METHODS];
    struct grpc_method methods[LIMIT_GRPC_METHODS];
    size_t method_count;
    struct console_visitor visitor; /* of the callback that runs */
    uint32_t redeems;               /* codes that come back to this loop */
    uint64_t failures;              /* sign-ins that failed since told_ms */
    int64_t told_ms;
    int64_t pace_s; /* the second that is counted, and what came in it */
    uint32_t paced;
};

/* ---- session.c ---- */

/* Who calls, from the cookie: in worker->visitor, valid for the callback. `is_used` puts off the
 * end for idleness. False: nobody is signed in. */
bool console_visitor_find(struct console_worker *worker, const struct grpc_call *call,
                          bool is_used);
/* Rows of the service Session, behind those that are there. */
void console_session_rows(struct console_worker *worker);

/* ---- calls.c ---- */

/* Rows of the services' methods that browsers may call. */
void console_call_rows(struct console_worker *worker);
/* Whether a form came from a page of the console (security.md 4.4), by what the browser says of
 * where it came from. */
bool console_form_is_ours(const struct console_worker *worker, const struct grpc_call *call);

/* What a call has to be: from a page of ours, which can send the header; then of somebody who is
 * signed in and not stopped; and then the session's end for idleness is put off. */
enum console_check { CONSOLE_CHECK_OURS, CONSOLE_CHECK_SIGNED_IN, CONSOLE_CHECK_USED };
/* OK, or a status and its sentence. */
enum grpc_status console_call_check(struct console_worker *worker, const struct grpc_call *call,
                                    enum console_check check, const char **out_message);

/* ---- site.c ---- */

/* The row of everything that is no call. */
void console_site_row(struct console_worker *worker);
/* 303; cookie and more: one more field each, or NULL ptr. */
struct console_redirect {
    struct span to;
    struct span cookie;
    struct span cookie_more;
    bool clears; /* site data */
};
void console_redirect(struct grpc_call *call, const struct console_redirect *redirect);
/* A line of text with a status; is_head: without it. */
void console_text(struct grpc_call *call, const char *status, const char *text, bool is_head);
/* Back to the page of the sign-in, which says why. */
void console_sign_in_failed(struct grpc_call *call, const char *why);

/* ---- return.c ---- */

/* GET /sign-in/return: takes the call over. */
void console_return(struct console_worker *worker, struct grpc_call *call,
                    const struct grpc_site_request *request);
void console_return_cancel(struct grpc_call *call);

#endif
