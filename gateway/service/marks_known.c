/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/service/marks_known.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/service/service_int.h"
#include "gateway/store/entries.h"
#include "gateway/store/signals.h"

/* Maps at one time: of every agency, whose entries lie side by side in the log, and of the two
 * quarters that a crash may lie between. Beyond that the oldest goes. */
enum { MAPS = 2 * LOCATE_SOURCES_MAX, MAP_ARENA = LIMIT_SIGNALS_PERSONS * 128 };

struct known {
    struct store_tag subject;
    struct person_id person;
};

/* items: sorted by subject. */
struct map {
    char agency[STORE_NAME_SIZE_MAX];
    size_t agency_len;
    uint32_t quarter;
    struct known *items; /* NULL: a free place */
    size_t count;
};

struct service_marks_known {
    struct map maps[MAPS];
    size_t next; /* the place of the next one that is made */
};

struct lg_err service_marks_known_new(struct service_marks_known **out_known) {
    struct service_marks_known *known = calloc(1, sizeof *known);
    if (known == NULL) {
        return lg_err_make(LG_CLASS_LIMIT, LG_SERVICE, SERVICE_MEMORY);
    }
    *out_known = known;
    return LG_OK;
}

static void map_clear(struct map *map) {
    if (map->items != NULL) {
        vault_wipe(map->items, map->count * sizeof *map->items);
    }
    free(map->items);
    *map = (struct map){.items = NULL};
}

void service_marks_known_leave(struct service_marks_known *known) {
    for (size_t i = 0; i < MAPS; i++) {
        map_clear(&known->maps[i]);
    }
}

void service_marks_known_free(struct service_marks_known **known) {
    if (*known != NULL) {
        service_marks_known_leave(*known);
        free(*known);
        *known = NULL;
    }
}

/* ---- Making ---- */

static int by_subject(const void *a, const void *b) {
    const struct known *x = a;
    const struct known *y = b;
    return memcmp(x->subject.bytes, y->subject.bytes, sizeof x->subject.bytes);
}

static struct lg_err map_fill(struct map *map, const struct service_marks_whose *whose,
                              const struct person_id *persons, size_t count) {
    struct store *store = whose->gateway->store;
    for (size_t i = 0; i < count; i++) {
        OWN(vault_key_free) struct vault_key *key = NULL;
        TRY(store_key_find(store, &persons[i], whose->quarter, &key));
        if (key != NULL) {
            struct known *item = &map->items[map->count++];
            item->person = persons[i];
            store_entry_subject(store, key, &item->subject);
        }
    }
    qsort(map->items, map->count, sizeof *map->items, by_subject);
    return LG_OK;
}

static struct lg_err map_make(struct map *map, const struct service_marks_whose *whose) {
    OWN(arena_free) struct arena *arena = NULL;
    struct person_id *persons = NULL;
    size_t count = 0;
    map_clear(map);
    if (whose->agency.len > sizeof map->agency) {
        return LG_OK; /* no party has such a name */
    }
    TRY(arena_new(MAP_ARENA, &arena));
    TRY(store_marks_persons(whose->reader, whose->agency, arena, &persons, &count));
    map->items = calloc(count + 1, sizeof *map->items);
    if (map->items == NULL) {
        return lg_err_make(LG_CLASS_LIMIT, LG_SERVICE, SERVICE_MEMORY);
    }
    memcpy(map->agency, whose->agency.ptr, whose->agency.len);
    map->agency_len = whose->agency.len;
    map->quarter = whose->quarter;
    struct lg_err err = map_fill(map, whose, persons, count);
    if (lg_failed(err)) {
        map_clear(map);
    }
    return err;
}

/* ---- Finding ---- */

static bool is_of(const struct map *map, const struct service_marks_whose *whose) {
    const struct span agency = span_of((const uint8_t *)map->agency, map->agency_len);
    return map->items != NULL && map->quarter == whose->quarter &&
           span_equal(agency, whose->agency);
}

static struct lg_err map_get(struct service_marks_known *known,
                             const struct service_marks_whose *whose, const struct map **out_map) {
    for (size_t i = 0; i < MAPS; i++) {
        if (is_of(&known->maps[i], whose)) {
            *out_map = &known->maps[i];
            return LG_OK;
        }
    }
    struct map *map = &known->maps[known->next];
    TRY(map_make(map, whose));
    known->next = (known->next + 1) % MAPS;
    *out_map = map;
    return LG_OK;
}

struct lg_err service_marks_known_find(struct service_marks_known *known,
                                       const struct service_marks_whose *whose,
                                       const struct store_tag *subject, bool *out_found,
                                       struct person_id *out_person) {
    const struct known wanted = {.subject = *subject};
    const struct map *map = NULL;
    *out_found = false;
    TRY(map_get(known, whose, &map));
    const struct known *item =
        map->count == 0 ? NULL
                        : bsearch(&wanted, map->items, map->count, sizeof *map->items, by_subject);
    if (item != NULL) {
        *out_found = true;
        *out_person = item->person;
    }
    return LG_OK;
}
