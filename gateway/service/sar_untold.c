/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of a report that the person may not be told of: a use of an emergency, until its review
 * says that telling is safe (review.h). An entry does not say under which declaration it went on,
 * so a line of an emergency counts for every case about this person that was open then; where no
 * case is found, or one cannot be read, nobody has said that telling is safe. */
#include "gateway/service/sar_untold.h"

#include <string.h>

#include "gateway/review/review.h"

enum { DAY_MS = 86400000, PAGE_BUDGET = 4 << 20, CASE_BUDGET = 1 << 20 };

/* A case about the person that is not to be told, or that is. */
struct telling_case {
    struct span agency; /* whose doing it is */
    struct span agreement;
    bool is_asked; /* the reader was asked under it */
    int64_t opened_ms;
    int64_t closed_ms;   /* INT64_MAX: it is not */
    const char *telling; /* NULL: it is safe */
};

struct telling {
    const struct service_call *call;
    const struct index_query *query;
    struct arena *arena;
    struct telling_case *cases;
    size_t count;
    size_t seen;
    bool is_unread; /* some case is not among them */
};

static const char *telling_word(struct span telling) {
    static const char *const safe[] = {"tell", "told", "not-needed"};
    static const char *const words[] = {"do-not-tell-crime", "do-not-tell-harm", "tell-later"};
    for (size_t i = 0; i < 3; i++) {
        if (span_equal_text(telling, safe[i])) {
            return NULL;
        }
    }
    for (size_t i = 0; i < 3; i++) {
        if (span_equal_text(telling, words[i])) {
            return words[i];
        }
    }
    return "blocked";
}

