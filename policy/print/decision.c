/* SPDX-License-Identifier: Apache-2.0 */
/* The decision form of annex B of the ICO's data sharing code, for one decision or left open. */
#include <stdio.h>

#include "policy/print/print_int.h"

enum { TREATED_SIZE = 160 };

static void put_heading(struct out *out, const char *heading) {
    policy_out_format(out, "\n%s\n", heading);
}

static struct span party_name(const struct policy *policy, struct span id) {
    uint32_t index = policy_names_find(&policy->party_names, id);
    return index == POLICY_NONE ? id : policy->parties[index].shown.name;
}

static void put_request(struct print *print, const struct policy_form *form) {
    struct out *out = &print->out;
    const struct policy_request none = {0};
    const struct policy_request *request = form->request == NULL ? &none : form->request;
    char day[11] = "";
    if (form->request != NULL) {
        policy_day_text(policy_local_day(print->policy, request->at_s), day);
    }
    put_heading(out, "The request");
    policy_print_line(out, 2,
                      "Organisation that received it:", party_name(print->policy, form->source));
    policy_print_line(out, 2,
                      "Organisation that asked:", party_name(print->policy, request->recipient));
    policy_print_line(out, 2, "Role of the person who asked:", request->role);
    policy_print_line(out, 2, "Name and position of the person who asked:", form->requested_by);
    policy_print_line(out, 2, "Date received:", span_text(day));
    policy_print_line(out, 2, "Reference:", form->reference);
    policy_print_line(out, 2, "Purpose:", request->purpose);
    policy_print_line(out, 2, "Why it is necessary and proportionate:", form->necessary);
    policy_print_line(out, 2, "Lawful basis named:", request->basis);
}

/* "FIELD: pass under clause 4" or "FIELD: refused, REASON". */
static void put_ruling(struct print *print, const struct policy_ruling *ruling) {
    static const char *const words[] = {
        [TREATMENT_NONE] = "none",
        [TREATMENT_PASS] = "pass",
        [TREATMENT_GENERALISE] = "generalise",
        [TREATMENT_PSEUDONYMISE] = "pseudonymise",
        [TREATMENT_AGGREGATE] = "aggregate",
        [TREATMENT_REDACT] = "redact",
    };
    const struct policy_term *term = ruling->term;
    char treated[TREATED_SIZE];
    if (ruling->refusal == POLICY_REASON_NONE) {
        snprintf(treated, sizeof treated, "(%s) %s, clause %.*s%s",
                 policy_print_class(term->data_class), words[ruling->treatment],
                 (int)term->clause.len, (const char *)term->clause.ptr,
                 ruling->by_emergency ? ", emergency" : "");
    } else {
        snprintf(treated, sizeof treated, "refused, %s", policy_reason_name(ruling->refusal));
    }
    policy_out_text(&print->out, "  ");
    policy_out_span(&print->out, term->field);
    policy_out_byte(&print->out, ':', 1);
    policy_print_line(&print->out, 0, "", span_text(treated));
}

static void put_data(struct print *print, const struct policy_form *form) {
    put_heading(&print->out, "Data asked for, and what is supplied");
    if (form->outcome == NULL || form->outcome->ruling_count == 0) {
        policy_print_line(&print->out, 2, "Data asked for:", span_of(NULL, 0));
        policy_print_line(&print->out, 2, "Data to be supplied:", span_of(NULL, 0));
        return;
    }
    for (size_t i = 0; i < form->outcome->ruling_count; i++) {
        put_ruling(print, &form->outcome->rulings[i]);
    }
}

static void put_basis(struct print *print, const struct policy_form *form) {
    struct out *out = &print->out;
    struct span basis = form->request == NULL ? span_of(NULL, 0) : form->request->basis;
    uint32_t section = policy_print_section(print, SECTION_BASIS, basis);
    static const char *const labels[][2] = {
        {"Legal power or duty:", "title"},
        {"Article 6 basis:", "article 6"},
        {"Article 9 condition, special category data:", "article 9"},
        {"Article 10 condition, criminal offence data:", "article 10"},
    };
    put_heading(out, "Lawfulness");
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++) {
        struct span value = section == UINT32_MAX
                                ? span_of(NULL, 0)
                                : policy_print_setting(print, section, labels[i][1]);
        policy_print_line(out, 2, labels[i][0], value);
    }
    policy_print_line(out, 2, "Part 3 of the DPA 2018, where it applies:", span_of(NULL, 0));
    policy_print_line(out, 2, "Assessment (DPIA):", print->policy->assessment);
    policy_print_line(out, 2, "Views of the data protection lead:", span_of(NULL, 0));
}

static struct span decision_text(const struct policy_form *form) {
    if (form->outcome == NULL) {
        return span_of(NULL, 0);
    }
    enum decision decision = form->outcome->decision;
    return span_text(decision == DECISION_PERMIT    ? "share all that was asked for"
                     : decision == DECISION_PARTIAL ? "share part of what was asked for"
                                                    : "share nothing");
}

static void put_duties(struct print *print, const struct policy_form *form) {
    struct out *out = &print->out;
    struct span_list codes = {0};
    put_heading(out, "Conditions");
    if (form->outcome != NULL) {
        out->has_failed |= lg_failed(policy_duty_codes(&form->outcome->duties, out->arena, &codes));
    }
    for (size_t i = 0; i < codes.count; i++) {
        policy_print_line(out, 2, "Duty:", codes.items[i]);
    }
    policy_print_line(out, 2, "Retention and deletion:",
                      codes.count > 0 ? span_text("as the duties say") : span_of(NULL, 0));
    policy_print_line(out, 2, "Security of the transfer:", span_of(NULL, 0));
    policy_print_line(out, 2, "Rights of the person:", print->policy->notice);
}

static void put_decision(struct print *print, const struct policy_form *form) {
    struct out *out = &print->out;
    struct span reason = form->outcome == NULL
                             ? span_of(NULL, 0)
                             : span_text(policy_reason_sentence(form->outcome->reason));
    put_heading(out, "Decision");
    policy_print_line(out, 2, "Decision:", decision_text(form));
    policy_print_line(out, 2, "Reason:", reason);
    policy_print_line(out, 2, "Decided by:", form->decided_by);
    policy_print_line(out, 2, "Date:", form->decided_on);
    policy_print_line(out, 2, "Signature:", span_of(NULL, 0));
}

struct lg_err policy_print_decision(const struct policy *policy, const struct policy_form *form,
                                    struct arena *arena, struct span *out_text) {
    struct policy scratch = {0};
    struct print print;
    TRY(policy_print_begin(policy, arena, &scratch, &print));
    policy_out_text(&print.out, "DATA SHARING DECISION FORM\n\n");
    policy_print_line(&print.out, 0, "Agreement:", policy->title);
    policy_out_format(&print.out, "Reference: %.*s, version %u\n", (int)policy->id.len,
                      (const char *)policy->id.ptr, (unsigned)policy->version);
    policy_print_line(&print.out, 0, "Contact:", policy->contact);
    put_request(&print, form);
    put_data(&print, form);
    put_basis(&print, form);
    put_duties(&print, form);
    put_decision(&print, form);
    return policy_out_done(&print.out, out_text);
}
