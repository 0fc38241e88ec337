/* SPDX-License-Identifier: Apache-2.0 */
/* The person is found as `person find` does, so that no identifier stands on the command line; then
 * one call of the service Consents. */
#include "tools/lockgate/consent.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gateway/audit/audit.h"
#include "gateway/base/bytes.h"
#include "gateway/vault/vault.h"
#include "gateway/wire/consents.h"
#include "gateway/wire/notices.h"
#include "tools/lockgate/asking.h"
#include "tools/lockgate/consent_options.h"
#include "tools/lockgate/exit.h"
#include "tools/lockgate/person_print.h"
#include "tools/lockgate/reply.h"

enum { CONSENT_MS = 10000, PROOF_FILE = 213 };

/* One command under way. */
struct consent_command {
    struct consent_options options;
    struct asking asking;
    struct verdict verdict;
};

static bool is_json(const struct consent_command *it) {
    return it->options.person.json;
}

/* The reply is printed where JSON is wanted, and nothing else then. */
static struct lg_err call(struct consent_command *it, const char *path, struct span message,
                          struct span *out_answer) {
    TRY(asking_call(&it->asking,
                    (struct client_call){.channel = it->asking.gateway,
                                         .path = path,
                                         .message = message,
                                         .timeout_ms = CONSENT_MS},
                    out_answer));
    return is_json(it) ? reply_json_print(path, it->asking.arena, *out_answer) : LG_OK;
}

static struct request_id new_id(void) {
    struct request_id id;
    vault_random(id.bytes, sizeof id.bytes);
    return id;
}

/* The person of the identity, by a handle; false with the verdict where the look-up is refused. */
static struct lg_err person_find(struct consent_command *it, struct person_ref *out_person,
                                 bool *out_found) {
    struct wire_find_reply found;
    TRY(asking_find_person(&it->asking, &found));
    it->verdict = found.verdict;
    *out_found = found.verdict.decision != DECISION_REFUSE;
    if (!*out_found && is_json(it)) {
        return reply_json_print(asking_find_path, it->asking.arena, it->asking.found);
    }
    *out_person = (struct person_ref){.kind = PERSON_HANDLE, .handle = found.handle};
    return LG_OK;
}

static void note_print(const struct consent_command *it, const char *note) {
    if (!it->options.is_quiet) {
        (void)fprintf(stderr, "%s\n", note);
    }
}

static void id_print(const char *label, const uint8_t *id) {
    char hex[2 * MODEL_CONSENT_ID_SIZE + 1];
    bytes_to_hex(span_of(id, MODEL_CONSENT_ID_SIZE), hex);
    (void)printf("%s%s\n", label, hex);
}

static struct lg_err proof_write(struct consent_command *it, const struct wire_logged *logged) {
    struct span text;
    if (it->options.proof == NULL || !logged->has_receipt) {
        return LG_OK;
    }
    TRY(audit_proof_write(&logged->receipt, logged->checkpoint, it->asking.arena, &text));
    FILE *file = fopen(it->options.proof, "we");
    bool is_written = file != NULL && fwrite(text.ptr, 1, text.len, file) == text.len;
    bool is_closed = file == NULL || fclose(file) == 0;
    if (!is_written || !is_closed) {
        diag_set(&it->asking.diag, 0, "%s: cannot be written: %s", it->options.proof,
                 strerror(errno));
        return lg_err_make(LG_CLASS_CONFIG, LG_TOOLS, PROOF_FILE);
    }
    return LG_OK;
}

/* ---- record, withdraw ---------------------------------------------------------------------- */

static struct lg_err record(struct consent_command *it) {
    struct wire_record_consent_request request = {
        .id = new_id(), .ground = it->asking.question->ground, .consent = it->options.consent};
    struct wire_record_consent_reply reply;
    struct span message;
    struct span answer;
    bool found = false;
    TRY(person_find(it, &request.person, &found));
    if (!found) {
        return LG_OK;
    }
    TRY(wire_record_consent_request_encode(it->asking.arena, &request, &message));
    TRY(call(it, "/lockgate.v1.Consents/Record", message, &answer));
    TRY(wire_record_consent_reply_decode(it->asking.arena, answer, &it->asking.report, &reply));
    it->verdict = reply.verdict;
    if (reply.verdict.decision == DECISION_REFUSE) {
        return LG_OK;
    }
    if (!is_json(it)) {
        id_print("Recorded as ", reply.consent_id.bytes);
        (void)printf("Log entry   %" PRIu64 "\n", reply.logged.receipt.index);
    }
    return proof_write(it, &reply.logged);
}