static bool is_about(const struct index_query *query, const struct person_id *person) {
    for (size_t i = 0; i < query->person_count; i++) {
        if (memcmp(&query->persons[i], person, sizeof *person) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_among(const struct span_list *list, struct span name) {
    for (size_t i = 0; i < list->count; i++) {
        if (span_equal(list->items[i], name)) {
            return true;
        }
    }
    return false;
}

static struct lg_err case_add(struct telling *it, struct store_reader *reader,
                              const struct store_review *review, struct arena *scratch) {
    struct review_case *whole = arena_alloc(scratch, sizeof *whole);
    TRY(arena_failed(scratch));
    TRY(review_case_read(reader, review, scratch, whole));
    const struct review_opening *opening = &whole->opening;
    if (!opening->has_person || !is_about(it->query, &opening->person)) {
        return LG_OK;
    }
    if (it->count >= LIMIT_SAR_PERSON_CASES) {
        it->is_unread = true;
        return LG_OK;
    }
    it->cases[it->count++] = (struct telling_case){
        .agency = arena_copy(it->arena, opening->opener.agency),
        .agreement = arena_copy(it->arena, opening->opener.agreement),
        .is_asked = is_among(&opening->sources, it->call->caller.agency),
        .opened_ms = opening->opened_ms,
        .closed_ms = whole->state == STORE_REVIEW_CLOSED ? whole->closed_ms : INT64_MAX,
        .telling = telling_word(review_case_telling(whole)),
    };
    return arena_failed(it->arena);
}

/* One page of the agency's cases; *before is where the next begins, 0 after the last. */
static struct lg_err cases_page(struct telling *it, struct store_reader *reader, uint64_t *before) {
    OWN(arena_free) struct arena *scratch = NULL;
    struct store_review_side *sides = NULL;
    size_t count = 0;
    const struct store_review_list list = {.agency = it->call->caller.agency,
                                           .before_index = *before};
    TRY(arena_new(PAGE_BUDGET, &scratch));
    TRY(store_reviews_list(reader, &list, scratch, &sides, &count));
    for (size_t i = 0; i < count; i++) {
        if (sides[i].review.kind != REVIEW_EMERGENCY) {
            continue;
        }
        OWN(arena_free) struct arena *own = NULL;
        TRY(arena_new(CASE_BUDGET, &own));
        if (lg_failed(case_add(it, reader, &sides[i].review, own))) {
            it->is_unread = true; /* whoever it is about */
        }
    }
    it->seen += count;
    *before = count < STORE_REVIEW_LIST_MAX ? 0 : sides[count - 1].review.log_index;
    return LG_OK;
}

static struct lg_err cases_read(struct telling *it) {
    OWN(store_reader_free) struct store_reader *reader = NULL;
    uint64_t before = INT64_MAX;
    it->cases = arena_array(it->arena, LIMIT_SAR_PERSON_CASES, sizeof *it->cases);
    TRY(arena_failed(it->arena));
    TRY(store_reader_open(it->call->service->worker->gateway->store, &reader));
    while (before > 0 && it->seen < LIMIT_SAR_CASES) {
        TRY(cases_page(it, reader, &before));
    }
    it->is_unread = it->is_unread || before > 0;
    return LG_OK;
}

/* Of a source the day alone is known, and an answer may be a moment later than its case. */
static bool was_open(const struct telling_case *it, int64_t time_ms) {
    return it->opened_ms - DAY_MS < time_ms &&
           (it->closed_ms == INT64_MAX || time_ms <= it->closed_ms + DAY_MS);
}

/* The agency's own question, which says whether it was an emergency. */
static const char *asked_telling(const struct telling *it, const struct wire_audit_hit *hit) {
    bool is_found = false;
    if (!hit->emergency) {
        return NULL;
    }
    for (size_t i = 0; i < it->count; i++) {
        const struct telling_case *one = &it->cases[i];
        if (span_equal(one->agency, it->call->caller.agency) && was_open(one, hit->time_ms)) {
            is_found = true;
            if (one->telling != NULL) {
                return one->telling;
            }
        }
    }
    return is_found && !it->is_unread ? NULL : "blocked";
}

/* Whether an answer of a source was surely not under an emergency, by the row of who asked, which
 * the source's own does not show. What the index does not cover yet may be. */
static bool is_ordinary(const struct telling *it, uint64_t index) {
    struct index_log *log = it->call->service->worker->gateway->index;
    struct store_entry_person row;
    return !lg_failed(index_persons_read(log, index, 1, &row)) && row.is_there && !row.is_emergency;
}

/* What the agency was asked: it sees neither question nor emergency, and why telling is not safe is
 * not its to know. A line that may be of a case is withheld unless it surely is of none. */
static const char *case_telling(const struct telling *it, const struct wire_audit_hit *hit) {
    for (size_t i = 0; i < it->count; i++) {
        const struct telling_case *one = &it->cases[i];
        bool is_theirs = hit->requester.len == 0 || span_equal(one->agency, hit->requester);
        if (one->telling != NULL && one->is_asked && is_theirs && was_open(one, hit->time_ms) &&
            span_equal(one->agreement, hit->agreement)) {
            return "blocked";
        }
    }
    return hit->emergency ? "blocked" : NULL;
}

static const char *source_telling(const struct telling *it, const struct wire_audit_hit *hit) {
    const char *word = case_telling(it, hit);
    return word == NULL || is_ordinary(it, hit->index) ? NULL : word;
}

/* All lines of a question are as the first of them that may not be told. */
static void questions_join(const struct service_hits *page, const char **words) {
    for (size_t i = 0; i < page->count; i++) {
        for (size_t j = 0; words[i] != NULL && j < page->count; j++) {
            if (words[j] == NULL && page->hits[j].side == page->hits[i].side &&
                span_equal(page->hits[j].question_id, page->hits[i].question_id)) {
                words[j] = words[i];
            }
        }
    }
}

struct lg_err service_sar_untold(const struct service_call *call, const struct index_query *query,
                                 const struct service_hits *page, struct arena *arena,
                                 struct wire_sar_collect_reply *out_reply) {
    struct telling it = {.call = call, .query = query, .arena = arena};
    const char **words = arena_array(arena, page->count, sizeof *words);
    struct wire_sar_untold *untold = arena_array(arena, page->count, sizeof *untold);
    size_t count = 0;
    TRY(arena_failed(arena));
    TRY(cases_read(&it));
    for (size_t i = 0; i < page->count; i++) {
        const struct wire_audit_hit *hit = &page->hits[i];
        words[i] =
            hit->side == STORE_SIDE_SOURCE ? source_telling(&it, hit) : asked_telling(&it, hit);
    }
    questions_join(page, words);
    for (size_t i = 0; i < page->count; i++) {
        if (words[i] != NULL) {
            untold[count++] = (struct wire_sar_untold){.line = page->hits[i].index,
                                                       .telling = span_text(words[i])};
        }
    }
    out_reply->untold = untold;
    out_reply->untold_count = count;
    return LG_OK;
}
