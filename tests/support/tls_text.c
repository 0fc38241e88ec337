/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/tls_text.h"

#include <openssl/pem.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- names ---- */

struct name {
    unsigned code;
    const char *text;
};

static const struct name EXTENSIONS[] = {
    {0, "server_name"},
    {1, "max_fragment_length"},
    {10, "supported_groups"},
    {11, "ec_point_formats"},
    {13, "signature_algorithms"},
    {16, "alpn"},
    {22, "encrypt_then_mac"},
    {23, "extended_master_secret"},
    {35, "session_ticket"},
    {41, "pre_shared_key"},
    {42, "early_data"},
    {43, "supported_versions"},
    {44, "cookie"},
    {45, "psk_key_exchange_modes"},
    {47, "certificate_authorities"},
    {49, "post_handshake_auth"},
    {50, "signature_algorithms_cert"},
    {51, "key_share"},
    {0xff01, "renegotiation_info"},
};

static const struct name CODES[] = {
    {0x1301, "TLS_AES_128_GCM_SHA256"},
    {0x1302, "TLS_AES_256_GCM_SHA384"},
    {0x1303, "TLS_CHACHA20_POLY1305_SHA256"},
    {0x00ff, "renegotiation_scsv"},
    {0x0304, "TLS1.3"},
    {0x0303, "TLS1.2"},
    {0x001d, "x25519"},
    {0x0017, "secp256r1"},
    {0x0403, "ecdsa_secp256r1_sha256"},
    {0x0807, "ed25519"},
};

static const struct name MESSAGES[] = {
    {RAW_CLIENT_HELLO, "ClientHello"},
    {RAW_SERVER_HELLO, "ServerHello"},
    {RAW_TICKET, "NewSessionTicket"},
    {RAW_EXTENSIONS, "EncryptedExtensions"},
    {RAW_CERTIFICATE, "Certificate"},
    {RAW_CERTIFICATE_REQUEST, "CertificateRequest"},
    {RAW_CERTIFICATE_VERIFY, "CertificateVerify"},
    {RAW_FINISHED, "Finished"},
    {RAW_KEY_UPDATE, "KeyUpdate"},
};

static const struct name ALERTS[] = {
    {10, "unexpected_message"},
    {22, "record_overflow"},
    {40, "handshake_failure"},
    {47, "illegal_parameter"},
    {50, "decode_error"},
    {51, "decrypt_error"},
    {70, "protocol_version"},
    {80, "internal_error"},
    {86, "inappropriate_fallback"},
    {109, "missing_extension"},
    {110, "unsupported_extension"},
    {112, "unrecognized_name"},
    {120, "no_application_protocol"},
};

#define NAME(table, code) name_in(table, sizeof(table) / sizeof *(table), code)

static const char *name_in(const struct name *names, size_t count, unsigned code) {
    for (size_t i = 0; i < count; i++) {
        if (names[i].code == code) {
            return names[i].text;
        }
    }
    return "?";
}

/* ---- text ---- */

struct raw_text *raw_text_new(void) {
    struct raw_text *text = calloc(1, sizeof *text);
    assert_non_null(text);
    return text;
}

void raw_text_add(struct raw_text *text, const char *format, ...) {
    va_list values;
    va_start(values, format);
    int used = vsnprintf(text->ptr + text->len, sizeof text->ptr - text->len, format, values);
    va_end(values);
    assert_true(used >= 0 && (size_t)used < sizeof text->ptr - text->len);
    text->len += (size_t)used;
}

static unsigned number_at(struct span bytes, size_t at) {
    assert_true(at + 2 <= bytes.len);
    return (unsigned)bytes.ptr[at] << 8 | bytes.ptr[at + 1];
}

static void add_codes(struct raw_text *text, struct span codes) {
    for (size_t i = 0; i + 2 <= codes.len; i += 2) {
        unsigned code = number_at(codes, i);
        raw_text_add(text, " %04x %s", code, NAME(CODES, code));
    }
}

static void add_hex(struct raw_text *text, struct span bytes) {
    for (size_t i = 0; i < bytes.len; i++) {
        raw_text_add(text, "%s%02x", i == 0 ? " " : "", bytes.ptr[i]);
    }
}

