#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Each kind of device without rights: what is missing is named with what mends it, and what works
all the same works: a TAP that root made for the user, and TAP and AF_PACKET in a user namespace."""
import os
import shutil
import sys

sys.path.insert(0, os.path.dirname(__file__))
from interop import *

USER = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
A, B = "10.9.0.1", "10.9.0.2"
REFUSED = "refuses the connection"  # the kernel at the other end: all is well until there


def get(dev, *before):
    """What linnet says that asks a closed port of the kernel's end by this device."""
    return run(*before, PROGRAM, "get", "--dev", dev, "--addr", B + "/24", f"http://{A}:9/",
               status=None).stderr


def without(*caps):
    drop = ",".join("-" + c for c in caps)
    return ["setpriv", "--bounding-set", drop, "--inh-caps", drop]


def tap(*more):
    run("ip", "tuntap", "add", "dev", "t1", "mode", "tap", *more)
    run("ip", "addr", "add", A + "/24", "dev", "t1")
    run("ip", "link", "set", "t1", "up")


def veth():
    run("ip", "link", "add", "v0", "type", "veth", "peer", "name", "v1")
    run("ip", "addr", "add", A + "/24", "dev", "v1")
    for end in ("v0", "v1"):
        run("ip", "link", "set", end, "up")


def a_user_alone():
    said = get("tap:t9", *USER)
    for part in ("needs CAP_NET_ADMIN", "unshare -Urn", "ip tuntap add dev t9 mode tap user"):
        check_in(part, said, "a TAP that is not there")
    tap("user", 65534)
    check_in(REFUSED, get("tap:t1", *USER), "a TAP that root made for the user")
    run("ip", "link", "del", "t1")
    veth()
    said = get("packet:v0", *USER)
    for part in ("needs CAP_NET_RAW", "unshare -Urn"):
        check_in(part, said, "AF_PACKET")
    said = get("xdp:v0", *USER)
    for part in ("CAP_BPF and CAP_NET_ADMIN", "CAP_NET_RAW", "setcap", "A TAP that root made"):
        check_in(part, said, "AF_XDP")


def one_right_is_missing():
    check_in("needs CAP_NET_ADMIN", get("tap:t9", *without("net_admin")), "tap")
    check_in("needs CAP_NET_RAW", get("packet:v0", *without("net_raw")), "packet")
    check_in("needs CAP_NET_RAW", get("xdp:v0", *without("net_raw")), "xdp: its sockets")
    said = get("xdp:v0", *without("bpf", "net_admin", "sys_admin"))
    check_in("needs CAP_BPF and CAP_NET_ADMIN", said, "xdp: its program")
    said = get("xdp:v0", "prlimit", "--memlock=65536", *without("ipc_lock"))
    for part in ("ulimit -l", "CAP_IPC_LOCK"):
        check_in(part, said, "xdp: its memory")
    check_in(REFUSED, get("packet:v0", *without("net_admin", "sys_admin")), "packet needs no more")


def the_door_is_closed(folder):
    """/dev/net/tun as some containers have it."""
    closed = folder / "tun"
    closed.write_text("")
    closed.chmod(0o600)
    said = get("tap:t9", "unshare", "-m", "sh", "-c",
               f'mount --bind {closed} /dev/net/tun && exec "$@"', "sh", *USER)
    for part in ("must be readable and writable", "chmod 0666 /dev/net/tun"):
        check_in(part, said, "a closed /dev/net/tun")


def in_a_user_namespace():
    """All that enter() made of somebody who is not root, or root who becomes nobody first."""
    run("ip", "link", "del", "v0", status=None)
    tap()
    check_in(REFUSED, get("tap:t1"), "tap")
    run("ip", "link", "del", "t1")
    veth()
    check_in(REFUSED, get("packet:v0"), "packet")
    check_in("outside of any user namespace", get("xdp:v0"), "xdp")


def again_as_a_user():
    env = {k: v for k, v in os.environ.items() if k not in ("LINNET_INTEROP_NS",
                                                            "XDG_RUNTIME_DIR")}
    done = run(*USER, "/usr/bin/python3", __file__, env=env, status=None)
    lines = done.stdout.strip().splitlines() or [done.stderr]
    check(done.returncode in (0, SKIP), "as a user:\n" + done.stdout + done.stderr)
    print("as a user: " + lines[-1])


def is_root_of_all():
    with open("/proc/self/uid_map") as f:
        return f.read().split() == ["0", "0", "4294967295"]


enter(tap=False)
need("setpriv", "prlimit", "unshare")
if not os.access("/dev/net/tun", os.R_OK | os.W_OK):
    skip("/dev/net/tun is closed")
with Folder() as folder:
    PROGRAM = folder / "linnet"     # where everybody may reach it
    shutil.copy(LINNET, PROGRAM)
    if is_root_of_all():
        case(a_user_alone)
        case(one_right_is_missing)
        case(the_door_is_closed, folder)
        case(again_as_a_user)
    else:
        case(in_a_user_namespace)
finish()
