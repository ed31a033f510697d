/* mohur-examiner-pdf: mohur-examiner with the second reader of PDF. */
#include "docformat/docformat.h"
#include "signer/examiner/zygote.h"

int
main(int argc, char **argv)
{
    static const struct sg_second_reader qpdf = {
        .warm = df_pdf_second_warm, .read = df_pdf_second};
    static const struct sg_extras extras = {.second = &qpdf};

    return sg_zygote_main(argc, argv, &extras);
}
