package expr

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

var update = flag.Bool("update", false, "write the golden files anew")

// form is a node fully parenthesised.
func form(n *Node) string {
	var args []string
	for _, a := range n.Args {
		args = append(args, form(a))
	}
	not := ""
	if n.Negated {
		not = "not "
	}
	switch n.Op {
	case OpLiteral:
		return n.Value.String()
	case OpColumn:
		return quoteName(n.Name)
	case OpCall:
		return n.Name + "(" + strings.Join(args, ", ") + ")"
	case OpUnary:
		return "(" + n.Name + " " + args[0] + ")"
	case OpBinary:
		return "(" + args[0] + " " + n.Name + " " + args[1] + ")"
	case OpIsNull:
		return "(" + args[0] + " is " + not + "null)"
	case OpIn:
		return "(" + args[0] + " " + not + "in (" + strings.Join(args[1:], ", ") + "))"
	}
	return "(" + args[0] + " " + not + "between " + args[1] + " and " + args[2] + ")"
}

func TestPrecedence(t *testing.T) {
	for _, c := range [][2]string{
		{"a or b and c", "(a or (b and c))"},
		{"a || b && c or d", "((a or (b and c)) or d)"},
		{"not a = b and c", "((not (a = b)) and c)"},
		{"! a = b", "((not a) = b)"},
		{"not not a", "(not (not a))"},
		{"a + b < c * d", "((a + b) < (c * d))"},
		{"a == b", "(a = b)"},
		{"a <> b", "(a != b)"},
		{"a - b - c", "((a - b) - c)"},
		{"a * b / c // d % e", "((((a * b) / c) // d) % e)"},
		{"-a ** -b ** c", "(- (a ** (- (b ** c))))"},
		{"-a * b", "((- a) * b)"},
		{"+-+a", "(- a)"},
		{"a is not null and b is null", "((a is not null) and (b is null))"},
		{"a + 1 IS NULL", "((a + 1) is null)"},
		{"a not in (1, 2+3) or b In (x)", "((a not in (1, (2 + 3))) or (b in (x)))"},
		{"a between 1 and 2 and b", "((a between 1 and 2) and b)"},
		{"a not between b + 1 and c - 1", "(a not between (b + 1) and (c - 1))"},
		{"f(a, (b), g())", "f(a, b, g())"},
		{"`a b` + `c``d` + `in`", "((`a b` + `c``d`) + `in`)"},
		{"größe*2", "(größe * 2)"},
		{"(a)(", ""},
	} {
		n, err := Parse(c[0])
		switch {
		case c[1] == "":
			if err == nil {
				t.Errorf("%s is %s, want an error", c[0], form(n))
			}
		case err != nil:
			t.Errorf("%s: %v", c[0], err)
		case form(n) != c[1]:
			t.Errorf("%s is %s, want %s", c[0], form(n), c[1])
		}
	}
}

