/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of reliance that a change of consent ended, put together to one notice for each recipient,
 * agreement, change and kind of consent; and the text of one. */
#include <string.h>

#include "gateway/consent/consent_int.h"

/* Lines of data in one text; the list beside it has all. */
enum { TEXT_LINES_MAX = 48 };

/* ---- Reading -----------------------------------------------------------------------------------
 */

static bool same_notice(const struct store_reliance *a, const struct store_reliance *b) {
    return memcmp(a->notice.bytes, b->notice.bytes, sizeof a->notice.bytes) == 0;
}

static size_t rows_of_notice(const struct store_reliance *rows, size_t count) {
    size_t same = 1;
    while (same < count && same_notice(&rows[same], &rows[0])) {
        same++;
    }
    return same;
}

static struct lg_err row_add(const struct store_reliance *row, struct arena *arena,
                             struct consent_notice *notice, struct consent_use_item *items,
                             struct span *purposes) {
    struct person_id recorded_for; /* may be an alias by now; the row says whose it is */
    struct consent_reliance use;
    struct lg_err err = consent_use_decode(row->body, arena, &recorded_for, &use);
    if (lg_err_class(err) == LG_CLASS_INPUT) {
        return consent_fail(LG_CLASS_STORE, CONSENT_BODY);
    }
    TRY(err);
    notice->key = (struct store_notice_key){.recipient = use.recipient,
                                            .agreement = use.agreement,
                                            .kind = use.kind,
                                            .ended_index = row->ended_index};
    notice->agreement_version = use.agreement_version;
    notice->is_acknowledged = row->acknowledged_index > 0;
    items[notice->item_count] = use.items[0];
    purposes[notice->item_count] = use.purpose;
    notice->item_count++;
    return LG_OK;
}

static struct lg_err notice_make(const struct store_reliance *rows, size_t count,
                                 struct arena *arena, struct consent_notice *out_notice) {
    struct consent_use_item *items = arena_array(arena, count, sizeof *items);
    struct span *purposes = arena_array(arena, count, sizeof *purposes);
    if (items == NULL || purposes == NULL) {
        return consent_fail(LG_CLASS_LIMIT, CONSENT_MEMORY);
    }
    *out_notice = (struct consent_notice){
        .id = rows[0].notice, .person = rows[0].person, .items = items, .purposes = purposes};
    for (size_t i = 0; i < count; i++) {
        TRY(row_add(&rows[i], arena, out_notice, items, purposes));
    }
    return LG_OK;
}

/* Where the rows were cut, the last change may have more: it is left for the next look. Of one that
 * fills the whole of this one the last notice is; a notice that does so itself goes on in the next,
 * and begins a look: an acknowledgement covers what was given of it. */
static size_t whole_rows(const struct store_reliance *rows, size_t count, bool *out_more) {
    const struct store_reliance *last = &rows[count > 0 ? count - 1 : 0];
    size_t of_change = count;
    size_t of_notice = count;
    *out_more = count == STORE_NOTICE_ROWS_MAX;
    if (!*out_more) {
        return count;
    }
    while (of_change > 0 && rows[of_change - 1].ended_index == last->ended_index) {
        of_change--;
    }
    while (of_notice > 0 && same_notice(&rows[of_notice - 1], last)) {
        of_notice--;
    }
    if (of_change > 0) {
        return of_change;
    }
    return of_notice > 0 ? of_notice : count;
}

static struct lg_err notices_make(const struct store_reliance *rows, size_t count,
                                  struct arena *arena, struct consent_notice **out_notices,
                                  size_t *out_count) {
    struct consent_notice *notices = arena_array(arena, count, sizeof *notices);
    size_t made = 0;
    if (notices == NULL) {
        return consent_fail(LG_CLASS_LIMIT, CONSENT_MEMORY);
    }
    for (size_t at = 0; at < count;) {
        size_t same = rows_of_notice(&rows[at], count - at);
        TRY(notice_make(&rows[at], same, arena, &notices[made]));
        made++;
        at += same;
    }
    *out_notices = notices;
    *out_count = made;
    return LG_OK;
}

/* The page after the one that ends with this row. */
static struct lg_err page_make(const struct consent_notice_look *look,
                               struct store_reliance_search *search,
                               const struct store_reliance *last, struct arena *arena,
                               struct span *out_next) {
    uint8_t *page = arena_alloc(arena, STORE_NOTICE_PAGE_SIZE);
    if (page == NULL) {
        return consent_fail(LG_CLASS_LIMIT, CONSENT_MEMORY);
    }
    search->from_index = last->ended_index;
    search->after_notice = last->notice;
    search->after_row = last->row;
    store_notice_page_seal(store_reader_store(look->reader), search, page);
    *out_next = span_of(page, STORE_NOTICE_PAGE_SIZE);
    return LG_OK;
}

struct lg_err consent_notices_read(const struct consent_notice_look *look, struct arena *arena,
                                   struct consent_notice **out_notices, size_t *out_count,
                                   struct span *out_next) {
    struct store_reliance_search search = {
        .party = look->party,
        .is_source = look->of_source,
        .outstanding_only = look->outstanding_only,
    };
    struct store_reliance *rows = NULL;
    struct consent_notice *notices = NULL;
    struct span next = span_of(NULL, 0);
    size_t count = 0;
    bool more = false;
    if (look->page.len > 0 &&
        lg_failed(store_notice_page_open(store_reader_store(look->reader), look->page, &search))) {
        return consent_fail(LG_CLASS_INPUT, CONSENT_PAGE);
    }
    TRY(store_reliances_read(look->reader, &search, arena, &rows, &count));
    size_t whole = whole_rows(rows, count, &more);
    TRY(notices_make(rows, whole, arena, &notices, &count));
    if (more) {
        TRY(page_make(look, &search, &rows[whole - 1], arena, &next));
    }
    *out_notices = notices;
    *out_count = count;
    *out_next = next;
    return LG_OK;
}

