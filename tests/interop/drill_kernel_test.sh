#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Conversations against the kernel of this computer, over both families: those in which nothing is
# sent by a timer, so that a busy computer changes nothing. All of them: scripts/drill_kernel.
cd "$LINNET_SOURCE_DIR" || exit 1
if ! unshare -n true 2>/dev/null || [ ! -c /dev/net/tun ]; then
	echo "needs root and /dev/net/tun"
	exit 77
fi
pkt=tests/pkt
set -- $pkt/handshake/options-*.pkt $pkt/handshake/nobody.pkt $pkt/icmp/connect-*.pkt \
	$pkt/icmp6/connect-*.pkt $pkt/socket6/options-none.pkt $pkt/socket6/mss-of-mtu.pkt \
	$pkt/socket6/udp-tclass-hops.pkt $pkt/socket/domain.pkt $pkt/socket/options.pkt \
	$pkt/socket/ttl-default.pkt $pkt/udp/connected.pkt $pkt/udp/errors.pkt \
	$pkt/udp/port-unreachable.pkt $pkt/udp/send-receive.pkt $pkt/bind/*.pkt \
	$pkt/listen/errors.pkt $pkt/md5/wrong.pkt $pkt/fastopen/server-cookie-request.pkt
bad=0
for options in --ip_version=ipv4 "--ip_version=ipv6 --mtu=1520"; do
	# Half a second of tolerance: less than the first retransmission of a SYN.
	"$LINNET" drill -q $options --against kernel --tolerance_usecs=5000 --scale 100 "$@" ||
		bad=1
done
# A line that this computer came to too late is told.
script=$(mktemp) && trap 'rm -f "$script"' EXIT
printf '0.01 `sleep 0.2`\n0.02 `true`\n' >"$script"
if ! "$LINNET" drill -v --against kernel "$script" 2>&1 |
		grep -q 'line 2 came 0\.[1-9].* s late'; then
	echo "FAIL: a line that comes 0.19 s late is not told to"
	bad=1
fi
exit $bad
