/* SPDX-License-Identifier: Apache-2.0 */
/* The compiled form, inside policy/ only. Names are small numbers: the position of their section in
 * the file. POLICY_NO16 stands for "none" where a number is optional.
 *
 * The folders, in the order in which a text and then a question pass them: text/ lines and words,
 * register/ the law as data, load/ a text to this form, lint/ and compare/ what is doubtful and
 * what changes, decide/ permit and outcome, law/ the six axes inside the decision, record/ what is
 * kept of one, explain/ its sentences, print/ and format/ the agreement on paper, cases/ its tests.
 */
#ifndef POLICY_POLICY_INT_H
#define POLICY_POLICY_INT_H

#include "gateway/base/limits.h"
#include "policy/law/law_int.h"
#include "policy/policy.h"
#include "policy/text/names.h"

#define POLICY_NO16 UINT16_MAX

/* A set of small numbers: one bit each. */
struct bits {
    uint64_t *words;
    uint32_t size;
};

static inline bool policy_bits_has(const struct bits *bits, uint32_t bit) {
    return bit < bits->size && ((bits->words[bit / 64] >> (bit % 64)) & 1U) != 0;
}

static inline void policy_bits_add(struct bits *bits, uint32_t bit) {
    bits->words[bit / 64] |= UINT64_C(1) << (bit % 64);
}

static inline uint32_t policy_bits_words(uint32_t size) {
    return (size + 63) / 64;
}

struct party {
    struct policy_party shown;
    struct span signs_as;
    struct span key;
    struct span joint_controller;
    struct party_law law;
};

struct role {
    struct policy_role shown;
    uint16_t party;
};

struct purpose {
    struct span id;
    struct span title;
    struct span dpv;
    uint32_t line;   /* of its section */
    uint16_t parent; /* POLICY_NO16 at the top */
    struct purpose_law law;
};

struct basis {
    struct span id;
    struct span title;
    enum policy_basis_kind kind;
    bool has_article9;
    bool has_article10;
    struct bits covers;     /* purposes, those within included */
    uint8_t reason_classes; /* bit 1 << enum policy_class: a reason for no consent is needed */
    struct basis_law law;
};

struct category {
    struct span id;
    struct span title;
    enum policy_class data_class;
    enum policy_existence existence;
    bool is_confidential;
    struct bits holders; /* parties */
    uint32_t first_field;
    uint32_t field_count;
    struct category_law law;
};

struct field {
    struct span id; /* "category.field" */
    uint16_t category;
};

struct rule {
    struct span id;
    struct span title;
};

/* week: one bit a minute from Monday 00:00 local time. closed: days since 1970, sorted by nothing.
 */
struct hours {
    struct span id;
    struct span text;
    struct bits week;
    int32_t *closed_days;
    uint32_t closed_count;
    bool closed_on_bank_holidays;
};

struct limit {
    struct span id;
    struct policy_rate per_person;
    struct policy_rate per_agency;
    struct policy_rate per_subject;
};

enum target_kind { TARGET_ANY, TARGET_PARTY, TARGET_ROLE };

/* One entry of `to` or `who`: any, a whole party (PARTY and a star) or PARTY/ROLE. index is a party
 * or a role. */
struct target {
    enum target_kind kind;
    uint32_t index;
};

struct targets {
    struct target *items;
    uint32_t count;
};

/* Fields named in a setting. A category stands for all its fields, `any` for all there are. */
enum data_kind { DATA_FIELD, DATA_CATEGORY };

struct datum {
    enum data_kind kind;
    uint32_t index;
    uint16_t arm; /* of a share clause */
    uint32_t line;
    const uint8_t *at; /* first byte in the text that was read; only of use while it is compiled */
};

struct data {
    struct datum *items;
    uint32_t count;
};

struct onward {
    enum policy_onward kind;
    uint16_t party;
    uint16_t purpose;
};

enum clause_kind { CLAUSE_SHARE, CLAUSE_NEVER, CLAUSE_ENROL };
enum subject_kind { SUBJECT_ANYONE, SUBJECT_CHILDREN, SUBJECT_ADULTS };
enum consent_meaning {
    CONSENT_IS_UNSET,
    CONSENT_IS_BASIS,
    CONSENT_IS_CONFIDENTIALITY,
    CONSENT_IS_SERVICE
};
enum data_from_kind { DATA_FROM_NONE, DATA_FROM_DAY, DATA_FROM_LAST };

struct clause {
    struct policy_clause shown;
    enum clause_kind kind;
    bool from_any;
    struct bits from; /* parties */
    struct targets to;
    struct bits purposes; /* as named: not what lies within */
    bool any_purpose;     /* never clauses that name none */
    struct data data;
    uint32_t reach; /* fields that data comes to, categories spelt out */
    bool unless_emergency;
    /* share */
    uint64_t bases;
    struct span receives_under;
    enum policy_consent_rule consent;
    enum consent_meaning consent_is;
    bool requires_case;
    bool requires_reason;
    bool requires_second;
    struct clause_law law;
    enum subject_kind about;
    bool when_emergency;
    uint32_t group_min;
    uint16_t hours; /* POLICY_NO16: at all hours */
    uint16_t limit;
    uint32_t keep_days;
    struct onward onward;
    enum data_from_kind data_from;
    int32_t data_from_value; /* a day, or how many days before the request */
    enum policy_existence existence;
    enum policy_tells tells;
    enum policy_recorder recorder;
    bool consent_shown;
    /* enrol */
    bool people_all;
    struct span_list people;
    uint32_t classes;
    bool return_on_leaving;
};

