/* SPDX-License-Identifier: Apache-2.0 */
/* The words of a change: settings and their values, as the agreement spells them. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/num.h"
#include "policy/compare/compare_int.h"
#include "policy/law/axes.h"

/* ---- text that grows ---- */

void policy_phrase_add(struct phrase *phrase, struct span text) {
    if (text.len > phrase->size - phrase->len) {
        size_t size = num_max(256, (phrase->len + text.len) * 2);
        uint8_t *bytes = arena_alloc(phrase->arena, size);
        if (bytes == NULL) {
            return;
        }
        if (phrase->len > 0) {
            memcpy(bytes, phrase->bytes, phrase->len);
        }
        phrase->bytes = bytes;
        phrase->size = size;
    }
    if (text.len > 0) {
        memcpy(phrase->bytes + phrase->len, text.ptr, text.len);
        phrase->len += text.len;
    }
}

void policy_phrase_text(struct phrase *phrase, const char *text) {
    policy_phrase_add(phrase, span_text(text));
}

void policy_phrase_comma(struct phrase *phrase, size_t index, size_t count, const char *last) {
    if (index > 0) {
        policy_phrase_text(phrase, index + 1 == count ? last : ", ");
    }
}

struct span policy_phrase_end(const struct phrase *phrase) {
    return lg_failed(arena_failed(phrase->arena)) ? span_of(NULL, 0)
                                                  : span_of(phrase->bytes, phrase->len);
}

static void add_number(struct phrase *phrase, int64_t number, const char *unit) {
    char text[64];
    snprintf(text, sizeof text, "%lld%s", (long long)number, unit);
    policy_phrase_text(phrase, text);
}

/* ---- values ---- */

static const char *consent_word(enum policy_consent_rule rule) {
    static const char *const words[] = {
        [POLICY_CONSENT_NOT_NEEDED] = "not needed",
        [POLICY_CONSENT_REQUIRED] = "required",
        [POLICY_CONSENT_UNLESS_EMERGENCY] = "required unless emergency",
    };
    return words[rule];
}

static const char *word_of(const char *const *words, unsigned index) {
    return words[index];
}

/* " 3 per person in 30 minutes", with a comma before it where it is not the first. */
static bool add_rate(struct phrase *phrase, bool is_first, const char *name,
                     struct policy_rate rate) {
    char text[96];
    if (rate.count == 0) {
        return is_first;
    }
    snprintf(text, sizeof text, "%s %u %s in %u minutes", is_first ? "" : ",", (unsigned)rate.count,
             name, (unsigned)(rate.window_s / 60));
    policy_phrase_text(phrase, text);
    return false;
}

static void add_limit(struct phrase *phrase, const struct policy *policy, uint16_t limit) {
    if (limit == POLICY_NO16) {
        policy_phrase_text(phrase, "none");
        return;
    }
    const struct limit *it = &policy->limits[limit];
    policy_phrase_add(phrase, it->id);
    policy_phrase_text(phrase, " (at most");
    bool is_first = add_rate(phrase, true, "per person", it->per_person);
    is_first = add_rate(phrase, is_first, "per agency", it->per_agency);
    add_rate(phrase, is_first, "per subject", it->per_subject);
    policy_phrase_text(phrase, ")");
}

static void add_hours(struct phrase *phrase, const struct policy *policy, uint16_t hours) {
    if (hours == POLICY_NO16) {
        policy_phrase_text(phrase, "at all hours");
        return;
    }
    const struct hours *it = &policy->hours[hours];
    policy_phrase_add(phrase, it->id);
    policy_phrase_text(phrase, " (");
    policy_phrase_add(phrase, it->text);
    policy_phrase_text(phrase, ")");
}

