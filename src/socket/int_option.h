/* SPDX-License-Identifier: MIT */
/* Options that are an int: a table says for each how it is kept. */
#ifndef LINNET_SOCKET_INT_OPTION_H
#define LINNET_SOCKET_INT_OPTION_H

#include "transport/sock.h"

#define NO_FLAG (-1)

struct int_option {
	int name;
	int flag;				/* enum sock_flags that it is, or NO_FLAG */
	int (*set)(struct sock *sk, int val);	/* NULL and no flag: cannot be set */
	int (*get)(struct sock *sk);		/* NULL and no flag: cannot be read; or -errno */
};

static inline const struct int_option *option_find(const struct int_option *table, size_t n,
						   int name)
{
	for (size_t i = 0; i < n; i++) {
		if (table[i].name == name)
			return &table[i];
	}
	return NULL;
}

static inline int option_set(const struct int_option *o, struct sock *sk, int val)
{
	if (!o || (!o->set && o->flag == NO_FLAG))
		return -ENOPROTOOPT;
	if (o->flag != NO_FLAG) {
		if (val)
			sock_set_flag(sk, o->flag);
		else
			sock_reset_flag(sk, o->flag);
	}
	return o->set ? o->set(sk, val) : 0;
}

static inline int option_get(const struct int_option *o, struct sock *sk, int *val)
{
	if (!o || (!o->get && o->flag == NO_FLAG))
		return -ENOPROTOOPT;
	*val = o->get ? o->get(sk) : sock_flag(sk, o->flag);
	return *val < 0 ? *val : 0;
}

/* As much as the reader has room for. */
static inline void put_value(void *to, u32 *len, const void *from, size_t n)
{
	*len = min_t(u32, *len, (u32)n);
	memcpy(to, from, *len);
}

#endif
