/* SPDX-License-Identifier: Apache-2.0 */
/* What checking receipts offline finds, and the two ways to show it. */
#ifndef TOOLS_LOCKGATE_AUDIT_INT_H
#define TOOLS_LOCKGATE_AUDIT_INT_H

#include <stdbool.h>

#include "gateway/audit/audit.h"
#include "gateway/audit/note.h"

/* One receipt that holds. */
struct audit_fact {
    struct audit_proof proof;
    struct audit_verified verified;
    struct span text; /* the receipt itself, as it was read */
    struct audit_signer witnesses[LIMIT_WITNESS_COUNT];
    bool matches_payload;
};

/* Everything that was checked. */
struct audit_check {
    struct audit_vkey vkey;
    struct audit_vkey witnesses[LIMIT_WITNESS_COUNT];
    size_t witness_count;
    size_t quorum; /* of the witnesses, for each receipt */
    bool has_payload;
    struct span payload;
    struct audit_fact *facts;
    size_t fact_count;
};

/* What a leaf says in words: kind, from, to, under, for, when. Parts of it are empty where it does
 * not say. */
struct audit_words {
    const char *kind;
    struct span from;
    struct span to;
    struct span under;
    struct span purpose;
    char when[64];
};
/* False for a leaf that is no entry of ours. */
bool audit_words_read(const struct audit_fact *fact, struct audit_words *out_words);
/* "14 Jul 2026 09:41:07 UTC", or the day alone; "" where it is out of range. */
void audit_time_write(int64_t time_ms, bool is_exact, char out[static 64]);

/* When a witness signed, as it says; 1970 for a time that nobody has. */
int64_t audit_signer_ms(const struct audit_signer *signer);

/* Lines on stdout (audit_print.c). */
void audit_facts_print(const struct audit_check *check);
/* One page of HTML on stdout, complete in itself, to print and to keep (audit_page.c). */
void audit_page_print(const struct audit_check *check);

#endif
