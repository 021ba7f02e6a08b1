#!/usr/bin/env python3
"""Compare `ppl loo` and `ppl compare` with ArviZ on the same draws.

    python3 tests/scripts/loo.py --ppl PPL --work WORK [--stdlib stdlib] [--posteriordb ROOT] [NAME ...]

For each posterior: `ppl run --out`, then `ppl loo --fit` in ArviZ's convention with one relative efficiency (ArviZ's own, from the
draws) and without moment matching, against `arviz.loo` on the log-likelihoods that `--pointwise` writes: elpd, p_loo and every
Pareto k within --tolerance. Units are also left out with the efficiency of each of them, in the default convention, against `arviz.psislw`.
The log-likelihoods themselves are compared with what a `log_lik` block computes: that of the program, or one of those below.
Pairs of posteriors (--pair A,B; those of PAIRS by default) are stacked. Needs numpy, scipy and arviz.
"""
import argparse, csv, glob, json, os, re, shutil, subprocess, sys, warnings
from posterior_means import read_chains
from posteriordb import Posteriordb

warnings.filterwarnings("ignore")
import arviz as az
import numpy as np
import xarray as xr

# Log-likelihoods written by hand, to stand in generated quantities.
LOG_LIK = {
    "eight_schools": "vector[J] log_lik; for (j in 1:J) log_lik[j] = normal_lpdf(y[j] | theta[j], sigma[j]);",
    "eight_schools_centered": "vector[J] log_lik; for (j in 1:J) log_lik[j] = normal_lpdf(y[j] | theta[j], sigma[j]);",
    "kid_scores": "vector[N] log_lik; for (n in 1:N) log_lik[n] = normal_lpdf(kid_score[n] | alpha + X[n] * beta, sigma);",
    "ships": "vector[N] log_lik; for (n in 1:N) log_lik[n] = poisson_log_lpmf(incidents[n] | log_exposure[n] + alpha"
    " + b_type[type[n]] + b_year[year[n]] + late_effect * late[n]);",
    "wells": "vector[N] log_lik; for (n in 1:N) log_lik[n] = bernoulli_lpmf(switched[n] | inv_logit(alpha + X[n] * beta));",
    "radon": "vector[N] log_lik; for (n in 1:N) log_lik[n] = normal_lpdf(log_radon[n] | gamma0 + gamma1 * log_uranium[county[n]]"
    " + eta[county[n]] + beta * first_floor[n], sigma);",
    "roaches": "vector[N] log_lik; for (n in 1:N) log_lik[n] = neg_binomial_2_lpmf(y[n] | exp(log_exposure[n] + alpha"
    " + b_before * root_before[n] + b_treatment * treatment[n] + b_senior * senior[n]), phi);",
    "golf_putting": "vector[N] log_lik; for (n in 1:N) log_lik[n] = binomial_lpmf(made[n] | tries[n],"
    " 2 * Phi(asin((R - r) / feet[n]) / sigma) - 1);",
    "old_faithful": "vector[N] log_lik; for (n in 1:N) log_lik[n] = log(lambda * exp(normal_lpdf(duration[n] | mu[1], sigma[1]))"
    " + (1 - lambda) * exp(normal_lpdf(duration[n] | mu[2], sigma[2])));",
}
# Models of the same data.
PAIRS = [
    ("eight_schools", "eight_schools_centered"),
    ("kidiq-kidscore_momhs", "kidiq-kidscore_momiq"),
    ("kidiq-kidscore_momhsiq", "kidiq-kidscore_interaction"),
    ("wells_data-wells_dist", "wells_data-wells_dae_model"),
    ("mesquite-logmesquite_logva", "mesquite-logmesquite_logvas"),
]


def call(cmd, seconds):
    p = subprocess.run(cmd, capture_output=True, text=True, timeout=seconds)
    if p.returncode != 0:
        raise RuntimeError(f"{cmd[1]}: rc {p.returncode}: " + " / ".join(p.stderr.strip().splitlines()[:3])[:300])
    return p.stdout


def read_pointwise(path, chains):
    """Names of the units, and chains x draws x units."""
    with open(path) as f:
        rows = csv.reader(f)
        names = next(rows)[1:]
        x = np.array([[float(v) for v in row] for row in rows])
    return names, np.stack([x[x[:, 0] == c + 1, 1:] for c in range(chains)])


