/* SPDX-License-Identifier: Apache-2.0 */
/* The words of the domain, each with one meaning, and the plain structs that carry them.
 *
 *   caller     who asks: agency and system by certificate, person and role vouched for by it
 *   agreement  a signed information sharing agreement in force, as executable text
 *   permit     what the agreement allows this caller, decided before anything is looked up (policy)
 *   grant      the permit settled for one person: consent, limits, and the epoch it was read at
 *   target     one source to ask, with the reference it understands
 *   source     an agency that answers
 *   answer     what a source gave
 *   extract    what of it may leave: passed, generalised, pseudonymised
 *   trail      what the log gets to hold about a question
 *   receipt    proof that an entry is durable
 *   refusal    a decision not to share: a value, never an error
 *
 * All spans point into the arena of the question or call and live as long as it does. */
#ifndef GATEWAY_MODEL_MODEL_H
#define GATEWAY_MODEL_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/span.h"

enum {
    MODEL_REQUEST_ID_SIZE = 16,
    MODEL_PERSON_ID_SIZE = 16,
    MODEL_RECORD_TAG_SIZE = 16,
    MODEL_CALL_REFERENCE_SIZE = 16,
    MODEL_CONSENT_ID_SIZE = 16,
    MODEL_REVIEW_ID_SIZE = 16,
    MODEL_HASH_SIZE = 32,
    MODEL_POINT_SIZE = 32,
};

struct span_list {
    const struct span *items;
    size_t count;
};

struct request_id {
    uint8_t bytes[MODEL_REQUEST_ID_SIZE];
};

/* A row of the index. Random; never leaves the gateway. */
struct person_id {
    uint8_t bytes[MODEL_PERSON_ID_SIZE];
};

/* An agency's own key of a record: keyed BLAKE2b of its local reference. */
struct record_tag {
    uint8_t bytes[MODEL_RECORD_TAG_SIZE];
};

struct call_reference {
    uint8_t bytes[MODEL_CALL_REFERENCE_SIZE];
};

struct consent_id {
    uint8_t bytes[MODEL_CONSENT_ID_SIZE];
};

/* A review case; of an emergency also its declaration. */
struct review_id {
    uint8_t bytes[MODEL_REVIEW_ID_SIZE];
};

/* The text form (base32 with check, 58 characters) of s*M for one recipient. */
struct pseudonym {
    struct span text;
};

/* ---- Who asks ---------------------------------------------------------------------------- */

enum system_kind {
    SYSTEM_CASE_SYSTEM = 1,
    SYSTEM_CONNECTOR,
    SYSTEM_CONSOLE,
    SYSTEM_KEY_SERVICE,
    SYSTEM_OFFICER,
    SYSTEM_GATEWAY,
    SYSTEM_AUDITOR, /* reads the log whole: entries, sealed parts sealed. Asks nothing */
};

/* As the message names the acting person. Empty spans where it says nothing. */
struct actor {
    struct span user_id;
    struct span role;
    struct span display_name;
};

/* Made by identity from certificate, registry and actor; nothing about agency or system comes from
 * the message. role is one that the system may vouch for. */
struct caller {
    struct span partnership;
    struct span agency;
    struct span system;
    enum system_kind kind;
    struct span user_id;
    struct span role;
    struct span display_name;
    uint8_t fingerprint[MODEL_HASH_SIZE];
};

struct ground {
    struct span agreement;
    struct span purpose;
    struct span basis;
    struct span case_reference;
    struct actor actor;
};

/* ---- Who is asked about ------------------------------------------------------------------ */

struct identity {
    struct span family_name;
    struct span given_name;
    struct span born;
    struct span postcode;
    struct span scheme;
    struct span identifier;
};

/* The National Data Opt-Out of one person, as the agency that holds the record read it from the
 * batch result. Values are those of the contract (OptOut). */
enum opt_out { OPT_OUT_NOT_STATED, OPT_OUT_APPLIES, OPT_OUT_DOES_NOT_APPLY, OPT_OUT_END };

/* Values are those of the contract (TokenClass). */
enum token_class { TOKEN_N = 1, TOKEN_A, TOKEN_C, TOKEN_D, TOKEN_E, TOKEN_CLASS_END };

struct token {
    enum token_class token_class;
    uint32_t epoch;
    struct span sealed;
};

enum person_ref_kind {
    PERSON_NONE,
    PERSON_HANDLE,
    PERSON_IDENTITY,
    PERSON_TOKENS,
    PERSON_PSEUDONYM
};

struct person_ref {
    enum person_ref_kind kind;
    struct span handle;
    struct identity identity;
    const struct token *tokens;
    size_t token_count;
    struct span pseudonym;
};

enum age_class { AGE_UNKNOWN, AGE_CHILD, AGE_ADULT };

