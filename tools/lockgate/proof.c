/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/lockgate/proof.h"

#include <stdio.h>
#include <string.h>

#include "gateway/audit/merkle.h"
#include "gateway/audit/note.h"
#include "gateway/base/limits_witness.h"
#include "gateway/wire/audit.h"
#include "tools/lockgate/exit.h"
#include "tools/lockgate/officer.h"
#include "tools/lockgate/options.h"
#include "tools/lockgate/person_options.h"

enum { HELD_SIZE_MAX = 8 << 20, HELD_ARENA_SIZE = 32 << 20 }; /* as `audit verify` reads */

static const char get_path[] = "/lockgate.v1.Audit/Get";

struct proof_options {
    const char *config;
    const char *held_path;
    struct question question;
};

/* The receipt that the holder has already. */
struct held {
    struct audit_proof proof;
    struct audit_checkpoint checkpoint;
};

static bool options_take(int argc, char **argv, struct proof_options *out_options) {
    *out_options = (struct proof_options){.config = NULL};
    struct option asked[QUESTION_OPTIONS];
    const struct option own[] = {
        {"--config", .text = &out_options->config},
        {"--held", .text = &out_options->held_path},
    };
    question_table(&out_options->question, asked);
    const struct option_table tables[] = {{asked, sizeof asked / sizeof asked[0]},
                                          {own, sizeof own / sizeof own[0]}};
    return options_read(argc, argv, tables, 2) && out_options->config != NULL &&
           question_is_whole(&out_options->question);
}

static int complain(const char *what, const char *why, enum exit_tool code) {
    (void)fprintf(stderr, "%s\n%s\n", what, why);
    return (int)code;
}

/* ---- The receipt that is held */

static struct lg_err file_read(const char *path, struct arena *arena, struct span *out_text) {
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = file == NULL ? NULL : arena_alloc(arena, HELD_SIZE_MAX);
    size_t len = bytes == NULL ? 0 : fread(bytes, 1, HELD_SIZE_MAX, file);
    bool good = bytes != NULL && ferror(file) == 0 && len < HELD_SIZE_MAX;
    if (file != NULL) {
        (void)fclose(file);
    }
    *out_text = span_of(bytes, len);
    return good ? LG_OK : lg_err_make(LG_CLASS_INPUT, LG_AUDIT, AUDIT_PROOF_FORMAT);
}

static struct lg_err checkpoint_parse(struct span text, struct audit_checkpoint *out_checkpoint) {
    struct audit_note note;
    TRY(audit_note_read(text, &note));
    return audit_checkpoint_parse(note.body, out_checkpoint);
}

/* The first receipt of this entry in the file. Who holds it answers for it: `audit verify` checks
 * the signatures of both. */
static struct lg_err held_read(const char *path, uint64_t index, struct arena *arena,
                               struct held *out_held) {
    struct span text;
    TRY(file_read(path, arena, &text));
    while (text.len > 0) {
        TRY(audit_proof_read(&text, arena, &out_held->proof));
        if (out_held->proof.form.index == index) {
            return checkpoint_parse(out_held->proof.checkpoint, &out_held->checkpoint);
        }
    }
    return lg_err_make(LG_CLASS_INPUT, LG_AUDIT, AUDIT_PROOF_FORMAT);
}

/* ---- The receipt that is fetched */

static struct lg_err proof_fetch(struct officer *officer,
                                 const struct wire_audit_get_request *request,
                                 struct wire_audit_get_reply *out_reply) {
    struct span message;
    struct span answer;
    TRY(officer_open(officer));
    TRY(wire_audit_get_request_encode(officer->arena, request, &message));
    TRY(officer_call(officer, get_path, message, &answer));
    return wire_audit_get_reply_decode(officer->arena, answer, &officer->report, out_reply);
}

static int refused(const struct verdict *verdict) {
    (void)fprintf(stderr, "%.*s\n%.*s\n", (int)verdict->code.len, (const char *)verdict->code.ptr,
                  (int)verdict->sentence.len, (const char *)verdict->sentence.ptr);
    return EXIT_TOOL_REFUSED;
}

