/* SPDX-License-Identifier: Apache-2.0 */
/* Outside vectors of transparency logs, put to our library. Every group counts its cases in the
 * run; a file that cannot be read as what it should be is one failed case. */
#ifndef TESTS_VECTORS_TLOG_H
#define TESTS_VECTORS_TLOG_H

#include <jansson.h>

#include "gateway/audit/audit.h"

enum { TLOG_HASHES_MAX = 64 };

struct tlog_run {
    const char *folder;
    const char *file; /* under way */
    size_t passed;
    size_t failed;
    struct arena *arena; /* of the file under way */
};

/* One case; a failed one is told. */
void tlog_case(struct tlog_run *run, const char *name, bool holds);

/* ---- Reading (tlog_read.c). What is not there or of another form gives NULL, false or empty, and
 * then the case fails; bytes and texts live in the run's arena. */

/* The file's bytes with a NUL after them; ptr NULL where it is absent. */
struct span tlog_file(struct tlog_run *run, const char *name);
/* The one object of a file, or the objects of its lines as an array. The caller drops it. */
json_t *tlog_object(struct tlog_run *run, const char *name);
json_t *tlog_lines(struct tlog_run *run, const char *name);
/* A text member; "" where there is none. */
const char *tlog_text(const json_t *object, const char *member);
uint64_t tlog_number(const json_t *object, const char *member);
struct span tlog_base64(struct tlog_run *run, const char *text);
struct span tlog_hex(struct tlog_run *run, const char *text);
/* 32 bytes from base64 or hex. */
bool tlog_hash(struct tlog_run *run, const char *text, struct audit_hash *out_hash);
bool tlog_hash_hex(struct tlog_run *run, const char *text, struct audit_hash *out_hash);
/* An array of such base64, at most TLOG_HASHES_MAX; null is empty. */
bool tlog_hashes(struct tlog_run *run, const json_t *array, struct audit_hash *out_hashes,
                 size_t *out_count);
bool tlog_hash_is(const struct audit_hash *hash, const char *hex);

/* ---- Groups */

void tlog_rfc6962_tree(struct tlog_run *run);
void tlog_merkle_inclusion(struct tlog_run *run);
void tlog_merkle_consistency(struct tlog_run *run);
void tlog_signed_notes(struct tlog_run *run);
void tlog_vkeys(struct tlog_run *run);
void tlog_proof_syntax(struct tlog_run *run);
void tlog_rekor2_receipts(struct tlog_run *run);
void tlog_sigsum_proofs(struct tlog_run *run);
void tlog_witness_add_checkpoint(struct tlog_run *run);
void tlog_tessera(struct tlog_run *run);
void tlog_tessera_consistency(struct tlog_run *run);
void tlog_generated_trees(struct tlog_run *run);

#endif
