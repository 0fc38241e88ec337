/* SPDX-License-Identifier: Apache-2.0 */
/* Notify, of the service Incidents: whoever is on the other side of a part in the scope is told, by
 * a notice that is an entry of their own side, and by each part once.
 *
 * Of what an agency asked through a system, by a user or in one question, the source is told to
 * know of it, whatever it answered, and where it was sent a decoy: so what the agency learns by
 * telling is what its own side of the log shows already. Of what an agency gave, who received it is
 * told to give it back, where records were received: else there is nothing to give back, and a
 * hidden source would tell by a notice that it was asked about somebody whom it holds. Who sends
 * it, and to whom it went, stand where the leaf tells them to the other; and nothing of a person
 * does.
 *
 * The walk is a page a job, so that others of the pool come between. */
#include <stdlib.h>
#include <string.h>

#include "gateway/base/bytes.h"
#include "gateway/base/day.h"
#include "gateway/service/incidents_int.h"

enum { ARENA_SIZE = 48 << 20, ENTRY_SIZE = 8 };

static const int64_t DAY_MS = 86400000;

/* One notice to be. */
struct pile {
    struct span agency;
    bool is_recall;
    bool is_named; /* the recipient may know who sends it */
    bool is_own;   /* of the recipient's own system */
    bool is_quiet; /* the sender may not know to whom it goes */
    size_t count;
    uint64_t entries[LIMIT_INCIDENT_NOTICE_ENTRIES];
};

/* A part that an agency was told of. */
struct told {
    uint64_t entry;
    struct span agency;
};

struct notifying {
    struct service_incident_look look; /* first */
    struct service_commit commit;
    const struct wire_incident_notify_request *request;
    struct incident_state state;
    struct service_incident_scope scope;
    bool has_person;
    struct person_id person;
    struct told *told; /* rising */
    size_t told_count;
    struct span *noticed; /* whom each notice before this run went to */
    size_t notice_count;  /* of them */
    struct pile *piles;
    size_t pile_count;
    struct loop_job job;
    struct arena *arena; /* a page's, the pool's own */
    struct lg_err err;
    uint64_t before;
    uint64_t covered;
    size_t looks;
    bool is_over;   /* the walk came to its end */
    bool is_full;   /* there is more than one run tells */
    bool is_capped; /* an agency has as many notices of the incident as there may be */
    uint32_t entry_count;
};

static struct service_call *call_of(const struct notifying *it) {
    return it->commit.call;
}

/* ---- Who was told ---- */

static int told_order(const void *a, const void *b) {
    const struct told *one = a;
    const struct told *other = b;
    if (one->entry != other->entry) {
        return one->entry < other->entry ? -1 : 1;
    }
    return span_compare(one->agency, other->agency);
}

static struct lg_err told_read(struct notifying *it) {
    struct store_incident_notices rows;
    struct arena *arena = call_of(it)->arena;
    TRY(store_incident_notices_of(call_of(it)->service->worker->reader, &it->state.id, arena,
                                  &rows));
    it->notice_count = rows.count;
    it->noticed = arena_array(arena, rows.count, sizeof *it->noticed);
    it->told = arena_array(arena, rows.count * LIMIT_INCIDENT_NOTICE_ENTRIES, sizeof *it->told);
    TRY(arena_failed(arena));
    for (size_t i = 0; i < rows.count; i++) {
        struct incident_notice notice;
        TRY(incident_notice_read(&rows.items[i], &notice));
        it->noticed[i] = notice.sent.agency;
        for (size_t j = 0; j < incident_entry_count(&notice.sent); j++) {
            it->told[it->told_count++] = (struct told){.entry = incident_entry_at(&notice.sent, j),
                                                       .agency = notice.sent.agency};
        }
    }
    if (it->told_count > 0) {
        qsort(it->told, it->told_count, sizeof *it->told, told_order);
    }
    return LG_OK;
}

static bool is_told(const struct notifying *it, const struct told *what) {
    return it->told_count > 0 &&
           bsearch(what, it->told, it->told_count, sizeof *it->told, told_order) != NULL;
}

/* ---- Piles ---- */

