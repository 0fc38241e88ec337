/* SPDX-License-Identifier: Apache-2.0 */
/* What a command about consent has to say, from flags. */
#ifndef TOOLS_LOCKGATE_CONSENT_OPTIONS_H
#define TOOLS_LOCKGATE_CONSENT_OPTIONS_H

#include "gateway/base/limits.h"
#include "tools/lockgate/person_options.h"

enum { CONSENT_LISTS = 4, CONSENT_LIST_MAX = LIMIT_CONSENT_NAMES };

/* consent: as the flags say; its lists point into names, all else into argv. id: zeros where none
 * was given. */
struct consent_options {
    struct person_options person; /* config, identity, ground */
    struct consent consent;
    struct span names[CONSENT_LISTS][CONSENT_LIST_MAX];
    struct consent_id id;
    bool has_id;
    const char *proof; /* --proof: a file for the receipt of the log; NULL: not kept */
    bool is_quiet;     /* --quiet: no notes */
    bool of_source;
    bool outstanding_only;
    bool acknowledges; /* --acknowledge: the notice of this id */
};

/* False for wrong usage, which is told on stderr. wants_person: --identity is needed. */
bool consent_options_read(int argc, char **argv, bool wants_person,
                          struct consent_options *out_options);

/* Words of flags and lines: "basis", "given" and so on; static strings. */
const char *consent_kind_word(enum consent_kind kind);
const char *consent_state_word(const struct consent *consent);

#endif
