/* SPDX-License-Identifier: MIT */
/*
 * tap_host: linnet on a TAP device of this machine; the kernel can ping it.
 *
 *	cc tap_host.c $(pkg-config --cflags --libs linnet) -o tap_host
 *	ip tuntap add tap0 mode tap && ip addr add 10.0.0.1/24 dev tap0 && ip link set tap0 up
 *	./tap_host tap0 10.0.0.2/24 &
 *	ping 10.0.0.2
 */
#include <linnet/linnet.h>

#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

static int64_t clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ll + t.tv_nsec;
}

static int tap_open(const char *name)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK);

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &ifr)) {
		perror(name);
		exit(1);
	}
	return fd;
}

/* Milliseconds until linnet wants to run again; -1: when a frame comes. */
static int wait_ms(const struct ln_net *net)
{
	int64_t next = ln_net_next_event(net), left = next - clock_ns();

	if (next == LN_TIME_NEVER)
		return -1;
	return left <= 0 ? 0 : (int)(left / 1000000) + 1;
}

int main(int argc, char **argv)
{
	struct ln_nic_params nic_params = { .name = "eth0" };
	struct ln_net_params params;
	unsigned char frame[1600];
	struct ln_net *net;
	struct ln_nic *nic;
	char cmd[80];
	ssize_t n;
	int tap;

	if (argc != 3) {
		fprintf(stderr, "usage: tap_host TAP ADDRESS/LENGTH\n");
		return 2;
	}
	tap = tap_open(argv[1]);
	ln_net_params_init(&params);
	params.start_ns = clock_ns();
	if (getrandom(&params.seed, sizeof(params.seed), 0) < 0)
		return 1;
	net = ln_net_create(&params);
	nic = net ? ln_nic_create(net, &nic_params) : NULL;
	snprintf(cmd, sizeof(cmd), "ip addr add %s dev eth0", argv[2]);
	if (!nic || ln_ctl(net, cmd, NULL, 0, NULL) ||
	    ln_ctl(net, "ip link set eth0 up", NULL, 0, NULL))
		return 1;
	for (;;) {
		struct pollfd p = { .fd = tap, .events = POLLIN };

		poll(&p, 1, wait_ms(net));
		while ((n = read(tap, frame, sizeof(frame))) > 0)
			ln_nic_receive(nic, frame, (size_t)n);
		ln_net_run(net, clock_ns());
		while ((n = ln_nic_transmit(nic, frame, sizeof(frame))) > 0)
			if (write(tap, frame, (size_t)n) != n)
				perror("write");
	}
}
