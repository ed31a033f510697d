"""Raw signatures over bytes, and the asn1crypto algorithm names for them."""

from asn1crypto import algos
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

HASHES = {"sha1": hashes.SHA1, "sha224": hashes.SHA224,
          "sha256": hashes.SHA256, "sha384": hashes.SHA384,
          "sha512": hashes.SHA512, "md5": hashes.MD5,
          "sha3-256": hashes.SHA3_256, "sha3-512": hashes.SHA3_512}


def digest(name, data):
    h = hashes.Hash(HASHES[name]())
    h.update(data)
    return h.finalize()


def sign_bytes(key, data, digest_name="sha256", pss_salt=None):
    """DER for ECDSA, the modulus-long value for RSA.

    pss_salt None means PKCS#1 v1.5, else the salt length in bytes.
    """
    algorithm = HASHES[digest_name]()
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(data, ec.ECDSA(algorithm))
    if pss_salt is not None:
        pad = padding.PSS(padding.MGF1(HASHES[digest_name]()), pss_salt)
        return key.sign(data, pad, algorithm)
    return key.sign(data, padding.PKCS1v15(), algorithm)


def signed_digest_algorithm(key, digest_name="sha256"):
    """The AlgorithmIdentifier that goes with sign_bytes (no PSS)."""
    kind = "rsa" if isinstance(key, rsa.RSAPrivateKey) else "ecdsa"
    return algos.SignedDigestAlgorithm(
        {"algorithm": f"{digest_name}_{kind}"})


def flip(value, at=-1):
    """The same bytes with one bit changed."""
    out = bytearray(value)
    out[at] ^= 1
    return bytes(out)
