/* SPDX-License-Identifier: Apache-2.0 */
/* Notes, checkpoints and verifier keys. What is read accounts for every byte, and no input but the
 * seed's own body passes under a key whose secret nobody kept. */
#include <stdint.h>
#include <stdlib.h>

#include "gateway/audit/note.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds) {
    if (!holds) {
        abort();
    }
}

static void note_try(struct span text) {
    static const char vkey_text[] =
        "fuzz.example+386cb2ed+AVeXlvmgpX1o5g3LTY8900wib5iO78eeGfOqZJBKtBTv";
    static const char body[] = "fuzz.example\n3\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n";
    struct audit_note note;
    struct audit_vkey vkey;
    struct audit_signer signer;
    if (lg_failed(audit_note_read(text, &note))) {
        return;
    }
    require(note.body.len + 1 + note.signatures.len == text.len);
    require(note.body.ptr[note.body.len - 1] == '\n');
    require(!lg_failed(audit_vkey_read(span_text(vkey_text), &vkey)));
    bool good = !lg_failed(audit_note_signers(&note, &vkey, 1, &signer));
    require(!good || (signer.has_signed && span_equal_text(note.body, body)));
}

static void checkpoint_try(struct span text) {
    struct audit_checkpoint checkpoint;
    if (!lg_failed(audit_checkpoint_parse(text, &checkpoint))) {
        require(checkpoint.origin.len > 0);
        require(span_starts_with(text, checkpoint.origin));
    }
}

static void vkey_try(struct span text) {
    struct audit_vkey vkey;
    if (!lg_failed(audit_vkey_read(text, &vkey))) {
        require(audit_note_name_is_valid(vkey.name));
        require(vkey.type == AUDIT_KEY_ED25519 || vkey.type == AUDIT_KEY_COSIGNER);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct vault_report report;
    if (lg_failed(vault_init(&report))) {
        return 0;
    }
    struct span text = span_of(data, size);
    note_try(text);
    checkpoint_try(text);
    vkey_try(text);
    return 0;
}