static void add_treatment(struct phrase *phrase, const struct policy *policy, uint32_t arm) {
    static const char *const words[] = {
        [TREATMENT_NONE] = "nothing",        [TREATMENT_PASS] = "pass",
        [TREATMENT_GENERALISE] = "as ",      [TREATMENT_PSEUDONYMISE] = "as a pseudonym",
        [TREATMENT_AGGREGATE] = "in counts", [TREATMENT_REDACT] = "left out",
    };
    const struct arm *it = &policy->arms[arm];
    policy_phrase_text(phrase, words[it->treatment]);
    if (it->treatment == TREATMENT_GENERALISE) {
        policy_phrase_text(phrase, "`");
        policy_phrase_add(phrase, policy->rules[it->rule].id);
        policy_phrase_text(phrase, "`");
    }
}

static void add_onward(struct phrase *phrase, const struct policy *policy,
                       const struct onward *onward) {
    static const char *const words[] = {"", "to ", "ask ", "no"};
    policy_phrase_text(phrase, words[onward->kind]);
    if (onward->party != POLICY_NO16) {
        policy_phrase_add(phrase, policy->parties[onward->party].shown.id);
    }
    if (onward->purpose != POLICY_NO16) {
        policy_phrase_text(phrase, " for ");
        policy_phrase_add(phrase, policy->purposes[onward->purpose].id);
    }
}

static void add_data_from(struct phrase *phrase, const struct clause *clause) {
    char day[11];
    if (clause->data_from == DATA_FROM_NONE) {
        policy_phrase_text(phrase, "any date");
    } else if (clause->data_from == DATA_FROM_LAST) {
        policy_phrase_text(phrase, "the last ");
        add_number(phrase, clause->data_from_value, " days");
    } else {
        policy_day_text(clause->data_from_value, day);
        policy_phrase_text(phrase, day);
    }
}

static void add_keep(struct phrase *phrase, const struct clause *clause) {
    if (clause->keep_days == 0) {
        policy_phrase_text(phrase, "without end");
    } else {
        add_number(phrase, clause->keep_days, " days");
    }
}

static void add_routes(struct phrase *phrase, const struct clause_law *law) {
    const char *before = "";
    for (unsigned i = POLICY_CONFIDENCE_IMPLIED; i < POLICY_CONFIDENCES; i++) {
        if ((law->routes >> i & 1U) == 0) {
            continue;
        }
        policy_phrase_text(phrase, before);
        policy_phrase_text(phrase, policy_confidence_name((enum policy_confidence)i));
        if (i == POLICY_CONFIDENCE_SECTION_251) {
            policy_phrase_text(phrase, " ");
            policy_phrase_add(phrase, law->approval);
        }
        before = ", ";
    }
    policy_phrase_text(phrase, law->routes == 0 ? "nothing" : "");
}

/* Values that are one word of a list. */
static const char *choice_value(const struct clause *clause, const struct change_side *side,
                                enum cell_setting setting) {
    static const char *const meanings[] = {"not stated", "lawful basis", "confidentiality",
                                           "service"};
    static const char *const recorders[] = {"anybody", "source", "either", "not the asker alone"};
    static const char *const subjects[] = {"anyone", "children", "adults"};
    static const char *const tells[] = {"", "permit", "agency and purpose", "person asking too"};
    static const char *const yes_no[] = {"no", "yes"};
    static const char *const existence[] = {"open", "hidden"};
    switch (setting) {
    case CELL_CONSENT:
        return consent_word(clause->consent);
    case CELL_CONSENT_IS:
        return word_of(meanings, clause->consent_is);
    case CELL_RECORDER:
        return word_of(recorders, clause->recorder);
    case CELL_ABOUT:
        return word_of(subjects, clause->about);
    case CELL_TELLS:
        return word_of(tells, clause->tells);
    case CELL_SHOWN:
        return word_of(yes_no, clause->consent_shown);
    case CELL_REASON:
        return word_of(yes_no, clause->requires_reason);
    case CELL_CASE:
        return word_of(yes_no, clause->requires_case);
    case CELL_SECOND:
        return word_of(yes_no, clause->requires_second);
    case CELL_NECESSITY:
        return word_of(yes_no, clause->law.requires_necessity);
    case CELL_STATEMENT:
        return word_of(yes_no, clause->law.requires_statement);
    case CELL_OBJECTION:
        return word_of(yes_no, clause->law.objection_refers);
    case CELL_WHEN:
        return word_of(yes_no, clause->when_emergency);
    case CELL_BAN:
        return word_of(yes_no, side->ban != POLICY_NONE);
    default:
        return word_of(existence, side->hidden != 0);
    }
}

