"""A ZIP writer that can lie.

Every header field of every record is computed first and can then be
overridden, separately in the local record, the data descriptor, the
directory and the end record.  Nothing here checks anything.
"""

import struct
import zlib

LOCAL = b"PK\x03\x04"
DESCRIPTOR = b"PK\x07\x08"
CENTRAL = b"PK\x01\x02"
END = b"PK\x05\x06"
END64 = b"PK\x06\x06"
LOCATOR64 = b"PK\x06\x07"
UTF8 = 0x800
WITH_DESCRIPTOR = 8


def dos_time(when):
    """(time, date) words of a datetime."""
    return (when.hour << 11 | when.minute << 5 | when.second // 2,
            (when.year - 1980) << 9 | when.month << 5 | when.day)


def deflate(data, level=6):
    squeeze = zlib.compressobj(level, zlib.DEFLATED, -15)
    return squeeze.compress(data) + squeeze.flush()


class Entry:
    """One file of the archive.

    name        str (written as UTF-8) or bytes
    data        the content before compression
    method      0 stored, 8 deflated
    descriptor  None, "signed" or "plain": sizes follow the data
    where       "both", "local" (hidden record) or "central" (phantom entry)
    before      bytes put in front of the local record (a gap)
    raw         bytes used in place of the compressed content
    local, central, trailer
                overrides by field name: version, flags, method, time, date,
                crc, csize, usize, name, extra; central also made_by,
                comment, disk, internal, external, offset
    """

    def __init__(self, name, data=b"", method=0, **opts):
        self.name = name.encode() if isinstance(name, str) else name
        self.data = data
        self.method = method
        self.flags = opts.pop("flags", None)
        self.descriptor = opts.pop("descriptor", None)
        self.where = opts.pop("where", "both")
        self.before = opts.pop("before", b"")
        self.raw = opts.pop("raw", None)
        self.local = opts.pop("local", {})
        self.central = opts.pop("central", {})
        self.trailer = opts.pop("trailer", {})
        self.when = opts.pop("when", None)
        self.offset = 0
        if opts:
            raise TypeError(f"unknown entry options: {sorted(opts)}")

    def stored(self):
        if self.raw is not None:
            return self.raw
        return deflate(self.data) if self.method == 8 else self.data

    def fields(self):
        body = self.stored()
        flags = self.flags
        if flags is None:
            flags = 0 if self.name.isascii() else UTF8
            if self.descriptor:
                flags |= WITH_DESCRIPTOR
        time, date = dos_time(self.when) if self.when else (0, 0x21)
        return {"version": 20 if self.method else 10, "flags": flags,
                "method": self.method, "time": time, "date": date,
                "crc": zlib.crc32(self.data), "csize": len(body),
                "usize": len(self.data), "name": self.name, "extra": b""}

    def local_record(self):
        f = self.fields()
        if self.descriptor:
            f.update(crc=0, csize=0, usize=0)
        f.update(self.local)
        head = LOCAL + struct.pack(
            "<HHHHHLLLHH", f["version"], f["flags"], f["method"], f["time"],
            f["date"], f["crc"], f["csize"], f["usize"], len(f["name"]),
            len(f["extra"]))
        return head + f["name"] + f["extra"] + self.stored() + \
            self.descriptor_record()

    def descriptor_record(self):
        if not self.descriptor:
            return b""
        f = self.fields()
        f.update(self.trailer)
        body = struct.pack("<LLL", f["crc"], f["csize"], f["usize"])
        return (DESCRIPTOR if self.descriptor == "signed" else b"") + body

    def central_record(self):
        f = self.fields()
        f.update(made_by=0x314, comment=b"", disk=0, internal=0,
                 external=0o100644 << 16, offset=self.offset)
        f.update(self.central)
        head = CENTRAL + struct.pack(
            "<HHHHHHLLLHHHHHLL", f["made_by"], f["version"], f["flags"],
            f["method"], f["time"], f["date"], f["crc"], f["csize"],
            f["usize"], len(f["name"]), len(f["extra"]), len(f["comment"]),
            f["disk"], f["internal"], f["external"], f["offset"])
        return head + f["name"] + f["extra"] + f["comment"]


def end_record(count, size, offset, comment=b"", lies=None):
    f = {"disk": 0, "start": 0, "here": count, "count": count, "size": size,
         "offset": offset, "length": len(comment)}
    f.update(lies or {})
    return END + struct.pack("<HHHHLLH", f["disk"], f["start"], f["here"],
                             f["count"], f["size"], f["offset"],
                             f["length"]) + comment


def zip64_records(count, size, offset, at, lies):
    """The zip64 end record and its locator; `at` is where it stands."""
    f = {"disk": 0, "start": 0, "here": count, "count": count, "size": size,
         "offset": offset, "at": at}
    f.update(lies or {})
    return END64 + struct.pack("<QHHLLQQQQ", 44, 45, 45, f["disk"],
                               f["start"], f["here"], f["count"], f["size"],
                               f["offset"]) + \
        LOCATOR64 + struct.pack("<LQL", 0, f["at"], 1)


def write(entries, comment=b"", prefix=b"", gap=b"", trailing=b"",
          end=None, zip64=None, order=None):
    """The bytes of the archive.

    prefix is put before everything and counted in the offsets; gap stands
    between the last record and the directory; trailing after the end.
    end overrides fields of the end record, zip64 (a dict of lies, may be
    empty) adds zip64 end records; order sorts the directory (a key).
    """
    out = bytearray(prefix)
    for entry in entries:
        if entry.where == "central":
            continue
        out += entry.before
        entry.offset = len(out)
        out += entry.local_record()
    out += gap
    start = len(out)
    listed = [e for e in entries if e.where != "local"]
    for entry in sorted(listed, key=order) if order else listed:
        out += entry.central_record()
    size = len(out) - start
    if zip64 is not None:
        out += zip64_records(len(listed), size, start, len(out), zip64)
    out += end_record(len(listed), size, start, comment, end)
    return bytes(out) + trailing
