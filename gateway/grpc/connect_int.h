/* SPDX-License-Identifier: Apache-2.0 */
/* Connect beside gRPC (the Connect protocol page; design/transport.md 4.3): the same calls, owners
 * and limits, in other clothes.
 *
 *   unary    POST, content-type application/json or application/proto, the bare message; answered
 *            by a bare message with status 200, or by {"code","message"} with the status's own;
 *            trailers are headers named trailer-NAME
 *   stream   application/connect+json or +proto; messages in gRPC's frames; the last frame of an
 *            answer has flag 2 and a JSON text with the error and the trailers
 *
 * GET is not offered: questions are written down, so that they have an effect. */
#ifndef GATEWAY_GRPC_CONNECT_INT_H
#define GATEWAY_GRPC_CONNECT_INT_H

#include "gateway/grpc/grpc_int.h"

/* ---- texts (connect_text.c) ---- */

/* "invalid_argument"; static. */
const char *grpc_connect_code(enum grpc_status status);
/* "400": the HTTP status that goes with an error of this code; static. */
const char *grpc_connect_http(enum grpc_status status);
/* Room for any error of ours, and for any end of a stream. */
enum { GRPC_CONNECT_TEXT_MAX = LIMIT_HTTP2_LAST_SIZE - GRPC_PREFIX_SIZE };
/* {"code":"...","message":"..."}; message NULL: the code alone. */
struct span grpc_connect_error(enum grpc_status status, const char *message,
                               char out[static GRPC_CONNECT_TEXT_MAX]);
/* {"error":{...},"metadata":{"name":["value"]}}, each where there is one. */
struct span grpc_connect_end_text(enum grpc_status status, const char *message,
                                  const struct grpc_fields *trailers,
                                  char out[static GRPC_CONNECT_TEXT_MAX]);

/* ---- requests (connect.c) ---- */

/* Parameters of the type are left out of account. */
struct grpc_form grpc_form_of(struct span content_type);
/* Why the method cannot be called in this form; NULL: it can. */
const struct grpc_notice *grpc_connect_misfit(const struct grpc_server *server,
                                              const struct grpc_method *method,
                                              struct grpc_form form);
/* Version and encodings of a request. False: the call is refused. */
bool grpc_connect_check(struct grpc_call *call, const struct http2_block *block);
/* connect-timeout-ms; INT64_MAX where there is none. INPUT. */
LG_MUST_USE struct lg_err grpc_connect_timeout(const struct http2_block *block, int64_t *out_ms);
/* The timeout cannot be read. */
void grpc_connect_refuse_timeout(struct grpc_call *call);
/* A unary call that will be answered by this, which is static, when the client has sent all: its
 * body is dropped. */
void grpc_connect_doom(struct grpc_call *call, const struct grpc_notice *notice);
/* Bytes of the one message of a unary call, or of what is dropped. */
void grpc_connect_take(struct grpc_call *call, struct span bytes);
/* A message that came, out of its JSON if it is: then in the arena, which the caller frees. False:
 * the call was failed. */
bool grpc_connect_read(struct grpc_call *call, struct arena **arena, struct span *message);

/* ---- answers (connect_answer.c) ---- */

/* An answer of the server's own. message NULL: no body. name and value: one more field, or NULL. */
struct grpc_notice {
    const char *http;
    enum grpc_status status;
    const char *message;
    const char *name;
    const char *value;
};
/* Answers a stream that has no call, and lets it go. */
void grpc_connect_notice(struct http2_stream *stream, const struct grpc_notice *notice);
/* Answers a doomed call. */
void grpc_connect_refuse(struct grpc_call *call);
/* Bytes of the message's JSON, SIZE_MAX where it has none. */
size_t grpc_connect_measure(const struct grpc_call *call, struct span message);
/* As grpc_call_send and grpc_call_end. */
LG_MUST_USE struct lg_err grpc_connect_send(struct grpc_call *call, struct span message);
void grpc_connect_end(struct grpc_call *call, enum grpc_status status, const char *message,
                      int64_t pushback_ms);

#endif
