# cmake -DIN=algorithms.tsv -DOUT=table.c -P embed.cmake
file(READ ${IN} hex HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
string(REGEX REPLACE "(................................................................................)" "\\1\n" bytes "${bytes}")
file(WRITE ${OUT} "/* Made from algorithms.tsv. */
#include \"signer/policy/table.h\"

static const uint8_t table[] = {
${bytes}
};

struct mh_span
sg_policy_table(void)
{
    return (struct mh_span){table, sizeof(table)};
}
")
