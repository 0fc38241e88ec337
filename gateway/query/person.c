/* SPDX-License-Identifier: Apache-2.0 */
/* Step person: from what the caller knows of a person to the person, or to none. */
#include "gateway/base/assert.h"
#include "gateway/query/query_int.h"

struct lg_err query_asker_make(const struct query_asking *asking, struct arena *arena,
                               struct locate_asker *out_asker) {
    const struct question *question = asking->question;
    ASSERT(asking->permit != NULL);
    int64_t now_ms = clock_wall_ms(loop_clock(asking->worker->loop));
    struct policy_request request = query_policy_request(asking->caller, question, now_ms);
    if (asking->emergency != NULL) {
        request.emergency = *asking->emergency;
    }
    struct locate_asker asker = {
        .caller = asking->caller,
        .agreement = question->ground.agreement,
        .purpose = question->ground.purpose,
        .now_ms = now_ms,
    };
    TRY(query_askers_get(asking->worker->askers, asking->agreements, &request, arena, &asker));
    *out_asker = asker;
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
    query->located_turn = loop_turn_number(query->worker->loop);
    if (query->has_tokens) {
        return locate_find(&look, &query->tokens, &query->located);
    }
    return locate_person(&look, &query->question->person, &query->located);
}

void query_person_recall(struct query *query) {
    const struct question *question = query->question;
    struct person_id person;
    if (query->asker.caller != NULL || question->person.kind != PERSON_HANDLE) {
        return; /* looked up already, or nothing to go by without looking */
    }
    const struct locate_asker asker = {
        .caller = query->caller,
        .agreement = question->ground.agreement,
        .purpose = question->ground.purpose,
        .now_ms = clock_wall_ms(loop_clock(query->worker->loop)),
    };
    if (locate_handle_recall(query->worker->gateway->locate, &asker, question->person.handle,
                             &person)) {
        query->located = (struct located){.is_known = true, .is_enough = true, .person = person};
    }
}

/* A pseudonym belongs to one agreement: where the question names none, to the one that decided. */
static struct lg_err asker_make(struct query *query) {
    const struct query_asking asking = {
        .worker = query->worker,
        .caller = query->caller,
        .question = query->question,
        .permit = query->permit,
        .agreements = query->agreements.set,
        .emergency = &query->emergency.facts,
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
