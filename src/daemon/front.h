/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The front: the unprivileged, confined process that keeps the history and writes the report file. It never makes the guard wait, and nothing that
 * it is sent or finds on disk is trusted with more than its own database.
 *
 * It is also where text that other people write is parsed for the guard: the hosts that a credential file names.
 *
 * Wire: a connected SOCK_SEQPACKET pair. Guard to front: each message is one record as record_json writes it, at most
 * RECORD_JSON_MAX bytes, or one struct front_ask with a descriptor of the file to be read. Front to guard: one struct
 * front_homes for every question, and struct front_news when the history is open (again), so that the guard goes on
 * counting ids where the history ends, and whenever messages are dealt with, so that the guard need not keep them to say
 * them again to the next front. News may be left unread: the latest says it all. A record that the history has already
 * is passed over.
 *
 * Failure stance: when the history cannot be written (disk full, damaged, refused) records are still drained and
 * counted as lost, the store is tried again every few seconds, and the first record after the gap says how many are
 * missing. A damaged database is set aside as history.db.damaged.
 */
#include "../store/store.h"

/* A member that is 0 means its default. */
struct front_limits {
	bool no_history;	    /* somebody else keeps it: only answer questions */
	unsigned batch_rows;	    /* commit after so many records */
	unsigned batch_ms;	    /* or so long after the first of them */
	unsigned retry_ms;	    /* while the history is stopped */
	struct store_bounds bounds; /* of the history */
};
/* 1000 records or 250 ms; 5 s; 30 days, 256 MiB. */
extern const struct front_limits front_defaults;

enum front_kind { FRONT_NEWS = 1, FRONT_HOMES = 2 };

struct front_news {
	uint32_t kind; /* FRONT_NEWS */
	uint32_t _pad;
	uint64_t last_id; /* greatest id in the history when it was opened; new records must have greater ones */
	uint64_t done;    /* messages of this connection that are kept, or counted as lost or refused */
};

/* Guard to front: which hosts does this file name? */
struct front_ask {
	uint32_t zero; /* a record begins with '{' */
	uint32_t id;   /* comes back in the answer */
	char parser[32]; /* of homes_parse */
};

/* Followed by the hosts, each with its NUL; FRONT_TEXT_MAX bytes at most: further hosts are left out. */
#define FRONT_TEXT_MAX 65536
struct front_homes {
	uint32_t kind; /* FRONT_HOMES */
	uint32_t id;
};

/* The whole life of the front; returns when the peer has closed its end and everything is written. Takes fd and report
 * (the open report file; -1: none) over and closes every other descriptor but 0-2. state_dir is made if absent; limits may
 * be NULL. To be called in a process of its own: privileges, descriptors and system calls are given up for good. 0 or
 * -errno; logs what is wrong. */
int front_run(int fd, int report, const char *state_dir, const struct front_limits *limits);
