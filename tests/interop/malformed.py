# SPDX-License-Identifier: MIT
"""Malformed packets, made by scapy: each header field at its limits, options and extension headers
of every shape, ICMP with broken quotes. GROUPS are functions that yield (what, frame)."""
import logging
import sys

from frames import *

sys.path.append("/usr/lib/python3/dist-packages")   # scapy is Debian's, this python may be another
logging.getLogger("scapy.runtime").setLevel(logging.ERROR)
try:
    from scapy.layers.inet import ICMP, IP, TCP, UDP
    from scapy.layers.inet6 import IPv6, in6_chksum
    from scapy.layers.l2 import ARP, Ether
    from scapy.packet import Raw
except ImportError:
    skip("not installed: python3-scapy")

OPEN, CLOSED, SEQ = 80, 81, 0x01020304
LIMITS16 = (0, 1, 0x7FFF, 0x8000, 0xFFFE, 0xFFFF)
FIN, SYN, RST, ACK = 1, 2, 4, 16


def ether(packet, **fields):
    return bytes(Ether(**{"src": PEER_MAC, "dst": TARGET_MAC, **fields}) / packet)


def ip(payload, **fields):
    return ether(IP(**{"src": PEER, "dst": TARGET, **fields}) / payload)


def addresses():
    return socket.inet_aton(PEER) + socket.inet_aton(TARGET)


def padded(packet):
    """As it comes from a card: a frame of 60 bytes or more."""
    return packet + bytes(max(0, 60 - len(packet)))


class Ports:
    """Each case has its own, so that no connection of before is in its way."""
    last = 1024

    @classmethod
    def next(cls):
        cls.last += 1
        return cls.last


def tcp(payload=b"", dport=OPEN, **fields):
    return TCP(**{"sport": Ports.next(), "dport": dport, "seq": SEQ, "flags": "S",
                  **fields}) / Raw(payload)


def ethernet():
    """Frames that are cut short, other types, other addresses."""
    whole = ip(ICMP(id=1, seq=1) / Raw(b"x" * 20))
    for size in range(14, len(whole)):
        yield f"{size} bytes of an echo request", whole[:size]
    for kind in (0, 1, 0x05DC, 0x05DD, 0x05FF, 0x0600, 0x0805, 0x8035, 0x8100, 0x88A8, 0x8863,
                 0x8864, 0x9000, 0xFFFF):
        yield f"type {kind:#06x}", padded(ether(Raw(whole[14:]), type=kind))
    for what, who in (("another", "02:00:00:00:00:77"), ("broadcast", "ff:ff:ff:ff:ff:ff"),
                      ("multicast", "01:00:5e:00:00:09"), ("reserved", "01:80:c2:00:00:00")):
        yield f"echo request to a MAC that is {what}", ether(Raw(whole[14:]), dst=who, type=0x800)
        yield f"SYN to a MAC that is {what}", ether(IP(src=PEER, dst=TARGET) / tcp(), dst=who)


def arp():
    """RFC 826, with each field as it should not be."""
    def request(**fields):
        return padded(ether(ARP(**{"op": 1, "hwsrc": PEER_MAC, "psrc": PEER, "pdst": TARGET,
                                   "hwdst": "00:00:00:00:00:00", **fields}),
                            dst="ff:ff:ff:ff:ff:ff"))
    yield "request", request()
    for size in range(14, 42):
        yield f"request of {size} bytes", request()[:size]
    for field, values in (("hwtype", (0, 2, 6, 0xFFFF)), ("ptype", (0, 0x806, 0x86DD, 0xFFFF)),
                          ("hwlen", (0, 5, 7, 255)), ("plen", (0, 3, 5, 16, 255)),
                          ("op", (0, 3, 4, 8, 9, 10, 0xFFFF))):
        for value in values:
            frame = bytearray(request())
            at = {"hwtype": "!14xH", "ptype": "!16xH", "hwlen": "!18xB", "plen": "!19xB",
                  "op": "!20xH"}[field]
            struct.pack_into("!" + at[-1], frame, struct.calcsize(at[:-1]), value)
            yield f"{field} {value:#x}", bytes(frame)
    for sender in ("0.0.0.0", "127.0.0.1", "224.0.0.1", "255.255.255.255", "10.9.0.255",
                   "10.8.0.1"):
        yield f"request from {sender}", request(psrc=sender)
    for wanted in ("0.0.0.0", "127.0.0.1", "224.0.0.1", "255.255.255.255", "10.9.0.255",
                   "10.9.0.77"):
        yield f"request for {wanted}", request(pdst=wanted)


