/* SPDX-License-Identifier: MIT */
#include "wire/dissect_tcpopt.h"

#include "wire/tcp_opt.h"
#include "wire/wire.h"

#define MD5SIG_LEN 18
#define AO_LEN_MIN 4

static void put_hex(struct strbuf *sb, const u8 *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sb_printf(sb, "%02x", p[i]);
}

/* RFC 9768 3.2.3: counters of 24 bits; those at the end may be left out. */
static bool put_accecn(struct strbuf *sb, const u8 *o, size_t size)
{
	static const char names[2][3][4] = { { "e0b", "ceb", "e1b" }, { "e1b", "ceb", "e0b" } };
	size_t n = (size - TCPOLEN_ACCECN_BASE) / TCPOLEN_ACCECN_PERFIELD;

	if (n > 3 || size != TCPOLEN_ACCECN_BASE + n * TCPOLEN_ACCECN_PERFIELD)
		return false;
	sb_puts(sb, "accecn");
	for (size_t i = 0; i < n; i++) {
		const u8 *f = o + TCPOLEN_ACCECN_BASE + i * TCPOLEN_ACCECN_PERFIELD;

		sb_printf(sb, " %s %u", names[o[0] == TCPOPT_ACCECN1][i],
			  (u32)f[0] << 16 | (u32)f[1] << 8 | f[2]);
	}
	return true;
}

static void put_cookie(struct strbuf *sb, const u8 *p, size_t n)
{
	sb_puts(sb, n ? "cookie " : "cookiereq");
	put_hex(sb, p, n);
}

bool dissect_put_tcpopt(struct strbuf *sb, const u8 *o, size_t size)
{
	switch (o[0]) {
	case TCPOPT_ACCECN0:
	case TCPOPT_ACCECN1:
		return put_accecn(sb, o, size);
	case TCPOPT_MD5SIG:
		if (size != MD5SIG_LEN)
			return false;
		sb_puts(sb, "md5 ");
		put_hex(sb, o + 2, size - 2);
		return true;
	case TCPOPT_AO:
		if (size < AO_LEN_MIN)
			return false;
		sb_printf(sb, "tcp-ao keyid %u rnextkeyid %u mac 0x", o[2], o[3]);
		put_hex(sb, o + AO_LEN_MIN, size - AO_LEN_MIN);
		return true;
	case TCPOPT_FASTOPEN:
		sb_puts(sb, "tfo ");
		put_cookie(sb, o + TCPOLEN_FASTOPEN_BASE, size - TCPOLEN_FASTOPEN_BASE);
		return true;
	case TCPOPT_EXP:
		if (size < TCPOLEN_EXP_FASTOPEN_BASE || get_be16(o + 2) != TCPOPT_FASTOPEN_MAGIC)
			return false;
		sb_puts(sb, "exp-tfo ");
		put_cookie(sb, o + TCPOLEN_EXP_FASTOPEN_BASE, size - TCPOLEN_EXP_FASTOPEN_BASE);
		return true;
	default:
		return false;
	}
}
