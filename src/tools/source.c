#include "tools/source.h"
#include "base/err.h"
#include "conf/db.h"
#include <stdlib.h>
#include <unistd.h>

unsigned source_parse_size(const char *text)
{
	char *end;

	errno = 0;
	unsigned long n = strtoul(text, &end, 10);
	return errno == 0 && text[0] >= '0' && text[0] <= '9' && *end == '\0' &&
			       n <= SOURCE_MAP_SIZE_MAX
		       ? (unsigned)n
		       : 0;
}

int source_choose(struct source *source, bool need)
{
	if (source->config != NULL && source->database != NULL)
		return E_CONFLICT;
	if (source->config != NULL || source->database != NULL)
		return 0;
	if (conf_db_exists(SOURCE_DATABASE))
		source->database = SOURCE_DATABASE;
	else if (!need || access(SOURCE_CONFIG, F_OK) == 0)
		source->config = SOURCE_CONFIG;
	else
		return E_NOENT;
	return 0;
}
