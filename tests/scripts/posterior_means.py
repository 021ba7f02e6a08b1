#!/usr/bin/env python3
"""Compare the posterior means and standard deviations of `ppl run` with reference figures.

    python3 tests/scripts/posterior_means.py --ppl PPL --work WORK --stdlib stdlib [NAME ...]
    python3 tests/scripts/posterior_means.py --ppl PPL --work WORK --posteriordb ROOT [NAME ...]

References are the expected files of the model library, or posteriordb's reference draws (without names: all that have
them). A figure agrees when it lies within --limit (4) combined Monte Carlo standard errors. Needs numpy and arviz.
"""
import argparse, concurrent.futures, glob, json, math, os, shutil, subprocess, sys, time, warnings
from posteriordb import Posteriordb

warnings.filterwarnings("ignore", category=FutureWarning)
import arviz as az
import numpy as np


def bracketed(name):
    """CSV column `L.2.1` as `L[2,1]`."""
    head, *index = name.split(".")
    return head + (f"[{','.join(index)}]" if index else "")


def read_chains(folder):
    """Draws of the Stan CSV files in `folder`: names and an array of chains x draws x columns."""
    names, chains = None, []
    for path in sorted(glob.glob(folder + "/*.csv")):
        rows = []
        with open(path) as f:
            for line in f:
                line = line.strip()
                if not line or line.startswith("#"):
                    continue
                if line.startswith("lp__"):
                    if names not in (None, line.split(",")):
                        raise RuntimeError(path + ": columns differ between chains")
                    names = line.split(",")
                    continue
                rows.append([float(x) for x in line.split(",")])
        chains.append(rows)
    if not chains or not chains[0]:
        raise RuntimeError("no draws in " + folder)
    n = min(map(len, chains))
    return names, np.array([c[:n] for c in chains])


def figures(v):
    """(mean, its error, sd, its error) of chains x draws."""
    return (float(v.mean()), float(az.mcse(v, method="mean")), float(v.std(ddof=1)), float(az.mcse(v, method="sd")))


def stdlib_reference(path):
    with open(path) as f:
        d = json.load(f)
    return {k: (p["mean"], p["mcse_mean"], p["sd"], p["mcse_sd"]) for k, p in d["parameters"].items()}


def draws_reference(chains):
    out = {}
    for k in chains[0]:
        v = np.array([c[k] for c in chains])
        if np.ptp(v) > 0:
            out[k] = figures(v)
    return out


def run(a, name, model, data, reference):
    folder = os.path.join(a.work, "run-" + name)
    shutil.rmtree(folder, ignore_errors=True)
    t = time.perf_counter()
    cmd = [a.ppl, "run", model, "--data", data, "--seed", str(a.seed), "--out", folder]
    for flag in ("chains", "warmup", "draws"):
        if getattr(a, flag):
            cmd += [f"--{flag}", str(getattr(a, flag))]
    try:
        p = subprocess.run(cmd, capture_output=True, text=True, timeout=a.seconds)
    except subprocess.TimeoutExpired:
        return "hang", f"over {a.seconds} s"
    wall = time.perf_counter() - t
    if p.returncode != 0:
        return "refused", f"rc {p.returncode}: " + " / ".join(p.stderr.strip().splitlines()[:3])[:300]
    names, x = read_chains(folder)
    column = {bracketed(n): j for j, n in enumerate(names)}
    z, z_sd, compared, bad = (0.0, ""), (0.0, ""), 0, []
    for k, (m, e, s, es) in reference.items():
        if k not in column:
            continue
        compared += 1
        m2, e2, s2, es2 = figures(x[:, :, column[k]])
        d = abs(m - m2) / math.hypot(e, e2)
        d_sd = abs(s - s2) / math.hypot(es, es2)
        z, z_sd = max(z, (d, k)), max(z_sd, (d_sd, k))
        if not (d <= a.limit and d_sd <= a.limit):
            bad.append(f"{k}: mean {m2:.6g} ({m:.6g}) z {d:.1f}, sd {s2:.6g} ({s:.6g}) z {d_sd:.1f}")
    if compared == 0 or (a.stdlib and compared < len(reference)):
        return "wrong", f"{compared} of {len(reference)} reference parameters found in the output: {names[:12]}"
    parameters = [j for n, j in column.items() if n in reference]
    rhat = max(float(az.rhat(x[:, :, j])) for j in parameters)
    ess = min(float(az.ess(x[:, :, j], method="bulk")) for j in parameters)
    text = f"{compared} compared, z mean {z[0]:.2f} ({z[1]}), z sd {z_sd[0]:.2f} ({z_sd[1]}), R-hat {rhat:.3f}, bulk ESS {ess:.0f}, {wall:.1f} s"
    return ("wrong" if bad else "ok"), text + "".join("\n      " + b for b in bad[:5])


def main():
    a = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    a.add_argument("--ppl", required=True)
    a.add_argument("--work", required=True)
    a.add_argument("--stdlib")
    a.add_argument("--posteriordb")
    a.add_argument("--limit", type=float, default=4)
    a.add_argument("--seed", type=int, default=1)
    a.add_argument("--chains", type=int)
    a.add_argument("--warmup", type=int)
    a.add_argument("--draws", type=int)
    a.add_argument("--jobs", type=int, default=1)
    a.add_argument("--seconds", type=float, default=600)
    a.add_argument("names", nargs="*")
    a = a.parse_args()
    os.makedirs(a.work, exist_ok=True)
    jobs = []
    if a.stdlib:
        for path in sorted(glob.glob(a.stdlib + "/models/*/*.stan")):
            name = os.path.basename(path)[:-5]
            known = os.path.exists(path[:-5] + ".expected.json")
            if known and (not a.names or name in a.names):
                jobs.append((name, path, path[:-5] + ".data.json", lambda p=path: stdlib_reference(p[:-5] + ".expected.json")))
    if a.posteriordb:
        db = Posteriordb(a.posteriordb, a.work)
        for name in a.names or db.names():
            if db.has_reference(name) and db.data(name):
                jobs.append((name, db.model(name), db.data(name), lambda n=name: draws_reference(db.reference(n))))
    if not jobs:
        sys.exit("nothing to compare")

    def one(job):
        try:
            return run(a, *job[:3], job[3]())
        except (RuntimeError, ValueError, OSError) as e:
            return "wrong", str(e)[:300]

    count = {}
    with concurrent.futures.ThreadPoolExecutor(a.jobs) as pool:
        for job, (verdict, text) in zip(jobs, pool.map(one, jobs)):
            count[verdict] = count.get(verdict, 0) + 1
            print(f"{verdict:8}{job[0]}: {text}", flush=True)
    print(f"{len(jobs)} posteriors: " + ", ".join(f"{n} {v}" for v, n in sorted(count.items())))
    sys.exit(1 if set(count) - {"ok", "refused"} else 0)


if __name__ == "__main__":
    main()
