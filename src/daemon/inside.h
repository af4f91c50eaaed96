/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What the files of daemon/ share: the guard's parts. Each part's functions are grouped by the file that has them. */
#include "guard.h"

#define FLOWS_MAX 4096
#define FLOW_PACKETS_MAX 16
#define ASKS_MAX 64
#define ORIGINS_MAX 8192
#define READS_MAX 16
#define GRANTS_MAX 1024

/* A packet waiting in a flow. */
struct waiting {
	struct waiting *next;
	size_t len;
	uint8_t data[];
};

/* A flow that waits for a verdict, or was just decided. */
struct flow {
	struct flow *next; /* hash chain */
	struct flow_id id;
	struct flow_key key;
	uint64_t label, first_ns;
	pid_t pid;
	uint64_t start_ns;
	uint32_t how; /* HELD_* */
	struct waiting *packets, **packets_end;
	unsigned n_packets;
	uint64_t ask; /* id of the question, 0 = none */
	bool waits_for_homes;
	bool told;    /* its record is written: it was judged before it was held */
	struct question *question; /* a DNS question that waits, not packets; NULL = none */
	int kept;     /* duplicate of a connected TCP socket: it may be closed before the verdict; -1 = none */
};

/* What is remembered of a labelled process: who it is and what it read. */
struct read_note {
	uint64_t classes, boot_ns;
	unsigned source;
	uint32_t from;
	char *path;
};
struct origin {
	struct origin *next;
	pid_t pid;
	uint64_t start_ns, label, used_ns;
	struct subject_info *who; /* may be NULL: nothing is known of it */
	uint32_t exec_id;         /* the image that `who` describes */
	struct read_note reads[READS_MAX];
	unsigned n_reads;
	bool maker; /* as of its last label */
	pid_t parent;
};

/* A question to a person: all flows of one program and label to one destination. */
struct ask {
	struct ask *next;
	uint64_t id, label, since_ms, deadline_ns;
	pid_t pid;
	uint64_t start_ns;
	char *exe, *script;
	char destination[300]; /* name or address, with port: what people read and rules match */
	struct dest to;
	char name[254];
	unsigned count;
	char sentence[256];
};

/* An answer that holds for longer than one flow: looked at before asking again. */
struct grant {
	char *exe, *script; /* NULL = any */
	pid_t pid;          /* 0 = any process */
	uint64_t start_ns, label, until_ns; /* until_ns 0 = as long as the guard lives */
	char pattern[300];  /* destination pattern; "*" = any */
	enum verdict verdict;
	uint64_t number;
};

/* Processes whose view of the policy is still to be told to the kernel half. */
#define NEWCOMERS_MAX 8192
struct newcomer {
	pid_t pid;
	uint64_t start_ns;
};
struct newcomers {
	struct newcomer ring[NEWCOMERS_MAX];
	unsigned head, n;
	sd_event_source *source;
};

#define TOLD_MAX 256

struct journal;
struct homes;

/* Homes that the secrets name, per class: for struct query. Borrowed until the next one is gathered. */
struct own_homes {
	const char *const *of[EG_CLASSES_MAX];
};
struct resolver;

struct guard {
	struct guard_options o;
	sd_event *loop;
	sd_event_source *sources[8];
	unsigned n_sources;
	struct sensor *sensor;
	struct act *act;
	struct policy *policy;
	struct compiled *compiled;
	struct mounts *mounts;
	struct str_list homes;
	struct names *names;
	struct hosts_file hosts;
	struct resolver_list resolvers;
	struct resolver *resolver; /* NULL: the packet gate alone holds questions */
	struct question_limits limits;
	uint64_t netns; /* cookie of our own network namespace */
	struct config config;
	struct ipc_server *server;
	struct journal *journal;
	struct shipper *shipper; /* shipper.h; NULL: no webhooks */
	struct flow *flows[1024];
	unsigned n_flows;
	struct origin *origins[1024];
	unsigned n_origins;
	struct ask *asks;
	unsigned n_asks;
	uint64_t last_ask;
	struct grant grants[GRANTS_MAX];
	unsigned n_grants;
	struct ipc_reply *watchers[IPC_CLIENTS_MAX];
	struct file_deny *deny;
	uint64_t lost[8]; /* enum lost */
	struct proctab *procs;
	struct seeds *seeds; /* NULL: none are looked for */
	struct homes *own_homes;
	struct newcomers newcomers;
	unsigned sets_half;
	bool sets_full;
	uint64_t swept_ns;
	struct flow_key told[TOLD_MAX]; /* judged before they were held, if they are held at all */
	unsigned n_told;
	uint64_t since_ms;
	char pin_dir[512];
	bool stopping;
};

