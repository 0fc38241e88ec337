/* SPDX-License-Identifier: Apache-2.0 */
/* Each check that was made: what the agreement asks, and what was there. */
#include "policy/explain/explain_int.h"

static struct span day_text(int32_t day, struct arena *arena) {
    char text[11];
    policy_day_text(day, text);
    return arena_copy(arena, span_text(text));
}

bool policy_knows_asker(const struct telling *t) {
    return t->reader != POLICY_READER_SOURCE ||
           policy_permit_tells(t->permit, t->source) != POLICY_TELLS_PERMIT;
}

static struct span when(const struct telling *t) {
    const struct scope *scope = policy_candidate_of(t->ruling)->scope;
    struct span moment = policy_moment_words(scope->now, t->arena);
    return arena_format(t->arena, "asked %.*s", policy_len(moment), policy_str(moment));
}

/* ---- the agreement ---- */

static void tell_agreement(const struct telling *t, struct policy_explained_check *out) {
    const struct policy *policy = policy_candidate_of(t->ruling)->scope->policy;
    if (policy == NULL) {
        out->asked = span_text("an agreement in force that covers this");
        out->found = span_text("none");
        return;
    }
    struct span first = day_text(policy->days.first_day, t->arena);
    struct span last = day_text(policy->days.last_day, t->arena);
    out->asked = arena_format(t->arena, "in force, %.*s to %.*s, both included", policy_len(first),
                              policy_str(first), policy_len(last), policy_str(last));
    out->found = out->mark == POLICY_PASSED ? when(t)
                                            : span_text(policy_reason_sentence(t->ruling->refusal));
}

static void tell_names(const struct telling *t, struct policy_explained_check *out) {
    const struct policy_request *request = policy_candidate_of(t->ruling)->scope->request;
    out->asked = span_text("parties, role, purpose and fields that the agreement knows");
    if (out->mark == POLICY_FAILED) {
        out->found = span_text(policy_reason_sentence(t->ruling->refusal));
    } else if (policy_knows_asker(t)) {
        out->found = arena_format(t->arena, "%.*s/%.*s for %.*s", policy_len(request->recipient),
                                  policy_str(request->recipient), policy_len(request->role),
                                  policy_str(request->role), policy_len(request->purpose),
                                  policy_str(request->purpose));
    }
}

static void tell_review(const struct telling *t, struct policy_explained_check *out) {
    const struct policy_term_days *days = &policy_candidate_of(t->ruling)->scope->policy->days;
    struct span due = day_text(days->review_day, t->arena);
    out->asked = arena_format(t->arena, "reviewed by %.*s, and %u days of grace", policy_len(due),
                              policy_str(due), (unsigned)days->grace_days);
    out->found = when(t);
}

/* ---- the cell ---- */

static void tell_holds(const struct telling *t, struct policy_explained_check *out) {
    struct span category = t->ruling->term->category;
    out->asked = arena_format(t->arena, "that the source holds %.*s", policy_len(category),
                              policy_str(category));
    out->found = span_text(out->mark == POLICY_FAILED ? "it does not" : "it does");
}

static void tell_ban(const struct telling *t, struct policy_explained_check *out) {
    struct span clause = t->ruling->term->clause;
    bool is_floor = out->check == POLICY_CHECK_FLOOR;
    out->asked = span_text(is_floor ? "no prohibition of the partnership's floor"
                                    : "no prohibition of the agreement");
    if (out->mark == POLICY_FAILED) {
        out->found = arena_format(t->arena, "clause %.*s", policy_len(clause), policy_str(clause));
    } else {
        out->found = span_text(out->mark == POLICY_SET_ASIDE ? "one that gives way to an emergency"
                                                             : "none");
    }
}

