/* SPDX-License-Identifier: Apache-2.0 */
/* What we offer and what we answer, read from raw bytes and held against text that somebody
 * reviewed (tests/vectors/tls): a new library, a default that moves or a slip of ours shows as a
 * difference in a line. Random values are given by their length alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/support.h"
#include "tests/support/tls_world.h"

#include <cmocka.h>

static int setup(void **state) {
    return raw_world_setup(state, LOCKGATE_SOURCE);
}

/* ---- golden files ---- */

static bool next_line(struct span *rest, struct span *out_line) {
    return rest->len > 0 && span_split(rest, '\n', out_line);
}

static void show(char mark, bool there, struct span line) {
    if (there) {
        print_message("%c %.*s\n", mark, (int)line.len, (const char *)line.ptr);
    }
}

/* Every line that differs, the wanted one first. */
static void print_difference(struct span wanted, struct span got) {
    struct span a = span_of(NULL, 0);
    struct span b = span_of(NULL, 0);
    for (;;) {
        bool has_a = next_line(&wanted, &a);
        bool has_b = next_line(&got, &b);
        if (!has_a && !has_b) {
            return;
        }
        if (!has_a || !has_b || !span_equal(a, b)) {
            show('-', has_a, a);
            show('+', has_b, b);
        }
    }
}

static void expect_text(const char *name, const struct raw_text *got) {
    size_t len = 0;
    char *wanted = support_file_read(LOCKGATE_SOURCE "/tests/vectors/tls", name, &len);
    assert_non_null(wanted);
    bool same = span_equal(span_of(wanted, len), span_of(got->ptr, got->len));
    if (!same) {
        print_message("tests/vectors/tls/%s:\n", name);
        print_difference(span_of(wanted, len), span_of(got->ptr, got->len));
    }
    free(wanted);
    assert_true(same);
}

/* ---- our client ---- */

static void test_hello_of_our_client(void **state) {
    struct raw_world *world = *state;
    struct raw_meeting meeting;
    struct raw_text *text = raw_text_new();
    enum raw_message type;
    struct span body;
    raw_text_add(text, "# What a client of ours says first.\n");
    raw_meeting_new(world->client, "gateway.example", SERVER_URI, &meeting);
    raw_pump(&meeting);
    assert_true(raw_read_message(meeting.raw, &type, &body));
    raw_text_message(text, type, body);
    raw_meeting_free(&meeting);
    raw_text_add(text, "\ndialled by address\n");
    raw_meeting_new(world->client, "192.0.2.1", SERVER_URI, &meeting);
    raw_pump(&meeting);
    assert_true(raw_read_message(meeting.raw, &type, &body));
    struct span name = raw_hello_extension(RAW_CLIENT_HELLO, body, 0);
    raw_text_add(text, name.ptr == NULL ? "  no server_name\n" : "  server_name\n");
    raw_meeting_free(&meeting);
    expect_text("client.txt", text);
    free(text);
}

/* What the client says after a server that it accepts, and on the next connection: nothing is
 * resumed although the server gave a ticket. */
static void test_flight_of_our_client(void **state) {
    struct raw_world *world = *state;
    struct raw_meeting meeting;
    struct raw_text *text = raw_text_new();
    raw_text_add(text, "# A client of ours and a server that it accepts: all that it says.\n");
    raw_meeting_new(world->client, "gateway.example", SERVER_URI, &meeting);
    meeting.raw->text = text;
    raw_server_answer(&meeting, &world->hub);
    assert_false(lg_failed(meeting.err));
    assert_true(raw_server_finish(&meeting));
    raw_meeting_free(&meeting);
    expect_text("client-flight.txt", text);
    free(text);
}

/* ---- our server ---- */

