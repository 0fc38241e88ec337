/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of Agreements.Diff. wire.h says what decoding and encoding promise. */
#ifndef GATEWAY_WIRE_AGREEMENT_DIFF_H
#define GATEWAY_WIRE_AGREEMENT_DIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/attr.h"
#include "gateway/base/err.h"
#include "gateway/base/span.h"
#include "gateway/model/model.h"
#include "gateway/wire/agreements.h"
#include "gateway/wire/wire.h"

struct wire_diff_agreements_request {
    struct span id;
    uint32_t old_version; /* 0: the one in force */
    uint32_t new_version;
};

/* Values of the contract (AgreementChangeClass). */
enum wire_agreement_change_class {
    WIRE_AGREEMENT_CHANGE_UNSPECIFIED = 0,
    WIRE_AGREEMENT_CHANGE_END = 7
};

struct wire_agreement_change {
    enum wire_agreement_change_class change;
    bool of_cells;
    struct span data_class;
    struct span_list roles;
    struct span_list sources;
    struct span_list purposes;
    struct span_list fields;
    struct span clause_before;
    struct span clause_after;
    struct span sentence;
};

struct wire_diff_agreements_reply {
    const struct wire_finding *changes; /* none: lines says more */
    size_t change_count;
    const struct wire_agreement_change *lines;
    size_t line_count;
    uint64_t cells;
    uint64_t cells_changed;
    bool opens;
};

/* DiffAgreementsRequest. Strict. */
LG_MUST_USE struct lg_err
wire_diff_agreements_request_decode(struct arena *arena, struct span bytes,
                                    struct wire_report *report,
                                    struct wire_diff_agreements_request *out_request);
LG_MUST_USE struct lg_err
wire_diff_agreements_request_encode(struct arena *arena,
                                    const struct wire_diff_agreements_request *request,
                                    struct span *out_bytes);

/* DiffAgreementsReply. Lenient. */
LG_MUST_USE struct lg_err
wire_diff_agreements_reply_decode(struct arena *arena, struct span bytes,
                                  struct wire_report *report,
                                  struct wire_diff_agreements_reply *out_reply);
LG_MUST_USE struct lg_err wire_diff_agreements_reply_encode(
    struct arena *arena, const struct wire_diff_agreements_reply *reply, struct span *out_bytes);

#endif
