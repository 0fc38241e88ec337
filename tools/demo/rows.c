/* SPDX-License-Identifier: Apache-2.0 */
/* Rows drawn from a stream of their own for each agency, person and record, so that any of them can
 * be made alone and always comes out the same. */
#include "tools/demo/rows.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "tools/demo/names.h"

static struct demo_random stream_of(const struct demo_world *world, enum demo_agency agency,
                                    uint32_t index, uint32_t record) {
    uint64_t stream = 1000000U + (uint64_t)agency * 10000000U + (uint64_t)index * 100U + record;
    return demo_random_of(world->seed, stream);
}

static const char *word(struct demo_random *random, enum demo_list list) {
    struct demo_words words = demo_words(list);
    return words.words[demo_random_below(random, (uint32_t)words.count)];
}

/* One of the words of a list that ends in NULL. */
static const char *pick(struct demo_random *random, const char *const *words) {
    uint32_t count = 0;
    while (words[count] != NULL) {
        count++;
    }
    return words[demo_random_below(random, count)];
}

static void date_write(struct demo_date date, char out[static 11]) {
    (void)snprintf(out, 11, "%04u-%02u-%02u", (unsigned)date.year % 10000U,
                   (unsigned)date.month % 100U, (unsigned)date.day % 100U);
}

static void recent_date(struct demo_random *random, char out[static 11]) {
    struct demo_date date = {.year = demo_random_between(random, DEMO_YEAR - 2, DEMO_YEAR),
                             .month = demo_random_between(random, 1, 10),
                             .day = demo_random_between(random, 1, 28)};
    date_write(date, out);
}

/* ---- people -------------------------------------------------------------------------------- */

static void shout(char *text) {
    for (; *text != '\0'; text++) {
        *text = (char)toupper((unsigned char)*text);
    }
}

/* Small faults as every agency has them: one person in 30 moved and did not say so. The lead family
 * and the cohort are kept clean, so that the shares come out. */
static void row_faults(const struct demo_world *world, uint32_t index, struct demo_random *random,
                       struct demo_person_row *row) {
    const struct demo_person *person = &world->people[index];
    if (person->household == 0 || person->in_cohort || !demo_random_chance(random, 3)) {
        return;
    }
    const struct demo_household *other =
        &world->households[demo_random_below(random, (uint32_t)world->household_count)];
    (void)snprintf(row->postcode, sizeof row->postcode, "%s", other->postcode);
}

static void row_service(enum demo_agency agency, struct demo_random *random,
                        struct demo_person_row *row) {
    (void)snprintf(row->worker, sizeof row->worker, "%s", word(random, DEMO_WORKERS));
    (void)snprintf(row->worker_phone, sizeof row->worker_phone, "0161 496 0%u%02u",
                   (1U + (unsigned)agency) % 10U, demo_random_below(random, 100));
    recent_date(random, row->last_contact);
    row->confidential[0] = demo_random_chance(random, 1) ? 'Y' : 'N';
}

void demo_person_row(const struct demo_world *world, enum demo_agency agency, uint32_t index,
                     struct demo_person_row *out_row) {
    const struct demo_person *person = &world->people[index];
    const struct demo_household *home = &world->households[person->household];
    struct demo_random random = stream_of(world, agency, index, 99);
    *out_row = (struct demo_person_row){.ref = ""};
    demo_reference(world, agency, index, out_row->ref);
    (void)snprintf(out_row->family, sizeof out_row->family, "%s", person->family);
    (void)snprintf(out_row->given, sizeof out_row->given, "%s", person->given);
    if (agency == DEMO_POLICE) {
        shout(out_row->family);
    }
    date_write(person->born, out_row->born);
    (void)snprintf(out_row->postcode, sizeof out_row->postcode, "%s", home->postcode);
    (void)snprintf(out_row->address, sizeof out_row->address, "%s, %s, %s", home->address,
                   home->place, home->postcode);
    (void)snprintf(out_row->phone, sizeof out_row->phone, "%s", person->phone);
    (void)snprintf(out_row->nhs, sizeof out_row->nhs, "%s", person->nhs);
    row_service(agency, &random, out_row);
    row_faults(world, index, &random, out_row);
    if (person->household == 0 || person->in_cohort) {
        out_row->confidential[0] = 'N';
    }
}

/* ---- records ------------------------------------------------------------------------------- */

