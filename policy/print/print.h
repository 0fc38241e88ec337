/* SPDX-License-Identifier: Apache-2.0 */
/* Printed forms of an agreement. They are made from its text, so that what is signed on paper and
 * what is enforced are one. All come from the arena and end in a line break. LIMIT POLICY_MEMORY is
 * the only error. */
#ifndef POLICY_PRINT_PRINT_H
#define POLICY_PRINT_PRINT_H

#include "policy/policy.h"

/* The agreement as an information sharing agreement for reading and signing, in the order of the
 * headings of the ICO's data sharing code: purpose, organisations, joint controllers, data items,
 * lawful basis, special category and criminal offence data, access and individual rights,
 * information governance, further details, signatures. Every setting of every section is printed.
 */
LG_MUST_USE struct lg_err policy_print_agreement(const struct policy *policy, struct arena *arena,
                                                 struct span *out_text);
/* The schedule of data items: for every field its class and, clause by clause, from whom, to whom,
 * for what, how treated, under which bases, with which consent, how long kept. */
LG_MUST_USE struct lg_err policy_print_schedule(const struct policy *policy, struct arena *arena,
                                                struct span *out_text);
/* Rows for the record of processing activities (UK GDPR Article 30(1)), one a share clause, as CSV
 * (RFC 4180) with a heading. No cell starts a formula: an apostrophe goes before = + - @. */
LG_MUST_USE struct lg_err policy_print_processing(const struct policy *policy, struct arena *arena,
                                                  struct span *out_text);
/* For tools: {"isa":1,"sections":[{"kind","id","line","settings":{...}}]}; a list is an array of
 * strings, anything else a string. */
LG_MUST_USE struct lg_err policy_print_json(const struct policy *policy, struct arena *arena,
                                            struct span *out_text);

/* What a decision form is about. Texts of whoever fills it in; an empty one leaves a line to write
 * on. outcome and request may be NULL: a blank form of the agreement. */
struct policy_form {
    const struct policy_request *request;
    const struct policy_outcome *outcome;
    struct span source;       /* party that was asked */
    struct span reference;    /* of the request, for instance the receipt */
    struct span requested_by; /* name and office of the person who asked */
    struct span decided_by;
    struct span decided_on;
    struct span necessary; /* why it is necessary and proportionate, in the requester's words */
};
/* The decision form of annex B of the ICO's data sharing code. */
LG_MUST_USE struct lg_err policy_print_decision(const struct policy *policy,
                                                const struct policy_form *form, struct arena *arena,
                                                struct span *out_text);

#endif
