# SPDX-License-Identifier: MIT
"""ICMP errors that a peer, or somebody between, sends."""

HARD_AND_SOFT = {
    "ipv4": ["unreachable host_unreachable"] * 3 + ["unreachable port_unreachable"] * 3 + [
        "unreachable net_unreachable", "unreachable protocol_unreachable",
        "unreachable source_route_failed", "unreachable net_unknown", "unreachable host_unknown",
        "unreachable net_prohibited", "unreachable host_prohibited",
        "unreachable packet_filtered", "unreachable precedence_violation",
        "unreachable precedence_cutoff", "source_quench", "time_exceeded exceeded_in_transit",
        "parameter_problem header_field"],
    "ipv6": ["unreachable address_unreachable"] * 3 + ["unreachable port_unreachable"] * 3 + [
        "unreachable no_route", "unreachable admin_prohibited", "unreachable not_neighbour",
        "unreachable policy_fail", "unreachable reject_route",
        "time_exceeded exceeded_in_transit", "parameter_problem header_field",
        "parameter_problem unknown_next_header"],
}
TOO_BIG = {"ipv4": "unreachable frag_needed mtu", "ipv6": "packet_too_big mtu"}


def _place(peer):
    """Of a segment that is out, mostly."""
    k = peer.r.random()
    if k < .1:
        return max(0, peer.acked - 1)
    if k < .2:
        return peer.sent()
    if k < .25:
        return peer.sent() + peer.r.choice([1, 100000])
    return peer.r.choice([peer.acked] * 2 + [b for b in peer.borders() if b < peer.sent()])


def error(peer):
    r, version = peer.r, "ipv6" if peer.talk.version == "ipv6" else "ipv4"
    what = r.choice(HARD_AND_SOFT[version])
    if r.random() < .4 and not peer.urgent:
        what = f"{TOO_BIG[version]} {r.choice([700, 700, 1000, 1300, 1499, 1500, 1600, 300, 68])}"
    at = _place(peer)
    return f"< icmp {what} [{at}:{at + 100}(100)]"
