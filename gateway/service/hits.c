/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/service/hits.h"

#include <string.h>

enum {
    /* Of a hit beside leaf, detail and path: names and numbers of AuditHit and Receipt. */
    HIT_SIZE = 1024,
    PATH_STEP_SIZE = 34,
    REST_SIZE = 32768, /* verdict, checkpoints, the search's own receipt */
};

static const struct query_gateway *gateway_of(const struct service_call *call) {
    return call->service->worker->gateway;
}

/* ---- what is shown ---- */

/* Whether the leaf itself is of this side of this agency. */
static struct lg_err is_own(const struct service_call *call, const struct index_hit *hit,
                            bool *out_is) {
    *out_is = span_equal(hit->entry.source_agency, call->caller.agency);
    return hit->side.role == STORE_SIDE_SOURCE
               ? LG_OK
               : audit_entry_is_asked_by(gateway_of(call)->log, &hit->entry, call->caller.agency,
                                         out_is);
}

static void hit_show(const struct service_call *call, const struct index_hit *hit,
                     struct wire_audit_hit *out) {
    const struct audit_entry *entry = &hit->entry;
    bool asked = hit->side.role == STORE_SIDE_REQUESTER;
    *out = (struct wire_audit_hit){
        .index = hit->side.position,
        .side = (unsigned)hit->side.role,
        .kind = (unsigned)entry->kind,
        .outcome = (unsigned)entry->decision,
        .time_ms = entry->time_ms,
        .question_id = span_of(entry->request_id.bytes, sizeof entry->request_id.bytes),
        .requester = asked ? call->caller.agency : entry->requesting_agency,
        .source = entry->source_agency,
        .agreement = entry->agreement,
        .agreement_version = entry->agreement_version,
        .purpose = entry->purpose,
        .basis = entry->basis,
        .reason = entry->reason,
        .emergency = (entry->flags & AUDIT_FLAG_EMERGENCY) != 0,
        .record_count = entry->record_count,
    };
    if (hit->has_detail) {
        const struct audit_detail *detail = &hit->detail;
        out->time_ms = detail->time_ms;
        out->question_id = span_of(detail->question_id.bytes, sizeof detail->question_id.bytes);
        out->purpose = detail->purpose;
        out->basis = detail->basis;
        out->reason = detail->reason;
        out->emergency = (detail->flags & AUDIT_FLAG_EMERGENCY) != 0;
        out->record_count = detail->record_count;
    }
}

struct lg_err service_hit_make(const struct service_call *call, const struct index_hit *found,
                               const struct audit_receipts_under *under, struct arena *arena,
                               struct service_hit *out_hit) {
    *out_hit = (struct service_hit){.is_own = false};
    TRY(is_own(call, found, &out_hit->is_own));
    if (!out_hit->is_own) {
        return LG_OK;
    }
    hit_show(call, found, &out_hit->hit);
    TRY(audit_receipt_under(gateway_of(call)->log, found->side.position, under, arena,
                            &out_hit->entry));
    out_hit->entry.detail = found->has_detail ? found->side.detail : span_of(NULL, 0);
    return LG_OK;
}

/* ---- one page ---- */

struct page {
    const struct service_call *call;
    const struct index_found *found;
    size_t beside;
    struct receipt_form *entries;
    struct wire_audit_hit *hits;
    size_t *order;
    size_t count;
};

/* Bytes of a message for hits; as text, bytes take a third more, and names their letters. */
static size_t room_of(const struct service_call *call) {
    size_t message = gateway_of(call)->message_max;
    size_t room = grpc_call_is_json(call->call) ? message / 8 * 5 : message;
    return room > REST_SIZE ? room - REST_SIZE : 0;
}

static size_t hit_size(const struct index_hit *hit, uint64_t log_size) {
    size_t path = 0;
    while (path < 64 && log_size >> path > 0) {
        path++;
    }
    return hit->leaf.len + hit->side.detail.len + path * PATH_STEP_SIZE + HIT_SIZE;
}

/* So many of the hits are one message; at least one. */
static size_t page_cut(const struct page *page) {
    const struct index_found *found = page->found;
    size_t room = room_of(page->call);
    size_t used = 0;
    size_t count = 0;
    while (count < found->count) {
        used += hit_size(&found->hits[count], found->covered) + page->beside;
        if (count > 0 && used > room) {
            break;
        }
        count++;
    }
    return count;
}

static bool is_together(const struct index_hit *a, const struct index_hit *b) {
    return a->side.role == b->side.role && memcmp(a->side.question.bytes, b->side.question.bytes,
                                                  sizeof a->side.question.bytes) == 0;
}

/* The entries of a question stand where its newest is. At most LIMIT_INDEX_PAGE of them. */
static void page_group(const struct index_hit *hits, size_t *order, size_t count) {
    for (size_t i = 0; i + 1 < count; i++) {
        size_t next = i + 1;
        for (size_t j = next; j < count; j++) {
            if (is_together(&hits[order[i]], &hits[order[j]])) {
                size_t moved = order[j];
                memmove(&order[next + 1], &order[next], (j - next) * sizeof *order);
                order[next] = moved;
                break;
            }
        }
    }
}

static struct lg_err page_fill(struct page *page, const struct audit_receipts_under *under,
                               struct arena *arena) {
    size_t shown = 0;
    for (size_t i = 0; i < page->count; i++) {
        struct service_hit hit;
        TRY(service_hit_make(page->call, &page->found->hits[page->order[i]], under, arena, &hit));
        if (hit.is_own) {
            page->hits[shown] = hit.hit;
            page->entries[shown++] = hit.entry;
        }
    }
    page->count = shown;
    return LG_OK;
}

struct lg_err service_hits_make(const struct service_call *call, const struct index_found *found,
                                size_t beside, struct arena *arena, struct service_hits *out_hits) {
    struct page page = {.call = call, .found = found, .beside = beside};
    struct audit_receipts_under under;
    page.count = page_cut(&page);
    size_t cut = page.count;
    page.entries = arena_array(arena, page.count, sizeof *page.entries);
    page.hits = arena_array(arena, page.count, sizeof *page.hits);
    page.order = arena_array(arena, page.count, sizeof *page.order);
    TRY(arena_failed(arena));
    for (size_t i = 0; i < page.count; i++) {
        page.order[i] = i;
    }
    uint64_t newest = found->covered - 1; /* the log is never empty: its process has an entry */
    TRY(audit_receipts_checkpoint(gateway_of(call)->log, newest, arena, &under));
    page_group(found->hits, page.order, page.count);
    TRY(page_fill(&page, &under, arena));
    *out_hits = (struct service_hits){.entries = page.entries,
                                      .hits = page.hits,
                                      .count = page.count,
                                      .checkpoint = under.checkpoint,
                                      .is_more = cut < found->count || found->is_more};
    if (out_hits->is_more) {
        out_hits->last = found->hits[cut - 1].side.position;
    }
    return LG_OK;
}
