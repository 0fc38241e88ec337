/* SPDX-License-Identifier: Apache-2.0 */
/* The report of a request: as the officer reads it, and as the person gets it. */
#define _POSIX_C_SOURCE 200809L
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "gateway/audit/audit.h"
#include "gateway/wire/explain.h"
#include "tools/lockgate/exit.h"
#include "tools/lockgate/person_print.h"
#include "tools/lockgate/sar.h"
#include "tools/lockgate/sar_int.h"
#include "tools/lockgate/sar_report.h"
#include "tools/lockgate/search_int.h"

enum {
    EXPLAIN_MS = 60000,
    LINES_MAX = 5000,           /* of one report: what its memory holds with proofs */
    WITHHELD_MAX = 16,          /* exemptions */
    SCRATCH = 32 * 1024 * 1024, /* of one explanation of the longest */
    TOO_MANY = 222,
    NOT_EXPLAINED = 223,
};

struct lg_err sar_collect(struct sar_command *command, sar_on_page_fn on_page, void *ctx,
                          struct verdict *out_verdict) {
    struct asking *asking = &command->asking;
    struct wire_sar_collect_request request = {.ground = command->question.ground,
                                               .number = command->number};
    struct wire_sar_collect_reply reply;
    do {
        struct span message;
        struct span answer;
        TRY(wire_sar_collect_request_encode(asking->arena, &request, &message));
        TRY(sar_call(command, "/lockgate.v1.SubjectAccess/Collect", message, &answer));
        TRY(wire_sar_collect_reply_decode(asking->arena, answer, &asking->report, &reply));
        *out_verdict = reply.verdict;
        if (reply.verdict.decision == DECISION_REFUSE) {
            return LG_OK;
        }
        TRY(on_page(ctx, &reply));
        request.cursor = reply.cursor;
    } while (reply.cursor.len > 0);
    return LG_OK;
}

static const struct wire_sar_mark *mark_find(const struct wire_sar_collect_reply *page,
                                             uint64_t line) {
    for (size_t i = 0; i < page->mark_count; i++) {
        if (page->marks[i].line == line) {
            return &page->marks[i];
        }
    }
    return NULL;
}

/* Empty: the person may be told of the line. */
static struct span telling_find(const struct wire_sar_collect_reply *page, uint64_t line) {
    for (size_t i = 0; i < page->untold_count; i++) {
        if (page->untold[i].line == line) {
            return page->untold[i].telling;
        }
    }
    return span_of(NULL, 0);
}

/* ---- collect ---- */

struct showing {
    struct sar_command *command;
    size_t count;
    bool is_begun;
};

static void mark_print(const struct wire_sar_mark *mark) {
    (void)printf("            withheld: %.*s (%.*s), by %.*s: %.*s\n", (int)mark->exemption.len,
                 (const char *)mark->exemption.ptr, (int)mark->statute.len,
                 (const char *)mark->statute.ptr, (int)mark->decided_by.len,
                 (const char *)mark->decided_by.ptr, (int)mark->reason.len,
                 (const char *)mark->reason.ptr);
}

static struct lg_err on_shown(void *ctx, const struct wire_sar_collect_reply *page) {
    struct showing *showing = ctx;
    if (showing->command->json) {
        return LG_OK;
    }
    if (!showing->is_begun) {
        sar_case_print(&page->state);
        showing->is_begun = true;
    }
    for (size_t i = 0; i < page->hit_count; i++) {
        const struct wire_sar_mark *mark = mark_find(page, page->hits[i].index);
        search_hit_print(&page->hits[i]);
        if (mark != NULL) {
            mark_print(mark);
        }
        struct span telling = telling_find(page, page->hits[i].index);
        if (telling.len > 0) {
            (void)printf("            not told to the person: the review of an emergency says "
                         "%.*s\n",
                         (int)telling.len, (const char *)telling.ptr);
        }
    }
    showing->count += page->hit_count;
    return LG_OK;
}

