/* SPDX-License-Identifier: Apache-2.0 */
/* The decision record: what the decision on one question saw and said, in numbers. It goes into the
 * sealed parts of the log, so that a decision can be explained and replayed years later against the
 * text in force at the time.
 *
 * Two records: that of the question, made once its permit is, and one for each source, made when it
 * is settled. Names are numbers of the agreement's text, which the record names by hash; a name
 * that no agreement knew is kept as "unknown" and never as text. So there is no data, no free text
 * and no rationale in a record, and its length follows from the permit alone: a source's record is
 * as long for a person whom it knows as for one whom it does not.
 *
 *   policy_decide -> policy_record_ask_make  -> policy_record_ask_write  -> bytes
 *   policy_settle -> policy_record_part_make -> policy_record_part_write -> bytes
 *   bytes -> policy_record_ask_read,  texts by hash -> policy_record_request -> policy_decide
 *   bytes -> policy_record_part_read, the new permit -> policy_record_facts  -> policy_settle
 *
 * A replay against the same texts gives the same rulings, unless is_whole is false. The formats are
 * drawn in policy/record/write.c. */
#ifndef POLICY_RECORD_RECORD_H
#define POLICY_RECORD_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/bytes.h"
#include "gateway/base/err.h"
#include "gateway/base/limits.h"
#include "gateway/base/limits_explain.h"
#include "policy/policy.h"

enum policy_record_error {
    POLICY_RECORD_WRONG = 32, /* INPUT: bytes that are no record of this version */
    POLICY_RECORD_TEXT,       /* INPUT: a number that this text does not have */
};

enum {
    POLICY_RECORD_HASH_SIZE = 32,
    POLICY_RECORD_TRAININGS_MAX = LIMIT_POLICY_RECORD_TRAININGS,
    POLICY_RECORD_STANDINGS_MAX = LIMIT_POLICY_RECORD_STANDINGS,
    POLICY_RECORD_BYSTANDERS_MAX = LIMIT_POLICY_RECORD_BYSTANDERS,
    POLICY_RECORD_FIELDS_MAX = LIMIT_POLICY_RECORD_FIELDS,
    POLICY_RECORD_CATEGORIES_MAX = LIMIT_POLICY_RECORD_CATEGORIES,
    POLICY_RECORD_CONSENTS_MAX = LIMIT_POLICY_RECORD_CONSENTS,
    POLICY_RECORD_LIMITS_MAX = LIMIT_POLICY_RECORD_LIMITS,
};

/* SHA-256 over text, floor and register edition, as whoever holds the files makes it. */
struct policy_record_hash {
    uint8_t bytes[POLICY_RECORD_HASH_SIZE];
};

/* A name: the number that it has in an agreement of the record, or POLICY_RECORD_NOT_GIVEN, or
 * POLICY_RECORD_UNKNOWN to all agreements (number: which of the unknown ones). */
enum { POLICY_RECORD_NOT_GIVEN = 0xff, POLICY_RECORD_UNKNOWN = 0xfe };
struct policy_record_name {
    uint8_t agreement;
    uint16_t number;
};

/* One agreement that the question may fall under, in the order of policy_decide. */
struct policy_record_agreement {
    struct policy_record_hash hash;
    uint32_t version;
    bool is_suspended;
    bool is_unsigned;
};

/* A text that was not asked and whose word on data bound all the same. */
struct policy_record_bystander {
    struct policy_record_hash hash;
    bool is_superseded;
};

/* What became of a party of an agreement. */
enum policy_record_state {
    POLICY_RECORD_SUSPENDED = 1,
    POLICY_RECORD_NOT_SIGNED,
    POLICY_RECORD_WITHDRAWN,
};
struct policy_record_standing {
    struct policy_record_name party;
    enum policy_record_state state;
};

/* The closed list of reasons for not asking the person. */
enum policy_record_no_consent {
    POLICY_RECORD_NO_REASON,
    POLICY_RECORD_CANNOT_GIVE,
    POLICY_RECORD_CANNOT_OBTAIN,
    POLICY_RECORD_WOULD_PREJUDICE,
    POLICY_RECORD_OTHER_REASON, /* a word that is not on the list */
};

struct policy_record_emergency {
    bool is_declared;
    bool has_age;
    struct policy_record_name section;
    struct policy_record_name reason; /* running number over the reasons of all sections */
    uint32_t rationale_chars;
    uint32_t age_min;
    uint32_t count;
    uint32_t overdue;
    enum capacity capacity;
};

