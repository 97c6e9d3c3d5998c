/*
 * modules/types: the module types, for the registry and for tests.
 *
 * Immutable data.
 */
#pragma once

struct module_type;

extern const struct module_type module_stats;  /* traffic counters */
extern const struct module_type module_whoami; /* the client's own address at the apex */