static int ended(struct sar_command *command, struct lg_err err, const struct verdict *verdict) {
    int code = EXIT_TOOL_DONE;
    if (lg_failed(err)) {
        code = sar_failed(command, "The report was not collected to its end.", err);
    } else if (verdict->decision == DECISION_REFUSE) {
        if (!command->json) {
            person_verdict_print(verdict);
        }
        code = EXIT_TOOL_REFUSED;
    }
    asking_done(&command->asking);
    return code;
}

int tool_sar_collect(int argc, char **argv) {
    struct sar_command command = {.config = NULL};
    struct showing showing = {.command = &command};
    struct verdict verdict = {.decision = DECISION_PERMIT};
    const struct sar_usage usage = {.wants_number = true, .wants_ground = true};
    if (!sar_options_read(argc, argv, &usage, &command)) {
        return EXIT_TOOL_USAGE;
    }
    struct lg_err err = asking_open_gateway(&command.asking);
    if (!lg_failed(err)) {
        err = sar_collect(&command, on_shown, &showing, &verdict);
    }
    if (!lg_failed(err) && verdict.decision != DECISION_REFUSE && !command.json &&
        showing.count == 0) {
        (void)puts("No entries.");
    }
    return ended(&command, err, &verdict);
}

/* ---- export ---- */

/* An entry of some page; all of it lives as long as the command. */
struct found_line {
    const struct wire_audit_hit *hit;
    const struct receipt_form *form;
    struct span checkpoint;
    const struct wire_sar_mark *mark; /* NULL: not withheld */
    struct span telling;              /* empty: the person may be told */
};

struct exporting {
    struct sar_command command;
    const char *as;
    const char *key;
    enum sar_form form;
    struct audit_vkey vkey;
    struct found_line *found;
    size_t found_count;
    struct sar_line *lines;
    size_t count;
    struct sar_withheld withheld[WITHHELD_MAX];
    size_t withheld_count;
    struct wire_sar_case state;
    uint64_t covered_size;
};

/* The decision behind a line, in memory of its own. A refusal for any reason but that the log has
 * no such decision, or not any more, ends the export with words. */
static struct lg_err explain(struct exporting *it, uint64_t index, struct arena *scratch,
                             const struct wire_explain_reply **out_explained) {
    struct asking *asking = &it->command.asking;
    const struct wire_explain_request request = {.ground = it->command.question.ground,
                                                 .index = index};
    struct wire_explain_reply *reply = arena_alloc(scratch, sizeof *reply);
    struct span message;
    struct span answer;
    TRY(arena_failed(scratch));
    TRY(wire_explain_request_encode(scratch, &request, &message));
    const struct client_call call = {.channel = asking->gateway,
                                     .path = "/lockgate.v1.Audit/Explain",
                                     .message = message,
                                     .timeout_ms = EXPLAIN_MS};
    TRY(client_ask(asking->client, &call, scratch, &asking->diag, &answer));
    TRY(wire_explain_reply_decode(scratch, answer, &asking->report, reply));
    if (reply->verdict.decision == DECISION_REFUSE && !sar_is_not_recorded(reply->verdict.code)) {
        diag_set(&asking->diag, 0, "the decision of entry %" PRIu64 " was not shown to you: %.*s",
                 index, (int)reply->verdict.code.len, (const char *)reply->verdict.code.ptr);
        return lg_err_make(LG_CLASS_INPUT, LG_TOOLS, NOT_EXPLAINED);
    }
    *out_explained = reply;
    return LG_OK;
}

static bool has_decision(const struct wire_audit_hit *hit) {
    return hit->kind == AUDIT_ASK || hit->kind == AUDIT_RELEASE || hit->kind == AUDIT_DENIAL;
}

/* The receipt as text, checked. Without the opened detail, which is for whoever asked and says more
 * than the line: the leaf has its code alone. */
static struct lg_err proof_make(struct exporting *it, const struct wire_audit_hit *hit,
                                const struct receipt_form *form, struct span checkpoint,
                                struct span *out_text) {
    struct arena *arena = it->command.asking.arena;
    struct audit_proof proof;
    struct audit_verified verified;
    if (it->form != SAR_FORM_JSON || !sar_hit_has_proof(hit)) {
        return LG_OK;
    }
    struct receipt_form bare = *form;
    bare.detail = span_of(NULL, 0);
    TRY(audit_proof_write(&bare, checkpoint, arena, out_text));
    struct span rest = *out_text;
    TRY(audit_proof_read(&rest, arena, &proof));
    return audit_proof_verify(&proof, &it->vkey, &verified);
}

