/* SPDX-License-Identifier: Apache-2.0 */
/* The sections of a register, and the strictness that goes with them. */
#include <stdarg.h>

#include "gateway/base/assert.h"
#include "policy/register/register_int.h"
#include "policy/text/words.h"

enum kind { KIND_REGISTER, KIND_EDITION, KIND_BODY, KIND_FUNCTION, KIND_ENTRY, KINDS };

struct setting {
    const char *name;
    bool is_required;
};

enum { EDITION_TITLE, EDITION_DATE };
enum { BODY_TITLE, BODY_CARE };

static const struct setting no_settings[] = {{NULL, false}};
static const struct setting edition_settings[] = {{"title", true}, {"date", true}, {NULL, false}};
static const struct setting body_settings[] = {
    {"title", true}, {"health or social care", false}, {NULL, false}};
static const struct setting function_settings[] = {{"title", true}, {NULL, false}};
static const struct setting entry_settings[] = {
    {"title", true},
    {"statute", true},
    {"section", false},
    {"kind", true},
    {"from", false},
    {"to", false},
    {"functions", false},
    {"except from", false},
    {"except data", false},
    {"use only for", false},
    {"needs agreement of the person", false},
    {"confidence", false},
    {"objection", false},
    {"holder may withhold", false},
    {"aggregates only", false},
    {"general", false},
    {"in force from", false},
    {"checked by", false},
    {"checked on", false},
    {"source", true},
    {"note", false},
    {NULL, false},
};

static const char *const kind_words[] = {"register", "edition", "body", "function", "entry", NULL};
static const struct setting *const kind_settings[KINDS] = {
    no_settings, edition_settings, body_settings, function_settings, entry_settings};

static struct lg_err no_memory(void) {
    return lg_err_make(LG_CLASS_LIMIT, LG_POLICY, POLICY_MEMORY);
}

/* The kind of every section, as a number of kind_words. */
static struct lg_err classify(struct register_reader *reader) {
    reader->kinds = arena_array(reader->arena, reader->doc.section_count, sizeof *reader->kinds);
    if (reader->kinds == NULL) {
        return no_memory();
    }
    for (uint32_t i = 0; i < reader->doc.section_count; i++) {
        const struct doc_section *section = &reader->doc.sections[i];
        struct register_value word = {section->kind, section->line};
        TRY(policy_register_choice(reader, word, kind_words, &reader->kinds[i]));
    }
    return LG_OK;
}

/* ---- settings of one section ---- */

static struct lg_err place(struct register_reader *reader, const struct setting *specs,
                           const struct doc_setting *setting, struct register_value *values) {
    struct register_value name = {setting->name, setting->line};
    const char *known[REGISTER_SETTINGS_MAX] = {NULL};
    uint32_t at = 0;
    for (size_t i = 0; specs[i].name != NULL; i++) {
        ASSERT(i + 1 < REGISTER_SETTINGS_MAX);
        known[i] = specs[i].name;
    }
    TRY(policy_register_choice(reader, name, known, &at));
    if (values[at].text.ptr != NULL) {
        return policy_register_stop(reader, name, "`%s` is set twice, first on line %u", known[at],
                                    (unsigned)values[at].line);
    }
    if (setting->value.len == 0) {
        return policy_register_stop(reader, name, "`%s` has no value", known[at]);
    }
    values[at] = (struct register_value){setting->value, setting->line};
    return LG_OK;
}

static struct lg_err settings_of(struct register_reader *reader, const struct doc_section *section,
                                 enum kind kind,
                                 struct register_value out_values[static REGISTER_SETTINGS_MAX]) {
    const struct setting *specs = kind_settings[kind];
    for (size_t i = 0; i < REGISTER_SETTINGS_MAX; i++) {
        out_values[i] = (struct register_value){0};
    }
    for (uint32_t i = 0; i < section->count; i++) {
        TRY(place(reader, specs, &reader->doc.settings[section->first + i], out_values));
    }
    for (size_t i = 0; specs[i].name != NULL; i++) {
        if (specs[i].is_required && out_values[i].text.ptr == NULL) {
            struct register_value at = {section->kind, section->line};
            return policy_register_stop(reader, at, "the section lacks `%s`", specs[i].name);
        }
    }
    return LG_OK;
}

/* ---- names first: what refers to them may stand above ---- */

struct gather {
    enum kind kind;
    uint32_t max;
    struct names *names;
};

static struct lg_err gather_names(struct register_reader *reader, struct gather gather) {
    TRY(policy_names_init(gather.names, gather.max, reader->arena));
    for (uint32_t i = 0; i < reader->doc.section_count; i++) {
        const struct doc_section *section = &reader->doc.sections[i];
        struct register_value head = {section->head.len > 0 ? section->head : section->kind,
                                      section->line};
        if (reader->kinds[i] != gather.kind) {
            continue;
        }
        if (gather.names->count == gather.max) {
            return policy_register_stop(reader, head, "more than %u sections `%s`",
                                        (unsigned)gather.max, kind_words[gather.kind]);
        }
        if (!policy_words_is_name(section->head) || span_equal_text(section->head, "any")) {
            return policy_register_stop(
                reader, head,
                "the section is written `%s ID`; an ID is lower-case letters, digits and hyphens",
                kind_words[gather.kind]);
        }
        policy_names_add(gather.names, section->head, section->line);
    }
    const struct names_entry *again = policy_names_seal(gather.names);
    if (again != NULL) {
        struct register_value at = {again->text, again->line};
        return policy_register_stop(reader, at, "a second %s `%.*s`", kind_words[gather.kind],
                                    (int)again->text.len, (const char *)again->text.ptr);
    }
    return LG_OK;
}

