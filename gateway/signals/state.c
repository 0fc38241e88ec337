/* SPDX-License-Identifier: Apache-2.0 */
/* What is counted of an agency's people, in places of a fixed number, and how it is written:
 *
 *   version 1 u8 | day u32 | cases of that day u32 | grave ones u32 | roles u16 | of each: tag 16,
 * seen u64, next u8, samples u8, each u32 | users u16 | of each: tag 16, role 16, seen u64, day
 * u32, asked u32, over u8, refusals u8, each u64, searches u8, each u64 and index u64
 *
 * Valid where every number is within its ceiling, no place is given twice, and nothing is left. */
#include <stdlib.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/base/bytes.h"
#include "gateway/signals/signals_int.h"

enum { VERSION = 1, DAY_MS = 24 * 3600 * 1000 };
/* Bytes of one of each at most. */
enum {
    ROLE_SIZE = 16 + 8 + 1 + 1 + 4 * LIMIT_SIGNALS_SAMPLES,
    USER_SIZE =
        16 + 16 + 8 + 4 + 4 + 1 + 1 + 8 * LIMIT_SIGNALS_REFUSALS + 1 + 16 * LIMIT_SIGNALS_SEARCHES,
    STATE_SIZE =
        1 + 4 + 4 + 4 + 2 + ROLE_SIZE * LIMIT_SIGNALS_ROLES + 2 + USER_SIZE * LIMIT_SIGNALS_USERS,
};

static struct lg_err fail(enum lg_class cls, enum signals_code code) {
    return lg_err_make(cls, LG_SIGNALS, (uint16_t)code);
}

struct lg_err signals_agency_new(struct signals_agency **out_agency) {
    struct signals_agency *agency = calloc(1, sizeof *agency);
    if (agency == NULL) {
        return fail(LG_CLASS_LIMIT, SIGNALS_MEMORY);
    }
    *out_agency = agency;
    return LG_OK;
}

void signals_agency_free(struct signals_agency **agency) {
    free(*agency);
    *agency = NULL;
}

static struct span tag_span(const struct store_tag *tag) {
    return span_of(tag->bytes, sizeof tag->bytes);
}

