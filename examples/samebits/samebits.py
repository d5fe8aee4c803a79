"""samebits.py WEIR [run flags...] -- FILE...: runs one job over each file in every mode and codec, with 1 to 4 workers and
chunks of 1,000, 65,536 and 1,000,000 rows, and prints the digests. Exits with 1 unless there is one digest for each file;
says whether the files, if they hold the same rows in several formats, agree too."""
import itertools
import json
import subprocess
import sys

WAYS = [("sequential", ""), ("threads", ""), ("pipe", "raw"), ("pipe", "arrow"), ("pipe", "gob"), ("pipe", "json"), ("mmap", "")]

weir, *rest = sys.argv[1:]
flags, files = rest[: rest.index("--")], rest[rest.index("--") + 1 :]
failed, everywhere = False, set()
for path in files:
    digests, runs = {}, 0
    for (mode, codec), workers, rows in itertools.product(WAYS, (1, 2, 3, 4), (1000, 65536, 1000000)):
        if mode == "sequential" and workers > 1:
            continue
        args = [weir, "run", "--mode", mode, "--workers", str(workers), "--chunk-rows", str(rows), "--timings", "none", "--format", "json"]
        p = subprocess.run(args + (["--codec", codec] if codec else []) + flags + [path], capture_output=True, text=True)
        if p.returncode:
            print(path, mode, codec, workers, rows, p.stderr)
            failed = True
            continue
        digests.setdefault(json.loads(p.stdout)["digest"], []).append((mode, codec, workers, rows))
        runs += 1
    print(f"{path}: {runs} runs, {len(digests)} digest(s): {' '.join(digests)}", flush=True)
    failed |= len(digests) != 1
    everywhere.update(digests)
if len(files) > 1:
    print("all files agree" if len(everywhere) == 1 else "the files hold different rows")
sys.exit(failed)
