#!/usr/bin/env python3
"""Speed of training the nano network on the exact benchmark, ours against the same network in JAX, in one run on one machine.

    cargo build --release -p spfn-model --example batches --example timing
    python3 benches/spfn.py --examples target/release/examples --python PYTHON [--posterior] [--cores 0,1] [--out FILE]

PYTHON is an interpreter with numpy, safetensors and jax (0.10.2 was used). `batches` writes weights and the micro-batches of the first
--steps steps, with our loss, gradients and optimised weights; JAX must agree with them, or nothing is reported. Both then compute the
same examples, pinned to the first core, and to all of --cores. They are run --rounds times in turn; of the passes over a step the
fastest counts, in all rounds, because other load only ever adds time.
Forward and backward passes are of tensors that were made before. Our whole step makes them too, of examples; that of JAX does not.
Ours pads a micro-batch to its largest example. JAX compiles each shape anew, so it pads to few: the largest that the micro-batches of
a rank have in all steps. It may also take all examples of a step at once; look up rows of tables by gathers or by products with
one-hot vectors; and with more cores, leave them to XLA or give each a share of the examples. Of these ways the fastest counts, for
each row.
"""
import argparse, json, os, subprocess, sys, tempfile, time

# ----- the network: spfn-model/src/network, batch.rs


def linear(w, x):
    return x @ w["weight"] + w["bias"]


def norm(w, x):
    x = x - x.mean(-1, keepdims=True)
    return x * jax.lax.rsqrt((x * x).mean(-1, keepdims=True) + 1e-5) * w["gamma"] + w["beta"]


def attention(w, heads, x, context=None, hidden=None):
    """`hidden`: what may not be attended to, `[batch, queries or 1, keys]`."""
    query = norm(w["norm"], x)
    context = query if context is None else context
    h = w["heads"]
    split = lambda y: y.reshape(*y.shape[:2], heads, -1)
    q, k, v = split(linear(h["query"], query)), split(linear(h["key"], context)), split(linear(h["value"], context))
    scores = jnp.einsum("bqhd,bkhd->bhqk", q, k) / q.shape[-1] ** 0.5
    if hidden is not None:
        scores = jnp.where(hidden[:, None], -1e4, scores)
    out = jnp.einsum("bhqk,bkhd->bqhd", jax.nn.softmax(scores, -1), v)
    return x + linear(h["output"], out.reshape(x.shape))


def forward(w, x):
    return x + linear(w["down"], jax.nn.relu(linear(w["up"], norm(w["norm"], x))))


def layer(w, heads, x, context=None, hidden=None):
    return forward(w["forward"], attention(w["attention"], heads, x, context, hidden))


def lookup(how, table, index):
    """Rows of a table, of zeros where there is no such row."""
    if how == "gather":
        return jnp.take(table, index, axis=0, mode="fill", fill_value=0)
    return jax.nn.one_hot(index, table.shape[0], dtype=table.dtype) @ table