static bool same(const struct store_tag *a, const struct store_tag *b) {
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

/* ---- Roles ---- */

static const struct signals_role *role_find(const struct signals_agency *agency,
                                            const struct store_tag *role) {
    for (size_t i = 0; i < LIMIT_SIGNALS_ROLES; i++) {
        if (agency->roles[i].seen_ms != 0 && same(&agency->roles[i].role, role)) {
            return &agency->roles[i];
        }
    }
    return NULL;
}

/* Its place, or that of the role which was not seen for longest. */
static struct signals_role *role_get(struct signals_agency *agency, const struct store_tag *role) {
    struct signals_role *oldest = &agency->roles[0];
    for (size_t i = 0; i < LIMIT_SIGNALS_ROLES; i++) {
        struct signals_role *it = &agency->roles[i];
        if (it->seen_ms != 0 && same(&it->role, role)) {
            return it;
        }
        oldest = it->seen_ms < oldest->seen_ms ? it : oldest;
    }
    *oldest = (struct signals_role){.role = *role};
    return oldest;
}

static int by_number(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* The middle day of the role; of an even number of days the lower one. */
static uint32_t usual_of(const struct signals_role *role) {
    uint32_t sorted[LIMIT_SIGNALS_SAMPLES];
    memcpy(sorted, role->samples, role->sample_count * sizeof *sorted);
    qsort(sorted, role->sample_count, sizeof *sorted, by_number);
    return sorted[(role->sample_count - 1) / 2];
}

uint32_t signals_volume_line(const struct signals_agency *agency, const struct store_tag *role) {
    const struct signals_role *it = role_find(agency, role);
    uint32_t line = LIMIT_SIGNALS_VOLUME_FLOOR;
    if (it == NULL || it->sample_count < LIMIT_SIGNALS_SAMPLES_LEAST) {
        return line;
    }
    uint32_t usual = usual_of(it);
    uint32_t times = usual > UINT32_MAX / LIMIT_SIGNALS_VOLUME_TIMES
                         ? UINT32_MAX
                         : usual * LIMIT_SIGNALS_VOLUME_TIMES;
    return times > line ? times : line;
}

/* A day without a question says nothing of the role. */
void signals_day_end(struct signals_agency *agency, struct signals_user *user) {
    if (user->asked > 0) {
        struct signals_role *role = role_get(agency, &user->role);
        role->seen_ms = user->seen_ms > role->seen_ms ? user->seen_ms : role->seen_ms;
        role->samples[role->sample_next] = user->asked;
        role->sample_next = (uint8_t)((role->sample_next + 1) % LIMIT_SIGNALS_SAMPLES);
        if (role->sample_count < LIMIT_SIGNALS_SAMPLES) {
            role->sample_count++;
        }
    }
    user->asked = 0;
    user->is_over = false;
}

/* ---- Users ---- */

static struct signals_user *row_of(struct signals_agency *agency, const struct store_tag *user) {
    size_t row = user->bytes[0] % LIMIT_SIGNALS_USER_ROWS;
    return &agency->users[row * LIMIT_SIGNALS_USER_WAYS];
}

static struct signals_user *place_get(struct signals_agency *agency, const struct store_tag *user) {
    struct signals_user *row = row_of(agency, user);
    struct signals_user *oldest = row;
    for (size_t i = 0; i < LIMIT_SIGNALS_USER_WAYS; i++) {
        if (row[i].seen_ms != 0 && same(&row[i].user, user)) {
            return &row[i];
        }
        oldest = row[i].seen_ms < oldest->seen_ms ? &row[i] : oldest;
    }
    /* What is pushed out is no whole day: it says nothing of what is usual. */
    *oldest = (struct signals_user){.user = *user};
    return oldest;
}

struct signals_user *signals_user_get(struct signals_agency *agency,
                                      const struct signals_event *event) {
    struct signals_user *user = place_get(agency, &event->user);
    int32_t day = (int32_t)(event->at_ms / DAY_MS);
    if (user->day != day) { /* another role is the same person's day */
        signals_day_end(agency, user);
    }
    user->day = day;
    user->role = event->role;
    user->seen_ms = event->at_ms > 0 ? event->at_ms : 1;
    return user;
}

/* ---- Writing ---- */

static void role_write(struct writer *w, const struct signals_role *role) {
    writer_bytes(w, tag_span(&role->role));
    writer_u64(w, (uint64_t)role->seen_ms);
    writer_u8(w, role->sample_next);
    writer_u8(w, role->sample_count);
    for (size_t i = 0; i < role->sample_count; i++) {
        writer_u32(w, role->samples[i]);
    }
}

static void user_write(struct writer *w, const struct signals_user *user) {
    writer_bytes(w, tag_span(&user->user));
    writer_bytes(w, tag_span(&user->role));
    writer_u64(w, (uint64_t)user->seen_ms);
    writer_u32(w, (uint32_t)user->day);
    writer_u32(w, user->asked);
    writer_u8(w, user->is_over ? 1 : 0);
    writer_u8(w, user->refusal_count);
    for (size_t i = 0; i < user->refusal_count; i++) {
        writer_u64(w, (uint64_t)user->refusals[i]);
    }
    writer_u8(w, user->search_count);
    for (size_t i = 0; i < user->search_count; i++) {
        writer_u64(w, (uint64_t)user->searches[i].at_ms);
        writer_u64(w, user->searches[i].log_index);
    }
}

static void roles_write(struct writer *w, const struct signals_agency *agency) {
    uint16_t count = 0;
    for (size_t i = 0; i < LIMIT_SIGNALS_ROLES; i++) {
        count = (uint16_t)(count + (agency->roles[i].seen_ms != 0 ? 1 : 0));
    }
    writer_u16(w, count);
    for (size_t i = 0; i < LIMIT_SIGNALS_ROLES; i++) {
        if (agency->roles[i].seen_ms != 0) {
            role_write(w, &agency->roles[i]);
        }
    }
}

static void users_write(struct writer *w, const struct signals_agency *agency) {
    uint16_t count = 0;
    for (size_t i = 0; i < LIMIT_SIGNALS_USERS; i++) {
        count = (uint16_t)(count + (agency->users[i].seen_ms != 0 ? 1 : 0));
    }
    writer_u16(w, count);
    for (size_t i = 0; i < LIMIT_SIGNALS_USERS; i++) {
        if (agency->users[i].seen_ms != 0) {
            user_write(w, &agency->users[i]);
        }
    }
}

struct lg_err signals_agency_encode(const struct signals_agency *agency, struct arena *arena,
                                    struct span *out_bytes) {
    uint8_t *buf = arena_alloc(arena, STATE_SIZE);
    if (buf == NULL) {
        return fail(LG_CLASS_LIMIT, SIGNALS_MEMORY);
    }
    struct writer w = writer_of(buf, STATE_SIZE);
    writer_u8(&w, VERSION);
    writer_u32(&w, (uint32_t)agency->case_day);
    writer_u32(&w, agency->case_count);
    writer_u32(&w, agency->grave_count);
    roles_write(&w, agency);
    users_write(&w, agency);
    return writer_end(&w, out_bytes);
}

/* ---- Reading ---- */

static int64_t time_read(struct reader *r) {
    uint64_t value = reader_u64(r);
    r->failed = r->failed || value > INT64_MAX;
    return r->failed ? 0 : (int64_t)value;
}

/* A number of things of which there are at most `most`. */
static uint8_t count_read(struct reader *r, size_t most) {
    uint8_t count = reader_u8(r);
    r->failed = r->failed || count > most;
    return r->failed ? 0 : count;
}

static void role_read(struct reader *r, struct signals_role *role) {
    reader_copy(r, role->role.bytes, sizeof role->role.bytes);
    role->seen_ms = time_read(r);
    role->sample_next = count_read(r, LIMIT_SIGNALS_SAMPLES - 1);
    role->sample_count = count_read(r, LIMIT_SIGNALS_SAMPLES);
    for (size_t i = 0; i < role->sample_count; i++) {
        role->samples[i] = reader_u32(r);
    }
    bool is_full = role->sample_count == LIMIT_SIGNALS_SAMPLES;
    r->failed = r->failed || role->seen_ms == 0 || role->sample_count == 0 ||
                (!is_full && role->sample_next != role->sample_count);
}

static void user_read(struct reader *r, struct signals_user *user) {
    reader_copy(r, user->user.bytes, sizeof user->user.bytes);
    reader_copy(r, user->role.bytes, sizeof user->role.bytes);
    user->seen_ms = time_read(r);
    user->day = (int32_t)reader_u32(r);
    user->asked = reader_u32(r);
    user->is_over = count_read(r, 1) == 1;
    user->refusal_count = count_read(r, LIMIT_SIGNALS_REFUSALS - 1);
    for (size_t i = 0; i < user->refusal_count; i++) {
        user->refusals[i] = time_read(r);
    }
    user->search_count = count_read(r, LIMIT_SIGNALS_SEARCHES);
    for (size_t i = 0; i < user->search_count; i++) {
        user->searches[i].at_ms = time_read(r);
        user->searches[i].log_index = reader_u64(r);
    }
    r->failed = r->failed || user->seen_ms == 0;
}

static void roles_read(struct reader *r, struct signals_agency *agency) {
    size_t count = reader_u16(r);
    r->failed = r->failed || count > LIMIT_SIGNALS_ROLES;
    for (size_t i = 0; i < count && !r->failed; i++) {
        struct signals_role role = {.seen_ms = 0};
        role_read(r, &role);
        r->failed = r->failed || role_find(agency, &role.role) != NULL;
        agency->roles[i] = role;
    }
}

/* Its row may be full of others only where it was written by something else. */
static void user_put(struct reader *r, struct signals_agency *agency,
                     const struct signals_user *user) {
    struct signals_user *row = row_of(agency, &user->user);
    for (size_t i = 0; i < LIMIT_SIGNALS_USER_WAYS; i++) {
        if (row[i].seen_ms == 0) {
            row[i] = *user;
            return;
        }
        r->failed = r->failed || same(&row[i].user, &user->user);
    }
    r->failed = true;
}

static void users_read(struct reader *r, struct signals_agency *agency) {
    size_t count = reader_u16(r);
    r->failed = r->failed || count > LIMIT_SIGNALS_USERS;
    for (size_t i = 0; i < count && !r->failed; i++) {
        struct signals_user user = {.seen_ms = 0};
        user_read(r, &user);
        if (!r->failed) {
            user_put(r, agency, &user);
        }
    }
}

struct lg_err signals_agency_decode(struct span bytes, struct signals_agency *agency) {
    struct reader r = reader_of(bytes);
    r.failed = reader_u8(&r) != VERSION || r.failed;
    agency->case_day = (int32_t)reader_u32(&r);
    agency->case_count = reader_u32(&r);
    agency->grave_count = reader_u32(&r);
    roles_read(&r, agency);
    users_read(&r, agency);
    if (lg_failed(reader_end(&r))) {
        *agency = (struct signals_agency){.case_count = 0};
        return fail(LG_CLASS_INPUT, SIGNALS_STATE);
    }
    return LG_OK;
}
