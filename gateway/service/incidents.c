/* SPDX-License-Identifier: Apache-2.0 */
/* Act, of the service Incidents, and what its handlers share. A step is an entry before it
 * takes effect, and names the version it was made for: of two that were made for the same, the
 * first in the log counts, and the other changes nothing. */
#include <string.h>

#include "gateway/service/incidents_int.h"

const char service_incident_absent[] =
    "incident_id: your agency has no incident of that id; List says which it has";

/* ---- Shared ---- */

struct service_call *service_incident_begin(void *ctx, struct grpc_call *grpc, struct span message,
                                            const struct service_incident_shape *shape,
                                            void **out_request) {
    struct service_call *call = service_call_begin(ctx, grpc);
    if (call == NULL) {
        return NULL;
    }
    uint8_t *request = arena_alloc(call->arena, shape->size);
    if (request == NULL) {
        service_refuse_error(call, arena_failed(call->arena));
        return NULL;
    }
    struct wire_report report;
    struct actor actor;
    struct lg_err err =
        wire_incident_request_decode(shape->method, call->arena, message, &report, request);
    if (!service_decoded(call, err, &report)) {
        return NULL;
    }
    memcpy(&actor, request + shape->actor_at, sizeof actor);
    if (!service_officer_authenticate(call, &actor)) {
        return NULL;
    }
    *out_request = request;
    return call;
}

int64_t service_incident_now(const struct service_call *call) {
    return clock_wall_ms(&call->service->worker->gateway->clock);
}

void service_incident_actor(const struct service_call *call, struct incident_step *step) {
    step->at_ms = service_incident_now(call);
    step->agency = call->caller.agency;
    step->system = call->caller.system;
    step->user_id = call->caller.user_id;
    step->role = call->caller.role;
}

static struct lg_err entry_make(const struct service_call *call, const struct incident_step *step,
                                const struct person_id *person,
                                struct audit_entry_fields *out_entry) {
    *out_entry = (struct audit_entry_fields){
        .kind = AUDIT_INCIDENT,
        .requesting_agency = step->agency,
        .decision = AUDIT_DECISION_PERMIT,
        .reason = span_text(INCIDENT_REASON),
        .person = step->has_person ? person : NULL,
    };
    vault_random(out_entry->request_id.bytes, sizeof out_entry->request_id.bytes);
    return incident_step_encode(step, call->arena, &out_entry->sealed);
}

struct lg_err service_incident_commit(struct service_commit *commit,
                                      const struct incident_step *steps, size_t count,
                                      const struct person_id *person) {
    struct audit_entry_fields *entries = arena_array(commit->call->arena, count, sizeof *entries);
    TRY(arena_failed(commit->call->arena));
    for (size_t i = 0; i < count; i++) {
        TRY(entry_make(commit->call, &steps[i], person, &entries[i]));
    }
    return service_commit_begin(commit, &(struct audit_batch){.entries = entries, .count = count});
}

struct lg_err service_incident_find(const struct service_call *call,
                                    const struct wire_incident_id *id, uint64_t asked,
                                    bool *out_found, struct incident_state *out_state) {
    struct store_reader *reader = call->service->worker->reader;
    struct store_incident *row = NULL;
    struct store_tag tag;
    memcpy(tag.bytes, id->bytes, sizeof tag.bytes);
    TRY(store_incident_find(reader, call->caller.agency, &tag, call->arena, &row));
    *out_found = row != NULL;
    return row == NULL ? LG_OK : incident_read(reader, row, asked, call->arena, out_state);
}

bool service_incident_has_index(struct service_call *call) {
    if (call->service->worker->gateway->index != NULL) {
        return true;
    }
    service_refuse(call, GRPC_UNAVAILABLE,
                   "the index of the log could not be opened when the gateway was started: no "
                   "scope is looked up until it is started again");
    return false;
}

/* ---- A look ---- */

const char service_incident_ground[] =
    "ground: an incident of a person is looked through on a ground, as a search for them is";

