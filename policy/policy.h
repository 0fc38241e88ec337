/* SPDX-License-Identifier: Apache-2.0 */
/* Agreements as executable text: a compiler for the language of `.isa` files and the evaluator.
 *
 * Everything here is pure. Texts, the time and the facts about agreements, people and counters are
 * passed in; nothing is read, kept or changed anywhere else. A compiled policy never changes, so
 * any number of threads may use one at once.
 *
 *   text  -> policy_compile -> policy
 *   policies in force + request -> policy_decide -> permit            before anything is looked up
 *   permit + one source + consents of the person + counts -> policy_settle -> outcome
 *
 * A refusal is a value. Errors are only: a text that cannot be evaluated (CONFIG, with a diag), a
 * ceiling of gateway/base/limits.h or memory (LIMIT).
 *
 * Names inside requests and results are texts as the agreement spells them: a party ("housing"), a
 * role without its party ("manager"), a purpose, a basis, a field with its category
 * ("tenancy.rent-arrears"). An empty span means "not given". Spans that come out of a policy are
 * borrowed from it; those that come out of a permit or outcome live as long as arena and policies.
 */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/diag.h"
#include "gateway/base/err.h"
#include "gateway/base/span.h"
#include "gateway/model/model.h"

enum policy_error {
    POLICY_TEXT_WRONG = 1, /* CONFIG: the diag says line, sentence and nearest word */
    POLICY_TOO_LARGE, /* LIMIT: more agreements, sources or fields in one request than allowed */
    POLICY_MEMORY,    /* LIMIT: no memory, or the arena's budget is used up */
};

/* ---- Reasons -------------------------------------------------------------------------------- */

/* Stable codes in the order in which they are looked for; policy_reason_name gives the word that is
 * logged and sent. Numbers may change between versions, names never do. */
enum policy_reason {
    POLICY_REASON_NONE = 0, /* nothing refused so far */
    /* Verdicts that are no refusal of a field. */
    POLICY_PERMIT_CLAUSE,
    POLICY_PERMIT_EMERGENCY,
    POLICY_PARTIAL,
    POLICY_REDACTED,
    /* The agreement. */
    POLICY_NO_AGREEMENT, /* none in force, or the one named is not */
    POLICY_AGREEMENT_SUSPENDED,
    POLICY_AGREEMENT_NOT_SIGNED,
    POLICY_AGREEMENT_NOT_STARTED,
    POLICY_AGREEMENT_EXPIRED,
    POLICY_PARTY_WITHDRAWN,
    /* The names. */
    POLICY_NOT_A_PARTY,
    POLICY_ROLE_UNKNOWN,
    POLICY_TRAINING_NOT_CURRENT, /* the role asks for a training that nobody vouched for */
    POLICY_SAME_PARTY,
    POLICY_PURPOSE_UNKNOWN,
    POLICY_FIELD_UNKNOWN,
    POLICY_AGREEMENT_REVIEW_OVERDUE,
    /* Field by field. */
    POLICY_SOURCE_DOES_NOT_HOLD,
    POLICY_FLOOR_PROHIBITED,
    POLICY_PROHIBITED,
    POLICY_NO_CLAUSE,
    POLICY_EMERGENCY_ONLY,
    POLICY_BASIS_NOT_OPEN_TO_BODY, /* Article 6(1)(ea) cited by a public authority for its task */
    POLICY_BASIS_NOT_ACCEPTED,
    POLICY_STATEMENT_MISSING, /* that the requester needs the data for its own public task */
    /* The power or duty of a public authority: only where a statute register is in force. */
    POLICY_POWER_NOT_KNOWN, /* referred: a body or function that the register does not know */
    POLICY_POWER_MISSING,
    POLICY_POWER_NOT_COMMENCED,
    POLICY_POWER_CARVED_OUT,
    POLICY_PURPOSE_LOCKED, /* received under a statute that allows other functions only */
    POLICY_SUBJECT_NOT_COVERED,
    POLICY_CASE_REFERENCE_MISSING,
    POLICY_SECOND_PERSON_MISSING,
    POLICY_NECESSITY_MISSING, /* one of the five recorded reasons */
    POLICY_OUT_OF_HOURS,
    POLICY_NO_CONSENT_REASON_MISSING,
    POLICY_CONSENT_MISSING,
    POLICY_CONSENT_REFUSED,
    POLICY_CONSENT_WITHDRAWN,
    POLICY_CONSENT_EXPIRED,
    POLICY_CONSENT_OUT_OF_SCOPE,
    POLICY_CONSENT_NOT_EXPLICIT,
    POLICY_EMERGENCY_CANNOT_SET_ASIDE_REFUSAL,
    POLICY_CONFIDENTIALITY_NOT_KNOWN, /* referred: a person has to decide it */
    POLICY_CONFIDENTIALITY_NOT_MET,
    POLICY_OBJECTION_REGISTERED, /* referred */
    POLICY_OPT_OUT_UNKNOWN,      /* referred: the National Data Opt-Out was not read, or is stale */
    POLICY_OPT_OUT_APPLIES,
    POLICY_HOLDER_WITHHOLDS, /* Children Act 2004 s.16LA(3), or the choice that a power leaves */
    POLICY_RATE_LIMIT,
    /* A declared emergency that is not valid, in place of what it would have set aside. */
    POLICY_EMERGENCY_NOT_PROVIDED,
    POLICY_EMERGENCY_PURPOSE,
    POLICY_EMERGENCY_ROLE,
    POLICY_EMERGENCY_REASON,
    POLICY_EMERGENCY_RATIONALE,
    POLICY_EMERGENCY_LAPSED,
    POLICY_EMERGENCY_LIMIT,
    POLICY_EMERGENCY_REVIEWS_OVERDUE, /* too many reviews of this person's emergencies are late */
    POLICY_EMERGENCY_SECOND_PERSON,
    POLICY_REASON_END,
};

