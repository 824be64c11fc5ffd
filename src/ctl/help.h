/* SPDX-License-Identifier: MIT */
/* The usage of each command: what is there, in the notation of the Linux tools. */
#ifndef LINNET_CTL_HELP_H
#define LINNET_CTL_HELP_H

#include "ctl/help_tc.h"

#define HELP_IP \
	"Usage: ip [ OPTIONS ] OBJECT { COMMAND | help }\n" \
	"where  OBJECT := { address | link | maddress | neighbour | route | rule |\n" \
	"                    tcp_metrics }\n" \
	"       OPTIONS := { -V[ersion] | -s[tatistics] | -d[etails] | -h[uman-readable] |\n" \
	"                    -f[amily] { inet | inet6 } | -4 | -6 | -o[neline] | -br[ief] |\n" \
	"                    -j[son] | -p[retty] }\n" \
	"       ip [ -force ] -batch FILE          commands, one a line; - is standard input\n" \
	"COMMANDs may be shortened: ip a s dev eth0. Try \"ip OBJECT help\".\n"

#define HELP_IP_LINK \
	"Usage: ip link add [ name ] NAME [ address LLADDR ] [ mtu MTU ] [ txqueuelen PACKETS ]\n" \
	"                   type bridge [ BRIDGE OPTIONS ]\n" \
	"       ip link add [ name ] NAME type veth [ peer [ name ] NAME ]\n" \
	"       ip link add link DEVICE [ name ] NAME type vlan id VLANID\n" \
	"                   [ protocol { 802.1Q | 802.1ad } ] [ loose_binding { on | off } ]\n" \
	"                   [ ingress-qos-map PCP:PRIORITY ... ]\n" \
	"                   [ egress-qos-map PRIORITY:PCP ... ]\n" \
	"       ip link delete [ dev ] DEVICE\n" \
	"       ip link set [ dev ] DEVICE [ { up | down } ] [ mtu MTU ] [ address LLADDR ]\n" \
	"                   [ name NEWNAME ] [ txqueuelen PACKETS ]\n" \
	"                   [ master BRIDGE | nomaster ]\n" \
	"                   [ arp { on | off } ] [ multicast { on | off } ]\n" \
	"                   [ allmulticast { on | off } ] [ promisc { on | off } ]\n" \
	"                   [ type bridge BRIDGE OPTIONS ]\n" \
	"       ip link show [ DEVICE ] [ up ] [ master BRIDGE | nomaster ]\n" \
	"                   [ type { bridge | veth | vlan } ]\n" \
	"BRIDGE OPTIONS := [ ageing_time CENTISECONDS ] [ stp_state { 0 | 1 } ]\n" \
	"                  [ stp_version { 0 (STP) | 2 (RSTP, STP where that is spoken) } ]\n" \
	"                  [ priority PRIORITY ] [ forward_delay CENTISECONDS ]\n" \
	"                  [ hello_time CENTISECONDS ] [ max_age CENTISECONDS ]\n" \
	"                  [ vlan_filtering { 0 | 1 } ] [ fdb_max_learned ENTRIES ]\n" \
	"                  [ vlan_default_pvid VLANID ] [ vlan_protocol { 802.1Q | 802.1ad } ]\n"

#define HELP_IP_ADDR \
	"Usage: ip address { add | change | replace } IFADDR dev DEVICE\n" \
	"                  [ broadcast { ADDR | + | - } ] [ label LABEL ] [ scope SCOPE ]\n" \
	"                  [ nodad ] [ noprefixroute ] [ optimistic ]      (of IPv6, which is\n" \
	"                  off until net.ipv6.conf.{ all | DEVICE }.disable_ipv6 is set to 0)\n" \
	"                  [ valid_lft SECONDS ] [ preferred_lft SECONDS ]       (of IPv6)\n" \
	"       ip address delete IFADDR dev DEVICE\n" \
	"       ip address { show | flush } [ dev DEVICE ] [ scope SCOPE ] [ to PREFIX ]\n" \
	"                  [ label PATTERN ] [ up ] [ primary | secondary ] [ master BRIDGE ]\n" \
	"IFADDR := ADDR/LEN | ADDR peer ADDR/LEN\n" \
	"SCOPE := [ host | link | global | NUMBER ]\n"

