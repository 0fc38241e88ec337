/* SPDX-License-Identifier: Apache-2.0 */
/* One run of `lockgate audit reconcile`, from words to cases. */
#ifndef TOOLS_LOCKGATE_RECONCILE_RUN_H
#define TOOLS_LOCKGATE_RECONCILE_RUN_H

#include "tools/lockgate/asking.h"
#include "tools/lockgate/reconcile_int.h"

struct reconcile_run {
    const char *config;
    const char *record;   /* --record: folder or file of a source's record; NULL: none */
    const char *receipts; /* --receipts: folder or file of a recipient's; NULL: none */
    const char *key;
    const char *since;
    const char *until; /* included */
    bool opens_cases;
    bool is_json;
    struct question question;
    struct asking asking;
    struct audit_vkey vkey;
    bool is_refused;
    struct reconcile it;
};

/* Has the gateway open a review case for each difference that has none yet; prints how many. A case
 * that stands, or was closed, is not opened again. LIMIT, PEER. */
LG_MUST_USE struct lg_err reconcile_cases_open(struct reconcile_run *run);

#endif
