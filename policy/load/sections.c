/* SPDX-License-Identifier: Apache-2.0 */
/* The grammar of sections and settings as tables, and the strictness that goes with them. */
#include <stdarg.h>
#include <stdio.h>

#include "gateway/base/assert.h"
#include "gateway/base/num.h"
#include "policy/load/load.h"

struct setting_spec {
    const char *name;
    bool is_required;
};

static const struct setting_spec agreement_settings[] = {
    {"title", true},      {"version", true},    {"replaces", false},
    {"in force", true},   {"review due", true}, {"review grace", true},
    {"time zone", true},  {"lead", true},       {"signatures needed", true},
    {"assessment", true}, {"contact", true},    {"notice", false},
    {"law", false},       {NULL, false},
};
static const struct setting_spec party_settings[] = {
    {"name", true},
    {"legal entity", true},
    {"public authority", true},
    {"competent authority", true},
    {"joint controller with", false},
    {"signs as", true},
    {"key", false},
    {"existence", false},
    {"look-up", false},
    {"body", false},
    {NULL, false},
};
static const struct setting_spec role_settings[] = {
    {"training", false},
    {"holders at most", false},
    {NULL, false},
};
static const struct setting_spec purpose_settings[] = {
    {"title", true},        {"within", false},        {"dpv", false}, {"function", false},
    {"direct care", false}, {"secondary use", false}, {NULL, false},
};
static const struct setting_spec basis_settings[] = {
    {"title", true},
    {"kind", true},
    {"article 6", false},
    {"article 9", false},
    {"article 10", false},
    {"covers", true},
    {"reason for no consent", false},
    {"gateway", false},
    {"function", false},
    {NULL, false},
};
static const struct setting_spec category_settings[] = {
    {"title", true},
    {"class", true},
    {"held by", true},
    {"fields", true},
    {"confidential", false},
    {"existence", false},
    {"patient information", false},
    {"opt-out", false},
    {"received under", false},
    {NULL, false},
};
static const struct setting_spec generalise_settings[] = {{"to", true}, {NULL, false}};
static const struct setting_spec hours_settings[] = {
    {"open", true}, {"closed on", false}, {NULL, false}};
static const struct setting_spec limit_settings[] = {
    {"per person", false}, {"per agency", false}, {"per subject", false}, {NULL, false}};
static const struct setting_spec defaults_settings[] = {
    {"hours", false}, {"limit", false}, {"keep", false}, {"onward", false}, {NULL, false}};
static const struct setting_spec share_settings[] = {
    {"title", false},
    {"from", true},
    {"to", true},
    {"purpose", true},
    {"basis", true},
    {"receives under", false},
    {"consent", true},
    {"consent is", false},
    {"requires", false},
    {"about", false},
    {"when", false},
    {"pass", false},
    {"generalise", false},
    {"pseudonymise", false},
    {"aggregate", false},
    {"redact", false},
    {"smallest group", false},
    {"hours", false},
    {"limit", false},
    {"keep", false},
    {"onward", false},
    {"data from", false},
    {"existence", false},
    {"tells source", false},
    {"consent recorded by", false},
    {"consent shown", false},
    {"objection", false},
    {"confidentiality", false},
    {NULL, false},
};
static const struct setting_spec never_settings[] = {
    {"title", false}, {"from", false},   {"to", true},  {"purpose", false},
    {"data", true},   {"unless", false}, {NULL, false},
};
static const struct setting_spec enrol_settings[] = {
    {"title", false}, {"from", true}, {"people", true},      {"classes", true},
    {"basis", true},  {"keep", true}, {"on leaving", false}, {NULL, false},
};
static const struct setting_spec emergency_settings[] = {
    {"declared by", true},
    {"refusal set aside by", false},
    {"purpose", true},
    {"basis", true},
    {"basis for refusal", false},
    {"reasons", true},
    {"rationale", true},
    {"lasts", true},
    {"sets aside", true},
    {"tell", true},
    {"check", true},
    {"at most", true},
    {"requires", false},
    {"overdue reviews", false},
    {NULL, false},
};
static const struct setting_spec promise_settings[] = {
    {"who", true},      {"sees", true},    {"from", false}, {"for", false},
    {"without", false}, {"unless", false}, {NULL, false},
};
static const struct setting_spec end_settings[] = {
    {"on leaving", false}, {"on expiry", false}, {NULL, false}};
