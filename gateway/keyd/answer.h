/* SPDX-License-Identifier: Apache-2.0 */
/* The methods of lockgate.v1.Keys as functions from message to message, without a network. */
#ifndef GATEWAY_KEYD_ANSWER_H
#define GATEWAY_KEYD_ANSWER_H

#include "gateway/base/arena.h"
#include "gateway/base/attr.h"
#include "gateway/base/err.h"
#include "gateway/base/span.h"
#include "gateway/config/config.h"
#include "gateway/keyd/keyd.h"

/* What answers: the keys, and who is known. Agencies and recipients that the partnership does not
 * know are refused: a made-up name gets neither a budget nor a scalar. */
struct keyd_answers {
    struct keyd *keyd;
    const struct config_partnership *partnership;
};

/* One question. Everything lives in the arena; sentence says what was wrong and may be shown. */
struct keyd_question {
    struct arena *arena;
    struct span message;
    const char *sentence; /* set by the answer on error; static or in the arena */
};

/* The encoded reply, or an error whose class picks the status: INPUT, LIMIT, STORE, CONFIG. */
typedef struct lg_err (*keyd_answer_fn)(const struct keyd_answers *answers,
                                        struct keyd_question *question, struct span *out_reply);

LG_MUST_USE struct lg_err keyd_answer_evaluate(const struct keyd_answers *answers,
                                               struct keyd_question *question,
                                               struct span *out_reply);
LG_MUST_USE struct lg_err keyd_answer_pseudonymise(const struct keyd_answers *answers,
                                                   struct keyd_question *question,
                                                   struct span *out_reply);
/* With to_agreement and to_recipient both empty it takes the first scalar off and adds none: the
 * way from a recipient's pseudonym back to the (blinded) person point. */
LG_MUST_USE struct lg_err keyd_answer_translate(const struct keyd_answers *answers,
                                                struct keyd_question *question,
                                                struct span *out_reply);
LG_MUST_USE struct lg_err keyd_answer_public_keys(const struct keyd_answers *answers,
                                                  struct keyd_question *question,
                                                  struct span *out_reply);

#endif
