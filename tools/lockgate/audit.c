/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "tools/lockgate/audit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/audit/audit.h"
#include "tools/lockgate/audit_int.h"
#include "tools/lockgate/exit.h"

enum { FILE_SIZE_MAX = 8 << 20, ARENA_SIZE = 64 << 20, TOO_FEW_WITNESSES = 300 };

struct options {
    const char *receipt_path;
    const char *key_path;
    const char *payload_path;
    const char *witness_path;
    const char *quorum;
    bool html;
};

static void complain(const char *what, const char *why, const char *remedy) {
    fprintf(stderr, "%s\n%s\n%s\n", what, why, remedy);
}

/* Where the value of a flag goes; NULL for a word that is none. */
static const char **place_of(struct options *options, const char *word) {
    const struct {
        const char *word;
        const char **place;
    } flags[] = {{"--key", &options->key_path},
                 {"--payload", &options->payload_path},
                 {"--witness", &options->witness_path},
                 {"--quorum", &options->quorum}};
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        if (strcmp(word, flags[i].word) == 0) {
            return flags[i].place;
        }
    }
    return NULL;
}

static bool options_read(int argc, char **argv, struct options *out_options) {
    struct options options = {.html = false};
    for (int i = 0; i < argc; i++) {
        const char **place = place_of(&options, argv[i]);
        if (strcmp(argv[i], "--html") == 0) {
            options.html = true;
        } else if (place != NULL && *place == NULL && i + 1 < argc) {
            *place = argv[++i];
        } else if (argv[i][0] != '-' && options.receipt_path == NULL) {
            options.receipt_path = argv[i];
        } else {
            return false;
        }
    }
    *out_options = options;
    return options.receipt_path != NULL && options.key_path != NULL &&
           (options.quorum == NULL || options.witness_path != NULL);
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
    if (lg_err_module(err) == LG_TOOLS) {
        return "Fewer witnesses have seen the checkpoint than the quorum asks for.";
    }
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
    case AUDIT_EARLIER:
        return "The log is not what it was at the earlier checkpoint in the receipt. Keep the "
               "file: both are signed.";
    case AUDIT_DETAIL:
        return "The detail in the receipt is not the one which the record commits to.";
    case AUDIT_PATH:
        return "The path does not lead from the record to the signed root: record, position or "
               "path was changed.";
    default:
        return "This is not a receipt, or it does not hold its record.";
    }
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

/* Which of the witnesses have seen the checkpoint; a cosignature that is wrong proves nothing, and
 * says that somebody changed something. */
static struct lg_err witnesses_check(const struct audit_check *check, struct audit_fact *fact) {
    struct audit_note note;
    size_t count = 0;
    if (check->witness_count == 0) {
        return LG_OK;
    }
    TRY(audit_note_read(fact->proof.checkpoint, &note));
    struct lg_err err =
        audit_note_signers(&note, check->witnesses, check->witness_count, fact->witnesses);
    if (lg_failed(err) && lg_err_code(err) != AUDIT_UNSIGNED) {
        return err;
    }
    for (size_t i = 0; i < check->witness_count; i++) {
        count += fact->witnesses[i].has_signed ? 1 : 0;
    }
    return count >= check->quorum ? LG_OK
                                  : lg_err_make(LG_CLASS_INPUT, LG_TOOLS, TOO_FEW_WITNESSES);
}

static struct lg_err proof_check(struct audit_check *check, struct span *rest,
                                 struct arena *arena) {
    struct audit_fact *fact = &check->facts[check->fact_count];
    struct span before = *rest;
    TRY(audit_proof_read(rest, arena, &fact->proof));
    TRY(audit_proof_verify(&fact->proof, &check->vkey, &fact->verified));
    TRY(witnesses_check(check, fact));
    fact->text = span_slice(before, 0, before.len - rest->len);
    fact->matches_payload = check->has_payload && payload_matches(&fact->proof, check->payload);
    check->fact_count++;
    return LG_OK;
}

static bool payload_is_met(const struct audit_check *check) {
    for (size_t i = 0; i < check->fact_count; i++) {
        if (check->facts[i].matches_payload) {
            return true;
        }
    }
    return !check->has_payload;
}

