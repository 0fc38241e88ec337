/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of c2sp.org/tlog-witness, in their order: who it is (400, 404, 403), where the log was
 * left (400, 409), whether it carries on from there (422), remember, cosign. Asking and remembering
 * are one step because one thread alone does both. */
#include "gateway/witness/witness.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/audit/merkle.h"
#include "gateway/audit/note.h"
#include "gateway/base/assert.h"
#include "gateway/base/log.h"
#include "gateway/witness/memory.h"

enum { MS_PER_S = 1000 };

static const char TEXT_TYPE[] = "text/plain; charset=utf-8";
static const char SIZE_TYPE[] = "text/x.tlog.size";

/* One log; the keys' names point into the witness's copy of the texts. */
struct witnessed {
    struct audit_vkey keys[LIMIT_WITNESS_LOG_KEYS];
    size_t key_count;
    struct witness_seen seen;
};

struct witness {
    struct witness_memory memory;
    bool has_memory;
    struct vault_key *sign_key;
    char *name;
    struct audit_vkey vkey;
    struct clock clock;
    char **texts;
    size_t text_count;
    struct witnessed *logs;
    size_t log_count;
    bool is_broken; /* a write failed: what the disk holds is not known */
};

static struct lg_err no_memory(void) {
    return lg_err_make(LG_CLASS_LIMIT, LG_WITNESS, WITNESS_MEMORY);
}

static struct lg_err bad_keys(void) {
    return lg_err_make(LG_CLASS_CONFIG, LG_WITNESS, WITNESS_KEYS);
}

/* ---- Opening */

static char *text_dup(const char *text) {
    size_t size = strlen(text) + 1;
    char *copy = malloc(size);
    if (copy != NULL) {
        memcpy(copy, text, size);
    }
    return copy;
}

static struct witnessed *log_find(const struct witness *witness, struct span origin) {
    for (size_t i = 0; i < witness->log_count; i++) {
        if (span_equal(witness->logs[i].keys[0].name, origin)) {
            return &witness->logs[i];
        }
    }
    return NULL;
}

static bool key_is_new(const struct witnessed *log, const struct audit_vkey *key) {
    for (size_t i = 0; i < log->key_count; i++) {
        if (memcmp(log->keys[i].id, key->id, sizeof key->id) == 0) {
            return false;
        }
    }
    return true;
}

static struct lg_err log_add(struct witness *witness, const char *text, struct diag *diag) {
    struct audit_vkey key;
    char *copy = text_dup(text);
    if (copy == NULL) {
        return no_memory();
    }
    witness->texts[witness->text_count] = copy;
    witness->text_count++;
    if (lg_failed(audit_vkey_read(span_text(copy), &key)) || key.type != AUDIT_KEY_ED25519) {
        diag_set(diag, 0, "%.80s: not the verifier key of a log (NAME+ID+KEY)", text);
        return bad_keys();
    }
    struct witnessed *log = log_find(witness, key.name);
    if (log == NULL) {
        log = &witness->logs[witness->log_count];
        witness->log_count++;
    }
    if (log->key_count == LIMIT_WITNESS_LOG_KEYS || !key_is_new(log, &key)) {
        diag_set(diag, 0, "%.80s: this key stands there twice, or its log has too many keys", text);
        return bad_keys();
    }
    log->keys[log->key_count] = key;
    log->key_count++;
    return LG_OK;
}

static struct lg_err logs_add(struct witness *witness, const struct witness_config *config,
                              struct diag *diag) {
    struct span name = span_text(config->name);
    if (!audit_note_name_is_valid(name) || name.len > AUDIT_ORIGIN_SIZE_MAX) {
        diag_set(diag, 0,
                 "the name of a witness has to be 1 to %d characters without space or plus",
                 AUDIT_ORIGIN_SIZE_MAX);
        return bad_keys();
    }
    if (config->log_count == 0 || config->log_count > LIMIT_WITNESS_LOGS) {
        diag_set(diag, 0, "a witness has 1 to %d logs", LIMIT_WITNESS_LOGS);
        return bad_keys();
    }
    witness->texts = calloc(config->log_count, sizeof *witness->texts);
    witness->logs = calloc(config->log_count, sizeof *witness->logs);
    if (witness->texts == NULL || witness->logs == NULL) {
        return no_memory();
    }
    for (size_t i = 0; i < config->log_count; i++) {
        TRY(log_add(witness, config->logs[i], diag));
    }
    return LG_OK;
}

