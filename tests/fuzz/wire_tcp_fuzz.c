/* SPDX-License-Identifier: MIT */
/* tcp_parse, tcp_build, and options read and written again, on any bytes. */
#include "base/assert.h"
#include "wire/tcp_opt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_sacks(const struct tcp_options_received *rx)
{
	struct tcp_out_options o = {
		.options = rx->saw_tstamp ? OPTION_TS : 0,
		.tsval = rx->ts_val, .tsecr = rx->ts_ecr, .sacks = rx->sacks,
	};
	struct tcp_options_received again;
	u8 buf[TCP_OPTLEN_MAX];
	size_t size;

	ln_assert(rx->num_sacks <= TCP_MAX_SACKS);
	o.num_sack_blocks = (u8)min_t(unsigned, rx->num_sacks, tcp_options_max_sacks(o.options));
	size = tcp_options_size(&o);
	ln_assert(size <= sizeof(buf) && tcp_options_write(buf, &o) == size);
	tcp_parse_options(buf, size, false, &again);
	ln_assert(again.saw_tstamp == rx->saw_tstamp);
	ln_assert(again.num_sacks == o.num_sack_blocks);
	ln_assert(!memcmp(again.sacks, rx->sacks, again.num_sacks * sizeof(rx->sacks[0])));
	if (rx->saw_tstamp)
		ln_assert(again.ts_val == rx->ts_val && again.ts_ecr == rx->ts_ecr);
}

static void check_syn(const struct tcp_options_received *rx)
{
	struct tcp_out_options o = { .mss = rx->mss, .ws = rx->wscale,
				     .tsval = rx->ts_val, .tsecr = rx->ts_ecr };
	struct tcp_options_received again;
	u8 buf[TCP_OPTLEN_MAX];
	size_t size;

	struct tcp_fastopen_cookie foc, back;
	bool fo;

	o.options = (rx->mss_ok ? OPTION_MSS : 0) | (rx->wscale_ok ? OPTION_WSCALE : 0) |
		    (rx->sack_ok ? OPTION_SACK_ADVERTISE : 0) | (rx->ts_ok ? OPTION_TS : 0);
	ln_assert(rx->wscale <= TCP_MAX_WSCALE && rx->ts_ok == rx->saw_tstamp);
	ln_assert(!rx->mss_ok || rx->mss);
	tcp_fastopen_option(rx, &foc);
	fo = tcp_options_add_fastopen(&o, &foc);
	size = tcp_options_size(&o);
	ln_assert(size <= sizeof(buf) && tcp_options_write(buf, &o) == size);
	tcp_parse_options(buf, size, true, &again);
	ln_assert(again.mss == rx->mss && again.wscale == rx->wscale);
	ln_assert(again.sack_ok == rx->sack_ok && again.ts_ok == rx->ts_ok);
	tcp_fastopen_option(&again, &back);
	ln_assert(back.len == (fo ? foc.len : -1));
	if (fo)
		ln_assert(back.exp == foc.exp && !memcmp(back.val, foc.val, sizeof(foc.val)));
}

static void check_auth(const u8 *opts, size_t len)
{
	struct tcp_auth_received rx;

	if (!tcp_parse_auth_options(opts, len, &rx))
		return;
	ln_assert(!rx.md5 || !rx.ao);
	ln_assert(!rx.md5 || (rx.md5 >= opts + 2 && rx.md5 + 16 <= opts + len));
	ln_assert(!rx.ao || (rx.ao >= opts && rx.ao[1] > TCPOLEN_AO_BASE &&
			     rx.ao + rx.ao[1] <= opts + len));
}

static void check_options(const struct tcp_view *v)
{
	struct tcp_options_received rx, fast = { 0 };
	size_t len = v->hlen - (size_t)TCP_HLEN;

	check_auth(v->opts, len);
	tcp_parse_options(v->opts, len, true, &rx);
	check_syn(&rx);
	tcp_parse_options(v->opts, len, false, &rx);
	ln_assert(!rx.mss_ok && !rx.wscale_ok && !rx.sack_ok && !rx.ts_ok);
	check_sacks(&rx);
	if (tcp_fast_parse_options(v->opts, len, &fast))
		ln_assert(fast.saw_tstamp == rx.saw_tstamp && !rx.num_sacks &&
			  fast.ts_val == rx.ts_val && fast.ts_ecr == rx.ts_ecr);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	u8 out[TCP_HLEN_MAX];
	struct tcphdr *th = (struct tcphdr *)out;
	struct tcp_view v;

	(void)tcp_v4_csum_ok(data, size, 1, 2);
	if (tcp_parse(data, size, &v))
		return 0;
	ln_assert(v.hlen >= TCP_HLEN && v.hlen <= size);
	ln_assert(tcp_build(out, &v) == v.hlen);
	memcpy(out + 16, data + 16, 2);		/* the check field is not the view's */
	ln_assert(!memcmp(out, data, v.hlen));
	th->check = 0;
	th->check = tcp_v4_check(v.hlen, 1, 2, csum_partial(out, v.hlen, 0));
	ln_assert(tcp_v4_csum_ok(out, v.hlen, 1, 2));
	check_options(&v);
	return 0;
}
