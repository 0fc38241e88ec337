/* SPDX-License-Identifier: Apache-2.0 */
/* What a difference in a setting means, by tables: what decides nothing, what has a direction. */
#include "gateway/base/assert.h"
#include "policy/compare/compare_int.h"
#include "policy/compare/sections_int.h"

/* What is in no row is TERM_CHANGED. kind NULL: of every kind. */
static const struct {
    const char *kind;
    const char *setting;
    enum term_how how;
} hows[] = {
    {NULL, "title", TERM_TEXT},
    {"agreement", "version", TERM_TEXT},
    {"agreement", "replaces", TERM_TEXT},
    {"agreement", "assessment", TERM_TEXT},
    {"agreement", "notice", TERM_TEXT},
    {"agreement", "review grace", TERM_RISING},
    {"party", "name", TERM_TEXT},
    {"role", "training", TERM_GUARD},
    {"purpose", "dpv", TERM_TEXT},
    {"generalise", "to", TERM_TEXT},
    {"basis", "covers", TERM_LIST},
    {"category", "held by", TERM_LIST},
    {"category", "fields", TERM_LIST},
    {"category", "received under", TERM_GUARD},
    {"category", "patient information", TERM_FLAG},
    {"category", "opt-out", TERM_OPT_OUT},
    {"hours", "closed on", TERM_LIST},
    {"emergency", "declared by", TERM_MORE},
    {"emergency", "refusal set aside by", TERM_MORE},
    {"emergency", "purpose", TERM_MORE},
    {"emergency", "reasons", TERM_MORE},
    {"emergency", "sets aside", TERM_MORE},
    {"emergency", "rationale", TERM_FALLING},
    {"emergency", "lasts", TERM_RISING},
    {"emergency", "check", TERM_RISING},
    {"emergency", "at most", TERM_RATE},
    {"emergency", "requires", TERM_GUARD},
    {"emergency", "overdue reviews", TERM_OVERDUE},
    {"promise", "who", TERM_LIST},
    {"promise", "sees", TERM_LIST},
    {"promise", "from", TERM_LIST},
    {"promise", "for", TERM_LIST},
    {"enrol", "from", TERM_MORE},
    {"enrol", "people", TERM_MORE},
    {"enrol", "classes", TERM_MORE},
    {"enrol", "basis", TERM_LIST},
    {"enrol", "keep", TERM_RISING},
    {"share", "from", TERM_LIST},
    {"share", "to", TERM_LIST},
    {"share", "purpose", TERM_LIST},
    {"share", "basis", TERM_LIST},
    {"share", "receives under", TERM_LIST},
    {"share", "requires", TERM_LIST},
    {"share", "confidentiality", TERM_LIST},
    {"share", "pass", TERM_LIST},
    {"share", "generalise", TERM_LIST},
    {"share", "pseudonymise", TERM_LIST},
    {"share", "aggregate", TERM_LIST},
    {"share", "redact", TERM_LIST},
    {"never", "from", TERM_LIST},
    {"never", "to", TERM_LIST},
    {"never", "purpose", TERM_LIST},
    {"never", "data", TERM_LIST},
};

enum term_how policy_term_how(struct span kind, struct span setting) {
    for (size_t i = 0; i < sizeof hows / sizeof hows[0]; i++) {
        bool is_kind = hows[i].kind == NULL || span_equal_text(kind, hows[i].kind);
        if (is_kind && span_equal_text(setting, hows[i].setting)) {
            return hows[i].how;
        }
    }
    return TERM_CHANGED;
}

