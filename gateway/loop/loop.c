/* SPDX-License-Identifier: Apache-2.0 */
/* A turn: wait, hand out ready descriptors, the patient ones last, messages, due timers, what was
 * put off, and last who wakes others.
 *
 * A callback may stop any watch and free its owner although the kernel already reported it in this
 * turn. So the kernel is given a slot number and the slot's generation, never a pointer; stopping
 * raises the generation, and a report of an older one is dropped. */
#include "gateway/loop/loop.h"

#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "gateway/base/assert.h"
#include "gateway/base/limits.h"
#include "gateway/loop/loop_int.h"

enum { SLOTS_FIRST = 64, SLOT_NONE = UINT32_MAX };

/* Marks of the wake-up descriptor and of the patient set: no slot has these numbers. */
static const uint64_t WAKE_MARK = UINT64_MAX;
static const uint64_t PATIENT_MARK = UINT64_MAX - 1;

/* watch is NULL while the slot is free; free slots form a list by next_free. */
struct slot {
    struct loop_watch *watch;
    uint32_t generation;
    uint32_t next_free;
};

struct last {
    loop_on_due_fn on_due;
    void *ctx;
};

struct loop {
    struct clock clock;
    int64_t now_ms;
    int64_t wall_ms; /* as of wall_turn, where has_wall */
    uint64_t wall_turn;
    bool has_wall;
    uint64_t turn;
    int epoll_fd;
    int patient_fd; /* the set of patient watches, itself in the first while nobody is patient */
    int wake_fd;
    atomic_bool stopping;
    _Atomic(struct loop_message *) messages; /* newest first */
    bool woken;                              /* the wake-up was seen in this turn */
    bool is_patient_ready;                   /* one of the patient watches was, in this turn */
    uint32_t patience;                       /* begun and not ended */
    int64_t patient_due_ms;                  /* when they are looked at, while there is patience */
    struct slot *slots;
    uint32_t slot_count;
    uint32_t first_free;
    struct loop_timers timers;
    struct loop_later *later;      /* waits for the end of this turn */
    struct loop_later **later_end; /* where the next one is linked in */
    struct loop_later *running;    /* what is left of the list that runs now */
    struct last last[LIMIT_LOOP_LAST];
    uint32_t last_count;
};

static struct lg_err system_error(void) {
    return lg_err_make(LG_CLASS_INTERNAL, LG_LOOP, LOOP_SYSTEM);
}

static struct lg_err open_descriptors(struct loop *loop) {
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    loop->patient_fd = epoll_create1(EPOLL_CLOEXEC);
    loop->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (loop->epoll_fd < 0 || loop->patient_fd < 0 || loop->wake_fd < 0) {
        return system_error();
    }
    struct epoll_event wake = {.events = EPOLLIN, .data = {.u64 = WAKE_MARK}};
    struct epoll_event patient = {.events = EPOLLIN, .data = {.u64 = PATIENT_MARK}};
    if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, loop->wake_fd, &wake) != 0 ||
        epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, loop->patient_fd, &patient) != 0) {
        return system_error();
    }
    return LG_OK;
}

struct lg_err loop_new(struct clock clock, struct loop **out_loop) {
    OWN(loop_free) struct loop *loop = calloc(1, sizeof *loop);
    if (loop == NULL) {
        return lg_err_make(LG_CLASS_LIMIT, LG_LOOP, LOOP_MEMORY);
    }
    loop->epoll_fd = -1;
    loop->patient_fd = -1;
    loop->wake_fd = -1;
    loop->clock = clock;
    loop->now_ms = clock_mono_ms(&clock);
    loop->first_free = SLOT_NONE;
    loop->later_end = &loop->later;
    TRY(open_descriptors(loop));
    *out_loop = TAKE(loop);
    return LG_OK;
}

