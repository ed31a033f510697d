/*
 * What is written in a document: the one header of docformat for others.
 * docformat parses and builds; it judges nothing (formats.md 1).
 */
#ifndef DOCFORMAT_DOCFORMAT_H
#define DOCFORMAT_DOCFORMAT_H

#include "docformat/asic/asic.h"
#include "docformat/asic/asicmanifest.h"
#include "docformat/asic/uri.h"
#include "docformat/asic/write.h"
#include "docformat/der/der.h"
#include "docformat/der/write.h"
#include "docformat/detect.h"

#include "docformat/jpeg/jpeg.h"
#include "docformat/notes.h"
#include "docformat/pdf/active.h"
#include "docformat/pdf/filter.h"
#include "docformat/pdf/pages.h"
#include "docformat/pdf/second.h"
#include "docformat/pdf/sigdict.h"
#include "docformat/pdf/write.h"
#include "docformat/pdf/writedss.h"
#include "docformat/pdf/writefield.h"
#include "docformat/sink.h"
#include "docformat/text/appearance.h"
#include "docformat/text/textpdf.h"
#include "docformat/xml/c14n.h"
#include "docformat/xml/xml.h"
#include "docformat/zip/allowed.h"
#include "docformat/zip/write.h"
#include "docformat/zip/zip.h"

#endif
