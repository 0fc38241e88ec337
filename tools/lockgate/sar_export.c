/* SPDX-License-Identifier: Apache-2.0 */
/* The report of a request as the person gets it. It is made whole in memory, entered in the log as
 * what was answered, and only then written: what somebody holds is in the log.
 *
 * Pages are let go as they were read; of each line no more is kept than the document has of it. All
 * are read before the first is made, as a line on a later page may be why one on an earlier is not
 * told. */
#define _POSIX_C_SOURCE 200809L
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/audit/audit.h"
#include "gateway/base/bytes.h"
#include "gateway/wire/explain.h"
#include "tools/lockgate/exit.h"
#include "tools/lockgate/sar.h"
#include "tools/lockgate/sar_int.h"
#include "tools/lockgate/sar_report.h"
#include "tools/lockgate/search_int.h"

enum {
    EXPLAIN_MS = 60000,
    WITHHELD_MAX = 16,          /* exemptions */
    TELLINGS_MAX = 16,          /* words of reviews */
    SCRATCH = 32 * 1024 * 1024, /* of one explanation of the longest */
    KEPT = 768 * 1024 * 1024,   /* of SAR_LINES_MAX lines with their proofs */
    TOO_MANY = 222,
    NOT_EXPLAINED = 223,
    NOT_WRITTEN = 224,
};

/* An entry of some page. Texts are those of `kept`. */
struct found_line {
    struct wire_audit_hit hit;
    struct receipt_form form; /* where the document has proofs */
    struct span checkpoint;
    bool is_withheld;
    struct wire_sar_mark mark;
    struct span telling; /* empty: the person may be told */
};

struct exporting {
    struct sar_command command;
    const char *as;
    const char *key;
    const char *to;
    enum sar_form form;
    struct audit_vkey vkey;
    struct arena *kept;
    struct found_line *found;
    size_t found_count;
    struct sar_line *lines;
    size_t count;
    struct sar_withheld withheld[WITHHELD_MAX];
    size_t withheld_count;
    struct wire_sar_case state;
    uint64_t covered_size;
    char *document; /* owned */
    size_t document_size;
};

/* ---- what is kept of a page ---- */

static struct wire_audit_hit hit_keep(const struct wire_audit_hit *hit, struct arena *arena) {
    struct wire_audit_hit kept = *hit;
    struct span *const texts[] = {&kept.question_id, &kept.requester, &kept.source, &kept.agreement,
                                  &kept.purpose,     &kept.basis,     &kept.reason};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        *texts[i] = arena_copy(arena, *texts[i]);
    }
    return kept;
}

/* Without the opened detail, which is for whoever asked and says more than the line: the leaf has
 * its code alone. */
static struct receipt_form form_keep(const struct receipt_form *form, struct arena *arena) {
    struct receipt_form kept = {.index = form->index,
                                .leaf = arena_copy(arena, form->leaf),
                                .salt = arena_copy(arena, form->salt)};
    struct span *path = arena_array(arena, form->path.count, sizeof *path);
    for (size_t i = 0; path != NULL && i < form->path.count; i++) {
        path[i] = arena_copy(arena, form->path.items[i]);
    }
    kept.path = (struct span_list){.items = path, .count = path == NULL ? 0 : form->path.count};
    return kept;
}

static void mark_keep(const struct wire_sar_mark *mark, struct arena *arena,
                      struct found_line *line) {
    if (mark != NULL) {
        line->is_withheld = true;
        line->mark = (struct wire_sar_mark){.line = mark->line,
                                            .words = arena_copy(arena, mark->words),
                                            .statute = arena_copy(arena, mark->statute),
                                            .is_told = mark->is_told};
    }
}

static void state_keep(struct exporting *it, const struct wire_sar_collect_reply *page) {
    it->covered_size = page->covered_size;
    it->state = (struct wire_sar_case){
        .received_day = arena_copy(it->kept, page->state.received_day),
        .case_reference = arena_copy(it->kept, page->state.case_reference),
        .representative_evidence = arena_copy(it->kept, page->state.representative_evidence)};
}

