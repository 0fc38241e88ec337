/* SPDX-License-Identifier: Apache-2.0 */
/* Open, of the service Incidents. A call that is repeated shows what was opened, so each is a look
 * at the log first: of an incident of a person the search for them, on the line. The person is
 * known or not, and the reply does not tell: what is sealed of them is of one size and under
 * somebody's key or nobody's, and the scope of nobody is empty, by the same work. */
#include <stdlib.h>
#include <string.h>

#include "gateway/base/bytes.h"
#include "gateway/service/incidents_int.h"

static const int64_t DAY_MS = 86400000;

struct opening {
    struct service_search search; /* first: of an incident of a person */
    struct service_commit commit;
    const struct wire_incident_open_request *request;
    struct incident_step steps[2]; /* OPEN, and whom it is about */
    struct person_id person;
    struct incident_state state;
};

static struct service_call *call_of(const struct opening *it) {
    return it->search.call;
}

static void receipts_drop(struct opening *it) {
    audit_receipt_free(&it->search.receipt);
    audit_receipt_free(&it->commit.receipt);
}

static void open_refuse(struct opening *it, enum grpc_status status, const char *sentence) {
    receipts_drop(it);
    service_refuse(call_of(it), status, sentence);
}

static void open_fail(struct opening *it, struct lg_err err) {
    receipts_drop(it);
    service_refuse_error(call_of(it), err);
}

/* What was opened, by this call or by one before it with the same id. */
static void open_answer(struct opening *it) {
    struct wire_incident_open_reply reply = {.verdict = it->search.verdict, .has_incident = true};
    struct span bytes = span_of(NULL, 0);
    struct arena *arena = call_of(it)->arena;
    struct lg_err err = service_incident_show(&it->state, false, service_incident_now(call_of(it)),
                                              arena, &reply.incident);
    reply.verdict.decision = DECISION_PERMIT;
    if (!lg_failed(err)) {
        err = it->commit.receipt != NULL ? service_commit_logged(&it->commit, &reply.logged)
                                         : service_search_logged(&it->search, &reply.logged);
    }
    if (!lg_failed(err)) {
        err = wire_incident_reply_encode(WIRE_INCIDENT_OPEN, arena, &reply, &bytes);
    }
    struct receipt *looked = it->search.receipt;
    struct receipt *opened = it->commit.receipt;
    service_answer(call_of(it), err, bytes);
    audit_receipt_free(&looked);
    audit_receipt_free(&opened);
}

/* The person is not compared: a reply that differed with them would tell whether they are known. */
static bool open_is_repeated(struct opening *it) {
    if (incident_is_same(&it->state.opened, &it->steps[0])) {
        return true;
    }
    open_refuse(it, GRPC_ALREADY_EXISTS,
                "request_id: another incident was opened by this id; nothing was changed");
    return false;
}

static struct lg_err open_find(struct opening *it, bool *out_found) {
    struct wire_incident_id id;
    memcpy(id.bytes, it->steps[0].id.bytes, sizeof id.bytes);
    return service_incident_find(call_of(it), &id, 0, out_found, &it->state);
}

static const char full_sentence[] =
    "your agency has as many open incidents as there may be, or opened as many in a day; close "
    "those that are over";

static void on_opened(struct service_commit *commit) {
    struct opening *it = commit->ctx;
    struct receipt *looked = it->search.receipt;
    bool found = false;
    if (!service_commit_is_durable(commit)) {
        audit_receipt_free(&looked);
        return;
    }
    struct lg_err err = open_find(it, &found);
    if (lg_failed(err)) {
        open_fail(it, err);
    } else if (!found) {
        open_refuse(it, GRPC_FAILED_PRECONDITION, full_sentence);
    } else if (open_is_repeated(it)) {
        open_answer(it);
    }
}

static void open_commit(struct opening *it) {
    struct service_call *call = call_of(it);
    bool found = false;
    struct store_incident_count counts = {0, 0};
    struct lg_err err = open_find(it, &found);
    if (!lg_failed(err) && !found) {
        err = store_incident_count(call->service->worker->reader, call->caller.agency,
                                   service_incident_now(call), &counts);
    }
    if (!lg_failed(err) && found) {
        if (open_is_repeated(it)) {
            open_answer(it);
        }
        return;
    }
    if (!lg_failed(err) &&
        (counts.open >= LIMIT_INCIDENT_OPEN || counts.of_day >= LIMIT_INCIDENT_DAY)) {
        open_refuse(it, GRPC_FAILED_PRECONDITION, full_sentence);
        return;
    }
    if (!lg_failed(err)) {
        it->commit.on_committed = on_opened;
        err = service_incident_commit(&it->commit, it->steps, it->steps[0].is_of_person ? 2 : 1,
                                      &it->person);
    }
    if (lg_failed(err)) {
        open_fail(it, err);
    }
}