static struct lg_err withdraw(struct consent_command *it) {
    const struct consent *consent = &it->options.consent;
    struct wire_withdraw_consent_request request = {.id = new_id(),
                                                    .ground = it->asking.question->ground,
                                                    .consent_id = it->options.id,
                                                    .kind = consent->kind,
                                                    .purposes = consent->purposes,
                                                    .categories = consent->categories,
                                                    .recipients = consent->recipients,
                                                    .how = consent->how};
    struct wire_withdraw_consent_reply reply;
    struct span message;
    struct span answer;
    bool found = false;
    TRY(person_find(it, &request.person, &found));
    if (!found) {
        return LG_OK;
    }
    TRY(wire_withdraw_consent_request_encode(it->asking.arena, &request, &message));
    TRY(call(it, "/lockgate.v1.Consents/Withdraw", message, &answer));
    TRY(wire_withdraw_consent_reply_decode(it->asking.arena, answer, &it->asking.report, &reply));
    it->verdict = reply.verdict;
    if (reply.verdict.decision == DECISION_REFUSE) {
        return LG_OK;
    }
    if (!is_json(it)) {
        id_print("Withdrawal recorded as ", reply.consent_id.bytes);
        (void)printf("Log entry              %" PRIu64 "\n", reply.logged.receipt.index);
    }
    note_print(it, "In force now. Whether there was something to withdraw is not shown.");
    return proof_write(it, &reply.logged);
}

/* ---- show, receipt ------------------------------------------------------------------------- */

static void names_print(const char *label, const struct span_list *names) {
    (void)printf("  %-11s", label);
    for (size_t i = 0; i < names->count; i++) {
        (void)printf("%s%.*s", i > 0 ? ", " : "", (int)names->items[i].len,
                     (const char *)names->items[i].ptr);
    }
    (void)printf("%s\n", names->count == 0 ? "all" : "");
}

static void consent_print(const struct consent *consent) {
    id_print("", consent->id.bytes);
    (void)printf("  %-11s%s%s, %s\n", "what", consent_state_word(consent),
                 consent->explicit_consent ? " explicitly" : "", consent_kind_word(consent->kind));
    names_print("purposes", &consent->purposes);
    names_print("categories", &consent->categories);
    names_print("sources", &consent->sources);
    names_print("recipients", &consent->recipients);
    if (consent->from.len + consent->until.len > 0) {
        (void)printf("  %-11s%.*s to %.*s\n", "days", (int)consent->from.len,
                     (const char *)consent->from.ptr, (int)consent->until.len,
                     (const char *)consent->until.ptr);
    }
    (void)printf("  %-11s%.*s, log entry %" PRIu64 "\n", "recorded", (int)consent->recorded_by.len,
                 (const char *)consent->recorded_by.ptr, consent->log_index);
}

static struct lg_err show(struct consent_command *it) {
    struct wire_list_consents_request request = {.id = new_id(),
                                                 .ground = it->asking.question->ground};
    struct wire_list_consents_reply reply;
    struct span message;
    struct span answer;
    bool found = false;
    TRY(person_find(it, &request.person, &found));
    if (!found) {
        return LG_OK;
    }
    TRY(wire_list_consents_request_encode(it->asking.arena, &request, &message));
    TRY(call(it, "/lockgate.v1.Consents/List", message, &answer));
    TRY(wire_list_consents_reply_decode(it->asking.arena, answer, &it->asking.report, &reply));
    it->verdict = reply.verdict;
    for (size_t i = 0; !is_json(it) && i < reply.consent_count; i++) {
        consent_print(&reply.consents[i]);
    }
    if (reply.verdict.decision != DECISION_REFUSE) {
        char note[64];
        (void)snprintf(note, sizeof note, "Consent checked: %zu to be shown to you.",
                       reply.consent_count);
        note_print(it, note);
    }
    return LG_OK;
}

static struct lg_err receipt(struct consent_command *it) {
    struct wire_consent_receipt_request request = {
        .id = new_id(), .ground = it->asking.question->ground, .consent_id = it->options.id};
    struct wire_consent_receipt_reply reply;
    struct span message;
    struct span answer;
    TRY(asking_open_gateway(&it->asking));
    TRY(wire_consent_receipt_request_encode(it->asking.arena, &request, &message));
    TRY(call(it, "/lockgate.v1.Consents/Receipt", message, &answer));
    TRY(wire_consent_receipt_reply_decode(it->asking.arena, answer, &it->asking.report, &reply));
    it->verdict = reply.verdict;
    if (reply.verdict.decision == DECISION_REFUSE) {
        return LG_OK;
    }
    if (!is_json(it)) {
        (void)fwrite(reply.page.ptr, 1, reply.page.len, stdout);
    }
    return proof_write(it, &reply.logged);
}

/* ---- notices ------------------------------------------------------------------------------- */

static void notice_print(const struct wire_notice *notice) {
    id_print("notice ", notice->notice_id);
    (void)printf("to %.*s, %s, %s\n", (int)notice->recipient.len,
                 (const char *)notice->recipient.ptr, consent_kind_word(notice->kind),
                 notice->acknowledged ? "acknowledged" : "outstanding");
    (void)printf("%.*s\n", (int)notice->note.len, (const char *)notice->note.ptr);
}

