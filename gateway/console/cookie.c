/* SPDX-License-Identifier: Apache-2.0 */
/* Cookies (RFC 6265bis): __Host- names are bound to this host by the browser itself. The session's
 * is Strict, so that no foreign page's link or form brings it; the one of a sign-in is Lax, since
 * it comes back on a navigation from the provider. No script reads either. */
#include <stdio.h>

#include "gateway/console/console_int.h"

/* The one value in all the fields of a request: HTTP/2 may cut the list (RFC 9113, 8.2.3). */
struct span console_cookie_find(const struct grpc_call *call, const char *name) {
    struct span found = {0};
    for (size_t i = 0; i < LIMIT_GRPC_METADATA_FIELDS; i++) {
        struct span rest = grpc_call_metadata_at(call, "cookie", i);
        struct span part;
        while (rest.ptr != NULL && span_split(&rest, ';', &part)) {
            part = span_trim(part);
            size_t equals = span_index(part, '=');
            if (equals == part.len || !span_equal_text(span_slice(part, 0, equals), name)) {
                continue;
            }
            if (found.ptr != NULL) {
                return (struct span){0};
            }
            found = span_slice(part, equals + 1, part.len);
        }
    }
    return found;
}

static struct span cookie(char out[static CONSOLE_COOKIE_SIZE], const char *name, const char *value,
                          const char *rest) {
    int len = snprintf(out, CONSOLE_COOKIE_SIZE, "%s=%s; Path=/; Secure; HttpOnly; %s", name, value,
                       rest);
    return span_of(out, len > 0 && len < CONSOLE_COOKIE_SIZE ? (size_t)len : 0);
}

struct span console_cookie_session(const char *token, char out[static CONSOLE_COOKIE_SIZE]) {
    return cookie(out, CONSOLE_COOKIE_SESSION, token, "SameSite=Strict");
}

struct span console_cookie_sign_in(const char *flow, char out[static CONSOLE_COOKIE_SIZE]) {
    _Static_assert(LIMIT_CONSOLE_RETURN_S == 600, "Max-Age below");
    return cookie(out, CONSOLE_COOKIE_SIGN_IN, flow, "SameSite=Lax; Max-Age=600");
}

struct span console_cookie_end(const char *name) {
    static const char SESSION[] =
        CONSOLE_COOKIE_SESSION "=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0";
    static const char SIGN_IN[] =
        CONSOLE_COOKIE_SIGN_IN "=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0";
    return span_equal_text(span_text(name), CONSOLE_COOKIE_SESSION) ? span_text(SESSION)
                                                                    : span_text(SIGN_IN);
}
