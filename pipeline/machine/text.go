package machine

import (
	"fmt"
	"math"
	"strings"
	"text/tabwriter"
)

// String is the costs in words, a line or a small table each. Figures are medians;
// the least and the most measured are in brackets where they matter most.
func (c Costs) String() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("the machine, measured in %s, with %s:", seconds(c.TookSeconds), plural(c.Processors, "processor"))
	if s := c.Spawn; s != nil {
		cost := "costs " + s.WorkerCPUSeconds.seconds() + " of processor time there"
		if s.CoordinatorCPUSeconds != nil {
			cost += " and " + s.CoordinatorCPUSeconds.seconds() + " here"
		}
		line("  a process starts in %s, ends in %s and %s", s.WallSeconds.ranged(), s.EndSeconds.seconds(), cost)
		if s.AtOnceWallSeconds != nil {
			line("  %s at once are ready in %s", plural(s.AtOnce, "process"), s.AtOnceWallSeconds.ranged())
		}
	}
	for _, h := range c.Handovers {
		line("  a chunk crosses and is answered in %s by %s, %s each with %d ahead%s",
			h.RoundTripSeconds.seconds(), h.Mode, h.PerChunkSeconds.seconds(), h.Ahead, h.cpu())
	}
	if f := c.InputFault; f != nil {
		line("  a fault of the mapped input takes %s", f.words())
	}
	if a := c.Arena; a != nil {
		mib := func(perByte Figure) string { return seconds(perByte.Median * (1 << 20)) }
		line("  1 MiB of fresh shared memory takes %s to reserve; the faults take %s to fill it, %s to read it in another process",
			mib(a.ReserveSecondsPerByte), mib(a.Fill.SecondsPerByte), mib(a.Read.SecondsPerByte))
		line("  a fault of filling it takes %s, of reading it %s", a.Fill.words(), a.Read.words())
	}
	if s := c.Scan; s != nil {
		var rates []string
		for _, r := range s.Rates {
			rate := fmt.Sprintf("%s GB/s by %s", significant(r.BytesPerSecond.Median/1e9), plural(r.Cores, "core"))
			if r.Cores > 1 {
				rate += fmt.Sprintf(" (%.2f times as fast)", r.Speedup)
			}
			rates = append(rates, rate)
		}
		line("  mapped doubles are summed at %s", strings.Join(rates, ", "))
	}
	if s := c.Switch; s != nil {
		text := "  a thread wakes in " + s.WakeSeconds.ranged() + "; the clock takes " + s.ClockSeconds.seconds()
		if s.UsageSeconds != nil {
			text += ", getrusage " + s.UsageSeconds.seconds()
		}
		line("%s", text)
	}
	if len(c.Copies) > 0 {
		line("  ns for each byte of a chunk through a pipe:")
		writeCopies(&b, c.Copies)
	}
	for _, m := range c.Missing {
		line("  not measured: %s: %s", m.Figure, m.Why)
	}
	return b.String()
}

func writeCopies(b *strings.Builder, copies []Copy) {
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\tencode\twrite\tread\tdecode\tpayload\t")
	for _, c := range copies {
		ns := func(f *Figure) string {
			if f == nil {
				return "-"
			}
			return fmt.Sprintf("%.3f", f.Median*1e9)
		}
		fmt.Fprintf(w, "    %s %s\t%s\t%s\t%s\t%s\t%.0f %%\t\n", c.Codec, c.Values,
			ns(&c.EncodeSecondsPerByte), ns(c.WriteSecondsPerByte), ns(c.ReadSecondsPerByte), ns(&c.DecodeSecondsPerByte),
			100*float64(c.PayloadBytes)/float64(c.ChunkBytes))
	}
	w.Flush()
}

func (h Handover) cpu() string {
	if h.CoordinatorCPUSeconds == nil || h.WorkerCPUSeconds == nil {
		return ""
	}
	return fmt.Sprintf(" (processor time %s here, %s there)", h.CoordinatorCPUSeconds.seconds(), h.WorkerCPUSeconds.seconds())
}

// words is such as "0.25 µs for 64 KiB".
func (f Fault) words() string {
	return fmt.Sprintf("%s for %s", f.SecondsPerFault.seconds(), kib(f.PagesPerFault*float64(f.PageBytes)))
}

func (f Figure) seconds() string { return seconds(f.Median) }

// ranged is the median, and in brackets the least and the most.
func (f Figure) ranged() string {
	if f.Samples < 2 {
		return f.seconds()
	}
	return fmt.Sprintf("%s (%s to %s)", f.seconds(), seconds(f.Low), seconds(f.High))
}

// seconds shows a time in the unit that leaves it at 1 or more.
func seconds(s float64) string {
	for _, unit := range []struct {
		name string
		size float64
	}{{"s", 1}, {"ms", 1e-3}, {"µs", 1e-6}} {
		if math.Abs(s) >= unit.size {
			return significant(s/unit.size) + " " + unit.name
		}
	}
	return significant(s/1e-9) + " ns"
}

// significant shows two digits, more of numbers that have more before the point.
func significant(v float64) string {
	if math.Abs(v) < 9.95 {
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.0f", v)
}

func kib(sizeBytes float64) string {
	if sizeBytes >= 1<<20 {
		return significant(sizeBytes/(1<<20)) + " MiB"
	}
	return fmt.Sprintf("%.0f KiB", sizeBytes/(1<<10))
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if strings.HasSuffix(noun, "s") {
		noun += "e"
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
