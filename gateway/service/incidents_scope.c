/* SPDX-License-Identifier: Apache-2.0 */
/* What an incident is about: rows of the index, of one agency's side, a page at a time. Scope shows
 * them as Audit.Search would, since they are the same rows by the same rule: of a hidden source
 * what who asked may read, and of a source its own leaves. Of another agency's system, which the
 * host opened, it counts all of them and shows none, nor where they lie. The look is a SEARCH entry
 * first. A page is a job, so that others of the pool come between. */
#include <stdlib.h>

#include "gateway/service/hits.h"
#include "gateway/service/incidents_int.h"

/* Rows of a page with their leaves and receipts. */
enum { ARENA_SIZE = 48 << 20, PARTS_MOST = 100 };

/* ---- Pages ---- */

bool service_incident_is_abroad(const struct incident_step *opened) {
    return opened->scope_agency.len > 0 && !span_equal(opened->scope_agency, opened->agency);
}

struct lg_err service_incident_scope_make(const struct service_call *call,
                                          const struct incident_state *state,
                                          struct service_incident_scope *out_scope) {
    struct store_reader *reader = call->service->worker->reader;
    struct person_id person;
    bool found = false;
    size_t count = 0;
    *out_scope = (struct service_incident_scope){
        .gateway = call->service->worker->gateway,
        .opened = &state->opened,
        .now_ms = service_incident_now(call),
    };
    if (!state->opened.is_of_person) {
        return LG_OK;
    }
    TRY(store_incident_person(reader, &state->id, &found, &person));
    if (!found) {
        vault_random(person.bytes, sizeof person.bytes);
    }
    TRY(store_aliases_read(reader, &person, call->arena, &out_scope->persons, &count));
    out_scope->person_count = count < LIMIT_INDEX_ALIASES ? count : LIMIT_INDEX_ALIASES;
    return LG_OK;
}

static struct index_query query_of(const struct service_incident_scope *scope, uint64_t before,
                                   size_t most) {
    const struct incident_step *opened = scope->opened;
    return (struct index_query){
        .agency = opened->scope_agency.len > 0 ? opened->scope_agency : opened->agency,
        .by_person = opened->is_of_person,
        .persons = scope->persons,
        .person_count = scope->person_count,
        .system = opened->scope_system,
        .user_id = opened->scope_user,
        .kind = scope->kind,
        .from_ms = opened->from_ms,
        .to_ms = opened->to_ms,
        .before = before,
        .most = most,
        .now_ms = scope->now_ms,
        .is_cancelled = scope->is_cancelled,
        .ctx = scope->ctx,
    };
}

static bool has_position(const struct index_found *found, uint64_t position) {
    for (size_t i = 0; i < found->count; i++) {
        if (found->hits[i].side.position == position) {
            return true;
        }
    }
    return false;
}

static struct lg_err hits_add(struct index_found *found, const struct index_found *more,
                              struct arena *arena) {
    for (size_t i = 0; i < more->count; i++) {
        if (has_position(found, more->hits[i].side.position)) {
            continue;
        }
        found->hits = arena_more(arena, found->hits, found->count, sizeof *found->hits);
        TRY(arena_failed(arena));
        found->hits[found->count++] = more->hits[i];
    }
    return LG_OK;
}

/* One that was named, where it is the agency's; of a question also its parts. */
static struct lg_err named_add(const struct service_incident_scope *scope, uint64_t position,
                               struct arena *arena, struct index_found *found) {
    struct index_found one;
    struct index_query query = query_of(scope, position + 1, 1);
    query.kind = 0;
    TRY(index_find(scope->gateway->index, &query, arena, &one));
    found->covered = one.covered;
    if (one.count == 0 || one.hits[0].side.position != position) {
        return LG_OK;
    }
    bool is_question = one.hits[0].entry.kind == AUDIT_ASK;
    if (scope->kind == 0 || (unsigned)one.hits[0].entry.kind == scope->kind) {
        TRY(hits_add(found, &one, arena));
    }
    if (!is_question) {
        return LG_OK;
    }
    const struct request_id question = one.hits[0].entry.request_id;
    query = query_of(scope, UINT64_MAX, PARTS_MOST);
    query.question = &question;
    query.kind = AUDIT_RELEASE;
    TRY(index_find(scope->gateway->index, &query, arena, &one));
    return hits_add(found, &one, arena);
}

static int newest_first(const void *a, const void *b) {
    uint64_t one = ((const struct index_hit *)a)->side.position;
    uint64_t other = ((const struct index_hit *)b)->side.position;
    return (one < other) - (one > other);
}

