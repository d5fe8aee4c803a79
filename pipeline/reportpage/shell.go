package reportpage

import (
	"path/filepath"
	"regexp"
	"strings"
)

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_@%+=:,./-]+$`)

// ShellLine is a command as one types it: words are quoted where a shell asks
// for it, and the program is called by its name.
func ShellLine(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		if i == 0 {
			w = filepath.Base(w)
		}
		if !plainWord.MatchString(w) {
			w = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
		quoted[i] = w
	}
	return strings.Join(quoted, " ")
}
