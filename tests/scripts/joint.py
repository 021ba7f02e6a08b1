#!/usr/bin/env python3
"""Which simulators draw from the joint distribution of their program: the exact test of tests/joint.

    cargo build --release -p ppl-joint --example joint
    python3 tests/scripts/joint.py --joint target/release/examples/joint --work WORK [--posteriordb ROOT] [--stdlib stdlib/models]
        [--draws 2000] [--steps 30] [--seconds 30] [--most 12] [--level 0.001] [NAME ...]

Every program whose parameters have proper priors is tested with its smallest data set, of which lists that are longer than --most are cut where the
program allows it: what is tested is the program, at any size. OPTIONS says more for programs that need it. The level is the chance that any right simulator
fails, over all programs together (Holm). Prints a line for each program, then the failures and the counts by verdict.
"""
import argparse, collections, concurrent.futures, glob, json, os, subprocess
from posteriordb import Posteriordb


OPTIONS = {
    # Autoregressions with wide priors explode: beyond 1e9 the differences of the process are lost to rounding.
    "arK": ["--size", "T=8"],
    # What is missing, coded -1, is given: grades move among grades.
    "bones_model": ["--within", "grade=1,5"],
    # Its prior needs long chains.
    "multi_occupancy": ["--draws", 100],
}


def programs(a):
    """Model and data files: those of the library, and each model of posteriordb with its smallest data set."""
    found = {}
    for model in sorted(glob.glob(f"{a.stdlib}/**/*.stan", recursive=True)) if a.stdlib else []:
        # designs are for simulation only
        if os.path.exists(model[:-5] + ".data.json"):
            found[model] = model[:-5] + ".data.json"
    if a.posteriordb:
        db = Posteriordb(a.posteriordb, a.work)
        for name in db.names():
            data, model = db.data(name), db.model(name)
            if data:
                found[model] = min(found.get(model, data), data, key=os.path.getsize)
    wanted = lambda model: not a.names or os.path.basename(model)[:-5] in a.names
    return {model: data for model, data in found.items() if wanted(model)}


def one(a, model, data):
    options = ["--draws", a.draws, "--steps", a.steps, "--seconds", a.seconds, "--seed", a.seed, "--shown", 2]
    options += ["--most", a.most] if a.most else []
    # The last value of an option holds.
    options += OPTIONS.get(os.path.basename(model)[:-5], [])
    command = [a.joint, model, data, *map(str, options)]
    try:
        p = subprocess.run(command, capture_output=True, text=True, timeout=4 * a.seconds + 30)
    except subprocess.TimeoutExpired:
        return {"error": "too slow"}
    if p.returncode != 0:
        return {"error": p.stderr.strip()[-300:]}
    return json.loads(p.stdout)


def holm(p, level):
    """The names whose p-values are rejected."""
    rejected = set()
    for place, (name, value) in enumerate(sorted(p.items(), key=lambda item: item[1])):
        if value * (len(p) - place) >= level:
            break
        rejected.add(name)
    return rejected


def main():
    a = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    a.add_argument("--joint", required=True)
    a.add_argument("--work", required=True)
    a.add_argument("--posteriordb")
    a.add_argument("--stdlib")
    a.add_argument("--draws", type=int, default=2000)
    a.add_argument("--steps", type=int, default=30)
    a.add_argument("--seconds", type=float, default=30)
    a.add_argument("--most", type=int, default=12, help="cut lists to this length; 0 for none")
    a.add_argument("--level", type=float, default=0.001)
    a.add_argument("--seed", type=int, default=1)
    a.add_argument("--jobs", type=int, default=1)
    a.add_argument("--out", help="all reports, as JSON")
    a.add_argument("names", nargs="*")
    a = a.parse_args()
    jobs = programs(a)
    reports, count = {}, collections.Counter()
    with concurrent.futures.ThreadPoolExecutor(a.jobs) as pool:
        for (model, data), r in zip(jobs.items(), pool.map(lambda j: one(a, *j), jobs.items())):
            name = os.path.basename(model)[:-5]
            reports[name] = r
            if "verdict" in r:
                continue
            if "error" in r:
                print(f"{name:44} error: {r['error'].splitlines()[0][:160] if r['error'] else ''}", flush=True)
                continue
            top = "; ".join(f"{what} z = {z:.1f}" for what, z, _ in r["largest"][:1])
            note = "".join(f", {r[k]} {k.replace('_', ' ')} ({r['why_' + k][:80]})" for k in ("left_out", "outside") if r[k])
            note = (f" with {r['sizes']}" if r["sizes"] else "") + note
            mcmc = " by NUTS" if r["by_mcmc"] else ""
            print(f"{name:44} p = {r['p']:.2g} {r['draws']} draws{mcmc}, {top}{note}", flush=True)
    tested = {name: r for name, r in reports.items() if r.get("draws")}
    p = {name: r["p"] if r["passes"] else 0.0 for name, r in tested.items()}
    failed = holm(p, a.level)
    for name, r in reports.items():
        if "verdict" in r:
            count[r["verdict"]] += 1
        elif "error" in r:
            count["error"] += 1
        elif not r["draws"]:
            count["no draw could be tested"] += 1
        else:
            count[("failed" if name in failed else "passed") + (" by NUTS" if r["by_mcmc"] else "")] += 1
    for name in sorted(failed):
        print("failed:", name, json.dumps(reports[name]))
    print(f"{len(tested)} programs tested at level {a.level}; {dict(count)}")
    if a.out:
        with open(a.out, "w") as f:
            json.dump(reports, f, indent=1)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
