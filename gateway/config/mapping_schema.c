/* SPDX-License-Identifier: Apache-2.0 */
/* The keys and words of the mapping file. */
#include "gateway/base/limits.h"
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
static const cyaml_strval_t WITHHOLD_CODES[] = {{"more-detrimental", MAPPING_MORE_DETRIMENTAL},
                                                {"not-necessary", MAPPING_NOT_NECESSARY},
                                                {"not-reasonable", MAPPING_NOT_REASONABLE}};

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

static const cyaml_schema_field_t WITHHOLD_FIELDS[] = {
    CYAML_FIELD_STRING_PTR("column", TEXT, struct mapping_withhold, column, 1, TEXT_MAX),
    CYAML_FIELD_STRING_PTR("equals", TEXT, struct mapping_withhold, equals, 0, TEXT_MAX),
    FIELD_ENUM("code", WORD, struct mapping_withhold, code, WITHHOLD_CODES),
    CYAML_FIELD_STRING_PTR("office", TEXT, struct mapping_withhold, office, 1, LIMIT_WIRE_OFFICE),
    CYAML_FIELD_END};
static const cyaml_schema_value_t WITHHOLD_ENTRY = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct mapping_withhold, WITHHOLD_FIELDS)};

static const cyaml_schema_field_t OPT_OUT_FIELDS[] = {
    CYAML_FIELD_STRING_PTR("file", TEXT, struct mapping_opt_out, file, 1, TEXT_MAX),
    CYAML_FIELD_STRING_PTR("date", TEXT_OPTIONAL, struct mapping_opt_out, date, 1, TEXT_MAX),
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
    CYAML_FIELD_SEQUENCE_COUNT("withhold", TEXT_OPTIONAL, struct mapping, withhold, withhold_count,
                               &WITHHOLD_ENTRY, 1, LIMIT_MAPPING_LIST),
    CYAML_FIELD_MAPPING_PTR("opt-out", TEXT_OPTIONAL, struct mapping, opt_out, OPT_OUT_FIELDS),
    CYAML_FIELD_END};
const cyaml_schema_value_t MAPPING_SCHEMA = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct mapping, MAPPING_FIELDS)};
const cyaml_schema_value_t *const config_schema_mapping = &MAPPING_SCHEMA;