void loop_free(struct loop **loop) {
    struct loop *it = *loop;
    if (it == NULL) {
        return;
    }
    ASSERT(it->later == NULL && it->running == NULL);
    for (uint32_t i = 0; i < it->slot_count; i++) {
        ASSERT(it->slots[i].watch == NULL);
    }
    loop_timers_done(&it->timers);
    if (it->epoll_fd >= 0) {
        close(it->epoll_fd);
    }
    if (it->patient_fd >= 0) {
        close(it->patient_fd);
    }
    if (it->wake_fd >= 0) {
        close(it->wake_fd);
    }
    free(it->slots);
    free(it);
    *loop = NULL;
}

int64_t loop_now_ms(const struct loop *loop) {
    return loop->now_ms;
}

int64_t loop_wall_ms(struct loop *loop) {
    if (!loop->has_wall || loop->wall_turn != loop->turn) {
        loop->wall_ms = clock_wall_ms(&loop->clock);
        loop->wall_turn = loop->turn;
        loop->has_wall = true;
    }
    return loop->wall_ms;
}

const struct clock *loop_clock(const struct loop *loop) {
    return &loop->clock;
}

uint64_t loop_turn_number(const struct loop *loop) {
    return loop->turn;
}

/* Safe in a signal handler: one write, errno kept. A full counter already wakes the loop. */
static void wake(struct loop *loop) {
    int saved = errno;
    uint64_t one = 1;
    ssize_t written = write(loop->wake_fd, &one, sizeof one);
    (void)written;
    errno = saved;
}

void loop_stop(struct loop *loop) {
    atomic_store(&loop->stopping, true);
    wake(loop);
}

/* Watches */

static uint64_t mark_of(const struct loop *loop, uint32_t slot) {
    return ((uint64_t)slot << 32) | loop->slots[slot].generation;
}

static uint32_t kernel_events(unsigned events) {
    return ((events & LOOP_READ) != 0 ? (uint32_t)EPOLLIN : 0U) |
           ((events & LOOP_WRITE) != 0 ? (uint32_t)EPOLLOUT : 0U);
}

static struct lg_err kernel_set(struct loop *loop, int operation, const struct loop_watch *watch,
                                unsigned events) {
    struct epoll_event event = {.events = kernel_events(events),
                                .data = {.u64 = mark_of(loop, watch->slot)}};
    int set_fd = watch->is_patient ? loop->patient_fd : loop->epoll_fd;
    if (epoll_ctl(set_fd, operation, watch->fd, &event) != 0) {
        return errno == ENOMEM || errno == ENOSPC
                   ? lg_err_make(LG_CLASS_LIMIT, LG_LOOP, LOOP_MEMORY)
                   : system_error();
    }
    return LG_OK;
}

static struct lg_err grow_slots(struct loop *loop) {
    if (loop->slot_count >= LIMIT_LOOP_WATCHES) {
        return lg_err_make(LG_CLASS_LIMIT, LG_LOOP, LOOP_FULL);
    }
    uint32_t count = loop->slot_count == 0 ? SLOTS_FIRST : loop->slot_count * 2;
    struct slot *slots = realloc(loop->slots, count * sizeof *slots);
    if (slots == NULL) {
        return lg_err_make(LG_CLASS_LIMIT, LG_LOOP, LOOP_MEMORY);
    }
    for (uint32_t i = loop->slot_count; i < count; i++) {
        slots[i] = (struct slot){.next_free = i + 1 < count ? i + 1 : SLOT_NONE};
    }
    loop->slots = slots;
    loop->first_free = loop->slot_count;
    loop->slot_count = count;
    return LG_OK;
}

static void slot_release(struct loop *loop, uint32_t slot) {
    loop->slots[slot].watch = NULL;
    loop->slots[slot].generation++;
    loop->slots[slot].next_free = loop->first_free;
    loop->first_free = slot;
}

