/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions, in memory alone: a restart signs everybody out. A session is found by the digest of its
 * token, so that what a core file or a debugger shows signs nobody in.
 *
 * A session ends when nobody used it for idle_ms, longest_ms after its begin, at sign-out, at the
 * provider's logout, when its person is stopped, and when the same person begins one too many. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/signin/signin_int.h"

enum { ROWS = 1024, NOBODY = UINT16_MAX };
_Static_assert((int)LIMIT_CONSOLE_SESSIONS < (int)NOBODY, "an index of a session");

/* In a row by its digest, or free: then in the free list. */
struct slot {
    uint8_t digest[VAULT_SHA256_SIZE];
    struct signin_person person;
    int64_t begun_ms;
    int64_t used_ms;
    uint16_t next;
    bool is_taken;
};

struct used_jti {
    uint8_t digest[VAULT_SHA256_SIZE];
    int64_t until_ms;
};

struct signin_sessions {
    pthread_mutex_t mutex;
    int64_t idle_ms;
    int64_t longest_ms;
    uint16_t rows[ROWS];
    uint16_t free_first;
    size_t count;
    struct slot slots[LIMIT_CONSOLE_SESSIONS];
    struct used_jti jtis[LIMIT_CONSOLE_LOGOUTS];
};

static void lock(struct signin_sessions *sessions) {
    ASSERT(pthread_mutex_lock(&sessions->mutex) == 0);
}

static void unlock(struct signin_sessions *sessions) {
    ASSERT(pthread_mutex_unlock(&sessions->mutex) == 0);
}

struct lg_err signin_sessions_new(int64_t idle_ms, int64_t longest_ms,
                                  struct signin_sessions **out_sessions) {
    struct signin_sessions *sessions = calloc(1, sizeof *sessions);
    if (sessions == NULL) {
        return signin_error_memory();
    }
    ASSERT(pthread_mutex_init(&sessions->mutex, NULL) == 0);
    sessions->idle_ms = idle_ms;
    sessions->longest_ms = longest_ms;
    for (size_t i = 0; i < ROWS; i++) {
        sessions->rows[i] = NOBODY;
    }
    for (uint16_t i = 0; i < LIMIT_CONSOLE_SESSIONS; i++) {
        sessions->slots[i].next = i + 1 < LIMIT_CONSOLE_SESSIONS ? (uint16_t)(i + 1) : NOBODY;
    }
    *out_sessions = sessions;
    return LG_OK;
}

void signin_sessions_free(struct signin_sessions **sessions) {
    struct signin_sessions *it = *sessions;
    *sessions = NULL;
    if (it != NULL) {
        ASSERT(pthread_mutex_destroy(&it->mutex) == 0);
        vault_wipe(it, sizeof *it);
        free(it);
    }
}

/* ---- one ---- */

static uint16_t *row_of(struct signin_sessions *sessions, const uint8_t *digest) {
    return &sessions->rows[((size_t)digest[0] << 8 | digest[1]) % ROWS];
}

static int64_t ends_ms(const struct signin_sessions *sessions, const struct slot *slot) {
    int64_t idle = slot->used_ms + sessions->idle_ms;
    int64_t longest = slot->begun_ms + sessions->longest_ms;
    return idle < longest ? idle : longest;
}

/* Out of its row and wiped. */
static void drop(struct signin_sessions *sessions, struct slot *slot) {
    uint16_t index = (uint16_t)(slot - sessions->slots);
    uint16_t *link = row_of(sessions, slot->digest);
    while (*link != index) {
        ASSERT(*link != NOBODY);
        link = &sessions->slots[*link].next;
    }
    *link = slot->next;
    vault_wipe(slot, sizeof *slot);
    slot->next = sessions->free_first;
    sessions->free_first = index;
    ASSERT(sessions->count > 0);
    sessions->count--;
}

/* The session of this token, also one whose time is up. */
static struct slot *find(struct signin_sessions *sessions, struct span token) {
    uint8_t digest[VAULT_SHA256_SIZE];
    if (token.len != SIGNIN_SECRET_SIZE - 1) {
        return NULL;
    }
    vault_sha256(token, digest);
    for (uint16_t i = *row_of(sessions, digest); i != NOBODY; i = sessions->slots[i].next) {
        struct slot *slot = &sessions->slots[i];
        if (vault_equal(span_of(slot->digest, sizeof slot->digest),
                        span_of(digest, sizeof digest))) {
            return slot;
        }
    }
    return NULL;
}

bool signin_session_find(struct signin_sessions *sessions, struct span token, int64_t now_ms,
                         bool is_used, struct signin_session *out_session) {
    lock(sessions);
    struct slot *slot = find(sessions, token);
    if (slot != NULL && now_ms >= ends_ms(sessions, slot)) {
        drop(sessions, slot);
        slot = NULL;
    }
    if (slot != NULL) {
        slot->used_ms = is_used ? now_ms : slot->used_ms;
        out_session->person = slot->person;
        out_session->idle_left_ms = slot->used_ms + sessions->idle_ms - now_ms;
        out_session->left_ms = slot->begun_ms + sessions->longest_ms - now_ms;
    }
    unlock(sessions);
    return slot != NULL;
}

bool signin_session_end(struct signin_sessions *sessions, struct span token) {
    lock(sessions);
    struct slot *slot = find(sessions, token);
    if (slot != NULL) {
        drop(sessions, slot);
    }
    unlock(sessions);
    return slot != NULL;
}

