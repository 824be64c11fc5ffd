#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""linnet on one end of a veth through AF_PACKET, the kernel on the other in its own namespace:

    kernel, namespace "far": 10.9.0.1 v1 --- v0 linnet 10.9.0.2

Pings, pages both ways and 64 MB by hash, with the veth's offloads on and off; VLAN tags and frames
for others; an interface that goes down and comes back; what is told when rights are missing."""
import os
import shutil
import signal
import subprocess
import sys

sys.path.insert(0, os.path.dirname(__file__))
import interop
from interop import *

FAR, NEAR = "10.9.0.1", "10.9.0.2"
DEV = ["--dev", "packet:v0", "--addr", NEAR + "/24"]
SIZE = 24 << 20 if INSTRUMENTED else 64 << 20


def in_far(*words, **more):
    return inside(far, *words, **more)


def make_veth():
    """The far end lives in a network namespace of its own, for all that follows."""
    global far
    far = namespace()
    interop._background.remove(far)
    run("ip", "link", "add", "v0", "type", "veth", "peer", "name", "v1", "netns", far.process.pid)
    run("ip", "link", "set", "v0", "up")
    in_far("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", status=None)
    in_far("ip", "addr", "add", FAR + "/24", "dev", "v1")
    in_far("ip", "link", "set", "v1", "up")
    in_far("ip", "link", "set", "lo", "up")


def up_packet(folder, *options):
    return up(folder, *options, dev="packet:v0", addr=NEAR + "/24", name="veth")


def pings(folder):
    b = up_packet(folder, "--echo", 7)
    check_in(" 0% packet loss", in_far("ping", "-c", 5, "-i", 0.01, NEAR).stdout, "ping")
    check_in(" 0% packet loss", in_far("ping", "-c", 3, "-i", 0.01, "-s", 5000, NEAR).stdout,
             "fragments")
    check_in(" 0% packet loss", linnet("ping", "-c", 3, "-i", 0.01, FAR).stdout, "linnet ping")
    flood = in_far("ping", "-f", "-c", 5000, "-s", 1000, NEAR)
    check_in(" 0% packet loss", flood.stdout, "ping -f")
    down(b)


def own_frames_do_not_come_back(folder):
    """What the kernel or we send by v0 is not received by us."""
    b = up_packet(folder)
    run("ip", "addr", "add", "10.9.0.3/24", "dev", "v0")
    run("ping", "-c", 2, "-W", 1, "-i", 0.2, NEAR, status=1)
    check_in(" 0% packet loss", in_far("ping", "-c", 2, "-i", 0.01, "10.9.0.3").stdout,
             "the kernel's own end goes on as before")
    check("10.9.0.3" not in linnet("ip", "neigh").stdout,
          "the kernel's ARP requests by v0 were not ours:\n" + linnet("ip", "neigh").stdout)
    in_far("ip", "neigh", "add", "10.9.0.77", "lladdr", "02:00:00:00:00:77", "dev", "v1")
    before = counter("rx_filtered")
    in_far("ping", "-c", 3, "-W", 1, "-i", 0.01, "10.9.0.77", status=1)
    check(counter("rx_filtered") == before + 3, "frames for others are filtered")
    run("ip", "addr", "del", "10.9.0.3/24", "dev", "v0")
    down(b)


def pages(folder, offload):
    for end, where in (("v0", run), ("v1", in_far)):
        where("ethtool", "-K", end, "tx", offload, "tso", offload, "gso", offload,
              "gro", offload, status=None)
    root = folder / "www"
    root.mkdir(exist_ok=True)
    digest = random_file(root / "bulk.bin", SIZE)
    b = up_packet(folder, "--http", root)
    in_far("curl", "-sS", "-o", folder / "out", f"http://{NEAR}/bulk.bin", timeout=300)
    check(sha256(folder / "out") == digest, f"{SIZE} bytes from linnet, offload {offload}")
    down(b)
    web = Background(folder / "web.log", "nsenter", f"--net=/proc/{far.process.pid}/ns/net",
                     sys.executable, "-m", "http.server", "-b", FAR, "-d", root, 80)
    wait_until(lambda: in_far("ss", "-Htln").stdout.count(":80 "), "web server")
    linnet("get", *DEV, f"http://{FAR}/bulk.bin", "-o", folder / "out", timeout=300)
    check(sha256(folder / "out") == digest, f"{SIZE} bytes to linnet, offload {offload}")
    web.stop()


# A datagram from 10.9.0.1 to 10.9.0.2, and a program that sends it as a frame.
IP = ("0800" + "4500002000010000401166b8" + "0a090001" + "0a090002" + "00090009000c0000" +
      "00" * 24)
SEND = ("import socket, sys; s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW); "
        "s.bind(('v1', 0)); s.send(bytes.fromhex(sys.argv[1]))")


def counter(name):
    return int(linnet("ethtool", "-S", "eth0").stdout.split(f" {name}: ")[1].split()[0])


def ip_received():
    return int(linnet("cat", "/proc/net/snmp").stdout.splitlines()[1].split()[3])


def tags_are_not_lost(folder):
    """The kernel takes a VLAN tag out of the frame; for us it is there: not a frame for eth0."""
    b = up_packet(folder)
    mac = linnet("ip", "link", "show", "eth0").stdout.split("link/ether ")[1].split()[0]
    for tag, seen in (("", 1), ("81000005", 0)):
        before, frames = ip_received(), counter("rx_packets")
        in_far(sys.executable, "-c", SEND, mac.replace(":", "") + "020000000001" + tag + IP)
        wait_until(lambda: counter("rx_packets") > frames, "frame")
        check(ip_received() - before == seen, f"tag {tag!r}: {ip_received() - before} to IP")
    down(b)


def down_and_up_again(folder):
    b = up_packet(folder)
    run("ip", "link", "set", "v0", "down")
    wait_until(lambda: "NO-CARRIER" in linnet("ip", "link", "show", "eth0").stdout, "carrier off")
    run("ip", "link", "set", "v0", "up")
    wait_until(lambda: "NO-CARRIER" not in linnet("ip", "link", "show", "eth0").stdout, "carrier")
    check_in(" 0% packet loss", in_far("ping", "-c", 2, "-i", 0.01, NEAR).stdout, "ping again")
    down(b)


def cpu_seconds(b):
    """Of a program so far."""
    with open(f"/proc/{b.process.pid}/stat") as f:
        words = f.read().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def what_the_kernel_drops_is_lost(folder):
    """A frame that the other end does not take is lost as on a cable: others go on, at once."""
    in_far("ip", "link", "set", "v1", "mtu", 1300)
    b = up_packet(folder, "--echo", 7)
    began = cpu_seconds(b)
    check_in(" 100% packet loss", linnet("ping", "-c", 5, "-i", 0.02, "-W", 1, "-s", 1400, FAR,
                                         status=None).stdout, "too long for the other end")
    check_in(" 0% packet loss", linnet("ping", "-c", 3, "-i", 0.02, "-W", 2, FAR).stdout, "after")
    check(cpu_seconds(b) - began < 0.5, "no waiting in circles")
    check(counter("packet_tx_dropped") >= 5, "they are counted")
    in_far("ip", "link", "set", "v1", "mtu", 1500)
    down(b)


def what_a_full_queue_drops_is_sent_again(folder):
    """A queue of three frames drops the rest of a datagram of 14, and tells; nothing is lost."""
    run("tc", "qdisc", "add", "dev", "v0", "root", "tbf", "rate", "8mbit", "burst", 3000, "limit",
        4600)
    b = up_packet(folder)
    began = cpu_seconds(b)
    check_in(" 0% packet loss", linnet("ping", "-c", 5, "-i", 0.1, "-s", 20000, FAR).stdout,
             "through a short queue")
    check(counter("packet_tx_retries") > 0, "it was full")
    check(counter("packet_tx_dropped") == 0, "nothing was given up")
    check(cpu_seconds(b) - began < 0.1, "nobody waits in circles")
    down(b)
    run("tc", "qdisc", "del", "dev", "v0", "root")


def a_queue_of_a_tap_with_several(folder):
    """Made with multi_queue: each program that opens it has a queue, the flows are shared out."""
    if not os.access("/dev/net/tun", os.R_OK | os.W_OK):
        print("/dev/net/tun is closed: no TAP")
        return
    run("ip", "tuntap", "add", "dev", "t7", "mode", "tap", "multi_queue")
    run("ip", "addr", "add", "10.9.7.1/24", "dev", "t7")
    run("ip", "link", "set", "t7", "up")
    for name in ("one", "two"):     # one after the other: each gets all flows
        b = up(folder, "--echo", 7, dev="tap:t7", addr="10.9.7.2/24", name=name)
        check_in(" 0% packet loss", run("ping", "-c", 2, "-i", 0.01, "10.9.7.2").stdout, name)
        offload = linnet("ethtool", "-k", "eth0").stdout
        check_in("tcp-segmentation-offload: on", offload, "a TAP cuts segments for us")
        down(b)
    run("ip", "link", "del", "t7")


def words_for_what_is_missing(folder):
    for dev, part in (("packet:none", "ip link shows"), ("packet:", "the name of the interface"),
                      ("radio:x", "no such kind"), ("tap:" + "n" * 16, "at most 15 bytes")):
        done = linnet("get", "--dev", dev, "--addr", NEAR + "/24", "http://x/", status=None)
        check(done.returncode not in (0, 77), f"{dev}: status {done.returncode}")
        check_in(part, done.stderr, dev)
    done = linnet("get", *DEV, "--link", "loss: 1%", "http://x/", status=None)
    check_in("before a TAP", done.stderr, "--link with packet:")
    may_tap = os.access("/dev/net/tun", os.R_OK | os.W_OK)
    if not shutil.which("capsh"):
        print("capsh is not installed: rights are not taken away")
        return
    for dev, part in (("packet:v0", "CAP_NET_RAW"),
                      ("tap:t9", "CAP_NET_ADMIN" if may_tap else "readable and writable")):
        done = run("capsh", "--drop=cap_net_raw,cap_net_admin", "--", "-c",
                   f"{LINNET} get --dev {dev} --addr {NEAR}/24 http://x/", status=None)
        check_in(part, done.stderr, f"{dev} without rights")


def without_root():
    """The same as an ordinary user in a user namespace; the test starts itself there."""
    if os.geteuid() or os.environ.get("LINNET_AS_USER"):
        return
    os.environ["LINNET_AS_USER"] = "1"
    env = {k: v for k, v in os.environ.items() if k not in (MARK, "XDG_RUNTIME_DIR")}
    done = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                           "/usr/bin/python3", __file__], env=env, capture_output=True, text=True)
    lines = done.stdout.strip().splitlines() or [done.stderr]
    if done.returncode == SKIP:
        print("as a user: " + lines[-1])
    else:
        check(done.returncode == 0, "as a user:\n" + done.stdout + done.stderr)
        print("as a user: " + lines[-1])


enter(tap=False)
need("nsenter", "ethtool", "curl", "ping", "ss", "setpriv", "tc")
make_veth()
with Folder() as folder:
    case(words_for_what_is_missing, folder)
    case(a_queue_of_a_tap_with_several, folder)
    case(pings, folder)
    case(own_frames_do_not_come_back, folder)
    case(tags_are_not_lost, folder)
    case(down_and_up_again, folder)
    case(what_the_kernel_drops_is_lost, folder)
    case(what_a_full_queue_drops_is_sent_again, folder)
    for offload in ("on", "off"):
        case(pages, folder, offload)
case(without_root)
far.stop(signal.SIGKILL)
finish()
