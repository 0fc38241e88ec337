/* SPDX-License-Identifier: Apache-2.0 */
/* What the log gets to hold about a question. Codes in clear; who asked, why in words, and true
 * causes in the sealed part.
 *
 * Sealed part of ASK and of a DENIAL of the whole question, each text after a 16-bit length:
 *   version 9 | system | user id | role | display name | case reference | no-consent reason |
 *   five reasons | statement | compelling reason | basis of the deciding capacity | tier u8 |
 *   age class u8 | enough u8 | decision record of the question
 * Sealed part of what concerns one source, of links and of OUTCOME:
 *   version 10 | user id | role | cause | withholding | its office | record count u32 | decoy u8 |
 *   called u8 | enough u8 | index of the ASK u64 | decision record of the source, empty for links
 *   and OUTCOME | days to keep u32 | onward u8
 *
 * enough: the asker could know of the person when they asked. Else only hidden sources did, and
 * whoever learns of the person later must not find by them what was asked before: that it is there
 * would tell that a hidden source held them. Versions 7 and 6 are the same without enough and
 * called, which then count as 0; version 8 is a part of 10 without its duties.
 *
 * Duties: what is laid on whoever receives the part, 0 where nothing is. Of a source that is not
 * hidden, by the decision, and where something was received. Of a hidden one, by the permit alone
 * and whatever came of it: who reads its agency's duties must not read from them whether the source
 * holds the person.
 *
 * The records (policy/record/record.h) hold what the decision saw and said. Where nothing was asked
 * the question's record holds all that it went by. How long a record is follows from the permit,
 * and the log fills the parts of all but very long questions up to one length.
 *
 * The leaf of one source goes to that source as its receipt. So it carries a request id and a
 * digest of its own, and agency, purpose and basis stand in clear only where the clause tells the
 * source so much (README, rule 13); what all leaves of the question share is in its detail. Which
 * question a batch ends stands in the frame, outside every leaf. */
#include <assert.h>
#include <string.h>

#include "gateway/base/bytes.h"
#include "gateway/base/limits.h"
#include "gateway/base/num.h"
#include "gateway/query/query_int.h"
#include "gateway/vault/vault.h"

enum {
    TRAIL_CAUSE_SIZE = 48,
    TRAIL_CODE_SIZE = 24,
    /* Versions, lengths and numbers around the texts of each. */
    TRAIL_ASK_FIXED = 1 + TRAIL_ASK_TEXTS * 2 + 3 + 2,
    TRAIL_PART_FIXED = 1 + TRAIL_PART_TEXTS * 2 + TRAIL_CAUSE_SIZE + TRAIL_CODE_SIZE +
                       LIMIT_WIRE_OFFICE + 4 + 3 + 8 + 2 + 5,
};

static_assert(TRAIL_PART_FIXED + LIMIT_WIRE_ACTOR + LIMIT_WIRE_NAME + POLICY_RECORD_PART_SIZE_MAX <=
                  AUDIT_SEALED_SIZE_MAX,
              "the longest record of a source fits behind the longest user and role");

static struct lg_err sealed_end(const struct writer *w, struct span *out_sealed) {
    if (lg_failed(writer_end(w, out_sealed))) {
        return lg_err_make(LG_CLASS_LIMIT, LG_QUERY, QUERY_ERR_TRAIL);
    }
    return LG_OK;
}

/* The decision record of the question, after its length. */
static struct lg_err ask_record_write(struct query *query, struct writer *w) {
    const struct policy_record_given given = {0};
    if (query->permit == NULL) {
        writer_part(w, span_of(NULL, 0));
        return LG_OK;
    }
    struct policy_record_ask ask;
    uint8_t buf[AUDIT_SEALED_SIZE_MAX];
    struct writer record = writer_of(buf, sizeof buf);
    struct span bytes;
    TRY(policy_record_ask_make(query->permit, &given, query->arena, &ask));
    policy_record_ask_write(&ask, &record);
    TRY(sealed_end(&record, &bytes));
    writer_part(w, bytes);
    return LG_OK;
}

