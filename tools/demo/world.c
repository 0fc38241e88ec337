/* SPDX-License-Identifier: Apache-2.0 */
/* The world: households first, their people in a row, then who is known where. */
#include "tools/demo/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "tools/demo/names.h"

/* Streams of random numbers, one a kind of decision. */
enum {
    STREAM_HOMES = 1,
    STREAM_PEOPLE,
    STREAM_COHORT,
    STREAM_KNOWN,
    STREAM_REFERENCES,
    STREAM_SAFETY
};

static const struct {
    const char *id;
    char letter;
    uint32_t adult_percent; /* known there, of the background */
    uint32_t child_percent;
} AGENCIES[DEMO_AGENCIES] = {
    [DEMO_POLICE] = {"police", 'P', 12, 4},
    [DEMO_HOUSING] = {"housing", 'H', 22, 24},
    [DEMO_CHILDRENS_CARE] = {"childrens-care", 'C', 0, 30},
    [DEMO_ADULTS_CARE] = {"adults-care", 'A', 9, 1},
    [DEMO_MH_TRUST] = {"mh-trust", 'M', 8, 3},
    [DEMO_GP] = {"gp", 'G', 92, 96},
    [DEMO_VOLUNTARY] = {"voluntary", 'V', 5, 4},
    [DEMO_HUB] = {"hub", 'X', 2, 1},
    [DEMO_REFUGE] = {"refuge", 'R', 1, 1},
    [DEMO_PROBATION] = {"probation", 'B', 3, 0},
};

const char *demo_agency_id(enum demo_agency agency) {
    ASSERT(agency < DEMO_AGENCIES);
    return AGENCIES[agency].id;
}

static const char *word_any(struct demo_random *random, enum demo_list list) {
    struct demo_words words = demo_words(list);
    return words.words[demo_random_below(random, (uint32_t)words.count)];
}

/* ---- homes --------------------------------------------------------------------------------- */

static void home_place(struct demo_household *home, struct demo_random *random) {
    size_t count = 0;
    const struct demo_place *places = demo_places(&count);
    const struct demo_place *place = &places[demo_random_below(random, (uint32_t)count)];
    /* Never used in the last two places of a postcode, so no letter box has one. */
    static const char NEVER[] = "CIKMOV";
    char first = NEVER[demo_random_below(random, 6)];
    char second = NEVER[demo_random_below(random, 6)];
    (void)snprintf(home->place, sizeof home->place, "%s", place->name);
    (void)snprintf(home->postcode, sizeof home->postcode, "%s %d%c%c", place->outward,
                   demo_random_between(random, 0, 9), first, second);
    (void)snprintf(home->address, sizeof home->address, "%d %s",
                   demo_random_between(random, 1, 180), word_any(random, DEMO_STREETS));
}

/* How many live together, out of 100 homes, and how many of them are children. */
static void home_people(struct demo_household *home, struct demo_random *random) {
    uint32_t draw = demo_random_below(random, 100);
    home->adults = draw < 34 ? 1 : draw < 92 ? 2 : 3;
    home->is_couple = home->adults >= 2 && demo_random_chance(random, 85);
    uint32_t children = 0;
    if (demo_random_chance(random, 42)) {
        children = 1 + demo_random_below(random, 4);
    }
    home->count = home->adults + children;
}

/* ---- people -------------------------------------------------------------------------------- */

/* The number `base` of nine digits with its check digit (modulo 11), or false where it has none. */
static bool nhs_write(uint32_t base, char out[static 11]) {
    (void)snprintf(out, 11, "%09u", base % 1000000000U);
    int sum = 0;
    for (int i = 0; i < 9; i++) {
        sum += (out[i] - '0') * (10 - i);
    }
    int check = (11 - sum % 11) % 11;
    if (check == 10) {
        return false;
    }
    out[9] = (char)('0' + check);
    out[10] = '\0';
    return true;
}

/* Every person has a range of 400 numbers to itself, so that no two are alike. */
static void person_number(const struct demo_world *world, uint32_t index,
                          struct demo_person *person) {
    struct demo_random random = demo_random_of(world->seed, 1000 + index);
    uint32_t base = 999000000U + index * 400U + demo_random_below(&random, 380);
    while (!nhs_write(base, person->nhs)) {
        base++;
    }
    bool mobile = demo_random_chance(&random, 70);
    (void)snprintf(person->phone, sizeof person->phone, mobile ? "07700 900%03u" : "0161 496 0%03u",
                   demo_random_below(&random, 1000));
}

static struct demo_date date_any(struct demo_random *random, int year_first, int year_last) {
    return (struct demo_date){.year = demo_random_between(random, year_first, year_last),
                              .month = demo_random_between(random, 1, 12),
                              .day = demo_random_between(random, 1, 28)};
}

