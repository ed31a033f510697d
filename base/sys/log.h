/*
 * The log of a program: one key=value line an event on standard error.
 *
 *     t=2026-11-25T22:10:00.123Z prog=portal ev=start pid=17 why="no key"
 *
 * Values are numbers, words of the program, identifiers and hashes; never a
 * name of a person, a FIN, a PIN, a key or a document's content.  A line is
 * written with one write(2), so lines of several processes do not mix.
 *
 *     struct mh_log l = mh_log_event("child.end");
 *     mh_log_text(&l, "name", name);
 *     mh_log_num(&l, "status", status);
 *     mh_log_end(&l);
 */
#ifndef BASE_SYS_LOG_H
#define BASE_SYS_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define MH_LOG_MAX 1024U /* bytes of a line, its end included */

struct mh_log {
    char line[MH_LOG_MAX];
    size_t len;
    bool cut; /* something did not fit: the line ends with cut=1 */
};

/* The program's name in every line, once at its start; borrowed.  */
void mh_log_prog(const char *prog);

/* event and every key are words of the program: [a-z0-9._-]. */
struct mh_log mh_log_event(const char *event);
void mh_log_num(struct mh_log *l, const char *key, int64_t value);
/*
 * As it is where it consists of [A-Za-z0-9._:/@+-] alone, else in quotes with
 * \" \\ and \xHH for every other byte that is not printable ASCII.
 */
void mh_log_text(struct mh_log *l, const char *key, const char *value);
void mh_log_err(struct mh_log *l, const struct mh_err *err); /* code=, why= */
void mh_log_end(struct mh_log *l); /* writes it; l is then of no use */

/*
 * The whole in one: fmt gives the words behind ev=, " " between them, with
 * numbers and words of the program only.  NULL: none.
 */
void mh_log(const char *event, const char *fmt, ...) MH_PRINTF(2, 3);

#endif