def with_block(name, program, out):
    """The program with a `log_lik` block of this script's; None where there is none."""
    if name not in LOG_LIK:
        return None
    with open(program) as f:
        text = f.read()
    block = re.search(r"generated quantities\s*\{", text)
    if block:
        text = text[: block.end()] + " " + LOG_LIK[name] + text[block.end() :]
    else:
        text += "generated quantities { " + LOG_LIK[name] + " }\n"
    with open(out, "w") as f:
        f.write(text)
    return out


class Posterior:
    def __init__(self, a, name, program, data):
        self.name, self.folder = name, os.path.join(a.work, "loo-" + name)
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder)
        self.program = os.path.join(self.folder, name + ".stan")
        if with_block(name, program, self.program) is None:
            shutil.copy(program, self.program)
        self.data = data
        cmd = [a.ppl, "run", self.program, "--data", data, "--seed", str(a.seed), "--out", self.folder, "--quiet"]
        for flag in ("chains", "warmup", "draws"):
            cmd += [f"--{flag}", str(getattr(a, flag))]
        call(cmd, a.seconds)
        self.columns, self.draws = read_chains(self.folder)
        self.parameters = None

    def loo(self, a, *options):
        cmd = [a.ppl, "loo", self.program, "--data", self.data, "--fit", self.folder, "--no-moment-match", "--json"]
        return json.loads(call(cmd + list(options), a.seconds))

    def arviz_r_eff(self, a):
        """ArviZ's default: the mean over the parameters of the effective sample size of the mean, per draw."""
        info = json.loads(call([a.ppl, "info", self.program], a.seconds))
        names = set(info["parameters"])
        x = self.draws
        ess = [float(az.ess(x[:, :, j], method="mean")) for j, c in enumerate(self.columns)
               if c.split(".")[0] in names and np.ptp(x[:, :, j]) > 0]
        return float(np.mean(ess)) / (x.shape[0] * x.shape[1])


def check(a, p):
    """Largest differences: elpd, p, k; k and elpd by unit; log-likelihood."""
    r_eff = p.arviz_r_eff(a)
    path = os.path.join(p.folder, "pointwise.csv")
    ours = p.loo(a, "--r-eff", repr(r_eff), "--convention", "arviz", "--pointwise", path)
    names, x = read_pointwise(path, p.draws.shape[0])
    p.inference = az.from_dict(posterior={"x": x[:, :, 0]}, log_likelihood={"y": x})
    theirs = az.loo(p.inference, pointwise=True, reff=r_eff)
    unit = lambda key, out: np.array([np.inf if u[key] is None else u[key] for u in out["units"]])
    # Both are infinite where there is nothing to fit.
    apart = lambda a, b: float(np.max(np.where(a == b, 0, np.abs(a - b))))
    out = {
        "units": len(names),
        "r_eff": r_eff,
        "elpd": abs(ours["elpd"]["value"] - theirs.elpd_loo),
        "p": abs(ours["p"]["value"] - theirs.p_loo),
        "se": abs(ours["elpd"]["se"] - theirs.se),
        "k": apart(unit("k", ours), theirs.pareto_k.values),
        "largest_k": float(np.max(theirs.pareto_k.values)),
        "elpd_i": apart(unit("elpd", ours), theirs.loo_i.values),
    }
    each = p.loo(a)
    flat = x.reshape(-1, len(names)).T
    lw, k = zip(*(az.psislw(-flat[i], reff=each["units"][i]["r_eff"]) for i in range(len(names))))
    elpd = [float(np.logaddexp.reduce(w + flat[i])) for i, w in enumerate(lw)]
    out["k_each"] = apart(unit("k", each), np.array(k))
    out["elpd_each"] = apart(unit("elpd", each), np.array(elpd))
    block = [j for j, c in enumerate(p.columns) if c.split(".")[0] == "log_lik"]
    if len(block) == len(names):
        # The shortest text that reads back is exact: what differs is the way the densities are computed.
        out["log_lik"] = float(np.max(np.abs(p.draws[:, :, block] - x) / np.maximum(1, np.abs(x))))
    return out


