/* SPDX-License-Identifier: Apache-2.0 */
/* Step links: a person whom an answer names is a subject of their own. They pass policy (with their
 * age unknown), consent and existence for the same source; otherwise they are absent and uncounted
 * (README, rule 12). */
#include "gateway/base/limits.h"
#include "gateway/query/query_int.h"

/* The permit for people of unknown age at one source. */
static struct lg_err permit_make(struct query *query, struct span agency,
                                 const struct permit **out_permit) {
    struct policy_request request =
        query_policy_request(query->caller, query->question, query->begun_wall_ms);
    struct span *source = arena_alloc(query->arena, sizeof *source);
    TRY(arena_failed(query->arena));
    *source = agency;
    request.sources = (struct span_list){.items = source, .count = 1};
    request.age_class = AGE_UNKNOWN;
    const struct query_gateway *gateway = query->worker->gateway;
    return policy_decide(gateway->force, gateway->force_count, &request, query->arena, out_permit);
}

static struct lg_err link_settle(struct query *query, const struct permit *permit,
                                 struct query_link *link) {
    const struct consent_question question = {
        .permit = permit,
        .caller = query->caller,
        .person = link->located.is_known ? &link->located.person : NULL,
        .is_enough = link->located.is_enough,
        .mono_ms = loop_now_ms(query->worker->loop),
    };
    TRY(consent_settle(query->worker->gateway->counters, query->worker->reader, &question,
                       query->arena, &link->grant));
    enum consent_call call = consent_grant_call(link->grant, 0);
    link->is_allowed =
        link->located.is_known && (call == CONSENT_CALL_HELD || call == CONSENT_CALL_ALWAYS);
    return LG_OK;
}

static size_t link_count(const struct answer *answer) {
    size_t count = 0;
    for (size_t i = 0; i < answer->record_count; i++) {
        count += answer->records[i].link_count;
    }
    return count;
}

static struct lg_err part_links(struct query *query, struct query_part *part, size_t *left) {
    size_t count = link_count(&part->answer);
    count = count < *left ? count : *left;
    const struct permit *permit = NULL;
    TRY(permit_make(query, part->agency, &permit));
    part->links = arena_array(query->arena, count, sizeof *part->links);
    TRY(arena_failed(query->arena));
    part->link_count = 0;
    const struct locate_look look = query_look(query);
    for (size_t r = 0; r < part->answer.record_count; r++) {
        const struct source_record *record = &part->answer.records[r];
        for (size_t l = 0; l < record->link_count && part->link_count < count; l++) {
            struct query_link *link = &part->links[part->link_count++];
            *link = (struct query_link){.record = r, .link = l};
            TRY(locate_linked(&look, part->agency, &record->links[l].record_tag, &link->located));
            TRY(link_settle(query, permit, link));
        }
    }
    *left -= part->link_count;
    return LG_OK;
}

enum step step_links(struct query *query) {
    size_t left = LIMIT_QUERY_LINKS;
    for (size_t i = 0; i < query->part_count; i++) {
        struct query_part *part = &query->parts[i];
        part->link_count = part->stage == PART_IN_GATE ? 0 : part->link_count;
        if (part->stage != PART_IN_GATE || !part->has_answer || link_count(&part->answer) == 0) {
            continue;
        }
        struct lg_err err = part_links(query, part, &left);
        if (lg_failed(err)) {
            return query_fail(query, err);
        }
    }
    return STEP_NEXT;
}
