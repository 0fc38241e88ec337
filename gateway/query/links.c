/* SPDX-License-Identifier: Apache-2.0 */
/* Step links: a person whom an answer names is a subject of their own. They pass policy (with their
 * age unknown), consent and existence for the same source; otherwise they are absent and uncounted
 * (README, rule 12).
 *
 * The gate begins here, also when it begins anew: so what came is first looked at once more. */
#include "gateway/base/limits.h"
#include "gateway/query/query_int.h"

/* The permit for people of unknown age at one source. */
static struct lg_err permit_make(struct query *query, struct query_part *part,
                                 const struct permit **out_permit) {
    struct policy_request request =
        query_policy_request(query->caller, query->question, query->begun_wall_ms);
    struct span *source = arena_alloc(part->memory, sizeof *source);
    TRY(arena_failed(part->memory));
    *source = part->agency;
    request.sources = (struct span_list){.items = source, .count = 1};
    request.age_class = AGE_UNKNOWN;
    const struct agreement_forces forces = query->agreements.forces;
    return policy_decide(forces.force, forces.count, &request, part->memory, out_permit);
}

struct link_look {
    struct query *query;
    struct query_part *part;
    const struct permit *permit;
    struct arena *arena; /* of this link alone */
};

/* Looks a linked person up and settles the permit for them. */
static struct lg_err link_settle(const struct link_look *at, const struct record_tag *tag,
                                 struct query_link *link, bool *out_allowed) {
    struct query *query = at->query;
    struct locate_look look = query_look(query);
    look.arena = at->arena;
    TRY(locate_linked(&look, at->part->agency, tag, &link->located));
    struct consent_question question = {
        .permit = at->permit,
        .caller = query->caller,
        .person = link->located.is_known ? &link->located.person : NULL,
        .is_enough = link->located.is_enough,
        .mono_ms = loop_now_ms(query->worker->loop),
    };
    TRY(query_enrolled_under(query, at->permit, at->arena, &question.enrolled_under));
    const struct grant *grant = NULL;
    TRY(query_settle_uncounted(query, &question, at->arena, &grant));
    enum consent_call call = consent_grant_call(grant, 0);
    *out_allowed =
        link->located.is_known && (call == CONSENT_CALL_HELD || call == CONSENT_CALL_ALWAYS);
    if (!*out_allowed) {
        return LG_OK;
    }
    TRY(query_link_relies(query, consent_grant_outcome(grant, 0), at->part->memory, link));
    return query_basis_make(grant, at->part->memory, &link->basis);
}

/* A link whose look-up does not fit its memory is one that may not be shown. */
static struct lg_err link_try(struct query *query, struct query_part *part,
                              const struct permit *permit, struct query_link *link) {
    OWN(arena_free) struct arena *arena = NULL;
    TRY(arena_new_on(query->worker->shelf, LIMIT_QUERY_LINK_ARENA, &arena));
    const struct link_look at = {query, part, permit, arena};
    const struct record_tag *tag = &part->answer.records[link->record].links[link->link].record_tag;
    bool allowed = false;
    struct lg_err err = link_settle(&at, tag, link, &allowed);
    if (lg_failed(arena_failed(arena))) {
        return LG_OK;
    }
    TRY(err);
    part->link_count += allowed ? 1 : 0;
    return LG_OK;
}

static size_t links_named(const struct answer *answer) {
    size_t count = 0;
    for (size_t i = 0; i < answer->record_count; i++) {
        count += answer->records[i].link_count;
    }
    return count;
}

/* The share of one source in a commit. */
static size_t links_shown_max(const struct query *query) {
    size_t share = (AUDIT_BATCH_MAX - query->part_count) / query->part_count;
    return share < LIMIT_QUERY_LINKS ? share : LIMIT_QUERY_LINKS;
}

static struct lg_err part_links(struct query *query, struct query_part *part) {
    const struct permit *permit = NULL;
    size_t max = links_shown_max(query);
    size_t looked_up = 0;
    TRY(permit_make(query, part, &permit));
    part->links = arena_array(part->memory, max, sizeof *part->links);
    TRY(arena_failed(part->memory));
    for (size_t r = 0; r < part->answer.record_count; r++) {
        size_t count = part->answer.records[r].link_count;
        for (size_t l = 0; l < count && part->link_count < max; l++) {
            if (looked_up++ == LIMIT_QUERY_LINKS) {
                return LG_OK;
            }
            part->links[part->link_count] = (struct query_link){.record = r, .link = l};
            TRY(link_try(query, part, permit, &part->links[part->link_count]));
        }
    }
    return LG_OK;
}

enum step step_links(struct query *query) {
    for (size_t i = 0; i < query->part_count; i++) {
        struct query_part *part = &query->parts[i];
        if (part->stage != PART_IN_GATE) {
            continue;
        }
        part->link_count = 0;
        query_part_recheck(query, part);
        if (!part->has_answer || part->target.is_decoy || links_named(&part->answer) == 0) {
            continue;
        }
        struct lg_err err = part_links(query, part);
        if (lg_failed(arena_failed(part->memory))) {
            query_part_spoil(part);
        } else if (lg_failed(err)) {
            return query_fail(query, err);
        }
    }
    return STEP_NEXT;
}
