/* SPDX-License-Identifier: Apache-2.0 */
/* The mapping file as libcyaml reads it: tables of keys, and the way from its complaints to a line,
 * a sentence and the nearest known word. */
#include <cyaml/cyaml.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/limits.h"
#include "gateway/base/num.h"
#include "gateway/config/config.h"
#include "gateway/config/mapping_int.h"

enum {
    TEXT = CYAML_FLAG_POINTER,
    TEXT_OPTIONAL = CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
    WORD = CYAML_FLAG_STRICT,
    WORD_OPTIONAL = CYAML_FLAG_STRICT | CYAML_FLAG_OPTIONAL,
    TEXT_MAX = LIMIT_MAPPING_TEXT,
};

static const cyaml_strval_t KINDS[] = {{"csv", MAPPING_CSV}, {"sqlite", MAPPING_SQLITE}};
static const cyaml_strval_t ENCODINGS[] = {{"utf-8", MAPPING_UTF_8},
                                           {"windows-1252", MAPPING_WINDOWS_1252}};
static const cyaml_strval_t AS_OF[] = {{"file", MAPPING_AS_OF_FILE}, {"now", MAPPING_AS_OF_NOW}};
static const cyaml_strval_t CLEANERS[] = {
    {"trim", MAPPING_TRIM},           {"first-word", MAPPING_FIRST_WORD},
    {"last-word", MAPPING_LAST_WORD}, {"digits", MAPPING_DIGITS},
    {"postcode", MAPPING_POSTCODE},   {"month", MAPPING_MONTH}};
static const cyaml_strval_t DATES[] = {
    {"YYYY-MM-DD", MAPPING_DATE_ISO}, {"DD/MM/YYYY", MAPPING_DATE_UK},
    {"MM/DD/YYYY", MAPPING_DATE_US},  {"DD.MM.YYYY", MAPPING_DATE_DOTS},
    {"YYYYMMDD", MAPPING_DATE_PLAIN}, {"DD MON YYYY", MAPPING_DATE_MONTH}};
static const cyaml_strval_t OTHERWISE[] = {
    {"refuse", MAPPING_REFUSE}, {"keep", MAPPING_KEEP}, {"leave-out", MAPPING_LEAVE_OUT}};
static const cyaml_strval_t STANDINGS[] = {
    {"fact", STANDING_FACT}, {"reported", STANDING_REPORTED}, {"assumed", STANDING_ASSUMED}};

#define WORDS(list) list, CYAML_ARRAY_LEN(list)
#define FIELD_ENUM(key, flags, owner, member, list)                                                \
    CYAML_FIELD_ENUM(key, flags, owner, member, list, CYAML_ARRAY_LEN(list))

static const cyaml_schema_value_t TEXT_ENTRY = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char *, 0, TEXT_MAX)};
static const cyaml_schema_value_t CLEANER_ENTRY = {
    CYAML_VALUE_ENUM(CYAML_FLAG_STRICT, enum mapping_cleaner, CLEANERS, CYAML_ARRAY_LEN(CLEANERS))};

static const cyaml_schema_field_t WORD_FIELDS[] = {
    CYAML_FIELD_STRING_PTR("when", TEXT, struct mapping_word, when, 0, TEXT_MAX),
    CYAML_FIELD_STRING_PTR("value", TEXT, struct mapping_word, value, 0, TEXT_MAX),
    CYAML_FIELD_END};
static const cyaml_schema_value_t WORD_ENTRY = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct mapping_word, WORD_FIELDS)};

static const cyaml_schema_field_t SPLIT_FIELDS[] = {
    CYAML_FIELD_STRING_PTR("by", TEXT, struct mapping_split, by, 1, 1),
    CYAML_FIELD_UINT("take", CYAML_FLAG_DEFAULT, struct mapping_split, take), CYAML_FIELD_END};

/* The keys of a field, in a struct of its own and inside an item: `at` is "" or "field.". */
#define FIELD_KEYS(owner, at)                                                                      \
    CYAML_FIELD_STRING_PTR("from", TEXT_OPTIONAL, owner, at from, 1, TEXT_MAX),                    \
        CYAML_FIELD_SEQUENCE("join", TEXT_OPTIONAL, owner, at join, &TEXT_ENTRY, 2,                \
                             LIMIT_MAPPING_LIST),                                                  \
        CYAML_FIELD_STRING_PTR("value", TEXT_OPTIONAL, owner, at value, 1, TEXT_MAX),              \
        CYAML_FIELD_MAPPING_PTR("split", TEXT_OPTIONAL, owner, at split, SPLIT_FIELDS),            \
        CYAML_FIELD_SEQUENCE("clean", TEXT_OPTIONAL, owner, at clean, &CLEANER_ENTRY, 1,           \
                             LIMIT_MAPPING_LIST),                                                  \
        FIELD_ENUM("date", WORD_OPTIONAL, owner, at date, DATES),                                  \
        CYAML_FIELD_SEQUENCE("map", TEXT_OPTIONAL, owner, at map, &WORD_ENTRY, 1,                  \
                             LIMIT_MAPPING_WORDS),                                                 \
        FIELD_ENUM("otherwise", WORD_OPTIONAL, owner, at otherwise, OTHERWISE)

