/* SPDX-License-Identifier: Apache-2.0 */
/* Where each verdict comes from, in words: the clause, the provision and who checked it, the
 * article, what set the duty of confidence aside, whose objection, whose decision in an emergency.
 */
#include <assert.h>

#include "gateway/base/assert.h"
#include "policy/law/decide_int.h"

enum { DAY_TEXT = 11 };

static int len(struct span text) {
    return (int)text.len;
}

static const char *str(struct span text) {
    return text.len == 0 ? "" : (const char *)text.ptr;
}

/* The term of a ruling is the first member of the candidate that it came from. */
static const struct candidate *candidate_of(const struct policy_ruling *ruling) {
    static_assert(offsetof(struct candidate, term) == 0, "a term is its candidate");
    return (const struct candidate *)(const void *)ruling->term;
}

static struct span agreement_source(const struct candidate *it, struct arena *arena) {
    const struct policy_term *term = &it->term;
    if (it->scope->policy == NULL) {
        return span_text("no agreement in force");
    }
    if (term->clause.len == 0) {
        return arena_format(arena, "%.*s version %u", len(term->agreement), str(term->agreement),
                            (unsigned)term->agreement_version);
    }
    return arena_format(arena, "%.*s version %u, clause %.*s (line %u)", len(term->agreement),
                        str(term->agreement), (unsigned)term->agreement_version, len(term->clause),
                        str(term->clause), (unsigned)term->clause_line);
}

static struct span power_source(const struct candidate *it, struct arena *arena) {
    if (it->law == NULL) {
        return span_of(NULL, 0);
    }
    const struct policy_register_entry *entry = &it->law->shown;
    char day[DAY_TEXT];
    policy_day_text(entry->checked_day, day);
    struct span checked = entry->checked_by;
    struct span edition = it->scope->policy->statutes->edition;
    return arena_format(arena, "%.*s %.*s, %s (%.*s of register %.*s; %s%.*s%s%s)",
                        len(entry->statute), str(entry->statute), len(entry->section),
                        str(entry->section), policy_register_kind_name(entry->kind), len(entry->id),
                        str(entry->id), len(edition), str(edition),
                        checked.len == 0 ? "not checked by anybody" : "checked by ", len(checked),
                        str(checked), checked.len == 0 ? "" : " on ", checked.len == 0 ? "" : day);
}

static struct span basis_source(const struct policy_ruling *ruling, const struct candidate *it,
                                struct arena *arena) {
    const struct policy *policy = it->scope->policy;
    ASSERT(policy != NULL); /* else nobody asks for a basis */
    uint32_t index = policy_names_find(&policy->basis_names, ruling->basis);
    if (index == POLICY_NONE) {
        return span_of(NULL, 0);
    }
    const struct basis *basis = &policy->bases[index];
    struct span article9 =
        it->term.data_class == POLICY_SPECIAL ? basis->law.article9 : span_of(NULL, 0);
    struct span article10 =
        it->term.data_class == POLICY_CRIMINAL ? basis->law.article10 : span_of(NULL, 0);
    const char *regime =
        basis->kind == POLICY_BASIS_LAW_ENFORCEMENT ? "DPA 2018 Part 3" : "UK GDPR";
    return arena_format(arena, "%.*s: %s%s%.*s%s%.*s%s%.*s", len(basis->title), str(basis->title),
                        regime, basis->law.article6.len == 0 ? "" : " Article 6(1) ",
                        len(basis->law.article6), str(basis->law.article6),
                        article9.len == 0 ? "" : ", Article 9(2) ", len(article9), str(article9),
                        article10.len == 0 ? "" : ", Article 10 ", len(article10), str(article10));
}

static struct span confidence_source(const struct policy_ruling *ruling, const struct candidate *it,
                                     struct arena *arena) {
    enum policy_confidence route = policy_axes_confidence(ruling->axes);
    if (route == POLICY_CONFIDENCE_NONE) {
        return span_of(NULL, 0);
    }
    struct span approval =
        route == POLICY_CONFIDENCE_SECTION_251 ? it->clause->law.approval : span_of(NULL, 0);
    return arena_format(arena, "%s%s%.*s", policy_confidence_name(route),
                        approval.len == 0 ? "" : ", ", len(approval), str(approval));
}

static struct span objection_source(const struct policy_ruling *ruling) {
    if (ruling->refusal == POLICY_OPT_OUT_APPLIES || ruling->refusal == POLICY_OPT_OUT_UNKNOWN) {
        return span_text("National Data Opt-Out");
    }
    bool stands = policy_axes_get(ruling->axes, POLICY_AXIS_OBJECTION) > POLICY_AXIS_MET;
    return stands ? span_text("objection of the person") : span_of(NULL, 0);
}

static struct span emergency_source(const struct candidate *it, struct arena *arena) {
    const struct scope *scope = it->scope;
    const struct emergency *section = scope->emergency.section;
    struct span role = scope->request->role;
    struct span reason = scope->request->emergency.reason;
    return arena_format(arena, "emergency %.*s, declared by %.*s: %.*s", len(section->id),
                        str(section->id), len(role), str(role), len(reason), str(reason));
}

static struct span source_of(const struct policy_ruling *ruling, const struct candidate *it,
                             enum policy_axis axis, struct arena *arena) {
    switch (axis) {
    case POLICY_AXIS_AGREEMENT:
        return agreement_source(it, arena);
    case POLICY_AXIS_POWER:
        return power_source(it, arena);
    case POLICY_AXIS_BASIS:
        return basis_source(ruling, it, arena);
    case POLICY_AXIS_CONFIDENTIALITY:
        return confidence_source(ruling, it, arena);
    case POLICY_AXIS_OBJECTION:
        return objection_source(ruling);
    default:
        ASSERT(axis == POLICY_AXIS_NECESSITY);
        return span_text("the five recorded reasons");
    }
}

struct policy_axis_view policy_axis_read(const struct policy_ruling *ruling, enum policy_axis axis,
                                         struct arena *arena) {
    const struct candidate *it = candidate_of(ruling);
    struct policy_axis_view view = {.verdict = policy_axes_get(ruling->axes, axis)};
    if (view.verdict == POLICY_AXIS_SET_ASIDE) {
        view.source = emergency_source(it, arena);
    } else if (view.verdict != POLICY_AXIS_NOT_ASKED) {
        view.source = source_of(ruling, it, axis, arena);
    }
    return view;
}
