/* SPDX-License-Identifier: Apache-2.0 */
/* What is in a PEM file. A file that was cut in the middle of a block must not pass for a shorter
 * one: the blocks that were read are counted against the marks in the text. */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>

#include "gateway/tls/tls_int.h"

/* How often `mark` stands in the text. */
static int marks(struct span text, const char *mark) {
    struct span what = span_text(mark);
    int count = 0;
    for (size_t i = 0; i + what.len <= text.len; i++) {
        if (memcmp(text.ptr + i, what.ptr, what.len) == 0) {
            count++;
        }
    }
    return count;
}

/* Every block opened is closed, and there are `count` of them. */
static bool blocks_are(const struct tls_blob *blob, int count) {
    struct span text = span_of(blob->ptr, blob->len);
    return marks(text, "-----BEGIN ") == count && marks(text, "-----END ") == count;
}

static BIO *open_blob(const struct tls_blob *blob) {
    return BIO_new_mem_buf(blob->ptr, (int)blob->len);
}

/* No question at a terminal: an encrypted key is a configuration error. */
static int no_passphrase(char *buf, int size, int writing, void *unused) {
    (void)buf;
    (void)size;
    (void)writing;
    (void)unused;
    return -1;
}

static void free_certificates(STACK_OF(X509) * certificates) {
    sk_X509_pop_free(certificates, X509_free);
}

struct lg_err tls_pem_certificates(const struct tls_blob *blob, int count_max, struct diag *diag,
                                   STACK_OF(X509) * *out_certificates) {
    BIO *bio = open_blob(blob);
    STACK_OF(X509) *list = sk_X509_new_null();
    bool room = bio != NULL && list != NULL;
    while (room && sk_X509_num(list) <= count_max) {
        X509 *one = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL);
        if (one == NULL) {
            break;
        }
        room = sk_X509_push(list, one) > 0;
        if (!room) {
            X509_free(one);
        }
    }
    int count = list == NULL ? 0 : sk_X509_num(list);
    bool whole = room && count >= 1 && count <= count_max && blocks_are(blob, count);
    BIO_free(bio);
    ERR_clear_error();
    if (!whole) {
        free_certificates(list);
        diag_set(diag, 0, "the certificates are damaged, cut short, or not 1 to %d", count_max);
        return room ? tls_error_file() : tls_error_memory();
    }
    *out_certificates = list;
    return LG_OK;
}

struct lg_err tls_pem_crls(const struct tls_blob *blob, int count_max, struct diag *diag,
                           STACK_OF(X509_CRL) * *out_crls) {
    BIO *bio = open_blob(blob);
    STACK_OF(X509_CRL) *list = sk_X509_CRL_new_null();
    bool room = bio != NULL && list != NULL;
    while (room && sk_X509_CRL_num(list) <= count_max) {
        X509_CRL *one = PEM_read_bio_X509_CRL(bio, NULL, no_passphrase, NULL);
        if (one == NULL) {
            break;
        }
        room = sk_X509_CRL_push(list, one) > 0;
        if (!room) {
            X509_CRL_free(one);
        }
    }
    int count = list == NULL ? 0 : sk_X509_CRL_num(list);
    bool whole = room && count >= 1 && count <= count_max && blocks_are(blob, count);
    BIO_free(bio);
    ERR_clear_error();
    if (!whole) {
        sk_X509_CRL_pop_free(list, X509_CRL_free);
        diag_set(diag, 0, "the revocation lists are damaged, cut short, or not 1 to %d", count_max);
        return room ? tls_error_file() : tls_error_memory();
    }
    *out_crls = list;
    return LG_OK;
}

void tls_credential_done(struct tls_credential *credential) {
    X509_free(credential->leaf);
    free_certificates(credential->chain);
    EVP_PKEY_free(credential->key);
    *credential = (struct tls_credential){0};
}

static struct lg_err read_key(const struct tls_blob *blob, struct diag *diag, EVP_PKEY **out_key) {
    BIO *bio = open_blob(blob);
    if (bio == NULL) {
        return tls_error_memory();
    }
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
    BIO_free(bio);
    ERR_clear_error();
    if (key == NULL || !blocks_are(blob, 1)) {
        EVP_PKEY_free(key);
        diag_set(diag, 0, "the key is damaged, cut short, encrypted, or not the only one");
        return tls_error_file();
    }
    *out_key = key;
    return LG_OK;
}

struct lg_err tls_credential_read(const struct tls_blob *certificate, const struct tls_blob *key,
                                  struct diag *diag, struct tls_credential *out_credential) {
    struct tls_credential it = {0};
    TRY(tls_pem_certificates(certificate, LIMIT_TLS_CHAIN, diag, &it.chain));
    it.leaf = sk_X509_shift(it.chain);
    struct lg_err err = read_key(key, diag, &it.key);
    if (!lg_failed(err) && X509_check_private_key(it.leaf, it.key) != 1) {
        diag_set(diag, 0, "the certificate does not belong to the key");
        err = tls_error_file();
    }
    ERR_clear_error();
    if (lg_failed(err)) {
        tls_credential_done(&it);
        return err;
    }
    *out_credential = it;
    return LG_OK;
}
