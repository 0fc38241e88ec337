/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/audit/note.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/base/bytes.h"

enum {
    KEY_ID_SIZE = 4,
    COSIGN_TIME_SIZE = 8,
    /* The largest that a key of ours may have; others may put any beside it. */
    SIGNATURE_SIZE_MAX = KEY_ID_SIZE + COSIGN_TIME_SIZE + VAULT_SIGNATURE_SIZE,
    /* Digits that are looked at in one go; so many bytes they stand for. */
    CHUNK_DIGITS = 64,
    CHUNK_SIZE = 48,
    COSIGNED_SIZE_MAX = 64 + LIMIT_WITNESS_BODY,
    ROOT_BASE64_SIZE = 44,
};

/* Every line of signatures starts with an em dash and a space. */
static const char SIGNATURE_START[] = "\xe2\x80\x94 ";

static struct lg_err malformed(void) {
    return lg_err_make(LG_CLASS_INPUT, LG_AUDIT, AUDIT_NOTE_FORMAT);
}

/* Characters that Unicode calls white space beyond ASCII, in UTF-8. */
static bool starts_with_wide_space(struct span text) {
    static const char *const spaces[] = {
        "\xc2\x85",     "\xc2\xa0",     "\xe1\x9a\x80", "\xe2\x80\x80", "\xe2\x80\x81",
        "\xe2\x80\x82", "\xe2\x80\x83", "\xe2\x80\x84", "\xe2\x80\x85", "\xe2\x80\x86",
        "\xe2\x80\x87", "\xe2\x80\x88", "\xe2\x80\x89", "\xe2\x80\x8a", "\xe2\x80\xa8",
        "\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80",
    };
    for (size_t i = 0; i < sizeof spaces / sizeof spaces[0]; i++) {
        if (span_starts_with(text, span_text(spaces[i]))) {
            return true;
        }
    }
    return false;
}

bool audit_note_name_is_valid(struct span name) {
    if (name.len == 0 || !span_is_text(name)) {
        return false;
    }
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] <= ' ' || name.ptr[i] == '+' || name.ptr[i] == 0x7f ||
            starts_with_wide_space(span_slice(name, i, name.len))) {
            return false;
        }
    }
    return true;
}

/* One signature line without its newline. */
struct signature_line {
    struct span name;
    struct span digits; /* base64 of the id and the signature */
    uint8_t id[KEY_ID_SIZE];
};

/* The digits stand for an id and a signature of any length, in the one way that they can. */
static bool digits_read(struct span digits, uint8_t out_id[static KEY_ID_SIZE]) {
    uint8_t chunk[CHUNK_SIZE];
    size_t len = 0;
    size_t total = 0;
    for (size_t at = 0; at < digits.len; at += CHUNK_DIGITS) {
        bool is_last = digits.len - at <= CHUNK_DIGITS;
        if (lg_failed(bytes_from_base64(span_slice(digits, at, CHUNK_DIGITS), chunk, sizeof chunk,
                                        &len)) ||
            (!is_last && len != sizeof chunk)) {
            return false;
        }
        if (at == 0 && len > KEY_ID_SIZE) {
            memcpy(out_id, chunk, KEY_ID_SIZE);
        }
        total += len;
    }
    return total > KEY_ID_SIZE;
}

static struct lg_err signature_line_read(struct span line, struct signature_line *out_line) {
    struct span rest = line;
    if (!span_starts_with(line, span_text(SIGNATURE_START))) {
        return malformed();
    }
    rest = span_slice(rest, strlen(SIGNATURE_START), rest.len);
    size_t space = span_index(rest, ' ');
    out_line->name = span_slice(rest, 0, space);
    if (space == rest.len || !audit_note_name_is_valid(out_line->name)) {
        return malformed();
    }
    out_line->digits = span_slice(rest, space + 1, rest.len);
    return digits_read(out_line->digits, out_line->id) ? LG_OK : malformed();
}

/* Takes a line that ends in a newline off the front; false when none is left. */
static bool line_take(struct span *rest, struct span *out_line) {
    size_t end = span_index(*rest, '\n');
    if (end == rest->len) {
        return false;
    }
    *out_line = span_slice(*rest, 0, end);
    *rest = span_slice(*rest, end + 1, rest->len);
    return true;
}

static struct lg_err signatures_check(struct span signatures) {
    struct signature_line parsed;
    struct span rest = signatures;
    struct span line;
    size_t count = 0;
    while (line_take(&rest, &line)) {
        count++;
        if (count > LIMIT_AUDIT_NOTE_SIGNATURES) {
            return malformed();
        }
        TRY(signature_line_read(line, &parsed));
    }
    return count > 0 && rest.len == 0 ? LG_OK : malformed();
}

