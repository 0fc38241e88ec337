/* SPDX-License-Identifier: Apache-2.0 */
/* Proving promises (design, 15.4): for every cell that a promise speaks of, every basis, consent
 * given or not, emergency or not, child or adult is put to the evaluator itself. Facts that can
 * only refuse more (case reference, reason, second person, limits, hours, training) are set to
 * their best, so the space is finite and the answer complete.
 *
 * `never` also looks one step on: a clause that lets the recipient pass a field on to a party for a
 * purpose shows it to that party. */
#include "policy/load.h"
#include "policy/permit_int.h"

/* One question of the proof, and the candidate that answers it. */
struct proof {
    struct load *load;
    const struct promise *promise;
    struct bits fields;         /* that the promise names */
    struct local_time *open_at; /* of each hours section, a moment when it is open */
    struct local_time any_time;
    uint32_t role;
    uint32_t source;
    uint32_t purpose;
    uint32_t field;
    bool with_consent;
    bool with_emergency;
    enum age_class age;
};

static struct lg_err fields_init(struct proof *proof) {
    struct policy *policy = proof->load->policy;
    const struct data *sees = &proof->promise->sees;
    TRY(policy_bits_init(&proof->fields, policy->field_names.count, policy->arena));
    for (uint32_t i = 0; i < sees->count; i++) {
        const struct datum *datum = &sees->items[i];
        const struct category *category = &policy->categories[datum->index];
        uint32_t first = datum->kind == DATA_FIELD ? datum->index : category->first_field;
        uint32_t count = datum->kind == DATA_FIELD ? 1 : category->field_count;
        for (uint32_t field = first; field < first + count; field++) {
            policy_bits_add(&proof->fields, field);
        }
    }
    return LG_OK;
}

/* Some minute of the week at which the section opens, on a day of the term that is not closed. Day
 * and weekday need not belong together: each is only ever looked at by itself. */
static struct local_time open_time(const struct policy *policy, const struct hours *hours) {
    struct local_time time = {.day = policy->days.first_day};
    uint32_t minute = 0;
    while (!policy_bits_has(&hours->week, minute)) {
        minute++;
    }
    while (time.day < policy->days.review_day && policy_hours_closed(hours, time.day)) {
        time.day++;
    }
    time.weekday = minute / 1440;
    time.minute = minute % 1440;
    return time;
}

static struct lg_err times_init(struct proof *proof) {
    const struct policy *policy = proof->load->policy;
    proof->any_time = (struct local_time){.day = policy->days.first_day};
    proof->open_at = arena_array(policy->arena, policy->hours_names.count, sizeof *proof->open_at);
    if (proof->open_at == NULL) {
        return policy_no_memory();
    }
    for (uint32_t i = 0; i < policy->hours_names.count; i++) {
        proof->open_at[i] = open_time(policy, &policy->hours[i]);
    }
    return LG_OK;
}

/* ---- one question ---- */

static void best_request(const struct proof *proof, struct span basis,
                         struct policy_request *out_request) {
    const struct policy *policy = proof->load->policy;
    const struct policy_role *role = &policy->roles[proof->role].shown;
    *out_request = (struct policy_request){
        .recipient = role->party,
        .role = role->id,
        .trainings = {.items = &role->training, .count = 1},
        .purpose = policy->purposes[proof->purpose].id,
        .basis = basis,
        .age_class = proof->age,
        .has_case_reference = true,
        .has_second_person = true,
        .no_consent_reason = span_text("would-prejudice"),
    };
}

/* An emergency without a fault but those of role and purpose. */
static void best_emergency(const struct emergency *section, struct policy_emergency *out) {
    *out = (struct policy_emergency){
        .is_declared = true,
        .id = section->id,
        .reason = section->reasons.count == 0 ? span_of(NULL, 0) : section->reasons.items[0],
        .rationale_chars = section->rationale_min,
        .has_age = true,
    };
}

static bool question_shares(const struct proof *proof, const struct policy_request *request,
                            uint16_t clause) {
    const struct policy *policy = proof->load->policy;
    const struct policy_force force = {.policy = policy};
    const struct consent given = {
        .state = CONSENT_GIVEN,
        .explicit_consent = true,
        .recorded_by = policy->parties[proof->source].shown.id,
    };
    const struct policy_facts facts = {.consents = &given, .consent_count = proof->with_consent};
    struct scope scope;
    struct candidate candidate;
    struct policy_ruling ruling;
    enum policy_reason stage;
    policy_scope_init(&force, request, &scope);
    uint16_t hours = policy->clauses[clause].hours;
    scope.now = hours == POLICY_NO16 ? proof->any_time : proof->open_at[hours];
    policy_candidate_decide(&scope, policy->parties[proof->source].shown.id,
                            policy->fields[proof->field].id, &candidate);
    policy_candidate_settle(&candidate, &facts, &ruling, &stage);
    return ruling.refusal == POLICY_REASON_NONE && ruling.treatment != TREATMENT_REDACT;
}