enum lost {
	LOST_FLOWS, LOST_ASKS, LOST_PACKETS, LOST_BAD_RECORDS, LOST_PROCESSES, LOST_HOMES, LOST_AGREEMENT, _LOST_MAX
};

/* rules.c: policy in force */
int rules_load(struct guard *g, struct problem *problem);
int rules_homes(struct str_list *homes);
int rules_rewrite(struct guard *g); /* the mount table changed: same policy, new start states */
const char *visible_path(struct guard *g, uint32_t dev, const char *inside, size_t len, char *dst, size_t size);

/* pipeline.c: records up */
int pipeline_push(void *guard, const void *data, size_t len);
void answer_named(struct guard *g, const struct dns_message *m); /* its addresses have names that were just learnt */

/* flows.c */
struct flow *flow_known(struct guard *g, const struct flow_key *k);
struct flow *flow_new(struct guard *g, const struct ev_held *ev);
void flow_packet(struct guard *g, struct flow *f, const uint8_t *data, size_t len);
void flow_drop(struct guard *g, struct flow *f);
void flow_each(struct guard *g, void (*fn)(struct guard *g, struct flow *f, void *user), void *user);

/* judge.c: one flow -> verdict -> act */
void judge(struct guard *g, struct flow *f, struct decision *ret); /* decide() on who it is and what is known of where to */
void judge_flow(struct guard *g, struct flow *f);
void tell_flow(struct guard *g, const struct flow *f, enum verdict v, const struct decision *d, const char *by);
void settle(struct guard *g, struct flow *f, enum verdict v, const struct decision *d, const char *by);
void dest_of(struct guard *g, const struct flow *f, struct dest *to, char name[254]);
void destination_text(const struct dest *to, char *dst, size_t size);
void address_text(const uint8_t addr[16], char *dst); /* room for 64 */

/* resolver.c: DNS of tainted processes */
int resolver_open(struct guard *g);
void resolver_close(struct guard *g);
void resolver_tick(struct guard *g, uint64_t now_ns);
/* Listens in a process's namespace too. True if it does. */
bool resolver_extend(struct guard *g, pid_t pid, uint64_t netns);
/* True if that server is one of the namespace's own; netns 0 = ours. */
bool resolver_in_use(struct guard *g, uint64_t netns, const uint8_t server[ADDR_LEN]);

/* questions.c */
void question_dest(const struct question *q, struct dest *to); /* to has the server's address and port already */
bool question_affordable(struct question *q, const struct flow *f, const struct dest *to);
void question_judged(struct question *q, enum verdict v, const struct decision *d); /* its flow is about to be dropped */
/* True if the held packet is a question: it is taken care of. */
bool question_held(struct guard *g, const struct ev_held *ev, const uint8_t *data, size_t len);

/* asks.c */
void ask_about(struct guard *g, struct flow *f, const struct dest *to, const struct decision *d,
	       const struct subject *who);
struct ask *ask_find(struct guard *g, uint64_t id);
int ask_answer(struct guard *g, struct ask *a, enum verdict v, const char *scope, const char *duration,
	       const char *by, char *sentence, size_t size);
void asks_expire(struct guard *g, uint64_t now_ns);
void asks_sweep(struct guard *g);
void asks_json(struct guard *g, struct json *j);
enum verdict grant_find(struct guard *g, const struct subject *who, const struct dest *to, uint64_t label,
			uint64_t now_ns, uint64_t *ret_number);
void grants_forget(struct guard *g, pid_t pid, uint64_t start_ns);

