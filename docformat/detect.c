#include "docformat/detect.h"

#include <string.h>

#include "docformat/zip/zip.h"

/* Bytes looked at, from the front and from the end. */
enum {
    HEAD = 4096,
    PDF_HEAD = 1024,
    ZIP_TAIL = 65557
};

struct magic {
    struct mh_span bytes;
    const char *name;
};
#define MAGIC(s, name)                                                         \
    {                                                                          \
        {(const uint8_t *)(s), sizeof(s) - 1}, name                            \
    }

static const struct magic magics[] = {
    MAGIC("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "OLE2 document (old Office)"),
    MAGIC("Rar!\x1a\x07", "RAR archive"),
    MAGIC("7z\xbc\xaf\x27\x1c", "7z archive"),
    MAGIC("\x1f\x8b", "gzip file"),
    MAGIC("BZh", "bzip2 file"),
    MAGIC("\xfd"
          "7zXZ",
        "xz file"),
    MAGIC("\x7f"
          "ELF",
        "ELF program"),
    MAGIC("MZ", "Windows program"),
    MAGIC("\x89PNG\r\n\x1a\n", "PNG image"),
    MAGIC("GIF8", "GIF image"),
    MAGIC("II*\0", "TIFF image"),
    MAGIC("MM\0*", "TIFF image"),
    MAGIC("{\\rtf", "RTF document"),
    MAGIC("%!PS", "PostScript document"),
};

/* Root elements by local name, where nothing of ours begins like it. */
static const struct {
    const char *root, *name;
} roots[] = {
    {"SignedDoc", "DDOC (DigiDoc XML)"},
    {"EDoc", "EDoc (XML)"},
    {"edoc", "EDoc (XML)"},
    {"TrustServiceStatusList", "ETSI trusted list"},
    {"html", "HTML page"},
    {"svg", "SVG image"},
};

static struct mh_span
head_of(struct mh_span s, size_t n)
{
    return (struct mh_span){s.ptr, s.len < n ? s.len : n};
}

static bool
contains(struct mh_span s, const char *what)
{
    return s.len != 0 && memmem(s.ptr, s.len, what, strlen(what)) != NULL;
}

static bool
looks_zip(struct mh_span file)
{
    struct mh_span tail = file;

    if (mh_span_starts(file, "PK\3\4") || mh_span_starts(file, "PK\5\6"))
        return true;
    if (tail.len > ZIP_TAIL) {
        tail.ptr += tail.len - ZIP_TAIL;
        tail.len = ZIP_TAIL;
    }
    return contains(tail, "PK\5\6");
}

/* ContentInfo: SEQUENCE, then the OID signedData (RFC 5652 5.1). */
static bool
looks_cms(struct mh_span file)
{
    static const uint8_t oid[] = {
        0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02};
    size_t at;

    if (file.len < 4 || file.ptr[0] != 0x30)
        return false;
    at = file.ptr[1] > 0x80 && file.ptr[1] <= 0x88 ? 2U + (file.ptr[1] & 0x7fU)
                                                   : 2;
    return file.len >= at + sizeof(oid) &&
           memcmp(file.ptr + at, oid, sizeof(oid)) == 0;
}

static bool
is_name_end(uint8_t c)
{
    return c <= ' ' || c == '>' || c == '/';
}

/* Passes over what may stand before the root; an empty span if nothing. */
static struct mh_span
root_name(struct mh_span s)
{
    for (;;) {
        const char *close;
        const uint8_t *end;
        struct mh_span name;

        while (s.len != 0 && s.ptr[0] <= ' ') {
            s.ptr++;
            s.len--;
        }
        if (s.len < 2 || s.ptr[0] != '<')
            return (struct mh_span){0};
        close = mh_span_starts(s, "<!--") ? "-->"
                : s.ptr[1] == '?'         ? "?>"
                : s.ptr[1] == '!'         ? ">"
                                          : NULL;
        if (close == NULL) {
            name = (struct mh_span){s.ptr + 1, 0};
            while (name.len < s.len - 1 && !is_name_end(name.ptr[name.len]))
                name.len++;
            return name;
        }
        end = memmem(s.ptr, s.len, close, strlen(close));
        if (end == NULL)
            return (struct mh_span){0};
        end += strlen(close);
        s.len -= (size_t)(end - s.ptr);
        s.ptr = end;
    }
}

static bool
is_text(struct mh_span s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] < 0x20 && s.ptr[i] != '\t' && s.ptr[i] != '\n' &&
            s.ptr[i] != '\r' && s.ptr[i] != '\f')
            return false;
    return true;
}

