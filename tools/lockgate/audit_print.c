/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "gateway/base/bytes.h"
#include "tools/lockgate/audit_int.h"

static const char *kind_word(enum audit_kind kind) {
    static const char *const words[AUDIT_KIND_END] = {
        [AUDIT_ASK] = "question",
        [AUDIT_RELEASE] = "disclosure",
        [AUDIT_OUTCOME] = "outcome",
        [AUDIT_DENIAL] = "refusal",
        [AUDIT_SEARCH] = "search",
        [AUDIT_ERASURE] = "erasure",
        [AUDIT_AGREEMENT] = "agreement",
        [AUDIT_NODE_EPOCH] = "start of the log",
        [AUDIT_ROLLUP] = "rollup",
        [AUDIT_PAD] = "padding",
        [AUDIT_CONSENT] = "consent",
        [AUDIT_STOP] = "stop",
        [AUDIT_ENROL] = "enrolment",
        [AUDIT_REVIEW] = "review",
        [AUDIT_SUBJECT_ACCESS] = "subject access",
        [AUDIT_DUTY] = "duty",
        [AUDIT_INCIDENT] = "incident",
        [AUDIT_SUPPRESSION] = "suppression",
    };
    return words[kind] != NULL ? words[kind] : "entry of another version";
}

void audit_time_write(int64_t time_ms, bool is_exact, char out[static 64]) {
    struct tm when;
    time_t seconds = (time_t)(time_ms / 1000);
    if (gmtime_r(&seconds, &when) == NULL ||
        strftime(out, 64, is_exact ? "%d %b %Y %H:%M:%S UTC" : "%d %b %Y", &when) == 0) {
        out[0] = '\0';
    }
}

int64_t audit_signer_ms(const struct audit_signer *signer) {
    static const uint64_t year_10000_s = 253402300800;
    return signer->time_s < year_10000_s ? (int64_t)signer->time_s * 1000 : 0;
}

/* What the leaf of a source does not show is in the requester's receipt, and was checked. */
static bool detail_fill(const struct receipt_form *form, struct audit_entry *entry) {
    struct audit_detail detail;
    if (lg_failed(audit_detail_read(entry, form->detail, &detail))) {
        return false;
    }
    entry->time_ms = detail.time_ms;
    entry->requesting_agency = detail.requesting_agency;
    entry->purpose = detail.purpose;
    return true;
}

bool audit_words_read(const struct audit_fact *fact, struct audit_words *out_words) {
    struct audit_entry entry;
    if (lg_failed(audit_entry_decode(fact->proof.form.leaf, &entry))) {
        return false;
    }
    bool is_exact = !entry.is_part || detail_fill(&fact->proof.form, &entry);
    *out_words = (struct audit_words){.kind = kind_word(entry.kind),
                                      .from = entry.source_agency,
                                      .to = entry.requesting_agency,
                                      .under = entry.agreement,
                                      .purpose = entry.purpose};
    audit_time_write(entry.time_ms, is_exact, out_words->when);
    return true;
}

static void print_code(const char *before, struct span code) {
    if (code.len > 0) {
        printf("%s%.*s", before, (int)code.len, (const char *)code.ptr);
    }
}

static void print_entry(const struct audit_fact *fact) {
    struct audit_words words;
    if (!audit_words_read(fact, &words)) {
        return;
    }
    printf("entry      %s", words.kind);
    print_code(", from ", words.from);
    print_code(", to ", words.to);
    print_code(", under ", words.under);
    print_code(", for ", words.purpose);
    printf(", %s\n", words.when);
}

static void print_signer(const char *what, const struct audit_vkey *vkey) {
    char id[2 * sizeof vkey->id + 1];
    bytes_to_hex(span_of(vkey->id, sizeof vkey->id), id);
    printf("%s by %.*s (key %s)", what, (int)vkey->name.len, (const char *)vkey->name.ptr, id);
}

static void print_fact(const struct audit_check *check, const struct audit_fact *fact) {
    char hash[2 * AUDIT_HASH_SIZE + 1];
    bytes_to_hex(span_of(fact->verified.leaf_hash.bytes, AUDIT_HASH_SIZE), hash);
    printf("record     sha256 %.16s...  matches leaf %" PRIu64 "\n", hash, fact->proof.form.index);
    print_entry(fact);
    printf("path       %zu hashes  matches root of size %" PRIu64 "\n", fact->proof.form.path.count,
           fact->verified.size);
    if (fact->verified.earlier_size > 0) {
        printf("earlier    %zu hashes  the log begins with what it was at size %" PRIu64 "\n",
               fact->proof.earlier.path.count, fact->verified.earlier_size);
    }
    print_signer("checkpoint signed", &check->vkey);
    printf("\n");
    for (size_t i = 0; i < check->witness_count; i++) {
        char when[64];
        if (!fact->witnesses[i].has_signed) {
            continue;
        }
        audit_time_write(audit_signer_ms(&fact->witnesses[i]), true, when);
        print_signer("witness    seen", &check->witnesses[i]);
        printf(" at %s\n", when);
    }
    if (fact->matches_payload) {
        printf("payload    %zu bytes  match the commitment of leaf %" PRIu64 "\n",
               check->payload.len, fact->proof.form.index);
    }
}

void audit_facts_print(const struct audit_check *check) {
    for (size_t i = 0; i < check->fact_count; i++) {
        print_fact(check, &check->facts[i]);
    }
}
