/* SPDX-License-Identifier: Apache-2.0 */
/* The log under `/log/`, as c2sp.org/tlog-tiles has it: checkpoint and hash tiles for every system
 * of the partnership, since hashes of leaves with 24 random bytes tell nothing; entries for
 * auditors alone, whose leaves show who asked whom under what, sealed parts sealed. Files are read
 * on the bulk pool.
 *
 * To read entries is a look at the log, so it is one of its entries before the first is shown. A
 * copy of a large log is many thousand bundles: one entry stands for all that the system fetches
 * through this worker in the next minute. */
#include <stdio.h>

#include "gateway/audit/tiles.h"
#include "gateway/audit/witnessed.h"
#include "gateway/service/service_int.h"

/* A bundle of 256 entries of the largest size, twice: what a wrong volume left behind. */
enum { ARENA_SIZE = 2 * 256 * (AUDIT_ENTRY_SIZE_MAX + 2) + 65536 };

/* Rounds that a checkpoint stays the one to show: the witnesses may miss two. */
static const int64_t WITNESSED_AGE_MS = 3 * (int64_t)LIMIT_WITNESS_ROUND_MS;

/* So long one entry stands for the bundles that a system fetches. */
static const int64_t LOOK_MS = 60000;

struct page_call {
    struct page_call *prev;
    struct page_call *next; /* in the service */
    struct service_call *call;
    struct audit_log *log;
    struct audit_tile tile;
    struct arena *arena; /* the pool's own */
    struct span bytes;
    struct lg_err err;
    struct loop_job job;
};

static const char no_page_sentence[] =
    "no such page, or not of a tree that was signed: see c2sp.org/tlog-tiles";

static void answer(struct service_call *call, const struct grpc_page *page) {
    grpc_call_page(&call->call, page);
    service_call_end(&call);
}

/* ---- checkpoint ---- */

/* The one that witnesses have seen, as long as it is fresh; else the newest; never one that is
 * smaller than the last. */
static void answer_checkpoint(struct service_call *call) {
    struct audit_log *log = call->service->worker->gateway->log;
    struct span note;
    struct lg_err err = audit_witnessed_show(log, WITNESSED_AGE_MS, call->arena, &note);
    if (lg_failed(err)) {
        service_refuse_error(call, err);
        return;
    }
    const struct grpc_page page = {
        .type = "text/plain; charset=utf-8", .cache = "no-store", .body = note};
    answer(call, &page);
}

/* ---- tiles ---- */

static void page_work(void *ctx) {
    struct page_call *begun = ctx;
    begun->err = arena_new(ARENA_SIZE, &begun->arena);
    if (!lg_failed(begun->err)) {
        begun->err = audit_tile_read(begun->log, &begun->tile, begun->arena, &begun->bytes);
    }
}

static void page_add(struct service *service, struct page_call *begun) {
    begun->next = service->pages;
    if (begun->next != NULL) {
        begun->next->prev = begun;
    }
    service->pages = begun;
}

static void page_drop(struct service *service, struct page_call *begun) {
    if (begun->prev != NULL) {
        begun->prev->next = begun->next;
    } else {
        service->pages = begun->next;
    }
    if (begun->next != NULL) {
        begun->next->prev = begun->prev;
    }
}

/* One mirror's pages in line are not in the way of another's. */
static bool has_room(const struct service_call *call) {
    size_t all = 0;
    size_t own = 0;
    for (const struct page_call *it = call->service->pages; it != NULL; it = it->next) {
        all++;
        own += span_equal(it->call->caller.agency, call->caller.agency) ? 1 : 0;
    }
    return all < LIMIT_SERVICE_PAGES && own < LIMIT_SERVICE_PAGES_AGENCY;
}

static void on_page(void *ctx) {
    struct page_call *begun = ctx;
    struct arena *arena = begun->arena;
    grpc_call_rest(begun->call->call, false);
    page_drop(begun->call->service, begun);
    if (lg_failed(begun->err) && lg_err_class(begun->err) == LG_CLASS_INPUT) {
        service_refuse(begun->call, GRPC_NOT_FOUND, no_page_sentence);
    } else if (lg_failed(begun->err)) {
        service_refuse_error(begun->call, begun->err);
    } else {
        const struct grpc_page page = {
            .type = "application/octet-stream",
            .cache = begun->tile.is_entries ? "private, no-store" : "max-age=31536000, immutable",
            .body = begun->bytes};
        answer(begun->call, &page);
    }
    arena_free(&arena);
}

