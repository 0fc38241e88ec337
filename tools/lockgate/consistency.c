/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/lockgate/consistency.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gateway/audit/merkle.h"
#include "gateway/audit/note.h"
#include "gateway/vault/vault.h"
#include "gateway/wire/audit.h"
#include "tools/lockgate/exit.h"
#include "tools/lockgate/officer.h"

enum { FILE_SIZE_MAX = 1 << 20 };

struct work {
    struct officer officer;
    const char *path;
    const char *key_path;
    struct audit_vkey vkey;
    struct audit_checkpoint before;
    struct audit_checkpoint now;
};

static int complain(const char *what, const char *why, enum exit_tool code) {
    (void)fprintf(stderr, "%s\n%s\n", what, why);
    return (int)code;
}

static bool options_read(int argc, char **argv, struct work *work) {
    for (int i = 0; i < argc; i++) {
        const char **place = &work->path;
        if (strcmp(argv[i], "--key") == 0) {
            place = &work->key_path;
        } else if (strcmp(argv[i], "--config") == 0) {
            place = &work->officer.options.config;
        } else if (argv[i][0] == '-') {
            return false;
        }
        i += place != &work->path ? 1 : 0;
        if (i == argc || *place != NULL) {
            return false;
        }
        *place = argv[i];
    }
    return work->path != NULL && work->key_path != NULL && work->officer.options.config != NULL;
}

/* ptr NULL where it cannot be read. */
static struct span file_read(const char *path, struct arena *arena) {
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = file == NULL ? NULL : arena_alloc(arena, FILE_SIZE_MAX);
    size_t len = bytes == NULL ? 0 : fread(bytes, 1, FILE_SIZE_MAX, file);
    bool good = bytes != NULL && ferror(file) == 0 && len < FILE_SIZE_MAX;
    if (file != NULL) {
        (void)fclose(file);
    }
    return good ? span_of(bytes, len) : (struct span){0};
}

/* A checkpoint of this log under its key. */
static struct lg_err checkpoint_open(const struct work *work, struct span text,
                                     struct audit_checkpoint *out_checkpoint) {
    struct audit_note note;
    TRY(audit_note_read(text, &note));
    TRY(audit_note_verify(&note, &work->vkey));
    TRY(audit_checkpoint_parse(note.body, out_checkpoint));
    return span_equal(out_checkpoint->origin, work->vkey.name)
               ? LG_OK
               : lg_err_make(LG_CLASS_INPUT, LG_AUDIT, AUDIT_ORIGIN);
}

/* The checkpoint of the file, which may be that of a receipt. */
static struct lg_err before_read(struct work *work, struct arena *arena) {
    struct span text = file_read(work->path, arena);
    struct audit_proof proof;
    if (span_starts_with(text, span_text("c2sp.org/"))) {
        TRY(audit_proof_read(&text, arena, &proof));
        text = proof.checkpoint;
    }
    return checkpoint_open(work, text, &work->before);
}

static struct lg_err now_fetch(struct work *work) {
    struct officer *officer = &work->officer;
    struct span answer;
    struct span note;
    TRY(officer_call(officer, "/lockgate.v1.Audit/Checkpoint", span_of(NULL, 0), &answer));
    TRY(wire_checkpoint_reply_decode(officer->arena, answer, &officer->report, &note));
    return checkpoint_open(work, note, &work->now);
}

static struct lg_err proof_fetch(struct work *work, struct wire_consistency_reply *out_reply) {
    struct officer *officer = &work->officer;
    const struct wire_consistency_request request = {.from_size = work->before.size,
                                                     .to_size = work->now.size};
    struct span message;
    struct span answer;
    TRY(wire_consistency_request_encode(officer->arena, &request, &message));
    TRY(officer_call(officer, "/lockgate.v1.Audit/Consistency", message, &answer));
    return wire_consistency_reply_decode(officer->arena, answer, &officer->report, out_reply);
}

static bool carries_on(const struct work *work, const struct wire_consistency_reply *reply) {
    struct audit_hash hashes[AUDIT_CONSISTENCY_MAX];
    struct audit_consistency_claim claim = {.from = work->before.size,
                                            .to = work->now.size,
                                            .from_root = &work->before.root,
                                            .to_root = &work->now.root};
    if (reply->path.count > AUDIT_CONSISTENCY_MAX) {
        return false;
    }
    for (size_t i = 0; i < reply->path.count; i++) {
        if (reply->path.items[i].len != AUDIT_HASH_SIZE) {
            return false;
        }
        memcpy(hashes[i].bytes, reply->path.items[i].ptr, AUDIT_HASH_SIZE);
    }
    return !lg_failed(audit_merkle_consistency_check(&claim, hashes, reply->path.count));
}

static int compare(struct work *work) {
    struct wire_consistency_reply reply = {.from_size = 0};
    struct lg_err err = now_fetch(work);
    if (!lg_failed(err) && work->now.size < work->before.size) {
        return complain("NOT VERIFIED: the log is shorter than it was.",
                        "Keep the earlier file: it is signed, and proves what is missing.",
                        EXIT_TOOL_NOT_VERIFIED);
    }
    if (!lg_failed(err)) {
        err = proof_fetch(work, &reply);
    }
    if (lg_failed(err)) {
        return officer_failed(&work->officer, "The log cannot be compared.", err);
    }
    if (!carries_on(work, &reply)) {
        return complain("NOT VERIFIED: the log is another than it was.",
                        "Keep both files: they are signed, and prove that there are two.",
                        EXIT_TOOL_NOT_VERIFIED);
    }
    printf("earlier    size %" PRIu64 "\nnewest     size %" PRIu64 "\n"
           "proof      %zu hashes  the one begins with the other\nVERIFIED\n",
           work->before.size, work->now.size, reply.path.count);
    return EXIT_TOOL_DONE;
}

static int work_run(struct work *work) {
    struct vault_report report;
    struct lg_err err = vault_init(&report);
    if (!lg_failed(err)) {
        err = officer_open(&work->officer);
    }
    if (lg_failed(err)) {
        return officer_failed(&work->officer, "The log cannot be compared.", err);
    }
    if (lg_failed(audit_vkey_read(file_read(work->key_path, work->officer.arena), &work->vkey))) {
        return complain(work->key_path, "This is not a verifier key (NAME+ID+KEY, one line).",
                        EXIT_TOOL_FAILED);
    }
    if (lg_failed(before_read(work, work->officer.arena))) {
        return complain(work->path, "This is no receipt and no checkpoint signed by this key.",
                        EXIT_TOOL_NOT_VERIFIED);
    }
    return compare(work);
}

int tool_audit_consistency(int argc, char **argv) {
    struct work work = {.path = NULL};
    if (!options_read(argc, argv, &work)) {
        return EXIT_TOOL_USAGE;
    }
    int code = work_run(&work);
    officer_done(&work.officer);
    return code;
}
