# SPDX-License-Identifier: MIT
#
# bench/*.c: one program each, built by `ninja bench`. bench/common/*.c is linked into all of
# them. A program that includes lwip/ is left out where liblwip-dev is missing.

file(GLOB benches CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/bench/*.c)
file(GLOB common CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/bench/common/*.c)
add_custom_target(bench)
find_path(LWIP_INCLUDE lwip/tcp.h PATH_SUFFIXES lwip)
find_library(LWIP_LIB lwip)

foreach(source IN LISTS benches)
	cmake_path(GET source STEM name)
	file(STRINGS ${source} lwip REGEX "#include [<\"]lwip/")
	if(lwip AND NOT (LWIP_INCLUDE AND LWIP_LIB))
		message(STATUS "bench/${name}.c is left out: liblwip-dev is missing")
		continue()
	endif()
	add_executable(bench_${name} EXCLUDE_FROM_ALL ${source} ${common})
	set_target_properties(bench_${name} PROPERTIES
		OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bench)
	target_include_directories(bench_${name} PRIVATE ${CMAKE_SOURCE_DIR}/bench)
	target_link_libraries(bench_${name} PRIVATE ${LINNET_TOP_LAYER})
	if(lwip)
		target_include_directories(bench_${name} SYSTEM PRIVATE ${LWIP_INCLUDE})
		target_link_libraries(bench_${name} PRIVATE ${LWIP_LIB})
	endif()
	add_dependencies(bench bench_${name})
endforeach()