static const cyaml_schema_field_t FIELD_FIELDS[] = {FIELD_KEYS(struct mapping_field, ),
                                                    CYAML_FIELD_END};

static const cyaml_schema_field_t IDENTITY_FIELDS[] = {
    CYAML_FIELD_MAPPING_PTR("family-name", TEXT_OPTIONAL, struct mapping_identity, family_name,
                            FIELD_FIELDS),
    CYAML_FIELD_MAPPING_PTR("given-name", TEXT_OPTIONAL, struct mapping_identity, given_name,
                            FIELD_FIELDS),
    CYAML_FIELD_MAPPING_PTR("born", TEXT_OPTIONAL, struct mapping_identity, born, FIELD_FIELDS),
    CYAML_FIELD_MAPPING_PTR("postcode", TEXT_OPTIONAL, struct mapping_identity, postcode,
                            FIELD_FIELDS),
    CYAML_FIELD_MAPPING_PTR("identifier", TEXT_OPTIONAL, struct mapping_identity, identifier,
                            FIELD_FIELDS),
    CYAML_FIELD_STRING_PTR("scheme", TEXT_OPTIONAL, struct mapping_identity, scheme, 1, TEXT_MAX),
    CYAML_FIELD_END};

static const cyaml_schema_field_t PERSON_FIELDS[] = {
    CYAML_FIELD_STRING_PTR("table", TEXT_OPTIONAL, struct mapping_person, table, 1, TEXT_MAX),
    CYAML_FIELD_STRING_PTR("key", TEXT, struct mapping_person, key, 1, TEXT_MAX),
    CYAML_FIELD_MAPPING("identity", CYAML_FLAG_DEFAULT, struct mapping_person, identity,
                        IDENTITY_FIELDS),
    CYAML_FIELD_END};

static const cyaml_schema_field_t ITEM_FIELDS[] = {
    CYAML_FIELD_STRING_PTR("item", TEXT, struct mapping_item, item, 3, TEXT_MAX),
    FIELD_KEYS(struct mapping_item, field.),
    FIELD_ENUM("standing", WORD, struct mapping_item, standing, STANDINGS),
    CYAML_FIELD_MAPPING_PTR("dated", TEXT_OPTIONAL, struct mapping_item, dated, FIELD_FIELDS),
    CYAML_FIELD_END};
static const cyaml_schema_value_t ITEM_ENTRY = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct mapping_item, ITEM_FIELDS)};

static const cyaml_schema_field_t GROUP_FIELDS[] = {
    CYAML_FIELD_STRING_PTR("table", TEXT_OPTIONAL, struct mapping_group, table, 1, TEXT_MAX),
    CYAML_FIELD_STRING_PTR("key", TEXT_OPTIONAL, struct mapping_group, key, 1, TEXT_MAX),
    CYAML_FIELD_STRING_PTR("record", TEXT_OPTIONAL, struct mapping_group, record, 1, TEXT_MAX),
    CYAML_FIELD_MAPPING_PTR("newest", TEXT_OPTIONAL, struct mapping_group, newest, FIELD_FIELDS),
    CYAML_FIELD_SEQUENCE_COUNT("items", TEXT, struct mapping_group, items, item_count, &ITEM_ENTRY,
                               1, LIMIT_MAPPING_ITEMS),
    CYAML_FIELD_END};
static const cyaml_schema_value_t GROUP_ENTRY = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct mapping_group, GROUP_FIELDS)};

static const cyaml_schema_field_t LINK_FIELDS[] = {
    CYAML_FIELD_STRING_PTR("table", TEXT_OPTIONAL, struct mapping_link, table, 1, TEXT_MAX),
    CYAML_FIELD_STRING_PTR("key", TEXT_OPTIONAL, struct mapping_link, key, 1, TEXT_MAX),
    CYAML_FIELD_STRING_PTR("other", TEXT, struct mapping_link, other, 1, TEXT_MAX),
    CYAML_FIELD_MAPPING_PTR("relation", TEXT, struct mapping_link, relation, FIELD_FIELDS),
    CYAML_FIELD_END};
static const cyaml_schema_value_t LINK_ENTRY = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct mapping_link, LINK_FIELDS)};

static const cyaml_schema_field_t HIDE_FIELDS[] = {
    CYAML_FIELD_STRING_PTR("column", TEXT, struct mapping_hide, column, 1, TEXT_MAX),
    CYAML_FIELD_STRING_PTR("equals", TEXT, struct mapping_hide, equals, 0, TEXT_MAX),
    CYAML_FIELD_END};