static void person_make(struct demo_world *world, uint32_t index, uint32_t home_index,
                        struct demo_random *random) {
    struct demo_person *person = &world->people[index];
    const struct demo_household *home = &world->households[home_index];
    uint32_t place = index - home->first;
    person->household = home_index;
    person->is_adult = place < home->adults;
    const struct demo_person *head = &world->people[home->first];
    bool own_name = place == 0 || (place == 1 && demo_random_chance(random, 45));
    (void)snprintf(person->given, sizeof person->given, "%s", word_any(random, DEMO_GIVEN_NAMES));
    (void)snprintf(person->family, sizeof person->family, "%s",
                   own_name ? word_any(random, DEMO_FAMILY_NAMES) : head->family);
    person->born = person->is_adult ? date_any(random, DEMO_YEAR - 78, DEMO_YEAR - 21)
                                    : date_any(random, DEMO_YEAR - 16, DEMO_YEAR - 1);
    person_number(world, index, person);
}

/* ---- the lead family ----------------------------------------------------------------------- */

static void lead_person(struct demo_world *world, uint32_t index, const char *given,
                        const char *family, struct demo_date born) {
    struct demo_person *person = &world->people[index];
    (void)snprintf(person->given, sizeof person->given, "%s", given);
    (void)snprintf(person->family, sizeof person->family, "%s", family);
    person->born = born;
    person->is_adult = born.year < DEMO_YEAR - 18;
}

/* The first home: two parents and two children, so that every screenshot is plainly made up. */
static void lead_family(struct demo_world *world) {
    struct demo_household *home = &world->households[0];
    lead_person(world, 0, "Alex", "EXAMPLE", (struct demo_date){1988, 4, 12});
    lead_person(world, 1, "Sam", "SAMPLE", (struct demo_date){1990, 9, 3});
    lead_person(world, 2, "Jordan", "EXAMPLE", (struct demo_date){2014, 6, 21});
    lead_person(world, 3, "Riley", "EXAMPLE", (struct demo_date){2017, 11, 8});
    home->is_couple = true;
}

static void lead_known(struct demo_world *world) {
    const unsigned all = (1U << DEMO_AGENCIES) - 1U - (1U << DEMO_PROBATION);
    world->people[0].known_to |=
        1U << DEMO_POLICE | 1U << DEMO_HOUSING | 1U << DEMO_GP | 1U << DEMO_PROBATION;
    world->people[1].known_to |=
        1U << DEMO_HOUSING | 1U << DEMO_MH_TRUST | 1U << DEMO_GP | 1U << DEMO_REFUGE;
    world->people[2].known_to |= 1U << DEMO_HOUSING | 1U << DEMO_CHILDRENS_CARE | 1U << DEMO_GP;
    world->people[3].known_to = all;
}

uint32_t demo_lead_subject(const struct demo_world *world) {
    return world->households[0].first + 3;
}

uint32_t demo_lead_known(const struct demo_world *world, enum demo_agency agency) {
    return agency == DEMO_PROBATION ? world->households[0].first : demo_lead_subject(world);
}

/* ---- who is known where -------------------------------------------------------------------- */

/* Exactly `count` of the cohort, after mixing their order anew. */
static void cohort_known(struct demo_world *world, uint32_t *cohort, struct demo_random *random,
                         enum demo_agency agency, size_t count) {
    demo_random_shuffle(random, cohort, DEMO_COHORT);
    for (size_t i = 0; i < DEMO_COHORT; i++) {
        struct demo_person *person = &world->people[cohort[i]];
        person->known_to &= ~(1U << agency);
        person->known_to |= i < count ? 1U << agency : 0U;
    }
}

static void cohort_make(struct demo_world *world) {
    struct demo_random random = demo_random_of(world->seed, STREAM_COHORT);
    uint32_t adults[DEMO_PEOPLE];
    size_t count = 0;
    for (uint32_t i = world->households[0].count; i < DEMO_PEOPLE; i++) {
        if (world->people[i].is_adult) {
            adults[count++] = i;
        }
    }
    ASSERT(count >= DEMO_COHORT);
    demo_random_shuffle(&random, adults, count);
    for (size_t i = 0; i < DEMO_COHORT; i++) {
        world->people[adults[i]].in_cohort = true;
    }
    cohort_known(world, adults, &random, DEMO_POLICE, DEMO_COHORT_POLICE);
    cohort_known(world, adults, &random, DEMO_HOUSING, DEMO_COHORT_HOUSING);
    cohort_known(world, adults, &random, DEMO_ADULTS_CARE, DEMO_COHORT * 55 / 100);
    cohort_known(world, adults, &random, DEMO_MH_TRUST, DEMO_COHORT * 48 / 100);
    cohort_known(world, adults, &random, DEMO_GP, DEMO_COHORT * 85 / 100);
    cohort_known(world, adults, &random, DEMO_VOLUNTARY, DEMO_COHORT * 40 / 100);
    cohort_known(world, adults, &random, DEMO_HUB, DEMO_COHORT);
}