/* Names of logs that will ever be in this state. */
static struct lg_err logs_have_room(const struct witness *witness, struct diag *diag) {
    size_t count = witness->memory.begun_count;
    for (size_t i = 0; i < witness->log_count; i++) {
        count += witness_memory_has_begun(&witness->memory, witness->logs[i].keys[0].name) ? 0 : 1;
    }
    if (count > LIMIT_WITNESS_LOGS_EVER) {
        diag_set(diag, 0, "a witness's state is of at most %d logs, those of its past among them",
                 LIMIT_WITNESS_LOGS_EVER);
        return bad_keys();
    }
    return LG_OK;
}

static struct lg_err seen_take(struct witness *witness, bool is_new, struct diag *diag) {
    diag_set(diag, 0,
             "the state of the witness is not there, cannot be read, or is not its own: it has to "
             "be put back as it was, since what a witness forgets nobody else knows; where that "
             "cannot be, a new key is the only way on");
    const struct witness_owner owner = {.key_id = witness->vkey.id, .is_new = is_new};
    TRY(witness_memory_begin(&witness->memory, &owner));
    TRY(logs_have_room(witness, diag));
    for (size_t i = 0; i < witness->log_count; i++) {
        struct witnessed *log = &witness->logs[i];
        TRY(witness_memory_read(&witness->memory, log->keys[0].name, &log->seen));
        if (log->seen.size > 0) {
            TRY(witness_memory_write(&witness->memory, log->keys[0].name, &log->seen));
        }
    }
    diag_set(diag, 0, "%s", "");
    return LG_OK;
}

struct lg_err witness_open(const struct witness_config *config, struct diag *diag,
                           struct witness **out_witness) {
    OWN(witness_free) struct witness *witness = calloc(1, sizeof *witness);
    const struct audit_file_ops *ops = config->files != NULL ? config->files : audit_files_system();
    const struct audit_folder folder = {.ops = ops, .path = config->folder};
    if (witness == NULL) {
        return no_memory();
    }
    witness->sign_key = config->sign_key;
    witness->clock = config->clock;
    witness->name = text_dup(config->name);
    if (witness->name == NULL) {
        return no_memory();
    }
    TRY(logs_add(witness, config, diag));
    witness->vkey = audit_vkey_of(witness->name, config->sign_key, AUDIT_KEY_COSIGNER);
    diag_set(diag, 0, "%s: another process has this state, or it cannot be opened", config->folder);
    TRY(witness_memory_open(&folder, &witness->memory));
    witness->has_memory = true;
    TRY(seen_take(witness, config->is_new, diag));
    *out_witness = TAKE(witness);
    return LG_OK;
}

void witness_free(struct witness **witness) {
    struct witness *it = *witness;
    if (it == NULL) {
        return;
    }
    if (it->has_memory) {
        witness_memory_close(&it->memory);
    }
    for (size_t i = 0; i < it->text_count; i++) {
        free(it->texts[i]);
    }
    free(it->texts);
    free(it->logs);
    free(it->name);
    free(it);
    *witness = NULL;
}

void witness_vkey_write(const struct witness *witness, char out[static AUDIT_VKEY_SIZE_MAX]) {
    audit_vkey_text(&witness->vkey, out);
}

/* ---- Answers */

static void say(struct witness_reply *reply, unsigned status, const char *text) {
    int len = snprintf(reply->body, sizeof reply->body, "%s\n", text);
    ASSERT(len > 0);
    ASSERT((size_t)len < sizeof reply->body);
    reply->status = status;
    reply->type = TEXT_TYPE;
    reply->len = (size_t)len;
}

static void say_size(struct witness_reply *reply, const struct witnessed *log) {
    int len = snprintf(reply->body, sizeof reply->body, "%" PRIu64 "\n", log->seen.size);
    reply->status = 409;
    reply->type = SIZE_TYPE;
    reply->len = (size_t)len;
}

static void say_cosigned(const struct witness *witness, const struct audit_note *note,
                         struct witness_reply *reply) {
    struct audit_cosignature line;
    int64_t now_ms = clock_wall_ms(&witness->clock);
    uint64_t now_s = now_ms < MS_PER_S ? 1 : (uint64_t)now_ms / MS_PER_S;
    audit_cosign(&witness->vkey, witness->sign_key, now_s, note->body, &line);
    static_assert(sizeof line.text <= sizeof reply->body, "a cosignature fits a reply");
    memcpy(reply->body, line.text, line.len);
    reply->status = 200;
    reply->type = TEXT_TYPE;
    reply->len = line.len;
}

