/* mohur-examiner: started by mohur; judges everything but PDF. */
#include "signer/examiner/zygote.h"

int
main(int argc, char **argv)
{
    return sg_zygote_main(argc, argv, NULL);
}
