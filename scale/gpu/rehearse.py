#!/usr/bin/env python3
"""Rehearses gpu.py on the CPU: a small training in segments, with a kill at each boundary, is the training in one go, to the byte.

    python3 scale/gpu/rehearse.py --ppl target/release/ppl
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import gpu

CONFIG = """
[network]
rows = 64
columns = 6
cell_width = 8
inducing = 3
cell_layers = 1
pooled = 2
width = 16
heads = 2
column_layers = 1
decoder_layers = 1

[data]
grammar = "exact"
design = "strata"
rows = [5, 20]
examples = 2

[training]
steps = {steps}
batch = 16
micro_batch = 4
warm_up = 10
checkpoint = 3
validation = 16
"""

# more than one, so that the rehearsal also shows that the number of threads does not
THREADS = ("--threads", "2")


class Failed(Exception):
    """Something is not as it should be."""


def check(true: bool, message: str) -> None:
    if not true:
        raise Failed(message)


def killed_at(name: str, arguments: list[str]) -> None:
    """Runs gpu.py, which is killed with all that it started half way through writing the file of that name."""
    whole = gpu.put

    def put(path: Path, data: bytes) -> None:
        if path.name == name:
            path.with_name(f".{name}.part").write_bytes(data[: len(data) // 2])
            os.killpg(0, signal.SIGKILL)
        whole(path, data)

    gpu.put = put
    gpu.main(arguments)


class Machines:
    """A home, and a machine that is new at each segment."""

    def __init__(self, ppl: Path, folder: Path) -> None:
        self.ppl, self.folder = ppl, folder
        self.config, self.train, self.travels, self.back = (folder / name for name in ("tiny.toml", "train", "travels", "back"))
        self.far = folder / "far"
        self.rows: list[tuple[str, int, int, float]] = []

    def steps(self) -> int:
        header = gpu.Header.read(self.train / gpu.CHECKPOINT)
        return header.steps if header else 0

    def run(self, *arguments: object, killed: str | None = None) -> subprocess.Popen:
        words = ["killed-at", killed, *arguments] if killed else ["gpu", *arguments]
        command = [sys.executable, os.path.abspath(__file__), *map(str, words)]
        with open(self.folder / "said", "w") as said:
            # a process group of its own: who lends the machine ends all that runs on it
            return subprocess.Popen(command, cwd=self.folder, stdout=said, stderr=subprocess.STDOUT, start_new_session=True)

    def ends(self, process: subprocess.Popen, code: int, says: str = "") -> None:
        ended, said = process.wait(), (self.folder / "said").read_text()
        check(ended == code, f"exit code {ended}, not {code}: {said}")
        check(says in said, f"it does not say `{says}`: {said}")

    def pack(self, killed: str | None = None) -> None:
        arguments = ["--ppl", self.ppl, "--train", self.train, "--config", self.config, "--to", self.travels, "--preset", 0]
        self.ends(self.run("pack", *arguments, killed=killed), -signal.SIGKILL if killed else 0)

    def start_segment(self, *more: object, killed: str | None = None) -> subprocess.Popen:
        shutil.rmtree(self.far, ignore_errors=True)
        shutil.copytree(self.travels, self.far / "parcels")
        folders = ["--from", self.far / "parcels", "--out", self.far / "out", "--work", self.far / "work"]
        return self.run("segment", *folders, "--device", "cpu", *THREADS, *more, killed=killed)

    def segment(self, *more: object, killed: str | None = None) -> None:
        self.ends(self.start_segment(*more, killed=killed), -signal.SIGKILL if killed else 0)
        self.bring_back()

    def bring_back(self) -> None:
        shutil.rmtree(self.back, ignore_errors=True)
        if (self.far / "out").exists():
            shutil.copytree(self.far / "out", self.back)
            files = [file for file in self.back.rglob("*") if file.is_file()]
            check(len(files) <= gpu.RETURNED_FILES, f"{len(files)} files come back")
            check(max(file.stat().st_size for file in files) <= gpu.SHARD, "a file is too large")

    def collect(self, code: int = 0, says: str = "", killed: str | None = None) -> None:
        process = self.run("collect", "--from", self.back, "--train", self.train, killed=killed)
        self.ends(process, -signal.SIGKILL if killed else code, says)


STEPS = ("--steps", 5)


def plain(m: Machines) -> None:
    m.pack()
    m.segment(*STEPS)
    m.collect()


def pack_killed(m: Machines) -> None:
    m.pack(killed=gpu.MANIFEST)
    m.ends(m.start_segment(), 1, "run it again")
    plain(m)


def unpacking_killed(m: Machines) -> None:
    m.pack()
    m.segment(killed=gpu.PPL)
    m.segment(killed=gpu.CHECKPOINT)
    m.segment(*STEPS)
    m.collect()


def training_killed(m: Machines) -> None:
    m.pack()
    process = m.start_segment()
    log = m.far / "work/training" / gpu.LOG
    while process.poll() is None and not (log.exists() and log.read_bytes().count(b"\n") >= m.steps() + 4):
        time.sleep(0.01)
    check(process.poll() is None, f"the training ended before it was killed: {(m.folder / 'said').read_text()}")
    os.killpg(process.pid, signal.SIGKILL)
    m.ends(process, -signal.SIGKILL)
    m.segment(*STEPS)
    m.collect()


def packing_killed(m: Machines) -> None:
    m.pack()
    for name in ("shard-0", gpu.MANIFEST):
        m.segment(*STEPS, killed=name)
        m.collect(1, "run it again")
    m.segment(*STEPS)
    m.collect()


def collect_killed(m: Machines) -> None:
    m.pack()
    m.segment(*STEPS)
    for name in (gpu.LOG, gpu.CHECKPOINT):
        m.collect(killed=name)
    m.collect()


def collect_killed_and_left(m: Machines) -> None:
    m.pack()
    m.segment(*STEPS)
    m.collect(killed=gpu.CHECKPOINT)
    plain(m)


def no_time_to_stop(m: Machines) -> None:
    m.pack()
    m.segment(*STEPS, "--reserve", 0)
    m.collect(says="was killed")


def time_is_up(m: Machines) -> None:
    m.pack()
    # how long it takes to unpack depends on what else this machine does
    for seconds in (4, 8, 16, 32, 64, 128):
        m.start_segment("--seconds", seconds, "--reserve", seconds / 2).wait()
        if (m.far / "out" / gpu.MANIFEST).exists():
            break
    m.bring_back()
    m.collect(says="was stopped")


def damaged_and_old(m: Machines) -> None:
    old = m.folder / "old"
    shutil.copytree(m.back, old)
    plain(m)
    m.collect(says="before")
    m.back, back = old, m.back
    m.collect(1, "further on")
    m.back = back
    m.pack()
    m.segment(*STEPS)
    shard = m.back / "shard-0"
    good = shard.read_bytes()
    shard.write_bytes(good[:1000] + bytes([good[1000] ^ 1]) + good[1001:])
    m.collect(1, "did not arrive")
    shard.write_bytes(good)
    m.collect()


def to_the_end(m: Machines) -> None:
    m.pack()
    m.segment()
    m.collect(says="all steps are made")


ROUNDS = {
    "no kill": plain,
    "pack": pack_killed,
    "segment, unpacking": unpacking_killed,
    "segment, training": training_killed,
    "segment, packing": packing_killed,
    "collect, again": collect_killed,
    "collect, not again": collect_killed_and_left,
    "ppl train, no time to stop": no_time_to_stop,
    "damaged, and old": damaged_and_old,
    "time is up": time_is_up,
    "to the end": to_the_end,
}


def losses(folder: Path) -> list[tuple[int, float, float, float | None]]:
    lines = map(json.loads, (folder / gpu.LOG).read_text().splitlines())
    return [(line["step"], line["loss"], line["gradient"], line.get("validation", {}).get("loss")) for line in lines]


def compare(whole: Path, parts: Path, steps: int) -> None:
    check([line[0] for line in losses(whole)] == list(range(1, steps + 1)), "the log of the training in one go has not all steps")
    check(losses(parts) == losses(whole), "the losses differ")
    print(f"losses, gradients and validations of {steps} steps are equal")
    for name in ("weights.safetensors", gpu.CHECKPOINT):
        check((parts / name).read_bytes() == (whole / name).read_bytes(), f"{name} differs")
        print(f"{name} is the same to the byte")
    # where a segment ends just there, `ppl train` writes none
    if (parts / gpu.STABLE).exists():
        check((parts / gpu.STABLE).read_bytes() == (whole / gpu.STABLE).read_bytes(), f"{gpu.STABLE} differs")
        print(f"{gpu.STABLE} is the same to the byte")


def check_refusals() -> None:
    """What does not fit is refused before anything runs."""
    for weights, states, without_stable in ((8_126_096, 2, False), (8_126_096, 1, True), (3_000_000, 2, False)):
        try:
            gpu.check_room(weights, states, without_stable)
        except gpu.Fault:
            continue
        raise Failed(f"{weights} weights should not fit")
    gpu.check_room(1_528_400, 2, False)
    gpu.check_room(3_000_000, 1, True)


def rehearse(ppl: Path, steps: int, folder: Path) -> None:
    check_refusals()
    begin = time.monotonic()
    m, whole = Machines(ppl, folder), folder / "whole"
    m.config.write_text(CONFIG.format(steps=steps))
    subprocess.run([ppl, "train", whole, "--config", m.config, "--quiet", *THREADS], check=True, stdout=subprocess.DEVNULL)
    print(f"{steps} steps in one go: {time.monotonic() - begin:.1f} s\n\n{'killed':28} steps before  after  seconds")
    for name, round in ROUNDS.items():
        begin, before = time.monotonic(), m.steps()
        round(m)
        after = m.steps()
        print(f"{name:28} {before:12} {after:6} {time.monotonic() - begin:8.1f}", flush=True)
        check(after > before, "no step was made")
    subprocess.run([ppl, "train", m.train, "--quiet"], check=True, stdout=subprocess.DEVNULL)
    print()
    compare(whole, m.train, steps)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--ppl", type=Path, default=Path("target/release/ppl"), help="the command, built with --features spfn")
    parser.add_argument("--steps", type=int, default=160, help="of the training; more where a machine makes them too fast to be killed")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="rehearsal-"))
    try:
        rehearse(options.ppl.resolve(), options.steps, folder)
    except Failed as failed:
        sys.exit(f"failed: {failed}\n{folder} has what was left")
    shutil.rmtree(folder)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["killed-at", name, *arguments]:
            killed_at(name, arguments)
        case ["gpu", *arguments]:
            gpu.main(arguments)
        case _:
            main()
