/* SPDX-License-Identifier: Apache-2.0 */
/* lockgate-demo-delay FROM TO MS: the slow agency of the demo. Listens on the loopback port FROM
 * and passes everything on to TO and back, but holds back each TLS record of more than 3,000 bytes
 * that comes from TO, and what follows it, for MS milliseconds. Answers to questions are padded to
 * 4 KiB and more; handshakes and health checks are shorter: so the agency looks healthy and is
 * slow. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    PAIRS = 64,
    HELD_MAX = 1024 * 1024, /* bytes held back of one connection */
    LARGE = 3000,
    RECORD_HEAD = 5,
};

/* One connection and its other end; client < 0: free. */
struct pair {
    int client;
    int target;
    uint8_t *held; /* from the target, not passed on yet */
    size_t held_len;
    size_t head_at;   /* where the next record begins in held */
    int64_t free_at;  /* nothing leaves before */
    size_t ready_len; /* of held, may leave */
};

static int64_t now_ms(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static struct sockaddr_in loopback(uint16_t port) {
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons(port),
                                .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
}

static bool write_all(int fd, const uint8_t *bytes, size_t len) {
    while (len > 0) {
        ssize_t sent = send(fd, bytes, len, MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        bytes += sent;
        len -= (size_t)sent;
    }
    return true;
}

static void pair_close(struct pair *pair) {
    (void)close(pair->client);
    (void)close(pair->target);
    free(pair->held);
    *pair = (struct pair){.client = -1, .target = -1};
}

/* Marks whole records as ready up to the first that has to wait. */
static void records_look(struct pair *pair, int64_t delay_ms) {
    while (pair->free_at == 0 && pair->held_len - pair->head_at >= RECORD_HEAD) {
        const uint8_t *head = pair->held + pair->head_at;
        size_t len = RECORD_HEAD + ((size_t)head[3] << 8 | head[4]);
        if (pair->held_len - pair->head_at < len) {
            return;
        }
        if (len > LARGE) {
            pair->free_at = now_ms() + delay_ms;
            return;
        }
        pair->head_at += len;
        pair->ready_len = pair->head_at;
    }
}

/* The record that waited goes, and what follows it is looked at anew. */
static bool pair_pass(struct pair *pair, int64_t delay_ms) {
    if (pair->free_at != 0 && now_ms() >= pair->free_at) {
        const uint8_t *head = pair->held + pair->head_at;
        pair->head_at += RECORD_HEAD + ((size_t)head[3] << 8 | head[4]);
        pair->ready_len = pair->head_at;
        pair->free_at = 0;
    }
    records_look(pair, delay_ms);
    if (pair->ready_len == 0) {
        return true;
    }
    bool passed = write_all(pair->client, pair->held, pair->ready_len);
    memmove(pair->held, pair->held + pair->ready_len, pair->held_len - pair->ready_len);
    pair->held_len -= pair->ready_len;
    pair->head_at -= pair->ready_len;
    pair->ready_len = 0;
    return passed;
}

static bool client_read(struct pair *pair) {
    uint8_t bytes[16384];
    ssize_t len = recv(pair->client, bytes, sizeof bytes, 0);
    return len > 0 && write_all(pair->target, bytes, (size_t)len);
}

static bool target_read(struct pair *pair) {
    if (pair->held_len == HELD_MAX) {
        return false;
    }
    ssize_t len = recv(pair->target, pair->held + pair->held_len, HELD_MAX - pair->held_len, 0);
    if (len <= 0) {
        return false;
    }
    pair->held_len += (size_t)len;
    return true;
}

static void pair_accept(struct pair *pairs, int listener, uint16_t to) {
    struct sockaddr_in address = loopback(to);
    int client = accept(listener, NULL, NULL);
    int target = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct pair *pair = NULL;
    for (size_t i = 0; i < PAIRS && pair == NULL; i++) {
        pair = pairs[i].client < 0 ? &pairs[i] : NULL;
    }
    uint8_t *held = malloc(HELD_MAX);
    bool good = client >= 0 && target >= 0 && pair != NULL && held != NULL &&
                connect(target, (const struct sockaddr *)&address, sizeof address) == 0;
    if (!good) {
        (void)close(client);
        (void)close(target);
        free(held);
        return;
    }
    *pair = (struct pair){.client = client, .target = target, .held = held};
}

static int wait_ms(const struct pair *pairs) {
    int64_t soonest = -1;
    for (size_t i = 0; i < PAIRS; i++) {
        if (pairs[i].client >= 0 && pairs[i].free_at != 0 &&
            (soonest < 0 || pairs[i].free_at < soonest)) {
            soonest = pairs[i].free_at;
        }
    }
    int64_t left = soonest < 0 ? -1 : soonest - now_ms();
    return soonest < 0 ? -1 : left < 0 ? 0 : (int)left;
}

static void turn(struct pair *pairs, int listener, uint16_t to, int64_t delay_ms) {
    struct pollfd fds[2 * PAIRS + 1] = {{.fd = listener, .events = POLLIN}};
    for (size_t i = 0; i < PAIRS; i++) {
        fds[2 * i + 1] = (struct pollfd){.fd = pairs[i].client, .events = POLLIN};
        fds[2 * i + 2] = (struct pollfd){.fd = pairs[i].target, .events = POLLIN};
    }
    if (poll(fds, 2 * PAIRS + 1, wait_ms(pairs)) < 0) {
        return;
    }
    for (size_t i = 0; i < PAIRS; i++) {
        if (pairs[i].client < 0) {
            continue;
        }
        bool open = fds[2 * i + 1].revents == 0 || client_read(&pairs[i]);
        open = open && (fds[2 * i + 2].revents == 0 || target_read(&pairs[i]));
        if (!open || !pair_pass(&pairs[i], delay_ms)) {
            pair_close(&pairs[i]);
        }
    }
    if (fds[0].revents != 0) {
        pair_accept(pairs, listener, to);
    }
}

static int listen_on(uint16_t port) {
    struct sockaddr_in address = loopback(port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int on = 1;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (const struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 16) != 0) {
        return -1;
    }
    return fd;
}

int main(int argc, char **argv) {
    static struct pair pairs[PAIRS];
    long numbers[3] = {0};
    for (int i = 0; argc == 4 && i < 3; i++) {
        numbers[i] = strtol(argv[i + 1], NULL, 10);
    }
    if (numbers[0] < 1 || numbers[0] > 65535 || numbers[1] < 1 || numbers[1] > 65535 ||
        numbers[2] < 1) {
        (void)fputs("Usage: lockgate-demo-delay FROM TO MS\n", stderr);
        return 2;
    }
    int listener = listen_on((uint16_t)numbers[0]);
    if (listener < 0) {
        (void)fprintf(stderr, "cannot listen: %s\n", strerror(errno));
        return 1;
    }
    for (size_t i = 0; i < PAIRS; i++) {
        pairs[i] = (struct pair){.client = -1, .target = -1};
    }
    for (;;) {
        turn(pairs, listener, (uint16_t)numbers[1], numbers[2]);
    }
}
