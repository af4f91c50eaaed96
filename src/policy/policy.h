/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The door of policy/: what the person and the catalogue say, and the one pure decision made from it.
 *
 * Flow:  catalogue + watchlist files --policy_load--> struct policy (immutable once loaded)
 *        struct policy + mounts + homes --policy_compile--> struct compiled (automaton rows for the kernel)
 *        struct policy + struct query --decide--> struct decision
 *
 * Owner: the guard keeps one struct policy in force; a reload builds a new one and swaps. Invariants:
 * P1 rule and watch ids are unique across the whole policy; P2 class bit i is classes[i]; P3 decide() allocates nothing,
 * reads no clock, no file, no global.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "../../abi/dfa.h"
#include "../base/base.h"
#include "ci.h"

/* --- model ------------------------------------------------------------------------------------------- */

enum verdict { V_NONE = 0, V_ALLOW, V_DENY, V_HOLD, _V_MAX }; /* V_HOLD: ask a person */
const char *verdict_name(enum verdict v);                     /* "allow", "deny", "hold", "none" */

enum rule_type { RULE_FILE, RULE_NETWORK };

/* One rule: what turns (subject, label, destination or file) into a verdict. */
struct rule {
	char *id;         /* unique; generated (8 hex digits) where the file gives none */
	char *executable; /* pattern: "*", an absolute path glob, a name ("curl", "npm"), or "interpreter:script" */
	char *resource;   /* network: "host:port", "*.x", CIDR, "*"; file: path glob. Copied from the watch where implied */
	enum rule_type type;
	enum verdict decision;
	bool enabled;
	char **classes;   /* NULL-terminated class names it is limited to; NULL = any label or none */
	uint64_t until_ms; /* wall clock; 0 = always */
	unsigned line, column; /* in policy->watchlist; 0 = not from there */
	uint32_t number;  /* index in policy->rules + 1: what the kernel reports */
	/* compiled by policy_load */
	uint64_t class_mask; /* 0 = any */
	uint8_t exe_rank;    /* 3 exact path, 2 script or pattern, 1 name, 0 '*' */
};

enum watch_kind { WATCH_FILE, WATCH_NETWORK, WATCH_EXECUTABLE };

/* What a path of policy.yaml asks for. */
enum path_said { PATH_SAID_NOTHING = 0, PATH_MONITORED, PATH_PROTECTED };

/* One entry of the watchlist, one glob of a catalogue class, or a path of policy.yaml. */
struct watch {
	char *id;
	enum watch_kind kind;
	char *pattern;  /* path glob or destination, as written */
	int class_bit;  /* WATCH_FILE: bit in labels, -1 = rule-only (never taints) */
	bool exclude;   /* catalogue `not:` glob: files matching it are not secrets */
	enum path_said said; /* policy.yaml: every access is told (monitored); writing, renaming, deleting is refused (protected) */
	size_t first_rule, n_rules; /* slice of policy->rules */
	unsigned line, column; /* in policy->watchlist; 0 = not from there */
	uint32_t number; /* index in policy->watches + 1 */
};

enum class_flags {
	CLASS_WEAK = 1 << 0,   /* read all day by honest tools (dotenv, history) */
	CLASS_CANARY = 1 << 1, /* bait: any reader is denied everything */
	CLASS_ANYWHERE = 1 << 2, /* its own readers may talk to any destination (browsers) */
};

/* A class of secrets (catalog/ *.yaml; a user's file may add to or replace one by name). */
struct secret_class {
	char *name, *title;
	char **globs, **not_globs; /* NULL-terminated */
	char **readers; /* patterns like rule.executable */
	char **makers;  /* whose own files and children have nothing of the secret */
	char **mute;    /* who gives nothing of the secret to anybody but its home */
	char **homes;   /* patterns like rule.resource (network) */
	char **homes_from; /* parsers of the secret's own non-secret fields: "netrc", "npmrc", "kubeconfig" ... */
	unsigned flags;
};

/* A broker: talks for everybody; neither tainted nor trusted. */
struct policy {
	struct secret_class classes[EG_CLASSES_MAX];
	size_t n_classes;
	struct watch *watches;
	size_t n_watches;
	struct rule *rules;
	size_t n_rules;
	char **brokers; /* executable patterns, NULL-terminated */
	char *watchlist; /* name of the file it was read from; NULL = none */
	bool enforce;   /* mode */
	bool mode_said; /* a file says the mode */
	bool has_network_rules; /* some rule applies to untainted processes: destinations with '*' or watched hosts */
	struct ci *ci;  /* policy.yaml; NULL = none: then nothing is asked of processes that carry nothing */
};

