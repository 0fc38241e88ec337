/* SPDX-License-Identifier: Apache-2.0 */
/* Differences in words, and as JSON. */
#include <inttypes.h>
#include <stdio.h>

#include "gateway/base/bytes.h"
#include "tools/lockgate/audit_int.h"
#include "tools/lockgate/json.h"
#include "tools/lockgate/reconcile_int.h"

struct kind_words {
    const char *name;
    const char *words;
};

static const struct kind_words KINDS[RECONCILE_KIND_END] = {
    [RECONCILE_LEFT_WITHOUT_LEAF] =
        {"left-without-leaf",
         "An answer left the source, and the log has no leaf for it. The question may have been "
         "given up, or its answer was passed on without the log."},
    [RECONCILE_LEAF_WITHOUT_RECORD] =
        {"leaf-without-record",
         "The log says that the source was asked and something was released, and the source has "
         "no record that it was. It may not have been reached, or the answer was not its own."},
    [RECONCILE_RELEASED_THOUGH_WITHHELD] =
        {"released-though-withheld",
         "The source withheld, and the log says that it answered and that was released."},
    [RECONCILE_RELEASED_THOUGH_NOTHING_LEFT] =
        {"released-though-nothing-left",
         "No record left the source, and the log says that it answered and that was released."},
    [RECONCILE_AGREEMENT_DIFFERS] =
        {"agreement-differs",
         "The source was asked under another agreement, or version, than the log says."},
    [RECONCILE_ITEMS_DIFFER] = {"items-differ",
                                "The source was asked for other items than the log says."},
    [RECONCILE_DAY_DIFFERS] = {"day-differs",
                               "Record and log put it more than a day apart: a clock is wrong, or "
                               "the leaf is of another call."},
    [RECONCILE_COMMITMENT_DIFFERS] =
        {"commitment-differs",
         "The receipt commits to another answer than the log has at this position: the log that "
         "is shown now is not the one that the receipt was made from."},
    [RECONCILE_LEAF_DIFFERS] =
        {"leaf-differs", "The receipt is of another leaf than the log has at this position, of "
                         "another call, or one of two that differ for one call."},
    [RECONCILE_RECEIPT_UNPROVEN] =
        {"receipt-unproven",
         "A receipt is kept that the log does not prove: it was changed, is of another log, or "
         "the log does not show its leaf."},
    [RECONCILE_RECEIPT_MISSING] =
        {"receipt-missing",
         "The log has the leaf, and its receipt never reached the source. The leaf itself agrees."},
    [RECONCILE_ASKED_TWICE] = {"asked-twice",
                               "The source was asked twice under one call reference."},
    [RECONCILE_MORE_THAN_LEFT] =
        {"more-than-left", "The recipient's receipt counts more records than left the source."},
    [RECONCILE_RECEIPT_NOT_KEPT] =
        {"receipt-not-kept",
         "The log says that something was released to this agency, and no receipt of it is among "
         "those that were given."},
    [RECONCILE_ANSWER_DIFFERS] =
        {"answer-differs",
         "The answer beside the receipt is not the one that the receipt commits to."},
    [RECONCILE_RECORD_DAMAGED] =
        {"record-damaged",
         "The source's record was damaged: something in it was changed or taken out after it was "
         "written."},
    [RECONCILE_RECEIPT_WITHOUT_ANSWER] =
        {"receipt-without-answer",
         "The source's record has a receipt for a call, and no answer to it: the answer was taken "
         "out of the record, or the log has a call that the source never answered."},
    [RECONCILE_COUNT_DIFFERS] =
        {"count-differs",
         "The answer beside the receipt holds another number of records than the log says."},
};

const char *reconcile_kind_name(enum reconcile_kind kind) {
    return KINDS[kind].name;
}

const char *reconcile_kind_words(enum reconcile_kind kind) {
    return KINDS[kind].words;
}

static void call_hex(const struct reconcile_difference *difference,
                     char out[static 2 * MODEL_CALL_REFERENCE_SIZE + 1]) {
    bytes_to_hex(span_of(difference->call.bytes, sizeof difference->call.bytes), out);
}

/* ---- lines ----------------------------------------------------------------------------------- */

