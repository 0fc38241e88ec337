/* SPDX-License-Identifier: Apache-2.0 */
/* The only compiler extensions of the project, and the ownership helpers built on them. */
#ifndef GATEWAY_BASE_ATTR_H
#define GATEWAY_BASE_ATTR_H

/* The caller has to look at the result. */
#define LG_MUST_USE __attribute__((warn_unused_result))
/* The named argument is a printf format; the next one its first value. */
#define LG_PRINTF(fmt_index, first_index) __attribute__((format(printf, fmt_index, first_index)))
/* Declares a variable whose owner function runs on every way out of the scope. The function has
 * the shape `void x_free(struct x **)`. */
#define OWN(free_fn) __attribute__((cleanup(free_fn)))
/* Hands a pointer on and disarms its cleanup. */
#define TAKE(ptr) lg_take((void *)&(ptr))

static inline void *lg_take(void *slot) {
    void **place = slot;
    void *value = *place;
    *place = (void *)0;
    return value;
}

#endif
