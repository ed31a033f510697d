/* The font inside the program: DejaVu Sans, free to embed and to subset. */
#include "docformat/text/font.h"

__asm__(".pushsection .rodata, \"a\", %progbits\n"
        ".balign 16\n"
        ".hidden df_font_file\n"
        ".globl df_font_file\n"
        "df_font_file:\n"
        ".incbin \"" DF_FONT_FILE "\"\n"
        ".hidden df_font_file_end\n"
        ".globl df_font_file_end\n"
        "df_font_file_end:\n"
        ".byte 0\n"
        ".popsection\n");

extern const uint8_t df_font_file[] __attribute__((visibility("hidden")));
extern const uint8_t df_font_file_end[] __attribute__((visibility("hidden")));

struct mh_span
df_font_bytes(void)
{
    return (struct mh_span){
        df_font_file, (size_t)(df_font_file_end - df_font_file)};
}
