/* SPDX-License-Identifier: Apache-2.0 */
/* Names that are sent and logged, and the sentences of hints. */
#include "gateway/base/assert.h"
#include "policy/explain/explain_int.h"

const char *policy_hint_name(enum policy_hint_kind kind) {
    static const char *const names[] = {
        [POLICY_HINT_NONE] = "NONE",
        [POLICY_HINT_CITE_BASIS] = "CITE_BASIS",
        [POLICY_HINT_CASE_REFERENCE] = "CASE_REFERENCE",
        [POLICY_HINT_SECOND_PERSON] = "SECOND_PERSON",
        [POLICY_HINT_ASK_AT] = "ASK_AT",
        [POLICY_HINT_ASK_PERSON] = "ASK_PERSON",
        [POLICY_HINT_NO_CONSENT_REASON] = "NO_CONSENT_REASON",
        [POLICY_HINT_AGE_CLASS] = "AGE_CLASS",
        [POLICY_HINT_TRAINING] = "TRAINING",
        [POLICY_HINT_WAIT] = "WAIT",
        [POLICY_HINT_RATIONALE] = "RATIONALE",
        [POLICY_HINT_EMERGENCY_REASON] = "EMERGENCY_REASON",
        [POLICY_HINT_EMERGENCY_AGAIN] = "EMERGENCY_AGAIN",
        [POLICY_HINT_EMERGENCY] = "EMERGENCY",
        [POLICY_HINT_FIVE_REASONS] = "FIVE_REASONS",
        [POLICY_HINT_STATEMENT] = "STATEMENT",
        [POLICY_HINT_ASK_PERMISSION] = "ASK_PERMISSION",
        [POLICY_HINT_ASK_OFFICER] = "ASK_OFFICER",
        [POLICY_HINT_ASK_LEAD] = "ASK_LEAD",
    };
    ASSERT(kind < POLICY_HINT_END);
    return names[kind];
}

const char *policy_check_name(enum policy_check check) {
    static const char *const names[] = {
        [POLICY_CHECK_AGREEMENT] = "agreement", [POLICY_CHECK_NAMES] = "names",
        [POLICY_CHECK_REVIEW] = "review",       [POLICY_CHECK_HOLDS] = "holds",
        [POLICY_CHECK_FLOOR] = "floor",         [POLICY_CHECK_NEVER] = "prohibition",
        [POLICY_CHECK_SHARE] = "clause",        [POLICY_CHECK_EMERGENCY] = "emergency",
        [POLICY_CHECK_BASIS] = "basis",         [POLICY_CHECK_SUBJECT] = "subject",
        [POLICY_CHECK_CASE] = "case reference", [POLICY_CHECK_SECOND_PERSON] = "second person",
        [POLICY_CHECK_HOURS] = "hours",         [POLICY_CHECK_REASON] = "reason for no consent",
        [POLICY_CHECK_CONSENT] = "consent",     [POLICY_CHECK_LIMIT] = "limit",
    };
    ASSERT((unsigned)check < POLICY_CHECKS);
    return names[check];
}

const char *policy_mark_name(enum policy_mark mark) {
    static const char *const names[] = {
        [POLICY_NOT_ASKED] = "not asked",
        [POLICY_PASSED] = "passed",
        [POLICY_FAILED] = "failed",
        [POLICY_SET_ASIDE] = "set aside",
    };
    ASSERT(mark <= POLICY_SET_ASIDE);
    return names[mark];
}

struct span policy_moment_words(struct local_time at, struct arena *arena) {
    char day[11];
    policy_day_text(at.day, day);
    if (at.minute == 0) {
        return arena_copy(arena, span_text(day));
    }
    return arena_format(arena, "%02u:%02u on %s", (unsigned)at.minute / 60,
                        (unsigned)at.minute % 60, day);
}

/* A sentence around the value of the hint. */
static struct span around(const char *before, struct span value, const char *after,
                          struct arena *arena) {
    return arena_format(arena, "%s%.*s%s", before, policy_len(value), policy_str(value), after);
}

static struct span fixed(enum policy_hint_kind kind) {
    switch (kind) {
    case POLICY_HINT_CASE_REFERENCE:
        return span_text("Give the case reference.");
    case POLICY_HINT_SECOND_PERSON:
        return span_text("Have a second person confirm the question.");
    case POLICY_HINT_ASK_PERSON:
        return span_text("Ask the person.");
    case POLICY_HINT_NO_CONSENT_REASON:
        return span_text("Ask the person, or say why not: cannot-give, cannot-reasonably-obtain or "
                         "would-prejudice.");
    case POLICY_HINT_AGE_CLASS:
        return span_text("Say whether the person is a child or an adult.");
    case POLICY_HINT_EMERGENCY_AGAIN:
        return span_text("Declare the emergency again, if it goes on.");
    case POLICY_HINT_FIVE_REASONS:
        return span_text("Record all five reasons: proportionate, lawful, accountable, necessary "
                         "and least intrusive.");
    case POLICY_HINT_STATEMENT:
        return span_text(
            "State that you need it for your own task under Article 6(1)(e), and why.");
    case POLICY_HINT_ASK_PERMISSION:
        return span_text("Ask the person for explicit permission.");
    case POLICY_HINT_EMERGENCY:
        return span_text("If a life is in danger, your role may declare an emergency.");
    default:
        return span_text("");
    }
}

struct span policy_hint_sentence(const struct policy_hint *hint, struct arena *arena) {
    struct span value = hint->value;
    switch (hint->kind) {
    case POLICY_HINT_CITE_BASIS:
        return around("Cite ", value, ", if it applies.", arena);
    case POLICY_HINT_ASK_AT:
        return around("Ask from ", value, ".", arena);
    case POLICY_HINT_TRAINING:
        return around("Renew the training that the role needs: ", value, ".", arena);
    case POLICY_HINT_WAIT:
        return around("Wait; limit ", value, " counts earlier questions.", arena);
    case POLICY_HINT_RATIONALE:
        return arena_format(arena, "Write a rationale of at least %u characters.",
                            (unsigned)hint->number);
    case POLICY_HINT_EMERGENCY_REASON:
        return around("Give a reason for the emergency that the agreement lists, such as ", value,
                      ".", arena);
    case POLICY_HINT_ASK_OFFICER:
        return around("Refer it to ", value, ", who decides and records it.", arena);
    case POLICY_HINT_ASK_LEAD:
        return around("Ask the lead of the agreement, ", value, ".", arena);
    default:
        return fixed(hint->kind);
    }
}

/* What both ways need is said with the first. */
static bool is_said(const struct policy_hints *hints, size_t set, const struct policy_hint *hint) {
    for (size_t i = 0; set > 0 && i < hints->sets[0].count; i++) {
        const struct policy_hint *said = &hints->sets[0].hints[i];
        if (said->kind == hint->kind && span_equal(said->value, hint->value)) {
            return true;
        }
    }
    return false;
}

struct span policy_hints_sentence(const struct policy_hints *hints, struct arena *arena) {
    struct span text = span_of(NULL, 0);
    for (size_t i = 0; i < hints->count; i++) {
        for (size_t j = 0; j < hints->sets[i].count; j++) {
            const struct policy_hint *hint = &hints->sets[i].hints[j];
            if (is_said(hints, i, hint)) {
                continue;
            }
            struct span next = policy_hint_sentence(hint, arena);
            if (next.ptr == NULL) {
                return next;
            }
            text = arena_format(arena, "%.*s%s%.*s", policy_len(text), policy_str(text),
                                text.len == 0 ? "" : " ", policy_len(next), policy_str(next));
        }
    }
    return text;
}