static void answer_tile(struct service_call *call, const struct audit_tile *tile) {
    const struct query_worker *worker = call->service->worker;
    if (!has_room(call)) {
        service_refuse(call, GRPC_RESOURCE_EXHAUSTED,
                       "too many pages of the log are asked for at once; ask again for this one");
        return;
    }
    struct page_call *begun = arena_alloc(call->arena, sizeof *begun);
    if (begun == NULL) {
        service_refuse_error(call, arena_failed(call->arena));
        return;
    }
    *begun = (struct page_call){
        .call = call,
        .log = worker->gateway->log,
        .tile = *tile,
        .job = {.work = page_work, .on_done = on_page, .ctx = begun, .loop = worker->loop},
    };
    page_add(call->service, begun);
    grpc_call_rest(call->call, true); /* in line for a file it takes no place of the questions */
    loop_pool_send(worker->gateway->bulk, &begun->job);
}

/* ---- entries ---- */

struct entries_call {
    struct service_commit commit;
    struct audit_tile tile;
};

static int64_t now_ms(const struct service_call *call) {
    return loop_now_ms(call->service->worker->loop);
}

static bool is_of(const struct service_look *look, const struct service_call *call) {
    return span_equal_text(call->caller.agency, look->agency) &&
           span_equal_text(call->caller.system, look->system);
}

/* Whether a look of this system stands for what it fetches now. */
static bool is_looking(const struct service_call *call) {
    const struct service_look *looks = call->service->looks;
    for (size_t i = 0; i < SERVICE_LOOKS; i++) {
        if (is_of(&looks[i], call) && now_ms(call) < looks[i].until_ms) {
            return true;
        }
    }
    return false;
}

/* In the place of its last one, of one that is over, or of the oldest: who is forgotten is entered
 * once more. */
static void look_note(struct service_call *call) {
    struct service_look *looks = call->service->looks;
    struct service_look *place = &looks[0];
    for (size_t i = 0; i < SERVICE_LOOKS; i++) {
        if (is_of(&looks[i], call)) {
            place = &looks[i];
            break;
        }
        place = looks[i].until_ms < place->until_ms ? &looks[i] : place;
    }
    (void)snprintf(place->agency, sizeof place->agency, "%.*s", (int)call->caller.agency.len,
                   (const char *)call->caller.agency.ptr);
    (void)snprintf(place->system, sizeof place->system, "%.*s", (int)call->caller.system.len,
                   (const char *)call->caller.system.ptr);
    place->until_ms = now_ms(call) + LOOK_MS;
}

static void on_looked(struct service_commit *commit) {
    const struct entries_call *begun = commit->ctx;
    struct service_call *call = commit->call;
    if (commit->receipt == NULL) {
        service_refuse(call, GRPC_UNAVAILABLE,
                       "The log takes no entries now, not even of this look: try again later");
        return;
    }
    audit_receipt_free(&commit->receipt);
    look_note(call);
    answer_tile(call, &begun->tile);
}

static void answer_entries(struct service_call *call, const struct audit_tile *tile) {
    if (is_looking(call)) {
        answer_tile(call, tile);
        return;
    }
    struct entries_call *begun = arena_alloc(call->arena, sizeof *begun);
    if (begun == NULL) {
        service_refuse_error(call, arena_failed(call->arena));
        return;
    }
    *begun = (struct entries_call){
        .commit = {.call = call, .on_committed = on_looked, .ctx = begun}, .tile = *tile};
    struct lg_err err = service_officer_look(&begun->commit, "LOG_ENTRIES");
    if (lg_failed(err)) {
        service_refuse_error(call, err);
    }
}

void service_page(void *ctx, struct grpc_call *grpc, struct span path) {
    struct service_call *call = service_call_begin(ctx, grpc);
    struct audit_tile tile;
    if (call == NULL || !service_authenticate_system(call)) {
        return;
    }
    if (span_equal_text(path, "checkpoint")) {
        answer_checkpoint(call);
    } else if (lg_failed(audit_tile_path_read(path, &tile))) {
        service_refuse(call, GRPC_NOT_FOUND, no_page_sentence);
    } else if (tile.is_entries && call->caller.kind != SYSTEM_AUDITOR) {
        service_refuse(call, GRPC_PERMISSION_DENIED,
                       "Entries of the log are for auditors: use a certificate of kind auditor");
    } else if (!tile.is_entries) {
        answer_tile(call, &tile);
    } else if (!service_is_stopped(call)) {
        answer_entries(call, &tile);
    }
}