struct policy_sources {
	const char *catalog_dir;   /* built-in *.yaml; NULL = none */
	const char *user_catalog;  /* directory of the user's own *.yaml, may be NULL or absent */
	const char *watchlist;     /* file; NULL = none; ENOENT is an error only if `watchlist_required` */
	bool watchlist_required;
	const char *rules_file;    /* policy.yaml; NULL = none */
	const char *rules_dir;     /* folder of such files; NULL = none */
	struct ci_flags flags;     /* the command line's part of them */
};

/* Loads and checks everything. On success *ret is the caller's (policy_free). On failure *ret is untouched, *problem
 * holds one sentence, -EINVAL (what was written is wrong), -ENOMEM, or the errno of reading. */
int policy_load(const struct policy_sources *src, struct policy **ret, struct problem *problem);
struct policy *policy_free(struct policy *p); /* NULL is fine; returns NULL */

/* "aws, npm" for people; returns dst. */
const char *policy_label_text(const struct policy *p, uint64_t label, char *dst, size_t size);
/* Bit of a class by name, or -1. */
int policy_class_bit(const struct policy *p, const char *name);
/* The watch / rule with that number (0 or out of range: NULL). */
const struct watch *policy_watch(const struct policy *p, uint32_t number);
const struct rule *policy_rule(const struct policy *p, uint32_t number);

/* --- deciding ---------------------------------------------------------------------------------------- */

/* How a name is known, weakest first. */
enum name_source { NAME_NONE, NAME_PTR, NAME_SNI, NAME_HOSTS, NAME_DNS_OTHER, NAME_DNS_OWN, NAME_LITERAL, _NAME_MAX };
const char *name_source_text(enum name_source s); /* "none", "sni", "hosts", "dns-other", "dns-own", ... */

/* Who acts. All strings borrowed, may be NULL where unknown. */
struct subject {
	pid_t pid;
	uint64_t start_ns;
	uid_t uid;
	const char *exe;    /* path of the executable file; " (deleted)" never included */
	const char *script; /* absolute path of an interpreter's script, NULL if none */
	const char *comm;
	const char *const *names; /* what people call it: basename of exe, of script, aliases ("python3", "npm", "sh") */
	size_t n_names;
	const char *const *ancestors; /* names of ancestors, nearest first (for chains) */
	const uint8_t *ancestor_of;   /* which ancestor each name is of, 0 = the parent; NULL: every name is another one */
	size_t n_ancestors;
	bool intact; /* identity intact: not deleted, not memfd, not user-writable where it claims to be a system tool */
};

/* The subject that enrich/ has read; borrows its strings. */
struct subject_info;
struct subject subject_of(const struct subject_info *info);

/* Where to. */
struct dest {
	uint8_t addr[16]; /* network order, IPv4 as ::ffff:a.b.c.d */
	uint16_t port;    /* host order, 0 = none */
	uint8_t proto;    /* IPPROTO_* */
	const char *name; /* canonical lower case without trailing dot; NULL = unknown */
	enum name_source source;
	bool ambiguous;   /* more than one live name for the address */
	bool resolver;    /* one of the system's resolvers, port 53 */
	bool question;    /* not a connection: the name is what a DNS question asks that resolver for */
	bool any_port;    /* a question is to be matched: names whatever their port, addresses only with their port */
};

struct query {
	const struct subject *who;
	const struct dest *to;
	uint64_t label;
	/* homes that the secrets themselves name, per class bit: NULL-terminated list or NULL */
	const char *const *const *own_homes;
};

enum reason {
	BECAUSE_RULE, BECAUSE_CANARY, BECAUSE_HARVEST, BECAUSE_HOME, BECAUSE_UNTAINTED, BECAUSE_RESOLVER,
	BECAUSE_MONITOR, BECAUSE_UNKNOWN, BECAUSE_LOOPBACK,
	/* policy.yaml */
	BECAUSE_LISTED, BECAUSE_UNLISTED, BECAUSE_PROFILE, BECAUSE_CHAIN, BECAUSE_PROCESS, BECAUSE_EXECUTABLE,
	BECAUSE_DNS_SERVER, BECAUSE_METADATA, BECAUSE_NOT_HOME,
	BECAUSE_EXISTING, /* was there before */
	BECAUSE_BUDGET,   /* a DNS question within the limits for unknown names */
	_BECAUSE_MAX
};
const char *reason_name(enum reason r); /* "rule", "home", ... */

