# SPDX-License-Identifier: MIT
#
# One library layer_<folder> for each folder of src/LAYERS (src/net/ipv4 is layer_net_ipv4), which
# links all layers below it. A folder without sources is an empty layer.
#
# Sets LINNET_FOLDERS      all folders, lowest first
#      LINNET_CORE_FOLDERS the core's of these
#      LINNET_CORE_OBJECTS the object files of the core
#      LINNET_TOP_LAYER    the library that reaches everything

set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/LAYERS)

# What the layers above the core stand on.
if(LINNET_PROGRAM)
	find_package(PkgConfig REQUIRED)
	pkg_check_modules(LDNS REQUIRED IMPORTED_TARGET ldns)
	pkg_check_modules(YAML REQUIRED IMPORTED_TARGET yaml-0.1)
	pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson)
	pkg_check_modules(PCAP REQUIRED IMPORTED_TARGET libpcap)
	find_package(Threads REQUIRED)
	find_path(HTTP_PARSER_INCLUDE http_parser.h REQUIRED) # it has no pkg-config file
	find_library(HTTP_PARSER_LIB http_parser REQUIRED)
endif()
set(LIBS_app PkgConfig::LDNS PkgConfig::JANSSON PkgConfig::PCAP ${HTTP_PARSER_LIB})
set(LIBS_lab PkgConfig::YAML PkgConfig::JANSSON)
set(LIBS_host Threads::Threads)
set(LIBS_drill m)
set(LIBS_cli "")

# The library of one folder; sources and headers of a layer are seen as "layer/file.h".
function(linnet_add_layer kind folder below)
	linnet_layer_name(${folder} layer)
	set(dir ${CMAKE_SOURCE_DIR}/src/${folder})
	file(GLOB sources CONFIGURE_DEPENDS ${dir}/*.c)
	list(FILTER sources EXCLUDE REGEX "(_test|/cli/main)\\.c$")
	if(sources)
		add_library(${layer} STATIC ${sources})
		set(scope PUBLIC)
	else()
		add_library(${layer} INTERFACE)
		set(scope INTERFACE)
	endif()
	target_include_directories(${layer} ${scope}
		${CMAKE_SOURCE_DIR}/src ${CMAKE_SOURCE_DIR}/include)
	if(NOT kind STREQUAL core)
		target_link_libraries(${layer} ${scope} ${LIBS_${kind}})
	elseif(sources)
		target_compile_options(${layer} PRIVATE ${LINNET_CORE_OPTIONS})
		if(NOT folder IN_LIST LINNET_PATH_EXCEPT)
			target_compile_options(${layer} PRIVATE ${LINNET_PATH_OPTIONS})
		endif()
		if(LINNET_PROFILE_STAMP)
			set_source_files_properties(${sources} PROPERTIES
				OBJECT_DEPENDS ${LINNET_PROFILE_STAMP})
			set_target_properties(${layer} PROPERTIES
				C_COMPILER_LAUNCHER "${LINNET_CORE_LAUNCHER}")
			add_dependencies(${layer} counted)
		endif()
	endif()
	target_link_libraries(${layer} ${scope} ${below})
endfunction()

# "." is src/ itself: stack.c, which puts the core together.
function(linnet_layer_name folder out)
	if(folder STREQUAL ".")
		set(folder stack)
	endif()
	string(REPLACE "/" "_" name layer_${folder})
	set(${out} ${name} PARENT_SCOPE)
endfunction()

file(STRINGS src/LAYERS lines REGEX "^[a-z]")
set(below "")
foreach(line IN LISTS lines)
	string(REGEX REPLACE " +" ";" folders "${line}")
	list(POP_FRONT folders kind)
	if(NOT kind STREQUAL core AND NOT LINNET_PROGRAM)
		break()
	endif()
	set(here "")
	foreach(folder IN LISTS folders)
		linnet_add_layer(${kind} ${folder} "${below}")
		linnet_layer_name(${folder} layer)
		list(APPEND here ${layer})
		list(APPEND LINNET_FOLDERS ${folder})
		get_target_property(type ${layer} TYPE)
		if(kind STREQUAL core)
			list(APPEND LINNET_CORE_FOLDERS ${folder})
			if(type STREQUAL STATIC_LIBRARY)
				list(APPEND LINNET_CORE_OBJECTS $<TARGET_OBJECTS:${layer}>)
			endif()
		endif()
		set(LINNET_BESIDE_${layer} "${folders}") # itself and its peers
	endforeach()
	# What stands above a line sees all of its folders.
	string(REPLACE ";" "_" line_layer "line_${here}")
	add_library(${line_layer} INTERFACE)
	target_link_libraries(${line_layer} INTERFACE ${here})
	set(below ${line_layer})
	foreach(layer IN LISTS here)
		set(LINNET_LINE_${layer} ${line_layer})
	endforeach()
endforeach()
set(LINNET_TOP_LAYER ${below})
