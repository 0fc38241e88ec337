/* SPDX-License-Identifier: Apache-2.0 */
/* Included by the changed copies of our sources that plants.py makes, and by nothing else. */
#ifndef TESTS_PLANTS_PLANT_H
#define TESTS_PLANTS_PLANT_H

#include <stdbool.h>

/* True where this run is to have the fault of that number: LOCKGATE_PLANT. */
bool plant_is(int number);

#endif
