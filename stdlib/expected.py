#!/usr/bin/env python3
"""Write the expected results of the models in this folder: NAME.expected.json, from Stan.

    python3 stdlib/expected.py --peers PEERS --work WORK [NAME ...]

PEERS is the folder of the peer harness (it holds stan_bench/bench.py), WORK the folder that its `setup` filled.
Every model is compiled by stanc and g++ -O3 and sampled by Stan's NUTS; the file holds

  parameters    mean, sd and their Monte Carlo standard errors (ArviZ) of every parameter and transformed parameter
  points        Stan's log density and gradient at three points of the unconstrained space: `lp` with all constants and
                no Jacobian, `lp_propto_jacobian` and `grad` as the sampler sees them
  diagnostics   divergences, largest R-hat, smallest bulk and tail effective sample size

A model whose own parametrisation samples badly takes its figures from the model named in SAME_POSTERIOR.
"""
import argparse, glob, json, math, os, subprocess, sys

HERE = os.path.dirname(os.path.abspath(__file__))
CHAINS, WARMUP, DRAWS, SEED = 4, 1000, 4000, 20261121
# target acceptance where Stan's default 0.8 leaves divergent transitions
DELTA = {"eight_schools": 0.99, "contraception": 0.9, "motorcycle_hsgp": 0.95, "wine_bitterness": 0.95, "old_faithful": 0.9}
# same posterior, better parametrisation
SAME_POSTERIOR = {"eight_schools_centered": "eight_schools"}


def models():
    """Programs by name, of models that have data."""
    data = sorted(glob.glob(HERE + "/models/*/*.data.json"))
    return {os.path.basename(p)[: -len(".data.json")]: p[: -len(".data.json")] + ".stan" for p in data}


def figure(x):
    return float(f"{x:.7g}")


def summary(names, x):
    import arviz as az
    import numpy as np

    out, rhats, bulks, tails = {}, [], [], []
    for j, name in enumerate(names):
        if j < 7:  # lp__ and the sampler's columns
            continue
        v = x[:, :, j]
        if np.ptp(v) <= 1e-12 * max(1.0, abs(v[0, 0])):  # fixed entries, such as the diagonal of a correlation matrix
            continue
        head, *index = name.split(".")
        out[head + (f"[{','.join(index)}]" if index else "")] = {
            "mean": figure(v.mean()),
            "mcse_mean": figure(float(az.mcse(v, method="mean"))),
            "sd": figure(v.std(ddof=1)),
            "mcse_sd": figure(float(az.mcse(v, method="sd"))),
        }
        rhats.append(float(az.rhat(v)))
        bulks.append(float(az.ess(v, method="bulk")))
        tails.append(float(az.ess(v, method="tail")))
    return out, {"max_rhat": figure(max(rhats)), "min_ess_bulk": round(min(bulks)), "min_ess_tail": round(min(tails))}


def write(path, d):
    """One parameter and one point a line, so that a change is one line of a diff."""
    lines = []
    for k, v in d.items():
        if k == "parameters":
            rows = ",\n".join(f"    {json.dumps(n)}: {json.dumps(s)}" for n, s in v.items())
            lines.append(f'  "parameters": {{\n{rows}\n  }}')
        elif k == "points":
            rows = ",\n".join("    " + json.dumps(p) for p in v)
            lines.append(f'  "points": [\n{rows}\n  ]')
        else:
            lines.append(f"  {json.dumps(k)}: {json.dumps(v)}")
    with open(path + ".tmp", "w") as f:
        f.write("{\n" + ",\n".join(lines) + "\n}\n")
    os.replace(path + ".tmp", path)


def make(s, bench, name, stan):
    data = stan[:-5] + ".data.json"
    source = SAME_POSTERIOR.get(name)
    exe, _ = s.build("stdlib-" + name, stan, "o3")
    n = bench.call(exe, "info", data)["n_unconstrained"]
    folder = os.path.dirname(exe)
    if source:
        with open(models()[source][:-5] + ".expected.json") as f:
            of = json.load(f)
        d = {"model": name, **{k: of[k] for k in ("reference", "command")}, "figures_of": source}
        d |= {k: of[k] for k in ("chains", "warmup", "draws", "seed", "adapt_delta", "diagnostics", "parameters")}
        last = []
    else:
        delta = DELTA.get(name, 0.8)
        o = bench.call(exe, "sample", data, folder + "/draws", SEED, CHAINS, WARMUP, DRAWS, delta)
        if any(c["rc"] for c in o["chains"]):
            raise RuntimeError(f"{name}: a chain failed: {[c['errors'] for c in o['chains']]}")
        parameters, diagnostics = summary(*bench.read_csv(folder + "/draws", CHAINS))
        diagnostics["divergences"] = int(sum(c["divergences"] for c in o["chains"]))
        diagnostics["max_treedepth_hits"] = int(sum(c["max_treedepth_hits"] for c in o["chains"]))
        d = {
            "model": name,
            "reference": "Stan 2.35.0 (httpstan 4.13.0), g++ -O3",
            "command": f"python3 stdlib/expected.py --peers PEERS --work WORK {name}",
            "chains": CHAINS,
            "warmup": WARMUP,
            "draws": DRAWS,
            "seed": SEED,
            "adapt_delta": delta,
            "diagnostics": diagnostics,
            "parameters": parameters,
        }
        last = [o["chains"][0]["last_q"]]
    points = bench.random_points(n) + last
    bench.write_points(folder + "/points.json", points)
    g = bench.call(exe, "grad", data, folder + "/points.json", 20, 0)
    d["points"] = [
        {"q": p["q"], "lp": p["lp_full_nojac"], "lp_propto_jacobian": p["lp_propto_jac"], "grad": p["grad"]}
        for p in g["points"]
        if "grad" in p
    ]
    write(stan[:-5] + ".expected.json", d)
    return d


def main():
    a = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    a.add_argument("--peers", required=True)
    a.add_argument("--work", required=True)
    a.add_argument("names", nargs="*")
    a = a.parse_args()
    sys.path.insert(0, os.path.join(a.peers, "stan_bench"))
    sys.path[:0] = glob.glob(a.work + "/venv/lib/python3*/site-packages")
    import bench

    s = bench.Stan(a.work)
    every = models()
    unknown = [n for n in a.names if n not in every]
    if unknown:
        sys.exit(f"no such model with data: {', '.join(unknown)}")
    failed = 0
    for name in sorted(a.names or every, key=lambda n: n in SAME_POSTERIOR):
        try:
            d = make(s, bench, name, every[name])
            print(f"{name}: {len(d['parameters'])} parameters, {len(d['points'])} points, {d['diagnostics']}", flush=True)
        except (RuntimeError, KeyError, OSError, subprocess.SubprocessError) as e:
            failed += 1
            print(f"{name}: FAILED {str(e)[:1500]}", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
