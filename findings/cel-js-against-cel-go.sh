#!/bin/sh
# What @marcbachmann/cel-js makes of expressions on which the CEL specification, and cel-go, say something else.
#
# - matches() is JavaScript's regular expression: a back reference or a look-ahead works, where CEL's RE2 refuses the pattern.
# - int(1.5e19) is 15000000000000000000, outside of the 64 bits that an int has; the specification wants an error. Sums do overflow as they should.
# - Strings are compared by UTF-16 units: "\U0001F600" is below "\uFFFF"; by code points, as the specification has it, it is above.
# - string() of a timestamp or a duration has no overload, though it is a standard conversion.
# - duration("-1.5s") and the logic of errors (true || 1/0 > 0, exists with an error in it) agree: those one need not guess.
#
# Seen with @marcbachmann/cel-js 8.0.0 on Node 20.20.2 and cel-go 0.31.0 on Go 1.26.8: the table below.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
cd "$work"
cat >expected.txt <<'TXT'
"aa".matches("^(a)\\1$") | true | error
"ab".matches("a(?=b)") | true | error
int(1.5e19) | 15000000000000000000 | error
9223372036854775807 + 1 == 0 | error | error
"\U0001F600" < "\uFFFF" | true | false
string(duration("1h")) | error | 3600s
string(timestamp("2026-01-01T00:00:00Z")) | error | 2026-01-01T00:00:00Z
duration("-1.5s") < duration("-1s") | true | true
true || 1 / 0 > 0 | true | true
[1, 2].exists(x, x == 1 || 1 / 0 > 0) | true | true
TXT
sed 's/ | .*//' expected.txt >expressions.txt

npm init -y >/dev/null
npm install --silent --no-audit --no-fund @marcbachmann/cel-js@8.0.0
cat >run.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { evaluate } from '@marcbachmann/cel-js';

for (const expression of readFileSync('expressions.txt', 'utf8').trim().split('\n')) {
  try {
    console.log(String(evaluate(expression)));
  } catch {
    console.log('error');
  }
}
JS
node run.mjs >js.txt

export GOPATH="$work/go" GOCACHE="$work/cache" GOFLAGS='-modcacherw' GOTOOLCHAIN=local
mkdir reference && cd reference
cat >go.mod <<'MOD'
module reference

go 1.23
MOD
cat >main.go <<'GO'
package main

import (
	"bufio"
	"fmt"
	"os"

	"github.com/google/cel-go/cel"
)

func main() {
	env, err := cel.NewEnv()
	if err != nil {
		panic(err)
	}
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		fmt.Println(evaluate(env, lines.Text()))
	}
}

func evaluate(env *cel.Env, expression string) string {
	ast, issues := env.Compile(expression)
	if issues.Err() != nil {
		return "error"
	}
	program, err := env.Program(ast)
	if err != nil {
		return "error"
	}
	value, _, err := program.Eval(map[string]any{})
	if err != nil {
		return "error"
	}
	return fmt.Sprint(value.Value())
}
GO
go get github.com/google/cel-go@v0.31.0 2>get.txt || { cat get.txt >&2; exit 1; }
go mod tidy 2>get.txt || { cat get.txt >&2; exit 1; }
go run . <../expressions.txt >../go.txt
cd ..
sed 's/$/ |/' expressions.txt | paste -d ' ' - js.txt | sed 's/$/ |/' | paste -d ' ' - go.txt >found.txt
echo 'expression | cel-js | cel-go'
cat found.txt
diff expected.txt found.txt || { echo 'One of the two evaluates differently now.' >&2; exit 1; }
