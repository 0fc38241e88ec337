# SPDX-License-Identifier: Apache-2.0

# lg_module(NAME SOURCES a.c b.c [USES lib ...]): one static library `lg_NAME` for one folder.
function(lg_module name)
    cmake_parse_arguments(arg "" "" "SOURCES;USES" ${ARGN})
    add_library(lg_${name} STATIC ${arg_SOURCES})
    target_include_directories(lg_${name} PUBLIC ${CMAKE_SOURCE_DIR})
    target_link_libraries(lg_${name} PUBLIC ${arg_USES})
    if(LOCKGATE_LTO)
        target_compile_options(lg_${name} PRIVATE -flto -ffat-lto-objects)
    endif()
endfunction()

# lg_unit(NAME.c ... [THREADS PATTERN ...]): one cmocka program and ctest entry a file, linked with
# every module. Those whose name without "_test" fits a pattern may begin threads: they have the
# label `threads` and are what the target unit_threads builds.
function(lg_unit)
    cmake_parse_arguments(arg "" "" "THREADS" ${ARGN})
    list(JOIN arg_THREADS "|" with_threads)
    if(NOT TARGET unit_threads)
        add_custom_target(unit_threads)
    endif()
    foreach(file ${arg_UNPARSED_ARGUMENTS})
        get_filename_component(name ${file} NAME_WE)
        add_executable(${name} ${file})
        target_compile_definitions(${name} PRIVATE LOCKGATE_DATA="${LOCKGATE_DATA}"
                                                   LOCKGATE_SOURCE="${CMAKE_SOURCE_DIR}"
                                                   LOCKGATE_BUILD="${CMAKE_BINARY_DIR}")
        target_link_libraries(${name} PRIVATE lg_test_support ${LOCKGATE_MODULES}
                                              PkgConfig::CMOCKA)
        set(labels unit)
        if(name MATCHES "^(${with_threads})_test$")
            list(APPEND labels threads)
            add_dependencies(unit_threads ${name})
        else()
            # tests/support/one_thread.c
            target_link_options(${name} PRIVATE -Wl,--wrap=pthread_create
                                -Wl,-u,__wrap_pthread_create)
        endif()
        if(LOCKGATE_SANITIZE)
            # tests/support/alloc.c
            target_link_options(${name} PRIVATE -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc
                                -Wl,-u,support_alloc_fail_at)
        endif()
        add_test(NAME ${name} COMMAND ${name})
        # 77 says: its data is absent here. CTest counts it as skipped.
        set_tests_properties(${name} PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 300
                                                LABELS "${labels}")
    endforeach()
endfunction()

# Every module library, topmost first.
set(LOCKGATE_MODULES
    lg_connector lg_demo
    lg_keyd lg_node lg_console lg_service lg_index lg_query
    lg_witness
    lg_release lg_audit lg_minimise lg_source lg_locate lg_consent lg_access lg_signals lg_review
    lg_signin
    lg_identity lg_agreement lg_policy lg_edge lg_grpc lg_http2 lg_tls lg_store lg_wire lg_config
    lg_model lg_loop lg_vault lg_base)
