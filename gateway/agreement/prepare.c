/* SPDX-License-Identifier: Apache-2.0 */
/* Acts before they enter the log: who may do them, in which states, and what has to be on disk.
 *
 *   act       by         states
 *   propose   a party    the version is new, or proposed with the same text
 *   sign      a party    proposed, signing, signed; both sides: also while it is in force
 *   refuse    a party    proposed, signing, signed
 *   activate  the lead   signed
 *   suspend   a party    scheduled, active to overdue, suspended (the lead for all, else its own)
 *   resume    a party    the same, where that party has suspended
 *   withdraw  a party    the same as suspend; its day is today or later
 *   review    the lead   active to overdue, suspended; the new day at most a year ahead
 *   end       the lead   the same as suspend; its day is today or later
 */
#include <stdio.h>
#include <stdlib.h>

#include "gateway/agreement/book_int.h"
#include "gateway/base/bytes.h"

enum { MS_PER_S = 1000, DAY_S = 86400, YEAR_DAYS = 366 };

enum {
    OPEN =
        1 << AGREEMENT_STATE_PROPOSED | 1 << AGREEMENT_STATE_SIGNING | 1 << AGREEMENT_STATE_SIGNED,
    BEGUN = 1 << AGREEMENT_STATE_ACTIVE | 1 << AGREEMENT_STATE_REVIEW_DUE |
            1 << AGREEMENT_STATE_GRACE | 1 << AGREEMENT_STATE_OVERDUE |
            1 << AGREEMENT_STATE_SUSPENDED,
    COMING = BEGUN | 1 << AGREEMENT_STATE_SCHEDULED,
};

struct rule {
    unsigned states;
    bool by_lead;
};

static const struct rule rules[AGREEMENT_ACT_END] = {
    [AGREEMENT_SIGN] = {.states = OPEN},
    [AGREEMENT_REFUSE] = {.states = OPEN},
    [AGREEMENT_ACTIVATE] = {.states = 1 << AGREEMENT_STATE_SIGNED, .by_lead = true},
    [AGREEMENT_SUSPEND] = {.states = COMING},
    [AGREEMENT_RESUME] = {.states = COMING},
    [AGREEMENT_WITHDRAW] = {.states = COMING},
    [AGREEMENT_REVIEW] = {.states = BEGUN, .by_lead = true},
    [AGREEMENT_END] = {.states = COMING, .by_lead = true},
};

/* One act being prepared. */
struct preparing {
    struct agreement_book *book;
    const struct agreement_wish *wish;
    struct diag *diag;
    int64_t now_s;
    struct agreement_line line; /* where the act has one */
    struct kept_agreement *agreement;
    struct kept_version *version;
    const struct policy *policy;
    struct agreement_snapshot *snapshot; /* of an activation */
};

static struct lg_err refuse(const struct preparing *it, enum agreement_code code,
                            const char *sentence) {
    diag_set(it->diag, 0, "%s", sentence);
    return agreement_fail(LG_CLASS_INPUT, code);
}

static bool is_party(const struct policy *policy, struct span party) {
    struct policy_party found;
    return policy_party_find(policy, party, &found);
}

/* ---- Acts on a version that is there ---- */

static unsigned states_of(const struct preparing *it) {
    unsigned states = rules[it->wish->act].states;
    bool late = it->wish->act == AGREEMENT_SIGN && policy_signs_both_sides(it->policy);
    return late ? states | COMING : states;
}

static struct lg_err state_check(const struct preparing *it) {
    struct agreement_facts facts;
    agreement_facts_of(it->agreement, it->version, it->now_s, &facts);
    enum agreement_state state = agreement_state_of(&facts);
    if ((states_of(it) >> state & 1U) != 0) {
        return LG_OK;
    }
    diag_set(it->diag, 0, "%s version %u is %s: it cannot be %s now", it->agreement->id,
             (unsigned)it->version->number, agreement_state_name(state),
             it->wish->act == AGREEMENT_SIGN       ? "signed"
             : it->wish->act == AGREEMENT_REFUSE   ? "refused"
             : it->wish->act == AGREEMENT_ACTIVATE ? "activated"
             : it->wish->act == AGREEMENT_SUSPEND  ? "suspended"
             : it->wish->act == AGREEMENT_RESUME   ? "resumed"
             : it->wish->act == AGREEMENT_WITHDRAW ? "withdrawn from"
             : it->wish->act == AGREEMENT_REVIEW   ? "reviewed"
                                                   : "ended");
    return agreement_fail(LG_CLASS_INPUT, AGREEMENT_STATE);
}