/* All of them are looked up for each page: at most LIMIT_INCIDENT_NAMED questions. */
static struct lg_err named_page(const struct service_incident_scope *scope, uint64_t before,
                                size_t most, struct arena *arena, struct index_found *out_found) {
    struct index_found found = {.count = 0};
    size_t first = 0;
    for (size_t i = incident_entry_count(scope->opened); i > 0; i--) {
        TRY(named_add(scope, incident_entry_at(scope->opened, i - 1), arena, &found));
    }
    if (found.count > 0) {
        qsort(found.hits, found.count, sizeof *found.hits, newest_first);
    }
    while (first < found.count && found.hits[first].side.position >= before) {
        first++;
    }
    found.hits = found.hits == NULL ? NULL : &found.hits[first];
    found.count -= first;
    found.is_more = found.count > most;
    found.count = found.is_more ? most : found.count;
    *out_found = found;
    return LG_OK;
}

struct lg_err service_incident_page(const struct service_incident_scope *scope, uint64_t before,
                                    size_t most, struct arena *arena,
                                    struct index_found *out_found) {
    if (scope->opened->entries.len > 0) {
        return named_page(scope, before, most, arena, out_found);
    }
    const struct index_query query = query_of(scope, before, most);
    return index_find(scope->gateway->index, &query, arena, out_found);
}

/* ---- Scope ---- */

struct scoping {
    struct service_incident_look look; /* first */
    struct service_commit commit;
    const struct wire_incident_scope_request *request;
    struct incident_state state;
    struct service_incident_scope scope;
    struct loop_job job;
    struct arena *arena; /* the pool's own */
    struct lg_err err;
    uint64_t before;
    size_t looks; /* abroad: pages that were counted */
    bool is_over;
    struct wire_incident_count *counts; /* in the call's arena: a party of the registry each */
    struct wire_incident_scope_reply reply;
};

/* On the pool. */
static bool is_left(void *ctx) {
    const struct scoping *it = ctx;
    return it->commit.call->is_cancelled;
}

/* The other side of a part, where this side's leaf tells it; of an agency that left nothing. */
static void part_count(struct scoping *it, const struct index_hit *hit) {
    const struct audit_entry *entry = &hit->entry;
    struct span other =
        hit->side.role == STORE_SIDE_REQUESTER ? entry->source_agency : entry->requesting_agency;
    const struct config_party *party = config_party_find(it->scope.gateway->registry, other);
    size_t i = 0;
    it->reply.questions += entry->kind == AUDIT_ASK ? 1 : 0;
    if (entry->kind != AUDIT_RELEASE || party == NULL) {
        return;
    }
    while (i < it->reply.count_count && !span_equal_text(it->counts[i].agency, party->id)) {
        i++;
    }
    if (i == it->reply.count_count) {
        it->counts[it->reply.count_count++] =
            (struct wire_incident_count){.agency = span_text(party->id)};
    }
    it->counts[i].entries++;
}

/* How many of what was found, the newest first, stand on the page. */
static size_t shown_of(const struct index_found *found, const struct service_hits *page) {
    size_t count = 0;
    while (count < found->count &&
           (!page->is_more || found->hits[count].side.position >= page->last)) {
        count++;
    }
    return count;
}

static struct lg_err page_make(struct scoping *it) {
    struct index_found found;
    struct service_hits page = {.count = 0};
    bool is_abroad = service_incident_is_abroad(&it->state.opened);
    TRY(service_incident_page(&it->scope, it->before, LIMIT_INCIDENT_LOOK, it->arena, &found));
    it->reply.covered_size = it->looks == 0 ? found.covered : it->reply.covered_size;
    it->looks++;
    it->is_over = !found.is_more || !is_abroad;
    if (found.count == 0) {
        return LG_OK;
    }
    it->before = found.hits[found.count - 1].side.position;
    if (!is_abroad) {
        TRY(service_hits_make(it->commit.call, &found, 0, it->arena, &page));
    }
    it->reply.hits = page.hits;
    it->reply.hit_count = page.count;
    it->reply.next = page.is_more ? page.last : 0;
    for (size_t i = 0; i < (is_abroad ? found.count : shown_of(&found, &page)); i++) {
        part_count(it, &found.hits[i]);
    }
    return LG_OK;
}

static void page_work(void *ctx) {
    struct scoping *it = ctx;
    arena_free(&it->arena);
    it->err = arena_new(ARENA_SIZE, &it->arena);
    if (!lg_failed(it->err)) {
        it->err = page_make(it);
    }
}