/* tidy: function: a watch is these five facts and its loop, all of them new at each start. */
struct lg_err loop_watch_start(struct loop *loop, struct loop_watch *watch, int fd, unsigned events,
                               loop_on_ready_fn on_ready, void *ctx) {
    ASSERT(!watch->active);
    ASSERT(on_ready != NULL);
    if (loop->first_free == SLOT_NONE) {
        TRY(grow_slots(loop));
    }
    uint32_t slot = loop->first_free;
    loop->first_free = loop->slots[slot].next_free;
    *watch = (struct loop_watch){
        .fd = fd, .events = events, .on_ready = on_ready, .ctx = ctx, .slot = slot};
    loop->slots[slot].watch = watch;
    if (events != 0) {
        struct lg_err err = kernel_set(loop, EPOLL_CTL_ADD, watch, events);
        if (lg_failed(err)) {
            slot_release(loop, slot);
            return err;
        }
    }
    watch->active = true;
    return LG_OK;
}

/* Without events the descriptor leaves the kernel's set: a hang-up, which epoll reports whether
 * asked or not, would otherwise spin the loop of somebody who does not want to read now. */
struct lg_err loop_watch_change(struct loop *loop, struct loop_watch *watch, unsigned events) {
    ASSERT(watch->active);
    ASSERT(loop->slots[watch->slot].watch == watch);
    if (events == watch->events) {
        return LG_OK;
    }
    int operation = EPOLL_CTL_MOD;
    if (events == 0) {
        operation = EPOLL_CTL_DEL;
    } else if (watch->events == 0) {
        operation = EPOLL_CTL_ADD;
    }
    TRY(kernel_set(loop, operation, watch, events));
    watch->events = events;
    return LG_OK;
}

void loop_watch_stop(struct loop *loop, struct loop_watch *watch) {
    if (!watch->active) {
        return;
    }
    ASSERT(loop->slots[watch->slot].watch == watch);
    if (watch->events != 0) {
        lg_err_ignore(kernel_set(loop, EPOLL_CTL_DEL, watch, 0), "a closed descriptor is gone");
    }
    slot_release(loop, watch->slot);
    watch->active = false;
}

/* Into the one set before it leaves the other: what fails changes nothing. */
struct lg_err loop_watch_make_patient(struct loop *loop, struct loop_watch *watch) {
    ASSERT(watch->active && !watch->is_patient);
    watch->is_patient = true;
    if (watch->events == 0) {
        return LG_OK;
    }
    struct lg_err err = kernel_set(loop, EPOLL_CTL_ADD, watch, watch->events);
    watch->is_patient = false;
    TRY(err);
    lg_err_ignore(kernel_set(loop, EPOLL_CTL_DEL, watch, 0), "it is in the set");
    watch->is_patient = true;
    return LG_OK;
}

/* The patient set wakes the loop only while nobody is patient; to change that takes no memory. */
static void patient_set_listen(struct loop *loop, bool listens) {
    struct epoll_event event = {.events = listens ? (uint32_t)EPOLLIN : 0U,
                                .data = {.u64 = PATIENT_MARK}};
    int rv = epoll_ctl(loop->epoll_fd, EPOLL_CTL_MOD, loop->patient_fd, &event);
    ASSERT(rv == 0);
}

void loop_patience_begin(struct loop *loop) {
    loop->patience++;
    if (loop->patience == 1) {
        loop->patient_due_ms = loop->now_ms + LIMIT_LOOP_PATIENCE_MS;
        patient_set_listen(loop, false);
    }
}

void loop_patience_end(struct loop *loop) {
    ASSERT(loop->patience > 0);
    loop->patience--;
    if (loop->patience == 0) {
        patient_set_listen(loop, true);
    }
}

/* Timers */

struct lg_err loop_timer_start(struct loop *loop, struct loop_timer *timer, int64_t due_ms,
                               loop_on_due_fn on_due, void *ctx) {
    ASSERT(on_due != NULL);
    timer->due_ms = due_ms;
    timer->on_due = on_due;
    timer->ctx = ctx;
    if (timer->heap_index != 0) {
        loop_timers_move(&loop->timers, timer);
        return LG_OK;
    }
    return loop_timers_add(&loop->timers, timer);
}

