#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""linnet as a switch between the kernel's hosts, each in a namespace of its own:

    kernel 10.0.0.1 --- tap0 [ linnet's br0, 10.0.0.2 ] v0 --- v1 "far" 10.0.0.3

Pings and bulk through it and to it, its MAC table, VLANs, a storm; then two links to a bridge of
the kernel, a loop, where linnet's RSTP falls back to the spanning tree that the kernel speaks."""
import os
import re
import sys

sys.path.insert(0, os.path.dirname(__file__))
import interop
from interop import *

FAR = "10.0.0.3"
SIZE = 16 << 20 if INSTRUMENTED else 256 << 20
# The shortest that 802.1D-2004 17.14 allows of forward delay and what belongs to it, in 1/100 s.
SHORT = ["forward_delay", "400", "hello_time", "100", "max_age", "600"]


def in_far(*words, **more):
    return inside(far, *words, **more)


def make_far():
    global far
    far = namespace()
    interop._background.remove(far)
    in_far("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", status=None)
    in_far("ip", "link", "set", "lo", "up")
    veth("v0", "v1")
    in_far("ip", "addr", "add", FAR + "/24", "dev", "v1")


def veth(near, other):
    run("ip", "link", "add", near, "type", "veth", "peer", "name", other, "netns", far.process.pid)
    run("ip", "link", "set", near, "up")
    in_far("ip", "link", "set", other, "up")


def bridge_up(folder, bridge, *options):
    b = Background(folder / "up-br0.log", LINNET, "up", "--bridge", bridge, *options)
    return b.wait_for_text("control socket")


def switch_up(folder, *options):
    return bridge_up(folder, "br0", "--dev", "tap0", "--dev", "packet:v0", *options)


def pings(host, count=5, where=run, status=0):
    return where("ping", "-c", count, "-i", 0.01, "-W", 1, host, status=status).stdout


def a_switch_between_hosts(folder):
    """Without an address of its own."""
    b = switch_up(folder)
    check_in("br0: tap0, packet:v0 are ports of br0, ", b.log.read_text(), "the hello")
    check_in(" 0% packet loss", pings(FAR), "through the switch")
    check_in(" 0% packet loss", pings(KERNEL, where=in_far), "and back")
    check_in(" 0% packet loss", run("ping", "-c", 3, "-i", 0.01, "-s", 5000, FAR).stdout,
             "fragments")
    fdb = linnet("bridge", "fdb").stdout
    for port, where, host in (("tap0", run, "tap0"), ("v0", in_far, "v1")):
        mac = where("ip", "-br", "link", "show", host).stdout.split()[2]
        check_in(f"{mac} dev {port} master br0 \n", fdb, "the MAC table")
    down(b)


def bulk(folder):
    """TCP between the kernels: segments that are joined on one side are cut on the other."""
    digest = random_file(folder / "bulk.bin", SIZE)
    b = switch_up(folder)
    server = nginx(folder, folder)
    in_far("curl", "-sS", "-o", folder / "got.bin", f"http://{KERNEL}/bulk.bin")
    check(sha256(folder / "got.bin") == digest, "bulk from tap0 to v1")
    server.stop()
    down(b)


def a_host_on_it(folder):
    b = switch_up(folder, "--addr", US + "/24", "--mac", "02:00:00:00:00:0b", "--echo", 7)
    check_in("02:00:00:00:00:0b, 10.0.0.2/24, mtu 1500", b.log.read_text(), "the hello")
    check_in(" 0% packet loss", pings(US), "from tap0")
    check_in(" 0% packet loss", pings(US, where=in_far), "from v1")
    check_in(" 0% packet loss", linnet("ping", "-c", 3, "-i", 0.01, FAR).stdout, "from the switch")
    check_in(" 0% packet loss", pings(FAR), "and through it")
    down(b)


def a_host_of_ipv6(folder):
    """Its addresses are the bridge's; the ports have none."""
    b = switch_up(folder, "--addr", US + "/24", "--addr", "fd00::2/64")
    run("sysctl", "-qw", "net.ipv6.conf.tap0.disable_ipv6=0")
    run("ip", "addr", "add", "fd00::1/64", "dev", "tap0", "nodad")
    addresses_are_ours("br0")
    check_in(" 0% packet loss", pings("fd00::2"), "over IPv6")
    told = linnet("ip", "-6", "-br", "addr").stdout
    check(re.search(r"br0 +UP +fd00::2/64 fe80::", told) and "v0 " not in told, told)
    run("sysctl", "-qw", "net.ipv6.conf.tap0.disable_ipv6=1")
    down(b)


def vlans(folder):
    b = switch_up(folder)
    check_in(" 0% packet loss", pings(FAR), "before")
    linnet("ip", "link", "set", "br0", "type", "bridge", "vlan_filtering", "1")
    for words in (("add", "dev", "tap0", "vid", "10", "pvid", "untagged"),
                  ("del", "dev", "tap0", "vid", "1"), ("add", "dev", "v0", "vid", "10")):
        linnet("bridge", "vlan", *words)
    pings(FAR, status=1, count=2)
    # It is tagged at v0: so is what the kernel says and hears there.
    in_far("ip", "link", "add", "link", "v1", "name", "v1.10", "type", "vlan", "id", "10",
           status=None)
    if "v1.10" in in_far("ip", "link").stdout:
        in_far("ip", "addr", "del", FAR + "/24", "dev", "v1")
        in_far("ip", "addr", "add", FAR + "/24", "dev", "v1.10")
        in_far("ip", "link", "set", "v1.10", "up")
        check_in(" 0% packet loss", pings(FAR), "with a tag on one side")
        in_far("ip", "link", "del", "v1.10")
        in_far("ip", "addr", "add", FAR + "/24", "dev", "v1")
    linnet("bridge", "vlan", "add", "dev", "v0", "vid", "10", "pvid", "untagged")
    check_in(" 0% packet loss", pings(FAR), "in one VLAN again")
    check_in(" vlan 10 master br0 \n", linnet("bridge", "fdb").stdout, "the MAC table")
    down(b)


def a_storm(folder):
    """Broadcasts beyond the limit are dropped and counted; nothing else is touched."""
    b = switch_up(folder)
    linnet("bridge", "link", "set", "dev", "tap0", "storm_bcast", "100pps")
    run("ping", "-b", "-f", "-l", 500, "-c", 500, "-w", 1, "10.0.0.255", status=None)
    told = linnet("bridge", "-d", "link", "show", "dev", "tap0").stdout
    found = re.search(r"storm_bcast 100pps dropped (\d+) ", told)
    check(found and 300 < int(found.group(1)) < 500, "most of a storm is dropped: " + told)
    check_in(" 0% packet loss", pings(FAR), "during a storm")
    down(b)


# ---- a loop with the kernel's bridge ----

def port_states():
    """(linnet's, the kernel's), each a dictionary."""
    kernel = in_far("bridge", "link").stdout
    return tuple(dict(re.findall(r"(v[ab]\d?)(?:@\S+)?: .* state (\S+) ", text))
                 for text in (linnet("bridge", "link").stdout, kernel))


def is_settled(blocked):
    ours, kernels = port_states()
    states = list(ours.values()) + list(kernels.values())
    return states.count("blocking") == blocked and \
        states.count("forwarding") == len(states) - blocked


def kernel_bridge(priority):
    in_far("ip", "link", "add", "kbr", "type", "bridge", "stp_state", 1, "priority", priority,
           *SHORT)
    for near, other in (("va", "va1"), ("vb", "vb1")):
        veth(near, other)
        in_far("ip", "link", "set", other, "master", "kbr")
    in_far("ip", "addr", "add", "10.0.0.4/24", "dev", "kbr")
    in_far("ip", "addr", "del", FAR + "/24", "dev", "v1")
    in_far("ip", "link", "set", "kbr", "up")


def no_kernel_bridge():
    in_far("ip", "link", "del", "kbr")
    in_far("ip", "addr", "add", FAR + "/24", "dev", "v1")
    for near in ("va", "vb"):
        run("ip", "link", "del", near)


def a_loop(folder, priority):
    kernel_bridge(priority)
    b = bridge_up(folder, " ".join(["br0", "stp_state", "1", "priority", "32768", *SHORT]),
                  "--dev", "tap0", "--dev", "packet:va", "--dev", "packet:vb")
    linnet("bridge", "link", "set", "dev", "tap0", "edge", "on")
    try:
        wait_until(lambda: is_settled(1), "tree with one port blocked", 30,
                   lambda: f": {port_states()}")
        details = linnet("bridge", "-d", "link").stdout
        check(len(re.findall(r"speaks stp ", details)) == 2,
              "both links speak spanning tree as of 1998:\n" + details)
        root = "root_port 0" in linnet("ip", "-d", "link", "show", "br0").stdout
        check(root == (priority > 32768), "the lowest id is the root")
        several = pings("10.0.0.4", 20)
        check_in(" 0% packet loss", several, "over the tree")
        check("DUP!" not in several, "each frame comes once")
        used = [port for port, state in port_states()[0].items()
                if state == "forwarding" and port_states()[1][port + "1"] == "forwarding"]
        check(len(used) == 1, f"one link is used: {used}")
        run("ip", "link", "set", used[0], "down")
        wait_until(lambda: "1 received" in run("ping", "-c", 1, "-W", 1, "10.0.0.4",
                                               status=None).stdout, "way round", 30,
                   lambda: f": {port_states()}")
        run("ip", "link", "set", used[0], "up")
        wait_until(lambda: is_settled(1), "tree as before", 30, lambda: f": {port_states()}")
        check_in(" 0% packet loss", pings("10.0.0.4", 20), "over the tree again")
    finally:
        down(b)
        no_kernel_bridge()


def linnet_is_the_root(folder):
    a_loop(folder, 61440)


def the_kernel_is_the_root(folder):
    a_loop(folder, 4096)


def mistakes(folder):
    for words, said in ((("--dev", "tap0", "--dev", "tap1", "--addr", US + "/24"),
                         "several devices are the ports of a bridge"),
                        (("--bridge", "br0", "--dev", "tap0", "--dev", "tap:tap0"),
                         "tap0 is given twice"),
                        (("--bridge", "br0", "--dev", "tap0", "--shards", "2"), "leave --shards"),
                        (("--bridge", "br0"), "--dev")):
        check_in(said, linnet("up", *words, status=2).stderr, " ".join(words))
    told = linnet("up", "--bridge", "br0 stp_state 7", "--dev", "tap0", status=1).stderr
    check_in("stp_state 7: RTNETLINK answers: Invalid argument", told, "an option of a bridge")


need("ping", "curl", "nginx", "nsenter")
# A tree takes its time, by the clock: the standard's shortest.
part = side_by_side("a switch", "linnet is the root", "the kernel is the root")
enter()
make_far()
with Folder() as folder:
    if part == "a switch":
        case(a_switch_between_hosts, folder)
        case(bulk, folder)
        case(a_host_on_it, folder)
        case(a_host_of_ipv6, folder)
        case(vlans, folder)
        case(a_storm, folder)
        case(mistakes, folder)
    elif part == "linnet is the root":
        case(linnet_is_the_root, folder)
    else:
        case(the_kernel_is_the_root, folder)
finish()