/* The texts of an ASK, in the order in which they are written. */
static void ask_texts(const struct caller *caller, const struct question *question,
                      struct span out[static TRAIL_ASK_TEXTS]) {
    const struct span texts[TRAIL_ASK_TEXTS] = {
        caller->system,
        caller->user_id,
        caller->role,
        caller->display_name,
        question->ground.case_reference,
        question->no_consent_reason,
        question->reasons.proportionate,
        question->reasons.lawful,
        question->reasons.accountable,
        question->reasons.necessary,
        question->reasons.least_intrusive,
        question->statement,
        question->compelling_reason,
        question->deciding_capacity_basis,
    };
    memcpy(out, texts, sizeof texts);
}

const char query_find_what[] = "FIND";
const char query_trail_sentence[] =
    "reasons: with statement, compelling reason, user, case reference, sources and items that are "
    "named they are "
    "longer "
    "than the log's entry of a question; shorten them, or name fewer";

bool query_trail_fits(size_t agreement_count, const struct caller *caller,
                      const struct question *question) {
    struct span texts[TRAIL_ASK_TEXTS];
    size_t agreements = question->ground.agreement.len > 0 ? 1 : agreement_count;
    size_t size = TRAIL_ASK_FIXED + policy_record_ask_size_max(agreements, question->sources.count,
                                                               question->items.count);
    ask_texts(caller, question, texts);
    for (size_t i = 0; i < TRAIL_ASK_TEXTS; i++) {
        size += texts[i].len;
    }
    return size <= AUDIT_SEALED_SIZE_MAX;
}

static struct lg_err ask_sealed(struct query *query, struct span *out_sealed) {
    const struct question *question = query->question;
    struct span texts[TRAIL_ASK_TEXTS];
    uint8_t *buf = arena_alloc(query->arena, AUDIT_SEALED_SIZE_MAX);
    TRY(arena_failed(query->arena));
    struct writer w = writer_of(buf, AUDIT_SEALED_SIZE_MAX);
    writer_u8(&w, TRAIL_VERSION);
    ask_texts(query->caller, question, texts);
    for (size_t i = 0; i < TRAIL_ASK_TEXTS; i++) {
        writer_part(&w, texts[i]);
    }
    writer_u8(&w, (uint8_t)question->tier);
    writer_u8(&w, (uint8_t)question->age_class);
    writer_u8(&w, query->located.is_enough ? 1 : 0);
    TRY(ask_record_write(query, &w));
    return sealed_end(&w, out_sealed);
}

/* SHA-256 over the names of the items, each after its length. */
static void item_add(struct vault_sha256 *hash, struct span item) {
    uint8_t len[2] = {(uint8_t)(item.len >> 8), (uint8_t)item.len};
    vault_sha256_add(hash, span_of(len, sizeof len));
    vault_sha256_add(hash, item);
}

static void items_digest(struct span_list items, uint8_t out[static VAULT_SHA256_SIZE]) {
    struct vault_sha256 hash;
    vault_sha256_begin(&hash);
    for (size_t i = 0; i < items.count; i++) {
        item_add(&hash, items.items[i]);
    }
    vault_sha256_end(&hash, out);
}

static const struct person_id *person_of(const struct query *query) {
    return query->located.is_known ? &query->located.person : NULL;
}

static struct audit_entry_fields fields_of(const struct query *query, enum audit_kind kind) {
    const struct question *question = query->question;
    struct audit_entry_fields fields = {
        .kind = kind,
        .request_id = question->id,
        .requesting_agency = query->caller->agency,
        .agreement = query->agreement,
        .agreement_version = query->agreement_version,
        .purpose = question->ground.purpose,
        .basis = question->ground.basis,
        .items_form = AUDIT_ITEMS_DIGEST,
    };
    items_digest(question->items, fields.items);
    return fields;
}

/* Codes of the request that are no names of the agreement could be anything; they stay out, and so
 * does a digest of such, which could be guessed. */
