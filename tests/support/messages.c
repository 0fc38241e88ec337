/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/messages.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/assert.h"

enum { OPEN_MAX = 4096 };

/* Plain structs that wait to be filled. */
struct job {
    const struct shape *shape;
    uint8_t *plain;
};

struct filler {
    struct arena *arena;
    enum messages_fill fill;
    size_t choice;
    unsigned next; /* makes values differ */
    struct job jobs[OPEN_MAX];
    size_t job_count;
};

const struct wire_message *messages_at(size_t index) {
    const struct wire_message *const *const services[] = {
        wire_disclosures_messages,
        wire_subjects_messages,
        wire_consents_messages,
        wire_notices_messages,
        wire_source_messages,
        wire_keys_messages,
        wire_edge_messages,
        wire_audit_messages,
        wire_agreements_messages,
        wire_reviews_messages,
        wire_access_messages,
        wire_agreement_diff_messages,
        wire_agreement_replay_messages,
        wire_audit_search_messages,
        wire_erasures_messages,
        wire_subject_access_messages,
        wire_reports_messages,
        wire_duties_messages,
        wire_incidents_messages,
        wire_session_messages,
    };
    for (size_t i = 0; i < sizeof services / sizeof services[0]; i++) {
        for (size_t j = 0; services[i][j] != NULL; j++) {
            if (index == 0) {
                return services[i][j];
            }
            index--;
        }
    }
    return NULL;
}

const struct wire_message *messages_named(const char *name) {
    const struct wire_message *message = NULL;
    for (size_t i = 0; (message = messages_at(i)) != NULL; i++) {
        if (strcmp(message->shape->message->short_name, name) == 0) {
            return message;
        }
    }
    return NULL;
}

static void *taken(void *ptr) {
    ASSERT(ptr != NULL);
    return ptr;
}

static struct span value_bytes(struct filler *filler, const struct shape_row *row) {
    size_t len = row->low > 3 ? row->low : 3;
    len = filler->fill == MESSAGES_LEAST ? row->low : len;
    len = filler->fill == MESSAGES_MOST || len > row->high ? row->high : len;
    len = len > 4096 ? 4096 : len;
    uint8_t *bytes = taken(arena_alloc(filler->arena, len));
    for (size_t i = 0; i < len; i++) {
        bytes[i] = (uint8_t)('a' + filler->next++ % 26);
    }
    return span_of(bytes, len);
}

static size_t list_count(const struct filler *filler, const struct shape_row *row) {
    size_t count = filler->fill == MESSAGES_LEAST ? 0 : filler->fill == MESSAGES_SOME ? 2 : 3;
    count = count < row->count_low ? row->count_low : count;
    return count > row->count_high ? row->count_high : count;
}

static void job_add(struct filler *filler, const struct shape *shape, uint8_t *plain) {
    ASSERT(filler->job_count < OPEN_MAX);
    filler->jobs[filler->job_count] = (struct job){.shape = shape, .plain = plain};
    filler->job_count++;
}

static void fill_list(struct filler *filler, const struct job *job, const struct shape_row *row) {
    size_t count = list_count(filler, row);
    if (row->kind == SHAPE_MESSAGE) {
        uint8_t *items = taken(arena_array(filler->arena, count, row->shape->size));
        memcpy(job->plain + row->at, &items, sizeof items);
        memcpy(job->plain + row->count_at, &count, sizeof count);
        for (size_t i = 0; i < count; i++) {
            job_add(filler, row->shape, items + i * row->shape->size);
        }
        return;
    }
    struct span *spans = taken(arena_array(filler->arena, count, sizeof *spans));
    for (size_t i = 0; i < count; i++) {
        spans[i] = value_bytes(filler, row);
    }
    struct span_list list = {.items = spans, .count = count};
    memcpy(job->plain + row->at, &list, sizeof list);
}

