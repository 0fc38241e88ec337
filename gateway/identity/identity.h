/* SPDX-License-Identifier: Apache-2.0 */
/* Who calls (design/README.md, "Who is known", "People who act"). Agency and system come from the
 * verified certificate and must stand in the partnership's registry; the person is named by the
 * message and vouched for by the system. The first stage of a question: without a caller nothing
 * else can be called. */
#ifndef GATEWAY_IDENTITY_IDENTITY_H
#define GATEWAY_IDENTITY_IDENTITY_H

#include "gateway/base/arena.h"
#include "gateway/base/err.h"
#include "gateway/config/config.h"
#include "gateway/model/model.h"
#include "gateway/tls/tls.h"

enum identity_code {
    /* INPUT, shown as UNAUTHENTICATED: another partnership, an unknown agency or system. */
    IDENTITY_UNKNOWN = 1,
    /* INPUT, shown as PERMISSION_DENIED: the system may not vouch for this role. */
    IDENTITY_ROLE,
    /* INPUT, shown as INVALID_ARGUMENT: the message names somebody else than the session does. */
    IDENTITY_OTHER,
    /* INPUT, shown as INVALID_ARGUMENT: no user id, or one of the actor's texts is too long, not
     * UTF-8 or holds control characters, or the user id begins or ends with a blank. */
    IDENTITY_ACTOR,
    /* LIMIT: the arena is full. */
    IDENTITY_MEMORY,
};

/* Whether this can be a user id: 1 to LIMIT_IDENTITY_USER_ID bytes of text of one line, without a
 * blank (space, no-break space) at either end. */
bool identity_user_is_valid(struct span user_id);

/* A call in which a person acts: the actor's user id (1 to 128 bytes), role, and display name (at
 * most 128 bytes, may be empty). Everything in *out_caller is copied to the arena. */
LG_MUST_USE struct lg_err identity_authenticate(const struct config_partnership *registry,
                                                const struct tls_peer *peer,
                                                const struct actor *actor, struct arena *arena,
                                                struct caller *out_caller);

/* Who calls by a session of the console: all of it was settled at sign-in, and nothing of it is the
 * message's. */
struct identity_session {
    struct span agency;                   /* whose people they are */
    struct span system;                   /* of kind console */
    struct actor actor;                   /* the provider's word, and the role that it gives */
    bool is_officer;                      /* acts as one does through a system of kind officer */
    bool is_fresh;                        /* the provider asked who they are a short while ago */
    uint8_t fingerprint[MODEL_HASH_SIZE]; /* in place of a certificate's: of system and person */
};

/* The same for a session. `actor`: what the message says, each part of it empty or the session's
 * own, else INPUT IDENTITY_OTHER. */
LG_MUST_USE struct lg_err identity_authenticate_session(const struct config_partnership *registry,
                                                        const struct identity_session *session,
                                                        const struct actor *actor,
                                                        struct arena *arena,
                                                        struct caller *out_caller);

/* A call that a system makes on its own (enrolment, the key service): user id, role and display
 * name of *out_caller are empty. */
LG_MUST_USE struct lg_err identity_authenticate_system(const struct config_partnership *registry,
                                                       const struct tls_peer *peer,
                                                       struct arena *arena,
                                                       struct caller *out_caller);

#endif