def ipv4_header():
    """RFC 791, each field at its limits."""
    ping = ICMP(id=2, seq=2) / Raw(b"y" * 24)
    for field, values in (("version", range(16)), ("ihl", range(16)), ("tos", (1, 2, 3, 255)),
                          ("len", (0, 19, 20, 27, 28, 51, 52, 53, 60, 0x7FFF, 0xFFFF)),
                          ("id", LIMITS16), ("flags", range(8)), ("ttl", (0, 1, 2, 255)),
                          ("chksum", LIMITS16)):
        for value in values:
            yield f"{field} {value}", padded(ip(ping, **{field: value}))
    for offset in (1, 2, 0x1FFE, 0x1FFF):
        for flags in (0, 1, 2, 4, 7):
            yield f"fragment offset {offset}, flags {flags}", ip(ping, frag=offset, flags=flags)
    for proto in range(256):
        if proto not in (1, 6, 17):     # those that are there have groups of their own
            yield f"protocol {proto}", ip(Raw(b"z" * 24), proto=proto)
    for proto in (1, 6, 17):
        for size in range(0, 28):
            yield f"protocol {proto}, {size} bytes", ip(Raw(bytes(size)), proto=proto)
    strange = ("0.0.0.0", "0.0.0.9", "127.0.0.1", "224.0.0.1", "239.255.255.250", "240.0.0.1",
               "255.255.255.255", "10.9.0.255", "10.9.0.0", TARGET)
    for who in strange:
        for what, payload in (("echo request", ping), ("SYN", tcp()),
                              ("SYN to a closed port", tcp(dport=CLOSED)),
                              ("datagram", UDP(sport=5, dport=CLOSED) / b"d")):
            yield f"{what} from {who}", ip(payload, src=who)
            yield f"{what} to {who}", ip(payload, dst=who)


def ipv4_options(payload=ICMP(id=3, seq=3) / Raw(b"o" * 8), proto=1):
    """RFC 791 3.1, RFC 1122 3.2.1.8: all kinds, all lengths, as far as they fit."""
    def with_options(data):
        data += bytes(-len(data) % 4)
        body = bytes(IP(src=PEER, dst=TARGET) / payload)[20:]
        head = struct.pack("!BBHHHBBH", 0x45 + len(data) // 4, 0, 20 + len(data) + len(body), 7, 0,
                           64, proto, 0) + addresses() + data
        head = head[:10] + struct.pack("!H", checksum(head)) + head[12:]
        return padded(ether(Raw(head + body), type=0x800))

    for kind in range(256):
        yield f"option {kind} of 4 bytes", with_options(bytes((kind, 4, 4, 0)))
    for kind in (7, 68, 131, 137, 148, 134, 25, 82):
        for length in (0, 1, 2, 3, 5, 8, 12, 40, 41, 255):
            yield f"option {kind} of length {length}", with_options(
                (bytes((kind, length, 4)) + bytes(37))[:min(max(length, 3), 40)])
        for pointer in (0, 1, 3, 4, 5, 7, 8, 9, 40, 255):
            yield f"option {kind}, pointer {pointer}", with_options(
                bytes((kind, 8, pointer, 0)) + bytes(4))
    for flag in range(16):
        for over in (0, 15):
            yield f"timestamp option, flag {flag}, overflow {over}", with_options(
                bytes((68, 12, 5, over << 4 | flag)) + addresses()[:4] + bytes(4))
    yield "two record routes", with_options((bytes((7, 7, 4)) + bytes(4)) * 2)
    yield "two source routes", with_options((bytes((131, 7, 4)) + addresses()[:4]) * 2)
    yield "no end of options", with_options(b"\x01" * 40)
    yield "something behind the end", with_options(b"\0" + b"\xff" * 39)


def ipv4_options_in_errors():
    """The same, where the answer is an error."""
    return ipv4_options(UDP(sport=9, dport=CLOSED) / Raw(b"abcd"), 17)


