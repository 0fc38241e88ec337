/* SPDX-License-Identifier: Apache-2.0 */
/* Step names: s*M for the person and for each link that may be shown. A pseudonym that was given
 * out before is in the store; a new one is made with the key service, which sees a blinded point,
 * and is durable before it leaves. Without the key service the answer goes on without names: what
 * would be pseudonymised is held back. */
#include "gateway/base/limits.h"
#include "gateway/base/log.h"
#include "gateway/query/query_int.h"

/* As many as one commit can hold. */
enum { NAMES_EPOCH = 1, NAMES_MAX = AUDIT_BATCH_MAX };

static struct store_owner owner_of(const struct query *query, const struct located *located) {
    return (struct store_owner){
        .person = located->person,
        .agreement = query->agreement,
        .recipient = query->caller->agency,
    };
}

/* Takes the text from the store, or puts the name on the list of those to be made. */
static struct lg_err name_want(struct query *query, const struct located *located,
                               struct span *out_text) {
    struct store_owner owner = owner_of(query, located);
    struct pseudonym pseudonym = {0};
    TRY(locate_pseudonym_find(query->worker->reader, &owner, query->arena, &pseudonym));
    *out_text = pseudonym.text;
    if (pseudonym.text.len == 0 && query->name_count < NAMES_MAX) {
        query->names =
            arena_more(query->arena, query->names, query->name_count, sizeof *query->names);
        TRY(arena_failed(query->arena));
        struct query_name *name = &query->names[query->name_count++];
        *name = (struct query_name){.located = *located, .out_text = out_text};
    }
    return LG_OK;
}

/* The person is named where the caller may know that they are known, or where a hidden source shows
 * something of them. An answer that cannot be worked with shows nothing. */
static bool person_is_named(struct query *query) {
    if (!query->located.is_known || query->pseudonym.len > 0) {
        return false;
    }
    bool shows = query->located.is_enough;
    for (size_t i = 0; i < query->part_count && !shows; i++) {
        struct query_part *part = &query->parts[i];
        bool hidden = part->stage == PART_IN_GATE && part->is_hidden;
        if (hidden && lg_failed(query_part_try(query, part, &shows))) {
            query_part_spoil(part);
        }
    }
    return shows;
}

static struct lg_err names_list(struct query *query) {
    query->names = NULL;
    query->name_count = 0;
    if (person_is_named(query)) {
        TRY(name_want(query, &query->located, &query->pseudonym));
    }
    for (size_t i = 0; i < query->part_count; i++) {
        struct query_part *part = &query->parts[i];
        for (size_t j = 0; part->stage == PART_IN_GATE && j < part->link_count; j++) {
            struct query_link *link = &part->links[j];
            TRY(name_want(query, &link->located, &link->pseudonym));
        }
    }
    return LG_OK;
}

static void names_keep(void *ctx) {
    struct query *query = ctx;
    struct store_pseudonym kept[NAMES_MAX];
    for (size_t i = 0; i < query->name_count; i++) {
        kept[i] = (struct store_pseudonym){
            .owner = owner_of(query, &query->names[i].located),
            .pseudonym = query->names[i].point,
        };
    }
    query->names_error =
        store_pseudonyms_put(query->worker->gateway->store, kept, query->name_count);
}

/* Names that could not be kept may not leave: nobody could give them back to us. */
static void names_drop(struct query *query, const char *why) {
    log_line(LOG_WARN, "query.names", "cause=%s", why);
    for (size_t i = 0; i < query->name_count; i++) {
        *query->names[i].out_text = span_of(NULL, 0);
    }
}

static void on_kept(void *ctx) {
    struct query *query = ctx;
    query->is_working = false;
    if (lg_failed(query->names_error)) {
        names_drop(query, "store");
    }
    query_proceed(query);
}

static struct lg_err names_finish(struct query *query, const struct span_list *elements) {
    for (size_t i = 0; i < query->name_count; i++) {
        struct query_name *name = &query->names[i];
        struct pseudonym pseudonym = {0};
        TRY(locate_pseudonym_finish(&name->blinded, elements->items[i], query->arena, &name->point,
                                    &pseudonym));
        *name->out_text = pseudonym.text;
    }
    return LG_OK;
}

static void on_elements(void *ctx, enum grpc_status status, const struct span_list *elements) {
    struct query *query = ctx;
    query->keys_call = NULL;
    if (status != GRPC_OK || lg_failed(names_finish(query, elements))) {
        names_drop(query, "key-service");
        query_proceed(query);
        return;
    }
    query->names_job = (struct loop_job){
        .work = names_keep, .on_done = on_kept, .ctx = query, .loop = query->worker->loop};
    query->is_working = true;
    loop_pool_send(query->worker->gateway->pool, &query->names_job);
}

/* A key service that hangs costs the names, not the answer. */
static int64_t names_due(const struct query *query) {
    int64_t due_ms =
        loop_now_ms(query->worker->loop) + query->worker->gateway->limits.source_timeout_ms;
    int64_t last_ms = query->deadline_ms - QUERY_NAMES_RESERVE_MS;
    return due_ms < last_ms ? due_ms : last_ms;
}

static struct lg_err names_ask(struct query *query) {
    struct span *elements = arena_array(query->arena, query->name_count, sizeof *elements);
    TRY(arena_failed(query->arena));
    for (size_t i = 0; i < query->name_count; i++) {
        struct query_name *name = &query->names[i];
        TRY(locate_pseudonym_begin(&name->located, &name->blinded));
        elements[i] = span_of(name->blinded.element.bytes, sizeof name->blinded.element.bytes);
    }
    const struct wire_pseudonymise_request request = {
        .agreement = query->agreement,
        .recipient = query->caller->agency,
        .epoch = NAMES_EPOCH,
        .elements = {.items = elements, .count = query->name_count},
    };
    const struct query_keys_terms terms = {
        .arena = query->arena, .deadline_ms = names_due(query), .ctx = query};
    return query_keys_pseudonymise(query->worker->keys, &terms, &request, on_elements,
                                   &query->keys_call);
}

enum step step_names(struct query *query) {
    struct lg_err err = names_list(query);
    if (lg_failed(err)) {
        return query_fail(query, err);
    }
    if (query->name_count == 0) {
        return STEP_NEXT;
    }
    if (lg_failed(names_ask(query))) {
        names_drop(query, "key-service");
        return STEP_NEXT;
    }
    return STEP_WAIT;
}
