/* SPDX-License-Identifier: MIT */
/*
 * Redirects received, beside the kernel (harness/nft_twins.h): settings and redirects at random;
 * after each one "ip route get" says the same, so both believed it or neither did.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/nft_twins.h"

#define ROUNDS 30		/* of other settings */
#define FRAMES 12		/* with the same */

static uint64_t state;
static char told[2048];

static unsigned draw(unsigned n)
{
	state = state * 6364136223846793005ull + 1442695040888963407ull;
	return (unsigned)(state >> 33) % n;
}

static const char *const flags[] = {
	"all.accept_redirects", "lan.accept_redirects", "all.secure_redirects",
	"lan.secure_redirects", "all.shared_media", "lan.shared_media", "lan.forwarding",
};

static void draw_settings(void)
{
	char line[96];

	*told = '\0';
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		snprintf(line, sizeof(line), "sysctl -qw net.ipv4.conf.%s=%u", flags[i],
			 i < 2 ? !!draw(4) : draw(2));
		twins_both(line);
		strcat(strcat(told, line), "\n");
	}
}

/* 10.0.1.2 to .4 are neighbours, .20 is asked for; two of them are gateways. */
static const char *const gateways[] = {
	"10.0.1.2", "10.0.1.3", "10.0.1.4", "10.0.1.2", "10.0.1.3", "10.0.1.20", "10.0.1.1",
	"10.0.1.255", "10.9.0.7", "192.0.2.2", "224.0.0.9", "255.255.255.255", "0.0.0.0",
	"127.0.0.1",
};
static const char *const senders[] = { "10.0.1.2", "10.0.1.2", "10.0.1.3", "10.0.1.4" };
static const char *const dests[] = {
	"8.8.8.8", "8.8.4.4", "203.0.113.1", "10.0.1.4", "10.0.1.9", "192.0.2.5",
};
#define NR(a) (sizeof(a) / sizeof((a)[0]))

static void put_sum(uint8_t *p, size_t len, size_t at)
{
	unsigned sum = 0;

	for (size_t i = 0; i < len; i += 2)
		sum += (unsigned)p[i] << 8 | p[i + 1];
	while (sum >> 16)
		sum = (sum >> 16) + (sum & 0xffff);
	p[at] = (uint8_t)(~sum >> 8);
	p[at + 1] = (uint8_t)~sum;
}

static void put_ip(uint8_t *p, size_t len, const char *from, const char *to)
{
	p[0] = 0x45;
	p[3] = (uint8_t)len;
	p[8] = 64;
	p[9] = 1;
	inet_pton(AF_INET, from, p + 12);
	inet_pton(AF_INET, to, p + 16);
	put_sum(p, 20, 10);
}

/* About an echo reply, to the address that is returned, of the router's, or of somebody else's. */
static const char *draw_redirect(struct twin_frame *f)
{
	static const uint8_t to[] = { 2, 0, 0, 0, 1, 1 }, from[] = { 2, 0, 0, 0, 1, 2 };
	uint8_t *icmp = f->b + 34, *quoted = icmp + 8;
	const char *dest = dests[draw(NR(dests))];

	memset(f, 0, sizeof(*f));
	f->len = 14 + 20 + 8 + 28;
	memcpy(f->b, to, 6);
	memcpy(f->b + 6, from, 6);
	f->b[12] = 8;
	put_ip(f->b + 14, f->len - 14, senders[draw(NR(senders))], "10.0.1.1");
	icmp[0] = 5;
	icmp[1] = (uint8_t)(draw(4) ? 1 : draw(6));
	inet_pton(AF_INET, gateways[draw(NR(gateways))], icmp + 4);
	put_ip(quoted, 84, draw(8) ? "10.0.1.1" : "10.0.1.77", dest);
	quoted[20] = draw(8) ? 0 : 8;	/* nobody here ever asked */
	put_sum(quoted + 20, 8, 2);
	put_sum(icmp, f->len - 34, 2);
	return dest;
}

/* The time that is left is each one's own. */
static void without_times(char *text)
{
	for (char *p; (p = strstr(text, " expires "));) {
		char *end = strstr(p + 9, "sec");

		if (!end)
			return;
		memmove(p, end + 3, strlen(end + 3) + 1);
	}
}

static unsigned redirected;

static bool same_route(const char *dest)
{
	static char kernel[512], ours[512], command[64];

	snprintf(command, sizeof(command), "ip route get %s", dest);
	twins_kernel_says(command, kernel, sizeof(kernel));
	twins_linnet_says(command, ours, sizeof(ours));
	redirected += strstr(ours, "redirected") != NULL;
	without_times(kernel);
	without_times(ours);
	if (!strcmp(kernel, ours))
		return true;
	printf("BAD: %s\nkernel:\n%s\nlinnet:\n%s\n", command, kernel, ours);
	return false;
}

static void tell(unsigned seed, int i, const struct twin_frame *f)
{
	char from[16], to[16], dst[16];

	printf("  seed %u, frame %d: from %s code %u gateway %s about %s\n%s", seed, i,
	       inet_ntop(AF_INET, f->b + 26, from, sizeof(from)), f->b[35],
	       inet_ntop(AF_INET, f->b + 38, to, sizeof(to)),
	       inet_ntop(AF_INET, f->b + 58, dst, sizeof(dst)), told);
}

static bool round_of(unsigned seed)
{
	struct twin_frame f;
	const char *dest;
	struct twin_out out;

	state = seed;
	draw_settings();
	twins_both("ip route flush cache");
	twins_both("ip -4 neigh flush dev lan");
	for (int i = 0; i < FRAMES; i++) {
		dest = draw_redirect(&f);
		if (!twins_send(LAN, &f, false, &out) || !same_route(dest)) {
			tell(seed, i, &f);
			return false;
		}
	}
	return true;
}

/* [FIRST seed [HOW many]] */
int main(int argc, char **argv)
{
	unsigned first = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 0) : 1;
	unsigned n = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 0) : argc > 1 ? 1 : ROUNDS;
	unsigned failed = 0;

	twins_enter();
	twins_both("ip route add default via 10.0.1.2");
	twins_both("ip route add 203.0.113.0/24 via 10.0.1.3");
	twins_both("ip route add 10.0.1.9 via 10.0.1.2");
	/* It is asked for once: each has its own clock. */
	twins_both("sysctl -qw net.ipv4.neigh.lan.retrans_time_ms=1000000");
	for (unsigned seed = first; seed < first + n; seed++)
		failed += !round_of(seed);
	printf("%u rounds, %u differ, %u redirected\n", n, failed, redirected);
	if (!redirected && n == ROUNDS)
		printf("BAD: nobody was ever redirected\n");
	return failed || (!redirected && n == ROUNDS);
}