void loop_timer_stop(struct loop *loop, struct loop_timer *timer) {
    if (timer->heap_index != 0) {
        loop_timers_remove(&loop->timers, timer);
    }
}

/* What is put off */

void loop_later_start(struct loop *loop, struct loop_later *later, loop_on_due_fn on_due,
                      void *ctx) {
    ASSERT(on_due != NULL);
    later->on_due = on_due;
    later->ctx = ctx;
    if (later->queued) {
        return;
    }
    later->queued = true;
    later->next = NULL;
    later->link = loop->later_end;
    *loop->later_end = later;
    loop->later_end = &later->next;
}

void loop_later_stop(struct loop *loop, struct loop_later *later) {
    if (!later->queued) {
        return;
    }
    *later->link = later->next;
    if (later->next != NULL) {
        later->next->link = later->link;
    } else if (loop->later_end == &later->next) {
        loop->later_end = later->link;
    }
    later->queued = false;
}

void loop_last(struct loop *loop, loop_on_due_fn on_due, void *ctx) {
    ASSERT(on_due != NULL);
    for (uint32_t i = 0; i < loop->last_count; i++) {
        if (loop->last[i].on_due == on_due && loop->last[i].ctx == ctx) {
            return;
        }
    }
    ASSERT(loop->last_count < LIMIT_LOOP_LAST);
    loop->last[loop->last_count++] = (struct last){.on_due = on_due, .ctx = ctx};
}

/* Messages */

void loop_post(struct loop *loop, struct loop_message *message, loop_on_due_fn on_due, void *ctx) {
    ASSERT(on_due != NULL);
    message->on_due = on_due;
    message->ctx = ctx;
    struct loop_message *newest = atomic_load_explicit(&loop->messages, memory_order_relaxed);
    do {
        message->next = newest;
    } while (!atomic_compare_exchange_weak_explicit(&loop->messages, &newest, message,
                                                    memory_order_release, memory_order_relaxed));
    /* Whoever finds the list empty rings: everybody after is taken by the same answer. */
    if (newest == NULL) {
        wake(loop);
    }
}

/* The bell is cleared before the list is taken: a message that comes between rings again. */
static void run_messages(struct loop *loop) {
    if (!loop->woken) {
        return;
    }
    loop->woken = false;
    uint64_t rings = 0;
    ssize_t got = read(loop->wake_fd, &rings, sizeof rings);
    (void)got;
    struct loop_message *newest =
        atomic_exchange_explicit(&loop->messages, NULL, memory_order_acquire);
    struct loop_message *oldest = NULL;
    while (newest != NULL) {
        struct loop_message *next = newest->next;
        newest->next = oldest;
        oldest = newest;
        newest = next;
    }
    while (oldest != NULL) {
        struct loop_message *next = oldest->next;
        oldest->on_due(oldest->ctx);
        oldest = next;
    }
}

/* A turn */

static int wait_time(const struct loop *loop, int wait_ms) {
    const struct loop_timer *first = loop_timers_first(&loop->timers);
    if (loop->later != NULL || loop->last_count > 0 || wait_ms == 0) {
        return 0;
    }
    int64_t due_ms = first == NULL ? INT64_MAX : first->due_ms;
    if (loop->patience > 0 && loop->patient_due_ms < due_ms) {
        due_ms = loop->patient_due_ms;
    }
    if (due_ms == INT64_MAX) {
        return wait_ms;
    }
    int64_t now_ms = clock_mono_ms(&loop->clock);
    if (due_ms <= now_ms) {
        return 0;
    }
    int64_t until_due = due_ms - now_ms;
    int capped = until_due > INT_MAX ? INT_MAX : (int)until_due;
    return wait_ms < 0 || capped < wait_ms ? capped : wait_ms;
}

