/* SPDX-License-Identifier: Apache-2.0 */
/* From certificate and registry to a caller. Nothing about agency or system comes from the message,
 * and nothing about the certificate's subject is looked at. */
#include "gateway/identity/identity.h"

#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/base/limits.h"

_Static_assert((int)TLS_FINGERPRINT_SIZE == (int)MODEL_HASH_SIZE, "one size of a fingerprint");

static struct lg_err refuse(enum identity_code code) {
    return lg_err_make(LG_CLASS_INPUT, LG_IDENTITY, (uint16_t)code);
}

static const struct config_system *find_system(const struct config_partnership *registry,
                                               const struct tls_peer *peer) {
    if (strcmp(peer->partnership, registry->partnership) != 0) {
        return NULL;
    }
    const struct config_party *party = config_party_find(registry, span_text(peer->agency));
    return party == NULL ? NULL : config_system_find(party, span_text(peer->system));
}

static struct lg_err make_caller(const struct tls_peer *peer, const struct config_system *system,
                                 const struct actor *actor, struct arena *arena,
                                 struct caller *out_caller) {
    struct caller caller = {
        .partnership = arena_copy(arena, span_text(peer->partnership)),
        .agency = arena_copy(arena, span_text(peer->agency)),
        .system = arena_copy(arena, span_text(peer->system)),
        .kind = system->kind,
        .user_id = arena_copy(arena, actor->user_id),
        .role = arena_copy(arena, actor->role),
        .display_name = arena_copy(arena, actor->display_name),
    };
    memcpy(caller.fingerprint, peer->fingerprint, sizeof caller.fingerprint);
    if (lg_failed(arena_failed(arena))) {
        return lg_err_make(LG_CLASS_LIMIT, LG_IDENTITY, IDENTITY_MEMORY);
    }
    *out_caller = caller;
    return LG_OK;
}

/* Text of one line: it goes into the log's sealed part and onto an officer's screen, where a line
 * break or an escape could pretend to be something else. */
static bool is_line(struct span text, size_t len_min, size_t len_max) {
    if (text.len < len_min || text.len > len_max || !span_is_text(text)) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        bool c1 = text.ptr[i] == 0xc2 && text.ptr[i + 1] < 0xa0; /* U+0080 to U+009F */
        if (text.ptr[i] < 0x20 || text.ptr[i] == 0x7f || c1) {
            return false;
        }
    }
    return true;
}

/* A blank at either end is seen by nobody and would make one person two. */
static bool is_blank_free(struct span text) {
    static const char no_break[] = "\xc2\xa0"; /* U+00A0 */
    enum { NO_BREAK = sizeof no_break - 1 };
    bool ends_so =
        text.len >= NO_BREAK && memcmp(text.ptr + text.len - NO_BREAK, no_break, NO_BREAK) == 0;
    return span_trim(text).len == text.len && !span_starts_with(text, span_text(no_break)) &&
           !ends_so;
}

bool identity_user_is_valid(struct span user_id) {
    return is_line(user_id, 1, LIMIT_IDENTITY_USER_ID) && is_blank_free(user_id);
}

struct lg_err identity_authenticate(const struct config_partnership *registry,
                                    const struct tls_peer *peer, const struct actor *actor,
                                    struct arena *arena, struct caller *out_caller) {
    ASSERT(actor != NULL);
    const struct config_system *system = find_system(registry, peer);
    if (system == NULL) {
        return refuse(IDENTITY_UNKNOWN);
    }
    if (!identity_user_is_valid(actor->user_id) ||
        !is_line(actor->display_name, 0, LIMIT_IDENTITY_DISPLAY_NAME)) {
        return refuse(IDENTITY_ACTOR);
    }
    if (!config_role_is_vouched(system, actor->role)) {
        return refuse(IDENTITY_ROLE);
    }
    return make_caller(peer, system, actor, arena, out_caller);
}

struct lg_err identity_authenticate_system(const struct config_partnership *registry,
                                           const struct tls_peer *peer, struct arena *arena,
                                           struct caller *out_caller) {
    const struct config_system *system = find_system(registry, peer);
    if (system == NULL) {
        return refuse(IDENTITY_UNKNOWN);
    }
    const struct actor nobody = {0};
    return make_caller(peer, system, &nobody, arena, out_caller);
}

/* ---- sessions ---- */

static bool is_empty_or(struct span said, struct span known) {
    return said.len == 0 || span_equal(said, known);
}

static bool is_no_other(const struct actor *said, const struct actor *known) {
    return is_empty_or(said->user_id, known->user_id) && is_empty_or(said->role, known->role) &&
           is_empty_or(said->display_name, known->display_name);
}

/* Looked up at each call: the registry has the last word on what the console's people may act as.
 */
struct lg_err identity_authenticate_session(const struct config_partnership *registry,
                                            const struct identity_session *session,
                                            const struct actor *actor, struct arena *arena,
                                            struct caller *out_caller) {
    const struct config_party *party = config_party_find(registry, session->agency);
    const struct config_system *system =
        party == NULL ? NULL : config_system_find(party, session->system);
    if (system == NULL || system->kind != SYSTEM_CONSOLE) {
        return refuse(IDENTITY_UNKNOWN);
    }
    if (!is_no_other(actor, &session->actor)) {
        return refuse(IDENTITY_OTHER);
    }
    if (!identity_user_is_valid(session->actor.user_id) ||
        !is_line(session->actor.display_name, 0, LIMIT_IDENTITY_DISPLAY_NAME)) {
        return refuse(IDENTITY_ACTOR);
    }
    if (!config_role_is_vouched(system, session->actor.role)) {
        return refuse(IDENTITY_ROLE);
    }
    struct caller caller = {
        .partnership = arena_copy(arena, span_text(registry->partnership)),
        .agency = arena_copy(arena, session->agency),
        .system = arena_copy(arena, session->system),
        .kind = session->is_officer ? SYSTEM_OFFICER : SYSTEM_CONSOLE,
        .user_id = arena_copy(arena, session->actor.user_id),
        .role = arena_copy(arena, session->actor.role),
        .display_name = arena_copy(arena, session->actor.display_name),
    };
    memcpy(caller.fingerprint, session->fingerprint, sizeof caller.fingerprint);
    if (lg_failed(arena_failed(arena))) {
        return lg_err_make(LG_CLASS_LIMIT, LG_IDENTITY, IDENTITY_MEMORY);
    }
    *out_caller = caller;
    return LG_OK;
}
