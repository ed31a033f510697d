/* mohur-examiner: started by mohur; judges everything but PDF. */
#include "signer/examiner/zygote.h"

int
main(int argc, char **argv)
{
    static const struct sg_extras none;

    return sg_zygote_main(argc, argv, &none);
}