/* ---- Questions */

struct submission {
    struct witness_request request;
    struct audit_note note;
    struct audit_checkpoint checkpoint;
};

static bool submission_read(struct span bytes, struct submission *out_submission) {
    return !lg_failed(witness_request_read(bytes, &out_submission->request)) &&
           !lg_failed(audit_note_split(out_submission->request.note, &out_submission->note)) &&
           out_submission->note.body.len <= LIMIT_WITNESS_BODY &&
           !lg_failed(
               audit_checkpoint_parse(out_submission->note.body, &out_submission->checkpoint));
}

/* Lines that are no signatures are signatures that do not verify. */
static bool is_signed(const struct witnessed *log, struct span text) {
    struct audit_signer signers[LIMIT_WITNESS_LOG_KEYS];
    struct audit_note note;
    return !lg_failed(audit_note_read(text, &note)) &&
           !lg_failed(audit_note_signers(&note, log->keys, log->key_count, signers));
}

static bool hash_equal(const struct audit_hash *a, const struct audit_hash *b) {
    return memcmp(a->bytes, b->bytes, AUDIT_HASH_SIZE) == 0;
}

/* From the empty tree everything grows, and there is nothing to prove. */
static bool is_proved(const struct submission *submission, const struct witness_seen *seen) {
    const struct audit_checkpoint *checkpoint = &submission->checkpoint;
    const struct audit_path *proof = &submission->request.proof;
    struct audit_consistency_claim claim = {.from = seen->size,
                                            .to = checkpoint->size,
                                            .from_root = &seen->root,
                                            .to_root = &checkpoint->root};
    if (seen->size == 0) {
        return proof->count == 0;
    }
    return !lg_failed(audit_merkle_consistency_check(&claim, proof->hashes, proof->count));
}

/* True when the checkpoint carries on from what was seen. */
static bool judge(const struct witnessed *log, const struct submission *submission,
                  struct witness_reply *reply) {
    const struct audit_checkpoint *checkpoint = &submission->checkpoint;
    const struct witness_seen *seen = &log->seen;
    if (submission->request.old_size > checkpoint->size) {
        say(reply, 400, "bad request: the old size is larger than the checkpoint's");
        return false;
    }
    if (submission->request.old_size != seen->size) {
        say_size(reply, log);
        return false;
    }
    if (checkpoint->size == seen->size && !hash_equal(&checkpoint->root, &seen->root)) {
        log_line(LOG_ERROR, "witness.fork", "size=%" PRIu64, seen->size);
        say_size(reply, log);
        return false;
    }
    if (!is_proved(submission, seen)) {
        log_line(LOG_WARN, "witness.unproved", "from=%" PRIu64 " to=%" PRIu64, seen->size,
                 checkpoint->size);
        say(reply, 422, "the consistency proof does not lead from the old tree to the new one");
        return false;
    }
    return true;
}

static struct lg_err remember(struct witness *witness, struct witnessed *log,
                              const struct audit_checkpoint *checkpoint) {
    struct witness_seen seen = {.size = checkpoint->size, .root = checkpoint->root};
    if (checkpoint->size == log->seen.size) {
        return LG_OK; /* and the same root: it is durable */
    }
    struct lg_err err = witness_memory_write(&witness->memory, log->keys[0].name, &seen);
    if (lg_failed(err)) {
        witness->is_broken = true;
        return err;
    }
    log->seen = seen;
    return LG_OK;
}

struct lg_err witness_add_checkpoint(struct witness *witness, struct span request,
                                     struct witness_reply *out_reply) {
    struct submission submission;
    if (witness->is_broken) {
        return lg_err_make(LG_CLASS_STORE, LG_WITNESS, WITNESS_IO);
    }
    if (!submission_read(request, &submission)) {
        say(out_reply, 400, "bad request: not an add-checkpoint of c2sp.org/tlog-witness");
        return LG_OK;
    }
    struct witnessed *log = log_find(witness, submission.checkpoint.origin);
    if (log == NULL) {
        say(out_reply, 404, "unknown log");
        return LG_OK;
    }
    if (!is_signed(log, submission.request.note)) {
        say(out_reply, 403, "invalid signature: none by a key of this log");
        return LG_OK;
    }
    if (!judge(log, &submission, out_reply)) {
        return LG_OK;
    }
    TRY(remember(witness, log, &submission.checkpoint));
    say_cosigned(witness, &submission.note, out_reply);
    return LG_OK;
}
