#!/usr/bin/env python3
"""CPU time of `ppl run` from process start to the printed table.

    python3 benches/cold_start.py --ppl PPL [--repeats 10] [MODEL ...]

Default model: eight schools of the model library. User and system time of the process with all its threads, as the
kernel counts them; wall time for information.
"""
import argparse, os, statistics, subprocess, sys, time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def once(cmd):
    t = time.perf_counter()
    p = subprocess.Popen(cmd, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    out = p.stdout.read()
    _, status, ru = os.wait4(p.pid, 0)
    p.returncode = os.waitstatus_to_exitcode(status)
    if p.returncode != 0:
        sys.exit(f"{' '.join(cmd)}: exit status {p.returncode}")
    return ru.ru_utime + ru.ru_stime, time.perf_counter() - t, ru.ru_maxrss, out


def main():
    a = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    a.add_argument("--ppl", required=True)
    a.add_argument("--repeats", type=int, default=10)
    a.add_argument("--limit", type=float, default=0.5, help="CPU seconds; exit status 1 when the median is above")
    a.add_argument("models", nargs="*", default=[ROOT + "/stdlib/models/education/eight_schools.stan"])
    a = a.parse_args()
    slow = False
    for model in a.models:
        r = [once([a.ppl, "run", model, "--seed", str(i + 1)]) for i in range(a.repeats)]
        if "tau" not in r[0][3] and model.endswith("eight_schools.stan"):
            sys.exit("no table was printed")
        cpu = [x[0] for x in r]
        slow |= statistics.median(cpu) > a.limit
        print(f"{os.path.basename(model)}: CPU s median {statistics.median(cpu):.3f}, smallest {min(cpu):.3f}, largest {max(cpu):.3f}; wall s median {statistics.median(x[1] for x in r):.3f}; peak {max(x[2] for x in r) / 1024:.0f} MiB; {a.repeats} runs")
    sys.exit(1 if slow else 0)


if __name__ == "__main__":
    main()
