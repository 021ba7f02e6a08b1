#!/usr/bin/env python3
"""Whether programs of `ppl infer` run in Stan itself, on the raw table, for 20 tables.

    python3 benches/tables/tables.py prepare DIR
    python3 benches/tables/stan.py DIR --ppl PPL --bench BENCH.PY --work WORK [--only NAME]

For the first program of each table: (1) without the units that it computes in its transformed data, on a table that python puts into units, it has the
same log density at random points, so raw table and units agree; (2) stanc and g++ accept it, and Stan's log density and gradient are ours;
(3) Stan samples it. BENCH.PY is the peer harness's stan_bench/bench.py, WORK its folder after `setup`.
"""
import argparse, importlib.util, json, os, random, re, subprocess, sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tables as public

# other outcomes of the same tables
FURTHER = [
    ("sleepstudy", "positive reactions", ["--outcome", "Reaction", "--kind", "Reaction=positive", "--group", "Subject"]),
    ("penguins", "flippers", ["--outcome", "flipper_length_mm", "--kind", "flipper_length_mm=real"]),
    ("pima", "glucose", ["--outcome", "glu", "--kind", "glu=positive"]),
    ("stackloss", "air", ["--outcome", "Air.Flow", "--kind", "Air.Flow=real"]),
    ("epil", "baselines", ["--outcome", "lbase", "--kind", "lbase=real", "--group", "subject"]),
]
UNITS = re.compile(r"^\s*vector(?:<lower=0>)?\[N\] (\w+) = (.+);$", re.M)
POINTS = 3


def call(*command):
    done = subprocess.run([str(own) for own in command], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))}: {done.stderr.strip()[-400:]}")
    return done.stdout


def log_prob(ppl, model, data, points):
    return [own for own in json.loads(call(ppl, "log-prob", model, "--data", data, "--points", points, "--json"))["points"]]


def in_units(text, data):
    """The program without its transformed data, and data that have them."""
    start = text.find("transformed data {")
    if start < 0:
        return text, data
    end = text.index("\n}", start) + 2
    block = text[start:end]
    data, declared = dict(data), ""
    for name, expression in UNITS.findall(block):
        raw = next(own for own in re.findall(r"[A-Za-z_]\w*", expression))
        data[name] = [eval(expression, {}, {raw: x}) for x in data[raw]]
        declared += f"  vector[N] {name};\n"
    rest = [line for line in block.splitlines()[1:-1] if not UNITS.match(line)]
    kept = "transformed data {\n" + "\n".join(rest) + "\n}\n" if rest else ""
    head = text[:start].rstrip()
    assert head.endswith("}")
    return head[:-1] + declared + "}\n" + kept + text[end:], data


def close(a, b, tolerance=1e-7):
    return abs(a - b) <= tolerance * max(1.0, abs(a), abs(b))


def one(a, stan, bench, name, flags):
    folder = os.path.join(a.folder, "stan", name.replace(" ", "_"))
    table = name.split(":")[0]
    call(a.ppl, "infer", os.path.join(a.folder, f"{table}.csv"), *flags, "--top", "1", "--out", folder)
    model, data = os.path.join(folder, "01.stan"), os.path.join(folder, "data.json")
    text, values = open(model).read(), json.load(open(data))
    exe, _ = stan.build("tables_" + re.sub(r"\W", "_", name), model, "o3")
    size = bench.call(exe, "info", data)["n_unconstrained"]
    random.seed(1)
    points = [[random.uniform(-0.5, 0.5) for _ in range(size)] for _ in range(POINTS)]
    path = os.path.join(folder, "points.json")
    json.dump(points, open(path, "w"))
    own = log_prob(a.ppl, model, data, path)
    plain, plain_data = in_units(text, values)
    open(os.path.join(folder, "plain.stan"), "w").write(plain)
    json.dump(plain_data, open(os.path.join(folder, "plain.json"), "w"))
    same = log_prob(a.ppl, os.path.join(folder, "plain.stan"), os.path.join(folder, "plain.json"), path)
    units = all(close(x["lp"], y["lp"]) for x, y in zip(own, same))
    stans = os.path.join(folder, "stan_points.json")
    bench.write_points(stans, points)
    theirs = bench.call(exe, "grad", data, stans, 20, 0)["points"]
    agrees = all(close(x["lp_propto_jacobian"], y["lp_propto_jac"]) for x, y in zip(own, theirs))
    agrees &= all(close(p, q, 1e-6) for x, y in zip(own, theirs) for p, q in zip(x["grad"], y["grad"]))
    chains = bench.call(exe, "sample", data, "-", 1, 2, 500, 500, 0.9)["chains"]
    sampled = all(chain["rc"] == 0 for chain in chains)
    print(f"{name:32} {len(plain_data.get('y', [])):4} rows, {size:3} parameters  units {units}  density and gradient {agrees}  sampled {sampled}", flush=True)
    return units and agrees and sampled


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", metavar="DIR")
    parser.add_argument("--ppl", required=True)
    parser.add_argument("--bench", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--only")
    a = parser.parse_args()
    spec = importlib.util.spec_from_file_location("bench", a.bench)
    bench = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bench)
    stan = bench.Stan(a.work)
    cases = [(table["name"], ["--outcome", table["outcome"], *table["flags"]]) for table in public.tables()]
    cases += [(f"{table}: {what}", flags) for table, what, flags in FURTHER]
    good, failed = 0, 0
    for name, flags in cases:
        if a.only and a.only not in name:
            continue
        try:
            good += one(a, stan, bench, name, flags)
        except Exception as error:
            print(f"{name:32} failed: {error}", flush=True)
        failed += 1
    print(f"{good} of {failed} tables")


if __name__ == "__main__":
    main()
