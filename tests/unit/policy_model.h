/* SPDX-License-Identifier: Apache-2.0 */
/* A random agreement as plain structs, and its text: for the oracle's test. */
#ifndef TESTS_UNIT_POLICY_MODEL_H
#define TESTS_UNIT_POLICY_MODEL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/policy.h"

#include <cmocka.h>

enum {
    PARTIES = 4,
    ROLES = 2, /* of each party */
    PURPOSES = 5,
    CATEGORIES = 3,
    FIELDS = 3, /* of each category */
    CLAUSES = 9,
    NEVERS = 3,
    FLOORS = 2,
    TARGETS = 3,
    ITEMS = 4,
    BASES = 3,
    TEXT = 65536,
};

/* Purposes: p0 { p1 { p2 } }, p3 { p4 }. */
static const int parents[PURPOSES] = {-1, 0, 1, -1, 3};

enum rule { NOT_NEEDED, REQUIRED, UNLESS_EMERGENCY };

struct target {
    int party; /* -1: any */
    int role;  /* -1: every role of the party */
};

struct item {
    int category;
    int field; /* -1: the whole category */
    enum treatment treatment;
};

struct clause {
    unsigned from; /* bits; 0: any */
    struct target to[TARGETS];
    int to_count;
    unsigned purposes; /* bits; 0: any (never clauses) */
    struct item items[ITEMS];
    int item_count;
    unsigned bases;
    enum rule consent;
    bool needs_case;
    bool needs_second;
    bool needs_reason;
    int about; /* 0 anyone, 1 children, 2 adults */
    bool when_emergency;
    bool by_day;
    bool is_limited;
    bool unless_emergency;
};

struct model {
    unsigned held[CATEGORIES]; /* bits of parties; 0: any */
    int classes[CATEGORIES];   /* 0 ordinary, 1 special, 2 criminal */
    struct clause share[CLAUSES];
    int share_count;
    struct clause never[NEVERS];
    int never_count;
    struct clause floor[FLOORS];
    int floor_count;
    unsigned covers[BASES]; /* bits of purposes, as named */
    unsigned reasons[BASES];
    unsigned declare; /* bits of party * ROLES + role */
    unsigned senior;
    unsigned aside; /* bits: consent, hours, limit */
    unsigned emergency_purposes;
};

struct asked {
    int party;
    int role;
    int source;
    int purpose;
    int basis; /* BASES: the emergency's */
    int category;
    int field;
    enum age_class age;
    bool has_case;
    bool has_second;
    bool has_reason;
    bool by_day;
    int emergency; /* 0 none, 1 good, 2 short rationale */
    int consent;   /* 0 none, 1 given, 2 refused, 3 withdrawn */
    bool limit_reached;
};

struct ruled {
    enum policy_reason reason; /* NONE: shared */
    char clause[16];
    enum treatment treatment;
    bool by_emergency;
};

/* ---- chance ---- */

struct chance {
    uint64_t state;
};

static inline unsigned below(struct chance *chance, unsigned limit) {
    chance->state ^= chance->state << 13;
    chance->state ^= chance->state >> 7;
    chance->state ^= chance->state << 17;
    return (unsigned)((chance->state >> 20) % limit);
}

static inline bool one_in(struct chance *chance, unsigned limit) {
    return below(chance, limit) == 0;
}

/* ---- making a model ---- */

static inline bool holds(const struct model *model, int category, int party) {
    return model->held[category] == 0 || (model->held[category] >> party & 1U) != 0;
}

static inline bool from_holds(const struct model *model, const struct clause *clause,
                              int category) {
    for (int party = 0; party < PARTIES; party++) {
        bool named = clause->from == 0 || (clause->from >> party & 1U) != 0;
        if (named && holds(model, category, party)) {
            return true;
        }
    }
    return false;
}

static inline bool has_item(const struct clause *clause, int category, int field) {
    for (int i = 0; i < clause->item_count; i++) {
        if (clause->items[i].category == category && clause->items[i].field == field) {
            return true;
        }
    }
    return false;
}

