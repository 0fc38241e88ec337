/* SPDX-License-Identifier: Apache-2.0 */
/* Code against token, at the provider (OAuth 2.0, RFC 6749, 4.1.3): one POST over HTTPS, to the one
 * configured address and no other, trusting the configured CA and no other, for so long and so many
 * bytes and no more. It blocks. */
#include <curl/curl.h>
#include <string.h>

#include "gateway/signin/signin_int.h"

/* The answer as it comes. */
struct told {
    char *text;
    size_t len;
    bool is_over; /* more than may come */
};

static size_t on_bytes(char *bytes, size_t size, size_t count, void *ctx) {
    struct told *answer = ctx;
    size_t len = size * count;
    if (len > LIMIT_CONSOLE_TOKEN_ANSWER - answer->len) {
        answer->is_over = true;
        return 0;
    }
    memcpy(answer->text + answer->len, bytes, len);
    answer->len += len;
    return len;
}

/* Both are encoded before they are joined (RFC 6749, 2.3.1). */
static struct lg_err credentials_set(CURL *curl, const struct signin_provider *provider,
                                     struct arena *arena) {
    struct span client = signin_percent(arena, span_text(provider->config->client));
    struct span secret = signin_percent(arena, span_text(provider->secret));
    char *user = arena_text(arena, client);
    char *password = arena_text(arena, secret);
    TRY(arena_failed(arena));
    bool is_set = curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BASIC) == CURLE_OK &&
                  curl_easy_setopt(curl, CURLOPT_USERNAME, user) == CURLE_OK &&
                  curl_easy_setopt(curl, CURLOPT_PASSWORD, password) == CURLE_OK;
    return is_set ? LG_OK : signin_error_memory();
}

static struct lg_err form_set(CURL *curl, const struct signin_provider *provider,
                              const struct signin_voucher *voucher, struct arena *arena) {
    char verifier[SIGNIN_SECRET_SIZE];
    signin_flow_word(provider, &voucher->flow, SIGNIN_WORD_VERIFIER, verifier);
    struct span encoded = signin_percent(arena, voucher->code);
    struct span origin = signin_percent(arena, span_text(provider->origin));
    struct span form = arena_format(
        arena,
        "grant_type=authorization_code&code=%.*s&redirect_uri=%.*s%%2Fsign-in%%2Freturn"
        "&code_verifier=%s",
        (int)encoded.len, (const char *)encoded.ptr, (int)origin.len, (const char *)origin.ptr,
        verifier);
    vault_wipe(verifier, sizeof verifier);
    TRY(arena_failed(arena));
    bool is_set =
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)form.len) == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_COPYPOSTFIELDS, (const char *)form.ptr) == CURLE_OK;
    return is_set ? LG_OK : signin_error_memory();
}

/* No redirect, proxy, other protocol, other trust, or word from the environment. */
static bool bounds_set(CURL *curl, const struct signin_provider *provider) {
    return curl_easy_setopt(curl, CURLOPT_URL, provider->config->token) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https") == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_PROXY, "") == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_CAINFO, provider->config->anchors) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_CAPATH, NULL) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)LIMIT_CONSOLE_CONNECT_MS) ==
               CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)LIMIT_CONSOLE_REDEEM_MS) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK;
}

/* Asked about once a second and whenever something comes: not 0 ends it. */
static int on_progress(void *ctx, curl_off_t down_all, curl_off_t down, curl_off_t up_all,
                       curl_off_t up) {
    const struct signin_voucher *voucher = ctx;
    (void)down_all;
    (void)down;
    (void)up_all;
    (void)up;
    return *voucher->is_unwanted ? 1 : 0;
}

static bool callbacks_set(CURL *curl, const struct signin_voucher *voucher, struct told *told) {
    return curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_bytes) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_WRITEDATA, told) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_XFERINFODATA, voucher) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L) == CURLE_OK;
}

static struct lg_err all_set(CURL *curl, const struct signin_provider *provider,
                             const struct signin_voucher *voucher, struct arena *arena) {
    if (!bounds_set(curl, provider)) {
        return signin_error_memory();
    }
    TRY(credentials_set(curl, provider, arena));
    return form_set(curl, provider, voucher, arena);
}

static struct lg_err error_provider(void) {
    return lg_err_make(LG_CLASS_PEER, LG_SIGNIN, SIGNIN_PROVIDER);
}

static struct lg_err perform(CURL *curl, const struct told *told) {
    long status = 0;
    bool is_good = curl_easy_perform(curl) == CURLE_OK && !told->is_over &&
                   curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK &&
                   status == 200;
    return is_good ? LG_OK : error_provider();
}

static struct lg_err post(const struct signin_provider *provider,
                          const struct signin_voucher *voucher, struct arena *arena,
                          struct told *told) {
    CURL *curl = curl_easy_init();
    if (curl == NULL) {
        return signin_error_memory();
    }
    struct lg_err err = all_set(curl, provider, voucher, arena);
    if (!lg_failed(err)) {
        err = callbacks_set(curl, voucher, told) ? perform(curl, told) : signin_error_memory();
    }
    curl_easy_cleanup(curl);
    return err;
}

/* The other token of the answer is for nobody here. */
static struct lg_err answer_read(const struct signin_provider *provider,
                                 const struct signin_voucher *voucher, const struct told *told,
                                 struct signin_person *out_person) {
    json_t *object = signin_object_read(span_of(told->text, told->len));
    const json_t *token = json_object_get(object, "id_token");
    struct lg_err err = error_provider();
    if (json_is_string(token)) {
        struct span text = span_of(json_string_value(token), json_string_length(token));
        err = signin_id_token_check(provider, &voucher->flow, text, voucher->now_s, out_person);
    }
    json_decref(object);
    return err;
}

struct lg_err signin_redeem(const struct signin_provider *provider,
                            const struct signin_voucher *voucher,
                            struct signin_person *out_person) {
    OWN(arena_free) struct arena *arena = NULL;
    if (*voucher->is_unwanted) {
        return error_provider();
    }
    TRY(arena_new((size_t)2 * LIMIT_CONSOLE_TOKEN_ANSWER, &arena));
    struct told told = {.text = arena_alloc(arena, LIMIT_CONSOLE_TOKEN_ANSWER)};
    TRY(arena_failed(arena));
    TRY(post(provider, voucher, arena, &told));
    return answer_read(provider, voucher, &told, out_person);
}
