/* SPDX-License-Identifier: MIT */
/*
 * Interface identifiers (conf.DEV.addr_gen_mode): 0 of the MAC (RFC 4291 A), 1 no link-local
 * address by itself, 2 stable and opaque (RFC 7217) of conf.DEV.stable_secret or conf.default's,
 * 3 the same with a secret of chance. F() of RFC 7217 5 is Linux's: one block of SHA-1 over the
 * secret, the prefix, the MAC and how many of the addresses before had a duplicate.
 */
#include "base/digest.h"
#include "net/ipv6/addrconf_gen.h"

#define HWADDR_OFF 24
#define DAD_COUNT_OFF 56

void addrconf_stable_iid(struct ip6_addr *a, const struct ip6_addr *secret, const u8 *hwaddr,
			 u32 hwlen, u8 dad_count)
{
	u8 block[DIGEST_BLOCK] = { 0 };
	struct digest d;

	digest_init(&d, DIGEST_SHA1);
	memcpy(block, secret, 16);
	memcpy(block + 16, a, 8);
	memcpy(block + HWADDR_OFF, hwaddr, hwlen);
	block[DAD_COUNT_OFF] = dad_count;
	sha1_block(d.h, block);
	/* As they stand in the memory of a machine whose low byte is the first. */
	for (u32 i = 0; i < 8; i++)
		a->s6_addr[8 + i] = (u8)(d.h[i / 4] >> 8 * (i % 4));
}

bool addrconf_is_reserved(const struct ip6_addr *a)
{
	u32 high = get_be32(&a->s6_addr[8]), low = get_be32(&a->s6_addr[12]);

	return (!high && !low) || (high == 0x02005eff && (low & 0xff000000) == 0xfe000000) ||
	       (high == 0xfdffffff && (low & 0xffffff80) == 0xffffff80);
}

static const struct ip6_addr *secret_of(struct inet6_dev *idev)
{
	struct ipv6_devconf *cnf = &idev->cnf, *dflt = &idev->dev->net->ipv6->conf_default;

	if (cnf->addr_gen_mode == ADDR_GEN_RANDOM && !cnf->has_secret) {
		for (u32 i = 0; i < 16; i += 4)
			put_be32(&cnf->stable_secret.s6_addr[i],
				 (u32)prng_u64(&idev->dev->net->prng));
		cnf->has_secret = true;
	}
	if (cnf->has_secret)
		return &cnf->stable_secret;
	return dflt->has_secret ? &dflt->stable_secret : NULL;
}

bool addrconf_is_stable(const struct inet6_dev *idev)
{
	return idev->cnf.addr_gen_mode == ADDR_GEN_STABLE ||
	       idev->cnf.addr_gen_mode == ADDR_GEN_RANDOM;
}

int addrconf_generate(struct inet6_dev *idev, struct ip6_addr *a, u8 *retry)
{
	const struct net_device *dev = idev->dev;
	const struct ip6_addr *secret;
	struct ip6_addr eui;

	if (dev->addr_len != 6)
		return -EINVAL;
	if (!addrconf_is_stable(idev)) {
		eui = ipv6_linklocal_eui64(dev->dev_addr);
		memcpy(&a->s6_addr[8], &eui.s6_addr[8], 8);
		return 0;
	}
	secret = secret_of(idev);
	if (!secret)
		return -EINVAL;
	for (; *retry <= IDGEN_RETRIES; ++*retry) {
		addrconf_stable_iid(a, secret, dev->dev_addr, dev->addr_len, *retry);
		if (!addrconf_is_reserved(a))
			return 0;
	}
	return -EADDRNOTAVAIL;
}