/* "PERMIT_CLAUSE" and so on; a static string. */
const char *policy_reason_name(enum policy_reason reason);
/* The reason with this name, or POLICY_REASON_END where there is none. */
enum policy_reason policy_reason_find(struct span name);
/* Every refusal that depends on facts about the person becomes POLICY_CONSENT_MISSING, so that
 * unknown, refused and never asked read the same. All others come back unchanged. */
enum policy_reason policy_reason_coarse(enum policy_reason reason);
/* True for the seven refusals that depend on the person's consent. */
bool policy_reason_is_consent(enum policy_reason reason);
/* True for these and for confidentiality, objection, opt-out and the holder's judgement: whatever
 * depends on facts about the person. */
bool policy_reason_is_personal(enum policy_reason reason);
/* True where the refusal means "not by this route": a named officer has to decide. */
bool policy_reason_is_referral(enum policy_reason reason);

/* ---- The compiled agreement ------------------------------------------------------------------ */

/* Immutable. Owns everything it points to, the text included. */
struct policy;

enum policy_class { POLICY_ORDINARY = 1, POLICY_SPECIAL, POLICY_CRIMINAL };
enum policy_existence { POLICY_EXISTENCE_UNSET, POLICY_OPEN, POLICY_HIDDEN };
enum policy_consent_rule {
    POLICY_CONSENT_NOT_NEEDED = 1,
    POLICY_CONSENT_REQUIRED,
    POLICY_CONSENT_UNLESS_EMERGENCY,
};
enum policy_basis_kind {
    POLICY_BASIS_STATUTORY = 1,
    POLICY_BASIS_CONSENT,
    POLICY_BASIS_VITAL,
    POLICY_BASIS_LAW_ENFORCEMENT,
    POLICY_BASIS_RECOGNISED_INTEREST,
};
/* One decision is under one of them. */
enum policy_regime { POLICY_REGIME_NONE, POLICY_REGIME_UK_GDPR, POLICY_REGIME_PART_3 };
/* What a source may learn of who asks. */
enum policy_tells { POLICY_TELLS_PERMIT = 1, POLICY_TELLS_PURPOSE, POLICY_TELLS_PERSON };
enum policy_recorder {
    POLICY_RECORDER_ANY,
    POLICY_RECORDER_SOURCE,
    POLICY_RECORDER_EITHER,
    POLICY_RECORDER_NOT_ASKER
};
enum policy_onward { POLICY_ONWARD_TO = 1, POLICY_ONWARD_ASK, POLICY_ONWARD_NO };