const struct demo_service *demo_service_of(enum demo_agency agency) {
    static const struct demo_service SERVICES[DEMO_AGENCIES] = {
        [DEMO_POLICE] = {"incidents",
                         {"occurred_on", "summary", "domestic_abuse", "marker", "conviction",
                          "intelligence"},
                         6,
                         4},
        [DEMO_HOUSING] = {"tenancies",
                          {"reviewed_on", "status", "arrears", "complaints", "condition"},
                          5,
                          1},
        [DEMO_CHILDRENS_CARE] = {"cases",
                                 {"opened_on", "status", "plan", "assessment", "attendance"},
                                 5,
                                 2},
        [DEMO_ADULTS_CARE] = {"cases",
                              {"opened_on", "status", "package", "enquiry", "capacity"},
                              5,
                              2},
        [DEMO_MH_TRUST] = {"episodes",
                           {"opened_on", "status", "risk", "diagnosis", "medication", "notes"},
                           6,
                           2},
        [DEMO_GP] = {"patients",
                     {"last_seen", "practice", "conditions", "medication", "notes"},
                     5,
                     1},
        [DEMO_VOLUNTARY] = {"clients", {"last_seen", "engagement", "plan", "disclosures"}, 4, 1},
        [DEMO_HUB] = {"plans", {"opened_on", "status", "lead"}, 3, 1},
        [DEMO_REFUGE] = {"stays", {"arrived_on", "status", "plan", "children", "notes"}, 5, 1},
        [DEMO_PROBATION] = {"orders", {"made_on", "status", "risk", "conditions", "ends_on"}, 5, 2},
    };
    ASSERT(agency < DEMO_AGENCIES);
    return &SERVICES[agency];
}

uint32_t demo_service_rows(const struct demo_world *world, enum demo_agency agency,
                           uint32_t index) {
    struct demo_random random = stream_of(world, agency, index, 98);
    return 1 + demo_random_below(&random, demo_service_of(agency)->records_max);
}

static void put(struct demo_service_row *row, size_t column, const char *text) {
    (void)snprintf(row->values[column], DEMO_TEXT, "%s", text);
}

static void police_row(struct demo_random *random, struct demo_service_row *row) {
    put(row, 1, word(random, DEMO_OFFENCES));
    put(row, 2, strncmp(row->values[1], "domestic", 8) == 0 ? "yes" : "no");
    put(row, 3,
        pick(random, (const char *const[]){"", "", "", "Visit in pairs", "Dog at address", NULL}));
    put(row, 4,
        pick(random, (const char *const[]){"none", "none", "none", "caution", "conviction", NULL}));
    put(row, 5, "Graded material, source protected");
}

static void housing_row(struct demo_random *random, struct demo_service_row *row) {
    put(row, 1,
        pick(random,
             (const char *const[]){"secure", "secure", "introductory", "notice served", NULL}));
    bool behind = demo_random_chance(random, 40);
    (void)snprintf(row->values[2], DEMO_TEXT, "%u",
                   behind ? 40U + demo_random_below(random, 2600) : 0U);
    (void)snprintf(row->values[3], DEMO_TEXT, "%u", demo_random_below(random, 4));
    put(row, 4,
        pick(random,
             (const char *const[]){"good", "fair", "damp reported", "repair overdue", NULL}));
}

static void childrens_row(struct demo_random *random, struct demo_service_row *row) {
    put(row, 1, pick(random, (const char *const[]){"open", "open", "closed", "step down", NULL}));
    put(row, 2,
        pick(random, (const char *const[]){"child in need", "child protection", "early help",
                                           "none", NULL}));
    put(row, 3,
        pick(random, (const char *const[]){"Home conditions improving", "Parent under strain",
                                           "Good support from wider family", "Assessment under way",
                                           NULL}));
    (void)snprintf(row->values[4], DEMO_TEXT, "%d %%", demo_random_between(random, 68, 99));
}

static void adults_row(struct demo_random *random, struct demo_service_row *row) {
    put(row, 1, pick(random, (const char *const[]){"open", "review due", "closed", NULL}));
    put(row, 2,
        pick(random, (const char *const[]){"none", "home care, 7 hours a week", "direct payment",
                                           "day centre", NULL}));
    put(row, 3,
        pick(random, (const char *const[]){"none", "none", "section 42 enquiry open",
                                           "enquiry closed", NULL}));
    put(row, 4,
        pick(random, (const char *const[]){"no concern", "assessed, has capacity", "assessment due",
                                           NULL}));
}

