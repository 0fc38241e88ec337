/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/text/words.h"

#include "gateway/base/limits.h"
#include "gateway/base/num.h"

static bool is_blank(uint8_t byte) {
    return byte == ' ' || byte == '\n';
}

static bool is_digit(uint8_t byte) {
    return byte >= '0' && byte <= '9';
}

static bool is_lower(uint8_t byte) {
    return byte >= 'a' && byte <= 'z';
}

static void skip_blanks(struct words *words) {
    while (words->rest.len > 0 && is_blank(words->rest.ptr[0])) {
        words->line += words->rest.ptr[0] == '\n';
        words->rest = span_slice(words->rest, 1, words->rest.len);
    }
}

static struct span trim_end(struct span text) {
    while (text.len > 0 && is_blank(text.ptr[text.len - 1])) {
        text.len--;
    }
    return text;
}

struct words policy_words_of(struct span value, uint32_t line) {
    return (struct words){.rest = value, .line = line};
}

bool policy_words_next(struct words *words, struct span *out_word) {
    skip_blanks(words);
    size_t len = 0;
    while (len < words->rest.len && !is_blank(words->rest.ptr[len])) {
        len++;
    }
    *out_word = span_slice(words->rest, 0, len);
    words->rest = span_slice(words->rest, len, words->rest.len);
    return len > 0;
}

bool policy_words_take(struct words *words, const char *word) {
    struct words ahead = *words;
    struct span found;
    if (!policy_words_next(&ahead, &found) || !span_equal_text(found, word)) {
        return false;
    }
    *words = ahead;
    return true;
}

bool policy_words_are(struct span text, const char *phrase) {
    struct words have = policy_words_of(text, 0);
    struct words want = policy_words_of(span_text(phrase), 0);
    struct span a;
    struct span b;
    while (policy_words_next(&want, &b)) {
        if (!policy_words_next(&have, &a) || !span_equal(a, b)) {
            return false;
        }
    }
    return policy_words_end(&have);
}

bool policy_words_item(struct words *words, struct span *out_item) {
    if (words->rest.ptr == NULL) {
        return false;
    }
    skip_blanks(words);
    size_t comma = span_index(words->rest, ',');
    struct span item = span_slice(words->rest, 0, comma);
    *out_item = trim_end(item);
    if (comma == words->rest.len) {
        words->rest = span_of(NULL, 0);
        return true;
    }
    /* A comma at the very end leaves an empty item, not none. */
    words->rest = span_of(words->rest.ptr + comma + 1, words->rest.len - comma - 1);
    for (size_t i = 0; i < item.len; i++) {
        words->line += item.ptr[i] == '\n';
    }
    return true;
}

struct span policy_words_rest(const struct words *words) {
    struct words copy = *words;
    skip_blanks(&copy);
    return trim_end(copy.rest);
}

bool policy_words_end(const struct words *words) {
    return policy_words_rest(words).len == 0;
}

bool policy_words_number_parse(struct span text, uint32_t max, uint32_t *out_number) {
    uint64_t value = 0;
    if (text.len == 0 || text.len > 10 || (text.ptr[0] == '0' && text.len > 1)) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (!is_digit(text.ptr[i])) {
            return false;
        }
        value = value * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    if (value > max) {
        return false;
    }
    *out_number = (uint32_t)value;
    return true;
}

bool policy_words_number(struct words *words, uint32_t max, uint32_t *out_number) {
    struct words ahead = *words;
    struct span word;
    if (!policy_words_next(&ahead, &word) || !policy_words_number_parse(word, max, out_number)) {
        return false;
    }
    *words = ahead;
    return true;
}

bool policy_words_is_name(struct span text) {
    if (text.len == 0 || text.len > LIMIT_POLICY_NAME_SIZE || !is_lower(text.ptr[0])) {
        return false;
    }
    for (size_t i = 1; i < text.len; i++) {
        uint8_t byte = text.ptr[i];
        bool hyphen = byte == '-' && text.ptr[i - 1] != '-' && i + 1 < text.len;
        if (!is_lower(byte) && !is_digit(byte) && !hyphen) {
            return false;
        }
    }
    return true;
}

bool policy_words_is_clause_id(struct span text) {
    if (text.len == 0 || text.len > LIMIT_POLICY_NAME_SIZE) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = text.ptr[i];
        bool upper = byte >= 'A' && byte <= 'Z';
        bool mark = (byte == '.' || byte == '-') && i > 0;
        if (!is_lower(byte) && !is_digit(byte) && !upper && !mark) {
            return false;
        }
    }
    return true;
}

/* Optimal string alignment: three rows of the table are enough. */
size_t policy_nearest_distance(struct span a, struct span b, size_t bound) {
    size_t rows[3][LIMIT_POLICY_NAME_SIZE + 1];
    size_t gap = a.len > b.len ? a.len - b.len : b.len - a.len;
    if (a.len > LIMIT_POLICY_NAME_SIZE || b.len > LIMIT_POLICY_NAME_SIZE || gap > bound) {
        return bound + 1;
    }
    size_t *before = rows[0];
    size_t *above = rows[1];
    size_t *row = rows[2];
    for (size_t j = 0; j <= b.len; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= a.len; i++) {
        size_t *spare = before;
        before = above;
        above = row;
        row = spare;
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            size_t change = above[j - 1] + (a.ptr[i - 1] != b.ptr[j - 1]);
            row[j] = num_min(change, num_min(above[j], row[j - 1]) + 1);
            bool swapped =
                i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] && a.ptr[i - 2] == b.ptr[j - 1];
            row[j] = swapped ? num_min(row[j], before[j - 2] + 1) : row[j];
        }
    }
    return num_min(row[b.len], bound + 1);
}

struct nearest policy_nearest_of(struct span word) {
    size_t bound = num_min(num_max(word.len / 3, 1), 3);
    return (struct nearest){.word = word, .distance = bound + 1};
}

void policy_nearest_offer(struct nearest *nearest, struct span candidate) {
    if (nearest->distance == 0) {
        return;
    }
    size_t distance = policy_nearest_distance(nearest->word, candidate, nearest->distance - 1);
    if (distance < nearest->distance) {
        nearest->distance = distance;
        nearest->best = candidate;
    }
}
