# SPDX-License-Identifier: MIT
#
# The labs that ship with the product, compiled into it: labs/*.yaml with the zones and pages
# they name become lab_builtin.c, a table of names and bytes (lab/topo_files.h).
#
# Included after layers.cmake, this adds the generated file to the lab layer. The same file is
# the generator: cmake -DLABS=<dir> -DOUT=<file.c> -P embed_labs.cmake.

set(LAB_EMBED_GLOBS *.yaml zones/* pages/*)

# Bytes as "0x68,0x65,...", sixteen in a line.
function(linnet_bytes file out)
	file(READ ${file} hex HEX)
	string(REGEX REPLACE "(................................)" "\\1\n\t" hex "${hex}")
	string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," hex "${hex}")
	set(${out} "${hex}" PARENT_SCOPE)
endfunction()

if(CMAKE_SCRIPT_MODE_FILE)
	set(globs ${LAB_EMBED_GLOBS})
	list(TRANSFORM globs PREPEND ${LABS}/)
	file(GLOB files LIST_DIRECTORIES false RELATIVE ${LABS} ${globs})
	list(SORT files)
	set(arrays "")
	set(table "")
	set(i 0)
	foreach(name IN LISTS files)
		linnet_bytes(${LABS}/${name} bytes)
		file(SIZE ${LABS}/${name} size)
		# the zero keeps an empty file a valid array
		string(APPEND arrays
			"static const unsigned char file_${i}[] = {\n\t${bytes}0\n};\n\n")
		string(APPEND table "\t{ \"${name}\", file_${i}, ${size} },\n")
		math(EXPR i "${i} + 1")
	endforeach()
	file(WRITE ${OUT} "/* SPDX-License-Identifier: MIT */\n"
		"/* Made by cmake/embed_labs.cmake from labs/: do not edit. */\n"
		"#include \"lab/topo_files.h\"\n\n${arrays}"
		"const struct topo_builtin_file lab_builtin_files[] = {\n${table}};\n\n"
		"const size_t lab_builtin_count = ${i};\n")
	return()
endif()

if(TARGET layer_lab)
	set(globs ${LAB_EMBED_GLOBS})
	list(TRANSFORM globs PREPEND ${CMAKE_SOURCE_DIR}/labs/)
	file(GLOB lab_files CONFIGURE_DEPENDS LIST_DIRECTORIES false ${globs})
	add_custom_command(OUTPUT ${CMAKE_BINARY_DIR}/lab_builtin.c
		COMMAND ${CMAKE_COMMAND} -DLABS=${CMAKE_SOURCE_DIR}/labs
			-DOUT=${CMAKE_BINARY_DIR}/lab_builtin.c
			-P ${CMAKE_CURRENT_LIST_FILE}
		DEPENDS ${lab_files} ${CMAKE_CURRENT_LIST_FILE}
		COMMENT "Compiling in labs/" VERBATIM)
	get_target_property(lab_type layer_lab TYPE)
	if(lab_type STREQUAL STATIC_LIBRARY)
		target_sources(layer_lab PRIVATE ${CMAKE_BINARY_DIR}/lab_builtin.c)
	endif()
endif()
