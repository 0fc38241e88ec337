/* SPDX-License-Identifier: Apache-2.0 */
/* The agreements of this gateway: their book, opened from the state folder, and what follows for
 * the workers when something comes into force or is stopped. */
#define _POSIX_C_SOURCE 200809L
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/base/assert.h"
#include "gateway/base/limits.h"
#include "gateway/base/log.h"
#include "gateway/node/node_int.h"
#include "gateway/query/apply.h"
#include "gateway/vault/vault.h"

static struct lg_err wrong(void) {
    return lg_err_make(LG_CLASS_CONFIG, LG_SERVICE, NODE_AGREEMENT);
}

struct lg_err node_file_read(const char *path, size_t size_max, struct diag *diag,
                             uint8_t **out_text, size_t *out_len) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    struct stat info = {0};
    if (fd < 0 || fstat(fd, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size <= 0 ||
        (size_t)info.st_size > size_max) {
        diag_set(diag, 0, "%s: not a readable file of 1 to %zu bytes", path, size_max);
        if (fd >= 0) {
            close(fd);
        }
        return wrong();
    }
    size_t size = (size_t)info.st_size;
    uint8_t *text = malloc(size);
    size_t used = 0;
    while (text != NULL && used < size) {
        ssize_t got = read(fd, text + used, size - used);
        if (got <= 0) {
            break;
        }
        used += (size_t)got;
    }
    close(fd);
    if (text == NULL || used < size) {
        free(text);
        diag_set(diag, 0, "%s: cannot be read", path);
        return wrong();
    }
    *out_text = text;
    *out_len = size;
    return LG_OK;
}

struct lg_err node_pinned_read(const struct config_pinned_file *file, struct diag *diag,
                               uint8_t **out_text, size_t *out_len) {
    TRY(node_file_read(file->file, LIMIT_POLICY_TEXT_SIZE, diag, out_text, out_len));
    uint8_t hash[VAULT_SHA256_SIZE];
    vault_sha256(span_of(*out_text, *out_len), hash);
    if (memcmp(hash, file->sha256, sizeof hash) != 0) {
        diag_set(diag, 0,
                 "%s: its SHA-256 is not the one that the configuration lists; the text that was "
                 "agreed has another hash, so this one is not in force",
                 file->file);
        free(*out_text);
        *out_text = NULL;
        return wrong();
    }
    return LG_OK;
}

/* ---- What this gateway can evaluate ---- */

static struct lg_err unfit(void) {
    return lg_err_make(LG_CLASS_INPUT, LG_AGREEMENT, AGREEMENT_TEXT);
}

static struct lg_err rules_check(const struct policy *policy, bool has_wards, struct diag *diag) {
    for (size_t i = 0; i < policy_rule_count(policy); i++) {
        struct span rule = policy_rule_at(policy, i);
        if (span_equal_text(rule, "ward") && !has_wards) {
            diag_set(diag, 0,
                     "generalise ward: needs a table; name one in the configuration as wards");
            return unfit();
        }
        if (!minimise_rule_exists(rule)) {
            diag_set(diag, 0, "generalise %.*s: this gateway has no rule of that name",
                     (int)rule.len, (const char *)rule.ptr);
            return unfit();
        }
    }
    return LG_OK;
}

/* Rules that minimise does not have and parties that the partnership does not know could not be
 * evaluated: such a text is never in force here. */
struct lg_err node_agreement_fits(void *ctx, const struct policy *policy, struct diag *diag) {
    const struct node *node = ctx;
    TRY(rules_check(policy, node->config->wards != NULL, diag));
    for (size_t i = 0; i < policy_party_count(policy); i++) {
        struct policy_party party = policy_party_at(policy, i);
        if (config_party_find(node->registry, party.id) == NULL) {
            diag_set(diag, 0, "party %.*s is not in the partnership's file", (int)party.id.len,
                     (const char *)party.id.ptr);
            return unfit();
        }
    }
    return LG_OK;
}

/* ---- Opening ---- */

