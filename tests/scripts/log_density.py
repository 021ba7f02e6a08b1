#!/usr/bin/env python3
"""Compare `ppl log-prob` with Stan's log densities and gradients, point for point.

    python3 tests/scripts/log_density.py --ppl PPL --work WORK --lpgrad DIR --posteriordb ROOT [NAME ...]
    python3 tests/scripts/log_density.py --ppl PPL --work WORK --stdlib stdlib

DIR holds one file per posterior with Stan's values at four unconstrained points: {"unconstrained", "points": [{"q",
"lp_full_nojac", "grad"}]}. With --stdlib the points are those of the expected files. Numbers agree when
|a - b| <= 1e-8 max(1, |a|, |b|). Prints one line per posterior that does not agree or does not run, and the counts.
"""
import argparse, collections, concurrent.futures, glob, json, math, os, subprocess, sys, tempfile
from posteriordb import Posteriordb

TOLERANCE = 1e-8


def distance(a, b):
    """Scaled difference; infinite when one side is not a number. Both sides write null for a value that is not finite."""
    if a is None and b is None:
        return 0.0
    if not (isinstance(a, (int, float)) and isinstance(b, (int, float))) or math.isnan(a) or math.isnan(b):
        return math.inf
    return 0.0 if a == b else abs(a - b) / max(1.0, abs(a), abs(b))


def compare(ppl, work, name, model, data, want_names, points, lp_key, seconds):
    """(verdict, worst scaled difference, text)"""
    if data is None:
        return "no data", 0.0, ""
    with tempfile.NamedTemporaryFile("w", suffix=".json", dir=work, delete=False) as f:
        json.dump([p["q"] for p in points], f)
    cmd = [ppl, "log-prob", model, "--data", data, "--points", f.name, "--json"]
    try:
        p = subprocess.run(cmd, capture_output=True, text=True, timeout=seconds)
    except subprocess.TimeoutExpired:
        return "hang", 0.0, f"over {seconds} s"
    finally:
        os.unlink(f.name)
    if p.returncode != 0:
        last = [l for l in p.stderr.strip().splitlines() if l.strip()]
        return ("refused" if p.returncode == 2 else "crash"), 0.0, f"rc {p.returncode}: " + " / ".join(last[:3])[:300]
    try:
        got = json.loads(p.stdout)
    except ValueError:
        return "crash", 0.0, "output is not JSON: " + p.stdout[:200]
    flat = lambda n: n.replace("[", ".").replace("]", "").replace(",", ".")
    if want_names and list(map(flat, got["unconstrained"])) != list(map(flat, want_names)):
        return "names", math.inf, f"{got['unconstrained'][:6]} against {want_names[:6]}"
    if len(got["points"]) != len(points):
        return "wrong", math.inf, f"{len(got['points'])} points for {len(points)}"
    worst, where = 0.0, ""
    for i, (w, g) in enumerate(zip(points, got["points"])):
        if "error" in w:  # Stan itself fails here
            continue
        pairs = [("lp", w[lp_key], g.get("lp"))]
        if g.get("grad") is None or len(g["grad"]) != len(w["grad"]):
            return "wrong", math.inf, f"point {i + 1}: no gradient: {str(g)[:200]}"
        pairs += [(f"grad[{j + 1}]", a, b) for j, (a, b) in enumerate(zip(w["grad"], g["grad"]))]
        for what, a, b in pairs:
            d = distance(a, b)
            if d > worst:
                worst, where = d, f"point {i + 1} {what}: Stan {a!r}, ours {b!r}"
    return ("ok" if worst <= TOLERANCE else "wrong"), worst, where


def main():
    a = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    a.add_argument("--ppl", required=True)
    a.add_argument("--work", required=True)
    a.add_argument("--lpgrad")
    a.add_argument("--posteriordb")
    a.add_argument("--stdlib")
    a.add_argument("--jobs", type=int, default=os.cpu_count())
    a.add_argument("--seconds", type=float, default=120)
    a.add_argument("--verbose", action="store_true", help="one line for every posterior")
    a.add_argument("--out", help="verdicts as CSV")
    a.add_argument("names", nargs="*")
    a = a.parse_args()
    os.makedirs(a.work, exist_ok=True)
    jobs = []
    if a.stdlib:
        for expected in sorted(glob.glob(a.stdlib + "/models/*/*.expected.json")):
            path = expected[: -len(".expected.json")] + ".stan"
            with open(expected) as f:
                points = json.load(f)["points"]
            jobs.append((os.path.basename(path)[:-5], path, path[:-5] + ".data.json", None, points, "lp"))
    if a.lpgrad:
        db = Posteriordb(a.posteriordb, a.work)
        for path in sorted(glob.glob(a.lpgrad + "/*.json")):
            name = os.path.basename(path)[:-5]
            with open(path) as f:
                of = json.load(f)
            jobs.append((name, db.model(name), db.data(name), of["unconstrained"], of["points"], "lp_full_nojac"))
    jobs = [j for j in jobs if not a.names or j[0] in a.names]
    if not jobs:
        sys.exit("nothing to compare")
    results = []
    with concurrent.futures.ThreadPoolExecutor(a.jobs) as pool:
        for j, r in zip(jobs, pool.map(lambda j: compare(a.ppl, a.work, *j, a.seconds), jobs)):
            results.append(r)
            verdict, worst, text = r
            if a.verbose or verdict != "ok":
                print(f"{verdict:8} {j[0]}: {worst:.2e} {text}", flush=True)
    count = collections.Counter(r[0] for r in results)
    print(f"{len(jobs)} posteriors: " + ", ".join(f"{n} {v}" for v, n in count.most_common()))
    ok = [r[1] for r in results if r[0] == "ok"]
    if ok:
        print(f"largest scaled difference among the agreeing: {max(ok):.2e}")
    if a.out:
        with open(a.out, "w") as f:
            f.write("posterior,verdict,difference,text\n")
            for j, r in zip(jobs, results):
                f.write(f"{j[0]},{r[0]},{r[1]:.3e},{json.dumps(r[2])}\n")
    # what is refused is not wrong; what runs must agree
    sys.exit(1 if any(v in count for v in ("wrong", "names", "crash", "hang")) else 0)


if __name__ == "__main__":
    main()
