/* SPDX-License-Identifier: Apache-2.0 */
/* evidence_make FOLDER: a log of 600 entries, and everything that it hands out, as files: what a
 * checker that is not ours is put to the test with.
 *
 *   log.vkey witness-0.vkey witness-1.vkey   one key each
 *   log/checkpoint log/tile/...              as `/log/` serves them, cosigned
 *   receipt-N payload-N                      N from 0; with payload, salt and detail, cosigned */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "gateway/audit/note.h"
#include "gateway/audit/tiles.h"
#include "gateway/witness/witness.h"
#include "tests/support/audit_support.h"

enum {
    ENTRIES = 600,
    BATCH = 50,
    RECEIPTS = 10,
    WITNESSES = 2,
    ARENA_SIZE = 16 << 20,
    PATH_SIZE = 512,
};

static const int64_t NOW_MS = INT64_C(1796040000000);

struct make {
    const char *folder;
    struct audit_support support;
    struct audit_log *log;
    struct witness *witnesses[WITNESSES];
    struct audit_support homes[WITNESSES];
    struct vault_key *keys[WITNESSES];
    struct arena *arena;
    struct span note; /* cosigned */
};

static void require(bool holds, const char *what) {
    if (!holds) {
        (void)fprintf(stderr, "evidence_make: %s\n", what);
        exit(1);
    }
}

static int64_t now(void *ctx) {
    (void)ctx;
    return NOW_MS;
}

/* Makes the folders of the name too. */
static void file_write(const struct make *make, const char *name, struct span bytes) {
    char path[PATH_SIZE];
    int len = snprintf(path, sizeof path, "%s/%s", make->folder, name);
    require(len > 0 && len < PATH_SIZE, "a path is too long");
    for (size_t i = strlen(make->folder) + 1; path[i] != '\0'; i++) {
        if (path[i] == '/') {
            path[i] = '\0';
            (void)mkdir(path, 0700);
            path[i] = '/';
        }
    }
    FILE *file = fopen(path, "wb");
    require(file != NULL && fwrite(bytes.ptr, 1, bytes.len, file) == bytes.len && fclose(file) == 0,
            "a file cannot be written");
}

/* ---- Entries */

static void entries_add(struct make *make, size_t first) {
    struct audit_entry_fields fields[BATCH];
    struct audit_batch batch = {.entries = fields, .count = BATCH};
    for (size_t i = 0; i < BATCH; i++) {
        fields[i] = audit_support_ask((uint32_t)(first + i));
    }
    require(audit_support_commit(make->log, &batch, NULL) == AUDIT_COMMITTED, "not committed");
}

/* ---- Witnesses */

static void witness_make(struct make *make, size_t i, const char *log_vkey) {
    static const char *const names[WITNESSES] = {"witness.example/a", "witness.example/b"};
    char name[32];
    char vkey[AUDIT_VKEY_SIZE_MAX];
    struct diag diag;
    audit_support_init(&make->homes[i]);
    require(!lg_failed(vault_key_new(VAULT_KIND_SIGN, &make->keys[i])), "no key");
    const struct witness_config config = {
        .folder = make->homes[i].folder,
        .name = names[i],
        .sign_key = make->keys[i],
        .is_new = true,
        .logs = &log_vkey,
        .log_count = 1,
        .clock = {.wall_ms = now, .mono_ms = now},
    };
    require(!lg_failed(witness_open(&config, &diag, &make->witnesses[i])), "no witness");
    witness_vkey_write(make->witnesses[i], vkey);
    (void)snprintf(name, sizeof name, "witness-%zu.vkey", i);
    file_write(make, name, span_text(vkey));
}

/* The newest checkpoint with a line of each witness. */
static void checkpoint_cosign(struct make *make) {
    char text[AUDIT_CHECKPOINT_SIZE_MAX];
    size_t len = 0;
    audit_checkpoint_read(make->log, text, &len);
    struct witness_request request = {.note = arena_copy(make->arena, span_of(text, len))};
    struct span bytes;
    make->note = request.note;
    require(!lg_failed(witness_request_write(&request, make->arena, &bytes)), "no request");
    for (size_t i = 0; i < WITNESSES; i++) {
        struct witness_reply reply;
        require(!lg_failed(witness_add_checkpoint(make->witnesses[i], bytes, &reply)) &&
                    reply.status == 200,
                "not cosigned");
        make->note = arena_format(make->arena, "%.*s%.*s", (int)make->note.len,
                                  (const char *)make->note.ptr, (int)reply.len, reply.body);
    }
    file_write(make, "log/checkpoint", make->note);
}

/* ---- What is handed out */

static void tile_write(struct make *make, const char *path) {
    OWN(arena_free) struct arena *arena = NULL;
    struct audit_tile tile;
    struct span bytes;
    char name[PATH_SIZE];
    require(!lg_failed(arena_new(ARENA_SIZE, &arena)) &&
                !lg_failed(audit_tile_path_read(span_text(path), &tile)) &&
                !lg_failed(audit_tile_read(make->log, &tile, arena, &bytes)),
            path);
    (void)snprintf(name, sizeof name, "log/%s", path);
    file_write(make, name, bytes);
}

