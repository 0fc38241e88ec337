/* SPDX-License-Identifier: Apache-2.0 */
/* Nothing that a signatory would care about is left out: every setting of a rich agreement is
 * changed in every way that still compiles, one at a time, and the comparison must say something.
 * Only what is listed here as deciding nothing may come out as text alone. */
#include "policy/compare/compare.h"
#include "policy/compare/sections_int.h"
#include "tests/unit/policy_edit.h"
#include "tests/unit/policy_fixture.h"

const char policy_fixture_folder[] = LOCKGATE_SOURCE "/tests/vectors/policy";

enum { TEXT_MAX = 65536, KEYS_MAX = 256, TRIES = 4 };

struct out {
    char text[TEXT_MAX];
    size_t used;
};

static void put(struct out *out, struct span text) {
    assert_true(out->used + text.len + 1 < TEXT_MAX);
    for (size_t i = 0; i < text.len; i++) {
        out->text[out->used++] = text.ptr[i] == '\n' ? ' ' : (char)text.ptr[i];
    }
}

/* The document again, with setting `changed` given another value, or left out where it is NULL. */
static void write_doc(struct out *out, const struct doc *doc, uint32_t changed, const char *value) {
    out->used = 0;
    for (uint32_t i = 0; i < doc->section_count; i++) {
        const struct doc_section *section = &doc->sections[i];
        put(out, section->kind);
        put(out, span_text(section->head.len > 0 ? " " : ""));
        put(out, section->head);
        out->text[out->used++] = '\n';
        for (uint32_t j = section->first; j < section->first + section->count; j++) {
            if (j == changed && value == NULL) {
                continue;
            }
            put(out, span_text("  "));
            put(out, doc->settings[j].name);
            put(out, span_text(": "));
            put(out, j == changed ? span_text(value) : doc->settings[j].value);
            out->text[out->used++] = '\n';
        }
    }
}

static struct policy *try_compile(const struct out *out) {
    struct diag diag;
    struct policy *policy = NULL;
    struct lg_err err =
        policy_compile(span_of(out->text, out->used), span_of(NULL, 0), &diag, &policy);
    lg_err_ignore(err, "a change that does not compile is none");
    return policy;
}

/* ---- which settings were changed ---- */

struct keys {
    char names[KEYS_MAX][80];
    bool told[KEYS_MAX];
    bool only_text[KEYS_MAX];
    size_t count;
};

static size_t key_of(struct keys *keys, const struct doc_section *section, struct span setting) {
    char name[80];
    struct span kind = policy_section_kind(section);
    snprintf(name, sizeof name, "%.*s %.*s", (int)kind.len, (const char *)kind.ptr,
             (int)setting.len, (const char *)setting.ptr);
    for (size_t i = 0; i < keys->count; i++) {
        if (strcmp(keys->names[i], name) == 0) {
            return i;
        }
    }
    assert_true(keys->count < KEYS_MAX);
    snprintf(keys->names[keys->count], sizeof name, "%s", name);
    keys->only_text[keys->count] = true;
    return keys->count++;
}

/* Values that some setting or other takes. */
static const char *const values[] = {
    "another word",
    "yes",
    "no",
    "hidden",
    "open",
    "blind",
    "plain",
    "UTC",
    "all parties",
    "beta",
    "gamma",
    "3",
    "5 days",
    "20 weeks",
    "2026-04-02 to 2027-03-31",
    "2026-04-01 to 2027-03-30",
    "2027-01-15",
    "statutory",
    "a",
    "g, other words",
    "care",
    "care, counting, crime",
    "not needed",
    "needed for special",
    "ordinary",
    "special",
    "criminal",
    "delta, gamma, beta",
    "any",
    "required",
    "required unless emergency",
    "lawful basis",
    "confidentiality",
    "service",
    "case reference",
    "second person",
    "reason for no consent",
    "children",
    "adults",
    "emergency",
    "20",
    "night",
    "office",
    "small",
    "other",
    "no",
    "ask beta",
    "to beta for care",
    "last 3 weeks",
    "2021-01-01",
    "permit",
    "agency and purpose",
    "person asking too",
    "source",
    "either",
    "not the asker alone",
    "08:00 to 17:00 on every day",
    "2026-12-23",
    "bank holidays",
    "4 in 1 hour",
    "alpha/worker",
    "alpha/*, beta/*",
    "duty",
    "duty, asked",
    "life",
    "urgent-child-care",
    "child-care",
    "crime",
    "life, flood",
    "at least 7 characters",
    "9 hours",
    "missing consent",
    "hours",
    "lead within 3 hours",
    "within 9 working days",
    "2 per person in 1 day",
    "gamma/helper",
    "health.diagnosis",
    "health.notes",
    "person.name",
    "person.*",
    "record.*",
    "record.count",
    "person.name by band",
    "person.born by month",
    "consent",
    "alpha",
    "alpha, beta",
    "stretford",
    "all",
    "N",
    "N, A",
    "delete",
    "return",
    "name, born, number, extra",
    "count, summary, extra",
};

struct trial {
    struct policy *before;
    struct doc doc;
    struct keys keys;
    struct out out;
    unsigned compiled;
};

static bool moved_more_than_text(const struct policy_diff *diff) {
    return diff->count > diff->counts[POLICY_CHANGE_TEXT];
}

