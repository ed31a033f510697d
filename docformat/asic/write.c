#include "docformat/asic/write.h"

#include <string.h>

#include "base/text.h"
#include "docformat/xml/xml.h"

enum {
    PDF_HEAD = 1024, /* bytes in which the mark of a PDF may stand */
    TEXT_HEAD = 64 << 10,
    MIMETYPE_AT = 30, /* of a plain first entry of that name */
};

static const struct {
    struct mh_span mark;
    struct df_media media;
} marks[] = {
#define MARK(s, type, packed)                                                  \
    {                                                                          \
        {(const uint8_t *)(s), sizeof(s) - 1},                                 \
        {                                                                      \
            type, packed                                                       \
        }                                                                      \
    }
    MARK("\xff\xd8\xff", "image/jpeg", true),
    MARK("\x89PNG\r\n\x1a\n", "image/png", true),
    MARK("GIF8", "image/gif", true),
    MARK("II*\0", "image/tiff", false),
    MARK("MM\0*", "image/tiff", false),
    MARK("\x1f\x8b", "application/gzip", true),
    MARK("7z\xbc\xaf\x27\x1c", "application/x-7z-compressed", true),
    MARK("Rar!\x1a\x07", "application/vnd.rar", true),
    MARK("{\\rtf", "application/rtf", false),
#undef MARK
};

static struct mh_span
head_of(struct mh_span s, size_t n)
{
    return (struct mh_span){s.ptr, s.len < n ? s.len : n};
}

/* A zip, or the container or document that its mimetype entry names. */
static struct df_media
media_of_zip(struct mh_span bytes)
{
    static const char *const known[] = {
        DF_MIME_ASIC_E,
        DF_MIME_ASIC_S,
        "application/vnd.oasis.opendocument.text",
        "application/vnd.oasis.opendocument.spreadsheet",
        "application/vnd.oasis.opendocument.presentation",
    };
    static const char name[] = "mimetype";
    struct mh_span rest;

    if (mh_span_sub(bytes, MIMETYPE_AT, sizeof(name) - 1, &rest) &&
        mh_span_is(rest, name))
        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
            size_t n = strlen(known[i]);

            /* The next record follows: no longer type begins like it. */
            if (mh_span_sub(
                    bytes, MIMETYPE_AT + sizeof(name) - 1, n + 2, &rest) &&
                memcmp(rest.ptr, known[i], n) == 0 &&
                memcmp(rest.ptr + n, "PK", 2) == 0)
                return (struct df_media){known[i], true};
        }
    return (struct df_media){"application/zip", true};
}

/* UTF-8 without controls; what is cut at the end of the head is passed over. */
static bool
is_text(struct mh_span bytes)
{
    struct mh_span s = head_of(bytes, TEXT_HEAD);
    uint32_t cp;

    while (mh_utf8_next(&s, &cp))
        if (cp < 0x20 && cp != '\t' && cp != '\n' && cp != '\r' && cp != '\f')
            return false;
    return s.len == 0 || (bytes.len > TEXT_HEAD && s.len < 4);
}

struct df_media
df_media_of(struct mh_span bytes)
{
    struct mh_span head = head_of(bytes, PDF_HEAD);

    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
        if (head.len >= marks[i].mark.len &&
            memcmp(head.ptr, marks[i].mark.ptr, marks[i].mark.len) == 0)
            return marks[i].media;
    if (mh_span_starts(head, "PK\3\4") || mh_span_starts(head, "PK\5\6"))
        return media_of_zip(bytes);
    if (head.len > 0 && memmem(head.ptr, head.len, "%PDF-", 5) != NULL)
        return (struct df_media){"application/pdf", true};
    if (mh_span_starts(head, "<?xml") && is_text(bytes))
        return (struct df_media){"application/xml", false};
    if (bytes.len > 0 && is_text(bytes))
        return (struct df_media){"text/plain", false};
    return (struct df_media){"application/octet-stream", false};
}

