"""watch.py WEIR LIMIT FILE...: runs a job over each file in every mode under --memory-limit LIMIT and watches the
memory of the process tree. Exits with 1 if a run fails, exceeds the limit, or gives another digest."""
import json
import os
import subprocess
import sys
import threading
import time

AGG = "count(), sum(x*x), mean(y), stddev(z), min(price), max(price), sum(id)"
WAYS = [("sequential", ""), ("threads", ""), ("pipe", "raw"), ("pipe", "arrow"), ("pipe", "gob"), ("pipe", "json"), ("mmap", "")]


def children(pid):
    """pid and its descendants."""
    found = [pid]
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children") as f:
                for child in f.read().split():
                    found += children(int(child))
    except OSError:
        pass
    return found


def memory(pid):
    """Bytes of private anonymous memory and of this process's share of shared anonymous memory."""
    fields = {}
    try:
        with open(f"/proc/{pid}/smaps_rollup") as f:
            for line in f:
                parts = line.split()
                if len(parts) == 3 and parts[2] == "kB":
                    fields[parts[0]] = int(parts[1]) * 1024
    except OSError:
        return 0
    return fields.get("Pss_Anon:", 0) + fields.get("Pss_Shmem:", 0)


def run(args):
    p = subprocess.Popen(args, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    peak, stop = [0], threading.Event()

    def watch():
        while not stop.is_set():
            peak[0] = max(peak[0], sum(memory(q) for q in children(p.pid)))
            time.sleep(0.01)

    t = threading.Thread(target=watch)
    t.start()
    began = time.time()
    out, err = p.communicate()
    wall = time.time() - began
    stop.set()
    t.join()
    return p.returncode, out, err, peak[0], wall


def main():
    weir, limit, files = sys.argv[1], sys.argv[2], sys.argv[3:]
    limit_bytes = int(limit.removesuffix("MB")) * 10**6
    failed = False
    print(f"{'file':30} {'mode':12} {'peak MB':>8} {'of limit':>8} {'seconds':>8}  digest")
    for path in files:
        digests = set()
        for mode, codec in WAYS:
            args = [weir, "run", "--mode", mode, "--memory-limit", limit, "--timings", "none", "--format", "json", "--agg", AGG, path]
            if codec:
                args[2:2] = ["--codec", codec]
            code, out, err, peak, wall = run(args)
            name = os.path.basename(path)
            way = mode + ("/" + codec if codec else "")
            if code:
                print(f"{name:30} {way:12} failed with {code}: {err.decode().strip()}")
                failed = True
                continue
            digest = json.loads(out)["digest"]
            digests.add(digest)
            failed |= peak > limit_bytes or len(digests) > 1
            print(f"{name:30} {way:12} {peak / 1e6:8.0f} {peak / limit_bytes:8.0%} {wall:8.2f}  {digest[:16]}", flush=True)
    sys.exit(failed)


main()