static void scope_answer(struct scoping *it) {
    struct arena *arena = it->arena;
    struct span bytes = span_of(NULL, 0);
    struct lg_err err = it->err;
    it->reply.counts = it->counts;
    it->reply.verdict.decision = DECISION_PERMIT;
    it->reply.cut = !it->is_over;
    if (!lg_failed(err)) {
        err = service_commit_logged(&it->commit, &it->reply.logged);
    }
    if (!lg_failed(err)) {
        err = wire_incident_reply_encode(WIRE_INCIDENT_SCOPE, arena, &it->reply, &bytes);
    }
    service_commit_answer(&it->commit, err, bytes);
    arena_free(&arena);
}

static void on_page(void *ctx) {
    struct scoping *it = ctx;
    bool goes_on = !lg_failed(it->err) && !it->is_over && !it->commit.call->is_cancelled &&
                   it->looks < LIMIT_INCIDENT_LOOKS;
    if (goes_on) {
        loop_pool_send(it->scope.gateway->bulk, &it->job);
    } else {
        scope_answer(it);
    }
}

static struct lg_err scope_prepare(struct scoping *it, bool *out_found) {
    struct service_call *call = it->commit.call;
    TRY(service_incident_find(call, &it->request->incident_id, 0, out_found, &it->state));
    if (!*out_found || (it->state.opened.is_of_person && it->look.ground == NULL)) {
        return LG_OK;
    }
    TRY(service_incident_scope_make(call, &it->state, &it->scope));
    bool is_abroad = service_incident_is_abroad(&it->state.opened);
    it->scope.is_cancelled = is_left;
    it->scope.ctx = it;
    it->before = it->request->before == 0 || is_abroad ? UINT64_MAX : it->request->before;
    it->counts =
        arena_array(call->arena, it->scope.gateway->registry->party_count, sizeof *it->counts);
    return arena_failed(call->arena);
}

static void on_logged(struct service_commit *commit) {
    struct scoping *it = commit->ctx;
    bool found = false;
    if (!service_commit_is_durable(commit)) {
        return;
    }
    struct lg_err err = scope_prepare(it, &found);
    if (lg_failed(err)) {
        audit_receipt_free(&commit->receipt);
        service_refuse_error(commit->call, err);
        return;
    }
    if (!found || it->counts == NULL) {
        audit_receipt_free(&commit->receipt);
        service_refuse(commit->call, found ? GRPC_INVALID_ARGUMENT : GRPC_NOT_FOUND,
                       found ? service_incident_ground : service_incident_absent);
        return;
    }
    const struct query_worker *worker = commit->call->service->worker;
    it->job =
        (struct loop_job){.work = page_work, .on_done = on_page, .ctx = it, .loop = worker->loop};
    loop_pool_send(worker->gateway->bulk, &it->job);
}

static void on_refused(struct service_incident_look *look) {
    struct scoping *it = (struct scoping *)look;
    struct span bytes = span_of(NULL, 0);
    it->reply.verdict = look->search.verdict;
    struct lg_err err = service_commit_logged(&it->commit, &it->reply.logged);
    if (!lg_failed(err)) {
        err = wire_incident_reply_encode(WIRE_INCIDENT_SCOPE, it->commit.call->arena, &it->reply,
                                         &bytes);
    }
    service_commit_answer(&it->commit, err, bytes);
}

void service_incident_scope(void *ctx, struct grpc_call *grpc, struct span message) {
    static const struct service_incident_shape shape = {
        WIRE_INCIDENT_SCOPE, sizeof(struct wire_incident_scope_request),
        offsetof(struct wire_incident_scope_request, actor)};
    void *request = NULL;
    struct service_call *call = service_incident_begin(ctx, grpc, message, &shape, &request);
    if (call == NULL || !service_incident_has_index(call)) {
        return;
    }
    struct scoping *it = arena_alloc(call->arena, sizeof *it);
    if (it == NULL) {
        service_refuse_error(call, arena_failed(call->arena));
        return;
    }
    it->request = request;
    it->commit = (struct service_commit){.call = call, .on_committed = on_logged, .ctx = it};
    it->look = (struct service_incident_look){
        .commit = &it->commit,
        .ground = it->request->has_ground ? &it->request->ground : NULL,
        .actor = &it->request->actor,
        .what = "INCIDENT_SCOPE",
        .on_refused = on_refused,
    };
    struct lg_err err = service_incident_look_begin(&it->look);
    if (lg_failed(err)) {
        service_refuse_error(call, err);
    }
}
