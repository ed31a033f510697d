"""Attacks on JPEG: in each container, beside a signature, and alone.

A spoilt image that was signed as it is must be told (and refused by strict,
where it could be taken for something else or is no image); one that was spoilt
after it was signed must fail."""

import cmswrite
import cms_samples
import small
from stage import FAIL, container

NAME, KIND = "photo.jpg", "image/jpeg"
SOI, EOI = b"\xff\xd8", b"\xff\xd9"
PDF = b"%PDF-1.7\n1 0 obj\n<< >>\nendobj\n%%EOF\n"
ZIP = b"PK\3\4" + bytes(26)
HTML = b"<html><script>1</script></html>"
BROKEN = "jpeg-invalid"
APP_MAX = 16 << 20


def segment(marker, body, size=None):
    return bytes([0xff, marker]) + (
        len(body) + 2 if size is None else size).to_bytes(2, "big") + body


def after_start(image, more):
    """The image with further segments behind its SOI."""
    return image[:2] + more + image[2:]


def without(image, marker):
    """The image less its first segment of that marker."""
    at = image.index(bytes([0xff, marker]))
    return image[:at] + image[at + 2 + int.from_bytes(
        image[at + 2:at + 4], "big"):]


def resized(image, marker, size):
    at = image.index(bytes([0xff, marker])) + 2
    return image[:at] + size.to_bytes(2, "big") + image[at + 2:]


def images(good):
    """(item, name, image, codes, rule, level of a finding)."""
    thumb = segment(0xe1, b"Exif\0\0" + good)
    told = ("F", "warning")
    soft = ("S", "-")
    for name, tail in (("byte", b"\0"), ("text", b"more"),
                       ("image", good), ("zeros", bytes(4096))):
        yield "tails", f"tail-{name}", good + tail, "jpeg-trailing", told
    yield "tails", "tail-pictures", after_start(
        good, segment(0xe2, b"MPF\0")) + good, "jpeg-trailing", told
    for name, other in (("pdf", PDF), ("zip", ZIP), ("html", HTML),
                        ("xml", b"<?xml version='1.0'?><a/>"),
                        ("elf", b"\x7fELF" + bytes(60)),
                        ("mz", b"MZ" + bytes(60)),
                        ("id3", b"ID3" + bytes(60)),
                        ("script", b"<script>1</script>")):
        for place, image in (
                ("tail", good + other),
                ("comment", after_start(good, segment(0xfe, other))),
                ("app", after_start(good, segment(0xe9, other)))):
            yield "polyglots", f"polyglot-{name}-{place}", image, \
                "polyglot", soft
    for name, image in (
            ("zero", resized(good, 0xdb, 0)), ("one", resized(good, 0xdb, 1)),
            ("two", resized(good, 0xdb, 2)),
            ("outside", resized(good, 0xdb, 65535)),
            ("overlap", resized(good, 0xe0, 70)),
            ("frame", resized(good, 0xc0, 12)),
            ("filler", good[:2] + b"\0" + good[2:]),
            ("no-frame", without(good, 0xc0)),
            ("no-tables", without(good, 0xdb))):
        yield "bad lengths", f"length-{name}", image, BROKEN, soft
    for name, image in (("cut", good[:-2]), ("half", good[:-1]),
                        ("headers", good[:good.index(b"\xff\xda")]),
                        ("restart", good[:-1] + b"\xd0")):
        yield "missing EOI", f"end-{name}", image, BROKEN, soft
    one = segment(0xe7, bytes(65533))
    most = APP_MAX // 65535  # segments, and the first one of the image
    yield "huge APPn", "app-past", after_start(good, one * (most + 1)), \
        "limit", soft
    yield "huge APPn", "app-segments", after_start(
        good, segment(0xe7, b"") * 10000), "limit", soft
    yield "fake thumbnails", "thumb-cut", after_start(
        good, resized(thumb, 0xe1, 8)), BROKEN, soft
    yield "fake thumbnails", "thumb-pdf", after_start(
        good, segment(0xe1, b"Exif\0\0" + good[:-2] + PDF + EOI)), \
        "polyglot", soft
    yield "fake thumbnails", "thumb-alone", SOI + thumb + EOI, BROKEN, soft
    for name, box in (("manifest", b"JP\0\1\0\0\0\1\0\0\0\x10jumbc2pa"),
                      ("empty", b"JP")):
        yield "APP11 exclusions", f"app11-{name}", after_start(
            good, segment(0xeb, box)), "content-credentials", told


def holders(pki, file, shown):
    """(name, extension, document, data beside it): signed over `file`, with
    `shown` in its place."""
    def replaced(box):
        box.get(NAME).data = shown
        return box.pack()
    row = [dict(signer="citizen")]
    for profile in ("edoc", "adoc"):
        yield profile, profile, replaced(container.asic_e(
            pki, [file], row, profile)), None
    yield "asics", "asics", replaced(container.asic_s(pki, file, row)), None
    yield "asics-cms", "asics", replaced(cms_samples.asic_s(pki, file)), None
    yield "cms", "p7s", cmswrite.Signature(pki, "citizen", file[1]).pack(), \
        shown
    yield "xades", "xml", container.detached_xml(pki, [file], "citizen"), shown


def changes(good):
    """(item, name, the image after it was signed)."""
    yield "tails", "tail", good + b"more"
    yield "polyglots", "polyglot", good + PDF
    yield "bad lengths", "length", resized(good, 0xdb, 2)
    yield "missing EOI", "end", good[:-2]
    yield "huge APPn", "app", after_start(good, segment(0xe7, bytes(65533)))
    thumb = segment(0xe1, b"Exif\0\0" + good[:-3] + b"\x21" + EOI)
    yield "fake thumbnails", "thumb", after_start(good, thumb)
    yield "APP11 exclusions", "app11", after_start(
        good, segment(0xeb, b"JP\0\1\0\0\0\1\0\0\0\x10jumbc2pa"))


def run(stage, book):
    book.section = "jpeg"
    good = small.picture()
    for item, name, image, codes, (rule, level) in images(good):
        file = (NAME, image, KIND)
        kinds = list(holders(stage.pki, file, image))
        # What takes megabytes is shown in two of them.
        for kind, ext, data, beside in kinds[::4] if len(image) > 1 << 20 \
                else kinds:
            book.add(item, f"{name}-{kind}", data, codes, rule, ext=ext,
                     level=level, beside=beside and (NAME, beside))
        alone = "S" if codes == "polyglot" else "F" if rule == "F" else "R"
        # A reader of PDF takes some of them; so does this one, and refuses.
        other = ",pdf-header" if b"%PDF-" in image else ",format-unknown"
        book.add(item, f"{name}-alone", image, codes + other, alone, ext="jpg",
                 level=level if alone == "F" else "-")
    for item, name, image in changes(good):
        for kind, ext, data, beside in holders(
                stage.pki, (NAME, good, KIND), image):
            book.add(item, f"changed-{name}-{kind}", data, "digest-mismatch",
                     verdicts=FAIL, ext=ext,
                     beside=beside and (NAME, beside))
    # A compressed image: looked at as the stored one is, up to a limit.
    for name, size, codes in (("packed", 1 << 16, "polyglot"),
                              ("packed-past", (32 << 20) + 1,
                               "limit,zip-limit")):
        scan = good[:-2] + bytes(size - len(good) - len(PDF)) + EOI + PDF
        box = container.asic_e(stage.pki, [(NAME, scan, KIND)],
                               [dict(signer="citizen")])
        box.get(NAME).method = 8
        book.add("polyglots", name, box.pack(), codes, "S")
