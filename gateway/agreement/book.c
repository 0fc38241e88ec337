/* SPDX-License-Identifier: Apache-2.0 */
/* What the book holds, and how acts come into it. */
#define _POSIX_C_SOURCE 200809L
#include "gateway/agreement/book.h"

#include <stdio.h>
#include <stdlib.h>

#include "gateway/agreement/book_int.h"
#include "gateway/base/assert.h"
#include "gateway/base/log.h"

struct lg_err agreement_fail(enum lg_class klass, enum agreement_code code) {
    return lg_err_make(klass, LG_AGREEMENT, (uint16_t)code);
}

static struct lg_err no_room(void) {
    return agreement_fail(LG_CLASS_LIMIT, AGREEMENT_MEMORY);
}

struct lg_err agreement_book_new(const struct agreement_setup *setup,
                                 struct agreement_book **out_book) {
    struct agreement_book *book = calloc(1, sizeof *book);
    if (book == NULL) {
        return no_room();
    }
    book->setup = *setup;
    int failed = pthread_mutex_init(&book->mutex, NULL);
    ASSERT(failed == 0);
    *out_book = book;
    return LG_OK;
}

static void version_free(struct kept_version *version) {
    for (size_t i = 0; i < version->count; i++) {
        free(version->acts[i].body);
    }
    free(version->acts);
    agreement_text_free(&version->text);
    agreement_text_free(&version->word);
    free(version);
}

void agreement_book_free(struct agreement_book **book) {
    struct agreement_book *it = *book;
    if (it == NULL) {
        return;
    }
    for (size_t i = 0; i < it->count; i++) {
        struct kept_agreement *agreement = it->agreements[i];
        for (size_t j = 0; j < agreement->count; j++) {
            version_free(agreement->versions[j]);
        }
        agreement_text_free(&agreement->pending);
        free(agreement);
    }
    agreement_grounds_forget(it);
    (void)pthread_mutex_destroy(&it->mutex);
    free(it);
    *book = NULL;
}

/* ---- Finding ---- */

struct kept_agreement *agreement_kept_find(const struct agreement_book *book, struct span id) {
    for (size_t i = 0; i < book->count; i++) {
        if (span_equal_text(id, book->agreements[i]->id)) {
            return book->agreements[i];
        }
    }
    return NULL;
}

struct kept_version *agreement_kept_version(const struct kept_agreement *agreement,
                                            uint32_t number) {
    for (size_t i = 0; i < agreement->count; i++) {
        if (agreement->versions[i]->number == number) {
            return agreement->versions[i];
        }
    }
    return NULL;
}

const struct policy *agreement_kept_policy(const struct kept_version *version) {
    return version == NULL || version->text == NULL ? NULL : agreement_text_policy(version->text);
}

/* ---- Applying ---- */

static int by_id(const struct kept_agreement *a, struct span id) {
    return span_compare(span_text(a->id), id);
}

/* Agreements stand by id, so that lists and sets come out the same at every start. */
static struct lg_err agreement_add(struct agreement_book *book, struct span id,
                                   struct kept_agreement **out_agreement) {
    if (book->count == LIMIT_AGREEMENTS || id.len > AGREEMENT_ID_SIZE_MAX) {
        return no_room();
    }
    struct kept_agreement *agreement = calloc(1, sizeof *agreement);
    if (agreement == NULL) {
        return no_room();
    }
    memcpy(agreement->id, id.ptr, id.len);
    size_t at = book->count++;
    while (at > 0 && by_id(book->agreements[at - 1], id) > 0) {
        book->agreements[at] = book->agreements[at - 1];
        at--;
    }
    book->agreements[at] = agreement;
    *out_agreement = agreement;
    return LG_OK;
}

bool agreement_kept_is_taken(const struct kept_agreement *agreement, enum agreement_act act) {
    bool stops = act == AGREEMENT_SUSPEND || act == AGREEMENT_WITHDRAW || act == AGREEMENT_END;
    return agreement->is_busy || (agreement->is_compiling && !stops);
}

struct lg_err agreement_kept_enter(struct agreement_book *book, struct span id, struct diag *diag,
                                   struct kept_agreement **out_agreement) {
    struct kept_agreement *agreement = agreement_kept_find(book, id);
    if (agreement == NULL) {
        TRY(agreement_add(book, id, &agreement));
    }
    if (agreement_kept_is_taken(agreement, AGREEMENT_PROPOSE)) {
        diag_set(diag, 0, "another act on this agreement is under way: try again");
        return agreement_fail(LG_CLASS_LIMIT, AGREEMENT_BUSY);
    }
    agreement->is_busy = true;
    *out_agreement = agreement;
    return LG_OK;
}

static struct lg_err version_add(struct kept_agreement *agreement,
                                 const struct agreement_entry *entry,
                                 struct kept_version **out_version) {
    if (agreement->count == LIMIT_AGREEMENT_VERSIONS) {
        return no_room();
    }
    struct kept_version *version = calloc(1, sizeof *version);
    if (version == NULL) {
        return no_room();
    }
    version->number = entry->version;
    version->has_report = entry->has_report;
    memcpy(version->text_hash, entry->text, sizeof version->text_hash);
    memcpy(version->report_hash, entry->report, sizeof version->report_hash);
    size_t at = agreement->count++;
    while (at > 0 && agreement->versions[at - 1]->number > version->number) {
        agreement->versions[at] = agreement->versions[at - 1];
        at--;
    }
    agreement->versions[at] = version;
    *out_version = version;
    return LG_OK;
}

