/* SPDX-License-Identifier: Apache-2.0 */
/* What a recipient kept: receipts, each checked by itself, and the answers beside them. */
#define _POSIX_C_SOURCE 200809L
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "gateway/wire/disclosures.h"
#include "tools/lockgate/reconcile_int.h"

enum { FILE_SIZE_MAX = 8 << 20, FILE_BUDGET = 64 << 20, PATH_SIZE = 4096 };

static struct lg_err io_failed(struct reconcile *it, const char *path) {
    diag_set(&it->diag, 0, "%s: %s", path, strerror(errno));
    return lg_err_make(LG_CLASS_STORE, LG_TOOLS, RECONCILE_IO);
}

/* The file's bytes in the arena; at most 8 MiB. */
static struct lg_err bytes_read(struct reconcile *it, const char *path, struct arena *arena,
                                struct span *out_bytes) {
    FILE *file = fopen(path, "rbe");
    if (file == NULL) {
        return io_failed(it, path);
    }
    uint8_t *bytes = arena_alloc(arena, FILE_SIZE_MAX + 1);
    size_t len = bytes == NULL ? 0 : fread(bytes, 1, FILE_SIZE_MAX + 1, file);
    bool failed = ferror(file) != 0;
    (void)fclose(file);
    TRY(arena_failed(arena));
    if (failed || len > FILE_SIZE_MAX) {
        errno = failed ? EIO : EFBIG;
        return io_failed(it, path);
    }
    *out_bytes = span_of(bytes, len);
    return LG_OK;
}

static bool is_proof(const char *name) {
    const char *ending = strrchr(name, '.');
    return ending != NULL && strcmp(ending, ".proof") == 0;
}

/* The answer NAME.part beside NAME.proof; an empty span where there is none. */
static struct lg_err answer_read(struct reconcile *it, const char *path, struct arena *arena,
                                 bool *out_has, struct span *out_bytes) {
    char beside[PATH_SIZE + 8];
    struct stat about;
    const char *ending = strrchr(path, '.');
    *out_has = false;
    if (!is_proof(path)) {
        return LG_OK;
    }
    (void)snprintf(beside, sizeof beside, "%.*s.part", (int)(ending - path), path);
    *out_has = stat(beside, &about) == 0;
    return *out_has ? bytes_read(it, beside, arena, out_bytes) : LG_OK;
}

static bool commits_to(const struct audit_proof *proof, const struct audit_entry *entry,
                       struct span answer) {
    uint8_t digest[VAULT_SHA256_SIZE];
    struct vault_sha256 hash;
    vault_sha256_begin(&hash);
    vault_sha256_add(&hash, proof->form.salt);
    vault_sha256_add(&hash, answer);
    vault_sha256_end(&hash, digest);
    return proof->form.salt.len == AUDIT_SALT_SIZE &&
           vault_equal(span_of(digest, sizeof digest), entry->commitment);
}

static void kept_fill(struct reconcile_kept *kept, const struct audit_proof *proof,
                      const struct audit_verified *verified, const struct audit_entry *entry) {
    struct audit_detail detail;
    kept->is_proven = true;
    kept->index = proof->form.index;
    kept->request = entry->request_id;
    kept->time_ms = entry->time_ms;
    kept->has_commitment = entry->commitment.len == sizeof kept->commitment;
    memcpy(kept->leaf_hash, verified->leaf_hash.bytes, sizeof kept->leaf_hash);
    if (kept->has_commitment) {
        memcpy(kept->commitment, entry->commitment.ptr, sizeof kept->commitment);
    }
    if (proof->form.detail.len > 0 &&
        !lg_failed(audit_detail_read(entry, proof->form.detail, &detail))) {
        kept->has_count = true;
        kept->record_count = detail.record_count;
    }
}

/* The records of an answer that is the one committed to; a link's is of another kind. The detail
 * has none where existence is hidden. */
static void answer_count(struct reconcile_kept *kept, const struct audit_entry *entry,
                         struct span answer, struct arena *arena) {
    struct wire_report report;
    struct extract extract;
    if (!kept->answer_matches || span_equal_text(entry->reason, "LINK") ||
        lg_failed(wire_source_result_decode(arena, answer, &report, &extract))) {
        return;
    }
    kept->is_miscounted =
        kept->has_count && kept->record_count > 0 && kept->record_count != extract.record_count;
    kept->has_count = true;
    kept->record_count = (uint32_t)extract.record_count;
}

/* One file of receipts under way. */
struct reading {
    struct reconcile *it;
    const struct audit_vkey *vkey;
    struct arena *arena; /* its own */
    struct span text;
    struct span answer;
    bool has_answer;
    size_t first; /* of its receipts in the list */
};

static void text_name(struct span text, size_t len, struct reconcile_kept *kept) {
    uint8_t digest[VAULT_SHA256_SIZE];
    vault_sha256(span_slice(text, 0, len), digest);
    memcpy(kept->request.bytes, digest, sizeof kept->request.bytes);
}

