# How a folder becomes a target. One folder, one target, named like the folder with '_' for '/'.

add_library(subtide_options INTERFACE)
target_include_directories(subtide_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(subtide_options INTERFACE
  -Wall -Wextra -Wshadow -Wconversion -Wswitch-enum -fno-omit-frame-pointer)
# Our own code compiles a fifth faster than with -O3; where time is spent is whisper.cpp, which keeps it. A target
# says otherwise by its property SUBTIDE_OPTIMIZATION: options of its own stand before these, and lose.
target_compile_options(subtide_options INTERFACE
  $<$<CONFIG:Release>:$<IF:$<BOOL:$<TARGET_PROPERTY:SUBTIDE_OPTIMIZATION>>,$<TARGET_PROPERTY:SUBTIDE_OPTIMIZATION>,-O2>>)
if(SUBTIDE_WERROR)
  target_compile_options(subtide_options INTERFACE -Werror)
endif()
if(SUBTIDE_SANITIZE)
  target_compile_options(subtide_options INTERFACE -fsanitize=${SUBTIDE_SANITIZE} -g -O1
    -Wno-maybe-uninitialized -Wno-array-bounds -Wno-restrict)  # wrong beside -fsanitize, as GCC's manual says
  target_link_options(subtide_options INTERFACE -fsanitize=${SUBTIDE_SANITIZE})
endif()
if(SUBTIDE_BUILD_FUZZ)
  target_compile_options(subtide_options INTERFACE -fsanitize=fuzzer-no-link,address,undefined -g)
  target_link_options(subtide_options INTERFACE -fsanitize=address,undefined)
endif()

# What nearly every source includes, read once for all of them; the second also has GStreamer's headers. As position-independent code,
# like the libraries, and with -pthread, which some get from what they link: else the compiler would not take it.
target_compile_options(subtide_options INTERFACE -pthread)
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/precompiled/empty.cc CONTENT "int subtide_precompiled();\n" @ONLY)
set(headers <algorithm> <chrono> <filesystem> <functional> <map> <memory> <mutex> <optional> <string> <string_view>
            <utility> <variant> <vector> <fmt/format.h> <tl/expected.hpp>)
foreach(kind plain gst)
  add_library(precompiled_${kind} OBJECT EXCLUDE_FROM_ALL ${CMAKE_BINARY_DIR}/precompiled/empty.cc)
  target_link_libraries(precompiled_${kind} PRIVATE subtide_options fmt::fmt)
endforeach()
target_link_libraries(precompiled_gst PRIVATE PkgConfig::gstreamer)
target_precompile_headers(precompiled_plain PRIVATE ${headers})
target_precompile_headers(precompiled_gst PRIVATE ${headers} <gst/gst.h>)

# subtide_library([PUBLIC lib...] [PRIVATE lib...]): all .cc files of this folder (not of folders below).
function(subtide_library)
  cmake_parse_arguments(ARG "" "" "PUBLIC;PRIVATE" ${ARGN})
  file(RELATIVE_PATH path ${CMAKE_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR})
  string(REPLACE "/" "_" name ${path})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  if(sources)
    add_library(${name} STATIC ${sources})
    target_link_libraries(${name} PUBLIC subtide_options ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE})
    if(path MATCHES "^(elements|engine/gst|engine/pipeline)")
      target_precompile_headers(${name} REUSE_FROM precompiled_gst)
    else()
      target_precompile_headers(${name} REUSE_FROM precompiled_plain)
    endif()
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE subtide_options ${ARG_PUBLIC})
  endif()
endfunction()

# subtide_test([LIBS lib...] [LABELS label...] [TIMEOUT seconds] [COST number] [LOCK name] [PROCESSORS number]): all *_test.cc of this folder, one binary. Each test
# carries the name of its folder under tests/ as a label: `ctest -L engine`. Of those with one LOCK only one runs at a time. What costs most begins first: tests that
# mostly wait run beside those that compute. A test that keeps several PROCESSORS busy takes the place of so many.
function(subtide_test)
  cmake_parse_arguments(ARG "" "TIMEOUT;COST;LOCK;PROCESSORS" "LIBS;LABELS" ${ARGN})
  file(RELATIVE_PATH path ${CMAKE_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR})
  string(REPLACE "/" "_" name ${path})
  string(REGEX REPLACE "^tests/([^/]+).*" "\\1" kind ${path})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*_test.cc)
  if(NOT sources)
    return()
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  if(NOT ARG_COST)
    set(ARG_COST 0)
  endif()
  set(more)
  if(ARG_LOCK)
    list(APPEND more RESOURCE_LOCK ${ARG_LOCK})
  endif()
  if(ARG_PROCESSORS)
    list(APPEND more PROCESSORS ${ARG_PROCESSORS})
  endif()
  string(JOIN "\\;" labels ${kind} ${ARG_LABELS})  # escaped: the discovery script splits lists once more
  add_executable(${name} ${sources})
  target_link_libraries(${name} PRIVATE tests_support ${ARG_LIBS} GTest::gmock GTest::gtest_main)
  # Near a third less to compile than with -O2; tests spend their time in what they test.
  set_target_properties(${name} PROPERTIES SUBTIDE_OPTIMIZATION -O0 RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  target_compile_options(${name} PRIVATE -pthread)  # as the precompiled headers
  target_precompile_headers(${name} REUSE_FROM tests_precompiled)
  gtest_discover_tests(${name} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} DISCOVERY_TIMEOUT 60
    PROPERTIES TIMEOUT ${ARG_TIMEOUT} COST ${ARG_COST} LABELS "${labels}" ${more})
endfunction()
