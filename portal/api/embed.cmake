# cmake -DIN=openapi.json -DOUT=openapi.c -P embed.cmake
file(READ ${IN} hex HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
string(REGEX REPLACE "(................................................................................)" "\\1\n" bytes "${bytes}")
file(WRITE ${OUT} "/* Made from openapi.json. */
#include \"portal/api/health.h\"

static const uint8_t text[] = {
${bytes}
};

struct mh_span
pt_openapi_text(void)
{
    return (struct mh_span){text, sizeof(text)};
}
")
