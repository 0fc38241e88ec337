/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "gateway/loop/pool.h"

#include <pthread.h>
#include <stdlib.h>

#include "gateway/base/assert.h"

enum { THREADS_MAX = 16 };

struct loop_pool {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct loop_job *first;
    struct loop_job **last;
    bool stopping;
    size_t thread_count;
    pthread_t threads[THREADS_MAX];
};

/* The next job, or NULL when the pool ends and nothing waits. */
static struct loop_job *job_take(struct loop_pool *pool) {
    pthread_mutex_lock(&pool->lock);
    while (pool->first == NULL && !pool->stopping) {
        pthread_cond_wait(&pool->wake, &pool->lock);
    }
    struct loop_job *job = pool->first;
    if (job != NULL) {
        pool->first = job->next;
        pool->last = pool->first == NULL ? &pool->first : pool->last;
    }
    pthread_mutex_unlock(&pool->lock);
    return job;
}

static void *pool_main(void *ctx) {
    struct loop_pool *pool = ctx;
    for (struct loop_job *job = job_take(pool); job != NULL; job = job_take(pool)) {
        job->work(job->ctx);
        loop_post(job->loop, &job->message, job->on_done, job->ctx);
    }
    return NULL;
}

struct lg_err loop_pool_new(size_t threads, struct loop_pool **out_pool) {
    ASSERT(threads >= 1 && threads <= THREADS_MAX);
    struct loop_pool *pool = calloc(1, sizeof *pool);
    if (pool == NULL) {
        return lg_err_make(LG_CLASS_LIMIT, LG_LOOP, LOOP_MEMORY);
    }
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->wake, NULL);
    pool->last = &pool->first;
    for (size_t i = 0; i < threads; i++) {
        if (pthread_create(&pool->threads[i], NULL, pool_main, pool) != 0) {
            loop_pool_free(&pool);
            return lg_err_make(LG_CLASS_INTERNAL, LG_LOOP, LOOP_SYSTEM);
        }
        pool->thread_count++;
    }
    *out_pool = pool;
    return LG_OK;
}

void loop_pool_free(struct loop_pool **pool) {
    if (*pool == NULL) {
        return;
    }
    pthread_mutex_lock(&(*pool)->lock);
    (*pool)->stopping = true;
    pthread_cond_broadcast(&(*pool)->wake);
    pthread_mutex_unlock(&(*pool)->lock);
    for (size_t i = 0; i < (*pool)->thread_count; i++) {
        pthread_join((*pool)->threads[i], NULL);
    }
    pthread_cond_destroy(&(*pool)->wake);
    pthread_mutex_destroy(&(*pool)->lock);
    free(*pool);
    *pool = NULL;
}

void loop_pool_send(struct loop_pool *pool, struct loop_job *job) {
    job->next = NULL;
    pthread_mutex_lock(&pool->lock);
    *pool->last = job;
    pool->last = &job->next;
    pthread_cond_signal(&pool->wake);
    pthread_mutex_unlock(&pool->lock);
}
