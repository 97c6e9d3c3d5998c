/* kdig: look up names and print what servers say. The parts are in dig/. */
#include "dns/rrtype.h"
#include "tools/dig/dig.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void say(FILE *to, const char *prefix, const char *format, va_list args)
{
	fflush(stdout);
	fprintf(to, ";; %s: ", prefix);
	vfprintf(to, format, args);
	fputc('\n', to);
}

#define SAY(function, to, prefix)              \
	void function(const char *format, ...) \
	{                                      \
		va_list args;                  \
		va_start(args, format);        \
		say(to, prefix, format, args); \
		va_end(args);                  \
	}

SAY(dig_warn, stderr, "WARNING")
SAY(dig_error, stderr, "ERROR")
SAY(dig_info, stdout, "INFO")

void dig_debug(const struct dig_query *q, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	if (q->debug > 0)
		say(stdout, "DEBUG", format, args);
	va_end(args);
}

static int run(struct dig_query *list)
{
	int status = EXIT_SUCCESS;
	for (struct dig_query *q = list; q != NULL; q = q->next) {
		if ((q->operation == DIG_TAP ? dig_tap_print(q) : dig_run(q)) != 0)
			status = EXIT_FAILURE;
		if (q->next != NULL && !q->style.json && !q->style.short_)
			printf("\n");
	}
	dig_close_kept();
	return status;
}

int main(int argc, char **argv)
{
	struct dig_query *list = NULL;
	bool done = false;
	int status = EXIT_FAILURE;
	if (dig_parse_arguments(argc, argv, &list, &done) == 0)
		status = run(list);
	int tap_error = dig_tap_close();
	dig_free();
	if (fflush(stdout) != 0 || ferror(stdout) || tap_error != 0) {
		dig_error("failed writing output (%s)",
			err_text(tap_error != 0 ? tap_error : err_errno()));
		return EXIT_FAILURE;
	}
	return status;
}
