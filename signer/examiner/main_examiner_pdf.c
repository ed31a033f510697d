/* mohur-examiner-pdf: mohur-examiner with the second reader of PDF. */
#include <fcntl.h>
#include <stdio.h>

#include "docformat/pdf/second.h"
#include "signer/examiner/zygote.h"

int
main(void)
{
    static const struct sg_second_reader qpdf = {
        .warm = df_pdf_second_warm, .read = df_pdf_second};

    if (fcntl(3, F_GETFD) < 0) {
        (void)fputs("mohur-examiner-pdf: started by mohur only\n", stderr);
        return 64;
    }
    return sg_zygote_run(3, &qpdf);
}