#define HELP_IP_ROUTE \
	"Usage: ip route { show | flush } [ root PREFIX ] [ match PREFIX ] [ exact PREFIX ]\n" \
	"                [ table TABLE ] [ proto PROTO ] [ type TYPE ] [ scope SCOPE ]\n" \
	"                [ dev DEVICE ] [ via ADDR ] [ src ADDR ]\n" \
	"       ip route get ADDR [ from ADDR [ iif DEVICE ] ] [ oif DEVICE ] [ tos TOS ]\n" \
	"                [ mark MARK ] [ ipproto PROTO ] [ sport PORT ] [ dport PORT ]\n" \
	"                [ fibmatch ]\n" \
	"       ip route { add | change | replace | append | prepend | delete } [ TYPE ] PREFIX\n" \
	"                [ via ADDR ] [ dev DEVICE ] [ src ADDR ] [ metric NUMBER ]\n" \
	"                [ table TABLE ] [ proto PROTO ] [ scope SCOPE ] [ onlink ]\n" \
	"                [ METRICS ]\n" \
	"                [ nexthop [ via ADDR ] [ dev DEVICE ] [ weight NUM ] [ onlink ] ] ...\n" \
	"PREFIX := ADDR/LEN | default\n" \
	"METRICS := [ mtu [ lock ] NUMBER ] [ advmss NUMBER ] [ window NUMBER ]\n" \
	"           [ rtt TIME ] [ rttvar TIME ] [ rto_min TIME ] [ ssthresh NUMBER ]\n" \
	"           [ cwnd [ lock ] NUMBER ] [ initcwnd NUMBER ] [ initrwnd NUMBER ]\n" \
	"           [ reordering NUMBER ] [ hoplimit NUMBER ] [ quickack BOOL ]\n" \
	"           [ congctl [ lock ] NAME ] [ features ecn ] [ fastopen_no_cookie BOOL ]\n" \
	"TIME := NUMBER[s|ms]\n" \
	"TYPE := { unicast | local | broadcast | throw | unreachable | prohibit | blackhole }\n" \
	"TABLE := [ local | main | default | NUMBER | all ]\n" \
	"SCOPE := [ host | link | global | NUMBER ]\n" \
	"PROTO := [ kernel | boot | static | dhcp | NUMBER ]\n"

#define HELP_IP_RULE \
	"Usage: ip rule { add | delete } SELECTOR ACTION\n" \
	"       ip rule { show | flush } [ SELECTOR ]\n" \
	"SELECTOR := [ not ] [ from PREFIX ] [ to PREFIX ] [ tos TOS ] [ fwmark MARK[/MASK] ]\n" \
	"            [ iif DEVICE ] [ oif DEVICE ] [ pref NUMBER ] [ ipproto PROTO ]\n" \
	"            [ sport PORT[-PORT] ] [ dport PORT[-PORT] ]\n" \
	"ACTION := [ table TABLE [ suppress_prefixlength NUMBER ] ] | goto NUMBER | nop |\n" \
	"          blackhole | unreachable | prohibit [ protocol PROTO ]\n" \
	"TABLE := [ local | main | default | NUMBER ]\n"

#define HELP_IP_NEIGH \
	"Usage: ip neigh { add | delete | change | replace }\n" \
	"                { ADDR [ lladdr LLADDR ] [ nud STATE ] | proxy ADDR }\n" \
	"                [ dev DEVICE ] [ router ] [ use ] [ managed ] [ extern_learn ]\n" \
	"                [ protocol PROTO ]\n" \
	"       ip neigh { show | flush } [ proxy ] [ to PREFIX ] [ dev DEVICE ]\n" \
	"                [ nud STATE ] [ nomaster ]\n" \
	"       ip neigh get { ADDR | proxy ADDR } dev DEVICE\n" \
	"STATE := { delay | failed | incomplete | noarp | none | permanent | probe |\n" \
	"           reachable | stale }\n"

#define HELP_IP_MADDR \
	"Usage: ip maddress { add | delete } LLADDR dev DEVICE\n" \
	"       ip maddress show [ dev DEVICE ]\n"

#define HELP_IP_TCP_METRICS \
	"Usage: ip tcp_metrics { show | flush | delete } [ all | [ address ] ADDR ]\n"

