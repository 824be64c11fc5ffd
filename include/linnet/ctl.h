/* SPDX-License-Identifier: MIT */
/*
 * Configuration and state as the commands that people know. One door for programs, labs,
 * tests and the command line: "ip addr add 10.0.0.1/24 dev eth0", "sysctl -w ...", "ss -tan".
 */
#ifndef LINNET_CTL_H
#define LINNET_CTL_H

#include <linnet/net.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * ln_ctl - run one command line against an instance
 * @cmd: words as in a shell: blanks separate, '...' and "..." quote. Behind "nft -f NAME" and
 *	"ip -batch NAME" a newline and the file's text
 * @out, @cap: where its output goes, cut at cap with a NUL; may be NULL, 0
 * @len: when not NULL, the whole output's length, also when it was cut
 *
 * Commands: ip, ifconfig, route, arp, netstat, ss, ethtool, sysctl, bridge, brctl, tc, nft,
 * conntrack, cat and echo (/proc/...), hostname, stat, calc, help: "help" lists them. Programs that
 * take time (ping, curl) are no part of the library.
 *
 * Return: 0; negative errno with a message on @out in the words of the Linux tool:
 * -EINVAL (what was wrong, and what was expected), -ENOENT, -EEXIST, -ENODEV, -ENOMEM,
 * -ENETUNREACH ...; -EFAULT: @cmd is NULL
 */
LN_API int ln_ctl(struct ln_net *net, const char *cmd, char *out, size_t cap, size_t *len);

#ifdef __cplusplus
}
#endif
#endif