static const cyaml_schema_field_t SOURCE_FIELDS[] = {
    FIELD_ENUM("kind", WORD, struct mapping_source, kind, KINDS),
    CYAML_FIELD_STRING_PTR("path", TEXT, struct mapping_source, path, 1, TEXT_MAX),
    FIELD_ENUM("encoding", WORD_OPTIONAL, struct mapping_source, encoding, ENCODINGS),
    CYAML_FIELD_SEQUENCE("missing", TEXT_OPTIONAL, struct mapping_source, missing, &TEXT_ENTRY, 1,
                         LIMIT_MAPPING_LIST),
    FIELD_ENUM("as-of", WORD_OPTIONAL, struct mapping_source, as_of, AS_OF),
    CYAML_FIELD_END};

static const cyaml_schema_field_t MAPPING_FIELDS[] = {
    CYAML_FIELD_STRING_PTR("connector", TEXT, struct mapping, connector, 1, TEXT_MAX),
    CYAML_FIELD_MAPPING("source", CYAML_FLAG_DEFAULT, struct mapping, source, SOURCE_FIELDS),
    CYAML_FIELD_MAPPING("person", CYAML_FLAG_DEFAULT, struct mapping, person, PERSON_FIELDS),
    CYAML_FIELD_SEQUENCE_COUNT("records", TEXT, struct mapping, records, record_count, &GROUP_ENTRY,
                               1, LIMIT_MAPPING_LIST),
    CYAML_FIELD_SEQUENCE_COUNT("links", TEXT_OPTIONAL, struct mapping, links, link_count,
                               &LINK_ENTRY, 1, LIMIT_MAPPING_LIST),
    CYAML_FIELD_MAPPING_PTR("hide", TEXT_OPTIONAL, struct mapping, hide, HIDE_FIELDS),
    CYAML_FIELD_END};
static const cyaml_schema_value_t MAPPING_SCHEMA = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct mapping, MAPPING_FIELDS)};

static const cyaml_schema_field_t *const ALL_KEYS[] = {
    MAPPING_FIELDS, SOURCE_FIELDS, PERSON_FIELDS, IDENTITY_FIELDS, GROUP_FIELDS,
    ITEM_FIELDS,    WORD_FIELDS,   SPLIT_FIELDS,  LINK_FIELDS,     HIDE_FIELDS};

static const struct {
    const cyaml_strval_t *words;
    size_t count;
} ALL_WORDS[] = {{WORDS(KINDS)}, {WORDS(ENCODINGS)}, {WORDS(AS_OF)},    {WORDS(CLEANERS)},
                 {WORDS(DATES)}, {WORDS(OTHERWISE)}, {WORDS(STANDINGS)}};

/* ---- nearest word -------------------------------------------------------------------------- */

enum { NEAREST_LEN = 24, NEAREST_FAR = 4 };

/* Letters to change, add or drop to get from one word to the other; NEAREST_FAR for long words. */
static size_t word_distance(const char *a, const char *b) {
    size_t a_len = strlen(a);
    size_t b_len = strlen(b);
    if (a_len > NEAREST_LEN || b_len > NEAREST_LEN) {
        return NEAREST_FAR;
    }
    size_t row[NEAREST_LEN + 1];
    for (size_t j = 0; j <= b_len; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= a_len; i++) {
        size_t corner = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t change = corner + (a[i - 1] != b[j - 1]);
            corner = row[j];
            row[j] = num_min(change, num_min(row[j], row[j - 1]) + 1);
        }
    }
    return row[b_len];
}

struct nearest {
    const char *word;
    size_t distance;
};

static void nearest_try(struct nearest *nearest, const char *wrong, const char *known) {
    size_t distance = word_distance(wrong, known);
    if (distance < nearest->distance) {
        *nearest = (struct nearest){.word = known, .distance = distance};
    }
}

static const char *nearest_key(const char *wrong) {
    struct nearest nearest = {.distance = NEAREST_FAR};
    for (size_t i = 0; i < CYAML_ARRAY_LEN(ALL_KEYS); i++) {
        for (const cyaml_schema_field_t *field = ALL_KEYS[i]; field->key != NULL; field++) {
            nearest_try(&nearest, wrong, field->key);
        }
    }
    return nearest.word;
}

static const char *nearest_value(const char *wrong) {
    struct nearest nearest = {.distance = NEAREST_FAR};
    for (size_t i = 0; i < CYAML_ARRAY_LEN(ALL_WORDS); i++) {
        for (size_t j = 0; j < ALL_WORDS[i].count; j++) {
            nearest_try(&nearest, wrong, ALL_WORDS[i].words[j].str);
        }
    }
    return nearest.word;
}

