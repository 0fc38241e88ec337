/* SPDX-License-Identifier: Apache-2.0 */
/* Handshake messages as text that a person can review. What is random is told by its length. */
#ifndef TESTS_SUPPORT_TLS_TEXT_H
#define TESTS_SUPPORT_TLS_TEXT_H

#include "gateway/base/attr.h"
#include "tests/support/tls_meet.h"

struct raw_text {
    char ptr[32768];
    size_t len;
};

struct raw_text *raw_text_new(void);
void raw_text_add(struct raw_text *text, const char *format, ...) LG_PRINTF(2, 3);
/* A message with every list and extension in its order. */
void raw_text_message(struct raw_text *text, enum raw_message type, struct span body);
/* One line on how the server answered the first hello. */
void raw_text_answer(struct raw_text *text, struct raw_meeting *meeting);

/* Reads DIR/LEAF.pem and DIR/LEAF.key. */
void raw_chain_read(const char *dir, const char *leaf, struct raw_chain *out_chain);
void raw_chain_done(struct raw_chain *chain);

#endif