static void
put_escaped(struct mh_buf *out, struct mh_span s, bool attr)
{
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = s.ptr[i];

        if (c == '&')
            mh_buf_str(out, "&amp;");
        else if (c == '<')
            mh_buf_str(out, "&lt;");
        else if (c == '>' && !attr)
            mh_buf_str(out, "&gt;");
        else if (c == '"' && attr)
            mh_buf_str(out, "&quot;");
        else if (c == '\r' || (attr && (c == '\t' || c == '\n')))
            mh_buf_printf(out, "&#x%X;", (unsigned)c);
        else
            mh_buf_byte(out, c);
    }
}

void
df_xml_put_text(struct mh_buf *out, struct mh_span utf8)
{
    put_escaped(out, utf8, false);
}

void
df_xml_put_attr(struct mh_buf *out, struct mh_span utf8)
{
    put_escaped(out, utf8, true);
}

bool
df_xml_text_valid(struct mh_span utf8)
{
    uint32_t cp;

    while (mh_utf8_next(&utf8, &cp))
        if (cp == 0xfffe || cp == 0xffff ||
            (cp < 0x20 && cp != '\t' && cp != '\n' && cp != '\r'))
            return false;
    return utf8.len == 0;
}

void
df_uri_put(struct mh_buf *out, struct mh_span name)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "abcdefghijklmnopqrstuvwxyz"
                                "0123456789-._~/+";

    for (size_t i = 0; i < name.len; i++)
        if (name.ptr[i] != 0 && strchr(plain, name.ptr[i]) != NULL)
            mh_buf_byte(out, name.ptr[i]);
        else
            mh_buf_printf(out, "%%%02X", (unsigned)name.ptr[i]);
}

static void
put_entry(struct mh_buf *out, struct mh_span path, const char *type)
{
    mh_buf_str(out, "  <manifest:file-entry manifest:full-path=\"");
    df_xml_put_attr(out, path);
    mh_buf_str(out, "\" manifest:media-type=\"");
    df_xml_put_attr(out, mh_span_str(type));
    mh_buf_str(out, "\"/>\n");
}

void
df_manifest_put(struct mh_buf *out, const char *root_type,
    const struct df_written_file *file, size_t count)
{
    mh_buf_str(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                    "<manifest:manifest xmlns:manifest=\"" DF_NS_MANIFEST
                    "\" manifest:version=\"1.2\">\n");
    put_entry(out, MH_SPAN_LIT("/"), root_type);
    for (size_t i = 0; i < count; i++)
        put_entry(out, file[i].name, file[i].type);
    mh_buf_str(out, "</manifest:manifest>\n");
}

void
df_asicmanifest_put(struct mh_buf *out, struct mh_span signature,
    const char *signature_type, const struct df_written_file *file,
    size_t count)
{
    mh_buf_str(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                    "<asic:ASiCManifest xmlns:asic=\"" DF_NS_ASIC
                    "\" xmlns:ds=\"" DF_NS_DS "\">"
                    "<asic:SigReference URI=\"");
    df_uri_put(out, signature);
    mh_buf_printf(out, "\" MimeType=\"%s\"/>", signature_type);
    for (size_t i = 0; i < count; i++) {
        mh_buf_str(out, "<asic:DataObjectReference URI=\"");
        df_uri_put(out, file[i].name);
        mh_buf_printf(out, "\" MimeType=\"%s\"%s>", file[i].type,
            file[i].rootfile ? " Rootfile=\"true\"" : "");
        mh_buf_printf(out,
            "<ds:DigestMethod Algorithm=\"%s\"/><ds:DigestValue>",
            file[i].method);
        mh_base64_encode(file[i].digest, out);
        mh_buf_str(out, "</ds:DigestValue></asic:DataObjectReference>");
    }
    mh_buf_str(out, "</asic:ASiCManifest>\n");
}
