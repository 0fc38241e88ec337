/* SPDX-License-Identifier: Apache-2.0 */
/* An agency for the bench: answers every Fetch at once with one record of seven items, padded to
 * 1 KiB, whoever is asked for.
 *
 *   source_bench ADDRESS CERT KEY ANCHORS CRL */
#define _POSIX_C_SOURCE 200809L
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "gateway/grpc/grpc.h"
#include "gateway/vault/vault.h"
#include "gateway/wire/source.h"

enum { ARENA = 1 << 20, ANSWER_SIZE = 1024 };

#define TEXT(text)                                                                                 \
    { .ptr = (const uint8_t *)(text), .len = sizeof(text) - 1 }

static const struct source_item items[] = {
    {.item = TEXT("identity.name"), .value = TEXT("ALEX EXAMPLE"), .standing = STANDING_FACT},
    {.item = TEXT("identity.address"),
     .value = TEXT("12 Sample Walk, Stretford, M32 0CK"),
     .standing = STANDING_FACT},
    {.item = TEXT("identity.phone"), .value = TEXT("0161 496 0123"), .standing = STANDING_FACT},
    {.item = TEXT("identity.date-of-birth"),
     .value = TEXT("1990-05-17"),
     .standing = STANDING_FACT},
    {.item = TEXT("identity.nhs-number"), .value = TEXT("9990000018"), .standing = STANDING_FACT},
    {.item = TEXT("contact.worker-name"), .value = TEXT("SAM SAMPLE"), .standing = STANDING_FACT},
    {.item = TEXT("contact.worker-phone"),
     .value = TEXT("0161 496 0155"),
     .standing = STANDING_FACT},
};

static const struct source_record record = {
    .record = TEXT("DEMO-000001"), .items = items, .item_count = sizeof items / sizeof *items};

static void on_fetch(void *ctx, struct grpc_call *call, struct span message) {
    (void)ctx;
    struct arena *arena = NULL;
    struct wire_report report;
    struct fetch_request request;
    struct span bytes;
    if (lg_failed(arena_new(ARENA, &arena))) {
        grpc_call_refuse(&call, GRPC_RESOURCE_EXHAUSTED, NULL);
        return;
    }
    struct answer answer = {.records = &record, .record_count = 1, .as_of_s = 1};
    if (lg_failed(wire_fetch_request_decode(arena, message, &report, &request))) {
        grpc_call_refuse(&call, GRPC_INVALID_ARGUMENT, report.sentence);
    } else {
        answer.call_reference = request.call_reference;
        if (lg_failed(wire_fetch_reply_encode(arena, &answer, ANSWER_SIZE, &bytes))) {
            grpc_call_refuse(&call, GRPC_INTERNAL, NULL);
        } else {
            grpc_call_reply(&call, bytes);
        }
    }
    arena_free(&arena);
}

static void on_acknowledge(void *ctx, struct grpc_call *call, struct span message) {
    (void)ctx;
    (void)message;
    grpc_call_reply(&call, span_of(NULL, 0));
}

static const struct grpc_method methods[] = {
    {.path = "/lockgate.v1.Source/Fetch", .kind = GRPC_UNARY, .on_request = on_fetch},
    {.path = "/lockgate.v1.Source/Acknowledge", .kind = GRPC_UNARY, .on_request = on_acknowledge},
};

static void must(struct lg_err err, const char *what) {
    if (lg_failed(err)) {
        fprintf(stderr, "source_bench: %s\n", what);
        exit(1);
    }
}

int main(int argc, char **argv) {
    if (argc != 6) {
        fprintf(stderr, "usage: source_bench ADDRESS CERT KEY ANCHORS CRL\n");
        return 2;
    }
    struct vault_report report;
    struct diag diag = {0};
    struct loop *loop = NULL;
    struct http2_host *host = NULL;
    struct tls_context *tls = NULL;
    struct grpc_server *server = NULL;
    const struct tls_files files = {
        .certificate = argv[2], .key = argv[3], .anchors = argv[4], .crl = argv[5]};
    signal(SIGPIPE, SIG_IGN);
    must(vault_init(&report), "vault");
    must(tls_context_new(TLS_SERVER, &files, &diag, &tls), diag.text);
    must(loop_new(clock_system(), &loop), "loop");
    must(http2_host_new(loop, &host), "host");
    struct grpc_serve serve = {.host = host,
                               .tls = tls,
                               .methods = methods,
                               .method_count = sizeof methods / sizeof *methods};
    must(http2_address_resolve(argv[1], &serve.address), "address");
    must(grpc_server_new(&serve, &server), "listen");
    grpc_server_set_serving(server, "", true);
    loop_run(loop);
    return 0;
}
