/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "tools/lockgate/audit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/audit/audit.h"
#include "gateway/base/bytes.h"
#include "tools/lockgate/exit.h"

enum { FILE_SIZE_MAX = 8 << 20, ARENA_SIZE = 64 << 20 };

struct options {
    const char *receipt_path;
    const char *key_path;
    const char *payload_path;
};

static void complain(const char *what, const char *why, const char *remedy) {
    fprintf(stderr, "%s\n%s\n%s\n", what, why, remedy);
}

static bool options_read(int argc, char **argv, struct options *out_options) {
    struct options options = {NULL, NULL, NULL};
    for (int i = 0; i < argc; i++) {
        const char **place = &options.receipt_path;
        if (strcmp(argv[i], "--key") == 0) {
            place = &options.key_path;
        } else if (strcmp(argv[i], "--payload") == 0) {
            place = &options.payload_path;
        } else if (argv[i][0] == '-') {
            return false;
        }
        if (place != &options.receipt_path) {
            i++;
        }
        if (i == argc || *place != NULL) {
            return false;
        }
        *place = argv[i];
    }
    *out_options = options;
    return options.receipt_path != NULL && options.key_path != NULL;
}

/* The file's bytes in the arena; ptr NULL after a complaint. */
static struct span file_read(const char *path, struct arena *arena) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        complain(path, "The file cannot be opened.", "Check its name and who may read it.");
        return (struct span){0};
    }
    uint8_t *bytes = arena_alloc(arena, FILE_SIZE_MAX + 1);
    size_t len = bytes == NULL ? 0 : fread(bytes, 1, FILE_SIZE_MAX + 1, file);
    bool good = bytes != NULL && ferror(file) == 0 && len <= FILE_SIZE_MAX;
    (void)fclose(file);
    if (!good) {
        complain(path, "The file cannot be read, or is larger than 8 MiB.",
                 "Give the receipt, key or answer itself.");
        return (struct span){0};
    }
    return span_of(bytes, len);
}

/* ---- Sentences */

static const char *reason_of(struct lg_err err) {
    switch (lg_err_code(err)) {
    case AUDIT_NOTE_FORMAT:
        return "The checkpoint in the receipt is not a signed note.";
    case AUDIT_UNSIGNED:
        return "The checkpoint is not signed by this key: it may be of another log.";
    case AUDIT_SIGNATURE:
        return "The signature on the checkpoint is wrong: the checkpoint was changed.";
    case AUDIT_ORIGIN:
        return "The checkpoint is of another log than the key.";
    case AUDIT_LEAF_VERSION:
        return "The record is of a version that this program does not read.";
    case AUDIT_DETAIL:
        return "The detail in the receipt is not the one which the record commits to.";
    case AUDIT_PATH:
        return "The path does not lead from the record to the signed root: record, position or "
               "path was changed.";
    default:
        return "This is not a receipt, or it does not hold its record.";
    }
}

static const char *kind_word(enum audit_kind kind) {
    static const char *const words[AUDIT_KIND_END] = {
        [AUDIT_ASK] = "question",        [AUDIT_RELEASE] = "disclosure",
        [AUDIT_OUTCOME] = "outcome",     [AUDIT_DENIAL] = "refusal",
        [AUDIT_SEARCH] = "search",       [AUDIT_ERASURE] = "erasure",
        [AUDIT_AGREEMENT] = "agreement", [AUDIT_NODE_EPOCH] = "start of the log",
        [AUDIT_ROLLUP] = "rollup",       [AUDIT_PAD] = "padding",
        [AUDIT_CONSENT] = "consent",     [AUDIT_STOP] = "stop",
        [AUDIT_ENROL] = "enrolment",     [AUDIT_REVIEW] = "review",
    };
    return words[kind];
}

static void print_code(const char *before, struct span code) {
    if (code.len > 0) {
        printf("%s%.*s", before, (int)code.len, (const char *)code.ptr);
    }
}

/* What the leaf of a source does not show is in the requester's receipt, and was checked. */
static bool detail_fill(const struct receipt_form *form, struct audit_entry *entry) {
    struct audit_detail detail;
    if (lg_failed(audit_detail_read(entry, form->detail, &detail))) {
        return false;
    }
    entry->time_ms = detail.time_ms;
    entry->requesting_agency = detail.requesting_agency;
    entry->purpose = detail.purpose;
    return true;
}

static void print_entry(const struct receipt_form *form) {
    struct audit_entry entry;
    struct tm when;
    char text[64];
    if (lg_failed(audit_entry_decode(form->leaf, &entry))) {
        return;
    }
    bool is_exact = !entry.is_part || detail_fill(form, &entry);
    time_t seconds = (time_t)(entry.time_ms / 1000);
    if (gmtime_r(&seconds, &when) == NULL ||
        strftime(text, sizeof text, is_exact ? "%d %b %Y %H:%M:%S UTC" : "%d %b %Y", &when) == 0) {
        return;
    }
    printf("entry      %s", kind_word(entry.kind));
    print_code(", from ", entry.source_agency);
    print_code(", to ", entry.requesting_agency);
    print_code(", under ", entry.agreement);
    print_code(", for ", entry.purpose);
    printf(", %s\n", text);
}