static void tell_share(const struct telling *t, struct policy_explained_check *out) {
    const struct policy_term *term = t->ruling->term;
    out->asked = span_text("a clause that shares the field with this role for this purpose");
    if (out->mark == POLICY_FAILED) {
        out->found = span_text("none");
        return;
    }
    out->found = arena_format(t->arena, "clause %.*s, line %u", policy_len(term->clause),
                              policy_str(term->clause), (unsigned)term->clause_line);
}

/* ---- the clause ---- */

static void tell_emergency(const struct telling *t, struct policy_explained_check *out) {
    const struct emergency_state *emergency = &policy_candidate_of(t->ruling)->scope->emergency;
    out->asked = span_text("a declared emergency");
    if (emergency->is_valid) {
        out->found = span_text("one that holds");
    } else if (emergency->fault != POLICY_REASON_NONE) {
        out->found = span_text(policy_reason_sentence(emergency->fault));
    } else {
        out->found = span_text("none");
    }
}

/* "children-act or care-act". */
static struct span bases_of(const struct candidate *it, struct arena *arena) {
    const struct policy *policy = it->scope->policy;
    struct span text = span_text("");
    for (uint32_t i = 0; i < policy->basis_names.count; i++) {
        struct span id = policy->bases[i].id;
        if ((it->clause->bases >> i & 1U) != 0) {
            text = arena_format(arena, "%.*s%s%.*s", policy_len(text), policy_str(text),
                                text.len == 0 ? "" : " or ", policy_len(id), policy_str(id));
        }
    }
    return text;
}

static void tell_basis(const struct telling *t, struct policy_explained_check *out) {
    const struct candidate *it = policy_candidate_of(t->ruling);
    out->asked = bases_of(it, t->arena);
    if (policy_knows_asker(t)) {
        out->found = it->scope->request->basis;
    }
}

static void tell_subject(const struct telling *t, struct policy_explained_check *out) {
    const struct candidate *it = policy_candidate_of(t->ruling);
    static const char *const abouts[] = {"anyone", "children", "adults"};
    static const char *const ages[] = {"age not stated", "a child", "an adult"};
    out->asked = span_text(abouts[it->clause->about]);
    out->found = span_text(ages[it->scope->request->age_class]);
}

static void tell_required(const struct telling *t, struct policy_explained_check *out) {
    const struct candidate *it = policy_candidate_of(t->ruling);
    const struct policy_request *request = it->scope->request;
    bool is_case = out->check == POLICY_CHECK_CASE;
    bool needed = is_case ? it->clause->requires_case : it->clause->requires_second;
    bool given = is_case ? request->has_case_reference : request->has_second_person;
    out->asked = span_text(needed ? "needed" : "not needed");
    out->found = span_text(given ? "given" : "not given");
}

static void tell_hours(const struct telling *t, struct policy_explained_check *out) {
    const struct candidate *it = policy_candidate_of(t->ruling);
    out->asked = it->clause->hours == POLICY_NO16
                     ? span_text("at all hours")
                     : it->scope->policy->hours[it->clause->hours].text;
    out->found = when(t);
}

static void tell_reason(const struct telling *t, struct policy_explained_check *out) {
    const struct candidate *it = policy_candidate_of(t->ruling);
    bool needed = it->needs_reason && it->term.consent == POLICY_CONSENT_NOT_NEEDED;
    struct span reason = it->scope->request->no_consent_reason;
    out->asked = span_text(needed ? "why the person is not asked" : "not needed");
    out->found = policy_is_no_consent_reason(reason) ? reason : span_text("not given");
}

/* What there was, for those who may know; the mark says whether it was enough. */
static struct span consent_found(const struct telling *t) {
    const struct consent *fact = t->ruling->consent;
    if (policy_reason_is_consent(t->ruling->refusal)) {
        return policy_tell_consent_state(t);
    }
    if (fact == NULL) {
        return span_text("none is recorded");
    }
    switch (fact->state) {
    case CONSENT_GIVEN:
        return span_text(fact->explicit_consent ? "given, explicitly" : "given");
    case CONSENT_WITHDRAWN:
        return span_text("withdrawn");
    case CONSENT_REFUSED: /* a state that nobody knows stops like one */
    default:
        return span_text("refused");
    }
}