static int receipts_check(struct audit_check *check, struct span text, struct arena *arena,
                          bool html) {
    struct lg_err err = LG_OK;
    do {
        err = proof_check(check, &text, arena);
    } while (!lg_failed(err) && text.len > 0 && check->fact_count < LIMIT_AUDIT_PROOFS);
    if (!html) {
        audit_facts_print(check);
    }
    if (lg_failed(err) || text.len > 0) {
        fprintf(stderr, "NOT VERIFIED: receipt %zu of the file\n", check->fact_count + 1);
        complain(reason_of(err), "Nothing that it says is proved.",
                 "Ask whoever gave it to you for the receipt again, and the log for its key.");
        return EXIT_TOOL_NOT_VERIFIED;
    }
    if (!payload_is_met(check)) {
        complain("NOT VERIFIED: the payload",
                 "No receipt of the file commits to exactly these bytes.",
                 "Give the bytes as they were received, and the receipts that came with them.");
        return EXIT_TOOL_NOT_VERIFIED;
    }
    if (html) {
        audit_page_print(check);
    } else {
        printf("VERIFIED\n");
    }
    return EXIT_TOOL_DONE;
}

/* ---- Files */

static bool key_take(const char *path, struct span text, struct audit_vkey *out_vkey) {
    if (lg_failed(audit_vkey_read(text, out_vkey))) {
        complain(path, "This is not a verifier key (NAME+ID+KEY, one line).",
                 "Take the key from its operator or its web address.");
        return false;
    }
    return true;
}

/* A witness's own, which counts once: neither the log's nor one that stands there already, under
 * whatever name. */
static bool witness_take(const char *path, struct span line, struct audit_check *check) {
    struct audit_vkey *vkey = &check->witnesses[check->witness_count];
    if (!key_take(path, line, vkey)) {
        return false;
    }
    struct span key = span_of(vkey->key.bytes, sizeof vkey->key.bytes);
    bool is_known = span_equal(key, span_of(check->vkey.key.bytes, sizeof check->vkey.key.bytes));
    for (size_t i = 0; i < check->witness_count; i++) {
        const struct audit_vkey *other = &check->witnesses[i];
        is_known = is_known || span_equal(key, span_of(other->key.bytes, sizeof other->key.bytes));
    }
    if (vkey->type != AUDIT_KEY_COSIGNER || is_known) {
        complain(path,
                 "A key in it is not a witness's, or is the log's own, or stands there twice.",
                 "Give each witness's key once, as `lockgate-witness --vkey` prints it.");
        return false;
    }
    check->witness_count++;
    return true;
}

/* One verifier key a line. */
static bool witnesses_read(const struct options *options, struct audit_check *check,
                           struct arena *arena) {
    struct span rest = file_read(options->witness_path, arena);
    struct span line;
    char *end = NULL;
    while (rest.ptr != NULL && span_split(&rest, '\n', &line)) {
        if (line.len == 0) {
            continue;
        }
        if (check->witness_count == LIMIT_WITNESS_COUNT) {
            complain(options->witness_path, "There are more than 8 keys in it.",
                     "Give those of the witnesses that matter.");
            return false;
        }
        if (!witness_take(options->witness_path, line, check)) {
            return false;
        }
    }
    const char *quorum = options->quorum;
    check->quorum = quorum != NULL ? strtoul(quorum, &end, 10) : check->witness_count;
    bool good = quorum == NULL || (quorum[0] >= '0' && quorum[0] <= '9' && *end == '\0');
    if (check->witness_count == 0 || !good || check->quorum > check->witness_count) {
        complain(options->witness_path, "There is no key in it, or fewer than the quorum.",
                 "Give one verifier key a line, and a quorum of at most so many.");
        return false;
    }
    return true;
}

static int verify_with(const struct options *options, struct arena *arena) {
    struct audit_check check = {.fact_count = 0};
    struct span key = file_read(options->key_path, arena);
    struct span text = key.ptr == NULL ? key : file_read(options->receipt_path, arena);
    check.facts = arena_array(arena, LIMIT_AUDIT_PROOFS, sizeof *check.facts);
    if (text.ptr == NULL || check.facts == NULL) {
        return EXIT_TOOL_FAILED;
    }
    if (options->payload_path != NULL) {
        check.has_payload = true;
        check.payload = file_read(options->payload_path, arena);
        if (check.payload.ptr == NULL) {
            return EXIT_TOOL_FAILED;
        }
    }
    if (!key_take(options->key_path, key, &check.vkey) ||
        (options->witness_path != NULL && !witnesses_read(options, &check, arena))) {
        return EXIT_TOOL_FAILED;
    }
    return receipts_check(&check, text, arena, options->html);
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
