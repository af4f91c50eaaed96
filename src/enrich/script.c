/* SPDX-License-Identifier: Apache-2.0 */
#include "script.h"

#include <string.h>

#include "../base/base.h"

enum style {
	STYLE_SHELL = 1 << 0,   /* option values are always the next word; "+o" is an option; "-" ends options */
	STYLE_LONG = 1 << 1,    /* one dash is a long option (java) */
	STYLE_COMMANDS = 1 << 2, /* a bare word is a command of its own; scripts have a '.' or '/' */
};

/* One interpreter. Short options are letters, long ones words separated by spaces; an option may stand in several
 * columns. A letter in no column is a flag. */
struct interpreter {
	const char *name;
	unsigned style;
	const char *value;        /* short: the rest of the word or the next word is theirs */
	const char *rest;         /* short: the rest of the word, maybe empty, is theirs */
	const char *code;         /* short: the program is their argument, or standard input */
	const char *file;         /* short: the script is their argument */
	const char *module;       /* short: the module is their argument */
	const char *preload;      /* short: they load other code */
	const char *long_value, *long_code, *long_file, *long_module, *long_preload;
	const char *skip;         /* commands that stand before the script */
	const char *skip_code;    /* commands whose argument is the program */
};

/* Sources: each interpreter's manual page; python(1), node(1), bash(1), dash(1), zshoptions(1), perlrun(1), ruby(1),
 * php(1), lua(1), java(1), `deno help run`, `bun --help`. */
#define NODE_VALUES                                                                                        \
	"--require --import --loader --experimental-loader --conditions --title --input-type --icu-data-dir " \
	"--openssl-config --redirect-warnings --diagnostic-dir --stack-trace-limit --env-file --inspect-port " \
	"--max-http-header-size --disable-warning --trace-event-categories --watch-path --experimental-config-file"
#define SHELL_ROW(shell)                                                                    \
	{                                                                                   \
		.name = shell, .style = STYLE_SHELL, .value = "oO", .code = "cs",            \
		.long_value = "--rcfile --init-file", .long_preload = "--rcfile --init-file" \
	}

static const struct interpreter interpreters[] = {
	{ .name = "python", .value = "WXQ", .code = "c", .module = "m", .long_value = "--check-hash-based-pycs" },
	{ .name = "pypy", .value = "WXQ", .code = "c", .module = "m" },
	{ .name = "node", .value = "rC", .code = "ep", .preload = "r", .long_value = NODE_VALUES,
	  .long_code = "--eval --print --run", .skip = "inspect",
	  .long_preload = "--require --import --loader --experimental-loader --inspect --inspect-brk --inspect-wait" },
	{ .name = "nodejs", .value = "rC", .code = "ep", .preload = "r", .long_value = NODE_VALUES,
	  .long_code = "--eval --print --run", .skip = "inspect",
	  .long_preload = "--require --import --loader --experimental-loader --inspect --inspect-brk --inspect-wait" },
	{ .name = "bun", .style = STYLE_COMMANDS, .value = "rc", .code = "ep", .preload = "r", .skip = "run test",
	  .long_value = "--preload --require --import --cwd --config --env-file --define --loader --tsconfig-override",
	  .long_code = "--eval --print", .long_preload = "--preload --require --import --inspect --inspect-brk" },
	{ .name = "deno", .style = STYLE_COMMANDS, .value = "cL", .skip = "run test bench serve", .skip_code = "eval repl",
	  .long_value = "--config --import-map --location --seed --log-level --cert --preload --env-file",
	  .long_preload = "--preload --import --inspect --inspect-brk --inspect-wait" },
	{ .name = "perl", .value = "I", .rest = "MmiFxCDV", .code = "eE", .preload = "MmI" },
	{ .name = "ruby", .value = "CEIr", .rest = "FiKTWx", .code = "e", .preload = "Ir",
	  .long_value = "--encoding --external-encoding --internal-encoding", .long_preload = "--require" },
	{ .name = "php", .value = "dczStg", .code = "rBRFE", .file = "f", .preload = "z",
	  .long_value = "--define --php-ini --zend-extension --server --docroot", .long_code = "--run",
	  .long_file = "--file" },
	{ .name = "lua", .value = "el", .preload = "el" },
	{ .name = "luajit", .value = "eljb", .preload = "el" },
	{ .name = "Rscript", .code = "e" },
	{ .name = "tclsh" },
	{ .name = "java", .style = STYLE_LONG,
	  .long_value = "-cp -classpath --class-path -p --module-path --add-modules --add-opens --add-exports "
			"--add-reads --patch-module --enable-native-access --source --upgrade-module-path --limit-modules",
	  .long_file = "-jar", .long_module = "-m --module",
	  .long_preload = "-javaagent -agentlib -agentpath --patch-module -Xbootclasspath/a" },
	SHELL_ROW("sh"),
	SHELL_ROW("bash"),
	SHELL_ROW("dash"),
	SHELL_ROW("ash"),
	SHELL_ROW("zsh"),
	SHELL_ROW("ksh"),
	SHELL_ROW("mksh"),
	{ .name = "fish", .value = "Cdfo", .code = "c", .preload = "C",
	  .long_value = "--init-command --debug --features --debug-output --profile", .long_code = "--command",
	  .long_preload = "--init-command" },
};

