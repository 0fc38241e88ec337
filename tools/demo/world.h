/* SPDX-License-Identifier: Apache-2.0 */
/* Made-up people of a made-up partnership (design/tools.md 3): households, who belongs to whom, and
 * which agency knows whom. The same seed gives the same world.
 *
 * Every value looks real and cannot be: NHS numbers of the range 999 with a valid check digit,
 * telephone numbers set aside for drama, postcodes of the right area with inward letters that are
 * never used there, references that begin with DEMO-. The lead family is called EXAMPLE. */
#ifndef TOOLS_DEMO_WORLD_H
#define TOOLS_DEMO_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/err.h"
#include "tools/demo/random.h"

enum {
    DEMO_PEOPLE = 2000,
    DEMO_COHORT = 120,        /* adults with complex needs */
    DEMO_COHORT_POLICE = 96,  /* 80 % of them */
    DEMO_COHORT_HOUSING = 76, /* 63 % of them, rounded */
    DEMO_HOUSEHOLD_MAX = 7,
    DEMO_CANARIES = 500,
    DEMO_YEAR = 2026, /* ages are those of this year */
};

enum demo_agency {
    DEMO_POLICE,
    DEMO_HOUSING,
    DEMO_CHILDRENS_CARE,
    DEMO_ADULTS_CARE,
    DEMO_MH_TRUST,
    DEMO_GP,
    DEMO_VOLUNTARY,
    DEMO_HUB,
    DEMO_REFUGE,
    DEMO_PROBATION,
    DEMO_AGENCIES,
};

/* Id of the party, such as "childrens-care"; a static string. */
const char *demo_agency_id(enum demo_agency agency);

struct demo_date {
    int year;
    int month;
    int day;
};

struct demo_person {
    char given[32];
    char family[32];
    struct demo_date born;
    char nhs[11]; /* ten digits */
    char phone[16];
    uint32_t household; /* index */
    bool is_adult;
    bool in_cohort;
    unsigned known_to; /* bits 1 << enum demo_agency */
};

struct demo_household {
    uint32_t first; /* its people are first to first + count - 1; adults before children */
    uint32_t count;
    uint32_t adults;
    char address[64];
    char place[32];
    char postcode[9];
    bool is_couple; /* its first two adults are partners */
};

struct demo_world {
    uint64_t seed;
    struct demo_person people[DEMO_PEOPLE];
    struct demo_household households[DEMO_PEOPLE];
    size_t household_count;
};

/* LIMIT when there is no memory. The caller frees the world. */
LG_MUST_USE struct lg_err demo_world_new(uint64_t seed, struct demo_world **out_world);
void demo_world_free(struct demo_world **world);

static inline bool demo_is_known(const struct demo_person *person, enum demo_agency agency) {
    return (person->known_to >> agency & 1U) != 0;
}

/* The agency's own reference of person `index`, such as "DEMO-P-048812"; unlike at other agencies.
 */
void demo_reference(const struct demo_world *world, enum demo_agency agency, uint32_t index,
                    char out[static 16]);

/* "parent of", "child of", "partner of" or "same household": what `from` is to `to`, two different
 * people of one household. A static string. */
const char *demo_relation(const struct demo_world *world, uint32_t from, uint32_t to);

/* The person whom the demo asks about: the second child of the lead family. */
uint32_t demo_lead_subject(const struct demo_world *world);
/* The one of the lead family whom this agency knows: that child, but for probation. */
uint32_t demo_lead_known(const struct demo_world *world, enum demo_agency agency);

struct demo_statistics {
    uint32_t people;
    uint32_t children;
    uint32_t households;
    uint32_t cohort;
    uint32_t known[DEMO_AGENCIES];
    uint32_t cohort_known[DEMO_AGENCIES];
};
struct demo_statistics demo_statistics_of(const struct demo_world *world);

#endif