static void on_looked(struct service_search *search) {
    struct service_incident_look *look = (struct service_incident_look *)search;
    look->commit->receipt = search->receipt;
    search->receipt = NULL;
    if (search->is_refused) {
        look->on_refused(look);
    } else {
        look->commit->on_committed(look->commit);
    }
}

struct lg_err service_incident_look_begin(struct service_incident_look *look) {
    if (look->ground == NULL) {
        return service_officer_look(look->commit, look->what);
    }
    look->search = (struct service_search){
        .call = look->commit->call,
        .question = {.ground = *look->ground},
        .what = look->what,
        .on_located = on_looked,
    };
    look->search.question.ground.actor = *look->actor;
    vault_random(look->search.question.id.bytes, MODEL_REQUEST_ID_SIZE);
    service_search_begin(&look->search);
    return LG_OK;
}

/* ---- As it travels ---- */

static struct lg_err entries_show(const struct incident_step *step, struct arena *arena,
                                  const struct wire_incident_entry **out_entries,
                                  size_t *out_count) {
    size_t count = incident_entry_count(step);
    struct wire_incident_entry *entries = arena_array(arena, count, sizeof *entries);
    TRY(arena_failed(arena));
    for (size_t i = 0; i < count; i++) {
        entries[i].index = incident_entry_at(step, i);
    }
    *out_entries = entries;
    *out_count = count;
    return LG_OK;
}

static struct lg_err own_show(const struct incident_state *state, struct arena *arena,
                              struct wire_incident *out) {
    const struct incident_step *opened = &state->opened;
    const struct incident_step *decided = &state->decided;
    memcpy(out->incident_id.bytes, state->id.bytes, sizeof out->incident_id.bytes);
    out->version = state->version;
    out->opened_by = opened->user_id;
    out->facts = opened->reason;
    out->has_scope = true;
    out->scope = (struct wire_incident_scope){
        .of_person = opened->is_of_person,
        .agency = opened->scope_agency,
        .system = opened->scope_system,
        .user_id = opened->scope_user,
        .from_ms = opened->from_ms,
        .to_ms = opened->to_ms,
    };
    out->has_decision = decided->kind != 0;
    out->decision = (struct wire_incident_decision){
        .ico = (enum wire_incident_ico)decided->ico,
        .persons = (enum wire_incident_persons)decided->persons,
        .reason = decided->reason,
        .effects = decided->effects,
        .delay = decided->delay,
        .decided_ms = decided->at_ms,
        .decided_by = decided->user_id,
    };
    out->measures = state->closed.reason;
    out->closed_ms = state->closed.at_ms;
    out->notice_count = state->notice_count;
    out->entry_count = state->entry_count;
    out->covered_size = state->covered;
    return entries_show(opened, arena, &out->scope.entries, &out->scope.entry_count);
}

struct lg_err service_incident_show(const struct incident_state *state, bool is_foreign,
                                    int64_t now_ms, struct arena *arena,
                                    struct wire_incident *out_incident) {
    *out_incident = (struct wire_incident){
        .number = state->number,
        .kind = (enum wire_incident_kind)state->opened.what,
        .agency = state->opened.agency,
        .opened_ms = state->opened.at_ms,
        .aware_ms = state->opened.aware_ms,
        .due_ms = incident_due_ms(state->opened.aware_ms),
        .hours_left = incident_hours_left(state, now_ms),
        .overdue = incident_is_overdue(state, now_ms),
        .escalated = state->is_escalated,
    };
    return is_foreign ? LG_OK : own_show(state, arena, out_incident);
}

/* ---- Act ---- */

struct acting {
    struct service_commit commit;
    const struct wire_incident_act_request *request;
    struct incident_state state;
};

