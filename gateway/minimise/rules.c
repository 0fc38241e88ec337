/* SPDX-License-Identifier: Apache-2.0 */
/* The generalisation rules, by the names that agreements use, in one table. Each reads a value
 * strictly and gives a coarser one, or says that it cannot. */
#include <string.h>

#include "gateway/minimise/minimise.h"

typedef bool (*rule_fn)(struct span value, const struct minimise_tables *tables,
                        struct arena *arena, struct span *out);

struct date {
    unsigned year;
    unsigned month;
    unsigned day;
};

/* A whole number of at most 9 digits. */
static bool read_number(struct span text, uint32_t *out) {
    if (text.len == 0 || text.len > 9) {
        return false;
    }
    uint32_t value = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return false;
        }
        value = value * 10 + (uint32_t)(text.ptr[i] - '0');
    }
    *out = value;
    return true;
}

static bool read_date(struct span text, struct date *out) {
    uint32_t year = 0;
    uint32_t month = 0;
    uint32_t day = 0;
    if (text.len != 10 || text.ptr[4] != '-' || text.ptr[7] != '-' ||
        !read_number(span_slice(text, 0, 4), &year) ||
        !read_number(span_slice(text, 5, 2), &month) ||
        !read_number(span_slice(text, 8, 2), &day)) {
        return false;
    }
    *out = (struct date){.year = year, .month = month, .day = day};
    return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

static unsigned age_at(const struct date *born, const struct date *today) {
    unsigned years = today->year - born->year;
    bool before_birthday =
        today->month < born->month || (today->month == born->month && today->day < born->day);
    return before_birthday ? years - 1 : years;
}

/* A date of birth to a band of five years: "30 to 34". */
static bool rule_age_band(struct span value, const struct minimise_tables *tables,
                          struct arena *arena, struct span *out) {
    struct date born;
    struct date today;
    if (!read_date(value, &born) || !read_date(tables->today, &today)) {
        return false;
    }
    if (span_compare(value, tables->today) > 0 || today.year - born.year > 130) {
        return false;
    }
    unsigned from = age_at(&born, &today) / 5 * 5;
    *out = from >= 90 ? span_text("90 or over") : arena_format(arena, "%u to %u", from, from + 4);
    return true;
}

/* A date to its month: "2026-06". */
static bool rule_month(struct span value, const struct minimise_tables *tables, struct arena *arena,
                       struct span *out) {
    (void)tables;
    (void)arena;
    struct date date;
    if (!read_date(value, &date)) {
        return false;
    }
    *out = span_slice(value, 0, 7);
    return true;
}

static bool is_upper(uint8_t c) {
    return c >= 'A' && c <= 'Z';
}

static bool is_digit(uint8_t c) {
    return c >= '0' && c <= '9';
}

static uint8_t to_upper(uint8_t c) {
    return c >= 'a' && c <= 'z' ? (uint8_t)(c - 'a' + 'A') : c;
}

enum { POSTCODE_MAX = 7, INWARD_SIZE = 3, OUTWARD_MAX = 4 };

/* Letters, digit, and at most one more of either: "M3", "M32", "WA14", "W1A", "SW1A". */
static bool is_outward(struct span code) {
    size_t letters = 0;
    while (letters < code.len && letters < 2 && is_upper(to_upper(code.ptr[letters]))) {
        letters++;
    }
    size_t rest = code.len - letters;
    if (letters == 0 || rest == 0 || rest > 2 || !is_digit(code.ptr[letters])) {
        return false;
    }
    return rest == 1 || is_upper(to_upper(code.ptr[letters + 1])) ||
           is_digit(code.ptr[letters + 1]);
}

static bool is_inward(struct span code) {
    return code.len == INWARD_SIZE && is_digit(code.ptr[0]) && is_upper(to_upper(code.ptr[1])) &&
           is_upper(to_upper(code.ptr[2]));
}

/* Takes the last word, of letters and digits, off the end. */
static struct span word_take(struct span *text) {
    size_t from = text->len;
    while (from > 0 && (is_upper(to_upper(text->ptr[from - 1])) || is_digit(text->ptr[from - 1]))) {
        from--;
    }
    struct span word = span_slice(*text, from, text->len - from);
    *text = span_slice(*text, 0, from);
    return word;
}

/* The postcode that a value is or ends in, as one word or as two with one space between, in upper
 * case without the space. A word that only ends like a postcode is none: half of a street's name
 * before it would make another code. */
static bool read_postcode(struct span value, uint8_t out[static POSTCODE_MAX], size_t *out_len) {
    struct span rest = span_trim(value);
    struct span inward = word_take(&rest);
    struct span outward = span_of(NULL, 0);
    if (inward.len > INWARD_SIZE) {
        outward = span_slice(inward, 0, inward.len - INWARD_SIZE);
        inward = span_slice(inward, outward.len, INWARD_SIZE);
    } else if (rest.len > 0 && rest.ptr[rest.len - 1] == ' ') {
        rest = span_slice(rest, 0, rest.len - 1);
        outward = word_take(&rest);
    }
    if (!is_inward(inward) || !is_outward(outward)) {
        return false;
    }
    for (size_t i = 0; i < outward.len; i++) {
        out[i] = to_upper(outward.ptr[i]);
    }
    for (size_t i = 0; i < inward.len; i++) {
        out[outward.len + i] = to_upper(inward.ptr[i]);
    }
    *out_len = outward.len + inward.len;
    return true;
}

/* A postcode, or an address that ends in one, to the outward code: "M32". */
static bool rule_outward(struct span value, const struct minimise_tables *tables,
                         struct arena *arena, struct span *out) {
    (void)tables;
    uint8_t code[POSTCODE_MAX];
    size_t len = 0;
    if (!read_postcode(value, code, &len)) {
        return false;
    }
    *out = arena_copy(arena, span_of(code, len - 3));
    return out->ptr != NULL;
}

/* An address that ends in a postcode to its electoral ward, by the partnership's table: the longest
 * fitting front of the postcode decides. */
static bool rule_ward(struct span value, const struct minimise_tables *tables, struct arena *arena,
                      struct span *out) {
    (void)arena;
    uint8_t code[POSTCODE_MAX];
    size_t len = 0;
    if (!read_postcode(value, code, &len)) {
        return false;
    }
    size_t best = 0;
    for (size_t i = 0; i < tables->ward_count; i++) {
        struct span front = tables->wards[i].postcode;
        bool whole = front.len == len - 3 || front.len == len - 2;
        if (whole && front.len > best && span_starts_with(span_of(code, len), front)) {
            best = front.len;
            *out = tables->wards[i].ward;
        }
    }
    return best > 0;
}

struct band {
    uint32_t upto; /* included */
    const char *name;
};

static bool band_find(struct span value, const struct band *bands, size_t count, struct span *out) {
    uint32_t number = 0;
    if (!read_number(span_trim(value), &number)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (number <= bands[i].upto) {
            *out = span_text(bands[i].name);
            return true;
        }
    }
    return false;
}

static bool rule_arrears_band(struct span value, const struct minimise_tables *tables,
                              struct arena *arena, struct span *out) {
    static const struct band bands[] = {
        {0, "none"},
        {499, "under 500 pounds"},
        {2000, "500 to 2000 pounds"},
        {UINT32_MAX, "over 2000 pounds"},
    };
    (void)tables;
    (void)arena;
    return band_find(value, bands, sizeof bands / sizeof *bands, out);
}

static bool rule_count_band(struct span value, const struct minimise_tables *tables,
                            struct arena *arena, struct span *out) {
    static const struct band bands[] = {
        {0, "0"},
        {2, "1 to 2"},
        {9, "3 to 9"},
        {UINT32_MAX, "10 or more"},
    };
    (void)tables;
    (void)arena;
    return band_find(value, bands, sizeof bands / sizeof *bands, out);
}

static bool same_word(struct span a, const char *b) {
    size_t len = strlen(b);
    if (a.len != len) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if (to_upper(a.ptr[i]) != to_upper((uint8_t)b[i])) {
            return false;
        }
    }
    return true;
}

