/* knotc: the interactive mode, by libedit. */
#include "base/err.h"
#include "base/log.h"
#include "tools/common.h"
#include "tools/ctl/ctl.h"
#include <histedit.h>
#include <stdlib.h>

#define PROMPT        "knotc> "
#define HISTORY_FILE  ".knotc_history"
#define HISTORY_COUNT 1000

struct session {
	const struct ctl *ctl;
	EditLine *line;
	History *history;
	Tokenizer *words;
	char path[4096]; /* of the history, "" without a home directory */
};

static char *prompt(EditLine *el)
{
	static char text[] = PROMPT;

	(void)el;
	return text;
}

static unsigned char complete(EditLine *el, int key)
{
	return ctl_complete(el, key);
}

static void load_history(struct session *s)
{
	const char *home = getenv("HOME");
	HistEvent event;

	if (home == NULL) {
		log_notice("failed to get home directory");
		return;
	}
	int n = snprintf(s->path, sizeof(s->path), "%s/" HISTORY_FILE, home);
	if (n < 0 || (size_t)n >= sizeof(s->path))
		s->path[0] = '\0';
	else
		(void)history(s->history, &event, H_LOAD, s->path); /* there may be none yet */
}

static bool open_session(struct session *s)
{
	HistEvent event;

	s->line = el_init("knotc", stdin, stdout, stderr);
	s->history = history_init();
	s->words = tok_init(NULL);
	if (s->line == NULL || s->history == NULL || s->words == NULL)
		return false;
	if (history(s->history, &event, H_SETSIZE, HISTORY_COUNT) != 0 ||
		history(s->history, &event, H_SETUNIQUE, 1) != 0)
		return false;
	load_history(s);
	el_set(s->line, EL_CLIENTDATA, s->ctl);
	el_set(s->line, EL_PROMPT, prompt);
	el_set(s->line, EL_SIGNAL, 1);
	el_set(s->line, EL_EDITOR, "emacs");
	el_set(s->line, EL_HIST, history, s->history);
	el_set(s->line, EL_ADDFN, "knotc-complete", "Complete the word before the cursor.",
		complete);
	el_set(s->line, EL_BIND, "^I", "knotc-complete", NULL);
	el_source(s->line, NULL);
	return true;
}

static void close_session(struct session *s)
{
	if (s->words != NULL)
		tok_end(s->words);
	if (s->history != NULL)
		history_end(s->history);
	if (s->line != NULL)
		el_end(s->line);
}

/* Arguments of its own, which a command may change. */
static void run_words(const struct ctl *ctl, int count, const char **words)
{
	char **copy = calloc((size_t)count + 1, sizeof(*copy));
	bool whole = copy != NULL;

	for (int i = 0; i < count && whole; i++)
		whole = (copy[i] = strdup(words[i])) != NULL;
	if (whole)
		(void)ctl_run(ctl, count, copy); /* it has told what was wrong */
	else
		tool_error("%s", err_text(E_NOMEM));
	for (int i = 0; i < count && copy != NULL; i++)
		free(copy[i]);
	free(copy);
}

/* False: the session ends. */
static bool take_line(struct session *s, const char *text)
{
	const char **words;
	HistEvent event;
	int count;

	tok_reset(s->words);
	if (tok_str(s->words, text, &count, &words) != 0 || count == 0)
		return true;
	(void)history(s->history, &event, H_ENTER, text);
	if (s->path[0] != '\0')
		(void)history(s->history, &event, H_SAVE, s->path);
	if (strcmp(words[0], "exit") == 0)
		return false;
	run_words(s->ctl, count, words);
	fflush(stdout);
	return true;
}

int ctl_interactive(const struct ctl *ctl)
{
	struct session session = { .ctl = ctl };
	const char *text;
	int len;

	if (!open_session(&session)) {
		tool_error("interactive mode not available");
		close_session(&session);
		return EXIT_FAILURE;
	}
	while ((text = el_gets(session.line, &len)) != NULL && len > 0) {
		if (!take_line(&session, text))
			break;
	}
	close_session(&session);
	return EXIT_SUCCESS;
}
