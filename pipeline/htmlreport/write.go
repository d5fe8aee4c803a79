package htmlreport

import (
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"strings"
)

//go:embed assets/page.html.tmpl assets/page.css assets/page.js
//go:embed assets/vendor/d3.min.js assets/vendor/plot.umd.min.js assets/vendor/LICENSES
var assets embed.FS

// page is parsed when a page is written: worker processes, which are the same
// program, should start without it.
func page() *template.Template {
	return template.Must(template.New("page.html.tmpl").Funcs(template.FuncMap{
		"seconds": seconds,
		"size":    size,
		"percent": percent,
		"ratio":   ratio,
		"count":   count,
		"width":   func(share float64) int { return int(100*min(max(share, 0), 1) + 0.5) },
	}).ParseFS(assets, "assets/page.html.tmpl"))
}

// Write writes p as one HTML file that needs nothing beside it. It fails if w
// does, or if p.Data cannot be written as JSON; nothing has been written then.
func Write(w io.Writer, p Page) error {
	v, err := viewOf(p)
	if err != nil {
		return fmt.Errorf("HTML report: %w", err)
	}
	var out strings.Builder
	if err := page().Execute(&out, v); err != nil {
		return fmt.Errorf("HTML report: %w", err)
	}
	if _, err := io.WriteString(w, out.String()); err != nil {
		return fmt.Errorf("HTML report: %w", err)
	}
	return nil
}

// asset is an embedded file, to be put in the page as it is.
func asset(name string) string {
	text, err := assets.ReadFile("assets/" + name)
	if err != nil {
		panic(err) // The name is one of those embedded above.
	}
	return string(text)
}

// scriptJSON is v as JSON that can stand in a script element: encoding/json
// escapes <, >, &, U+2028 and U+2029, also within a json.RawMessage.
func scriptJSON(v any) (template.JS, error) {
	text, err := json.Marshal(v)
	return template.JS(text), err
}