static const struct setting_spec no_settings[] = {{NULL, false}};

struct kind_spec {
    const char *word;
    const struct setting_spec *settings;
    bool is_once;
    bool in_floor;
};

static const struct kind_spec kind_specs[SECTION_KINDS] = {
    [SECTION_ISA] = {"isa", no_settings, true, true},
    [SECTION_AGREEMENT] = {"agreement", agreement_settings, true, false},
    [SECTION_PARTY] = {"party", party_settings, false, false},
    [SECTION_ROLE] = {"role", role_settings, false, false},
    [SECTION_PURPOSE] = {"purpose", purpose_settings, false, false},
    [SECTION_BASIS] = {"basis", basis_settings, false, false},
    [SECTION_CATEGORY] = {"category", category_settings, false, false},
    [SECTION_GENERALISE] = {"generalise", generalise_settings, false, false},
    [SECTION_HOURS] = {"hours", hours_settings, false, false},
    [SECTION_LIMIT] = {"limit", limit_settings, false, false},
    [SECTION_DEFAULTS] = {"defaults", defaults_settings, true, false},
    [SECTION_SHARE] = {"clause", share_settings, false, false},
    [SECTION_NEVER] = {"clause", never_settings, false, true},
    [SECTION_ENROL] = {"clause", enrol_settings, false, false},
    [SECTION_EMERGENCY] = {"emergency", emergency_settings, false, false},
    [SECTION_PROMISE] = {"promise", promise_settings, false, false},
    [SECTION_END] = {"end", end_settings, true, false},
};

struct lg_err policy_no_memory(void) {
    return lg_err_make(LG_CLASS_LIMIT, LG_POLICY, POLICY_MEMORY);
}

static struct policy_faults faults_of(const struct load *load) {
    return (struct policy_faults){
        .diag = load->diag, .findings = load->findings, .is_floor = load->is_floor};
}

static struct lg_err put(const struct load *load, const char *code, struct value where,
                         const char *sentence) {
    struct policy_faults faults = faults_of(load);
    struct policy_spot spot = {.code = code, .line = where.line, .column = where.line > 0};
    (void)policy_doc_spot(&load->doc, where.text.ptr, &spot.line, &spot.column);
    return policy_faults_put(&faults, spot, sentence);
}

struct lg_err policy_load_fault(struct load *load, const char *code, struct value where,
                                const char *format, ...) {
    char text[sizeof load->diag->text];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return put(load, code, where, text);
}

struct lg_err policy_load_stop(struct load *load, uint32_t line, const char *format, ...) {
    char text[sizeof load->diag->text];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return put(load, "E01", policy_on_line(line), text);
}

struct lg_err policy_load_past(const struct load *load, struct lg_err err) {
    struct policy_faults faults = faults_of(load);
    return policy_faults_past(&faults, err);
}

struct lg_err policy_load_barrier(const struct load *load) {
    bool is_sound = load->findings == NULL || load->findings->count == 0;
    return is_sound ? LG_OK : lg_err_make(LG_CLASS_CONFIG, LG_POLICY, POLICY_TEXT_WRONG);
}

/* Long words are cut in messages, and at the end of their line: a value can be longer than a
 * diag. */
static int shown_len(struct span text) {
    return (int)num_min(LIMIT_POLICY_NAME_SIZE, span_index(text, '\n'));
}

