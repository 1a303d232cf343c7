#!/bin/sh
# Prometheus 3 stores the bucket le="0" of a scraped histogram as le="0.0".
#
# Since version 3 whole numbers in the labels `le` and `quantile` of the text format are written with a point when they are read: "0" becomes
# "0.0", "10" becomes "10.0". A query, an alert or a dashboard that names le="0" has data on Prometheus 2 and none on Prometheus 3, without
# an error; le=~"0|0.0" finds it on both.
#
# Seen with the text parser of github.com/prometheus/prometheus 0.316.0 (the release 3.16.0), Go 1.26.8:
#   {__name__="defects_bucket", le="0.0"}, {__name__="defects_bucket", le="2.5"}, {__name__="defects_bucket", le="10.0"}, {…, le="+Inf"}
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
cd "$work"
export GOPATH="$work/go" GOCACHE="$work/cache" GOFLAGS='-modcacherw' GOTOOLCHAIN=local
cat >go.mod <<'MOD'
module found

go 1.25
MOD
cat >main.go <<'GO'
package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
)

const scrape = `# TYPE defects histogram
defects_bucket{le="0"} 3
defects_bucket{le="2.5"} 4
defects_bucket{le="10"} 5
defects_bucket{le="+Inf"} 5
defects_sum 9
defects_count 5
`

func main() {
	parser, err := textparse.New([]byte(scrape), "text/plain", labels.NewSymbolTable(), textparse.ParserOptions{})
	if err != nil {
		panic(err)
	}
	for {
		entry, err := parser.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			panic(err)
		}
		if entry != textparse.EntrySeries {
			continue
		}
		var found labels.Labels
		parser.Labels(&found)
		fmt.Println(found)
	}
}
GO
go get github.com/prometheus/prometheus@v0.316.0 2>get.txt || { cat get.txt >&2; exit 1; }
go mod tidy 2>get.txt || { cat get.txt >&2; exit 1; }
go run . >found.txt
cat found.txt
cat >expected.txt <<'TXT'
{__name__="defects_bucket", le="0.0"}
{__name__="defects_bucket", le="2.5"}
{__name__="defects_bucket", le="10.0"}
{__name__="defects_bucket", le="+Inf"}
{__name__="defects_sum"}
{__name__="defects_count"}
TXT
diff expected.txt found.txt || { echo 'The labels are stored differently now.' >&2; exit 1; }
