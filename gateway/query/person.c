/* SPDX-License-Identifier: Apache-2.0 */
/* Step person: from what the caller knows of a person to the person, or to none. */
#include "gateway/base/assert.h"
#include "gateway/query/query_int.h"

/* Agreements under which this agency's rows count now: those with an enrol clause in force. */
static struct lg_err enrolled_under(const struct query_gateway *gateway, struct span agency,
                                    int64_t now_s, struct arena *arena, struct span_list *out) {
    struct span *ids = arena_array(arena, gateway->force_count, sizeof *ids);
    TRY(arena_failed(arena));
    size_t count = 0;
    for (size_t i = 0; i < gateway->force_count; i++) {
        struct policy_enrolment enrolment =
            policy_enrol_find(&gateway->force[i], 1, agency, span_text(""), now_s);
        if (enrolment.refusal == POLICY_REASON_NONE) {
            ids[count++] = policy_id(gateway->force[i].policy);
        }
    }
    *out = (struct span_list){.items = ids, .count = count};
    return LG_OK;
}

static bool list_has(struct span_list list, struct span item) {
    for (size_t i = 0; i < list.count; i++) {
        if (span_equal(list.items[i], item)) {
            return true;
        }
    }
    return false;
}

/* Whose existence this caller may learn: asked over all sources and fields, so that the answer does
 * not depend on which of them this question names. */
static struct lg_err findable_sources(const struct query_worker *worker,
                                      const struct caller *caller, const struct question *question,
                                      struct arena *arena, struct span_list *out_sources) {
    int64_t now_ms = clock_wall_ms(loop_clock(worker->loop));
    struct policy_request request = query_policy_request(caller, question, now_ms);
    request.sources = (struct span_list){0};
    request.fields = (struct span_list){0};
    const struct permit *all = NULL;
    TRY(policy_decide(worker->gateway->force, worker->gateway->force_count, &request, arena, &all));
    return policy_permit_findable(all, arena, out_sources);
}

struct lg_err query_asker_make(const struct query_asking *asking, struct arena *arena,
                               struct locate_asker *out_asker) {
    const struct query_worker *worker = asking->worker;
    const struct question *question = asking->question;
    const struct config_partnership *registry = worker->gateway->registry;
    ASSERT(asking->permit != NULL);
    int64_t now_ms = clock_wall_ms(loop_clock(worker->loop));
    struct span_list findable;
    TRY(findable_sources(worker, asking->caller, question, arena, &findable));
    struct locate_source *sources = arena_array(arena, registry->party_count, sizeof *sources);
    TRY(arena_failed(arena));
    for (uint32_t i = 0; i < registry->party_count; i++) {
        sources[i].agency = span_text(registry->parties[i].id);
        /* An agency knows whom it enrolled itself, whatever the agreements hide. */
        sources[i].is_visible = span_equal(sources[i].agency, asking->caller->agency) ||
                                list_has(findable, sources[i].agency);
        TRY(enrolled_under(worker->gateway, sources[i].agency, now_ms / 1000, arena,
                           &sources[i].enrolled_under));
    }
    *out_asker = (struct locate_asker){
        .caller = asking->caller,
        .agreement = question->ground.agreement,
        .purpose = question->ground.purpose,
        .sources = sources,
        .source_count = registry->party_count,
        .now_ms = now_ms,
    };
    return LG_OK;
}

static void on_tokens(void *ctx, enum grpc_status status, const struct store_search *tokens) {
    struct query *query = ctx;
    query->plain = NULL;
    query->tokens_status = status;
    query->tokens = tokens == NULL ? (struct store_search){0} : *tokens;
    query->has_tokens = true;
    query_resume(query);
}

/* Identifiers in clear become tokens first. */
static struct lg_err plain_begin(struct query *query) {
    const struct query_plain_ask ask = {
        .worker = query->worker,
        .arena = query->arena,
        .agency = query->caller->agency,
        .identity = &query->question->person.identity,
        .deadline_ms = query->deadline_ms,
        .on_tokens = on_tokens,
        .ctx = query,
    };
    return query_plain_begin(&ask, &query->plain);
}

struct locate_look query_look(const struct query *query) {
    return (struct locate_look){.locate = query->worker->gateway->locate,
                                .reader = query->worker->reader,
                                .asker = &query->asker,
                                .arena = query->arena};
}

static struct lg_err person_locate(struct query *query) {
    const struct locate_look look = query_look(query);
    if (query->has_tokens) {
        return locate_find(&look, &query->tokens, &query->located);
    }
    return locate_person(&look, &query->question->person, &query->located);
}

/* A pseudonym belongs to one agreement: where the question names none, to the one that decided. */
static struct lg_err asker_make(struct query *query) {
    const struct query_asking asking = {
        .worker = query->worker,
        .caller = query->caller,
        .question = query->question,
        .permit = query->permit,
    };
    TRY(query_asker_make(&asking, query->arena, &query->asker));
    if (query->question->person.kind == PERSON_PSEUDONYM && query->asker.agreement.len == 0) {
        query->asker.agreement = query->agreement;
    }
    return LG_OK;
}

/* A reference that is not this caller's: somebody tried it, so the log says so before they hear. */
static enum step reference_refuse(struct query *query, struct lg_err why) {
    query->refused = why;
    struct lg_err err = query_refusal_commit(query, span_text("REFERENCE_REFUSED"));
    return lg_failed(err) ? query_fail(query, err) : STEP_WAIT;
}

enum step step_person(struct query *query) {
    struct lg_err err = LG_OK;
    if (query->is_finalled) { /* back from the log */
        return query_fail(query, query->refused);
    }
    if (query->has_tokens && query->tokens_status != GRPC_OK) {
        query->end = query_plain_end_of(query->tokens_status);
        return STEP_STOP;
    }
    if (query->question->person.kind == PERSON_IDENTITY && !query->has_tokens) {
        err = plain_begin(query);
        return lg_failed(err) ? query_fail(query, err) : STEP_WAIT;
    }
    err = asker_make(query);
    if (!lg_failed(err)) {
        err = person_locate(query);
    }
    if (lg_err_class(err) == LG_CLASS_INPUT) {
        return reference_refuse(query, err);
    }
    return lg_failed(err) ? query_fail(query, err) : STEP_NEXT;
}
