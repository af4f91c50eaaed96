/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A held packet made fit to be sent again: checked, copied, checksums computed. Pure; no system calls.
 *
 * The bytes come from a ring that other processes fill through their sockets: nothing in them is trusted. The input
 * is never written to (ring records are mapped read-only).
 */
#include <sys/socket.h>

#include "../../abi/limits.h"
#include "act.h"

struct packet {
	uint8_t data[EG_PKT_MAX];
	size_t len;     /* as sent: bytes behind the packet and a SYN's payload are cut off */
	size_t l4;      /* offset of the transport header */
	uint16_t family;
	uint8_t proto;
};

/* Errors as act_reemit's. *ret is untouched then. */
int packet_prepare(struct packet *ret, const struct held_packet *p);
/* Where it goes, for sendto on a raw socket. Returns the length used. */
socklen_t packet_destination(const struct packet *p, struct sockaddr_storage *ret);
socklen_t packet_source(const struct packet *p, struct sockaddr_storage *ret);
