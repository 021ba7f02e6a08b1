#!/usr/bin/env python3
"""Nanoseconds per gradient, ours against Stan's, in one run on one machine.

    python3 benches/gradient.py --ppl PPL --work WORK --peers PEERS --lpgrad DIR --posteriordb ROOT [--out FILE] [NAME ...]

PEERS is the folder of the peer harness, WORK the one its `setup` filled, with the models built as
WORK/build/NAME/{o3,o1native}.exe (missing ones are built). DIR holds one file per posterior with the points: the figure
is the mean over the third and fourth, which are the last positions of two NUTS chains, of the fastest of several
batches. Each program is measured --rounds times, ours and Stan's in turn, and the smallest figure of each counts,
because other load only ever adds time.
Rows: those of PEERS/baseline.md that need no ODE, or the named ones.
"""
import argparse, glob, json, math, os, re, subprocess, sys, tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tests/scripts"))
from posteriordb import Posteriordb

ODE = {"hudson_lynx_hare-lotka_volterra", "one_comp_mm_elim_abs-one_comp_mm_elim_abs"}
BUILDS = ("o3", "o1native")


def rows(peers):
    out = []
    with open(peers + "/baseline.md") as f:
        for line in f:
            m = re.match(r"\| ([A-Za-z]\S*-\S+) \|", line)
            if m and m.group(1) not in out and m.group(1) not in ODE:
                out.append(m.group(1))
    return out


def stan(exe, data, points, a):
    p = subprocess.run([exe, "grad", data, points, str(a.block_ms), str(a.blocks)], capture_output=True, text=True, check=True)
    each = [q["ns_grad_min"] for q in json.loads(p.stdout)["points"]]
    return sum(each) / len(each)


def ours(model, data, points, a):
    each = []
    for point in points:  # `--time` times the first point
        with tempfile.NamedTemporaryFile("w", suffix=".json") as f:
            json.dump([point], f)
            f.flush()
            cmd = [a.ppl, "log-prob", model, "--data", data, "--points", f.name, "--json", "--time"]
            p = subprocess.run(cmd, capture_output=True, text=True)
        if p.returncode != 0:
            raise RuntimeError(" / ".join(p.stderr.strip().splitlines()[:2])[:200])
        each.append(json.loads(p.stdout)["ns_per_gradient"])
    return sum(each) / len(each)


def geometric(v):
    return math.exp(sum(map(math.log, v)) / len(v))


def main():
    a = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for x in ("ppl", "work", "peers", "lpgrad", "posteriordb"):
        a.add_argument("--" + x, required=True)
    a.add_argument("--rounds", type=int, default=3)
    a.add_argument("--block-ms", type=float, default=20)
    a.add_argument("--blocks", type=int, default=5)
    a.add_argument("--out", help="figures as JSON")
    a.add_argument("names", nargs="*")
    a = a.parse_args()
    sys.path.insert(0, a.peers + "/stan_bench")
    import bench

    s = bench.Stan(a.work)
    db = Posteriordb(a.posteriordb, os.path.join(a.work, "posteriordb"))
    table, failed = [], []
    print("| posterior | ours ns | Stan O3 ns | Stan O1 native ns | O3 / ours | O1 native / ours |")
    print("| --- | --: | --: | --: | --: | --: |")
    for name in a.names or rows(a.peers):
        model, data = db.model(name), db.data(name)
        exe = {b: f"{a.work}/build/{name}/{b}.exe" for b in BUILDS}
        with open(f"{a.lpgrad}/{name}.json") as f:
            points = [p["q"] for p in json.load(f)["points"] if "grad" in p][2:4]
        with tempfile.TemporaryDirectory() as t:
            bench.write_points(t + "/stan.json", points)
            best = {}
            try:
                for b in BUILDS:
                    if not os.path.exists(exe[b]):
                        s.build(name, model, b)
                for _ in range(a.rounds):
                    for who, f in [("ours", lambda: ours(model, data, points, a))] + [
                        (b, lambda b=b: stan(exe[b], data, t + "/stan.json", a)) for b in BUILDS
                    ]:
                        best[who] = min(best.get(who, math.inf), f())
            except (RuntimeError, subprocess.CalledProcessError, KeyError, OSError) as e:
                failed.append(name)
                print(f"| {name} | {str(e)[:160]} | | | | |", flush=True)
                continue
        best["name"] = name
        table.append(best)
        print(f"| {name} | {best['ours']:,.0f} | {best['o3']:,.0f} | {best['o1native']:,.0f} | {best['o3'] / best['ours']:.2f} | {best['o1native'] / best['ours']:.2f} |", flush=True)
    if table:
        for b in BUILDS:
            ratio = [r[b] / r["ours"] for r in table]
            slower = [r["name"] for r in table if r[b] < r["ours"]]
            print(f"\nStan {b} / ours: geometric mean {geometric(ratio):.2f} over {len(table)} rows, smallest {min(ratio):.2f}; slower than it on {len(slower)}: {', '.join(slower) or 'none'}")
    if a.out:
        with open(a.out, "w") as f:
            json.dump({"environment": bench.environment(), "load_average": os.getloadavg(), "rows": table, "failed": failed}, f, indent=1)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
