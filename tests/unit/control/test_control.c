/* Units over a socket pair: what goes in comes out, whatever the pieces; what breaks the rules ends the connection. */
#include "test_util.h"

#include "base/buf.h"
#include "base/err.h"
#include "control/control.h"
#include <sys/socket.h>
#include <unistd.h>

static struct control *ours;
static int theirs;

static int setup(void **state)
{
	int fds[2];
	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_int_equal(control_new(fds[0], 2000, &ours), 0);
	theirs = fds[1];
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	control_free(ours);
	if (theirs >= 0)
		close(theirs);
	return 0;
}

static void feed(const void *data, size_t len)
{
	assert_int_equal(write(theirs, data, len), len);
}

#define FEED(literal) feed(literal, sizeof(literal) - 1)

static void expect_octets(const void *data, size_t len)
{
	uint8_t got[4096];
	size_t have = 0;
	while (have < len) {
		ssize_t n = read(theirs, got + have, len - have);
		assert_true(n > 0);
		have += (size_t)n;
	}
	assert_memory_equal(got, data, len);
}

static void documented_request_is_encoded_octet_by_octet(void **state)
{
	static const char wire[] = "\1\x10\0\x0bzone-status\x16\0\x0aplain.test\x1b\0\1s\3";
	struct control_unit unit = { .type = CONTROL_DATA };
	(void)state;
	/* Items go out in ascending order, in whatever order they were put. */
	control_put(&unit, CONTROL_FILTERS, span_of_text("s"));
	control_put(&unit, CONTROL_ZONE, span_of_text("plain.test"));
	control_put(&unit, CONTROL_CMD, span_of_text("zone-status"));
	assert_int_equal(control_send(ours, &unit), 0);
	assert_int_equal(control_send_type(ours, CONTROL_BLOCK), 0);
	expect_octets(wire, sizeof(wire) - 1);
}

static void units_are_read_with_absent_empty_and_repeated_items(void **state)
{
	struct control_unit unit;
	(void)state;
	FEED("\1\x10\0\2ab\x1b\0\0\x10\0\1c\2\3\0");
	assert_int_equal(control_receive(ours, &unit), 0);
	assert_int_equal(unit.type, CONTROL_DATA);
	assert_true(span_equal(unit.items[CONTROL_CMD], span_of_text("c")));
	assert_true(control_has(&unit, CONTROL_FILTERS));
	assert_int_equal(unit.items[CONTROL_FILTERS].len, 0);
	assert_false(control_has(&unit, CONTROL_FLAGS));
	assert_int_equal(control_receive(ours, &unit), 0);
	assert_int_equal(unit.type, CONTROL_EXTRA);
	assert_int_equal(unit.present, 0);
	/* nothing is left of the unit before. */
	assert_null(unit.items[CONTROL_CMD].data);
	assert_int_equal(control_receive(ours, &unit), 0);
	assert_int_equal(unit.type, CONTROL_BLOCK);
	assert_int_equal(control_receive(ours, &unit), 0);
	assert_int_equal(unit.type, CONTROL_END);
}

static void letters_are_looked_up(void **state)
{
	struct control_unit unit = { .type = CONTROL_DATA };
	(void)state;
	assert_false(control_has_letter(&unit, CONTROL_FLAGS, 'B'));
	control_put(&unit, CONTROL_FLAGS, span_of_text("FB"));
	assert_true(control_has_letter(&unit, CONTROL_FLAGS, 'B'));
	assert_false(control_has_letter(&unit, CONTROL_FLAGS, 'u'));
}

