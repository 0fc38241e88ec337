/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to a witness (sunlight, torchwood), in order, against one that starts without memory. */
#define _POSIX_C_SOURCE 200809L
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/witness/witness.h"
#include "tests/vectors/tlog.h"

static int64_t now(void *ctx) {
    (void)ctx;
    return INT64_C(1764504000000);
}

static bool answer_holds(struct witness *witness, const json_t *one) {
    struct witness_reply reply = {.status = 0};
    const char *part = tlog_text(one, "body_contains");
    struct span request = span_text(tlog_text(one, "request"));
    if (lg_failed(witness_add_checkpoint(witness, request, &reply))) {
        return false;
    }
    reply.body[reply.len] = '\0';
    bool is_size = reply.status != 409 || strcmp(reply.body, part) == 0;
    return reply.status == (unsigned)tlog_number(one, "want_status") && is_size &&
           strstr(reply.body, part) != NULL;
}

/* A cosignature is one that the witness's verifier key accepts over the checkpoint. */
static void requests(struct tlog_run *run, const json_t *lines,
                     const struct witness_config *config) {
    struct witness *witness = NULL;
    struct diag diag;
    tlog_case(run, "a witness of the first line's log",
              !lg_failed(witness_open(config, &diag, &witness)));
    if (witness == NULL) {
        return;
    }
    run->passed -= 1;
    for (size_t i = 1; i < json_array_size(lines); i++) {
        const json_t *one = json_array_get(lines, i);
        tlog_case(run, tlog_text(one, "name"), answer_holds(witness, one));
    }
    witness_free(&witness);
}

static void folder_remove(const char *path) {
    DIR *folder = opendir(path);
    const struct dirent *entry = NULL;
    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        char name[512];
        (void)snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        (void)unlink(name);
    }
    if (folder != NULL) {
        (void)closedir(folder);
    }
    (void)rmdir(path);
}

void tlog_witness_add_checkpoint(struct tlog_run *run) {
    json_t *lines = tlog_lines(run, run->file);
    const json_t *first = json_array_get(lines, 0);
    const char *log = tlog_text(first, "log_vkey");
    char path[] = "/tmp/tlog-vectors-XXXXXX";
    char *made = mkdtemp(path);
    struct vault_key *key = NULL;
    bool good = made != NULL && !lg_failed(vault_key_new(VAULT_KIND_SIGN, &key));
    if (good) {
        const struct witness_config config = {
            .folder = path,
            .name = tlog_text(first, "witness_name"),
            .sign_key = key,
            .is_new = true,
            .logs = &log,
            .log_count = 1,
            .clock = {.wall_ms = now, .mono_ms = now},
        };
        requests(run, lines, &config);
    } else {
        tlog_case(run, "a folder and a key", false);
    }
    vault_key_free(&key);
    if (made != NULL) {
        folder_remove(path);
    }
    json_decref(lines);
}
