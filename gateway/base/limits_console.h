/* SPDX-License-Identifier: Apache-2.0 */
/* Ceilings of the console: its files, its sessions and its way to the sign-in provider, each with
 * its reason. */
#ifndef GATEWAY_BASE_LIMITS_CONSOLE_H
#define GATEWAY_BASE_LIMITS_CONSOLE_H

enum {
    /* Files of the web part, all held in memory: how many, of one, of all, and of the list. */
    LIMIT_CONSOLE_ASSETS = 128,
    LIMIT_CONSOLE_ASSET = 1048576,
    LIMIT_CONSOLE_ASSETS_SIZE = 8388608,
    LIMIT_CONSOLE_MANIFEST = 65536,
    LIMIT_CONSOLE_PATH = 120,
    /* The file of pinned keys: five classes, some epochs. */
    LIMIT_CONSOLE_PINS = 65536,
    /* An address of the provider, or of the console. */
    LIMIT_CONSOLE_URL = 255,
    /* Rows of the mapping of claims to roles. */
    LIMIT_CONSOLE_ROLES = 32,
    /* Seconds: of a session that nobody uses (WCAG 2.2.1 has its warning), of any session (a
     * working day), and between setting out to the provider and coming back (a password, a second
     * factor, a telephone). */
    LIMIT_CONSOLE_IDLE_S = 900,
    LIMIT_CONSOLE_LONGEST_S = 36000,
    LIMIT_CONSOLE_RETURN_S = 600,
    /* Sessions in all: some 1 KiB each; and of one person, of which the oldest gives way: a stolen
     * password must not fill the table. */
    LIMIT_CONSOLE_SESSIONS = 4096,
    LIMIT_CONSOLE_SESSIONS_USER = 4,
    /* Codes being redeemed at the provider: anybody can come back with one. More are told to try
     * again. */
    LIMIT_CONSOLE_REDEEMS = 32,
    /* The threads that do it, each waiting for the provider: none of them answers questions. */
    LIMIT_CONSOLE_THREADS = 2,
    /* What the provider may take for it, and how much it may say. */
    LIMIT_CONSOLE_REDEEM_MS = 8000,
    LIMIT_CONSOLE_CONNECT_MS = 3000,
    LIMIT_CONSOLE_TOKEN_ANSWER = 65536,
    /* A token: header, claims, signature as they travel; its claims' nesting. */
    LIMIT_CONSOLE_TOKEN = 16384,
    /* The provider's keys: of the file, and how many. */
    LIMIT_CONSOLE_KEYS_FILE = 65536,
    LIMIT_CONSOLE_KEYS = 16,
    /* A code of the provider's on the way back. */
    LIMIT_CONSOLE_CODE = 2048,
    /* Bytes of an identifier of the provider's: of a person (OpenID Connect Core, 2), of its own
     * session. */
    LIMIT_CONSOLE_SUBJECT = 255,
    /* Values of the claim that roles are read from. */
    LIMIT_CONSOLE_GROUPS = 256,
    /* Seconds by which the provider's clock may differ from ours. */
    LIMIT_CONSOLE_SKEW_S = 30,
    /* Seconds for which a logout token counts, and how many are remembered as used. */
    LIMIT_CONSOLE_LOGOUT_S = 120,
    LIMIT_CONSOLE_LOGOUTS = 1024,
    /* Seconds for which a sign-in is fresh: what an open screen alone must not be enough for (an
     * emergency, a stop, the end of a review) is done within them. */
    LIMIT_CONSOLE_FRESH_S = 300,
    /* Ways to and from the provider, and its logouts, that one worker takes in a second: each costs
     * some MACs or a signature, and anybody can ask for it. Partners are served by the same loop.
     */
    LIMIT_CONSOLE_PACE = 100,
    /* Time between two lines of the log on sign-ins that failed. */
    LIMIT_CONSOLE_TOLD_MS = 60000,
};

#endif
