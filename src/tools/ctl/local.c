/* knotc: commands that need no server. */
#include "base/err.h"
#include "base/file.h"
#include "base/log.h"
#include "conf/conf.h"
#include "conf/db.h"
#include "conf/schema_json.h"
#include "dns/name.h"
#include "server/setup.h"
#include "tools/common.h"
#include "tools/ctl/ctl.h"
#include "zone/load.h"
#include <stdlib.h>
#include <urcu-qsbr.h>

int ctl_load_conf(const struct source *source, struct conf **ret)
{
	struct conf_db *db;

	if (source->database == NULL) {
		int error = conf_load_file(source->config, ret);
		if (error != 0)
			tool_error("failed to load configuration file '%s' (%s)", source->config,
				err_text(error));
		return error;
	}
	int error =
		conf_db_open(source->database, CONF_DB_READ, (size_t)source->map_size << 20, &db);
	if (error != 0) {
		tool_error("failed to open configuration database '%s' (%s)", source->database,
			err_text(error));
		return error;
	}
	error = conf_load_db(db, ret);
	conf_db_close(db);
	if (error != 0)
		tool_error("failed to read the configuration DB (%s)", err_text(error));
	return error;
}

/* The chosen configuration; there must be one. */
static int load_chosen(const struct ctl *ctl, struct conf **ret)
{
	struct source source = ctl->source;
	int error = source_choose(&source, true);

	if (error != 0) {
		tool_error("%s", error == E_CONFLICT ? "ambiguous configuration source"
						     : "no configuration source available");
		return error;
	}
	return ctl_load_conf(&source, ret);
}

static int no_arguments(int argc)
{
	if (argc > 0)
		tool_error("command does not take arguments");
	return argc;
}

/* The database to write: -C, or the default one. NULL: told. */
static const char *database_of(const struct ctl *ctl)
{
	if (ctl->source.config != NULL && ctl->source.database != NULL) {
		tool_error("ambiguous configuration source");
		return NULL;
	}
	return ctl->source.database != NULL ? ctl->source.database : SOURCE_DATABASE;
}

static int open_database(const struct ctl *ctl, struct conf_db **ret)
{
	const char *path = database_of(ctl);

	if (path == NULL)
		return E_CONFLICT;
	int error = conf_db_open(path, CONF_DB_WRITE, (size_t)ctl->source.map_size << 20, ret);
	if (error != 0)
		tool_error(
			"failed to open configuration database '%s' (%s)", path, err_text(error));
	return error;
}

/* May the database be overwritten? Nothing is made of one that isn't there. */
static int may_write(const struct ctl *ctl, struct conf_db *db, const char *refusal)
{
	bool empty = false;
	int error = conf_db_is_empty(db, &empty);

	if (error == 0 && !empty && !ctl->force) {
		tool_error("%s", refusal);
		error = E_EXISTS;
	}
	return error;
}

