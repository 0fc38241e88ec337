/* SPDX-License-Identifier: Apache-2.0 */
/* A declared emergency on its way through the line.
 *
 *   permit    what the declaration comes to: its age by our own record, earlier ones and late
 *             reviews of them by ours; nothing of that is taken from the message
 *   declared  a question that goes on under an earlier declaration is about the same person; as
 *             far as the caller may know, so that it tells nothing of anybody else
 *   opened    where something is to be shared because of it, a review case is durable before
 *             anybody is asked
 *
 * An emergency is about the person asked about: people whom an answer names pass without it. */
#include <string.h>

#include "gateway/base/limits.h"
#include "gateway/query/query_int.h"
#include "gateway/review/review.h"
#include "policy/glass.h"

enum { MINUTE_MS = 60 * 1000 };

static const struct review_id no_review;

static bool is_continued(const struct question *question) {
    return memcmp(&question->declaration, &no_review, sizeof no_review) != 0;
}

/* Of UTF-8, which the contract has checked: continuation bytes are no characters. */
static uint32_t characters(struct span text) {
    uint32_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        count += (text.ptr[i] & 0xc0U) != 0x80U ? 1 : 0;
    }
    return count;
}

static struct review_opener opener_of(const struct query *query) {
    return (struct review_opener){
        .agency = query->caller->agency,
        .user_id = query->caller->user_id,
        .agreement = query->question->ground.agreement,
    };
}

/* ---- Permit ------------------------------------------------------------------------------------
 */

static const struct policy *policy_named(const struct query *query, struct span id) {
    const struct policy_force *force = agreement_forces_find(query->agreements.forces, id);
    return force != NULL ? force->policy : NULL;
}

static uint32_t sum(uint32_t a, uint32_t b) {
    return a > UINT32_MAX - b ? UINT32_MAX : a + b;
}

/* Anew: what this person declared before, and what of it is not reviewed in time. */
static struct lg_err counts_read(struct query *query) {
    struct query_emergency *it = &query->emergency;
    const struct query_gateway *gateway = query->worker->gateway;
    const struct policy *policy = policy_named(query, query->question->ground.agreement);
    if (policy == NULL) {
        return LG_OK; /* no agreement, no emergency */
    }
    uint32_t under_way = query_openings_take(gateway->openings, &it->opener);
    it->holds_place = under_way != UINT32_MAX;
    struct store_review_count which = {
        .opener = it->opener,
        .kind = REVIEW_EMERGENCY,
        .opened_after_ms = query->begun_wall_ms - (int64_t)policy_provision_window(policy) * 1000,
        .due_before_ms = INT64_MAX,
    };
    uint32_t earlier = 0;
    TRY(store_reviews_count(query->worker->reader, &which, &earlier));
    it->facts.count = sum(earlier, under_way);
    which.opened_after_ms = INT64_MIN;
    which.due_before_ms = query->begun_wall_ms;
    which.is_unclosed = true;
    return store_reviews_count(query->worker->reader, &which, &it->facts.overdue);
}

/* What the earlier declaration said counts where this question is silent. */
static void opening_take(struct query *query, const struct review_opening *opening) {
    struct query_emergency *it = &query->emergency;
    int64_t age_ms = query->begun_wall_ms - opening->opened_ms;
    it->is_open = true;
    it->opening = *opening;
    it->facts.has_age = true;
    it->facts.age_min = age_ms < 0 ? 0 : (uint32_t)(age_ms / MINUTE_MS);
    if (it->facts.reason.len == 0) {
        it->facts.reason = opening->cause;
    }
    if (it->facts.rationale_chars == 0) {
        it->facts.rationale_chars = characters(opening->rationale);
    }
    if (query->question->capacity == CAPACITY_UNSTATED) {
        it->facts.capacity = opening->capacity;
    }
    it->has_second = it->has_second || opening->second_user.len > 0;
}

/* Under an earlier one: this person's own, of this agreement. Otherwise it has no age, and has
 * lapsed; so has one whose case is closed, as nobody would look at what comes after that. */
static struct lg_err declaration_read(struct query *query) {
    struct query_emergency *it = &query->emergency;
    struct store_review review;
    struct review_entry entry;
    bool found = false;
    it->facts.has_age = false;
    TRY(store_review_find(query->worker->reader, &query->question->declaration, query->arena,
                          &found, &review));
    if (!found || review.kind != REVIEW_EMERGENCY ||
        memcmp(&review.opener, &it->opener, sizeof it->opener) != 0) {
        return LG_OK;
    }
    TRY(review_entry_decode(review.body, query->arena, &entry));
    opening_take(query, &entry.opening);
    if (review.state == STORE_REVIEW_CLOSED) {
        it->facts.has_age = false;
        it->is_open = false;
    }
    return LG_OK;
}

/* Of an adult, and of somebody whose age nobody states, silence is no word that they cannot. */
static enum capacity capacity_of(const struct question *question) {
    bool is_silent = question->capacity == CAPACITY_UNSTATED && question->age_class != AGE_CHILD;
    return is_silent ? CAPACITY_NOT_KNOWN : question->capacity;
}