def icmp():
    """RFC 792: all types, broken checksums, quotes that are cut or do not belong to us."""
    for kind in range(256):
        yield f"type {kind}", ip(ICMP(type=kind, code=0) / Raw(b"i" * 28))
        yield f"type {kind} code 255", ip(ICMP(type=kind, code=255) / Raw(b"i" * 28))
    for sum16 in LIMITS16:
        yield f"checksum {sum16:#x}", ip(ICMP(chksum=sum16) / b"i")
    inner = bytes(IP(src=TARGET, dst=PEER) / TCP(sport=OPEN, dport=7777, seq=5))
    for kind, codes in ((3, range(17)), (4, (0, 1)), (5, range(5)), (11, range(3)), (12, range(3))):
        for code in codes:
            yield f"error {kind}/{code}", ip(ICMP(type=kind, code=code) / inner)
    for size in range(0, 29):
        yield f"quote of {size} bytes", ip(ICMP(type=3, code=1) / inner[:size])
    for mtu in (0, 1, 67, 68, 552, 1500, 0xFFFF):
        yield f"fragmentation needed, mtu {mtu}", ip(ICMP(type=3, code=4, nexthopmtu=mtu) / inner)
    for field, value in (("version", 6), ("ihl", 0), ("ihl", 15), ("len", 0), ("proto", 255),
                         ("frag", 100), ("src", "1.2.3.4"), ("dst", "224.0.0.1")):
        broken = IP(inner)
        setattr(broken, field, value)
        yield f"quote with {field} {value}", ip(ICMP(type=3, code=1) / bytes(broken))


def udp():
    """RFC 768."""
    for length in (0, 1, 7, 8, 9, 11, 13, 0x7FFF, 0xFFFF):
        yield f"length {length}", padded(ip(UDP(sport=9, dport=CLOSED, len=length) / b"abcd"))
    for sum16 in LIMITS16:
        yield f"checksum {sum16:#x}", ip(UDP(sport=9, dport=CLOSED, chksum=sum16) / b"abcd")
    for port in LIMITS16:
        yield f"from port {port}", ip(UDP(sport=port, dport=CLOSED) / b"abcd")
        yield f"to port {port}", ip(UDP(sport=9, dport=port) / b"abcd")


def tcp_header(ip=ip):
    """RFC 9293 3.1: flags, lengths, numbers at their limits, at a listener and at nobody."""
    for dport in (OPEN, CLOSED):
        for flags in range(256):
            yield f"flags {flags:#04x} to {dport}", ip(tcp(dport=dport, flags=flags))
        for flags in (SYN, SYN | ACK, ACK, RST, FIN | ACK):
            for seq in (0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF):
                yield f"flags {flags:#04x} seq {seq:#x} to {dport}", \
                    ip(tcp(dport=dport, flags=flags, seq=seq))
                yield f"flags {flags:#04x} ack {seq:#x} to {dport}", \
                    ip(tcp(dport=dport, flags=flags, ack=seq))
    for offset in range(16):
        yield f"data offset {offset}", ip(tcp(b"d" * 8, dataofs=offset))
    for field in ("window", "urgptr", "chksum"):
        for value in LIMITS16:
            yield f"{field} {value}", ip(tcp(**{field: value}))
    for reserved in range(1, 8):
        yield f"reserved bits {reserved}", ip(tcp(reserved=reserved))
    for port in (0, 0xFFFF):
        yield f"from port {port}", ip(tcp(sport=port))
        yield f"to port {port}", ip(tcp(dport=port))
    for size in (1, 100, 1400):
        yield f"SYN with {size} bytes", ip(tcp(b"s" * size))
    for size in range(20, 32):
        yield f"SYN cut to {size} bytes", ip(Raw(bytes(tcp(b"t" * 12))[:size]),
                                             **({"proto": 6} if ip is not ip6 else {"nh": 6}))


