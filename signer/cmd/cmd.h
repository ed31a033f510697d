/* What the subcommands share: exit codes (cli.md) and error lines. */
#ifndef SIGNER_CMD_CMD_H
#define SIGNER_CMD_CMD_H

#include "base/err.h"
#include "base/wire/report.h"

enum sg_exit {
    SG_EXIT_OK = 0,
    SG_EXIT_FAILED = 1,
    SG_EXIT_INDETERMINATE = 2,
    SG_EXIT_NO_SIGNATURE = 3,
    SG_EXIT_NOT_JUDGED = 4,
    SG_EXIT_TOKEN = 5,
    SG_EXIT_USAGE = 64,
    SG_EXIT_INTERNAL = 70,
    SG_EXIT_CONFIG = 78, /* mohur serve: the configuration is wrong */
};

int sg_cmd_verify(int argc, char **argv);
int sg_cmd_inspect(int argc, char **argv);
int sg_cmd_trust(int argc, char **argv);
int sg_cmd_sign(int argc, char **argv);
int sg_cmd_seal(int argc, char **argv);
int sg_cmd_extend(int argc, char **argv);
int sg_cmd_keys(int argc, char **argv);
int sg_cmd_challenge(int argc, char **argv);
int sg_cmd_audit(int argc, char **argv);
int sg_cmd_serve(int argc, char **argv);
int sg_cmd_init(int argc, char **argv);
int sg_cmd_backup(int argc, char **argv);
int sg_cmd_restore(int argc, char **argv);

/* "mohur: what: text" on standard error, made clean; returns 64. */
int sg_usage(const char *what, const char *text);
/* "mohur: FILE: code: text" on standard error, made clean. */
void sg_complain(const char *file, const char *code, const char *text);

/* The exit code of one verdict, and the worse of two codes. */
int sg_exit_of(enum mh_verdict verdict);
int sg_exit_worse(int a, int b);

#endif