static struct lg_err gather_all(struct register_reader *reader) {
    struct policy_register *out = reader->out;
    const struct gather gathers[] = {
        {KIND_BODY, LIMIT_REGISTER_BODIES, &out->body_names},
        {KIND_FUNCTION, LIMIT_REGISTER_FUNCTIONS, &out->function_names},
        {KIND_ENTRY, LIMIT_REGISTER_ENTRIES, &out->entry_names},
    };
    for (size_t i = 0; i < sizeof gathers / sizeof gathers[0]; i++) {
        TRY(gather_names(reader, gathers[i]));
    }
    out->entries = arena_array(reader->arena, out->entry_names.count, sizeof *out->entries);
    return out->entries == NULL ? no_memory() : LG_OK;
}

/* ---- sections ---- */

static struct lg_err read_edition(struct register_reader *reader, const struct doc_section *section,
                                  const struct register_value *values) {
    struct policy_register *out = reader->out;
    struct register_value head = {section->head, section->line};
    if (out->edition.len > 0) {
        return policy_register_stop(reader, head, "a second `edition` section");
    }
    if (!policy_words_is_name(section->head)) {
        return policy_register_stop(reader, head,
                                    "the section is written `edition ID`; an ID is lower-case "
                                    "letters, digits and hyphens");
    }
    out->edition = section->head;
    TRY(policy_register_text_of(reader, values[EDITION_TITLE], &out->title));
    return policy_register_date(reader, values[EDITION_DATE], &out->day);
}

static struct lg_err read_body(struct register_reader *reader, const struct register_value *values,
                               uint32_t index) {
    static const char *const yes_no[] = {"no", "yes", NULL};
    bool is_care = false;
    TRY(policy_register_flag(reader, values[BODY_CARE], yes_no, &is_care));
    reader->out->care_bodies |= is_care ? UINT64_C(1) << index : 0;
    return LG_OK;
}

static struct lg_err check_first(struct register_reader *reader) {
    const struct doc *doc = &reader->doc;
    struct register_value at = {.line = 1};
    if (doc->section_count == 0 || !span_equal_text(doc->sections[0].kind, "register")) {
        return policy_register_stop(reader, at, "the first section must be `register 1`");
    }
    at = (struct register_value){doc->sections[0].head, doc->sections[0].line};
    if (!span_equal_text(doc->sections[0].head, "1")) {
        return policy_register_stop(reader, at,
                                    "this version of the form is not known; write `register 1`");
    }
    return LG_OK;
}

/* `next` counts the sections of each kind that were read. */
static struct lg_err read_section(struct register_reader *reader, uint32_t index,
                                  uint32_t next[static KINDS]) {
    const struct doc_section *section = &reader->doc.sections[index];
    enum kind kind = (enum kind)reader->kinds[index];
    struct register_value values[REGISTER_SETTINGS_MAX];
    struct register_value head = {section->head, section->line};
    TRY(settings_of(reader, section, kind, values));
    uint32_t at = next[kind]++;
    switch (kind) {
    case KIND_REGISTER:
        return at == 0 ? LG_OK : policy_register_stop(reader, head, "a second `register` section");
    case KIND_EDITION:
        return read_edition(reader, section, values);
    case KIND_BODY:
        return read_body(reader, values, at);
    case KIND_ENTRY:
        if (reader->out->edition.len == 0) {
            return policy_register_stop(reader, head,
                                        "the `edition` section stands before the entries");
        }
        return policy_register_entry_read(reader, section, values, &reader->out->entries[at]);
    default:
        return LG_OK; /* a function is its name */
    }
}

struct lg_err policy_register_read(struct span text, struct arena *arena, struct diag *diag,
                                   struct policy_register *out_register) {
    struct register_reader reader = {.out = out_register, .arena = arena, .diag = diag};
    uint32_t next[KINDS] = {0};
    out_register->text = arena_copy(arena, text);
    if (out_register->text.ptr == NULL) {
        return no_memory();
    }
    TRY(policy_doc_read(out_register->text, arena, diag, &reader.doc));
    TRY(check_first(&reader));
    TRY(classify(&reader));
    TRY(gather_all(&reader));
    for (uint32_t i = 0; i < reader.doc.section_count; i++) {
        TRY(read_section(&reader, i, next));
    }
    if (next[KIND_EDITION] == 0) {
        return policy_register_stop(&reader, (struct register_value){0},
                                    "the file has no `edition` section");
    }
    return LG_OK;
}
