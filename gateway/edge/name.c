/* SPDX-License-Identifier: Apache-2.0 */
/* Names to plain a-z. Each code point is decomposed (compatibility), case-folded and stripped of
 * its marks by utf8proc; what is then a-z is kept, a few letters without a decomposition have a
 * spelling, and any other letter makes the whole name missing: half a name, or one that mixes in a
 * letter of another script that looks like ours, would be a token of somebody else. */
#include <string.h>
#include <utf8proc.h>

#include "gateway/base/num.h"
#include "gateway/edge/edge.h"
#include "gateway/edge/edge_int.h"
#include "gateway/vault/vault.h"

enum {
    DECOMPOSED_MAX = 32, /* the longest decomposition of Unicode has 18 code points */
    WORDS_MAX = 16,
};

/* Words of one name, one after the other without spaces between. */
struct words {
    char text[EDGE_NAME_SIZE * 2 + 1];
    size_t used;
    size_t start[WORDS_MAX + 1];
    size_t count;
    bool open; /* the last word may still grow */
    bool full;
};

static void words_letter(struct words *words, char letter) {
    if (!words->open) {
        if (words->count == WORDS_MAX) {
            words->full = true;
            return;
        }
        words->start[words->count++] = words->used;
        words->open = true;
    }
    if (words->used == sizeof words->text - 1) {
        words->full = true;
        return;
    }
    words->text[words->used++] = letter;
}

/* Letters that Unicode does not decompose, after case folding. */
static const struct {
    utf8proc_int32_t code;
    const char *plain;
} SPELLINGS[] = {
    {0x00e6, "ae"}, {0x00f0, "d"}, {0x00f8, "o"}, {0x00fe, "th"}, {0x0111, "d"},  {0x0127, "h"},
    {0x0131, "i"},  {0x0138, "k"}, {0x0142, "l"}, {0x014b, "ng"}, {0x0153, "oe"}, {0x0167, "t"},
    {0x0180, "b"},  {0x0188, "c"}, {0x018f, "e"}, {0x0192, "f"},  {0x01b6, "z"},  {0x0259, "e"},
};

static const char *spelling_find(utf8proc_int32_t code) {
    for (size_t i = 0; i < sizeof SPELLINGS / sizeof SPELLINGS[0]; i++) {
        if (SPELLINGS[i].code == code) {
            return SPELLINGS[i].plain;
        }
    }
    return NULL;
}

/* Apostrophes that Unicode counts among the letters (okina and its relatives). */
static bool is_letter_mark(utf8proc_int32_t code) {
    return code >= 0x02b9 && code <= 0x02cf;
}

/* A word ends here; hyphens and apostrophes join what stands on both sides. */
static bool is_break(utf8proc_int32_t code, utf8proc_category_t category) {
    return category == UTF8PROC_CATEGORY_ZS || code == '\t' || code == '.' || code == ',' ||
           code == '(' || code == ')' || code == '/' || code == ';';
}

/* Controls of writing direction, private and unassigned code points have no place in a name: they
 * are there to make one look like another. */
static bool is_hostile(utf8proc_int32_t code, utf8proc_category_t category) {
    bool direction = code == 0x061c || code == 0x200e || code == 0x200f ||
                     (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
    return direction || category == UTF8PROC_CATEGORY_CN || category == UTF8PROC_CATEGORY_CO ||
           category == UTF8PROC_CATEGORY_CS || (category == UTF8PROC_CATEGORY_CC && code != '\t');
}

/* One code point after decomposition. False: the name cannot be told in plain letters. */
static bool piece_add(struct words *words, utf8proc_int32_t code) {
    if (code >= 'a' && code <= 'z') {
        words_letter(words, (char)code);
        return true;
    }
    utf8proc_category_t category = utf8proc_category(code);
    const char *plain = spelling_find(code);
    if (plain != NULL) {
        for (; *plain != '\0'; plain++) {
            words_letter(words, *plain);
        }
        return true;
    }
    if (is_break(code, category)) {
        words->open = false;
    }
    bool is_letter = category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO;
    return !is_letter || is_letter_mark(code);
}

static bool code_add(struct words *words, utf8proc_int32_t code) {
    if (is_hostile(code, utf8proc_category(code))) {
        return false;
    }
    utf8proc_int32_t pieces[DECOMPOSED_MAX];
    int boundary = 0;
    utf8proc_ssize_t count =
        utf8proc_decompose_char(code, pieces, DECOMPOSED_MAX,
                                UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD |
                                    UTF8PROC_STRIPMARK | UTF8PROC_IGNORE,
                                &boundary);
    if (count < 0 || count > DECOMPOSED_MAX) {
        return false;
    }
    for (utf8proc_ssize_t i = 0; i < count; i++) {
        if (!piece_add(words, pieces[i])) {
            return false;
        }
    }
    return true;
}

static bool words_read(struct span given, struct words *words) {
    struct span rest = given;
    while (rest.len > 0) {
        utf8proc_int32_t code = 0;
        utf8proc_ssize_t size = utf8proc_iterate(rest.ptr, (utf8proc_ssize_t)rest.len, &code);
        if (size <= 0 || !code_add(words, code)) {
            return false;
        }
        rest = span_slice(rest, (size_t)size, rest.len);
    }
    words->start[words->count] = words->used;
    return !words->full;
}

static bool word_is_one_of(const struct words *words, size_t index, const char *const *list) {
    struct span word =
        span_of(words->text + words->start[index], words->start[index + 1] - words->start[index]);
    for (; *list != NULL; list++) {
        if (span_equal_text(word, *list)) {
            return true;
        }
    }
    return false;
}

static const char *const TITLES[] = {
    "mr",  "mrs",  "ms",     "miss", "mx",  "dr",   "doctor", "prof", "professor",
    "rev", "revd", "master", "mstr", "sir", "dame", "cllr",   NULL,
};
static const char *const SUFFIXES[] = {"jr", "jnr", "sr", "snr", "esq", "mbe", "obe", "cbe", NULL};

bool edge_name_fold(struct span given, char out[static EDGE_NAME_SIZE + 1]) {
    out[0] = '\0';
    if (given.len > LIMIT_EDGE_NAME) {
        return false;
    }
    struct words words = {.used = 0};
    bool fits = words_read(given, &words);
    size_t first = 0;
    size_t last = words.count;
    /* At least one word stays: "Master" alone is a family name. */
    while (fits && last - first > 1 && word_is_one_of(&words, first, TITLES)) {
        first++;
    }
    while (fits && last - first > 1 && word_is_one_of(&words, last - 1, SUFFIXES)) {
        last--;
    }
    size_t len = words.start[last] - words.start[first];
    fits = fits && len <= EDGE_NAME_SIZE;
    if (fits) {
        memcpy(out, words.text + words.start[first], len);
        out[len] = '\0';
    }
    vault_wipe(&words, sizeof words);
    return fits;
}
