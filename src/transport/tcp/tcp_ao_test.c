/* SPDX-License-Identifier: MIT */
/* RFC 9235: traffic keys and signatures of its packets; and sequence numbers that go round. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <linnet/tcp_auth.h>

#include "base/skbuff.h"
#include "transport/tcp/tcp_ao.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"

struct vector {
	enum tcp_ao_alg alg;
	u8 keyflags;
	u32 sisn, disn;
	const char *traffic_key;	/* hexadecimal digits */
	const char *packet;		/* from the IP header on */
};

#define EXCLUDE LN_TCP_AO_KEYF_EXCLUDE_OPT

static const struct vector vectors[] = {
	/* 4.1.1: Send_SYN, SHA-1, all options */
	{ TCP_AO_HMAC_SHA1, 0, 0xfbfbab5a, 0, "6d63ef1b02fe1509d4b1402707fd7b0416abb74f",
	  "45e0004cdd0f4000ff06bf6b0a0b0c0dac1b1c1de9d700b3fbfbab5a00000000"
	  "e002ffffcac40000020405b4010303080402080a00155ab7000000001d103d54"
	  "2ee437c6f8ede6d7c4d602e7" },
	/* 4.1.2: the SYN-ACK */
	{ TCP_AO_HMAC_SHA1, 0, 0x11c14261, 0xfbfbab5a,
	  "d9e217e4834a80ca2f3fd8de2e41b8e6797fea96",
	  "45e0004c65064000ff063775ac1b1c1d0a0b0c0d00b3e9d711c14261fbfbab5b"
	  "e012ffff37760000020405b4010303080402080a84a50beb00155ab71d10543d"
	  "eeab0fe24c3010815116b3be" },
	/* 4.1.3: data of the client */
	{ TCP_AO_HMAC_SHA1, 0, 0xfbfbab5a, 0x11c14261,
	  "d2e59c65ffc7b1a39347656463b70edc24a13d71",
	  "45e0008736a14000ff06659f0a0b0c0dac1b1c1de9d700b3fbfbab5b11c14262"
	  "c0180104a16200000101080a00155ac184a50beb1d103d547064cf998cc6c315"
	  "c2c2e2bfffffffffffffffffffffffffffffffff00430104dabf00b40a0b0c0d"
	  "26020601040001000102028000020202000202420002064104"
	  "0000dabf020840060064000101 00" },
	/* 4.1.4: data of the server */
	{ TCP_AO_HMAC_SHA1, 0, 0x11c14261, 0xfbfbab5a,
	  "d9e217e4834a80ca2f3fd8de2e41b8e6797fea96",
	  "45e000871fa94000ff067c97ac1b1c1d0a0b0c0d00b3e9d711c14262fbfbab9e"
	  "c0180100400c00000101080a84a50bf500155ac11d10543da63f0ecbbb2e635c"
	  "954deac7ffffffffffffffffffffffffffffffff00430104dac000b4ac1b1c1d"
	  "26020601040001000102028000020202000202420002064104"
	  "0000dac0020840060064000101 00" },
	/* 4.2.1, 4.2.2: SYN and SYN-ACK, options excluded */
	{ TCP_AO_HMAC_SHA1, EXCLUDE, 0xcb0efbee, 0, "30eaa1560cf0be57dab5c045229fb10a423cd7ea",
	  "45e0004c53994000ff0648e20a0b0c0dac1b1c1dff1200b3cb0efbee00000000"
	  "e002ffff541f0000020405b4010303080402080a00024cce000000001d103d54"
	  "80af3cfeb85368937b8f9ec2" },
	{ TCP_AO_HMAC_SHA1, EXCLUDE, 0xacd5b5e1, 0xcb0efbee,
	  "b5b2896bb3664e8176b0edc6e799524101a8307f",
	  "45e0004c32844000ff0669f7ac1b1c1d0a0b0c0d00b3ff12acd5b5e1cb0efbef"
	  "e012ffff388e0000020405b4010303080402080a576772f300024cce1d10543d"
	  "09306f9acea63a8c68cb9a70" },
	/* 5.1.1: Send_SYN, AES-128-CMAC, all options */
	{ TCP_AO_CMAC_AES, 0, 0x787a1ddf, 0, "f5b8b3d5f34fdbb6eb8d4ab9660e60e3",
	  "45e0004c7b9f4000ff0620dc0a0b0c0dac1b1c1dc4fa00b3787a1ddf00000000"
	  "e002ffff5a0f0000020405b4010303080402080a00017ed0000000001d103d54"
	  "e477e99c8040765498e55091" },
	/* 5.1.2: the SYN-ACK */
	{ TCP_AO_CMAC_AES, 0, 0xfadd6de9, 0x787a1ddf, "4bc7571a486f3264bbd888474066b4b1",
	  "45e0004c4bad4000ff0650ceac1b1c1d0a0b0c0d00b3c4fafadd6de9787a1de0"
	  "e012fffff3f20000020405b4010303080402080a93f4e9e800017ed01d10543d"
	  "d6ada7bc4cdd536d1769db5f" },
	/* 6.1.1: IPv6, SYN, SHA-1, all options */
	{ TCP_AO_HMAC_SHA1, 0, 0x176a833f, 0, "625ec09d575836edc9b6428418bbf06989a361bb",
	  "6e0891dc00380640fd000000000000000000000000000001fd000000000000000000000000000002"
	  "f7e400b3176a833f00000000e002ffff47210000020405a0010303080402080a0041d08700000000"
	  "1d103d549033ec3d7334b64c5edd039f" },
	/* 6.1.2: the SYN-ACK */
	{ TCP_AO_HMAC_SHA1, 0, 0x3f51994b, 0x176a833f, "e4a37ada2a0afca8711434913fe138c771ebcb4a",
	  "6e01009e00380640fd000000000000000000000000000002fd000000000000000000000000000001"
	  "00b3f7e43f51994b176a8340e012ffffbfec0000020405a0010303080402080abd33129b0041d087"
	  "1d10543df1cba346c3526163f71f1f55" },
};

