# Makes mohur-report(5): puts every row of base/wire/codes.def into the page.
#   awk -f codes.awk codes.def mohur-report.5.in > mohur-report.5
# Ends with an error if a row cannot be read or lacks a text.

function wrong(what) {
    print FILENAME ": " FNR ": " what > "/dev/stderr"
    failed = 1
    exit 1
}

# A line of text that mdoc takes as it stands.
function plain(s) {
    gsub(/\\"/, "\"", s)
    gsub(/\\/, "\\e", s)
    return s ~ /^[.']/ ? "\\&" s : s
}

# One row: the identifier, then five strings.
function take(row,    part, n, i) {
    if (row !~ /^MH_F\([A-Z0-9_]+, *".*"\)$/)
        wrong("not a row: " row)
    sub(/^MH_F\([A-Z0-9_]+, *"/, "", row)
    sub(/"\)$/, "", row)
    n = split(row, part, /", *"/)
    if (n != 5)
        wrong("a finding code lacks a text: " part[1])
    for (i = 1; i <= n; i++)
        if (length(part[i]) < 3)
            wrong("a finding code lacks a text: " part[1])
    if (part[1] in seen)
        wrong("a finding code occurs twice: " part[1])
    seen[part[1]] = 1
    codes++
    text[codes] = ".It " part[1] "\n" plain(part[2]) ".\n.br\n" \
        plain(part[3]) ".\n.br\n" plain(part[4]) ".\n.br\n" plain(part[5]) "."
}

NR == FNR && /^MH_F\(/ { row = "" ; open = 1 }
NR == FNR && open {
    line = $0
    sub(/^ +/, "", line)
    row = row == "" ? line : row " " line
    if (row ~ /"\)$/) {
        take(row)
        open = 0
    }
    next
}
NR == FNR { next }
FNR == 1 && (open || codes == 0) { wrong("the table of codes ends early") }
/^@CODES@$/ {
    for (i = 1; i <= codes; i++)
        print text[i]
    next
}
{ print }
