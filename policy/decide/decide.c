/* SPDX-License-Identifier: Apache-2.0 */
/* The first half for one field: decision steps 5 to 9 up to hours. */
#include "gateway/base/assert.h"
#include "policy/law/decide_int.h"

/* Notes a check: all are made, the first failure is the reason. `stage` is the check's own code;
 * `reason` what is reported, the emergency's fault where that would have helped. */
static void note(struct candidate *it, enum policy_check check, enum policy_reason stage,
                 enum policy_reason reason) {
    policy_mark_set(&it->checks, check,
                    stage == POLICY_REASON_NONE ? POLICY_PASSED : POLICY_FAILED);
    if (stage != POLICY_REASON_NONE && it->term.refusal == POLICY_REASON_NONE) {
        it->term.refusal = reason;
        it->stage = stage;
    }
}

static void note_set_aside(struct candidate *it, enum policy_check check) {
    policy_mark_set(&it->checks, check, POLICY_SET_ASIDE);
    it->term.emergency_used = true;
}

/* A check that an emergency of this kind may set aside. */
static void note_unless(struct candidate *it, enum policy_check check, enum policy_reason stage,
                        bool helps) {
    const struct emergency_state *emergency = &it->scope->emergency;
    if (emergency->is_valid && helps) {
        note_set_aside(it, check);
        return;
    }
    bool is_fault = emergency->fault != POLICY_REASON_NONE && helps;
    note(it, check, stage, is_fault ? emergency->fault : stage);
}

static void check_emergency_only(struct candidate *it) {
    if (it->clause->when_emergency) {
        note_unless(it, POLICY_CHECK_EMERGENCY, POLICY_EMERGENCY_ONLY, true);
    }
}

/* The basis of the request is the emergency's own. */
static bool is_emergency_basis(const struct scope *scope) {
    const struct emergency *section = scope->emergency.section;
    return section != NULL && scope->basis != POLICY_NONE &&
           (scope->basis == section->basis || scope->basis == section->basis_for_refusal);
}

/* To this purpose, this data and these parties, whoever names it: the clause or an emergency. */
static bool basis_is_open(const struct candidate *it) {
    const struct scope *scope = it->scope;
    const struct policy *policy = scope->policy;
    return policy_basis_carries(policy, scope->basis, scope->purpose, it->term.data_class) &&
           policy_basis_suits_parties(policy, scope->basis, it->source, scope->recipient);
}

static bool basis_fits(const struct candidate *it) {
    const struct scope *scope = it->scope;
    return scope->basis != POLICY_NONE && (it->clause->bases >> scope->basis & 1U) != 0 &&
           basis_is_open(it);
}

static void check_basis(struct candidate *it) {
    const struct scope *scope = it->scope;
    if (policy_law_is_shut(it)) {
        note(it, POLICY_CHECK_BASIS, POLICY_BASIS_NOT_OPEN_TO_BODY, POLICY_BASIS_NOT_OPEN_TO_BODY);
        return;
    }
    if (basis_fits(it)) {
        note(it, POLICY_CHECK_BASIS, POLICY_REASON_NONE, POLICY_REASON_NONE);
        return;
    }
    bool helps = is_emergency_basis(scope) && basis_is_open(it);
    note_unless(it, POLICY_CHECK_BASIS, POLICY_BASIS_NOT_ACCEPTED, helps);
}

static void check_subject(struct candidate *it) {
    enum age_class age = it->scope->request->age_class;
    enum subject_kind about = it->clause->about;
    bool covered = about == SUBJECT_ANYONE || (about == SUBJECT_CHILDREN && age == AGE_CHILD) ||
                   (about == SUBJECT_ADULTS && age == AGE_ADULT);
    enum policy_reason reason = covered ? POLICY_REASON_NONE : POLICY_SUBJECT_NOT_COVERED;
    note(it, POLICY_CHECK_SUBJECT, reason, reason);
}

static void check_required(struct candidate *it) {
    const struct policy_request *request = it->scope->request;
    bool lacks_case = it->clause->requires_case && !request->has_case_reference;
    bool lacks_second = it->clause->requires_second && !request->has_second_person;
    enum policy_reason no_case = lacks_case ? POLICY_CASE_REFERENCE_MISSING : POLICY_REASON_NONE;
    enum policy_reason no_second = lacks_second ? POLICY_SECOND_PERSON_MISSING : POLICY_REASON_NONE;
    note(it, POLICY_CHECK_CASE, no_case, no_case);
    note(it, POLICY_CHECK_SECOND_PERSON, no_second, no_second);
}