// TestErrors compares every message with testdata/errors.golden. The comment
// after # says what a text is compiled as.
func TestErrors(t *testing.T) {
	schema := sample().blockSchema()
	expression := func(text string) error { _, err := Compile(text, schema); return err }
	row := func(text string) error { _, err := evalOne(text); return err }
	aggs := func(text string) error {
		calls, err := ParseAggs(text)
		for _, c := range calls {
			for _, a := range c.Args {
				if _, err := a.Compile(schema); err != nil {
					return err
				}
			}
		}
		return err
	}
	names := func(text string) error {
		list, err := ParseNames(text)
		for _, n := range list {
			if _, err := n.Index(schema); err != nil {
				return err
			}
		}
		return err
	}
	assign := func(text string) error {
		a, err := ParseAssign(text)
		if err == nil {
			_, err = a.Compile(schema)
		}
		return err
	}
	var got strings.Builder
	for _, group := range []struct {
		name  string
		check func(string) error
		texts []string
	}{
		{"syntax", expression, []string{
			"", "  ", "x +", "x + * y", "(x + y", "x + y)", "x y", "1 2", "x < y < 3", "x = y is null", "x & y", "x | y", "x ^ 2", "x.y", "#", "'abc", "`abc", "``",
			"3x", "0x", "1.2.3", "1e400", "18446744073709551616", "x in ()", "x in 3", "x is 3", "x between 1", "f(x,", "if(x", "and x", "x = not yes", "in + 1", "x not y",
			"\xff", "x\t+\n nmae", strings.Repeat("(", 300), strings.Repeat("- ", 300) + "x", "größe + nmae", strings.Repeat("x + ", 40) + "nmae + " + strings.Repeat("x + ", 40) + "x",
		}},
		{"names", expression, []string{
			"x + nmae", "X + 1", "qqqq", "`cost total` = 'a'", "wrod = 'a'", "sqtr(x)", "summ(x)", "frobnicate(x)", "sum(x) > 3", "max(x, 3)", "nay",
		}},
		{"types", expression, []string{
			"x + name", "x + yes", "-yes", "-name", "name * 2", "at + 3600", "at * 2", "day * 2", "day + 1.5", "day - at", "x and yes", "name or yes", "not x", "not name",
			"if(x, 1, 2)", "if(yes, 1, 'a')", "coalesce(x, name)", "x = name", "x = '3'", "name > 3", "yes < no", "day = 3", "day = 'x'", "day > '2001-02-30'", "at = '2001-03-31 25:00'",
			"at > '2001-03-31T00:00:00Z'", "at = utc", "x = null", "null != x", "x in (y)", "x in ('a')", "day in ('2001-03-31', 'b')", "sqrt(name)", "sqrt(yes)", "sqrt()", "sqrt(x, y)", "if(yes)",
			"round(y, x)", "round(y, 400)", "int(name)", "float(name)", "year(x)", "year('2001-03-31')", "hour(day)", "date(x)", "date('abc')", "timestamp(x)", "epoch(x)", "length(x)",
			"contains(name, word)", "contains(x, 'a')", "least(name, 'a')", "greatest(yes, no)", "coalesce(day, '2001-03-31 12:00')", "coalesce(at, '2001-03-31 00:00:00.0001')", "abs(name)",
		}},
		{"constants", expression, []string{
			"1 // 0", "x + 1 % 0", "9223372036854775807 + 1", "2 ** 64", "2 ** -1", "-9223372036854775808 // -1", "abs(-9223372036854775808)", "int(1e300)", "int(nan())", "18446744073709551615 + 1",
			"x + 18446744073709551615", "-18446744073709551615", "round(9223372036854775807, -1)",
		}},
		{"rows", row, []string{
			"big + x", "1 + big * x", "x - -big", "x // zero", "x % zero", "x ** big", "x ** -1", "-(-big - 1)", "abs(-big - 1)", "u + x", "u + 1", "zero + (u - u - 1)", "int(u)", "int(nan)",
			"int(y * 1e300)", "if(yes, x // zero, 1)", "yes and x // zero = 1", "coalesce(n, x // zero)", "day + big", "if(no, 1, if(yes, big + 1, 2))", "x in (1, 2) or x % zero = 1", "round(big, -1)",
		}},
		{"aggregates", aggs, []string{
			"", "sum(x", "sum(x) as", "sum(x) as as", "sum(x) as 'a'", "sum(x) y", "x + 1", "sum(x), ", "sum(x), sum(x)", "sum(x) as s, mean(y) as s", "sum(nmae)", "mean(y), sum(x + name)", "`sum`(x)", "sum",
		}},
		{"names of columns", names, []string{"", "x, ", "x y", "x + 1", "x, nmae", "x, x", "in", "'x'", "3", "x = 1"}},
		{"assignments", assign, []string{"", "a", "a == 3", "a = ", "a = x x", "a + 1 = 3", "3 = x", "a = nmae", "in = 3", "a = x + name"}},
	} {
		fmt.Fprintf(&got, "# %s\n", group.name)
		for _, text := range group.texts {
			err := group.check(text)
			var at *Error
			if !errors.As(err, &at) {
				t.Errorf("%s: %q gives %v, want an *Error", group.name, text, err)
				continue
			}
			fmt.Fprintf(&got, "%v\n", err)
		}
	}
	golden := filepath.Join("testdata", "errors.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	gotLines, wantLines := strings.Split(got.String(), "\n"), strings.Split(string(want), "\n")
	for i := range max(len(gotLines), len(wantLines)) {
		g, w := "", ""
		if i < len(gotLines) {
			g = gotLines[i]
		}
		if i < len(wantLines) {
			w = wantLines[i]
		}
		if g != w {
			t.Fatalf("line %d is\n%s\nwant\n%s", i+1, g, w)
		}
	}
}

func TestParseAggs(t *testing.T) {
	text := " sum(x*x) as s, quantile( y , 0.5 ), COUNT(), mean(`Cost Total`) as `a b`"
	calls, err := ParseAggs(text)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range calls {
		var args []string
		for _, a := range c.Args {
			if text[a.Offset:][:len(a.Text)] != a.Text {
				t.Errorf("%q is not at %d", a.Text, a.Offset)
			}
			args = append(args, a.Text)
		}
		got = append(got, fmt.Sprintf("%s(%s) %q at %d", c.Func, strings.Join(args, "|"), c.Name, c.Offset))
	}
	want := []string{`sum(x*x) "s" at 1`, `quantile(y|0.5) "quantile( y , 0.5 )" at 16`, `count() "COUNT()" at 37`, "mean(`Cost Total`) \"a b\" at 46"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestParseNamesAndAssign(t *testing.T) {
	names, err := ParseNames(" k , `Cost Total`,größe")
	if err != nil || len(names) != 3 || names[0].Name != "k" || names[1].Name != "Cost Total" || names[2].Name != "größe" || names[1].Offset != 5 {
		t.Errorf("%v, %v", names, err)
	}
	for text, want := range map[string]string{"a=x*2": "a|x*2", " `a b` = x = 1 ": "a b|x = 1", "speed= (x)": "speed|(x)"} {
		a, err := ParseAssign(text)
		if err != nil || a.Name+"|"+a.Text != want {
			t.Errorf("%s: %s|%s, want %s; %v", text, a.Name, a.Text, want, err)
		}
	}
}

// TestLongTexts compiles what is as long as it may be.
func TestLongTexts(t *testing.T) {
	schema := sample().blockSchema()
	for _, text := range []string{
		"0" + strings.Repeat("+x", maxText/2-1),
		"x in (0" + strings.Repeat(",1", maxText/2-20) + ")",
		"yes" + strings.Repeat(" or yes", maxText/8),
		strings.Repeat("(", maxDepth-1) + "x" + strings.Repeat(")", maxDepth-1),
	} {
		e, err := Compile(text, schema)
		if err != nil {
			t.Errorf("%.30s...: %v", text, err)
			continue
		}
		if e.registers > 2 {
			t.Errorf("%.30s... takes %d registers", text, e.registers)
		}
	}
	if _, err := Parse(strings.Repeat(" ", maxText+1)); err == nil {
		t.Error("a text without end is read")
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{
		"x*x + y", "not (a or b) and c", "x in (1, 'a', null)", "x between 1 and 2", "if(a, b, c)", "`a``b` = \"c\"\"d\"", "-2 ** -3 ** 4", "day >= '2001-03-31T18:30:00.5Z'",
		"0xff // 3 % 2", "sum(x) as s, count()", "a = b", "x, y", "1e5 is not null", "timestamp('1969-12-31 23:59:59.25') < at", "round(2.5, 1)", "u - 18446744073709551615",
	} {
		f.Add(text)
	}
	schema := sample().blockSchema()
	f.Fuzz(func(t *testing.T, text string) {
		check := func(err error) {
			var at *Error
			if err != nil && (!errors.As(err, &at) || at.Text != text || at.Offset < 0 || at.Offset > len(text) || at.Msg == "") {
				t.Errorf("%q: %#v", text, err)
			}
			if err != nil && utf8.ValidString(text) && !utf8.ValidString(err.Error()) {
				t.Errorf("%q: the message is not UTF-8: %q", text, err.Error())
			}
		}
		n, err := Parse(text)
		check(err)
		if err == nil {
			again, err := Parse(form(n))
			if err != nil || form(again) != form(n) {
				if !strings.Contains(fmt.Sprint(err), "nested deeper") && !strings.Contains(fmt.Sprint(err), "longer than") {
					t.Errorf("%q reads as %s, which reads as %v", text, form(n), err)
				}
			}
			_, err = Compile(text, schema)
			check(err)
			if err == nil {
				_, err = evalOne(text)
				var at *RowError
				if err != nil && !errors.As(err, &at) {
					t.Errorf("%q: %v", text, err)
				}
			}
		}
		_, err = ParseAggs(text)
		check(err)
		_, err = ParseNames(text)
		check(err)
		_, err = ParseAssign(text)
		check(err)
	})
}
