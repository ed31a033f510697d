/* The font inside the program: Noto Sans, free to embed and to subset. */
#include "docformat/text/font.h"

__asm__(".pushsection .rodata, \"a\", %progbits\n"
        ".balign 16\n"
        ".hidden df_font_length\n"
        ".globl df_font_length\n"
        "df_font_length:\n"
        ".quad 1f - df_font_file\n"
        ".hidden df_font_file\n"
        ".globl df_font_file\n"
        "df_font_file:\n"
        ".incbin \"" DF_FONT_FILE "\"\n"
        "1:\n"
        ".popsection\n");

extern const uint8_t df_font_file[] __attribute__((visibility("hidden")));
extern const uint64_t df_font_length __attribute__((visibility("hidden")));

struct mh_span
df_font_bytes(void)
{
    return (struct mh_span){df_font_file, (size_t)df_font_length};
}