def stack(a, one, other):
    """Largest difference of the weights, and the weights."""
    folder = os.path.join(a.work, f"pair-{one.name}-{other.name}")
    os.makedirs(folder, exist_ok=True)
    for p in (one, other):
        for f in glob.glob(p.folder + "/*.csv"):
            shutil.copy(f, folder)
    cmd = [a.ppl, "compare", one.program, other.program, "--data", one.data, "--fit", folder, "--no-moment-match",
           "--convention", "arviz", "--r-eff", "1", "--json"]
    ours = {row["model"]: row["stacking"] for row in json.loads(call(cmd, a.seconds))}
    loos = {p.program: az.loo(p.inference, pointwise=True, reff=1.0) for p in (one, other)}
    theirs = az.compare(loos, method="stacking")["weight"]
    return max(abs(ours[m] - theirs[m]) for m in loos), [ours[one.program], ours[other.program]]


def main():
    a = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    a.add_argument("--ppl", required=True)
    a.add_argument("--work", required=True)
    a.add_argument("--stdlib")
    a.add_argument("--posteriordb")
    a.add_argument("--tolerance", type=float, default=1e-8)
    a.add_argument("--weights", type=float, default=1e-4, help="tolerance of stacking weights")
    a.add_argument("--seed", type=int, default=1)
    a.add_argument("--chains", type=int, default=4)
    a.add_argument("--warmup", type=int, default=500)
    a.add_argument("--draws", type=int, default=500)
    a.add_argument("--seconds", type=float, default=600)
    a.add_argument("--pair", action="append", help="A,B: also stack these")
    a.add_argument("names", nargs="*")
    a = a.parse_args()
    os.makedirs(a.work, exist_ok=True)
    jobs = {}
    if a.stdlib:
        for path in sorted(glob.glob(a.stdlib + "/models/*/*.stan")):
            if os.path.exists(path[:-5] + ".data.json"):
                jobs[os.path.basename(path)[:-5]] = (path, path[:-5] + ".data.json")
    if a.posteriordb:
        db = Posteriordb(a.posteriordb, a.work)
        for name in db.names():
            if db.data(name):
                jobs[name] = (db.model(name), db.data(name))
    jobs = {n: j for n, j in jobs.items() if not a.names or n in a.names}
    print(f"ArviZ {az.__version__}, {a.chains} chains of {a.draws} draws, seed {a.seed}; largest absolute differences")
    print(f"{'':34}{'units':>6}{'r_eff':>7}{'max k':>7}{'elpd':>9}{'p_loo':>9}{'k':>9}{'se':>9}{'k each':>9}{'elpd each':>10}{'log_lik':>9}")
    done, wrong, refused = {}, 0, 0
    for name, (program, data) in jobs.items():
        try:
            p = Posterior(a, name, program, data)
            out = check(a, p)
        except (RuntimeError, subprocess.TimeoutExpired) as e:
            refused += 1
            print(f"{name[:33]:34}{str(e)[:160]}", flush=True)
            continue
        done[name] = p
        bad = any(not out[key] <= a.tolerance for key in ("elpd", "p", "k")) or not out.get("log_lik", 0) <= 1e-10
        wrong += bad
        print(f"{name[:33]:34}{out['units']:6}{out['r_eff']:7.3f}{out['largest_k']:7.2f}{out['elpd']:9.1e}{out['p']:9.1e}{out['k']:9.1e}"
              f"{out['se']:9.1e}{out['k_each']:9.1e}{out['elpd_each']:10.1e}"
              + (f"{out['log_lik']:9.1e}" if "log_lik" in out else f"{'-':>9}") + ("  WRONG" if bad else ""), flush=True)
    pairs = PAIRS + [tuple(p.split(",")) for p in a.pair or []]
    for one, other in pairs:
        if one in done and other in done:
            difference, weights = stack(a, done[one], done[other])
            wrong += not difference <= a.weights
            print(f"stacking {one} {other}: weights {weights[0]:.4f} {weights[1]:.4f}, differ by {difference:.1e}"
                  + ("" if difference <= a.weights else "  WRONG"), flush=True)
    print(f"{len(done)} posteriors compared, {refused} not, {wrong} wrong")
    sys.exit(1 if wrong or not done else 0)


if __name__ == "__main__":
    main()
