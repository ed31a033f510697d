/* mohur: the command line (cli.md). */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "signer/cmd/cmd.h"
#include "signer/cmd/config.h"

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
} commands[] = {
    {"verify", sg_cmd_verify},
    {"inspect", sg_cmd_inspect},
    {"trust", sg_cmd_trust},
    {"sign", sg_cmd_sign},
    {"seal", sg_cmd_seal},
    {"extend", sg_cmd_extend},
    {"keys", sg_cmd_keys},
    {"sign-challenge", sg_cmd_challenge},
    {"audit", sg_cmd_audit},
    {"serve", sg_cmd_serve},
    {"init", sg_cmd_init},
    {"backup", sg_cmd_backup},
    {"restore", sg_cmd_restore},
};

static const char help[] =
    "usage: mohur [--config FILE] COMMAND ...\n"
    "  verify   judge signed documents\n"
    "  inspect  show how a document is built, without judgement\n"
    "  trust    compile, show and try trust material\n"
    "  sign     sign documents with a card, an HSM or a telephone\n"
    "  seal     sign documents with the court's seal\n"
    "  extend   raise signed documents to a higher level\n"
    "  keys     list tokens and keys, try one\n"
    "  sign-challenge  sign in at a site\n"
    "  audit    verify the audit log, prove what is in it\n"
    "  serve    run the service, or look at whether it would start\n"
    "  init     make a ready instance in a folder\n"
    "  backup   copy store, documents and audit log together\n"
    "  restore  check such a copy and put it in place\n"
    "mohur COMMAND --help says more, and so does mohur(1).\n";

int
main(int argc, char **argv)
{
    if (argc > 2 && strcmp(argv[1], "--config") == 0) {
        sg_config_path = argv[2];
        sg_config_given = true;
        argv += 2;
        argc -= 2;
    }
    if (argc < 2)
        return sg_usage("no command given; see --help", NULL);
    if (strcmp(argv[1], "--help") == 0) {
        (void)fputs(help, stdout); /* nothing to do about it */
        return SG_EXIT_OK;
    }
    if (strcmp(argv[1], "--version") == 0) {
        (void)puts("mohur " MH_VERSION); /* nothing to do about it */
        return SG_EXIT_OK;
    }
    (void)signal(SIGPIPE, SIG_IGN); /* a closed pipe is a write error */
    (void)signal(SIGXFSZ, SIG_IGN); /* so is a file past its limit */
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    return sg_usage(argv[1], "unknown command; see --help");
}