int ctl_run_conf_init(
	const struct ctl *ctl, const struct ctl_command *command, int argc, char **argv)
{
	struct conf_tree none;
	struct conf_db *db;

	(void)command;
	(void)argv;
	if (no_arguments(argc) != 0 || open_database(ctl, &db) != 0)
		return EXIT_FAILURE;
	int error = may_write(ctl, db,
		"use force option to overwrite the existing destination and ensure the server is "
		"not running!");
	if (error == 0) {
		error = conf_tree_init(&none);
		if (error == 0)
			error = conf_db_write(db, NULL, &none);
		conf_tree_deinit(&none);
		if (error != 0)
			tool_error("init (%s)", err_text(error));
	}
	conf_db_close(db);
	return error == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int ctl_run_conf_check(
	const struct ctl *ctl, const struct ctl_command *command, int argc, char **argv)
{
	struct conf *conf;

	(void)command;
	(void)argv;
	if (no_arguments(argc) != 0 || load_chosen(ctl, &conf) != 0)
		return EXIT_FAILURE;
	conf_unref(conf);
	puts("Configuration is valid");
	return EXIT_SUCCESS;
}

/* Take "+filter" out of the arguments. -1: an unknown one, told. */
static int take_word(const struct ctl_command *command, int *argc, char **argv)
{
	int kept = 0, found = 0;

	for (int i = 0; i < *argc; i++) {
		if (argv[i][0] != '+') {
			argv[kept++] = argv[i];
		} else if (ctl_find_filter(command, argv[i]) != NULL) {
			found = 1;
		} else {
			tool_error("unknown filter: %s", argv[i]);
			return -1;
		}
	}
	*argc = kept;
	return found;
}

int ctl_run_conf_import(
	const struct ctl *ctl, const struct ctl_command *command, int argc, char **argv)
{
	struct conf_db *db;
	int keep = take_word(command, &argc, argv);

	if (keep < 0)
		return EXIT_FAILURE;
	if (argc != 1) {
		tool_error("command requires 1 argument");
		return EXIT_FAILURE;
	}
	if (open_database(ctl, &db) != 0)
		return EXIT_FAILURE;
	int error = may_write(ctl, db,
		"use force option to modify/overwrite the existing destination and ensure the "
		"server is not running!");
	if (error == 0) {
		error = conf_db_import(db, argv[0], keep == 0);
		if (error != 0)
			tool_error("import (%s)", err_text(error));
	}
	conf_db_close(db);
	return error == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int write_text(const char *path, const struct buf *text)
{
	struct file_new file;

	if (text->error != 0)
		return text->error;
	if (path == NULL) {
		fwrite(text->data, 1, text->len, stdout);
		return fflush(stdout) == 0 ? 0 : E_FILE;
	}
	TRY(file_new_begin(path, 0640, &file));
	fwrite(text->data, 1, text->len, file.stream);
	return file_new_commit(&file);
}

int ctl_run_conf_export(
	const struct ctl *ctl, const struct ctl_command *command, int argc, char **argv)
{
	struct buf text = { 0 };
	struct conf *conf;
	int schema = take_word(command, &argc, argv);

	if (schema < 0)
		return EXIT_FAILURE;
	if (argc > 1) {
		tool_error("command does not take %d arguments", argc);
		return EXIT_FAILURE;
	}
	if (schema > 0) {
		conf_schema_json(&text);
	} else {
		if (load_chosen(ctl, &conf) != 0)
			return EXIT_FAILURE;
		conf_export(conf, &text);
		conf_unref(conf);
	}
	int error = write_text(argc > 0 ? argv[0] : NULL, &text);
	buf_deinit(&text);
	if (error != 0)
		tool_error("export (%s)", err_text(error));
	return error == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* --- zone-check --- */

struct zone_check {
	const struct ctl *ctl;
	const struct setup *setup;
	bool failed;
};

static int check_zone(void *ctx, const uint8_t *name, const struct setup_zone *configured)
{
	struct zone_check *check = ctx;
	struct setup_load load;
	struct zone_load_result result;
	char text[DNS_NAME_TEXT_SIZE];
	unsigned warnings = log_warnings();

	(void)configured;
	dns_name_print(name, text);
	int error = setup_find_load(check->setup, name, &load);
	if (error == 0 && !load.from_file)
		return 0;
	struct zone *zone = error == 0 ? zone_new(name) : NULL;
	if (error == 0)
		error = zone != NULL ? zone_load_file(zone, load.path, &load.options, &result)
				     : E_NOMEM;
	zone_free(zone);
	if (error == 0 && check->ctl->force && log_warnings() > warnings)
		error = E_SEMCHECK;
	if (error != 0) {
		tool_error("[%s] failed to check zone (%s)", text, err_text(error));
		check->failed = true;
	}
	return 0;
}

static void check_named(struct zone_check *check, const char *text)
{
	uint8_t name[DNS_NAME_MAX];
	struct setup_zone zone;
	size_t len;

	if (dns_name_parse_lower(span_of_text(text), NULL, name, &len) != 0)
		tool_error("[%s] invalid name", text);
	else if (setup_find_zone(check->setup, name, &zone) != 0)
		tool_error("[%s] no such zone found", text);
	else if (check_zone(check, name, &zone) == 0)
		return;
	check->failed = true;
}

int ctl_run_zone_check(
	const struct ctl *ctl, const struct ctl_command *command, int argc, char **argv)
{
	struct zone_check check = { .ctl = ctl };
	struct setup *setup;
	struct conf *conf;

	(void)command;
	if (load_chosen(ctl, &conf) != 0)
		return EXIT_FAILURE;
	int error = setup_new(conf, &setup);
	if (error != 0) {
		conf_unref(conf);
		tool_error("%s", err_text(error));
		return EXIT_FAILURE;
	}
	check.setup = setup;
	rcu_register_thread();
	if (argc == 0 || strcmp(argv[0], "--") == 0)
		error = setup_each_zone(setup, check_zone, &check);
	for (int i = 0; i < argc && strcmp(argv[0], "--") != 0; i++)
		check_named(&check, argv[i]);
	rcu_unregister_thread();
	setup_unref(setup);
	return error == 0 && !check.failed ? EXIT_SUCCESS : EXIT_FAILURE;
}
