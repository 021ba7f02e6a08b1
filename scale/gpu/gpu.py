#!/usr/bin/env python3
"""Trains on a machine that is lent in short stretches: `pack` here, `segment` there, `collect` here, and again.

What travels is a parcel: shards of at most 15 MiB, and a manifest with their digests, which is written last. A parcel without a manifest was
not finished and is made again. `segment` needs nothing of its machine but Python 3.11, and nothing outlasts it there.
"""

import argparse
import contextlib
import dataclasses
import hashlib
import json
import lzma
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

MIB = 1 << 20
SHARD = 15 * MIB
RETURNED_FILES = 8
# 64 MiB come back; the rest is for the log, the samples and the manifest
RETURNED = 62 * MIB
TRAVELLING = 64 * MIB
BINARY = 60 * MIB

# of `ppl train`
CHECKPOINT, STABLE, LOG = "checkpoint.safetensors", "stable.safetensors", "log.jsonl"
CONFIG, PPL, SAID, SAMPLES, MANIFEST = "config.toml", "ppl", "ppl.txt", "gpu.csv", "manifest.json"
# four numbers of four bytes for each weight (itself, its average, two moments), and the names
BYTES_A_WEIGHT, NAMES = 16, 128 << 10
# preset of xz for a training: most of it are digits that nothing compresses
QUICK = 1


class Fault(Exception):
    """What stands in the way, and what to do."""


def put(path: Path, data: bytes) -> None:
    """Writes a file that gets its name when it is whole and on the disk."""
    part = path.with_name(f".{path.name}.part")
    with open(part, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def compressed(data: bytes, preset: int) -> bytes:
    # jumps of x86 code look alike with absolute targets
    code = [{"id": lzma.FILTER_X86}] if data.startswith(b"\x7fELF") else []
    return lzma.compress(data, filters=[*code, {"id": lzma.FILTER_LZMA2, "preset": preset}])


def write_parcel(folder: Path, files: dict[str, bytes], about: dict, preset: int = QUICK) -> int:
    """Writes files as shards; gives the number of their bytes."""
    packed = {name: compressed(data, preset) for name, data in files.items()}
    stream = b"".join(packed.values())
    shards = {f"shard-{at // SHARD}": stream[at : at + SHARD] for at in range(0, len(stream), SHARD)}
    manifest = {
        "about": about,
        "files": {name: {"packed": len(data), "sha256": digest(files[name])} for name, data in packed.items()},
        "shards": {name: digest(data) for name, data in shards.items()},
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MANIFEST).unlink(missing_ok=True)
    for old in [*folder.glob("shard-*"), *folder.glob(".*.part")]:
        old.unlink()
    for name, data in shards.items():
        put(folder / name, data)
    put(folder / MANIFEST, json.dumps(manifest, indent=1).encode())
    return len(stream)


def read_parcel(folder: Path) -> tuple[dict, dict[str, bytes]]:
    """What a parcel says of itself, and its files."""
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        shards = {name: (folder / name).read_bytes() for name in manifest["shards"]}
    except FileNotFoundError as error:
        raise Fault(f"{error.filename} is not there: what should have written it was stopped; run it again") from None
    damaged = [name for name, data in shards.items() if digest(data) != manifest["shards"][name]]
    if damaged:
        raise Fault(f"{folder}: {', '.join(damaged)} did not arrive as it was sent: send it again")
    stream, files, at = b"".join(shards.values()), {}, 0
    for name, entry in manifest["files"].items():
        files[name] = lzma.decompress(stream[at : at + entry["packed"]])
        at += entry["packed"]
        if digest(files[name]) != entry["sha256"]:
            raise Fault(f"{folder}: {name} is not what was packed: pack it again")
    return manifest["about"], files


@dataclasses.dataclass
class Header:
    """What a checkpoint says of itself."""

    steps: int
    config: str

    @staticmethod
    def of(checkpoint: bytes) -> "Header":
        end = 8 + int.from_bytes(checkpoint[:8], "little")
        about = json.loads(json.loads(checkpoint[8:end])["__metadata__"]["spfn"])
        return Header(about["steps"], about["config"])

    @staticmethod
    def read(path: Path) -> "Header | None":
        return Header.of(path.read_bytes()) if path.exists() else None

    def place(self) -> tuple[int, int]:
        """What is further on is larger: with more steps planned a training may go on from before its learning rate fell."""
        return tomllib.loads(self.config)["training"]["steps"], self.steps

    def same_training(self, other: "Header") -> bool:
        configs = [tomllib.loads(header.config) for header in (self, other)]
        for config in configs:
            del config["training"]["steps"]
        return configs[0] == configs[1]


# ---- here, before


@dataclasses.dataclass
class Opening:
    weights: int
    made: int
    planned: int


def opening(ppl: Path, train: Path, config: Path) -> Opening:
    """What `ppl train` says when it opens a training; it is stopped there, in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        for name in (CHECKPOINT, STABLE):
            if (train / name).exists():
                os.symlink((train / name).resolve(), Path(folder, name))
        command = [str(ppl), "train", folder, "--config", str(config), "--threads", "1"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
            said = process.stderr.readline()
            process.kill()
            said += process.stderr.read()
    found = re.match(r"(\d+) weights, (\d+) of (\d+) steps are made", said)
    if not found:
        raise Fault(f"`{ppl} train` does not open this training: {said.strip()}")
    return Opening(*map(int, found.groups()))


def states_returned(train: Path, plan: Opening) -> int:
    """How many states of the training a segment may have to return: the one before the learning rate falls too, unless it is here."""
    stable, checkpoint = (Header.read(train / name) for name in (STABLE, CHECKPOINT))
    here = stable and checkpoint and stable.config == checkpoint.config and checkpoint.place()[0] == plan.planned
    return 1 if here else 2


def check_room(weights: int, states: int, without_stable: bool) -> None:
    """That what a segment returns will fit, known before it runs."""
    most = min(RETURNED, (RETURNED_FILES - 1) * SHARD)
    one = BYTES_A_WEIGHT * weights + NAMES
    if states * one <= most:
        return
    text = f"{weights} weights are {one / MIB:.1f} MiB in training, and {most / MIB:.0f} MiB come back from a segment: "
    if one > most:
        raise Fault(f"{text}{(most - NAMES) // BYTES_A_WEIGHT} weights fit; use a smaller network")
    assert not without_stable
    raise Fault(f"{text}the state before the learning rate falls does not fit beside the last; --without-stable leaves it out")


def check_paths(config: str) -> list[Path]:
    """Paths that a configuration names; they have to mean the same on both machines."""
    data = tomllib.loads(config).get("data", {})
    paths = [Path(data[key]) for key in ("grammar", "corpus", "selection") if key in data]
    for path in paths:
        if path.is_absolute():
            raise Fault(f"{path} will not be there: name it relative to the root of the repository, where all commands run")
    return paths


def travelling(more: list[Path]) -> int:
    """Bytes of what goes to the other machine: the files of the repository, and more files and folders."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"], capture_output=True, text=True)
    found = {Path(name).resolve() for name in listed.stdout.split("\0") if name}
    for path in more:
        found |= {file.resolve() for file in [path, *path.rglob("*")]}
    return sum(file.stat().st_size for file in found if file.is_file())


