/* SPDX-License-Identifier: MIT */
/* What a setting says, and what follows when it is changed. */
#include "ctl/sysctl.h"

#include "ctl/sysctl_text.h"
#include "device/netdevice.h"
#include "link/neigh.h"
#include "net/ipv4/ip.h"
#include "net/ipv6/ip6.h"
#include "transport/tcp/tcp_cong.h"
#include "transport/tcp/tcp.h"

/* ---- get ---- */

static s64 slot_get(const struct sysctl_slot *s)
{
	s32 v;

	if (!s->p)
		return 0;
	if (s->size == 1)
		return *(const u8 *)s->p;
	memcpy(&v, s->p, sizeof(v));
	if (s->min == INT32_MIN)
		return (u32)v;
	return s->scale > 0 ? (s64)v * s->scale : v / -s->scale;
}

static void put_algorithms(const struct net *net, struct strbuf *sb)
{
	for (u32 i = 0; net->tcp && i < net->tcp->cong.n; i++)
		sb_printf(sb, "%s%s", i ? " " : "", net->tcp->cong.ops[i]->name);
}

/* The number of base/sysctl.h is a place in the instance's table. */
static const char *algorithm_name(const struct net *net, s64 number)
{
	return net->tcp && number < net->tcp->cong.n ? net->tcp->cong.ops[number]->name : "";
}

static struct ipv6_devconf *secret_conf(const struct sysctl_var *var)
{
	return container_of(var->slot[0].p, struct ipv6_devconf, has_secret);
}

void sysctl_get(const struct sysctl_var *var, struct strbuf *sb)
{
	switch (var->kind) {
	case SYSCTL_HOSTNAME:
		sb_puts(sb, var->net->name);
		return;
	case SYSCTL_CONGESTION_LIST:
		put_algorithms(var->net, sb);
		return;
	case SYSCTL_FASTOPEN_KEY:
		sysctl_put_fastopen_key(var->net, sb);
		return;
	case SYSCTL_STABLE_SECRET:
		sysctl_put_secret(secret_conf(var), sb);
		return;
	case SYSCTL_ICMP6_RATEMASK:
		sysctl_put_bits(var->net->ipv6->icmp_ratemask, 256, sb);
		return;
	case SYSCTL_RESERVED_PORTS:
		sysctl_put_reserved_ports(var->net, sb);
		return;
	case SYSCTL_CT_COUNT:
	case SYSCTL_CT_BUCKETS:
		sysctl_put_conntrack(var->net, var->kind == SYSCTL_CT_COUNT, sb);
		return;
	case SYSCTL_CONGESTION:
		sb_puts(sb, algorithm_name(var->net, slot_get(&var->slot[0])));
		return;
	case SYSCTL_NUMBERS:
		break;
	}
	for (u8 i = 0; i < var->n; i++)
		sb_printf(sb, "%s%lld", i ? "\t" : "", (long long)slot_get(&var->slot[i]));
}

/* ---- set ---- */

static void slot_set(const struct sysctl_slot *s, s32 v)
{
	if (!s->p)
		return;
	if (s->size == 1)
		*(u8 *)s->p = (u8)v;
	else
		memcpy(s->p, &v, sizeof(v));
}

static int set_algorithm(const struct sysctl_var *var, const char *text)
{
	for (s32 i = 0; *algorithm_name(var->net, i); i++) {
		if (!strcmp(algorithm_name(var->net, i), text)) {
			slot_set(&var->slot[0], i);
			return 0;
		}
	}
	return -ENOENT;
}

static bool is_blank(char ch)
{
	return ch == ' ' || ch == '\t' || ch == '\n';
}

/* The next number of *text, or -ENODATA at its end. */
static int next_number(const char **text, s64 *out)
{
	char word[24];
	size_t n = 0;
	bool minus;
	u64 v;

	while (is_blank(**text))
		(*text)++;
	if (!**text)
		return -ENODATA;
	minus = **text == '-';
	*text += minus;
	while (**text && !is_blank(**text)) {
		if (n == sizeof(word) - 1)
			return -EINVAL;
		word[n++] = *(*text)++;
	}
	word[n] = '\0';
	if (!parse_u64(word, INT64_MAX, &v))
		return -EINVAL;
	*out = minus ? -(s64)v : (s64)v;
	return 0;
}