#define HELP_IFCONFIG \
	"Usage:\n" \
	"  ifconfig [-a] [-s] [interface]\n" \
	"  ifconfig interface [address[/prefixlen]] [netmask address] [broadcast address]\n" \
	"           [up|down] [mtu NN] [hw ether address] [txqueuelen NN] [[-]promisc]\n" \
	"           [[-]allmulti] [[-]arp] [[-]multicast]\n" \
	"           [add address[/prefixlen]] [del address]\n" \
	"  ifconfig interface inet6 {add|del} address/prefixlen\n" \
	"An alias is a name with a colon: ifconfig eth0:1 10.0.0.2 netmask 255.255.255.0\n"

#define HELP_ROUTE \
	"Usage: route [-ne] [-6|-A inet6]       List the routing table\n" \
	"       route add {-host|-net} Target[/prefix] [netmask N] [gw Gw] [metric M]\n" \
	"                 [[dev] If]\n" \
	"       route add {-host|-net} Target[/prefix] [metric M] reject\n" \
	"       route del {-host|-net} Target[/prefix] [netmask N] [gw Gw] [metric M]\n" \
	"                 [[dev] If]\n" \
	"       route -6 {add|del} Target[/prefix] [gw Gw] [metric M] [[dev] If]\n" \
	"Target may be default. Addresses are numbers.\n"

#define HELP_ARP \
	"Usage:\n" \
	"  arp [-n] [-v] [-i <if>] [-a] [<address>]           <-Display ARP cache\n" \
	"  arp [-i <if>] -d <address>                         <-Delete ARP entry\n" \
	"  arp [-i <if>] -s <address> <hwaddr> [temp]         <-Add entry\n"

#define HELP_NETSTAT \
	"usage: netstat [-ne] -r         netstat [-ae] -i         netstat -s [-6tuw]\n" \
	"       netstat [-naepol] [-46tuw]      netstat -g\n" \
	"        -r, --route              display routing table\n" \
	"        -i, --interfaces         display interface table\n" \
	"        -g, --groups             display multicast group memberships\n" \
	"        -s, --statistics         display networking statistics (like SNMP)\n" \
	"        -n, --numeric            don't resolve names (they never are)\n" \
	"        -e, --extend             display other/more information\n" \
	"        -p, --programs           display PID/Program name for sockets (here: -)\n" \
	"        -o, --timers             display timers\n" \
	"        -l, --listening          display listening server sockets\n" \
	"        -a, --all                display all sockets (default: connected)\n" \
	"        -t, --tcp  -u, --udp  -w, --raw  -4, --inet  -6, --inet6\n"

#define HELP_SS \
	"Usage: ss [ OPTIONS ] [ FILTER ]\n" \
	"   -n, --numeric       don't resolve service names (they never are)\n" \
	"   -a, --all           display all sockets\n" \
	"   -l, --listening     display listening sockets\n" \
	"   -o, --options       show timer information\n" \
	"   -e, --extended      show detailed socket information\n" \
	"   -m, --memory        show socket memory usage\n" \
	"   -i, --info          show internal TCP information\n" \
	"   -s, --summary       show socket usage summary\n" \
	"   -t, --tcp  -u, --udp  -w, --raw  -0, --packet  -4, --ipv4  -6, --ipv6\n" \
	"   -H, --no-header     Suppress header line\n" \
	"   -O, --oneline       socket's data printed on a single line\n" \
	"FILTER := [ state STATE ]... [ exclude STATE ]... [ EXPRESSION ]\n" \
	"STATE := { all | connected | synchronized | bucket | big | established | syn-sent |\n" \
	"           syn-recv | fin-wait-{1,2} | time-wait | closed | close-wait | last-ack |\n" \
	"           listening | closing }\n" \
	"EXPRESSION := { sport | dport } OP PORT | { src | dst } ADDR[/LEN][:PORT] |\n" \
	"              dev DEVICE | not E | E and E | E or E | ( E )\n" \
	"OP := { = | != | > | < | >= | <= }\n"

