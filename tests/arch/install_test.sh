#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Installs into an empty folder and builds against that alone, as an embedder would: each public
# header by itself, each of examples/ with the shared and with the static library.
set -eu

CC=${CC:-cc}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

fail() {
	echo "install_test: $*" >&2
	exit 1
}

cmake --install "$LINNET_BINARY_DIR" --prefix "$tmp" >"$tmp/log" 2>&1 || {
	cat "$tmp/log"
	fail "cmake --install failed"
}
PKG_CONFIG_PATH=$(dirname "$(find "$tmp" -name linnet.pc)")
export PKG_CONFIG_PATH
cflags=$(pkg-config --cflags linnet)
libs=$(pkg-config --libs linnet)
libdir=$(pkg-config --variable=libdir linnet)
strict="-std=gnu11 -Wall -Wextra -Wpedantic -Werror"

for header in "$tmp"/include/linnet/*.h; do
	name=$(basename "$header")
	case $name in *_inline.h) continue ;; esac # second half of the header that includes it
	printf "#include <linnet/%s>\nint one;\n" "$name" >"$tmp/one.c"
	$CC $strict $cflags -c -o "$tmp/one.o" "$tmp/one.c" ||
		fail "include/linnet/$name does not compile by itself; include what it needs"
	for cxx in g++ clang++; do
		command -v $cxx >/dev/null || continue
		$cxx -std=c++11 -Wall -Wextra -Wpedantic -Werror $cflags -fsyntax-only -x c++ \
			"$tmp/one.c" || fail "include/linnet/$name is not C++ ($cxx)"
	done
done

count=0
for source in "$LINNET_SOURCE_DIR"/examples/*.c; do
	[ -e "$source" ] || continue
	name=$(basename "$source" .c)
	$CC -std=gnu17 -Wall -Wextra -Werror $cflags -o "$tmp/$name" "$source" $libs ||
		fail "examples/$name.c does not build against liblinnet.so"
	$CC -std=gnu17 -Wall -Wextra -Werror $cflags -o "$tmp/$name.static" "$source" \
		"$libdir/liblinnet.a" || fail "examples/$name.c does not build against liblinnet.a"
	count=$((count + 1))
done
echo "installed; headers stand alone, $count examples build"
