/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "tools/lockgate/person_print.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "gateway/audit/audit.h"
#include "gateway/wire/disclosures.h"

enum { RECEIPT_WRONG = 211 };

static const char *state_name(enum source_state state) {
    switch (state) {
    case SOURCE_ANSWERED:
        return "answered";
    case SOURCE_WITHHELD_BY_CONSENT:
        return "withheld by consent";
    case SOURCE_NOT_PERMITTED:
        return "not permitted";
    case SOURCE_NOTHING_TO_SHOW:
        return "nothing to show";
    case SOURCE_NO_ANSWER_IN_TIME:
        return "no answer in time";
    case SOURCE_UNAVAILABLE:
        return "unavailable";
    case SOURCE_WITHHELD_BY_SOURCE:
        return "withheld by the source";
    }
    return "unknown state";
}

static const char *standing_name(enum standing standing) {
    switch (standing) {
    case STANDING_FACT:
        return "fact";
    case STANDING_REPORTED:
        return "reported";
    case STANDING_ASSUMED:
        return "assumed";
    case STANDING_UNKNOWN:
        break;
    }
    return "standing not stated";
}

static const char *decision_name(enum decision decision) {
    switch (decision) {
    case DECISION_PERMIT:
        return "Shared";
    case DECISION_PARTIAL:
        return "Shared in part";
    case DECISION_REFUSE:
        break;
    }
    return "Refused";
}

void person_verdict_print(const struct verdict *verdict) {
    (void)printf("%s  %.*s  under agreement %.*s, version %" PRIu32 "\n",
                 decision_name(verdict->decision), (int)verdict->code.len,
                 (const char *)verdict->code.ptr, (int)verdict->agreement.len,
                 (const char *)verdict->agreement.ptr, verdict->agreement_version);
    if (verdict->sentence.len > 0) {
        (void)printf("  %.*s\n", (int)verdict->sentence.len, (const char *)verdict->sentence.ptr);
    }
    if (verdict->remedy.len > 0) {
        (void)printf("  %.*s\n", (int)verdict->remedy.len, (const char *)verdict->remedy.ptr);
    }
}

/* ---- one agency ---------------------------------------------------------------------------- */

static void item_print(const struct released_item *item) {
    (void)printf("    %-34.*s %.*s  (%s", (int)item->item.len, (const char *)item->item.ptr,
                 (int)item->value.len, (const char *)item->value.ptr,
                 standing_name(item->standing));
    if (item->date.len > 0) {
        (void)printf(", %.*s", (int)item->date.len, (const char *)item->date.ptr);
    }
    if (item->treatment == TREATMENT_GENERALISE) {
        (void)printf("; generalised: %.*s", (int)item->rule.len, (const char *)item->rule.ptr);
    }
    (void)printf("%s)\n", item->treatment == TREATMENT_PSEUDONYMISE ? "; pseudonym" : "");
}

static void records_print(const struct extract *extract) {
    for (size_t i = 0; i < extract->record_count; i++) {
        const struct released_record *record = &extract->records[i];
        for (size_t j = 0; j < record->item_count; j++) {
            item_print(&record->items[j]);
        }
        for (size_t j = 0; j < record->link_count; j++) {
            (void)printf("    linked person                      %.*s %.*s\n",
                         (int)record->links[j].relation.len,
                         (const char *)record->links[j].relation.ptr,
                         (int)record->links[j].pseudonym.text.len,
                         (const char *)record->links[j].pseudonym.text.ptr);
        }
    }
}

static bool same_reason(const struct held_back *a, const struct held_back *b) {
    return span_equal(a->code, b->code) && span_equal(a->clause, b->clause) &&
           span_equal(a->sentence, b->sentence);
}

/* One line for all items that were held back for the same reason. */
static void held_back_print(const struct extract *extract) {
    for (size_t i = 0; i < extract->held_back_count; i++) {
        const struct held_back *held = &extract->held_back[i];
        bool seen = false;
        for (size_t j = 0; j < i; j++) {
            seen = seen || same_reason(held, &extract->held_back[j]);
        }
        if (seen) {
            continue;
        }
        (void)printf("    held back  %.*s", (int)held->code.len, (const char *)held->code.ptr);
        if (held->clause.len > 0) {
            (void)printf(", clause %.*s", (int)held->clause.len, (const char *)held->clause.ptr);
        }
        (void)printf(": %.*s\n              ", (int)held->sentence.len,
                     (const char *)held->sentence.ptr);
        for (size_t j = i; j < extract->held_back_count; j++) {
            if (same_reason(held, &extract->held_back[j])) {
                (void)printf(" %.*s", (int)extract->held_back[j].item.len,
                             (const char *)extract->held_back[j].item.ptr);
            }
        }
        (void)printf("\n");
    }
}