static struct lg_err party_check(const struct preparing *it) {
    if (!is_party(it->policy, it->wish->agency)) {
        return refuse(it, AGREEMENT_NOT_YOURS, "your agency is not a party of this agreement");
    }
    if (rules[it->wish->act].by_lead && !span_equal(policy_lead(it->policy), it->wish->agency)) {
        return refuse(it, AGREEMENT_NOT_YOURS, "only the lead of the agreement may do this");
    }
    return LG_OK;
}

/* A line of an earlier time than the party's last one, or of tomorrow, does not count: an old
 * `resume` must not undo a new suspension. */
static struct lg_err time_check(const struct preparing *it) {
    for (size_t i = 0; i < it->version->count; i++) {
        const struct agreement_entry *entry = &it->version->acts[i].entry;
        bool is_newer = agreement_act_has_line(entry->act) &&
                        span_equal(entry->agency, it->wish->agency) &&
                        entry->signed_line.time_s >= it->line.time_s;
        if (is_newer) {
            return refuse(it, AGREEMENT_LINE,
                          "the line is not newer than this party's last one: sign again");
        }
    }
    if (it->line.time_s > it->now_s + DAY_S) {
        return refuse(it, AGREEMENT_LINE, "the line's time lies in the future: set the clock");
    }
    return LG_OK;
}

static struct lg_err line_check(const struct preparing *it) {
    const struct kept_version *version = it->version;
    const struct agreement_line *line = &it->line;
    struct vault_sign_public key;
    bool fits = line->act == it->wish->act && span_equal(line->party, it->wish->agency) &&
                memcmp(line->text, version->text_hash, sizeof line->text) == 0;
    if (!fits) {
        return refuse(it, AGREEMENT_LINE,
                      "the line is for another act, party or text than this one");
    }
    if (line->has_report != version->has_report ||
        memcmp(line->report, version->report_hash, sizeof line->report) != 0) {
        return refuse(it, AGREEMENT_LINE,
                      "the reports are part of what is signed: sign with those of the proposal");
    }
    struct agreement_signing signing;
    TRY(agreement_signing_make(it->book, it->agreement, it->policy, it->diag, &signing));
    TRY(agreement_signing_key(&signing, line->act, line->party, it->diag, &key));
    if (lg_failed(agreement_line_verify(line, &key))) {
        return refuse(it, AGREEMENT_SIGNATURE,
                      "the signature is not one by the key that signs for this party");
    }
    return time_check(it);
}

static struct lg_err day_check(const struct preparing *it) {
    int32_t today = policy_local_day(it->policy, it->now_s);
    int32_t day = it->line.day;
    if (it->wish->act == AGREEMENT_REVIEW) {
        bool fits =
            day > today && day <= today + YEAR_DAYS && day <= policy_days(it->policy).last_day;
        return fits ? LG_OK
                    : refuse(it, AGREEMENT_STATE,
                             "the next review is after today, at most a year ahead, and not after "
                             "the agreement's last day");
    }
    return !agreement_act_has_day(it->wish->act) || day >= today
               ? LG_OK
               : refuse(it, AGREEMENT_STATE, "the day lies in the past: give today or a later one");
}

static struct lg_err again_check(const struct preparing *it) {
    struct span party = it->wish->agency;
    if (it->wish->act == AGREEMENT_SIGN &&
        agreement_has_act(it->version, AGREEMENT_SIGN, party, NULL)) {
        return refuse(it, AGREEMENT_STATE, "this party has signed already");
    }
    if (it->wish->act == AGREEMENT_WITHDRAW &&
        agreement_notice(it->agreement, it->version, party) != NULL) {
        return refuse(it, AGREEMENT_STATE, "this party has given notice already");
    }
    if (it->wish->act == AGREEMENT_SUSPEND &&
        agreement_is_suspended(it->agreement, it->version, party)) {
        return refuse(it, AGREEMENT_STATE, "this party's suspension stands already");
    }
    if (it->wish->act == AGREEMENT_RESUME &&
        !agreement_is_suspended(it->agreement, it->version, party)) {
        return refuse(it, AGREEMENT_STATE, "this party has not suspended anything");
    }
    return LG_OK;
}

