#!/usr/bin/env python3
"""Which of posteriordb's programs pass simulation-based calibration: the reversed program against the density that NUTS samples.

    python3 tests/scripts/sbc.py --ppl PPL --work WORK --posteriordb ROOT [--replications 100] [--seconds 120] [NAME ...]

Programs whose verdict is exact (after rewrites or not) are simulated for their smallest data set and each simulation is
fitted; a program fails if some parameter's ranks are not uniform. The level is that of all programs together (Bonferroni over
programs, Holm within). Prints the failures, what could not be run and why, and the counts.
"""
import argparse, collections, concurrent.futures, json, os, subprocess
from posteriordb import Posteriordb


def one(a, model, data, level):
    report = subprocess.run([a.ppl, "reverse", "--json", model], capture_output=True, text=True)
    if report.returncode != 0:
        return "refused", report.stderr.strip()[:200]
    verdict = json.loads(report.stdout)["verdict"]
    if not verdict.startswith("exact"):
        return verdict, ""
    command = [a.ppl, "sbc", model, "--data", data, "-n", str(a.replications), "--seed", str(a.seed), "-q", "--threads", "1", "--level", str(level)]
    try:
        p = subprocess.run(command, capture_output=True, text=True, timeout=a.seconds)
    except subprocess.TimeoutExpired:
        return "slow", f"over {a.seconds} s"
    lines = p.stdout.strip().splitlines()
    left_out = next((line for line in lines if "replications failed" in line), None)
    if left_out and p.returncode != 0 and lines[-1].startswith("failed"):
        # Data sets that could not be drawn or fitted are not missing at random: the ranks say nothing.
        return "left out", left_out[:200]
    if p.returncode == 0:
        return "passed", lines[-1]
    if lines and lines[-1].startswith("failed"):
        return "failed", "; ".join(line.split()[0] + " " + line.split()[3] for line in lines if line.endswith("not uniform"))[:300]
    return "error", p.stderr.strip().splitlines()[-1][:200] if p.stderr.strip() else "?"


def main():
    a = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    a.add_argument("--ppl", required=True)
    a.add_argument("--work", required=True)
    a.add_argument("--posteriordb", required=True)
    a.add_argument("--replications", type=int, default=100)
    a.add_argument("--seconds", type=float, default=120)
    a.add_argument("--level", type=float, default=0.001)
    a.add_argument("--seed", type=int, default=1)
    a.add_argument("--jobs", type=int, default=os.cpu_count())
    a.add_argument("names", nargs="*")
    a = a.parse_args()
    db = Posteriordb(a.posteriordb, a.work)
    smallest = {}
    for name in db.names():
        data = db.data(name)
        if data and (not a.names or name in a.names):
            model = db.model(name)
            smallest[model] = min(smallest.get(model, data), data, key=os.path.getsize)
    level = a.level / max(1, len(smallest))
    count = collections.Counter()
    with concurrent.futures.ThreadPoolExecutor(a.jobs) as pool:
        for (model, data), (verdict, text) in zip(smallest.items(), pool.map(lambda j: one(a, *j, level), smallest.items())):
            count[verdict] += 1
            if verdict not in ("passed", "needs_range"):
                print(f"{verdict:10} {os.path.basename(model)} {text}", flush=True)
    print(dict(count))
    return 1 if count["failed"] else 0


if __name__ == "__main__":
    raise SystemExit(main())