static inline void add_items(struct chance *chance, const struct model *model,
                             struct clause *clause, bool is_share) {
    static const enum treatment kinds[] = {TREATMENT_PASS, TREATMENT_PSEUDONYMISE,
                                           TREATMENT_REDACT};
    for (unsigned tries = 0; tries < 12 && clause->item_count < ITEMS; tries++) {
        int category = (int)below(chance, CATEGORIES);
        int field = one_in(chance, 3) ? -1 : (int)below(chance, FIELDS);
        bool fits = !is_share || from_holds(model, clause, category);
        if (fits && !has_item(clause, category, field) &&
            (clause->item_count == 0 || !one_in(chance, 3))) {
            clause->items[clause->item_count++] =
                (struct item){category, field, kinds[below(chance, 3)]};
        }
    }
}

static inline void add_targets(struct chance *chance, struct clause *clause) {
    clause->to_count = 1 + (int)below(chance, TARGETS);
    for (int i = 0; i < clause->to_count; i++) {
        clause->to[i].party = (int)below(chance, PARTIES);
        clause->to[i].role = one_in(chance, 2) ? -1 : (int)below(chance, ROLES);
        for (int j = 0; j < i; j++) {
            if (clause->to[j].party == clause->to[i].party &&
                clause->to[j].role == clause->to[i].role) {
                clause->to_count = i;
                return;
            }
        }
    }
    if (one_in(chance, 4)) {
        clause->to_count = 1;
        clause->to[0] = (struct target){-1, -1};
    }
}

static inline struct clause make_clause(struct chance *chance, const struct model *model,
                                        bool is_share) {
    struct clause clause = {.from = one_in(chance, 3) ? 0 : 1 + below(chance, 15)};
    add_targets(chance, &clause);
    clause.purposes = is_share || one_in(chance, 2) ? 1U << below(chance, PURPOSES) : 0;
    if (clause.purposes != 0 && one_in(chance, 4)) {
        clause.purposes |= 1U << below(chance, PURPOSES);
    }
    add_items(chance, model, &clause, is_share);
    clause.unless_emergency = !is_share && one_in(chance, 2);
    if (!is_share) {
        return clause;
    }
    clause.bases = 1 + below(chance, 7);
    clause.consent = (enum rule)below(chance, 3);
    clause.needs_case = one_in(chance, 4);
    clause.needs_second = one_in(chance, 6);
    clause.needs_reason = one_in(chance, 6);
    clause.about = one_in(chance, 2) ? 0 : 1 + (int)below(chance, 2);
    clause.when_emergency = one_in(chance, 8);
    clause.by_day = one_in(chance, 3);
    clause.is_limited = one_in(chance, 3);
    return clause;
}

/* A clause that reaches everybody for everything in category 0, so that every role and purpose is
 * used; narrow in nothing, so that any other is nearer. */
static inline struct clause make_base(void) {
    struct clause clause = {.to_count = 1, .purposes = 1U << 0 | 1U << 3, .bases = 7};
    clause.to[0] = (struct target){-1, -1};
    clause.items[0] = (struct item){0, -1, TREATMENT_PASS};
    clause.item_count = 1;
    return clause;
}

static inline void make_model(struct chance *chance, struct model *model) {
    *model = (struct model){0};
    for (int i = 1; i < CATEGORIES; i++) {
        model->held[i] = one_in(chance, 3) ? 0 : 1 + below(chance, 15);
    }
    for (int i = 0; i < CATEGORIES; i++) {
        model->classes[i] = (int)below(chance, 3);
    }
    for (int i = 0; i < BASES; i++) {
        model->covers[i] = i == 0 ? 1U << 0 | 1U << 3 : 1U << below(chance, PURPOSES);
        model->reasons[i] = below(chance, 8);
    }
    model->share[model->share_count++] = make_base();
    int wanted = 1 + (int)below(chance, CLAUSES - 1);
    for (int i = 0; i < wanted; i++) {
        struct clause clause = make_clause(chance, model, true);
        clause.bases |= 1; /* b0 covers all: the clause is never without a basis */
        if (clause.item_count > 0) {
            model->share[model->share_count++] = clause;
        }
    }
    for (int i = (int)below(chance, NEVERS + 1); i > 0; i--) {
        model->never[model->never_count++] = make_clause(chance, model, false);
    }
    for (int i = (int)below(chance, FLOORS + 1); i > 0; i--) {
        struct clause clause = make_clause(chance, model, false);
        clause.unless_emergency = false;
        model->floor[model->floor_count++] = clause;
    }
    model->declare = 1 + below(chance, 255);
    model->senior = model->declare & below(chance, 256);
    model->aside = 1 | below(chance, 8);
    model->emergency_purposes = 1U << (one_in(chance, 2) ? 0 : 1 + below(chance, 4));
}