#define HELP_ETHTOOL \
	"Usage:\n" \
	"        ethtool DEVNAME                         Display standard information\n" \
	"        ethtool -c|--show-coalesce DEVNAME      Show coalesce options\n" \
	"        ethtool -C|--coalesce DEVNAME [rx-usecs N] [rx-frames N]\n" \
	"                                      [tx-usecs N] [tx-frames N]\n" \
	"        ethtool -g|--show-ring DEVNAME          Query RX/TX ring parameters\n" \
	"        ethtool -G|--set-ring DEVNAME [rx N] [tx N]\n" \
	"        ethtool -i|--driver DEVNAME             Show driver information\n" \
	"        ethtool -k|--show-features DEVNAME      Get state of offloads\n" \
	"        ethtool -K|--features|--offload DEVNAME [gro on|off] [tso on|off]\n" \
	"                  [tx-udp-segmentation on|off] [rx-udp-gro-forwarding on|off]\n" \
	"        ethtool -P|--show-permaddr DEVNAME      Show permanent hardware address\n" \
	"        ethtool -S|--statistics DEVNAME         Show adapter statistics\n" \
	"        ethtool -x|--show-rxfh DEVNAME          Show how flows are spread over shards\n" \
	"        ethtool -X|--rxfh DEVNAME [equal N] [weight W0 W1 ...] [hkey XX:XX:...]\n" \
	"                                  [default]     (a flow that moves is reset)\n"

#define HELP_SYSCTL \
	"Usage:\n" \
	" sysctl [options] [variable[=value] ...]\n" \
	"\n" \
	"Options:\n" \
	"  -a, --all            display all variables\n" \
	"  -b, --binary         print value without new line\n" \
	"  -e, --ignore         ignore unknown variables errors\n" \
	"  -N, --names          print variable names without values\n" \
	"  -n, --values         print only values of the given variable(s)\n" \
	"  -r, --pattern <expression>\n" \
	"                       select setting that match expression\n" \
	"  -q, --quiet          do not echo variable set\n" \
	"  -w, --write          enable writing a value to variable\n"

#define HELP_BRIDGE \
	"Usage: bridge [ -s[tatistics] | -d[etails] | -c[ompressvlans] |\n" \
	"                -j[son] | -p[retty] ]\n" \
	"              OBJECT { COMMAND | help }\n" \
	"       bridge link show [ dev DEV ]\n" \
	"       bridge link set dev DEV [ learning { on | off } ] [ flood { on | off } ]\n" \
	"                   [ mcast_flood { on | off } ] [ bcast_flood { on | off } ]\n" \
	"                   [ hairpin { on | off } ] [ isolated { on | off } ]\n" \
	"                   [ fastleave { on | off } ] [ mcast_router MULTICAST_ROUTER ]\n" \
	"                   [ cost COST ] [ priority PRIORITY ] [ guard { on | off } ]\n" \
	"                   [ edge { on | off } ] [ storm_bcast RATE ] [ storm_mcast RATE ]\n" \
	"                   [ storm_ucast RATE ]\n" \
	"            RATE := { off | Npps | Nkpps | Nbit | Nkbit | Nmbit | Ngbit }\n" \
	"       bridge fdb show [ br BRDEV ] [ dev DEV ]\n" \
	"       bridge fdb { add | append | replace } ADDR dev DEV [ master ]\n" \
	"                  [ static | dynamic ] [ vlan VLANID ]\n" \
	"       bridge fdb del ADDR dev DEV [ master ] [ vlan VLANID ]\n" \
	"       bridge fdb flush dev DEV\n" \
	"       bridge mdb { add | del } dev DEV port PORT grp GROUP [ permanent | temp ]\n" \
	"                  [ vid VLANID ]\n" \
	"       bridge mdb show [ dev DEV ] [ vid VLANID ]\n" \
	"       bridge vlan { add | del } dev DEV vid VLANID[-VLANID] [ pvid ] [ untagged ]\n" \
	"                   [ self ]\n" \
	"       bridge vlan show [ dev DEV ] [ vid VLANID ]\n"

#define HELP_BRCTL \
	"Usage: brctl [commands]\n" \
	"commands:\n" \
	"\taddbr     \t<bridge>\t\tadd bridge\n" \
	"\tdelbr     \t<bridge>\t\tdelete bridge\n" \
	"\taddif     \t<bridge> <device>\tadd interface to bridge\n" \
	"\tdelif     \t<bridge> <device>\tdelete interface from bridge\n" \
	"\tshow      \t[ <bridge> ]\t\tshow a list of bridges\n" \
	"\tshowmacs  \t<bridge>\t\tshow a list of mac addrs\n"