def pack_binary(ppl: Path, folder: Path, preset: int) -> str:
    """Makes the parcel of the command, where it has changed; says its sizes."""
    with tempfile.TemporaryDirectory() as own:
        stripped = shutil.copy(ppl, own)
        if shutil.which("strip"):
            subprocess.run(["strip", stripped], check=True)
        data = Path(stripped).read_bytes()
    sizes = f"{ppl.stat().st_size / MIB:.1f} MiB, stripped {len(data) / MIB:.1f} MiB"
    with contextlib.suppress(FileNotFoundError):
        manifest = json.loads((folder / MANIFEST).read_bytes())
        if manifest["files"][PPL]["sha256"] == digest(data) and manifest["about"]["preset"] == preset:
            return f"{sizes}, compressed {manifest['files'][PPL]['packed'] / MIB:.1f} MiB, as before"
    packed = write_parcel(folder, {PPL: data}, {"preset": preset}, preset)
    if packed > BINARY:
        (folder / MANIFEST).unlink()
        raise Fault(f"{ppl} is {packed / MIB:.0f} MiB when it is compressed, and {BINARY / MIB:.0f} MiB may travel: build it with --release")
    return f"{sizes}, compressed {packed / MIB:.1f} MiB"


def pack(ppl: Path, train: Path, config: Path | None, to: Path, without_stable: bool, preset: int) -> None:
    """Puts the command and the training into parcels."""
    checkpoint = Header.read(train / CHECKPOINT)
    if not config and not checkpoint:
        raise Fault(f"{train} has no training: begin one with --config FILE")
    text = config.read_text() if config else checkpoint.config
    paths = check_paths(text)
    with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
        file.write(text)
        file.flush()
        plan = opening(ppl, train, Path(file.name))
    if plan.made == plan.planned:
        raise Fault(f"all {plan.planned} steps are made: `{ppl} train {train}` writes the weights, more steps need another --config")
    check_room(plan.weights, 1 if without_stable else states_returned(train, plan), without_stable)
    files = {CONFIG: text.encode()}
    if checkpoint:
        # where the plan has become longer, what is gone on from may be the state before the learning rate fell
        name = CHECKPOINT if checkpoint.steps == plan.made else STABLE
        files |= {CHECKPOINT: (train / name).read_bytes(), LOG: cut((train / LOG).read_bytes(), plan.made)}
    print(f"{ppl}: {pack_binary(ppl, to / 'binary', preset)}")
    about = {"made": plan.made, "planned": plan.planned, "without_stable": without_stable}
    size = write_parcel(to / "training", files, about)
    print(f"{train}: {plan.weights} weights, {plan.made} of {plan.planned} steps are made, {size / MIB:.1f} MiB")
    total = travelling([to, *paths])
    if total > TRAVELLING:
        raise Fault(f"{total / MIB:.1f} MiB would travel, and {TRAVELLING / MIB:.0f} MiB may: take away files, or a smaller network")
    print(f"{total / MIB:.1f} of {TRAVELLING / MIB:.0f} MiB travel, the files of the repository among them; `segment` is next")


