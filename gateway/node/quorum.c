/* SPDX-License-Identifier: Apache-2.0 */
/* Agreements whose answers wait for witnesses, as the configuration names them. */
#include <stdlib.h>

#include "gateway/agreement/book.h"
#include "gateway/base/log.h"
#include "gateway/node/node_int.h"

enum { FIND_ARENA_SIZE = 64 << 10 };

static void on_hurry(void *ctx) {
    node_witnesses_hurry(ctx);
}

/* An id that no agreement has would be a rule that holds for nothing, and nobody would notice. */
static struct lg_err agreement_check(struct node *node, const char *id, struct diag *diag) {
    OWN(arena_free) struct arena *arena = NULL;
    struct agreement_info info;
    TRY(arena_new(FIND_ARENA_SIZE, &arena));
    struct lg_err err = agreement_book_find(node->agreements.book, span_text(id), 0, arena, &info);
    if (lg_err_class(err) == LG_CLASS_INPUT) {
        diag_set(diag, 0,
                 "quorum.agreements: there is no agreement %.63s here. Correct its id, or take it "
                 "off the list until it has been proposed.",
                 id);
        return lg_err_make(LG_CLASS_CONFIG, LG_SERVICE, NODE_AGREEMENT);
    }
    return err;
}

struct lg_err node_quorum_open(struct node *node, struct diag *diag) {
    const struct config_quorum *config = node->config->quorum;
    if (config == NULL) {
        return LG_OK;
    }
    node->quorum_agreements = calloc((size_t)config->agreement_count + config->at_once_count,
                                     sizeof *node->quorum_agreements);
    if (node->quorum_agreements == NULL) {
        return lg_err_make(LG_CLASS_LIMIT, LG_SERVICE, NODE_MEMORY);
    }
    for (uint32_t i = 0; i < config->agreement_count; i++) {
        TRY(agreement_check(node, config->agreements[i], diag));
        node->quorum_agreements[i] = span_text(config->agreements[i]);
    }
    struct span *at_once = node->quorum_agreements + config->agreement_count;
    for (uint32_t i = 0; i < config->at_once_count; i++) { /* each is one of those */
        at_once[i] = span_text(config->at_once[i]);
    }
    node->quorum = (struct query_quorum){
        .agreements = node->quorum_agreements,
        .agreement_count = config->agreement_count,
        .at_once = at_once,
        .at_once_count = config->at_once_count,
        .needed = config->witnesses,
        .hurry = on_hurry,
        .ctx = node,
    };
    log_line(LOG_INFO, "node.quorum", "agreements=%u witnesses=%u of=%u emergencies_at_once=%u",
             config->agreement_count, config->witnesses, node->config->witness_count,
             config->at_once_count);
    return LG_OK;
}
