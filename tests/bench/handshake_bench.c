/* SPDX-License-Identifier: Apache-2.0 */
/* Full handshakes, one after the other on each of a few threads, for so many seconds: TLS 1.3, a
 * client certificate, ALPN h2, nothing resumed. Each counts once the server has sent something
 * after it (its SETTINGS), since a client is done before the server has looked at its certificate.
 * Prints one line.
 *
 *   handshake_bench PORT DNS CERT KEY ANCHORS THREADS SECONDS */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { ARG_COUNT = 8, THREADS_MAX = 16, SECONDS_MAX = 600 };

struct load {
    SSL_CTX *ctx;
    const char *dns;
    struct sockaddr_in address;
    struct timespec end;
    atomic_ulong done;
    atomic_ulong failed;
};

/* The connection preface and empty SETTINGS, whose last zero ends the text as well. */
static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0";

static _Noreturn void die(const char *what) {
    fprintf(stderr, "handshake_bench: %s\n", what);
    exit(1);
}

static bool is_over(const struct timespec *end) {
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec > end->tv_sec || (now.tv_sec == end->tv_sec && now.tv_nsec >= end->tv_nsec);
}

static bool shake(SSL *ssl) {
    uint8_t first[64];
    int size = (int)sizeof preface;
    return SSL_connect(ssl) == 1 && SSL_write(ssl, preface, size) == size &&
           SSL_read(ssl, first, sizeof first) > 0 && SSL_session_reused(ssl) == 0;
}

static bool one(const struct load *load) {
    const struct linger at_once = {.l_onoff = 1, .l_linger = 0}; /* ports are not used up */
    int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    SSL *ssl = SSL_new(load->ctx);
    bool good = fd >= 0 && ssl != NULL &&
                connect(fd, (const struct sockaddr *)&load->address, sizeof load->address) == 0 &&
                SSL_set_fd(ssl, fd) == 1 && SSL_set_tlsext_host_name(ssl, load->dns) == 1 &&
                shake(ssl);
    SSL_free(ssl);
    (void)close(fd);
    return good;
}

static void *run(void *ctx) {
    struct load *load = ctx;
    while (!is_over(&load->end) && atomic_load(&load->failed) == 0) {
        atomic_fetch_add(one(load) ? &load->done : &load->failed, 1);
    }
    return NULL;
}

static SSL_CTX *tls_open(char **argv) {
    static const unsigned char alpn[] = "\2h2";
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    if (ctx == NULL || SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) != 1 ||
        SSL_CTX_use_certificate_chain_file(ctx, argv[3]) != 1 ||
        SSL_CTX_use_PrivateKey_file(ctx, argv[4], SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_load_verify_locations(ctx, argv[5], NULL) != 1 ||
        SSL_CTX_set_alpn_protos(ctx, alpn, sizeof alpn - 1) != 0 ||
        SSL_CTX_set1_groups_list(ctx, "X25519") != 1) {
        die("TLS");
    }
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    return ctx;
}

static size_t number(const char *text, size_t most) {
    char *end = NULL;
    unsigned long value = strtoul(text, &end, 10);
    if (*end != '\0' || value < 1 || value > most) {
        die("a number is out of range");
    }
    return value;
}

int main(int argc, char **argv) {
    if (argc != ARG_COUNT) {
        die("usage: PORT DNS CERT KEY ANCHORS THREADS SECONDS");
    }
    static struct load load;
    pthread_t threads[THREADS_MAX];
    size_t count = number(argv[6], THREADS_MAX);
    size_t seconds = number(argv[7], SECONDS_MAX);
    (void)signal(SIGPIPE, SIG_IGN);
    load.ctx = tls_open(argv);
    load.dns = argv[2];
    load.address = (struct sockaddr_in){.sin_family = AF_INET,
                                        .sin_port = htons((uint16_t)number(argv[1], UINT16_MAX)),
                                        .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    clock_gettime(CLOCK_MONOTONIC, &load.end);
    load.end.tv_sec += (time_t)seconds;
    for (size_t i = 0; i < count; i++) {
        if (pthread_create(&threads[i], NULL, run, &load) != 0) {
            die("threads");
        }
    }
    for (size_t i = 0; i < count; i++) {
        (void)pthread_join(threads[i], NULL);
    }
    printf("handshakes=%lu failed=%lu\n", atomic_load(&load.done), atomic_load(&load.failed));
    return atomic_load(&load.failed) > 0 ? 1 : 0;
}