static struct df_detected
detect_xml(struct mh_span file, struct mh_span name)
{
    const uint8_t *colon = memchr(name.ptr, ':', name.len);

    if (colon != NULL) {
        name.len -= (size_t)(colon + 1 - name.ptr);
        name.ptr = colon + 1;
    }
    for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++)
        if (mh_span_is(name, roots[i].root))
            return (struct df_detected){DF_KIND_UNKNOWN, roots[i].name};
    if (mh_span_is(name, "Signature") || mh_span_is(name, "XAdESSignatures") ||
        contains(file, "http://www.w3.org/2000/09/xmldsig#"))
        return (struct df_detected){DF_KIND_XML, "signed XML document"};
    return (struct df_detected){DF_KIND_UNKNOWN, "XML document"};
}

struct df_detected
df_detect(struct mh_span file)
{
    struct mh_span head = head_of(file, HEAD), name;

    if (file.len == 0)
        return (struct df_detected){DF_KIND_EMPTY, "empty file"};
    if (mh_span_starts(file, "PK\3\4"))
        return (struct df_detected){DF_KIND_ZIP, "zip archive"};
    if (contains(head_of(file, PDF_HEAD), "%PDF-"))
        return (struct df_detected){DF_KIND_PDF, "PDF document"};
    if (mh_span_starts(file, "\xff\xd8\xff"))
        return (struct df_detected){DF_KIND_JPEG, "JPEG image"};
    if (looks_cms(file))
        return (struct df_detected){DF_KIND_CMS, "CMS signature"};
    if (mh_span_starts(file, "-----BEGIN CMS-----") ||
        mh_span_starts(file, "-----BEGIN PKCS7-----"))
        return (struct df_detected){DF_KIND_CMS_PEM, "CMS signature (PEM)"};
    if (looks_zip(file))
        return (struct df_detected){DF_KIND_ZIP, "zip archive"};
    for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
        if (head.len >= magics[i].bytes.len &&
            memcmp(head.ptr, magics[i].bytes.ptr, magics[i].bytes.len) == 0)
            return (struct df_detected){DF_KIND_UNKNOWN, magics[i].name};
    name = mh_span_starts(head, "\xef\xbb\xbf")
               ? root_name((struct mh_span){head.ptr + 3, head.len - 3})
               : root_name(head);
    if (name.len != 0)
        return detect_xml(file, name);
    if (is_text(head))
        return (struct df_detected){DF_KIND_UNKNOWN,
            mh_span_starts(head, "= ") ? "AsciiDoc text" : "plain text"};
    return (struct df_detected){DF_KIND_UNKNOWN, "unknown data"};
}

const char *
df_detect_zip(const struct df_zip *zip)
{
    const struct df_zip_entry *mime = df_zip_find(zip, MH_SPAN_LIT("mimetype"));

    if (mime != NULL && mime->method == DF_ZIP_STORED) {
        if (mh_span_starts(mime->data, "application/vnd.oasis.opendocument"))
            return "OpenDocument document";
        if (mh_span_starts(mime->data, "application/epub+zip"))
            return "EPUB book";
    }
    if (df_zip_find(zip, MH_SPAN_LIT("[Content_Types].xml")) != NULL)
        return "OOXML document";
    if (mime == NULL &&
        df_zip_find(zip, MH_SPAN_LIT("META-INF/MANIFEST.MF")) != NULL)
        return "JAR archive";
    return "zip archive";
}