static void test_flight_of_our_server(void **state) {
    struct raw_world *world = *state;
    struct raw_meeting meeting;
    struct raw_text *text = raw_text_new();
    raw_text_add(text,
                 "# Our server and a client that it accepts: all that it says. No tickets, no\n"
                 "# names of authorities.\n");
    raw_meeting_new(world->server, NULL, NULL, &meeting);
    meeting.raw->text = text;
    assert_true(raw_client_hello(&meeting, NULL));
    raw_client_answer(&meeting, &world->police);
    assert_false(lg_failed(meeting.err));
    raw_text_add(text, meeting.raw->in.len == 0 ? "nothing after Finished\n" : "more bytes\n");
    raw_meeting_free(&meeting);
    expect_text("server-flight.txt", text);
    free(text);
}

/* The answer to one hello: what was chosen, a request for another share, or an alert. */
static void try_hello(struct raw_world *world, const struct raw_hello *hello, const char *what,
                      struct raw_text *text) {
    struct raw_meeting meeting;
    raw_meeting_new(world->server, NULL, NULL, &meeting);
    raw_client_first(&meeting, hello);
    raw_text_add(text, "%s", what);
    raw_text_answer(text, &meeting);
    raw_meeting_free(&meeting);
}

enum list { CIPHERS, VERSIONS, GROUPS, SIGNATURES };

static struct span *list_of(struct raw_hello *hello, enum list list) {
    struct span *const lists[] = {&hello->ciphers, &hello->versions, &hello->groups,
                                  &hello->signatures};
    return lists[list];
}

/* Each code by itself, in an otherwise good hello. */
static void try_codes(struct raw_world *world, enum list list, struct span codes,
                      struct raw_text *text) {
    static const char *const titles[] = {"cipher", "version", "group", "signature"};
    for (size_t i = 0; i + 2 <= codes.len; i += 2) {
        struct raw_hello hello;
        char what[64];
        raw_hello_init(&hello);
        *list_of(&hello, list) = span_slice(codes, i, 2);
        hello.has_share = list != GROUPS;
        snprintf(what, sizeof what, "%-10s %02x%02x ", titles[list], codes.ptr[i],
                 codes.ptr[i + 1]);
        try_hello(world, &hello, what, text);
    }
}

/* A list of several, to see who chooses. */
static void try_list(struct raw_world *world, enum list list, struct span codes, const char *what,
                     struct raw_text *text) {
    struct raw_hello hello;
    char padded[64];
    raw_hello_init(&hello);
    *list_of(&hello, list) = codes;
    hello.has_share = list != GROUPS;
    snprintf(padded, sizeof padded, "%-45s ", what);
    try_hello(world, &hello, padded, text);
}

#define CODES(text) span_of(text, sizeof text - 1)

static void test_answers_to_one_code(void **state) {
    struct raw_world *world = *state;
    struct raw_text *text = raw_text_new();
    raw_text_add(text,
                 "# Our server's answer to a hello that is good but for one list of one code\n"
                 "# (groups: without a share, so that the answer names the group).\n");
    try_codes(
        world, CIPHERS,
        CODES("\x13\x01\x13\x02\x13\x03\x13\x04\x13\x05\x00\x00\x00\xff\x00\x2f\x00\x9c\xc0\x2b"
              "\xc0\x2f\xcc\xa8\xcc\xa9\x56\x00\x0a\x0a"),
        text);
    try_codes(
        world, VERSIONS,
        CODES("\x03\x04\x03\x03\x03\x02\x03\x01\x03\x00\x00\x02\x03\x05\x7f\x1c\xfe\xfd\x0a\x0a"),
        text);
    try_codes(
        world, GROUPS,
        CODES("\x00\x1d\x00\x17\x00\x18\x00\x19\x00\x1e\x00\x16\x00\x1a\x01\x00\x01\x01\x11\xec"
              "\x63\x99\x0a\x0a"),
        text);
    try_codes(
        world, SIGNATURES,
        CODES("\x04\x03\x08\x07\x05\x03\x06\x03\x08\x04\x08\x05\x08\x06\x08\x09\x08\x08\x04\x01"
              "\x05\x01\x02\x01\x02\x03\x01\x01\x08\x1a\x0a\x0a"),
        text);
    expect_text("server-codes.txt", text);
    free(text);
}