/* Compiles an agreement, and the floor with it where floor.len is not 0. `text` and `floor` are
 * copied. CONFIG POLICY_TEXT_WRONG with *diag filled where anything in either cannot be evaluated
 * (the sentence names the floor where the floor is at fault); LIMIT POLICY_MEMORY. The caller frees
 * it with policy_free once no permit made from it is in use. */
LG_MUST_USE struct lg_err policy_compile(struct span text, struct span floor, struct diag *diag,
                                         struct policy **out_policy);
void policy_free(struct policy **policy);

struct span policy_id(const struct policy *policy);
struct span policy_title(const struct policy *policy);
uint32_t policy_version(const struct policy *policy);
/* The text that was compiled, byte for byte; what the caller hashes is this. */
struct span policy_text(const struct policy *policy);
/* Data protection lead, as the agreement names the contact. */
struct span policy_contact(const struct policy *policy);
/* Privacy notice shown to people; empty where the agreement names none. */
struct span policy_notice(const struct policy *policy);
/* First and last day in local time, both included, and the day of review: days since 1970-01-01. */
struct policy_term_days {
    int32_t first_day;
    int32_t last_day;
    int32_t review_day;
    uint32_t grace_days;
};
struct policy_term_days policy_days(const struct policy *policy);
/* The local day of a moment in the agreement's time zone, days since 1970-01-01. */
int32_t policy_local_day(const struct policy *policy, int64_t at_s);
/* A moment as clocks in London show it. weekday: 0 is Monday. */
struct policy_london {
    uint32_t weekday;
    uint32_t minute;      /* of the day */
    bool is_bank_holiday; /* in England and Wales */
};
struct policy_london policy_london_time(int64_t at_s);
/* Writes "YYYY-MM-DD" and a NUL. */
void policy_day_text(int32_t day, char out[static 11]);
/* Exactly YYYY-MM-DD and a day of the calendar, 1900 to 2999; false otherwise. */
bool policy_day_parse(struct span text, int32_t *out_day);

struct policy_party {
    struct span id;
    struct span name;
    struct span legal_entity;
    bool is_public_authority;
    bool is_competent_authority;
    bool lookup_is_plain; /* look-up: plain; blind otherwise */
    enum policy_existence existence;
};
struct policy_role {
    struct span party;
    struct span id;       /* without the party */
    struct span training; /* empty where none is asked for */
    uint32_t holders_max; /* 0: none stated */
};
struct policy_field {
    struct span id; /* "category.field" */
    struct span category;
    enum policy_class data_class;
};
struct policy_clause {
    struct span id;
    struct span title;
    uint32_t line;
    bool is_never;
    bool is_floor;
    bool is_enrol;
};

/* Each list in the order of the file; index below the count. */
size_t policy_party_count(const struct policy *policy);
struct policy_party policy_party_at(const struct policy *policy, size_t index);
size_t policy_role_count(const struct policy *policy);
struct policy_role policy_role_at(const struct policy *policy, size_t index);
size_t policy_field_count(const struct policy *policy);
struct policy_field policy_field_at(const struct policy *policy, size_t index);
size_t policy_clause_count(const struct policy *policy);
struct policy_clause policy_clause_at(const struct policy *policy, size_t index);
size_t policy_purpose_count(const struct policy *policy);
struct span policy_purpose_at(const struct policy *policy, size_t index);
size_t policy_category_count(const struct policy *policy);
struct span policy_category_at(const struct policy *policy, size_t index);
/* How people read the name; empty where the agreement does not have it. */
struct span policy_purpose_title(const struct policy *policy, struct span id);
struct span policy_category_title(const struct policy *policy, struct span id);
/* Names of the generalisation rules, for whoever applies them. */
size_t policy_rule_count(const struct policy *policy);
struct span policy_rule_at(const struct policy *policy, size_t index);

