/* SPDX-License-Identifier: Apache-2.0 */
/* Comparing two versions, from inside. Names of both versions are put together into one list each;
 * `before` and `after` are their numbers in the two, POLICY_NONE where a version lacks one. */
#ifndef POLICY_COMPARE_COMPARE_INT_H
#define POLICY_COMPARE_COMPARE_INT_H

#include "policy/compare/compare.h"
#include "policy/compare/probe_int.h"

struct pair {
    struct span id;
    uint32_t before;
    uint32_t after;
};

/* The names of the new version in its order, then those that only the old one has. */
struct pairs {
    struct pair *items;
    uint32_t count;
};

/* Settings of a cell that can differ. The first half shapes which questions are shared, the second
 * what an answer to one is. */
enum cell_setting {
    CELL_BASIS,
    CELL_CONSENT,
    CELL_CONSENT_IS,
    CELL_RECORDER,
    CELL_REASON,
    CELL_WHEN,
    CELL_BAN, /* a prohibition unless: emergency */
    CELL_EMERGENCY,
    CELL_ABOUT,
    CELL_CASE,
    CELL_SECOND,
    CELL_NECESSITY,
    CELL_STATEMENT,
    CELL_CONFIDENTIALITY,
    CELL_OBJECTION,
    CELL_LAW, /* what the law asks for beside, by no setting of the clause */
    CELL_HOURS,
    CELL_LIMIT,
    CELL_TREATMENT,
    CELL_GROUP,
    CELL_KEEP,
    CELL_ONWARD,
    CELL_DATA_FROM,
    CELL_EXISTENCE,
    CELL_TELLS,
    CELL_SHOWN,
    CELL_RECEIVES,
    CELL_SETTINGS,
};

/* How a setting, or a cell, of the new version stands to the old one. Bits. */
enum { MOVE_WEAKER = 1, MOVE_STRONGER = 2, MOVE_CHANGED = 3 };

/* Why a cell shares nothing, or STANDING_SHARE. */
enum cell_standing { STANDING_NONE, STANDING_SOFT, STANDING_HARD, STANDING_FLOOR, STANDING_SHARE };

/* One side of a change. */
struct change_side {
    uint32_t clause; /* that governs; POLICY_NONE */
    uint32_t arm;
    uint32_t ban; /* prohibition in the way; POLICY_NONE */
    uint32_t standing;
    uint32_t hidden;
    uint32_t emergency_only;
};

/* How one cell changed; cells with the same words in here share a line. All parts are words of the
 * same size, so that two can be compared as bytes. */
struct change {
    uint32_t class;
    uint32_t is_cell;
    uint32_t data_class;
    uint32_t weaker;   /* bit 1 << enum cell_setting */
    uint32_t stronger; /* the same; in both: cannot be ranked */
    uint32_t emergencies_gained;
    uint32_t emergencies_lost;
    uint32_t emergencies_now;
    struct change_side before;
    struct change_side after;
    uint32_t bases_gained[4]; /* bits of the paired bases */
    uint32_t bases_lost[4];
    uint32_t bases_now[4];
};

/* Cells that changed alike: every combination of the four sets. */
enum { SET_ROLES, SET_SOURCES, SET_PURPOSES, SET_FIELDS, SETS };

struct rects;

struct rect {
    uint32_t change;
    uint64_t *sets; /* roles, sources, purposes, fields, one after the other */
    const struct rects *owner;
};

/* items above count keep their sets, to be used again. */
struct rects {
    struct rect *items;
    uint32_t count;
    uint32_t made;
    uint32_t words[SETS];       /* of each set */
    uint32_t first[SETS];       /* where it begins */
    uint32_t total;             /* words of all four */
    int merging;                /* the set that is joined at present */
    const uint32_t *role_party; /* of each role: its place among the sources */
    uint32_t role_count;
};

/* Masks of lens.c: what a version shares under one declaration and basis. */
struct lens {
    uint64_t *before; /* [declaration + 1][basis]; 0: none declared */
    uint64_t *after;
    int32_t *days; /* on which other statutes are in force than at the end of the term */
    uint32_t day_count;
    uint8_t law_moves; /* MOVE_ bits: of what both share where all that the law asks for is there */
};