uint32_t policy_term_cells(struct span setting) {
    static const struct {
        const char *setting;
        uint32_t cells;
    } shown[] = {
        {"basis", 1U << CELL_BASIS | 1U << CELL_CONSENT},
        {"consent", 1U << CELL_CONSENT},
        {"consent is", 1U << CELL_CONSENT_IS},
        {"consent recorded by", 1U << CELL_RECORDER},
        {"requires", 1U << CELL_REASON | 1U << CELL_CASE | 1U << CELL_SECOND |
                         1U << CELL_NECESSITY | 1U << CELL_STATEMENT},
        {"confidentiality", 1U << CELL_CONFIDENTIALITY},
        {"objection", 1U << CELL_OBJECTION},
        {"when", 1U << CELL_WHEN},
        {"about", 1U << CELL_ABOUT},
        {"hours", 1U << CELL_HOURS},
        {"limit", 1U << CELL_LIMIT},
        {"keep", 1U << CELL_KEEP},
        {"onward", 1U << CELL_ONWARD},
        {"data from", 1U << CELL_DATA_FROM},
        {"existence", 1U << CELL_EXISTENCE},
        {"tells source", 1U << CELL_TELLS},
        {"consent shown", 1U << CELL_SHOWN},
        {"receives under", 1U << CELL_RECEIVES},
        {"smallest group", 1U << CELL_GROUP},
    };
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
        if (span_equal_text(setting, shown[i].setting)) {
            return shown[i].cells;
        }
    }
    return 0;
}

/* ---- the same ---- */

static bool same_words(struct span before, struct span after) {
    struct words was = policy_words_of(before, 0);
    struct words is = policy_words_of(after, 0);
    struct span one = span_of(NULL, 0);
    struct span two = span_of(NULL, 0);
    bool more = true;
    while (more) {
        bool has_one = policy_words_next(&was, &one);
        bool has_two = policy_words_next(&is, &two);
        if (has_one != has_two || (has_one && !span_equal(one, two))) {
            return false;
        }
        more = has_one;
    }
    return true;
}

/* Every item of one list is in the other. */
static bool list_within(struct span inner, struct span outer) {
    struct words words = policy_words_of(inner, 0);
    struct span item;
    while (policy_words_item(&words, &item)) {
        struct words others = policy_words_of(outer, 0);
        struct span other;
        bool found = false;
        while (!found && policy_words_item(&others, &other)) {
            found = same_words(item, other);
        }
        if (!found) {
            return false;
        }
    }
    return true;
}

bool policy_term_same(enum term_how how, struct span before, struct span after) {
    if (how == TERM_LIST || how == TERM_MORE || how == TERM_OVERDUE) {
        return list_within(before, after) && list_within(after, before);
    }
    return same_words(before, after);
}

/* ---- direction ---- */

static enum policy_change_class rising(uint64_t before, uint64_t after) {
    if (before == after) {
        return POLICY_CHANGE_CHANGED;
    }
    return after > before ? POLICY_CHANGE_WEAKER : POLICY_CHANGE_STRONGER;
}

/* The first number of a value, times the minutes of the unit after it: "within 3 working days" and
 * "4 hours". A number without a known unit counts as it is. */
static uint64_t first_number(struct span value) {
    static const struct {
        const char *unit;
        uint32_t minutes;
    } units[] = {{"hour", 60}, {"day", 1440}, {"working", 1440}, {"week", 10080}};
    struct words words = policy_words_of(value, 0);
    struct span word;
    uint32_t number = 0;
    do {
        ASSERT(policy_words_next(&words, &word));
    } while (!policy_words_number_parse(word, UINT32_MAX - 1, &number));
    if (policy_words_next(&words, &word)) {
        for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
            if (span_starts_with(word, span_text(units[i].unit))) {
                return (uint64_t)number * units[i].minutes;
            }
        }
    }
    return number;
}

/* Only counts in the same window can be ranked. */
static enum policy_change_class rate_class(struct span before, struct span after) {
    struct words was = policy_words_of(before, 0);
    struct words is = policy_words_of(after, 0);
    struct span word;
    ASSERT(policy_words_next(&was, &word));
    ASSERT(policy_words_next(&is, &word));
    if (!same_words(policy_words_rest(&was), policy_words_rest(&is))) {
        return POLICY_CHANGE_CHANGED;
    }
    return rising(first_number(before), first_number(after));
}

