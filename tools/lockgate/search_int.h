/* SPDX-License-Identifier: Apache-2.0 */
/* What searching, following and exporting share. */
#ifndef TOOLS_LOCKGATE_SEARCH_INT_H
#define TOOLS_LOCKGATE_SEARCH_INT_H

#include <stdbool.h>

#include "gateway/audit/audit.h"
#include "gateway/wire/audit_search.h"
#include "tools/lockgate/asking.h"

struct search_options {
    const char *config;
    const char *identity;
    const char *key;   /* --key: the log's verifier key; needed to export */
    const char *since; /* --since YYYY-MM-DD */
    const char *until; /* --until YYYY-MM-DD, included */
    const char *every; /* --every SECONDS, of tail */
    const char *times; /* --times N, of tail */
    bool is_json;
    struct question question;
    struct wire_audit_search_request request;
    uint8_t question_id[MODEL_REQUEST_ID_SIZE];
    uint32_t every_s;
    uint32_t times_max; /* 0: until it is stopped */
};

/* False, after a line to stderr, for wrong usage. */
bool search_options_read(int argc, char **argv, struct search_options *out_options);

/* One command under way. */
struct search {
    struct search_options options;
    struct asking asking;
    struct audit_vkey vkey;
    struct span vkey_text;
};

/* Ways to the gateway, and the person where one is looked for. Errors of both. */
LG_MUST_USE struct lg_err search_open(struct search *search, struct wire_find_reply *out_found);
/* The key of --key, in the arena. CONFIG with the diag. */
LG_MUST_USE struct lg_err search_key_read(const char *path, struct arena *arena, struct diag *diag,
                                          struct audit_vkey *out_vkey);
/* A table on stdout: a line an entry, those of one question below each other. */
void search_hits_print(const struct wire_audit_search_reply *reply);
void search_hit_print(const struct wire_audit_hit *hit);

#endif
