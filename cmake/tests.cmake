# SPDX-License-Identifier: MIT
#
# Tests are found by their place and name:
#   src/<layer>/x_test.c      a cmocka program, linked with the layers up to its own   (unit)
#   tests/<kind>/x_test.c     a program, linked with everything and tests/harness      (<kind>)
#   tests/<kind>/x_test.sh    a script; .py likewise                                   (<kind>)
#   tests/fuzz/x_fuzz.c       a fuzz target, replayed over its corpus in every build   (fuzz)
# The name of a test is its path with _ for /; a test that returns 77 is skipped.

if(NOT LINNET_TESTS)
	return()
endif()
find_package(PkgConfig QUIET)
pkg_check_modules(CMOCKA QUIET IMPORTED_TARGET cmocka)
if(NOT CMOCKA_FOUND)
	message(STATUS "no tests in this build: libcmocka-dev is missing")
	return()
endif()

set(LINNET_TEST_ENV
	"ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1"
	"UBSAN_OPTIONS=print_stacktrace=1"
	"LINNET_SOURCE_DIR=${CMAKE_SOURCE_DIR}"
	"LINNET_BINARY_DIR=${CMAKE_BINARY_DIR}"
	"LINNET=${CMAKE_BINARY_DIR}/linnet"
	"CC=${CMAKE_C_COMPILER}"
	"PYTHONDONTWRITEBYTECODE=1"
	"LINNET_INSTRUMENTED=${LINNET_INSTRUMENTED}")

# Of the interop tests those that wait most of their time (for STP, DAD, queriers, leases, for
# nothing to come) and measure none. The others take both cores, or compare with a clock.
set(LINNET_WAITING_TESTS blackout bridge bridge_kernel connections control dhcp dual_stack
	ext_headers multicast packet ping send_matrix)
list(TRANSFORM LINNET_WAITING_TESTS REPLACE "(.+)" "tests_interop_\\1_test")

# Registers what to run (ARGN is the command) under a name and a label.
function(linnet_add_test name label)
	add_test(NAME ${name} COMMAND ${ARGN} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
	set_tests_properties(${name} PROPERTIES LABELS ${label} SKIP_RETURN_CODE 77 TIMEOUT 300
		ENVIRONMENT "${LINNET_TEST_ENV}")
	if(label STREQUAL interop) # with 1 GB to move they take their time
		set_tests_properties(${name} PROPERTIES TIMEOUT 1200)
		if(NOT name IN_LIST LINNET_WAITING_TESTS)
			set_tests_properties(${name} PROPERTIES RUN_SERIAL ON)
		endif()
	endif()
endfunction()

# src/net/ipv4/fib_test.c -> net_ipv4_fib_test, tests/lab/tcp_test.c -> tests_lab_tcp_test
function(linnet_test_name source out)
	cmake_path(RELATIVE_PATH source BASE_DIRECTORY ${CMAKE_SOURCE_DIR} OUTPUT_VARIABLE name)
	string(REGEX REPLACE "^src/(\\./)?|\\.[a-z]+$" "" name ${name})
	string(REPLACE "/" "_" name ${name})
	set(${out} ${name} PARENT_SCOPE)
endfunction()

function(linnet_add_program name source)
	add_executable(${name} ${source})
	set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
	target_link_libraries(${name} PRIVATE ${ARGN})
endfunction()

# Beside the code.
foreach(folder IN LISTS LINNET_FOLDERS)
	linnet_layer_name(${folder} layer)
	file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${folder}/*_test.c)
	foreach(source IN LISTS sources)
		linnet_test_name(${source} name)
		linnet_add_program(${name} ${source} ${LINNET_LINE_${layer}} PkgConfig::CMOCKA)
		linnet_add_test(${name} unit ${name})
	endforeach()
endforeach()

# The world from outside.
file(GLOB harness CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/harness/*.c)
list(FILTER harness EXCLUDE REGEX "_test\\.c$")
if(harness)
	add_library(test_harness STATIC ${harness})
	target_include_directories(test_harness PUBLIC ${CMAKE_SOURCE_DIR}/tests)
	target_link_libraries(test_harness PUBLIC ${LINNET_TOP_LAYER} PkgConfig::CMOCKA)
else()
	add_library(test_harness INTERFACE)
	target_include_directories(test_harness INTERFACE ${CMAKE_SOURCE_DIR}/tests)
	target_link_libraries(test_harness INTERFACE ${LINNET_TOP_LAYER} PkgConfig::CMOCKA)
endif()

file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/*/*_test.c
	${CMAKE_SOURCE_DIR}/tests/*/*_test.sh ${CMAKE_SOURCE_DIR}/tests/*/*_test.py)