def encoder(w, size, how, b):
    tables, tokens = b["kinds"].shape
    relu = jax.nn.relu
    x = relu(linear(w["cell_up"], relu(linear(w["cell_in"], b["cells"]))))
    x = x.reshape(tables * tokens, *x.shape[2:])
    no_row = b["no_row"].reshape(tables * tokens, -1)
    points = jnp.broadcast_to(w["inducing"], (tables * tokens, *w["inducing"].shape))
    cell_heads = max(1, size["heads"] * size["cell_width"] // size["width"])
    for gather, spread in zip(w.get("gather", []), w.get("spread", [])):
        points = layer(gather, cell_heads, points, x, no_row[:, None])
        x = layer(spread, cell_heads, x, points)
    looks = jax.nn.softmax(linear(w["looks"], x) - 1e4 * no_row[:, :, None], 1)
    pooled = jnp.einsum("brs,brc->bsc", looks, x)
    cells = linear(w["pooled"], pooled.reshape(tables, tokens, -1))
    outcome, columns = linear(w["outcome_in"], b["outcome_features"]), linear(w["column_in"], b["column_features"])
    features = linear(w["features"], relu(jnp.concatenate([outcome[:, None], columns], 1)))
    x = cells + features + lookup(how, w["kind"]["weight"], b["kinds"])
    for own in w["columns"]:
        x = layer(own, size["heads"], x, None, b["no_column"][:, None])
    # a program has one table, so nothing is averaged
    return norm(w["norm"], x + linear(w["tables"], b["log_tables"])[:, None])


def pointed(w, how, memory, columns):
    """What the columns in each place mean: `columns` is `[programs, n, places]`, of which those beyond the tokens are none."""
    programs, tokens, width = memory.shape
    places = columns.shape[2]
    each = linear(w, memory).reshape(programs, tokens, places, width)
    if how == "gather":
        each = jnp.pad(each, ((0, 0), (0, 1), (0, 0), (0, 0)))
        own = lambda place: jnp.take_along_axis(each[:, :, place], columns[:, :, place, None], axis=1)
        return sum(own(place) for place in range(places))
    hot = jax.nn.one_hot(columns, tokens, dtype=each.dtype).reshape(programs, -1, places * tokens)
    return hot @ jnp.swapaxes(each, 1, 2).reshape(programs, places * tokens, width)


def decoder(w, size, how, memory, b):
    heads, width = size["heads"], size["width"]
    candidates = lookup(how, w["items"]["weight"], b["items"]) + pointed(w["places"], how, memory, b["item_columns"])
    if how == "gather":
        last = jnp.take_along_axis(candidates, b["last"][:, :, None], axis=1)
    else:
        last = jax.nn.one_hot(b["last"], candidates.shape[1], dtype=candidates.dtype) @ candidates
    x = last + lookup(how, w["questions"]["weight"], b["questions"])
    x = x + pointed(w["asked"], how, memory, b["question_columns"])
    for own in w["layers"]:
        x = attention(own["before"], heads, x, None, b["elsewhere"])
        x = attention(own["columns"], heads, x, memory, b["no_program_column"][:, None])
        x = forward(own["forward"], x)
    inner = linear(w["candidate_down"], jax.nn.relu(linear(w["candidate_up"], candidates)))
    candidates = norm(w["candidate_norm"], candidates + inner)
    query = linear(w["query"], norm(w["norm"], x))
    return jnp.einsum("psw,pcw->psc", query, candidates) / width**0.5 + b["bias"]


def loss(weights, size, how, b):
    """Cross-entropy summed over examples, in nats."""
    memory = encoder(weights["encoder"], size, how, b)
    log_q = jax.nn.log_softmax(decoder(weights["decoder"], size, how, memory, b), -1)
    return -(log_q * b["targets"]).sum()


# ----- the optimiser: spfn-model/src/optimiser.rs


def begin(weights):
    zeros = lambda: jax.tree.map(jnp.zeros_like, weights)
    copy = lambda: jax.tree.map(jnp.array, weights)
    return {"steps": jnp.zeros((), jnp.int32), "weights": copy(), "average": copy(), "first": zeros(), "second": zeros()}


def update(training, rate, state, gradient):
    """AdamW on matrices, Adam on the rest, of a gradient that is cut; and a running average of the weights."""
    length = jnp.sqrt(sum((g * g).sum() for g in jax.tree.leaves(gradient)))
    cut = jnp.where(length > training["clip"], training["clip"] / length, 1.0)
    steps = state["steps"].astype(jnp.float32)
    stay = jnp.minimum(training["average"], (1 + steps) / (10 + steps))
    b1, b2 = 0.9, 0.98

    def one(w, average, m, v, g):
        g = g * cut
        m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g
        delta = (m / (1 - b1 ** (steps + 1))) / (jnp.sqrt(v / (1 - b2 ** (steps + 1))) + 1e-8)
        decay = rate * training["weight_decay"] if w.ndim > 1 else 0.0
        w = w * (1 - decay) - rate * delta
        return w, stay * average + (1 - stay) * w, m, v

    parts = ("weights", "average", "first", "second")
    leaves, tree = jax.tree.flatten(gradient)
    new = [one(*leaf) for leaf in zip(*(jax.tree.leaves(state[part]) for part in parts), leaves)]
    out = {part: jax.tree.unflatten(tree, [leaf[k] for leaf in new]) for k, part in enumerate(parts)}
    return out | {"steps": state["steps"] + 1}, length


# ----- the file of `batches`


def tree(tensors, prefix):
    """Weights by name as a tree; numbers in names are places of lists."""
    out = {}
    for name, value in tensors.items():
        if name.startswith(prefix + "."):
            *path, last = name[len(prefix) + 1 :].split(".")
            at = out
            for part in path:
                at = at.setdefault(part, {})
            at[last] = value

    def lists(at):
        if not isinstance(at, dict):
            return at
        at = {key: lists(value) for key, value in at.items()}
        return [at[str(k)] for k in range(len(at))] if at and all(key.isdigit() for key in at) else at

    return lists(out)


def micro_batch(t, places):
    """A micro-batch of the file, with columns and candidates numbered within each program, so that it can be cut and padded."""
    (programs, tokens), candidates = t["kinds"].shape, t["items"].shape[1]
    assert t["sharing"].shape == (programs, programs), "a program has one table"
    own = np.arange(programs)[:, None]
    columns = lambda name: np.stack([t[f"{name}.{k}"].reshape(programs, -1) - own * (tokens + 1) for k in range(places)], -1)
    b = {key: t[key] for key in ("outcome_features", "column_features", "log_tables", "items", "questions", "bias", "targets", "kinds")}
    b |= {key: t[key].astype(bool) for key in ("no_column", "no_program_column", "elsewhere")}
    b["cells"] = t["cells"].reshape(programs, tokens, *t["cells"].shape[1:])
    b["no_row"] = t["no_row"].astype(bool).reshape(programs, tokens, -1)
    b["last"] = t["last"].reshape(programs, -1) - own * candidates
    b["item_columns"], b["question_columns"] = columns("item_columns"), columns("question_columns")
    return b


def shape(b):
    """Examples, tokens, rows, candidates and steps."""
    return (*b["no_row"].shape, *b["bias"].shape[:0:-1])


def padded(b, to):
    """The same examples in a larger shape. What is added is hidden, not legal, or without a target, so it may be anything."""
    examples, tokens, rows, candidates, steps = to

    def pad(key, shape, fill):
        x = b[key]
        out = np.full(shape + x.shape[len(shape) :], fill, x.dtype)
        out[tuple(slice(n) for n in x.shape)] = x
        return out

    out = {
        "cells": pad("cells", (examples, tokens, rows), 0),
        "no_row": pad("no_row", (examples, tokens, rows), True),
        "outcome_features": pad("outcome_features", (examples,), 0),
        "column_features": pad("column_features", (examples, tokens - 1), 0),
        "kinds": pad("kinds", (examples, tokens), 0),
        "no_column": pad("no_column", (examples, tokens), True),
        "no_program_column": pad("no_program_column", (examples, tokens), True),
        "log_tables": pad("log_tables", (examples,), 0),
        "items": pad("items", (examples, candidates), 0),
        "last": pad("last", (examples, steps), 0),
        "questions": pad("questions", (examples, steps), 0),
        "elsewhere": pad("elsewhere", (examples, steps, steps), True),
        "bias": pad("bias", (examples, steps, candidates), -1e9),
        "targets": pad("targets", (examples, steps, candidates), 0),
    }
    new = np.arange(b["bias"].shape[1], steps)
    out["elsewhere"][:, new, new] = False
    out["bias"][:, new, 0] = 0
    for key, count in (("item_columns", candidates), ("question_columns", steps)):
        columns = np.where(b[key] == b["kinds"].shape[1], tokens, b[key])  # none
        wide = np.full((examples, count, columns.shape[2]), tokens, columns.dtype)
        wide[: columns.shape[0], : columns.shape[1]] = columns
        out[key] = wide
    return out


def largest(shapes):
    return tuple(max(sizes) for sizes in zip(*shapes))


def joined(parts):
    """Micro-batches as one, of the largest shape."""
    wide = largest(map(shape, parts))[1:]
    parts = [padded(b, (len(b["bias"]), *wide)) for b in parts]
    return {key: np.concatenate([b[key] for b in parts]) for key in parts[0]}


class Data:
    def __init__(self, path):
        from safetensors import safe_open

        with safe_open(path, "np") as f:
            self.about = json.loads(f.metadata()["spfn"])
            tensors = {name: f.get_tensor(name) for name in f.keys()}
        self.tree = lambda prefix: tree(tensors, prefix)
        self.steps = []  # micro-batches of each step
        while any(name.startswith(f"{len(self.steps)}.0.") for name in tensors):
            self.steps.append([])
            while f"{len(self.steps) - 1}.{len(self.steps[-1])}.loss" in tensors:
                prefix = f"{len(self.steps) - 1}.{len(self.steps[-1])}."
                self.steps[-1].append({name[len(prefix) :]: x for name, x in tensors.items() if name.startswith(prefix)})

    def parts(self, each):
        """For each step its micro-batches, `each` of ours as one; and our loss and the number of examples of each."""
        out = []
        for own in self.steps:
            groups = [own[k : k + each] for k in range(0, len(own), each)]
            count = lambda t: len(t["kinds"])
            of = lambda group: sum(float(t["loss"][0]) * count(t) for t in group) / sum(map(count, group))
            batch = lambda group: joined([micro_batch(t, self.about["places"]) for t in group])
            out.append([(batch(group), of(group), sum(map(count, group))) for group in groups])
        return out


# ----- a process that measures JAX

PASSES = 10  # as in timing.rs


def best(f):
    least = float("inf")
    for _ in range(PASSES):
        start = time.perf_counter()
        jax.block_until_ready(f())
        least = min(least, time.perf_counter() - start)
    return least


def distance(a, b):
    """Of two trees, relative to the length of the first."""
    pairs = list(zip(jax.tree.leaves(a), jax.tree.leaves(b), strict=True))
    length = lambda each: sum(float((np.asarray(x, np.float64) ** 2).sum()) for x in each) ** 0.5
    return length(np.asarray(x) - np.asarray(y) for x, y in pairs) / length(x for x, _ in pairs)


def same(what, value, limit, seen):
    seen[what] = max(seen.get(what, 0.0), value)
    if not value <= limit:
        sys.exit(f"not the same network: {what} differs by {value:.2e}, relatively")


class Peer:
    """The network in JAX, done in one way."""

    def __init__(self, data, how, devices):
        size, self.training = data.about["network"], data.about["training"]
        mesh = jax.sharding.Mesh(np.array(jax.devices()[:devices]), ("examples",))
        self.devices = devices
        everywhere = jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec())
        split = jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec("examples"))
        self.put = lambda tree, shared: jax.block_until_ready(jax.device_put(tree, everywhere if shared else split))
        self.weights = self.put(data.tree("weights"), True)
        value = lambda weights, batch: loss(weights, size, how, batch)
        self.forward = jax.jit(value)
        self.both = jax.jit(jax.value_and_grad(value))

        def finish(state, gradients, examples):
            mean = jax.tree.map(lambda *each: sum(each) / examples, *gradients)
            return update(self.training, self.training["learning_rate"], state, mean)

        self.finish = jax.jit(finish, donate_argnums=0)

    def shape(self, shapes):
        examples, *rest = largest(shapes)
        return (-(-examples // self.devices) * self.devices, *rest)

    def step(self, state, batches, examples):
        gradients = [self.both(state["weights"], batch)[1] for batch in batches]
        return self.finish(state, gradients, examples)


def measured(data, each, how, devices, whole, seen):
    """Seconds over all steps of a way, after a check of it; `whole` adds what is done once."""
    peer, steps = Peer(data, how, devices), data.parts(each)
    ranks = range(max(map(len, steps)))
    shapes = [peer.shape([shape(own[rank][0]) for own in steps if rank < len(own)]) for rank in ranks]
    pad = lambda own: [peer.put(padded(b, to), False) for (b, _, _), to in zip(own, shapes)]
    batches = [pad(own) for own in steps]
    start = time.perf_counter()
    for rank in ranks:
        jax.block_until_ready(peer.both(peer.weights, next(own[rank] for own in batches if rank < len(own))))
    compiled = time.perf_counter() - start
    first = [[jax.block_until_ready(peer.both(peer.weights, batch)) for batch in own] for own in batches]
    for number, (own, results) in enumerate(zip(steps, first)):
        for part, ((_, ours, examples), (value, gradient)) in enumerate(zip(own, results)):
            same("loss", abs(float(value) / examples - ours) / abs(ours), 1e-4, seen)
            if each == 1:
                gradient = jax.tree.map(lambda g: np.asarray(g) / examples, gradient)
                length = sum(float((g.astype(np.float64) ** 2).sum()) for g in jax.tree.leaves(gradient)) ** 0.5
                norm_of_ours = float(data.steps[number][part]["norm"][0])
                same("norm of the gradient", abs(length - norm_of_ours) / norm_of_ours, 1e-3, seen)
                if number == 0 and part < 2:
                    same("gradient", distance(data.tree(f"gradient.{part}"), gradient), 1e-3, seen)
    state, count = peer.put(begin(peer.weights), True), [sum(examples for _, _, examples in own) for own in steps]
    out = {"examples": sum(count), "forward": 0.0, "both": 0.0, "step": 0.0, "compiled": compiled, "shapes": shapes}
    for own, examples in zip(batches, count):
        out["forward"] += best(lambda: [peer.forward(peer.weights, batch) for batch in own])
        out["both"] += best(lambda: [peer.both(peer.weights, batch) for batch in own])

        def step():
            nonlocal state
            state, length = peer.step(state, own, examples)
            return state

        out["step"] += best(step)
    if whole and each == 1:
        exact = [peer.put(padded(b, peer.shape([shape(b)])), False) for b, _, _ in steps[0]]
        run = lambda own: [peer.both(peer.weights, batch) for batch in own]
        jax.block_until_ready(run(exact))
        out["padding"] = best(lambda: run(batches[0])) / best(lambda: run(exact))
    return out


def optimiser(data, seen):
    """Ours, of two gradients of ours."""
    state = begin(jax.tree.map(jnp.asarray, data.tree("weights")))
    step = jax.jit(lambda state, gradient: update(data.about["training"], data.about["training"]["learning_rate"], state, gradient))
    for part in range(2):
        state, _ = step(state, data.tree(f"gradient.{part}"))
    start = data.tree("weights")
    moved = lambda to: jax.tree.map(lambda x, y: np.asarray(x) - np.asarray(y), to, start)
    same("step of the optimiser", distance(moved(data.tree("stepped")), moved(state["weights"])), 1e-3, seen)
    same("step of the average", distance(moved(data.tree("average")), moved(state["average"])), 1e-3, seen)


def worker(path, devices, ways, whole):
    """Prints what each way takes: `ways` are pairs of how many of our micro-batches are one, and how rows are looked up."""
    global jax, jnp, np
    import jax, jax.numpy as jnp, numpy as np

    data, seen = Data(path), {}
    optimiser(data, seen)
    rows = [{"each": each, "how": how} | measured(data, each, how, devices, whole, seen) for each, how in ways]
    weights = sum(x.size for x in jax.tree.leaves(data.tree("weights")))
    print(json.dumps({"rows": rows, "differences": seen, "weights": weights, "ours": data.about["weights"], "jax": jax.__version__}))


# ----- the comparison

EACH, HOW = (1, 4), ("gather", "product")
ROWS = {"forward": "forward", "both": "forward and backward", "step": "whole step"}


def pinned(cores, command, **environment):
    p = subprocess.run(["taskset", "-c", cores, *command], capture_output=True, text=True, env=dict(os.environ, **environment))
    if p.returncode != 0:
        sys.exit(f"{' '.join(command)}: {p.stderr.strip()[-2000:]}")
    return json.loads(p.stdout.strip().splitlines()[-1])


def rival(a, path, cores, devices, ways, whole, cache):
    flags = f"--xla_force_host_platform_device_count={devices}"
    if "," not in cores:
        flags += " --xla_cpu_multi_thread_eigen=false"
    kept = dict(JAX_COMPILATION_CACHE_DIR=cache, JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS="0", JAX_PLATFORMS="cpu")
    command = [a.python, os.path.abspath(__file__), "--worker", path, str(devices), json.dumps(ways), str(int(whole))]
    return pinned(cores, command, XLA_FLAGS=flags, **kept)


def said(way):
    each, how, devices = way
    examples = "32 examples at once" if each == 1 else "all examples at once"
    return f"{examples}, lookup by {how}" + (", a share for each core" if devices > 1 else "")


def main():
    a = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for x in ("examples", "python"):
        a.add_argument("--" + x, required=True)
    a.add_argument("--steps", type=int, default=4)
    a.add_argument("--rounds", type=int, default=3)
    a.add_argument("--posterior", action="store_true", help="targets are exact posteriors: longer trees of choices")
    a.add_argument("--cores", default="0,1", help="two or more, of which the first is the one of one core")
    a.add_argument("--out", help="figures as JSON")
    a = a.parse_args()
    soft = ["--posterior"] if a.posterior else []
    places = (a.cores.split(",")[0], a.cores)
    ours, jax_rows, notes = {}, {}, {}
    with tempfile.TemporaryDirectory() as folder:
        path = folder + "/batches.safetensors"
        subprocess.run([a.examples + "/batches", path, str(a.steps), *soft], check=True, stdout=subprocess.DEVNULL)
        for round in range(a.rounds):
            for cores in places:
                count = len(cores.split(","))
                own = pinned(cores, [a.examples + "/timing", "--training", str(count), str(a.steps), *soft])
                kept = ours.setdefault(cores, own)
                for key, value in own.items():
                    kept[key] = (min if key.endswith("_ms") else max)(kept[key], value)
                for devices in sorted({1, count}):
                    # all ways once (with more cores, those that look rows up as was fastest on one), then the fastest of each row
                    hows = HOW if count == 1 else [min(jax_rows[places[0]].items(), key=lambda way: way[1]["both"])[0][1]]
                    ways = [(each, how, devices) for each in EACH for how in hows]
                    if round > 0:
                        good = {min(jax_rows[cores], key=lambda way: jax_rows[cores][way][row]) for row in ROWS}
                        ways = [way for way in good if way[2] == devices]
                    if not ways:
                        continue
                    whole = round == 0 and count == 1
                    print(f"round {round + 1}: JAX, cores {cores}, {len(ways)} ways", file=sys.stderr)
                    out = rival(a, path, cores, devices, [way[:2] for way in ways], whole, folder + "/cache")
                    if round == 0 and not notes:
                        notes = {key: out[key] for key in ("differences", "weights", "ours", "jax")}
                    for way, row in zip(ways, out["rows"]):
                        kept = jax_rows.setdefault(cores, {}).setdefault(way, row)
                        for key in ROWS:
                            kept[key] = min(kept[key], row[key])
    report(places, ours, jax_rows, notes)
    if a.out:
        rows = {cores: [{"way": said(way)} | row for way, row in rows.items()] for cores, rows in jax_rows.items()}
        with open(a.out, "w") as f:
            json.dump({"notes": notes, "ours": ours, "jax": rows, "load_average": os.getloadavg()}, f, indent=1)


def report(places, ours, jax_rows, notes):
    print(f"weights: ours {notes['ours']:,}, in JAX {notes['weights']:,}; JAX {notes['jax']}")
    print("largest relative differences: " + ", ".join(f"{what} {value:.1e}" for what, value in notes["differences"].items()))
    print("\n| pass | cores | ours, examples/s | JAX, examples/s | ours / JAX | ours, ms per 32 | JAX, ms per 32 | way of JAX |")
    print("| --- | --: | --: | --: | --: | --: | --: | --- |")
    for key, name in ROWS.items():
        for cores in places:
            own, rows = ours[cores], jax_rows[cores]
            mine = own["examples_per_s"] if key == "step" else 32e3 / own[key + "_ms"]
            way = min(rows, key=lambda way: rows[way][key])
            its = rows[way]["examples"] / rows[way][key]
            print(f"| {name} | {own['threads']} | {mine:,.0f} | {its:,.0f} | {mine / its:.2f} | {32e3 / mine:.2f} | {32e3 / its:.2f} | {said(way)} |")
    print()
    for cores in places:
        own = ours[cores]
        print(
            f"ours, cores {cores}: of a whole step, making tensors is {own['batch_ms']:.2f} ms per 32 examples on one core; "
            f"{own['examples_per_s_drawn']:,.0f} examples/s while examples are drawn, too"
        )
    rows = jax_rows[places[0]]
    for way in sorted(rows):
        row = rows[way]
        padding = f"; its padding is {row['padding'] - 1:.0%} of forward and backward" if "padding" in row else ""
        print(f"JAX, {said(way)}: {len(row['shapes'])} shapes, compiled in {row['compiled']:.1f} s on one core{padding}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--worker"]:
        worker(sys.argv[2], int(sys.argv[3]), json.loads(sys.argv[4]), sys.argv[5] == "1")
    else:
        main()
