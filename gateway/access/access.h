/* SPDX-License-Identifier: Apache-2.0 */
/* Callers who are stopped: a person, a system, or an agency with all of its.
 *
 * A stop is a STOP entry of the log (sealed body below) that names its scope as a change: it counts
 * for the very next question on every worker, and a release that rests on a grant made before it is
 * refused as stale (audit.md 4.8). The store holds what is derived from the log. Between the moment
 * at which a change was found to be allowed and its place in the log another may have come: so each
 * names the stop that it replaces or lifts, and where another one stands by then it changes
 * nothing. A stop of the host always counts. */
#ifndef GATEWAY_ACCESS_ACCESS_H
#define GATEWAY_ACCESS_ACCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/attr.h"
#include "gateway/base/err.h"
#include "gateway/base/span.h"
#include "gateway/model/model.h"
#include "gateway/store/store.h"

enum access_code {
    ACCESS_FIELDS = 1, /* INPUT: no agency, system and user both, or longer than an entry */
    ACCESS_BODY,       /* INPUT: bytes that are not the body of a STOP entry */
    ACCESS_MEMORY,     /* LIMIT: the arena is used up */
};

/* The reasons that STOP entries of this kind have in clear. */
#define ACCESS_REASON_STOP "ACCESS_STOPPED"
#define ACCESS_REASON_RESUME "ACCESS_RESUMED"

/* Who is stopped: an agency; with `system` that system of it; with `user_id` that person of it. */
struct access_whom {
    struct span agency;
    struct span system;
    struct span user_id;
};

/* A stop, or its end. */
struct access_stop {
    struct access_whom whom;
    bool is_lifted;
    bool is_firm;      /* the host's: it replaces whatever stands by then */
    uint64_t replaces; /* entry of the stop that stood when this was asked for; 0: none */
    int64_t at_ms;
    struct span by_agency;
    struct span by_user;
    struct span by_role;
    struct span reason; /* a sentence */
};

/* The scope of one caller. Of an agency or system the one of consent_scope_caller. */
LG_MUST_USE struct lg_err access_scope_make(const struct store *store,
                                            const struct access_whom *whom,
                                            struct store_tag *out_scope);
/* The scopes on which what a caller does rests: agency, system, person. */
enum { ACCESS_SCOPES = 3 };
LG_MUST_USE struct lg_err access_scopes_of(const struct store *store, const struct caller *caller,
                                           struct store_tag out_scopes[static ACCESS_SCOPES]);
/* Whether the caller is stopped, as of what the reader reads. */
LG_MUST_USE struct lg_err access_check(struct store_reader *reader, const struct caller *caller,
                                       bool *out_stopped);
/* The same for an officer at an officer's work: their system or they themselves. Officers of a
 * stopped agency still see to its reviews and stops. */
LG_MUST_USE struct lg_err access_officer_check(struct store_reader *reader,
                                               const struct caller *caller, bool *out_stopped);

/* The body of a STOP entry, in the arena. INPUT ACCESS_FIELDS; LIMIT ACCESS_MEMORY. */
LG_MUST_USE struct lg_err access_stop_encode(const struct access_stop *stop, struct arena *arena,
                                             struct span *out_body);
/* Spans point into the body. INPUT ACCESS_BODY. */
LG_MUST_USE struct lg_err access_stop_decode(struct span body, struct access_stop *out_stop);
/* The store's row for a durable entry; body is borrowed. INPUT ACCESS_BODY. */
LG_MUST_USE struct lg_err access_row_make(const struct store *store, uint64_t log_index,
                                          struct span body, struct store_stop *out_row);

/* ---- Who may stop, and who may lift ---- */

/* The stop that stands on exactly this scope, spans in the arena, and the index of its entry; 0:
 * none stands. STORE STORE_CORRUPT for a body that cannot be read; errors of the store. */
LG_MUST_USE struct lg_err access_standing(struct store_reader *reader,
                                          const struct access_whom *whom, struct arena *arena,
                                          uint64_t *out_index, struct access_stop *out_stop);

/* A stop, or its end, as an officer asks for it. */
struct access_change {
    struct access_whom whom;
    bool is_lifted;
    const struct caller *caller;
    bool is_host;        /* the caller's agency is the host of the partnership */
    bool is_of_the_host; /* the stop that stands now is the host's */
};
/* Why it may not be done; NONE where it may. */
enum access_fault {
    ACCESS_FAULT_NONE,
    ACCESS_FAULT_FOREIGN, /* of another agency, and the caller is not of the host */
    ACCESS_FAULT_HOSTS,   /* the host's stop stands: the host alone lifts or replaces it */
    ACCESS_FAULT_SELF,    /* it covers whoever lifts it */
    ACCESS_FAULT_LAST,    /* the host's own calling system: nobody is left to lift that */
};
/* An officer acts for their own agency, the host's for all. Nobody lifts a stop that covers them:
 * of a stopped agency the host does. Above the host there is nobody, so that its officers may lift
 * a stop of their agency as a whole. */
enum access_fault access_change_check(const struct access_change *change);

#endif