/* The facts of the question. Lists from the arena. */
struct policy_record_ask {
    bool is_whole; /* false: more trainings, standings or bystanders than a record holds */
    int64_t at_s;
    const struct policy_record_agreement *agreements;
    size_t agreement_count;              /* 0: none covers it */
    struct policy_record_name agreement; /* that was named; number 0 where it is one of these */
    struct policy_record_name recipient;
    struct policy_record_name role;
    struct policy_record_name purpose;
    struct policy_record_name basis;
    enum age_class age_class;
    bool has_case_reference;
    bool has_second_person;
    bool has_statement;
    bool has_compelling_reason;
    enum policy_record_no_consent no_consent;
    uint8_t reasons_given; /* bit i: the i-th of the five reasons */
    enum policy_capacity capacity;
    struct policy_record_emergency emergency;
    const struct policy_record_name *trainings; /* number of a role that asks for it */
    size_t training_count;
    const struct policy_record_name *sources; /* none: every party was asked */
    size_t source_count;
    const struct policy_record_name *fields; /* none: every field was asked for */
    size_t field_count;
    const struct policy_record_standing *standings;
    size_t standing_count;
    const struct policy_record_bystander *bystanders;
    size_t bystander_count;
};

/* The ruling on one field. */
struct policy_record_field {
    uint8_t agreement;         /* whose ruling it is; POLICY_RECORD_UNKNOWN: there was none */
    uint16_t field;            /* number there, UINT16_MAX where it does not know the name */
    uint16_t clause;           /* number there, the floor's after its own; UINT16_MAX: none */
    enum policy_reason reason; /* NONE: shared */
    enum treatment treatment;
    bool by_emergency;
    bool objection_noted;
    uint32_t checks; /* two bits each: policy.h, enum policy_mark */
    uint32_t axes;   /* policy/law/axes.h */
};

/* A fact of consent as far as the question is concerned. */
enum policy_record_recorder {
    POLICY_RECORD_BY_NOBODY,
    POLICY_RECORD_BY_SOURCE,
    POLICY_RECORD_BY_RECIPIENT,
    POLICY_RECORD_BY_OTHER,
};
struct policy_record_consent {
    enum consent_state state;
    bool is_explicit;
    bool every_purpose; /* the fact names none, so it covers all; likewise below */
    bool every_category;
    bool every_recipient;
    bool every_source;
    enum policy_record_recorder recorder;
    enum consent_kind kind;
    int32_t from_day;  /* INT32_MIN: none; INT32_MAX: cannot be read */
    int32_t until_day; /* likewise: the last day */
    uint64_t revision; /* index of its entry in the log */
    int64_t recorded_ms;
    uint64_t categories; /* bit i: categories[i] of the part */
    uint16_t agreements; /* bit i: covers the purpose by agreement i of the question */
};

struct policy_record_limit {
    struct policy_record_name limit;
    struct policy_counts counts; /* before this question; UINT32_MAX: not known */
};

/* What was decided of one source. Lists from the arena. */
struct policy_record_part {
    bool is_whole;       /* false: more facts than a record holds */
    bool opted_out;      /* the source said so */
    bool is_withheld;    /* by the source's own judgement */
    bool opt_out_known;  /* its opt-out file was read; otherwise opted_out is false and the day 0 */
    int32_t opt_out_day; /* of that file, days since 1970-01-01 */
    /* Bit i: a consent of kind i was given, though perhaps not for this. */
    uint8_t given_kinds;
    struct policy_record_name source;
    enum decision decision;
    enum policy_reason reason;
    size_t field_total; /* that were decided on; field_count of them are here */
    const struct policy_record_field *fields;
    size_t field_count;
    const struct policy_record_name *categories;
    size_t category_count;
    const struct policy_record_limit *limits;
    size_t limit_count;
    const struct policy_record_consent *consents;
    size_t consent_count;
    size_t consent_room; /* written as that many, whatever was found */
};

/* ---- Making ---------------------------------------------------------------------------------- */

/* What the permit does not say. hashes[i] belongs to force[i], which are those of policy_decide;
 * none of them: the hashes are those that stand in policy_force. */
struct policy_record_given {
    const struct policy_force *force;
    const struct policy_record_hash *hashes;
    size_t force_count;
};

/* LIMIT POLICY_MEMORY. */
LG_MUST_USE struct lg_err policy_record_ask_make(const struct permit *permit,
                                                 const struct policy_record_given *given,
                                                 struct arena *arena,
                                                 struct policy_record_ask *out_ask);
/* What policy_settle was given and gave for a source of the permit. */
struct policy_record_settled {
    const struct policy_facts *facts;
    const struct policy_outcome *outcome;
};
/* LIMIT POLICY_MEMORY. */
LG_MUST_USE struct lg_err policy_record_part_make(const struct permit *permit, size_t source,
                                                  const struct policy_record_settled *settled,
                                                  struct arena *arena,
                                                  struct policy_record_part *out_part);

/* ---- Bytes ----------------------------------------------------------------------------------- */

