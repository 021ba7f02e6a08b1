"""Reads the CSV files of a run with ArviZ and compares the figures with its JSON summary.

    ppl run MODEL.stan --out DIRECTORY && venv/bin/python sampler/tests/arviz/read_csv.py DIRECTORY MODEL
"""
import glob
import json
import math
import sys

import arviz
import numpy as np

directory, model = sys.argv[1:]
files = sorted(glob.glob(f"{directory}/{model}-*.csv"), key=lambda p: int(p.rsplit("-", 1)[1][:-4]))
data = arviz.from_cmdstan(files, save_warmup=True)
print(data.posterior)
print(data.sample_stats)
summary = json.load(open(f"{directory}/{model}-summary.json"))
worst = 0.0
compared = 0
for row in summary["summary"]:
    if row["name"] == "lp__":
        a = data.sample_stats["lp"].values
    else:
        base, *index = row["name"].split(".")
        a = data.posterior[base].values[(slice(None), slice(None), *[int(i) - 1 for i in index])]
    theirs = {
        "mean": a.mean(),
        "sd": a.std(ddof=1),
        "mcse": arviz.mcse(a, method="mean"),
        "q5": np.quantile(a, 0.05),
        "median": np.quantile(a, 0.5),
        "q95": np.quantile(a, 0.95),
        "ess_bulk": arviz.ess(a, method="bulk"),
        "ess_tail": arviz.ess(a, method="tail"),
        "r_hat": arviz.rhat(a),
    }
    for key, value in theirs.items():
        ours = row[key]
        if ours is None:
            assert not math.isfinite(value), (row["name"], key, value)
            continue
        compared += 1
        worst = max(worst, abs(ours - value) / max(1.0, abs(value)))
bfmi = np.abs(arviz.bfmi(data) - summary["e_bfmi"]).max()
divergences = int(data.sample_stats.diverging.values.sum())
assert divergences == summary["divergences"], divergences
assert data.sample_stats.step_size.values.min() > 0
assert worst < 1e-9 and bfmi < 1e-9, (worst, bfmi)
warmup = data.warmup_posterior.sizes["draw"] if hasattr(data, "warmup_posterior") else 0
print(f"{compared} figures agree to {worst:.1e}, E-BFMI to {bfmi:.1e}; {len(files)} chains, {warmup} warm-up iterations")