static void tell_consent(const struct telling *t, struct policy_explained_check *out) {
    static const char *const rules[] = {"", "not needed", "required", "required unless emergency"};
    const struct policy_term *term = t->ruling->term;
    bool shown = term->consent_shown && term->data_class == POLICY_ORDINARY && !t->is_hidden;
    out->asked = span_text(rules[term->consent]);
    if (t->reader != POLICY_READER_REQUESTER || shown) {
        out->found = consent_found(t);
    } else if (term->consent != POLICY_CONSENT_NOT_NEEDED) {
        out->found = span_text("what the person said is not told");
    }
}

/* "10 per person in 1440 minutes". */
static struct span rate_text(struct policy_rate rate, const char *whom, struct span before,
                             struct arena *arena) {
    if (rate.count == 0) {
        return before;
    }
    return arena_format(arena, "%.*s%s%u per %s in %u minutes", policy_len(before),
                        policy_str(before), before.len == 0 ? "" : ", ", (unsigned)rate.count, whom,
                        (unsigned)(rate.window_s / 60));
}

static void tell_limit(const struct telling *t, struct policy_explained_check *out) {
    const struct candidate *it = policy_candidate_of(t->ruling);
    if (it->clause->limit == POLICY_NO16) {
        out->asked = span_text("no limit");
        return;
    }
    const struct limit *limit = &it->scope->policy->limits[it->clause->limit];
    struct span text = rate_text(limit->per_person, "person", span_text(""), t->arena);
    text = rate_text(limit->per_agency, "agency", text, t->arena);
    out->asked = rate_text(limit->per_subject, "person asked about", text, t->arena);
    out->found = span_text(out->mark == POLICY_PASSED ? "not reached" : "reached");
}

static void tell_check(const struct telling *t, struct policy_explained_check *out) {
    switch (out->check) {
    case POLICY_CHECK_AGREEMENT:
        tell_agreement(t, out);
        break;
    case POLICY_CHECK_NAMES:
        tell_names(t, out);
        break;
    case POLICY_CHECK_REVIEW:
        tell_review(t, out);
        break;
    case POLICY_CHECK_HOLDS:
        tell_holds(t, out);
        break;
    case POLICY_CHECK_FLOOR:
    case POLICY_CHECK_NEVER:
        tell_ban(t, out);
        break;
    case POLICY_CHECK_SHARE:
        tell_share(t, out);
        break;
    case POLICY_CHECK_EMERGENCY:
        tell_emergency(t, out);
        break;
    case POLICY_CHECK_BASIS:
        tell_basis(t, out);
        break;
    case POLICY_CHECK_SUBJECT:
        tell_subject(t, out);
        break;
    case POLICY_CHECK_CASE:
    case POLICY_CHECK_SECOND_PERSON:
        tell_required(t, out);
        break;
    case POLICY_CHECK_HOURS:
        tell_hours(t, out);
        break;
    case POLICY_CHECK_REASON:
        tell_reason(t, out);
        break;
    case POLICY_CHECK_CONSENT:
        tell_consent(t, out);
        break;
    case POLICY_CHECK_LIMIT:
    default:
        tell_limit(t, out);
        break;
    }
}

void policy_tell_checks(const struct telling *t, struct policy_explanation *explanation) {
    for (unsigned i = 0; i < POLICY_CHECKS; i++) {
        enum policy_mark mark = (enum policy_mark)(t->checks >> (2 * i) & 3U);
        if (mark == POLICY_NOT_ASKED) {
            continue;
        }
        struct policy_explained_check *out = &explanation->checks[explanation->check_count++];
        *out = (struct policy_explained_check){.check = (enum policy_check)i, .mark = mark};
        tell_check(t, out);
    }
}
