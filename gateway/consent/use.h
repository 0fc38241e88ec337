/* SPDX-License-Identifier: Apache-2.0 */
/* Reliance on a consent, or on there being no objection: who received what on the strength of it,
 * who must be told when that ends (UK GDPR, Article 19), and who has acknowledged that.
 *
 * A withdrawal or a refusal ends reliance on a consent of its kind and scope. An objection that is
 * recorded ends reliance on there being none, where one would have sent the sharing to an officer
 * (Articles 18(1)(d) and 21): recipients stop until it is decided; so does a refusal or a
 * withdrawal of a kind that the clause is about, which is an objection where nobody needed to ask.
 * A consent that runs out on its last day needs no notice: nobody withdrew anything, what was
 * received stays lawful to hold, and decisions by themselves let nothing more be shared under it;
 * its uses stay listed, so that a withdrawal which comes later still reaches whoever holds data
 * (Articles 7(3) and 17(1)(b)).
 *
 * Each is a CONSENT entry of the log as well, so that the log alone gives the list again. A use is
 * committed after its RELEASE and before anything leaves; a withdrawal that came between the two
 * ends it all the same. */
#ifndef GATEWAY_CONSENT_USE_H
#define GATEWAY_CONSENT_USE_H

#include "gateway/consent/consent.h"
#include "gateway/store/reliance.h"

enum { CONSENT_USE_ITEMS_MAX = LIMIT_STORE_USES, CONSENT_USE_PURPOSES_MAX = LIMIT_CONSENT_NAMES };

/* One source's data of one category that left under the consent. */
struct consent_use_item {
    struct span source;
    struct span category;
    uint64_t released_index; /* of the RELEASE that the recipient has the receipt of */
};

/* What one gate released to one recipient under one consent. */
struct consent_reliance {
    struct consent_id consent;
    enum consent_kind kind; /* of that consent; OBJECTION: that there is none */
    /* With OBJECTION: bit 1 << kind, the kinds of consent of which a refusal is one too. */
    uint8_t refusals;
    int64_t released_ms;
    struct span recipient;
    struct span agreement;
    uint32_t agreement_version;
    struct span purpose;
    struct span_list wider; /* purposes that cover it by that agreement, itself among them */
    const struct consent_use_item *items;
    size_t item_count; /* 1 to CONSENT_USE_ITEMS_MAX */
};

/* The body of the entry. INPUT CONSENT_FIELDS for what is outside its format or longer than an
 * entry holds; LIMIT CONSENT_MEMORY. */
LG_MUST_USE struct lg_err consent_use_encode(const struct person_id *person,
                                             const struct consent_reliance *use,
                                             struct arena *arena, struct span *out_body);
/* INPUT CONSENT_BODY. Spans point into body and arena. */
LG_MUST_USE struct lg_err consent_use_decode(struct span body, struct arena *arena,
                                             struct person_id *out_person,
                                             struct consent_reliance *out_use);

/* Items that the store has no row of yet, in their order; 0 where the use is known already. */
LG_MUST_USE struct lg_err consent_use_new(struct store_reader *reader,
                                          const struct consent_reliance *use, struct arena *arena,
                                          const struct consent_use_item **out_items,
                                          size_t *out_count);

/* A recipient has taken note: of what a page gives of the notice, from its first outstanding row
 * on; of one that goes on in another page the rest stays outstanding. */
struct consent_acknowledgement {
    struct store_notice_key notice;
    struct consent_recorder recorder; /* party is the recipient */
};
/* As consent_use_encode and _decode. */
LG_MUST_USE struct lg_err
consent_acknowledgement_encode(const struct consent_acknowledgement *acknowledgement,
                               struct arena *arena, struct span *out_body);
LG_MUST_USE struct lg_err consent_acknowledgement_decode(struct span body,
                                                         struct consent_acknowledgement *out);

/* Everything that one change of consent ended for one recipient under one agreement. */
struct consent_notice {
    struct store_notice_key key;
    struct store_tag id;
    struct person_id person;
    uint32_t agreement_version;
    bool is_acknowledged;
    const struct consent_use_item *items;
    const struct span *purposes; /* of each item */
    size_t item_count;
};

/* Whose notices: those that this party is to act on, or, of_source, those about data that it
 * disclosed. */
struct consent_notice_look {
    struct store_reader *reader;
    struct span party;
    bool of_source;
    bool outstanding_only;
    struct span page; /* out_next of the page before; empty: the first */
};

/* In the order of the log; *out_next is empty with the last page. In the arena. INPUT CONSENT_PAGE
 * for a page that was not this party's; errors of the store; STORE CONSENT_BODY. */
LG_MUST_USE struct lg_err consent_notices_read(const struct consent_notice_look *look,
                                               struct arena *arena,
                                               struct consent_notice **out_notices,
                                               size_t *out_count, struct span *out_next);

/* The notice of this id, where it is this party's to act on; else NULL. */
LG_MUST_USE struct lg_err consent_notice_find(struct store_reader *reader, struct span party,
                                              const struct store_tag *id, struct arena *arena,
                                              const struct consent_notice **out_notice);

/* The text that is signed: who must do what about which data, in plain words and without a name.
 * pseudonym: the recipient's own of the person, or empty. In the arena; LIMIT CONSENT_MEMORY. */
struct consent_notice_text {
    const struct consent_notice *notice;
    struct span pseudonym;
    struct span ended_on; /* YYYY-MM-DD */
};
LG_MUST_USE struct lg_err consent_notice_write(const struct consent_notice_text *text,
                                               struct arena *arena, struct span *out_text);

#endif
