/* SPDX-License-Identifier: Apache-2.0 */
/* What texts were ever compiled under. A decision record names agreement, floor and register by one
 * hash: where floor or register are others now, no text here has it, and those of old are tried
 * with each text. Files are named by their hash; one that does not have it is as good as none. */
#define _POSIX_C_SOURCE 200809L
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/agreement/book_int.h"
#include "gateway/base/bytes.h"
#include "gateway/base/log.h"

static const char folder_name[] = ".grounds"; /* no agreement has such an id */

enum { HEX_SIZE = 2 * VAULT_SHA256_SIZE };

static struct lg_err file_fail(void) {
    return agreement_fail(LG_CLASS_STORE, AGREEMENT_FILE);
}

static struct lg_err no_memory(void) {
    return agreement_fail(LG_CLASS_LIMIT, AGREEMENT_MEMORY);
}

static bool path_make(const struct agreement_book *book, const char *name,
                      char out[static AGREEMENT_PATH_SIZE]) {
    int len = snprintf(out, AGREEMENT_PATH_SIZE, "%s/%s/%s", book->setup.folder, folder_name, name);
    return len > 0 && len < AGREEMENT_PATH_SIZE;
}

/* ---- Keeping ---- */

static struct lg_err keep(const struct agreement_book *book, struct span bytes,
                          const char *ending) {
    uint8_t hash[VAULT_SHA256_SIZE];
    char name[HEX_SIZE + 16];
    char path[AGREEMENT_PATH_SIZE];
    if (bytes.len == 0) {
        return LG_OK;
    }
    agreement_text_hash(bytes, hash);
    bytes_to_hex(span_of(hash, sizeof hash), name);
    (void)snprintf(name + HEX_SIZE, sizeof name - HEX_SIZE, ".%s", ending);
    if (!path_make(book, "", path) || (mkdir(path, 0700) != 0 && errno != EEXIST) ||
        !agreement_folder_sync(book->setup.folder) || !path_make(book, name, path)) {
        return file_fail();
    }
    if (access(path, F_OK) == 0) {
        return LG_OK;
    }
    return lg_failed(vault_private_write(path, bytes, VAULT_WRITE_REPLACE, NULL)) ? file_fail()
                                                                                  : LG_OK;
}

struct lg_err agreement_grounds_keep(const struct agreement_book *book) {
    const struct agreement_ground *ground = &book->setup.ground;
    TRY(keep(book, ground->floor, "floor"));
    return ground->statutes == NULL
               ? LG_OK
               : keep(book, policy_register_text(ground->statutes), "register");
}

/* ---- Reading ---- */

/* Files of one kind. The first is none: it is always tried. */
struct grounds {
    struct span texts[1 + LIMIT_AGREEMENT_GROUNDS];
    size_t count;
    bool is_part; /* of what is there: a file could not be read, or there are more than these */
};

static void grounds_done(struct grounds *it) {
    for (size_t i = 1; i < it->count; i++) {
        agreement_file_free(&it->texts[i]);
    }
}

static bool is_named(struct span bytes, const char *name) {
    uint8_t hash[VAULT_SHA256_SIZE];
    char hex[HEX_SIZE + 1];
    agreement_text_hash(bytes, hash);
    bytes_to_hex(span_of(hash, sizeof hash), hex);
    return strncmp(hex, name, HEX_SIZE) == 0;
}

static struct lg_err ground_add(const struct agreement_book *book, const char *name,
                                struct grounds *out) {
    char path[AGREEMENT_PATH_SIZE];
    size_t len = 0;
    if (out->count == sizeof out->texts / sizeof *out->texts || !path_make(book, name, path)) {
        out->is_part = true;
        return LG_OK;
    }
    uint8_t *bytes = malloc(LIMIT_POLICY_TEXT_SIZE + 1);
    if (bytes == NULL) {
        return no_memory();
    }
    struct lg_err err = vault_private_read(path, NULL, bytes, LIMIT_POLICY_TEXT_SIZE + 1, &len);
    if (!lg_failed(err) && len <= LIMIT_POLICY_TEXT_SIZE && is_named(span_of(bytes, len), name)) {
        out->texts[out->count++] = span_of(bytes, len);
    } else {
        out->is_part = out->is_part || lg_failed(err);
        free(bytes);
    }
    return lg_err_class(err) == LG_CLASS_LIMIT ? no_memory() : LG_OK;
}

