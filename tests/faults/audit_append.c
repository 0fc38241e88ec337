/* SPDX-License-Identifier: Apache-2.0 */
/* A log in a process that others do harm to:
 *
 *   audit_append FOLDER COUNT   opens the log, appends COUNT entries, tells of each receipt in a
 * line "index size leaf-hash root" and closes the log audit_append FOLDER         opens it and
 * looks for everything that the lines of its input told
 *
 * Keys are in FOLDER.root and FOLDER.sign. Exit status: 0; 1 the log does not open; 2 usage; 3 what
 * was told is not there; that of a log that cannot go on. The second answers in a line "size N, of
 * COUNT told". */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/audit/audit.h"
#include "gateway/audit/note.h"
#include "gateway/base/bytes.h"

enum { PATH_SIZE = 1024, NOT_OPENED = 1, USAGE = 2, NOT_THERE = 3, SEGMENT_SIZE = 512 * 1024 };

struct keys {
    struct vault_key *root;
    struct vault_key *sign;
};

/* Every entry is about nobody: one key a quarter. */
static struct lg_err nobody_key(void *ctx, uint32_t quarter, struct vault_key **out_key) {
    const struct keys *keys = ctx;
    const struct vault_label label = {.purpose = "nobody", .epoch = quarter};
    return vault_key_derive(keys->root, &label, VAULT_KIND_SECRET, out_key);
}

static struct lg_err subject_key(void *ctx, const struct person_id *person, uint32_t quarter,
                                 struct vault_key **out_key) {
    (void)person;
    return nobody_key(ctx, quarter, out_key);
}

static struct lg_err key_open(const char *folder, const char *name, enum vault_kind kind,
                              struct vault_key **out_key) {
    char path[PATH_SIZE];
    struct diag diag;
    snprintf(path, sizeof path, "%s.%s", folder, name);
    const struct vault_file file = {.path = path};
    return vault_key_load_or_create(&file, kind, &diag, out_key);
}

static struct lg_err log_open(const char *folder, struct keys *keys, struct audit_log **out_log) {
    struct diag diag = {0};
    const struct audit_config config = {
        .folder = folder,
        .origin = "append.example/log",
        .sign_key = keys->sign,
        .clock = clock_system(),
        .keys = {.ctx = keys, .subject = subject_key, .nobody = nobody_key},
        .segment_size = SEGMENT_SIZE,
    };
    struct lg_err err = audit_log_open(&config, &diag, NULL, out_log);
    if (lg_failed(err)) {
        fprintf(stderr, "%s [%u]\n", diag.text, lg_err_code(err));
    }
    return err;
}

/* ---- Appending */

static void hex_print(struct span bytes) {
    for (size_t i = 0; i < bytes.len; i++) {
        printf("%02x", bytes.ptr[i]);
    }
}

static void on_done(void *ctx, const struct audit_outcome *outcome) {
    const struct receipt *receipt = outcome->receipts[0];
    struct audit_note note;
    struct audit_checkpoint checkpoint;
    uint8_t leaf_hash[AUDIT_HASH_SIZE];
    struct vault_sha256 hash;
    (void)ctx;
    if (outcome->result != AUDIT_COMMITTED ||
        lg_failed(audit_note_read(audit_receipt_checkpoint(receipt), &note)) ||
        lg_failed(audit_checkpoint_parse(note.body, &checkpoint))) {
        return;
    }
    vault_sha256_begin(&hash);
    vault_sha256_add(&hash, span_of("\0", 1));
    vault_sha256_add(&hash, audit_receipt_leaf(receipt));
    vault_sha256_end(&hash, leaf_hash);
    printf("%" PRIu64 " %" PRIu64 " ", audit_receipt_index(receipt), checkpoint.size);
    hex_print(span_of(leaf_hash, sizeof leaf_hash));
    printf(" ");
    hex_print(span_of(checkpoint.root.bytes, AUDIT_HASH_SIZE));
    printf("\n");
    (void)fflush(stdout);
}

static int append(struct audit_log *log, unsigned long count) {
    for (unsigned long i = 0; i < count; i++) {
        struct audit_entry_fields fields = {.kind = AUDIT_DENIAL,
                                            .requesting_agency = span_text("childrens-care"),
                                            .decision = AUDIT_DECISION_REFUSE};
        const struct audit_batch batch = {.entries = &fields, .count = 1};
        vault_random(fields.request_id.bytes, sizeof fields.request_id.bytes);
        if (lg_failed(audit_commit_wait(log, &batch, on_done, NULL))) {
            return NOT_THERE;
        }
    }
    return 0;
}

/* ---- Looking */

static bool hash_read(const char *text, uint8_t out[static AUDIT_HASH_SIZE]) {
    for (size_t i = 0; i < AUDIT_HASH_SIZE; i++) {
        unsigned byte = 0;
        if (sscanf(text + 2 * i, "%2x", &byte) != 1) {
            return false;
        }
        out[i] = (uint8_t)byte;
    }
    return true;
}

static bool is_there(struct audit_log *log, const char *line) {
    struct audit_inclusion found;
    uint64_t index = 0;
    uint64_t size = 0;
    char leaf_text[2 * AUDIT_HASH_SIZE + 1];
    char root_text[2 * AUDIT_HASH_SIZE + 1];
    uint8_t leaf[AUDIT_HASH_SIZE];
    uint8_t root[AUDIT_HASH_SIZE];
    if (sscanf(line, "%" SCNu64 " %" SCNu64 " %64s %64s", &index, &size, leaf_text, root_text) !=
            4 ||
        !hash_read(leaf_text, leaf) || !hash_read(root_text, root)) {
        return false;
    }
    return !lg_failed(audit_prove(log, index, size, &found)) &&
           memcmp(found.leaf_hash.bytes, leaf, sizeof leaf) == 0 &&
           memcmp(found.root.bytes, root, sizeof root) == 0;
}

static int look(struct audit_log *log) {
    char line[256];
    unsigned long told = 0;
    int status = 0;
    while (fgets(line, sizeof line, stdin) != NULL) {
        told++;
        if (!is_there(log, line)) {
            fprintf(stderr, "not there: %s", line);
            status = NOT_THERE;
        }
    }
    printf("size %" PRIu64 ", of %lu told\n", audit_size(log), told);
    return status;
}

int main(int argc, char **argv) {
    struct vault_report report;
    struct keys keys = {NULL, NULL};
    struct audit_log *log = NULL;
    if (argc < 2 || argc > 3) {
        fprintf(stderr, "usage: audit_append FOLDER [COUNT]\n");
        return USAGE;
    }
    if (lg_failed(vault_init(&report)) ||
        lg_failed(key_open(argv[1], "root", VAULT_KIND_SECRET, &keys.root)) ||
        lg_failed(key_open(argv[1], "sign", VAULT_KIND_SIGN, &keys.sign)) ||
        lg_failed(log_open(argv[1], &keys, &log))) {
        vault_key_free(&keys.root);
        vault_key_free(&keys.sign);
        return NOT_OPENED;
    }
    int status = argc == 3 ? append(log, strtoul(argv[2], NULL, 10)) : look(log);
    audit_log_close(&log);
    vault_key_free(&keys.root);
    vault_key_free(&keys.sign);
    return status;
}
