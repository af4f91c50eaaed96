/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The door of cli/: the words a person types.
 *
 * One table of verbs (verbs.c) and one table of options per verb are all there is: the parser, --help, the manual
 * page, docs/commands.md and the shell completions read the same rows. A verb is `int verb_x(struct cli *, argc,
 * argv)`, argv[0] being its name; it returns the exit code. Its first act is cli_parse.
 *
 * Owner: cli_main owns the one struct cli. Invariants: C1 what comes from outside (paths, names, arguments, sentences
 * of the guard) is printed only through cli_text, cli_puts or as JSON; C2 stdout carries the answer, stderr the
 * complaints; C3 verbs without VERB_PRIVILEGED run without capabilities, so a program file with capabilities lends
 * nobody an eye.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <jansson.h>

#include "../base/base.h"

struct policy;
struct problem;

/* --- exit codes -------------------------------------------------------------------------------------- */

enum cli_exit {
	CLI_OK = 0,
	CLI_FAILED = 1,
	CLI_USAGE = 2,
	CLI_NOT_RUNNING = 3,
	CLI_REFUSED = 4,
	CLI_DENIED = 86,
};

struct exit_row {
	int code;
	const char *meaning;
};
extern const struct exit_row cli_exits[]; /* ends with meaning NULL */

/* --- tables ------------------------------------------------------------------------------------------ */

enum option_type {
	OPT_FLAG,     /* bool */
	OPT_STRING,   /* const char *, borrowed from argv */
	OPT_ENUM,     /* int: index into values; what stood there before stays if not given */
	OPT_DURATION, /* uint64_t milliseconds */
	OPT_NUMBER,   /* uint64_t */
	OPT_LIST,     /* struct option_list: may be given several times */
	OPT_SWITCH,   /* int: SWITCH_UNSAID stays unless it is given; "--x", "--x=true", "--x=false", "--no-x" */
	OPT_WORDS,    /* struct option_words: comma separated, may be given several times */
};

enum { SWITCH_UNSAID = 0, SWITCH_NO = 1, SWITCH_YES = 2 };

#define OPTION_LIST_MAX 32

struct option_list {
	const char *item[OPTION_LIST_MAX + 1]; /* NULL after the last; borrowed from argv */
	size_t n;
};

/* Any number of words; blanks around them and empty ones are dropped: an empty pattern must not match everything. */
struct option_words {
	char **item; /* NULL until the first; NULL after the last; owned */
	size_t n;
};
void option_words_done(struct option_words *w);

/* One option. `offset` says where its value goes in the struct that the verb gives to cli_parse. A table ends with a
 * row whose name is NULL. */
struct option_row {
	const char *name;	   /* long name without dashes */
	char letter;		   /* short name, 0 = none */
	const char *argument;	   /* what its value is called, "FILE"; NULL for flags */
	enum option_type type;
	const char *const
		*values; /* OPT_ENUM: the words, NULL at the end; others: suggestions for completion, may be NULL */
	const char *fallback;	   /* what holds without it, for people; NULL = nothing to say */
	const char *help;	   /* one sentence, no stop at its end */
	size_t offset;
};

struct example {
	const char *command, *text;
};

enum verb_flags {
	VERB_JSON = 1 << 0,	  /* prints data: takes --json */
	VERB_HIDDEN = 1 << 1,	  /* not in help, manual and completion */
	VERB_COMMAND = 1 << 2,	  /* the first operand starts somebody else's command line: options end there */
	VERB_PRIVILEGED = 1 << 3, /* keeps the capabilities of the program file */
};

struct cli;

struct verb {
	const char *name;	      /* "status", or two words: "watch add" */
	int (*function)(struct cli *c, int argc, char **argv);
	const char *one_line;	      /* what it does, lower case, no stop */
	const char *usage;	      /* its operands, "" if none */
	unsigned min_operands, max_operands;
	const struct option_row *options; /* NULL = only the common ones */
	const struct example *examples;	  /* ends with command NULL; may be NULL */
	const char *text;		  /* more to say; NULL = nothing */
	unsigned flags;
};

/* What every verb is given. */
struct cli {
	const char *config_dir, *state_dir,
		*runtime_dir; /* absolute or as the person wrote them; never NULL in a verb */
	bool json;
	bool help;		   /* set by the parser */
	bool colour;		   /* stdout is a terminal that may have colours */
	const struct verb *verbs;  /* all; ends with name NULL */
	const struct verb *verb;   /* the one that runs */
	char *owned[3];		   /* directories made from the environment */
};

