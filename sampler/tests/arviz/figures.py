"""Writes figures.json: what ArviZ computes for the chains that `chains` makes (`tests/arviz.rs` makes the same).

    python3 -m venv venv && venv/bin/pip install arviz==0.23.4
    venv/bin/python sampler/tests/arviz/figures.py > sampler/tests/arviz/figures.json
"""
import json
import logging
import math
import warnings

import arviz
import numpy as np

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


def chains(case):
    """First-order autoregressions driven by uniform noise, with what the case adds. Only sums, products and quotients."""
    u = splitmix(case["seed"])
    out = []
    for c in range(case["chains"]):
        x, chain = 0.0, []
        for d in range(case["draws"]):
            x = case["phi"] * x + (next(u) - 0.5)
            chain.append(x)
        kind = case["kind"]
        if kind == "shift":
            chain = [x + 0.3 * c for x in chain]
        elif kind == "scale":
            chain = [x * (1.0 + c) for x in chain]
        elif kind == "offset":
            chain = [x + 1000.0 for x in chain]
        elif kind == "heavy":
            chain = [x / (1.0001 - abs(x) / 0.5) for x in chain]
        elif kind == "integer":
            chain = [float(math.floor(3.0 * x)) for x in chain]
        elif kind == "constant":
            chain = [1.5 for _ in chain]
        elif kind == "constants":
            chain = [1.5 + c for _ in chain]
        elif kind == "nan":
            chain[len(chain) // 2] = math.nan
        elif kind == "infinite":
            chain[1] = math.inf
        else:
            assert kind == "plain", kind
        out.append(chain)
    return np.array(out)


def case(name, n_chains, draws, phi=0.0, kind="plain", seed=1):
    return {"name": name, "chains": n_chains, "draws": draws, "phi": phi, "kind": kind, "seed": seed}


CASES = [
    case("independent", 4, 100),
    case("autocorrelated", 4, 500, 0.9, seed=2),
    case("slow", 2, 3000, 0.995, seed=3),
    case("antithetic", 4, 250, -0.9, seed=4),
    case("weakly antithetic", 4, 1000, -0.3, seed=5),
    case("shifted chains", 4, 200, 0.3, "shift", seed=6),
    case("chains of different scale", 4, 200, 0.3, "scale", seed=7),
    case("far from zero", 4, 200, 0.5, "offset", seed=8),
    case("heavy tails", 4, 400, 0.0, "heavy", seed=9),
    case("ties", 4, 200, 0.6, "integer", seed=10),
    case("one chain", 1, 300, 0.5, seed=11),
    case("two chains, odd", 2, 301, 0.5, seed=12),
    case("many chains", 16, 50, 0.2, seed=13),
    case("four draws", 4, 4, seed=14),
    case("five draws", 4, 5, seed=15),
    case("seven draws", 2, 7, seed=16),
    case("eight draws, one chain", 1, 8, seed=17),
    case("nine draws, correlated", 3, 9, 0.8, seed=18),
    case("three draws", 4, 3, seed=19),
    case("constant", 4, 50, 0.0, "constant", seed=20),
    case("each chain constant", 4, 50, 0.0, "constants", seed=21),
    case("not a number", 4, 50, 0.0, "nan", seed=22),
    case("infinite", 4, 50, 0.0, "infinite", seed=23),
]


def number(x):
    """JSON has no NaN and no infinity."""
    x = float(x)
    return x if math.isfinite(x) else str(x)


for c in CASES:
    a = chains(c)
    c["figures"] = {
        "rhat": number(arviz.rhat(a)),
        "ess_bulk": number(arviz.ess(a, method="bulk")),
        "ess_tail": number(arviz.ess(a, method="tail")),
        "ess_mean": number(arviz.ess(a, method="mean")),
        "ess_sd": number(arviz.ess(a, method="sd")),
        "ess_quantile_0.1": number(arviz.ess(a, method="quantile", prob=0.1)),
        "ess_quantile_0.5": number(arviz.ess(a, method="quantile", prob=0.5)),
        "mcse_mean": number(arviz.mcse(a, method="mean")),
        "mcse_sd": number(arviz.mcse(a, method="sd")),
        "mcse_quantile_0.5": number(arviz.mcse(a, method="quantile", prob=0.5)),
        "mcse_quantile_0.95": number(arviz.mcse(a, method="quantile", prob=0.95)),
        "e_bfmi": [number(x) for x in np.atleast_1d(arviz.bfmi(a))],
    }
print(json.dumps({"arviz": arviz.__version__, "cases": CASES}, indent=1))