static bool has_form(const char *name, const char *ending) {
    return strlen(name) > HEX_SIZE + 1 && name[HEX_SIZE] == '.' &&
           strcmp(name + HEX_SIZE + 1, ending) == 0;
}

static struct lg_err grounds_read(const struct agreement_book *book, const char *ending,
                                  struct grounds *out) {
    char path[AGREEMENT_PATH_SIZE];
    struct lg_err err = LG_OK;
    *out = (struct grounds){.count = 1};
    if (!path_make(book, "", path)) {
        return file_fail();
    }
    DIR *folder = opendir(path);
    if (folder == NULL) {
        return errno == ENOENT ? LG_OK : file_fail();
    }
    const struct dirent *entry = NULL;
    while (!lg_failed(err) && (entry = readdir(folder)) != NULL) {
        if (has_form(entry->d_name, ending)) {
            err = ground_add(book, entry->d_name, out);
        }
    }
    (void)closedir(folder);
    return err;
}

/* ---- Finding ---- */

/* A version as it stands in the log. */
struct version_ref {
    char id[AGREEMENT_ID_SIZE_MAX + 1];
    uint32_t number;
    uint8_t text[VAULT_SHA256_SIZE];
};

struct search {
    const struct agreement_book *book;
    struct span mark;
    struct grounds floors;
    struct grounds laws;
    struct version_ref *versions;
    size_t version_count;
    bool is_part; /* a version could not be read */
};

static struct lg_err versions_list(struct agreement_book *book, struct search *search) {
    size_t count = 0;
    (void)pthread_mutex_lock(&book->mutex);
    for (size_t i = 0; i < book->count; i++) {
        count += book->agreements[i]->count;
    }
    search->versions = calloc(count + 1, sizeof *search->versions);
    for (size_t i = 0; search->versions != NULL && i < book->count; i++) {
        const struct kept_agreement *agreement = book->agreements[i];
        for (size_t j = 0; j < agreement->count; j++) {
            struct version_ref *ref = &search->versions[search->version_count++];
            memcpy(ref->id, agreement->id, sizeof ref->id);
            ref->number = agreement->versions[j]->number;
            memcpy(ref->text, agreement->versions[j]->text_hash, sizeof ref->text);
        }
    }
    (void)pthread_mutex_unlock(&book->mutex);
    return search->versions == NULL ? no_memory() : LG_OK;
}

/* What no longer compiles is no text any more. */
static struct lg_err text_make(struct span text, struct span floor, struct span law,
                               struct agreement_text **out_text) {
    struct policy_register *statutes = NULL;
    struct diag diag = {0};
    struct lg_err err = law.ptr == NULL ? LG_OK : policy_register_compile(law, &diag, &statutes);
    if (!lg_failed(err)) {
        const struct agreement_ground ground = {.floor = floor, .statutes = statutes};
        err = agreement_text_new(text, &ground, &diag, out_text);
    }
    if (lg_failed(err)) {
        policy_register_free(&statutes);
    } else {
        agreement_text_give_law(*out_text, statutes);
    }
    return lg_err_class(err) == LG_CLASS_CONFIG ? LG_OK : err;
}

static struct lg_err version_try(const struct search *search, struct span text,
                                 struct agreement_text **out_text) {
    uint8_t mark[VAULT_SHA256_SIZE];
    for (size_t i = 0; i < search->floors.count; i++) {
        for (size_t j = 0; j < search->laws.count; j++) {
            struct span floor = search->floors.texts[i];
            struct span law = search->laws.texts[j];
            agreement_mark_make(text, floor, law, mark);
            if (span_equal(span_of(mark, sizeof mark), search->mark)) {
                return text_make(text, floor, law, out_text);
            }
        }
    }
    return LG_OK;
}