/* Any unit in pieces of any size. */
static void pieces_do_not_matter(void **state)
{
	(void)state;
	test_random_init();
	for (int round = 0; round < 200; round++) {
		struct control_unit sent = { .type = test_below(2) ? CONTROL_DATA : CONTROL_EXTRA },
				    got;
		static uint8_t value[3000];
		struct buf wire = { 0 };
		for (size_t i = 0; i < sizeof(value); i++)
			value[i] = (uint8_t)test_random();
		buf_u8(&wire, (uint8_t)sent.type);
		for (int i = 0; i < CONTROL_ITEMS; i++) {
			if (test_below(3) != 0)
				continue;
			struct span s = { value, test_below(sizeof(value)) };
			control_put(&sent, i, s);
			buf_u8(&wire, (uint8_t)(16 + i));
			buf_u16(&wire, (uint16_t)s.len);
			buf_append(&wire, s.data, s.len);
		}
		buf_u8(&wire, CONTROL_BLOCK);
		pid_t child = fork();
		assert_true(child >= 0);
		if (child == 0) {
			for (size_t at = 0; at < wire.len;) {
				size_t n = MIN(wire.len - at, (size_t)1 + test_below(400));
				if (write(theirs, wire.data + at, n) != (ssize_t)n)
					_exit(1);
				at += n;
			}
			_exit(0);
		}
		assert_int_equal(control_receive(ours, &got), 0);
		assert_int_equal(got.type, sent.type);
		assert_int_equal(got.present, sent.present);
		for (int i = 0; i < CONTROL_ITEMS; i++) {
			if (control_has(&got, i))
				assert_true(span_equal(got.items[i], sent.items[i]));
		}
		assert_int_equal(control_receive(ours, &got), 0);
		assert_int_equal(got.type, CONTROL_BLOCK);
		buf_deinit(&wire);
	}
}

static void codes_outside_the_protocol_end_the_connection(void **state)
{
	struct control_unit unit;
	(void)state;
	FEED("\1\x10\0\1a\x1c");
	assert_int_equal(control_receive(ours, &unit), E_MALFORMED);
}

static void items_before_the_first_unit_are_an_error(void **state)
{
	struct control_unit unit;
	(void)state;
	FEED("\x10\0\1a\3");
	assert_int_equal(control_receive(ours, &unit), E_MALFORMED);
}

static void the_end_in_the_middle_of_a_unit_is_told(void **state)
{
	struct control_unit unit;
	(void)state;
	FEED("\1\x10\0\5ab");
	close(theirs);
	theirs = -1;
	assert_int_equal(control_receive(ours, &unit), E_CONN);
}

static void silence_ends_with_a_timeout(void **state)
{
	struct control_unit unit;
	struct control *impatient;
	int fds[2];
	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_int_equal(control_new(fds[0], 20, &impatient), 0);
	assert_int_equal(control_receive(impatient, &unit), E_TIMEOUT);
	control_free(impatient);
	close(fds[1]);
}

static void a_value_too_long_is_refused_and_nothing_sent(void **state)
{
	static uint8_t value[65536];
	struct control_unit unit = { .type = CONTROL_DATA };
	(void)state;
	control_put(&unit, CONTROL_CMD, span_of_text("c"));
	control_put(&unit, CONTROL_VALUE, (struct span){ value, sizeof(value) });
	assert_int_equal(control_send(ours, &unit), E_RANGE);
	assert_int_equal(control_send_type(ours, CONTROL_BLOCK), 0);
	expect_octets("\3", 1);
	unit.items[CONTROL_VALUE].len--;
	assert_int_equal(control_send(ours, &unit), 0);
}

static void connecting_tells_what_is_wrong(void **state)
{
	char longer[300];
	(void)state;
	struct control *none;
	assert_int_equal(control_connect("/nonexistent/socket", 100, &none), -ENOENT);
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(control_connect(longer, 100, &none), E_RANGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			documented_request_is_encoded_octet_by_octet, setup, teardown),
		cmocka_unit_test_setup_teardown(
			units_are_read_with_absent_empty_and_repeated_items, setup, teardown),
		cmocka_unit_test(letters_are_looked_up),
		cmocka_unit_test_setup_teardown(pieces_do_not_matter, setup, teardown),
		cmocka_unit_test_setup_teardown(
			codes_outside_the_protocol_end_the_connection, setup, teardown),
		cmocka_unit_test_setup_teardown(
			items_before_the_first_unit_are_an_error, setup, teardown),
		cmocka_unit_test_setup_teardown(
			the_end_in_the_middle_of_a_unit_is_told, setup, teardown),
		cmocka_unit_test(silence_ends_with_a_timeout),
		cmocka_unit_test_setup_teardown(
			a_value_too_long_is_refused_and_nothing_sent, setup, teardown),
		cmocka_unit_test(connecting_tells_what_is_wrong),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
