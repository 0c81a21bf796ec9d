// Command golang prints the order of golang.org/x/mod/semver, and with the argument toolchain that of go/version.
package main

import (
	"bufio"
	"fmt"
	"go/version"
	"os"
	"regexp"
	"strings"

	"golang.org/x/mod/semver"
)

// Since 1.21 the bare version is that of the language, before all release candidates; here it is the release.
var bare = regexp.MustCompile(`^(go[1-9]\d*\.(?:2[1-9]|[3-9]\d))(-.*)?$`)

func main() {
	compare, valid := semver.Compare, semver.IsValid
	if len(os.Args) > 1 && os.Args[1] == "toolchain" {
		release := func(text string) string { return bare.ReplaceAllString(text, "$1.0$2") }
		compare = func(one, other string) int { return version.Compare(release(one), release(other)) }
		valid = func(text string) bool { return version.IsValid(release(text)) }
	}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		one, other, _ := strings.Cut(lines.Text(), "\t")
		sign := "!"
		if valid(one) && valid(other) {
			sign = string("<=>"[compare(one, other)+1])
		}
		fmt.Printf("%s\t%s\t%s\n", one, sign, other)
	}
}
