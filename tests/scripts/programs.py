#!/usr/bin/env python3
"""How many of posteriordb's programs compile and bind.

    python3 tests/scripts/programs.py --ppl PPL --work WORK --posteriordb ROOT

Every program is bound to the smallest of its data sets and its gradient evaluated at one random point of the
unconstrained space. Prints the refused ones with the reason, and the counts.
"""
import argparse, collections, concurrent.futures, json, os, random, subprocess, sys, tempfile
from posteriordb import Posteriordb


def log_prob(ppl, work, model, data, points, seconds):
    with tempfile.NamedTemporaryFile("w", suffix=".json", dir=work, delete=False) as f:
        json.dump(points, f)
    try:
        p = subprocess.run([ppl, "log-prob", model, "--data", data, "--points", f.name, "--json"], capture_output=True, text=True, timeout=seconds)
    except subprocess.TimeoutExpired:
        return "hang", f"over {seconds} s"
    finally:
        os.unlink(f.name)
    if p.returncode != 0:
        return ("refused" if p.returncode == 2 else "crash"), " / ".join(p.stderr.strip().splitlines()[:3])[:300]
    return "ok", json.loads(p.stdout)


def one(a, model, data):
    verdict, got = log_prob(a.ppl, a.work, model, data, [], a.seconds)
    if verdict != "ok":
        return verdict, got
    rng = random.Random(1)
    point = [rng.uniform(-0.25, 0.25) for _ in got["unconstrained"]]
    verdict, got = log_prob(a.ppl, a.work, model, data, [point], a.seconds)
    return verdict, got if verdict != "ok" else f"{len(point)} parameters, lp {got['points'][0].get('lp')}"


def main():
    a = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    a.add_argument("--ppl", required=True)
    a.add_argument("--work", required=True)
    a.add_argument("--posteriordb", required=True)
    a.add_argument("--jobs", type=int, default=os.cpu_count())
    a.add_argument("--seconds", type=float, default=120)
    a.add_argument("--required", type=int, default=110)
    a.add_argument("--verbose", action="store_true")
    a = a.parse_args()
    db = Posteriordb(a.posteriordb, a.work)
    smallest = db.smallest()
    jobs = [(m, smallest.get(m)) for m in db.models()]
    count = collections.Counter()
    with concurrent.futures.ThreadPoolExecutor(a.jobs) as pool:
        results = pool.map(lambda j: one(a, *j) if j[1] else ("no data", ""), jobs)
        for (model, _), (verdict, text) in zip(jobs, results):
            count[verdict] += 1
            if a.verbose or verdict != "ok":
                print(f"{verdict:8}{os.path.basename(model)[:-5]}: {text}", flush=True)
    print(f"{len(jobs)} programs: " + ", ".join(f"{n} {v}" for v, n in count.most_common()))
    sys.exit(0 if count["ok"] >= a.required else 1)


if __name__ == "__main__":
    main()