struct lg_err query_emergency_read(struct query *query) {
    const struct question *question = query->question;
    struct query_emergency *it = &query->emergency;
    it->has_second = question->second_person.user_id.len > 0;
    if (!question->emergency_declared) {
        return LG_OK;
    }
    it->facts = (struct policy_emergency){
        .is_declared = true,
        .reason = question->emergency_reason,
        .rationale_chars = characters(question->emergency_rationale),
        .has_age = true,
        .capacity = capacity_of(question),
    };
    const struct review_opener opener = opener_of(query);
    TRY(review_opener_tag(query->worker->gateway->store, &opener, &it->opener));
    return is_continued(question) ? declaration_read(query) : counts_read(query);
}

void query_emergency_done(struct query *query) {
    if (query->emergency.holds_place) {
        query->emergency.holds_place = false;
        query_openings_give(query->worker->gateway->openings, &query->emergency.opener);
    }
}

/* ---- Declared ----------------------------------------------------------------------------------
 */

/* Nobody whom the caller may know is nobody, whoever it is: so nothing goes on about them. */
static struct lg_err is_same_person(struct query *query, bool *out_same) {
    const struct review_opening *opening = &query->emergency.opening;
    struct store_person person;
    bool found = false;
    *out_same = false;
    if (!opening->has_person || !query->located.is_known || !query->located.is_enough) {
        return LG_OK;
    }
    TRY(store_person_find(query->worker->reader, &opening->person, &found, &person));
    *out_same = found && memcmp(&person.id, &query->located.person, sizeof person.id) == 0;
    return LG_OK;
}

static struct lg_err other_person_refuse(struct query *query) {
    struct verdict *verdict = &query->verdict;
    verdict->decision = DECISION_REFUSE;
    verdict->code = span_text(policy_reason_name(POLICY_EMERGENCY_LAPSED));
    verdict->sentence = span_text(
        "Refused. The emergency was not declared about a person whom this question is known to be "
        "about.");
    verdict->remedy = span_text("Declare the emergency anew for this person.");
    verdict->clauses = (struct span_list){0};
    return query_refusal_commit(query, verdict->code);
}

enum step step_declared(struct query *query) {
    if (query->is_finalled) { /* back from the log */
        return query_reply_end(query);
    }
    if (!query->emergency.is_open) {
        return STEP_NEXT;
    }
    bool same = false;
    struct lg_err err = is_same_person(query, &same);
    if (!lg_failed(err) && same) {
        return STEP_NEXT;
    }
    if (!lg_failed(err)) {
        err = other_person_refuse(query);
    }
    return lg_failed(err) ? query_fail(query, err) : STEP_WAIT;
}

/* ---- Opened ------------------------------------------------------------------------------------
 */

static bool outcome_uses(const struct policy_outcome *outcome) {
    for (size_t i = 0; i < outcome->ruling_count; i++) {
        if (outcome->rulings[i].by_emergency) {
            return true;
        }
    }
    return false;
}

/* A field is permitted, and an emergency of its agreement is valid. */
static bool may_use(const struct query *query, size_t source) {
    for (size_t i = 0; i < policy_permit_term_count(query->permit, source); i++) {
        const struct policy_term *term = policy_permit_term(query->permit, source, i);
        struct policy_declared declared;
        if (term->refusal == POLICY_REASON_NONE &&
            policy_permit_declared(query->permit, term->agreement, &declared) &&
            declared.is_valid) {
            return true;
        }
    }
    return false;
}

/* Of a hidden source, whatever its person said: what nobody shares without the emergency one who
 * objects may share because of it, and whether there is such a person must not show in whether a
 * case was opened. */
bool query_part_uses_emergency(const struct query *query, const struct query_part *part) {
    if (!query->question->emergency_declared) {
        return false;
    }
    if (policy_permit_is_hidden(query->permit, part->source)) {
        return consent_grant_call(query->grant, part->source) != CONSENT_CALL_NO &&
               may_use(query, part->source);
    }
    return outcome_uses(consent_grant_shown(query->grant, part->source));
}

bool query_emergency_is_used(const struct query *query) {
    if (query->emergency.is_beyond) {
        return true;
    }
    for (size_t i = 0; query->question->emergency_declared && i < query->part_count; i++) {
        if (query_part_uses_emergency(query, &query->parts[i])) {
            return true;
        }
    }
    return false;
}

static void use_note(struct query *query) {
    for (size_t i = 0; i < query->part_count; i++) {
        query->parts[i].is_in_case = query_part_uses_emergency(query, &query->parts[i]);
    }
    query->emergency.was_used = query_emergency_is_used(query);
}

bool query_emergency_is_new(const struct query *query) {
    for (size_t i = 0; i < query->part_count; i++) {
        const struct query_part *part = &query->parts[i];
        if (!part->is_in_case && query_part_uses_emergency(query, part)) {
            return true;
        }
    }
    return false;
}