struct lg_err consent_notice_find(struct store_reader *reader, struct span party,
                                  const struct store_tag *id, struct arena *arena,
                                  const struct consent_notice **out_notice) {
    struct store_reliance *rows = NULL;
    struct consent_notice *notices = NULL;
    size_t count = 0;
    TRY(store_notice_read(reader, id, arena, &rows, &count));
    TRY(notices_make(rows, count, arena, &notices, &count));
    bool is_own = count > 0 && span_equal(notices[0].key.recipient, party);
    *out_notice = is_own ? &notices[0] : NULL;
    return LG_OK;
}

/* ---- Text --------------------------------------------------------------------------------------
 */

static const char *ended_text(enum consent_kind kind) {
    switch (kind) {
    case CONSENT_KIND_CONFIDENTIALITY:
        return "The person's permission to share confidential information with you has ended.";
    case CONSENT_KIND_SERVICE:
        return "The person's agreement to the service has ended.";
    case CONSENT_KIND_OBJECTION:
        return "The person objects to this use of their data (UK GDPR, Article 21).";
    case CONSENT_KIND_NOT_STATED:
    case CONSENT_KIND_BASIS:
    case CONSENT_KIND_END:
        break;
    }
    return "The person's consent, on which this sharing rested, has ended.";
}

/* What withdrawal means differs by what was agreed to (agreements.md, section 13). */
static const char *duty_text(enum consent_kind kind) {
    switch (kind) {
    case CONSENT_KIND_CONFIDENTIALITY:
        return "Do not rely on this permission again: no more is shared under it. What you hold "
               "already\nstays lawful to hold; do not pass it on without another basis. A duty in "
               "law or an\nemergency is not stopped by this.";
    case CONSENT_KIND_SERVICE:
        return "End the case that rested on the agreement. Keep only what your records rules "
               "require.";
    case CONSENT_KIND_OBJECTION:
        return "Use it no further for this purpose until an officer of yours has decided whether "
               "there are\ncompelling grounds that override the objection (UK GDPR, Articles "
               "18(1)(d) and 21(1)). Where\nthere are none, erase it (Articles 17(1)(c) and 19). "
               "Pass this on to everybody you gave it to.";
    case CONSENT_KIND_NOT_STATED:
    case CONSENT_KIND_BASIS:
    case CONSENT_KIND_END:
        break;
    }
    return "Decide whether to erase it (UK GDPR, Articles 17(1)(b) and 19): what you hold on no "
           "other\nlawful basis must be erased. Pass this on to everybody you gave it to. What was "
           "done\nbefore stays lawful.";
}

static const char *received_text(enum consent_kind kind) {
    return kind == CONSENT_KIND_OBJECTION ? "You received:" : "You received on the strength of it:";
}

static void line_add(struct arena *arena, struct span *text, struct span line) {
    *text = arena_format(arena, "%.*s%.*s", (int)text->len, (const char *)text->ptr, (int)line.len,
                         (const char *)line.ptr);
}

static void items_add(const struct consent_notice *notice, struct arena *arena, struct span *text) {
    for (size_t i = 0; i < notice->item_count && i < TEXT_LINES_MAX; i++) {
        const struct consent_use_item *item = &notice->items[i];
        line_add(arena, text,
                 arena_format(arena, "  %.*s from %.*s for %.*s, log entry %llu\n",
                              (int)item->category.len, (const char *)item->category.ptr,
                              (int)item->source.len, (const char *)item->source.ptr,
                              (int)notice->purposes[i].len, (const char *)notice->purposes[i].ptr,
                              (unsigned long long)item->released_index));
    }
    if (notice->item_count > TEXT_LINES_MAX) {
        line_add(arena, text,
                 arena_format(arena, "  and %zu more, listed with this notice\n",
                              notice->item_count - TEXT_LINES_MAX));
    }
}

static struct span about_of(const struct consent_notice_text *it, struct arena *arena) {
    return it->pseudonym.len > 0
               ? arena_format(arena, "your pseudonym %.*s", (int)it->pseudonym.len,
                              (const char *)it->pseudonym.ptr)
               : span_text("the person of your receipts named below");
}

struct lg_err consent_notice_write(const struct consent_notice_text *it, struct arena *arena,
                                   struct span *out_text) {
    const struct consent_notice *notice = it->notice;
    struct span about = about_of(it, arena);
    struct span text =
        arena_format(arena,
                     "lockgate consent notice v1\n"
                     "To: %.*s\nAgreement: %.*s, version %u\nAbout: %.*s\nEnded: %.*s\n\n"
                     "%s\n\n%s\n",
                     (int)notice->key.recipient.len, (const char *)notice->key.recipient.ptr,
                     (int)notice->key.agreement.len, (const char *)notice->key.agreement.ptr,
                     (unsigned)notice->agreement_version, (int)about.len, (const char *)about.ptr,
                     (int)it->ended_on.len, (const char *)it->ended_on.ptr,
                     ended_text(notice->key.kind), received_text(notice->key.kind));
    items_add(notice, arena, &text);
    line_add(arena, &text, arena_format(arena, "\n%s\n", duty_text(notice->key.kind)));
    if (lg_failed(arena_failed(arena))) {
        return consent_fail(LG_CLASS_LIMIT, CONSENT_MEMORY);
    }
    *out_text = text;
    return LG_OK;
}
