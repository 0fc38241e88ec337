/* SPDX-License-Identifier: Apache-2.0 */
/* What a question about a person has to say, from flags and a file. */
#ifndef TOOLS_LOCKGATE_PERSON_OPTIONS_H
#define TOOLS_LOCKGATE_PERSON_OPTIONS_H

#include <stdbool.h>

#include "gateway/base/arena.h"
#include "gateway/base/diag.h"
#include "gateway/base/err.h"
#include "gateway/model/model.h"

struct person_options {
    const char *config;   /* --config: see gateway/config/client.h */
    const char *identity; /* --identity: a file, or "-" for stdin */
    const char *receipts; /* --receipts: a folder for proofs and parts; NULL: not kept */
    struct question question;
};

/* Takes one flag with its value; false where it is none of these or the value does not fit. */
bool person_option_take(const char *name, const char *value, struct person_options *options);
/* Whether what every call needs was given; with wants_identity an identity too. */
bool person_options_are_whole(const struct person_options *options, bool wants_identity);

/* False for wrong usage. The question's texts point into argv; its id is drawn by the caller. */
bool person_options_read(int argc, char **argv, struct person_options *out_options);

/* An identity from a file of lines `NAME: TEXT`, with the names family-name, given-name, born,
 * postcode, scheme, identifier. CONFIG with the line in *diag. */
LG_MUST_USE struct lg_err person_identity_read(const char *path, struct arena *arena,
                                               struct diag *diag, struct identity *out_identity);

#endif
