/* SPDX-License-Identifier: Apache-2.0 */
/* The first version of an agreement at a gateway comes with its signatures, from a file: no gateway
 * was there yet at which it could have been signed. */
#ifndef GATEWAY_AGREEMENT_FOUNDING_H
#define GATEWAY_AGREEMENT_FOUNDING_H

#include "gateway/agreement/set.h"
#include "gateway/base/diag.h"
#include "gateway/config/config.h"

/* A text and the signature lines beside it. */
struct agreement_founding {
    struct span text;
    struct span lines;
    struct agreement_ground ground;
    const struct config_partnership *registry;
};

/* Whether it could found: it compiles, every party's key is the one that the partnership pins, each
 * line is a good `sign` for exactly this text, and all signatures that are needed are there.
 * Nothing is kept or changed. INPUT or CONFIG with the diag; LIMIT. The caller frees the text. */
LG_MUST_USE struct lg_err agreement_founding_check(const struct agreement_founding *founding,
                                                   struct diag *diag,
                                                   struct agreement_text **out_text);

#endif