static bool is_of(const struct pile *pile, const struct pile *wanted) {
    return pile->is_recall == wanted->is_recall && pile->is_named == wanted->is_named &&
           pile->is_own == wanted->is_own && pile->is_quiet == wanted->is_quiet &&
           span_equal(pile->agency, wanted->agency);
}

/* Notices of the incident to an agency, those of this run as well. */
static size_t notices_to(const struct notifying *it, struct span agency) {
    size_t count = 0;
    for (size_t i = 0; i < it->notice_count; i++) {
        count += span_equal(it->noticed[i], agency) ? 1 : 0;
    }
    for (size_t i = 0; i < it->pile_count; i++) {
        count += span_equal(it->piles[i].agency, agency) ? 1 : 0;
    }
    return count;
}

/* NULL where there is room for no other notice. */
static struct pile *pile_open(struct notifying *it, const struct pile *wanted) {
    for (size_t i = 0; i < it->pile_count; i++) {
        if (is_of(&it->piles[i], wanted) && it->piles[i].count < LIMIT_INCIDENT_NOTICE_ENTRIES) {
            return &it->piles[i];
        }
    }
    if (it->pile_count == LIMIT_INCIDENT_RUN) {
        it->is_full = true;
        return NULL;
    }
    if (it->notice_count + it->pile_count >= LIMIT_INCIDENT_NOTICES ||
        notices_to(it, wanted->agency) >= LIMIT_INCIDENT_AGENCY_NOTICES) {
        it->is_capped = true;
        return NULL;
    }
    struct pile *pile = &it->piles[it->pile_count++];
    *pile = *wanted;
    return pile;
}

static void pile_add(struct notifying *it, const struct pile *wanted, uint64_t entry) {
    const struct told what = {.entry = entry, .agency = wanted->agency};
    if (wanted->agency.len == 0 || span_equal(wanted->agency, it->state.opened.agency) ||
        is_told(it, &what)) {
        return;
    }
    struct pile *pile = pile_open(it, wanted);
    if (pile != NULL) {
        pile->entries[pile->count++] = entry;
        it->entry_count++;
    }
}

/* ---- The walk, on the pool ---- */

static bool is_left(void *ctx) {
    const struct notifying *it = ctx;
    return call_of(it)->is_cancelled;
}

/* As the registry has it, which outlives the page. Empty: an agency that left. */
static struct span party_of(const struct notifying *it, struct span agency) {
    const struct config_party *party = config_party_find(it->scope.gateway->registry, agency);
    return party != NULL ? span_text(party->id) : span_of(NULL, 0);
}

/* Who asked: in clear in the leaf, else the one whose tag it has. */
static struct lg_err asker_find(const struct notifying *it, const struct audit_entry *entry,
                                struct span *out_agency) {
    const struct query_gateway *gateway = it->scope.gateway;
    *out_agency = party_of(it, entry->requesting_agency);
    for (uint32_t i = 0; out_agency->len == 0 && i < gateway->registry->party_count; i++) {
        struct span agency = span_text(gateway->registry->parties[i].id);
        bool is = false;
        TRY(audit_entry_is_asked_by(gateway->log, entry, agency, &is));
        *out_agency = is ? agency : span_of(NULL, 0);
    }
    return LG_OK;
}

static struct lg_err given_take(struct notifying *it, const struct index_hit *hit) {
    struct pile wanted = {
        .is_recall = true, .is_named = true, .is_quiet = hit->entry.requesting_agency.len == 0};
    if (!hit->side.is_received) {
        return LG_OK;
    }
    TRY(asker_find(it, &hit->entry, &wanted.agency));
    pile_add(it, &wanted, hit->side.position);
    return LG_OK;
}

/* Whether parts of the scope may well be of one person: in one notice they would tell a source so,
 * also of those that were decoys, when it did not know the person yet. It is told then of parts
 * alone of which the agency itself knows that records came: of a hidden source it knows of none. */
static bool is_linking(const struct incident_step *opened) {
    return opened->is_of_person || incident_entry_count(opened) > 1;
}

