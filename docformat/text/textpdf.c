#include "docformat/text/textpdf.h"

#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "base/time.h"
#include "docformat/text/layout.h"
#include "docformat/text/pages.h"

enum {
    CONTENT_MAX = 4 << 20, /* bytes of a page's content */
    XMP_MAX = 64 << 10,    /* bytes */
    TITLE_MAX = 1024,      /* bytes */
    LANGUAGE_MAX = 35,     /* bytes, RFC 5646 4.4.1 */
    TAB = 4,               /* blanks */
};

#define PRODUCER "Möhür " MH_VERSION

struct making {
    const struct df_textpdf *doc;
    struct mh_arena *arena;
    struct mh_err *err;
    struct df_pdf_write *w;
    struct df_font *font;
    struct df_pages pages;
    struct mh_span title;
    uint32_t catalog, tree, info, xmp, letters;
    uint32_t *page; /* numbers */
};

static enum mh_code
no_memory(const struct making *m)
{
    return mh_fail(m->err, mh_arena_full(m->arena) ? MH_ELIMIT : MH_ENOMEM,
        MH_NO_OFFSET, "text: no memory");
}

static enum mh_code
put(const struct making *m, uint32_t num, const char *text)
{
    return text == NULL
               ? no_memory(m)
               : df_pdf_write_object(m->w, num, mh_span_str(text), m->err);
}

static enum mh_code
take_numbers(struct making *m)
{
    uint32_t *const fixed[] = {&m->catalog, &m->tree, &m->info, &m->xmp};
    enum mh_code code = MH_OK;

    for (size_t i = 0; i < 4 && code == MH_OK; i++)
        code = df_pdf_write_number(m->w, m->err, fixed[i]);
    m->page = mh_arena_array(m->arena, m->pages.pages, sizeof(*m->page));
    if (code == MH_OK && m->page == NULL)
        return no_memory(m);
    for (size_t i = 0; i < m->pages.pages && code == MH_OK; i++)
        code = df_pdf_write_number(m->w, m->err, &m->page[i]);
    return code;
}

static void
put_line(const struct making *m, const struct df_placed *l, struct mh_buf *out)
{
    mh_buf_str(out, "/F ");
    df_put_number(out, l->size);
    mh_buf_str(out, "Tf 1 0 0 1 ");
    df_put_number(out, l->x);
    df_put_number(out, l->y);
    mh_buf_str(out, "Tm ");
    df_font_encode(m->font, l->text, out);
    mh_buf_str(out, " Tj\n");
}

/* Lines are in order of pages, but for the page numbers at their end. */
static void
put_lines(const struct making *m, size_t page, size_t *next, struct mh_buf *out)
{
    const struct df_pages *p = &m->pages;
    size_t numbers = p->lines - p->pages;

    mh_buf_str(out, "BT /C cs 0 sc\n");
    for (; *next < numbers && p->line[*next].page == page; ++*next)
        put_line(m, &p->line[*next], out);
    put_line(m, &p->line[numbers + page], out);
    mh_buf_str(out, "ET\n");
}

static enum mh_code
put_page(struct making *m, size_t page, size_t *next)
{
    struct mh_buf content;
    uint32_t num;
    enum mh_code code = df_pdf_write_number(m->w, m->err, &num);

    if (code != MH_OK)
        return code;
    mh_buf_init(&content, CONTENT_MAX);
    put_lines(m, page, next, &content);
    if (!mh_buf_ok(&content))
        code = no_memory(m);
    if (code == MH_OK)
        code = df_pdf_write_stream(
            m->w, num, "", mh_buf_get(&content), true, m->err);
    mh_buf_fini(&content);
    return code == MH_OK
               ? put(m, m->page[page],
                     mh_arena_printf(m->arena,
                         "<</Type/Page/Parent %u 0 R/MediaBox[0 0 %.3f %.3f]"
                         "/Contents %u 0 R/Resources<</Font<</F %u 0 R>>%s>>>>",
                         m->tree, DF_PAGE_W, DF_PAGE_H, num, m->letters,
                         DF_BLACK_RESOURCES))
               : code;
}

