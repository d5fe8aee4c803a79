package main

import (
	"fmt"
	"io"
	"strings"
)

// table is what is printed of the cells of one format.
type table struct {
	header []string
	row    func(c *cell) []string
}

var printed = []table{
	{[]string{"time inside", "threads", "mmap", "best peer", "", "threads / peer", "mmap / threads"}, insideRow},
	{[]string{"whole process", "threads", "mmap", "best peer", "", "threads / peer", "mmap / threads"}, wholeRow},
	{[]string{"peak memory", "threads", "mmap", "leanest peer", "", "threads / peer", "threads, mapped too", "mmap, mapped too"}, memoryRow},
}

func insideRow(c *cell) []string { return c.times((*result).inside) }

func wholeRow(c *cell) []string { return c.times((*result).wall) }

func (c *cell) times(of func(*result) float64) []string {
	threads, mmap := of(c.mode("threads")), of(c.mode("mmap"))
	row := []string{c.Task, seconds(threads), seconds(mmap)}
	if best := c.best(of); best != nil {
		row = append(row, seconds(of(best)), best.Way, ratio(threads, of(best)))
	} else {
		row = append(row, "-", "", "-")
	}
	return append(row, ratio(mmap, threads))
}

func memoryRow(c *cell) []string {
	own := func(r *result) float64 { return float64(r.Memory.OwnBytes) }
	threads, mmap := c.mode("threads"), c.mode("mmap")
	row := []string{c.Task, megabytes(threads.Memory.OwnBytes), megabytes(mmap.Memory.OwnBytes)}
	if best := c.best(own); best != nil {
		row = append(row, megabytes(best.Memory.OwnBytes), best.Way, ratio(own(threads), own(best)))
	} else {
		row = append(row, "-", "", "-")
	}
	return append(row, megabytes(threads.Memory.AllBytes), megabytes(mmap.Memory.AllBytes))
}

func seconds(s float64) string { return fmt.Sprintf("%.3f s", s) }

func ratio(a, b float64) string { return fmt.Sprintf("%.2f", a/b) }

func megabytes(sizeBytes int64) string { return fmt.Sprintf("%.0f MB", float64(sizeBytes)/1e6) }

// write prints the cells of each format as tables, aligned or in Markdown; ratios
// are those of the medians.
func write(out io.Writer, cells []*cell, markdown bool) {
	for i, c := range cells {
		if i == 0 || cells[i-1].Format != c.Format {
			fmt.Fprintf(out, "\n%s, %s rows\n", c.Format, size(c.Rows))
			for _, t := range printed {
				rows := [][]string{t.header}
				for _, d := range cells {
					if d.Format == c.Format {
						rows = append(rows, t.row(d))
					}
				}
				fmt.Fprintln(out)
				writeRows(out, rows, markdown)
			}
		}
	}
	fmt.Fprint(out, "\ninside: what the program itself says it took, without its start; whole: the process from start to end\n"+
		"peak memory: anonymous and shared, of the whole process tree; mapped too: with pages of mapped files\n")
	for _, c := range cells {
		for _, r := range c.Results {
			if l := r.load(); l > 0.25 && r.wall() > 0.1 {
				fmt.Fprintf(out, "disturbed: %s %s by %s: other programs used %.1f processors in a run\n", c.Format, c.Task, r.Way, l)
			}
		}
	}
	for _, c := range cells {
		for i, d := range c.Differences {
			if i == 4 {
				fmt.Fprintf(out, "answers differ: %s: %d more\n", c.Format, len(c.Differences)-i)
				break
			}
			fmt.Fprintf(out, "answers differ: %s %s\n", c.Format, d)
		}
	}
}

func writeRows(out io.Writer, rows [][]string, markdown bool) {
	width := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, text := range row {
			width[i] = max(width[i], len(text))
		}
	}
	for n, row := range rows {
		parts := make([]string, len(row))
		for i, text := range row {
			parts[i] = fmt.Sprintf("%*s", width[i], text)
		}
		if !markdown {
			fmt.Fprintln(out, strings.TrimRight("  "+strings.Join(parts, "  "), " "))
			continue
		}
		fmt.Fprintln(out, "| "+strings.Join(parts, " | ")+" |")
		if n == 0 {
			fmt.Fprintln(out, "|"+strings.Repeat(" ---: |", len(row)))
		}
	}
}