/* The writer's error says where there was no room. */
void policy_record_ask_write(const struct policy_record_ask *ask, struct writer *writer);
void policy_record_part_write(const struct policy_record_part *part, struct writer *writer);
/* All of the bytes, and what is written again is the same bytes. INPUT POLICY_RECORD_WRONG, LIMIT
 * POLICY_MEMORY. */
LG_MUST_USE struct lg_err policy_record_ask_read(struct span bytes, struct arena *arena,
                                                 struct policy_record_ask *out_ask);
/* agreement_count: of its question. */
LG_MUST_USE struct lg_err policy_record_part_read(struct span bytes, size_t agreement_count,
                                                  struct arena *arena,
                                                  struct policy_record_part *out_part);
/* Bytes that a record of so many agreements, sources and fields takes, at most. */
/* Of a source, at most. */
enum {
    POLICY_RECORD_PART_SIZE_MAX =
        16 + 16 * POLICY_RECORD_FIELDS_MAX + 1 + 3 * POLICY_RECORD_CATEGORIES_MAX + 1 +
        15 * POLICY_RECORD_LIMITS_MAX + 3 + 37 * POLICY_RECORD_CONSENTS_MAX,
};
size_t policy_record_ask_size_max(size_t agreements, size_t sources, size_t fields);

/* ---- Replay ---------------------------------------------------------------------------------- */

/* policies[i]: the text that policy_record_ask_hash(ask, i) names; all there. */
struct policy_record_texts {
    const struct policy *const *policies;
    size_t count;           /* agreement_count of the question */
    size_t bystander_count; /* behind them */
};
/* Whether the same decision can be made again from the records, against the texts that they name.
 * part NULL: of the question alone. More than that is asked of a record that is put to another text
 * (is_whole), as where nothing was lost but a training that no text knows. */
bool policy_record_is_complete(const struct policy_record_ask *ask,
                               const struct policy_record_part *part);
/* Texts that the record names, its agreements before its bystanders, and the hash of each. */
size_t policy_record_ask_text_count(const struct policy_record_ask *ask);
const struct policy_record_hash *policy_record_ask_hash(const struct policy_record_ask *ask,
                                                        size_t text);
struct policy_record_texts policy_record_texts_of(const struct policy_record_ask *ask,
                                                  const struct policy *const *policies);

/* The question again, for policy_decide. To put it to another text, put that into force[i].policy
 * where it takes the place of the i-th agreement. */
struct policy_replay {
    const struct policy_record_ask *ask; /* borrowed, likewise texts */
    const struct policy_record_texts *texts;
    struct policy_force *force;
    size_t force_count;
    const struct policy_bystander *bystanders; /* those of each of force */
    size_t bystander_count;
    struct policy_request request;
};
/* INPUT POLICY_RECORD_TEXT, LIMIT POLICY_MEMORY. */
LG_MUST_USE struct lg_err policy_record_request(const struct policy_record_ask *ask,
                                                const struct policy_record_texts *texts,
                                                struct arena *arena,
                                                struct policy_replay *out_replay);

/* Consents, counts, opt-out and the holder's judgement of one source, for policy_settle. counts are
 * in the order of the limits of `permit`, which policy_decide made of the replay; is_whole false:
 * the part is not whole, or the permit has a limit whose counts were not recorded (they are 0
 * then). */
struct policy_replay_facts {
    struct policy_facts facts;
    bool is_whole;
};
/* INPUT POLICY_RECORD_TEXT, LIMIT POLICY_MEMORY. */
LG_MUST_USE struct lg_err policy_record_facts(const struct policy_replay *replay,
                                              const struct policy_record_part *part,
                                              const struct permit *permit, struct arena *arena,
                                              struct policy_replay_facts *out_facts);

/* The name that a number stands for: "childrens-care", "?1" where it was unknown, empty where it
 * was not given. Source, agreement (the id of the text), purpose and so on by kind. INPUT
 * POLICY_RECORD_TEXT, LIMIT POLICY_MEMORY. */
enum policy_record_kind {
    POLICY_RECORD_AGREEMENT,
    POLICY_RECORD_PARTY,
    POLICY_RECORD_ROLE,
    POLICY_RECORD_PURPOSE,
    POLICY_RECORD_BASIS,
    POLICY_RECORD_CATEGORY,
    POLICY_RECORD_FIELD,
    POLICY_RECORD_TRAINING,
    POLICY_RECORD_LIMIT,
    POLICY_RECORD_EMERGENCY,
    POLICY_RECORD_EMERGENCY_REASON,
};
LG_MUST_USE struct lg_err policy_record_text(const struct policy_record_texts *texts,
                                             enum policy_record_kind kind,
                                             struct policy_record_name name, struct arena *arena,
                                             struct span *out_text);

/* The number under which a reason is written: made of its name, which never changes. */
uint16_t policy_record_code(enum policy_reason reason);
/* NONE for 0, END where this version knows no such reason. */
enum policy_reason policy_record_code_find(uint16_t code);

#endif
