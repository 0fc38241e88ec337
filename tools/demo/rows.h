/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of an agency's file: who they are, and what the service wrote down about them. */
#ifndef TOOLS_DEMO_ROWS_H
#define TOOLS_DEMO_ROWS_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/demo/world.h"

enum { DEMO_TEXT = 112, DEMO_SERVICE_COLUMNS = 8 };

/* A row of the agency's table of people. */
struct demo_person_row {
    char ref[16];
    char family[DEMO_TEXT];
    char given[DEMO_TEXT];
    char born[11]; /* YYYY-MM-DD */
    char postcode[9];
    char address[DEMO_TEXT];
    char phone[16];
    char nhs[11];
    char worker[32];
    char worker_phone[16];
    char last_contact[11];
    char confidential[2]; /* "Y" or "N" */
};

void demo_person_row(const struct demo_world *world, enum demo_agency agency, uint32_t index,
                     struct demo_person_row *out_row);

/* What an agency's table of records is called and has for columns after number and reference; the
 * first is the date. */
struct demo_service {
    const char *table;
    const char *columns[DEMO_SERVICE_COLUMNS];
    size_t column_count;
    uint32_t records_max; /* of one person; at least 1 each */
};
const struct demo_service *demo_service_of(enum demo_agency agency);

struct demo_service_row {
    char number[24];
    char values[DEMO_SERVICE_COLUMNS][DEMO_TEXT];
};

/* How many records the agency has of this person. */
uint32_t demo_service_rows(const struct demo_world *world, enum demo_agency agency, uint32_t index);
void demo_service_row(const struct demo_world *world, enum demo_agency agency, uint32_t index,
                      uint32_t record, struct demo_service_row *out_row);

#endif