/* False where there is none of this name. */
bool policy_party_find(const struct policy *policy, struct span id, struct policy_party *out_party);
bool policy_role_find(const struct policy *policy, struct span party, struct span role,
                      struct policy_role *out_role);
bool policy_field_find(const struct policy *policy, struct span id, struct policy_field *out_field);
bool policy_clause_find(const struct policy *policy, struct span id,
                        struct policy_clause *out_clause);
/* True where the purpose is `wider` itself or lies within it. */
bool policy_purpose_covers(const struct policy *policy, struct span wider, struct span purpose);
/* True where the party holds the category of the field. */
bool policy_source_holds(const struct policy *policy, struct span party, struct span field);

/* ---- The request ------------------------------------------------------------------------------
 */

/* A text under which nothing is asked, and whose word on data binds all the same: an agreement that
 * ended, a version that was superseded, or, where a decision is replayed, one that was in force
 * beside those that were asked. */
struct policy_bystander {
    const struct policy *policy;
    uint8_t hash[32]; /* as in struct policy_force */
    bool
        is_superseded; /* by a version of its own: how it says that data was received binds alone */
};

/* One agreement in force and what happened to it since it was signed. A party in `suspended` has
 * suspended its own clauses; one in `withdrawn` has left; one in `unsigned_parties` has not signed.
 */
struct policy_force {
    const struct policy *policy;
    uint8_t hash[32]; /* SHA-256 by which decision records name the text and its floor */
    bool is_suspended;
    bool is_unsigned;
    struct span_list suspended;
    struct span_list unsigned_parties;
    struct span_list withdrawn;
    bool has_review_day; /* a review moved the day that the text names */
    int32_t review_day;
    /* Whichever agreement they once belonged to: the same in all that are in force at once. */
    const struct policy_bystander *bystanders;
    size_t bystander_count;
};

/* Whether the text says of data what binds under every other agreement too, also once it is no
 * longer in force: `received under` and, but for one that was superseded, `patient information:
 * yes` and `confidential: yes`. */
bool policy_binds(const struct policy *policy, bool is_superseded);
/* Whether `other` says all of that as well, so that the text adds nothing to it. */
bool policy_binds_within(const struct policy *policy, const struct policy *other,
                         bool is_superseded);

/* Zeroed: none declared. */
struct policy_emergency {
    bool is_declared;
    struct span id; /* section of the agreement; empty: the first that holds */
    struct span reason;
    uint32_t rationale_chars; /* characters, not bytes */
    bool has_age;
    uint32_t age_min; /* minutes since it was declared */
    uint32_t count;   /* emergencies this person declared earlier inside the window */
    uint32_t overdue; /* reviews of them that are late */
    /* Of the person asked about. An adult who can consent, or may, is not overridden on vital
     * interests alone (UK GDPR article 9(2)(c)). Unstated: not asked, and nothing follows. */
    enum capacity capacity;
};

enum policy_capacity { POLICY_CAPACITY_NOT_KNOWN, POLICY_CAPACITY_HAS, POLICY_CAPACITY_LACKS };
/* The five recorded reasons, in the order in which they are asked. */
enum policy_necessity {
    POLICY_PROPORTIONATE,
    POLICY_LAWFUL,
    POLICY_ACCOUNTABLE,
    POLICY_NECESSARY,
    POLICY_LEAST_INTRUSIVE,
    POLICY_NECESSITIES,
};

