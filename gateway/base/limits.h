/* SPDX-License-Identifier: Apache-2.0 */
/* Every ceiling of the gateway, with the attack or fault that it stops beside it. */
#ifndef GATEWAY_BASE_LIMITS_H
#define GATEWAY_BASE_LIMITS_H

/* loop */
enum {
    /* Descriptors of one loop: a flood of connections ends in a refusal, not in memory. */
    LIMIT_LOOP_WATCHES = 65536,
    /* Running timers of one loop: a connection and each of its streams hold a few. */
    LIMIT_LOOP_TIMERS = 262144,
    /* Events taken from the kernel in a turn: what became ready first cannot starve the timers. */
    LIMIT_LOOP_EVENTS = 256,
};

/* vault */
enum {
    /* Elements under one proof: a peer cannot hold a worker for longer than some 60 ms. */
    LIMIT_VAULT_BATCH = 256,
    /* Bytes of a passphrase file: a wrong path to something large is told, not hashed. */
    LIMIT_VAULT_PASSPHRASE = 1024,
    /* Argon2id passes and KiB that a key file may ask for: a swapped file cannot eat the memory. */
    LIMIT_VAULT_ARGON_PASSES = 16,
    LIMIT_VAULT_ARGON_KIB = 1048576,
};

/* edge */
enum {
    /* People of one prepared batch: bounds arena and time of an enrolment step. */
    LIMIT_EDGE_PEOPLE = 4096,
    /* Other names, and previous postcodes, of one person: each makes tokens that match. */
    LIMIT_EDGE_ALIASES = 4,
    /* Tokens of one person: the contract's TokenSet holds no more. */
    LIMIT_EDGE_TOKENS = 32,
    /* Bytes of a name as given: decomposing hostile Unicode stays cheap. */
    LIMIT_EDGE_NAME = 256,
};

/* keyd */
enum {
    /* Agencies with a counter: a flood of made-up names cannot grow the table. */
    LIMIT_KEYD_AGENCIES = 1024,
    /* Pseudonym scalars of all agreements, recipients and epochs: bounds the file that each new
     * one rewrites. */
    LIMIT_KEYD_SCALARS = 4096,
};

#endif