/* Whether any basis and any emergency that the proof allows shares the cell. */
static struct lg_err bases_share(struct proof *proof, uint16_t clause, struct span *out_basis) {
    const struct policy *policy = proof->load->policy;
    uint32_t emergencies = proof->with_emergency ? policy->emergency_names.count : 1;
    for (uint32_t basis = 0; basis < policy->basis_names.count; basis++) {
        struct policy_request request;
        best_request(proof, policy->bases[basis].id, &request);
        for (uint32_t i = 0; i < emergencies; i++) {
            TRY(policy_load_steps(proof->load, 64));
            if (proof->with_emergency) {
                best_emergency(&policy->emergencies[i], &request.emergency);
            }
            if (question_shares(proof, &request, clause)) {
                *out_basis = policy->bases[basis].id;
                return LG_OK;
            }
        }
    }
    return LG_OK;
}

/* The share clause at or beneath a row entry; POLICY_NO16 where nothing could share the cell. */
static uint16_t clause_beneath(const struct policy *policy, uint16_t entry) {
    if ((entry & ROW_BAN) != 0) {
        const struct ban *ban = &policy->table.bans[entry & ~(unsigned)ROW_BAN];
        bool is_final = ban->floor != POLICY_NO16 || ban->hard != POLICY_NO16;
        entry = is_final ? 0 : ban->arm1;
    }
    return entry == 0 ? POLICY_NO16 : policy->arms[entry - 1].clause;
}

/* Puts the cell in every way that the promise allows; *out_basis stays empty where none shares. The
 * ways are left in the proof for the counterexample. */
static struct lg_err cell_shares(struct proof *proof, uint16_t clause, struct span *out_basis) {
    const struct promise *promise = proof->promise;
    bool consent_allowed = !promise->without_consent;
    bool emergency_allowed = promise->kind == PROMISE_NEVER && !promise->unless_emergency &&
                             proof->load->policy->emergency_names.count > 0;
    for (unsigned way = 0; way < 8; way++) {
        proof->with_consent = (way & 1U) != 0;
        proof->with_emergency = (way & 2U) != 0;
        proof->age = (way & 4U) != 0 ? AGE_ADULT : AGE_CHILD;
        if ((proof->with_consent && !consent_allowed) ||
            (proof->with_emergency && !emergency_allowed)) {
            continue;
        }
        TRY(bases_share(proof, clause, out_basis));
        if (out_basis->len > 0) {
            return LG_OK;
        }
    }
    return LG_OK;
}

/* ---- never ---- */

static bool is_in(const struct promise *promise, uint32_t purpose) {
    return promise->any_purpose || policy_bits_has(&promise->purposes, purpose);
}

/* Whether the promise speaks of any role of a party. */
static bool names_party(const struct policy *policy, const struct promise *promise,
                        uint32_t party) {
    for (uint32_t i = 0; i < policy->role_names.count; i++) {
        if (policy->roles[i].party == party && policy_targets_match(policy, &promise->who, i) > 0) {
            return true;
        }
    }
    return false;
}

/* Whether sharing this cell would show the field to somebody of whom the promise speaks. */
static bool would_show(const struct proof *proof, const struct clause *clause, bool *out_onward) {
    const struct policy *policy = proof->load->policy;
    const struct promise *promise = proof->promise;
    bool first_hand = policy_targets_match(policy, &promise->who, proof->role) > 0 &&
                      is_in(promise, proof->purpose);
    *out_onward = !first_hand && clause->onward.kind == POLICY_ONWARD_TO &&
                  names_party(policy, promise, clause->onward.party) &&
                  is_in(promise, clause->onward.purpose);
    return first_hand || *out_onward;
}

static struct lg_err stop_broken(const struct proof *proof, const struct clause *clause,
                                 struct span basis, bool onward) {
    const struct policy *policy = proof->load->policy;
    const struct policy_role *role = &policy->roles[proof->role].shown;
    struct span field = policy->fields[proof->field].id;
    struct span source = policy->parties[proof->source].shown.id;
    struct span purpose = policy->purposes[proof->purpose].id;
    return policy_load_fault(
        proof->load, "E11", policy_on_line(proof->promise->line),
        "promise %.*s is broken: %.*s/%.*s gets `%.*s` from %.*s for %.*s under %.*s by clause "
        "%.*s%s%s%s, about %s",
        (int)proof->promise->id.len, (const char *)proof->promise->id.ptr, (int)role->party.len,
        (const char *)role->party.ptr, (int)role->id.len, (const char *)role->id.ptr,
        (int)field.len, (const char *)field.ptr, (int)source.len, (const char *)source.ptr,
        (int)purpose.len, (const char *)purpose.ptr, (int)basis.len, (const char *)basis.ptr,
        (int)clause->shown.id.len, (const char *)clause->shown.id.ptr,
        onward ? ", which lets it pass on," : "", proof->with_consent ? " with consent" : "",
        proof->with_emergency ? " in an emergency" : "",
        proof->age == AGE_CHILD ? "a child" : "an adult");
}