static void print_verified(const struct audit_proof *proof, const struct audit_vkey *vkey,
                           const struct audit_verified *verified) {
    char hash[2 * AUDIT_HASH_SIZE + 1];
    char id[2 * sizeof vkey->id + 1];
    bytes_to_hex(span_of(verified->leaf_hash.bytes, AUDIT_HASH_SIZE), hash);
    bytes_to_hex(span_of(vkey->id, sizeof vkey->id), id);
    printf("record     sha256 %.16s...  matches leaf %" PRIu64 "\n", hash, proof->form.index);
    print_entry(&proof->form);
    printf("path       %zu hashes  matches root of size %" PRIu64 "\n", proof->form.path.count,
           verified->size);
    printf("checkpoint signed by %.*s (key %s)\n", (int)vkey->name.len,
           (const char *)vkey->name.ptr, id);
}

/* ---- Checking */

/* True when the record commits to these bytes under the salt that the receipt brings. */
static bool payload_matches(const struct audit_proof *proof, struct span payload) {
    struct audit_entry entry;
    struct vault_sha256 hash;
    uint8_t digest[VAULT_SHA256_SIZE];
    if (proof->form.salt.len != AUDIT_SALT_SIZE ||
        lg_failed(audit_entry_decode(proof->form.leaf, &entry)) || entry.commitment.len == 0) {
        return false;
    }
    vault_sha256_begin(&hash);
    vault_sha256_add(&hash, proof->form.salt);
    vault_sha256_add(&hash, payload);
    vault_sha256_end(&hash, digest);
    return vault_equal(span_of(digest, sizeof digest), entry.commitment);
}

struct check {
    struct audit_vkey vkey;
    bool has_payload;
    struct span payload;
    bool payload_met;
    size_t count;
};

static struct lg_err proof_check(struct check *check, struct span *rest, struct arena *arena) {
    struct audit_proof proof;
    struct audit_verified verified;
    TRY(audit_proof_read(rest, arena, &proof));
    TRY(audit_proof_verify(&proof, &check->vkey, &verified));
    print_verified(&proof, &check->vkey, &verified);
    if (check->has_payload && payload_matches(&proof, check->payload)) {
        printf("payload    %zu bytes  match the commitment of leaf %" PRIu64 "\n",
               check->payload.len, proof.form.index);
        check->payload_met = true;
    }
    check->count++;
    return LG_OK;
}

static int receipts_check(struct check *check, struct span text, struct arena *arena) {
    struct lg_err err = LG_OK;
    do {
        err = proof_check(check, &text, arena);
    } while (!lg_failed(err) && text.len > 0 && check->count < LIMIT_AUDIT_PROOFS);
    if (lg_failed(err) || text.len > 0) {
        fprintf(stderr, "NOT VERIFIED: receipt %zu of the file\n", check->count + 1);
        complain(reason_of(err), "Nothing that it says is proved.",
                 "Ask whoever gave it to you for the receipt again, and the log for its key.");
        return EXIT_TOOL_NOT_VERIFIED;
    }
    if (check->has_payload && !check->payload_met) {
        complain("NOT VERIFIED: the payload",
                 "No receipt of the file commits to exactly these bytes.",
                 "Give the bytes as they were received, and the receipts that came with them.");
        return EXIT_TOOL_NOT_VERIFIED;
    }
    printf("VERIFIED\n");
    return EXIT_TOOL_DONE;
}

static int verify_with(const struct options *options, struct arena *arena) {
    struct check check = {.count = 0};
    struct span key = file_read(options->key_path, arena);
    struct span text = key.ptr == NULL ? key : file_read(options->receipt_path, arena);
    if (text.ptr == NULL) {
        return EXIT_TOOL_FAILED;
    }
    if (options->payload_path != NULL) {
        check.has_payload = true;
        check.payload = file_read(options->payload_path, arena);
        if (check.payload.ptr == NULL) {
            return EXIT_TOOL_FAILED;
        }
    }
    if (lg_failed(audit_vkey_read(key, &check.vkey))) {
        complain(options->key_path, "This is not a verifier key (NAME+ID+KEY, one line).",
                 "Take the log's key from its operator or its web address.");
        return EXIT_TOOL_FAILED;
    }
    return receipts_check(&check, text, arena);
}

int tool_audit_verify(int argc, char **argv) {
    OWN(arena_free) struct arena *arena = NULL;
    struct options options;
    struct vault_report report;
    if (!options_read(argc, argv, &options)) {
        return EXIT_TOOL_USAGE;
    }
    if (lg_failed(vault_init(&report)) || lg_failed(arena_new(ARENA_SIZE, &arena))) {
        complain("lockgate audit verify", "No memory, or the self test of the cryptography failed.",
                 "Try on another machine.");
        return EXIT_TOOL_FAILED;
    }
    return verify_with(&options, arena);
}
