/* SPDX-License-Identifier: Apache-2.0 */
/* A JSON text (RFC 8259) to its values, without recursion and without a copy.
 *
 *   state        takes                                    then
 *   VALUE        any value                                AFTER; FIRST_NAME in {; FIRST_VALUE in [
 *   FIRST_VALUE  any value, or ]                          the same; AFTER
 *   FIRST_NAME   a string and a colon, or }               VALUE; AFTER
 *   NAME         a string and a colon                     VALUE
 *   AFTER        , or the end of what is open             NAME in an object, VALUE in a list; AFTER
 *
 * It ends in AFTER with nothing open. Before that a first walk counts brackets and commas, which
 * bounds nesting and values, and so the memory. */
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/wire/json_int.h"

enum state { STATE_VALUE, STATE_FIRST_VALUE, STATE_FIRST_NAME, STATE_NAME, STATE_AFTER };

/* open: the lists and objects under way. name: of the member whose value comes next. */
struct parser {
    struct span text;
    size_t at;
    enum state state;
    struct wire_json_node *open[LIMIT_WIRE_JSON_DEPTH];
    size_t depth;
    struct span name;
    struct wire_json_node *nodes;
    size_t node_count;
    size_t node_max;
    struct wire_report *report;
};

/* ---- Sentences --------------------------------------------------------------------------- */

LG_MUST_USE static struct lg_err refuse(struct wire_report *report, uint16_t code,
                                        const char *what) {
    struct wire_sentence sentence = {.text = report->sentence};
    wire_sentence_add(&sentence, "The JSON text %s", what);
    return lg_err_make(LG_CLASS_INPUT, LG_WIRE, code);
}

/* With the place: line and byte in it, from 1. */
LG_MUST_USE static struct lg_err refuse_here(const struct parser *parser, uint16_t code,
                                             const char *what) {
    size_t line = 1;
    size_t column = 1;
    for (size_t i = 0; i < parser->at; i++) {
        bool is_end = parser->text.ptr[i] == '\n';
        line += is_end ? 1 : 0;
        column = is_end ? 1 : column + 1;
    }
    struct wire_sentence sentence = {.text = parser->report->sentence};
    wire_sentence_add(&sentence, "The JSON text %s (line %zu, column %zu)", what, line, column);
    return lg_err_make(LG_CLASS_INPUT, LG_WIRE, code);
}

LG_MUST_USE static struct lg_err refuse_syntax(const struct parser *parser) {
    if (parser->at == parser->text.len) {
        return refuse_here(parser, WIRE_JSON, "ends too early; send all of it");
    }
    return refuse_here(parser, WIRE_JSON, "is not JSON; check it with a JSON tool");
}

/* ---- Counting ---------------------------------------------------------------------------- */

struct counts {
    uint32_t depth;
    uint32_t deepest;
    uint32_t values; /* at least as many as there are, but for the root */
    bool in_string;
    bool is_escaped;
};

static void count_string(struct counts *counts, uint8_t byte) {
    if (counts->is_escaped) {
        counts->is_escaped = false;
    } else if (byte == '\\') {
        counts->is_escaped = true;
    } else if (byte == '"') {
        counts->in_string = false;
    }
}

static void count_plain(struct counts *counts, uint8_t byte) {
    switch (byte) {
    case '"':
        counts->in_string = true;
        break;
    case '{':
    case '[':
        counts->values++;
        counts->depth++;
        counts->deepest = counts->depth > counts->deepest ? counts->depth : counts->deepest;
        break;
    case '}':
    case ']':
        counts->depth -= counts->depth > 0 ? 1 : 0;
        break;
    case ',':
        counts->values++;
        break;
    default:
        break;
    }
}

LG_MUST_USE static struct lg_err check_counts(const struct wire_message *message, struct span json,
                                              struct wire_report *report, size_t *out_values) {
    struct counts counts = {0};
    if (json.len > (size_t)message->bytes_max * LIMIT_WIRE_JSON_FACTOR) {
        return refuse(report, WIRE_BYTES, "is larger than this message may be; ask for less");
    }
    if (!span_is_text(json)) {
        return refuse(report, WIRE_TEXT, "is not UTF-8, or holds NUL; send UTF-8");
    }
    for (size_t i = 0; i < json.len; i++) {
        if (counts.in_string) {
            count_string(&counts, json.ptr[i]);
        } else {
            count_plain(&counts, json.ptr[i]);
        }
    }
    if (counts.deepest > LIMIT_WIRE_JSON_DEPTH) {
        return refuse(report, WIRE_DEPTH, "nests deeper than the contract");
    }
    if (counts.values > message->elements_max) {
        return refuse(report, WIRE_ELEMENTS, "holds more values than a message may; ask for less");
    }
    *out_values = (size_t)counts.values + 1;
    return LG_OK;
}