static void withheld_add(struct exporting *it, const struct wire_sar_mark *mark) {
    if (!mark->is_told) {
        return;
    }
    for (size_t i = 0; i < it->withheld_count; i++) {
        if (span_equal(it->withheld[i].statute, mark->statute)) {
            it->withheld[i].count++;
            return;
        }
    }
    if (it->withheld_count < WITHHELD_MAX) {
        it->withheld[it->withheld_count++] =
            (struct sar_withheld){.words = mark->words, .statute = mark->statute, .count = 1};
    }
}

static struct lg_err line_add(struct exporting *it, const struct found_line *found) {
    const struct wire_audit_hit *hit = found->hit;
    const struct wire_explain_reply *explained = NULL;
    OWN(arena_free) struct arena *scratch = NULL;
    TRY(arena_new(SCRATCH, &scratch));
    if (has_decision(hit)) {
        TRY(explain(it, hit->index, scratch, &explained));
    }
    struct sar_line *line = &it->lines[it->count];
    TRY(sar_line_make(hit, explained, it->command.asking.arena, line));
    TRY(proof_make(it, hit, found->form, found->checkpoint, &line->proof));
    it->count++;
    return LG_OK;
}

static struct lg_err on_exported(void *ctx, const struct wire_sar_collect_reply *page) {
    struct exporting *it = ctx;
    if (page->entry_count != page->hit_count) {
        diag_set(&it->command.asking.diag, 0, "the gateway sent lines without their receipts");
        return lg_err_make(LG_CLASS_PEER, LG_TOOLS, TOO_MANY);
    }
    it->state = page->state;
    it->covered_size = page->covered_size;
    for (size_t i = 0; i < page->hit_count; i++) {
        if (it->found_count >= LINES_MAX) {
            diag_set(&it->command.asking.diag, 0, "the report has more than %d lines", LINES_MAX);
            return lg_err_make(LG_CLASS_LIMIT, LG_TOOLS, TOO_MANY);
        }
        const struct wire_audit_hit *hit = &page->hits[i];
        it->found[it->found_count++] = (struct found_line){
            .hit = hit,
            .form = &page->entries[i],
            .checkpoint = page->checkpoint,
            .mark = mark_find(page, hit->index),
            .telling = telling_find(page, hit->index),
        };
    }
    return LG_OK;
}

/* Lines of one question may stand on several pages: none is told where one may not be. */
static void questions_join(struct exporting *it) {
    for (size_t i = 0; i < it->found_count; i++) {
        const struct found_line *from = &it->found[i];
        for (size_t j = 0; from->telling.len > 0 && j < it->found_count; j++) {
            struct found_line *to = &it->found[j];
            if (to->telling.len == 0 && to->hit->side == from->hit->side &&
                span_equal(to->hit->question_id, from->hit->question_id)) {
                to->telling = from->telling;
            }
        }
    }
}

/* For the officer alone: the person's copy does not count these lines. */
static void untold_tell(const struct exporting *it) {
    for (size_t i = 0; i < it->found_count; i++) {
        struct span telling = it->found[i].telling;
        size_t count = 0;
        bool is_first = telling.len > 0;
        for (size_t j = 0; j < it->found_count; j++) {
            bool is_same = span_equal(it->found[j].telling, telling);
            is_first = is_first && (j >= i || !is_same);
            count += is_same ? 1 : 0;
        }
        if (is_first) {
            (void)fprintf(stderr,
                          "Left out, as the person may not be told of them: %zu %s (%.*s). See the "
                          "review of the emergency.\n",
                          count, count == 1 ? "line" : "lines", (int)telling.len,
                          (const char *)telling.ptr);
        }
    }
}

