/* SPDX-License-Identifier: Apache-2.0 */
/* Explanations as people read them, and as rows of a case file. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "policy/policy.h"
#include "tools/lockgate/explain_int.h"

enum { DAY_S = 86400 };

static int len(struct span text) {
    return (int)text.len;
}

static const char *str(struct span text) {
    return text.len == 0 ? "" : (const char *)text.ptr;
}

static void set_print(const struct wire_hint_set *set, size_t number) {
    (void)printf("    %s", number == 0 ? "What would change it:" : "Or:");
    for (size_t i = 0; i < set->hint_count; i++) {
        (void)printf(" %.*s", len(set->hints[i].sentence), str(set->hints[i].sentence));
    }
    (void)printf("\n");
}

/* Those that were asked. */
static void axes_print(const struct wire_explained_item *item) {
    for (size_t i = 0; i < item->axis_count; i++) {
        const struct wire_explained_axis *axis = &item->axes[i];
        if (!span_equal_text(axis->verdict, "not-asked")) {
            (void)printf("    axis %-17.*s %-16.*s %.*s\n", len(axis->axis), str(axis->axis),
                         len(axis->verdict), str(axis->verdict), len(axis->source),
                         str(axis->source));
        }
    }
}

void explain_item_print(const struct wire_explained_item *item) {
    (void)printf("  %.*s  %.*s\n    %.*s\n", len(item->item), str(item->item),
                 len(item->code.len > 0 ? item->code : item->treatment),
                 str(item->code.len > 0 ? item->code : item->treatment), len(item->sentence),
                 str(item->sentence));
    for (size_t i = 0; i < item->check_count; i++) {
        const struct wire_explained_check *check = &item->checks[i];
        (void)printf("    %-22.*s %-9.*s asked: %.*s; found: %.*s\n", len(check->check),
                     str(check->check), len(check->mark), str(check->mark), len(check->asked),
                     str(check->asked), len(check->found), str(check->found));
    }
    axes_print(item);
    for (size_t i = 0; i < item->hint_set_count; i++) {
        set_print(&item->hint_sets[i], i);
    }
}

static void agreement_print(const struct wire_explained_agreement *agreement) {
    (void)printf("Agreement %.*s, version %" PRIu32 ", review due %.*s, kept by %.*s\n",
                 len(agreement->id), str(agreement->id), agreement->version,
                 len(agreement->review_day), str(agreement->review_day), len(agreement->lead),
                 str(agreement->lead));
    for (size_t i = 0; i < agreement->signatories.count; i++) {
        struct span name = agreement->signatories.items[i];
        (void)printf("  signed for %.*s\n", len(name), str(name));
    }
}

void explain_reply_print(const struct wire_explain_reply *reply) {
    if (reply->refused_for.len > 0) {
        (void)printf("Refused for %.*s. By the agreement alone:\n", len(reply->refused_for),
                     str(reply->refused_for));
    }
    for (size_t i = 0; i < reply->source_count; i++) {
        const struct wire_explained_source *source = &reply->sources[i];
        (void)printf("%.*s  %.*s\n", len(source->source), str(source->source), len(source->code),
                     str(source->code));
        for (size_t j = 0; j < source->item_count; j++) {
            explain_item_print(&source->items[j]);
        }
        for (size_t j = 0; j < source->obligations.count; j++) {
            struct span code = source->obligations.items[j];
            (void)printf("  %.*s\n", len(code), str(code));
        }
    }
    if (reply->has_agreement) {
        agreement_print(&reply->agreement);
    }
}

/* ---- rows of a case file ---- */

/* What a row cannot say: dates and scope of a consent, and what was used of a limit. */
static bool row_can_say(struct span code) {
    static const char *const beyond[] = {"CONSENT_EXPIRED", "CONSENT_OUT_OF_SCOPE",
                                         "CONSENT_NOT_EXPLICIT", "RATE_LIMIT",
                                         "TRAINING_NOT_CURRENT"};
    for (size_t i = 0; i < sizeof beyond / sizeof beyond[0]; i++) {
        if (span_equal_text(code, beyond[i])) {
            return false;
        }
    }
    return true;
}

static bool can_print(const struct wire_explain_reply *reply) {
    bool can = reply->has_facts && reply->has_agreement && reply->facts.recipient.len > 0;
    for (size_t i = 0; can && i < reply->source_count; i++) {
        for (size_t j = 0; j < reply->sources[i].item_count; j++) {
            can = can && row_can_say(reply->sources[i].items[j].code);
        }
    }
    return can;
}