/* ---- what libcyaml says -------------------------------------------------------------------- */

/* The first complaint, and the first line of the trail that follows it. */
struct complaint {
    char text[200];
    uint32_t line;
};

static void on_cyaml_line(cyaml_log_t level, void *ctx, const char *format, va_list args) {
    struct complaint *complaint = ctx;
    char line[256];
    (void)level;
    (void)vsnprintf(line, sizeof line, format, args);
    line[strcspn(line, "\n")] = '\0';
    const char *place = strstr(line, "(line: ");
    if (place != NULL) {
        if (complaint->line == 0) {
            complaint->line = (uint32_t)strtoul(place + strlen("(line: "), NULL, 10);
        }
        return;
    }
    if (complaint->text[0] == '\0' && strstr(line, "Backtrace") == NULL) {
        const char *text = strncmp(line, "Load: ", 6) == 0 ? line + 6 : line;
        (void)snprintf(complaint->text, sizeof complaint->text, "%.199s", text);
    }
}

/* The word after "LABEL: " where the complaint has that label, else NULL. */
static const char *complaint_word(const struct complaint *complaint, const char *label) {
    size_t len = strlen(label);
    if (strncmp(complaint->text, label, len) != 0) {
        return NULL;
    }
    return complaint->text + len;
}

static struct lg_err tell_word(const struct complaint *complaint, struct span text,
                               struct diag *diag) {
    const char *key = complaint_word(complaint, "Unexpected key: ");
    if (key != NULL) {
        /* libcyaml names the place of the key before; the text is searched from there. */
        uint32_t line = mapping_line_of(text, key, complaint->line);
        const char *near = nearest_key(key);
        diag_set(diag, line, "unknown key \"%s\"%s%s", key,
                 near == NULL ? "" : "; nearest known: ", near == NULL ? "" : near);
        return lg_err_make(LG_CLASS_CONFIG, LG_CONFIG, CONFIG_KEY);
    }
    const char *word = complaint_word(complaint, "Invalid ENUM value: ");
    if (word != NULL) {
        const char *near = nearest_value(word);
        diag_set(diag, complaint->line, "unknown word \"%s\"%s%s", word,
                 near == NULL ? "" : "; nearest known: ", near == NULL ? "" : near);
        return lg_err_make(LG_CLASS_CONFIG, LG_CONFIG, CONFIG_VALUE);
    }
    return LG_OK;
}

static struct lg_err tell(cyaml_err_t code, const struct complaint *complaint, struct span text,
                          struct diag *diag) {
    if (code == CYAML_ERR_OOM) {
        diag_set(diag, 0, "no memory");
        return lg_err_make(LG_CLASS_LIMIT, LG_CONFIG, CONFIG_MEMORY);
    }
    TRY(tell_word(complaint, text, diag));
    const char *sentence = complaint->text[0] != '\0' ? complaint->text : cyaml_strerror(code);
    diag_set(diag, complaint->line, "%s", sentence);
    bool key = code == CYAML_ERR_MAPPING_FIELD_MISSING || code == CYAML_ERR_UNEXPECTED_EVENT;
    bool syntax = code == CYAML_ERR_LIBYAML_PARSER || code == CYAML_ERR_ALIAS;
    return lg_err_make(LG_CLASS_CONFIG, LG_CONFIG,
                       key      ? CONFIG_KEY
                       : syntax ? CONFIG_SYNTAX
                                : CONFIG_VALUE);
}

static cyaml_config_t reading(struct complaint *complaint) {
    return (cyaml_config_t){.log_fn = on_cyaml_line,
                            .log_ctx = complaint,
                            .mem_fn = cyaml_mem,
                            .log_level = CYAML_LOG_ERROR,
                            .flags = CYAML_CFG_NO_ALIAS};
}

struct lg_err mapping_schema_read(struct span text, struct diag *diag,
                                  struct mapping **out_mapping) {
    struct complaint complaint = {.line = 0};
    cyaml_config_t config = reading(&complaint);
    struct mapping *mapping = NULL;
    cyaml_err_t code = cyaml_load_data(text.ptr, text.len, &config, &MAPPING_SCHEMA,
                                       (cyaml_data_t **)&mapping, NULL);
    if (code != CYAML_OK) {
        return tell(code, &complaint, text, diag);
    }
    if (mapping == NULL) {
        diag_set(diag, 0, "the file is empty");
        return lg_err_make(LG_CLASS_CONFIG, LG_CONFIG, CONFIG_KEY);
    }
    *out_mapping = mapping;
    return LG_OK;
}

void mapping_schema_free(struct mapping **mapping) {
    struct complaint complaint = {.line = 0};
    cyaml_config_t config = reading(&complaint);
    (void)cyaml_free(&config, &MAPPING_SCHEMA, *mapping, 0);
    *mapping = NULL;
}
