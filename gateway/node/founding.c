/* SPDX-License-Identifier: Apache-2.0 */
/* Agreements that the configuration lists found a fresh state: text, hash and signatures. Where the
 * state has an agreement of that id in force already, or ever had, the file is passed over: what
 * happened since counts.
 *
 * Everything is checked before anything is recorded. Each step is an act in the log like any other
 * and is left out where it happened already, so that a start that was cut off goes on. */
#define _POSIX_C_SOURCE 200809L
#include "gateway/agreement/founding.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/limits_agreement.h"
#include "gateway/base/log.h"
#include "gateway/node/node_int.h"
#include "policy/signing.h"

enum { PATH_SIZE = 4096 };

/* One file of the configuration. */
struct founding {
    struct node *node;
    const struct config_pinned_file *file;
    uint8_t *text;
    size_t text_len;
    uint8_t *lines;
    size_t lines_len;
    struct agreement_text *compiled;
};

static void founding_done(struct founding *founding) {
    free(founding->text);
    free(founding->lines);
    agreement_text_free(&founding->compiled);
}

static struct lg_err wrong(const struct founding *founding, const struct diag *inner,
                           struct diag *diag) {
    diag_set(diag, inner->line, "%s: %s", founding->file->file, inner->text);
    return lg_err_make(LG_CLASS_CONFIG, LG_SERVICE, NODE_AGREEMENT);
}

/* The signatures stand beside the text: FILE.isa has FILE.sig, where nothing else is said. */
static bool lines_path(const struct config_pinned_file *file, char out[static PATH_SIZE]) {
    static const char ending[] = ".isa";
    size_t len = strlen(file->file);
    size_t tail = sizeof ending - 1;
    bool has_ending = len > tail && strcmp(file->file + len - tail, ending) == 0;
    int written = file->signatures != NULL
                      ? snprintf(out, PATH_SIZE, "%s", file->signatures)
                      : snprintf(out, PATH_SIZE, "%.*s.sig", (int)(has_ending ? len - tail : len),
                                 file->file);
    return written > 0 && written < PATH_SIZE;
}

static struct lg_err founding_read(struct founding *founding, struct diag *diag) {
    char path[PATH_SIZE];
    TRY(node_pinned_read(founding->file, diag, &founding->text, &founding->text_len));
    if (!lines_path(founding->file, path)) {
        const struct diag inner = {.text = "the path of its signatures is too long"};
        return wrong(founding, &inner, diag);
    }
    return node_file_read(path, LIMIT_AGREEMENT_SIGNATURES_SIZE, diag, &founding->lines,
                          &founding->lines_len);
}

static struct lg_err founding_check(struct founding *founding, struct diag *diag) {
    struct diag inner = {0};
    TRY(founding_read(founding, diag));
    const struct agreement_founding check = {
        .text = span_of(founding->text, founding->text_len),
        .lines = span_of(founding->lines, founding->lines_len),
        .ground = {founding->node->agreements.floor, founding->node->agreements.statutes},
        .registry = founding->node->registry,
    };
    struct lg_err err = agreement_founding_check(&check, &inner, &founding->compiled);
    if (!lg_failed(err)) {
        err =
            node_agreement_fits(founding->node, agreement_text_policy(founding->compiled), &inner);
    }
    return lg_failed(err) && lg_err_class(err) != LG_CLASS_LIMIT ? wrong(founding, &inner, diag)
                                                                 : err;
}

/* ---- Acts ---- */

static void on_committed(void *ctx, const struct audit_outcome *outcome) {
    bool *committed = ctx;
    *committed = outcome->result == AUDIT_COMMITTED;
}

