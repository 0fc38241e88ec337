/* SPDX-License-Identifier: Apache-2.0 */
/* A store to test with, and made-up people whose tokens come without a key service. */
#ifndef TESTS_SUPPORT_STORE_SUPPORT_H
#define TESTS_SUPPORT_STORE_SUPPORT_H

#include "gateway/store/store.h"

enum { STORE_SUPPORT_PATH = 256, STORE_SUPPORT_QUARTER = 2026 * 4 + 3 };

struct store_support {
    char folder[STORE_SUPPORT_PATH];
    struct vault_key *root;
    struct store *store;
    struct store_reader *reader;
    struct arena *arena;
};

/* A fresh folder, key, store, reader and arena; fails the test where that fails. */
void store_support_init(struct store_support *support);
/* Closes all and removes the folder with what is in it. */
void store_support_done(struct store_support *support);
/* Closes and opens again on the same files, as after a restart. */
void store_support_reopen(struct store_support *support);

/* Empty parts are missing. */
struct made_person {
    const char *forename;
    const char *surname;
    const char *born;
    const char *postcode; /* with its space */
    const char *identifier;
};

/* Tokens of classes N, A, C, D, E as far as the parts are there; the count. epoch 1. */
size_t store_support_tokens(const struct made_person *person, struct store_token out[static 5]);
/* The record tag 00..00 number of an agency. */
struct record_tag store_support_tag(uint32_t number);
/* Enrols one person of an agency under "otr"; fails the test on an error. */
enum store_enrolled_how store_support_enrol(struct store_support *support, const char *agency,
                                            uint32_t number, const struct made_person *person);
/* The person of an agency's record; false where there is none. */
bool store_support_person(struct store_support *support, const char *agency, uint32_t number,
                          struct person_id *out_person);
/* Whether both records are there and of one person; fails the test where one is not there. */
bool store_support_joined(struct store_support *support, const char *agency_a, uint32_t number_a,
                          const char *agency_b, uint32_t number_b);
/* True where some file of the folder holds the bytes. */
bool store_support_folder_has(const struct store_support *support, struct span bytes);

#endif