/* --- life -------------------------------------------------------------------------------------------- */

/* The whole program; returns the exit code. */
int cli_main(int argc, char **argv);

/* Reads options and operands by the verb's rows. values: the verb's struct (NULL if it has no options), filled with
 * its defaults before. Returns the number of operands n, which are argv[1] .. argv[n], argv[n + 1] being NULL; or a
 * negative number: the verb must then return cli_exit_of(that number) (help was asked for, or a complaint printed). */
int cli_parse(struct cli *c, int argc, char **argv, void *values);
int cli_exit_of(int parsed);

/* --- options.c --------------------------------------------------------------------------------------- */

extern const struct option_row common_options[]; /* offsets into struct cli */
extern const struct option_row json_option[];
/* The word nearest to `word` (few edits away), NULL if none is near. next(i) gives word i, NULL at the end. */
const char *cli_nearest(const char *word, const char *(*next)(const void *table, size_t i), const void *table);

/* --- paths.c ----------------------------------------------------------------------------------------- */

/* Sets the directories that no option set: EGRET_*_DIR, else /etc, /var/lib, /run for root, else XDG. 0, -ENOMEM, or
 * -ENOENT when a user has neither XDG directories nor a home. */
int paths_fill(struct cli *c, uid_t uid);
void paths_done(struct cli *c);
/* dir/name; the caller's (free), NULL when out of memory. */
char *path_join(const char *dir, const char *name);
/* Where the built-in catalogue lies: the installed one, else the source tree's (a program run where it was built).
 * NULL if neither is there. Static. */
const char *catalog_dir(void);
/* Loads catalogue and watchlist as the guard would (file NULL: <config_dir>/watchlist.yaml, which may be absent).
 * builtin false leaves the built-in catalogue out. Complains and returns -errno. */
int cli_policy_load(struct cli *c, const char *file, bool builtin, struct policy **ret);
/* The watchlist to edit: `file` or <config_dir>/watchlist.yaml. The caller's (free). */
char *watchlist_path(const struct cli *c, const char *file);

/* --- output.c ---------------------------------------------------------------------------------------- */

enum colour { COLOUR_OFF, COLOUR_BOLD, COLOUR_DIM, COLOUR_RED, COLOUR_GREEN, COLOUR_YELLOW };
/* The escape sequence, or "" when colours are off. */
const char *cli_colour(const struct cli *c, enum colour which);
/* Appends text from outside, made safe for a terminal; NULL becomes "-". */
void cli_text(struct buf *out, const char *s);
/* Text from outside to stdout, made safe. */
void cli_puts(const char *s);
/* A JSON document and a line end to stdout. */
void cli_out_json(const char *json);
/* "egret: ..." on stderr. The text may hold anything: it is made safe. Return CLI_FAILED and CLI_USAGE. */
int cli_fail(const char *fmt, ...) _printf_(1, 2);
int cli_usage(const struct cli *c, const char *fmt, ...) _printf_(2, 3);
/* "12 ms", "1.8 s", "12 min", "3 h", "2 days"; returns dst. */
const char *cli_span(char dst[32], uint64_t ms);

/* A span back from now ("15m") or a local time ("2026-01-31 12:00") as milliseconds; text NULL leaves *ret_ms as it is.
 * Complains and returns an exit code. (log.c) */
int cli_when(const struct cli *c, const char *text, uint64_t *ret_ms);

/* Aligned columns: cells row by row, then printed at once. Cells are escaped. The last column is not padded. */
struct columns {
	struct buf cells; /* NUL-separated */
	size_t n_columns, n_cells;
};
void columns_init(struct columns *t, size_t n_columns);
void columns_add(struct columns *t, const char *cell); /* NULL prints "-" */
void columns_print(struct columns *t, const struct cli *c, FILE *to); /* the first row is the heading */
void columns_done(struct columns *t);

/* Members of a JSON object that came from the guard: never NULL, "" or 0 where absent or of another type. */
const char *json_text(const json_t *o, const char *key);
uint64_t json_number(const json_t *o, const char *key);
/* An array of strings as "a, b, c" in dst, escaped; returns dst. */
const char *json_words(const json_t *array, const char *between, char *dst, size_t size);

/* --- asking the guard (ask.c) ------------------------------------------------------------------------ */

