/*
 * Every limit that input can meet: value, unit, why.  Each has a test at the
 * limit and one past it.
 */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

/* ZIP (formats.md 4.2) */
#define MH_ZIP_ENTRIES_MAX    1000U /* entries; a filing has a few dozen */
#define MH_ZIP_NAME_MAX       255U  /* bytes; file systems take no more */
#define MH_ZIP_RATIO_MAX      100U  /* output / input of an entry and in all */
#define MH_ZIP_RATIO_FREE     (1U << 20)  /* bytes of output before that */
#define MH_META_INF_FILE_MAX  (10U << 20) /* bytes of one META-INF member */
#define MH_META_INF_TOTAL_MAX (64U << 20) /* bytes of all of them */
#define MH_ZIP_CHUNK          (256U << 10) /* bytes inflated and hashed at once */

/* Filing receipts (security.md 10) */
#define MH_RECEIPT_MAX       (1U << 20) /* bytes of receipt.json, and the like */
#define MH_RECEIPT_FILES_MAX 1000U      /* documents that one receipt names */

/* Evidence packages of a case (signer/verify/package.h) */
#define MH_PACKAGE_MAX         (1U << 20) /* bytes of package.json */
#define MH_PACKAGE_FILES_MAX   99U /* files of a volume beside package.json */
#define MH_PACKAGE_VOLUMES_MAX 200U
#define MH_PACKAGE_RECORDS_MAX 1000U       /* records of one file of them */
#define MH_PACKAGE_LOG_MAX     (16U << 20) /* bytes of one such file */

/* XML (formats.md 6.1) */
#define MH_XML_SIZE_MAX        10000000U /* bytes; libxml2 looks no farther */
#define MH_XML_DEPTH_MAX       64U       /* elements inside each other */
#define MH_XML_ATTRS_MAX       64U       /* attributes of one element */
#define MH_XML_ATTRS_TOTAL_MAX 200000U   /* attributes in all: parsing time */
/* Elements, attributes, texts and all else in all: a part of the bytes, so that
   every byte takes little time to read.  Real files have 37 bytes for each. */
#define MH_XML_PIECES_FREE    256U
#define MH_XML_PIECE_BYTES    16U
#define MH_XML_NS_SCOPE_MAX   32U        /* namespace declarations in scope */
#define MH_XML_NS_TOTAL_MAX   256U       /* namespace declarations in all */
#define MH_XML_TEXT_MAX       (4U << 20) /* bytes of one text node */
#define MH_XML_ELEMENTS_MAX   100000U
#define MH_XML_REFERENCES_MAX 2000U  /* ds:Reference of one signature */
#define MH_XML_SIGNATURES_MAX 200U   /* ds:Signature of one file */
#define MH_XML_PREFIXES_MAX   32U    /* InclusiveNamespaces PrefixList */
#define MH_XML_IDS_MAX        20000U /* Id attributes of one file */

/* DER, certificates, revocation data, tokens (formats.md 7) */
#define MH_DER_DEPTH_MAX  32U
#define MH_CERT_SIZE_MAX  (64U << 10) /* bytes of one certificate */
#define MH_CERTS_MAX      64U         /* certificates of one token */
#define MH_HASH_INDEX_MAX 1000U       /* hashes of one list of ats-hash-index */
#define MH_POOL_CERTS_MAX 1000U /* certificates collected for a document */
#define MH_PATH_DEPTH_MAX 8U    /* certificates of a path, anchor excluded */
#define MH_PATH_TRIES_MAX 200U  /* candidate issuers tried for one path */
#define MH_CRL_SIZE_MAX   (20U << 20) /* bytes */
#define MH_OCSP_SIZE_MAX  (1U << 20)  /* bytes */
#define MH_TST_SIZE_MAX   (1U << 20)  /* bytes of one time-stamp token */
#define MH_CLOCK_SKEW_MAX 600         /* seconds between a TSA and this clock */
#define MH_POLICIES_MAX   128U        /* nodes of a policy tree level */
#define MH_EXTENSIONS_MAX 64U         /* of one certificate or list */
#define MH_NAME_PARTS_MAX 64U         /* attributes of one distinguished name */

/* Trusted lists and snapshots */
#define MH_TL_SIZE_MAX       (10U << 20) /* bytes */
#define MH_TL_SERVICES_MAX   20000U
#define MH_SNAPSHOT_SIZE_MAX (64U << 20) /* bytes */

