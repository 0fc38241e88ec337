/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/compare/probe_int.h"

enum { DAY_MINUTES = 1440 };

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
    time.weekday = minute / DAY_MINUTES;
    time.minute = minute % DAY_MINUTES;
    return time;
}

struct lg_err policy_probe_init(const struct policy *policy, struct arena *arena,
                                struct probe *out_probe) {
    struct probe probe = {.policy = policy, .any_time = {.day = policy->days.first_day}};
    probe.open_at = arena_array(arena, policy->hours_names.count, sizeof *probe.open_at);
    if (probe.open_at == NULL) {
        return policy_no_memory();
    }
    for (uint32_t i = 0; i < policy->hours_names.count; i++) {
        probe.open_at[i] = open_time(policy, &policy->hours[i]);
    }
    *out_probe = probe;
    return LG_OK;
}

/* A declaration without a fault but those of role and purpose. */
static struct policy_emergency declare(const struct emergency *section) {
    return (struct policy_emergency){
        .is_declared = true,
        .id = section->id,
        .reason = section->reasons.count == 0 ? span_of(NULL, 0) : section->reasons.items[0],
        .rationale_chars = section->rationale_min,
        .has_age = true,
    };
}

void policy_probe_decide(const struct probe *probe, const struct probe_cell *cell,
                         const struct probe_facts *facts, struct probe_question *out_question) {
    const struct policy *policy = probe->policy;
    const struct policy_role *role = &policy->roles[cell->role].shown;
    struct probe_question *it = out_question;
    it->training = role->training;
    it->force = (struct policy_force){.policy = policy};
    it->request = (struct policy_request){
        .recipient = role->party,
        .role = role->id,
        .trainings = {.items = &it->training, .count = 1},
        .purpose = policy->purposes[cell->purpose].id,
        .basis = facts->basis,
        .age_class = facts->age,
        .has_case_reference = true,
        .has_second_person = true,
    };
    if (facts->emergency != NULL) {
        it->request.emergency = declare(facts->emergency);
    }
    policy_scope_init(&it->force, &it->request, &it->scope);
    uint16_t clause = policy_probe_clause(policy, cell);
    uint16_t hours = clause == POLICY_NO16 ? POLICY_NO16 : policy->clauses[clause].hours;
    it->scope.now = hours == POLICY_NO16 ? probe->any_time : probe->open_at[hours];
    it->scope.review_due = false;
    policy_candidate_decide(&it->scope, policy->parties[cell->source].shown.id,
                            policy->fields[cell->field].id, &it->candidate);
}

bool policy_probe_shares(struct probe_question *question, const struct probe_facts *facts) {
    const struct policy_facts known = {.consents = facts->consent,
                                       .consent_count = facts->consent != NULL};
    struct policy_ruling ruling;
    enum policy_reason stage;
    question->request.no_consent_reason =
        facts->has_reason ? span_text("would-prejudice") : span_of(NULL, 0);
    policy_candidate_settle(&question->candidate, &known, &ruling, &stage);
    return ruling.refusal == POLICY_REASON_NONE && ruling.treatment != TREATMENT_REDACT;
}

uint16_t policy_probe_clause(const struct policy *policy, const struct probe_cell *cell) {
    uint16_t entry = policy_table_get(policy, cell->role, cell->source, cell->purpose, cell->field);
    if ((entry & ROW_BAN) != 0) {
        const struct ban *ban = &policy->table.bans[entry & ~(unsigned)ROW_BAN];
        bool is_final = ban->floor != POLICY_NO16 || ban->hard != POLICY_NO16;
        entry = is_final ? 0 : ban->arm1;
    }
    return entry == 0 ? POLICY_NO16 : policy->arms[entry - 1].clause;
}
