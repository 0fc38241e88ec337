/* SPDX-License-Identifier: Apache-2.0 */
/* What a file of a program names. The first fault ends it: each is told whole. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/base/limits.h"
#include "gateway/config/client.h"
#include "gateway/config/mapping.h"
#include "gateway/tls/tls.h"
#include "gateway/vault/vault.h"
#include "policy/policy.h"
#include "policy/register/register.h"
#include "tools/lockgate/agreement_file.h"
#include "tools/lockgate/config.h"

static struct lg_err wrong(void) {
    return lg_err_make(LG_CLASS_CONFIG, LG_TOOLS, CONFIG_FILE);
}

/* ---- files and folders ---- */

/* A fault in a file that is named: its name and line come before the sentence. */
static struct lg_err name_in(struct lg_err err, const char *path, struct diag *diag) {
    struct diag inner = *diag;
    if (lg_failed(err) && inner.line > 0) {
        diag_set(diag, 0, "%s: line %u: %s", path, (unsigned)inner.line, inner.text);
    } else if (lg_failed(err) && strstr(inner.text, path) == NULL) {
        diag_set(diag, 0, "%s: %s", path, inner.text);
    }
    return err;
}

/* Secrets are readable by their owner alone, or by root's group at most. */
static struct lg_err secret_check(const char *path, struct diag *diag) {
    struct stat info;
    if (stat(path, &info) != 0 || access(path, R_OK) != 0) {
        diag_set(diag, 0, "%s: %s", path, strerror(errno));
        return wrong();
    }
    if (!S_ISREG(info.st_mode) || (info.st_mode & 077) != 0) {
        diag_set(diag, 0, "%s: holds a secret and is open to others: chmod 600 it", path);
        return wrong();
    }
    return LG_OK;
}

static struct lg_err readable_check(const char *path, struct diag *diag) {
    if (access(path, R_OK) != 0) {
        diag_set(diag, 0, "%s: %s", path, strerror(errno));
        return wrong();
    }
    return LG_OK;
}

/* A program makes its folder where there is none, but not the one above. */
static struct lg_err folder_check(const char *path, struct diag *diag) {
    struct stat info;
    char above[4096];
    if (stat(path, &info) == 0) {
        if (!S_ISDIR(info.st_mode) || access(path, W_OK | X_OK) != 0) {
            diag_set(diag, 0, "%s: is no folder that can be written to", path);
            return wrong();
        }
        return LG_OK;
    }
    (void)snprintf(above, sizeof above, "%s", path);
    char *slash = strrchr(above, '/');
    if (slash != NULL && slash != above) {
        *slash = '\0';
        if (access(above, W_OK | X_OK) != 0) {
            diag_set(diag, 0, "%s: is not there, and cannot be made in %s: %s", path, above,
                     strerror(errno));
            return wrong();
        }
    }
    return LG_OK;
}

static struct lg_err tls_check(enum tls_side side, const struct config_tls *tls,
                               struct diag *diag) {
    const struct tls_files files = {
        .certificate = tls->certificate, .key = tls->key, .anchors = tls->anchors, .crl = tls->crl};
    struct tls_context *context = NULL;
    TRY(tls_context_new(side, &files, diag, &context));
    tls_context_free(&context);
    return LG_OK;
}

static struct lg_err partnership_check(const char *path, struct diag *diag) {
    return name_in(config_check_file(CONFIG_KIND_PARTNERSHIP, path, diag), path, diag);
}

/* ---- the gateway's texts ---- */

struct texts {
    struct agreement_file floor;
    struct policy_register *statutes;
};

static struct lg_err pinned_read(const struct config_pinned_file *pinned, struct diag *diag,
                                 struct agreement_file *out_file) {
    uint8_t hash[VAULT_SHA256_SIZE];
    if (!agreement_input_read(pinned->file, LIMIT_POLICY_TEXT_SIZE, out_file)) {
        diag_set(diag, 0, "%s: cannot be read", pinned->file);
        return wrong();
    }
    vault_sha256(out_file->bytes, hash);
    if (memcmp(hash, pinned->sha256, sizeof hash) != 0) {
        diag_set(diag, 0, "%s: its SHA-256 is not the one that stands beside it", pinned->file);
        return wrong();
    }
    return LG_OK;
}

static struct lg_err agreement_check(const struct config_pinned_file *pinned,
                                     const struct texts *texts, struct diag *diag) {
    struct agreement_file file = {0};
    struct policy *policy = NULL;
    struct lg_err err = pinned_read(pinned, diag, &file);
    if (!lg_failed(err)) {
        err = name_in(
            policy_compile_law(file.bytes, texts->floor.bytes, texts->statutes, diag, &policy),
            pinned->file, diag);
    }
    policy_free(&policy);
    agreement_input_done(&file);
    return err;
}

