/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a DNS message: what parses is written as text, looked through as a reply, put
 * into a cache, encoded again within the limit, and parses once more.
 */
#include <stdint.h>
#include <stdlib.h>

#include "app/dns/dns_cache.h"
#include "app/dns/dns_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use_records(const ldns_rr_list *section, struct dns_cache *cache)
{
	struct text t = { 0 };
	size_t i;

	for (i = 0; i < ldns_rr_list_rr_count(section) && i < 64; i++) {
		const ldns_rr *rr = ldns_rr_list_rr(section, i);
		ldns_rr_list *set = dns_rrset_select(section, ldns_rr_owner(rr),
						     (uint16_t)ldns_rr_get_type(rr)), *got = NULL;

		dns_rr_text(&t, rr);
		if (dns_rr_target(rr) && !dns_name_equal(dns_rr_target(rr), dns_rr_target(rr)))
			abort();
		if (set && ldns_rr_list_rr_count(set))
			dns_cache_put(cache, 0, set, DNS_RANK_ANSWER);
		dns_cache_lookup(cache, 0, ldns_rr_owner(rr), (uint16_t)ldns_rr_get_type(rr),
				 DNS_RANK_ADDITIONAL, &got);
		if (ldns_rr_get_type(rr) == LDNS_RR_TYPE_SOA)
			dns_cache_put_negative(cache, 0, ldns_rr_owner(rr), DNS_TYPE_A,
					       DNS_CACHE_NODATA, rr, 0);
		ldns_rr_list_deep_free(got);
		ldns_rr_list_deep_free(set);
	}
	text_free(&t);
}

static void encode_again(ldns_pkt *pkt)
{
	uint8_t *wire;
	ldns_pkt *again;
	size_t len;

	if (dns_message_encode(pkt, DNS_UDP_SIZE, &wire, &len))
		return;
	if (len > DNS_UDP_SIZE)
		abort();
	if (!dns_message_parse(wire, len, &again))
		ldns_pkt_free(again);
	free(wire);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dns_cache *cache;
	ldns_pkt *pkt, *response;

	if (dns_message_parse(data, size, &pkt))
		return 0;
	cache = dns_cache_new(8, 1);
	if (cache) {
		use_records(ldns_pkt_answer(pkt), cache);
		use_records(ldns_pkt_authority(pkt), cache);
		use_records(ldns_pkt_additional(pkt), cache);
		dns_cache_free(cache);
	}
	dns_reply_matches(pkt, pkt);
	response = dns_response_new(pkt, DNS_RCODE_SERVFAIL);
	if (response)
		encode_again(response);
	ldns_pkt_free(response);
	encode_again(pkt);
	ldns_pkt_free(pkt);
	return 0;
}