static struct lg_err sources_list(struct query *query, struct span_list *out_sources) {
    struct span *items = arena_array(query->arena, query->part_count, sizeof *items);
    TRY(arena_failed(query->arena));
    size_t count = 0;
    for (size_t i = 0; i < query->part_count; i++) {
        if (query_part_uses_emergency(query, &query->parts[i])) {
            items[count++] = query->parts[i].agency;
        }
    }
    *out_sources = (struct span_list){.items = items, .count = count};
    return LG_OK;
}

static void times_fill(const struct query *query, const struct policy_provision *provision,
                       struct review_opening *opening) {
    const struct policy *policy = policy_named(query, query->agreement);
    opening->opened_ms = query->begun_wall_ms;
    opening->due_ms =
        policy_working_days_end(policy, query->begun_wall_ms / 1000, provision->check_days) * 1000;
    opening->tell_office = provision->tell;
    opening->tell_due_ms = query->begun_wall_ms + (int64_t)provision->tell_min * MINUTE_MS;
}

static struct lg_err opening_make(struct query *query, struct review_opening *opening) {
    const struct question *question = query->question;
    struct policy_declared declared;
    if (!policy_permit_declared(query->permit, query->agreement, &declared) || !declared.is_valid) {
        return lg_err_make(LG_CLASS_INTERNAL, LG_QUERY, QUERY_ERR_TRAIL); /* used, yet not valid */
    }
    *opening = (struct review_opening){
        .kind = REVIEW_EMERGENCY,
        .reviewer = query->caller->agency,
        .opener = opener_of(query),
        .system = query->caller->system,
        .role = query->caller->role,
        .purpose = question->ground.purpose,
        .case_reference = question->ground.case_reference,
        .has_person = query->located.is_known && query->located.is_enough,
        .cause = question->emergency_reason,
        .rationale = question->emergency_rationale,
        .capacity = query->emergency.facts.capacity,
        .capacity_basis = question->capacity_basis,
        .second_user = question->second_person.user_id,
        .second_role = question->second_person.role,
    };
    vault_random(opening->id.bytes, sizeof opening->id.bytes);
    if (opening->has_person) {
        opening->person = query->located.person;
    }
    times_fill(query, &declared.provision, opening);
    return sources_list(query, &opening->sources);
}

static void on_opened(void *ctx, const struct audit_outcome *outcome) {
    struct query *query = ctx;
    query->is_committing = false;
    query->has_commit_result = true;
    query->emergency.is_open = outcome->result == AUDIT_COMMITTED;
    query_emergency_done(query); /* from here on its case is what is counted */
    query_resume(query);
}

static struct lg_err opening_commit(struct query *query) {
    struct query_emergency *it = &query->emergency;
    struct span body;
    TRY(opening_make(query, &it->opening));
    struct lg_err err = review_opening_encode(&it->opening, query->arena, &body);
    if (lg_err_class(err) == LG_CLASS_INPUT) {
        return lg_err_make(LG_CLASS_LIMIT, LG_QUERY, QUERY_ERR_TRAIL);
    }
    TRY(err);
    struct audit_entry_fields fields;
    query_trail_review(query, body, &fields);
    const struct audit_batch batch = {.entries = &fields, .count = 1};
    TRY(audit_commit(query->worker->gateway->log, &batch, query->worker->loop, on_opened, query));
    query->is_committing = true;
    return LG_OK;
}

enum step step_opened(struct query *query) {
    if (query->has_commit_result) { /* back from the log */
        query->has_commit_result = false;
        if (query->emergency.is_open) {
            return STEP_NEXT;
        }
        return query_fail_status(query, GRPC_UNAVAILABLE,
                                 "The log takes no emergencies now: use the agencies' emergency "
                                 "telephones, and try again");
    }
    use_note(query);
    if (query->emergency.is_open || !query->emergency.was_used) {
        query_emergency_done(query); /* nothing of it will be counted */
        return STEP_NEXT;
    }
    struct lg_err err = opening_commit(query);
    return lg_failed(err) ? query_fail(query, err) : STEP_WAIT;
}

/* ---- The reply ---------------------------------------------------------------------------------
 */

void query_emergency_note(const struct query *query, struct ask_reply *reply) {
    const struct query_emergency *it = &query->emergency;
    struct policy_declared declared;
    reply->has_emergency = query->question->emergency_declared;
    if (!it->is_open || !it->was_used) {
        return;
    }
    struct emergency_note *note = &reply->emergency;
    note->was_used = true;
    note->review_id = it->opening.id;
    note->review_due_ms = it->opening.due_ms;
    note->tell_office = it->opening.tell_office;
    note->tell_due_ms = it->opening.tell_due_ms;
    note->telling = span_text("blocked");
    if (policy_permit_declared(query->permit, query->agreement, &declared)) {
        note->ends_ms = it->opening.opened_ms + (int64_t)declared.provision.lasts_min * MINUTE_MS;
    }
}
