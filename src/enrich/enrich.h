/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The door of enrich/: what an event needs to mean something to a person. Facts about this machine, gathered before the
 * decision and never changed by it; nothing here knows rules, and nothing here logs.
 *
 *   tls, quic, http    whom a flow's first bytes are for, by their own word; opening puts those bytes together
 *   dns, names, hosts  which name stands behind an address, and how sure that is
 *   proctab            who started whom, also after they are gone
 *   subject            one process as rules see it
 *   mounts             where a superblock is to be seen
 *   users              whose homes there are, and what a uid is called
 *   homes              where a secret belongs, by its own non-secret fields
 */
#include "addr.h"
#include "dns.h"
#include "hashed.h"
#include "dnsquery.h"
#include "homes.h"
#include "hosts.h"
#include "http.h"
#include "mounts.h"
#include "names.h"
#include "opening.h"
#include "proctab.h"
#include "quic.h"
#include "siphash.h"
#include "strlist.h"
#include "subject.h"
#include "tls.h"
#include "users.h"