static int slot_check(const struct sysctl_slot *s, s64 shown, s32 *stored)
{
	s64 v;

	if (s->min == INT32_MIN) {
		*stored = (s32)shown;
		return shown < 0 || shown > UINT32_MAX ? -EINVAL : 0;
	}
	if (shown > INT32_MAX || shown < INT32_MIN)
		return -EINVAL;
	v = s->scale > 0 ? shown / s->scale : shown * -s->scale;
	if (v < s->min || v > s->max)
		return -EINVAL;
	*stored = (s32)v;
	return 0;
}

static void after_set(const struct sysctl_var *var)
{
	struct neigh_parms *p = var->parms;

	/* RFC 4861 6.3.4's draw is made again from the new base. */
	if (p && var->slot[0].p == &p->base_reachable_time_ms)
		neigh_parms_draw(var->net, p);
}

/* What does more than be remembered. True: that was it. */
static bool set_conf6(const struct sysctl_var *var, s32 v)
{
	switch (var->conf6) {
	case SYSCTL_CONF6_DISABLE:
		if (var->dev)
			addrconf_disable_ipv6(var->dev, v);
		else
			addrconf_disable_ipv6_all(var->net, v);
		return true;
	case SYSCTL_CONF6_FORWARDING:
		if (var->dev)
			addrconf_dev_forward(var->dev, v);
		else
			addrconf_forward_change(var->net, v);
		return true;
	case SYSCTL_CONF6_ADVERTISE:
		var->dev->ip6_ptr->cnf.adv_send = v;
		radv_change(var->dev->ip6_ptr);
		return true;
	case SYSCTL_CONF6_NONE:
		break;
	}
	return false;
}

static int set_numbers(const struct sysctl_var *var, const char *text)
{
	s32 stored[SYSCTL_SLOTS];
	s64 shown;
	u8 n = 0;
	int err;

	while (!(err = next_number(&text, &shown))) {
		if (n == var->n)
			return -EINVAL;
		err = slot_check(&var->slot[n], shown, &stored[n]);
		if (err)
			return err;
		n++;
	}
	if (err != -ENODATA || !n)
		return -EINVAL;
	/* A range (ip_local_port_range) runs upwards. */
	if (var->n == 2 && (n != 2 || stored[0] > stored[1]) && var->slot[0].p)
		return -EINVAL;
	/* Nor begins the range of ephemeral ports below those of the privileged. */
	if (var->n == 2 && var->slot[0].p == &var->net->sysctl.ip_local_port_min &&
	    stored[0] < var->net->sysctl.ip_prot_sock)
		return -EINVAL;
	if (var->slot[0].p == &var->net->sysctl.ip_prot_sock &&
	    stored[0] > var->net->sysctl.ip_local_port_min)
		return -EINVAL;
	if (var->forwarding_all) {
		inet_forward_change(var->net, stored[0]);
		return 0;
	}
	if (set_conf6(var, stored[0]))
		return 0;
	for (u8 i = 0; i < n; i++)
		slot_set(&var->slot[i], stored[i]);
	after_set(var);
	return 0;
}

static int set_hostname(struct net *net, const char *text)
{
	size_t len = strlen(text);

	if (!len || len >= sizeof(net->name))
		return -EINVAL;
	memcpy(net->name, text, len + 1);
	return 0;
}

int sysctl_set(const struct sysctl_var *var, const char *text)
{
	switch (var->kind) {
	case SYSCTL_HOSTNAME:
		return set_hostname(var->net, text);
	case SYSCTL_CONGESTION_LIST:
	case SYSCTL_CT_COUNT:
	case SYSCTL_CT_BUCKETS:
		return -EACCES;
	case SYSCTL_RESERVED_PORTS:
		return sysctl_set_reserved_ports(var->net, text);
	case SYSCTL_FASTOPEN_KEY:
		return sysctl_set_fastopen_key(var->net, text);
	case SYSCTL_STABLE_SECRET:
		if (secret_conf(var) == &var->net->ipv6->conf_all)
			return -EINVAL;
		return sysctl_set_secret(var->net, var->dev, text);
	case SYSCTL_ICMP6_RATEMASK:
		return sysctl_set_bits(var->net->ipv6->icmp_ratemask, 256, text);
	case SYSCTL_CONGESTION:
		return set_algorithm(var, text);
	case SYSCTL_NUMBERS:
		break;
	}
	return set_numbers(var, text);
}
