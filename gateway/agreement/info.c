/* SPDX-License-Identifier: Apache-2.0 */
/* Versions as people see them. */
#include <stdlib.h>

#include "gateway/agreement/book_int.h"

enum { MS_PER_S = 1000 };

/* Whose view it is of a version. */
struct looking {
    const struct kept_agreement *agreement;
    const struct kept_version *version;
    const struct policy *policy;
    struct arena *arena;
};

static void party_fill(const struct looking *at, size_t index, struct agreement_party_info *out) {
    struct policy_signer signer = policy_signer_at(at->policy, index);
    const struct kept_act *act = NULL;
    *out = (struct agreement_party_info){
        .party = arena_copy(at->arena, signer.party),
        .office = arena_copy(at->arena, signer.office),
        .is_carried = !agreement_has_act(at->version, AGREEMENT_SIGN, signer.party, NULL) &&
                      agreement_is_bound(at->agreement, at->version, signer.party),
        .has_refused = agreement_has_act(at->version, AGREEMENT_REFUSE, signer.party, NULL),
        .is_suspended = agreement_is_suspended(at->agreement, at->version, signer.party),
        .withdrawn_day = AGREEMENT_NO_DAY,
    };
    if (agreement_has_act(at->version, AGREEMENT_SIGN, signer.party, &act)) {
        const struct agreement_line *line = &act->entry.signed_line;
        out->has_signed = true;
        out->signed_s = line->time_s;
        out->held = arena_copy(at->arena, line->office);
        memcpy(out->key_id, line->key_id, sizeof out->key_id);
    }
    const struct kept_act *notice = agreement_notice(at->agreement, at->version, signer.party);
    if (notice != NULL) {
        out->withdrawn_day = notice->entry.signed_line.day;
    }
}

static struct lg_err policy_fill(const struct looking *at, struct agreement_info *out) {
    size_t count = policy_party_count(at->policy);
    struct agreement_party_info *parties = arena_array(at->arena, count, sizeof *parties);
    TRY(arena_failed(at->arena));
    for (size_t i = 0; i < count; i++) {
        party_fill(at, i, &parties[i]);
    }
    out->parties = parties;
    out->party_count = count;
    out->title = arena_copy(at->arena, policy_title(at->policy));
    out->lead = arena_copy(at->arena, policy_lead(at->policy));
    out->replaces = policy_replaces(at->policy);
    out->signs_both_sides = policy_signs_both_sides(at->policy);
    return arena_failed(at->arena);
}

static struct lg_err info_fill(const struct agreement_book *book, const struct looking *at,
                               struct agreement_info *out) {
    struct clock clock = book->setup.clock;
    struct agreement_facts facts;
    agreement_facts_of(at->agreement, at->version, clock_wall_ms(&clock) / MS_PER_S, &facts);
    *out = (struct agreement_info){
        .id = arena_copy(at->arena, span_text(at->agreement->id)),
        .version = at->version->number,
        .state = agreement_state_of(&facts),
        .has_report = at->version->has_report,
        .days = facts.days,
        .end_day = facts.has_end ? facts.end_day : AGREEMENT_NO_DAY,
        .today = facts.today,
    };
    memcpy(out->text, at->version->text_hash, sizeof out->text);
    memcpy(out->report, at->version->report_hash, sizeof out->report);
    return at->policy == NULL ? arena_failed(at->arena) : policy_fill(at, out);
}

static struct lg_err version_info(const struct agreement_book *book,
                                  const struct kept_agreement *agreement,
                                  const struct kept_version *version, struct arena *arena,
                                  struct agreement_info *out) {
    const struct looking at = {agreement, version, agreement_kept_policy(version), arena};
    struct lg_err err = info_fill(book, &at, out);
    return lg_failed(err) ? agreement_fail(LG_CLASS_LIMIT, AGREEMENT_MEMORY) : LG_OK;
}

