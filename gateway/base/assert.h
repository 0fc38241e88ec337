/* SPDX-License-Identifier: Apache-2.0 */
/* What only a bug can break. Stays on in release builds and ends the process. */
#ifndef GATEWAY_BASE_ASSERT_H
#define GATEWAY_BASE_ASSERT_H

_Noreturn void lg_assert_failed(const char *expression, const char *file, int line);

#define ASSERT(expression)                                                                         \
    ((expression) ? (void)0 : lg_assert_failed(#expression, __FILE__, __LINE__))

#endif