#define HELP_NFT \
	"Usage: nft [ -acst ] COMMAND\n" \
	"       nft [ -acst ] -f NAME, with the text on the lines behind it\n" \
	"COMMAND := { add | create | insert | replace | delete | flush | list | rename }\n" \
	"           { table | chain | rule | set | map | element | flowtable | counter |\n" \
	"             quota | limit | ruleset } ... |\n" \
	"           reset { rules | counters | quotas | counter | quota } ...\n" \
	"           table [ inet | ip | ip6 | netdev ] NAME { ... } | define NAME = VALUE\n" \
	"In nftables' language (man nft). A text is done whole or not at all; what \"nft list\n" \
	"ruleset\" prints can be loaded again. -a: with handles; -c: only checked; -s: lists\n" \
	"without counts, -t: without sets' elements.\n"

#define HELP_CONNTRACK \
	"Usage: conntrack { -L | -D } [ -f { ipv4 | ipv6 } ]\n" \
	"                 [ -p { tcp | udp | icmp | icmpv6 | NUMBER } ] [ -s ADDR ] [ -d ADDR ]\n" \
	"                 [ -r REPLY-SRC ] [ -q REPLY-DST ] [ --sport PORT ] [ --dport PORT ]\n" \
	"                 [ --reply-port-src PORT ] [ --reply-port-dst PORT ] [ -m MARK ]\n" \
	"                 [ --state STATE ] [ -u { ASSURED | SEEN_REPLY | UNREPLIED } ]\n" \
	"                 [ -w ZONE ] [ --orig-zone ZONE ] [ --reply-zone ZONE ]\n" \
	"                 [ -n ] [ -g ]       source, destination NAT only\n" \
	"                 [ -j ] [ -o extended,id ]\n" \
	"       conntrack -G -p PROTO -s ADDR -d ADDR [ --sport PORT --dport PORT ]\n" \
	"       conntrack -I -p { tcp --state STATE | udp } -s ADDR -d ADDR --sport PORT\n" \
	"                 --dport PORT -t SECONDS [ -u STATUS ] [ -m MARK ]\n" \
	"       conntrack -U [ which ] [ -m MARK ] [ -t SECONDS ] [ -u STATUS ]\n" \
	"                 [ --state STATE ]\n" \
	"       conntrack -E [ which ] [ -e { NEW | UPDATES | DESTROY | ALL } ]\n" \
	"                 [ -o extended,id,timestamp ]     until ^C\n" \
	"       conntrack { -F | -C | -S }\n" \
	"       conntrack { -L | -F | -C } expect [ -f { ipv4 | ipv6 } ]\n" \
	"Connections are tracked once a rule of nft asks for them (ct state, NAT).\n"

#define HELP_CAT \
	"Usage: cat FILE...\n" \
	"       cat /etc/hosts, cat /etc/resolv.conf     where the machine looks for names\n" \
	"where  FILE is /proc/sys/..., as sysctl's names, or one of\n" \
	"       /proc/interrupts /proc/softirqs\n" \
	"       /proc/net/arp /proc/net/dev /proc/net/netstat /proc/net/packet /proc/net/raw\n" \
	"       /proc/net/route /proc/net/snmp /proc/net/snmp6 /proc/net/sockstat\n" \
	"       /proc/net/sockstat6 /proc/net/softnet_stat /proc/net/tcp /proc/net/tcp6\n" \
	"       /proc/net/udp /proc/net/udp6 /proc/net/raw6 /proc/net/if_inet6\n" \
	"       /proc/net/ipv6_route /proc/net/igmp /proc/net/igmp6 /proc/net/mcfilter\n" \
	"       /proc/net/mcfilter6\n"

#define HELP_ECHO "Usage: echo [ WORD... ]\n       echo VALUE > /proc/sys/NAME\n"

#define HELP_HOSTNAME "Usage: hostname [ NAME ]\n"

#define HELP_STAT \
	"Usage: stat [ --json | --pretty ]\n" \
	"The ledger of frames: how each came to be, how it ended, what is still queued;\n" \
	"drops by reason; bytes copied, by the only places that may; memory and its budget.\n"

#define HELP_CALC \
	"Usage: calc { ADDR/LEN | ADDR/MASK | ADDR }...\n" \
	"Splits an address into network and host: calc 10.100.122.2/24 2001:db8::1/64\n"

#define HELP_HELP "Usage: help [ COMMAND ]\n"

#endif
