/* SPDX-License-Identifier: Apache-2.0 */
/* Random questions under tests/vectors/policy/law.isa with the statute register: each is one that a
 * clause or a neighbour of it covers, with every fact of the axes drawn by chance. */
#ifndef TESTS_UNIT_POLICY_LAW_CHANCE_H
#define TESTS_UNIT_POLICY_LAW_CHANCE_H

#include "tests/unit/policy_law_fixture.h"

enum { LAW_CHANCE_FACTS = 4 };

struct law_chance {
    uint64_t state;
};

static inline unsigned law_below(struct law_chance *chance, unsigned count) {
    chance->state = chance->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)((chance->state >> 33) % count);
}

static inline bool law_one_in(struct law_chance *chance, unsigned count) {
    return law_below(chance, count) == 0;
}

/* What a clause shares, one question each. */
static const struct law_question law_questions[] = {
    {"hospital/district-nurse", "council-adults", "direct-care", "care-duty", "care.package"},
    {"housing-association/officer", "gp", "tenancy-support", "practice-task", "practice.diagnosis"},
    {"housing-association/officer", "gp", "tenancy-support", "practice-task",
     "support-headline.in-place"},
    {"council-adults/social-worker", "gp", "tenancy-support", "practice-task",
     "practice.medication"},
    {"council-childrens/social-worker", "police", "child-enquiry", "enquiry-duty",
     "incidents.count"},
    {"council-childrens/social-worker", "school", "child-enquiry", "enquiry-duty",
     "school-record.attendance"},
    {"council-childrens/team-manager", "school", "child-welfare", "welfare-duty",
     "school-record.concern"},
    {"police/officer", "council-safety", "serious-violence", "serious-violence-power",
     "incidents.summary"},
    {"police/officer", "hospital", "serious-violence", "violence-and-general", "patient.name"},
    {"police/sergeant", "council-safety", "crime-prevention", "crime-disorder",
     "incidents.summary"},
    {"council-safety/officer", "police", "crime-prevention", "crime-sets", "incidents.count"},
    {"council-adults/analyst", "hospital", "service-planning", "planning-251",
     "patient.attendance"},
    {"council-adults/analyst", "hospital", "public-health", "planning-251", "patient.attendance"},
    {"council-adults/officer", "charity", "adult-safeguarding", "charity-interest",
     "support.contact-dates"},
    {"council-adults/officer", "council-housing", "adult-safeguarding", "care-act-duty",
     "support.worker"},
    {"council-adults/social-worker", "charity", "adult-safeguarding", "charity-interest",
     "wellbeing.notes"},
    {"ambulance/paramedic", "hospital", "emergency-care", "vital-interests", "patient.allergies"},
    {"council-housing/enforcement", "council-adults", "housing-enforcement", "council-powers",
     "board-papers.finding"},
    {"board/manager", "council-adults", "board-review", "board-duty", "board-papers.finding"},
    {"council-housing/officer", "hospital", "homelessness", "homelessness-duty",
     "referral.contact"},
    {"charity/keyworker", "council-housing", "early-help", "help-consent", "tenancy.status"},
    {"council-adults/officer", "council-housing", "early-help", "council-powers", "tenancy.status"},
    {"council-housing/officer", "council-adults", "early-help", "council-powers",
     "wellbeing.notes"},
    {"council-adults/social-worker", "refuge", "adult-safeguarding", "charity-interest",
     "resident.stays"},
};
enum { LAW_QUESTIONS = sizeof law_questions / sizeof *law_questions };

static inline void law_chance_facts(struct law *law, struct law_chance *chance) {
    struct consent *facts = arena_array(law->arena, LAW_CHANCE_FACTS, sizeof *facts);
    assert_non_null(facts);
    law->facts.consents = facts;
    law->facts.consent_count = law_below(chance, LAW_CHANCE_FACTS + 1);
    for (size_t i = 0; i < law->facts.consent_count; i++) {
        facts[i] = (struct consent){
            .state = (enum consent_state)(1 + law_below(chance, 3)),
            .kind = (enum consent_kind)law_below(chance, CONSENT_KIND_END),
            .explicit_consent = !law_one_in(chance, 3),
            .log_index = law_below(chance, 9),
        };
        if (law_one_in(chance, 3)) {
            facts[i].purposes = law_one(law, law_one_in(chance, 2) ? "direct-care" : "early-help");
        }
    }
    law->facts.opt_out.is_known = !law_one_in(chance, 3);
    if (law->facts.opt_out.is_known) {
        law->facts.opt_out.applies = law_one_in(chance, 2);
        law->facts.opt_out.as_of_day =
            (int32_t)(law->request.at_s / 86400) - (int32_t)law_below(chance, 10);
    }
    law->facts.holder_withholds = law_one_in(chance, 6);
}

/* The facts of the question; law_ask adds who, whom and what. */
static inline void law_chance_request(struct law *law, struct law_chance *chance) {
    static const char *const days[] = {"2026-11-11", "2027-09-20", "2027-10-05", "2026-09-01"};
    law->request = (struct policy_request){
        .at_s = law_time(days[law_one_in(chance, 4) ? law_below(chance, 4) : 0], 12),
        .age_class = (enum age_class)law_below(chance, 3),
        .has_case_reference = !law_one_in(chance, 4),
        .no_consent_reason = span_text(law_one_in(chance, 4) ? "" : "would-prejudice"),
        .has_statement = !law_one_in(chance, 3),
        .has_compelling_reason = law_one_in(chance, 3),
        .necessity = law_one_in(chance, 3) ? law_below(chance, 32) : 31,
        .capacity = (enum policy_capacity)law_below(chance, 3),
    };
    if (law_one_in(chance, 3)) {
        law_declare(law);
        law->request.emergency.rationale_chars = 10 + law_below(chance, 30);
        law->request.emergency.capacity = (enum capacity)law_below(chance, 4);
    }
}

/* Mostly what a clause covers; now and then under the basis of another. */
static inline struct law_question law_chance_question(struct law_chance *chance) {
    struct law_question question = law_questions[law_below(chance, LAW_QUESTIONS)];
    if (law_one_in(chance, 4)) {
        question.basis = law_questions[law_below(chance, LAW_QUESTIONS)].basis;
    }
    return question;
}

#endif
