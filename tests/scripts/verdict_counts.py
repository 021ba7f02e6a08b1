#!/usr/bin/env python3
"""What the reversal makes of real programs: the verdict of `ppl reverse` on every program of some folders, counted.

    python3 tests/scripts/verdict_counts.py --ppl PPL [--default-priors] [--accepted verdicts.csv] [--list] FOLDER ...

With --accepted, a program counts only if that table (columns path, verdict; paths from the parent of its FOLDER) says that Stan accepts
it. Prints the programs that have a density and no simulator, with the reason, and the counts of each folder; with --list every
program's verdict. Exit status 1 if `ppl` crashed or hung on a program.
"""
import argparse, collections, concurrent.futures, csv, glob, json, os, subprocess, sys

SIMULATED = ("exact", "exact_after_rewrites", "prior_by_mcmc")
ORDER = SIMULATED + ("needs_range", "unsupported", "no_density", "invalid", "broken")


def verdict(a, path):
    """The verdict and the report of one program."""
    command = [a.ppl, "reverse", "--json", path] + ["--default-priors"] * a.default_priors
    try:
        p = subprocess.run(command, capture_output=True, text=True, timeout=a.seconds)
    except subprocess.TimeoutExpired:
        return "broken", {"reasons": [{"line": 0, "text": f"over {a.seconds} s"}]}
    if p.returncode == 0:
        report = json.loads(p.stdout)
        return report["verdict"], report
    last = (p.stderr.strip().splitlines() or [""])[0]
    return ("invalid" if p.returncode == 2 else "broken"), {"reasons": [{"line": 0, "text": last}]}


def accepted_paths(table):
    """The programs that a table of verdicts accepts; None without a table."""
    if table is None:
        return None
    with open(table, newline="") as f:
        return {r["path"] for r in csv.DictReader(f) if r["verdict"] == "accept"}


def programs(folder, accepted):
    parent = os.path.dirname(os.path.normpath(folder)) or "."
    paths = sorted(glob.glob(os.path.join(folder, "**", "*.stan"), recursive=True))
    return [p for p in paths if accepted is None or os.path.relpath(p, parent) in accepted]


def main():
    a = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    a.add_argument("--ppl", required=True)
    a.add_argument("--default-priors", action="store_true")
    a.add_argument("--accepted", help="a table of verdicts of Stan's compiler")
    a.add_argument("--list", action="store_true")
    a.add_argument("--jobs", type=int, default=os.cpu_count())
    a.add_argument("--seconds", type=float, default=60, help="limit per program")
    a.add_argument("folders", nargs="+", metavar="FOLDER")
    a = a.parse_args()
    accepted = accepted_paths(a.accepted)
    broken = 0
    for folder in a.folders:
        paths = programs(folder, accepted)
        with concurrent.futures.ThreadPoolExecutor(a.jobs) as pool:
            results = list(zip(paths, pool.map(lambda p: verdict(a, p), paths)))
        count = collections.Counter(v for _, (v, _) in results)
        dense = sum(n for v, n in count.items() if v not in ("no_density", "invalid"))
        simulated = sum(count[v] for v in SIMULATED)
        for path, (v, report) in results:
            name = os.path.relpath(path, folder)
            if a.list:
                print(f"{v:21} {name} {' '.join(report.get('rewrites', []))}")
            elif v not in SIMULATED + ("no_density",) and not (v == "needs_range" and not a.default_priors):
                reason = (report.get("reasons") or [{"line": 0, "text": "?"}])[0]
                print(f"{v:12} {name}:{reason['line']}: {reason['text']}")
        print(f"{folder}: {len(paths)} programs, {dense} with a density, {simulated} with a simulator: "
              + ", ".join(f"{count[v]} {v}" for v in ORDER if count[v]), flush=True)
        broken += count["broken"]
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