static void hand_out(struct loop *loop, const struct epoll_event *event) {
    if (event->data.u64 == WAKE_MARK) {
        loop->woken = true;
        return;
    }
    if (event->data.u64 == PATIENT_MARK) {
        loop->is_patient_ready = true;
        return;
    }
    uint32_t slot = (uint32_t)(event->data.u64 >> 32);
    ASSERT(slot < loop->slot_count);
    struct loop_watch *watch = loop->slots[slot].watch;
    if (watch == NULL || mark_of(loop, slot) != event->data.u64) {
        return;
    }
    unsigned events = 0;
    if ((event->events & (EPOLLERR | EPOLLHUP)) != 0) {
        events = LOOP_READ | LOOP_WRITE;
    }
    if ((event->events & EPOLLIN) != 0) {
        events |= LOOP_READ;
    }
    if ((event->events & EPOLLOUT) != 0) {
        events |= LOOP_WRITE;
    }
    watch->on_ready(watch->ctx, events);
}

/* At most as many as ran when it began: a timer that starts itself anew at once waits a turn. */
static void run_timers(struct loop *loop) {
    for (uint32_t left = loop->timers.count; left > 0; left--) {
        struct loop_timer *first = loop_timers_first(&loop->timers);
        if (first == NULL || first->due_ms > loop->now_ms) {
            return;
        }
        loop_timers_remove(&loop->timers, first);
        first->on_due(first->ctx);
    }
}

/* What is put off meanwhile runs at the end of the next turn, which then does not wait. */
static void run_later(struct loop *loop) {
    if (loop->later == NULL) {
        return;
    }
    loop->running = loop->later;
    loop->running->link = &loop->running;
    loop->later = NULL;
    loop->later_end = &loop->later;
    while (loop->running != NULL) {
        struct loop_later *first = loop->running;
        loop_later_stop(loop, first);
        first->on_due(first->ctx);
    }
}

/* What did not fit into one look is taken in the next turn. What patient watches put off goes first
 * of all, while there is patience: they have waited long enough. */
static void run_patient(struct loop *loop) {
    struct epoll_event events[LIMIT_LOOP_EVENTS];
    bool is_due =
        loop->patience > 0 ? loop->now_ms >= loop->patient_due_ms : loop->is_patient_ready;
    loop->is_patient_ready = false;
    if (!is_due) {
        return;
    }
    int count = epoll_wait(loop->patient_fd, events, LIMIT_LOOP_EVENTS, 0);
    ASSERT(count >= 0 || errno == EINTR);
    bool is_all = count < LIMIT_LOOP_EVENTS;
    loop->patient_due_ms = loop->now_ms + (is_all ? LIMIT_LOOP_PATIENCE_MS : 0);
    for (int i = 0; i < count; i++) {
        hand_out(loop, &events[i]);
    }
    if (loop->patience > 0) {
        run_later(loop);
    }
}

static void run_last(struct loop *loop) {
    for (uint32_t i = 0; i < loop->last_count; i++) {
        loop->last[i].on_due(loop->last[i].ctx);
    }
    loop->last_count = 0;
}

void loop_turn(struct loop *loop, int wait_ms) {
    struct epoll_event events[LIMIT_LOOP_EVENTS];
    int count = epoll_wait(loop->epoll_fd, events, LIMIT_LOOP_EVENTS, wait_time(loop, wait_ms));
    ASSERT(count >= 0 || errno == EINTR);
    loop->now_ms = clock_mono_ms(&loop->clock);
    loop->turn++;
    for (int i = 0; i < count; i++) {
        hand_out(loop, &events[i]);
    }
    run_patient(loop);
    run_messages(loop);
    run_timers(loop);
    run_later(loop);
    run_last(loop);
}

void loop_run(struct loop *loop) {
    do {
        loop_turn(loop, -1);
    } while (!atomic_exchange(&loop->stopping, false));
}
