package main

import (
	"context"
	"os"
	"testing"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/pipeline/verdict"
)

func TestMain(m *testing.M) {
	pipeline.ServeWorker(withSlowMerge())
	os.Exit(m.Run())
}

// The verdict names the planted cause first. How near its share comes to the
// truth is what the program itself shows, on a machine that has nothing else to
// do; here others may be busy, so that a job is tried a few times, and what they
// cost is left out.
func TestPlantedCausesAreNamed(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector makes every job slow for a reason that is not planted")
	}
	const rows, attempts = 600_000, 6
	ctx := context.Background()
	f, err := makeFiles(ctx, t.TempDir(), rows)
	if err != nil {
		t.Fatal(err)
	}
	catalog := withSlowMerge()
	for _, p := range jobs(f, rows) {
		t.Run(p.name, func(t *testing.T) {
			p.slow.options.Catalog, p.cured.options.Catalog = &catalog, &catalog
			var found []verdict.Finding
			for range attempts {
				o, err := measure(ctx, p, 1)
				if err != nil {
					t.Fatal(err)
				}
				found = found[:0]
				for _, f := range o.found {
					if f.Cause != verdict.OtherLoad {
						found = append(found, f)
					}
				}
				if p.cause == "" && len(found) == 0 || len(found) > 0 && found[0].Cause == p.cause {
					return
				}
			}
			t.Errorf("found %v in the last of %d attempts, planted was %q", found, attempts, p.cause)
		})
	}
}