/* Path of the control socket; the caller's (free). */
char *control_path(const struct cli *c);
/* Sends words (NULL at the end) and hands each document to print (NULL: none is expected; with --json it is printed as
 * it is). Prints the closing sentence, if any, on stdout when all is well, else on stderr. Returns the exit code. */
int cli_ask(struct cli *c, const char *const *words, void (*print)(struct cli *c, const json_t *doc));
/* The same for a connection that cannot be made: complains and returns the exit code. */
int cli_no_guard(const struct cli *c, int error);
/* True if a guard answers at the control socket. */
bool cli_running(const struct cli *c);
/* Asks a running guard to read its files again after an edit; says so if none runs. Returns the exit code. */
int cli_reload_after_edit(struct cli *c);

/* --- help.c, manual.c, completion.c ------------------------------------------------------------------ */

void help_program(const struct cli *c, FILE *to);
void help_verb(const struct verb *v, FILE *to);
/* All verbs "watch ..." */
void help_group(const struct cli *c, const char *group, FILE *to);
void manual_page(const struct cli *c, FILE *to);  /* egret.1 */
void manual_markdown(const struct cli *c, FILE *to); /* docs/commands.md */
/* "bash", "zsh" or "fish"; -EINVAL for others. */
int completion_write(const struct cli *c, const char *shell, FILE *to);

/* --- bootstrap.c ------------------------------------------------------------------------------------- */

/* First run as a user: makes sure that this process has the capabilities the guard needs. 0: they are there (or we are
 * root). Otherwise explains in two lines, and if stdin is a terminal runs `sudo setcap` on our own program file once
 * and runs it again (then it does not return). -EPERM: still missing; a complaint was printed. */
int bootstrap_caps(char **argv);
/* Gives up every capability of an ordinary user's process; root keeps its own. -errno. */
int bootstrap_drop(void);
/* Names of needed capabilities that are not in `permitted` (bit = number), comma separated; how many. */
size_t bootstrap_missing(uint64_t permitted, struct buf *ret_names);

/* --- verbs ------------------------------------------------------------------------------------------- */

int verb_start(struct cli *c, int argc, char **argv);
int verb_run(struct cli *c, int argc, char **argv);
int verb_doctor(struct cli *c, int argc, char **argv);
int verb_log(struct cli *c, int argc, char **argv);
int verb_why(struct cli *c, int argc, char **argv);
int verb_report(struct cli *c, int argc, char **argv);
int verb_stop(struct cli *c, int argc, char **argv);
int verb_status(struct cli *c, int argc, char **argv);
int verb_reload(struct cli *c, int argc, char **argv);
int verb_prompts(struct cli *c, int argc, char **argv);
int verb_allow(struct cli *c, int argc, char **argv);
int verb_deny(struct cli *c, int argc, char **argv);
int verb_taint(struct cli *c, int argc, char **argv);
int verb_untaint(struct cli *c, int argc, char **argv);
int verb_watch_list(struct cli *c, int argc, char **argv);
int verb_watch_add(struct cli *c, int argc, char **argv);
int verb_watch_rm(struct cli *c, int argc, char **argv);
int verb_rule_list(struct cli *c, int argc, char **argv);
int verb_rule_add(struct cli *c, int argc, char **argv);
int verb_rule_rm(struct cli *c, int argc, char **argv);
int verb_check(struct cli *c, int argc, char **argv);
int verb_policy_check(struct cli *c, int argc, char **argv);
int verb_policy_test(struct cli *c, int argc, char **argv);
int verb_policy_diff(struct cli *c, int argc, char **argv);
int verb_policy_suggest(struct cli *c, int argc, char **argv);
int verb_help(struct cli *c, int argc, char **argv);
int verb_version(struct cli *c, int argc, char **argv);
int verb_completion(struct cli *c, int argc, char **argv);
int verb_internal(struct cli *c, int argc, char **argv);

extern const struct verb verbs[];
extern const struct option_row start_options[], run_options[], doctor_options[]; /* start.c, run.c, doctor.c */
extern const struct option_row stop_options[], report_options[];		 /* stop.c, report.c */
extern const struct option_row log_options[], why_options[];			 /* log.c, why.c */
extern const struct option_row policy_test_options[], policy_diff_options[], policy_suggest_options[];
extern const struct option_row prompts_options[], answer_options[];
extern const struct option_row watch_list_options[], watch_add_options[], watch_rm_options[];
extern const struct option_row rule_list_options[], rule_add_options[], rule_rm_options[];
