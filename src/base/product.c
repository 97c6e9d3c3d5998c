#include "base/product.h"
#include "base/buf.h"
#include "config.h"
#include <stdio.h>

static const char *yes_no(bool is)
{
	return is ? "yes" : "no";
}

void product_summary(struct buf *out)
{
	buf_printf(out,
		"Bowline %s\n"
		"  Configuration directory: %s\n"
		"  Storage directory: %s\n"
		"  Run directory: %s\n"
		"  Capabilities (libcap-ng): %s\n"
		"  Systemd integration: %s\n"
		"  International names: %s\n"
		"  Dnstap: %s",
		BOWLINE_VERSION, BOWLINE_CONFIG_DIR, BOWLINE_STORAGE_DIR, BOWLINE_RUN_DIR,
		yes_no(HAVE_CAP_NG), yes_no(HAVE_SYSTEMD), yes_no(HAVE_IDN2), yes_no(HAVE_DNSTAP));
}

void product_print_version(const char *program, bool extended)
{
	struct buf text = { 0 };

	printf("%s, Knot DNS %s\n", program, PRODUCT_VERSION);
	if (extended)
		product_summary(&text);
	if (text.len > 0)
		printf("\n%s\n", (const char *)text.data);
	buf_deinit(&text);
}
