/* mohur-examiner: started by mohur with a channel at descriptor 3; judges
   everything but PDF. */
#include <fcntl.h>
#include <stdio.h>

#include "signer/examiner/zygote.h"

int
main(void)
{
    if (fcntl(3, F_GETFD) < 0) {
        (void)fputs("mohur-examiner: started by mohur only\n", stderr);
        return 64;
    }
    return sg_zygote_run(3, NULL);
}