/* One receipt off the front of the text. What cannot be read as one ends the file. */
static struct lg_err proof_take(struct reading *reading, struct reconcile_kept *kept) {
    struct reconcile *it = reading->it;
    struct audit_proof proof;
    struct audit_verified verified;
    struct audit_entry entry;
    struct span before = reading->text;
    struct lg_err err = audit_proof_read(&reading->text, reading->arena, &proof);
    /* What nothing can be believed of is known by its bytes. */
    text_name(before, lg_failed(err) ? before.len : before.len - reading->text.len, kept);
    if (lg_failed(err)) {
        reading->text = span_of(NULL, 0);
        return lg_err_class(err) == LG_CLASS_LIMIT ? err : LG_OK;
    }
    if (lg_failed(audit_proof_verify(&proof, reading->vkey, &verified)) ||
        lg_failed(audit_entry_decode(proof.form.leaf, &entry))) {
        return LG_OK;
    }
    kept_fill(kept, &proof, &verified, &entry);
    kept->answer_matches = kept->has_answer && commits_to(&proof, &entry, reading->answer);
    answer_count(kept, &entry, reading->answer, reading->arena);
    TRY(arena_failed(reading->arena));
    kept->source = arena_copy(it->arena, entry.source_agency);
    kept->agreement = arena_copy(it->arena, entry.agreement);
    return arena_failed(it->arena);
}

/* Where several receipts share a file, the answer beside it is that of one of them. */
static void answer_settle(const struct reading *reading) {
    struct reconcile_kept *kept = reading->it->kept;
    bool matches = false;
    for (size_t i = reading->first; i < reading->it->kept_count; i++) {
        matches = matches || kept[i].answer_matches;
    }
    for (size_t i = reading->first; i < reading->it->kept_count; i++) {
        bool is_only = reading->it->kept_count == reading->first + 1;
        kept[i].has_answer = kept[i].has_answer && (is_only || !matches);
    }
}

static struct lg_err proofs_read(struct reading *reading, const char *path) {
    struct reconcile *it = reading->it;
    TRY(bytes_read(it, path, reading->arena, &reading->text));
    TRY(answer_read(it, path, reading->arena, &reading->has_answer, &reading->answer));
    struct span file = arena_copy(it->arena, span_text(path));
    TRY(arena_failed(it->arena));
    do {
        if (it->kept_count == RECONCILE_KEPT_MAX) {
            return reconcile_too_many(it, "receipts", RECONCILE_KEPT_MAX);
        }
        it->kept = arena_more(it->arena, it->kept, it->kept_count, sizeof *it->kept);
        TRY(arena_failed(it->arena));
        struct reconcile_kept *kept = &it->kept[it->kept_count++];
        *kept = (struct reconcile_kept){.file = file, .has_answer = reading->has_answer};
        TRY(proof_take(reading, kept));
    } while (reading->text.len > 0);
    answer_settle(reading);
    return LG_OK;
}

static struct lg_err one_read(struct reconcile *it, const char *path,
                              const struct audit_vkey *vkey) {
    struct reading reading = {.it = it, .vkey = vkey, .first = it->kept_count};
    TRY(arena_new(FILE_BUDGET, &reading.arena));
    struct lg_err err = proofs_read(&reading, path);
    arena_free(&reading.arena);
    return err;
}

/* Folders of the folder that was named. */
struct inner {
    char **paths;
    size_t count;
};

/* A file of receipts is read; a folder is put on the list, where there is one. */
static struct lg_err named_read(struct reconcile *it, const char *path,
                                const struct audit_vkey *vkey, struct inner *inner) {
    struct stat about;
    if (stat(path, &about) != 0) {
        return io_failed(it, path);
    }
    if (S_ISREG(about.st_mode) && is_proof(path)) {
        return one_read(it, path, vkey);
    }
    if (!S_ISDIR(about.st_mode) || inner == NULL) {
        return LG_OK;
    }
    if (inner->count == RECONCILE_KEPT_MAX) {
        return reconcile_too_many(it, "folders", RECONCILE_KEPT_MAX);
    }
    inner->paths = arena_more(it->arena, inner->paths, inner->count, sizeof *inner->paths);
    TRY(arena_failed(it->arena));
    inner->paths[inner->count++] = arena_text(it->arena, span_text(path));
    return arena_failed(it->arena);
}

static struct lg_err folder_read(struct reconcile *it, const char *path,
                                 const struct audit_vkey *vkey, struct inner *inner) {
    DIR *listing = opendir(path);
    if (listing == NULL) {
        return io_failed(it, path);
    }
    struct lg_err err = LG_OK;
    for (struct dirent *entry = readdir(listing); entry != NULL && !lg_failed(err);
         entry = readdir(listing)) {
        char name[PATH_SIZE];
        int len = snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        if (entry->d_name[0] == '.') {
            continue;
        }
        errno = ENAMETOOLONG;
        err = len > 0 && (size_t)len < sizeof name ? named_read(it, name, vkey, inner)
                                                   : io_failed(it, path);
    }
    (void)closedir(listing);
    return err;
}

struct lg_err reconcile_kept_read(struct reconcile *it, const char *path,
                                  const struct audit_vkey *vkey) {
    struct stat about;
    struct inner inner = {.count = 0};
    it->has_kept = true;
    if (stat(path, &about) != 0) {
        return io_failed(it, path);
    }
    if (!S_ISDIR(about.st_mode)) {
        return one_read(it, path, vkey);
    }
    TRY(folder_read(it, path, vkey, &inner));
    for (size_t i = 0; i < inner.count; i++) {
        TRY(folder_read(it, inner.paths[i], vkey, NULL));
    }
    return LG_OK;
}