static void check_hours(struct candidate *it) {
    const struct scope *scope = it->scope;
    const struct emergency *section = scope->emergency.section;
    bool open = it->clause->hours == POLICY_NO16 ||
                policy_hours_open(&scope->policy->hours[it->clause->hours], scope->now);
    if (open) {
        note(it, POLICY_CHECK_HOURS, POLICY_REASON_NONE, POLICY_REASON_NONE);
        return;
    }
    bool helps = section == NULL || section->sets_aside_hours;
    note_unless(it, POLICY_CHECK_HOURS, POLICY_OUT_OF_HOURS, helps);
}

static void fill_onward(const struct policy *policy, const struct onward *onward,
                        struct policy_term *term) {
    term->onward = onward->kind;
    if (onward->party != POLICY_NO16) {
        term->onward_party = policy->parties[onward->party].shown.id;
    }
    if (onward->purpose != POLICY_NO16) {
        term->onward_purpose = policy->purposes[onward->purpose].id;
    }
}

static void fill_term(struct candidate *it, uint16_t arm_index) {
    const struct policy *policy = it->scope->policy;
    const struct arm *arm = &policy->arms[arm_index];
    const struct clause *clause = it->clause;
    struct policy_term *term = &it->term;
    bool is_group = arm->treatment == TREATMENT_AGGREGATE;
    term->rule = arm->rule == POLICY_NO16 ? span_of(NULL, 0) : policy->rules[arm->rule].id;
    term->treatment = (enum treatment)arm->treatment;
    it->treatment = term->treatment;
    term->group_min = is_group ? clause->group_min : 0;
    term->consent = clause->consent;
    term->receives_under = clause->receives_under;
    term->is_hidden =
        policy_is_hidden(policy, it->source, policy->fields[it->field].category, clause);
    term->tells = clause->tells;
    term->recorder = clause->recorder;
    term->consent_shown = clause->consent_shown;
    term->keep_days = clause->keep_days;
    fill_onward(policy, &clause->onward, term);
    if (clause->data_from == DATA_FROM_DAY) {
        term->data_from_day = clause->data_from_value;
    } else if (clause->data_from == DATA_FROM_LAST) {
        term->data_from_day = it->scope->now.day - clause->data_from_value;
    }
    if (it->scope->basis != POLICY_NONE) {
        const struct basis *basis = &policy->bases[it->scope->basis];
        term->basis_kind = basis->kind;
        it->needs_reason =
            clause->requires_reason || (basis->reason_classes >> term->data_class & 1U) != 0;
    }
}

static void name_clause(struct candidate *it, uint16_t index) {
    const struct policy_clause *clause = &it->scope->policy->clauses[index].shown;
    it->term.clause = clause->id;
    it->term.clause_line = clause->line;
}

/* Steps 6 and 7. The arm beneath where nothing stands in the way any more. */
static uint16_t check_ban(struct candidate *it, uint16_t entry) {
    const struct ban *ban = &it->scope->policy->table.bans[entry & ~(unsigned)ROW_BAN];
    if (ban->floor != POLICY_NO16) {
        name_clause(it, ban->floor);
        note(it, POLICY_CHECK_FLOOR, POLICY_FLOOR_PROHIBITED, POLICY_FLOOR_PROHIBITED);
        return 0;
    }
    policy_mark_set(&it->checks, POLICY_CHECK_FLOOR, POLICY_PASSED);
    if (ban->hard != POLICY_NO16) {
        name_clause(it, ban->hard);
        note(it, POLICY_CHECK_NEVER, POLICY_PROHIBITED, POLICY_PROHIBITED);
        return 0;
    }
    note_unless(it, POLICY_CHECK_NEVER, POLICY_PROHIBITED, true);
    if (it->term.refusal != POLICY_REASON_NONE) {
        name_clause(it, ban->soft);
    }
    return ban->arm1;
}

static void check_clause(struct candidate *it, uint16_t arm1, bool is_alone) {
    const struct scope *scope = it->scope;
    const struct policy *policy = scope->policy;
    uint16_t index = policy->arms[arm1 - 1].clause;
    policy_mark_set(&it->checks, POLICY_CHECK_SHARE, POLICY_PASSED);
    it->clause = &policy->clauses[index];
    if (!is_alone) {
        it->fit = policy_clause_fit(policy, it->clause, scope->role, it->source, scope->purpose) +
                  (policy->arms[arm1 - 1].is_category ? 0 : POLICY_FIT_FIELD);
    }
    name_clause(it, index);
    fill_term(it, (uint16_t)(arm1 - 1));
    check_emergency_only(it);
    check_basis(it);
    policy_law_decide(it);
    check_subject(it);
    check_required(it);
    policy_law_necessity(it);
    check_hours(it);
}

