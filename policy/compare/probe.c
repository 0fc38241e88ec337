/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/base/assert.h"
#include "policy/compare/probe_int.h"

enum { DAY_S = 86400, NOON_S = 43200, STRIDE_S = 20 * DAY_S };

/* The last day of the term on which a review that is overdue has not stopped it. */
static int32_t last_day(const struct policy_term_days *days) {
    int32_t graced = days->review_day + (int32_t)days->grace_days;
    return graced < days->last_day ? graced : days->last_day;
}

/* The earliest moment of the term at which the hours are open; none_s where there is none. Waiting
 * looks three weeks ahead (policy_hours_wait), and by the clock on the wall: where summer time
 * begins or ends on the way the hours may not be open then, and the wait goes on from there; a
 * stride is a day shorter than that look, so that no hour falls between. */
static int64_t open_moment(const struct policy *policy, const struct hours *hours, int64_t none_s) {
    int64_t at_s = (int64_t)policy->days.first_day * DAY_S;
    struct local_time now = policy_local_time(policy->zone, at_s);
    at_s -= (int64_t)now.minute * 60; /* the day began before */
    for (;;) {
        now = policy_local_time(policy->zone, at_s);
        if (now.day > last_day(&policy->days)) {
            return none_s;
        }
        if (policy_hours_open(hours, now)) {
            return at_s;
        }
        uint32_t wait_min = policy_hours_wait(hours, now);
        at_s += wait_min == UINT32_MAX ? STRIDE_S : (int64_t)wait_min * 60;
    }
}

static void day_add(struct probe *probe, int32_t day) {
    for (uint32_t i = 0; i < probe->law_day_count; i++) {
        if (probe->law_days[i] == day) {
            return;
        }
    }
    probe->law_days[probe->law_day_count++] = day;
}

/* The last day, and where statutes begin within the term the first one, and each on which one does.
 */
static struct lg_err law_days_find(struct probe *probe, struct arena *arena) {
    const struct policy_term_days *term = &probe->policy->days;
    const struct policy_register *statutes = probe->policy->statutes;
    uint32_t count = statutes == NULL ? 0 : statutes->entry_names.count;
    probe->law_days = arena_array(arena, (size_t)count + 2, sizeof *probe->law_days);
    if (probe->law_days == NULL) {
        return policy_no_memory();
    }
    day_add(probe, term->last_day);
    for (uint32_t i = 0; i < count; i++) {
        const struct policy_register_entry *entry = &statutes->entries[i].shown;
        bool is_within =
            entry->in_force_day > term->first_day && entry->in_force_day <= term->last_day;
        if (entry->is_commenced && is_within) {
            day_add(probe, term->first_day);
            day_add(probe, entry->in_force_day);
        }
    }
    return LG_OK;
}

struct lg_err policy_probe_init(const struct policy *policy, struct arena *arena,
                                struct probe *out_probe) {
    struct probe probe = {.policy = policy,
                          .any_s = (int64_t)policy->days.first_day * DAY_S + NOON_S};
    probe.open_s = arena_array(arena, policy->hours_names.count, sizeof *probe.open_s);
    if (probe.open_s == NULL) {
        return policy_no_memory();
    }
    for (uint32_t i = 0; i < policy->hours_names.count; i++) {
        probe.open_s[i] = open_moment(policy, &policy->hours[i], probe.any_s);
    }
    TRY(law_days_find(&probe, arena));
    *out_probe = probe;
    return LG_OK;
}

int64_t policy_probe_moment(const struct probe *probe, uint16_t clause) {
    ASSERT(clause != POLICY_NO16);
    uint16_t hours = probe->policy->clauses[clause].hours;
    return hours == POLICY_NO16 ? probe->any_s : probe->open_s[hours];
}

struct policy_emergency policy_probe_declare(const struct emergency *section) {
    return (struct policy_emergency){
        .is_declared = true,
        .id = section->id,
        .reason = section->reasons.items[0],
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
        .has_statement = facts->law != PROBE_NO_STATEMENT,
        .has_compelling_reason = facts->law != PROBE_OBJECTED,
        .necessity = (1U << POLICY_NECESSITIES) - 1,
        .capacity = facts->law == PROBE_CAPABLE ? POLICY_CAPACITY_HAS : POLICY_CAPACITY_LACKS,
    };
    if (facts->emergency != NULL) {
        it->request.emergency = policy_probe_declare(facts->emergency);
    }
    it->request.at_s = policy_probe_moment(probe, policy_probe_clause(policy, cell));
    policy_scope_init(&it->force, &it->request, &it->scope);
    it->scope.is_proof = true;
    it->scope.law_day = facts->law_day;
    policy_candidate_decide(&it->scope, policy->parties[cell->source].shown.id,
                            policy->fields[cell->field].id, &it->candidate);
}

bool policy_probe_shares(struct probe_question *question, const struct probe_facts *facts) {
    bool is_objected = facts->law == PROBE_OBJECTED || facts->law == PROBE_OBJECTION_MET;
    int32_t age = facts->law == PROBE_OPT_OUT_OLD ? (int32_t)facts->opt_out_days : 0;
    struct consent said[2] = {{.kind = CONSENT_KIND_OBJECTION, .state = CONSENT_REFUSED}};
    size_t count = is_objected ? 1 : 0;
    if (facts->consent != NULL) {
        said[count++] = *facts->consent;
    }
    const struct policy_facts known = {
        .consents = said,
        .consent_count = count,
        .opt_out = {.is_known = true,
                    .applies = facts->law == PROBE_OPTED_OUT,
                    .as_of_day = question->scope.now.day - age},
    };
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