static bool is_plain(struct span text) {
    for (size_t i = 0; i < text.len; i++) {
        if ((text.ptr[i] < ' ' && text.ptr[i] != '\n') || text.ptr[i] == 0x7f) {
            return false;
        }
    }
    return span_is_text(text);
}

struct lg_err audit_note_split(struct span text, struct audit_note *out_note) {
    if (text.len > LIMIT_AUDIT_NOTE || !is_plain(text)) {
        return malformed();
    }
    /* The last empty line ends the body, which may hold empty lines itself. */
    size_t at = text.len;
    while (at >= 2 && !(text.ptr[at - 2] == '\n' && text.ptr[at - 1] == '\n')) {
        at--;
    }
    if (at < 2 || at == text.len) {
        return malformed();
    }
    *out_note = (struct audit_note){.body = span_slice(text, 0, at - 1),
                                    .signatures = span_slice(text, at, text.len)};
    return LG_OK;
}

struct lg_err audit_note_read(struct span text, struct audit_note *out_note) {
    struct audit_note note;
    TRY(audit_note_split(text, &note));
    TRY(signatures_check(note.signatures));
    *out_note = note;
    return LG_OK;
}

static struct lg_err wrong_signature(void) {
    return lg_err_make(LG_CLASS_INPUT, LG_AUDIT, AUDIT_SIGNATURE);
}

static struct lg_err ed25519_check(const struct audit_vkey *key, struct span message,
                                   struct span signature) {
    struct vault_signature fixed;
    if (signature.len != sizeof fixed.bytes) {
        return wrong_signature();
    }
    memcpy(fixed.bytes, signature.ptr, sizeof fixed.bytes);
    return lg_failed(vault_verify(&key->key, message, &fixed)) ? wrong_signature() : LG_OK;
}

/* What a cosignature is over. */
static struct lg_err cosigned_write(uint64_t time_s, struct span body, struct writer *w,
                                    struct span *out_message) {
    char head[64];
    snprintf(head, sizeof head, "cosignature/v1\ntime %" PRIu64 "\n", time_s);
    writer_text(w, head);
    writer_bytes(w, body);
    return writer_end(w, out_message);
}

static struct lg_err cosignature_check(const struct audit_vkey *key, struct span body,
                                       struct span signature, uint64_t *out_time_s) {
    uint8_t message[COSIGNED_SIZE_MAX];
    struct reader r = reader_of(signature);
    struct writer w = writer_of(message, sizeof message);
    struct span written;
    uint64_t time_s = reader_u64(&r);
    if (r.failed || time_s == 0 || lg_failed(cosigned_write(time_s, body, &w, &written))) {
        return wrong_signature();
    }
    *out_time_s = time_s;
    return ed25519_check(key, written, r.rest);
}

static struct lg_err signature_check(const struct audit_vkey *key, struct span body,
                                     const struct signature_line *line, uint64_t *out_time_s) {
    uint8_t bytes[SIGNATURE_SIZE_MAX];
    size_t len = 0;
    if (lg_failed(bytes_from_base64(line->digits, bytes, sizeof bytes, &len))) {
        return wrong_signature(); /* larger than any of this key's */
    }
    struct span signature = span_of(bytes + KEY_ID_SIZE, len - KEY_ID_SIZE);
    if (key->type == AUDIT_KEY_COSIGNER) {
        return cosignature_check(key, body, signature, out_time_s);
    }
    return ed25519_check(key, body, signature);
}

static bool line_is_by(const struct signature_line *line, const struct audit_vkey *key) {
    return span_equal(line->name, key->name) && memcmp(line->id, key->id, KEY_ID_SIZE) == 0;
}

struct lg_err audit_note_signers(const struct audit_note *note, const struct audit_vkey *keys,
                                 size_t count, struct audit_signer *out_signers) {
    struct signature_line parsed;
    struct span rest = note->signatures;
    struct span line;
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        out_signers[i] = (struct audit_signer){.has_signed = false};
    }
    while (line_take(&rest, &line)) {
        TRY(signature_line_read(line, &parsed));
        for (size_t i = 0; i < count; i++) {
            if (!line_is_by(&parsed, &keys[i])) {
                continue;
            }
            TRY(signature_check(&keys[i], note->body, &parsed, &out_signers[i].time_s));
            out_signers[i].has_signed = true;
            any = true;
        }
    }
    return any ? LG_OK : lg_err_make(LG_CLASS_INPUT, LG_AUDIT, AUDIT_UNSIGNED);
}