/* "TYPE: text" or "TYPE" to the type, from a closed list; any other type is "other". */
static bool rule_incident_type(struct span value, const struct minimise_tables *tables,
                               struct arena *arena, struct span *out) {
    static const char *const types[] = {
        "anti-social behaviour", "assault",        "burglary",
        "criminal damage",       "domestic abuse", "drugs",
        "missing person",        "robbery",        "theft",
        "welfare check",
    };
    (void)tables;
    (void)arena;
    struct span type = span_trim(span_slice(value, 0, span_index(value, ':')));
    if (type.len == 0) {
        return false;
    }
    *out = span_text("other");
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (same_word(type, types[i])) {
            *out = span_text(types[i]);
        }
    }
    return true;
}

struct grouped {
    const char *word;
    const char *group;
};

/* otherwise: the group of a word that is in no row; NULL leaves it out. */
struct grouping {
    const struct grouped *rows;
    size_t count;
    const char *otherwise;
};

/* Joins the distinct mapped words of a list "a; b; c", in the order of the list. */
static bool map_list(struct span value, const struct grouping *map, struct arena *arena,
                     struct span *out) {
    struct span joined = span_of("", 0);
    struct span rest = value;
    struct span part;
    while (span_split(&rest, ';', &part)) {
        part = span_trim(part);
        const char *group = map->otherwise;
        for (size_t i = 0; i < map->count; i++) {
            group = same_word(part, map->rows[i].word) ? map->rows[i].group : group;
        }
        if (part.len == 0 || group == NULL ||
            (joined.len > 0 && strstr((const char *)joined.ptr, group) != NULL)) {
            continue;
        }
        joined = arena_format(arena, "%s%s%s", joined.len > 0 ? (const char *)joined.ptr : "",
                              joined.len > 0 ? "; " : "", group);
        if (joined.ptr == NULL) {
            return false;
        }
    }
    *out = joined;
    return joined.len > 0;
}

