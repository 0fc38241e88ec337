/* SPDX-License-Identifier: Apache-2.0 */
/* The file of pinned keys; edge.h draws it. */
#include <stdio.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/base/bytes.h"
#include "gateway/edge/edge.h"
#include "gateway/edge/edge_int.h"

static const char CLASSES[] = "?NACDE";

_Static_assert(sizeof CLASSES == TOKEN_CLASS_END + 1, "a letter for each class");

const struct vault_point *edge_pins_find(const struct edge_pins *pins, enum token_class token_class,
                                         uint32_t epoch) {
    for (size_t i = 0; i < pins->token_count; i++) {
        const struct edge_pin *pin = &pins->tokens[i];
        if (pin->token_class == token_class && pin->epoch == epoch) {
            return &pin->public_key;
        }
    }
    return NULL;
}

static bool epoch_is_whole(const struct edge_pins *pins, uint32_t epoch) {
    for (enum token_class c = TOKEN_N; c < TOKEN_CLASS_END; c++) {
        if (edge_pins_find(pins, c, epoch) == NULL) {
            return false;
        }
    }
    return true;
}

uint32_t edge_pins_epoch(const struct edge_pins *pins) {
    uint32_t newest = 0;
    for (size_t i = 0; i < pins->token_count; i++) {
        uint32_t epoch = pins->tokens[i].epoch;
        if (epoch > newest && epoch_is_whole(pins, epoch)) {
            newest = epoch;
        }
    }
    return newest;
}

/* The next word of a line; empty at its end. */
static struct span word_take(struct span *line) {
    struct span word = {.ptr = NULL, .len = 0};
    *line = span_trim(*line);
    if (line->len > 0) {
        size_t end = span_index(*line, ' ');
        word = span_slice(*line, 0, end);
        *line = span_slice(*line, end, line->len);
    }
    return word;
}

/* A decimal number from 1 without leading zeros; 0 where it is none. */
static uint32_t epoch_read(struct span word) {
    uint64_t value = 0;
    for (size_t i = 0; i < word.len; i++) {
        if (word.ptr[i] < '0' || word.ptr[i] > '9' || (i == 0 && word.ptr[i] == '0')) {
            return 0;
        }
        value = value * 10 + (uint64_t)(word.ptr[i] - '0');
        if (value > UINT32_MAX) {
            return 0;
        }
    }
    return (uint32_t)value;
}

static const char *index_read(struct span line, struct edge_pins *pins) {
    if (pins->has_index) {
        return "the index's key is there twice";
    }
    if (lg_failed(bytes_from_hex(word_take(&line), pins->index.bytes, sizeof pins->index.bytes)) ||
        word_take(&line).len != 0) {
        return "`index` is followed by 64 hex digits";
    }
    pins->has_index = true;
    return NULL;
}

static const char *token_read(struct span line, struct edge_pins *pins) {
    struct span letter = word_take(&line);
    const char *at =
        letter.len == 1 && letter.ptr[0] != '\0' ? strchr(CLASSES + TOKEN_N, letter.ptr[0]) : NULL;
    struct edge_pin pin = {.epoch = epoch_read(word_take(&line))};
    if (at == NULL || pin.epoch == 0 ||
        lg_failed(
            bytes_from_hex(word_take(&line), pin.public_key.bytes, sizeof pin.public_key.bytes)) ||
        word_take(&line).len != 0) {
        return "`token` is followed by a class (N A C D E), an epoch from 1 and 64 hex digits";
    }
    pin.token_class = (enum token_class)(at - CLASSES);
    if (!vault_point_is_valid(&pin.public_key)) {
        return "this is not a public key of a key service";
    }
    if (edge_pins_find(pins, pin.token_class, pin.epoch) != NULL) {
        return "a key of this class and epoch is there already";
    }
    if (pins->token_count == EDGE_PINS_MAX) {
        return "too many keys; take out those of old epochs";
    }
    pins->tokens[pins->token_count++] = pin;
    return NULL;
}

/* NULL, or what is wrong with the line. */
static const char *line_read(struct span line, struct edge_pins *pins) {
    struct span word = word_take(&line);
    if (word.len == 0 || word.ptr[0] == '#') {
        return NULL;
    }
    if (span_equal_text(word, "index")) {
        return index_read(line, pins);
    }
    if (span_equal_text(word, "token")) {
        return token_read(line, pins);
    }
    return "a line begins with `index`, `token` or `#`";
}

struct lg_err edge_pins_read(struct span text, struct diag *diag, struct edge_pins *out_pins) {
    struct edge_pins pins = {.token_count = 0};
    struct span line;
    uint32_t number = 0;
    while (span_split(&text, '\n', &line)) {
        number++;
        const char *fault = line_read(line, &pins);
        if (fault != NULL) {
            diag_set(diag, number, "%s", fault);
            return edge_fail(LG_CLASS_CONFIG, EDGE_PINS);
        }
    }
    *out_pins = pins;
    return LG_OK;
}

void edge_pins_write(const struct edge_pins *pins, char out[static EDGE_PINS_TEXT_SIZE]) {
    char hex[2 * VAULT_POINT_SIZE + 1];
    struct writer w = writer_of(out, EDGE_PINS_TEXT_SIZE);
    if (pins->has_index) {
        bytes_to_hex(span_of(pins->index.bytes, sizeof pins->index.bytes), hex);
        writer_text(&w, "index ");
        writer_text(&w, hex);
        writer_text(&w, "\n");
    }
    for (size_t i = 0; i < pins->token_count; i++) {
        const struct edge_pin *pin = &pins->tokens[i];
        char line[96];
        bytes_to_hex(span_of(pin->public_key.bytes, sizeof pin->public_key.bytes), hex);
        snprintf(line, sizeof line, "token %c %u %s\n", CLASSES[pin->token_class], pin->epoch, hex);
        writer_text(&w, line);
    }
    writer_u8(&w, 0);
    ASSERT(!w.failed);
}
