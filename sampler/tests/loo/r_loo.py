"""Writes r_loo.json: what R's loo computes for its example log-likelihood, from the snapshots of its own tests.

    git clone https://github.com/stan-dev/loo
    python3 -m venv venv && venv/bin/pip install rdata==1.1.0
    venv/bin/python sampler/tests/loo/r_loo.py loo [unit ...] > sampler/tests/loo/r_loo.json
"""
import base64
import json
import re
import sys

import numpy as np
import rdata

root, units = sys.argv[1], [int(u) for u in sys.argv[2:]] or [13, 16, 17]


def snapshots(file):
    """The serialised values of a snapshot file, in order."""
    text = open(f"{root}/tests/testthat/_snaps/{file}.md").read()
    blocks = re.findall(r"((?:^    [A-Za-z0-9+/=]+\n)+)", text, re.M)
    out = []
    for block in blocks:
        raw = base64.b64decode(block.replace(" ", "").replace("\n", ""))
        out.append(rdata.conversion.convert(rdata.parser.parse_data(raw)))
    return out


version = re.search(r"Version: (.*)", open(f"{root}/DESCRIPTION").read())[1]
values = np.asarray(rdata.read_rda(f"{root}/R/sysdata.rda")[".example_loglik_array"])
loo = snapshots("loo_and_waic")[0]
pointwise = np.asarray(loo["pointwise"])
r_eff = np.asarray(snapshots("relative_eff")[0])
estimates = np.asarray(loo["estimates"])
n_eff = np.asarray(loo["diagnostics"]["n_eff"])
names = ["elpd", "mcse", "p", "looic", "k"]
print(json.dumps({
    "loo": version,
    "chains": [values.shape[0]] * values.shape[1],
    "all_units": dict(zip(["elpd", "p", "looic"], estimates.tolist())),
    "units": [{
        "unit": u,
        **dict(zip(names, pointwise[u].tolist())),
        "r_eff": float(r_eff[u]),
        "n_eff": float(n_eff[u]),
        "log_likelihood": values[:, :, u].T.ravel().tolist(),  # chain by chain
    } for u in units],
}))