static void test_answers_to_lists(void **state) {
    struct raw_world *world = *state;
    struct raw_text *text = raw_text_new();
    raw_text_add(text,
                 "# The same for lists: of ciphers the client's first is taken, of groups ours.\n");
    try_list(world, CIPHERS, CODES("\x13\x03\x13\x02\x13\x01"), "ciphers 1303 1302 1301", text);
    try_list(world, CIPHERS, CODES("\x13\x02\x13\x01"), "ciphers 1302 1301", text);
    try_list(world, CIPHERS, CODES("\x13\x04\x13\x05\xc0\x2b"), "ciphers 1304 1305 c02b", text);
    try_list(world, CIPHERS, CODES("\x13\x01\x56\x00"), "ciphers 1301 and fallback SCSV", text);
    try_list(world, CIPHERS, CODES("\x13\x01\x00\xff"), "ciphers 1301 and renegotiation SCSV",
             text);
    try_list(world, CIPHERS, CODES(""), "ciphers none", text);
    try_list(world, VERSIONS, CODES("\x03\x03\x03\x04"), "versions 1.2 1.3", text);
    try_list(world, VERSIONS, span_of(NULL, 0), "versions absent (a hello of TLS 1.2)", text);
    try_list(world, GROUPS, CODES("\x00\x17\x00\x1d"), "groups P-256 X25519, no share", text);
    try_list(world, GROUPS, CODES("\x00\x1d\x00\x17"), "groups X25519 P-256, no share", text);
    try_list(world, GROUPS, CODES("\x00\x18\x00\x19\x00\x17"), "groups P-384 P-521 P-256, no share",
             text);
    try_list(world, GROUPS, CODES("\x00\x18\x00\x19"), "groups P-384 P-521, no share", text);
    try_list(world, GROUPS, span_of(NULL, 0), "groups absent", text);
    try_list(world, SIGNATURES, span_of(NULL, 0), "signatures absent", text);
    expect_text("server-lists.txt", text);
    free(text);
}

struct odd_hello {
    const char *what;
    void (*change)(struct raw_hello *hello, struct raw_bytes *room);
};

static void with_extension(struct raw_hello *hello, struct raw_bytes *room, unsigned type,
                           struct span value) {
    raw_put_number(room, type, 2);
    raw_put_number(room, value.len, 2);
    raw_put(room, value);
    hello->more = span_of(room->ptr, room->len);
}

static void no_alpn(struct raw_hello *hello, struct raw_bytes *room) {
    (void)room;
    hello->protocols = span_of(NULL, 0);
}

static void alpn_http1(struct raw_hello *hello, struct raw_bytes *room) {
    (void)room;
    hello->protocols = CODES("\10http/1.1");
}

static void alpn_h2c(struct raw_hello *hello, struct raw_bytes *room) {
    (void)room;
    hello->protocols = CODES("\3h2c");
}

static void alpn_upper(struct raw_hello *hello, struct raw_bytes *room) {
    (void)room;
    hello->protocols = CODES("\2H2");
}

static void alpn_empty_list(struct raw_hello *hello, struct raw_bytes *room) {
    (void)room;
    hello->protocols = CODES("");
}

static void alpn_empty_name(struct raw_hello *hello, struct raw_bytes *room) {
    (void)room;
    hello->protocols = CODES("\0\2h2");
}

static void alpn_cut(struct raw_hello *hello, struct raw_bytes *room) {
    (void)room;
    hello->protocols = CODES("\2h2\377h");
}

static void alpn_both(struct raw_hello *hello, struct raw_bytes *room) {
    (void)room;
    hello->protocols = CODES("\10http/1.1\2h2");
}

/* As many names as fit into the extension, h2 the last of them. */
static void alpn_long(struct raw_hello *hello, struct raw_bytes *room) {
    while (room->len < 65000) {
        raw_put(room, CODES("\1x"));
    }
    raw_put(room, CODES("\2h2"));
    hello->protocols = span_of(room->ptr, room->len);
}

static void long_without(struct raw_hello *hello, struct raw_bytes *room) {
    alpn_long(hello, room);
    hello->protocols = span_slice(hello->protocols, 0, room->len - 3);
}