static u32 unhex(u8 *out, const char *hex)
{
	u32 n = 0, digits = 0, v = 0;

	for (; *hex; hex++) {
		if (*hex == ' ')
			continue;
		v = v << 4 | (u32)(*hex <= '9' ? *hex - '0' : *hex - 'a' + 10);
		if (++digits % 2 == 0)
			out[n++] = (u8)v;
	}
	return n;
}

/* Return: length of the IP header. */
static u32 path_of(const u8 *packet, struct tcp_auth_path *p)
{
	const struct ipv6hdr *ip6 = (const void *)packet;
	const struct iphdr *iph = (const void *)packet;

	if (packet[0] >> 4 == 6) {
		*p = (struct tcp_auth_path){ ip6->saddr, ip6->daddr };
		return IPV6_HLEN;
	}
	*p = (struct tcp_auth_path){ ipv6_addr_v4mapped_of(iph->saddr),
				     ipv6_addr_v4mapped_of(iph->daddr) };
	return IPV4_HLEN;
}

static void check(struct net *net, const struct vector *v)
{
	struct tcp_ao_key key = { .alg = (u8)v->alg, .maclen = 12, .keylen = 10,
				  .keyflags = v->keyflags };
	struct tcp_ao_context c = { .key = &key, .sisn = v->sisn, .disn = v->disn };
	u8 packet[256], want[TCP_AO_MAC_MAX], got[TCP_AO_MAC_MAX];
	u32 n = unhex(packet, v->packet), klen = unhex(want, v->traffic_key);
	u32 hlen = path_of(packet, &c.path);
	struct tcp_auth_received opt;
	struct tcphdr th;
	struct sk_buff *skb = alloc_skb(net, 256);

	memcpy(key.key, "testvector", 10);
	n -= hlen;
	memcpy(&th, packet + hlen, sizeof(th));
	assert_int_equal(tcp_ao_traffic_key(&c, th.source, th.dest, got), klen);
	assert_memory_equal(got, want, klen);
	memcpy(skb_put(skb, n), packet + hlen, n);
	assert_true(tcp_parse_auth_options(skb->data + 20, tcph_hlen(&th) - 20, &opt));
	assert_int_equal(opt.ao[1], 16);
	tcp_ao_mac(&c, skb, opt.ao, got);
	assert_memory_equal(got, opt.ao + 4, 12);
	/* Another bit anywhere, but in the checksum, is another signature. */
	for (u32 i = 0; i < n; i++) {
		bool signature = skb->data + i >= opt.ao + 4 && skb->data + i < opt.ao + 16;
		bool excluded = v->keyflags && i >= 20 && skb->data + i < opt.ao;

		if (i == 12)
			continue;	/* the header's length */
		skb->data[i] ^= 1;
		tcp_ao_mac(&c, skb, opt.ao, want);
		if (skb->data + i != opt.ao + 1)
			assert_int_equal(!memcmp(got, want, 12), i == 16 || i == 17 ||
					 signature || excluded);
		skb->data[i] ^= 1;
	}
	c.sne = 1;
	tcp_ao_mac(&c, skb, opt.ao, want);
	assert_memory_not_equal(got, want, 12);
	consume_skb(skb);
}

static void rfc9235(void **state)
{
	struct ln_net_params p;
	struct net *net = calloc(1, sizeof(*net));

	(void)state;
	ln_net_params_init(&p);
	assert_int_equal(netns_init(net, &p), 0);
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++)
		check(net, &vectors[i]);
	netns_exit(net);
	free(net);
}

/* RFC 5925 6.2: around the wrap, late ones belong to the round before. */
static void sequence_extension(void **state)
{
	(void)state;
	assert_int_equal(tcp_ao_compute_sne(5, 1000, 1000), 5);
	assert_int_equal(tcp_ao_compute_sne(5, 1000, 2000), 5);
	assert_int_equal(tcp_ao_compute_sne(5, 1000, 900), 5);
	assert_int_equal(tcp_ao_compute_sne(5, 1000, 0xffffff00), 4);
	assert_int_equal(tcp_ao_compute_sne(5, 0xffffff00, 0xfffffff0), 5);
	assert_int_equal(tcp_ao_compute_sne(5, 0xffffff00, 0x10), 6);
	assert_int_equal(tcp_ao_compute_sne(5, 0xffffff00, 0xfffffe00), 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc9235), cmocka_unit_test(sequence_extension),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
