#!/usr/bin/env python3
"""How many real programs end in simulated data: `ppl simulate` on every program with a density, counted.

    python3 tests/scripts/simulate_corpora.py --ppl PPL --work WORK [--posteriordb ROOT] [--accepted verdicts.csv FOLDER ...]

Flat priors are replaced (`--default-priors`). Programs of a FOLDER are simulated for the data beside them where there are any that
fit, others for the design of `ppl simulate`; those of posteriordb for their smallest data set. With --accepted, a program of a FOLDER
counts only if that table (columns path, verdict; paths from the parent of its FOLDER) says that Stan accepts it. A program ends in finite data if more than half
of its data sets are complete and finite. Prints every other program with the reason, and the counts of each corpus by reason, and by
the verdict that the program has without default priors: how many are read forwards as they are, and how many need priors and then end in finite data.

    in part        some data sets are finite, half of them or more are not: vague priors overflow
    no simulator   the reversal refuses it, or needs a range
    data           the design does not fit what the program asks of its data; the program itself checks them, or contents matter
    slow           no end within --seconds of processor time
    rejected, not finite   so are all data sets, with the most frequent reason
    error          everything else

Exit status 1 if `ppl` crashed.
"""
import argparse, collections, concurrent.futures, json, os, shutil, signal, subprocess, sys, tempfile
from posteriordb import Posteriordb
from verdict_counts import SIMULATED, accepted_paths, programs, verdict


def last_line(text):
    lines = [line.strip() for line in text.strip().splitlines() if line.strip() and not line.startswith("note:")]
    errors = [line for line in lines if line.startswith(("error", "×", "Error"))]
    return (errors or lines or ["?"])[0][:220]


def finite_rows(path):
    """Data sets of a CSV file whose numbers are all finite, and far from overflow."""
    with open(path) as f:
        next(f)
        return sum(all(abs(float(x)) < 1e150 for x in line.split(",")) for line in f if line.strip())


def fault(report):
    """What is wrong with most of the other data sets: the kind, and words."""
    counts = {kind: sum(x["count"] for x in report[kind]) for kind in ("rejected", "not_finite", "overflowed")}
    worst = max(counts, key=counts.get)
    first = (report[worst] or [{}])[0]
    text = first.get("message") or first.get("statement") or first.get("variable")
    return "rejected" if worst == "rejected" else "not finite", f"{counts[worst]} {worst.replace('_', ' ')}: {text}"


def one(a, path, data):
    """Kind of the outcome, and words."""
    found, report = verdict(a, path)
    if found in ("no_density", "invalid"):
        return found, ""
    if found not in SIMULATED:
        reason = (report.get("reasons") or [{"line": 0, "text": "needs a range: " + ", ".join(report.get("improper", []))}])[0]
        return "no simulator", f"{found}, line {reason['line']}: {reason['text']}"
    kind, text = simulate(a, path, data)
    if kind == "data" and not data and os.path.exists(path[: -len(".stan")] + ".data.json"):
        # What lies beside the program does not fit it: the design instead, which takes the program to another folder.
        with tempfile.TemporaryDirectory(dir=a.work) as directory:
            alone = shutil.copy(path, directory)
            again, other = simulate(a, alone, None, "-I", os.path.dirname(path))
            return (again, "") if again in ("finite", "in part") else (again, f"{text} / without them: {other}")
    return kind, text


def simulate(a, path, data, *more):
    with tempfile.TemporaryDirectory(dir=a.work) as directory:
        out = os.path.join(directory, "draws.csv")
        command = [a.ppl, "simulate", path, "-n", str(a.n), "--seed", str(a.seed), "--threads", "1", "--json", "-q", "--out", out, *more]
        command += ["--data", data] if data else []
        command += ["--default-priors"] * a.default_priors
        # Processor time, so that the figure does not depend on what else the machine does.
        limited = ["sh", "-c", f"ulimit -t {a.seconds}; exec \"$@\"", "sh"]
        p = subprocess.run(limited + command, capture_output=True, text=True)
        good = finite_rows(out) if p.returncode == 0 else 0
    if -p.returncode in (signal.SIGXCPU, signal.SIGKILL):
        return "slow", f"over {a.seconds} s"
    if p.returncode not in (0, 1, 2):
        return "crash", f"exit status {p.returncode}: {last_line(p.stderr)}"
    if p.returncode:
        return ("data" if p.returncode == 2 else "error"), last_line(p.stderr)
    if 2 * good > a.n:
        return "finite", ""
    worst, text = fault(json.loads(p.stdout))
    return ("in part" if good else worst), f"{good} of {a.n} are finite, {text}"


def count(a, title, jobs):
    """Simulates (path, data) pairs; returns the counts."""
    own = argparse.Namespace(**{**vars(a), "default_priors": False})
    with concurrent.futures.ThreadPoolExecutor(a.jobs) as pool:
        kinds, verdicts, ranged = collections.Counter(), collections.Counter(), collections.Counter()
        both = lambda job: (one(a, *job), verdict(own, job[0])[0])
        for (path, _), ((kind, text), as_it_is) in zip(jobs, pool.map(both, jobs)):
            kinds[kind] += 1
            verdicts[as_it_is] += 1
            ranged[kind] += as_it_is == "needs_range"
            if kind not in ("finite", "no_density", "invalid"):
                print(f"{kind:13} {path}: {text}", flush=True)
    dense = sum(n for kind, n in kinds.items() if kind not in ("no_density", "invalid"))
    share = 100 * kinds["finite"] / max(dense, 1)
    others = ", ".join(f"{n} {kind}" for kind, n in kinds.most_common() if kind not in ("finite", "no_density", "invalid"))
    print(f"{title}: {len(jobs)} programs, {dense} with a density, {kinds['finite']} ({share:.1f} %) end in finite data, "
          f"with those in part {100 * (kinds['finite'] + kinds['in part']) / max(dense, 1):.1f} %; {others}", flush=True)
    ready = sum(verdicts[v] for v in SIMULATED)
    print(f"{title}: read forwards as they are {ready} (" + ", ".join(f"{verdicts[v]} {v}" for v in SIMULATED)
          + f"), {verdicts['needs_range']} need a range, of which with default priors {ranged['finite']} end in finite data and {ranged['in part']} in part: "
          f"{100 * (ready + ranged['finite']) / max(dense, 1):.1f} % and {100 * (ready + ranged['finite'] + ranged['in part']) / max(dense, 1):.1f} %", flush=True)
    return kinds


def main():
    a = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    a.add_argument("--ppl", required=True)
    a.add_argument("--work", required=True)
    a.add_argument("--posteriordb", help="the tree that holds posteriors/, models/ and data/")
    a.add_argument("--accepted", help="a table of verdicts of Stan's compiler")
    a.add_argument("-n", type=int, default=20, help="data sets of each program")
    a.add_argument("--seed", type=int, default=1)
    a.add_argument("--seconds", type=int, default=60, help="limit of processor time per program")
    a.add_argument("--jobs", type=int, default=os.cpu_count())
    a.add_argument("folders", nargs="*", metavar="FOLDER")
    a = a.parse_args()
    a.default_priors = True
    os.makedirs(a.work, exist_ok=True)
    accepted = accepted_paths(a.accepted)
    total = collections.Counter()
    if a.posteriordb:
        smallest = Posteriordb(a.posteriordb, a.work).smallest()
        total += count(a, "posteriordb", list(smallest.items()))
    for folder in a.folders:
        total += count(a, folder, [(path, None) for path in programs(folder, accepted)])
    sys.exit(1 if total["crash"] else 0)


if __name__ == "__main__":
    main()