/* ---- Words ------------------------------------------------------------------------------- */

/* The byte `ahead` of where the parser is; 0, which is in no text, past the end. */
static uint8_t peek(const struct parser *parser, size_t ahead) {
    size_t at = parser->at + ahead;
    return at < parser->text.len ? parser->text.ptr[at] : 0;
}

static void skip_space(struct parser *parser) {
    while (peek(parser, 0) == ' ' || peek(parser, 0) == '\t' || peek(parser, 0) == '\n' ||
           peek(parser, 0) == '\r') {
        parser->at++;
    }
}

static bool is_digit(uint8_t byte) {
    return byte >= '0' && byte <= '9';
}

static bool is_hex(uint8_t byte) {
    return is_digit(byte) || (byte >= 'a' && byte <= 'f') || (byte >= 'A' && byte <= 'F');
}

/* The number of an escape \uXXXX at the parser, or UINT32_MAX. */
static uint32_t peek_unit(const struct parser *parser, size_t ahead) {
    uint32_t unit = 0;
    if (peek(parser, ahead) != '\\' || peek(parser, ahead + 1) != 'u') {
        return UINT32_MAX;
    }
    for (size_t i = 2; i < 6; i++) {
        uint8_t byte = peek(parser, ahead + i);
        if (!is_hex(byte)) {
            return UINT32_MAX;
        }
        uint32_t value =
            is_digit(byte) ? byte - (uint32_t)'0' : (byte | 0x20U) - (uint32_t)'a' + 10;
        unit = unit << 4 | value;
    }
    return unit;
}

/* Steps over an escape. Halves of characters are no text. */
LG_MUST_USE static struct lg_err take_escape(struct parser *parser) {
    uint8_t name = peek(parser, 1);
    if (name != 'u') {
        if (name == 0 || strchr("\"\\/bfnrt", name) == NULL) {
            return refuse_syntax(parser);
        }
        parser->at += 2;
        return LG_OK;
    }
    uint32_t unit = peek_unit(parser, 0);
    bool is_pair = unit >= 0xd800 && unit <= 0xdbff;
    uint32_t low = is_pair ? peek_unit(parser, 6) : 0xdc00;
    bool is_half = unit >= 0xdc00 && unit <= 0xdfff;
    if (unit == UINT32_MAX || is_half || low < 0xdc00 || low > 0xdfff) {
        return refuse_syntax(parser);
    }
    if (unit == 0) {
        return refuse_here(parser, WIRE_TEXT, "holds NUL in a string; leave it out");
    }
    parser->at += is_pair ? 12 : 6;
    return LG_OK;
}

LG_MUST_USE static struct lg_err take_string(struct parser *parser, struct span *out_text) {
    if (peek(parser, 0) != '"') {
        return refuse_syntax(parser);
    }
    parser->at++;
    size_t from = parser->at;
    while (peek(parser, 0) != '"') {
        if (peek(parser, 0) == '\\') {
            TRY(take_escape(parser));
        } else if (peek(parser, 0) < 0x20) {
            return refuse_syntax(parser);
        } else {
            parser->at++;
        }
    }
    *out_text = span_slice(parser->text, from, parser->at - from);
    parser->at++;
    return LG_OK;
}

/* One digit at least. */
LG_MUST_USE static struct lg_err take_digits(struct parser *parser) {
    if (!is_digit(peek(parser, 0))) {
        return refuse_syntax(parser);
    }
    while (is_digit(peek(parser, 0))) {
        parser->at++;
    }
    return LG_OK;
}

LG_MUST_USE static struct lg_err take_number(struct parser *parser, struct span *out_text) {
    size_t from = parser->at;
    parser->at += peek(parser, 0) == '-' ? 1 : 0;
    if (peek(parser, 0) == '0' && is_digit(peek(parser, 1))) {
        return refuse_syntax(parser);
    }
    TRY(take_digits(parser));
    if (peek(parser, 0) == '.') {
        parser->at++;
        TRY(take_digits(parser));
    }
    if (peek(parser, 0) == 'e' || peek(parser, 0) == 'E') {
        parser->at++;
        parser->at += peek(parser, 0) == '+' || peek(parser, 0) == '-' ? 1 : 0;
        TRY(take_digits(parser));
    }
    *out_text = span_slice(parser->text, from, parser->at - from);
    return LG_OK;
}

LG_MUST_USE static struct lg_err take_word(struct parser *parser, const char *word) {
    struct span rest = span_slice(parser->text, parser->at, parser->text.len);
    if (!span_starts_with(rest, span_text(word))) {
        return refuse_syntax(parser);
    }
    parser->at += strlen(word);
    return LG_OK;
}

