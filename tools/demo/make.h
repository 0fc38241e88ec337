/* SPDX-License-Identifier: Apache-2.0 */
/* Making the demo's folder: data, authority, keys, agreements; and the configuration of every
 * program, which is written at each start because ports may change. */
#ifndef TOOLS_DEMO_MAKE_H
#define TOOLS_DEMO_MAKE_H

#include "tools/demo/site.h"

/* Everything that stays from one start to the next. Does nothing where the folder is whole and
 * younger than a week; an older or broken one of ours is made anew; CONFIG DEMO_STATE for a folder
 * that is not ours. */
LG_MUST_USE struct lg_err demo_make(const struct demo_site *site, struct diag *diag);
/* partnership.yaml, the files of all programs and of one client an agency; needs ports. */
LG_MUST_USE struct lg_err demo_configure(const struct demo_site *site, struct diag *diag);
/* The lines of gateway.yaml, and what the sign-in provider is told: config/provider.json; its
 * secret.
 */
void demo_console_put(FILE *file, const struct demo_site *site);
LG_MUST_USE struct lg_err demo_console_configure(const struct demo_site *site, struct diag *diag);
/* STATE/pinned-keys, from the key service's own state and the index's key. */
LG_MUST_USE struct lg_err demo_pin_keys(const struct demo_site *site, struct diag *diag);

/* An agreement of the demo: STATE/ID.isa, made from a template of the tree. */
struct demo_agreement {
    const char *id;
    const char *template;
    unsigned enrols; /* bits 1 << enum demo_agency: whose people its clauses put into the index */
};
enum { DEMO_AGREEMENTS = 2 };
/* index below DEMO_AGREEMENTS; static. */
const struct demo_agreement *demo_agreement_at(size_t index);

/* Each agreement with dates and keys of today, and a signature of every party. */
LG_MUST_USE struct lg_err demo_agreements_make(const struct demo_site *site, struct diag *diag);
/* The public key with which a party of the demo signs, made where there is none. */
LG_MUST_USE struct lg_err demo_signing_key(const struct demo_site *site, const char *party,
                                           struct diag *diag, char out_hex[static 65]);

/* Roles that an agency's case system may vouch for, a NULL-terminated list. */
const char *const *demo_roles(enum demo_agency agency);

#endif
