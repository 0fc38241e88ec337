/* SPDX-License-Identifier: Apache-2.0 */
/* What is no call: files, the ways to sign in and out. Routes are a table; what is not in it, and
 * no file of the manifest, is 404. */
#include <stdio.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/base/log.h"
#include "gateway/console/console_int.h"

static struct http2_field field(const char *name, struct span value) {
    return (struct http2_field){.name = span_text(name), .value = value};
}

enum { LENGTH_SIZE = 24, LOCATION_SIZE = LIMIT_CONSOLE_PATH + 32 };

/* ---- answers ---- */

void console_text(struct grpc_call *call, const char *status, const char *text, bool is_head) {
    char length[LENGTH_SIZE];
    (void)snprintf(length, sizeof length, "%zu", strlen(text));
    const struct http2_field fields[] = {
        field("content-type", span_text("text/plain; charset=utf-8")),
        field("content-length", span_text(length)),
    };
    const struct grpc_site_answer answer = {
        .status = status,
        .fields = fields,
        .field_count = sizeof fields / sizeof *fields,
        .body = span_text(text),
        .is_head = is_head,
    };
    grpc_call_site(&call, &answer);
}

void console_redirect(struct grpc_call *call, const struct console_redirect *redirect) {
    struct http2_field fields[LIMIT_GRPC_SITE_FIELDS] = {field("location", redirect->to)};
    size_t count = 1;
    if (redirect->cookie.ptr != NULL) {
        fields[count++] = field("set-cookie", redirect->cookie);
    }
    if (redirect->cookie_more.ptr != NULL) {
        fields[count++] = field("set-cookie", redirect->cookie_more);
    }
    if (redirect->clears) {
        fields[count++] = field("clear-site-data", span_text(CONSOLE_CLEAR));
    }
    const struct grpc_site_answer answer = {
        .status = "303", .fields = fields, .field_count = count};
    grpc_call_site(&call, &answer);
}

void console_sign_in_failed(struct grpc_call *call, const char *why) {
    char to[LOCATION_SIZE];
    (void)snprintf(to, sizeof to, "/sign-in?why=%s", why);
    console_redirect(
        call, &(struct console_redirect){.to = span_text(to),
                                         .cookie = console_cookie_end(CONSOLE_COOKIE_SIGN_IN)});
}

/* ---- files ---- */

/* gzip is taken where the list names it, and not with a weight of nothing (RFC 9110, 12.5.3). */
static bool takes_gzip(const struct grpc_call *call) {
    struct span rest = grpc_call_metadata(call, "accept-encoding");
    struct span part;
    while (rest.ptr != NULL && span_split(&rest, ',', &part)) {
        size_t end = span_index(part, ';');
        if (span_equal_folded(span_trim(span_slice(part, 0, end)), span_text("gzip"))) {
            struct span weight = span_trim(span_slice(part, end + 1, part.len));
            return !span_equal_text(weight, "q=0") && !span_starts_with(weight, span_text("q=0.0"));
        }
    }
    return false;
}

static void send_asset(struct grpc_call *call, const struct console_asset *asset, bool is_head) {
    bool is_packed = asset->gzip != NULL && takes_gzip(call);
    struct span body =
        is_packed ? span_of(asset->gzip, asset->gzip_len) : span_of(asset->body, asset->len);
    bool is_known = span_equal_text(grpc_call_metadata(call, "if-none-match"), asset->etag);
    char length[LENGTH_SIZE];
    (void)snprintf(length, sizeof length, "%zu", body.len);
    struct http2_field fields[LIMIT_GRPC_SITE_FIELDS] = {
        field("etag", span_text(asset->etag)),
        field("vary", span_text("accept-encoding")),
    };
    size_t count = 2;
    if (asset->is_immutable) {
        fields[count++] = field("cache-control", span_text("public, max-age=31536000, immutable"));
    }
    if (!is_known) {
        fields[count++] = field("content-type", span_text(asset->type));
        fields[count++] = field("content-length", span_text(length));
    }
    if (!is_known && is_packed) {
        fields[count++] = field("content-encoding", span_text("gzip"));
    }
    const struct grpc_site_answer answer = {
        .status = is_known ? "304" : "200",
        .fields = fields,
        .field_count = count,
        .body = is_known ? (struct span){0} : body,
        .is_head = is_head,
    };
    grpc_call_site(&call, &answer);
}

/* A page without a session leads to the sign-in, which brings them back to it. */
static void serve_asset(struct console_worker *worker, struct grpc_call *call,
                        const struct console_asset *asset, bool is_head) {
    char to[LOCATION_SIZE];
    if (!asset->is_page || console_visitor_find(worker, call, true)) {
        send_asset(call, asset, is_head);
        return;
    }
    (void)snprintf(to, sizeof to, "/sign-in%s%s",
                   asset->path[1] == '\0' ? "" : "?page=", asset->path + 1);
    console_redirect(call, &(struct console_redirect){.to = span_text(to)});
}