# ---- there


def cut(log: bytes, steps: int) -> bytes:
    """A log without what was logged after the checkpoint."""
    whole = [line for line in log.splitlines(keepends=True) if line.endswith(b"\n")]
    return b"".join(line for line in whole if json.loads(line)["step"] <= steps)


def environment() -> dict[str, str]:
    """Where CUDA's compiler and the driver are, if they are where they usually are."""
    usual = [path for path in ("/usr/local/cuda/lib64", "/usr/local/nvidia/lib64") if os.path.isdir(path)]
    found = [*usual, *filter(None, [os.environ.get("LD_LIBRARY_PATH")])]
    return {**os.environ, **({"LD_LIBRARY_PATH": ":".join(found)} if found else {})}


@contextlib.contextmanager
def sampling(path: Path) -> Iterator[None]:
    """Writes the use of the GPU each 5 seconds: percent, MiB."""
    if not shutil.which("nvidia-smi"):
        yield
        return
    query = ["nvidia-smi", "--query-gpu=utilization.gpu,memory.used", "--format=csv,noheader,nounits", "-l", "5"]
    with open(path, "wb") as file, subprocess.Popen(query, stdout=file, stderr=subprocess.DEVNULL) as process:
        try:
            yield
        finally:
            process.kill()


def train_until(command: list[str], folder: Path, until: float, grace: float, enough: int | None) -> str:
    """Trains until a time of the monotonic clock, or until enough lines are logged; says how it ended."""
    log, said = folder / LOG, folder / SAID
    with open(said, "wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=environment())
    while process.poll() is None and time.monotonic() < until:
        if enough and log.exists() and log.read_bytes().count(b"\n") >= enough:
            break
        time.sleep(0.05)
    if process.poll() is None:
        # `ppl train` ends its step and writes a checkpoint
        process.send_signal(signal.SIGINT)
        try:
            process.wait(grace)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return "was killed, since its step did not end; the checkpoint before counts"
        return "was stopped"
    if process.returncode == 0:
        return "made all steps"
    tail = said.read_text(errors="replace").strip().splitlines()[-20:]
    return "\n".join([f"failed, exit code {process.returncode}:", *tail])


def segment(
    parcels: Path, out: Path, work: Path, device: str, threads: int, seconds: float, reserve: float, steps: int | None
) -> None:
    """Trains for a while, and puts what came out into a parcel."""
    begin = time.monotonic()
    shutil.rmtree(work, ignore_errors=True)
    folder = work / "training"
    folder.mkdir(parents=True)
    about, files = read_parcel(parcels / "training")
    for name, data in read_parcel(parcels / "binary")[1].items():
        put(work / name, data)
        (work / name).chmod(0o755)
    for name, data in files.items():
        put(folder / name, data)
    command = [str((work / PPL).resolve()), "train", str(folder), "--config", str(folder / CONFIG)]
    command += ["--device", device, "--threads", str(threads)]
    print(f"unpacked in {time.monotonic() - begin:.1f} s; {about['made']} of {about['planned']} steps are made", flush=True)
    with sampling(folder / SAMPLES):
        enough = about["made"] + steps if steps else None
        ended = train_until(command, folder, begin + seconds - reserve, reserve / 2, enough)
    print(f"after {time.monotonic() - begin:.1f} s the training {ended}", flush=True)
    reached = Header.read(folder / CHECKPOINT)
    if not reached or reached.steps <= about["made"]:
        print((folder / SAID).read_text(errors="replace")[-4000:])
        raise Fault("no checkpoint was written: more --seconds, or a smaller training.checkpoint")
    names = [CHECKPOINT, LOG, SAID, SAMPLES, *([] if about["without_stable"] else [STABLE])]
    returned = {name: (folder / name).read_bytes() for name in names if (folder / name).exists()}
    returned[LOG] = cut(returned[LOG], reached.steps)
    size = write_parcel(out, returned, {**about, "steps": reached.steps, "ended": ended})
    print(f"{reached.steps} of {about['planned']} steps, {size / MIB:.1f} MiB, after {time.monotonic() - begin:.1f} s; `collect` is next")


# ---- here, after


def summary(log: bytes, made: int, samples: bytes) -> str:
    """Losses, speed, and use of the GPU of the steps that are new."""
    new = [line for line in map(json.loads, log.splitlines()) if line["step"] > made]
    seconds = sum(line["seconds"] for line in new)
    first, last = (statistics.fmean(line["loss"] for line in part) for part in (new[:20], new[-20:]))
    span = f"steps {made + 1} to {new[-1]['step']} of {new[-1]['steps']}"
    text = f"{span}: loss {first:.4f}, then {last:.4f} (means of 20)"
    for line in [line for line in new if "validation" in line][-1:]:
        text += f"; {line['validation']['loss']:.4f} on other examples at step {line['step']}"
    text += f"\n{sum(line['examples'] for line in new) / seconds:.0f} examples/s in {seconds:.0f} s, "
    text += f"{100 * sum(line['waiting'] for line in new) / seconds:.0f} % of it waiting for examples"
    found = re.findall(rb"^(\d+), (\d+)$", samples, re.MULTILINE)
    if found:
        use, memory = ([int(sample[at]) for sample in found] for at in (0, 1))
        text += f"\nGPU: {statistics.fmean(use):.0f} % in use, {max(use)} % at most, {max(memory)} MiB, {len(found)} samples"
    return text


def collect(returned: Path, train: Path) -> None:
    """Puts what a segment returned into the folder of the training."""
    about, files = read_parcel(returned)
    new, own = Header.of(files[CHECKPOINT]), Header.read(train / CHECKPOINT)
    if own and not own.same_training(new):
        raise Fault(f"{train} has a training of another configuration: collect into the folder that was packed")
    if own and new.place() <= own.place():
        if new == own:
            return print(f"{new.steps} steps: this was collected before")
        raise Fault(f"{train} is at step {own.steps}, further on than step {new.steps} of {returned}: nothing was changed")
    train.mkdir(parents=True, exist_ok=True)
    if SAMPLES in files:
        put(train / f"gpu-{new.steps}.csv", files[SAMPLES])
    # the checkpoint last: a log that is longer than it says is cut, a checkpoint without its log is not
    for name in (STABLE, LOG, CHECKPOINT):
        if name in files:
            put(train / name, files[name])
    print(summary(files[LOG], about["made"], files.get(SAMPLES, b"")))
    print(f"the training {about['ended']}")
    whole = new.place() == (new.steps, new.steps)
    print(f"all steps are made: `ppl train {train}` writes the weights" if whole else "`pack` is next")


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("pack", help="here: put the command and a training into parcels")
    one.add_argument("--ppl", type=Path, default=Path("target/release/ppl"), help="the command, built with --features cuda")
    one.add_argument("--train", type=Path, required=True, help="folder of the training")
    one.add_argument("--config", type=Path, help="of a training that begins, or gets more steps")
    one.add_argument("--to", type=Path, required=True, help="folder that travels")
    one.add_argument("--without-stable", action="store_true", help="do not return the state before the learning rate falls, which more steps need")
    one.add_argument("--preset", type=int, default=6, help="of xz, for the command")
    two = commands.add_parser("segment", help="there: train for a while")
    two.add_argument("--from", type=Path, required=True, dest="parcels", help="folder that travelled")
    two.add_argument("--out", type=Path, required=True, help="folder that comes back")
    two.add_argument("--work", type=Path, default=Path("/tmp/segment"), help="folder to work in; what is in it is removed")
    two.add_argument("--device", default="cuda", help="cuda or cpu")
    two.add_argument("--threads", type=int, default=0, help="on the CPU; 0 for one a core")
    two.add_argument("--seconds", type=float, default=540, help="of the whole segment")
    two.add_argument("--reserve", type=float, default=60, help="of them for the last step, the checkpoint and the parcel")
    two.add_argument("--steps", type=int, help="end after about so many, for a trial")
    three = commands.add_parser("collect", help="here: put what came back into the training")
    three.add_argument("--from", type=Path, required=True, dest="returned", help="folder that came back")
    three.add_argument("--train", type=Path, required=True, help="folder of the training")
    options = vars(parser.parse_args(arguments))
    try:
        {"pack": pack, "segment": segment, "collect": collect}[options.pop("command")](**options)
    except Fault as fault:
        sys.exit(f"error: {fault}")


if __name__ == "__main__":
    main()
