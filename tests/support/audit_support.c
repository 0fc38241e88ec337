/* SPDX-License-Identifier: Apache-2.0 */
#define _XOPEN_SOURCE 700
#include "tests/support/audit_support.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct lg_err key_of(struct audit_support *support, struct span who, uint32_t quarter,
                            struct vault_key **out_key) {
    struct vault_label label = {.purpose = "test subject", .scheme = who, .epoch = quarter};
    return vault_key_derive(support->root, &label, VAULT_KIND_SECRET, out_key);
}

static struct lg_err subject_key(void *ctx, const struct person_id *person, uint32_t quarter,
                                 struct vault_key **out_key) {
    return key_of(ctx, span_of(person->bytes, sizeof person->bytes), quarter, out_key);
}

static struct lg_err nobody_key(void *ctx, uint32_t quarter, struct vault_key **out_key) {
    return key_of(ctx, span_text("nobody"), quarter, out_key);
}

static struct lg_err each_key(void *ctx, uint32_t quarter, audit_on_key_fn on_key, void *on_ctx) {
    struct audit_support *support = ctx;
    bool go_on = true;
    for (size_t i = 0; i < support->people_count && go_on; i++) {
        struct vault_key *key = NULL;
        TRY(subject_key(ctx, &support->people[i], quarter, &key));
        go_on = on_key(on_ctx, key);
        vault_key_free(&key);
    }
    return LG_OK;
}

static int64_t now_ms(void *ctx) {
    return ((struct audit_support *)ctx)->now_ms;
}

void audit_support_init(struct audit_support *support) {
    struct vault_report report;
    const char *base = getenv("TMPDIR");
    *support = (struct audit_support){.now_ms = INT64_C(1795435200000)};
    assert_false(lg_failed(vault_init(&report)));
    snprintf(support->folder, sizeof support->folder, "%s/lockgate-audit-XXXXXX",
             base != NULL ? base : "/tmp");
    assert_non_null(mkdtemp(support->folder));
    assert_false(lg_failed(vault_key_new(VAULT_KIND_SECRET, &support->root)));
    assert_false(lg_failed(vault_key_new(VAULT_KIND_SIGN, &support->sign)));
    support->config = (struct audit_config){
        .folder = support->folder,
        .origin = "log.partnership.example",
        .sign_key = support->sign,
        .clock = {.wall_ms = now_ms, .mono_ms = now_ms, .ctx = support},
        .keys = {.ctx = support, .subject = subject_key, .nobody = nobody_key, .each = each_key},
        .node = 1,
        .segment_size = 512 * 1024,
    };
}

void audit_support_done(struct audit_support *support) {
    DIR *folder = opendir(support->folder);
    const struct dirent *entry = NULL;
    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        char path[2 * SUPPORT_PATH_SIZE + 256];
        snprintf(path, sizeof path, "%s/%s", support->folder, entry->d_name);
        (void)unlink(path);
    }
    if (folder != NULL) {
        (void)closedir(folder);
    }
    (void)rmdir(support->folder);
    vault_key_free(&support->root);
    vault_key_free(&support->sign);
}

struct audit_log *audit_support_open(struct audit_support *support) {
    struct audit_log *log = NULL;
    struct diag diag = {.line = 0};
    if (lg_failed(audit_log_open(&support->config, &diag, NULL, &log))) {
        fail_msg("%s", diag.text);
    }
    return log;
}

const struct person_id *audit_support_person(struct audit_support *support, uint8_t number) {
    for (size_t i = 0; i < support->people_count; i++) {
        if (support->people[i].bytes[0] == number) {
            return &support->people[i];
        }
    }
    assert_true(support->people_count < SUPPORT_PEOPLE_MAX);
    struct person_id *person = &support->people[support->people_count++];
    memset(person->bytes, number, sizeof person->bytes);
    person->bytes[sizeof person->bytes - 1] = 0xa5; /* no id is all zeros */
    return person;
}

struct request_id audit_support_id(uint32_t number) {
    struct request_id id = {{0}};
    for (size_t i = 0; i < 4; i++) {
        id.bytes[15 - i] = (uint8_t)(number >> 8 * i);
    }
    return id;
}

struct audit_entry_fields audit_support_ask(uint32_t number) {
    return (struct audit_entry_fields){
        .kind = AUDIT_ASK,
        .request_id = audit_support_id(number),
        .requesting_agency = span_text("childrens-care"),
        .agreement = span_text("north-child-safeguarding"),
        .agreement_version = 3,
        .purpose = span_text("child-safeguarding"),
        .basis = span_text("uk-gdpr-6-1-e"),
        .decision = AUDIT_DECISION_PERMIT,
        .sources = 5,
        .sealed = span_text("officer 17"),
    };
}

struct audit_entry_fields audit_support_part(uint32_t number, enum audit_kind kind,
                                             const struct audit_commitment *commitment,
                                             struct audit_detail *detail) {
    struct audit_entry_fields ask = audit_support_ask(number);
    *detail = (struct audit_detail){.question_id = audit_support_id(number + 1000000),
                                    .requesting_agency = ask.requesting_agency,
                                    .purpose = ask.purpose,
                                    .basis = ask.basis,
                                    .reason = span_text("ANSWERED"),
                                    .record_count = 2};
    return (struct audit_entry_fields){.kind = kind,
                                       .request_id = ask.request_id,
                                       .source_agency = span_text("housing"),
                                       .agreement = ask.agreement,
                                       .agreement_version = ask.agreement_version,
                                       .decision = ask.decision,
                                       .reason = detail->reason,
                                       .commitment = commitment,
                                       .detail = detail,
                                       .sealed = ask.sealed};
}

struct hold {
    enum audit_result result;
    struct receipt **receipts;
};

static void on_done(void *ctx, const struct audit_outcome *outcome) {
    struct hold *hold = ctx;
    hold->result = outcome->result;
    for (size_t i = 0; hold->receipts != NULL && i < outcome->receipt_count; i++) {
        hold->receipts[i] = audit_receipt_hold(outcome->receipts[i]);
    }
}

enum audit_result audit_support_commit(struct audit_log *log, const struct audit_batch *batch,
                                       struct receipt **out_receipts) {
    struct hold hold = {.receipts = out_receipts};
    assert_false(lg_failed(audit_commit_wait(log, batch, on_done, &hold)));
    return hold.result;
}

struct receipt *audit_support_commit_one(struct audit_log *log,
                                         const struct audit_entry_fields *fields) {
    struct audit_batch batch = {.entries = fields, .count = 1};
    struct receipt *receipt = NULL;
    assert_int_equal(audit_support_commit(log, &batch, &receipt), AUDIT_COMMITTED);
    return receipt;
}
