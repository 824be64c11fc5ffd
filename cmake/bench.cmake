# SPDX-License-Identifier: MIT
#
# bench/*.c: one program each, built by `ninja bench`. bench/common/*.c is linked into all of
# them. A peer's stack is a module, bench/peers/NAME_stack.c; NAME_*.c loads it, and both are left
# out where the peer's package is missing. bench/tables/ is one program, on the lab's links.

file(GLOB benches CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/bench/*.c)
file(GLOB common CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/bench/common/*.c)
# tests/bench/ runs them; an instrumented build measures nothing.
if(LINNET_TESTS AND NOT LINNET_INSTRUMENTED)
	add_custom_target(bench ALL)
else()
	add_custom_target(bench)
endif()
find_path(LWIP_INCLUDE lwip/tcp.h PATH_SUFFIXES lwip)
find_library(LWIP_LIB lwip)

if(LWIP_INCLUDE AND LWIP_LIB)
	add_library(bench_lwip_stack MODULE EXCLUDE_FROM_ALL
		${CMAKE_SOURCE_DIR}/bench/peers/lwip_stack.c)
	set_target_properties(bench_lwip_stack PROPERTIES PREFIX "" OUTPUT_NAME lwip_stack
		LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bench/peers)
	target_include_directories(bench_lwip_stack SYSTEM PRIVATE ${LWIP_INCLUDE})
	target_link_libraries(bench_lwip_stack PRIVATE ${LWIP_LIB})
	add_dependencies(bench bench_lwip_stack)
endif()

find_package(PkgConfig QUIET)
if(PkgConfig_FOUND)
	pkg_check_modules(DPDK QUIET libdpdk)
endif()
if(DPDK_FOUND)	# with the flags that its inline functions want
	add_library(bench_dpdk_routes OBJECT EXCLUDE_FROM_ALL
		${CMAKE_SOURCE_DIR}/bench/peers/dpdk_routes.c)
	target_include_directories(bench_dpdk_routes PRIVATE ${CMAKE_SOURCE_DIR}/bench)
	target_include_directories(bench_dpdk_routes SYSTEM PRIVATE ${DPDK_INCLUDE_DIRS})
	target_compile_options(bench_dpdk_routes PRIVATE ${DPDK_CFLAGS_OTHER})
	target_compile_definitions(bench_dpdk_routes PRIVATE HAVE_DPDK)
endif()

foreach(source IN LISTS benches)
	cmake_path(GET source STEM name)
	if(name MATCHES "^lwip_" AND NOT TARGET bench_lwip_stack)
		message(STATUS "bench/${name}.c is left out: liblwip-dev is missing")
		continue()
	endif()
	if(name MATCHES "^(lab|core)_" AND NOT LINNET_PROGRAM)
		continue()
	endif()
	add_executable(bench_${name} EXCLUDE_FROM_ALL ${source} ${common})
	set_target_properties(bench_${name} PROPERTIES
		OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bench)
	target_include_directories(bench_${name} PRIVATE ${CMAKE_SOURCE_DIR}/bench)
	if(name MATCHES "^lwip_")
		target_compile_definitions(bench_${name} PRIVATE
			LWIP_STACK_SO="$<TARGET_FILE:bench_lwip_stack>")
	elseif(name MATCHES "^(lab|core)_")
		# As the program linnet: layers above the core, and the core as one object.
		target_sources(bench_${name} PRIVATE ${LINNET_CORE_O})
		add_dependencies(bench_${name} linnet_core)
		target_link_libraries(bench_${name} PRIVATE layer_lab)
	else()
		# What users get: the library, through its public headers.
		target_include_directories(bench_${name} PRIVATE ${CMAKE_SOURCE_DIR}/include)
		target_link_libraries(bench_${name} PRIVATE linnet_static)
	endif()
	if(name MATCHES "^core_" AND DPDK_FOUND)
		target_sources(bench_${name} PRIVATE $<TARGET_OBJECTS:bench_dpdk_routes>)
		target_compile_definitions(bench_${name} PRIVATE HAVE_DPDK)
		target_link_libraries(bench_${name} PRIVATE ${DPDK_LINK_LIBRARIES})
	endif()
	add_dependencies(bench bench_${name})
endforeach()

if(LINNET_PROGRAM)
	file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/bench/tables/*.c)
	add_executable(bench_tables EXCLUDE_FROM_ALL ${sources} ${LINNET_CORE_O})
	set_target_properties(bench_tables PROPERTIES
		OUTPUT_NAME tables RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bench)
	target_include_directories(bench_tables PRIVATE ${CMAKE_SOURCE_DIR}/bench)
	target_link_libraries(bench_tables PRIVATE ${LINNET_TOP_LAYER} ${CMAKE_DL_LIBS})
	add_dependencies(bench_tables linnet_core)
	if(TARGET bench_lwip_stack)
		target_compile_definitions(bench_tables PRIVATE
			LWIP_STACK_SO="$<TARGET_FILE:bench_lwip_stack>")
		add_dependencies(bench_tables bench_lwip_stack)
	endif()
	add_dependencies(bench bench_tables)
endif()

# What the core does while it is counted (cmake/profile.cmake).
if(LINNET_COUNTERS)
	set(work "")
	foreach(case "rr 60000x" "crr 30000x" "udp 4000x" "udp_batch 4000x" "udp_gso 3000x"
	        "bulk 400x" "tso 400x" "bulk_zc 200x")
		string(REPLACE " " ";" case ${case})
		list(APPEND work COMMAND bench_inproc ${case} > /dev/null
			COMMAND bench_inproc -6 ${case} > /dev/null)
	endforeach()
	foreach(case "router;2000x;1000" "filter;2000x" "nat;2000x;1000" "switch;2000x;1000")
		list(APPEND work COMMAND bench_forward ${case} > /dev/null)
	endforeach()
	if(TARGET bench_lab_scale)	# the cards and links of a lab
		list(APPEND work COMMAND bench_lab_scale events 300x 100 > /dev/null)
		list(APPEND counted bench_lab_scale)
	endif()
	add_custom_target(count ${work} DEPENDS bench_inproc bench_forward ${counted}
		COMMENT "Counting what the core does" VERBATIM)
endif()
