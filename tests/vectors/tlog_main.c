/* SPDX-License-Identifier: Apache-2.0 */
/* tlog_vectors FOLDER: every vector file that lies there, file by file, and `N passed, N failed`.
 * Ends with 1 where a case failed, with 77 where no file is there. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/support.h"
#include "tests/vectors/tlog.h"

enum { ARENA_SIZE = 256 << 20, PATH_SIZE = 4096 };

static const struct {
    const char *file;
    void (*run)(struct tlog_run *run);
} groups[] = {
    {"rfc6962-tree.json", tlog_rfc6962_tree},
    {"merkle-inclusion.jsonl", tlog_merkle_inclusion},
    {"merkle-consistency.jsonl", tlog_merkle_consistency},
    {"signed-notes.jsonl", tlog_signed_notes},
    {"vkeys.jsonl", tlog_vkeys},
    {"tlog-proof-syntax.jsonl", tlog_proof_syntax},
    {"rekor2-receipts.jsonl", tlog_rekor2_receipts},
    {"sigsum-proofs.jsonl", tlog_sigsum_proofs},
    {"witness-add-checkpoint.jsonl", tlog_witness_add_checkpoint},
    {"tessera-testlog/log.vkey", tlog_tessera},
    {"tessera-testlog/consistency.jsonl", tlog_tessera_consistency},
    {"generated-trees.json", tlog_generated_trees},
};

void tlog_case(struct tlog_run *run, const char *name, bool holds) {
    if (holds) {
        run->passed++;
    } else {
        run->failed++;
        printf("FAILED %s: %s\n", run->file, name);
    }
}

static bool is_there(const struct tlog_run *run, const char *file) {
    char path[PATH_SIZE];
    int len = snprintf(path, sizeof path, "%s/%s", run->folder, file);
    return len > 0 && len < PATH_SIZE && access(path, R_OK) == 0;
}

/* False where the file is absent. */
static bool group_run(struct tlog_run *run, size_t i) {
    struct tlog_run before = *run;
    run->file = groups[i].file;
    if (!is_there(run, run->file)) {
        printf("%-36s absent\n", run->file);
        return false;
    }
    if (lg_failed(arena_new(ARENA_SIZE, &run->arena))) {
        tlog_case(run, "memory", false);
        return true;
    }
    groups[i].run(run);
    arena_free(&run->arena);
    printf("%-36s %zu passed, %zu failed\n", run->file, run->passed - before.passed,
           run->failed - before.failed);
    return true;
}

int main(int argc, char **argv) {
    struct tlog_run run = {.folder = argc == 2 ? argv[1] : NULL};
    struct vault_report report;
    size_t file_count = 0;
    if (run.folder == NULL) {
        (void)fprintf(stderr, "usage: tlog_vectors FOLDER\n");
        return 2;
    }
    if (lg_failed(vault_init(&report))) {
        return 1;
    }
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
        file_count += group_run(&run, i) ? 1 : 0;
    }
    if (file_count == 0) {
        printf("skipped: no vectors in %s\n", run.folder);
        return TEST_SKIPPED;
    }
    printf("%zu passed, %zu failed\n", run.passed, run.failed);
    return run.failed == 0 ? 0 : 1;
}
