# SPDX-License-Identifier: Apache-2.0
# Warnings are errors; hardening as the platform's guides ask for.
add_compile_options(-Wall -Wextra -Werror -Wconversion -Wshadow -Wvla -Wstrict-prototypes
                    -Wmissing-prototypes -Wformat=2 -Werror=format-security -fno-common)
add_compile_options(-fstack-protector-strong -fcf-protection)
add_link_options(-Wl,-z,relro,-z,now,-z,noexecstack)
if(CMAKE_BUILD_TYPE STREQUAL "Release")
    add_compile_options(-O2 -g -D_FORTIFY_SOURCE=2 -fstack-clash-protection)
endif()
# The gateway alone is optimised as one program: 5 to 7 % fewer instructions a question, a fifth off
# a health check. Everything else is linked from the same objects as they are, so that the tests
# cost a compilation of the modules more and not hundreds of such links.
set(LOCKGATE_LTO OFF)
if(CMAKE_BUILD_TYPE STREQUAL "Release" AND CMAKE_C_COMPILER_ID STREQUAL "GNU")
    set(LOCKGATE_LTO ON)
    add_link_options(-fno-lto)
endif()
set(LOCKGATE_SANITIZE "" CACHE STRING "Sanitizers of this build, such as address,undefined")
if(LOCKGATE_SANITIZE)
    add_compile_options(-fsanitize=${LOCKGATE_SANITIZE} -fno-omit-frame-pointer
                        -fno-sanitize-recover=all)
    add_link_options(-fsanitize=${LOCKGATE_SANITIZE})
endif()
if(LOCKGATE_LIBFUZZER)
    # Clang warns of other things than GCC, which decides.
    add_compile_options(-fsanitize=fuzzer-no-link -Wno-error)
endif()
option(LOCKGATE_COVERAGE "Count executed lines" OFF)
if(LOCKGATE_COVERAGE)
    add_compile_options(--coverage)
    add_link_options(--coverage)
endif()
