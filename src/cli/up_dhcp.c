/* SPDX-License-Identifier: MIT */
#include "cli/up_dhcp.h"

#include <stdio.h>
#include <string.h>

#define CMD_MAX 512

static void on_out(void *ctx, const char *text, size_t len)
{
	(void)ctx;
	fwrite(text, 1, len, stdout);
	fflush(stdout);
}

static void on_client_exit(void *ctx, int status)
{
	(void)status;
	((struct up_dhcp *)ctx)->client = NULL;
}

static void on_server_exit(void *ctx, int status)
{
	(void)status;
	((struct up_dhcp *)ctx)->server = NULL;
}

static int on_ctl(void *ctx, const char *cmd, char *out, size_t cap, size_t *len)
{
	return machine_ctl(ctx, cmd, out, cap, len);
}

bool up_dhcp_start(struct up_dhcp *d, struct machine *m, bool client, const char *dhcpd)
{
	const struct program_env env = { .dns = m->dns, .ctl = on_ctl, .ctl_ctx = m };
	char cmd[CMD_MAX];

	d->m = m;
	if (client)
		d->client = program_start(m->net, "dhclient eth0", &env, on_out, on_client_exit, d);
	if (dhcpd) {
		/* The device stands before the range, which is the last word. */
		const char *last = strrchr(dhcpd, ' ');

		last = last ? last + 1 : dhcpd;
		snprintf(cmd, sizeof(cmd), "dhcpd %.*s eth0 %s", (int)(last - dhcpd), dhcpd, last);
		d->server = program_start(m->net, cmd, &env, on_out, on_server_exit, d);
	}
	return (!client || d->client) && (!dhcpd || d->server);
}

void up_dhcp_stop(struct up_dhcp *d)
{
	if (d->client) {
		program_interrupt(d->client);
		machine_turn(d->m, 0);
	}
	if (d->client)
		program_kill(d->client);
	if (d->server)
		program_kill(d->server);
	d->client = d->server = NULL;
}