static void asked_take(struct notifying *it, const struct index_hit *hit) {
    const struct incident_step *opened = &it->state.opened;
    bool is_abroad = service_incident_is_abroad(opened);
    if (is_linking(opened) && (!hit->has_detail || hit->detail.record_count == 0)) {
        return;
    }
    const struct pile wanted = {
        .agency = party_of(it, hit->entry.source_agency),
        .is_named = is_abroad || hit->entry.requesting_agency.len > 0,
    };
    pile_add(it, &wanted, hit->side.position);
    if (is_abroad) {
        const struct pile own = {.agency = opened->scope_agency, .is_named = true, .is_own = true};
        pile_add(it, &own, hit->side.position);
    }
}

static struct lg_err page_take(struct notifying *it) {
    struct index_found found;
    TRY(service_incident_page(&it->scope, it->before, LIMIT_INCIDENT_LOOK, it->arena, &found));
    it->covered = it->looks == 0 ? found.covered : it->covered;
    for (size_t i = 0; i < found.count && !it->is_full; i++) {
        const struct index_hit *hit = &found.hits[i];
        it->before = hit->side.position;
        if (hit->side.role == STORE_SIDE_SOURCE) {
            TRY(given_take(it, hit));
        } else {
            asked_take(it, hit);
        }
    }
    it->is_over = !found.is_more && !it->is_full;
    it->looks++;
    return arena_failed(call_of(it)->arena);
}

static void page_work(void *ctx) {
    struct notifying *it = ctx;
    it->err = arena_new(ARENA_SIZE, &it->arena);
    if (!lg_failed(it->err)) {
        it->err = page_take(it);
    }
    arena_free(&it->arena);
}

/* ---- The entries ---- */

static void notify_refuse(struct notifying *it, enum grpc_status status, const char *sentence) {
    audit_receipt_free(&it->commit.receipt);
    service_refuse(call_of(it), status, sentence);
}

static void notify_fail(struct notifying *it, struct lg_err err) {
    audit_receipt_free(&it->commit.receipt);
    service_refuse_error(call_of(it), err);
}

/* As the sender may count them: those of whom it may not know to whom they went are one, however
 * many recipients there were. */
static uint32_t piles_shown(const struct notifying *it) {
    uint32_t shown = 0;
    bool has_quiet = false;
    for (size_t i = 0; i < it->pile_count; i++) {
        shown += it->piles[i].is_quiet ? 0 : 1;
        has_quiet = has_quiet || it->piles[i].is_quiet;
    }
    return shown + (has_quiet ? 1 : 0);
}

static void notify_answer(struct notifying *it) {
    struct arena *arena = call_of(it)->arena;
    struct wire_incident_notify_reply reply = {
        .notice_count = piles_shown(it),
        .entry_count = it->entry_count,
        .more = !it->is_over || it->is_capped,
        .verdict = {.decision = DECISION_PERMIT},
    };
    struct span bytes = span_of(NULL, 0);
    struct lg_err err = service_incident_show(&it->state, false, service_incident_now(call_of(it)),
                                              arena, &reply.incident);
    if (!lg_failed(err)) {
        err = service_commit_logged(&it->commit, &reply.logged);
    }
    if (!lg_failed(err)) {
        err = wire_incident_reply_encode(WIRE_INCIDENT_NOTIFY, arena, &reply, &bytes);
    }
    service_commit_answer(&it->commit, err, bytes);
}

static void on_notified(struct service_commit *commit) {
    struct notifying *it = commit->ctx;
    bool found = false;
    if (!service_commit_is_durable(commit)) {
        return;
    }
    struct lg_err err =
        service_incident_find(commit->call, &it->request->incident_id,
                              audit_receipt_index(commit->receipt), &found, &it->state);
    if (lg_failed(err)) {
        notify_fail(it, err);
    } else if (!found || !it->state.is_asked_done) {
        notify_refuse(it, GRPC_ABORTED,
                      "Nobody was told: somebody else's step on this incident came first; Get says "
                      "how it is now");
    } else {
        notify_answer(it);
    }
}

static int rising(const void *a, const void *b) {
    uint64_t one = *(const uint64_t *)a;
    uint64_t other = *(const uint64_t *)b;
    return (one > other) - (one < other);
}

