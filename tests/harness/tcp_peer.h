/* SPDX-License-Identifier: MIT */
/*
 * One linnet machine and a peer who is a script: every segment that the peer sends is written
 * down, and every segment that linnet sends is awaited, at its exact virtual time.
 *
 *	struct tcp_peer *t = tcp_peer_new(NULL);
 *	tcp_listen_on(t);
 *	tcp_script(t,
 *		"+0 < S 0:0(0) win 65535 <mss 1460,sackOK,nop,wscale 7>\n"
 *		"+0 > S. 0:0(0) ack 1 win 64240 <mss 1460,nop,nop,sackOK,nop,wscale 7>\n"
 *		"+.1 < . 1:1(0) ack 1 win 257\n");
 *	tcp_accept_one(t);
 *	...
 *	tcp_peer_end(t);	nothing more was sent; no frame lost, no byte leaked
 *
 * A line is packetdrill's: time, `<` (peer sends) or `>` (linnet must send), flags (SFRPEWU, `.` is
 * ACK, `-` none), first:last(length), then ack N, win N, urg N and <options>. Times are seconds:
 * +.5 after the line before, 1.5 since tcp_script_zero(). A time may be a range for `>`:
 * +.2~+.25. What a `>` line does not say is not compared; `<...>` stands for any options.
 *
 * Sequence numbers are relative to the initial one of their side; timestamps of linnet are those
 * of the script: the first one that a script awaits fixes the offset. Payload is a pattern of the
 * sequence number, both ways, and is checked.
 *
 * `badsum` after the rest gives a segment of the peer a wrong checksum.
 *
 * Other lines: `+T quiet` : until then nothing is sent. `+T icmp CODE mtu N seq N` : an ICMP
 * unreachable about the segment of ours that began at seq.
 */
#ifndef LINNET_TESTS_HARNESS_TCP_PEER_H
#define LINNET_TESTS_HARNESS_TCP_PEER_H

#include <stdbool.h>
#include <stdint.h>

#include <linnet/linnet.h>

#include "base/netns.h"
#include "harness/tcp_line.h"

#define TCP_PEER_LOCAL "192.168.0.1"
#define TCP_PEER_PORT 8080

struct tcp_peer;

struct tcp_peer_params {
	uint16_t mtu;			/* 0 = 1500 */
	size_t mem_budget;
	uint64_t seed;
	void (*setup)(struct net *net);	/* sysctls */
	uint32_t remote_isn;		/* 0 = one that wraps soon */
};

struct tcp_peer *tcp_peer_new(const struct tcp_peer_params *params);	/* params may be NULL */
/* Without tail loss probes: what is not acknowledged is left to the RTO; nor RACK: to SACKs. */
struct tcp_peer *tcp_peer_without_tlp(void);
struct tcp_peer *tcp_peer_without_rack(void);
void tcp_peer_end(struct tcp_peer *t);		/* as the head says */

void tcp_script(struct tcp_peer *t, const char *script);
/* Nothing is sent for so long. */
void tcp_quiet(struct tcp_peer *t, double seconds);
/* Lets time pass and forgets what is sent; returns how many segments. */
unsigned tcp_skip(struct tcp_peer *t, double seconds);
/* The next segment that is sent within so long, its payload checked, on the script's numbers; l may
 * be NULL. False: none was. */
bool tcp_next(struct tcp_peer *t, double seconds, struct tcp_line *l);
/* n SYNs from ever new addresses (11.0.0.0/8) to TCP_PEER_PORT, now; returns how many segments were
 * sent to them. */
unsigned tcp_syn_flood(struct tcp_peer *t, unsigned n, const char *options);
/* A new connection: the numbers of both sides begin anew; port of the peer. */
void tcp_new_connection(struct tcp_peer *t, uint16_t peer_port);
/* The script's numbers are those on the wire, for a connection between these ports. */
void tcp_use_raw(struct tcp_peer *t, uint16_t local_port, uint16_t peer_port);
/* Several at once: the script goes on with connection n (0 to 7; the peer's port is 8080 + n),
 * where it was. */
void tcp_use(struct tcp_peer *t, unsigned n);
const char *tcp_last(const struct tcp_peer *t);	/* the last segment sent, as text */

/* The machine, for socket calls. */
struct ln_net *tcp_peer_net(struct tcp_peer *t);
int64_t tcp_peer_now(const struct tcp_peer *t);

/* Sockets of the common kind; descriptors >= 0 or the test fails. */
int tcp_socket(struct tcp_peer *t);
int tcp_listen_on(struct tcp_peer *t);			/* port TCP_PEER_PORT, backlog 4 */
int tcp_listen_backlog(struct tcp_peer *t, int backlog);
int tcp_connect_to(struct tcp_peer *t, int fd);		/* to the peer's TCP_PEER_PORT */
int tcp_accept_one(struct tcp_peer *t, int listener);
/* n bytes of the pattern; what send() returned. */
ptrdiff_t tcp_write(struct tcp_peer *t, int fd, size_t n, int flags);
/* Reads up to n bytes and checks the pattern; what recv() returned. */
ptrdiff_t tcp_read(struct tcp_peer *t, int fd, size_t n);
int tcp_opt(struct tcp_peer *t, int fd, int level, int name, int val);
int tcp_opt_get(struct tcp_peer *t, int fd, int level, int name);
struct ln_tcp_info tcp_info_of(struct tcp_peer *t, int fd);
unsigned tcp_events(struct tcp_peer *t, int fd);	/* poll */
int tcp_so_error(struct tcp_peer *t, int fd);		/* positive errno */

/* A handshake: linnet listens (backlog 4), the peer connects with these options and window; the
 * accepted descriptor. rtt: seconds between SYN-ACK and ACK. */
int tcp_established(struct tcp_peer *t, const char *options, unsigned win, double rtt);

#endif
