# Makes mohur.conf(5): puts every row of signer/cmd/config.def into the page.
#   awk -f keys.awk config.def mohur.conf.5.in > mohur.conf.5
# @KEYS name@ stands for the keys of a section, @KEYS@ for those of the top.
# Ends with an error if a row cannot be read.

function wrong(what) {
    print FILENAME ": " FNR ": " what > "/dev/stderr"
    failed = 1
    exit 1
}

function size(n) {
    if (n >= 1099511627776) return n / 1099511627776 "T"
    if (n >= 1073741824) return n / 1073741824 "G"
    return n >= 1048576 ? n / 1048576 "M" : n
}

function words(type,    w) {
    w["NUMBER"] = "number"; w["SIZE"] = "size"; w["TIME"] = "time"
    w["INPUT"] = "path"; w["FILE"] = "path of a file"
    w["FOLDER"] = "path of a folder"; w["BOOL"] = "true or false"
    w["URL"] = "address"; w["ORIGIN"] = "address"; w["HOST"] = "name"
    w["USER"] = "user"; w["NAME"] = "name"; w["KEY"] = "pkcs11: URI"
    w["RIGHT"] = "words"; w["HASH"] = "digits"; w["SECRET"] = "file:PATH"
    w["LISTEN"] = "address"; w["LOGNAME"] = "name"; w["PIN"] = "sha256//..."
    return type in w ? w[type] : "word"
}

NR == FNR && /^SG_KEY\(/ {
    line = $0
    if (line !~ /^SG_KEY\("[a-z]*", "[a-z0-9-]+", (ONE|LIST), [A-Z]+, [0-9]+, [0-9]+, ".*", ".*", ".*"\)$/)
        wrong("not a row: " line)
    n = split(line, q, "\"")
    split(q[5], mid, ", ")
    type = mid[3]
    key = q[4]
    text = ".It Ic " key " Pq " words(type) (mid[2] == "LIST" ? ", a list" : "")
    text = text "\n" toupper(substr(q[n - 1], 1, 1)) substr(q[n - 1], 2) ".\n"
    if (mid[5] + 0 > 0)
        text = text "From " (type == "SIZE" ? size(mid[4]) : mid[4]) " to " \
            (type == "SIZE" ? size(mid[5]) : mid[5]) \
            (type == "TIME" ? " seconds" : type == "TEXT" ? " bytes" : "") ".\n"
    if (q[6] != "")
        text = text "Default: \\(dq" q[6] "\\(dq.\n"
    text = text "For: " q[8] "."
    keys[q[2]] = keys[q[2]] (keys[q[2]] == "" ? "" : "\n") text
    count++
    next
}
NR == FNR { next }
FNR == 1 && count == 0 { wrong("no keys") }
/^@KEYS/ {
    section = $0
    gsub(/^@KEYS ?|@$/, "", section)
    if (!(section in keys))
        wrong("no section " section)
    print ".Bl -tag -width Ds"
    print keys[section]
    print ".El"
    next
}
{ print }