/* Keys and clauses come from the version in force, so that is the one which the next replaces. */
static struct lg_err newest_check(const struct preparing *it) {
    uint32_t newest = 0;
    for (size_t i = 0; i < it->agreement->count; i++) {
        const struct kept_version *other = it->agreement->versions[i];
        newest = other->is_activated ? other->number : newest;
    }
    return newest == 0 || policy_replaces(it->policy) == newest
               ? LG_OK
               : refuse(it, AGREEMENT_STATE,
                        "another version was activated since: propose one that replaces it");
}

static struct lg_err act_check(struct preparing *it) {
    TRY(party_check(it));
    TRY(state_check(it));
    TRY(again_check(it));
    if (!agreement_act_has_line(it->wish->act)) {
        return newest_check(it);
    }
    TRY(line_check(it));
    return day_check(it);
}

/* ---- Files; without the mutex, while the agreement is busy ---- */

/* Behind those that the log knows; what a crash left behind them goes. */
static struct lg_err line_store(const struct preparing *it) {
    struct span id = span_text(it->agreement->id);
    size_t size = it->wish->line.len;
    for (size_t i = 0; i < it->version->count; i++) {
        size += it->version->acts[i].entry.line.len;
    }
    uint8_t *all = malloc(size);
    if (all == NULL) {
        return agreement_fail(LG_CLASS_LIMIT, AGREEMENT_MEMORY);
    }
    struct writer w = writer_of(all, size);
    struct span written = span_of(NULL, 0);
    for (size_t i = 0; i < it->version->count; i++) {
        writer_bytes(&w, it->version->acts[i].entry.line);
    }
    writer_bytes(&w, it->wish->line);
    struct lg_err err = writer_end(&w, &written);
    if (!lg_failed(err)) {
        err =
            agreement_file_write(it->book, id, it->version->number, AGREEMENT_FILE_LINES, written);
    }
    free(all);
    return err;
}

/* Everything that signing showed holds still, from the files: hash, signatures, promises, cases. */
static struct lg_err activate_check(const struct preparing *it,
                                    struct agreement_verified *out_verified) {
    const struct kept_agreement *agreement = agreement_snapshot_of(it->snapshot);
    agreement_verified_make(it->book, agreement,
                            agreement_kept_version(agreement, it->version->number), out_verified);
    if (out_verified->text == NULL) {
        return refuse(it, AGREEMENT_TEXT,
                      "what is on disk is not what was signed: nothing was activated");
    }
    struct span cases;
    TRY(agreement_file_read(it->book, span_text(it->agreement->id), it->version->number,
                            AGREEMENT_FILE_CASES, &cases));
    struct lg_err err =
        agreement_cases_check(agreement_text_policy(out_verified->text), cases, it->diag);
    agreement_file_free(&cases);
    return err;
}

static struct lg_err body_make(const struct preparing *it, const struct kept_version *version,
                               struct agreement_ready *out) {
    const struct agreement_wish *wish = it->wish;
    struct agreement_entry entry = {
        .act = wish->act,
        .agreement = span_text(out->agreement),
        .version = out->version,
        .has_report = version->has_report,
        .line = agreement_act_has_line(wish->act) ? wish->line : span_of(NULL, 0),
        .agency = wish->agency,
        .system = wish->system,
        .user_id = wish->user_id,
        .role = wish->role,
        .display_name = wish->display_name,
    };
    memcpy(entry.text, version->text_hash, sizeof entry.text);
    memcpy(entry.report, version->report_hash, sizeof entry.report);
    return agreement_entry_encode(&entry, out->body, &out->written);
}

static bool is_repeated(const struct preparing *it) {
    for (size_t i = 0; i < it->version->count; i++) {
        const struct agreement_entry *entry = &it->version->acts[i].entry;
        if (entry->act == it->wish->act && entry->line.len > 0 &&
            span_equal(entry->line, it->wish->line)) {
            return true;
        }
    }
    return false;
}

static struct lg_err busy(const struct preparing *it) {
    diag_set(it->diag, 0, "another act on this agreement is under way: try again");
    return agreement_fail(LG_CLASS_LIMIT, AGREEMENT_BUSY);
}

