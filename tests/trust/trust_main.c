/* The commands of `mohur trust` alone, for the suites of this folder. */
#include "signer/cmd/cmd_trust.h"

int
main(int argc, char **argv)
{
    return sg_cmd_trust(argc, argv);
}