/* How a share clause treats some of its fields. Rows hold arms. */
struct arm {
    uint16_t clause;
    uint16_t rule; /* with GENERALISE */
    uint8_t treatment;
    bool is_category; /* named by its category: gives way to a field by name */
};

/* What stands in the way of a cell. Each is a clause, POLICY_NO16 where none. arm + 1, 0: none. */
struct ban {
    uint16_t floor;
    uint16_t hard;
    uint16_t soft; /* unless: emergency */
    uint16_t arm1;
};

struct emergency {
    struct span id;
    uint32_t line;
    struct bits declared_by; /* roles */
    struct bits refusal_by;
    struct bits purposes; /* those within included */
    uint16_t basis;
    uint16_t basis_for_refusal;
    struct span_list reasons;
    uint32_t rationale_min;
    uint32_t lasts_min;
    bool sets_aside_consent;
    bool sets_aside_hours;
    bool sets_aside_limit;
    bool sets_aside_review;
    struct span tell;
    uint32_t tell_min;
    uint32_t check_days;
    struct policy_rate at_most;
    bool requires_second;
    uint32_t second_from;  /* overdue reviews from which a second person is needed; 0: never */
    uint32_t refused_from; /* and from which nothing is declared; 0: never */
};

enum promise_kind { PROMISE_NEVER, PROMISE_ALWAYS };

struct promise {
    struct span id;
    uint32_t line;
    enum promise_kind kind;
    struct targets who;
    struct data sees;
    bool from_any;
    struct bits from;
    bool any_purpose;
    struct bits purposes; /* those within included */
    bool without_consent;
    bool unless_emergency;
};

enum zone { ZONE_UTC, ZONE_LONDON };

/* Row entries: 0 none; below ROW_BAN an arm + 1; else ROW_BAN | index of a ban. */
enum { ROW_BAN = 0x8000 };

struct table {
    uint32_t *index; /* [role][source][purpose] -> row */
    uint16_t *rows;  /* [row][field] */
    uint32_t row_count;
    struct ban *bans;
    uint32_t ban_count;
};

struct policy {
    struct arena *arena;
    struct span text;
    struct span id;
    struct span title;
    struct span contact;
    struct span notice;
    struct span law;
    bool needs_law;                         /* `law:` */
    bool has_locks;                         /* a category has `received under` */
    bool has_marks;                         /* one is patient information, or confidential */
    const struct policy_register *statutes; /* NULL: none */
    struct span assessment;
    uint32_t version;
    uint32_t replaces;
    struct policy_term_days days;
    enum zone zone;
    bool both_sides; /* signatures needed: both sides */
    uint16_t lead;
    bool return_on_leaving;
    bool return_on_expiry;
    uint32_t default_keep_days; /* 0: the defaults are silent */

    struct names party_names;
    struct names role_names; /* "party/role" */
    struct names purpose_names;
    struct names basis_names;
    struct names category_names;
    struct names field_names;
    struct names rule_names;
    struct names hours_names;
    struct names limit_names;
    struct names clause_names;
    struct names emergency_names;

    struct party *parties;
    struct role *roles;
    struct purpose *purposes;
    struct basis *bases;
    struct category *categories;
    struct field *fields;
    struct rule *rules;
    struct hours *hours;
    struct limit *limits;
    struct clause *clauses; /* the agreement's in file order, then the floor's */
    uint32_t own_clause_count;
    uint32_t clause_count;
    struct arm *arms;
    uint32_t arm_count;
    struct emergency *emergencies;
    struct promise *promises;
    uint32_t promise_count;
    struct table table;
};

/* ---- lookups shared by compile and evaluation --------------------------------------------------
 */

/* Steps from `purpose` up to `wider`, 0 where equal; UINT32_MAX where it does not lie within. */
uint32_t policy_purpose_steps(const struct policy *policy, uint32_t wider, uint32_t purpose);
/* 0 no match, 1 any, 2 the agency, 3 the role: the nearest entry of the list. */
uint32_t policy_targets_match(const struct policy *policy, const struct targets *targets,
                              uint32_t role);
/* How closely a share clause fits a cell that it matches, without its data. A larger number is more
 * specific: recipient, then purpose, then source. */
uint32_t policy_clause_fit(const struct policy *policy, const struct clause *clause, uint32_t role,
                           uint32_t source, uint32_t purpose);
/* The row entry of a cell. */
uint16_t policy_table_get(const struct policy *policy, uint32_t role, uint32_t source,
                          uint32_t purpose, uint32_t field);
/* Existence of a category of a source under a clause: what is said most closely decides, hidden
 * before open; special and criminal classes are hidden where nobody says anything. */
bool policy_is_hidden(const struct policy *policy, uint32_t source, uint32_t category,
                      const struct clause *clause);
/* Data bit of an arm's specificity, above everything of policy_clause_fit. */
enum { POLICY_FIT_FIELD = 1 << 24 };

LG_MUST_USE struct lg_err policy_bits_init(struct bits *bits, uint32_t size, struct arena *arena);
LG_MUST_USE struct lg_err policy_no_memory(void);

/* Whether a basis may carry a disclosure from this source for this purpose and class (design,
 * "Basis fits"). A clause or an emergency names it, so that it has what the class needs (E03). */
bool policy_basis_carries(const struct policy *policy, uint32_t basis, uint32_t purpose,
                          enum policy_class data_class);
bool policy_basis_suits_parties(const struct policy *policy, uint32_t basis, uint32_t source,
                                uint32_t recipient);

#endif