static struct lg_err entries_write(struct pile *pile, struct arena *arena,
                                   struct span *out_entries) {
    uint8_t *buf = arena_alloc(arena, pile->count * ENTRY_SIZE);
    TRY(arena_failed(arena));
    struct writer w = writer_of(buf, pile->count * ENTRY_SIZE);
    qsort(pile->entries, pile->count, sizeof *pile->entries, rising);
    for (size_t i = 0; i < pile->count; i++) {
        writer_u64(&w, pile->entries[i]);
    }
    return writer_end(&w, out_entries);
}

static struct lg_err notice_make(const struct notifying *it, struct pile *pile,
                                 const struct incident_step *run, struct incident_step *out) {
    const struct incident_step *opened = &it->state.opened;
    *out = (struct incident_step){
        .kind = INCIDENT_NOTICE,
        .id = run->id,
        .mark = run->mark,
        .at_ms = run->at_ms,
        .what = opened->what,
        .by_ms = run->by_ms,
        .is_recall = pile->is_recall,
        .is_quiet = pile->is_quiet,
        .has_person = it->has_person,
        .person = it->person,
        .agency = pile->agency,
        .scope_agency = pile->is_own ? pile->agency : span_of(NULL, 0),
        .scope_system = pile->is_own ? opened->scope_system : span_of(NULL, 0),
        .other = pile->is_named ? opened->agency : span_of(NULL, 0),
    };
    return entries_write(pile, call_of(it)->arena, &out->entries);
}

/* The same for all that are told on a day: by this field two recipients do not find that they were
 * told of one incident. By the log they may: the entries of a run stand together, at one moment. */
static int64_t end_of_day(int64_t ms) {
    return (day_of_ms(ms) + (int64_t)1) * DAY_MS - 1;
}

static struct lg_err steps_commit(struct notifying *it) {
    struct service_call *call = call_of(it);
    struct incident_step *steps = arena_array(call->arena, it->pile_count + 1, sizeof *steps);
    TRY(arena_failed(call->arena));
    steps[0] = (struct incident_step){
        .kind = INCIDENT_NOTIFY,
        .id = it->state.id,
        .version = it->request->version,
        .by_ms = end_of_day(it->request->by_ms),
        .covered = it->covered,
        .entry_count = it->entry_count,
        .notice_count = piles_shown(it),
    };
    vault_random(steps[0].mark.bytes, sizeof steps[0].mark.bytes);
    service_incident_actor(call, &steps[0]);
    for (size_t i = 0; i < it->pile_count; i++) {
        TRY(notice_make(it, &it->piles[i], &steps[0], &steps[i + 1]));
    }
    it->commit.on_committed = on_notified;
    return service_incident_commit(&it->commit, steps, it->pile_count + 1, &it->person);
}

static void piles_tell(struct notifying *it) {
    if (it->pile_count == 0 && it->is_capped) {
        notify_refuse(it, GRPC_FAILED_PRECONDITION,
                      "this incident has as many notices as there may be, in all or to an agency; "
                      "open another one for what is left");
        return;
    }
    if (it->pile_count == 0 && !it->is_over) {
        notify_refuse(it, GRPC_FAILED_PRECONDITION,
                      "the scope is larger than one incident holds; open others for shorter times");
        return;
    }
    if (it->pile_count == 0) {
        notify_answer(it);
        return;
    }
    audit_receipt_free(&it->commit.receipt); /* of the look: the reply has that of the run */
    struct lg_err err = steps_commit(it);
    if (lg_failed(err)) {
        notify_fail(it, err);
    }
}

static void on_page(void *ctx) {
    struct notifying *it = ctx;
    const struct query_worker *worker = call_of(it)->service->worker;
    bool is_done = it->is_over || it->is_full || it->looks >= LIMIT_INCIDENT_LOOKS;
    if (lg_failed(it->err) || call_of(it)->is_cancelled) {
        notify_fail(it, it->err);
    } else if (is_done) {
        piles_tell(it);
    } else {
        loop_pool_send(worker->gateway->bulk, &it->job);
    }
}

/* ---- The call ---- */

