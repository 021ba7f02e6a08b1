"""Writes figures.json: what ArviZ computes for the log-likelihoods that `log_likelihood` makes (`tests/loo.rs` makes the same).

    python3 -m venv venv && venv/bin/pip install arviz==0.23.4
    venv/bin/python sampler/tests/loo/figures.py > sampler/tests/loo/figures.json
"""
import json
import logging
import math
import warnings

import arviz
import numpy as np
import xarray

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
np.seterr(all="ignore")


def splitmix(state):
    """Uniform numbers on [0, 1): the top 53 bits of SplitMix64."""
    mask = (1 << 64) - 1
    while True:
        state = (state + 0x9E3779B97F4A7C15) & mask
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        yield ((z ^ (z >> 31)) >> 11) * 2.0**-53


def posterior(case):
    """Chains of a location (a first-order autoregression driven by uniform noise) and of a precision. Only sums, products and quotients."""
    u = splitmix(case["seed"])
    location, precision = [], []
    for _ in range(case["chains"]):
        x, row, rows = 0.0, [], []
        for _ in range(case["draws"]):
            x = case["phi"] * x + (next(u) - 0.5)
            row.append(float(math.floor(8.0 * x)) / 8.0 if case["ties"] else x)
            rows.append(0.5 + next(u))
        location.append(row)
        precision.append([1.0] * len(rows) if case["ties"] else rows)
    return np.array(location), np.array(precision)


def log_likelihood(case):
    """Of units at `spread * (i - 2)`: those far out have heavy ratios. Chains x draws x units."""
    location, precision = posterior(case)
    y = [case["spread"] * (i - 2.0) for i in range(case["units"])]
    return np.stack([-0.5 * (v - location) * (v - location) * precision - 0.25 * i for i, v in enumerate(y)], axis=-1)


def case(name, chains, draws, units, spread, phi=0.0, ties=False, seed=1):
    return {"name": name, "chains": chains, "draws": draws, "units": units, "spread": spread, "phi": phi, "ties": ties, "seed": seed}


CASES = [
    case("independent", 4, 250, 8, 1.0),
    case("default size", 4, 1000, 6, 2.0, 0.3, seed=2),
    case("autocorrelated", 4, 500, 8, 1.5, 0.9, seed=3),
    case("slow", 2, 1000, 6, 1.0, 0.99, seed=4),
    case("antithetic", 4, 300, 6, 1.0, -0.7, seed=5),
    case("heavy", 4, 500, 12, 3.0, 0.2, seed=6),
    case("very heavy", 4, 500, 8, 40.0, 0.2, seed=7),
    case("ties", 4, 400, 6, 1.0, 0.5, True, seed=8),
    case("one chain", 1, 700, 6, 1.5, 0.4, seed=9),
    case("two chains, odd", 2, 333, 5, 1.0, 0.4, seed=10),
    case("many chains", 16, 50, 6, 1.0, 0.2, seed=11),
    case("small", 4, 25, 6, 1.0, seed=12),
    case("tail of 5", 1, 25, 6, 1.0, seed=13),
    case("tail of 6", 1, 30, 6, 1.0, seed=14),
    case("too small for a fit", 2, 10, 6, 1.0, seed=15),
    case("narrow", 4, 250, 6, 0.01, 0.5, seed=16),
]


def number(x):
    """JSON has no NaN and no infinity."""
    x = float(x)
    return x if math.isfinite(x) else str(x)


def numbers(xs):
    return [number(x) for x in np.asarray(xs).ravel()]


def data(case):
    location, precision = posterior(case)
    values = {"location": location} if case["ties"] else {"location": location, "precision": precision}
    return arviz.from_dict(posterior=values, log_likelihood={"y": log_likelihood(case)})


def figures(case):
    idata = data(case)
    out = {}
    for name, reff in [("computed", None), ("given", 0.37)]:
        r = arviz.loo(idata, pointwise=True, reff=reff)
        out[name] = {
            "elpd": number(r.elpd_loo),
            "se": number(r.se),
            "p": number(r.p_loo),
            "good_k": number(r.good_k),
            "pointwise": numbers(r.loo_i),
            "k": numbers(r.pareto_k),
        }
    ll = log_likelihood(case).reshape(-1, case["units"]).T
    weights, _ = arviz.psislw(-ll, reff=0.8)
    out["largest_log_weights"] = numbers(weights.max(axis=-1))
    out["smallest_log_weights"] = numbers(weights.min(axis=-1))
    return out