static struct lg_err list_fill(const struct agreement_book *book, struct arena *arena,
                               struct agreement_info **out_infos, size_t *out_count) {
    size_t count = 0;
    for (size_t i = 0; i < book->count; i++) {
        count += book->agreements[i]->count;
    }
    struct agreement_info *infos = arena_array(arena, count, sizeof *infos);
    if (infos == NULL) {
        return agreement_fail(LG_CLASS_LIMIT, AGREEMENT_MEMORY);
    }
    size_t at = 0;
    for (size_t i = 0; i < book->count; i++) {
        const struct kept_agreement *agreement = book->agreements[i];
        for (size_t j = 0; j < agreement->count; j++) {
            TRY(version_info(book, agreement, agreement->versions[j], arena, &infos[at++]));
        }
    }
    *out_infos = infos;
    *out_count = count;
    return LG_OK;
}

struct lg_err agreement_book_list(struct agreement_book *book, struct arena *arena,
                                  struct agreement_info **out_infos, size_t *out_count) {
    (void)pthread_mutex_lock(&book->mutex);
    struct lg_err err = list_fill(book, arena, out_infos, out_count);
    (void)pthread_mutex_unlock(&book->mutex);
    return err;
}

/* version 0: the one that governs now, else the newest. */
static const struct kept_version *wanted(const struct agreement_book *book,
                                         const struct kept_agreement *agreement, uint32_t version) {
    struct clock clock = book->setup.clock;
    if (agreement == NULL || version != 0 || agreement->count == 0) {
        return agreement == NULL ? NULL : agreement_kept_version(agreement, version);
    }
    const struct kept_version *governing =
        agreement_governing(agreement, clock_wall_ms(&clock) / MS_PER_S);
    return governing != NULL ? governing : agreement->versions[agreement->count - 1];
}

static struct lg_err unknown(void) {
    return agreement_fail(LG_CLASS_INPUT, AGREEMENT_UNKNOWN);
}

struct lg_err agreement_book_find(struct agreement_book *book, struct span id, uint32_t version,
                                  struct arena *arena, struct agreement_info *out_info) {
    (void)pthread_mutex_lock(&book->mutex);
    const struct kept_agreement *agreement = agreement_kept_find(book, id);
    const struct kept_version *it = wanted(book, agreement, version);
    struct lg_err err = it == NULL ? unknown() : version_info(book, agreement, it, arena, out_info);
    (void)pthread_mutex_unlock(&book->mutex);
    return err;
}

struct lg_err agreement_book_read(struct agreement_book *book, const struct agreement_which *which,
                                  struct arena *arena, struct span *out_bytes) {
    (void)pthread_mutex_lock(&book->mutex);
    const struct kept_agreement *agreement = agreement_kept_find(book, which->id);
    bool is_there = agreement != NULL && agreement_kept_version(agreement, which->version) != NULL;
    struct span bytes = span_of(NULL, 0);
    struct lg_err err =
        is_there ? agreement_file_read(book, which->id, which->version, which->file, &bytes)
                 : unknown();
    (void)pthread_mutex_unlock(&book->mutex);
    TRY(err);
    *out_bytes = arena_copy(arena, bytes);
    agreement_file_free(&bytes);
    return lg_failed(arena_failed(arena)) ? agreement_fail(LG_CLASS_LIMIT, AGREEMENT_MEMORY)
                                          : LG_OK;
}

struct lg_err agreement_book_text(struct agreement_book *book, struct span id, uint32_t version,
                                  struct agreement_text **out_text) {
    (void)pthread_mutex_lock(&book->mutex);
    const struct kept_agreement *agreement = agreement_kept_find(book, id);
    const struct kept_version *it = wanted(book, agreement, version);
    bool is_there = it != NULL && it->text != NULL;
    if (is_there) {
        *out_text = agreement_text_hold(it->text);
    }
    (void)pthread_mutex_unlock(&book->mutex);
    return is_there ? LG_OK : unknown();
}

