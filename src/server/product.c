#include "server/product.h"
#include "base/buf.h"
#include "config.h"

void product_summary(struct buf *out)
{
	buf_printf(out,
		"Bowline %s\n"
		"  Configuration directory: %s\n"
		"  Storage directory: %s\n"
		"  Run directory: %s\n"
		"  Capabilities (libcap-ng): %s\n"
		"  Systemd integration: %s",
		BOWLINE_VERSION, BOWLINE_CONFIG_DIR, BOWLINE_STORAGE_DIR, BOWLINE_RUN_DIR,
		HAVE_CAP_NG ? "yes" : "no", HAVE_SYSTEMD ? "yes" : "no");
}
