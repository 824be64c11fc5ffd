/* SPDX-License-Identifier: MIT */
/*
 * Two routers that must do the same: this machine's kernel, in a network namespace of the test's
 * own, and an instance. Both get the same rules, Debian's nft reading them for the kernel; both get
 * the same frames, and what comes out of each port is compared byte for byte. So are the rulesets
 * at the end, with their counters: what linnet lists is read by Debian's nft and listed again.
 *
 *	10.0.1.2 .. 9    10.0.1.1 lan [ router ] wan 192.0.2.1     192.0.2.2 .. 9
 *	fd00:1::2 ..    fd00:1::1                    2001:db8:2::1  2001:db8:2::2 ..
 *	MAC 02:00:00:00:01:XX                        02:00:00:00:02:XX, XX the last of the address
 *
 * A TAP's write() returns when the kernel has done with the frame, so nothing is waited for.
 */
#ifndef LINNET_TESTS_HARNESS_NFT_TWINS_H
#define LINNET_TESTS_HARNESS_NFT_TWINS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum twin_port { LAN, WAN, TWIN_PORTS };

#define TWIN_FRAME_MAX 1600

struct twin_frame {
	size_t len;
	uint8_t b[TWIN_FRAME_MAX];
};

struct twin_out {		/* what one frame made */
	bool by_chance;		/* the same but for ports that NAT chose */
	unsigned n;
	struct { enum twin_port port; struct twin_frame f; } frame[8];
};

/* Ends the test as skipped, with the reason, where that is not allowed. */
void twins_enter(void);
/* Both forget their rules and connections, and read this. False: one refused, which was told. */
bool twins_load(const char *rules);
/* A command of nft for both, in the middle of a case. */
bool twins_nft(const char *command);
/* 0 or not: what each says to a ruleset, and which text. */
int twins_linnet_reads(const char *rules, char *said, size_t cap);
int twins_kernel_reads(const char *rules, char *said, size_t cap);

/*
 * A frame for both. False: they did not do the same, which was told. *out: what came out of the
 * kernel. Identifications of IPv4 are not compared, nor, with any_port, the ports that NAT chose.
 */
bool twins_send(enum twin_port port, const struct twin_frame *f, bool any_port,
		struct twin_out *out);
/* Neighbour discovery is compared too from now on, which is left out at first. */
void twins_hear_neighbours(void);
/* A command for both: sysctl, ip. Ends the test where one refuses. */
void twins_both(const char *command);
/* Its lines, sorted. */
void twins_kernel_says(const char *command, char *said, size_t cap);
void twins_linnet_says(const char *command, char *said, size_t cap);
/* Time passes for the instance; the kernel has its own. */
void twins_wait(int64_t ns);
/* Rules, sets and counters are the same, and our list reads as the kernel's does. */
bool twins_lists(void);
/* Both list the same, byte for byte: by one command, by all that list the ruleset's parts. */
bool twins_same_list(const char *command);
bool twins_same_text(void);
/* conntrack with these words says the same in both, but for times, references and the order of
 * lines. */
bool twins_conntrack(const char *words);
/* Both say from now on what connections do (conntrack -E), with these words behind; twice at most:
 * of connections, of what is expected. */
void twins_watch(const char *words);
/* What they said since, or since this, is the same, in this order, but for times. */
bool twins_watched(void);
void twins_watch_again(void);
/* A command of linnet's. */
int twins_ctl(const char *command, char *said, size_t cap);
/* What went wrong is told with this in front. */
void twins_name(const char *name);

#endif