static void unknown_names_drop(const struct query *query, struct audit_entry_fields *fields) {
    if (query->permit == NULL || !policy_permit_is_open(query->permit)) {
        fields->agreement =
            query_known_agreement(query->agreements.forces, query->verdict.agreement);
        fields->purpose = span_of(NULL, 0);
        fields->basis = span_of(NULL, 0);
        fields->items_form = AUDIT_ITEMS_NONE;
        memset(fields->items, 0, sizeof fields->items);
    }
}

/* Bit i: the i-th agency of the registry is one of the question's sources. */
static uint64_t sources_bitmap(const struct query *query) {
    const struct config_partnership *registry = query->worker->gateway->registry;
    uint64_t bits = 0;
    for (uint32_t i = 0; i < registry->party_count && i < 64; i++) {
        for (size_t j = 0; j < query->part_count; j++) {
            if (span_equal_text(query->parts[j].agency, registry->parties[i].id)) {
                bits |= (uint64_t)1 << i;
            }
        }
    }
    return bits;
}

struct lg_err query_trail_ask(struct query *query, struct audit_entry_fields *out) {
    *out = fields_of(query, AUDIT_ASK);
    out->sources = sources_bitmap(query);
    out->decision = AUDIT_DECISION_PERMIT;
    out->person = person_of(query);
    if (query->question->person.kind == PERSON_IDENTITY) {
        out->flags = AUDIT_FLAG_CLEAR_IDENTIFIER;
    }
    if (query_emergency_is_used(query)) {
        out->flags |= AUDIT_FLAG_EMERGENCY;
    }
    return ask_sealed(query, &out->sealed);
}

void query_trail_review(const struct query *query, struct span body,
                        struct audit_entry_fields *out) {
    *out = fields_of(query, AUDIT_REVIEW);
    out->reason = span_text("EMERGENCY_OPENED");
    out->decision = AUDIT_DECISION_PERMIT;
    out->flags = AUDIT_FLAG_EMERGENCY;
    out->person = person_of(query);
    out->sealed = body;
}

struct lg_err query_trail_refusal(struct query *query, struct span reason,
                                  struct audit_entry_fields *out) {
    *out = fields_of(query, AUDIT_DENIAL);
    unknown_names_drop(query, out);
    out->decision = AUDIT_DECISION_REFUSE;
    out->reason = reason;
    out->flags = AUDIT_FLAG_FINAL;
    out->person = person_of(query); /* after the look-up, or by a handle: it is one of theirs */
    return ask_sealed(query, &out->sealed);
}

/* What stands in the sealed part of a source, a link or an end. */
struct part_facts {
    const char *cause;
    struct withholding withholding; /* code and office; empty where the source withheld nothing */
    uint32_t record_count;
    bool is_decoy;
    bool is_called;
    bool is_enough;
    struct span record; /* decision record, or empty */
    struct duties duties;
};

/* Of one length, so that a sealed part does not tell by its size what it hides. */
static void padded_part(struct writer *w, struct span text, size_t size) {
    static_assert((int)TRAIL_CAUSE_SIZE <= (int)LIMIT_WIRE_OFFICE, "the office is the longest");
    char padded[LIMIT_WIRE_OFFICE] = {0};
    size_t len = num_min(text.len, size);
    if (len > 0) {
        memcpy(padded, text.ptr, len);
    }
    writer_part(w, span_of(padded, size));
}

static uint8_t onward_number(struct span onward) {
    static const char *const words[] = {
        [POLICY_ONWARD_TO] = "to", [POLICY_ONWARD_ASK] = "ask", [POLICY_ONWARD_NO] = "no"};
    for (unsigned i = POLICY_ONWARD_TO; i <= POLICY_ONWARD_NO; i++) {
        if (span_equal_text(onward, words[i])) {
            return (uint8_t)i;
        }
    }
    return 0;
}

