/* SPDX-License-Identifier: Apache-2.0 */
/* What a question about a person has to say, from flags and a file. */
#ifndef TOOLS_LOCKGATE_PERSON_OPTIONS_H
#define TOOLS_LOCKGATE_PERSON_OPTIONS_H

#include <stdbool.h>

#include "gateway/base/arena.h"
#include "gateway/base/diag.h"
#include "gateway/base/err.h"
#include "gateway/model/model.h"
#include "tools/lockgate/options.h"

struct person_options {
    const char *config;   /* --config: see gateway/config/client.h */
    const char *identity; /* --identity: a file, or "-" for stdin */
    const char *receipts; /* --receipts: a folder for proofs and parts; NULL: not kept */
    bool json;            /* --json: the reply is printed as such */
    struct question question;
};

/* What every question says: ground, age, reason for no consent, statement, compelling reason, the
 * person's capacity. The rows point into it. */
enum { QUESTION_OPTIONS = 12, PERSON_OPTIONS = QUESTION_OPTIONS + 10 };
void question_table(struct question *question, struct option out[static QUESTION_OPTIONS]);
/* Whether purpose, basis, user and role were given. */
bool question_is_whole(const struct question *question);
/* And what one about a person says too, with the files. */
void person_table(struct person_options *options, struct option out[static PERSON_OPTIONS]);
/* Whether what every call needs was given; with wants_identity an identity too. */
bool person_options_are_whole(const struct person_options *options, bool wants_identity);

/* False for wrong usage. The question's texts point into argv; its id is drawn by the caller. */
bool person_options_read(int argc, char **argv, struct person_options *out_options);

/* An identity from a file of lines `NAME: TEXT`, with the names family-name, given-name, born,
 * postcode, scheme, identifier. CONFIG with the line in *diag. */
LG_MUST_USE struct lg_err person_identity_read(const char *path, struct arena *arena,
                                               struct diag *diag, struct identity *out_identity);

#endif