static void add_value(struct phrase *phrase, const struct policy *policy,
                      const struct change_side *side, enum cell_setting setting) {
    const struct clause *clause = &policy->clauses[side->clause];
    switch (setting) {
    case CELL_HOURS:
        add_hours(phrase, policy, clause->hours);
        return;
    case CELL_LIMIT:
        add_limit(phrase, policy, clause->limit);
        return;
    case CELL_TREATMENT:
        add_treatment(phrase, policy, side->arm);
        return;
    case CELL_GROUP:
        add_number(phrase, clause->group_min, "");
        return;
    case CELL_KEEP:
        add_keep(phrase, clause);
        return;
    case CELL_ONWARD:
        add_onward(phrase, policy, &clause->onward);
        return;
    case CELL_DATA_FROM:
        add_data_from(phrase, clause);
        return;
    case CELL_CONFIDENTIALITY:
        add_routes(phrase, &clause->law);
        return;
    case CELL_RECEIVES:
        policy_phrase_add(phrase, clause->receives_under.len == 0 ? span_text("the same basis")
                                                                  : clause->receives_under);
        return;
    default:
        policy_phrase_text(phrase, choice_value(clause, side, setting));
    }
}

/* ---- settings that moved ---- */

static bool bit_has(const uint32_t *words, uint32_t bit) {
    return (words[bit / 32] >> bit % 32 & 1U) != 0;
}

static void add_named(struct phrase *phrase, const struct pairs *pairs, const uint32_t *bits,
                      const char *last) {
    size_t count = 0;
    size_t index = 0;
    for (uint32_t i = 0; i < pairs->count; i++) {
        count += bit_has(bits, i);
    }
    for (uint32_t i = 0; i < pairs->count; i++) {
        if (bit_has(bits, i)) {
            policy_phrase_comma(phrase, index++, count, last);
            policy_phrase_add(phrase, pairs->items[i].id);
        }
    }
}

static bool any_bit(const uint32_t *words) {
    return (words[0] | words[1] | words[2] | words[3]) != 0;
}

static void add_bases(const struct compare *compare, const struct change *change,
                      struct phrase *phrase) {
    bool gains = any_bit(change->bases_gained);
    bool loses = any_bit(change->bases_lost);
    if (gains) {
        policy_phrase_text(phrase, "also under ");
        add_named(phrase, &compare->bases, change->bases_gained, " or ");
    }
    policy_phrase_text(phrase, gains && loses ? ", no longer under "
                               : loses        ? "no longer under "
                                              : "");
    if (loses) {
        add_named(phrase, &compare->bases, change->bases_lost, " or ");
    }
    if (!gains && !loses) {
        policy_phrase_text(phrase, "under other bases in an emergency");
    }
}

static void add_emergencies(const struct compare *compare, const struct change *change,
                            struct phrase *phrase) {
    const uint32_t gained[4] = {change->emergencies_gained};
    const uint32_t lost[4] = {change->emergencies_lost};
    if (gained[0] != 0) {
        policy_phrase_text(phrase, "the emergency ");
        add_named(phrase, &compare->emergencies, gained, " or ");
        policy_phrase_text(phrase, " sets more aside");
    }
    policy_phrase_text(phrase, gained[0] != 0 && lost[0] != 0 ? ", " : "");
    if (lost[0] != 0) {
        policy_phrase_text(phrase, "the emergency ");
        add_named(phrase, &compare->emergencies, lost, " or ");
        policy_phrase_text(phrase, " sets less aside");
    }
}

