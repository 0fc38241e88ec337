/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GATEWAY_SIGNALS_SIGNALS_INT_H
#define GATEWAY_SIGNALS_SIGNALS_INT_H

#include "gateway/signals/signals.h"

/* A search that no question has followed yet. */
struct signals_search {
    int64_t at_ms;
    uint64_t log_index;
};

/* seen_ms 0: free. refusals and searches: oldest first. */
struct signals_user {
    struct store_tag user;
    struct store_tag role; /* of the last event */
    int64_t seen_ms;
    int32_t day;    /* that `asked` is of, since 1970-01-01 UTC */
    uint32_t asked; /* questions on that day */
    bool is_over;   /* the rule about them hit on that day */
    uint8_t refusal_count;
    uint8_t search_count;
    int64_t refusals[LIMIT_SIGNALS_REFUSALS];
    struct signals_search searches[LIMIT_SIGNALS_SEARCHES];
};

/* How many questions one person of a role asked on a day, the last days of anybody; a ring. */
struct signals_role {
    struct store_tag role;
    int64_t seen_ms; /* 0: free */
    uint8_t sample_count;
    uint8_t sample_next;
    uint32_t samples[LIMIT_SIGNALS_SAMPLES];
};

struct signals_agency {
    struct signals_user users[LIMIT_SIGNALS_USERS];
    struct signals_role roles[LIMIT_SIGNALS_ROLES];
    int32_t case_day;
    uint32_t case_count;  /* cases opened on that day */
    uint32_t grave_count; /* of them such as somebody's own record; counted by themselves */
};

/* state.c. The user's place, that of another who was not seen for longest where there is none. */
struct signals_user *signals_user_get(struct signals_agency *agency,
                                      const struct signals_event *event);
/* Counts the day of a user to the usual of the role. */
void signals_day_end(struct signals_agency *agency, struct signals_user *user);
/* Questions a day above which a role's user is over. */
uint32_t signals_volume_line(const struct signals_agency *agency, const struct store_tag *role);

#endif
