// Draws the charts over the page's tables, and redraws them when the width
// changes and for printing. Colours that depend on the scheme are CSS variables.
(() => {
  "use strict";
  document.documentElement.classList.add("script");

  const save = document.getElementById("save");
  if (save) {
    save.addEventListener("click", () => {
      const text = document.getElementById("report-data").textContent;
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([text], {type: "application/json"}));
      link.download = "weir-report.json";
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    });
  }
  const source = document.getElementById("chart-data");
  if (!source) return;
  const data = JSON.parse(source.textContent);
  const ways = data.ways || [];
  const categories = data.categories || [];

  const symbols = ["circle", "square", "triangle", "diamond", "star", "wye", "cross", "times"];
  const dashes = [null, "6 3", "2 3", "8 3 2 3", "10 4", "4 2", "1 4", "12 3 2 3 2 3"];
  const colour = (i) => `var(--s${1 + i % 8})`;
  // Lines of one colour differ in dashes and symbols.
  const turn = (i) => (i + Math.floor(i / 8)) % 8;
  const dash = (i) => dashes[turn(i)];
  // styles gives each line of a chart a number for its colour, dashes and symbol.
  // A way has the same in every chart; curves that are no ways are counted.
  const styles = (list) => {
    const at = (line) => ways.findIndex((w) => w.name === line.name);
    return list.every((line) => at(line) >= 0) ? list.map(at) : list.map((_, i) => i);
  };
  const known = (v) => v !== null && v > 0;
  const marginRight = 20; // room for half of the last label of an axis
  const printWidth = 680; // CSS pixels between the margins of an A4 or letter page

  function seconds(s) {
    if (s === 0) return "0";
    const units = [[1, " s"], [1e-3, " ms"], [1e-6, " µs"], [1e-9, " ns"]];
    const [scale, unit] = units.find(([u]) => Math.abs(s) >= u * 0.9995) || units[3];
    return +(s / scale).toPrecision(3) + unit;
  }

  const short = (text, length) => {
    const letters = Array.from(text);
    return letters.length > length ? letters.slice(0, length - 1).join("") + "…" : text;
  };

  // Every chart is redrawn from its data: draw(width) gives its elements.
  const charts = [];
  function chart(id, draw) {
    const box = document.getElementById(id + "-chart");
    if (!box) return null;
    const c = {
      drawn: 0,
      render(width) {
        c.drawn = width;
        try {
          box.replaceChildren(...draw(width, box));
        } catch (error) {
          box.textContent = "This chart could not be drawn; the table has its numbers.";
          console.error(error);
        }
      },
      fit(again) {
        const width = Math.floor(box.clientWidth);
        if (width > 0 && (again || width !== c.drawn)) c.render(width);
      },
    };
    charts.push(c);
    new ResizeObserver(() => c.fit(false)).observe(box);
    c.fit(true);
    return c;
  }
  addEventListener("beforeprint", () => charts.forEach((c) => c.render(printWidth)));
  addEventListener("afterprint", () => charts.forEach((c) => c.fit(true)));

  // rowLabels places the names of rows: in a margin, or above each row where
  // the page is narrow. Rows are indices, because names need not differ.
  function rowLabels(names, width, rowHeight) {
    const above = width < 560;
    const longest = Math.max(0, ...names.map((n) => Array.from(short(n, 30)).length));
    const rows = d3.range(names.length);
    return {
      above,
      marginLeft: above ? 1 : Math.min(14 + longest * 7, 230),
      height: names.length * (above ? rowHeight + 18 : rowHeight) + 40,
      y: {domain: rows, padding: above ? 0.55 : 0.25, paddingOuter: above ? 0.4 : 0.1, type: "band", axis: null},
      axis: above
        ? Plot.text(rows, {
            y: (i) => i, frameAnchor: "left", textAnchor: "start", lineAnchor: "bottom",
            dx: 3, dy: -(rowHeight + 18) * 0.22 - 3, text: (i) => short(names[i], 44),
          })
        : Plot.axisY({tickSize: 0, tickFormat: (i) => short(names[i], 30), label: null}),
    };
  }

  const frame = (width, options) => Plot.plot({
    width, marginRight, marginTop: 8, marginBottom: 38, ...options,
    style: {fontSize: "12px", background: "none", ...options.style},
  });

  const secondsAxis = (width, label) => [
    Plot.gridX({ticks: Math.max(3, Math.round(width / 130)), strokeOpacity: 0.12}),
    Plot.axisX({ticks: Math.max(3, Math.round(width / 130)), tickFormat: seconds, label, labelArrow: "none", labelAnchor: "right"}),
  ];

  // withTooltip adds a box beside the pointer that shows the lines which
  // about(row, x) gives for a chart of rows, if any.
  function withTooltip(svg, rows, about) {
    const tooltip = document.createElement("div");
    tooltip.className = "tooltip";
    tooltip.hidden = true;
    const x = svg.scale("x"), y = svg.scale("y");
    svg.addEventListener("pointermove", (event) => {
      const rect = svg.getBoundingClientRect();
      const scale = svg.width.baseVal.value / rect.width;
      const px = (event.clientX - rect.left) * scale, py = (event.clientY - rect.top) * scale;
      const row = d3.range(rows).find((i) => Math.abs(py - y.apply(i) - y.bandwidth / 2) <= y.step / 2);
      const lines = row === undefined ? null : about(row, x.invert(px));
      tooltip.hidden = !lines;
      if (!lines) return;
      tooltip.textContent = lines.filter(Boolean).join("\n");
      const box = svg.parentElement.getBoundingClientRect();
      const figure = tooltip.offsetParent.getBoundingClientRect();
      const left = Math.min(event.clientX + 12, box.right - tooltip.offsetWidth);
      tooltip.style.left = Math.max(0, left - figure.left) + "px";
      tooltip.style.top = event.clientY - figure.top + 16 + "px";
    });
    svg.addEventListener("pointerleave", () => { tooltip.hidden = true; });
    return [svg, tooltip];
  }

  chart("walls", (width) => {
    const l = rowLabels(ways.map((w) => w.name), width, 36);
    const rows = d3.range(ways.length).filter((i) => known(ways[i].wall[0]));
    const samples = rows.flatMap((i) => (ways[i].samples || []).filter(known).map((s) => ({i, s})));
    const longest = d3.max([...samples.map((d) => d.s), ...rows.map((i) => Math.max(ways[i].wall[0], ways[i].wall[2] || 0))]);
    const svg = frame(width, {
      height: l.height, marginLeft: l.marginLeft, y: l.y,
      x: {domain: [0, longest || 1], nice: true},
      marks: [
        secondsAxis(width, "wall time"),
        Plot.ruleX([0]),
        l.axis,
        Plot.dot(samples, {x: "s", y: "i", dy: 8, r: 3, fill: "currentColor", fillOpacity: 0.35}),
        Plot.ruleY(rows.filter((i) => known(ways[i].wall[2])), {
          y: (i) => i, x1: (i) => ways[i].wall[1], x2: (i) => ways[i].wall[2], stroke: "var(--accent)", strokeWidth: 2.5, dy: -4,
        }),
        Plot.dot(rows, {
          y: (i) => i, x: (i) => ways[i].wall[0], r: 5, dy: -4, fill: "var(--accent)", stroke: "var(--paper)",
        }),
      ],
    });
    return withTooltip(svg, ways.length, (i) => [
      ways[i].name,
      known(ways[i].wall[0]) && `median ${seconds(ways[i].wall[0])}`,
      known(ways[i].wall[2]) && `interval ${seconds(ways[i].wall[1])} to ${seconds(ways[i].wall[2])}`,
    ]);
  });

  chart("cores", (width) => {
    const shown = ways.filter((w) => w.spent);
    const l = rowLabels(shown.map((w) => w.name), width, 38);
    const bars = shown.flatMap((w, i) => {
      let end = 0;
      return w.spent.map(([k, s]) => ({i, k, s, x1: end, x2: end += s}));
    });
    const longest = d3.max(bars, (d) => d.x2);
    const pixels = (width - l.marginLeft - marginRight) / longest;
    const fits = (d) => categories[d.k].name.length * 6.6 + 8 < d.s * pixels;
    const svg = frame(width, {
      height: l.height, marginLeft: l.marginLeft, y: l.y, x: {domain: [0, longest]},
      marks: [
        secondsAxis(width, "core-seconds"),
        l.axis,
        Plot.barX(bars, {
          x1: "x1", x2: "x2", y: "i", fill: (d) => categories[d.k].fill,
          stroke: "var(--paper)", strokeWidth: 0.75,
        }),
        Plot.text(bars.filter(fits), {
          x: (d) => (d.x1 + d.x2) / 2, y: "i", text: (d) => categories[d.k].name,
          fill: (d) => categories[d.k].ink, fontSize: 11, pointerEvents: "none",
        }),
        Plot.ruleX([0]),
      ],
    });
    return withTooltip(svg, shown.length, (i, at) => {
      const bar = bars.find((d) => d.i === i && d.x1 <= at && at < d.x2);
      return bar && [shown[i].name, `${categories[bar.k].name}: ${seconds(bar.s)}`];
    });
  });

  // A timeline has thousands of rectangles, so each category is one path, and
  // the span under the pointer is looked up.
  const timelines = (data.timelines || []).map((t) => ({
    ...t,
    lanes: t.lanes.map((lane) => {
      const spans = [];
      let at = 0;
      for (let i = 0; i < lane.spans.length; i += 5) {
        const [gap, length, k, chunk, count] = lane.spans.slice(i, i + 5);
        spans.push({start: at += gap, end: at += length, k, chunk, count});
      }
      return {name: lane.name, spans};
    }),
  }));
  let chosen = 0;
  const chooser = document.getElementById("timeline-way");

  const timeline = chart("timeline", (width) => {
    const t = timelines[chosen];
    document.getElementById("timeline-shown").textContent = ways[t.way].name;
    for (const note of document.querySelectorAll(".timeline-note")) {
      note.classList.toggle("chosen", Number(note.dataset.timeline) === chosen);
    }
    const l = rowLabels(t.lanes.map((lane) => lane.name), width, 26);
    const spans = (index, scales, values, dimensions, context) => {
      const group = context.document.createElementNS("http://www.w3.org/2000/svg", "g");
      const paths = new Map();
      t.lanes.forEach((lane, i) => {
        const top = scales.y(i).toFixed(1), height = scales.y.bandwidth().toFixed(1);
        for (const s of lane.spans) {
          const x1 = scales.x(s.start * t.tick), x2 = scales.x(s.end * t.tick);
          const d = `M${x1.toFixed(2)},${top}H${x2.toFixed(2)}v${height}H${x1.toFixed(2)}Z`;
          paths.set(s.k, (paths.get(s.k) || "") + d);
        }
      });
      for (const [k, d] of [...paths].sort((a, b) => a[0] - b[0])) {
        const path = context.document.createElementNS("http://www.w3.org/2000/svg", "path");
        path.setAttribute("d", d);
        path.setAttribute("fill", categories[k].fill);
        group.append(path);
      }
      return group;
    };
    const svg = frame(width, {
      height: l.height, marginLeft: l.marginLeft, y: l.y, x: {domain: [0, t.end * t.tick]},
      marks: [secondsAxis(width, "time since the start"), l.axis, spans],
    });
    const x = svg.scale("x");
    const pixel = (x.invert(1) - x.invert(0)) / t.tick;
    return withTooltip(svg, t.lanes.length, (i, at) => {
      const span = nearest(t.lanes[i].spans, at / t.tick, 1.5 * pixel);
      return span && [
        `${categories[span.k].name}, ${t.lanes[i].name}`,
        span.count > 1 && `${span.count} short spans, mostly this`,
        span.chunk >= 0 && `chunk ${t.chunks[span.chunk]}`,
        `from ${seconds(span.start * t.tick)}, for ${seconds((span.end - span.start) * t.tick)}`,
      ];
    });
  });
  if (chooser && timeline) {
    const choose = () => {
      chosen = Number(chooser.value);
      timeline.fit(true);
    };
    chooser.addEventListener("change", choose);
    if (chooser.value !== "0") choose(); // a browser that remembers the choice
  }

  // nearest is the span at a time, or one that begins or ends within slack.
  function nearest(spans, at, slack) {
    const i = d3.bisector((s) => s.start).right(spans, at) - 1;
    const distance = (s) => Math.max(s.start - at, at - s.end, 0);
    const near = [spans[i], spans[i + 1]].filter((s) => s && distance(s) <= slack);
    return near.sort((a, b) => distance(a) - distance(b))[0];
  }

  // lineKeys is a legend of lines: colour, dashes and symbol.
  function lineKeys(lines) {
    const list = document.createElement("ul");
    list.className = "lines";
    list.setAttribute("aria-hidden", "true");
    for (const {name, i, symbol} of lines) {
      const item = document.createElement("li");
      const svg = d3.create("svg").attr("width", 34).attr("height", 14).attr("viewBox", "-17 -7 34 14");
      svg.append("line").attr("x1", -17).attr("x2", 17).attr("stroke", colour(i)).attr("stroke-width", 2).attr("stroke-dasharray", dash(i));
      if (symbol) svg.append("path").attr("d", d3.symbol(symbolType(i), 44)()).attr("fill", colour(i)).attr("stroke", "var(--paper)");
      item.append(svg.node(), name);
      list.append(item);
    }
    return list;
  }
  const symbolType = (i) => [d3.symbolCircle, d3.symbolSquare, d3.symbolTriangle, d3.symbolDiamond,
    d3.symbolStar, d3.symbolWye, d3.symbolCross, d3.symbolTimes][turn(i)];

  chart("latency", (width) => {
    const numbers = styles(ways);
    const lines = ways.map((w, k) => ({name: w.name, i: numbers[k], points: (w.latency || []).filter(([s]) => known(s))})).filter((w) => w.points.length);
    const points = lines.flatMap((line) => [[line.points[0][0], 0], ...line.points].map(([s, share]) => ({line, s, share})));
    return [lineKeys(lines), frame(width, {
      height: Math.min(340, Math.max(240, width * 0.45)), marginLeft: 48,
      x: {type: "log"}, y: {domain: [0, 1]},
      marks: [
        Plot.gridX({ticks: width / 110, strokeOpacity: 0.12}),
        Plot.axisX({ticks: width / 110, text: decades(width - 68, d3.extent(points, (p) => p.s)), label: "time from being read to being done", labelArrow: "none", labelAnchor: "right"}),
        Plot.gridY({ticks: 5, strokeOpacity: 0.12}),
        Plot.axisY({ticks: 5, tickFormat: (v) => Math.round(v * 100) + " %", label: null}),
        ...lines.map((line) => Plot.line(points.filter((p) => p.line === line), {
          x: "s", y: "share", curve: "step-after", stroke: colour(line.i), strokeWidth: 2, strokeDasharray: dash(line.i) || undefined,
        })),
        Plot.tip(points, Plot.pointer({x: "s", y: "share",
          title: (p) => `${p.line.name}\n${Math.round(p.share * 1000) / 10} % within ${seconds(p.s)}`})),
      ],
    })];
  });

  // decades labels 1, 2 and 5 of each power of ten on a logarithmic axis, or fewer
  // where a power has not so many pixels. It goes in as an axis's text, because
  // Plot thins out what a tickFormat gives there.
  function decades(pixels, [low, high]) {
    if (high / low < 3) return seconds;
    const room = pixels / Math.max(Math.log10(high / low), 0.1);
    const labelled = room > 180 ? [1, 2, 5] : room > 100 ? [1, 3] : [1];
    return (v) => {
      const digit = Math.round(v / 10 ** Math.floor(Math.log10(v) + 1e-9));
      return labelled.includes(digit) ? seconds(v) : "";
    };
  }
  const grouped = (v) => v.toLocaleString("en", {maximumFractionDigits: 2});

  function curves(id, list, options) {
    chart(id, (width) => {
      const numbers = styles(list);
      const lines = list.map((c, k) => ({...c, i: numbers[k], points: (c.points || []).filter((p) => known(p[0]) && known(p[1]))})).filter((c) => c.points.length);
      const points = lines.flatMap((c) => c.points.map(([x, y, low, high]) => ({c, x, y, low, high})));
      const marks = lines.flatMap((c) => (c.marks || []).filter((m) => known(m.x) && known(m.y)));
      const ideal = options.ideal ? idealLine(lines) : [];
      const [left, right] = d3.extent([...points, ...marks], (p) => p.x);
      const [low, high] = d3.extent([...points, ...marks, ...ideal].flatMap((p) => [p.y, p.low, p.high].filter(known)));
      const labelLines = 15; // pixels a label above the chart takes
      const above = 18 + labelLines * marks.length;
      const marginLeft = 58;
      // labelPlace puts a label beside its line, where there is room for it.
      const labelPlace = (m) => {
        const wide = 6.4 * Array.from(m.label).length + 8;
        const at = right > left ? marginLeft + Math.log(m.x / left) / Math.log(right / left) * (width - marginLeft - marginRight) : width / 2;
        if (at + wide < width) return {x: "x", frameAnchor: "top", textAnchor: "start", dx: 5};
        if (at - wide > 0) return {x: "x", frameAnchor: "top", textAnchor: "end", dx: -5};
        return {frameAnchor: "top-right", dx: marginRight};
      };
      let ticks = [...new Set(points.map((p) => p.x))].sort((a, b) => a - b);
      const room = Math.max(2, Math.floor(width / 85));
      ticks = ticks.filter((_, i) => i % Math.ceil(ticks.length / room) === 0);
      return [lineKeys(lines.map((c) => ({...c, symbol: true}))), frame(width, {
        height: Math.min(380, Math.max(270, width * 0.5)) + labelLines * marks.length, marginLeft, marginTop: above,
        x: {type: "log", domain: [left * 0.94, right * 1.06]}, y: {type: "log", domain: [low * 0.94, high * 1.06]},
        marks: [
          Plot.gridY({ticks: 5, strokeOpacity: 0.12}),
          Plot.axisY({ticks: 5, text: decades(1000, [low, high]), label: "wall time", labelArrow: "none"}),
          Plot.gridX(ticks, {strokeOpacity: 0.12}),
          Plot.axisX(ticks, {text: grouped, label: options.label, labelArrow: "none", labelAnchor: "right"}),
          Plot.line(ideal, {x: "x", y: "y", stroke: "currentColor", strokeOpacity: 0.55, strokeWidth: 1}),
          Plot.text(ideal.slice(1, 2), {x: "x", y: "y", text: () => "ideal", dx: -6, dy: 8, textAnchor: "end", fill: "var(--quiet)"}),
          ...lines.map((c) => Plot.line(c.points, {x: "0", y: "1", stroke: colour(c.i), strokeWidth: 2, strokeDasharray: dash(c.i) || undefined})),
          Plot.ruleX(points.filter((p) => known(p.low)), {x: "x", y1: "low", y2: "high", stroke: (p) => colour(p.c.i), strokeWidth: 1.5}),
          ...lines.map((c) => Plot.dot(c.points, {
            x: "0", y: "1", r: 4.5, symbol: symbols[turn(c.i)], fill: colour(c.i), stroke: "var(--paper)",
          })),
          Plot.tip(points, Plot.pointer({x: "x", y: "y",
            title: (p) => `${p.c.name}\n${grouped(p.x)} ${options.label}: ${seconds(p.y)}` +
              (known(p.low) ? `\ninterval ${seconds(p.low)} to ${seconds(p.high)}` : "")})),
          Plot.dot(marks, {x: "x", y: "y", r: 8, stroke: "currentColor", strokeWidth: 1.5}),
          ...marks.flatMap((m, i) => [
            Plot.ruleX([m], {x: "x", y1: "y", y2: high * 1.06, insetBottom: 8, insetTop: -labelLines * (i + 0.5), stroke: "currentColor", strokeOpacity: 0.6}),
            Plot.text([m], {...labelPlace(m), text: "label", dy: -labelLines * (i + 1), lineAnchor: "top", fill: "currentColor"}),
          ]),
        ],
      })];
    });
  }

  // idealLine halves the time when workers double, from the fastest line's
  // fewest workers.
  function idealLine(lines) {
    const first = d3.least(lines.map((c) => c.points[0]), (a, b) => a[0] - b[0] || a[1] - b[1]);
    const last = d3.max(lines, (c) => c.points.at(-1)[0]);
    if (!first || last <= first[0]) return [];
    return [first[0], Math.sqrt(first[0] * last), last].map((x) => ({x, y: first[1] * first[0] / x}));
  }

  curves("scaling", data.scaling || [], {label: "workers", ideal: true});
  curves("chunk-size", data.chunkSize || [], {label: "rows a chunk", ideal: false});
})();