static void difference_print(const struct reconcile_difference *difference) {
    char hex[2 * MODEL_CALL_REFERENCE_SIZE + 1];
    char day[64];
    (void)printf("%s\n", reconcile_kind_name(difference->kind));
    if (difference->damage != NULL) {
        (void)printf("  file %" PRIu32 " of the record, byte %" PRIu64 "\n",
                     difference->damage->number, difference->damage->at);
    } else {
        if (difference->time_ms > 0) {
            audit_time_write(difference->time_ms, false, day);
            (void)printf("  %s", day);
        }
        if (difference->has_index) {
            (void)printf("  log entry %" PRIu64, difference->index);
        }
        if (difference->has_call) {
            call_hex(difference, hex);
            (void)printf("  call %s", hex);
        }
        if (difference->agreement.len > 0) {
            (void)printf("  under %.*s", (int)difference->agreement.len,
                         (const char *)difference->agreement.ptr);
        }
        (void)printf("\n");
    }
    if (difference->file.len > 0) {
        (void)printf("  in %.*s\n", (int)difference->file.len, (const char *)difference->file.ptr);
    }
    (void)printf("  %s\n", reconcile_kind_words(difference->kind));
}

void reconcile_print(const struct reconcile *it) {
    for (size_t i = 0; i < it->difference_count; i++) {
        difference_print(&it->differences[i]);
    }
    if (it->has_record) {
        (void)printf("Record: %zu answers in files %" PRIu32 " to %" PRIu32 ".\n", it->left_count,
                     it->record.first, it->record.last);
        if (it->record.torn > 0) {
            (void)printf("%" PRIu64 " bytes of it are no entry: a stop in the middle of writing "
                         "leaves some. What had been acknowledged is told above where it is "
                         "damaged.\n",
                         it->record.torn);
        }
    }
    if (it->has_kept) {
        (void)printf("Receipts: %zu", it->kept_count);
        if (it->others > 0) {
            (void)printf(", %" PRIu64 " of them about other agencies, not compared", it->others);
        }
        (void)printf(".\n");
    }
    (void)printf("Log: %zu leaves, each proven.\n", it->leaf_count);
    if (it->pending > 0) {
        (void)printf("%" PRIu64 " are too new to tell: compare again later.\n", it->pending);
    }
    if (it->unreached > 0) {
        (void)printf("%" PRIu64 " leaves say HIDDEN and have no record: the source was not reached "
                     "then, or was never asked. The agency that asked can tell.\n",
                     it->unreached);
    }
    if (it->unknown > 0) {
        (void)printf("%" PRIu64 " leaves do not show who asked, and no receipt of them is kept: "
                     "the person was erased since, or the gateway holds it back.\n",
                     it->unknown);
    }
    (void)printf("%" PRIu64 " agree, %zu differences%s.\n", it->agreed, it->difference_count,
                 it->more > 0 ? ", and more than can be listed" : "");
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static void difference_json(const struct reconcile_difference *difference) {
    char hex[2 * MODEL_CALL_REFERENCE_SIZE + 1];
    (void)printf("{\"kind\":\"%s\"", reconcile_kind_name(difference->kind));
    if (difference->has_call) {
        call_hex(difference, hex);
        (void)printf(",\"call\":\"%s\"", hex);
    }
    if (difference->has_index) {
        (void)printf(",\"index\":%" PRIu64, difference->index);
    }
    if (difference->damage != NULL) {
        (void)printf(",\"record_file\":%" PRIu32 ",\"record_at\":%" PRIu64,
                     difference->damage->number, difference->damage->at);
    }
    if (difference->time_ms > 0) {
        (void)printf(",\"time_ms\":%" PRId64, difference->time_ms);
    }
    (void)printf(",\"agreement\":");
    json_text(stdout, difference->agreement);
    (void)printf(",\"file\":");
    json_text(stdout, difference->file);
    (void)printf(",\"words\":\"%s\"}", reconcile_kind_words(difference->kind));
}

void reconcile_print_json(const struct reconcile *it) {
    (void)printf("{\"differences\":[");
    for (size_t i = 0; i < it->difference_count; i++) {
        (void)printf("%s", i == 0 ? "\n" : ",\n");
        difference_json(&it->differences[i]);
    }
    (void)printf("],\n\"more\":%" PRIu64 ",\"agreed\":%" PRIu64 ",\"pending\":%" PRIu64
                 ",\"unreached\":%" PRIu64 ",\"other_receipts\":%" PRIu64 ",\"unknown\":%" PRIu64
                 ",\"answers\":%zu,\"leaves\":%zu,\"receipts\":%zu,"
                 "\"unread_bytes\":%" PRIu64 "}\n",
                 it->more, it->agreed, it->pending, it->unreached, it->others, it->unknown,
                 it->left_count, it->leaf_count, it->kept_count, it->record.torn);
}
