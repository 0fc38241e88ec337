/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/line_glass.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { DAY_MS = 24 * 3600 * 1000 };

static const char agreement[] =
    "isa 1\n"
    "agreement line\n"
    "  title: Break-glass\n  version: 4\n  in force: %s to %s\n  review due: %s\n"
    "  review grace: 30 days\n  time zone: Europe/London\n  lead: care\n"
    "  signatures needed: all parties\n  assessment: DPIA-1\n  contact: lead\n"
    "party care\n  name: Care\n  legal entity: Council\n  public authority: yes\n"
    "  competent authority: no\n  signs as: Director\n"
    "party homes\n  name: Homes\n  legal entity: Homes\n  public authority: yes\n"
    "  competent authority: no\n  signs as: Secretary\n"
    "party school\n  name: School\n  legal entity: School\n  public authority: yes\n"
    "  competent authority: no\n  signs as: Head\n"
    "party trust\n  name: Trust\n  legal entity: Trust\n  public authority: yes\n"
    "  competent authority: no\n  signs as: Guardian\n  existence: hidden\n"
    "role care/worker\nrole care/visitor\nrole care/senior\n"
    "purpose safeguarding\n  title: Protect\n"
    "purpose child-safeguarding\n  title: Protect a child\n  within: safeguarding\n"
    "basis act\n  title: An Act\n  kind: statutory\n  article 6: e\n"
    "  article 9: g, DPA 2018 Sch 1 para 18\n  covers: safeguarding\n"
    "  reason for no consent: not needed\n"
    "basis vital\n  title: Vital interests\n  kind: vital\n  article 6: d\n"
    "  article 9: c\n  article 10: DPA 2018 Sch 1 para 30\n  covers: safeguarding\n"
    "  reason for no consent: not needed\n"
    "category tenancy\n  title: Tenancy\n  class: ordinary\n  held by: homes\n"
    "  fields: address, arrears\n"
    "category mental-health\n  title: Mental health\n  class: special\n  held by: trust\n"
    "  fields: status, allergies\n"
    "category schooling\n  title: Schooling\n  class: ordinary\n  held by: school\n"
    "  fields: attendance\n"
    "hours always\n  open: 00:00 to 24:00 on every day\n"
    "limit some\n  per person: 200 in 1 hour\n"
    "defaults\n  hours: always\n  limit: some\n  keep: 90 days\n  onward: no\n"
    "clause 1 share\n  title: Tenancy\n  from: homes\n  to: care/worker, care/visitor\n"
    "  purpose: safeguarding\n  basis: act\n  consent: not needed\n  pass: tenancy.address\n"
    "clause 2 share\n  title: Arrears\n  from: homes\n"
    "  to: care/worker, care/visitor, care/senior\n"
    "  purpose: safeguarding\n  basis: act\n  consent: required unless emergency\n"
    "  pass: tenancy.arrears\n"
    "clause 3 share\n  title: Health\n  from: trust\n  to: care/worker\n"
    "  purpose: safeguarding\n  basis: act\n  consent: required unless emergency\n"
    "  pass: mental-health.status\n"
    "clause 4 share\n  title: Allergies\n  from: trust\n  to: care/worker\n"
    "  purpose: safeguarding\n  basis: act\n  consent: not needed\n  objection: refer\n"
    "  pass: mental-health.allergies\n"
    "clause 5 share\n  title: Schooling\n  from: school\n  to: care/senior\n"
    "  purpose: safeguarding\n  basis: act\n  consent: required unless emergency\n"
    "  pass: schooling.attendance\n"
    "clause 7 enrol\n  title: Everybody\n  from: care, homes, school, trust\n  people: all\n"
    "  classes: N, A, C, D, E\n  basis: act\n  keep: 365 days\n"
    "emergency break-glass\n  declared by: care/worker, care/senior\n  purpose: safeguarding\n"
    "  basis: vital\n  reasons: risk-to-life, serious-harm\n  rationale: at least 20 characters\n"
    "  lasts: 4 hours\n  sets aside: missing consent, hours, limit\n"
    "  refusal set aside by: care/senior\n"
    "  tell: data-protection-lead within 1 hour\n  check: within 3 working days\n"
    "  at most: 3 per person in 1 day\n"
    "  overdue reviews: second person from 3, refused from 5\n";