static struct lg_err versions_try(struct search *search, struct agreement_text **out_text) {
    for (size_t i = 0; *out_text == NULL && i < search->version_count; i++) {
        const struct version_ref *ref = &search->versions[i];
        uint8_t hash[VAULT_SHA256_SIZE];
        struct span text;
        struct lg_err err = agreement_file_read(search->book, span_text(ref->id), ref->number,
                                                AGREEMENT_FILE_TEXT, &text);
        if (lg_err_class(err) == LG_CLASS_STORE) {
            search->is_part = true;
            continue;
        }
        TRY(err);
        agreement_text_hash(text, hash);
        bool is_signed_text = memcmp(hash, ref->text, sizeof hash) == 0;
        err = is_signed_text ? version_try(search, text, out_text) : LG_OK;
        agreement_file_free(&text);
        TRY(err);
    }
    return LG_OK;
}

/* *out_is_sure: all was looked through, so that what was not found is not there. */
static struct lg_err search_run(struct agreement_book *book, struct span mark,
                                struct agreement_text **out_text, bool *out_is_sure) {
    struct search search = {.book = book, .mark = mark};
    struct lg_err err = grounds_read(book, "floor", &search.floors);
    if (!lg_failed(err)) {
        err = grounds_read(book, "register", &search.laws);
    }
    if (!lg_failed(err)) {
        err = versions_list(book, &search);
    }
    if (!lg_failed(err)) {
        err = versions_try(&search, out_text);
    }
    *out_is_sure = !search.floors.is_part && !search.laws.is_part && !search.is_part;
    free(search.versions);
    grounds_done(&search.floors);
    grounds_done(&search.laws);
    return err;
}

/* ---- What was found ---- */

static bool known_find(struct agreement_book *book, struct span mark,
                       struct agreement_text **out_text) {
    bool is_known = false;
    (void)pthread_mutex_lock(&book->mutex);
    for (size_t i = 0; !is_known && i < LIMIT_AGREEMENT_OLD_TEXTS; i++) {
        const struct old_text *it = &book->old_texts[i];
        is_known = it->is_set && span_equal(span_of(it->mark, sizeof it->mark), mark);
        if (is_known && it->text != NULL) {
            *out_text = agreement_text_hold(it->text);
        }
    }
    (void)pthread_mutex_unlock(&book->mutex);
    return is_known;
}

/* Also that there is none, where that is sure: a replay asks for one mark many times. */
static void known_add(struct agreement_book *book, struct span mark, struct agreement_text *text) {
    (void)pthread_mutex_lock(&book->mutex);
    struct old_text *it = &book->old_texts[book->old_next];
    book->old_next = (book->old_next + 1) % LIMIT_AGREEMENT_OLD_TEXTS;
    agreement_text_free(&it->text);
    it->is_set = true;
    memcpy(it->mark, mark.ptr, sizeof it->mark);
    it->text = text == NULL ? NULL : agreement_text_hold(text);
    (void)pthread_mutex_unlock(&book->mutex);
}

void agreement_grounds_forget(struct agreement_book *book) {
    for (size_t i = 0; i < LIMIT_AGREEMENT_OLD_TEXTS; i++) {
        agreement_text_free(&book->old_texts[i].text);
    }
}

struct lg_err agreement_grounds_find(struct agreement_book *book, struct span mark,
                                     struct agreement_text **out_text) {
    *out_text = NULL;
    if (mark.len != VAULT_SHA256_SIZE || known_find(book, mark, out_text)) {
        return LG_OK;
    }
    bool is_sure = false;
    TRY(search_run(book, mark, out_text, &is_sure));
    if (*out_text != NULL || is_sure) {
        known_add(book, mark, *out_text);
    } else {
        log_line(
            LOG_WARN, "agreement.grounds",
            "fault=\"not all that texts were compiled under could be looked through: a file is "
            "not readable, or there are more than %d of a kind\"",
            LIMIT_AGREEMENT_GROUNDS);
    }
    return LG_OK;
}
