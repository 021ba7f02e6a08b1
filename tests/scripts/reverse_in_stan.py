#!/usr/bin/env python3
"""Whether the simulators that `ppl reverse` prints are Stan programs whose draws have the distribution of ours.

    /work/peers/venv/bin/python tests/scripts/reverse_in_stan.py --ppl target/release/ppl --peers ../shared/peers --work /work/peers
        [--programs tests/joint/programs] [--n 10000] [--level 0.001] [NAME ...]

Each simulator is compiled by stanc and g++ as `peers/stan_bench` sets them up, and draws N times; so does `ppl simulate`. Every scalar
is compared by a two-sample test (Kolmogorov-Smirnov, or chi-squared where it takes at most 30 values), and so is the standardised sum
and difference of each scalar and the next one, for what hangs together. Where the prior is by MCMC, both sample it by NUTS, and chains are thinned to a tenth.
The level is the chance of any failure over all scalars of all programs (Holm).
"""
import argparse, csv, glob, json, os, subprocess, sys
import numpy as np
from scipy import stats

HERE = os.path.dirname(os.path.abspath(__file__))
THIN = 10


def run(command, **options):
    return subprocess.run(list(map(str, command)), check=True, capture_output=True, text=True, **options).stdout


def columns(path):
    with open(path) as f:
        names = next(csv.reader(f))
        table = np.loadtxt(f, delimiter=",", ndmin=2)
    return dict(zip(names, table.T))


class Stan:
    """Compiles simulators."""

    def __init__(self, peers, work, scratch):
        sys.path.insert(0, os.path.join(peers, "stan_bench"))
        import bench

        self.stan, self.scratch = bench.Stan(work), scratch
        self.driver = os.path.join(scratch, "stan_draws.o")
        run(["g++", *self.stan.flags("o3", False), "-c", os.path.join(HERE, "stan_draws.cpp"), "-o", self.driver])

    def draws(self, name, text, data, seed, n):
        base = os.path.join(self.scratch, name)
        with open(base + ".stan", "w") as f:
            f.write(text)
        root, flags = self.stan.root, self.stan.flags("o3", True)
        run([root + "/stanc", "--name", "simulator_model", "--o", base + ".hpp", base + ".stan"])
        run(["g++", *flags, "-x", "c++", "-c", base + ".hpp", "-o", base + ".o"])
        libraries = [f"-lsundials_{x}" for x in ("cvodes", "idas", "kinsol", "nvecserial")] + ["-ltbb"]
        run(["g++", base + ".o", self.driver, "-o", base + ".exe", "-L" + root + "/lib", *libraries, "-Wl,-rpath," + root + "/lib", "-pthread"])
        with open(base + ".csv", "w") as f:
            subprocess.run([base + ".exe", data, str(seed), str(n), str(THIN)], check=True, stdout=f, stderr=subprocess.DEVNULL)
        return columns(base + ".csv")


def two_sample(a, b):
    """The p-value of equal distributions."""
    values = np.unique(np.concatenate([a, b]))
    if len(values) == 1:
        return 1.0
    if len(values) > 30:
        return stats.ks_2samp(a, b, method="asymp").pvalue
    table = np.array([[np.sum(x == v) for v in values] for x in (a, b)], dtype=float)
    # Rare values together, so that the chi-squared distribution holds.
    rare = table.sum(0) < 20
    table = np.column_stack([table[:, ~rare], table[:, rare].sum(1)])
    table = table[:, table.sum(0) > 0]
    return stats.chi2_contingency(table, correction=False).pvalue if table.shape[1] > 1 else 1.0


def comparisons(ours, theirs):
    """p-values by what is compared."""
    found = {name: two_sample(ours[name], theirs[name]) for name in ours}
    names = [name for name in ours if len(np.unique(ours[name])) > 1]
    for a, b in zip(names, names[1:]):
        centre = {k: np.median(ours[k]) for k in (a, b)}
        width = {k: np.subtract(*np.percentile(ours[k], [75, 25])) or np.std(ours[k]) for k in (a, b)}
        z = lambda draws, k: (draws[k] - centre[k]) / width[k]
        # What is constant but for rounding is constant.
        for sign, f in (("+", np.add), ("-", np.subtract)):
            both = [np.round(f(z(draws, a), z(draws, b)), 9) for draws in (ours, theirs)]
            found[f"{a} {sign} {b}"] = two_sample(*both)
    return found


def main():
    a = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    a.add_argument("--ppl", required=True)
    a.add_argument("--peers", required=True, help="the folder that holds stan_bench/")
    a.add_argument("--work", required=True, help="where `bench.py setup` has put Stan")
    a.add_argument("--scratch", default="/tmp/reverse_in_stan")
    a.add_argument("--programs", default=os.path.join(HERE, "../joint/programs"))
    a.add_argument("--n", type=int, default=10000)
    a.add_argument("--seed", type=int, default=1)
    a.add_argument("--level", type=float, default=0.001)
    a.add_argument("names", nargs="*")
    a = a.parse_args()
    os.makedirs(a.scratch, exist_ok=True)
    stan = Stan(a.peers, a.work, a.scratch)
    p, broken, rewrites = {}, [], set()
    for model in sorted(glob.glob(a.programs + "/*.stan")):
        name, data = os.path.basename(model)[:-5], model[:-5] + ".data.json"
        if a.names and name not in a.names:
            continue
        try:
            report = json.loads(run([a.ppl, "reverse", "--json", model]))
            by_mcmc = report["verdict"] == "prior_by_mcmc"
            theirs = stan.draws(name, run([a.ppl, "reverse", model]), data, a.seed, a.n)
            out = os.path.join(a.scratch, name + ".ours.csv")
            run([a.ppl, "simulate", model, "--data", data, "--n", a.n * THIN if by_mcmc else a.n, "--seed", a.seed, "--threads", 1, "-q", "--out", out])
            ours = columns(out)
        except subprocess.CalledProcessError as error:
            broken.append(name)
            print(f"{name:20} does not run: {' '.join(error.cmd)[:80]}: {error.stderr.strip()[-600:]}", flush=True)
            continue
        if by_mcmc:
            ours = {k: x[::THIN] for k, x in ours.items()}
        # The simulator calls an outcome that is also given by another name.
        theirs = {k if k in ours else k.replace("_sim", "", 1): x for k, x in theirs.items()}
        missing = [k for k in ours if k not in theirs]
        if missing:
            broken.append(name)
            print(f"{name:20} lacks {missing}", flush=True)
            continue
        found = comparisons(ours, theirs)
        p.update({f"{name}: {what}": value for what, value in found.items()})
        rewrites.update(report["rewrites"])
        least = min(found, key=found.get)
        print(f"{name:20} {report['verdict']:22} {', '.join(report['rewrites']) or '-':60} {len(ours):3} scalars, least p {found[least]:.2g} of {len(found)} ({least})", flush=True)
    failed = []
    for place, (what, value) in enumerate(sorted(p.items(), key=lambda item: item[1])):
        if value * (len(p) - place) >= a.level:
            break
        failed.append(f"{what}: p = {value:.2g}")
    print("rewrites:", ", ".join(sorted(rewrites)))
    print(f"{len(p)} comparisons at level {a.level} together; failed: {failed or 'none'}; do not run: {broken or 'none'}")
    return 1 if failed or broken else 0


if __name__ == "__main__":
    raise SystemExit(main())