/* ---- signing in ---- */

/* The value of a parameter that needs no decoding; ptr NULL where it is absent. */
static struct span parameter(struct span query, const char *name) {
    struct span rest = query;
    struct span part;
    while (span_split(&rest, '&', &part)) {
        size_t equals = span_index(part, '=');
        if (span_equal_text(span_slice(part, 0, equals), name) && equals < part.len) {
            return span_slice(part, equals + 1, part.len);
        }
    }
    return (struct span){0};
}

/* Where they want to go is one of our pages, or the first of them: never an address of theirs. */
static uint8_t page_of(const struct console_assets *assets, struct span query) {
    const struct console_asset *page = console_page_find(assets, parameter(query, "page"));
    if (page == NULL) {
        page = console_asset_find(assets, span_text("/"));
    }
    ASSERT(page != NULL);
    return (uint8_t)(page - assets->items);
}

static void on_start(struct console_worker *worker, struct grpc_call *call,
                     const struct grpc_site_request *request) {
    enum { MS_PER_S = 1000 };
    struct signin_flow flow = {
        .is_fresh = span_equal_text(parameter(request->query, "fresh"), "1"),
        .page = page_of(worker->console->assets, request->query),
        .started_s = loop_wall_ms(worker->loop) / MS_PER_S,
    };
    char held[SIGNIN_COOKIE_SIZE];
    char cookie[CONSOLE_COOKIE_SIZE];
    char url[SIGNIN_URL_SIZE];
    if (lg_failed(signin_flow_begin(worker->console->provider, &flow, held, url))) {
        console_sign_in_failed(call, "busy");
        return;
    }
    console_redirect(call,
                     &(struct console_redirect){.to = span_text(url),
                                                .cookie = console_cookie_sign_in(held, cookie)});
}

static void on_landing(struct console_worker *worker, struct grpc_call *call,
                       const struct grpc_site_request *request) {
    struct span digits = span_slice(request->path, strlen("/signed-in/"), request->path.len);
    size_t index = 0;
    for (size_t i = 0; i < digits.len && i < 3; i++) {
        index = index * 10 + (size_t)(digits.ptr[i] - '0');
    }
    bool is_number = digits.len >= 1 && digits.len <= 3 && index < LIMIT_CONSOLE_ASSETS;
    const char *page = is_number ? worker->console->landings[index] : NULL;
    bool is_head = span_equal_text(request->method, "HEAD");
    if (page == NULL) {
        console_text(call, "404", "There is no such page here.\n", is_head);
        return;
    }
    const struct http2_field type = field("content-type", span_text("text/html; charset=utf-8"));
    const struct grpc_site_answer answer = {.status = "200",
                                            .fields = &type,
                                            .field_count = 1,
                                            .body = span_text(page),
                                            .is_head = is_head};
    grpc_call_site(&call, &answer);
}

/* ---- keys ---- */

static void on_pins(struct console_worker *worker, struct grpc_call *call,
                    const struct grpc_site_request *request) {
    const struct console *console = worker->console;
    bool is_head = span_equal_text(request->method, "HEAD");
    if (!console_visitor_find(worker, call, true)) {
        console_text(call, "401", "Nobody is signed in: sign in again.\n", is_head);
        return;
    }
    if (console->pins == NULL) {
        console_text(call, "404", "No keys are configured here (console.pins).\n", is_head);
        return;
    }
    const struct http2_field type = field("content-type", span_text("text/plain; charset=utf-8"));
    const struct grpc_site_answer answer = {.status = "200",
                                            .fields = &type,
                                            .field_count = 1,
                                            .body = span_of(console->pins, console->pins_len),
                                            .is_head = is_head};
    grpc_call_site(&call, &answer);
}

/* ---- signing out ---- */

static void on_sign_out(struct console_worker *worker, struct grpc_call *call,
                        const struct grpc_site_request *request) {
    (void)request;
    if (!console_form_is_ours(worker, call)) {
        console_text(call, "403", "Only the console's own pages sign out.\n", false);
        return;
    }
    (void)signin_session_end(worker->console->sessions,
                             console_cookie_find(call, CONSOLE_COOKIE_SESSION));
    console_redirect(
        call, &(struct console_redirect){.to = span_text("/signed-out"),
                                         .cookie = console_cookie_end(CONSOLE_COOKIE_SESSION),
                                         .cookie_more = console_cookie_end(CONSOLE_COOKIE_SIGN_IN),
                                         .clears = true});
}

/* From the provider itself, who has no cookie (Back-Channel Logout 1.0, 2.5). A token is in base64
 * for URLs with dots: nothing of it needs decoding. */