def tcp_options():
    """RFC 9293 3.1, 7323, 2018: every kind and every length in a SYN."""
    def with_options(data):
        data += bytes(-len(data) % 4)
        segment = struct.pack("!HHIIBBHHH", Ports.next(), OPEN, SEQ, 0, (5 + len(data) // 4) << 4,
                              SYN, 1000, 0, 0) + data
        pseudo = addresses() + struct.pack("!HH", 6, len(segment))
        return ip(Raw(segment[:16] + struct.pack("!H", checksum(pseudo + segment)) + segment[18:]),
                  proto=6)

    for kind in range(256):
        yield f"option {kind} of length 4", with_options(bytes((kind, 4, 1, 1)))
    for kind in (2, 3, 4, 5, 8, 19, 28, 29, 30, 34, 69, 254):
        for length in (0, 1, 2, 3, 4, 6, 10, 18, 34, 40, 41, 255):
            yield f"option {kind} of length {length}", with_options(
                (bytes((kind, length)) + b"\x01" * 38)[:min(max(length, 2), 40)])
    for mss in (0, 1, 7, 8, 47, 48, 88, 535, 536, 1459, 1460, 1461, 0x7FFF, 0xFFFF):
        yield f"MSS {mss}", with_options(struct.pack("!BBH", 2, 4, mss))
    for shift in (0, 1, 13, 14, 15, 255):
        yield f"window scale {shift}", with_options(bytes((3, 3, shift)))
    for value in (0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF):
        yield f"timestamp {value:#x}", with_options(struct.pack("!BBII", 8, 10, value, value))
    yield "all of them twice", with_options(bytes((2, 4, 5, 0xB4, 3, 3, 7, 4, 2)) * 4)
    yield "padding to the end", with_options(b"\x01" * 40)
    yield "something behind the end", with_options(b"\0" + b"\xff" * 39)
    yield "a length that reaches out", with_options(b"\x01" * 38 + bytes((2, 4)))


def ip6(payload, **fields):
    return ether(IPv6(**{"src": PEER6, "dst": TARGET6, **fields}) / payload)


def ip6_raw(nexthdr, body, **fields):
    return ip6(Raw(body), nh=nexthdr, **fields)


def icmp6(kind, code, body, checked=None, **fields):
    """ICMPv6 with its checksum; checked: next headers in front of it."""
    message = struct.pack("!BBH", kind, code, 0) + body
    packet = IPv6(**{"src": PEER6, "dst": TARGET6, **fields})
    total = struct.pack("!H", in6_chksum(58, packet, message))
    return message[:2] + total + message[4:]


def tcp6_header():
    """The same, with the pseudo-header of IPv6."""
    yield from tcp_header(ip6)


def ping6():
    return icmp6(128, 0, struct.pack("!HH", 6, 6) + b"p" * 16)


def ipv6_header():
    """RFC 8200 3: each field at its limits."""
    whole = bytearray(ip6_raw(58, ping6()))
    for version in range(16):
        frame = bytearray(whole)
        frame[14] = version << 4
        yield f"version {version}", bytes(frame)
    for size in range(14, len(whole)):
        yield f"{size} bytes of an echo request", bytes(whole[:size])
    for field, values in (("tc", (1, 2, 3, 255)), ("fl", (1, 0xFFFFF)), ("hlim", (0, 1, 2, 255)),
                          ("plen", (0, 1, 7, 8, 23, 24, 25, 32, 0x7FFF, 0xFFFF))):
        for value in values:
            yield f"{field} {value}", ip6_raw(58, ping6(), **{field: value})
    for nexthdr in range(256):
        if nexthdr not in (0, 6, 17, 43, 44, 58, 60):
            yield f"next header {nexthdr}", ip6_raw(nexthdr, b"n" * 24)
    for nexthdr in (0, 6, 17, 43, 44, 51, 58, 60):
        for size in range(28):
            yield f"next header {nexthdr}, {size} bytes", ip6_raw(nexthdr, bytes(size))
    for who in ("::", "::1", "ff02::1", "ff05::2", "::ffff:10.9.0.2", "fd99::1", TARGET6):
        request = struct.pack("!HH", 6, 7) + b"q" * 8
        yield f"echo request from {who}", ip6_raw(58, icmp6(128, 0, request, src=who), src=who)
        yield f"echo request to {who}", ip6_raw(58, icmp6(128, 0, request, dst=who), dst=who)


def ipv6_extensions():
    """RFC 8200 4: chains of headers, options of each kind, routing headers, fragments."""
    def chain(kinds, last=58, body=None):
        body = ping6() if body is None else body
        for i in range(len(kinds) - 1, -1, -1):
            after = kinds[i + 1] if i + 1 < len(kinds) else last
            body = bytes((after, 0)) + (b"\1\4\0\0\0\0" if kinds[i] != 43 else bytes(6)) + body
        return ip6_raw(kinds[0], body)

    for kinds in ((0,), (60,), (43,), (60, 60), (0, 60), (60, 0), (0, 0), (43, 43), (0, 60, 43, 60),
                  (60, 43, 0), (0,) + (60,) * 7, (0,) + (60,) * 8, (60,) * 50, (60,) * 150):
        yield f"headers {kinds}"[:60], chain(kinds)
    yield "no next header", chain((0, 60), 59, b"rest")
    for kind in (0, 60):
        for option in range(256):
            yield f"header {kind}, option {option:#04x}", ip6_raw(
                kind, bytes((58, 0, option, 4, 0, 0, 0, 0)) + ping6())
        for option in (0x80, 0xC0):
            yield f"header {kind}, option {option:#04x} to many", ip6_raw(
                kind, bytes((58, 0, option, 4, 0, 0, 0, 0)) + icmp6(
                    128, 0, struct.pack("!HH", 6, 6), dst="ff02::1"), dst="ff02::1")
        for length in (3, 5, 6, 255):
            yield f"header {kind}, option of length {length}", ip6_raw(
                kind, bytes((58, 0, 0x1E, length, 0, 0, 0, 0)) + ping6())
        for length in (1, 2, 3, 4, 30, 255):
            yield f"header {kind} of length {length}", ip6_raw(
                kind, bytes((58, length, 1, 4, 0, 0, 0, 0)) + ping6())
        yield f"header {kind}, PadN that is not zero", ip6_raw(
            kind, bytes((58, 0, 1, 4, 1, 2, 3, 4)) + ping6())
        yield f"header {kind}, eight Pad1", ip6_raw(
            kind, bytes((58, 1)) + bytes(14) + ping6())
        yield f"header {kind}, router alert", ip6_raw(
            kind, bytes((58, 0, 5, 2, 0, 0, 1, 0)) + ping6())
        for jumbo in (0, 24, 0xFFFF, 0x10000, 0xFFFFFFFF):
            yield f"header {kind}, jumbo payload {jumbo:#x}", ip6_raw(
                kind, struct.pack("!BBBBI", 58, 0, 0xC2, 4, jumbo) + ping6())
            yield f"header {kind}, jumbo payload {jumbo:#x}, length 0", ip6_raw(
                kind, struct.pack("!BBBBI", 58, 0, 0xC2, 4, jumbo) + ping6(), plen=0)
    for kind in range(7):
        for left in (0, 1, 2, 255):
            for length in (0, 1, 2):
                yield f"routing type {kind}, {left} left, length {length}", ip6_raw(
                    43, bytes((58, length, kind, left)) + bytes(4 + 8 * length) + ping6())
    for offset in (0, 1, 2, 100, 0x1FFF):
        for more in (0, 1):
            for size in (0, 1, 8, 9, 24):
                ident = Ports.next()
                yield f"fragment at {offset}, more {more}, {size} bytes", ip6_raw(
                    44, struct.pack("!BBHI", 58, 0, offset << 3 | more, ident) + ping6()[:size])


def icmpv6():
    """RFC 4443, 4861, 2710: all types, all cut lengths, wrong hop limits, quotes."""
    for kind in range(256):
        if kind in (128, 133, 134, 135, 136, 137):
            continue
        yield f"type {kind}", ip6_raw(58, icmp6(kind, 0, b"i" * 28))
        yield f"type {kind} code 255", ip6_raw(58, icmp6(kind, 255, b"i" * 28))
    for size in range(9):
        yield f"{size} bytes", ip6_raw(58, icmp6(128, 0, bytes(8))[:size])
    yield "wrong checksum", ip6_raw(58, bytes(2) + bytes((1, 1)) + bytes(8))
    us, group = socket.inet_pton(socket.AF_INET6, TARGET6), "ff02::1:ff00:1"
    lladdr = bytes((1, 1)) + mac(PEER_MAC)
    for what, body, fields in (
            ("solicitation", bytes(4) + us + lladdr, {}),
            ("solicitation with hop limit 254", bytes(4) + us + lladdr, {"hlim": 254}),
            ("solicitation without an option", bytes(4) + us, {}),
            ("solicitation with an option of length 0", bytes(4) + us + bytes((1, 0)), {}),
            ("solicitation with an option cut", bytes(4) + us + lladdr[:5], {}),
            ("solicitation with a long option", bytes(4) + us + bytes((1, 9)) + bytes(6), {}),
            ("solicitation of a group", bytes(4) + b"\xff\2" + bytes(13) + b"\1", {}),
            ("solicitation of nobody", bytes(20), {}),
            ("solicitation cut", bytes(4) + us[:8], {}),
            ("solicitation by nobody", bytes(4) + us, {"src": "::", "dst": group}),
            ("solicitation by nobody with a MAC", bytes(4) + us + lladdr,
             {"src": "::", "dst": group}),
            ("solicitation by nobody to one", bytes(4) + us, {"src": "::"})):
        fields = {"hlim": 255, **fields}
        code = 0
        yield what, ip6_raw(58, icmp6(135, code, body, **fields), **fields)
    yield "solicitation with code 1", ip6_raw(58, icmp6(135, 1, bytes(4) + us, hlim=255), hlim=255)
    for size in range(0, 48):
        quote = bytes(IPv6(src=TARGET6, dst=PEER6) / TCP(sport=OPEN, dport=7777))
        yield f"error with a quote of {size} bytes", ip6_raw(
            58, icmp6(1, 4, bytes(4) + quote[:size]))
    for mtu in (0, 1, 1279, 1280, 1500, 0xFFFFFFFF):
        yield f"packet too big, mtu {mtu}", ip6_raw(58, icmp6(2, 0, struct.pack("!I", mtu) + quote))
    for field, value in (("version", 4), ("plen", 0), ("plen", 0xFFFF), ("nh", 0), ("nh", 43),
                         ("nh", 44), ("nh", 59), ("nh", 60), ("nh", 255), ("src", "fd99::9"),
                         ("src", "ff02::1"), ("dst", "ff02::1"), ("dst", "::")):
        broken = IPv6(quote)
        setattr(broken, field, value)
        for kind, code in ((1, 4), (2, 0), (3, 0), (4, 1)):
            yield f"error {kind} with a quote whose {field} is {value}", ip6_raw(
                58, icmp6(kind, code, struct.pack("!I", 1280) + bytes(broken)))
    for kinds in ((0,), (60,) * 8, (43, 44), (60,) * 100):
        inner = b"".join(bytes((kinds[i + 1] if i + 1 < len(kinds) else 6, 0)) + b"\1\4\0\0\0\0"
                         for i in range(len(kinds))) + quote[40:]
        yield f"error with a quote of headers {kinds}"[:70], ip6_raw(58, icmp6(
            1, 4, bytes(4) + bytes(IPv6(src=TARGET6, dst=PEER6, nh=kinds[0]) / Raw(inner))))
    for kind in (130, 131, 132, 143):
        for size in (0, 4, 8, 19, 20, 24, 28):
            yield f"listener message {kind} of {size} bytes", ip6_raw(
                58, icmp6(kind, 0, (b"\0\1\0\1" + b"\xff\2" + bytes(30))[:size], hlim=1), hlim=1)
    for what, body in (("advertisement", bytes(4) + us), ("advertisement cut", bytes(4) + us[:9]),
                       ("advertisement of a group", bytes(4) + b"\xff\2" + bytes(14)),
                       ("advertisement with an option of length 0", bytes(4) + us + b"\2\0")):
        for hlim in (254, 255):
            yield f"{what}, hop limit {hlim}", ip6_raw(
                58, icmp6(136, 0, body, hlim=hlim), hlim=hlim)


def udp6():
    """RFC 8200 8.1, RFC 768."""
    for length in (0, 1, 7, 8, 9, 11, 13, 0xFFFF):
        yield f"length {length}", ip6(UDP(sport=9, dport=CLOSED, len=length) / Raw(b"abcd"))
    for sum16 in LIMITS16:
        yield f"checksum {sum16:#x}", ip6(UDP(sport=9, dport=CLOSED, chksum=sum16) / Raw(b"abcd"))
    for port in LIMITS16:
        yield f"from port {port}", ip6(UDP(sport=port, dport=CLOSED) / Raw(b"abcd"))
        yield f"to port {port}", ip6(UDP(sport=9, dport=port) / Raw(b"abcd"))


GROUPS = (ethernet, arp, ipv4_header, ipv4_options, ipv4_options_in_errors, icmp, udp, tcp_header,
          tcp_options, ipv6_header, ipv6_extensions, icmpv6, udp6, tcp6_header)
