/* SPDX-License-Identifier: Apache-2.0 */
/* The sound of a name: Soundex (one letter and three digits; the code of 1918 in its United States
 * census form), with what English spelling hides taken out first:
 *
 *   kn gn pn -> n, wr -> r, ps -> s, ph -> f at the start; ght -> t, tch -> ch, dg -> g inside
 *   first letters that sound alike share one: vowels and y; c k q (but c before e i y with s and
 * z); j and g before e i y; f and v; s x z */
#include <string.h>

#include "gateway/base/num.h"
#include "gateway/edge/edge.h"
#include "gateway/vault/vault.h"

/* Code of each letter; 0 for what is not heard. Vowels part equal codes; h and w do not. */
static const char CODES[] = "01230120022455012623010202";
static const char SKIPPED[] = "hw";

static bool is_soft(char next) {
    return next == 'e' || next == 'i' || next == 'y';
}

static bool starts(const char *at, const char *what) {
    return strncmp(at, what, strlen(what)) == 0;
}

/* Letters at the start of `at` that are not heard. */
static size_t silent_start(const char *at) {
    static const char *const pairs[] = {"kn", "gn", "pn", "wr", "ps"};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        if (starts(at, pairs[i])) {
            return 1;
        }
    }
    return 0;
}

static size_t silent_inside(const char *at) {
    if (starts(at, "ght")) {
        return 2;
    }
    return starts(at, "tch") || starts(at, "dg") ? 1 : 0;
}

/* The letter that stands for all that sound like the first one. */
static char first_letter(const char *at) {
    switch (at[0]) {
    case 'a':
    case 'e':
    case 'i':
    case 'o':
    case 'u':
    case 'y':
        return 'a';
    case 'c':
        return is_soft(at[1]) ? 's' : 'k';
    case 'q':
        return 'k';
    case 'g':
        return is_soft(at[1]) ? 'j' : 'g';
    case 'p':
        return at[1] == 'h' ? 'f' : 'p';
    case 'v':
        return 'f';
    case 'x':
    case 'z':
        return 's';
    default:
        return at[0];
    }
}

void edge_name_sound(const char *name, char out[static EDGE_SOUND_SIZE + 1]) {
    out[0] = '\0';
    if (name[0] == '\0') {
        return;
    }
    const char *at = name + silent_start(name);
    memcpy(out, "0000", EDGE_SOUND_SIZE + 1);
    out[0] = first_letter(at);
    size_t used = 1;
    char last = CODES[at[0] - 'a'];
    for (at++; *at != '\0' && used < EDGE_SOUND_SIZE; at++) {
        at += silent_inside(at);
        if (strchr(SKIPPED, *at) != NULL) {
            continue;
        }
        char code = CODES[*at - 'a'];
        if (code != '0' && code != last) {
            out[used++] = code;
        }
        last = code;
    }
}
