# SPDX-License-Identifier: MIT
#
# The core compiled by what it does: it is built once with counters (profile/ in the build folder),
# works as in bench/ over both families, and what it counted tells gcc which code packets cross. It
# is inlined and stands together, what they do not cross stands apart: a round trip takes a tenth
# fewer instructions and a quarter less time (docs/PERFORMANCE.md).
#
# The work is of fixed steps in virtual time: the same source gives the same profile. It is counted
# once for a build folder; functions changed since are compiled without. `make profile` counts anew.
#
#   LINNET_PROFILE   ON: do so
#   LINNET_COUNTERS  this is the build with counters: where it leaves what it counted
#
# Sets LINNET_PROFILE_STAMP, on which the core's objects depend: the digest of what was counted.
# A compiler cache does not find the counters by their prefix, and would give an object compiled
# by others, or by none: LINNET_CORE_LAUNCHER is the launcher that tells ccache of the stamp.

# Files of counters have the object's path in their names, without the build folder's.
if(LINNET_COUNTERS)
	set(LINNET_CORE_OPTIONS -O2 ${LINNET_CORE_TUNE} -fprofile-generate=${LINNET_COUNTERS}
	    -fprofile-prefix-path=${CMAKE_BINARY_DIR} -fprofile-update=single)
	set(LINNET_PATH_OPTIONS "")
	set(LINNET_CORE_LINK "")
	add_link_options(-fprofile-generate)
	return()
endif()

set(LINNET_COUNTED ${CMAKE_BINARY_DIR}/profile/counted)
set(LINNET_PROFILE_STAMP ${CMAKE_BINARY_DIR}/profile/stamp)
# The permille: gcc compiles for size what is outside of the 99 % that is run most, where a whole
# case may be: the loop that posts datagrams cleared 24 bytes by "rep stos".
# -Wno-error: gcc warns of a function changed since, by a warning without a name. The builds
# with sanitizers keep their warnings errors.
set(options -fprofile-use=${LINNET_COUNTED} -fprofile-prefix-path=${CMAKE_BINARY_DIR}
    -fprofile-partial-training --param=hot-bb-count-ws-permille=999 -Wno-missing-profile
    -Wno-coverage-mismatch -Wno-error)
list(APPEND LINNET_CORE_OPTIONS ${options})
list(APPEND LINNET_CORE_LINK ${options})
if(CMAKE_C_COMPILER_LAUNCHER)
	set(LINNET_CORE_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_EXTRAFILES=${LINNET_PROFILE_STAMP}
	    ${CMAKE_C_COMPILER_LAUNCHER})
endif()

add_custom_command(OUTPUT ${LINNET_PROFILE_STAMP}
	COMMAND ${CMAKE_COMMAND} -E rm -rf ${LINNET_COUNTED}
	COMMAND ${CMAKE_COMMAND} -S ${CMAKE_SOURCE_DIR} -B ${CMAKE_BINARY_DIR}/profile
		-G ${CMAKE_GENERATOR} --log-level=NOTICE -DCMAKE_BUILD_TYPE=Release
		-DCMAKE_C_COMPILER=${CMAKE_C_COMPILER}
		-DCMAKE_C_FLAGS=${CMAKE_C_FLAGS} -DCMAKE_C_FLAGS_RELEASE=${CMAKE_C_FLAGS_RELEASE}
		-DCMAKE_C_COMPILER_LAUNCHER=${CMAKE_C_COMPILER_LAUNCHER}
		-DLINNET_COUNTERS=${LINNET_COUNTED} -DLINNET_PROGRAM=${LINNET_PROGRAM}
		-DLINNET_TESTS=OFF -DLINNET_WERROR=OFF
	COMMAND ${CMAKE_COMMAND} --build ${CMAKE_BINARY_DIR}/profile --target count -- --quiet
	COMMAND cat ${LINNET_COUNTED}/*.gcda | sha256sum > ${LINNET_PROFILE_STAMP}
	COMMENT "Building the core with counters, and running it" USES_TERMINAL)
add_custom_target(counted DEPENDS ${LINNET_PROFILE_STAMP})