foreach(source IN LISTS sources)
	linnet_test_name(${source} name)
	cmake_path(GET source PARENT_PATH dir)
	cmake_path(GET dir FILENAME kind)
	if(kind MATCHES "^(arch|bench)$" AND LINNET_INSTRUMENTED)
		continue() # a sanitizer adds its own data and calls to every object
	elseif(name STREQUAL tests_interop_drill_kernel_test AND LINNET_INSTRUMENTED)
		continue() # the kernel is what it runs
	elseif(NOT kind STREQUAL arch AND NOT LINNET_PROGRAM)
		continue() # these use the lab, the applications or the program
	endif()
	if(source MATCHES "\\.c$")
		linnet_add_program(${name} ${source} test_harness)
		linnet_add_test(${name} ${kind} ${name})
	elseif(source MATCHES "\\.sh$")
		linnet_add_test(${name} ${kind} sh ${source})
	else()
		linnet_add_test(${name} ${kind} python3 ${source})
	endif()
endforeach()

# Conversations in the language of packetdrill: a folder of tests/pkt is a test in each IP
# version; scripts of one alone say so. Headers of IPv6 are 20 bytes longer, and so is its MTU.
set(versions "" "_mapped --ip_version=ipv4-mapped-ipv6" "_ipv6 --ip_version=ipv6 --mtu=1520")
file(GLOB folders CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/pkt/*)
foreach(folder IN LISTS folders)
	file(GLOB scripts CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR} ${folder}/*.pkt)
	if(scripts AND TARGET linnet)
		cmake_path(GET folder FILENAME name)
		foreach(version IN LISTS versions)
			if(name STREQUAL not-yet)
				continue()
			endif()
			string(REGEX REPLACE " .*" "" suffix "${version}")
			separate_arguments(args UNIX_COMMAND "${version}")
			list(POP_FRONT args ignored)
			linnet_add_test(pkt_${name}${suffix} drill linnet drill --strict --quiet
				${args} ${scripts})
		endforeach()
	endif()
endforeach()
# What Linux does and linnet does not yet: each must fail; one that passes moves to its behaviour.
file(GLOB scripts CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR}
	${CMAKE_SOURCE_DIR}/tests/pkt/not-yet/*.pkt)
foreach(script IN LISTS scripts)
	if(TARGET linnet)
		cmake_path(GET script STEM name)
		linnet_add_test(pkt_not_yet_${name} drill linnet drill --quiet ${script})
		set_tests_properties(pkt_not_yet_${name} PROPERTIES WILL_FAIL ON)
	endif()
endforeach()

# What tests/arch reads: one line for each core folder with code, "folder object object ...".
set(map "")
foreach(folder IN LISTS LINNET_CORE_FOLDERS)
	linnet_layer_name(${folder} layer)
	get_target_property(type ${layer} TYPE)
	if(type STREQUAL STATIC_LIBRARY)
		string(APPEND map "${folder} $<JOIN:$<TARGET_OBJECTS:${layer}>, >\n")
	endif()
endforeach()
file(GENERATE OUTPUT ${CMAKE_BINARY_DIR}/core_objects.txt CONTENT "${map}")

# Fuzz targets: libFuzzer's in a fuzz build, else the corpus and mutations of it as a test.
file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/fuzz/*_fuzz.c)
if(NOT LINNET_PROGRAM)
	set(sources "")
endif()
add_custom_target(fuzz)
foreach(source IN LISTS sources)
	cmake_path(GET source STEM stem)
	string(REGEX REPLACE "_fuzz$" "" name ${stem})
	linnet_add_program(${stem} ${source} test_harness)
	add_dependencies(fuzz ${stem})
	if(LINNET_FUZZ)
		target_link_options(${stem} PRIVATE -fsanitize=fuzzer)
	else()
		target_sources(${stem} PRIVATE ${CMAKE_SOURCE_DIR}/tests/fuzz/replay_main.c)
		linnet_add_test(fuzz_replay_${name} fuzz ${stem}
			${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${name})
	endif()
endforeach()