struct lg_err audit_note_verify(const struct audit_note *note, const struct audit_vkey *key) {
    struct audit_signer signer;
    return audit_note_signers(note, key, 1, &signer);
}

/* ---- Signature lines of ours */

static void cosignature_write(const struct audit_vkey *vkey, uint64_t time_s,
                              const struct vault_signature *signature,
                              struct audit_cosignature *out_line) {
    uint8_t bytes[KEY_ID_SIZE + COSIGN_TIME_SIZE + VAULT_SIGNATURE_SIZE];
    char text[(sizeof bytes + 2) / 3 * 4 + 1];
    struct writer w = writer_of(bytes, sizeof bytes);
    writer_bytes(&w, span_of(vkey->id, KEY_ID_SIZE));
    writer_u64(&w, time_s);
    writer_bytes(&w, span_of(signature->bytes, sizeof signature->bytes));
    ASSERT(!w.failed);
    bytes_to_base64(span_of(bytes, sizeof bytes), text);
    int len = snprintf(out_line->text, sizeof out_line->text, "%s%.*s %s\n", SIGNATURE_START,
                       (int)vkey->name.len, (const char *)vkey->name.ptr, text);
    ASSERT(len > 0);
    ASSERT((size_t)len < sizeof out_line->text);
    out_line->len = (size_t)len;
}

void audit_cosign(const struct audit_vkey *vkey, struct vault_key *sign_key, uint64_t time_s,
                  struct span body, struct audit_cosignature *out_line) {
    uint8_t message[COSIGNED_SIZE_MAX];
    struct vault_signature signature;
    struct writer w = writer_of(message, sizeof message);
    struct span written = {0};
    ASSERT(vkey->type == AUDIT_KEY_COSIGNER);
    ASSERT(vkey->name.len <= AUDIT_ORIGIN_SIZE_MAX);
    ASSERT(body.len <= LIMIT_WITNESS_BODY);
    ASSERT(time_s > 0);
    ASSERT(!lg_failed(cosigned_write(time_s, body, &w, &written)));
    vault_sign(sign_key, written, &signature);
    cosignature_write(vkey, time_s, &signature, out_line);
}

/* ---- Verifier keys */

static void key_id(struct audit_vkey *vkey) {
    uint8_t type = (uint8_t)vkey->type;
    uint8_t digest[VAULT_SHA256_SIZE];
    struct vault_sha256 hash;
    vault_sha256_begin(&hash);
    vault_sha256_add(&hash, vkey->name);
    vault_sha256_add(&hash, span_text("\n"));
    vault_sha256_add(&hash, span_of(&type, 1));
    vault_sha256_add(&hash, span_of(vkey->key.bytes, sizeof vkey->key.bytes));
    vault_sha256_end(&hash, digest);
    memcpy(vkey->id, digest, KEY_ID_SIZE);
}

struct audit_vkey audit_vkey_of(const char *name, const struct vault_key *sign_key,
                                enum audit_key_type type) {
    struct audit_vkey vkey = {.name = span_text(name), .type = type};
    vkey.key = vault_sign_public(sign_key);
    key_id(&vkey);
    return vkey;
}

/* The part of the text after the second plus: type byte and key. */
static struct lg_err vkey_parse(struct span text, struct audit_vkey *vkey, uint8_t id[4]) {
    struct span rest = text;
    struct span part;
    uint8_t typed[1 + sizeof vkey->key.bytes];
    size_t typed_len = 0;
    size_t plus = span_index(rest, '+');
    vkey->name = span_slice(rest, 0, plus);
    rest = span_slice(rest, plus + 1, rest.len);
    plus = span_index(rest, '+');
    part = span_slice(rest, 0, plus);
    rest = span_slice(rest, plus + 1, rest.len);
    TRY(bytes_from_hex(part, id, KEY_ID_SIZE));
    TRY(bytes_from_base64(rest, typed, sizeof typed, &typed_len));
    if (typed_len != sizeof typed || !audit_note_name_is_valid(vkey->name) ||
        (typed[0] != AUDIT_KEY_ED25519 && typed[0] != AUDIT_KEY_COSIGNER)) {
        return malformed();
    }
    vkey->type = (enum audit_key_type)typed[0];
    memcpy(vkey->key.bytes, typed + 1, sizeof vkey->key.bytes);
    return LG_OK;
}

