#include "docformat/xml/xml.h"

#include <libxml/parser.h>
#include <libxml/uri.h>
#include <string.h>

#include "base/limits.h"
#include "base/wire/codes.h"
#include "docformat/xml/guard.h"
#include "docformat/xml/node.h"

/*
 * The gate lets no document type declaration through; should libxml2 see one
 * all the same, parsing stops and the flag says so.
 */
static void
refuse_subset(void *ctx, const xmlChar *name, const xmlChar *public_id,
    const xmlChar *system_id)
{
    xmlParserCtxtPtr ctxt = ctx;

    (void)name;
    (void)public_id;
    (void)system_id;
    *(bool *)ctxt->_private = true;
    ctxt->wellFormed = 0;
    xmlStopParser(ctxt);
}

static void
refuse_entity(void *ctx, const xmlChar *name, int type,
    const xmlChar *public_id, const xmlChar *system_id, xmlChar *content)
{
    (void)type;
    (void)content;
    refuse_subset(ctx, name, public_id, system_id);
}

/* Namespaces in XML 1.0 allows relative ones; Canonical XML does not. */
static bool
namespace_absolute(const xmlNs *ns)
{
    xmlURIPtr uri;
    bool ok;

    if (ns->href == NULL || ns->href[0] == '\0')
        return true;
    uri = xmlParseURI((const char *)ns->href);
    ok = uri != NULL && uri->scheme != NULL && uri->scheme[0] != '\0';
    xmlFreeURI(uri);
    return ok;
}

static enum mh_code
check_tree(const struct df_xml *xml, struct mh_err *err)
{
    const struct df_node *root = df_xml_root(xml);

    for (const struct df_node *n = root; n != NULL; n = df_node_walk(root, n)) {
        for (const xmlNs *ns = df_xml_raw(n)->nsDef; ns != NULL; ns = ns->next)
            if (!namespace_absolute(ns))
                return mh_fail_finding(err, MH_EFORMAT, MH_F_XML_NAMESPACE,
                    MH_NO_OFFSET, "xml: relative namespace");
        for (const xmlAttr *a = df_xml_raw(n)->properties; a != NULL;
             a = a->next)
            if (a->children != NULL && (a->children->next != NULL ||
                                           a->children->type != XML_TEXT_NODE))
                return mh_fail_finding(err, MH_EFORMAT, MH_F_XML_MALFORMED,
                    MH_NO_OFFSET, "xml: attribute is no plain text");
    }
    return MH_OK;
}

static enum mh_code
parse(struct df_xml *xml, struct mh_err *err)
{
    xmlParserCtxtPtr ctxt = xmlNewParserCtxt();
    bool refused = false, good;

    if (ctxt == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "xml: no memory");
    ctxt->_private = &refused;
    ctxt->sax->internalSubset = refuse_subset;
    ctxt->sax->externalSubset = refuse_subset;
    ctxt->sax->entityDecl = refuse_entity;
    xml->doc = xmlCtxtReadMemory(ctxt, (const char *)xml->source.ptr,
        (int)xml->source.len, NULL, NULL,
        XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    /* A tree alone proves nothing: it may be cut short. */
    good = xml->doc != NULL && ctxt->wellFormed != 0 &&
           ctxt->nsWellFormed != 0 && !refused &&
           xmlDocGetRootElement(xml->doc) != NULL;
    if (!good && ctxt->errNo == XML_ERR_NO_MEMORY) {
        xmlFreeParserCtxt(ctxt);
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "xml: no memory");
    }
    xmlFreeParserCtxt(ctxt);
    if (!good)
        return mh_fail_finding(err, MH_EFORMAT, MH_F_XML_MALFORMED,
            MH_NO_OFFSET, "xml: not well formed");
    return MH_OK;
}

enum mh_code
df_xml_load(struct mh_span in, struct mh_arena *arena, struct mh_err *err,
    struct df_xml **out)
{
    struct df_xml *xml;
    size_t elements = 0;
    enum mh_code code = df_xml_guard(in, err, &elements);

    *out = NULL;
    if (code != MH_OK)
        return code;
    xml = mh_arena_alloc(arena, sizeof(*xml));
    if (xml == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "xml: no memory");
    xml->source = in;
    code = parse(xml, err);
    if (code == MH_OK)
        code = check_tree(xml, err);
    if (code == MH_OK)
        code = df_xml_index(xml, elements, arena, err);
    if (code != MH_OK) {
        df_xml_free(xml);
        return code;
    }
    *out = xml;
    return MH_OK;
}

void
df_xml_free(struct df_xml *xml)
{
    if (xml == NULL)
        return;
    xmlFreeDoc(xml->doc);
    xml->doc = NULL;
}

const struct df_node *
df_xml_root(const struct df_xml *xml)
{
    return df_xml_wrap(xmlDocGetRootElement(xml->doc));
}

struct mh_span
df_xml_source(const struct df_xml *xml)
{
    return xml->source;
}

bool
df_xml_has_outer(const struct df_xml *xml)
{
    return xml->doc->children != NULL && xml->doc->children->next != NULL;
}