static void sni_ours(struct raw_hello *hello, struct raw_bytes *room) {
    (void)room;
    hello->name = CODES("gateway.example");
}

static void sni_other(struct raw_hello *hello, struct raw_bytes *room) {
    (void)room;
    hello->name = CODES("other.example");
}

static void sni_nul(struct raw_hello *hello, struct raw_bytes *room) {
    (void)room;
    hello->name = CODES("gateway.example\0.other.example");
}

static void sni_empty(struct raw_hello *hello, struct raw_bytes *room) {
    (void)room;
    hello->name = CODES("");
}

static void sni_of(struct raw_hello *hello, struct raw_bytes *room, size_t len) {
    memset(room->ptr, 'a', len);
    hello->name = span_of(room->ptr, len);
}

static void sni_255(struct raw_hello *hello, struct raw_bytes *room) {
    sni_of(hello, room, 255);
}

static void sni_256(struct raw_hello *hello, struct raw_bytes *room) {
    sni_of(hello, room, 256);
}

static void sni_64k(struct raw_hello *hello, struct raw_bytes *room) {
    sni_of(hello, room, 65000);
}

static void compression(struct raw_hello *hello, struct raw_bytes *room) {
    (void)room;
    hello->compression = CODES("\1\0");
}

static void compression_only(struct raw_hello *hello, struct raw_bytes *room) {
    (void)room;
    hello->compression = CODES("\1");
}

static void session_33(struct raw_hello *hello, struct raw_bytes *room) {
    hello->session = span_of(room->ptr, 33);
}

static void session_32(struct raw_hello *hello, struct raw_bytes *room) {
    hello->session = span_of(room->ptr, 32);
}

static void old_version(struct raw_hello *hello, struct raw_bytes *room) {
    (void)room;
    hello->version = 0x0301;
}

static void new_version(struct raw_hello *hello, struct raw_bytes *room) {
    (void)room;
    hello->version = 0x0304;
}

static void ticket(struct raw_hello *hello, struct raw_bytes *room) {
    with_extension(hello, room, 35, CODES("an old ticket of TLS 1.2"));
}

static void renegotiation(struct raw_hello *hello, struct raw_bytes *room) {
    with_extension(hello, room, 0xff01, CODES("\0"));
}

static void renegotiation_again(struct raw_hello *hello, struct raw_bytes *room) {
    with_extension(hello, room, 0xff01, CODES("\14twelve bytes"));
}

static void status_request(struct raw_hello *hello, struct raw_bytes *room) {
    with_extension(hello, room, 5, CODES("\1\0\0\0\0"));
}

static void timestamps(struct raw_hello *hello, struct raw_bytes *room) {
    with_extension(hello, room, 18, CODES(""));
}

static void post_handshake(struct raw_hello *hello, struct raw_bytes *room) {
    with_extension(hello, room, 49, CODES(""));
}

static void heartbeat(struct raw_hello *hello, struct raw_bytes *room) {
    with_extension(hello, room, 15, CODES("\1"));
}

static void record_limit(struct raw_hello *hello, struct raw_bytes *room) {
    with_extension(hello, room, 28, CODES("\0\100"));
}

static void fragment_512(struct raw_hello *hello, struct raw_bytes *room) {
    with_extension(hello, room, 1, CODES("\1"));
}

static void raw_keys(struct raw_hello *hello, struct raw_bytes *room) {
    with_extension(hello, room, 19, CODES("\1\2"));
}

static void certificate_compression(struct raw_hello *hello, struct raw_bytes *room) {
    with_extension(hello, room, 27, CODES("\2\0\1"));
}

static void cookie(struct raw_hello *hello, struct raw_bytes *room) {
    with_extension(hello, room, 44, CODES("\0\4mine"));
}

static void early_alone(struct raw_hello *hello, struct raw_bytes *room) {
    with_extension(hello, room, 42, CODES(""));
}

