/* SPDX-License-Identifier: Apache-2.0 */
/* `audit export`: the entries of the own side as a stream, each receipt checked and written before
 * the next is taken. */
#include <inttypes.h>
#include <stdio.h>

#include "tools/lockgate/exit.h"
#include "tools/lockgate/person_print.h"
#include "tools/lockgate/search.h"
#include "tools/lockgate/search_int.h"

enum { EXPORT_MS = 3600000, MESSAGE_ARENA = 1 << 20, EXPORT_WRONG = 225 };

static const char export_path[] = "/lockgate.v1.Audit/Export";

struct exporting {
    struct search *search;
    bool has_begun;
    struct verdict verdict;
    uint64_t covered;
    uint64_t wanted; /* the log went so far when it was asked */
    struct span checkpoint;
};

static struct lg_err begin_take(struct exporting *it, const struct wire_audit_export_begin *begin) {
    struct arena *arena = it->search->asking.arena;
    it->has_begun = true;
    it->covered = begin->covered_size;
    it->checkpoint = arena_copy(arena, begin->checkpoint);
    it->wanted = begin->has_search_receipt ? begin->search_receipt.index : 0;
    it->verdict = (struct verdict){
        .decision = begin->verdict.decision,
        .code = arena_copy(arena, begin->verdict.code),
        .sentence = arena_copy(arena, begin->verdict.sentence),
        .remedy = arena_copy(arena, begin->verdict.remedy),
        .agreement = arena_copy(arena, begin->verdict.agreement),
        .agreement_version = begin->verdict.agreement_version,
    };
    return arena_failed(arena);
}

/* A receipt as a proof that was checked. */
static struct lg_err entry_write(const struct exporting *it, const struct receipt_form *form,
                                 struct arena *arena) {
    struct audit_proof proof;
    struct audit_verified verified;
    struct span text;
    TRY(audit_proof_write(form, it->checkpoint, arena, &text));
    struct span rest = text;
    TRY(audit_proof_read(&rest, arena, &proof));
    TRY(audit_proof_verify(&proof, &it->search->vkey, &verified));
    if (fwrite(text.ptr, 1, text.len, stdout) != text.len) {
        diag_set(&it->search->asking.diag, 0, "the output could not be written");
        return lg_err_make(LG_CLASS_CONFIG, LG_TOOLS, EXPORT_WRONG);
    }
    return LG_OK;
}

static struct lg_err on_message(void *ctx, struct span message) {
    struct exporting *it = ctx;
    struct asking *asking = &it->search->asking;
    OWN(arena_free) struct arena *arena = NULL;
    struct wire_audit_export_reply reply;
    TRY(arena_new(MESSAGE_ARENA, &arena));
    TRY(wire_audit_export_reply_decode(arena, message, &asking->report, &reply));
    if (reply.has_begin == it->has_begun || reply.has_entry == reply.has_begin) {
        diag_set(&asking->diag, 0, "the gateway sent what is no export");
        return lg_err_make(LG_CLASS_PEER, LG_TOOLS, EXPORT_WRONG);
    }
    return reply.has_begin ? begin_take(it, &reply.begin) : entry_write(it, &reply.entry, arena);
}

static struct lg_err stream(struct exporting *it) {
    struct asking *asking = &it->search->asking;
    struct span message;
    TRY(wire_audit_export_request_encode(asking->arena, &it->search->options.request, &message));
    const struct client_call call = {.channel = asking->gateway,
                                     .path = export_path,
                                     .message = message,
                                     .timeout_ms = EXPORT_MS};
    return client_stream(asking->client, &call, on_message, it, &asking->diag);
}

static int failed(const struct exporting *it, struct lg_err err) {
    if (lg_err_module(err) == LG_AUDIT) {
        (void)fputs("NOT VERIFIED: a receipt that the gateway sent.\nWhat was written before it "
                    "holds.\nKeep it, and ask the log's operator why.\n",
                    stderr);
        return EXIT_TOOL_NOT_VERIFIED;
    }
    return asking_failed(&it->search->asking, "The entries were not exported to their end.", err);
}

/* What it does not cover must not look like nothing. */
static int done(const struct exporting *it) {
    if (it->verdict.decision == DECISION_REFUSE) {
        person_verdict_print(&it->verdict);
        return EXIT_TOOL_REFUSED;
    }
    if (it->covered < it->wanted) {
        (void)fprintf(stderr,
                      "The index of the log goes to entry %" PRIu64 " only, of %" PRIu64
                      ": export again later for the rest.\n",
                      it->covered, it->wanted);
    }
    return EXIT_TOOL_DONE;
}

int tool_audit_export(int argc, char **argv) {
    struct search search = {.options = {.config = NULL}};
    struct exporting it = {.search = &search, .verdict = {.decision = DECISION_PERMIT}};
    struct wire_find_reply found = {.verdict = {.decision = DECISION_PERMIT}};
    if (!search_options_read(argc, argv, &search.options) || search.options.key == NULL ||
        search.options.request.reason == WIRE_SEARCH_NO_REASON || search.options.is_json) {
        return EXIT_TOOL_USAGE;
    }
    struct lg_err err = search_open(&search, &found);
    if (!lg_failed(err) && found.verdict.decision == DECISION_REFUSE) {
        it.verdict = found.verdict;
    } else if (!lg_failed(err)) {
        err = stream(&it);
    }
    int code = lg_failed(err) ? failed(&it, err) : done(&it);
    asking_done(&search.asking);
    return code;
}
