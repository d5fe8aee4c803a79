package pipeline_test

import (
	"context"
	"fmt"
	"os"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/stages/block"
	"github.com/weir-pipeline/weir/stages/result"
)

func ExampleRun() {
	job := pipeline.Job{
		Inputs:    []string{"testdata/diamonds.csv"},
		Where:     "carat >= 1",
		Aggregate: "count() as n, mean(price), max(carat)",
		By:        "cut",
	}
	res, err := pipeline.Run(context.Background(), job, pipeline.Options{Mode: pipeline.Threads})
	if err != nil {
		fmt.Println(err)
		return
	}
	result.WriteCSV(os.Stdout, res.Table)
	// Output:
	// cut,n,mean(price),max(carat)
	// Fair,817,6558.53488372093,5.01
	// Good,1912,7273.546548117155,3.01
	// Ideal,5870,8563.427768313459,3.5
	// Premium,6191,8250.570344047812,4.01
	// Very Good,4270,8097.601639344262,4
}

func ExampleRun_rows() {
	job := pipeline.Job{
		Inputs: []string{"testdata/diamonds.csv"},
		Derive: []string{"perCarat = price / carat"},
		Where:  "carat > 4",
		Select: "carat, cut, price, perCarat",
	}
	// Rows are written as they come, in the order of the file.
	rows := result.NewCSVWriter(os.Stdout)
	if _, err := pipeline.Run(context.Background(), job, pipeline.Options{Rows: rows}); err != nil {
		fmt.Println(err)
		return
	}
	rows.Close()
	// Output:
	// carat,cut,price,perCarat
	// 4.01,Premium,15223,3796.2593516209477
	// 4.01,Premium,15223,3796.2593516209477
	// 4.13,Fair,17329,4195.883777239709
	// 5.01,Fair,18018,3596.407185628743
	// 4.5,Fair,18531,4118
}

// A sum of integers has all its digits, also those that no int64 holds.
func ExampleResult() {
	job := pipeline.Job{
		Inputs:    []string{"testdata/diamonds.csv"},
		Aggregate: "sum(price), sum(price * 1000000000000)",
	}
	res, err := pipeline.Run(context.Background(), job, pipeline.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, v := range res.Table.Rows[0] {
		switch v.Kind() {
		case block.Int:
			fmt.Println("int64:", v.Int64())
		case block.Int128:
			fmt.Println("math/big:", v.Big())
		}
	}
	// Output:
	// int64: 212135217
	// math/big: 212135217000000000000
}

func ExampleClassify() {
	_, err := pipeline.Run(context.Background(), pipeline.Job{
		Inputs:    []string{"testdata/diamonds.csv"},
		Aggregate: "sum(prize)",
	}, pipeline.Options{})
	fmt.Println(err)
	fmt.Println(pipeline.Classify(err) == pipeline.Usage)
	// Output:
	// --agg: sum(prize): unknown column prize; did you mean price?
	//            ^
	// true
}