static struct lg_err statutes_read(const struct config_pinned_file *pinned, struct diag *diag,
                                   struct policy_register **out_statutes) {
    struct agreement_file file = {0};
    struct lg_err err = pinned_read(pinned, diag, &file);
    if (!lg_failed(err)) {
        err = name_in(policy_register_compile(file.bytes, diag, out_statutes), pinned->file, diag);
    }
    agreement_input_done(&file);
    return err;
}

static struct lg_err texts_check(const struct config_gateway *it, struct texts *texts,
                                 struct diag *diag) {
    if (it->floor != NULL) {
        TRY(pinned_read(it->floor, diag, &texts->floor));
    }
    if (it->statutes != NULL) {
        TRY(statutes_read(it->statutes, diag, &texts->statutes));
    }
    for (uint32_t i = 0; i < it->agreement_count; i++) {
        TRY(agreement_check(&it->agreements[i], texts, diag));
    }
    return LG_OK;
}

/* ---- one of each program ---- */

static struct lg_err gateway_check(const struct config_gateway *it, struct diag *diag) {
    struct texts texts = {0};
    TRY(tls_check(TLS_SERVER, &it->tls_server, diag));
    TRY(tls_check(TLS_CLIENT, &it->tls_client, diag));
    TRY(partnership_check(it->partnership, diag));
    TRY(it->wards == NULL ? LG_OK : readable_check(it->wards, diag));
    TRY(folder_check(it->state, diag));
    TRY(secret_check(it->log.key, diag));
    TRY(secret_check(it->index_key, diag));
    struct lg_err err = texts_check(it, &texts, diag);
    policy_register_free(&texts.statutes);
    agreement_input_done(&texts.floor);
    return err;
}

static struct lg_err keyd_check(const struct config_keyd *it, struct diag *diag) {
    TRY(tls_check(TLS_SERVER, &it->tls_server, diag));
    TRY(secret_check(it->passphrase, diag));
    TRY(folder_check(it->state, diag));
    return partnership_check(it->partnership, diag);
}

static struct lg_err connector_check(const struct config_connector *it, struct diag *diag) {
    OWN(mapping_free) struct mapping *mapping = NULL;
    TRY(tls_check(TLS_SERVER, &it->tls_server, diag));
    TRY(tls_check(TLS_CLIENT, &it->tls_client, diag));
    TRY(name_in(mapping_load(it->mapping, diag, &mapping), it->mapping, diag));
    if (strcmp(mapping->connector, it->agency) != 0) {
        diag_set(diag, 0, "%s: is the mapping of %s, and this connector serves %s", it->mapping,
                 mapping->connector, it->agency);
        return wrong();
    }
    TRY(readable_check(mapping->source.path, diag));
    TRY(secret_check(it->secret_key, diag));
    TRY(readable_check(it->pinned_keys, diag));
    return folder_check(it->state, diag);
}

static struct lg_err witness_check(const struct config_witness *it, struct diag *diag) {
    TRY(tls_check(TLS_SERVER, &it->tls_server, diag));
    return folder_check(it->state, diag);
}

struct lg_err config_beside_check(enum config_kind kind, const char *path, struct diag *diag) {
    OWN(config_gateway_free) struct config_gateway *gateway = NULL;
    OWN(config_keyd_free) struct config_keyd *keyd = NULL;
    OWN(config_connector_free) struct config_connector *connector = NULL;
    OWN(config_witness_free) struct config_witness *witness = NULL;
    OWN(config_client_free) struct config_client *client = NULL;
    OWN(mapping_free) struct mapping *mapping = NULL;
    switch (kind) {
    case CONFIG_KIND_GATEWAY:
        TRY(config_gateway_load(path, diag, &gateway));
        return gateway_check(gateway, diag);
    case CONFIG_KIND_KEYD:
        TRY(config_keyd_load(path, diag, &keyd));
        return keyd_check(keyd, diag);
    case CONFIG_KIND_CONNECTOR:
        TRY(config_connector_load(path, diag, &connector));
        return connector_check(connector, diag);
    case CONFIG_KIND_WITNESS:
        TRY(config_witness_load(path, diag, &witness));
        return witness_check(witness, diag);
    case CONFIG_KIND_CLIENT:
        TRY(config_client_load(path, diag, &client));
        return tls_check(TLS_CLIENT, &client->tls_client, diag);
    case CONFIG_KIND_MAPPING:
        TRY(mapping_load(path, diag, &mapping));
        return readable_check(mapping->source.path, diag);
    default:
        return LG_OK; /* the registry names no file */
    }
}