static enum mh_code
put_tree(const struct making *m)
{
    const char *text = NULL;
    struct mh_buf out;

    mh_buf_init(&out, CONTENT_MAX);
    mh_buf_printf(&out, "<</Type/Pages/Count %zu/Kids[", m->pages.pages);
    for (size_t i = 0; i < m->pages.pages; i++)
        mh_buf_printf(&out, "%s%u 0 R", i == 0 ? "" : " ", m->page[i]);
    mh_buf_str(&out, "]>>");
    if (mh_buf_ok(&out))
        text = mh_arena_str(m->arena, mh_buf_get(&out));
    mh_buf_fini(&out);
    return put(m, m->tree, text);
}

static void
put_escaped(struct mh_buf *out, struct mh_span text)
{
    for (size_t i = 0; i < text.len; i++)
        switch (text.ptr[i]) {
        case '&':
            mh_buf_str(out, "&amp;");
            break;
        case '<':
            mh_buf_str(out, "&lt;");
            break;
        case '>':
            mh_buf_str(out, "&gt;");
            break;
        default:
            mh_buf_byte(out, text.ptr[i]);
        }
}

/* ISO 19005-2 6.6: the packet says what /Info says. */
static enum mh_code
put_xmp(const struct making *m)
{
    enum mh_code code;
    struct mh_buf x;
    char time[32];

    mh_time_format(m->doc->time, time);
    mh_buf_init(&x, XMP_MAX);
    mh_buf_str(&x,
        "<?xpacket begin=\"\xef\xbb\xbf\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n"
        "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n"
        "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n"
        "<rdf:Description rdf:about=\"\""
        " xmlns:dc=\"http://purl.org/dc/elements/1.1/\""
        " xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\""
        " xmlns:pdf=\"http://ns.adobe.com/pdf/1.3/\""
        " xmlns:pdfaid=\"http://www.aiim.org/pdfa/ns/id/\">\n"
        "<dc:title><rdf:Alt><rdf:li xml:lang=\"x-default\">");
    put_escaped(&x, m->title);
    mh_buf_printf(&x,
        "</rdf:li></rdf:Alt></dc:title>\n"
        "<xmp:CreateDate>%s</xmp:CreateDate>\n"
        "<xmp:ModifyDate>%s</xmp:ModifyDate>\n"
        "<pdf:Producer>" PRODUCER "</pdf:Producer>\n"
        "<pdfaid:part>2</pdfaid:part>\n"
        "<pdfaid:conformance>B</pdfaid:conformance>\n"
        "</rdf:Description>\n</rdf:RDF>\n</x:xmpmeta>\n"
        "<?xpacket end=\"w\"?>",
        time, time);
    code = mh_buf_ok(&x) ? MH_OK : no_memory(m);
    if (code == MH_OK) {
        struct mh_span copy = mh_arena_copy(m->arena, mh_buf_get(&x));

        code = copy.ptr == NULL
                   ? no_memory(m)
                   : df_pdf_write_stream(m->w, m->xmp,
                         "/Type/Metadata/Subtype/XML", copy, false, m->err);
    }
    mh_buf_fini(&x);
    return code;
}

static enum mh_code
put_info(const struct making *m)
{
    const char *title = df_pdf_string(m->arena, m->title);
    const char *producer = df_pdf_string(m->arena, mh_span_str(PRODUCER));
    const char *date = df_pdf_write_date(m->arena, m->doc->time);

    if (date == NULL)
        return mh_fail(m->err, MH_EFORMAT, MH_NO_OFFSET,
            "text: no time that can be written");
    if (title == NULL || producer == NULL)
        return no_memory(m);
    return put(m, m->info,
        df_pdf_concat(m->arena, "<</Title", title, "/Producer", producer,
            "/CreationDate", date, "/ModDate", date, ">>", DF_PDF_END));
}

static enum mh_code
put_all(struct making *m)
{
    size_t next = 0;
    enum mh_code code = take_numbers(m);

    if (code == MH_OK)
        code = df_font_write(m->font, m->w, m->err, &m->letters);
    for (size_t i = 0; i < m->pages.pages && code == MH_OK; i++)
        code = put_page(m, i, &next);
    if (code == MH_OK)
        code = put_tree(m);
    if (code == MH_OK)
        code = put_info(m);
    if (code == MH_OK)
        code = put_xmp(m);
    return code == MH_OK
               ? put(m, m->catalog,
                     mh_arena_printf(m->arena,
                         "<</Type/Catalog/Pages %u 0 R/Metadata %u 0 R"
                         "/Lang(%s)/ViewerPreferences<</DisplayDocTitle "
                         "true>>>>",
                         m->tree, m->xmp, m->doc->lang))
               : code;
}

