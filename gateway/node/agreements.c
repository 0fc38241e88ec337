/* SPDX-License-Identifier: Apache-2.0 */
/* An agreement is in force when the configuration lists its file and the hash of its text. */
#define _POSIX_C_SOURCE 200809L
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/base/limits.h"
#include "gateway/node/node_int.h"
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

static struct lg_err pinned_read(const struct config_pinned_file *file, struct diag *diag,
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

/* What cannot be evaluated here stops the load: rules that minimise does not have, parties that the
 * partnership does not know. */
static struct lg_err rules_check(const struct policy *policy, const char *path, bool has_wards,
                                 struct diag *diag) {
    for (size_t i = 0; i < policy_rule_count(policy); i++) {
        struct span rule = policy_rule_at(policy, i);
        if (span_equal_text(rule, "ward") && !has_wards) {
            diag_set(diag, 0,
                     "%s: generalise ward: needs a table; name one in the configuration as wards",
                     path);
            return wrong();
        }
        if (!minimise_rule_exists(rule)) {
            diag_set(diag, 0, "%s: generalise %.*s: this gateway has no rule of that name", path,
                     (int)rule.len, (const char *)rule.ptr);
            return wrong();
        }
    }
    return LG_OK;
}

static struct lg_err parties_check(const struct policy *policy, const char *path,
                                   const struct config_partnership *registry, struct diag *diag) {
    for (size_t i = 0; i < policy_party_count(policy); i++) {
        struct policy_party party = policy_party_at(policy, i);
        if (config_party_find(registry, party.id) == NULL) {
            diag_set(diag, 0, "%s: party %.*s is not in the partnership's file", path,
                     (int)party.id.len, (const char *)party.id.ptr);
            return wrong();
        }
    }
    return LG_OK;
}

/* What every agreement of one start is loaded with. */
struct loading {
    const struct config_gateway *config;
    const struct config_partnership *registry;
    struct span floor;
};

static struct lg_err agreement_load(const struct loading *loading,
                                    const struct config_pinned_file *file, struct diag *diag,
                                    struct policy **out_policy) {
    uint8_t *text = NULL;
    size_t len = 0;
    TRY(pinned_read(file, diag, &text, &len));
    struct diag inner = {0};
    struct lg_err err = policy_compile(span_of(text, len), loading->floor, &inner, out_policy);
    free(text);
    if (lg_failed(err)) {
        diag_set(diag, inner.line, "%s: %s", file->file, inner.text);
        return err;
    }
    err = rules_check(*out_policy, file->file, loading->config->wards != NULL, diag);
    if (!lg_failed(err)) {
        err = parties_check(*out_policy, file->file, loading->registry, diag);
    }
    if (lg_failed(err)) {
        policy_free(out_policy);
    }
    return err;
}

static struct lg_err all_load(const struct loading *loading, struct diag *diag,
                              struct node_agreements *out) {
    for (uint32_t i = 0; i < loading->config->agreement_count; i++) {
        TRY(agreement_load(loading, &loading->config->agreements[i], diag, &out->policies[i]));
        out->force[i] = (struct policy_force){.policy = out->policies[i]};
        out->count++;
    }
    return LG_OK;
}

struct lg_err node_agreements_load(const struct config_gateway *config,
                                   const struct config_partnership *registry, struct diag *diag,
                                   struct node_agreements *out) {
    *out = (struct node_agreements){
        .force = calloc(config->agreement_count, sizeof *out->force),
        .policies = calloc(config->agreement_count, sizeof *out->policies),
    };
    if (out->force == NULL || out->policies == NULL) {
        node_agreements_free(out);
        return lg_err_make(LG_CLASS_LIMIT, LG_SERVICE, NODE_MEMORY);
    }
    uint8_t *floor = NULL;
    size_t floor_len = 0;
    struct lg_err err = LG_OK;
    if (config->floor != NULL) {
        err = pinned_read(config->floor, diag, &floor, &floor_len);
    }
    if (!lg_failed(err)) {
        const struct loading loading = {
            .config = config, .registry = registry, .floor = span_of(floor, floor_len)};
        err = all_load(&loading, diag, out);
    }
    free(floor);
    if (lg_failed(err)) {
        node_agreements_free(out);
    }
    return err;
}

void node_agreements_free(struct node_agreements *agreements) {
    for (size_t i = 0; i < agreements->count; i++) {
        policy_free(&agreements->policies[i]);
    }
    free(agreements->force);
    free(agreements->policies);
    *agreements = (struct node_agreements){0};
}