static void mental_row(struct demo_random *random, struct demo_service_row *row) {
    put(row, 1,
        pick(random,
             (const char *const[]){"open to community team", "discharged", "crisis team", NULL}));
    put(row, 2,
        pick(random,
             (const char *const[]){"low", "medium, plan in place", "high, seen weekly", NULL}));
    put(row, 3,
        pick(random, (const char *const[]){"moderate depression", "anxiety disorder",
                                           "under assessment", NULL}));
    put(row, 4, word(random, DEMO_MEDICINES));
    put(row, 5, "Seen at clinic; note for clinicians only");
}

static void gp_row(struct demo_random *random, struct demo_service_row *row) {
    put(row, 1, word(random, DEMO_PRACTICES));
    put(row, 2, word(random, DEMO_CONDITIONS));
    if (demo_random_chance(random, 30)) {
        (void)snprintf(row->values[2], DEMO_TEXT, "%s; %s", word(random, DEMO_CONDITIONS),
                       word(random, DEMO_CONDITIONS));
    }
    put(row, 3, word(random, DEMO_MEDICINES));
    put(row, 4, "Telephone consultation, advice given");
}

static void voluntary_row(struct demo_random *random, struct demo_service_row *row) {
    put(row, 1, pick(random, (const char *const[]){"engaged", "partly engaged", "n/a", NULL}));
    put(row, 2, word(random, DEMO_GOALS));
    put(row, 3, pick(random, (const char *const[]){"", "", "Talked about worries at home", NULL}));
}

static void hub_row(struct demo_random *random, struct demo_service_row *row) {
    put(row, 1, pick(random, (const char *const[]){"active", "active", "review", "closed", NULL}));
    put(row, 2, word(random, DEMO_WORKERS));
}

static void refuge_row(struct demo_random *random, struct demo_service_row *row) {
    put(row, 1, pick(random, (const char *const[]){"staying", "moved on", "outreach", NULL}));
    put(row, 2,
        pick(random, (const char *const[]){"Safe contact times agreed", "New school arranged",
                                           "Court order in place", NULL}));
    (void)snprintf(row->values[3], DEMO_TEXT, "%u", demo_random_below(random, 4));
    put(row, 4, "Room and routes; stays in the refuge");
}

static void probation_row(struct demo_random *random, struct demo_service_row *row) {
    put(row, 1,
        pick(random, (const char *const[]){"community order", "on licence", "suspended sentence",
                                           "ended", NULL}));
    put(row, 2, pick(random, (const char *const[]){"low", "medium", "medium", "high", NULL}));
    put(row, 3,
        pick(random, (const char *const[]){"Residence", "No contact with a named person",
                                           "Programme once a week", "Unpaid work", NULL}));
    struct demo_date end = {.year = demo_random_between(random, DEMO_YEAR + 1, DEMO_YEAR + 3),
                            .month = demo_random_between(random, 1, 12),
                            .day = demo_random_between(random, 1, 28)};
    date_write(end, row->values[4]);
}

/* A child is met by the police as somebody to look after. */
static void police_child(struct demo_random *random, struct demo_service_row *row) {
    put(row, 1,
        pick(random,
             (const char *const[]){"welfare check: concern for safety",
                                   "missing person: returned the same day",
                                   "domestic abuse: child present, neighbour called", NULL}));
    put(row, 2, strncmp(row->values[1], "domestic", 8) == 0 ? "yes" : "no");
    put(row, 3, "");
    put(row, 4, "none");
}

void demo_service_row(const struct demo_world *world, enum demo_agency agency, uint32_t index,
                      uint32_t record, struct demo_service_row *out_row) {
    static void (*const FILL[DEMO_AGENCIES])(struct demo_random *, struct demo_service_row *) = {
        [DEMO_POLICE] = police_row,
        [DEMO_HOUSING] = housing_row,
        [DEMO_CHILDRENS_CARE] = childrens_row,
        [DEMO_ADULTS_CARE] = adults_row,
        [DEMO_MH_TRUST] = mental_row,
        [DEMO_GP] = gp_row,
        [DEMO_VOLUNTARY] = voluntary_row,
        [DEMO_HUB] = hub_row,
        [DEMO_REFUGE] = refuge_row,
        [DEMO_PROBATION] = probation_row};
    struct demo_random random = stream_of(world, agency, index, record);
    *out_row = (struct demo_service_row){.number = ""};
    char ref[16];
    demo_reference(world, agency, index, ref);
    (void)snprintf(out_row->number, sizeof out_row->number, "%s/%u", ref, record % 10U + 1);
    recent_date(&random, out_row->values[0]);
    FILL[agency](&random, out_row);
    if (agency == DEMO_POLICE && !world->people[index].is_adult) {
        police_child(&random, out_row);
    }
}