static struct lg_err ready_commit(struct node *node, const struct agreement_ready *ready) {
    struct agreement_entry entry;
    bool committed = false;
    TRY(agreement_entry_decode(ready->written, &entry));
    struct audit_entry_fields fields = {
        .kind = AUDIT_AGREEMENT,
        .requesting_agency = entry.agency,
        .agreement = entry.agreement,
        .agreement_version = entry.version,
        .reason = span_text(agreement_entry_code(entry.act)),
        .sealed = ready->written,
    };
    vault_random(fields.request_id.bytes, sizeof fields.request_id.bytes);
    const struct audit_batch batch = {.entries = &fields, .count = 1};
    TRY(audit_commit_wait(node->log, &batch, on_committed, &committed));
    return committed ? LG_OK : lg_err_make(LG_CLASS_STORE, LG_SERVICE, NODE_AGREEMENT);
}

static struct lg_err act_do(struct founding *founding, const struct agreement_wish *wish,
                            struct diag *diag) {
    struct agreement_book *book = founding->node->agreements.book;
    struct agreement_ready *ready = calloc(1, sizeof *ready);
    struct diag inner = {0};
    if (ready == NULL) {
        return lg_err_make(LG_CLASS_LIMIT, LG_SERVICE, NODE_MEMORY);
    }
    struct lg_err err = agreement_book_prepare(book, wish, &inner, ready);
    bool is_prepared = !lg_failed(err);
    if (is_prepared && !ready->is_done) {
        err = ready_commit(founding->node, ready);
    }
    if (is_prepared) {
        agreement_book_release(book, ready);
    }
    free(ready);
    return lg_err_class(err) == LG_CLASS_INPUT ? wrong(founding, &inner, diag) : err;
}

static struct lg_err lines_do(struct founding *founding, struct diag *diag) {
    struct span rest = span_of(founding->lines, founding->lines_len);
    struct span part;
    while (span_split(&rest, '\n', &part)) {
        struct agreement_line line;
        if (part.len == 0) {
            continue;
        }
        TRY(agreement_line_read(part, &line));
        const struct agreement_wish wish = {
            .act = AGREEMENT_SIGN,
            .agency = line.party,
            .system = span_text("configuration"),
            .line = span_of(part.ptr, part.len + 1),
        };
        TRY(act_do(founding, &wish, diag));
    }
    return LG_OK;
}

static struct lg_err founding_do(struct founding *founding, struct diag *diag) {
    const struct policy *policy = agreement_text_policy(founding->compiled);
    struct agreement_wish wish = {
        .act = AGREEMENT_PROPOSE,
        .agency = policy_lead(policy),
        .system = span_text("configuration"),
        .agreement = policy_id(policy),
        .version = policy_version(policy),
        .text = span_of(founding->text, founding->text_len),
    };
    TRY(act_do(founding, &wish, diag));
    TRY(lines_do(founding, diag));
    wish.act = AGREEMENT_ACTIVATE;
    wish.text = span_of(NULL, 0);
    TRY(act_do(founding, &wish, diag));
    log_line(LOG_INFO, "node.agreement.founded", "agreement=%.*s version=%u",
             (int)policy_id(policy).len, (const char *)policy_id(policy).ptr,
             (unsigned)policy_version(policy));
    return LG_OK;
}

static struct lg_err one_found(struct founding *founding, struct diag *diag) {
    if (agreement_book_has_begun(founding->node->agreements.book, founding->file->sha256)) {
        return LG_OK; /* the file has done its work, and may be gone */
    }
    TRY(founding_check(founding, diag));
    struct span id = policy_id(agreement_text_policy(founding->compiled));
    return agreement_book_is_begun(founding->node->agreements.book, id)
               ? LG_OK
               : founding_do(founding, diag);
}

static struct lg_err each_do(struct node *node, struct diag *diag,
                             struct lg_err (*step)(struct founding *, struct diag *)) {
    for (uint32_t i = 0; i < node->config->agreement_count; i++) {
        struct founding founding = {.node = node, .file = &node->config->agreements[i]};
        struct lg_err err = step(&founding, diag);
        founding_done(&founding);
        TRY(err);
    }
    return LG_OK;
}

struct lg_err node_agreements_check(struct node *node, struct diag *diag) {
    return each_do(node, diag, founding_check);
}

struct lg_err node_agreements_found(struct node *node, struct diag *diag) {
    return each_do(node, diag, one_found);
}