static struct lg_err target_find(struct preparing *it, struct agreement_ready *out) {
    const struct agreement_wish *wish = it->wish;
    bool has_line = agreement_act_has_line(wish->act);
    if (has_line && (wish->line.len == 0 || wish->line.ptr[wish->line.len - 1] != '\n' ||
                     lg_failed(agreement_line_read(wish->line, &it->line)))) {
        return refuse(it, AGREEMENT_LINE, "not a signature line as `agreement sign` writes it");
    }
    struct span id = has_line ? it->line.agreement : wish->agreement;
    uint32_t number = has_line ? it->line.version : wish->version;
    it->agreement = agreement_kept_find(it->book, id);
    it->version = it->agreement == NULL ? NULL : agreement_kept_version(it->agreement, number);
    it->policy = agreement_kept_policy(it->version);
    if (it->version == NULL) {
        return refuse(it, AGREEMENT_UNKNOWN, "there is no such version of such an agreement");
    }
    if (it->policy == NULL) {
        return refuse(it, AGREEMENT_STATE,
                      "what is on disk of this version is not what was recorded");
    }
    if (agreement_kept_is_taken(it->agreement, wish->act)) {
        return busy(it);
    }
    (void)snprintf(out->agreement, sizeof out->agreement, "%s", it->agreement->id);
    out->version = number;
    return LG_OK;
}

/* Under the mutex; out->is_done: there is nothing more to do. */
static struct lg_err act_begin(struct preparing *it, struct agreement_ready *out) {
    TRY(target_find(it, out));
    if (is_repeated(it)) {
        out->is_done = true;
        return LG_OK;
    }
    TRY(act_check(it));
    bool has_line = agreement_act_has_line(it->wish->act);
    TRY(agreement_room_act(it->version, it->wish->act, it->wish->agency,
                           has_line ? it->wish->line : span_of(NULL, 0), it->diag));
    TRY(body_make(it, it->version, out));
    if (has_line) {
        it->agreement->is_busy = true;
        return LG_OK;
    }
    TRY(agreement_snapshot_make(it->agreement, &it->snapshot));
    it->agreement->is_compiling = true;
    return LG_OK;
}

/* The disk and the compiler are waited for without the mutex: the log's own thread and every worker
 * pass through it. */
static struct lg_err line_finish(const struct preparing *it) {
    struct lg_err err = line_store(it);
    if (lg_failed(err)) {
        (void)pthread_mutex_lock(&it->book->mutex);
        it->agreement->is_busy = false;
        (void)pthread_mutex_unlock(&it->book->mutex);
    }
    return err;
}

/* Under the mutex. Who stopped something meanwhile, or is at it, comes first: the state is asked
 * for anew, as a notice on the version before may take a signature away. */
static struct lg_err activate_end(struct preparing *it) {
    if (it->agreement->is_busy) {
        return busy(it);
    }
    it->policy = agreement_kept_policy(it->version);
    TRY(act_check(it));
    it->agreement->is_busy = true;
    return LG_OK;
}

/* Compiles for as long as that takes, and is busy only from then on: a party's stop does not wait
 * for another's activation. */
static struct lg_err activate_finish(struct preparing *it) {
    struct agreement_verified verified = {0};
    struct lg_err err = activate_check(it, &verified);
    (void)pthread_mutex_lock(&it->book->mutex);
    it->agreement->is_compiling = false;
    agreement_verified_put(it->version, &verified);
    err = lg_failed(err) ? err : activate_end(it);
    (void)pthread_mutex_unlock(&it->book->mutex);
    return err;
}

static struct lg_err act_finish(struct preparing *it) {
    return agreement_act_has_line(it->wish->act) ? line_finish(it) : activate_finish(it);
}

struct lg_err agreement_book_prepare(struct agreement_book *book, const struct agreement_wish *wish,
                                     struct diag *diag, struct agreement_ready *out) {
    struct clock clock = book->setup.clock;
    struct preparing it = {
        .book = book, .wish = wish, .diag = diag, .now_s = clock_wall_ms(&clock) / MS_PER_S};
    *out = (struct agreement_ready){0};
    if (wish->act == AGREEMENT_PROPOSE) {
        return agreement_propose_prepare(book, wish, diag, out);
    }
    (void)pthread_mutex_lock(&book->mutex);
    struct lg_err err = act_begin(&it, out);
    (void)pthread_mutex_unlock(&book->mutex);
    if (!lg_failed(err) && !out->is_done) {
        err = act_finish(&it);
    }
    agreement_snapshot_free(&it.snapshot);
    return err;
}

void agreement_book_release(struct agreement_book *book, const struct agreement_ready *ready) {
    (void)pthread_mutex_lock(&book->mutex);
    struct kept_agreement *agreement = agreement_kept_find(book, span_text(ready->agreement));
    if (agreement != NULL && !ready->is_done) {
        agreement->is_busy = false;
        agreement_text_free(&agreement->pending);
    }
    (void)pthread_mutex_unlock(&book->mutex);
}