static bool same_rule(const struct compare *compare, const struct change *change) {
    return compare->before->clauses[change->before.clause].consent ==
           compare->after->clauses[change->after.clause].consent;
}

void policy_phrase_setting(const struct compare *compare, const struct change *change,
                           enum cell_setting setting, struct phrase *phrase) {
    static const char *const names[CELL_SETTINGS] = {
        [CELL_CONSENT] = "consent ",
        [CELL_CONSENT_IS] = "consent is ",
        [CELL_RECORDER] = "consent recorded by ",
        [CELL_REASON] = "a reason for no consent asked for: ",
        [CELL_WHEN] = "in an emergency only: ",
        [CELL_BAN] = "prohibited unless emergency: ",
        [CELL_ABOUT] = "about ",
        [CELL_CASE] = "a case reference asked for: ",
        [CELL_SECOND] = "a second person asked for: ",
        [CELL_NECESSITY] = "the five reasons asked for: ",
        [CELL_STATEMENT] = "a statement asked for: ",
        [CELL_CONFIDENTIALITY] = "confidence set aside by ",
        [CELL_OBJECTION] = "an objection goes to an officer: ",
        [CELL_HOURS] = "hours ",
        [CELL_LIMIT] = "limit ",
        [CELL_TREATMENT] = "",
        [CELL_GROUP] = "smallest group ",
        [CELL_KEEP] = "kept ",
        [CELL_ONWARD] = "onward ",
        [CELL_DATA_FROM] = "data from ",
        [CELL_EXISTENCE] = "existence ",
        [CELL_TELLS] = "tells source ",
        [CELL_SHOWN] = "consent shown: ",
        [CELL_RECEIVES] = "received under ",
    };
    if (setting == CELL_BASIS) {
        add_bases(compare, change, phrase);
    } else if (setting == CELL_EMERGENCY) {
        add_emergencies(compare, change, phrase);
    } else if (setting == CELL_CONSENT && same_rule(compare, change)) {
        policy_phrase_text(phrase, "what consent or reason it takes follows its basis, class or "
                                   "emergency, which changed");
    } else if (setting == CELL_LAW) {
        policy_phrase_text(phrase, "what the law asks for beside follows its basis, purpose, party "
                                   "or category, which changed");
    } else {
        policy_phrase_text(phrase, names[setting]);
        add_value(phrase, compare->after, &change->after, setting);
        policy_phrase_text(phrase, ", was ");
        add_value(phrase, compare->before, &change->before, setting);
    }
}

/* ---- what is newly shared ---- */

static const char *consent_terms(const struct clause *clause) {
    static const char *const words[] = {
        [POLICY_CONSENT_NOT_NEEDED] = ", no consent",
        [POLICY_CONSENT_REQUIRED] = ", with consent",
        [POLICY_CONSENT_UNLESS_EMERGENCY] = ", with consent unless in an emergency",
    };
    return words[clause->consent];
}

void policy_phrase_terms(const struct compare *compare, const struct change *change,
                         struct phrase *phrase) {
    const struct clause *clause = &compare->after->clauses[change->after.clause];
    const uint32_t now[4] = {change->emergencies_now};
    static const char *const abouts[] = {"", ", children only", ", adults only"};
    policy_phrase_text(phrase, ", basis ");
    add_named(phrase, &compare->bases, change->bases_now, " or ");
    policy_phrase_text(phrase, consent_terms(clause));
    policy_phrase_text(phrase, clause->requires_reason ? ", with a reason for it" : "");
    policy_phrase_text(phrase, clause->requires_case ? ", with a case reference" : "");
    policy_phrase_text(phrase, clause->requires_second ? ", confirmed by a second person" : "");
    policy_phrase_text(phrase, abouts[clause->about]);
    if (change->after.emergency_only != 0) {
        policy_phrase_text(phrase, ", only in the emergency ");
        add_named(phrase, &compare->emergencies, now, " or ");
    }
}
