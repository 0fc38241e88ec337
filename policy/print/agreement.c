/* SPDX-License-Identifier: Apache-2.0 */
/* The agreement on paper: one table says which settings stand under which heading. */
#include <stdio.h>

#include "policy/print/print_int.h"

enum { NAMES_MAX = 12, RULE_WIDTH = 80 };

/* Sections of one kind under a heading: the settings named, or all where none is. */
struct part {
    const char *heading; /* NULL: under the one before */
    const char *intro;
    enum section_kind kind;
    const char *settings[NAMES_MAX + 1];
};

static const struct part parts[] = {
    {"Purpose of the sharing",
     "Each request is for one purpose. Nothing is shared for any other.",
     SECTION_PURPOSE,
     {NULL}},
    {"Organisations that take part",
     "The parties, and the roles through which they ask.",
     SECTION_PARTY,
     {"name", "legal entity", "public authority", "competent authority", "signs as", "key",
      "existence", "look-up"}},
    {NULL, NULL, SECTION_ROLE, {NULL}},
    {"Joint controllers",
     "Each party is a controller; jointly where it says so here.",
     SECTION_PARTY,
     {"joint controller with"}},
    {"Data items",
     "What may be asked for. Anything that no clause shares is not shared.",
     SECTION_CATEGORY,
     {NULL}},
    {NULL, "What items become where they are generalised.", SECTION_GENERALISE, {NULL}},
    {"Lawful basis",
     "Each request names one of these.",
     SECTION_BASIS,
     {"title", "kind", "article 6", "covers", "reason for no consent", "gateway"}},
    {"Special category and criminal offence data",
     "The further condition of each basis.",
     SECTION_BASIS,
     {"article 9", "article 10"}},
    {"Access and individual rights",
     "Whom people turn to, and what they are told.",
     SECTION_AGREEMENT,
     {"contact", "notice"}},
    {"Information governance", "Clauses that share.", SECTION_SHARE, {NULL}},
    {NULL, "What is never shared, whatever else is written.", SECTION_NEVER, {NULL}},
    {NULL, "Whose people may be found.", SECTION_ENROL, {NULL}},
    {NULL, "In an emergency.", SECTION_EMERGENCY, {NULL}},
    {NULL, "Where a clause is silent.", SECTION_DEFAULTS, {NULL}},
    {NULL, "Hours.", SECTION_HOURS, {NULL}},
    {NULL, "Limits.", SECTION_LIMIT, {NULL}},
    {NULL, "Promises, checked against every request that could be made.", SECTION_PROMISE, {NULL}},
    {NULL, "At the end.", SECTION_END, {NULL}},
    {"Further details", "Term, review, assessment.", SECTION_AGREEMENT, {NULL}},
};

static bool has_any(const struct print *print, const struct part *part, uint32_t section) {
    if (part->settings[0] == NULL) {
        return true;
    }
    for (size_t i = 0; part->settings[i] != NULL; i++) {
        if (policy_print_setting(print, section, part->settings[i]).ptr != NULL) {
            return true;
        }
    }
    return false;
}

static void put_one(struct print *print, uint32_t section, const char *name) {
    char label[64];
    struct span value = policy_print_setting(print, section, name);
    if (value.ptr != NULL) {
        snprintf(label, sizeof label, "%s:", name);
        policy_print_line(&print->out, 4, label, value);
    }
}

static void put_section(struct print *print, const struct part *part, uint32_t section) {
    const struct doc_section *it = &print->load.doc.sections[section];
    struct out *out = &print->out;
    policy_out_text(out, "\n  ");
    policy_out_span(out, it->kind);
    policy_out_byte(out, ' ', it->head.len > 0);
    policy_out_words(out, it->head);
    policy_out_byte(out, '\n', 1);
    for (size_t i = 0; part->settings[i] != NULL; i++) {
        put_one(print, section, part->settings[i]);
    }
    const char *name;
    for (size_t n = 0;
         part->settings[0] == NULL && (name = policy_setting_name(part->kind, n)) != NULL; n++) {
        put_one(print, section, name);
    }
}

static void put_part(struct print *print, const struct part *part) {
    bool is_first = true;
    for (uint32_t i = 0; i < print->load.doc.section_count; i++) {
        if (print->load.kinds[i] != part->kind || !has_any(print, part, i)) {
            continue;
        }
        if (is_first && part->intro != NULL) {
            policy_out_byte(&print->out, '\n', 1);
            policy_print_line(&print->out, 0, part->intro, span_text(" "));
        }
        is_first = false;
        put_section(print, part, i);
    }
    if (is_first && part->heading != NULL) {
        policy_out_text(&print->out, "\nNone.\n");
    }
}

static void put_title(struct print *print) {
    const struct policy *policy = print->policy;
    char first[11];
    char last[11];
    policy_day_text(policy->days.first_day, first);
    policy_day_text(policy->days.last_day, last);
    policy_out_text(&print->out, "INFORMATION SHARING AGREEMENT\n\n");
    policy_print_line(&print->out, 0, "Title:", policy->title);
    policy_out_format(&print->out, "Reference: %.*s, version %u\n", (int)policy->id.len,
                      (const char *)policy->id.ptr, (unsigned)policy->version);
    policy_out_format(&print->out, "In force: %s to %s, both days included\n", first, last);
    struct span lead = policy->parties[policy->lead].shown.name;
    policy_print_line(&print->out, 0, "Kept by:", lead);
}

static void put_signatures(struct print *print, unsigned number) {
    const struct policy *policy = print->policy;
    policy_out_format(&print->out, "\n%u. Signatures\n\n", number);
    policy_print_line(&print->out, 0,
                      policy->both_sides
                          ? "A clause applies once the two parties it joins have signed."
                          : "The agreement applies once all parties have signed.",
                      span_text(" "));
    for (uint32_t i = 0; i < policy->party_names.count; i++) {
        const struct party *party = &policy->parties[i];
        policy_out_byte(&print->out, '\n', 1);
        policy_print_line(&print->out, 2, "For:", party->shown.name);
        policy_print_line(&print->out, 2, "Office:", party->signs_as);
        policy_print_line(&print->out, 2, "Name:", span_of(NULL, 0));
        policy_print_line(&print->out, 2, "Signature and date:", span_of(NULL, 0));
    }
}

struct lg_err policy_print_agreement(const struct policy *policy, struct arena *arena,
                                     struct span *out_text) {
    struct policy scratch = {0};
    struct print print;
    unsigned number = 0;
    TRY(policy_print_begin(policy, arena, &scratch, &print));
    put_title(&print);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (parts[i].heading != NULL) {
            policy_out_format(&print.out, "\n%u. %s\n", ++number, parts[i].heading);
        }
        put_part(&print, &parts[i]);
    }
    put_signatures(&print, ++number);
    return policy_out_done(&print.out, out_text);
}