static struct lg_err act_add(struct kept_version *version, uint64_t index, int64_t time_ms,
                             struct span body) {
    if (version->count == LIMIT_AGREEMENT_ACTS) {
        return no_room();
    }
    struct kept_act *acts = realloc(version->acts, (version->count + 1) * sizeof *version->acts);
    if (acts == NULL) {
        return no_room();
    }
    version->acts = acts;
    struct kept_act *act = &acts[version->count];
    *act = (struct kept_act){.index = index, .time_ms = time_ms, .body = malloc(body.len)};
    if (act->body == NULL) {
        return no_room();
    }
    memcpy(act->body, body.ptr, body.len);
    struct lg_err err = agreement_entry_decode(span_of(act->body, body.len), &act->entry);
    if (lg_failed(err)) {
        free(act->body);
        return err;
    }
    version->is_activated = version->is_activated || act->entry.act == AGREEMENT_ACTIVATE;
    version->count++;
    return LG_OK;
}

/* A proposal's text was compiled when it was prepared, unless that was another process. */
static void text_take(struct agreement_book *book, struct kept_agreement *agreement,
                      struct kept_version *version) {
    bool is_it = agreement->pending != NULL && memcmp(agreement->pending_hash, version->text_hash,
                                                      sizeof version->text_hash) == 0;
    if (is_it) {
        version->text = agreement->pending;
        agreement->pending = NULL;
        agreement_accession_find(agreement, version);
    } else if (book->is_open) {
        agreement_verify(book, agreement, version);
    }
}

static struct lg_err entry_apply(struct agreement_book *book, uint64_t index, int64_t time_ms,
                                 struct span body) {
    struct agreement_entry entry;
    TRY(agreement_entry_decode(body, &entry));
    struct kept_agreement *agreement = agreement_kept_find(book, entry.agreement);
    if (agreement == NULL) {
        TRY(agreement_add(book, entry.agreement, &agreement));
    }
    struct kept_version *version = agreement_kept_version(agreement, entry.version);
    bool is_new = version == NULL;
    if (is_new && entry.act != AGREEMENT_PROPOSE) {
        return agreement_fail(LG_CLASS_STORE, AGREEMENT_ENTRY);
    }
    if (is_new) {
        TRY(version_add(agreement, &entry, &version));
        text_take(book, agreement, version);
    }
    return act_add(version, index, time_ms, body);
}

static struct lg_err locked_apply(struct agreement_book *book, uint64_t index, int64_t time_ms,
                                  struct span body) {
    if (book->has_index && index <= book->last_index) {
        return LG_OK;
    }
    TRY(entry_apply(book, index, time_ms, body));
    book->has_index = true;
    book->last_index = index;
    return book->is_open ? agreement_publish(book) : LG_OK;
}

struct lg_err agreement_book_apply(struct agreement_book *book, uint64_t index, int64_t time_ms,
                                   struct span body) {
    (void)pthread_mutex_lock(&book->mutex);
    struct lg_err err = locked_apply(book, index, time_ms, body);
    bool tells = !lg_failed(err) && book->is_open && book->setup.on_change != NULL;
    (void)pthread_mutex_unlock(&book->mutex);
    if (tells) {
        book->setup.on_change(book->setup.ctx);
    }
    return err;
}

/* Older versions first: their keys sign the newer ones. */
static size_t all_verify(struct agreement_book *book) {
    size_t broken = 0;
    for (size_t i = 0; i < book->count; i++) {
        const struct kept_agreement *agreement = book->agreements[i];
        for (size_t j = 0; j < agreement->count; j++) {
            agreement_verify(book, agreement, agreement->versions[j]);
            broken += agreement->versions[j]->is_broken ? 1 : 0;
        }
    }
    return broken;
}

struct lg_err agreement_book_open(struct agreement_book *book, size_t *out_broken) {
    (void)pthread_mutex_lock(&book->mutex);
    struct lg_err err = agreement_grounds_keep(book);
    if (!lg_failed(err)) {
        *out_broken = all_verify(book);
        book->is_open = true;
        err = agreement_publish(book);
    }
    (void)pthread_mutex_unlock(&book->mutex);
    return err;
}

/* ---- The day ---- */

struct lg_err agreement_book_refresh(struct agreement_book *book) {
    struct clock clock = book->setup.clock;
    int64_t now_s = clock_wall_ms(&clock) / 1000;
    struct lg_err err = LG_OK;
    (void)pthread_mutex_lock(&book->mutex);
    bool is_due = book->is_open && now_s >= book->next_s;
    if (is_due) {
        err = agreement_publish(book);
    }
    (void)pthread_mutex_unlock(&book->mutex);
    if (is_due && !lg_failed(err) && book->setup.on_change != NULL) {
        book->setup.on_change(book->setup.ctx);
    }
    return err;
}
