"""Runs the programs of this directory and prints what they took: python3 run.py [--items N] [--single N] [--json]. Python 3.8+.

Times are medians of --rounds runs, from before the first worker is started until the last one has ended; starting Python itself
is not in them. Exits with 1 if a sum is wrong, or a program other than lambda_futures.py fails.
"""
import argparse
import json
import os
import signal
import statistics
import subprocess
import sys

LAMBDA_ITEMS = 1_000  # it fails however few they are, and with many it takes minutes to
LAMBDA_LIMIT = 15  # seconds; Python 3.8 does not end at all


def main():
    parser = argparse.ArgumentParser(description="sums of squares by plain Python")
    parser.add_argument("--items", type=int, default=1_000_000, help="numbers to square (default 1,000,000)")
    parser.add_argument("--single", type=int, default=20_000, help="numbers to square with one task each (default 20,000)")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each program (default 3)")
    parser.add_argument("--limit", type=float, default=120, help="seconds after which a run is ended (default 120)")
    parser.add_argument("--json", action="store_true", help="print a line of JSON for each program instead of a table")
    args = parser.parse_args()
    if args.items < 1 or args.single < 1 or args.rounds < 1:
        parser.error("--items, --single and --rounds have to be at least 1")

    programs = [
        ("sequential", args.items),
        ("pool_chunks", args.items),
        ("shared_array", args.items),
        ("single_futures", args.single),
        ("lambda_futures", min(args.single, LAMBDA_ITEMS)),
    ]
    rows = []
    for name, items in programs:
        rows.append(measure(name, items, args.rounds, min(args.limit, LAMBDA_LIMIT) if name == "lambda_futures" else args.limit))
        if args.json:
            print(json.dumps(rows[-1]), flush=True)
    if not args.json:
        print_table(rows)
    return int(any(row["error"] and row["way"] != "lambda_futures" for row in rows))


def measure(name, items, rounds, limit):
    """The row of a program; a run that fails ends its rounds."""
    walls, wrong, total = [], "", None
    expected = (items - 1) * items * (2 * items - 1) // 6
    for _ in range(rounds):
        code, out, err = run_program(name, items, limit)
        if code != 0:
            lines = [line for line in err.splitlines() if line.strip()] or ["exit status %d" % code]
            wrong = lines[-1].strip()
            break
        total, seconds = out.split()
        total = int(total)
        if total != expected:
            wrong = "the sum is %d, not %d" % (total, expected)
            break
        walls.append(float(seconds))
    wall = statistics.median(walls) if walls and not wrong else None
    return {"way": name, "items": items, "wall_s": wall, "sum": total, "error": wrong}


def run_program(name, items, limit):
    """Exit status, output and messages of a program, which is ended with its workers when the limit is over."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), name + ".py")
    process = subprocess.Popen(
        [sys.executable, path, str(items)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        out, err = process.communicate(timeout=limit)
        return process.returncode, out, err
    except subprocess.TimeoutExpired:
        return 1, "", "did not end within %g seconds" % limit
    finally:
        if process.returncode is None:
            end(process)


def end(process):
    """Ends a program and its workers. SIGTERM spares Python's resource tracker, which then removes their shared memory."""
    if os.name == "posix":
        os.killpg(process.pid, signal.SIGTERM)
    else:
        subprocess.run(["taskkill", "/T", "/F", "/PID", str(process.pid)], stdout=subprocess.DEVNULL, check=False)
    try:
        process.communicate(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()


def print_table(rows):
    """The columns of the Go program's tables. ~ is extrapolated: by the time per item, from a run of fewer."""
    base = rows[0]
    base_items = base["items"]
    print("Python %d.%d.%d, %d processors" % (sys.version_info[:3] + (os.cpu_count(),)))
    line = "%15s %10s %9s %12s %17s %16s"
    print(line % ("way", "items", "wall", "ns per item", "times sequential", f"{base_items:,} items"))
    for row in rows:
        if row["wall_s"] is None:
            print("%15s %10s fails: %s" % (row["way"], f"{row['items']:,}", row["error"]))
            continue
        each = row["wall_s"] / row["items"]
        about = "" if row["items"] == base_items else "~"
        ratio = about + digits(each * base_items / base["wall_s"]) if base["wall_s"] else "-"
        cells = (row["way"], f"{row['items']:,}", duration(row["wall_s"]), digits(each * 1e9), ratio, about + duration(each * base_items))
        print(line % cells)
    print("~: not measured, but extrapolated by the time per item")


def duration(seconds):
    for unit, scale in (("s", 1), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= scale:
            break
    return digits(seconds / scale) + unit


def digits(value):
    return f"{value:,.{2 if value < 9.995 else 1 if value < 99.95 else 0}f}"


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("interrupted")