struct compare {
    const struct policy *before;
    const struct policy *after;
    struct probe probe_before;
    struct probe probe_after;
    struct arena *arena;
    struct pairs roles;
    struct pairs parties;
    struct pairs purposes;
    struct pairs fields;
    struct pairs bases;
    struct pairs emergencies;
    struct lens lens;
    bool alike;     /* bases, purposes, parties, categories and emergencies work alike in both */
    uint8_t *hours; /* MOVE_ bits of [before + 1][after + 1]; 0: at all hours */
    struct change *changes;
    uint32_t change_count;
    uint32_t *slots; /* hash: change + 1; LIMIT_POLICY_CHANGES * 2 of them */
    struct rects rects;
    uint64_t cells;
    uint64_t cells_changed;
    uint8_t *cited_before; /* of each clause: a line speaks of it */
    uint8_t *cited_after;
    uint32_t *moved_before; /* of each clause: settings that a line speaks of */
    uint32_t *moved_after;
    struct policy_change *lines;
    size_t line_count;
};

/* One cell in both versions; each part POLICY_NONE where a version lacks the name. */
struct cell_pair {
    struct probe_cell before;
    struct probe_cell after;
    bool is_before; /* all four names are known there */
    bool is_after;
};

LG_MUST_USE struct lg_err policy_compare_init(struct compare *compare, const struct policy *before,
                                              const struct policy *after, struct arena *arena);
/* Compares one cell. False where nothing changed. */
bool policy_compare_cell(struct compare *compare, const struct cell_pair *cell,
                         struct change *out_change);
/* Fills the lens for a cell that a share clause governs in both or either version. */
void policy_lens_fill(struct compare *compare, const struct cell_pair *cell);
/* Whether the emergency of a version holds for role and purpose. number POLICY_NONE: none. */
bool policy_lens_holds(const struct policy *policy, uint32_t number, const struct probe_cell *cell);
/* MOVE_ bits of each setting between the two clauses of a change, by the words of the clauses
 * alone. Both sides are STANDING_SHARE. */
void policy_compare_settings(const struct compare *compare, const struct change *change,
                             uint8_t out_moves[static CELL_SETTINGS]);
/* The same of two hours or limits; POLICY_NO16: always, unlimited. */
uint8_t policy_compare_hours(const struct compare *compare, uint16_t before, uint16_t after);
uint8_t policy_compare_limits(const struct compare *compare, uint16_t before, uint16_t after);
/* Over all cells: changes and the rectangles that hold them. */
LG_MUST_USE struct lg_err policy_compare_cells(struct compare *compare);
void policy_rects_init(struct rects *rects, const uint32_t sizes[static SETS]);
/* A new rectangle with empty sets. LIMIT. */
LG_MUST_USE struct lg_err policy_rects_add(struct rects *rects, uint32_t change,
                                           struct arena *arena, struct rect **out_rect);
/* Joins rectangles that differ in one set only. The cells in them stay the same, but for those of a
 * party's own data, which nobody asks for: `police/sergeant` and `housing/manager` from police and
 * housing stands for each from the other. */
void policy_rects_merge(struct rects *rects);
static inline void policy_rect_set(struct rect *rect, int set, uint32_t bit) {
    rect->sets[rect->owner->first[set] + bit / 64] |= UINT64_C(1) << bit % 64;
}
static inline bool policy_rect_has(const struct rect *rect, int set, uint32_t bit) {
    return (rect->sets[rect->owner->first[set] + bit / 64] >> bit % 64 & 1U) != 0;
}
/* The lines, cells first. */
LG_MUST_USE struct lg_err policy_compare_sentences(struct compare *compare);
LG_MUST_USE struct lg_err policy_compare_terms(struct compare *compare);
/* Text that grows; its memory comes from the arena. */
struct phrase {
    struct arena *arena;
    uint8_t *bytes;
    size_t len;
    size_t size;
};
void policy_phrase_add(struct phrase *phrase, struct span text);
void policy_phrase_text(struct phrase *phrase, const char *text);
/* Before item `index` of `count`: nothing, ", " or " and " (or `last`). */
void policy_phrase_comma(struct phrase *phrase, size_t index, size_t count, const char *last);
/* ptr NULL where memory is used up. */
struct span policy_phrase_end(const struct phrase *phrase);
/* "keep 90 days, was 30 days" and so on: one setting of a change that moved. */
void policy_phrase_setting(const struct compare *compare, const struct change *change,
                           enum cell_setting setting, struct phrase *phrase);
/* "basis children-act, no consent, children only ..." of what is newly shared. */
void policy_phrase_terms(const struct compare *compare, const struct change *change,
                         struct phrase *phrase);
/* A line outside the cells. */
LG_MUST_USE struct lg_err policy_compare_line(struct compare *compare,
                                              enum policy_change_class class, struct span sentence);

#endif
