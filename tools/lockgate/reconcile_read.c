/* SPDX-License-Identifier: Apache-2.0 */
/* What a source wrote down and what a recipient kept, read from files. */
#define _POSIX_C_SOURCE 200809L
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tools/lockgate/reconcile_int.h"

enum { FILE_SIZE_MAX = 8 << 20, FILE_BUDGET = 64 << 20, PATH_SIZE = 4096 };

static struct lg_err too_many(struct reconcile *it, const char *what, size_t most) {
    diag_set(&it->diag, 0, "more than %zu %s; compare a shorter stretch of time", most, what);
    return lg_err_make(LG_CLASS_LIMIT, LG_TOOLS, RECONCILE_LIMIT);
}

/* ---- the record of a source ------------------------------------------------------------------ */

/* A receipt, or that an answer did not leave: joined to the answers when all are read. */
struct after {
    struct call_reference call;
    size_t place; /* in the record: of two receipts the first counts */
    bool is_receipt;
    uint64_t index;
    uint8_t leaf_hash[AUDIT_HASH_SIZE];
    bool has_commitment;
    uint8_t commitment[AUDIT_HASH_SIZE];
};

struct gathering {
    struct reconcile *it;
    struct after *afters;
    size_t after_count;
    struct span agreement; /* of the entry before: most have the same */
};

static struct lg_err left_take(struct gathering *gathering, const struct record_entry *entry) {
    struct reconcile *it = gathering->it;
    struct request_id id;
    if (it->left_count == RECONCILE_LEFT_MAX) {
        return too_many(it, "answers in the record", RECONCILE_LEFT_MAX);
    }
    it->left = arena_more(it->arena, it->left, it->left_count, sizeof *it->left);
    TRY(arena_failed(it->arena));
    if (!span_equal(gathering->agreement, entry->agreement)) {
        gathering->agreement = arena_copy(it->arena, entry->agreement);
        TRY(arena_failed(it->arena));
    }
    struct reconcile_left *left = &it->left[it->left_count++];
    *left = (struct reconcile_left){
        .call = entry->call,
        .time_ms = entry->time_ms,
        .agreement = gathering->agreement,
        .agreement_version = entry->agreement_version,
        .record_count = entry->record_count,
        .is_withheld = entry->withheld.len > 0,
    };
    memcpy(id.bytes, entry->call.bytes, sizeof id.bytes);
    audit_part_items(&id, entry->items, left->items);
    return LG_OK;
}

static struct lg_err after_take(struct gathering *gathering, const struct record_entry *entry) {
    struct reconcile *it = gathering->it;
    if (gathering->after_count == 2 * RECONCILE_LEFT_MAX) {
        return too_many(it, "receipts in the record", 2 * RECONCILE_LEFT_MAX);
    }
    gathering->afters =
        arena_more(it->arena, gathering->afters, gathering->after_count, sizeof(struct after));
    TRY(arena_failed(it->arena));
    struct after *after = &gathering->afters[gathering->after_count++];
    *after = (struct after){.call = entry->call,
                            .place = gathering->after_count,
                            .is_receipt = entry->kind == RECORD_RECEIPT,
                            .index = entry->index,
                            .has_commitment = entry->has_commitment};
    memcpy(after->leaf_hash, entry->leaf_hash, sizeof after->leaf_hash);
    memcpy(after->commitment, entry->commitment, sizeof after->commitment);
    if (after->is_receipt && entry->index > it->receipt_last) {
        it->receipt_last = entry->index;
    }
    return LG_OK;
}

static struct lg_err on_entry(void *ctx, const struct record_entry *entry) {
    return entry->kind == RECORD_LEFT ? left_take(ctx, entry) : after_take(ctx, entry);
}

static int after_order(const void *a, const void *b) {
    return memcmp(&((const struct after *)a)->call, &((const struct after *)b)->call,
                  sizeof(struct call_reference));
}

static int place_order(const void *a, const void *b) {
    size_t one = ((const struct after *)a)->place;
    size_t other = ((const struct after *)b)->place;
    int order = after_order(a, b);
    return order != 0 ? order : (one > other) - (one < other);
}

static void after_join(struct reconcile_left *left, const struct after *after) {
    if (!after->is_receipt) {
        left->is_unsent = true;
    } else if (!left->has_receipt) {
        left->has_receipt = true;
        left->index = after->index;
        memcpy(left->leaf_hash, after->leaf_hash, sizeof left->leaf_hash);
        left->has_commitment = after->has_commitment;
        memcpy(left->commitment, after->commitment, sizeof left->commitment);
    } else if (left->index != after->index ||
               memcmp(left->leaf_hash, after->leaf_hash, sizeof left->leaf_hash) != 0) {
        left->is_contradicted = true;
    }
}

static void afters_join(struct gathering *gathering) {
    struct reconcile *it = gathering->it;
    if (gathering->after_count == 0) {
        return;
    }
    qsort(gathering->afters, gathering->after_count, sizeof(struct after), place_order);
    for (size_t i = 0; i < it->left_count; i++) {
        const struct after key = {.call = it->left[i].call};
        const struct after *end = gathering->afters + gathering->after_count;
        const struct after *at =
            bsearch(&key, gathering->afters, gathering->after_count, sizeof key, after_order);
        while (at != NULL && at > gathering->afters && after_order(at - 1, &key) == 0) {
            at--;
        }
        for (; at != NULL && at < end && after_order(at, &key) == 0; at++) {
            after_join(&it->left[i], at);
        }
    }
}

struct lg_err reconcile_record_read(struct reconcile *it, const char *path) {
    struct gathering gathering = {.it = it};
    it->has_record = true;
    TRY(record_read(path, on_entry, &gathering, &it->diag, &it->record));
    afters_join(&gathering);
    return LG_OK;
}

/* ---- receipts of a recipient ----------------------------------------------------------------- */

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
            return too_many(it, "receipts", RECONCILE_KEPT_MAX);
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
        return too_many(it, "folders", RECONCILE_KEPT_MAX);
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
