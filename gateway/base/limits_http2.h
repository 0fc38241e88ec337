/* SPDX-License-Identifier: Apache-2.0 */
/* The ceilings of http2, a part of limits.h, which is what other files include. */
#ifndef GATEWAY_BASE_LIMITS_HTTP2_H
#define GATEWAY_BASE_LIMITS_HTTP2_H

/* design/transport.md 3 gives the attack behind each number. */
enum {
    /* Streams in progress on one connection, counted until their work is over (MadeYouReset,
     * rapid reset). */
    LIMIT_HTTP2_STREAMS = 100,
    /* Bytes of a host that the library gets when the system has none left, until the connection
     * that needed them is gone: some frames, none of which is longer than 16 KiB. */
    LIMIT_HTTP2_SPARE = 65536,
    /* Streams that we open on one connection, whatever the peer allows. */
    LIMIT_HTTP2_CLIENT_STREAMS = 256,
    /* Flow-control windows: what one stream and one connection may make us hold. */
    LIMIT_HTTP2_STREAM_WINDOW = 65536,
    LIMIT_HTTP2_CONNECTION_WINDOW = 1048576,
    /* One header block: fields, and names + values + 32 each (HTTP/2 Bomb). */
    LIMIT_HTTP2_FIELDS = 64,
    LIMIT_HTTP2_BLOCK_SIZE = 16384,
    /* The encoder's table, whatever table the peer offers. */
    LIMIT_HTTP2_TABLE_SIZE = 4096,
    /* CONTINUATION frames behind one HEADERS, and the length of any frame, the initial value of
     * RFC 9113: the library does not look at that of CONTINUATION (blocks of 64 MiB). */
    LIMIT_HTTP2_CONTINUATIONS = 4,
    LIMIT_HTTP2_FRAME = 16384,
    /* Bytes of a block that cost one reset more where it is over its limits, or one frame without
     * progress more where its stream is closed: each byte may be a field to decode. */
    LIMIT_HTTP2_BLOCK_PRICE = 1024,
    /* Answers that wait: of one stream, below this it is writable again, of one connection
     * (slow readers, zero windows). */
    LIMIT_HTTP2_STREAM_PENDING = 524288,
    LIMIT_HTTP2_STREAM_LOW = 65536,
    LIMIT_HTTP2_CONNECTION_PENDING = 524288,
    /* Requests that have not come whole, or wait for their turn, of one connection: buffers, not
     * bytes (a hundred bodies that stop before their end): five of the largest, and the first block
     * of a hundred small ones. With the answers, the streams and TLS a connection costs less than
     * 1 MiB. */
    LIMIT_HTTP2_CONNECTION_HELD = 5 * 65536 + 100 * 512,
    /* While the socket takes nothing and more than this waits, nothing is read. */
    LIMIT_HTTP2_OUTPUT_HIGH = 65536,
    /* Acknowledgements of PING and SETTINGS in line (CVE-2019-9512, -9515). */
    LIMIT_HTTP2_ACKS = 100,
    /* Bytes read and written for one connection in one turn: the others' share. */
    LIMIT_HTTP2_TURN_READ = 65536,
    /* Requests that all connections together begin in one turn, and no more than one connection's
     * streams above it: what many send at once is read in parts of some 10 ms, and what is under
     * way goes on between them. The rest waits where it is. */
    LIMIT_HTTP2_TURN_REQUESTS = 2048,
    LIMIT_HTTP2_TURN_WRITE = 262144,
    /* Resets that the peer provokes: burst, then per second (MadeYouReset). */
    LIMIT_HTTP2_PROVOKED = 100,
    LIMIT_HTTP2_PROVOKED_PER_S = 10,
    /* Resets that the peer sends: burst, then per second (rapid reset). */
    LIMIT_HTTP2_RESETS = 200,
    LIMIT_HTTP2_RESETS_PER_S = 20,
    /* Frames without progress; given back for each finished stream and each DATA frame sent
     * (PING, SETTINGS, PRIORITY, WINDOW_UPDATE and empty DATA floods). */
    LIMIT_HTTP2_IDLE_FRAMES = 500,
    LIMIT_HTTP2_IDLE_PER_STREAM = 20,
    LIMIT_HTTP2_IDLE_PER_DATA = 4,
    /* DATA frames of requests beyond one for so many bytes: a body of one byte a frame costs ten
     * times its size and a callback for each (CVE-2019-9511). */
    LIMIT_HTTP2_SMALL_FRAMES = 2000,
    LIMIT_HTTP2_SMALL_FRAME = 32,
    /* A DATA frame that is smaller only because the peer's window is earns nothing back (windows
     * of one byte, CVE-2019-9511). */
    LIMIT_HTTP2_DRIBBLE = 1024,
    /* Bytes of frames that no callback tells of (unknown types); given back for each stream. */
    LIMIT_HTTP2_DARK_BYTES = 65536,
    LIMIT_HTTP2_DARK_PER_STREAM = 1024,
    /* Of those, bytes that may still come on streams that we have closed. */
    LIMIT_HTTP2_LATE_BYTES = 16777216,
    /* Header blocks that may still come on streams that we have closed: each is decoded, with no
     * progress (HEADERS on closed streams, for ever). */
    LIMIT_HTTP2_LATE_BLOCKS = 512,
    /* PINGs closer together than this, with and without streams, are strikes; more than these
     * end the connection (gRPC proposal A8; our own clients ping at 10 s). */
    LIMIT_HTTP2_PING_GAP_MS = 9000,
    LIMIT_HTTP2_PING_GAP_QUIET_MS = 300000,
    LIMIT_HTTP2_PING_STRIKES = 2,
    /* Gaps between stream identifiers that are remembered, to tell a closed stream from one
     * that was stepped over (RFC 9113, 5.1.1). */
    LIMIT_HTTP2_GAPS = 8,
    /* Streams that the peer has ended itself and that are remembered (RFC 9113, 5.1). */
    LIMIT_HTTP2_SHUT = 16,
    /* Timers: slow handshakes, slow prefaces, slow header blocks, slow bodies, unread answers. Who
     * sends nothing of use is gone within 10 s of its first byte, LIMIT_HTTP2_LINGER_MS included.
     */
    LIMIT_HTTP2_CONNECT_MS = 5000,
    LIMIT_HTTP2_HANDSHAKE_MS = 5000,
    LIMIT_HTTP2_SETTINGS_MS = 8000,
    LIMIT_HTTP2_BLOCK_MS = 5000,
    LIMIT_HTTP2_BODY_MS = 8000,
    LIMIT_HTTP2_ANSWER_MS = 20000,
    LIMIT_HTTP2_WRITE_MS = 20000,
    LIMIT_HTTP2_IDLE_MS = 300000,
    LIMIT_HTTP2_AGE_MS = 1800000,        /* and up to as much again, so that not all go at once */
    LIMIT_HTTP2_AGE_DRAIN_MS = 60000,    /* what an old connection has to finish */
    LIMIT_HTTP2_DRAIN_STEP_MS = 1000,    /* between the two GOAWAYs without an answer to our PING */
    LIMIT_HTTP2_LINGER_MS = 1000,        /* for the peer to read our GOAWAY */
    LIMIT_HTTP2_PING_TIMEOUT_MS = 20000, /* silence after a PING of ours */
    /* Connections of one listener: all, with a handshake under way, and of those from one
     * address (handshakes cost 1.4 ms each; descriptors). */
    LIMIT_HTTP2_CONNECTIONS = 10000,
    LIMIT_HTTP2_HANDSHAKES = 256,
    LIMIT_HTTP2_HANDSHAKES_ADDRESS = 32,
    /* Lines of the log on peers whose certificate is refused, a worker, in so long: anybody can
     * knock, and the disk is ours. */
    LIMIT_HTTP2_TOLD = 6,
    LIMIT_HTTP2_TOLD_MS = 60000,
    /* Older than this, a handshake gives way where there is no place for another; a crowd of
     * LIMIT_HTTP2_HANDSHAKES is through in less. */
    LIMIT_HTTP2_HANDSHAKE_YOUNG_MS = 1000,
    /* Descriptors of the process that peers' connections leave to everything else. */
    LIMIT_HTTP2_DESCRIPTORS_KEPT = 128,
    /* Connections taken from the kernel in a turn, and the pause when descriptors run out. */
    LIMIT_HTTP2_ACCEPTS = 64,
    LIMIT_HTTP2_ACCEPT_PAUSE_MS = 100,
    LIMIT_HTTP2_BACKLOG = 1024,
    /* Trailers of an answer: fields, and bytes of those that are copied. */
    LIMIT_HTTP2_TRAILERS = 12,
    LIMIT_HTTP2_TRAILER_SIZE = 6144,
    /* Bytes that end an answer in its body, beyond what may wait: a status with its sentence and
     * metadata, each byte escaped, for each of the streams in progress. */
    LIMIT_HTTP2_LAST_SIZE = 12288,
    /* Bytes of small free pieces that a host keeps for the library: some ten for each of a thousand
     * streams under way. */
    LIMIT_HTTP2_SHELF = 2097152,
    /* Free buffers, chunks and streams that a host keeps for the next use. */
    LIMIT_HTTP2_POOL_BUFFERS = 64,
    LIMIT_HTTP2_POOL_CHUNKS = 1024,
    LIMIT_HTTP2_POOL_STREAMS = 1024,
};

#endif
