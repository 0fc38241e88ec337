/* SPDX-License-Identifier: Apache-2.0 */
/* The text of a notice, as the log signs it for its recipient:
 *
 *   lockgate incident notice 1
 *   notice NUMBER                        log index of its entry
 *   to AGENCY
 *   from AGENCY                          left out where the recipient's own entries do not tell it
 *   incident KIND
 *   system NAME                          of the recipient's own
 *   do recall|know                       stop using what came under these entries, and destroy or
 *                                        return it; or know that what you gave went astray
 *   by MILLISECONDS                      since 1970 UTC
 *   entry INDEX                          one line an entry, rising: of the recipient's side
 *
 * Nothing of a person: only the recipient knows what its entries are about. */
#include <inttypes.h>
#include <stdio.h>

#include "gateway/base/bytes.h"
#include "gateway/incident/incident.h"

const char *incident_kind_word(enum incident_kind kind) {
    static const char *const words[] = {
        [INCIDENT_WRONG_PERSON] = "wrong-person",
        [INCIDENT_WRONG_MERGE] = "wrong-merge",
        [INCIDENT_LOST_DEVICE] = "lost-device",
        [INCIDENT_COMPROMISED_SYSTEM] = "compromised-system",
    };
    return kind >= INCIDENT_WRONG_PERSON && kind < INCIDENT_KIND_END ? words[kind] : "";
}

const char *incident_outcome_word(enum incident_outcome outcome) {
    static const char *const words[] = {
        [INCIDENT_OUTCOME_NONE] = "",
        [INCIDENT_OUTCOME_DESTROYED] = "destroyed",
        [INCIDENT_OUTCOME_RETURNED] = "returned",
        [INCIDENT_OUTCOME_KEPT] = "kept",
        [INCIDENT_OUTCOME_NOT_HELD] = "not-held",
        [INCIDENT_OUTCOME_NOTED] = "noted",
    };
    return outcome < INCIDENT_OUTCOME_END ? words[outcome] : "";
}

/* Longer than any: a hundred and more entries, and four names. */
enum { NOTE_SIZE = 6144 };

static void line_write(struct writer *w, const char *word, struct span text) {
    if (text.len > 0) {
        writer_text(w, word);
        writer_text(w, " ");
        writer_bytes(w, text);
        writer_text(w, "\n");
    }
}

static void number_write(struct writer *w, const char *word, uint64_t number) {
    char text[24];
    (void)snprintf(text, sizeof text, "%" PRIu64, number);
    line_write(w, word, span_text(text));
}

struct lg_err incident_note_write(const struct incident_notice *notice, struct arena *arena,
                                  struct span *out_text) {
    const struct incident_step *sent = &notice->sent;
    uint8_t *buf = arena_alloc(arena, NOTE_SIZE);
    TRY(arena_failed(arena));
    struct writer w = writer_of(buf, NOTE_SIZE);
    writer_text(&w, "lockgate incident notice 1\n");
    number_write(&w, "notice", notice->number);
    line_write(&w, "to", sent->agency);
    line_write(&w, "from", sent->other);
    line_write(&w, "incident", span_text(incident_kind_word(sent->what)));
    line_write(&w, "system", sent->scope_system);
    line_write(&w, "do", span_text(sent->is_recall ? "recall" : "know"));
    number_write(&w, "by", (uint64_t)sent->by_ms);
    for (size_t i = 0; i < incident_entry_count(sent); i++) {
        number_write(&w, "entry", incident_entry_at(sent, i));
    }
    return writer_end(&w, out_text);
}
