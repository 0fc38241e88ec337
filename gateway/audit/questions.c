/* SPDX-License-Identifier: Apache-2.0 */
/* A dense array; an end looks from its back, because what began last ends soonest. The number of
 * questions open at any time is that of calls in flight, so the look is short. */
#include "gateway/audit/questions.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/base/assert.h"

struct audit_questions {
    struct audit_open_question *items;
    size_t count;
    size_t size;
    uint64_t missed;
};

struct lg_err audit_questions_new(struct audit_questions **out_questions) {
    *out_questions = calloc(1, sizeof **out_questions);
    return *out_questions != NULL ? LG_OK : lg_err_make(LG_CLASS_LIMIT, LG_AUDIT, AUDIT_MEMORY);
}

void audit_questions_free(struct audit_questions **questions) {
    if (*questions != NULL) {
        free((*questions)->items);
        free(*questions);
        *questions = NULL;
    }
}

static struct lg_err room_make(struct audit_questions *questions) {
    size_t size = questions->size == 0 ? 64 : 2 * questions->size;
    struct audit_open_question *items = realloc(questions->items, size * sizeof *items);
    if (items == NULL) {
        return lg_err_make(LG_CLASS_LIMIT, LG_AUDIT, AUDIT_MEMORY);
    }
    questions->items = items;
    questions->size = size;
    return LG_OK;
}

struct lg_err audit_questions_begin(struct audit_questions *questions, const struct request_id *id,
                                    uint64_t index) {
    if (questions->count == LIMIT_AUDIT_OPEN_QUESTIONS) {
        questions->missed++;
        return LG_OK;
    }
    if (questions->count == questions->size) {
        TRY(room_make(questions));
    }
    questions->items[questions->count] = (struct audit_open_question){.id = *id, .index = index};
    questions->count++;
    return LG_OK;
}

void audit_questions_end(struct audit_questions *questions, const struct request_id *id) {
    for (size_t i = questions->count; i > 0; i--) {
        if (memcmp(questions->items[i - 1].id.bytes, id->bytes, MODEL_REQUEST_ID_SIZE) == 0) {
            questions->count--;
            memmove(&questions->items[i - 1], &questions->items[i],
                    (questions->count - (i - 1)) * sizeof questions->items[0]);
            return;
        }
    }
}

size_t audit_questions_count(const struct audit_questions *questions) {
    return questions->count;
}

const struct audit_open_question *audit_questions_get(const struct audit_questions *questions,
                                                      size_t i) {
    ASSERT(i < questions->count);
    return &questions->items[i];
}

uint64_t audit_questions_missed(const struct audit_questions *questions) {
    return questions->missed;
}
