/* SPDX-License-Identifier: MIT */
/* What spanning tree says, as tcpdump shows it (wire/bpdu.h). */
#include "wire/bpdu.h"
#include "wire/dissect_l4.h"
#include "wire/inet_addr.h"

static void put_flags(struct strbuf *sb, u8 flags)
{
	static const struct {
		u8 bit;
		char name[20];
	} names[] = {
		{ BPDU_TC, "Topology change" }, { BPDU_PROPOSAL, "Proposal" },
		{ BPDU_LEARNING, "Learn" }, { BPDU_FORWARDING, "Forward" },
		{ BPDU_AGREEMENT, "Agreement" }, { BPDU_TC_ACK, "Topology change ACK" },
	};
	const char *before = "";

	sb_puts(sb, ", Flags [");
	for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
		if (!(flags & names[i].bit))
			continue;
		sb_printf(sb, "%s%s", before, names[i].name);
		before = ", ";
	}
	sb_puts(sb, *before ? "]" : "none]");
}

void dissect_put_bpdu(struct strbuf *sb, const u8 *p, size_t len)
{
	struct bpdu_view b;
	u8 mac[ETH_ALEN];

	sb_puts(sb, "STP ");
	if (bpdu_parse(p, len, &b)) {
		sb_puts(sb, "(invalid)");
		return;
	}
	sb_puts(sb, b.version ? "802.1w, " : "802.1d, ");
	if (b.type == BPDU_TCN) {
		sb_puts(sb, "Topology Change");
		return;
	}
	sb_puts(sb, b.type == BPDU_RST ? "Rapid STP" : "Config");
	put_flags(sb, b.flags);
	for (unsigned i = 0; i < ETH_ALEN; i++)
		mac[i] = (u8)(b.v.bridge >> (40 - 8 * i));
	sb_printf(sb, ", bridge-id %04x.", (unsigned)(b.v.bridge >> 48));
	sb_mac(sb, mac);
	sb_printf(sb, ".%04x, length %zu", b.v.port, len - BPDU_LLC_LEN);
}
