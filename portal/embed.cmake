# cmake -DIN=FILE -DOUT=FILE.c -DHEADER=its/header.h -DFUNCTION=name -P
# embed.cmake: FILE as bytes of the program, given by the function.
file(READ ${IN} hex HEX)
get_filename_component(name ${IN} NAME)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
string(REGEX REPLACE "(................................................................................)" "\\1\n" bytes "${bytes}")
file(WRITE ${OUT} "/* Made from ${name}. */
#include \"${HEADER}\"

static const uint8_t text[] = {
${bytes}
};

struct mh_span
${FUNCTION}(void)
{
    return (struct mh_span){text, sizeof(text)};
}
")