static void as_of_print(int64_t as_of_s) {
    time_t when = (time_t)as_of_s;
    struct tm parts;
    char text[32];
    if (as_of_s > 0 && gmtime_r(&when, &parts) != NULL &&
        strftime(text, sizeof text, "%d %b %Y", &parts) > 0) {
        (void)printf(", as of %s", text);
    }
}

static void extract_print(const struct extract *extract) {
    (void)printf("\n%-16.*s %s", (int)extract->source.len, (const char *)extract->source.ptr,
                 state_name(extract->state));
    if (extract->state == SOURCE_ANSWERED) {
        as_of_print(extract->as_of_s);
    }
    (void)printf("\n");
    if (extract->sentence.len > 0) {
        (void)printf("    %.*s\n", (int)extract->sentence.len, (const char *)extract->sentence.ptr);
    }
    records_print(extract);
    held_back_print(extract);
}

/* ---- the whole answer ---------------------------------------------------------------------- */

static void duties_print(const struct duties *duties) {
    if (duties->keep_days > 0) {
        (void)printf("Keep at most %" PRIu32 " days; pass on: %.*s\n", duties->keep_days,
                     (int)duties->onward.len, (const char *)duties->onward.ptr);
    }
}

static struct lg_err part_read(const struct reply_part *part, struct arena *arena,
                               struct extract *out_extract) {
    struct wire_report report;
    return wire_source_result_decode(arena, part->result, &report, out_extract);
}

static struct lg_err receipts_print(const struct ask_reply *reply, struct arena *arena) {
    (void)printf("\nReceipts\n");
    for (size_t i = 0; i < reply->part_count; i++) {
        struct extract extract;
        TRY(part_read(&reply->parts[i], arena, &extract));
        (void)printf("  %-16.*s leaf %" PRIu64 ", %zu hashes to the root\n",
                     (int)extract.source.len, (const char *)extract.source.ptr,
                     reply->parts[i].receipt.index, reply->parts[i].receipt.path.count);
    }
    if (reply->has_refusal_receipt) {
        (void)printf("  %-16s leaf %" PRIu64 ", %zu hashes to the root\n", "refusal",
                     reply->refusal_receipt.index, reply->refusal_receipt.path.count);
    }
    return LG_OK;
}

struct lg_err person_answer_print(const struct ask_reply *reply, struct arena *arena) {
    person_verdict_print(&reply->verdict);
    if (reply->pseudonym.len > 0) {
        (void)printf("Person  %.*s\n", (int)reply->pseudonym.len,
                     (const char *)reply->pseudonym.ptr);
    }
    for (size_t i = 0; i < reply->part_count; i++) {
        struct extract extract;
        TRY(part_read(&reply->parts[i], arena, &extract));
        extract_print(&extract);
    }
    (void)printf("\n");
    duties_print(&reply->duties);
    return receipts_print(reply, arena);
}

/* ---- files --------------------------------------------------------------------------------- */

static struct lg_err receipt_wrong(struct diag *diag, const char *path) {
    diag_set(diag, 0, "%s: %s", path, strerror(errno));
    return lg_err_make(LG_CLASS_STORE, LG_TOOLS, RECEIPT_WRONG);
}

static struct lg_err file_write(const char *folder, struct span name, const char *ending,
                                struct span bytes, struct diag *diag) {
    char path[4096];
    int len = snprintf(path, sizeof path, "%s/%.*s.%s", folder, (int)name.len,
                       (const char *)name.ptr, ending);
    bool fits = len > 0 && (size_t)len < sizeof path;
    FILE *file = fits ? fopen(path, "wbe") : NULL;
    if (file == NULL) {
        return receipt_wrong(diag, fits ? path : folder);
    }
    bool written = fwrite(bytes.ptr, 1, bytes.len, file) == bytes.len;
    return fclose(file) == 0 && written ? LG_OK : receipt_wrong(diag, path);
}

static struct lg_err proof_file(const struct receipt_form *form, const struct ask_reply *reply,
                                struct arena *arena, struct span *out_text) {
    return audit_proof_write(form, reply->checkpoint, arena, out_text);
}

struct lg_err person_receipts_write(const struct ask_reply *reply, const char *folder,
                                    struct arena *arena, struct diag *diag) {
    struct span text;
    if (mkdir(folder, 0700) != 0 && errno != EEXIST) {
        return receipt_wrong(diag, folder);
    }
    for (size_t i = 0; i < reply->part_count; i++) {
        const struct reply_part *part = &reply->parts[i];
        struct extract extract;
        TRY(part_read(part, arena, &extract));
        TRY(proof_file(&part->receipt, reply, arena, &text));
        TRY(file_write(folder, extract.source, "proof", text, diag));
        TRY(file_write(folder, extract.source, "part", part->result, diag));
    }
    if (reply->has_refusal_receipt) {
        TRY(proof_file(&reply->refusal_receipt, reply, arena, &text));
        TRY(file_write(folder, span_text("refusal"), "proof", text, diag));
    }
    return LG_OK;
}