/* JPEG (formats.md 11) */
#define MH_JPEG_SIDE_MAX     65500U      /* pixels; libjpeg takes no more */
#define MH_JPEG_SEGMENTS_MAX 10000U      /* a camera writes a few dozen */
#define MH_JPEG_APP_MAX      (16U << 20) /* bytes of metadata segments */
#define MH_JPEG_PACKED_MAX   (32U << 20) /* bytes of one that is compressed */

/* PDF (formats.md 8.1) */
#define MH_PDF_REVISIONS_MAX   1000U    /* saved versions in one file */
#define MH_PDF_OBJECTS_MAX     8000000U /* object numbers of a section */
#define MH_PDF_SUBSECTIONS_MAX 100000U  /* runs of numbers of a section */
/* Entries of a section: a part of the bytes; real objects have 20 and more. */
#define MH_PDF_ENTRIES_FREE   10000U
#define MH_PDF_ENTRY_BYTES    4U
#define MH_PDF_DEPTH_MAX      100U /* arrays and dictionaries inside */
#define MH_PDF_HOPS_MAX       16U  /* a reference to a reference to … */
#define MH_PDF_STREAM_MAX     (64U << 20) /* bytes of one decoded stream */
#define MH_PDF_RATIO_MAX      200U        /* decoded / encoded; xrefs are 100 */
#define MH_PDF_RATIO_FREE     (1U << 20)  /* bytes decoded before that */
#define MH_PDF_FILTERS_MAX    4U          /* filters of one stream */
#define MH_PDF_PACKED_MAX     100000U     /* objects of one object stream */
#define MH_PDF_STEPS_MAX      50000000U   /* sections searched: 2 seconds */
#define MH_PDF_PACK_BYTES_MAX (8U << 20)  /* bytes of it: qpdf keeps 60 each */
#define MH_PDF_FIELD_VISITS   1000000U    /* form fields, all revisions */
#define MH_PDF_FIELD_DEPTH    32U         /* form fields inside each other */
#define MH_PDF_FIELD_NAME_MAX 4096U       /* bytes of a full field name */
#define MH_PDF_PAGE_VISITS    1000000U /* nodes of the page tree, to a page */
#define MH_PDF_PAGE_DEPTH     64U      /* of the page tree */
#define MH_PDF_PAGES_MAX      20000U   /* nodes of it where pages are counted */
#define MH_PDF_PAGES_BYTES    (64U << 20) /* of memory for counting them */
#define MH_PDF_SIGNATURES_MAX 200U        /* signature dictionaries */
#define MH_PDF_ACTIVE_MAX     1000U       /* activities listed one by one */
#define MH_PDF_CONTENTS_MAX   (16U << 20) /* bytes of one signature value */
/* Judging changes: values looked at, all revisions.  60,000 objects in fifty
   later revisions are 50 million; a few seconds of work. */
#define MH_PDF_CHANGE_VISITS 60000000U
#define MH_PDF_CHANGES_SHOWN 50U   /* changes named, of one revision */
#define MH_PDF_DSS_MAX       4000U /* members of one array of /DSS */
#define MH_PDF_KEYS_MAX      2000U /* of dictionaries to compare */

/* A text written as PDF */
#define MH_TEXT_SIZE_MAX  (4U << 20)  /* bytes of it; a long act has 200,000 */
#define MH_TEXT_PDF_MAX   (64U << 20) /* bytes of the PDF of one */
#define MH_TEXT_PAGES_MAX 2000U       /* pages */

/* A document and its report */
#define MH_DOC_ARENA_MAX       (192U << 20) /* bytes of parsed structure */
#define MH_DOC_SIZE_MAX        (UINT64_C(4) << 30) /* bytes of one document */
#define MH_REPORT_SIZE_MAX     (8U << 20) /* bytes of a packed report */
#define MH_REPORT_SIGS_MAX     1000U
#define MH_REPORT_FILES_MAX    MH_ZIP_ENTRIES_MAX
#define MH_REPORT_FINDINGS_MAX 2000U       /* of a document or a signature */
#define MH_REPORT_NEEDS_MAX    256U        /* addresses to ask */
#define MH_REPORT_TEXT_MAX     1024U       /* bytes of one text in a report */
#define MH_MESSAGE_MAX         (64U << 10) /* bytes of one message */
#define MH_REPLY_RESULT_MAX    (48U << 10) /* bytes of a result inside one */
#define MH_MESSAGE_FDS_MAX     250U /* descriptors beside one; Linux takes 253 */
#define MH_JSON_SIZE_MAX       (1U << 20) /* bytes of a JSON answer */

#endif