static void twice(struct raw_hello *hello, struct raw_bytes *room) {
    with_extension(hello, room, 16, CODES("\0\3\2h2"));
}

/* A key of nobody's under a name of nobody's, with a binder of zeros (RFC 8446, 4.2.11). */
static void put_psk(struct raw_hello *hello, struct raw_bytes *room, bool early) {
    with_extension(hello, room, 45, CODES("\1\1"));
    if (early) {
        with_extension(hello, room, 42, CODES(""));
    }
    uint8_t value[2 + 2 + 8 + 4 + 2 + 33] = {0, 14, 0, 8, 'r', 'e', 's', 'u', 'm', 'e', 'm', 'e'};
    value[16] = 0;
    value[17] = 33;
    value[18] = 32;
    with_extension(hello, room, 41, span_of(value, sizeof value));
}

static void psk(struct raw_hello *hello, struct raw_bytes *room) {
    put_psk(hello, room, false);
}

static void psk_early(struct raw_hello *hello, struct raw_bytes *room) {
    put_psk(hello, room, true);
}

static const struct odd_hello ODD_HELLOS[] = {
    {"ALPN absent", no_alpn},
    {"ALPN http/1.1", alpn_http1},
    {"ALPN h2c", alpn_h2c},
    {"ALPN H2", alpn_upper},
    {"ALPN http/1.1 h2", alpn_both},
    {"ALPN empty list", alpn_empty_list},
    {"ALPN empty name", alpn_empty_name},
    {"ALPN cut short", alpn_cut},
    {"ALPN of 64 KB, h2 last", alpn_long},
    {"ALPN of 64 KB without h2", long_without},
    {"SNI ours", sni_ours},
    {"SNI another", sni_other},
    {"SNI with NUL", sni_nul},
    {"SNI empty", sni_empty},
    {"SNI of 255", sni_255},
    {"SNI of 256", sni_256},
    {"SNI of 64 KB", sni_64k},
    {"compression DEFLATE and none", compression},
    {"compression DEFLATE alone", compression_only},
    {"session of 32 bytes", session_32},
    {"session of 33 bytes", session_33},
    {"legacy version 0301", old_version},
    {"legacy version 0304", new_version},
    {"session ticket", ticket},
    {"renegotiation info", renegotiation},
    {"renegotiation info of another handshake", renegotiation_again},
    {"OCSP asked for", status_request},
    {"SCTs asked for", timestamps},
    {"post-handshake authentication offered", post_handshake},
    {"heartbeat", heartbeat},
    {"record size limit of 64", record_limit},
    {"fragments of 512", fragment_512},
    {"raw public keys", raw_keys},
    {"compressed certificates", certificate_compression},
    {"cookie of our own", cookie},
    {"early data without a key", early_alone},
    {"ALPN twice", twice},
    {"key of an earlier session", psk},
    {"the same with early data", psk_early},
};

static void test_answers_to_odd_hellos(void **state) {
    struct raw_world *world = *state;
    struct raw_text *text = raw_text_new();
    struct raw_bytes *room = calloc(1, sizeof *room);
    assert_non_null(room);
    raw_text_add(text, "# Our server's answer to a hello that is good but for one thing.\n");
    for (size_t i = 0; i < sizeof ODD_HELLOS / sizeof *ODD_HELLOS; i++) {
        struct raw_hello hello;
        char what[64];
        memset(room, 0, sizeof *room);
        raw_hello_init(&hello);
        ODD_HELLOS[i].change(&hello, room);
        snprintf(what, sizeof what, "%-45s ", ODD_HELLOS[i].what);
        try_hello(world, &hello, what, text);
    }
    expect_text("server-hellos.txt", text);
    free(room);
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hello_of_our_client),  cmocka_unit_test(test_flight_of_our_client),
        cmocka_unit_test(test_flight_of_our_server), cmocka_unit_test(test_answers_to_one_code),
        cmocka_unit_test(test_answers_to_lists),     cmocka_unit_test(test_answers_to_odd_hellos),
    };
    return cmocka_run_group_tests(tests, setup, raw_world_teardown);
}