static struct lg_err part_sealed(struct query *query, const struct part_facts *facts,
                                 struct span *out_sealed) {
    const struct caller *caller = query->caller;
    uint8_t *buf = arena_alloc(query->arena, AUDIT_SEALED_SIZE_MAX);
    TRY(arena_failed(query->arena));
    struct writer w = writer_of(buf, AUDIT_SEALED_SIZE_MAX);
    writer_u8(&w, TRAIL_PART_VERSION);
    writer_part(&w, caller->user_id);
    writer_part(&w, caller->role);
    padded_part(&w, span_text(facts->cause), TRAIL_CAUSE_SIZE);
    padded_part(&w, facts->withholding.code, TRAIL_CODE_SIZE);
    padded_part(&w, facts->withholding.office, LIMIT_WIRE_OFFICE);
    writer_u32(&w, facts->record_count);
    writer_u8(&w, facts->is_decoy ? 1 : 0);
    writer_u8(&w, facts->is_called ? 1 : 0);
    writer_u8(&w, facts->is_enough ? 1 : 0);
    writer_u64(&w, query->ask_index);
    writer_part(&w, facts->record);
    writer_u32(&w, facts->duties.keep_days);
    writer_u8(&w, onward_number(facts->duties.onward));
    return sealed_end(&w, out_sealed);
}

/* The decision record of a source: of the true decision, which a hidden source's leaf seals too. */
static struct lg_err part_record(struct query *query, const struct query_part *part,
                                 struct span *out_record) {
    struct policy_record_settled settled = {
        .facts = consent_grant_facts(query->grant, part->source),
        .outcome = consent_grant_outcome(query->grant, part->source),
    };
    if (part->is_withheld) {
        settled.facts = &part->withheld_facts;
        settled.outcome = &part->withheld_outcome;
    }
    struct policy_record_part record;
    TRY(policy_record_part_make(query->permit, part->source, &settled, query->arena, &record));
    uint8_t *buf = arena_alloc(query->arena, POLICY_RECORD_PART_SIZE_MAX);
    TRY(arena_failed(query->arena));
    struct writer w = writer_of(buf, POLICY_RECORD_PART_SIZE_MAX);
    policy_record_part_write(&record, &w);
    return sealed_end(&w, out_record);
}

static const char *state_name(enum source_state state) {
    static const char *const names[] = {
        "",
        "ANSWERED",
        "WITHHELD_BY_CONSENT",
        "NOT_PERMITTED",
        "NOTHING_TO_SHOW",
        "NO_ANSWER_IN_TIME",
        "UNAVAILABLE",
        "WITHHELD_BY_SOURCE",
    };
    return names[state];
}

/* The true cause, for the sealed part. */
static const char *cause_of(const struct query *query, const struct query_part *part) {
    if (part->denied != POLICY_REASON_NONE) {
        return policy_reason_name(part->denied);
    }
    if (part->is_too_long) {
        return "TOO_LONG";
    }
    const struct policy_outcome *outcome = consent_grant_outcome(query->grant, part->source);
    enum policy_reason reason = outcome->reason;
    bool shares = reason == POLICY_PERMIT_CLAUSE || reason == POLICY_PERMIT_EMERGENCY ||
                  reason == POLICY_PARTIAL;
    return shares ? state_name(part->state) : policy_reason_name(reason);
}

/* What was asked for; of a hidden source what could be, since what is asked for follows from the
 * person's consent. */
static struct lg_err part_items_digest(const struct query *query, const struct query_part *part,
                                       uint8_t out[static VAULT_SHA256_SIZE]) {
    struct span_list items = part->fetch.items;
    if (part->is_hidden) {
        size_t count = policy_permit_term_count(query->permit, part->source);
        struct span *fields = arena_array(query->arena, count, sizeof *fields);
        TRY(arena_failed(query->arena));
        items = (struct span_list){.items = fields, .count = 0};
        for (size_t i = 0; i < count; i++) {
            const struct policy_term *term = policy_permit_term(query->permit, part->source, i);
            if (term->refusal == POLICY_REASON_NONE) {
                fields[items.count++] = term->field;
            }
        }
    }
    struct request_id id;
    memcpy(id.bytes, part->reference.bytes, sizeof id.bytes);
    audit_part_items(&id, items, out);
    return LG_OK;
}