/* ---- Values ------------------------------------------------------------------------------ */

/* A value under what is open; the first one is the root. */
static struct wire_json_node *add_node(struct parser *parser, enum wire_json_kind kind) {
    ASSERT(parser->node_count < parser->node_max);
    struct wire_json_node *node = &parser->nodes[parser->node_count];
    parser->node_count++;
    *node = (struct wire_json_node){.kind = (uint8_t)kind, .name = parser->name};
    if (parser->depth > 0) {
        struct wire_json_node *owner = parser->open[parser->depth - 1];
        node->before = owner->last;
        owner->last = node;
        owner->count++;
    }
    return node;
}

static void open_node(struct parser *parser, enum wire_json_kind kind) {
    struct wire_json_node *node = add_node(parser, kind);
    ASSERT(parser->depth < LIMIT_WIRE_JSON_DEPTH);
    parser->open[parser->depth] = node;
    parser->depth++;
    parser->at++;
    parser->name = (struct span){0};
    parser->state = kind == WIRE_JSON_LIST ? STATE_FIRST_VALUE : STATE_FIRST_NAME;
}

LG_MUST_USE static struct lg_err take_value(struct parser *parser) {
    parser->state = STATE_AFTER;
    switch (peek(parser, 0)) {
    case '{':
        open_node(parser, WIRE_JSON_OBJECT);
        return LG_OK;
    case '[':
        open_node(parser, WIRE_JSON_LIST);
        return LG_OK;
    case '"':
        return take_string(parser, &add_node(parser, WIRE_JSON_STRING)->text);
    case 't':
        (void)add_node(parser, WIRE_JSON_TRUE);
        return take_word(parser, "true");
    case 'f':
        (void)add_node(parser, WIRE_JSON_FALSE);
        return take_word(parser, "false");
    case 'n':
        (void)add_node(parser, WIRE_JSON_NULL);
        return take_word(parser, "null");
    default:
        return take_number(parser, &add_node(parser, WIRE_JSON_NUMBER)->text);
    }
}

LG_MUST_USE static struct lg_err take_name(struct parser *parser) {
    TRY(take_string(parser, &parser->name));
    skip_space(parser);
    TRY(take_word(parser, ":"));
    parser->state = STATE_VALUE;
    return LG_OK;
}

static bool in_object(const struct parser *parser) {
    return parser->depth > 0 && parser->open[parser->depth - 1]->kind == WIRE_JSON_OBJECT;
}

LG_MUST_USE static struct lg_err take_close(struct parser *parser) {
    TRY(take_word(parser, in_object(parser) ? "}" : "]"));
    parser->depth--;
    parser->state = STATE_AFTER;
    return LG_OK;
}

LG_MUST_USE static struct lg_err take_after(struct parser *parser) {
    if (peek(parser, 0) != ',') {
        return take_close(parser);
    }
    parser->at++;
    parser->state = in_object(parser) ? STATE_NAME : STATE_VALUE;
    return LG_OK;
}

LG_MUST_USE static struct lg_err step(struct parser *parser) {
    skip_space(parser);
    switch (parser->state) {
    case STATE_VALUE:
        return take_value(parser);
    case STATE_FIRST_VALUE:
        return peek(parser, 0) == ']' ? take_close(parser) : take_value(parser);
    case STATE_FIRST_NAME:
        return peek(parser, 0) == '}' ? take_close(parser) : take_name(parser);
    case STATE_NAME:
        return take_name(parser);
    case STATE_AFTER:
        return take_after(parser);
    }
    return refuse_syntax(parser);
}

struct lg_err wire_json_parse(const struct wire_message *message, struct arena *arena,
                              struct span json, struct wire_report *report,
                              const struct wire_json_node **out_root) {
    struct parser parser = {.text = json, .report = report};
    TRY(check_counts(message, json, report, &parser.node_max));
    skip_space(&parser);
    if (peek(&parser, 0) != '{') {
        return refuse_here(&parser, WIRE_JSON,
                           "is not an object; send fields in braces, {} at least");
    }
    parser.nodes = arena_array(arena, parser.node_max, sizeof *parser.nodes);
    if (parser.nodes == NULL) {
        return lg_err_make(LG_CLASS_LIMIT, LG_WIRE, WIRE_MEMORY);
    }
    do {
        TRY(step(&parser));
    } while (parser.depth > 0);
    skip_space(&parser);
    if (parser.at < json.len) {
        return refuse_here(&parser, WIRE_JSON, "goes on after its end; send one object");
    }
    *out_root = parser.nodes;
    return LG_OK;
}