/* Steps 5 to 9 for a field that the agreement knows. */
static void check_field(struct candidate *it, bool is_alone) {
    const struct scope *scope = it->scope;
    const struct policy *policy = scope->policy;
    const struct category *category = &policy->categories[policy->fields[it->field].category];
    if (!policy_bits_has(&category->holders, it->source)) {
        note(it, POLICY_CHECK_HOLDS, POLICY_SOURCE_DOES_NOT_HOLD, POLICY_SOURCE_DOES_NOT_HOLD);
        return;
    }
    policy_mark_set(&it->checks, POLICY_CHECK_HOLDS, POLICY_PASSED);
    uint16_t entry = policy_table_get(policy, scope->role, it->source, scope->purpose, it->field);
    if ((entry & ROW_BAN) != 0) {
        entry = check_ban(it, entry);
    } else {
        policy_mark_set(&it->checks, POLICY_CHECK_FLOOR, POLICY_PASSED);
        policy_mark_set(&it->checks, POLICY_CHECK_NEVER, POLICY_PASSED);
    }
    if (it->term.refusal != POLICY_REASON_NONE) {
        return;
    }
    if (entry == 0) {
        note(it, POLICY_CHECK_SHARE, POLICY_NO_CLAUSE, POLICY_NO_CLAUSE);
        return;
    }
    check_clause(it, entry, is_alone);
}

static void name_field(struct candidate *it) {
    const struct policy *policy = it->scope->policy;
    const struct category *category = &policy->categories[policy->fields[it->field].category];
    it->term.category = category->id;
    it->term.data_class = category->data_class;
}

void policy_seat_init(const struct scope *scope, struct span source, struct seat *out_seat) {
    struct seat seat = {.scope = scope, .source = POLICY_NONE};
    if (scope->policy != NULL) {
        seat.source = policy_names_find(&scope->policy->party_names, source);
    }
    seat.refusal = policy_scope_refusal(scope, seat.source, &seat.stage, &seat.checks);
    *out_seat = seat;
}

static void name_agreement(struct candidate *it) {
    const struct scope *scope = it->scope;
    it->term.agreement = scope->policy->id;
    it->term.agreement_version = scope->policy->version;
    it->term.review_due = scope->review_due;
}

/* Nobody named the field: where everything is asked for, another agreement may govern what this one
 * does not know. */
static void refuse_unknown(struct candidate *it) {
    it->term.refusal = POLICY_FIELD_UNKNOWN;
    it->stage = POLICY_FIELD_UNKNOWN;
    it->checks = 0;
    policy_mark_set(&it->checks, POLICY_CHECK_AGREEMENT, POLICY_PASSED);
    policy_mark_set(&it->checks, POLICY_CHECK_NAMES, POLICY_FAILED);
}

void policy_candidate_decide_at(const struct seat *seat, struct span field, uint32_t index,
                                struct candidate *it) {
    *it = (struct candidate){
        .term = {.field = field,
                 .refusal = seat->refusal,
                 .data_from_day = INT32_MIN,
                 .limit = POLICY_LIMIT_NONE},
        .scope = seat->scope,
        .stage = seat->stage,
        .source = seat->source,
        .field = index,
        .checks = seat->checks,
    };
    if (seat->scope->policy != NULL) {
        name_agreement(it);
    }
    if (index != POLICY_NONE) {
        name_field(it);
    } else if (it->term.refusal == POLICY_REASON_NONE) {
        refuse_unknown(it);
    }
    if (it->term.refusal == POLICY_REASON_NONE) {
        it->term.emergency_used =
            (it->checks >> (2 * POLICY_CHECK_REVIEW) & 3U) == POLICY_SET_ASIDE;
        check_field(it, seat->is_alone);
    } else {
        policy_law_outlive(it);
    }
    policy_axes_sum_up(it, it->checks, &it->axes);
    if (it->term.refusal != POLICY_REASON_NONE) {
        it->term.treatment = TREATMENT_NONE;
    }
}

void policy_candidate_decide(const struct scope *scope, struct span source, struct span field,
                             struct candidate *out_candidate) {
    struct seat seat;
    ASSERT(scope->policy != NULL);
    policy_seat_init(scope, source, &seat);
    uint32_t index = policy_names_find(&scope->policy->field_names, field);
    policy_candidate_decide_at(&seat, field, index, out_candidate);
}