static struct lg_err on_page(void *ctx, const struct wire_sar_collect_reply *page) {
    struct exporting *it = ctx;
    struct diag *diag = &it->command.asking.diag;
    bool has_proofs = it->form == SAR_FORM_JSON;
    if (page->entry_count != page->hit_count) {
        diag_set(diag, 0, "the gateway sent lines without their receipts");
        return lg_err_make(LG_CLASS_PEER, LG_TOOLS, TOO_MANY);
    }
    if (page->hit_count > SAR_LINES_MAX - it->found_count) {
        diag_set(diag, 0, "the report has more than %d lines", SAR_LINES_MAX);
        return lg_err_make(LG_CLASS_LIMIT, LG_TOOLS, TOO_MANY);
    }
    if (it->found_count == 0) {
        state_keep(it, page);
    }
    struct span checkpoint = has_proofs ? arena_copy(it->kept, page->checkpoint) : span_of(NULL, 0);
    for (size_t i = 0; i < page->hit_count; i++) {
        const struct wire_audit_hit *hit = &page->hits[i];
        struct found_line *line = &it->found[it->found_count++];
        line->hit = hit_keep(hit, it->kept);
        line->checkpoint = checkpoint;
        line->telling = arena_copy(it->kept, sar_telling_find(page, hit->index));
        mark_keep(sar_mark_find(page, hit->index), it->kept, line);
        if (has_proofs && sar_hit_has_proof(hit)) {
            line->form = form_keep(&page->entries[i], it->kept);
        }
    }
    return arena_failed(it->kept);
}

/* ---- which lines are told ---- */

static int question_order(const void *a, const void *b) {
    const struct found_line *one = *(struct found_line *const *)a;
    const struct found_line *other = *(struct found_line *const *)b;
    if (one->hit.side != other->hit.side) {
        return one->hit.side < other->hit.side ? -1 : 1;
    }
    return span_compare(one->hit.question_id, other->hit.question_id);
}

/* From its first that may not be told, to all of a question. */
static void question_join(struct found_line **lines, size_t count) {
    struct span telling = span_of(NULL, 0);
    for (size_t i = 0; i < count && telling.len == 0; i++) {
        telling = lines[i]->telling;
    }
    for (size_t i = 0; i < count; i++) {
        lines[i]->telling = lines[i]->telling.len > 0 ? lines[i]->telling : telling;
    }
}

/* Lines of one question may stand on several pages: none is told where one may not be. */
static struct lg_err questions_join(struct exporting *it) {
    struct found_line **sorted = arena_array(it->kept, it->found_count, sizeof *sorted);
    TRY(arena_failed(it->kept));
    for (size_t i = 0; i < it->found_count; i++) {
        sorted[i] = &it->found[i];
    }
    if (it->found_count > 0) {
        qsort(sorted, it->found_count, sizeof *sorted, question_order);
    }
    for (size_t first = 0, end = 0; first < it->found_count; first = end) {
        while (end < it->found_count && question_order(&sorted[first], &sorted[end]) == 0) {
            end++;
        }
        question_join(&sorted[first], end - first);
    }
    return LG_OK;
}

static bool is_for_the_person(const struct found_line *found) {
    return found->telling.len == 0 && sar_hit_is_told(&found->hit);
}

/* ---- a line ---- */

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

/* The receipt as text, checked. */
static struct lg_err proof_make(struct exporting *it, const struct found_line *found,
                                struct arena *scratch, struct span *out_text) {
    struct audit_proof proof;
    struct audit_verified verified;
    if (found->form.leaf.len == 0) {
        return LG_OK;
    }
    TRY(audit_proof_write(&found->form, found->checkpoint, it->kept, out_text));
    struct span rest = *out_text;
    TRY(audit_proof_read(&rest, scratch, &proof));
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
    const struct wire_audit_hit *hit = &found->hit;
    const struct wire_explain_reply *explained = NULL;
    OWN(arena_free) struct arena *scratch = NULL;
    TRY(arena_new(SCRATCH, &scratch));
    if (has_decision(hit)) {
        TRY(explain(it, hit->index, scratch, &explained));
    }
    struct sar_line *line = &it->lines[it->count];
    TRY(sar_line_make(hit, explained, it->kept, line));
    TRY(proof_make(it, found, scratch, &line->proof));
    it->count++;
    return LG_OK;
}