/* ---- many: a sign-in or a logout goes through all, a call never does ---- */

static void drop_ended(struct signin_sessions *sessions, int64_t now_ms) {
    for (size_t i = 0; i < LIMIT_CONSOLE_SESSIONS; i++) {
        struct slot *slot = &sessions->slots[i];
        if (slot->is_taken && now_ms >= ends_ms(sessions, slot)) {
            drop(sessions, slot);
        }
    }
}

/* Leaves one fewer than the person may have. */
static void make_way(struct signin_sessions *sessions, const char *subject) {
    struct slot *oldest = NULL;
    size_t count = 0;
    for (size_t i = 0; i < LIMIT_CONSOLE_SESSIONS; i++) {
        struct slot *slot = &sessions->slots[i];
        if (slot->is_taken && strcmp(slot->person.subject, subject) == 0) {
            count++;
            oldest = oldest == NULL || slot->begun_ms < oldest->begun_ms ? slot : oldest;
        }
    }
    if (count >= LIMIT_CONSOLE_SESSIONS_USER) {
        drop(sessions, oldest);
    }
}

static struct slot *take(struct signin_sessions *sessions,
                         const uint8_t digest[static VAULT_SHA256_SIZE]) {
    uint16_t index = sessions->free_first;
    if (index == NOBODY) {
        return NULL;
    }
    struct slot *slot = &sessions->slots[index];
    uint16_t *row = row_of(sessions, digest);
    sessions->free_first = slot->next;
    memcpy(slot->digest, digest, sizeof slot->digest);
    slot->is_taken = true;
    slot->next = *row;
    *row = index;
    sessions->count++;
    return slot;
}

struct lg_err signin_session_begin(struct signin_sessions *sessions,
                                   const struct signin_person *person, int64_t now_ms,
                                   char out_token[static SIGNIN_SECRET_SIZE]) {
    uint8_t token[SIGNIN_SESSION_SIZE];
    uint8_t digest[VAULT_SHA256_SIZE];
    char text[SIGNIN_SECRET_SIZE];
    vault_random(token, sizeof token);
    signin_base64url(span_of(token, sizeof token), text);
    vault_sha256(span_text(text), digest);
    lock(sessions);
    drop_ended(sessions, now_ms);
    make_way(sessions, person->subject);
    struct slot *slot = take(sessions, digest);
    if (slot != NULL) {
        slot->person = *person;
        slot->begun_ms = now_ms;
        slot->used_ms = now_ms;
    }
    unlock(sessions);
    if (slot != NULL) {
        memcpy(out_token, text, sizeof text);
    }
    vault_wipe(token, sizeof token);
    vault_wipe(text, sizeof text);
    return slot != NULL ? LG_OK : lg_err_make(LG_CLASS_LIMIT, LG_SIGNIN, SIGNIN_FULL);
}

/* Remembers a jti; false where it is remembered. Where there is no place the one that is forgotten
 * first gives way: its token is nearly too old to count. */
static bool jti_take(struct signin_sessions *sessions, const uint8_t jti[static VAULT_SHA256_SIZE],
                     int64_t now_ms) {
    enum { MS_PER_S = 1000 };
    struct used_jti *place = &sessions->jtis[0];
    for (size_t i = 0; i < LIMIT_CONSOLE_LOGOUTS; i++) {
        struct used_jti *it = &sessions->jtis[i];
        if (it->until_ms > now_ms && memcmp(it->digest, jti, sizeof it->digest) == 0) {
            return false;
        }
        place = it->until_ms < place->until_ms ? it : place;
    }
    memcpy(place->digest, jti, sizeof place->digest);
    place->until_ms =
        now_ms + (int64_t)(LIMIT_CONSOLE_LOGOUT_S + 2 * LIMIT_CONSOLE_SKEW_S) * MS_PER_S;
    return true;
}

static bool is_meant(const struct slot *slot, const struct signin_logout *logout) {
    return slot->is_taken &&
           (logout->subject[0] == '\0' || strcmp(slot->person.subject, logout->subject) == 0) &&
           (logout->sid[0] == '\0' || strcmp(slot->person.sid, logout->sid) == 0);
}

bool signin_sessions_logout(struct signin_sessions *sessions, const struct signin_logout *logout,
                            int64_t now_ms, size_t *out_count) {
    size_t count = 0;
    lock(sessions);
    bool is_new = jti_take(sessions, logout->jti, now_ms);
    for (size_t i = 0; is_new && i < LIMIT_CONSOLE_SESSIONS; i++) {
        if (is_meant(&sessions->slots[i], logout)) {
            drop(sessions, &sessions->slots[i]);
            count++;
        }
    }
    unlock(sessions);
    *out_count = count;
    return is_new;
}

size_t signin_sessions_end_user(struct signin_sessions *sessions, const char *user_id) {
    size_t count = 0;
    lock(sessions);
    for (size_t i = 0; i < LIMIT_CONSOLE_SESSIONS; i++) {
        struct slot *slot = &sessions->slots[i];
        if (slot->is_taken && strcmp(slot->person.user_id, user_id) == 0) {
            drop(sessions, slot);
            count++;
        }
    }
    unlock(sessions);
    return count;
}

size_t signin_sessions_count(struct signin_sessions *sessions, int64_t now_ms) {
    lock(sessions);
    drop_ended(sessions, now_ms);
    size_t count = sessions->count;
    unlock(sessions);
    return count;
}