/* False after it refused, or with an error. */
static struct lg_err walk_prepare(struct notifying *it, bool *out_goes_on) {
    struct service_call *call = call_of(it);
    const struct incident_step run = {.kind = INCIDENT_NOTIFY, .version = it->request->version};
    bool found = false;
    *out_goes_on = false;
    TRY(service_incident_find(call, &it->request->incident_id, 0, &found, &it->state));
    const char *fault = found ? incident_step_fault(&it->state, &run) : service_incident_absent;
    if (fault != NULL) {
        notify_refuse(it, found ? GRPC_FAILED_PRECONDITION : GRPC_NOT_FOUND, fault);
        return LG_OK;
    }
    if (it->state.opened.is_of_person && it->look.ground == NULL) {
        notify_refuse(it, GRPC_INVALID_ARGUMENT, service_incident_ground);
        return LG_OK;
    }
    TRY(service_incident_scope_make(call, &it->state, &it->scope));
    if (it->state.opened.is_of_person) {
        TRY(store_incident_person(call->service->worker->reader, &it->state.id, &it->has_person,
                                  &it->person));
    }
    TRY(told_read(it));
    it->piles = arena_array(call->arena, LIMIT_INCIDENT_RUN, sizeof *it->piles);
    TRY(arena_failed(call->arena));
    it->scope.kind = AUDIT_RELEASE;
    it->scope.is_cancelled = is_left;
    it->scope.ctx = it;
    it->before = UINT64_MAX;
    *out_goes_on = true;
    return LG_OK;
}

static void on_logged(struct service_commit *commit) {
    struct notifying *it = commit->ctx;
    const struct query_worker *worker = commit->call->service->worker;
    bool goes_on = false;
    if (!service_commit_is_durable(commit)) {
        return;
    }
    struct lg_err err = walk_prepare(it, &goes_on);
    if (lg_failed(err)) {
        notify_fail(it, err);
    } else if (goes_on) {
        it->job = (struct loop_job){
            .work = page_work, .on_done = on_page, .ctx = it, .loop = worker->loop};
        loop_pool_send(worker->gateway->bulk, &it->job);
    }
}

static void on_refused(struct service_incident_look *look) {
    struct notifying *it = (struct notifying *)look;
    struct wire_incident_notify_reply reply = {.verdict = look->search.verdict};
    struct span bytes = span_of(NULL, 0);
    struct lg_err err = service_commit_logged(&it->commit, &reply.logged);
    if (!lg_failed(err)) {
        err = wire_incident_reply_encode(WIRE_INCIDENT_NOTIFY, call_of(it)->arena, &reply, &bytes);
    }
    service_commit_answer(&it->commit, err, bytes);
}

void service_incident_notify(void *ctx, struct grpc_call *grpc, struct span message) {
    static const struct service_incident_shape shape = {
        WIRE_INCIDENT_NOTIFY, sizeof(struct wire_incident_notify_request),
        offsetof(struct wire_incident_notify_request, actor)};
    void *request = NULL;
    struct service_call *call = service_incident_begin(ctx, grpc, message, &shape, &request);
    if (call == NULL || !service_incident_has_index(call)) {
        return;
    }
    struct notifying *it = arena_alloc(call->arena, sizeof *it);
    if (it == NULL) {
        service_refuse_error(call, arena_failed(call->arena));
        return;
    }
    it->request = request;
    it->commit = (struct service_commit){.call = call, .on_committed = on_logged, .ctx = it};
    int64_t now_ms = service_incident_now(call);
    if (it->request->by_ms <= now_ms ||
        it->request->by_ms > now_ms + LIMIT_INCIDENT_RECALL_DAYS * DAY_MS) {
        service_refuse(call, GRPC_INVALID_ARGUMENT,
                       "by_ms: until when those who are told have to act, in milliseconds since "
                       "1970: after now, and within 90 days");
        return;
    }
    it->look = (struct service_incident_look){
        .commit = &it->commit,
        .ground = it->request->has_ground ? &it->request->ground : NULL,
        .actor = &it->request->actor,
        .what = "INCIDENT_NOTIFY",
        .on_refused = on_refused,
    };
    struct lg_err err = service_incident_look_begin(&it->look);
    if (lg_failed(err)) {
        service_refuse_error(call, err);
    }
}
