/* SPDX-License-Identifier: Apache-2.0 */
/* The key service's logic: opens its state, pays budgets, multiplies. Multiplying holds no lock;
 * the mutex guards counters and scalars only. */
#define _DEFAULT_SOURCE
#include "gateway/keyd/keyd.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/base/assert.h"
#include "gateway/keyd/keyd_int.h"

enum {
    EPOCHS_MAX = 2, /* while tokens are moved from one to the next */
    PATH_SIZE = 4096,
    DAY_MS = 86400000,
};

struct keyd {
    int folder_fd; /* holds the lock that keeps a second process out */
    struct clock clock;
    uint32_t epoch_first;
    uint32_t epoch_last;
    struct vault_key *tokens[EPOCHS_MAX][TOKEN_CLASS_END];
    struct keyd_counters *counters;
    struct keyd_scalars *scalars;
    pthread_mutex_t mutex;
};

/* ---- Opening ---- */

static struct lg_err state_refuse(struct diag *diag, const char *path, const char *what) {
    diag_set(diag, 0, "%s: %s", path, what);
    return keyd_fail(LG_CLASS_CONFIG, KEYD_STATE);
}

static struct lg_err folder_open(struct keyd *keyd, const char *path, struct diag *diag) {
    struct stat st;
    if (mkdir(path, S_IRWXU) != 0 && errno != EEXIST) {
        return state_refuse(diag, path, strerror(errno));
    }
    keyd->folder_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (keyd->folder_fd < 0 || fstat(keyd->folder_fd, &st) != 0) {
        return state_refuse(diag, path, strerror(errno));
    }
    if (st.st_uid != geteuid() || (st.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return state_refuse(diag, path, "is not ours alone; `chmod 700` it");
    }
    if (flock(keyd->folder_fd, LOCK_EX | LOCK_NB) != 0) {
        return state_refuse(diag, path, "is in use by another key service");
    }
    return LG_OK;
}

static struct lg_err path_join(const char *folder, const char *name, struct diag *diag,
                               char out[static PATH_SIZE]) {
    int len = snprintf(out, PATH_SIZE, "%s/%s", folder, name);
    return len > 0 && len < PATH_SIZE ? LG_OK : state_refuse(diag, folder, "is too long a path");
}

/* Root and scalars belong together: only where there is neither are both made. */
static struct lg_err secrets_open(struct keyd *keyd, const struct keyd_settings *settings,
                                  struct diag *diag, struct vault_key **out_root) {
    char root_path[PATH_SIZE];
    char scalars_path[PATH_SIZE];
    struct stat st;
    TRY(path_join(settings->folder, "root.key", diag, root_path));
    TRY(path_join(settings->folder, "scalars", diag, scalars_path));
    bool has_root = lstat(root_path, &st) == 0;
    bool has_scalars = lstat(scalars_path, &st) == 0;
    if (has_root != has_scalars) {
        return state_refuse(diag, settings->folder,
                            "root.key and scalars are not both there; restore the missing one "
                            "(remove the other only if this service never answered anybody)");
    }
    struct vault_file file = {.path = root_path, .passphrase_path = settings->passphrase_path};
    TRY(vault_key_load_or_create(&file, VAULT_KIND_SECRET, diag, out_root));
    struct keyd_scalars_place place = {
        .path = scalars_path, .root = *out_root, .fresh = !has_scalars};
    return keyd_scalars_open(&place, diag, &keyd->scalars);
}

static struct lg_err token_key_derive(struct vault_key *seed, enum token_class token_class,
                                      uint32_t epoch, struct vault_key **out_key) {
    const uint8_t number = (uint8_t)token_class;
    const struct vault_label label = {
        .purpose = "token key", .scheme = span_of(&number, 1), .epoch = epoch};
    uint8_t buf[VAULT_LABEL_SIZE_MAX];
    struct span info;
    TRY(vault_label_write(&label, buf, &info));
    return vault_oprf_key_derive(VAULT_VOPRF, seed, info, out_key);
}

static struct lg_err token_keys_derive(struct keyd *keyd, struct vault_key *root) {
    for (uint32_t i = 0; i <= keyd->epoch_last - keyd->epoch_first; i++) {
        const uint32_t epoch = keyd->epoch_first + i;
        const struct vault_label label = {.purpose = "oprf-seed", .epoch = epoch};
        OWN(vault_key_free) struct vault_key *seed = NULL;
        TRY(vault_key_derive(root, &label, VAULT_KIND_SECRET, &seed));
        for (enum token_class c = TOKEN_N; c < TOKEN_CLASS_END; c++) {
            TRY(token_key_derive(seed, c, epoch, &keyd->tokens[i][c]));
        }
    }
    return LG_OK;
}

struct lg_err keyd_open(const struct keyd_settings *settings, struct diag *diag,
                        struct keyd **out_keyd) {
    if (settings->epoch_first == 0 || settings->epoch_last < settings->epoch_first ||
        settings->epoch_last - settings->epoch_first >= EPOCHS_MAX) {
        return state_refuse(diag, settings->folder, "one or two epochs are in use, from 1");
    }
    OWN(keyd_close) struct keyd *keyd = calloc(1, sizeof *keyd);
    if (keyd == NULL) {
        return keyd_fail(LG_CLASS_LIMIT, KEYD_MEMORY);
    }
    ASSERT(pthread_mutex_init(&keyd->mutex, NULL) == 0);
    keyd->folder_fd = -1;
    keyd->clock = settings->clock;
    keyd->epoch_first = settings->epoch_first;
    keyd->epoch_last = settings->epoch_last;
    OWN(vault_key_free) struct vault_key *root = NULL;
    TRY(keyd_counters_new(settings, &keyd->counters));
    TRY(folder_open(keyd, settings->folder, diag));
    TRY(secrets_open(keyd, settings, diag, &root));
    TRY(token_keys_derive(keyd, root));
    *out_keyd = TAKE(keyd);
    return LG_OK;
}

void keyd_close(struct keyd **keyd) {
    if (*keyd == NULL) {
        return;
    }
    for (size_t e = 0; e < EPOCHS_MAX; e++) {
        for (size_t c = 0; c < TOKEN_CLASS_END; c++) {
            vault_key_free(&(*keyd)->tokens[e][c]);
        }
    }
    keyd_scalars_close(&(*keyd)->scalars);
    keyd_counters_free(&(*keyd)->counters);
    if ((*keyd)->folder_fd >= 0) {
        close((*keyd)->folder_fd);
    }
    ASSERT(pthread_mutex_destroy(&(*keyd)->mutex) == 0);
    free(*keyd);
    *keyd = NULL;
}

/* ---- Tokens ---- */

uint32_t keyd_epoch_first(const struct keyd *keyd) {
    return keyd->epoch_first;
}

uint32_t keyd_epoch_last(const struct keyd *keyd) {
    return keyd->epoch_last;
}

/* Every element is looked at before anything is paid or multiplied. */
static struct lg_err points_check(struct keyd_points blinded) {
    if (blinded.count < 1 || blinded.count > VAULT_BATCH_MAX) {
        return keyd_fail(LG_CLASS_INPUT, KEYD_BATCH);
    }
    for (size_t i = 0; i < blinded.count; i++) {
        if (!vault_point_is_valid(&blinded.points[i])) {
            return keyd_fail(LG_CLASS_INPUT, KEYD_BATCH);
        }
    }
    return LG_OK;
}

static struct lg_err token_key_find(const struct keyd *keyd, enum token_class token_class,
                                    uint32_t epoch, struct vault_key **out_key) {
    if (token_class < TOKEN_N || token_class >= TOKEN_CLASS_END) {
        return keyd_fail(LG_CLASS_INPUT, KEYD_CLASS);
    }
    if (epoch < keyd->epoch_first || epoch > keyd->epoch_last) {
        return keyd_fail(LG_CLASS_INPUT, KEYD_EPOCH);
    }
    *out_key = keyd->tokens[epoch - keyd->epoch_first][token_class];
    return LG_OK;
}

static struct lg_err pay(struct keyd *keyd, const struct keyd_evaluation *evaluation) {
    struct keyd_charge charge = {
        .agency = evaluation->agency,
        .plain = evaluation->plain,
        .day = clock_wall_ms(&keyd->clock) / DAY_MS,
        .amount = evaluation->blinded.count,
    };
    ASSERT(pthread_mutex_lock(&keyd->mutex) == 0);
    struct lg_err err = keyd_counters_charge(keyd->counters, &charge);
    ASSERT(pthread_mutex_unlock(&keyd->mutex) == 0);
    return err;
}

struct lg_err keyd_evaluate(struct keyd *keyd, const struct keyd_evaluation *evaluation,
                            struct vault_point *out_points, struct vault_proof *out_proof) {
    struct vault_key *key = NULL;
    uint32_t epoch = evaluation->epoch != 0 ? evaluation->epoch : keyd->epoch_last;
    TRY(token_key_find(keyd, evaluation->token_class, epoch, &key));
    TRY(points_check(evaluation->blinded));
    TRY(pay(keyd, evaluation));
    struct vault_oprf_request request = {
        .key = key,
        .blinded = evaluation->blinded.points,
        .count = evaluation->blinded.count,
    };
    return vault_oprf_evaluate(VAULT_VOPRF, &request, out_points, out_proof);
}

struct lg_err keyd_public_key(const struct keyd *keyd, enum token_class token_class, uint32_t epoch,
                              struct vault_point *out_public) {
    struct vault_key *key = NULL;
    TRY(token_key_find(keyd, token_class, epoch, &key));
    *out_public = vault_oprf_public(key);
    return LG_OK;
}

/* ---- Pseudonyms ---- */

static struct lg_err scalar_find(struct keyd *keyd, const struct keyd_scope *scope,
                                 struct vault_key **out_scalar) {
    ASSERT(pthread_mutex_lock(&keyd->mutex) == 0);
    struct lg_err err = keyd_scalars_find(keyd->scalars, scope, out_scalar);
    ASSERT(pthread_mutex_unlock(&keyd->mutex) == 0);
    return err;
}

static struct lg_err scalar_obtain(struct keyd *keyd, const struct keyd_scope *scope,
                                   struct vault_key **out_scalar) {
    ASSERT(pthread_mutex_lock(&keyd->mutex) == 0);
    struct lg_err err = keyd_scalars_obtain(keyd->scalars, scope, out_scalar);
    ASSERT(pthread_mutex_unlock(&keyd->mutex) == 0);
    return err;
}

struct lg_err keyd_pseudonymise(struct keyd *keyd, const struct keyd_scope *scope,
                                struct keyd_points blinded, struct vault_point *out_points) {
    OWN(vault_key_free) struct vault_key *scalar = NULL;
    TRY(points_check(blinded));
    TRY(scalar_obtain(keyd, scope, &scalar));
    return vault_points_translate(blinded.points, blinded.count, scalar, NULL, out_points);
}

struct lg_err keyd_resolve(struct keyd *keyd, const struct keyd_scope *scope,
                           struct keyd_points blinded, struct vault_point *out_points) {
    OWN(vault_key_free) struct vault_key *scalar = NULL;
    TRY(points_check(blinded));
    TRY(scalar_find(keyd, scope, &scalar));
    return vault_points_translate(blinded.points, blinded.count, NULL, scalar, out_points);
}

struct lg_err keyd_translate(struct keyd *keyd, const struct keyd_translation *translation,
                             struct vault_point *out_points) {
    OWN(vault_key_free) struct vault_key *under = NULL;
    OWN(vault_key_free) struct vault_key *over = NULL;
    TRY(points_check(translation->blinded));
    TRY(scalar_find(keyd, &translation->from, &under));
    TRY(scalar_obtain(keyd, &translation->to, &over));
    return vault_points_translate(translation->blinded.points, translation->blinded.count, over,
                                  under, out_points);
}

struct lg_err keyd_shred(struct keyd *keyd, const struct keyd_scope *scope) {
    ASSERT(pthread_mutex_lock(&keyd->mutex) == 0);
    struct lg_err err = keyd_scalars_shred(keyd->scalars, scope);
    ASSERT(pthread_mutex_unlock(&keyd->mutex) == 0);
    return err;
}