/* Conditions to their groups; one that is not in the list is "other condition". */
static bool rule_condition_group(struct span value, const struct minimise_tables *tables,
                                 struct arena *arena, struct span *out) {
    static const struct grouped rows[] = {
        {"asthma", "respiratory"},          {"copd", "respiratory"},
        {"diabetes", "endocrine"},          {"hypothyroidism", "endocrine"},
        {"epilepsy", "neurological"},       {"migraine", "neurological"},
        {"depression", "mental health"},    {"anxiety", "mental health"},
        {"hypertension", "cardiovascular"}, {"angina", "cardiovascular"},
        {"arthritis", "musculoskeletal"},   {"eczema", "skin"},
    };
    static const struct grouping map = {rows, sizeof rows / sizeof *rows, "other condition"};
    (void)tables;
    return map_list(value, &map, arena, out);
}

/* Goals of a support plan from a closed list; free text is left out. */
static bool rule_goal_list(struct span value, const struct minimise_tables *tables,
                           struct arena *arena, struct span *out) {
    static const struct grouped rows[] = {
        {"budgeting", "budgeting"},   {"debt advice", "debt advice"},
        {"employment", "employment"}, {"parenting", "parenting"},
        {"school", "school"},         {"social contact", "social contact"},
        {"tenancy", "tenancy"},       {"wellbeing", "wellbeing"},
    };
    static const struct grouping map = {rows, sizeof rows / sizeof *rows, NULL};
    (void)tables;
    return map_list(value, &map, arena, out);
}

struct span minimise_relation(struct span relation) {
    static const char *const relations[] = {
        "parent of",     "child of",       "sibling of",  "partner of",     "spouse of",
        "guardian of",   "ward of",        "carer of",    "cared for by",   "grandparent of",
        "grandchild of", "step-parent of", "relative of", "same household", "friend of",
    };
    for (size_t i = 0; i < sizeof relations / sizeof *relations; i++) {
        if (same_word(relation, relations[i])) {
            return span_text(relations[i]);
        }
    }
    return span_text("linked to");
}

struct rule {
    const char *name;
    rule_fn apply;
};

static const struct rule rules[] = {
    {"age-band", rule_age_band},           {"month", rule_month},
    {"outward-postcode", rule_outward},    {"ward", rule_ward},
    {"arrears-band", rule_arrears_band},   {"count-band", rule_count_band},
    {"incident-type", rule_incident_type}, {"condition-group", rule_condition_group},
    {"goal-list", rule_goal_list},
};

static const struct rule *rule_find(struct span name) {
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        if (span_equal_text(name, rules[i].name)) {
            return &rules[i];
        }
    }
    return NULL;
}

bool minimise_rule_exists(struct span rule) {
    return rule_find(rule) != NULL;
}

bool minimise_rule_apply(struct span rule, struct span value, const struct minimise_tables *tables,
                         struct arena *arena, struct span *out_value) {
    const struct rule *found = rule_find(rule);
    struct span coarse = span_of(NULL, 0);
    if (found == NULL || !found->apply(value, tables, arena, &coarse) || coarse.ptr == NULL) {
        return false;
    }
    *out_value = coarse;
    return true;
}