static struct lg_err check_cell(struct proof *proof) {
    const struct policy *policy = proof->load->policy;
    uint16_t index = clause_beneath(
        policy, policy_table_get(policy, proof->role, proof->source, proof->purpose, proof->field));
    struct span basis = span_of(NULL, 0);
    bool onward = false;
    if (index == POLICY_NO16 || !would_show(proof, &policy->clauses[index], &onward)) {
        return LG_OK;
    }
    TRY(cell_shares(proof, index, &basis));
    return basis.len == 0 ? LG_OK : stop_broken(proof, &policy->clauses[index], basis, onward);
}

static struct lg_err check_row(struct proof *proof) {
    uint32_t count = proof->load->policy->field_names.count;
    TRY(policy_load_steps(proof->load, count));
    for (proof->field = 0; proof->field < count; proof->field++) {
        if (policy_bits_has(&proof->fields, proof->field)) {
            TRY(check_cell(proof));
        }
    }
    return LG_OK;
}

static struct lg_err check_never(struct proof *proof) {
    const struct policy *policy = proof->load->policy;
    for (proof->role = 0; proof->role < policy->role_names.count; proof->role++) {
        for (proof->source = 0; proof->source < policy->party_names.count; proof->source++) {
            if (!policy_bits_has(&proof->promise->from, proof->source)) {
                continue;
            }
            for (proof->purpose = 0; proof->purpose < policy->purpose_names.count;
                 proof->purpose++) {
                TRY(check_row(proof));
            }
        }
    }
    return LG_OK;
}

/* ---- always ---- */

/* Whether some source and purpose of the promise shows the field to the role. */
static struct lg_err field_is_shown(struct proof *proof, bool *out_shown) {
    const struct policy *policy = proof->load->policy;
    *out_shown = false;
    for (proof->source = 0; proof->source < policy->party_names.count; proof->source++) {
        TRY(policy_load_steps(proof->load, policy->purpose_names.count));
        for (proof->purpose = 0; proof->purpose < policy->purpose_names.count; proof->purpose++) {
            uint16_t clause =
                clause_beneath(policy, policy_table_get(policy, proof->role, proof->source,
                                                        proof->purpose, proof->field));
            struct span basis = span_of(NULL, 0);
            if (clause == POLICY_NO16 || !is_in(proof->promise, proof->purpose) ||
                !policy_bits_has(&proof->promise->from, proof->source)) {
                continue;
            }
            TRY(cell_shares(proof, clause, &basis));
            if (basis.len > 0) {
                *out_shown = true;
                return LG_OK;
            }
        }
    }
    return LG_OK;
}

static struct lg_err check_always(struct proof *proof) {
    const struct policy *policy = proof->load->policy;
    for (proof->role = 0; proof->role < policy->role_names.count; proof->role++) {
        if (policy_targets_match(policy, &proof->promise->who, proof->role) == 0) {
            continue;
        }
        for (proof->field = 0; proof->field < policy->field_names.count; proof->field++) {
            bool shown = true;
            if (policy_bits_has(&proof->fields, proof->field)) {
                TRY(field_is_shown(proof, &shown));
            }
            if (!shown) {
                const struct policy_role *role = &policy->roles[proof->role].shown;
                struct span field = policy->fields[proof->field].id;
                return policy_load_fault(
                    proof->load, "E11", policy_on_line(proof->promise->line),
                    "promise %.*s is broken: no ordinary question of %.*s/%.*s gets `%.*s`",
                    (int)proof->promise->id.len, (const char *)proof->promise->id.ptr,
                    (int)role->party.len, (const char *)role->party.ptr, (int)role->id.len,
                    (const char *)role->id.ptr, (int)field.len, (const char *)field.ptr);
            }
        }
    }
    return LG_OK;
}

struct lg_err policy_promises_check(struct load *load) {
    const struct policy *policy = load->policy;
    struct proof proof = {.load = load};
    TRY(times_init(&proof));
    for (uint32_t i = 0; i < policy->promise_count; i++) {
        proof.promise = &policy->promises[i];
        TRY(fields_init(&proof));
        TRY(policy_load_past(load, proof.promise->kind == PROMISE_NEVER ? check_never(&proof)
                                                                        : check_always(&proof)));
    }
    return LG_OK;
}