static void try_value(struct trial *trial, const struct doc_section *section, uint32_t setting,
                      const char *value) {
    struct span name = trial->doc.settings[setting].name;
    enum term_how how = policy_term_how(policy_section_kind(section), name);
    if (value != NULL &&
        policy_term_same(how, trial->doc.settings[setting].value, span_text(value))) {
        return;
    }
    write_doc(&trial->out, &trial->doc, setting, value);
    OWN(policy_free) struct policy *after = try_compile(&trial->out);
    if (after == NULL) {
        return;
    }
    struct arena *arena = NULL;
    struct policy_diff diff;
    size_t key = key_of(&trial->keys, section, name);
    assert_false(lg_failed(arena_new(1 << 26, &arena)));
    assert_false(lg_failed(policy_diff_make(trial->before, after, arena, &diff)));
    trial->compiled++;
    for (size_t i = 0; i < diff.count; i++) {
        assert_null(strstr((const char *)diff.changes[i].sentence.ptr, ":  ("));
    }
    if (diff.count == 0) {
        fail_msg("line %u: `%.*s` to `%s` is no difference",
                 (unsigned)trial->doc.settings[setting].line, (int)name.len, (const char *)name.ptr,
                 value == NULL ? "nothing" : value);
    }
    trial->keys.told[key] = true;
    trial->keys.only_text[key] &= !moved_more_than_text(&diff);
    arena_free(&arena);
}

static void trial_begin(struct trial *trial, struct arena *arena, const char *text) {
    struct diag diag;
    *trial = (struct trial){0};
    assert_false(lg_failed(policy_doc_read(span_text(text), arena, &diag, &trial->doc)));
    trial->before = compile(text, NULL);
}

/* What may come out as text alone, and nothing else may. */
static const char *const text_only[] = {
    "agreement title",  "agreement version", "agreement replaces", "agreement assessment",
    "agreement notice", "party name",        "purpose title",      "purpose dpv",
    "basis title",      "category title",    "generalise to",      "share title",
    "never title",      "enrol title",
};

static bool is_listed(const char *name) {
    for (size_t i = 0; i < sizeof text_only / sizeof text_only[0]; i++) {
        if (strcmp(text_only[i], name) == 0) {
            return true;
        }
    }
    return false;
}

/* Another limit for a clause to have, a clause for emergencies whose basis allows any time, and a
 * promise that holds with and without each of its settings. */
static char *with_more(void) {
    char *text = edited_more(vector("whole.isa"), "defaults\n",
                             "limit other\n  per person: 9 in 1 hour\ndefaults\n");
    text = edited_more(text, "\nend\n",
                       "\npromise P4 never\n  who: gamma/*\n  sees: record.count\n  for: care\n"
                       "  without: consent\n  unless: emergency\nend\n");
    return edited_more(text, "  pseudonymise: person.number\n",
                       "  when: emergency\n  pseudonymise: person.number\n");
}

static void try_setting(struct trial *trial, const struct doc_section *section, uint32_t setting) {
    key_of(&trial->keys, section, trial->doc.settings[setting].name);
    try_value(trial, section, setting, NULL);
    unsigned first = trial->compiled;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        if (trial->compiled < first + TRIES) {
            try_value(trial, section, setting, values[i]);
        }
    }
}

static void every_setting_is_told(void **state) {
    struct fixture *fixture = *state;
    char *text = with_more();
    struct trial *trial = calloc(1, sizeof *trial);
    assert_non_null(trial);
    trial_begin(trial, fixture->arena, text);
    for (uint32_t i = 0; i < trial->doc.section_count; i++) {
        const struct doc_section *section = &trial->doc.sections[i];
        for (uint32_t j = section->first; j < section->first + section->count; j++) {
            try_setting(trial, section, j);
        }
    }
    for (size_t i = 0; i < trial->keys.count; i++) {
        const char *name = trial->keys.names[i];
        if (!trial->keys.told[i]) {
            fail_msg("`%s` was changed by nothing that compiles", name);
        }
        if (trial->keys.only_text[i] != is_listed(name)) {
            fail_msg("`%s` comes out as %s", name, is_listed(name) ? "more than text" : "text");
        }
    }
    print_message("%u changes of %zu settings\n", trial->compiled, trial->keys.count);
    assert_true(trial->compiled > 500);
    policy_free(&trial->before);
    free(trial);
    free(text);
}

/* The same words on other lines, without comments, are the same agreement. */
static void form_is_no_difference(void **state) {
    struct fixture *fixture = *state;
    char *text = vector("whole.isa");
    struct trial *trial = calloc(1, sizeof *trial);
    struct policy_diff diff;
    assert_non_null(trial);
    trial_begin(trial, fixture->arena, text);
    write_doc(&trial->out, &trial->doc, UINT32_MAX, NULL);
    OWN(policy_free) struct policy *after = try_compile(&trial->out);
    assert_non_null(after);
    assert_false(lg_failed(policy_diff_make(trial->before, after, fixture->arena, &diff)));
    assert_int_equal(diff.count, 0);
    assert_int_equal(diff.cells_changed, 0);
    assert_true(diff.cells > 500);
    policy_free(&trial->before);
    free(trial);
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_setting_is_told, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(form_is_no_difference, arena_begin, arena_end),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