/* ---- The question ------------------------------------------------------------------------ */

enum tier { TIER_HEADLINE = 1, TIER_DETAIL = 2 };

/* Whether a person can consent. Values are those of the contract. */
enum capacity { CAPACITY_UNSTATED, CAPACITY_CAN, CAPACITY_CANNOT, CAPACITY_NOT_KNOWN };

struct five_reasons {
    struct span proportionate;
    struct span lawful;
    struct span accountable;
    struct span necessary;
    struct span least_intrusive;
};

struct question {
    struct request_id id;
    struct person_ref person;
    struct span_list sources;
    struct span_list items;
    enum tier tier;
    struct ground ground;
    enum age_class age_class;
    struct five_reasons reasons;
    struct span no_consent_reason;
    bool emergency_declared;
    struct span emergency_reason;
    struct span emergency_rationale;
    enum capacity capacity;
    struct span capacity_basis;   /* how it is known: a code, or empty */
    struct review_id declaration; /* that this question goes on under; zeros: it declares anew */
    struct actor second_person;   /* who confirmed the question; empty: nobody */
    struct span statement;        /* requester's, of its own public task; empty: none */
    /* Why an objection does not stand (UK GDPR, Article 21(1)); empty: none is recorded. */
    struct span compelling_reason;
    /* The person's, to decide about this sharing, and how it is known; outside emergencies. */
    enum capacity deciding_capacity;
    struct span deciding_capacity_basis;
};

/* ---- What a source gives ------------------------------------------------------------------ */

enum standing { STANDING_UNKNOWN, STANDING_FACT, STANDING_REPORTED, STANDING_ASSUMED };

struct source_item {
    struct span item; /* "category.field" */
    struct span value;
    struct span date; /* YYYY-MM-DD or empty */
    enum standing standing;
};

struct source_link {
    struct record_tag record_tag;
    struct span relation;
};

struct source_record {
    struct span record;
    const struct source_item *items;
    size_t item_count;
    const struct source_link *links;
    size_t link_count;
};

struct fetch_request {
    struct call_reference call_reference;
    struct span reference; /* sealed to the agency, of one size */
    struct span agreement;
    uint32_t agreement_version;
    struct span_list clauses;
    struct span_list items;
    enum tier tier;
    struct span purpose;
    struct span requesting_agency;
    struct span acting_user;
};

/* The source's own decision not to share. */
struct withholding {
    struct span code;
    struct span office;
};

struct answer {
    struct call_reference call_reference;
    const struct source_record *records;
    size_t record_count;
    int64_t as_of_s;
    enum age_class age_class;
    bool is_withheld; /* records do not count */
    struct withholding withholding;
};

/* ---- What leaves -------------------------------------------------------------------------- */

enum source_state {
    SOURCE_ANSWERED = 1,
    SOURCE_WITHHELD_BY_CONSENT,
    SOURCE_NOT_PERMITTED,
    SOURCE_NOTHING_TO_SHOW,
    SOURCE_NO_ANSWER_IN_TIME,
    SOURCE_UNAVAILABLE,
    SOURCE_WITHHELD_BY_SOURCE,
};

enum treatment {
    TREATMENT_NONE,
    TREATMENT_PASS,
    TREATMENT_GENERALISE,
    TREATMENT_PSEUDONYMISE,
    TREATMENT_AGGREGATE,
    TREATMENT_REDACT,
};

struct released_item {
    struct span item;
    struct span value;
    enum treatment treatment;
    struct span rule;
    struct span date;
    enum standing standing;
};

struct released_link {
    struct pseudonym pseudonym;
    struct span relation;
};

struct released_record {
    struct span record; /* row pseudonym */
    const struct released_item *items;
    size_t item_count;
    const struct released_link *links;
    size_t link_count;
};

struct held_back {
    struct span item;
    struct span code;
    struct span clause;
    struct span sentence;
};

/* One source's line of the answer; its serialised form is what its RELEASE leaf commits to. */
struct extract {
    struct span source;
    enum source_state state;
    const struct released_record *records;
    size_t record_count;
    const struct held_back *held_back;
    size_t held_back_count;
    int64_t as_of_s;
    struct span sentence;
};

enum decision { DECISION_PERMIT = 1, DECISION_PARTIAL, DECISION_REFUSE };

struct verdict {
    enum decision decision;
    struct span code;
    struct span sentence;
    struct span remedy;
    struct span agreement;
    uint32_t agreement_version;
    struct span_list clauses;
};

struct duties {
    uint32_t keep_days;
    struct span onward;
    struct span_list obligations;
};

/* A source's text that was not plain reads as so many of this byte, which no plain text has. */
enum { MODEL_SPOILT = 0x7f };