static void on_back_channel(struct console_worker *worker, struct grpc_call *call,
                            const struct grpc_site_request *request) {
    enum { MS_PER_S = 1000 };
    struct console *console = worker->console;
    struct signin_logout logout = {0};
    size_t count = 0;
    struct span token = parameter(request->body, "logout_token");
    int64_t now_s = loop_wall_ms(worker->loop) / MS_PER_S;
    if (token.len == 0 ||
        lg_failed(signin_logout_check(console->provider, token, now_s, &logout)) ||
        !signin_sessions_logout(console->sessions, &logout, loop_now_ms(worker->loop), &count)) {
        console_text(call, "400", "This is no logout token for this address.\n", false);
        return;
    }
    log_line(LOG_INFO, "console.logout", "sessions=%zu", count);
    console_text(call, "200", "Done.\n", false);
}

/* ---- routes ---- */

struct route {
    const char *path; /* all of it; one that ends in "/" is the beginning */
    bool is_post;     /* else GET and HEAD */
    bool is_paced;    /* costs more than a look, and anybody can ask for it */
    void (*serve)(struct console_worker *worker, struct grpc_call *call,
                  const struct grpc_site_request *request);
};

static const struct route ROUTES[] = {
    {"/sign-in/start", false, true, on_start},
    {"/sign-in/return", false, true, console_return},
    {"/signed-in/", false, false, on_landing},
    {"/pins", false, false, on_pins},
    {"/sign-out", true, false, on_sign_out},
    {"/sign-out/back-channel", true, true, on_back_channel},
};

static const struct route *route_find(struct span path) {
    for (size_t i = 0; i < sizeof ROUTES / sizeof *ROUTES; i++) {
        struct span known = span_text(ROUTES[i].path);
        bool is_beginning = known.ptr[known.len - 1] == '/';
        if (is_beginning ? span_starts_with(path, known) : span_equal(path, known)) {
            return &ROUTES[i];
        }
    }
    return NULL;
}

static void wrong_method(struct grpc_call *call, const char *allowed, bool is_head) {
    const struct http2_field fields[] = {field("allow", span_text(allowed))};
    const struct grpc_site_answer answer = {
        .status = "405", .fields = fields, .field_count = 1, .is_head = is_head};
    grpc_call_site(&call, &answer);
}

/* HEAD of what has an effect has it too: the way there and back are for GET alone. */
static bool fits(const struct route *route, struct span method) {
    if (route->is_post) {
        return span_equal_text(method, "POST");
    }
    bool is_read = route->serve == on_landing || route->serve == on_pins;
    return span_equal_text(method, "GET") || (is_read && span_equal_text(method, "HEAD"));
}

/* So many in a second, of all together. */
static bool is_in_pace(struct console_worker *worker) {
    enum { MS_PER_S = 1000 };
    int64_t now_s = loop_now_ms(worker->loop) / MS_PER_S;
    if (worker->pace_s != now_s) {
        worker->pace_s = now_s;
        worker->paced = 0;
    }
    worker->paced++;
    return worker->paced <= LIMIT_CONSOLE_PACE;
}

static void serve_route(struct console_worker *worker, struct grpc_call *call,
                        const struct route *route, const struct grpc_site_request *request) {
    if (!fits(route, request->method)) {
        wrong_method(call, route->is_post ? "POST" : "GET",
                     span_equal_text(request->method, "HEAD"));
    } else if (route->is_paced && !is_in_pace(worker)) {
        console_text(call, "429", "Too many people sign in at this moment: try again.\n", false);
    } else {
        route->serve(worker, call, request);
    }
}

static void on_request(void *ctx, struct grpc_call *call, struct span message) {
    struct console_worker *worker = ctx;
    struct grpc_site_request request = {0};
    ASSERT(grpc_site_read(message, &request));
    bool is_head = span_equal_text(request.method, "HEAD");
    const struct route *route = route_find(request.path);
    if (route != NULL) {
        serve_route(worker, call, route, &request);
        return;
    }
    const struct console_asset *asset = console_asset_find(worker->console->assets, request.path);
    if (asset == NULL) {
        console_text(call, "404", "There is no such page here.\n", is_head);
    } else if (is_head || span_equal_text(request.method, "GET")) {
        serve_asset(worker, call, asset, is_head);
    } else {
        wrong_method(call, "GET, HEAD", false);
    }
}

static void on_cancel(void *ctx, struct grpc_call *call, enum grpc_status why) {
    (void)ctx;
    (void)why;
    console_return_cancel(call);
}

void console_site_row(struct console_worker *worker) {
    worker->methods[worker->method_count++] = (struct grpc_method){
        .path = "/*",
        .kind = GRPC_SITE,
        .lane = GRPC_LANE_NONE,
        .request_max = LIMIT_GRPC_SITE_REQUEST,
        .ctx = worker,
        .on_request = on_request,
        .on_cancel = on_cancel,
    };
}