static const char *const arrears[] = {"tenancy.address", "1 Sample Street", "tenancy.arrears",
                                      "300", NULL};
static const char *const status[] = {"mental-health.status", "in care", NULL};

static void policy_change(struct line_world *w) {
    char from[11];
    char to[11];
    char review[11];
    static char text[8192];
    struct diag diag = {0};
    int32_t today = (int32_t)(w->wall_ms / DAY_MS);
    policy_day_text(today - 100, from);
    policy_day_text(today + 200, to);
    policy_day_text(today + 100, review);
    (void)snprintf(text, sizeof text, agreement, from, to, review);
    struct policy *old = w->policy;
    if (lg_failed(policy_compile(span_text(text), span_of(NULL, 0), &diag, &w->policy))) {
        fail_msg("line %u: %s", diag.line, diag.text);
    }
    w->force = (struct policy_force){.policy = w->policy};
    line_world_agreements_put(w);
    (void)query_agreements_now(&w->worker);
    policy_free(&old);
}

int line_glass_open(void **state) {
    if (line_world_open(state) != 0) {
        return 1;
    }
    struct line_world *w = *state;
    policy_change(w);
    w->agencies[LINE_HOMES].answer = line_answer(w, arrears, NULL, 0);
    w->agencies[LINE_TRUST].answer = line_answer(w, status, NULL, 0);
    return 0;
}

static struct span homes_only[1];

struct line_ask line_glass_ask(struct line_world *w, const struct person_id *person) {
    homes_only[0] = span_text("homes");
    struct line_ask ask = line_ask_of(w, QUERY_ASK, line_handle(w, person, true));
    ask.question.sources = (struct span_list){homes_only, 1};
    ask.question.age_class = AGE_ADULT;
    ask.question.emergency_declared = true;
    ask.question.emergency_reason = span_text("risk-to-life");
    ask.question.emergency_rationale = span_text("Found unconscious in the street.");
    ask.question.capacity = CAPACITY_CANNOT;
    ask.question.capacity_basis = span_text("seen");
    return ask;
}

void line_glass_expect(const struct line_ask *ask, const char *code) {
    assert_int_equal(ask->status, GRPC_OK);
    if (!span_equal_text(ask->verdict.code, code)) {
        fail_msg("%.*s, not %s", (int)ask->verdict.code.len, (const char *)ask->verdict.code.ptr,
                 code);
    }
}

const char *line_glass_refusal(const struct line_ask *ask) {
    const struct extract *extract = &line_part_of(ask, "homes")->extract;
    for (size_t i = 0; i < extract->held_back_count; i++) {
        if (span_equal_text(extract->held_back[i].item, "tenancy.arrears")) {
            return arena_text(ask->world->arena, extract->held_back[i].code);
        }
    }
    return "";
}

const char *line_glass_declare(struct line_world *w, const struct person_id *person,
                               struct review_id *out_id) {
    struct line_ask ask = line_glass_ask(w, person);
    line_ask_run(&ask, false);
    assert_int_equal(ask.status, GRPC_OK);
    if (out_id != NULL) {
        *out_id = ask.emergency.review_id;
    }
    return line_glass_refusal(&ask);
}

struct line_ask line_glass_again(struct line_world *w, const struct person_id *person,
                                 const struct review_id *id) {
    struct line_ask ask = line_glass_ask(w, person);
    ask.question.declaration = *id;
    ask.question.emergency_reason = span_of(NULL, 0);
    ask.question.emergency_rationale = span_of(NULL, 0);
    return ask;
}
