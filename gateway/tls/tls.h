/* SPDX-License-Identifier: Apache-2.0 */
/* TLS 1.3 with certificates on both sides (RFC 8446; design/transport.md 2). OpenSSL's only door.
 * A context holds the parameters and the files; a stream is one connection driven by its owner
 * from a non-blocking socket. */
#ifndef GATEWAY_TLS_TLS_H
#define GATEWAY_TLS_TLS_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/clock.h"
#include "gateway/base/diag.h"
#include "gateway/base/err.h"
#include "gateway/base/span.h"

enum tls_code {
    TLS_MEMORY = 1,
    TLS_FILE,      /* a key, certificate, anchor or CRL file cannot be used (CONFIG) */
    TLS_HANDSHAKE, /* the handshake failed, or the peer's alert says that it refuses ours, which in
                      TLS 1.3 a client first sees when it reads (PEER); trying again does not help
                    */
    TLS_CLOSED,    /* the peer closed (PEER) */
    TLS_AGAIN,     /* nothing now; wait for the socket (PEER, not a fault) */
    TLS_BROKEN,    /* the connection is unusable (PEER) */
    TLS_IDENTITY,  /* the chain is good, but the certificate is not one of our profiles or names
                      somebody else (PEER) */
};

enum { TLS_URI_MAX = 255, TLS_FINGERPRINT_SIZE = 32, TLS_SERIAL_MAX = 20 };

/* Files are PEM and no symbolic links. crl may be NULL (no revocation list yet: nothing is revoked)
 * only for tests; where it is given, a peer whose issuer has no list in it, or a list past its
 * next update, is refused. */
struct tls_files {
    const char *certificate; /* leaf first, then what peers may need to find their anchor */
    const char *key;         /* 0600 or stricter, ours or root's, checked on the descriptor */
    const char *anchors; /* ours or root's, written by nobody else; CA certificates, each trusted by
                            itself: a peer's leaf has to be issued by one of them directly; the
                            system store is never used */
    const char *crl;
    /* Servers: browsers call, who have no certificates of ours. Nobody is asked for one; anchors
     * and crl are not used, and may be NULL. The certificate is a site's: not a CA, for servers, of
     * a key on P-256 (browsers take no Ed25519), with a host name. Peers are nobody: see tls_peer.
     */
    bool is_open;
    const struct clock
        *clock; /* copied; what chains and lists are judged by; NULL: the machine's */
};

enum tls_side { TLS_SERVER, TLS_CLIENT };

/* Shared by threads; files can be re-read while in use. */
struct tls_context;

/* Reads and checks all files (certificate matches key, our own profile for this side, valid now;
 * anchors are CAs with keys on P-256 or Ed25519, each with a CRL that it signed and that is not
 * past its next update; further lists are passed over). CONFIG TLS_FILE with a sentence in *diag.
 * Borrowed strings are copied. */
LG_MUST_USE struct lg_err tls_context_new(enum tls_side side, const struct tls_files *files,
                                          struct diag *diag, struct tls_context **out_context);
void tls_context_free(struct tls_context **context);
/* Re-reads files whose size, time or inode changed. Bad new files keep the old ones in use and give
 * an error with diag; anchors and CRL are taken over even where certificate or key are bad.
 * What went out of date while in use (an anchor past its end, the same list past its next update)
 * is taken again beside what is new: its peers are refused, and nobody else's revocation waits.
 * *out_changed is always written: whether anything was taken over. The generation of new streams
 * grows with a new certificate, so that older connections can drain. One thread at a time. */
LG_MUST_USE struct lg_err tls_context_refresh(struct tls_context *context, struct diag *diag,
                                              bool *out_changed);
/* What of a context comes to an end: our own leaf; the first of its anchors or their lists. */
enum tls_term { TLS_TERM_OWN, TLS_TERM_TRUST, TLS_TERMS };
/* Seconds since 1970; INT64_MAX where nothing ends. */
int64_t tls_context_until_s(const struct tls_context *context, enum tls_term term);

/* What an operator was told of a context already; zero at the start. */
struct tls_watch {
    char fault[sizeof((struct diag *)0)->text];
    bool is_told;
    int64_t told_s;
    int levels[TLS_TERMS];
    unsigned lines; /* of the log, written so far */
};