static enum policy_change_class more_class(struct span before, struct span after) {
    bool grew = span_equal_text(span_trim(after), "all") || list_within(before, after);
    bool shrank = span_equal_text(span_trim(before), "all") || list_within(after, before);
    if (grew == shrank) {
        return POLICY_CHANGE_CHANGED;
    }
    return grew ? POLICY_CHANGE_WEAKER : POLICY_CHANGE_STRONGER;
}

/* The number behind these words of an item, 0 where no item begins with them: never. */
static uint64_t from_of(struct span list, const char *beginning) {
    struct words words = policy_words_of(list, 0);
    struct span item;
    while (policy_words_item(&words, &item)) {
        if (span_starts_with(span_trim(item), span_text(beginning))) {
            return first_number(item);
        }
    }
    return 0;
}

/* Fewer late reviews that ask for a second person, or that refuse, are stronger; none is weakest.
 */
static enum policy_change_class overdue_class(struct span before, struct span after) {
    static const char *const parts[] = {"second", "refused"};
    bool is_weaker = false;
    bool is_stronger = false;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        uint64_t was = from_of(before, parts[i]) - 1; /* of never the greatest */
        uint64_t is = from_of(after, parts[i]) - 1;
        is_weaker |= is > was;
        is_stronger |= is < was;
    }
    return is_weaker == is_stronger ? POLICY_CHANGE_CHANGED
           : is_weaker              ? POLICY_CHANGE_WEAKER
                                    : POLICY_CHANGE_STRONGER;
}

/* Exempt is weakest; an older answer that still counts is weaker. Silence cannot be ranked: what it
 * means follows from the register. */
static enum policy_change_class opt_out_class(struct span before, struct span after) {
    bool was_exempt = span_equal_text(span_trim(before), "none");
    bool is_exempt = span_equal_text(span_trim(after), "none");
    if (was_exempt || is_exempt) {
        return is_exempt ? POLICY_CHANGE_WEAKER : POLICY_CHANGE_STRONGER;
    }
    return before.len == 0 || after.len == 0 ? POLICY_CHANGE_CHANGED
                                             : rising(first_number(before), first_number(after));
}

/* Of a setting whose `yes` protects. */
static enum policy_change_class flag_class(struct span before, struct span after) {
    bool was = span_equal_text(span_trim(before), "yes");
    bool is = span_equal_text(span_trim(after), "yes");
    return rising(!was, !is);
}

enum policy_change_class policy_term_class(enum term_how how, const struct doc_setting *before,
                                           const struct doc_setting *after) {
    const struct span none = span_of(NULL, 0);
    struct span was = before == NULL ? none : before->value;
    struct span is = after == NULL ? none : after->value;
    switch (how) {
    case TERM_TEXT:
        return POLICY_CHANGE_TEXT;
    case TERM_MORE:
        return more_class(was, is);
    case TERM_RISING:
        return rising(first_number(was), first_number(is));
    case TERM_FALLING:
        return rising(first_number(is), first_number(was));
    case TERM_RATE:
        return rate_class(was, is);
    case TERM_OVERDUE:
        return overdue_class(was, is);
    case TERM_OPT_OUT:
        return opt_out_class(was, is);
    case TERM_FLAG:
        return flag_class(was, is);
    case TERM_GUARD:
        return after == NULL    ? POLICY_CHANGE_WEAKER
               : before == NULL ? POLICY_CHANGE_STRONGER
                                : POLICY_CHANGE_CHANGED;
    case TERM_LIST:
    case TERM_CHANGED:
    default:
        return POLICY_CHANGE_CHANGED;
    }
}

enum policy_change_class policy_term_alone(struct span kind, bool is_after) {
    if (span_equal_text(kind, "emergency")) {
        return is_after ? POLICY_CHANGE_WEAKER : POLICY_CHANGE_STRONGER;
    }
    if (span_equal_text(kind, "promise")) {
        return is_after ? POLICY_CHANGE_STRONGER : POLICY_CHANGE_WEAKER;
    }
    if (span_equal_text(kind, "enrol")) {
        return is_after ? POLICY_CHANGE_NEW : POLICY_CHANGE_GONE;
    }
    return POLICY_CHANGE_CHANGED;
}
