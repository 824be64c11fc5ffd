/* SPDX-License-Identifier: MIT */
#include "wire/wire.h"

const char *wire_err_name(enum wire_err err)
{
	switch (err) {
	case WIRE_OK:
		return "ok";
	case WIRE_SHORT:
		return "short";
	case WIRE_VERSION:
		return "version";
	case WIRE_IHL:
		return "header length";
	case WIRE_TOTLEN:
		return "length field";
	case WIRE_TRUNC:
		return "truncated";
	case WIRE_CSUM:
		return "checksum";
	case WIRE_DOFF:
		return "data offset";
	case WIRE_OPT:
		return "option";
	case WIRE_PROTO:
		return "protocol type";
	case WIRE_ADDRLEN:
		return "address length";
	}
	return "unknown";
}