/* ---- printing it ---- */

struct out {
    char *text;
    size_t used;
};

static inline void put(struct out *out, const char *format, ...) LG_PRINTF(2, 3);

static inline void put(struct out *out, const char *format, ...) {
    va_list args;
    va_start(args, format);
    int len = vsnprintf(out->text + out->used, TEXT - out->used, format, args);
    va_end(args);
    assert_true(len >= 0 && out->used + (size_t)len < TEXT);
    out->used += (size_t)len;
}

/* "name: a0, a2" from bits; what 0 stands for where there are none. */
static inline void put_bits(struct out *out, const char *name, unsigned bits, const char *letter) {
    if (bits == 0) {
        put(out, "  %s: any\n", name);
        return;
    }
    put(out, "  %s: ", name);
    for (unsigned i = 0, n = 0; i < 8; i++) {
        if ((bits >> i & 1U) != 0) {
            put(out, "%s%s%u", n++ == 0 ? "" : ", ", letter, i);
        }
    }
    put(out, "\n");
}

static inline void put_roles(struct out *out, const char *name, unsigned bits) {
    put(out, "  %s: ", name);
    for (unsigned i = 0, n = 0; i < PARTIES * ROLES; i++) {
        if ((bits >> i & 1U) != 0) {
            put(out, "%sa%u/r%u", n++ == 0 ? "" : ", ", i / ROLES, i % ROLES);
        }
    }
    put(out, "\n");
}

static inline void put_items(struct out *out, const struct clause *clause, const char *name,
                             enum treatment treatment) {
    int n = 0;
    for (int i = 0; i < clause->item_count; i++) {
        const struct item *item = &clause->items[i];
        if (treatment != TREATMENT_NONE && item->treatment != treatment) {
            continue;
        }
        put(out, n++ == 0 ? "  %s: " : ", ", name);
        if (item->field < 0) {
            put(out, "c%d.*", item->category);
        } else {
            put(out, "c%d.f%d", item->category, item->field);
        }
    }
    put(out, n > 0 ? "\n" : "");
}

static inline void put_to(struct out *out, const struct clause *clause) {
    put(out, "  to: ");
    for (int i = 0; i < clause->to_count; i++) {
        const struct target *target = &clause->to[i];
        put(out, i == 0 ? "" : ", ");
        if (target->party < 0) {
            put(out, "any");
        } else if (target->role < 0) {
            put(out, "a%d/*", target->party);
        } else {
            put(out, "a%d/r%d", target->party, target->role);
        }
    }
    put(out, "\n");
}

static inline void put_share(struct out *out, const struct clause *clause, int number) {
    static const char *const rules[] = {"not needed", "required", "required unless emergency"};
    static const char *const abouts[] = {"anyone", "children", "adults"};
    put(out, "clause %d share\n", number);
    put_bits(out, "from", clause->from, "a");
    put_to(out, clause);
    put_bits(out, "purpose", clause->purposes, "p");
    put_bits(out, "basis", clause->bases, "b");
    put(out, "  consent: %s\n  about: %s\n", rules[clause->consent], abouts[clause->about]);
    if (clause->needs_case || clause->needs_second || clause->needs_reason) {
        const char *first = clause->needs_case ? "case reference" : "";
        const char *second = clause->needs_second ? "second person" : "";
        const char *third = clause->needs_reason ? "reason for no consent" : "";
        put(out, "  requires: %s%s%s%s%s\n", first, *first && (*second || *third) ? ", " : "",
            second, *second && *third ? ", " : "", third);
    }
    put(out, clause->when_emergency ? "  when: emergency\n" : "");
    put(out, "  hours: %s\n", clause->by_day ? "day" : "always");
    put(out, clause->is_limited ? "  limit: some\n" : "");
    put_items(out, clause, "pass", TREATMENT_PASS);
    put_items(out, clause, "pseudonymise", TREATMENT_PSEUDONYMISE);
    put_items(out, clause, "redact", TREATMENT_REDACT);
}

