/* SPDX-License-Identifier: Apache-2.0 */
/* Taking a value apart: words between white space, items between commas, and the nearest known word
 * for one that is unknown. */
#ifndef POLICY_TEXT_WORDS_H
#define POLICY_TEXT_WORDS_H

#include "gateway/base/span.h"

/* What is left of a value, and the line it is on. */
struct words {
    struct span rest;
    uint32_t line;
};

struct words policy_words_of(struct span value, uint32_t line);
/* The next word between blanks. False at the end. */
bool policy_words_next(struct words *words, struct span *out_word);
/* Steps over the next word if it is this one. */
bool policy_words_take(struct words *words, const char *word);
/* The next item between commas, trimmed; empty where two commas meet. False at the end; a value
 * without anything has no item. words->line is then the line of the comma after it. */
bool policy_words_item(struct words *words, struct span *out_item);
/* True where text is this phrase, whatever blanks and line breaks stand between its words. */
bool policy_words_are(struct span text, const char *phrase);
/* Everything left, trimmed. */
struct span policy_words_rest(const struct words *words);
/* Nothing but blanks is left. */
bool policy_words_end(const struct words *words);
/* The next word as a decimal number without sign or leading zeros, at most max. */
bool policy_words_number(struct words *words, uint32_t max, uint32_t *out_number);
/* The same for a whole span. */
bool policy_words_number_parse(struct span text, uint32_t max, uint32_t *out_number);
/* A name: a lower-case letter, then lower-case letters, digits and single hyphens; at most
 * LIMIT_POLICY_NAME_SIZE bytes. */
bool policy_words_is_name(struct span text);
/* A clause id: letters, digits, dots and hyphens, starting with a letter or digit. */
bool policy_words_is_clause_id(struct span text);

/* Searches for the candidate with the smallest edit distance to a word. */
struct nearest {
    struct span word;
    struct span best;
    size_t distance;
};

/* best stays empty unless a candidate is within a third of the word's length, at least 1, at most
 * 3 edits (one letter added, dropped, changed, or two neighbours swapped). */
struct nearest policy_nearest_of(struct span word);
void policy_nearest_offer(struct nearest *nearest, struct span candidate);
/* Edits between two words, or `bound` + 1 where there are more than `bound` or a word is longer
 * than LIMIT_POLICY_NAME_SIZE. */
size_t policy_nearest_distance(struct span a, struct span b, size_t bound);

#endif