struct lg_err audit_vkey_read(struct span text, struct audit_vkey *out_vkey) {
    struct audit_vkey vkey = {.type = AUDIT_KEY_ED25519};
    uint8_t told_id[KEY_ID_SIZE];
    if (text.len > 0 && text.ptr[text.len - 1] == '\n') {
        text.len--;
    }
    struct lg_err err = vkey_parse(text, &vkey, told_id);
    if (!lg_failed(err)) {
        key_id(&vkey);
    }
    if (lg_failed(err) || memcmp(told_id, vkey.id, KEY_ID_SIZE) != 0) {
        return lg_err_make(LG_CLASS_INPUT, LG_AUDIT, AUDIT_KEY_FORMAT);
    }
    *out_vkey = vkey;
    return LG_OK;
}

void audit_vkey_text(const struct audit_vkey *vkey, char out[static AUDIT_VKEY_SIZE_MAX]) {
    uint8_t typed[1 + sizeof vkey->key.bytes];
    char id[2 * sizeof vkey->id + 1];
    char key[(sizeof typed + 2) / 3 * 4 + 1];
    typed[0] = (uint8_t)vkey->type;
    memcpy(typed + 1, vkey->key.bytes, sizeof vkey->key.bytes);
    bytes_to_hex(span_of(vkey->id, sizeof vkey->id), id);
    bytes_to_base64(span_of(typed, sizeof typed), key);
    int len = snprintf(out, AUDIT_VKEY_SIZE_MAX, "%.*s+%s+%s", (int)vkey->name.len,
                       (const char *)vkey->name.ptr, id, key);
    ASSERT(len > 0);
    ASSERT(len < AUDIT_VKEY_SIZE_MAX);
}

/* ---- Checkpoints */

struct lg_err audit_decimal_read(struct span text, uint64_t *out_value) {
    uint64_t value = 0;
    if (text.len == 0 || text.len > 20 || (text.len > 1 && text.ptr[0] == '0')) {
        return malformed();
    }
    for (size_t i = 0; i < text.len; i++) {
        unsigned digit = (unsigned)text.ptr[i] - '0';
        if (digit > 9 || value > (UINT64_MAX - digit) / 10) {
            return malformed();
        }
        value = value * 10 + digit;
    }
    *out_value = value;
    return LG_OK;
}

struct lg_err audit_checkpoint_parse(struct span body, struct audit_checkpoint *out_checkpoint) {
    struct audit_checkpoint checkpoint = {.size = 0};
    struct span rest = body;
    struct span size;
    struct span root;
    size_t root_len = 0;
    uint8_t root_bytes[AUDIT_HASH_SIZE + 1];
    if (!line_take(&rest, &checkpoint.origin) || !line_take(&rest, &size) ||
        !line_take(&rest, &root) || checkpoint.origin.len == 0) {
        return malformed();
    }
    TRY(audit_decimal_read(size, &checkpoint.size));
    if (lg_failed(bytes_from_base64(root, root_bytes, sizeof root_bytes, &root_len)) ||
        root_len != AUDIT_HASH_SIZE) {
        return malformed();
    }
    memcpy(checkpoint.root.bytes, root_bytes, AUDIT_HASH_SIZE);
    *out_checkpoint = checkpoint;
    return LG_OK;
}

void audit_checkpoint_sign(const struct audit_vkey *vkey, struct vault_key *sign_key, uint64_t size,
                           const struct audit_hash *root, struct audit_checkpoint_text *out_text) {
    char root_text[ROOT_BASE64_SIZE + 1];
    char signature_text[(KEY_ID_SIZE + VAULT_SIGNATURE_SIZE + 2) / 3 * 4 + 1];
    uint8_t signed_bytes[KEY_ID_SIZE + VAULT_SIGNATURE_SIZE];
    struct vault_signature signature;
    int name_len = (int)vkey->name.len;
    ASSERT(vkey->name.len <= AUDIT_ORIGIN_SIZE_MAX);
    bytes_to_base64(span_of(root->bytes, AUDIT_HASH_SIZE), root_text);
    int body_len = snprintf(out_text->text, sizeof out_text->text, "%.*s\n%" PRIu64 "\n%s\n",
                            name_len, (const char *)vkey->name.ptr, size, root_text);
    vault_sign(sign_key, span_of(out_text->text, (size_t)body_len), &signature);
    memcpy(signed_bytes, vkey->id, KEY_ID_SIZE);
    memcpy(signed_bytes + KEY_ID_SIZE, signature.bytes, sizeof signature.bytes);
    bytes_to_base64(span_of(signed_bytes, sizeof signed_bytes), signature_text);
    int rest_len = snprintf(out_text->text + body_len, sizeof out_text->text - (size_t)body_len,
                            "\n%s%.*s %s\n", SIGNATURE_START, name_len,
                            (const char *)vkey->name.ptr, signature_text);
    out_text->len = (size_t)body_len + (size_t)rest_len;
    ASSERT(out_text->len < sizeof out_text->text);
}