static struct lg_err stop_unknown(struct load *load, struct value word, const char *what,
                                  struct span best) {
    if (best.len == 0) {
        return policy_load_fault(load, "E01", word, "`%.*s` is not %s", shown_len(word.text),
                                 (const char *)word.text.ptr, what);
    }
    return policy_load_fault(load, "E01", word, "`%.*s` is not %s; did you mean `%.*s`?",
                             shown_len(word.text), (const char *)word.text.ptr, what,
                             shown_len(best), (const char *)best.ptr);
}

struct lg_err policy_load_unknown(struct load *load, struct value word, const char *what,
                                  const struct names *names) {
    return stop_unknown(load, word, what, policy_names_nearest(names, word.text));
}

struct lg_err policy_load_unknown_of(struct load *load, struct value word, const char *what,
                                     const char *const *list) {
    struct nearest nearest = policy_nearest_of(word.text);
    for (size_t i = 0; list[i] != NULL; i++) {
        policy_nearest_offer(&nearest, span_text(list[i]));
    }
    return stop_unknown(load, word, what, nearest.best);
}

/* The last word of a clause's head says which kind of clause it is. */
static struct lg_err classify_clause(struct load *load, const struct doc_section *section,
                                     enum section_kind *out_kind) {
    static const char *const kinds[] = {"share", "never", "enrol", NULL};
    static const enum section_kind values[] = {SECTION_SHARE, SECTION_NEVER, SECTION_ENROL};
    struct words words = policy_words_of(section->head, section->line);
    struct span id;
    struct span word;
    if (!policy_words_next(&words, &id) || !policy_words_next(&words, &word) ||
        !policy_words_end(&words)) {
        return policy_load_stop(load, section->line,
                                "a clause is written `clause ID share`, `never` or `enrol`");
    }
    for (size_t i = 0; kinds[i] != NULL; i++) {
        if (span_equal_text(word, kinds[i])) {
            *out_kind = values[i];
            return LG_OK;
        }
    }
    return policy_load_unknown_of(load, (struct value){word, section->line}, "a kind of clause",
                                  kinds);
}

static struct lg_err classify(struct load *load, const struct doc_section *section,
                              enum section_kind *out_kind) {
    const char *known[SECTION_KINDS + 1];
    for (size_t i = 0; i < SECTION_KINDS; i++) {
        known[i] = kind_specs[i].word;
        if (span_equal_text(section->kind, known[i])) {
            *out_kind = (enum section_kind)i;
            return i == SECTION_SHARE ? classify_clause(load, section, out_kind) : LG_OK;
        }
    }
    known[SECTION_KINDS] = NULL;
    return policy_load_unknown_of(load, (struct value){section->kind, section->line},
                                  "a kind of section", known);
}

uint32_t policy_sections_count(const struct load *load, enum section_kind kind) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < load->doc.section_count; i++) {
        count += load->kinds[i] == kind;
    }
    return count;
}

static struct lg_err check_kind(struct load *load, const struct doc_section *section,
                                enum section_kind kind, uint32_t seen[static SECTION_KINDS]) {
    const struct kind_spec *spec = &kind_specs[kind];
    if (load->is_floor && !spec->in_floor) {
        return policy_load_stop(load, section->line, "the floor holds `never` clauses only");
    }
    if (spec->is_once && seen[kind]++ > 0) {
        return policy_load_stop(load, section->line, "a second `%s` section", spec->word);
    }
    return LG_OK;
}