/* The reply carries on from what is held: the leaf is the same, and so is the log. */
static bool carries_on(const struct held *held, const struct wire_audit_get_reply *reply) {
    struct audit_checkpoint now;
    struct audit_hash hashes[AUDIT_CONSISTENCY_MAX];
    const struct span_list *path = &reply->consistency;
    if (lg_failed(checkpoint_parse(reply->logged.checkpoint, &now)) ||
        reply->held_size != held->checkpoint.size || path->count > AUDIT_CONSISTENCY_MAX) {
        return false;
    }
    for (size_t i = 0; i < path->count; i++) {
        if (path->items[i].len != AUDIT_HASH_SIZE) {
            return false;
        }
        memcpy(hashes[i].bytes, path->items[i].ptr, AUDIT_HASH_SIZE);
    }
    struct audit_consistency_claim claim = {.from = held->checkpoint.size,
                                            .to = now.size,
                                            .from_root = &held->checkpoint.root,
                                            .to_root = &now.root};
    struct span leaf = held->proof.form.leaf;
    return !lg_failed(audit_merkle_consistency_check(&claim, hashes, path->count)) &&
           (leaf.len == 0 || span_equal(leaf, reply->logged.receipt.leaf));
}

/* What only the holder of the first receipt has goes with the new one: the log does not keep it
 * where it could show it. */
static struct receipt_form form_of(const struct held *held,
                                   const struct wire_audit_get_reply *reply) {
    struct receipt_form form = reply->logged.receipt;
    if (held != NULL) {
        form.salt = held->proof.form.salt;
        form.detail = held->proof.form.detail;
    }
    return form;
}

static int proof_print(struct officer *officer, const struct held *held,
                       const struct wire_audit_get_reply *reply) {
    struct span text;
    struct audit_earlier earlier = {.checkpoint = {0}};
    if (reply->verdict.decision == DECISION_REFUSE) {
        return refused(&reply->verdict);
    }
    if (held != NULL) {
        if (!carries_on(held, reply)) {
            return complain("NOT VERIFIED: the log is another than it was.",
                            "Keep the receipt that you hold: it is signed, and proves what the log "
                            "was.",
                            EXIT_TOOL_NOT_VERIFIED);
        }
        earlier = (struct audit_earlier){.checkpoint = held->proof.checkpoint,
                                         .path = reply->consistency};
    }
    struct receipt_form form = form_of(held, reply);
    struct lg_err err =
        audit_proof_write_since(&form, reply->logged.checkpoint, &earlier, officer->arena, &text);
    if (lg_failed(err)) {
        return officer_failed(officer, "The gateway sent no receipt that can be written.", err);
    }
    (void)fwrite(text.ptr, 1, text.len, stdout);
    return EXIT_TOOL_DONE;
}

int tool_audit_proof(int argc, char **argv) {
    struct proof_options options;
    OWN(arena_free) struct arena *arena = NULL;
    struct held held = {.checkpoint = {.size = 0}};
    struct officer officer = {.config = NULL};
    struct wire_audit_get_request request = {.index = 0};
    struct wire_audit_get_reply reply = {.verdict = {.decision = DECISION_REFUSE}};
    if (argc < 1 || lg_failed(audit_decimal_read(span_text(argv[0]), &request.index)) ||
        !options_take(argc - 1, argv + 1, &options)) {
        return EXIT_TOOL_USAGE;
    }
    if (options.held_path != NULL &&
        (lg_failed(arena_new(HELD_ARENA_SIZE, &arena)) ||
         lg_failed(held_read(options.held_path, request.index, arena, &held)))) {
        return complain(options.held_path,
                        "There is no receipt of this entry in it. Nothing was asked.",
                        EXIT_TOOL_FAILED);
    }
    officer.options.config = options.config;
    request.ground = options.question.ground;
    request.held_size = held.checkpoint.size;
    struct lg_err err = proof_fetch(&officer, &request, &reply);
    int code = lg_failed(err)
                   ? officer_failed(&officer, "There is no receipt.", err)
                   : proof_print(&officer, options.held_path != NULL ? &held : NULL, &reply);
    officer_done(&officer);
    return code;
}