/* Missing facts fail the check that needs them. All spans borrowed for the life of the permit. */
struct policy_request {
    struct span agreement; /* empty: resolved among all in force */
    int64_t at_s;          /* UTC */
    struct span recipient; /* party */
    struct span role;
    struct span_list trainings; /* that the person is vouched to have current */
    struct span_list sources;   /* none: every party but the recipient */
    struct span_list fields;    /* none: every field that some clause governs for this caller */
    struct span purpose;
    struct span basis;
    enum age_class age_class;
    bool has_case_reference;
    bool has_second_person;        /* another person of the recipient confirmed the question */
    struct span no_consent_reason; /* cannot-give, cannot-reasonably-obtain, would-prejudice */
    bool has_statement;            /* requester's, recorded: policy/law/axes.h tells what of */
    bool has_compelling_reason;    /* recorded, why an objection does not stand (Article 21) */
    uint32_t necessity;            /* recorded reasons, bit 1 << enum policy_necessity */
    enum policy_capacity capacity; /* of the person, to decide this (Mental Capacity Act 2005) */
    struct policy_emergency emergency;
};

/* ---- The permit -------------------------------------------------------------------------------
 */

/* What agreements in force allow, decided before anything is looked up. Only policy_decide makes
 * one. Lives in the arena it was made in; needs the policies it was made from. */
struct permit;

/* What is known of one field of one source before the person is. Where refusal is
 * POLICY_REASON_NONE, clause governs and consent, limit and a missing reason are still to be
 * settled; otherwise the field is refused whatever the person's consents say. */
struct policy_term {
    struct span field;
    struct span category;
    enum policy_class data_class;
    enum policy_reason refusal;
    struct span agreement;
    uint32_t agreement_version;
    struct span clause; /* that decided; empty where none did */
    uint32_t clause_line;
    enum treatment treatment; /* NONE where refused */
    struct span rule;         /* with GENERALISE */
    uint32_t group_min;       /* with AGGREGATE: smallest group */
    enum policy_consent_rule consent;
    enum policy_basis_kind basis_kind;
    struct span receives_under; /* recipient's basis where it differs */
    enum policy_regime regime;
    bool is_duty;             /* silence means share, and the holder records why not */
    bool holder_may_withhold; /* the duty or power leaves it to the holder's judgement */
    bool law_unchecked;       /* nobody has checked the register's entry */
    bool purpose_lock;        /* it serves no other function: the recipient is told */
    bool regime_crossing;     /* the recipient holds it under the other regime */
    bool is_hidden;           /* existence */
    enum policy_tells tells;
    enum policy_recorder recorder;
    bool consent_shown;
    bool emergency_used; /* a check above was set aside already */
    bool review_due;     /* the agreement's day of review has passed */
    uint32_t keep_days;  /* 0: none stated */
    enum policy_onward onward;
    struct span onward_party;   /* with TO and ASK */
    struct span onward_purpose; /* with TO */
    int32_t data_from_day;      /* oldest record date shared; INT32_MIN: no bound */
    size_t limit;               /* index for policy_permit_limit; POLICY_LIMIT_NONE */
};

#define POLICY_LIMIT_NONE SIZE_MAX

/* count uses in a window of window_s seconds; count 0: not limited. */
struct policy_rate {
    uint32_t count;
    uint32_t window_s;
};
struct policy_limit {
    struct span agreement;
    struct span id;
    struct policy_rate per_person;  /* the person who asks */
    struct policy_rate per_agency;  /* the asking party */
    struct policy_rate per_subject; /* the person asked about */
};

/* Decides for every source and field on its own. With no fields named, a field that no clause
 * governs is left out; where that leaves a source without any, its refusal says why. INPUT never:
 * unknown names are refusals. LIMIT POLICY_TOO_LARGE above LIMIT_POLICY_SOURCES or
 * LIMIT_POLICY_ASKED, POLICY_MEMORY. `force` and `request` are copied; what their spans point to is
 * borrowed. */
LG_MUST_USE struct lg_err policy_decide(const struct policy_force *force, size_t force_count,
                                        const struct policy_request *request, struct arena *arena,
                                        const struct permit **out_permit);

const struct policy_request *policy_permit_request(const struct permit *permit);
size_t policy_permit_source_count(const struct permit *permit);
struct span policy_permit_source(const struct permit *permit, size_t source);
/* POLICY_REASON_NONE where a field of this source may still be shared; else why none is. */
enum policy_reason policy_permit_refusal(const struct permit *permit, size_t source);
/* True where the agreement hides from this caller whether the source knows the person; a source
 * with one such field is hidden for the whole question. */