static struct lg_err notices_list(struct consent_command *it) {
    struct wire_notices_request request = {.id = new_id(),
                                           .ground = it->asking.question->ground,
                                           .of_source = it->options.of_source,
                                           .outstanding_only = it->options.outstanding_only};
    struct wire_notices_reply reply = {0};
    struct span message;
    struct span answer;
    do {
        TRY(wire_notices_request_encode(it->asking.arena, &request, &message));
        TRY(call(it, "/lockgate.v1.Consents/Notices", message, &answer));
        TRY(wire_notices_reply_decode(it->asking.arena, answer, &it->asking.report, &reply));
        it->verdict = reply.verdict;
        for (size_t i = 0; !is_json(it) && i < reply.notice_count; i++) {
            notice_print(&reply.notices[i]);
        }
        request.page = reply.next;
        request.id = new_id();
    } while (reply.next.len > 0);
    return LG_OK;
}

static struct lg_err notice_acknowledge(struct consent_command *it) {
    struct wire_acknowledge_notice_request request = {.id = new_id(),
                                                      .ground = it->asking.question->ground};
    struct wire_acknowledge_notice_reply reply;
    struct span message;
    struct span answer;
    memcpy(request.notice_id, it->options.id.bytes, sizeof request.notice_id);
    TRY(wire_acknowledge_notice_request_encode(it->asking.arena, &request, &message));
    TRY(call(it, "/lockgate.v1.Consents/Acknowledge", message, &answer));
    TRY(wire_acknowledge_notice_reply_decode(it->asking.arena, answer, &it->asking.report, &reply));
    it->verdict = reply.verdict;
    if (reply.verdict.decision == DECISION_REFUSE) {
        return LG_OK;
    }
    if (!is_json(it)) {
        (void)printf("Acknowledged, log entry %" PRIu64 "\n", reply.logged.receipt.index);
    }
    return proof_write(it, &reply.logged);
}

static struct lg_err notices(struct consent_command *it) {
    TRY(asking_open_gateway(&it->asking));
    return it->options.acknowledges ? notice_acknowledge(it) : notices_list(it);
}

/* ---- the verbs ----------------------------------------------------------------------------- */

struct consent_verb {
    bool wants_person;
    bool wants_id;
    bool wants_state;
    const char *failed; /* what did not happen, where it did not */
    struct lg_err (*run)(struct consent_command *it);
};

static int run(int argc, char **argv, const struct consent_verb *verb) {
    struct consent_command it = {.verdict = {.decision = DECISION_PERMIT}};
    if (!consent_options_read(argc, argv, verb->wants_person, &it.options) ||
        (verb->wants_id && !it.options.has_id)) {
        return EXIT_TOOL_USAGE;
    }
    const struct consent *consent = &it.options.consent;
    if (verb->wants_state && (consent->state == 0 || consent->kind == CONSENT_KIND_NOT_STATED)) {
        return EXIT_TOOL_USAGE;
    }
    it.asking.config_path = it.options.person.config;
    it.asking.identity_path = it.options.person.identity;
    it.asking.question = &it.options.person.question;
    struct lg_err err = verb->run(&it);
    int code = lg_failed(err) ? asking_failed(&it.asking, verb->failed, err) : EXIT_TOOL_DONE;
    if (!lg_failed(err) && it.verdict.decision == DECISION_REFUSE) {
        if (!is_json(&it)) {
            person_verdict_print(&it.verdict);
        }
        code = EXIT_TOOL_REFUSED;
    }
    asking_done(&it.asking);
    return code;
}

int tool_consent_record(int argc, char **argv) {
    static const struct consent_verb verb = {
        .wants_person = true,
        .wants_state = true,
        .failed = "Nothing was recorded.",
        .run = record,
    };
    return run(argc, argv, &verb);
}

int tool_consent_show(int argc, char **argv) {
    static const struct consent_verb verb = {
        .wants_person = true, .failed = "There is nothing to show.", .run = show};
    return run(argc, argv, &verb);
}

int tool_consent_withdraw(int argc, char **argv) {
    static const struct consent_verb verb = {
        .wants_person = true, .failed = "The withdrawal was not recorded.", .run = withdraw};
    return run(argc, argv, &verb);
}

int tool_consent_receipt(int argc, char **argv) {
    static const struct consent_verb verb = {
        .wants_id = true, .failed = "There is no receipt.", .run = receipt};
    return run(argc, argv, &verb);
}

int tool_consent_notices(int argc, char **argv) {
    static const struct consent_verb verb = {.failed = "There are no notices.", .run = notices};
    return run(argc, argv, &verb);
}