/* A receipt as it travels: made from audit's own receipt for sending, or read from a message. */
struct receipt_form {
    uint64_t index;
    struct span leaf;
    struct span_list path; /* 32-byte hashes */
    struct span salt;
    struct span detail; /* what a source's leaf does not show; empty but for the requester */
};

/* One source's part of a reply: the very bytes that were committed to, and the receipt. */
struct reply_part {
    struct span result; /* serialised SourceResult */
    struct receipt_form receipt;
};

/* What became of a declared emergency. */
struct emergency_note {
    bool was_used;              /* something is shared because of it */
    struct review_id review_id; /* zeros where it was not used */
    int64_t ends_ms;            /* until when questions may go on under it */
    int64_t review_due_ms;
    struct span tell_office; /* whom the agreement has told, by when */
    int64_t tell_due_ms;
    struct span telling; /* of the person: "blocked" while the review is open */
};

struct ask_reply {
    struct request_id id;
    struct verdict verdict;
    struct span pseudonym;
    const struct reply_part *parts;
    size_t part_count;
    struct duties duties;
    bool has_refusal_receipt;
    struct receipt_form refusal_receipt;
    struct span checkpoint; /* note text; empty where there is none */
    bool repeated_request;
    bool has_emergency;
    struct emergency_note emergency;
};

/* ---- Consent ------------------------------------------------------------------------------ */

enum consent_state { CONSENT_GIVEN = 1, CONSENT_REFUSED, CONSENT_WITHDRAWN };

/* What was agreed to or refused: four things that the law keeps apart, so that a refusal of one is
 * not a refusal of another. Values are those of the contract, and stored. NOT_STATED fits every
 * clause; only rows of the first format and cases have it, and a withdrawal of all three. An
 * objection (UK GDPR, Article 21) is a fact of its own: REFUSED while it stands, WITHDRAWN once
 * lifted. */
enum consent_kind {
    CONSENT_KIND_NOT_STATED,
    CONSENT_KIND_BASIS,           /* UK GDPR, Article 6(1)(a) or 9(2)(a) */
    CONSENT_KIND_CONFIDENTIALITY, /* permission under the common law duty of confidence */
    CONSENT_KIND_SERVICE,         /* agreement to a service */
    CONSENT_KIND_OBJECTION,
    CONSENT_KIND_END,
};

/* Values are those of the contract, and stored; so are those of the next two. */
enum consent_manner {
    CONSENT_MANNER_NOT_STATED,
    CONSENT_MANNER_IN_PERSON,
    CONSENT_MANNER_TELEPHONE,
    CONSENT_MANNER_WRITING,
    CONSENT_MANNER_ONLINE,
    CONSENT_MANNER_END,
};

/* Who spoke for the person. */
enum consent_representative {
    CONSENT_REPRESENTATIVE_NONE,     /* the person */
    CONSENT_REPRESENTATIVE_PARENT,   /* with parental responsibility */
    CONSENT_REPRESENTATIVE_ATTORNEY, /* lasting power of attorney */
    CONSENT_REPRESENTATIVE_DEPUTY,   /* appointed by the Court of Protection */
    CONSENT_REPRESENTATIVE_COURT,    /* a court's own order */
    CONSENT_REPRESENTATIVE_END,
};

/* The form in which it was explained. */
enum consent_format {
    CONSENT_FORMAT_NOT_STATED,
    CONSENT_FORMAT_STANDARD,
    CONSENT_FORMAT_EASY_READ,
    CONSENT_FORMAT_LARGE_PRINT,
    CONSENT_FORMAT_BRAILLE,
    CONSENT_FORMAT_AUDIO,
    CONSENT_FORMAT_SIGN_LANGUAGE,
    CONSENT_FORMAT_INTERPRETER,
    CONSENT_FORMAT_END,
};

/* How it was taken, and by whom. References are the recorder's own: they name a document, never
 * hold one. */
struct consent_how {
    enum consent_manner manner;
    enum consent_representative representative;
    struct span representative_evidence; /* reference; needed where somebody spoke for the person */
    struct span evidence;                /* reference */
    struct span language;                /* tag of RFC 5646, or empty */
    enum consent_format format;
    struct span user_id; /* who recorded it, as the recording party vouches */
    struct span role;
};

struct consent {
    struct consent_id id;
    enum consent_state state;
    enum consent_kind kind;
    bool explicit_consent;
    struct span_list purposes;
    struct span_list categories;
    struct span_list recipients;
    struct span_list sources; /* parties whose data; empty: all */
    struct span from;         /* YYYY-MM-DD or empty */
    struct span until;        /* YYYY-MM-DD or empty, included */
    int64_t recorded_ms;
    struct span recorded_by; /* party */
    uint64_t log_index;
    struct consent_how how;
};

#endif