/* An entry of one source: what the question gave to all its parts goes into the detail. */
static struct lg_err part_fields(struct query *query, const struct query_part *part,
                                 enum audit_kind kind, struct audit_entry_fields *out,
                                 struct audit_detail **out_detail) {
    struct audit_detail *detail = arena_alloc(query->arena, sizeof *detail);
    TRY(arena_failed(query->arena));
    const struct audit_entry_fields whole = fields_of(query, kind);
    *detail = (struct audit_detail){
        .question_id = whole.request_id,
        .requesting_agency = whole.requesting_agency,
        .purpose = whole.purpose,
        .basis = whole.basis,
    };
    if (query->question->person.kind == PERSON_IDENTITY) {
        detail->flags = AUDIT_FLAG_CLEAR_IDENTIFIER;
    }
    if (query_part_uses_emergency(query, part)) {
        detail->flags |= AUDIT_FLAG_EMERGENCY;
    }
    *out = (struct audit_entry_fields){
        .kind = kind,
        .source_agency = part->agency,
        .agreement = whole.agreement,
        .agreement_version = whole.agreement_version,
        .commitment = &part->commitment,
        .detail = detail,
    };
    if (policy_permit_tells(query->permit, part->source) != POLICY_TELLS_PERMIT) {
        out->requesting_agency = whole.requesting_agency;
        out->purpose = whole.purpose;
        out->basis = whole.basis;
    }
    *out_detail = detail;
    return LG_OK;
}

/* The reason of a refusal as the requester may read it, in whose receipt the detail is. */
static enum policy_reason reason_shown(const struct query *query, const struct query_part *part) {
    const struct policy_outcome *shown = query_part_shown(query, part);
    if (part->denied == POLICY_REASON_NONE) {
        return shown->told;
    }
    for (size_t i = 0; i < shown->ruling_count; i++) {
        if (shown->rulings[i].refusal == part->denied) {
            return shown->rulings[i].told;
        }
    }
    return part->denied;
}

static bool part_is_denial(const struct query_part *part) {
    return !part->is_hidden &&
           (part->state == SOURCE_NOT_PERMITTED || part->state == SOURCE_WITHHELD_BY_CONSENT ||
            part->state == SOURCE_WITHHELD_BY_SOURCE);
}

/* The source reads a state, or the coarse reason of its refusal; the requester the reason. */
static void reasons_fill(const struct query *query, const struct query_part *part, bool is_denial,
                         struct audit_entry_fields *fields, struct audit_detail *detail) {
    const char *state = part->is_hidden ? "HIDDEN" : state_name(part->state);
    fields->reason = span_text(state);
    detail->reason = span_text(state);
    if (is_denial) {
        enum policy_reason reason = reason_shown(query, part);
        /* What the source itself decided it may read. */
        bool is_its_own = reason == POLICY_HOLDER_WITHHOLDS;
        fields->reason =
            span_text(policy_reason_name(is_its_own ? reason : policy_reason_coarse(reason)));
        detail->reason = span_text(policy_reason_name(reason));
    }
}

/* The shortest time to keep, and the strictest word on passing on, of all that could be shared. */
static struct duties permit_duties(const struct query *query, const struct query_part *part) {
    static const char *const words[] = {"", "to", "ask", "no"};
    enum policy_onward onward = (enum policy_onward)0;
    struct duties duties = {.keep_days = 0};
    size_t count = policy_permit_term_count(query->permit, part->source);
    for (size_t i = 0; i < count; i++) {
        const struct policy_term *term = policy_permit_term(query->permit, part->source, i);
        bool is_open = term->refusal == POLICY_REASON_NONE;
        if (is_open && term->keep_days > 0 &&
            (duties.keep_days == 0 || term->keep_days < duties.keep_days)) {
            duties.keep_days = term->keep_days;
        }
        onward = is_open && term->onward > onward ? term->onward : onward;
    }
    duties.onward = span_text(words[onward]);
    return duties;
}