static void third_parties_tell(const struct exporting *it) {
    size_t count = 0;
    for (size_t i = 0; i < it->found_count; i++) {
        count += it->found[i].telling.len == 0 && sar_hit_is_third_party(it->found[i].hit) ? 1 : 0;
    }
    if (count > 0) {
        (void)fprintf(stderr,
                      "Left out, as they are about somebody else as well: %zu %s (a question about "
                      "another person led to this one).\n",
                      count, count == 1 ? "line" : "lines");
    }
}

static bool is_for_the_person(const struct found_line *found) {
    return found->telling.len == 0 && sar_hit_is_told(found->hit);
}

static struct lg_err lines_make(struct exporting *it) {
    it->lines = arena_array(it->command.asking.arena, it->found_count, sizeof *it->lines);
    TRY(arena_failed(it->command.asking.arena));
    questions_join(it);
    for (size_t i = 0; i < it->found_count; i++) {
        const struct found_line *found = &it->found[i];
        if (!is_for_the_person(found)) {
            continue;
        }
        if (found->mark != NULL) {
            withheld_add(it, found->mark);
        } else {
            TRY(line_add(it, found));
        }
    }
    return LG_OK;
}

static struct lg_err export_fetch(struct exporting *it, struct verdict *out_verdict) {
    struct asking *asking = &it->command.asking;
    TRY(asking_open_gateway(asking));
    if (it->key != NULL) {
        TRY(search_key_read(it->key, asking->arena, &asking->diag, &it->vkey));
    }
    it->found = arena_array(asking->arena, LINES_MAX, sizeof *it->found);
    TRY(arena_failed(asking->arena));
    TRY(sar_collect(&it->command, on_exported, it, out_verdict));
    return out_verdict->decision == DECISION_REFUSE ? LG_OK : lines_make(it);
}

static void export_write(const struct exporting *it) {
    const struct sar_report report = {
        .received_day = it->state.received_day,
        .case_reference = it->state.case_reference,
        .is_represented = it->state.representative_evidence.len > 0,
        .made_ms = (int64_t)time(NULL) * 1000,
        .covered_size = it->covered_size,
        .lines = it->lines,
        .line_count = it->count,
        .withheld = it->withheld,
        .withheld_count = it->withheld_count,
    };
    sar_report_write(&report, it->form, stdout);
}

static enum sar_form form_of(const char *as) {
    static const char *const words[] = {
        [SAR_FORM_HTML] = "html", [SAR_FORM_CSV] = "csv", [SAR_FORM_JSON] = "json"};
    for (int form = SAR_FORM_HTML; as != NULL && form <= SAR_FORM_JSON; form++) {
        if (strcmp(words[form], as) == 0) {
            return (enum sar_form)form;
        }
    }
    return SAR_FORM_NONE;
}

/* A receipt that does not hold is no failure of the network. */
static int not_verified(struct exporting *it) {
    (void)fputs("NOT VERIFIED: a receipt that the gateway sent.\nNothing was written.\nKeep this, "
                "and ask the log's operator why.\n",
                stderr);
    asking_done(&it->command.asking);
    return EXIT_TOOL_NOT_VERIFIED;
}

int tool_sar_export(int argc, char **argv) {
    struct exporting it = {.as = NULL};
    struct verdict verdict = {.decision = DECISION_PERMIT};
    const struct option own[] = {{"--as", .text = &it.as}, {"--key", .text = &it.key}};
    const struct sar_usage usage = {
        .wants_number = true, .wants_ground = true, .own = own, .own_count = 2};
    bool is_read = sar_options_read(argc, argv, &usage, &it.command);
    it.form = form_of(it.as);
    if (!is_read || it.form == SAR_FORM_NONE || it.command.json ||
        (it.form == SAR_FORM_JSON) != (it.key != NULL)) {
        return EXIT_TOOL_USAGE;
    }
    struct lg_err err = export_fetch(&it, &verdict);
    if (lg_failed(err) && lg_err_module(err) == LG_AUDIT) {
        return not_verified(&it);
    }
    if (!lg_failed(err) && verdict.decision != DECISION_REFUSE) {
        export_write(&it); /* whole, or nothing */
        untold_tell(&it);
        third_parties_tell(&it);
    }
    return ended(&it.command, err, &verdict);
}