static void on_change(void *ctx) {
    struct node *node = ctx;
    (void)pthread_mutex_lock(&node->agreements.mutex);
    for (size_t i = 0; node->agreements.tells && i < node->worker_count; i++) {
        node_worker_agreements(&node->workers[i]);
    }
    (void)pthread_mutex_unlock(&node->agreements.mutex);
}

void node_agreements_tell(struct node *node, bool tells) {
    if (node->agreements.has_mutex) {
        (void)pthread_mutex_lock(&node->agreements.mutex);
        node->agreements.tells = tells;
        (void)pthread_mutex_unlock(&node->agreements.mutex);
    }
}

static struct lg_err on_stored(void *ctx, const struct store_agreement_act *act) {
    struct node *node = ctx;
    return agreement_book_apply(node->agreements.book, act->log_index, act->time_ms, act->body);
}

static struct lg_err stored_apply(struct node *node) {
    struct store_reader *reader = NULL;
    TRY(store_reader_open(node->store, &reader));
    struct lg_err err = store_agreement_acts_each(reader, on_stored, node);
    store_reader_free(&reader);
    return err;
}

struct lg_err node_floor_load(struct node *node, struct diag *diag) {
    uint8_t *text = NULL;
    size_t len = 0;
    if (node->config->floor == NULL) {
        return LG_OK;
    }
    TRY(node_pinned_read(node->config->floor, diag, &text, &len));
    node->agreements.floor = span_of(text, len);
    return LG_OK;
}

struct lg_err node_register_load(struct node *node, struct diag *diag) {
    const struct config_pinned_file *file = node->config->statutes;
    struct diag inner = {0};
    uint8_t *text = NULL;
    size_t len = 0;
    if (file == NULL) {
        return LG_OK;
    }
    TRY(node_pinned_read(file, diag, &text, &len));
    struct lg_err err =
        policy_register_compile(span_of(text, len), &inner, &node->agreements.statutes);
    free(text);
    if (lg_failed(err)) {
        diag_set(diag, inner.line, "%s: %s", file->file, inner.text);
    }
    return err;
}

struct lg_err node_agreements_open(struct node *node, const char *folder, struct diag *diag) {
    struct node_agreements *agreements = &node->agreements;
    size_t broken = 0;
    int len = snprintf(agreements->folder, sizeof agreements->folder, "%s", folder);
    if (len < 0 || (size_t)len >= sizeof agreements->folder) {
        diag_set(diag, 0, "state: the path is too long");
        return wrong();
    }
    TRY(agreement_live_new(&agreements->live));
    agreements->has_mutex = pthread_mutex_init(&agreements->mutex, NULL) == 0;
    ASSERT(agreements->has_mutex);
    const struct agreement_setup setup = {
        .folder = agreements->folder,
        .registry = node->registry,
        .ground = {agreements->floor, agreements->statutes},
        .live = agreements->live,
        .clock = clock_system(),
        .fits = node_agreement_fits,
        .on_change = on_change,
        .ctx = node,
    };
    TRY(agreement_book_new(&setup, &agreements->book));
    TRY(stored_apply(node));
    TRY(agreement_book_open(agreements->book, &broken));
    if (broken > 0) {
        log_line(LOG_ERROR, "node.agreements", "broken=%zu in-force=no", broken);
    }
    return LG_OK;
}

/* Applies changes of the log in its order: to the store, and then to what is in force, before
 * anybody hears that they happened. */
struct lg_err node_apply(void *ctx, const struct audit_change *changes, size_t count) {
    struct node *node = ctx;
    TRY(query_apply(node->store, changes, count));
    for (size_t i = 0; i < count; i++) {
        if (query_apply_is_agreement(&changes[i])) {
            TRY(agreement_book_apply(node->agreements.book, changes[i].index, changes[i].time_ms,
                                     changes[i].sealed));
        }
    }
    return LG_OK;
}

void node_agreements_free(struct node_agreements *agreements) {
    agreement_book_free(&agreements->book);
    agreement_live_free(&agreements->live);
    if (agreements->has_mutex) {
        (void)pthread_mutex_destroy(&agreements->mutex);
    }
    policy_register_free(&agreements->statutes);
    free((void *)(uintptr_t)agreements->floor.ptr);
    *agreements = (struct node_agreements){0};
}
