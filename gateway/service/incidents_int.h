/* SPDX-License-Identifier: Apache-2.0 */
/* What the handlers of the service Incidents share. */
#ifndef GATEWAY_SERVICE_INCIDENTS_INT_H
#define GATEWAY_SERVICE_INCIDENTS_INT_H

#include "gateway/incident/incident.h"
#include "gateway/index/index.h"
#include "gateway/service/service_int.h"
#include "gateway/wire/incidents.h"

extern const char service_incident_absent[];

/* A call begun, its request decoded into the arena, and its officer authenticated. NULL after it
 * refused. actor_at, size: of the request's struct. */
struct service_incident_shape {
    enum wire_incident_method method;
    size_t size;
    size_t actor_at;
};
struct service_call *service_incident_begin(void *ctx, struct grpc_call *grpc, struct span message,
                                            const struct service_incident_shape *shape,
                                            void **out_request);

/* Whose officer does it, and when. */
void service_incident_actor(const struct service_call *call, struct incident_step *step);
/* Commits steps as one batch, each an entry of its agency's. person: whom those with has_person are
 * sealed for. The arena is the call's. */
LG_MUST_USE struct lg_err service_incident_commit(struct service_commit *commit,
                                                  const struct incident_step *steps, size_t count,
                                                  const struct person_id *person);
/* The agency's incident as it is now; *out_found false: it has none of that id. */
LG_MUST_USE struct lg_err service_incident_find(const struct service_call *call,
                                                const struct wire_incident_id *id, uint64_t asked,
                                                bool *out_found, struct incident_state *out_state);
/* As it travels. is_foreign: to whom it was escalated. In the arena. */
LG_MUST_USE struct lg_err service_incident_show(const struct incident_state *state, bool is_foreign,
                                                int64_t now_ms, struct arena *arena,
                                                struct wire_incident *out_incident);
/* A notice: to its recipient, or to who sent it. Without note and receipt. */
LG_MUST_USE struct lg_err service_incident_notice_show(const struct incident_notice *notice,
                                                       bool is_recipient, int64_t now_ms,
                                                       struct arena *arena,
                                                       struct wire_incident_notice *out_notice);
int64_t service_incident_now(const struct service_call *call);
/* False after it refused: there is no index to look into. */
bool service_incident_has_index(struct service_call *call);

/* A look that is a SEARCH entry first: with a ground on the line, as a search for a person is, else
 * as an officer's. commit then has the receipt: of the refusal where on_refused runs. */
struct service_incident_look {
    struct service_search search;  /* first */
    struct service_commit *commit; /* on_committed goes on */
    const struct ground *ground;   /* NULL: none was given */
    const struct actor *actor;
    const char *what;
    void (*on_refused)(struct service_incident_look *look);
};
LG_MUST_USE struct lg_err service_incident_look_begin(struct service_incident_look *look);
extern const char service_incident_ground[];

/* ---- Scope ---- */

/* The rows that an incident is about, of the side of one agency. */
struct service_incident_scope {
    const struct query_gateway *gateway;
    const struct incident_step *opened;
    struct person_id *persons; /* of a person, with aliases; of one that is erased one nobody has */
    size_t person_count;
    unsigned kind; /* 0: all */
    int64_t now_ms;
    bool (*is_cancelled)(void *ctx);
    void *ctx;
};
/* On the worker. */
LG_MUST_USE struct lg_err service_incident_scope_make(const struct service_call *call,
                                                      const struct incident_state *state,
                                                      struct service_incident_scope *out_scope);
/* One page, below `before` and newest first. For a pool.
 * Errors of index_find. */
LG_MUST_USE struct lg_err service_incident_page(const struct service_incident_scope *scope,
                                                uint64_t before, size_t most, struct arena *arena,
                                                struct index_found *out_found);
/* Whether the scope is another agency's than the incident. */
bool service_incident_is_abroad(const struct incident_step *opened);

#endif