static void time_print(int64_t at_s) {
    char day[11];
    int64_t second = at_s % DAY_S;
    policy_day_text((int32_t)(at_s / DAY_S), day);
    (void)printf("%sT%02d:%02d:%02dZ", day, (int)(second / 3600), (int)(second / 60 % 60),
                 (int)(second % 60));
}

static const char *state_of(struct span code) {
    if (span_equal_text(code, "AGREEMENT_SUSPENDED")) {
        return "suspended";
    }
    return span_equal_text(code, "AGREEMENT_NOT_SIGNED") ? "unsigned" : "active";
}

static void facts_print(const struct wire_decision_facts *facts,
                        const struct wire_explained_source *source) {
    static const char *const ages[] = {"", "10", "34"};
    (void)printf("%.*s,%.*s,%.*s,%s,%.*s,%.*s,", len(facts->recipient), str(facts->recipient),
                 len(facts->role), str(facts->role), len(source->source), str(source->source),
                 ages[facts->age_class], len(facts->purpose), str(facts->purpose),
                 len(facts->basis), str(facts->basis));
    for (size_t i = 0; i < source->item_count; i++) {
        (void)printf("%s%.*s", i == 0 ? "" : ";", len(source->items[i].item),
                     str(source->items[i].item));
    }
    bool given = span_equal_text(facts->consent, "given");
    (void)printf(",%s,%s,,,,%.*s,%s,", facts->consent.len == 0 ? "none" : str(facts->consent),
                 given ? "yes" : "", len(facts->no_consent_reason), str(facts->no_consent_reason),
                 facts->case_reference ? "given" : "");
    if (!facts->emergency) {
        (void)printf("no,,,,,0,0,");
        return;
    }
    (void)printf("yes,%.*s,%" PRIu32 ",%" PRIu32 ",%" PRIu32 ",0,0,", len(facts->emergency_reason),
                 str(facts->emergency_reason), facts->rationale_chars, facts->emergency_age_min,
                 facts->emergency_count);
}

static void item_expect(const struct wire_explained_item *item, bool is_first) {
    (void)printf("%s", is_first ? "" : ";");
    if (item->code.len > 0) {
        (void)printf("deny:%.*s", len(item->code), str(item->code));
    } else if (item->rule.len > 0) {
        (void)printf("generalise(%.*s)", len(item->rule), str(item->rule));
    } else {
        (void)printf("%.*s", len(item->treatment), str(item->treatment));
    }
}

/* Clauses in the order of the fields, each once. */
static void clauses_expect(const struct wire_explained_source *source) {
    bool is_first = true;
    for (size_t i = 0; i < source->item_count; i++) {
        struct span clause = source->items[i].clause;
        bool is_new = clause.len > 0;
        for (size_t j = 0; j < i; j++) {
            is_new = is_new && !span_equal(source->items[j].clause, clause);
        }
        if (is_new) {
            (void)printf("%s%.*s", is_first ? "" : ";", len(clause), str(clause));
            is_first = false;
        }
    }
}

static void expectation_print(const struct wire_explained_source *source) {
    static const char *const decisions[] = {"", "permit", "partial", "deny"};
    (void)printf("%s,", decisions[source->decision]);
    for (size_t i = 0; i < source->item_count; i++) {
        item_expect(&source->items[i], i == 0);
    }
    (void)printf(",%.*s,", len(source->code), str(source->code));
    clauses_expect(source);
    (void)printf(",");
    for (size_t i = 0; i < source->obligations.count; i++) {
        struct span code = source->obligations.items[i];
        (void)printf("%s%.*s", i == 0 ? "" : ";", len(code), str(code));
    }
}

bool explain_case_print(const struct wire_explain_reply *reply) {
    if (!can_print(reply)) {
        (void)fprintf(stderr, "No case line is made.\nThe explanation does not hold all that a row "
                              "needs: who asked, or the dates of a consent, or the uses of a "
                              "limit.\nWrite the row by hand.\n");
        return false;
    }
    for (size_t i = 0; i < reply->source_count; i++) {
        const struct wire_explained_source *source = &reply->sources[i];
        (void)printf("entry-%" PRIu64 "-%zu,Decision of entry %" PRIu64 ",%.*s,%s,", reply->index,
                     i + 1, reply->index, len(reply->agreement.id), str(reply->agreement.id),
                     state_of(source->code));
        time_print(reply->facts.at_s);
        (void)printf(",");
        facts_print(&reply->facts, source);
        expectation_print(source);
        (void)printf(",made from the log\n");
    }
    return true;
}
