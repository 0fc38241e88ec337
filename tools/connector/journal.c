/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "tools/connector/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/audit/audit.h"
#include "gateway/base/bytes.h"
#include "tools/connector/rows.h"

static struct lg_err journal_wrong(void) {
    return lg_err_make(LG_CLASS_STORE, LG_TOOLS, CONNECTOR_STATE);
}

struct lg_err connector_journal_open(const char *state, struct diag *diag,
                                     struct connector_journal *out_journal) {
    char path[4096];
    int len = snprintf(path, sizeof path, "%s/asked.jsonl", state);
    bool made = mkdir(state, 0700) == 0 || errno == EEXIST;
    int fd = -1;
    if (made && len > 0 && (size_t)len < sizeof path) {
        fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    }
    if (fd < 0) {
        diag_set(diag, 0, "%s: %s", state, strerror(errno));
        return journal_wrong();
    }
    out_journal->fd = fd;
    return LG_OK;
}

void connector_journal_close(struct connector_journal *journal) {
    if (journal->fd >= 0) {
        (void)close(journal->fd);
        journal->fd = -1;
    }
}

/* ---- lines --------------------------------------------------------------------------------- */

enum { LINE_MAX_BYTES = 256 * 1024 };

/* Text inside quotation marks. */
static void text_put(struct writer *line, struct span text) {
    writer_u8(line, '"');
    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = text.ptr[i];
        char escaped[7];
        if (byte == '"' || byte == '\\' || byte < 0x20) {
            (void)snprintf(escaped, sizeof escaped, "\\u%04x", byte);
            writer_text(line, escaped);
        } else {
            writer_u8(line, byte);
        }
    }
    writer_u8(line, '"');
}

static void number_put(struct writer *line, const char *name, uint64_t number) {
    char text[64];
    (void)snprintf(text, sizeof text, ",\"%s\":%" PRIu64, name, number);
    writer_text(line, text);
}

static void named_put(struct writer *line, const char *name, struct span text) {
    char label[32];
    (void)snprintf(label, sizeof label, ",\"%s\":", name);
    writer_text(line, label);
    text_put(line, text);
}

static void list_put(struct writer *line, const char *name, struct span_list list) {
    char label[32];
    (void)snprintf(label, sizeof label, ",\"%s\":[", name);
    writer_text(line, label);
    for (size_t i = 0; i < list.count; i++) {
        writer_text(line, i == 0 ? "" : ",");
        text_put(line, list.items[i]);
    }
    writer_u8(line, ']');
}

static void line_begin(struct writer *line, int64_t now_ms, const char *event,
                       const struct call_reference *call) {
    char hex[2 * MODEL_CALL_REFERENCE_SIZE + 1];
    char head[64];
    bytes_to_hex(span_of(call->bytes, sizeof call->bytes), hex);
    (void)snprintf(head, sizeof head, "{\"time\":%" PRId64, now_ms);
    writer_text(line, head);
    named_put(line, "event", span_text(event));
    named_put(line, "call", span_text(hex));
}

/* One write of the whole line, so that lines of two processes never mix. */
static struct lg_err line_end(const struct connector_journal *journal, struct writer *line) {
    struct span bytes;
    writer_text(line, "}\n");
    if (lg_failed(writer_end(line, &bytes))) {
        return journal_wrong();
    }
    ssize_t written = write(journal->fd, bytes.ptr, bytes.len);
    return written == (ssize_t)bytes.len ? LG_OK : journal_wrong();
}

static struct lg_err line_new(struct arena *arena, struct writer *out_line) {
    void *buf = arena_alloc(arena, LINE_MAX_BYTES);
    TRY(arena_failed(arena));
    *out_line = writer_of(buf, LINE_MAX_BYTES);
    return LG_OK;
}

/* Names of the items that left, each once. */
static struct lg_err gave_list(struct arena *arena, const struct fetch_request *request,
                               const struct answer *answer, struct span_list *out_list) {
    struct span *names = arena_array(arena, request->items.count, sizeof *names);
    TRY(arena_failed(arena));
    size_t count = 0;
    for (size_t i = 0; i < request->items.count; i++) {
        bool gave = false;
        for (size_t j = 0; j < answer->record_count; j++) {
            const struct source_record *record = &answer->records[j];
            for (size_t k = 0; k < record->item_count; k++) {
                gave = gave || span_equal(record->items[k].item, request->items.items[i]);
            }
        }
        if (gave) {
            names[count++] = request->items.items[i];
        }
    }
    *out_list = (struct span_list){.items = names, .count = count};
    return LG_OK;
}

struct lg_err connector_journal_fetch(struct connector_journal *journal, struct arena *arena,
                                      int64_t now_ms, const struct fetch_request *request,
                                      const struct answer *answer) {
    struct writer line;
    struct span_list gave;
    TRY(line_new(arena, &line));
    TRY(gave_list(arena, request, answer, &gave));
    line_begin(&line, now_ms, "fetch", &request->call_reference);
    named_put(&line, "agreement", request->agreement);
    number_put(&line, "version", request->agreement_version);
    list_put(&line, "clauses", request->clauses);
    list_put(&line, "items", request->items);
    list_put(&line, "gave", gave);
    number_put(&line, "records", answer->record_count);
    if (answer->is_withheld) {
        named_put(&line, "withheld", answer->withholding.code);
    }
    return line_end(journal, &line);
}

struct lg_err connector_journal_receipt(struct connector_journal *journal, struct arena *arena,
                                        int64_t now_ms,
                                        const struct wire_acknowledge_request *request) {
    struct writer line;
    struct span proof;
    TRY(line_new(arena, &line));
    TRY(audit_proof_write(&request->logged.receipt, request->logged.checkpoint, arena, &proof));
    line_begin(&line, now_ms, "receipt", &request->call_reference);
    number_put(&line, "index", request->logged.receipt.index);
    named_put(&line, "proof", proof);
    return line_end(journal, &line);
}
