#!/usr/bin/env python3
"""Data sets per CPU second of a prior-predictive program, ours against NumPy, NumPyro and Stan, in one run, one thread each.

    cargo build --release -p ppl-compiler --example simulate
    python3 benches/simulate.py --ours target/release/examples/simulate --peers PEERS --work WORK --python PYTHON [--out FILE]

PEERS is the folder of the peer harness (`sim_bench` in it has the programs and the rivals), WORK the one its `setup` filled, PYTHON an
interpreter with numpy and numpyro. All systems are run --rounds times in turn and the largest figure of each counts,
because other load only ever takes time. Ours writes all quantities of the same Stan programs, NumPy and NumPyro only `y`.
"""
import argparse, json, os, subprocess, tempfile

PROGRAMS = ("hier", "linreg")
ENVIRONMENT = dict(
    os.environ,
    OMP_NUM_THREADS="1",
    OPENBLAS_NUM_THREADS="1",
    XLA_FLAGS="--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
)


def rival(a, what):
    arguments = [a.work] if what == "stan" else []
    cmd = [a.python, f"{a.peers}/sim_bench/sim.py", what, *arguments]
    p = subprocess.run(cmd, capture_output=True, text=True, env=ENVIRONMENT)
    if p.returncode != 0:
        raise RuntimeError(f"{what}: {p.stderr.strip().splitlines()[-1:]}")
    rows = json.loads(p.stdout[p.stdout.index("{"):])[what]
    out = {}
    for key, value in rows.items():
        program = next((name for name in PROGRAMS if key == name or key.startswith(name + "_")), None)
        if program and isinstance(value, dict):
            label = what + key[len(program):].replace("_", " ")
            out[program, label] = value["per_cpu_s"]
    return out


def ours(a, program, data, count):
    p = subprocess.run([a.ours, f"{a.peers}/sim_bench/{program}.stan", data, str(count)], capture_output=True, text=True)
    if p.returncode != 0:
        raise RuntimeError(p.stderr.strip())
    return json.loads(p.stdout)


def main():
    a = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for x in ("ours", "peers", "work", "python"):
        a.add_argument("--" + x, required=True)
    a.add_argument("--rounds", type=int, default=3)
    a.add_argument("--without", default="", help="rivals to leave out, comma separated")
    a.add_argument("--out", help="figures as JSON")
    a = a.parse_args()
    best, extra = {}, {}
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([a.python, f"{a.peers}/sim_bench/data.py", folder], check=True, env=ENVIRONMENT)
        for _ in range(a.rounds):
            for program in PROGRAMS:
                row = ours(a, program, f"{folder}/{program}.json", 200_000)
                extra[program] = row
                best[program, "ours"] = max(best.get((program, "ours"), 0), row["per_cpu_s"])
            for what in ("numpy", "numpyro", "stan"):
                if what in a.without.split(","):
                    continue
                for key, rate in rival(a, what).items():
                    best[key] = max(best.get(key, 0), rate)
    figures = {}
    for program in PROGRAMS:
        rows = {label: rate for (name, label), rate in best.items() if name == program}
        mine = rows.pop("ours")
        fastest = max(rows.values())
        print(f"\n{program}: {extra[program]['numbers']} numbers a data set, file to first 10,000 in {extra[program]['first_batch_ms']} ms")
        print("| system | data sets per CPU second | ours / it |\n| --- | --: | --: |")
        print(f"| ours | {mine:,.0f} | |")
        for label, rate in sorted(rows.items(), key=lambda x: -x[1]):
            print(f"| {label} | {rate:,.0f} | {mine / rate:.2f} |")
        print(f"ours against the fastest: {mine / fastest:.2f}")
        figures[program] = {"ours": mine, "rivals": rows, "ratio": mine / fastest}
    if a.out:
        with open(a.out, "w") as f:
            json.dump(figures, f, indent=1)


if __name__ == "__main__":
    main()
