# SPDX-License-Identifier: MIT
#
# Compiler, warnings, instrumentation. The presets (CMakePresets.json) set these options.

option(LINNET_PROGRAM "build the layers above the core and the program linnet" ON)
option(LINNET_TESTS "build the tests (needs libcmocka-dev)" ON)
option(LINNET_WERROR "warnings are errors" ON)
option(LINNET_COVERAGE "count lines and branches (gcov)" OFF)
option(LINNET_FUZZ "build the fuzz targets with libFuzzer (needs clang)" OFF)
option(LINNET_PROFILE "compile the core by what it does (gcc; cmake/profile.cmake)" ON)
set(LINNET_SANITIZE "" CACHE STRING "sanitizers, as in -fsanitize=: address,undefined")

if(NOT CMAKE_BUILD_TYPE)
	set(CMAKE_BUILD_TYPE Release CACHE STRING "Release or Debug" FORCE)
endif()

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_POSITION_INDEPENDENT_CODE ON) # the same objects serve liblinnet.a and liblinnet.so
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

# As Linux: the head of a queue stands in its ring as one of its sk_buffs (base/skb_queue.h), which
# the compiler must not take for two different memories.
add_compile_options(-fno-strict-aliasing)
add_compile_options(-Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla
	-Wpointer-arith -Wwrite-strings)
if(LINNET_WERROR)
	add_compile_options(-Werror)
endif()

# An assert names src/net/dst.c, wherever the tree stood when it was built.
add_compile_options(-fmacro-prefix-map=${CMAKE_SOURCE_DIR}/=)

set(LINNET_INSTRUMENTED OFF) # the objects hold more than what the code says
if(LINNET_FUZZ)
	if(NOT CMAKE_C_COMPILER_ID MATCHES Clang)
		message(FATAL_ERROR "LINNET_FUZZ needs clang: cmake --preset fuzz")
	endif()
	add_compile_options(-fsanitize=fuzzer-no-link)
	set(LINNET_INSTRUMENTED ON)
endif()
if(LINNET_SANITIZE)
	set(flags -fsanitize=${LINNET_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
	add_compile_options(${flags})
	add_link_options(${flags})
	set(LINNET_INSTRUMENTED ON)
endif()
if(LINNET_COVERAGE)
	add_compile_options(--coverage -fprofile-update=atomic)
	add_link_options(--coverage)
	set(LINNET_INSTRUMENTED ON)
endif()

# The core is compiled twice in one go: as ordinary objects, which tests link and the proofs read,
# and as bytecode, of which the libraries and programs are made as one (linnet_core.o): a packet
# crosses a dozen files on its way, and their borders cost a fifth of the speed.
if(CMAKE_C_COMPILER_ID STREQUAL GNU AND CMAKE_BUILD_TYPE STREQUAL Release
   AND NOT LINNET_INSTRUMENTED)
	# Any x86-64 runs it; but for "generic" gcc clears an sk_buff with rep stos, which takes
	# longer than the rest of alloc_skb().
	if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
		set(LINNET_CORE_TUNE -mtune=skylake)
	endif()
	set(LINNET_CORE_OPTIONS -O2 ${LINNET_CORE_TUNE} -flto=auto -ffat-lto-objects)
	# The layers that packets cross: many small functions, each called for each packet. Inlined
	# further than gcc would, they cost a tenth less; -O3 gave nothing beyond.
	set(LINNET_PATH_OPTIONS -finline-functions --param=max-inline-insns-auto=100
	    --param=large-function-growth=400 --param=inline-unit-growth=100)
	set(LINNET_PATH_EXCEPT ctl trace wire) # of the core: not callers on a packet's way
	set(LINNET_CORE_LINK -O2 ${LINNET_CORE_TUNE} -flto=auto -flinker-output=nolto-rel
	    -Wno-stringop-overread) # false alarms of inlining across files
	add_link_options(-fno-lto)
	if(LINNET_COUNTERS OR (LINNET_PROFILE AND NOT CMAKE_CROSSCOMPILING))
		include(profile)
	endif()
else()
	set(LINNET_CORE_OPTIONS "")
	set(LINNET_PATH_OPTIONS "")
	set(LINNET_CORE_LINK "")
endif()
