/* SPDX-License-Identifier: Apache-2.0 */
/* A book of agreements with a clock of its own, three parties with keys, and a log that is a list:
 * what was committed is applied again when the book is opened anew, as after a restart. */
#ifndef TESTS_SUPPORT_BOOK_WORLD_H
#define TESTS_SUPPORT_BOOK_WORLD_H

#include "gateway/agreement/book.h"

enum { BOOK_PARTIES = 3, BOOK_LOG_MAX = 96, BOOK_TEXT_SIZE = 8192, BOOK_KEYS = 6 };

/* The lead is the first. */
extern const char *const book_parties[BOOK_PARTIES];

struct book_logged {
    uint8_t body[AGREEMENT_BODY_SIZE_MAX];
    size_t len;
};

struct book_world {
    char folder[64];
    int64_t wall_ms;
    struct vault_key *keys[BOOK_KEYS]; /* of the parties in their order, then spare ones */
    struct config_party parties[BOOK_PARTIES];
    struct config_partnership registry;
    struct agreement_live *live;
    struct agreement_view view;
    struct agreement_book *book;
    struct book_logged log[BOOK_LOG_MAX];
    size_t log_count;
    uint64_t unlogged; /* entries that were applied and are not in the log */
    void (*on_fits)(struct book_world *world); /* whenever a text was compiled; NULL: nothing */
    bool unfit;                                /* this gateway cannot evaluate anything */
    size_t changes;
    struct agreement_ground ground; /* counts from the next reopening on */
    const char *agreement;          /* that acts and questions are about; NULL: otr */
    bool signs_reports;             /* lines name the reports of the proposal: so it is at first */
    struct diag diag;
};

/* cmocka fixtures. The clock stands at 2026-03-28 12:00 UTC, the day before clocks go forward. */
int book_world_setup(void **state);
int book_world_teardown(void **state);
/* Closes the book and opens it from its log and files. *broken versions. */
size_t book_world_reopen(struct book_world *world);

/* What a text says, where it does not matter: version 1, a year from 2026-01-01, all parties. */
struct book_text {
    uint32_t version;
    uint32_t replaces; /* 0: not said */
    const char *from;
    const char *to;
    const char *review;
    const char *needed;
    size_t keys[BOOK_PARTIES]; /* index + 1 in world->keys; 0: the party's own; 99: none */
};
const char *book_text_make(const struct book_world *world, const struct book_text *text,
                           char out[static BOOK_TEXT_SIZE]);

/* An act as an officer of a party sends it, committed and applied. */
LG_MUST_USE struct lg_err book_propose(struct book_world *world, const char *text, size_t party);
LG_MUST_USE struct lg_err book_activate(struct book_world *world, uint32_t version, size_t party);
/* A signed act over a text; key: index in world->keys. */
struct book_signed {
    enum agreement_act act;
    const char *text;
    size_t party;
    size_t key;
    int32_t day; /* 0: none */
    const char *reason;
};
LG_MUST_USE struct lg_err book_signed_do(struct book_world *world, const struct book_signed *act);
/* The line of such an act at the world's time; static until the next call. */
struct span book_line(struct book_world *world, const struct book_signed *act);
LG_MUST_USE struct lg_err book_wish_do(struct book_world *world, const struct agreement_wish *wish);
/* An entry that no check was asked about, as a log of before may have it; not in the list. */
void book_entry_apply(struct book_world *world, struct span body);
/* Signed by each party with its own key, one second apart; activated by the lead. */
void book_bring_into_force(struct book_world *world, const char *text, uint32_t version);

enum agreement_state book_state(struct book_world *world, uint32_t version);
/* What is in force at a moment of the world; NULL: nothing. */
const struct policy_force *book_force(struct book_world *world, int64_t at_s);
int32_t book_day(const char *text);

#endif