/* Whom it is about: somebody of whom this officer's agency may know, or an id that nobody has. */
static void subject_make(struct opening *it) {
    const struct located *located = &it->search.located;
    struct incident_step *subject = &it->steps[1];
    bool is_known = located->is_known && located->is_enough;
    vault_random(it->person.bytes, sizeof it->person.bytes);
    if (is_known) {
        it->person = located->person;
    }
    *subject = (struct incident_step){.kind = INCIDENT_SUBJECT,
                                      .id = it->steps[0].id,
                                      .mark = it->steps[0].mark,
                                      .has_person = is_known,
                                      .person = it->person};
    service_incident_actor(call_of(it), subject);
}

static void on_located(struct service_search *search) {
    struct opening *it = (struct opening *)search;
    if (!search->is_refused) {
        subject_make(it);
        open_commit(it);
        return;
    }
    struct wire_incident_open_reply reply = {.verdict = search->verdict};
    struct span bytes = span_of(NULL, 0);
    struct lg_err err = service_search_logged(search, &reply.logged);
    if (!lg_failed(err)) {
        err = wire_incident_reply_encode(WIRE_INCIDENT_OPEN, search->call->arena, &reply, &bytes);
    }
    service_search_answer(search, err, bytes);
}

/* ---- The request of Open ---- */

static int index_order(const void *a, const void *b) {
    uint64_t one = ((const struct wire_incident_entry *)a)->index;
    uint64_t other = ((const struct wire_incident_entry *)b)->index;
    return (one > other) - (one < other);
}

/* Rising, and none twice. */
static struct lg_err entries_take(const struct wire_incident_scope *scope, struct arena *arena,
                                  struct span *out_entries) {
    enum { ENTRY_SIZE = 8 };
    size_t count = scope->entry_count;
    struct wire_incident_entry *sorted = arena_array(arena, count, sizeof *sorted);
    uint8_t *buf = arena_alloc(arena, count * ENTRY_SIZE);
    TRY(arena_failed(arena));
    if (count == 0) {
        return LG_OK;
    }
    struct writer w = writer_of(buf, count * ENTRY_SIZE);
    memcpy(sorted, scope->entries, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, index_order);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || sorted[i].index != sorted[i - 1].index) {
            writer_u64(&w, sorted[i].index);
        }
    }
    return writer_end(&w, out_entries);
}

/* Whose system or user it is. */
static const char *owner_fault(const struct service_call *call,
                               const struct wire_incident_open_request *request) {
    const struct wire_incident_scope *scope = &request->scope;
    const struct config_partnership *registry = call->service->worker->gateway->registry;
    bool is_own = scope->agency.len == 0 || span_equal(scope->agency, call->caller.agency);
    if (scope->system.len + scope->user_id.len == 0) {
        return scope->agency.len == 0 ? NULL : "scope.agency: only with system or user_id";
    }
    if (!is_own && (request->kind != WIRE_INCIDENT_COMPROMISED_SYSTEM || scope->system.len == 0 ||
                    !service_is_of_host(call))) {
        return "scope.agency: of another agency only the host of the partnership opens an "
               "incident, and only of a compromised system";
    }
    /* Of shorter times the counts would say at which moment the agency asked whom. */
    if (!is_own && (scope->from_ms % DAY_MS != 0 || scope->to_ms % DAY_MS != 0)) {
        return "scope.from_ms, scope.to_ms: of another agency whole days (UTC) alone";
    }
    const struct config_party *party =
        config_party_find(registry, is_own ? call->caller.agency : scope->agency);
    if (party == NULL ||
        (scope->system.len > 0 && config_system_find(party, scope->system) == NULL)) {
        return "scope.system: a system of that agency, as the partnership lists it";
    }
    return NULL;
}

