/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 7541 by way of RFC 9113, 4.3: a block that cannot be decoded ends the connection with
 * COMPRESSION_ERROR, since the tables of both sides differ from then on. */
#include "tests/support/h2_raw_must.h"

/* Literals without index; the same in the forms of RFC 7541, section 6. */
#define START "\x83\x87\x04\x09/t.T/Echo"
#define TYPE                                                                                       \
    "\x0f\x10\x10"                                                                                 \
    "application/grpc"
#define GOOD START "\x01\x0fgateway.example" TYPE
#define INDEXED START "\x41\x0fgateway.example" TYPE /* the authority is now entry 62 */
#define BROKEN(name, bytes)                                                                        \
    H2_MUST(name, H2_GOAWAY(COMPRESSION_ERROR), H2_FRAME(HEADERS, EHS, 1, bytes))
#define READ(name, bytes) H2_MUST(name, H2_ANSWERED(1, "12"), H2_FRAME(HEADERS, EHS, 1, bytes))

static const struct h2_raw_must MUSTS[] = {
    /* ---- forms that have to be read ---- */
    READ("RFC 7541 6.1 indexed fields of the static table", GOOD),
    READ("RFC 7541 6.2.1 literal that enters the table", INDEXED),
    READ("RFC 7541 6.2.1 literal with a new name that enters the table", GOOD "\x40\x01x\x01y\xbe"),
    READ("RFC 7541 6.2.2 literal without index", GOOD "\x00\x01x\x01y"),
    READ("RFC 7541 6.2.3 literal that is never indexed", GOOD "\x10\x01x\x01y"),
    READ("RFC 7541 6.2.3 never indexed, name of the static table",
         START "\x11\x0fgateway.example" TYPE),
    READ("RFC 7541 5.2 Huffman coded text",
         START "\x01\x0fgateway.example" TYPE "\x00\x01x\x82\x10\x5f"),
    READ("RFC 7541 5.2 Huffman coded text of nothing", GOOD "\x00\x01x\x80"),
    READ("RFC 7541 5.1 length in more bytes than it needs",
         GOOD "\x00\x01x\x7f\x81\x00"
              "0123456789012345678901234567890123456789012345678901234567890123"
              "0123456789012345678901234567890123456789012345678901234567890123"),
    READ("RFC 7541 6.3 size update first", "\x20" GOOD),
    READ("RFC 7541 6.3 size update to the announced size", "\x3f\xe1\x1f" GOOD),
    READ("RFC 7541 4.2 two size updates first", "\x20\x3f\xe1\x1f" GOOD),
    H2_MUST("RFC 7541 2.3.2 the table outlives the block", H2_ANSWERED(3, "12"),
            H2_FRAME(HEADERS, EHS, 1, INDEXED), H2_SETTLE,
            H2_FRAME(HEADERS, EHS, 3, START "\xbe" TYPE)),
    H2_MUST("RFC 7541 2.3.2 name of an entry, new value", H2_ANSWERED(3, "12"),
            H2_FRAME(HEADERS, EHS, 1, INDEXED), H2_SETTLE,
            H2_FRAME(HEADERS, EHS, 3, START "\x0f\x2f\x0fgateway.example" TYPE)),
    H2_MUST("RFC 7541 4.4 an entry larger than the table empties it", H2_GOAWAY(COMPRESSION_ERROR),
            H2_FRAME(HEADERS, EHS, 1, INDEXED), H2_SETTLE,
            H2_FRAME(HEADERS, EHS, 3,
                     "\x3f\x21" GOOD "\x40\x01x\x23"
                     "01234567890123456789012345678901234"),
            H2_SETTLE, H2_FRAME(HEADERS, EHS, 5, START "\xbe" TYPE)),

    /* ---- 2.3.3 and 6.1: indices ---- */
    BROKEN("RFC 7541 6.1 index 0", GOOD "\x80"),
    BROKEN("RFC 7541 6.1 index 0 in an empty block", "\x80"),
    BROKEN("RFC 7541 2.3.3 index beyond an empty table", GOOD "\xbe"),
    BROKEN("RFC 7541 2.3.3 index 126", GOOD "\xfe"),
    BROKEN("RFC 7541 2.3.3 index 65,662", GOOD "\xff\xff\xff\x03"),
    BROKEN("RFC 7541 2.3.3 name beyond the table, not indexed", GOOD "\x0f\x2f\x01y"),
    BROKEN("RFC 7541 2.3.3 name beyond the table, never indexed", GOOD "\x1f\x2f\x01y"),
    BROKEN("RFC 7541 2.3.3 name beyond the table, to be indexed", GOOD "\x7e\x01y"),
    H2_MUST("RFC 7541 4.3 index of an entry that was evicted", H2_GOAWAY(COMPRESSION_ERROR),
            H2_FRAME(HEADERS, EHS, 1, INDEXED), H2_SETTLE,
            H2_FRAME(HEADERS, EHS, 3, "\x20\x3f\xe1\x1f" START "\xbe" TYPE)),

    /* ---- 4.2 and 6.3: the size of the table ---- */
    BROKEN("RFC 7541 6.3 size update beyond the announced size", "\x3f\xe2\x1f" GOOD),
    BROKEN("RFC 7541 6.3 size update to 4 GiB", "\x3f\xe0\xff\xff\xff\x0f" GOOD),
    BROKEN("RFC 7541 4.2 size update behind a field", GOOD "\x20"),
    BROKEN("RFC 7541 4.2 size update between fields", START "\x20\x01\x0fgateway.example" TYPE),
    BROKEN("RFC 7541 4.2 second size update beyond the announced size", "\x20\x3f\xe2\x1f" GOOD),

    /* ---- 5.1: integers ---- */
    BROKEN("RFC 7541 5.1 index without an end", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"),
    BROKEN("RFC 7541 5.1 index beyond 2^32", "\xff\xff\xff\xff\xff\x7f"),
    BROKEN("RFC 7541 5.1 index padded with zeros", "\xff\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00"),
    BROKEN("RFC 7541 5.1 size update without an end", "\x3f\xff\xff\xff\xff\xff\xff\xff\xff\xff"),
    BROKEN("RFC 7541 5.1 name length without an end", GOOD "\x00\x7f\xff\xff\xff\xff\xff\xff\xff"),
    BROKEN("RFC 7541 5.1 value length without an end",
           GOOD "\x00\x01x\x7f\xff\xff\xff\xff\xff\xff\xff"),
    BROKEN("RFC 7541 5.1 name index without an end", GOOD "\x0f\xff\xff\xff\xff\xff\xff\xff\xff"),

    /* ---- 5.2: texts ---- */
    BROKEN("RFC 7541 5.2 name longer than the block", GOOD "\x00\x0fx"),
    BROKEN("RFC 7541 5.2 value longer than the block", GOOD "\x00\x01x\x0fy"),
    BROKEN("RFC 7541 5.2 value of 1 GiB", GOOD "\x00\x01x\x7f\x81\xff\xff\xff\x03"),
    BROKEN("RFC 7541 5.2 block ends behind a name", GOOD "\x00\x01x"),
    BROKEN("RFC 7541 5.2 block ends behind the first byte of a literal", GOOD "\x00"),
    BROKEN("RFC 7541 5.2 block ends inside an integer", GOOD "\xff"),
    BROKEN("RFC 7541 5.2 Huffman padding of 8 bits and more", GOOD "\x00\x01x\x82\x1f\xff"),
    BROKEN("RFC 7541 5.2 Huffman padding of zeros", GOOD "\x00\x01x\x81\x10"),
    BROKEN("RFC 7541 5.2 Huffman code of EOS", GOOD "\x00\x01x\x84\xff\xff\xff\xff"),
    BROKEN("RFC 7541 5.2 EOS inside Huffman coded text", GOOD "\x00\x01x\x85\x1f\xff\xff\xff\xfb"),
    BROKEN("RFC 7541 5.2 Huffman coded name with bad padding", GOOD "\x00\x81\x10\x01y"),
};

int main(void) {
    return h2_raw_musts_of_clients(LOCKGATE_SOURCE, MUSTS, sizeof MUSTS / sizeof MUSTS[0]);
}
