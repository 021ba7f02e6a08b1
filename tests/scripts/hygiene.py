#!/usr/bin/env python3
"""How often real programs simulate data sets that are no use, and which statement is to blame.

    python3 tests/scripts/hygiene.py --ppl PPL --work WORK [--posteriordb ROOT] [--folder stdlib/models] [-n 1000] [--json FILE] [NAME ...]

Each program of posteriordb, and of the folders, whose verdict is exact (after rewrites or not) is simulated -n times for its smallest data
set, or for the data beside it (MODEL.data.json). Prints a line a program: the
share of data sets that a statement rejected, that have a number that is not finite or overflows, and whose outcome is
the same number throughout; below it the statements to blame. Exit code 1 where a program could not be simulated.
"""
import argparse, collections, concurrent.futures, glob, json, os, subprocess
from posteriordb import Posteriordb

KINDS = ("rejected", "not_finite", "overflowed", "degenerate")


def one(a, model, data):
    """A verdict, and the report where the program was simulated."""
    p = subprocess.run([a.ppl, "reverse", "--json", model], capture_output=True, text=True)
    if p.returncode != 0:
        return "refused", p.stderr.strip()[:200]
    verdict = json.loads(p.stdout)["verdict"]
    if not verdict.startswith("exact"):
        return verdict, None
    command = [a.ppl, "simulate", model, "--data", data, "-n", str(a.n), "--seed", str(a.seed), "--threads", "1", "--json", "-q"]
    try:
        p = subprocess.run(command, capture_output=True, text=True, timeout=a.seconds)
    except subprocess.TimeoutExpired:
        return "slow", f"over {a.seconds} s"
    if p.returncode != 0:
        return "error", (p.stderr.strip().splitlines() or ["?"])[-1][:200]
    return "simulated", json.loads(p.stdout)


def main():
    a = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    a.add_argument("--ppl", required=True)
    a.add_argument("--work", required=True)
    a.add_argument("--posteriordb")
    a.add_argument("--folder", action="append", default=[], help="programs with data beside them")
    a.add_argument("-n", type=int, default=1000)
    a.add_argument("--seed", type=int, default=1)
    a.add_argument("--seconds", type=float, default=60)
    a.add_argument("--jobs", type=int, default=os.cpu_count())
    a.add_argument("--json", help="the reports, by program")
    a.add_argument("names", nargs="*")
    a = a.parse_args()
    smallest = Posteriordb(a.posteriordb, a.work).smallest(a.names) if a.posteriordb else {}
    for folder in a.folder:
        for model in sorted(glob.glob(os.path.join(folder, "**", "*.stan"), recursive=True)):
            data = model[: -len(".stan")] + ".data.json"
            if os.path.exists(data):
                smallest[model] = data
    count, reports = collections.Counter(), {}
    print(f"{'':44} " + " ".join(f"{kind:>10}" for kind in KINDS))
    with concurrent.futures.ThreadPoolExecutor(a.jobs) as pool:
        for model, (verdict, found) in zip(smallest, pool.map(lambda item: one(a, *item), smallest.items())):
            count[verdict] += 1
            name = os.path.basename(model)
            if verdict != "simulated":
                if found:
                    print(f"{name:44} {verdict}: {found}")
                continue
            reports[name] = found
            total = found["data_sets"]
            rates = [sum(x["count"] for x in found[kind]) / total for kind in KINDS]
            count["without fault"] += not any(rates)
            print(f"{name:44} " + " ".join(f"{rate:10.2%}" if rate else f"{'-':>10}" for rate in rates), flush=True)
            for kind in KINDS:
                for x in found[kind]:
                    print(f"    {kind} {x['count'] / total:.2%}: {x['statement'] or x.get('message') or x['variable']}")
    print(dict(count))
    if a.json:
        with open(a.json, "w") as f:
            json.dump(reports, f, indent=1)
    return 1 if count["error"] or count["slow"] else 0


if __name__ == "__main__":
    raise SystemExit(main())
