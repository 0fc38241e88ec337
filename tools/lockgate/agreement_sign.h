/* SPDX-License-Identifier: Apache-2.0 */
/* Signing offline: keys of parties, and signature lines beside a file. */
#ifndef TOOLS_LOCKGATE_AGREEMENT_SIGN_H
#define TOOLS_LOCKGATE_AGREEMENT_SIGN_H

#include <stdbool.h>

/* `agreement keygen --key FILE`: a new Ed25519 key in a file that was not there, 0600; prints the
 * public key as agreements and partnerships write it. 0; 1 where the file cannot be made; 2. */
int tool_agreement_keygen(int argc, char **argv);

enum { AGREEMENT_SIGN_PATH = 4096 };

/* FILE.isa -> FILE.sig; other names get .sig added. False where it is too long. */
bool agreement_sign_path(const char *file, char out[static AGREEMENT_SIGN_PATH]);

/* `agreement sign FILE --party ID --key FILE [--office WORDS] [--report FILE]`: appends a line to
 * the signatures beside the file, whole or not at all. 0; 1 where something cannot be read, the
 * text does not compile or has no such party; 2. */
int tool_agreement_sign_file(int argc, char **argv);

#endif
