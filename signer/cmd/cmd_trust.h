/*
 * `mohur trust compile|show|check` (cli.md).
 */
#ifndef SIGNER_CMD_CMD_TRUST_H
#define SIGNER_CMD_CMD_TRUST_H

/*
 * argv[0] is "trust", argv[1] the verb.  Returns the exit code: 0 done or
 * valid, 1 not valid, 4 unreadable, 64 usage, 70 internal.
 */
int sg_cmd_trust(int argc, char **argv);

/* The verbs; argv[0] is the verb. */
int sg_cmd_trust_compile(int argc, char **argv);
int sg_cmd_trust_show(int argc, char **argv);
int sg_cmd_trust_check(int argc, char **argv);

/* One error line, "mohur: FILE: code: text"; returns the exit code for it. */
struct mh_err;
int sg_cmd_trust_error(const char *file, const struct mh_err *err);
int sg_cmd_trust_usage(const char *what);

#endif