static inline void put_never(struct out *out, const struct clause *clause, const char *letter,
                             int number) {
    put(out, "clause %s%d never\n", letter, number);
    put_bits(out, "from", clause->from, "a");
    put_to(out, clause);
    if (clause->purposes != 0) {
        put_bits(out, "purpose", clause->purposes, "p");
    }
    put_items(out, clause, "data", TREATMENT_NONE);
    put(out, clause->unless_emergency ? "  unless: emergency\n" : "");
}

static inline void put_names(struct out *out, const struct model *model) {
    static const char *const classes[] = {"ordinary", "special", "criminal"};
    put(out, "isa 1\nagreement random\n  title: R\n  version: 1\n"
             "  in force: 2026-01-01 to 2026-12-31\n  review due: 2026-12-31\n"
             "  review grace: 0 days\n  time zone: UTC\n  lead: a0\n"
             "  signatures needed: all parties\n  assessment: none\n  contact: lead\n");
    for (int i = 0; i < PARTIES; i++) {
        put(out, "party a%d\n  name: A\n  legal entity: A\n  public authority: yes\n", i);
        put(out, "  competent authority: no\n  signs as: A\nrole a%d/r0\nrole a%d/r1\n", i, i);
    }
    for (int i = 0; i < PURPOSES; i++) {
        put(out, "purpose p%d\n  title: P\n", i);
        if (parents[i] >= 0) {
            put(out, "  within: p%d\n", parents[i]);
        }
    }
    for (int i = 0; i < BASES; i++) {
        const char *sep = "";
        put(out,
            "basis b%d\n  title: B\n  kind: statutory\n  article 6: e\n  article 9: g\n"
            "  article 10: x\n",
            i);
        put_bits(out, "covers", model->covers[i], "p");
        put(out, model->reasons[i] == 0 ? "  reason for no consent: not needed"
                                        : "  reason for no consent: needed for ");
        for (int j = 0; j < 3; j++) {
            if ((model->reasons[i] >> j & 1U) != 0) {
                put(out, "%s%s", sep, classes[j]);
                sep = " and ";
            }
        }
        put(out, "\n");
    }
    put(out, "basis life\n  title: L\n  kind: vital\n  article 6: d\n  article 9: c\n"
             "  article 10: x\n  covers: p0, p3\n");
    for (int i = 0; i < CATEGORIES; i++) {
        put(out, "category c%d\n  title: C\n  class: %s\n  fields: f0, f1, f2\n", i,
            classes[model->classes[i]]);
        put_bits(out, "held by", model->held[i], "a");
    }
    put(out, "hours always\n  open: 00:00 to 24:00 on every day\n");
    put(out, "hours day\n  open: 06:00 to 18:00 on every day\n");
    put(out, "limit some\n  per agency: 5 in 1 hour\n");
}

static inline void put_model(const struct model *model, struct out *text, struct out *floor) {
    put_names(text, model);
    for (int i = 0; i < model->share_count; i++) {
        put_share(text, &model->share[i], i);
    }
    for (int i = 0; i < model->never_count; i++) {
        if (model->never[i].item_count > 0) {
            put_never(text, &model->never[i], "n", i);
        }
    }
    put(text, "emergency e\n");
    put_roles(text, "declared by", model->declare);
    if (model->senior != 0 && (model->aside & 1U) != 0) {
        put_roles(text, "refusal set aside by", model->senior);
    }
    put_bits(text, "purpose", model->emergency_purposes, "p");
    put(text,
        "  basis: life\n  reasons: life\n  rationale: at least 10 characters\n"
        "  lasts: 1 hour\n  tell: lead within 1 hour\n  check: within 1 working day\n"
        "  at most: 3 per person in 1 day\n  sets aside: missing consent%s%s\n",
        (model->aside & 2U) != 0 ? ", hours" : "", (model->aside & 4U) != 0 ? ", limit" : "");
    put(floor, "isa 1\n");
    for (int i = 0; i < model->floor_count; i++) {
        if (model->floor[i].item_count > 0) {
            put_never(floor, &model->floor[i], "f", i);
        }
    }
}

#endif