static struct lg_err lines_make(struct exporting *it) {
    it->lines = arena_array(it->kept, it->found_count, sizeof *it->lines);
    TRY(arena_failed(it->kept));
    TRY(questions_join(it));
    for (size_t i = 0; i < it->found_count; i++) {
        const struct found_line *found = &it->found[i];
        if (!is_for_the_person(found)) {
            continue;
        }
        if (found->is_withheld) {
            withheld_add(it, &found->mark);
        } else {
            TRY(line_add(it, found));
        }
    }
    return LG_OK;
}

/* ---- for the officer alone: the person's copy does not count these lines ---- */

struct tellings {
    struct span words[TELLINGS_MAX];
    size_t counts[TELLINGS_MAX];
    size_t count;
};

static void telling_count(struct tellings *tellings, struct span word) {
    size_t i = 0;
    while (i < tellings->count && !span_equal(tellings->words[i], word)) {
        i++;
    }
    if (i < TELLINGS_MAX) {
        tellings->words[i] = word;
        tellings->counts[i]++;
        tellings->count = i == tellings->count ? i + 1 : tellings->count;
    }
}

static void left_out_tell(const struct exporting *it) {
    struct tellings tellings = {.count = 0};
    size_t third = 0;
    for (size_t i = 0; i < it->found_count; i++) {
        const struct found_line *found = &it->found[i];
        if (found->telling.len > 0) {
            telling_count(&tellings, found->telling);
        } else {
            third += sar_hit_is_third_party(&found->hit) ? 1 : 0;
        }
    }
    for (size_t i = 0; i < tellings.count; i++) {
        (void)fprintf(stderr,
                      "Left out, as the person may not be told of them: %zu %s (%.*s). See the "
                      "review of the emergency.\n",
                      tellings.counts[i], tellings.counts[i] == 1 ? "line" : "lines",
                      (int)tellings.words[i].len, (const char *)tellings.words[i].ptr);
    }
    if (third > 0) {
        (void)fprintf(stderr,
                      "Left out, as they are about somebody else as well: %zu %s (a question about "
                      "another person led to this one).\n",
                      third, third == 1 ? "line" : "lines");
    }
}

/* ---- the document ---- */

static struct lg_err document_make(struct exporting *it) {
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
    FILE *stream = open_memstream(&it->document, &it->document_size);
    if (stream == NULL) {
        return lg_err_make(LG_CLASS_LIMIT, LG_TOOLS, NOT_WRITTEN);
    }
    sar_report_write(&report, it->form, stream);
    bool is_whole = ferror(stream) == 0;
    is_whole = fclose(stream) == 0 && is_whole;
    return is_whole ? LG_OK : lg_err_make(LG_CLASS_LIMIT, LG_TOOLS, NOT_WRITTEN);
}

static void lines_digest(const struct exporting *it, uint8_t out[static VAULT_SHA256_SIZE]) {
    struct vault_sha256 hash;
    vault_sha256_begin(&hash);
    for (size_t i = 0; i < it->count; i++) {
        uint8_t index[8];
        struct writer w = writer_of(index, sizeof index);
        writer_u64(&w, it->lines[i].index);
        vault_sha256_add(&hash, span_of(index, sizeof index));
    }
    vault_sha256_end(&hash, out);
}

