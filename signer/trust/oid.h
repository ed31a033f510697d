/*
 * Object identifiers as the content octets of their DER, internal to trust.
 */
#ifndef SIGNER_TRUST_OID_H
#define SIGNER_TRUST_OID_H

#include "base/span.h"

/* Attributes: X.520, PKCS #9, RFC 4519. */
#define SG_OID_EMAIL MH_SPAN_LIT("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01")
#define SG_OID_DC    MH_SPAN_LIT("\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19")

/* Extensions (RFC 5280 4.2), id-pkix. */
#define SG_OID_AIA               MH_SPAN_LIT("\x2b\x06\x01\x05\x05\x07\x01\x01")
#define SG_OID_QC                MH_SPAN_LIT("\x2b\x06\x01\x05\x05\x07\x01\x03")
#define SG_OID_SIA               MH_SPAN_LIT("\x2b\x06\x01\x05\x05\x07\x01\x0b")
#define SG_OID_AD_OCSP           MH_SPAN_LIT("\x2b\x06\x01\x05\x05\x07\x30\x01")
#define SG_OID_AD_CA_ISSUERS     MH_SPAN_LIT("\x2b\x06\x01\x05\x05\x07\x30\x02")
#define SG_OID_OCSP_BASIC        MH_SPAN_LIT("\x2b\x06\x01\x05\x05\x07\x30\x01\x01")
#define SG_OID_OCSP_NONCE        MH_SPAN_LIT("\x2b\x06\x01\x05\x05\x07\x30\x01\x02")
#define SG_OID_OCSP_NOCHECK      MH_SPAN_LIT("\x2b\x06\x01\x05\x05\x07\x30\x01\x05")
#define SG_OID_OCSP_CUTOFF       MH_SPAN_LIT("\x2b\x06\x01\x05\x05\x07\x30\x01\x06")
#define SG_OID_OCSP_EXTENDED     MH_SPAN_LIT("\x2b\x06\x01\x05\x05\x07\x30\x01\x09")
#define SG_OID_EKU_TIME_STAMPING MH_SPAN_LIT("\x2b\x06\x01\x05\x05\x07\x03\x08")
#define SG_OID_EKU_OCSP          MH_SPAN_LIT("\x2b\x06\x01\x05\x05\x07\x03\x09")
#define SG_OID_EKU_CLIENT_AUTH   MH_SPAN_LIT("\x2b\x06\x01\x05\x05\x07\x03\x02")
#define SG_OID_EKU_ANY           MH_SPAN_LIT("\x55\x1d\x25\x00")
#define SG_OID_ANY_POLICY        MH_SPAN_LIT("\x55\x1d\x20\x00")
#define SG_OID_CE(n)             MH_SPAN_LIT("\x55\x1d" n)

/* EN 319 412-5. */
#define SG_OID_QC_COMPLIANCE MH_SPAN_LIT("\x04\x00\x8e\x46\x01\x01")
#define SG_OID_QC_SSCD       MH_SPAN_LIT("\x04\x00\x8e\x46\x01\x04")
#define SG_OID_QC_TYPE       MH_SPAN_LIT("\x04\x00\x8e\x46\x01\x06")
#define SG_OID_QCT_ESIGN     MH_SPAN_LIT("\x04\x00\x8e\x46\x01\x06\x01")
#define SG_OID_QCT_ESEAL     MH_SPAN_LIT("\x04\x00\x8e\x46\x01\x06\x02")
#define SG_OID_QCT_WEB       MH_SPAN_LIT("\x04\x00\x8e\x46\x01\x06\x03")

/* Keys and signatures: RFC 8017, 5480, 8410. */
#define SG_OID_PKCS1(n)     MH_SPAN_LIT("\x2a\x86\x48\x86\xf7\x0d\x01\x01" n)
#define SG_OID_EC_KEY       MH_SPAN_LIT("\x2a\x86\x48\xce\x3d\x02\x01")
#define SG_OID_ECDSA_SHA1   MH_SPAN_LIT("\x2a\x86\x48\xce\x3d\x04\x01")
#define SG_OID_ECDSA_SHA(n) MH_SPAN_LIT("\x2a\x86\x48\xce\x3d\x04\x03" n)
#define SG_OID_NIST_SIG(n)  MH_SPAN_LIT("\x60\x86\x48\x01\x65\x03\x04\x03" n)
#define SG_OID_DSA_SHA1     MH_SPAN_LIT("\x2a\x86\x48\xce\x38\x04\x03")
#define SG_OID_DSA_KEY      MH_SPAN_LIT("\x2a\x86\x48\xce\x38\x04\x01")
#define SG_OID_ED25519      MH_SPAN_LIT("\x2b\x65\x70")
#define SG_OID_ED448        MH_SPAN_LIT("\x2b\x65\x71")
#define SG_OID_P256         MH_SPAN_LIT("\x2a\x86\x48\xce\x3d\x03\x01\x07")
#define SG_OID_CERTICOM(n)  MH_SPAN_LIT("\x2b\x81\x04\x00" n)
#define SG_OID_BRAINPOOL(n) MH_SPAN_LIT("\x2b\x24\x03\x03\x02\x08\x01\x01" n)

/* Digests: FIPS 180, 202, TeleTrusT. */
#define SG_OID_NIST_HASH(n) MH_SPAN_LIT("\x60\x86\x48\x01\x65\x03\x04\x02" n)
#define SG_OID_SHA1         MH_SPAN_LIT("\x2b\x0e\x03\x02\x1a")
#define SG_OID_MD5          MH_SPAN_LIT("\x2a\x86\x48\x86\xf7\x0d\x02\x05")
#define SG_OID_RIPEMD160    MH_SPAN_LIT("\x2b\x24\x03\x02\x01")

/* CMS, ESS, TSP: RFC 5652, 5035, 3161, 5940. */
#define SG_OID_PKCS7(n) MH_SPAN_LIT("\x2a\x86\x48\x86\xf7\x0d\x01\x07" n)
#define SG_OID_PKCS9(n) MH_SPAN_LIT("\x2a\x86\x48\x86\xf7\x0d\x01\x09" n)
#define SG_OID_TST_INFO                                                        \
    MH_SPAN_LIT("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x04")
#define SG_OID_ESS_CERT                                                        \
    MH_SPAN_LIT("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x0c")
#define SG_OID_ESS_CERT_V2                                                     \
    MH_SPAN_LIT("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x2f")
/* CAdES, EN 319 122-1 and RFC 5126. */
#define SG_OID_AA(n)           MH_SPAN_LIT("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02" n)
#define SG_OID_ETSI_CADES_2(n) MH_SPAN_LIT("\x04\x00\x81\x95\x32\x01" n)
#define SG_OID_ETSI_CADES(n)   MH_SPAN_LIT("\x04\x00\x8d\x45\x02" n)
/* Revocation values among the signed attributes (ISO 32000-2, 12.8.3.3.2). */
#define SG_OID_ADBE_REVOCATION                                                 \
    MH_SPAN_LIT("\x2a\x86\x48\x86\xf7\x2f\x01\x01\x08")
#define SG_OID_RI_OCSP MH_SPAN_LIT("\x2b\x06\x01\x05\x05\x07\x10\x02")

#endif