bool policy_permit_is_hidden(const struct permit *permit, size_t source);
/* The least that any clause in use lets this source learn of who asks. */
enum policy_tells policy_permit_tells(const struct permit *permit, size_t source);
size_t policy_permit_term_count(const struct permit *permit, size_t source);
/* Valid as long as the permit. Of several agreements the one that comes first: one that shares
 * before one that refuses; of refusals the one whose failed check comes last, all codes of one
 * check being equally far; then the most specific clause, the most restrictive treatment, the
 * lowest id.
 */
const struct policy_term *policy_permit_term(const struct permit *permit, size_t source,
                                             size_t field);
/* The limits that the fields still to be settled fall under, without repeats. */
size_t policy_permit_limit_count(const struct permit *permit);
struct policy_limit policy_permit_limit(const struct permit *permit, size_t limit);
/* Whether anything at all may still be shared. */
bool policy_permit_is_open(const struct permit *permit);
/* Verdict of this half alone, over all sources: what CanAsk answers. Fields that still need consent
 * count as shared. Spans from the arena. LIMIT POLICY_MEMORY. */
LG_MUST_USE struct lg_err policy_permit_verdict(const struct permit *permit, struct arena *arena,
                                                struct verdict *out_verdict);

/* ---- Settling ----------------------------------------------------------------------------------
 */

/* Earlier questions inside the windows of one limit. */
struct policy_counts {
    uint32_t person;
    uint32_t agency;
    uint32_t subject;
};

/* The National Data Opt-Out as the source's connector read it. Zeroed: not known. */
struct policy_opt_out {
    bool is_known;
    bool applies;
    int32_t as_of_day; /* of the file exchange, days since 1970-01-01 */
};

/* The facts about the person that were read: all consents in any order (newest is the highest
 * log_index, then recorded_ms), and counts, one for each limit of the permit in its order. counts
 * NULL with a limit in force refuses RATE_LIMIT. */
struct policy_facts {
    const struct consent *consents;
    size_t consent_count;
    const struct policy_counts *counts;
    size_t count_count;
    struct policy_opt_out opt_out; /* of this source */
    bool holder_withholds;         /* the source judges that sharing does more harm */
};

/* Sixteen checks in two bits each, bit 2*check up. */
enum policy_mark { POLICY_NOT_ASKED, POLICY_PASSED, POLICY_FAILED, POLICY_SET_ASIDE };
enum policy_check {
    POLICY_CHECK_AGREEMENT,
    POLICY_CHECK_NAMES,
    POLICY_CHECK_REVIEW,
    POLICY_CHECK_HOLDS,
    POLICY_CHECK_FLOOR,
    POLICY_CHECK_NEVER,
    POLICY_CHECK_SHARE,
    POLICY_CHECK_EMERGENCY,
    POLICY_CHECK_BASIS,
    POLICY_CHECK_SUBJECT,
    POLICY_CHECK_CASE,
    POLICY_CHECK_SECOND_PERSON,
    POLICY_CHECK_HOURS,
    POLICY_CHECK_REASON,
    POLICY_CHECK_CONSENT,
    POLICY_CHECK_LIMIT,
};

/* The verdict on one field. Exactly one of: refusal set and treatment NONE; refusal NONE and a
 * treatment (REDACT: the field is left out, by the clause's own word). */
