/* SPDX-License-Identifier: Apache-2.0 */
/* The body of a STOP entry, sealed by the log and by the store.
 *
 *    1  version, 2
 *    1  0: stopped; 1: lifted
 *    1  1: firm, the host's; else 0
 *    8  index of the entry that it replaces or lifts; 0: none
 *    8  when, ms since 1970 UTC
 *    -  agency, system, user; by agency, by user, by role; reason: each after a 16-bit length
 *
 * Valid with an agency, at most one of system and user, and nothing left over. */
#include <string.h>

#include "gateway/access/access.h"
#include "gateway/base/bytes.h"

enum { BODY_VERSION = 2, TEXTS = 7 };

static struct lg_err fail(enum lg_class klass, enum access_code code) {
    return lg_err_make(klass, LG_ACCESS, (uint16_t)code);
}

struct lg_err access_scope_make(const struct store *store, const struct access_whom *whom,
                                struct store_tag *out_scope) {
    struct span parts[] = {whom->agency, whom->system, whom->user_id};
    if (whom->user_id.len == 0) {
        return store_tag_make(store, STORE_TAG_SCOPE_CALLER, parts, 2, out_scope);
    }
    return store_user_tag_make(store, STORE_TAG_SCOPE_CALLER, parts, 3, out_scope);
}

struct lg_err access_scopes_of(const struct store *store, const struct caller *caller,
                               struct store_tag out_scopes[static ACCESS_SCOPES]) {
    const struct access_whom whom[ACCESS_SCOPES] = {
        {.agency = caller->agency},
        {.agency = caller->agency, .system = caller->system},
        {.agency = caller->agency, .user_id = caller->user_id},
    };
    for (size_t i = 0; i < ACCESS_SCOPES; i++) {
        TRY(access_scope_make(store, &whom[i], &out_scopes[i]));
    }
    return LG_OK;
}

struct lg_err access_check(struct store_reader *reader, const struct caller *caller,
                           bool *out_stopped) {
    struct store_tag scopes[ACCESS_SCOPES];
    *out_stopped = true;
    if (!store_has_stops(store_reader_store(reader))) {
        *out_stopped = false;
        return LG_OK;
    }
    TRY(access_scopes_of(store_reader_store(reader), caller, scopes));
    return store_stop_check(reader, scopes, ACCESS_SCOPES, out_stopped);
}

struct lg_err access_officer_check(struct store_reader *reader, const struct caller *caller,
                                   bool *out_stopped) {
    struct store_tag scopes[ACCESS_SCOPES];
    *out_stopped = true;
    TRY(access_scopes_of(store_reader_store(reader), caller, scopes));
    return store_stop_check(reader, &scopes[1], ACCESS_SCOPES - 1, out_stopped);
}

static void texts_of(struct access_stop *stop, struct span *out[static TEXTS]) {
    struct span *const texts[TEXTS] = {&stop->whom.agency, &stop->whom.system, &stop->whom.user_id,
                                       &stop->by_agency,   &stop->by_user,     &stop->by_role,
                                       &stop->reason};
    memcpy(out, texts, sizeof texts);
}

static bool stop_valid(const struct access_stop *stop) {
    bool both = stop->whom.system.len > 0 && stop->whom.user_id.len > 0;
    return stop->whom.agency.len > 0 && stop->whom.agency.len <= STORE_NAME_SIZE_MAX &&
           stop->whom.system.len <= STORE_NAME_SIZE_MAX && !both && stop->at_ms >= 0 &&
           stop->replaces <= INT64_MAX;
}

struct lg_err access_stop_encode(const struct access_stop *stop, struct arena *arena,
                                 struct span *out_body) {
    if (!stop_valid(stop)) {
        return fail(LG_CLASS_INPUT, ACCESS_FIELDS);
    }
    uint8_t *body = arena_alloc(arena, STORE_REVIEW_BODY_MAX);
    if (body == NULL) {
        return fail(LG_CLASS_LIMIT, ACCESS_MEMORY);
    }
    struct writer w = writer_of(body, STORE_REVIEW_BODY_MAX);
    writer_u8(&w, BODY_VERSION);
    writer_u8(&w, stop->is_lifted ? 1 : 0);
    writer_u8(&w, stop->is_firm ? 1 : 0);
    writer_u64(&w, stop->replaces);
    writer_u64(&w, (uint64_t)stop->at_ms);
    struct access_stop copy = *stop;
    struct span *texts[TEXTS];
    texts_of(&copy, texts);
    for (size_t i = 0; i < TEXTS; i++) {
        writer_part(&w, *texts[i]);
    }
    return lg_failed(writer_end(&w, out_body)) ? fail(LG_CLASS_INPUT, ACCESS_FIELDS) : LG_OK;
}

struct lg_err access_stop_decode(struct span body, struct access_stop *out_stop) {
    struct reader r = reader_of(body);
    struct access_stop stop = {0};
    uint8_t version = reader_u8(&r);
    uint8_t lifted = reader_u8(&r);
    uint8_t firm = reader_u8(&r);
    stop.is_lifted = lifted == 1;
    stop.is_firm = firm == 1;
    stop.replaces = reader_u64(&r);
    stop.at_ms = (int64_t)reader_u64(&r);
    struct span *texts[TEXTS];
    texts_of(&stop, texts);
    for (size_t i = 0; i < TEXTS; i++) {
        *texts[i] = reader_part(&r);
    }
    if (lg_failed(reader_end(&r)) || version != BODY_VERSION || lifted > 1 || firm > 1 ||
        !stop_valid(&stop)) {
        return fail(LG_CLASS_INPUT, ACCESS_BODY);
    }
    *out_stop = stop;
    return LG_OK;
}

struct lg_err access_row_make(const struct store *store, uint64_t log_index, struct span body,
                              struct store_stop *out_row) {
    struct access_stop stop;
    TRY(access_stop_decode(body, &stop));
    *out_row = (struct store_stop){
        .is_lifted = stop.is_lifted,
        .is_firm = stop.is_firm,
        .replaces = stop.replaces,
        .log_index = log_index,
        .agency = stop.whom.agency,
        .body = body,
    };
    return access_scope_make(store, &stop.whom, &out_row->scope);
}