static struct agreement_text *marked_find(const struct agreement_book *book, struct span mark) {
    for (size_t i = 0; i < book->count; i++) {
        const struct kept_agreement *agreement = book->agreements[i];
        for (size_t j = 0; j < agreement->count; j++) {
            const struct kept_version *version = agreement->versions[j];
            struct agreement_text *text = version->text != NULL ? version->text : version->word;
            if (text != NULL && span_equal(agreement_text_mark(text), mark)) {
                return text;
            }
        }
    }
    return NULL;
}

struct lg_err agreement_book_text_marked(struct agreement_book *book, struct span mark,
                                         struct agreement_text **out_text) {
    (void)pthread_mutex_lock(&book->mutex);
    struct agreement_text *text = marked_find(book, mark);
    text = text == NULL ? NULL : agreement_text_hold(text);
    (void)pthread_mutex_unlock(&book->mutex);
    if (text == NULL) {
        TRY(agreement_grounds_find(book, mark, &text));
    }
    *out_text = text;
    return text != NULL ? LG_OK : unknown();
}

struct lg_err agreement_book_draft(struct agreement_book *book, struct span text, struct diag *diag,
                                   struct agreement_text **out_text) {
    struct lg_err err = agreement_text_new(text, &book->setup.ground, diag, out_text);
    bool is_wrong = lg_err_class(err) == LG_CLASS_CONFIG;
    return is_wrong ? agreement_fail(LG_CLASS_INPUT, AGREEMENT_TEXT) : err;
}

/* ---- What ever began ---- */

bool agreement_book_is_begun(struct agreement_book *book, struct span id) {
    (void)pthread_mutex_lock(&book->mutex);
    const struct kept_agreement *agreement = agreement_kept_find(book, id);
    bool is_begun = false;
    for (size_t i = 0; agreement != NULL && i < agreement->count; i++) {
        is_begun = is_begun || agreement->versions[i]->is_activated;
    }
    (void)pthread_mutex_unlock(&book->mutex);
    return is_begun;
}

static bool begun_with(const struct kept_agreement *agreement, const uint8_t *text) {
    for (size_t i = 0; i < agreement->count; i++) {
        const struct kept_version *version = agreement->versions[i];
        if (version->is_activated &&
            memcmp(version->text_hash, text, sizeof version->text_hash) == 0) {
            return true;
        }
    }
    return false;
}

bool agreement_book_has_begun(struct agreement_book *book,
                              const uint8_t text[static VAULT_SHA256_SIZE]) {
    bool has = false;
    (void)pthread_mutex_lock(&book->mutex);
    for (size_t i = 0; i < book->count && !has; i++) {
        has = begun_with(book->agreements[i], text);
    }
    (void)pthread_mutex_unlock(&book->mutex);
    return has;
}

/* ---- Lines ---- */

static struct lg_err line_fill(const struct agreement_book *book, struct diag *diag,
                               struct agreement_line *line) {
    const struct kept_agreement *agreement = agreement_kept_find(book, line->agreement);
    const struct kept_version *version =
        agreement == NULL ? NULL : agreement_kept_version(agreement, line->version);
    const struct policy *policy = agreement_kept_policy(version);
    struct agreement_signing signing;
    struct vault_sign_public key;
    if (policy == NULL) {
        diag_set(diag, 0, "there is no such version, or it is broken");
        return unknown();
    }
    TRY(agreement_signing_make(book, agreement, policy, diag, &signing));
    TRY(agreement_signing_key(&signing, line->act, line->party, diag, &key));
    agreement_key_id(&key, line->key_id);
    memcpy(line->text, version->text_hash, sizeof line->text);
    memcpy(line->report, version->report_hash, sizeof line->report);
    line->has_report = version->has_report;
    return LG_OK;
}

struct lg_err agreement_book_line(struct agreement_book *book, struct diag *diag,
                                  struct agreement_line *line) {
    (void)pthread_mutex_lock(&book->mutex);
    struct lg_err err = line_fill(book, diag, line);
    (void)pthread_mutex_unlock(&book->mutex);
    return err;
}