/* Shares by group and length. In a server's hello there is one, without a list. */
static void add_shares(struct raw_text *text, enum raw_message type, struct span value) {
    size_t at = type == RAW_CLIENT_HELLO ? 2 : 0;
    while (at + 4 <= value.len) {
        unsigned group = number_at(value, at);
        size_t len = number_at(value, at + 2);
        raw_text_add(text, " %04x %s, %zu bytes", group, NAME(CODES, group), len);
        at += 4 + len;
    }
}

static void add_protocols(struct raw_text *text, struct span value) {
    for (size_t at = 2; at < value.len; at += 1 + (size_t)value.ptr[at]) {
        raw_text_add(text, " %.*s", (int)value.ptr[at], (const char *)value.ptr + at + 1);
    }
}

static void add_value(struct raw_text *text, enum raw_message type, unsigned code,
                      struct span value) {
    bool is_ours = type == RAW_CLIENT_HELLO;
    switch (code) {
    case 0:
        raw_text_add(text, " %.*s", (int)span_slice(value, 5, value.len).len,
                     (const char *)span_slice(value, 5, value.len).ptr);
        break;
    case 10:
    case 13:
        add_codes(text, span_slice(value, 2, value.len));
        break;
    case 16:
        add_protocols(text, value);
        break;
    case 43:
        add_codes(text, span_slice(value, is_ours ? 1 : 0, value.len));
        break;
    case 51:
        add_shares(text, type, value);
        break;
    default:
        add_hex(text, value);
        break;
    }
    raw_text_add(text, "\n");
}

static void add_extensions(struct raw_text *text, enum raw_message type, struct span rest) {
    while (rest.len >= 4) {
        unsigned code = number_at(rest, 0);
        struct span value = span_slice(rest, 4, number_at(rest, 2));
        raw_text_add(text, "  extension %u %s:", code, NAME(EXTENSIONS, code));
        add_value(text, type, code, value);
        rest = span_slice(rest, 4 + value.len, rest.len);
    }
}

static void add_hello(struct raw_text *text, enum raw_message type, struct span body) {
    struct span session = span_slice(body, 35, body.ptr[34]);
    struct span rest = span_slice(body, 35 + session.len, body.len);
    raw_text_add(text, "  version %04x, random 32 bytes, session %zu bytes\n", number_at(body, 0),
                 session.len);
    if (type == RAW_CLIENT_HELLO) {
        struct span ciphers = span_slice(rest, 2, number_at(rest, 0));
        rest = span_slice(rest, 2 + ciphers.len, rest.len);
        raw_text_add(text, "  ciphers:");
        add_codes(text, ciphers);
        raw_text_add(text, "\n  compression:");
        add_hex(text, span_slice(rest, 1, rest.ptr[0]));
    } else {
        raw_text_add(text, "  cipher:");
        add_codes(text, span_slice(rest, 0, 2));
        raw_text_add(text, "\n  compression:");
        add_hex(text, span_slice(rest, 2, 1));
    }
    raw_text_add(text, "\n");
    add_extensions(text, type, raw_hello_extensions(type, body));
}

static void add_certificates(struct raw_text *text, struct span body) {
    struct span rest = span_slice(body, 4 + (size_t)body.ptr[0], body.len);
    size_t count = 0;
    while (rest.len > 3) {
        size_t len = (size_t)rest.ptr[0] << 16 | number_at(rest, 1);
        size_t extensions = number_at(rest, 3 + len);
        raw_text_add(text, "  certificate, extensions of %zu bytes\n", extensions);
        rest = span_slice(rest, 5 + len + extensions, rest.len);
        count++;
    }
    raw_text_add(text, "  %zu in all\n", count);
}

void raw_text_message(struct raw_text *text, enum raw_message type, struct span body) {
    raw_text_add(text, "%s\n", NAME(MESSAGES, type));
    switch (type) {
    case RAW_CLIENT_HELLO:
    case RAW_SERVER_HELLO:
        add_hello(text, type, body);
        break;
    case RAW_EXTENSIONS:
        add_extensions(text, type, span_slice(body, 2, body.len));
        break;
    case RAW_CERTIFICATE_REQUEST:
        raw_text_add(text, "  context %u bytes\n", body.ptr[0]);
        add_extensions(text, type, span_slice(body, 3 + (size_t)body.ptr[0], body.len));
        break;
    case RAW_CERTIFICATE:
        add_certificates(text, body);
        break;
    case RAW_CERTIFICATE_VERIFY:
        raw_text_add(text, "  by:");
        add_codes(text, span_slice(body, 0, 2));
        raw_text_add(text, "\n");
        break;
    default:
        break;
    }
}