struct decision {
	enum verdict verdict;
	enum reason reason;
	const struct rule *rule; /* BECAUSE_RULE: the rule; else NULL. Lives as long as the policy */
	bool would_hold;         /* monitor mode: enforce would have held or denied */
	const char *key, *entry; /* policy.yaml: the key that decided ("network.allowed_hosts") and its text; NULL = none */
	char sentence[256];      /* for people: why */
};

/* Which part of the files decided: "rule 1a2b3c4d", "network.allowed_hosts: github.com", "not-home, network.allowed_hosts:
 * github.com"; where none did, the reason's name. Not escaped. Returns dst. */
const char *decision_by(const struct decision *d, char *dst, size_t size);

/* The one decision. Order (first that speaks wins): canary -> explicit rules, most specific first (executable: exact
 * path, then script/pattern, then name, then '*'; then destination: exact host or address, then suffix, then CIDR, longer
 * ones first, then '*'; port before any; at equal specificity deny wins, then hold) -> policy.yaml: blocked hosts and
 * chains deny -> loopback: allow -> policy.yaml: resolvers, the process's profile, else metadata, processes and lists:
 * deny what is not listed -> untainted: allow -> harvest (three strong classes): deny -> homes of every
 * class carried, reader listed and identity intact (or said by policy.yaml): allow -> default: hold; deny under a
 * policy.yaml. Monitor mode turns what is not allow into allow with would_hold, the reason kept.
 * A rule with classes applies only if the label is not 0 and every class carried is in the mask.
 * A question (dest.question) is about its name: allow rules and homes count whatever their port, but those that name an
 * address only with port 53. Port 53 on loopback is a resolver that passes on, not this machine.
 * A name known only by PTR or SNI, or of no source, satisfies deny and hold rules but no allow rule and no home. */
void decide(const struct policy *p, const struct query *q, uint64_t now_ms, struct decision *ret);
/* How somebody who carries `label`, and read the classes of `read` himself, deals with it: MANNERS_*, the least of all
 * classes. Whoever reads a class himself must be a reader of it, too; a doubtful identity has none. */
enum { MANNERS_NONE, MANNERS_MAKER, MANNERS_MUTE };
int policy_manners(const struct policy *p, const struct subject *who, uint64_t label, uint64_t read);

/* May this process start? who is it as it will be after the exec. Blocked executables, and chains whose action is exec;
 * without a policy.yaml: always. */
void decide_exec(const struct policy *p, const struct subject *who, struct decision *ret);

/* --- what the kernel half may decide alone ------------------------------------------------------------ */

/* The policy as address sets: set 0 is the lists for everybody, set i + 1 profile i. What is said here agrees with decide()
 * for a subject that carries nothing, or says `ask`. */
struct view {
	size_t set;
	bool ask;     /* only decide() can tell */
	bool deny;    /* nothing leaves, whatever the destination */
	bool no_list; /* no list counts for it; resolvers may be asked */
	bool closed;  /* what is not in its set is denied */
	bool forks;   /* the same holds for its children until they exec */
};
void policy_view(const struct policy *p, const struct subject *who, struct view *ret);
size_t policy_sets(const struct policy *p); /* 0 = there is no policy.yaml */
/* Whether the set lists a destination of that name on every port, and whether the name is denied to everybody. */
bool policy_set_lists(const struct policy *p, size_t set, const char *name);
bool policy_name_blocked(const struct policy *p, const char *name);
/* An address at which clouds give credentials to any program: never clear from its names. */
bool policy_is_metadata(const uint8_t addr[16]);
/* Calls fn for each range of the set; ask: its addresses are not clear from the list alone. Stops at a return < 0. */
typedef int (*policy_range_fn)(void *user, size_t set, const uint8_t addr[16], unsigned prefix, bool ask);
int policy_set_ranges(const struct policy *p, size_t set, policy_range_fn fn, void *user);

/* --- DNS questions of tainted processes -------------------------------------------------------------- */