/* What was answered, in the log. */
static struct lg_err answer_enter(struct exporting *it) {
    uint8_t lines[VAULT_SHA256_SIZE];
    uint8_t document[VAULT_SHA256_SIZE];
    struct wire_sar_act_reply reply;
    const struct wire_sar_act_request request = {
        .actor = it->command.question.ground.actor,
        .number = it->command.number,
        .step = WIRE_SAR_EXPORT,
        .reason = it->command.reason == NULL ? span_of(NULL, 0) : span_text(it->command.reason),
        .has_answer = true,
        .answer = {.form = (enum wire_sar_form)it->form,
                   .to = strcmp(it->to, "person") == 0 ? WIRE_SAR_TO_PERSON
                                                       : WIRE_SAR_TO_REPRESENTATIVE,
                   .covered_size = it->covered_size,
                   .line_count = (uint32_t)it->count,
                   .lines_digest = span_of(lines, sizeof lines),
                   .document_digest = span_of(document, sizeof document)},
    };
    lines_digest(it, lines);
    vault_sha256(span_of(it->document, it->document_size), document);
    return sar_act(&it->command, &request, &reply);
}

static struct lg_err export_make(struct exporting *it, struct verdict *out_verdict) {
    struct asking *asking = &it->command.asking;
    TRY(asking_open_gateway(asking));
    if (it->key != NULL) {
        TRY(search_key_read(it->key, asking->arena, &asking->diag, &it->vkey));
    }
    TRY(arena_new(KEPT, &it->kept));
    it->found = arena_array(it->kept, SAR_LINES_MAX, sizeof *it->found);
    TRY(arena_failed(it->kept));
    TRY(sar_collect(&it->command, on_page, it, out_verdict));
    if (out_verdict->decision == DECISION_REFUSE) {
        return LG_OK;
    }
    TRY(lines_make(it));
    TRY(document_make(it));
    return answer_enter(it);
}

static struct lg_err document_write(const struct exporting *it) {
    bool is_out = fwrite(it->document, 1, it->document_size, stdout) == it->document_size &&
                  fflush(stdout) == 0;
    return is_out ? LG_OK : lg_err_make(LG_CLASS_CONFIG, LG_TOOLS, NOT_WRITTEN);
}

/* ---- the command ---- */

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

/* Whom it is given to: the person, where nothing is said. */
static bool is_recipient(const char *to) {
    return strcmp(to, "person") == 0 || strcmp(to, "representative") == 0;
}

/* A receipt that does not hold is no failure of the network. */
static int not_verified(struct exporting *it) {
    (void)fputs("NOT VERIFIED: a receipt that the gateway sent.\nNothing was written.\nKeep this, "
                "and ask the log's operator why.\n",
                stderr);
    asking_done(&it->command.asking);
    return EXIT_TOOL_NOT_VERIFIED;
}

static int export_run(struct exporting *it) {
    struct verdict verdict = {.decision = DECISION_PERMIT};
    struct lg_err err = export_make(it, &verdict);
    if (lg_failed(err) && lg_err_module(err) == LG_AUDIT) {
        return not_verified(it);
    }
    if (!lg_failed(err) && verdict.decision != DECISION_REFUSE) {
        err = document_write(it); /* whole, or nothing */
        left_out_tell(it);
    }
    return sar_end(&it->command, err, &verdict);
}

int tool_sar_export(int argc, char **argv) {
    struct exporting it = {.to = NULL};
    const struct option own[] = {{"--as", .text = &it.as},
                                 {"--key", .text = &it.key},
                                 {"--to", .text = &it.to},
                                 {"--reason", .text = &it.command.reason}};
    const struct sar_usage usage = {
        .wants_number = true, .wants_ground = true, .own = own, .own_count = 4};
    bool is_read = sar_options_read(argc, argv, &usage, &it.command);
    it.form = form_of(it.as);
    it.to = it.to == NULL ? "person" : it.to;
    if (!is_read || it.form == SAR_FORM_NONE || it.command.json || !is_recipient(it.to) ||
        (it.form == SAR_FORM_JSON) != (it.key != NULL)) {
        return EXIT_TOOL_USAGE;
    }
    int code = export_run(&it);
    free(it.document);
    arena_free(&it.kept);
    return code;
}