static void
to_buffer(void *ctx, struct mh_span bytes)
{
    mh_buf_span(ctx, bytes);
}

/* RFC 5646: letters, digits and hyphens. */
static bool
is_language(const char *lang)
{
    for (const char *p = lang; *p != '\0'; p++)
        if (!((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
                (*p >= '0' && *p <= '9') || *p == '-'))
            return false;
    return lang[0] != '\0' && strlen(lang) <= LANGUAGE_MAX;
}

static enum mh_code
make(struct making *m, struct mh_buf *out)
{
    const struct df_sink sink = {out, to_buffer};
    struct df_pdf_layout layout;
    enum mh_code code;

    if (m->doc->title.len == 0 || m->doc->title.len > TITLE_MAX ||
        !is_language(m->doc->lang))
        return mh_fail(m->err, MH_EFORMAT, MH_NO_OFFSET,
            "text: a title and a language are needed");
    code = df_font_text(m->font, m->doc->title, m->err, &m->title);
    if (code == MH_OK)
        code = df_pages_place(m->doc, m->font, m->arena, m->err, &m->pages);
    if (code == MH_OK)
        code = df_font_seal(m->font, m->err);
    if (code == MH_OK)
        code = df_pdf_write_begin(NULL, NULL, m->arena, m->err, &m->w);
    if (code == MH_OK)
        code = put_all(m);
    if (code == MH_OK)
        code = df_pdf_write_layout(
            m->w, m->catalog, m->info, m->doc->id, m->err, &layout);
    if (code != MH_OK)
        return code;
    df_pdf_write_emit(m->w, &sink);
    return mh_buf_ok(out) ? MH_OK
                          : mh_fail(m->err, MH_ELIMIT, MH_NO_OFFSET,
                                "text: the document is too large");
}

enum mh_code
df_textpdf_write(const struct df_textpdf *doc, struct mh_arena *arena,
    struct mh_err *err, struct mh_buf *out)
{
    struct making m = {.doc = doc, .arena = arena, .err = err};
    enum mh_code code = df_font_open(arena, err, &m.font);

    if (code == MH_OK)
        code = make(&m, out);
    df_font_close(m.font);
    return code;
}

/* One line with its tabs spread. */
static struct mh_span
spread(struct mh_arena *arena, struct mh_span line)
{
    size_t tabs = 0, len = 0;
    uint8_t *to;

    for (size_t i = 0; i < line.len; i++)
        tabs += line.ptr[i] == '\t';
    if (tabs == 0)
        return line;
    to = mh_arena_raw(arena, line.len + tabs * TAB);
    for (size_t i = 0; to != NULL && i < line.len; i++) {
        if (line.ptr[i] != '\t')
            to[len++] = line.ptr[i];
        for (size_t k = 0; line.ptr[i] == '\t' && k < TAB; k++)
            to[len++] = ' ';
    }
    return (struct mh_span){to, len};
}

enum mh_code
df_textpdf_plain(struct mh_span text, struct mh_arena *arena,
    struct mh_err *err, struct df_text_block **block, size_t *blocks)
{
    size_t n = 1, from = 0;

    *blocks = 0;
    if (text.len > MH_TEXT_SIZE_MAX)
        return mh_fail(
            err, MH_ELIMIT, MH_NO_OFFSET, "text: the text is too long");
    if (mh_span_starts(text, "\xef\xbb\xbf"))
        from = 3;
    for (size_t i = from; i < text.len; i++)
        n += text.ptr[i] == '\n';
    *block = mh_arena_array(arena, n, sizeof(**block));
    for (size_t i = from; *block != NULL && i <= text.len; i++) {
        struct mh_span line;

        if (i < text.len && text.ptr[i] != '\n')
            continue;
        line = (struct mh_span){text.ptr + from, i - from};
        from = i + 1;
        if (line.len > 0 && line.ptr[line.len - 1] == '\r')
            line.len--;
        if (i == text.len && line.len == 0)
            break; /* nothing after the last line end */
        line = spread(arena, line);
        if (line.ptr == NULL && line.len > 0)
            *block = NULL;
        else
            (*block)[(*blocks)++] =
                (struct df_text_block){DF_TEXT_PARAGRAPH, line};
    }
    return *block != NULL
               ? MH_OK
               : mh_fail(err, mh_arena_full(arena) ? MH_ELIMIT : MH_ENOMEM,
                     MH_NO_OFFSET, "text: no memory");
}