static struct duties part_duties(const struct query *query, const struct query_part *part) {
    if (part->is_hidden) {
        return permit_duties(query, part);
    }
    return part->extract.record_count > 0
               ? consent_grant_outcome(query->grant, part->source)->duties
               : (struct duties){.keep_days = 0};
}

struct lg_err query_trail_part(struct query *query, struct query_part *part,
                               struct audit_entry_fields *out) {
    bool is_denial = part_is_denial(part) || part->state == SOURCE_NOT_PERMITTED;
    bool is_coarse = part->is_hidden && !is_denial;
    struct audit_detail *detail = NULL;
    TRY(part_fields(query, part, is_denial ? AUDIT_DENIAL : AUDIT_RELEASE, out, &detail));
    detail->record_count = is_coarse ? 0 : (uint32_t)part->extract.record_count;
    memcpy(out->request_id.bytes, part->reference.bytes, sizeof out->request_id.bytes);
    out->decision = is_denial ? AUDIT_DECISION_REFUSE : AUDIT_DECISION_PERMIT;
    reasons_fill(query, part, is_denial, out, detail);
    out->person = person_of(query);
    out->items_form = AUDIT_ITEMS_DIGEST;
    TRY(part_items_digest(query, part, out->items));
    struct part_facts facts = {
        .cause = cause_of(query, part),
        .record_count = (uint32_t)part->extract.record_count,
        .is_decoy = part->target.is_decoy,
        .is_called = part->target.is_called,
        .is_enough = query->located.is_enough,
        .withholding = part->withholding,
        .duties = part_duties(query, part),
    };
    TRY(part_record(query, part, &facts.record));
    return part_sealed(query, &facts, &out->sealed);
}

struct lg_err query_trail_link(struct query *query, struct query_part *part,
                               const struct query_link *link, struct audit_entry_fields *out) {
    struct audit_detail *detail = NULL;
    TRY(part_fields(query, part, AUDIT_RELEASE, out, &detail));
    detail->record_count = part->is_hidden ? 0 : 1;
    detail->reason = span_text("LINK");
    vault_random(out->request_id.bytes, sizeof out->request_id.bytes);
    out->decision = AUDIT_DECISION_PERMIT;
    out->reason = span_text("LINK");
    out->person = &link->located.person;
    /* Who named a person need not know them: nobody was asked about them. */
    const struct part_facts facts = {
        .cause = "LINK", .record_count = 1, .is_enough = link->located.is_enough};
    return part_sealed(query, &facts, &out->sealed);
}

struct lg_err query_trail_confirmed(struct query *query, bool is_last,
                                    struct audit_entry_fields *out) {
    *out = fields_of(query, AUDIT_OUTCOME);
    out->decision = AUDIT_DECISION_PERMIT;
    out->reason = span_text("CONFIRMED");
    out->flags = is_last ? AUDIT_FLAG_FINAL : 0;
    out->person = person_of(query);
    const struct part_facts facts = {.cause = "CONFIRMED", .is_enough = query->located.is_enough};
    return part_sealed(query, &facts, &out->sealed);
}

/* Why an answer was not confirmed, witnesses or a change, is not told: a change may be of somebody
 * whom this requester may not know of. */
static const char *outcome_cause(const struct query *query) {
    if (query->is_cancelled) {
        return "CANCELLED";
    }
    return query->is_unconfirmed ? "UNCONFIRMED" : "FAILED";
}

struct lg_err query_trail_outcome(struct query *query, bool is_late,
                                  struct audit_entry_fields *out) {
    const char *cause = outcome_cause(query);
    bool is_kept_back = is_late || (query->is_unconfirmed && !query->is_cancelled);
    *out = fields_of(query, AUDIT_OUTCOME);
    out->decision = is_kept_back ? AUDIT_DECISION_NOT_DELIVERED : AUDIT_DECISION_ABANDONED;
    out->reason = span_text(cause);
    out->flags = is_late ? 0 : AUDIT_FLAG_FINAL;
    out->person = person_of(query);
    const struct part_facts facts = {.cause = cause, .is_enough = query->located.is_enough};
    return part_sealed(query, &facts, &out->sealed);
}