/* origins.c */
struct origin *origin_of(struct guard *g, pid_t pid, uint64_t start_ns, bool make);
void origin_note(struct guard *g, struct origin *o, const struct event *e, const char *path);
void origin_shed(struct origin *o, uint64_t label); /* exec: it carries no more than this */
/* Who it is now; NULL if nothing is known. Looked at again after an exec. */
const struct subject_info *origin_who(struct guard *g, struct origin *o);
void origins_forget(struct guard *g, uint64_t now_ns);
struct origin *origin_free(struct origin *o);
/* The reads behind a process's label: its own, then its ancestors' and sources'. Returns how many. */
size_t origin_reads(struct guard *g, const struct origin *o, const struct read_note **ret, const struct origin **ret_who,
		    size_t max);

/* tree.c: who started whom */
int tree_open(struct guard *g);
int tree_preload(struct guard *g);
void tree_fork(struct guard *g, const struct event *e);
void tree_exec(struct guard *g, const struct event *e);
void tree_exit(struct guard *g, const struct event *e);

/* sets.c: address sets of the policy in the kernel */
int sets_prepare(struct guard *g, const struct policy *p);
void sets_switch(struct guard *g);
uint32_t sets_number(const struct guard *g, size_t set);
bool sets_complete(const struct guard *g);
void sets_named(struct guard *g, const uint8_t addr[16]); /* its names changed */
void sets_renamed(struct guard *g);                       /* many names changed */
void sets_expire(struct guard *g);

/* subjects.c: what the kernel half may decide for each process */
int subjects_open(struct guard *g);
void subjects_close(struct guard *g);
void subject_new(struct guard *g, pid_t pid, uint64_t start_ns);
void subject_know(struct guard *g, pid_t pid, uint64_t start_ns);
void subject_mistrust(struct guard *g, pid_t pid, uint64_t start_ns);
void subjects_renew(struct guard *g);

/* wants.c: egress of processes that carry nothing, under a policy */
void on_want(struct guard *g, const struct event *e);
void on_connect(struct guard *g, const struct event *e);
bool want_refused(struct guard *g, const struct event *e);
bool want_told(struct guard *g, const struct flow_key *k);
void wants_revoke(struct guard *g);

/* journal.c */
int journal_open(struct guard *g, struct journal **ret);
struct journal *journal_close(struct journal *j);
void journal_add(struct guard *g, struct record *r);
pid_t journal_front(const struct journal *j);
uint64_t journal_lost(const struct journal *j);
void journal_tick(struct guard *g);
void record_who(struct record *r, const struct ev_head *h, const struct origin *o);
/* Names of the classes in a label, NULL-terminated, into room for 65. */
void class_names(const struct guard *g, uint64_t label, const char *dst[65]);

/* Has the front parse a file: the answer comes to homes_answer. The descriptor stays the caller's. */
int journal_ask(struct journal *j, uint32_t id, const char *parser, int fd);

/* homes.c: where the secrets that were read belong, by their own word */
void homes_learn(struct guard *g, const char *path, int class_bit);
void homes_learn_open(struct guard *g, int fd, int class_bit); /* by a descriptor of it, O_PATH will do */
void homes_starting(struct guard *g, bool starting); /* what is learnt in between is believed */
void homes_answer(struct guard *g, uint32_t id, const char *text, size_t len);
void homes_expire(struct guard *g, uint64_t now_ns);
void homes_believe(struct guard *g, const struct dest *to); /* a person allowed it */
/* False while an answer is still to come. */
bool homes_gather(struct guard *g, const struct origin *o, uint64_t label, struct own_homes *ret);
struct homes *homes_free(struct homes *h);

/* requests.c */
int requests_open(struct guard *g);
void requests_asks_changed(struct guard *g);

/* deny.c: file deny rules where no hook can refuse */
int file_deny_open(struct guard *g);
int file_deny_renew(struct guard *g); /* after a reload, without a gap */
void file_deny_close(struct guard *g);

/* seeds.c: secrets that exist, by name without ** : their inodes are marked, most of them now, the rest when idle */
void seeds_mark(struct guard *g);
void seeds_close(struct guard *g);