bool version_strip(char *name)
{
	size_t len = strlen(name), end = len;

	/* Build variants of python: 3.13t (free-threaded), 3.11d (debug). */
	if (end > 1 && strchr("dtm", name[end - 1]) && name[end - 2] >= '0' && name[end - 2] <= '9')
		end--;
	while (end && name[end - 1] >= '0' && name[end - 1] <= '9')
		end--;
	if (end == len || !end)
		return false;
	if (name[end - 1] == '.' || name[end - 1] == '-')
		end--;
	if (!end)
		return false;
	name[end] = 0;
	return true;
}

static const struct interpreter *find(const char *program)
{
	char name[64];
	size_t i;

	if (strlen(program) >= sizeof(name))
		return NULL;
	(void)strcpy(name, program);
	do {
		for (i = 0; i < ARRAY_SIZE(interpreters); i++)
			if (streq(interpreters[i].name, name))
				return &interpreters[i];
	} while (version_strip(name));
	return NULL;
}

/* --- walking the words ------------------------------------------------------------------------------- */

struct walk {
	const struct interpreter *in;
	char *const *argv;
	size_t argc, i; /* i: the word in hand */
	struct script out;
};

static bool has(const char *letters, char c)
{
	return letters && c && strchr(letters, c);
}

static bool listed(const char *words, const char *word, size_t len)
{
	const char *s = words;

	while (s && *s) {
		size_t n = strcspn(s, " ");

		if (n == len && memcmp(s, word, n) == 0)
			return true;
		s += n + (s[n] == ' ');
	}
	return false;
}

static bool is(const char *words, const char *word)
{
	return listed(words, word, strlen(word));
}

/* The walk is over: what is run is known. text NULL (nothing follows) means there is nothing. */
static bool found(struct walk *w, enum script_kind kind, const char *text)
{
	bool named = kind == SCRIPT_FILE || kind == SCRIPT_MODULE;

	w->out.kind = named && !text ? SCRIPT_NONE : kind;
	w->out.text = named ? text : NULL;
	return true;
}

static const char *next_word(struct walk *w)
{
	return w->i + 1 < w->argc ? w->argv[++w->i] : NULL;
}

static bool long_option(struct walk *w, const char *word)
{
	const struct interpreter *in = w->in;
	size_t len = strcspn(word, in->style & STYLE_LONG ? "=:" : "=");
	const char *attached = word[len] ? word + len + 1 : NULL;

	if (listed(in->long_preload, word, len))
		w->out.preloads = true;
	if (listed(in->long_code, word, len))
		return found(w, SCRIPT_INLINE, NULL);
	if (listed(in->long_file, word, len))
		return found(w, SCRIPT_FILE, attached ? attached : next_word(w));
	if (listed(in->long_module, word, len))
		return found(w, SCRIPT_MODULE, attached ? attached : next_word(w));
	if (!attached && listed(in->long_value, word, len))
		(void)next_word(w);
	return false;
}

/* The value of letter s[0]: what is left of the word, else the next word. */
static const char *value_of(struct walk *w, const char *s)
{
	return s[1] && !(w->in->style & STYLE_SHELL) ? s + 1 : next_word(w);
}

/* A word of short options, possibly several letters ("-euo"). */
static bool short_options(struct walk *w, const char *word)
{
	const struct interpreter *in = w->in;
	const char *s;

	for (s = word + 1; *s; s++) {
		if (has(in->preload, *s))
			w->out.preloads = true;
		if (has(in->code, *s))
			return found(w, SCRIPT_INLINE, NULL);
		if (has(in->module, *s))
			return found(w, SCRIPT_MODULE, value_of(w, s));
		if (has(in->file, *s))
			return found(w, SCRIPT_FILE, value_of(w, s));
		if (has(in->rest, *s))
			return false;
		if (!has(in->value, *s))
			continue;
		(void)value_of(w, s);
		if (!(in->style & STYLE_SHELL))
			return false;
	}
	return false;
}

static bool bare_word(struct walk *w, const char *word)
{
	const struct interpreter *in = w->in;

	if (is(in->skip, word))
		return false;
	if (is(in->skip_code, word))
		return found(w, SCRIPT_INLINE, NULL);
	if ((in->style & STYLE_COMMANDS) && !strpbrk(word, "./"))
		return found(w, SCRIPT_NONE, NULL);
	if ((in->style & STYLE_LONG) && !strstr(word, ".java"))
		return found(w, word[0] == '@' ? SCRIPT_NONE : SCRIPT_MODULE, word);
	return found(w, SCRIPT_FILE, word);
}

/* One word; true when it settles what is run. */
static bool step(struct walk *w)
{
	const char *word = w->argv[w->i];
	bool shell = w->in->style & STYLE_SHELL;

	if (streq(word, "--") || (shell && streq(word, "-")))
		return found(w, SCRIPT_FILE, next_word(w));
	if (streq(word, "-"))
		return found(w, SCRIPT_NONE, NULL);
	if (word[0] == '-' && (word[1] == '-' || (w->in->style & STYLE_LONG)))
		return long_option(w, word);
	if (word[0] == '-' || (shell && word[0] == '+' && word[1]))
		return short_options(w, word);
	return bare_word(w, word);
}

bool script_find(const char *program, char *const *argv, size_t argc, struct script *ret)
{
	struct walk w = { .in = find(program), .argv = argv, .argc = argc, .i = 1 };

	if (!w.in)
		return false;
	for (; w.i < w.argc; w.i++)
		if (step(&w))
			break;
	*ret = w.out;
	return true;
}