static const char *scope_fault(const struct service_call *call,
                               const struct wire_incident_open_request *request) {
    const struct wire_incident_scope *scope = &request->scope;
    int ways = (scope->entry_count > 0) + scope->of_person + (scope->system.len > 0) +
               (scope->user_id.len > 0);
    bool has_time = scope->from_ms != 0 || scope->to_ms != 0;
    if (ways != 1) {
        return "scope: one of entries, of_person, system and user_id";
    }
    if (scope->of_person != request->has_person || request->has_person != request->has_ground) {
        return "person, ground: both with scope.of_person, and only then";
    }
    if (scope->from_ms < 0 || scope->to_ms < 0 ||
        (scope->to_ms != 0 && scope->to_ms <= scope->from_ms) ||
        (has_time && scope->system.len + scope->user_id.len == 0)) {
        return "scope.from_ms, scope.to_ms: milliseconds since 1970, the first included, the last "
               "not; only with system or user_id";
    }
    for (size_t i = 0; i < scope->entry_count; i++) {
        if (scope->entries[i].index >= audit_size(call->service->worker->gateway->log)) {
            return "scope.entries: indexes of entries of the log, as Audit.Search gives them";
        }
    }
    return owner_fault(call, request);
}

static const char *open_fault(const struct service_call *call,
                              const struct wire_incident_open_request *request) {
    int64_t now_ms = service_incident_now(call);
    if (request->aware_ms > now_ms ||
        request->aware_ms < now_ms - LIMIT_INCIDENT_AWARE_DAYS * DAY_MS) {
        return "aware_ms: when your agency became aware, in milliseconds since 1970: not in the "
               "future, and not more than a year ago";
    }
    if (request->has_person &&
        !service_person_is_usable(call, &request->person, &request->ground)) {
        return service_person_sentence;
    }
    return scope_fault(call, request);
}

static struct lg_err opening_make(struct opening *it) {
    const struct wire_incident_open_request *request = it->request;
    const struct wire_incident_scope *scope = &request->scope;
    struct service_call *call = call_of(it);
    bool is_wide = scope->system.len + scope->user_id.len > 0;
    struct incident_step *step = &it->steps[0];
    *step = (struct incident_step){
        .kind = INCIDENT_OPEN,
        .what = (enum incident_kind)request->kind,
        .aware_ms = request->aware_ms,
        .from_ms = scope->from_ms,
        .to_ms = scope->to_ms,
        .is_of_person = scope->of_person,
        .scope_system = scope->system,
        .scope_user = scope->user_id,
        .reason = request->facts,
    };
    service_incident_actor(call, step);
    if (is_wide) {
        step->scope_agency = scope->agency.len > 0 ? scope->agency : call->caller.agency;
    }
    vault_random(step->mark.bytes, sizeof step->mark.bytes);
    TRY(entries_take(scope, call->arena, &step->entries));
    return store_incident_id(call->service->worker->gateway->store, call->caller.agency,
                             &request->id, &step->id);
}

static void on_looked(struct service_commit *commit) {
    struct opening *it = commit->ctx;
    if (service_commit_is_durable(commit)) {
        it->search.receipt = commit->receipt;
        commit->receipt = NULL;
        open_commit(it);
    }
}

/* A repeated call shows what was opened: so each is a look first. */
static struct lg_err open_begin(struct opening *it) {
    TRY(opening_make(it));
    if (it->steps[0].is_of_person) {
        service_search_begin(&it->search);
        return LG_OK;
    }
    it->commit.on_committed = on_looked;
    return service_officer_look(&it->commit, "INCIDENT_OPEN");
}

void service_incident_open(void *ctx, struct grpc_call *grpc, struct span message) {
    static const struct service_incident_shape shape = {
        WIRE_INCIDENT_OPEN, sizeof(struct wire_incident_open_request),
        offsetof(struct wire_incident_open_request, actor)};
    void *request = NULL;
    struct service_call *call = service_incident_begin(ctx, grpc, message, &shape, &request);
    if (call == NULL) {
        return;
    }
    struct opening *it = arena_alloc(call->arena, sizeof *it);
    if (it == NULL) {
        service_refuse_error(call, arena_failed(call->arena));
        return;
    }
    it->request = request;
    const char *fault = open_fault(call, it->request);
    if (fault != NULL) {
        service_refuse(call, GRPC_INVALID_ARGUMENT, fault);
        return;
    }
    struct ground ground = it->request->ground;
    ground.actor = it->request->actor;
    it->search = (struct service_search){
        .call = call,
        .question = {.id = it->request->id, .person = it->request->person, .ground = ground},
        .wants_person = true,
        .counts = true,
        .what = "INCIDENT_OPEN",
        .on_located = on_located,
    };
    it->commit = (struct service_commit){.call = call, .ctx = it};
    struct lg_err err = open_begin(it);
    if (lg_failed(err)) {
        service_refuse_error(call, err);
    }
}
