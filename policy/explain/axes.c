/* SPDX-License-Identifier: Apache-2.0 */
/* The axes of a decision for each reader. */
#include "policy/explain/explain_int.h"

static bool rests_on_person(enum policy_axis axis) {
    return axis == POLICY_AXIS_CONFIDENTIALITY || axis == POLICY_AXIS_OBJECTION;
}

/* What would tell who asks and why: the article and the provision go by the basis that is cited,
 * and an emergency was declared by somebody. */
static struct span source_masked(enum policy_axis axis, const struct policy_axis_view *view) {
    if (view->verdict == POLICY_AXIS_SET_ASIDE) {
        return span_text("an emergency");
    }
    bool is_asker = axis == POLICY_AXIS_POWER || axis == POLICY_AXIS_BASIS;
    return is_asker ? span_of(NULL, 0) : view->source;
}

void policy_tell_axes(const struct telling *t, struct policy_explanation *explanation) {
    struct policy_ruling ruling = *t->ruling;
    bool knows_asker = policy_knows_asker(t);
    if (t->is_half) {
        ruling.axes = policy_candidate_of(t->ruling)->axes;
        ruling.basis = policy_candidate_of(t->ruling)->scope->request->basis;
    }
    for (unsigned i = 0; i < POLICY_AXES; i++) {
        enum policy_axis axis = (enum policy_axis)i;
        if (t->is_half && rests_on_person(axis)) {
            continue;
        }
        struct policy_axis_view view = policy_axis_read(&ruling, axis, t->arena);
        explanation->axes[explanation->axis_count++] = (struct policy_explained_axis){
            .axis = axis,
            .verdict = view.verdict,
            .source = knows_asker ? view.source : source_masked(axis, &view),
        };
    }
}