/* What a question for a name that no rule, home or answer allows may look like, and how much of it a process tree may ask. */
struct question_limits {
	unsigned bytes;  /* unknown bytes, see question_cost; the same again for all trees together and one domain */
	unsigned names;  /* different names */
	unsigned label, length; /* longest label, longest name */
	uint16_t types[16];
	size_t n_types;
};
extern const struct question_limits question_limits_default;
/* True if the question is within the limits of form: the rest is a matter of counting. */
bool question_plain(const struct question_limits *l, uint16_t type, const char *name);
/* Bytes of the asker's choice in a name: what stands before the registered domain, digits twice. */
unsigned question_cost(const char *name);
/* The registered domain at the end of a name, as far as its form tells. Points into it. */
const char *question_domain(const char *name);

/* Pattern tests, exported for tests and for the views.
 * Host patterns: "github.com" matches itself and below, ".x" only below, "*.x" as ".x", "*" all; case-insensitive; at dot boundaries.
 * With port: "host:443", "host:*", "[::1]:80", "10.0.0.0/8:80"; CIDR and address patterns match the address. */
bool dest_match(const char *pattern, const struct dest *to);
/* The same for a home, which may also be a hashed entry of known_hosts. */
bool home_match(const char *home, const struct dest *to);
/* 0 or -EINVAL with *problem; what a watchlist may say as destination. */
int dest_check(const char *pattern, struct problem *problem);
bool subject_match(const char *pattern, const struct subject *who);

/* --- compiling for the kernel ------------------------------------------------------------------------ */

/* A mount as mountinfo tells it: where superblock `dev` appears. */
struct mount_point {
	uint32_t dev;      /* kernel encoding: major << 20 | minor */
	const char *root;  /* path inside the superblock, "/" for its root */
	const char *path;  /* mount point, absolute */
	const char *fstype;
};

struct compile_input {
	const struct mount_point *mounts;
	size_t n_mounts;
	const char *const *homes; /* home directories for '~', NULL-terminated */
	unsigned half;            /* 0 or 1: state numbers in `starts` are absolute for this half */
};

/* Everything the kernel maps need. */
struct compiled {
	struct dfa_row *rows; /* n_rows; rows[0] is the dead state */
	size_t n_rows;
	struct dfa_classes classes;
	struct {
		uint32_t dev, state; /* absolute */
	} *starts;
	size_t n_starts;
	uint32_t root_start, proc_start, exe_start; /* absolute; exe_start 0 = no executable patterns */
	struct file_rules *rules; /* n_rules; rules[0] unused */
	size_t n_rules;
	char **exe_patterns; /* bit i of exe sets is exe_patterns[i]; NULL-terminated, at most 64 */
	uint64_t gated_exe;  /* bits whose sockets are gated though untainted (network rules of their own) */
	uint64_t broker_exe;
	bool gate_all;       /* network rules with '*' for executable: every process's sockets are gated */
};

/* On failure *problem names the pattern that made the automaton explode (-E2BIG) or is malformed (-EINVAL). */
int policy_compile(const struct policy *p, const struct compile_input *in, struct compiled **ret, struct problem *problem);
struct compiled *compiled_free(struct compiled *c);

/* The automaton run in user space over a whole path, exactly as the kernel does it: state after feeding `path`
 * (absolute, "/a/b") from `start` (absolute state number). Returns the row, NULL if dead. */
const struct dfa_row *compiled_run(const struct compiled *c, unsigned half, uint32_t start, const char *path);

/* --- editing ----------------------------------------------------------------------------------------- */

/* Adds a rule under the entry for `pattern` of that kind (the entry is made if absent), or removes the rule or entry
 * with that id. The file's comments and layout stay; the result is parsed again and compared before it replaces the file. */
struct edit_rule {
	enum watch_kind kind;
	const char *pattern;    /* files/executables: path; network: destination */
	const char *executable; /* NULL for kind WATCH_EXECUTABLE */
	const char *resource;   /* only WATCH_EXECUTABLE */
	enum rule_type type;    /* only WATCH_EXECUTABLE */
	enum verdict decision;
	const char *const *classes; /* NULL-terminated or NULL */
	uint64_t until_ms;
};
int watchlist_add_rule(const char *file, const struct edit_rule *rule, char ret_id[16], struct problem *problem);
int watchlist_add_watch(const char *file, enum watch_kind kind, const char *pattern, const char *class_name,
			char ret_id[16], struct problem *problem);
int watchlist_remove(const char *file, const char *id, struct problem *problem); /* -ENOENT: no such id */

/* --- policies on trial ------------------------------------------------------------------------------- */

#include "trial.h"