static void on_acted(struct service_commit *commit) {
    struct acting *it = commit->ctx;
    struct wire_incident_act_reply reply = {.logged = {.has_receipt = false}};
    struct span bytes = span_of(NULL, 0);
    bool found = false;
    if (!service_commit_is_durable(commit)) {
        return;
    }
    struct lg_err err =
        service_incident_find(commit->call, &it->request->incident_id,
                              audit_receipt_index(commit->receipt), &found, &it->state);
    if (!lg_failed(err) && (!found || !it->state.is_asked_done)) {
        audit_receipt_free(&commit->receipt);
        service_refuse(commit->call, GRPC_ABORTED,
                       "Nothing was changed: somebody else's step on this incident came first, or "
                       "it has as many as there may be; Get says how it is now");
        return;
    }
    if (!lg_failed(err)) {
        err = service_incident_show(&it->state, false, service_incident_now(commit->call),
                                    commit->call->arena, &reply.incident);
    }
    if (!lg_failed(err)) {
        err = service_commit_logged(commit, &reply.logged);
    }
    if (!lg_failed(err)) {
        err = wire_incident_reply_encode(WIRE_INCIDENT_ACT, commit->call->arena, &reply, &bytes);
    }
    service_commit_answer(commit, err, bytes);
}

static const char *act_fault(const struct wire_incident_act_request *request) {
    bool decides = request->step == WIRE_INCIDENT_DECIDE;
    bool has_both = request->ico != WIRE_INCIDENT_ICO_UNSPECIFIED &&
                    request->persons != WIRE_INCIDENT_PERSONS_UNSPECIFIED;
    bool has_any = request->ico != WIRE_INCIDENT_ICO_UNSPECIFIED ||
                   request->persons != WIRE_INCIDENT_PERSONS_UNSPECIFIED ||
                   request->effects.len + request->delay.len > 0;
    if (decides ? !has_both : has_any) {
        return "ico, persons: whether the Commissioner is notified and the persons are told, both "
               "to decide; they, effects and delay only to decide";
    }
    return NULL;
}

static struct incident_step act_step(const struct acting *it) {
    const struct wire_incident_act_request *request = it->request;
    struct incident_step step = {
        .kind = request->step == WIRE_INCIDENT_DECIDE ? INCIDENT_DECIDE : INCIDENT_CLOSE,
        .version = request->version,
        .ico = (enum incident_ico)request->ico,
        .persons = (enum incident_persons)request->persons,
        .reason = request->reason,
        .effects = request->effects,
        .delay = request->delay,
    };
    memcpy(step.id.bytes, request->incident_id.bytes, sizeof step.id.bytes);
    vault_random(step.mark.bytes, sizeof step.mark.bytes);
    service_incident_actor(it->commit.call, &step);
    return step;
}

static void act(struct acting *it) {
    struct service_call *call = it->commit.call;
    const struct incident_step step = act_step(it);
    bool found = false;
    struct lg_err err =
        service_incident_find(call, &it->request->incident_id, 0, &found, &it->state);
    if (!lg_failed(err) && !found) {
        service_refuse(call, GRPC_NOT_FOUND, service_incident_absent);
        return;
    }
    const char *fault = lg_failed(err) ? NULL : incident_step_fault(&it->state, &step);
    if (fault != NULL) {
        service_refuse(call, GRPC_FAILED_PRECONDITION, fault);
        return;
    }
    if (!lg_failed(err)) {
        err = service_incident_commit(&it->commit, &step, 1, NULL);
    }
    if (lg_failed(err)) {
        service_refuse_error(call, err);
    }
}

void service_incident_act(void *ctx, struct grpc_call *grpc, struct span message) {
    static const struct service_incident_shape shape = {
        WIRE_INCIDENT_ACT, sizeof(struct wire_incident_act_request),
        offsetof(struct wire_incident_act_request, actor)};
    void *request = NULL;
    struct service_call *call = service_incident_begin(ctx, grpc, message, &shape, &request);
    if (call == NULL) {
        return;
    }
    struct acting *it = arena_alloc(call->arena, sizeof *it);
    if (it == NULL) {
        service_refuse_error(call, arena_failed(call->arena));
        return;
    }
    it->request = request;
    it->commit = (struct service_commit){.call = call, .on_committed = on_acted, .ctx = it};
    const char *fault = act_fault(it->request);
    if (fault != NULL) {
        service_refuse(call, GRPC_INVALID_ARGUMENT, fault);
        return;
    }
    act(it);
}