struct lg_err policy_sections_classify(struct load *load) {
    uint32_t seen[SECTION_KINDS] = {0};
    load->kinds = arena_array(load->policy->arena, load->doc.section_count, sizeof *load->kinds);
    if (load->kinds == NULL) {
        return policy_no_memory();
    }
    for (uint32_t i = 0; i < load->doc.section_count; i++) {
        const struct doc_section *section = &load->doc.sections[i];
        struct lg_err err = classify(load, section, &load->kinds[i]);
        if (!lg_failed(err)) {
            err = check_kind(load, section, load->kinds[i], seen);
        }
        TRY(policy_load_past(load, err));
    }
    TRY(policy_load_barrier(load));
    if (load->doc.section_count == 0 || load->kinds[0] != SECTION_ISA) {
        return policy_load_stop(load, 1, "the first section must be `isa 1`");
    }
    if (!span_equal_text(load->doc.sections[0].head, "1")) {
        return policy_load_stop(load, load->doc.sections[0].line,
                                "version `%.*s` of the language is not known; write `isa 1`",
                                shown_len(load->doc.sections[0].head),
                                (const char *)load->doc.sections[0].head.ptr);
    }
    return LG_OK;
}

/* The number of the setting of this name, or of the end of the list. */
static size_t spec_find(const struct setting_spec *specs, struct span name) {
    size_t at = 0;
    while (specs[at].name != NULL && !span_equal_text(name, specs[at].name)) {
        at++;
    }
    return at;
}

static struct lg_err stop_setting(struct load *load, const struct setting_spec *specs,
                                  struct value name) {
    const char *known[SETTINGS_MAX] = {NULL};
    for (size_t i = 0; specs[i].name != NULL; i++) {
        ASSERT(i + 1 < SETTINGS_MAX);
        known[i] = specs[i].name;
    }
    return policy_load_unknown_of(load, name, "a setting of this section", known);
}

static struct lg_err place_setting(struct load *load, const struct setting_spec *specs,
                                   const struct doc_setting *setting, struct value *values) {
    struct value name = {setting->name, setting->line};
    size_t at = spec_find(specs, setting->name);
    if (specs[at].name == NULL) {
        return stop_setting(load, specs, name);
    }
    if (values[at].text.ptr != NULL) {
        return policy_load_fault(load, "E01", name, "`%s` is set twice, first on line %u",
                                 specs[at].name, (unsigned)values[at].line);
    }
    if (setting->value.len == 0) {
        return policy_load_fault(load, "E01", name, "`%s` has no value", specs[at].name);
    }
    values[at] = (struct value){setting->value, setting->line};
    return LG_OK;
}

static struct lg_err check_settings(struct load *load, uint32_t index) {
    const struct doc_section *section = &load->doc.sections[index];
    const struct setting_spec *specs = kind_specs[load->kinds[index]].settings;
    struct value values[SETTINGS_MAX] = {{.line = 0}};
    for (uint32_t i = 0; i < section->count; i++) {
        const struct doc_setting *setting = &load->doc.settings[section->first + i];
        TRY(policy_load_past(load, place_setting(load, specs, setting, values)));
    }
    for (size_t i = 0; specs[i].name != NULL; i++) {
        if (specs[i].is_required && values[i].text.ptr == NULL) {
            TRY(policy_load_past(load, policy_load_stop(load, section->line,
                                                        "the section lacks `%s`", specs[i].name)));
        }
    }
    return LG_OK;
}

struct lg_err policy_sections_check(struct load *load) {
    for (uint32_t i = 0; i < load->doc.section_count; i++) {
        TRY(check_settings(load, i));
    }
    return policy_load_barrier(load);
}

void policy_section_values(const struct load *load, uint32_t index,
                           struct value out_values[static SETTINGS_MAX]) {
    const struct doc_section *section = &load->doc.sections[index];
    const struct setting_spec *specs = kind_specs[load->kinds[index]].settings;
    for (size_t i = 0; i < SETTINGS_MAX; i++) {
        out_values[i] = (struct value){.line = 0};
    }
    for (uint32_t i = 0; i < section->count; i++) {
        const struct doc_setting *setting = &load->doc.settings[section->first + i];
        size_t at = spec_find(specs, setting->name);
        ASSERT(specs[at].name != NULL);
        out_values[at] = (struct value){setting->value, setting->line};
    }
}

const char *policy_setting_name(enum section_kind kind, size_t index) {
    return kind_specs[kind].settings[index].name;
}
