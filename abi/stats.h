/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
#pragma once
/*
 * Counters of the kernel half, one per-CPU array slot each. Every loss has a cause of its own.
 * Numbers are stored in users' databases: append only. The names are in src/sensor/stats.c.
 */
#include "types.h"

enum {
	ST_OPENS,          /* opens looked at */
	ST_WALKS,          /* opens that walked the whole path (directory cache miss) */
	ST_TAINTS,         /* labels given to processes */
	ST_FILES,          /* labels given to files */
	ST_CHANS,          /* labels given to pipes and sockets */
	ST_HELD,           /* packets held */
	ST_ALLOWED,        /* gated packets that passed on a verdict */
	ST_DENIED,         /* refusals of any kind */
	ST_LOST_TELEMETRY, /* telemetry ring full: record shed */
	ST_LOST_DECISION,  /* decision ring full: no record, the flow stays held */
	ST_FULL_PROC,      /* process map full: the process was killed or refused */
	ST_FULL_FILE,      /* file map full: the writer was killed or refused */
	ST_FULL_CHAN,      /* channel map full: same */
	ST_FULL_GATE,      /* gate map full: same */
	ST_DEEP_PATH,      /* path deeper than EG_DEPTH_MAX: matched on nothing, counted */
	ST_FDS_BEYOND,     /* descriptors beyond EG_FDS_MAX not looked at */
	ST_NO_COOKIE,      /* a tainted process's socket had no cookie: gated by the next send */
	ST_FULL_TWINS,     /* more processes in one address space than are recorded: the process was killed */
	ST_SPREAD_BEYOND,  /* a label met more shared memory than one walk takes: the guard's sweep found the rest */
	ST_ANSWERED,       /* connects that waited for the guard's word and got it */
	ST_UNANSWERED,     /* and those that did not: their packet is held */
	ST_MAX
};