struct policy_ruling {
    const struct policy_term *term; /* of the agreement that was used */
    enum policy_reason refusal;
    /* What the requester may read in its place. Where the agreement does not show what the person
     * said, the same for all that it might be: what somebody who was never asked would be told. */
    enum policy_reason told;
    enum treatment treatment;
    bool by_emergency;
    bool objection_noted;
    struct span basis; /* that is recorded: the emergency's where it was used */
    uint32_t checks;
    /* Of the facts that were passed in: the newest consent of this scope, by which the consent
     * check went, or the duty of confidence where that is the reason; and the newest older one
     * that says the opposite and was set aside for it. NULL: none. */
    const struct consent *consent;
    const struct consent *conflicts;
    /* The person's explicit permission by which the duty of confidence was met, or to which the
     * National Data Opt-Out yields; NULL: the ruling rests on none. */
    const struct consent *permission;
    uint32_t axes; /* the six verdicts: policy/law/axes.h */
    /* An objection would send it to an officer, and none stands; the newest one of this scope,
     * which was lifted, or NULL. */
    bool is_objectable;
    const struct consent *lifted;
    /* With it: bit 1 << enum consent_kind, the kinds of which a refusal is one too. */
    uint32_t objection_kinds;
};

/* The person's part of the decision for one source. rulings[i] is about field i of the permit. */
struct policy_outcome {
    const struct policy_ruling *rulings;
    size_t ruling_count;
    enum decision decision;
    enum policy_reason reason; /* refused: of the field that got furthest, then of the first */
    enum policy_reason told;   /* of the same field: as that of its ruling */
    struct span agreement;
    struct span_list clauses; /* in field order without repeats */
    struct duties duties;     /* obligations sorted; keep_days the shortest, onward the strictest */
};

/* Settles one source of a permit for one person. LIMIT POLICY_MEMORY. */
LG_MUST_USE struct lg_err policy_settle(const struct permit *permit, size_t source,
                                        const struct policy_facts *facts, struct arena *arena,
                                        struct policy_outcome *out_outcome);
/* The same for several sources at once: decision, reason, clauses and duties over all of them in
 * order, rulings empty. */
LG_MUST_USE struct lg_err policy_combine(const struct policy_outcome *outcomes, size_t count,
                                         struct arena *arena, struct policy_outcome *out_outcome);
/* Every obligation as the cases write it, sorted: keep=90d, onward=no, min-group=10,
 * objection-noted, ... LIMIT POLICY_MEMORY. */
LG_MUST_USE struct lg_err policy_duty_codes(const struct duties *duties, struct arena *arena,
                                            struct span_list *out_codes);

/* ---- Sentences ----------------------------------------------------------------------------------
 */

/* What the requester is told about one field: "Refused. Clause 8.3 is open at other hours." Consent
 * is coarse for special and criminal classes. ptr NULL where memory is used up. */
struct span policy_sentence(const struct permit *permit, size_t source,
                            const struct policy_ruling *ruling, struct arena *arena);
/* What would make it lawful, empty where nothing would; never "declare an emergency" unless the
 * role may, never another purpose. */
struct span policy_remedy(const struct permit *permit, size_t source,
                          const struct policy_ruling *ruling, struct arena *arena);
/* A ruling for a term that was refused before it was settled, to make sentences from. */
struct policy_ruling policy_ruling_of(const struct permit *permit, size_t source, size_t field);
/* The plain sentence of a reason without a case, for lists and manuals: a static string. */
const char *policy_reason_sentence(enum policy_reason reason);

/* ---- Who may be found, who may be enrolled
 * --------------------------------------------------------- */

/* For Find, reads of consent and searches of the log: the sources whose knowing of a person this
 * caller may learn, being those with open existence and at least one field that this permit does
 * not refuse or redact. Decide with no sources and no fields named to ask about all. LIMIT
 * POLICY_MEMORY. */
LG_MUST_USE struct lg_err policy_permit_findable(const struct permit *permit, struct arena *arena,
                                                 struct span_list *out_sources);

struct policy_enrolment {
    enum policy_reason refusal; /* NONE: allowed */
    struct span agreement;
    struct span clause;
    uint32_t classes;       /* bit 1 << enum token_class */
    uint32_t keep_days;     /* 0: none stated */
    bool return_on_leaving; /* delete otherwise */
};

/* Whether a party may put people of a population into the index, and under which classes. An empty
 * population needs a clause for `all`. Where several clauses and agreements allow, the classes are
 * joined and the first clause is named. */
struct policy_enrolment policy_enrol_find(const struct policy_force *force, size_t force_count,
                                          struct span party, struct span population, int64_t at_s);

#endif