static void tiles_write(struct make *make, uint64_t size) {
    char path[64];
    for (uint64_t index = 0; index * AUDIT_TILE_WIDTH < size; index++) {
        unsigned rest = (unsigned)(size - index * AUDIT_TILE_WIDTH);
        for (int entries = 0; entries < 2; entries++) {
            int len = snprintf(path, sizeof path, "tile/%s/%03u", entries != 0 ? "entries" : "0",
                               (unsigned)index);
            if (rest < AUDIT_TILE_WIDTH) {
                (void)snprintf(path + len, sizeof path - (size_t)len, ".p/%u", rest);
            }
            tile_write(make, path);
        }
    }
    (void)snprintf(path, sizeof path, "tile/1/000.p/%u", (unsigned)(size / AUDIT_TILE_WIDTH));
    tile_write(make, path);
}

/* What the holder had at first: of each third receipt nothing, of each third one after it the
 * checkpoint that came with it, of the others the newest, from which nothing leads on. None has a
 * cosignature yet: those of an earlier checkpoint are not what anything rests on. */
static struct audit_earlier earlier_of(struct make *make, const struct receipt *receipt,
                                       unsigned number) {
    struct audit_earlier earlier = {.checkpoint = {0}};
    struct audit_checkpoint before;
    struct audit_note note;
    struct audit_path path;
    if (number % 3 == 0) {
        return earlier;
    }
    char newest[AUDIT_CHECKPOINT_SIZE_MAX];
    size_t len = 0;
    audit_checkpoint_read(make->log, newest, &len);
    earlier.checkpoint = number % 3 == 1 ? audit_receipt_checkpoint(receipt) : span_of(newest, len);
    earlier.checkpoint = arena_copy(make->arena, earlier.checkpoint);
    require(!lg_failed(audit_note_read(earlier.checkpoint, &note)) &&
                !lg_failed(audit_checkpoint_parse(note.body, &before)) &&
                !lg_failed(audit_consistency(make->log, before.size, 0, &path)),
            "no consistency");
    struct span *items = arena_array(make->arena, path.count, sizeof *items);
    for (size_t i = 0; i < path.count; i++) {
        items[i] = arena_copy(make->arena, span_of(path.hashes[i].bytes, AUDIT_HASH_SIZE));
    }
    earlier.path = (struct span_list){.items = items, .count = path.count};
    return earlier;
}

static void receipt_write(struct make *make, const struct receipt *receipt, unsigned number,
                          const struct audit_commitment *commitment) {
    struct receipt_form form;
    struct audit_inclusion proof;
    struct span text;
    char name[32];
    require(!lg_failed(audit_receipt_form(receipt, span_of(commitment->salt, AUDIT_SALT_SIZE),
                                          make->arena, &form)) &&
                !lg_failed(audit_prove(make->log, form.index, 0, &proof)),
            "no receipt");
    struct span *items = arena_array(make->arena, proof.path.count, sizeof *items);
    for (size_t i = 0; i < proof.path.count; i++) {
        items[i] = arena_copy(make->arena, span_of(proof.path.hashes[i].bytes, AUDIT_HASH_SIZE));
    }
    form.path = (struct span_list){.items = items, .count = proof.path.count};
    struct audit_earlier earlier = earlier_of(make, receipt, number);
    require(!lg_failed(audit_proof_write_since(&form, make->note, &earlier, make->arena, &text)),
            "no text");
    (void)snprintf(name, sizeof name, "receipt-%u", number);
    file_write(make, name, text);
}

static void evidence_write(struct make *make) {
    struct audit_commitment commitments[RECEIPTS];
    struct audit_detail details[RECEIPTS];
    struct audit_entry_fields entries[RECEIPTS];
    struct receipt *receipts[RECEIPTS];
    char text[64];
    for (unsigned i = 0; i < RECEIPTS; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "payload-%u", i);
        (void)snprintf(text, sizeof text, "part %u of an answer", i);
        file_write(make, name, span_text(text));
        audit_commitment_make(span_text(text), &commitments[i]);
        entries[i] = audit_support_part(i, i % 2 == 0 ? AUDIT_RELEASE : AUDIT_DENIAL,
                                        &commitments[i], &details[i]);
    }
    struct audit_batch batch = {.entries = entries, .count = RECEIPTS};
    require(audit_support_commit(make->log, &batch, receipts) == AUDIT_COMMITTED, "not committed");
    entries_add(make, ENTRIES);
    checkpoint_cosign(make);
    for (unsigned i = 0; i < RECEIPTS; i++) {
        receipt_write(make, receipts[i], i, &commitments[i]);
        audit_receipt_free(&receipts[i]);
    }
    tiles_write(make, audit_size(make->log));
}

int main(int argc, char **argv) {
    struct make make = {.folder = argc == 2 ? argv[1] : NULL};
    struct vault_report report;
    char vkey[AUDIT_VKEY_SIZE_MAX];
    require(make.folder != NULL, "usage: evidence_make FOLDER");
    require(!lg_failed(vault_init(&report)) && !lg_failed(arena_new(ARENA_SIZE, &make.arena)),
            "no memory");
    audit_support_init(&make.support);
    make.log = audit_support_open(&make.support);
    audit_vkey_write(make.log, vkey);
    file_write(&make, "log.vkey", span_text(vkey));
    for (size_t i = 0; i < WITNESSES; i++) {
        witness_make(&make, i, vkey);
    }
    for (size_t first = 0; first < ENTRIES; first += BATCH) {
        entries_add(&make, first);
    }
    evidence_write(&make);
    audit_log_close(&make.log);
    for (size_t i = 0; i < WITNESSES; i++) {
        witness_free(&make.witnesses[i]);
        vault_key_free(&make.keys[i]);
        audit_support_done(&make.homes[i]);
    }
    arena_free(&make.arena);
    audit_support_done(&make.support);
    return 0;
}