/* Refreshes the context and writes to the log what its operator has to know: `tls.refresh` (ERROR)
 * where new files were refused twice, at most once in LIMIT_TLS_ALARM_S; `tls.refreshed` (INFO);
 * `tls.expires` (WARN, then ERROR) before something ends. `name` is for the log. Gives whether
 * anything was taken over. Programs call it every LIMIT_TLS_REFRESH_MS, the gateway and the key
 * service also on SIGHUP, and then have every connection looked at again: so long, and no longer,
 * a revoked or expired peer may go on. */
bool tls_watch_look(struct tls_watch *watch, struct tls_context *context, const char *name);

/* Grows by one whenever certificate and key were replaced; starts at 1. */
uint64_t tls_context_generation(const struct tls_context *context);

/* Who the peer is, from its verified leaf: exactly one SAN URI of the form
 * lockgate://PARTNERSHIP/AGENCY/SYSTEM, canonical, not a CA, right extended key usage. For the
 * peers of an open context all is empty but the agency, which is TLS_NOBODY: no name of anybody,
 * and not that of a peer whose handshake is not over. */
#define TLS_NOBODY "*"
struct tls_peer {
    char uri[TLS_URI_MAX + 1];
    char partnership[64];
    char agency[64];
    char system[64];
    uint8_t fingerprint[TLS_FINGERPRINT_SIZE]; /* SHA-256 of the DER leaf */
    uint8_t serial[TLS_SERIAL_MAX];
    uint8_t serial_len;
    int64_t not_before_s;
    int64_t not_after_s;
};

/* Whom our own certificate names: the one that was taken over last. Borrowed; of the thread that
 * refreshes. */
const struct tls_peer *tls_context_self(const struct tls_context *context);

struct tls_stream;

/* Takes over a connected, non-blocking socket (given on success: closed with the stream). For a
 * client, `dns_name` goes out as SNI and must be in the server's certificate, and `uri` must be its
 * SAN URI; both NULL for a server. */
LG_MUST_USE struct lg_err tls_stream_new(struct tls_context *context, int fd, const char *dns_name,
                                         const char *uri, struct tls_stream **out_stream);
/* Sends close_notify if that does not block, closes the socket. */
void tls_stream_free(struct tls_stream **stream);
int tls_stream_fd(const struct tls_stream *stream);
/* Goes on with the handshake: LG_OK when done (ALPN h2 agreed and the peer's identity checked),
 * TLS_AGAIN with *out_events (LOOP_READ / LOOP_WRITE bits) to wait for, else an error: free it. */
LG_MUST_USE struct lg_err tls_stream_handshake(struct tls_stream *stream, unsigned *out_events);
/* Why the peer's certificate was refused: a static sentence, "" where it was not, or where the
 * handshake failed of something else. For the log: a peer hears no more than an alert. */
const char *tls_stream_refusal(const struct tls_stream *stream);
/* The peer, valid as long as the stream, once the handshake is done. */
const struct tls_peer *tls_stream_peer(const struct tls_stream *stream);
/* Whether the peer's certificate is still good now: its time and that of its anchor, current
 * anchors and current CRL. Cheap: called for every request. False before the handshake is done. */
bool tls_stream_peer_is_valid(struct tls_stream *stream, int64_t now_wall_s);
uint64_t tls_stream_generation(const struct tls_stream *stream);
/* The name the client asked for (SNI), or "" ; servers only. */
const char *tls_stream_server_name(const struct tls_stream *stream);
/* Whether our own certificate, as this peer has it, is for that host: a DNS name, or an IP address
 * without brackets. Reads the certificate: callers remember the answer. */
bool tls_stream_has_name(const struct tls_stream *stream, struct span host);
/* At most `size` bytes; TLS_AGAIN when there are none, TLS_CLOSED after close_notify or EOF. */
LG_MUST_USE struct lg_err tls_stream_read(struct tls_stream *stream, uint8_t *buf, size_t size,
                                          size_t *out_len);
/* One record of at most 16 KiB; *out_len bytes were taken. TLS_AGAIN: none were; call again with
 * the same bytes when the socket is writable. */
LG_MUST_USE struct lg_err tls_stream_write(struct tls_stream *stream, struct span bytes,
                                           size_t *out_len);
/* True when bytes may wait inside although the socket is not readable: read again before waiting,
 * at the latest in the next turn. False after a read that gave TLS_AGAIN for want of bytes. */
bool tls_stream_has_pending(const struct tls_stream *stream);
/* True when the last read took all that there was, inside and in the socket: unless more came
 * since, which makes the socket readable, the next one gives TLS_AGAIN, and may be saved. */
bool tls_stream_is_dry(const struct tls_stream *stream);

#endif