/* The agencies [first, end), from a stream of their own. */
static void background_known(struct demo_world *world, uint64_t stream, unsigned first,
                             unsigned end) {
    struct demo_random random = demo_random_of(world->seed, stream);
    for (size_t i = 0; i < DEMO_PEOPLE; i++) {
        struct demo_person *person = &world->people[i];
        for (unsigned agency = first; agency < end; agency++) {
            uint32_t percent =
                person->is_adult ? AGENCIES[agency].adult_percent : AGENCIES[agency].child_percent;
            person->known_to |= demo_random_chance(&random, percent) ? 1U << agency : 0U;
        }
    }
}

/* ---- the world ----------------------------------------------------------------------------- */

static void homes_make(struct demo_world *world) {
    struct demo_random random = demo_random_of(world->seed, STREAM_HOMES);
    uint32_t people = 0;
    while (people < DEMO_PEOPLE) {
        struct demo_household *home = &world->households[world->household_count];
        home->first = people;
        home_place(home, &random);
        home_people(home, &random);
        if (world->household_count == 0) {
            home->adults = 2;
            home->count = 4;
        }
        if (home->count > DEMO_PEOPLE - people) {
            home->count = DEMO_PEOPLE - people;
            home->adults = home->adults < home->count ? home->adults : home->count;
        }
        people += home->count;
        world->household_count++;
    }
}

static void people_make(struct demo_world *world) {
    struct demo_random random = demo_random_of(world->seed, STREAM_PEOPLE);
    for (uint32_t home = 0; home < world->household_count; home++) {
        for (uint32_t i = 0; i < world->households[home].count; i++) {
            person_make(world, world->households[home].first + i, home, &random);
        }
    }
}

struct lg_err demo_world_new(uint64_t seed, struct demo_world **out_world) {
    struct demo_world *world = calloc(1, sizeof *world);
    if (world == NULL) {
        return lg_err_make(LG_CLASS_LIMIT, LG_TOOLS, 1);
    }
    world->seed = seed;
    homes_make(world);
    people_make(world);
    lead_family(world);
    background_known(world, STREAM_KNOWN, 0, DEMO_REFUGE);
    background_known(world, STREAM_SAFETY, DEMO_REFUGE, DEMO_AGENCIES);
    lead_known(world);
    cohort_make(world);
    *out_world = world;
    return LG_OK;
}

void demo_world_free(struct demo_world **world) {
    free(*world);
    *world = NULL;
}

/* ---- what is asked of it ------------------------------------------------------------------- */

/* An odd multiplier that 5 does not divide walks all numbers below a million once. */
void demo_reference(const struct demo_world *world, enum demo_agency agency, uint32_t index,
                    char out[static 16]) {
    struct demo_random random = demo_random_of(world->seed, 100 + (uint64_t)agency);
    uint32_t multiplier = 10U * (1000U + demo_random_below(&random, 90000)) + 3U;
    uint32_t start = demo_random_below(&random, 1000000);
    uint64_t number = ((uint64_t)multiplier * index + start) % 1000000U;
    (void)snprintf(out, 16, "DEMO-%c-%06u", AGENCIES[agency].letter, (unsigned)number);
}

const char *demo_relation(const struct demo_world *world, uint32_t from, uint32_t to) {
    const struct demo_household *home = &world->households[world->people[from].household];
    uint32_t from_place = from - home->first;
    uint32_t to_place = to - home->first;
    if (home->is_couple && from_place < 2 && to_place < 2) {
        return "partner of";
    }
    if (from_place < 2 && from_place < home->adults && to_place >= home->adults) {
        return "parent of";
    }
    if (to_place < 2 && to_place < home->adults && from_place >= home->adults) {
        return "child of";
    }
    return "same household";
}

struct demo_statistics demo_statistics_of(const struct demo_world *world) {
    struct demo_statistics statistics = {.people = DEMO_PEOPLE,
                                         .households = (uint32_t)world->household_count};
    for (size_t i = 0; i < DEMO_PEOPLE; i++) {
        const struct demo_person *person = &world->people[i];
        statistics.children += person->is_adult ? 0 : 1;
        statistics.cohort += person->in_cohort ? 1 : 0;
        for (unsigned agency = 0; agency < DEMO_AGENCIES; agency++) {
            uint32_t known = demo_is_known(person, (enum demo_agency)agency) ? 1 : 0;
            statistics.known[agency] += known;
            statistics.cohort_known[agency] += person->in_cohort ? known : 0;
        }
    }
    return statistics;
}