/* The random of a ServerHello that asks for another share (RFC 8446, 4.1.3). */
static bool is_retry(struct span body) {
    static const uint8_t mark[] = {0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11};
    return memcmp(body.ptr + 2, mark, sizeof mark) == 0;
}

/* Of EncryptedExtensions, the types: nothing else of it depends on the hello. */
static void add_granted(struct raw_text *text, struct raw_peer *raw, struct span share) {
    enum raw_message type;
    struct span body;
    raw_agree(raw, share.ptr + 4);
    assert_true(raw_read_message(raw, &type, &body));
    assert_int_equal(type, RAW_EXTENSIONS);
    raw_text_add(text, ", grants");
    struct span rest = span_slice(body, 2, body.len);
    while (rest.len >= 4) {
        size_t len = number_at(rest, 2);
        raw_text_add(text, " %u %s", number_at(rest, 0), NAME(EXTENSIONS, number_at(rest, 0)));
        rest = span_slice(rest, 4 + len, rest.len);
    }
}

static void add_choice(struct raw_text *text, struct raw_peer *raw, struct span body) {
    struct span share = raw_hello_extension(RAW_SERVER_HELLO, body, 51);
    struct span psk = raw_hello_extension(RAW_SERVER_HELLO, body, 41);
    size_t cipher_at = 35 + (size_t)body.ptr[34];
    unsigned cipher = number_at(body, cipher_at);
    raw_text_add(text, "%s, cipher %04x, group %04x%s",
                 is_retry(body) ? "asks for another share" : "goes on", cipher, number_at(share, 0),
                 psk.ptr == NULL ? "" : ", RESUMED");
    if (share.len == 36 && cipher == 0x1301) {
        add_granted(text, raw, share);
    }
    raw_text_add(text, "\n");
}

void raw_text_answer(struct raw_text *text, struct raw_meeting *meeting) {
    enum raw_message type;
    struct span body;
    if (raw_read_message(meeting->raw, &type, &body)) {
        assert_int_equal(type, RAW_SERVER_HELLO);
        add_choice(text, meeting->raw, body);
        return;
    }
    assert_null(meeting->ours);
    if (meeting->raw->alert < 0) {
        raw_text_add(text, "closed without a word\n");
    } else {
        raw_text_add(text, "alert %d %s\n", meeting->raw->alert,
                     NAME(ALERTS, (unsigned)meeting->raw->alert));
    }
}

/* ---- chains from files ---- */

static FILE *open_leaf(const char *dir, const char *leaf, const char *ending) {
    char path[160];
    snprintf(path, sizeof path, "%s/%s.%s", dir, leaf, ending);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    return file;
}

void raw_chain_read(const char *dir, const char *leaf, struct raw_chain *out_chain) {
    unsigned char *bytes = NULL;
    FILE *file = open_leaf(dir, leaf, "pem");
    X509 *certificate = PEM_read_X509(file, NULL, NULL, NULL);
    assert_non_null(certificate);
    assert_int_equal(fclose(file), 0);
    int len = i2d_X509(certificate, &bytes);
    assert_true(len > 0);
    X509_free(certificate);
    file = open_leaf(dir, leaf, "key");
    *out_chain = (struct raw_chain){.certificates = {span_of(bytes, (size_t)len)}, .count = 1};
    out_chain->key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
    assert_non_null(out_chain->key);
    assert_int_equal(fclose(file), 0);
}

void raw_chain_done(struct raw_chain *chain) {
    for (size_t i = 0; i < chain->count; i++) {
        OPENSSL_free((void *)(uintptr_t)chain->certificates[i].ptr);
    }
    EVP_PKEY_free(chain->key);
    *chain = (struct raw_chain){.count = 0};
}