static void fill_number(struct filler *filler, const struct job *job, const struct shape_row *row) {
    uint64_t number = filler->fill == MESSAGES_MOST ? UINT64_MAX : row->low + filler->next++;
    uint32_t narrow = (uint32_t)number;
    if (row->kind == SHAPE_U32) {
        memcpy(job->plain + row->at, &narrow, sizeof narrow);
    } else {
        memcpy(job->plain + row->at, &number, sizeof number);
    }
}

static void fill_enum(struct filler *filler, const struct job *job, const struct shape_row *row) {
    const ProtobufCEnumDescriptor *values =
        job->shape->message->fields[row - job->shape->rows].descriptor;
    int value = values->values[1 + filler->next++ % (values->n_values - 1)].value;
    memcpy(job->plain + row->at, &value, sizeof value);
}

/* One SourceResult, encoded: the bytes of a RAW row. A filler of its own, as bytes come from it. */
static struct span source_result_bytes(struct arena *arena) {
    struct released_item item = {.item = span_text("a.b"), .value = span_text("v")};
    struct released_record record = {.items = &item, .item_count = 1};
    struct extract extract = {
        .source = span_text("police"),
        .state = SOURCE_ANSWERED,
        .records = &record,
        .record_count = 1,
    };
    struct span bytes = {0};
    ASSERT(
        !lg_failed(wire_message_encode(messages_named("SourceResult"), arena, &extract, &bytes)));
    return bytes;
}

static void fill_row(struct filler *filler, const struct job *job, const struct shape_row *row) {
    bool yes = true;
    struct span bytes;
    switch ((enum shape_kind)row->kind) {
    case SHAPE_TEXT:
    case SHAPE_BYTES:
        bytes = value_bytes(filler, row);
        memcpy(job->plain + row->at, &bytes, sizeof bytes);
        break;
    case SHAPE_FIXED:
        bytes = value_bytes(filler, row);
        memcpy(job->plain + row->at, bytes.ptr, row->high);
        break;
    case SHAPE_U32:
    case SHAPE_U64:
    case SHAPE_I64:
        fill_number(filler, job, row);
        break;
    case SHAPE_BOOL:
        memcpy(job->plain + row->at, &yes, sizeof yes);
        break;
    case SHAPE_ENUM:
        fill_enum(filler, job, row);
        break;
    case SHAPE_MESSAGE:
        if (row->flag_at != SHAPE_NOWHERE) {
            memcpy(job->plain + row->flag_at, &yes, sizeof yes);
        }
        job_add(filler, row->shape, job->plain + row->at);
        break;
    case SHAPE_RAW:
        bytes = source_result_bytes(filler->arena);
        memcpy(job->plain + row->at, &bytes, sizeof bytes);
        break;
    }
}

static void fill_job(struct filler *filler, const struct job *job) {
    const struct shape *shape = job->shape;
    size_t chosen = filler->choice % shape->row_count;
    for (size_t i = 0; i < shape->row_count; i++) {
        const struct shape_row *row = &shape->rows[i];
        bool is_choice = shape->choice_at != SHAPE_NOWHERE;
        if (is_choice && i != chosen) {
            continue;
        }
        if (is_choice) {
            int choice = row->number;
            memcpy(job->plain + shape->choice_at, &choice, sizeof choice);
        }
        if (row->repeated) {
            fill_list(filler, job, row);
        } else if (filler->fill != MESSAGES_LEAST || row->needed || row->fallback || is_choice) {
            fill_row(filler, job, row);
        }
    }
}

void *messages_filled(struct arena *arena, const struct wire_message *message,
                      enum messages_fill fill, size_t choice) {
    struct filler *filler = taken(calloc(1, sizeof *filler));
    uint8_t *plain = taken(arena_alloc(arena, message->shape->size));
    filler->arena = arena;
    filler->fill = fill;
    filler->choice = choice;
    job_add(filler, message->shape, plain);
    for (size_t i = 0; i < filler->job_count; i++) {
        struct job job = filler->jobs[i];
        fill_job(filler, &job);
    }
    free(filler);
    return plain;
}