def elpd(comparison):
    """Pointwise elpd of models that are each good at other units."""
    u = splitmix(comparison["seed"])
    out = []
    for k in range(comparison["models"]):
        out.append([-comparison["spread"] * next(u) * (1.0 + k * comparison["worse"]) - next(u) for _ in range(comparison["units"])])
    return np.array(out)


COMPARISONS = [
    {"models": 2, "units": 40, "spread": 3.0, "worse": 0.0, "seed": 31},
    {"models": 3, "units": 100, "spread": 2.0, "worse": 0.1, "seed": 32},
    {"models": 5, "units": 60, "spread": 4.0, "worse": 0.05, "seed": 33},
    {"models": 4, "units": 8, "spread": 1.0, "worse": 0.5, "seed": 34},
    {"models": 8, "units": 300, "spread": 3.0, "worse": 0.02, "seed": 35},
]


def comparison(c):
    values = elpd(c)
    models = {}
    for k, pointwise in enumerate(values):
        models[f"m{k}"] = arviz.stats.stats_utils.ELPDData(
            data=[pointwise.sum(), (len(pointwise) * pointwise.var()) ** 0.5, 0.0, 100, len(pointwise), False,
                  xarray.DataArray(pointwise, name="loo_i"), xarray.DataArray(np.zeros_like(pointwise)), "log", 0.7],
            index=["elpd_loo", "se", "p_loo", "n_samples", "n_data_points", "warning", "loo_i", "pareto_k", "scale", "good_k"],
        )
    stacking = arviz.compare(models, method="stacking")
    minimize = arviz.stats.stats.minimize
    arviz.stats.stats.minimize = lambda **arguments: minimize(**arguments, options={"ftol": 1e-15, "maxiter": 1000})
    converged = arviz.compare(models, method="stacking")
    arviz.stats.stats.minimize = minimize
    pseudo = arviz.compare(models, method="pseudo-BMA")
    bootstrap = arviz.compare(models, method="BB-pseudo-BMA", b_samples=20000, seed=1)
    names = list(models)
    return {
        "order": [names.index(n) for n in stacking.index],
        "elpd_diff": numbers(stacking.elpd_diff),
        "dse": numbers(stacking.dse),
        "se": numbers(stacking.se),
        "stacking": [number(stacking.weight[n]) for n in names],
        "stacking_converged": [number(converged.weight[n]) for n in names],
        "pseudo_bma": [number(pseudo.weight[n]) for n in names],
        "pseudo_bma_plus": [number(bootstrap.weight[n]) for n in names],
    }


def loo_pit(case):
    """Of the units' places among draws of the location plus noise."""
    location, _ = posterior(case)
    u = splitmix(case["seed"] + 1000)
    noise = np.array([[next(u) for _ in range(location.size)] for _ in range(case["units"])])
    y_hat = location.ravel()[None, :] + 4.0 * (noise - 0.5)
    y = np.array([case["spread"] * (i - 2.0) for i in range(case["units"])])
    ll = log_likelihood(case).reshape(-1, case["units"]).T
    weights, _ = arviz.psislw(-ll, reff=0.8)
    return numbers(arviz.loo_pit(y=y, y_hat=y_hat, log_weights=weights))


def sensitivity(case):
    """Of location and location squared to parts of the density that depend on location and precision."""
    location, precision = posterior(case)
    quantities = {"location": location, "square": location * location}
    idata = arviz.from_dict(posterior=quantities, log_likelihood={"y": log_likelihood(case)})
    idata.add_groups({"log_prior": {"p": -2.0 * (location - 1.0) * (location - 1.0) - precision}})
    out = {}
    for component in ["prior", "likelihood"]:
        r = arviz.psens(idata, component=component)
        out[component] = [number(r["location"]), number(r["square"])]
    return out


for c in CASES:
    c["figures"] = figures(c)
    c["sensitivity"] = sensitivity(c)
    c["loo_pit"] = loo_pit(c)
for c in COMPARISONS:
    c["figures"] = comparison(c)
print(json.dumps({"arviz": arviz.__version__, "cases": CASES, "comparisons": COMPARISONS}, indent=1))
