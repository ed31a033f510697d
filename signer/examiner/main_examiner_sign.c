/* mohur-examiner-sign: an examiner that makes signatures and judges nothing. */
#include "signer/examiner/signjob.h"
#include "signer/examiner/zygote.h"

int
main(int argc, char **argv)
{
    static const struct sg_extras extras = {.sign = sg_sign_job};

    return sg_zygote_main(argc, argv, &extras);
}
