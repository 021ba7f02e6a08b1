"""What the other scripts need of a posteriordb tree: which model and data a posterior has, and its reference draws."""
import glob, json, os, zipfile


def load_json(path):
    """The JSON value of `path`, or of the single member of `path`.zip; None if neither exists."""
    if os.path.exists(path):
        with open(path) as f:
            return json.load(f)
    if os.path.exists(path + ".zip"):
        with zipfile.ZipFile(path + ".zip") as z:
            name = [n for n in z.namelist() if n.endswith(".json") and not n.startswith("__")][0]
            return json.loads(z.read(name))
    return None


class Posteriordb:
    """`root` is the folder that holds posteriors/, models/, data/ and reference_posteriors/; unpacked data go to `work`."""

    def __init__(self, root, work):
        self.root, self.work = root, work
        os.makedirs(os.path.join(work, "data"), exist_ok=True)

    def names(self):
        return sorted(os.path.basename(p)[:-5] for p in glob.glob(self.root + "/posteriors/*.json"))

    def describe(self, name):
        with open(f"{self.root}/posteriors/{name}.json") as f:
            return json.load(f)

    def model(self, name):
        return f"{self.root}/models/stan/{self.describe(name)['model_name']}.stan"

    def models(self):
        return sorted(glob.glob(self.root + "/models/stan/*.stan"))

    def data(self, name):
        """Path of the unpacked data, or None where the tree has none."""
        data_name = self.describe(name)["data_name"]
        path = os.path.join(self.work, "data", data_name + ".json")
        if not os.path.exists(path):
            value = load_json(f"{self.root}/data/data/{data_name}.json")
            if value is None:
                return None
            with open(path + ".tmp", "w") as f:
                json.dump(value, f)
            os.replace(path + ".tmp", path)
        return path

    def smallest(self, names=()):
        """From the path of each model (of the posteriors `names`, or of all) to that of the smallest of its data sets."""
        smallest = {}
        for name in names or self.names():
            data = self.data(name)
            if data:
                model = self.model(name)
                smallest[model] = min(smallest.get(model, data), data, key=os.path.getsize)
        return smallest

    def reference_path(self, name):
        return f"{self.root}/reference_posteriors/draws/draws/{self.describe(name).get('reference_posterior_name')}.json"

    def has_reference(self, name):
        """Whether the tree holds the reference draws: some posteriors name draws that were not fetched with it."""
        path = self.reference_path(name)
        return os.path.exists(path) or os.path.exists(path + ".zip")

    def reference(self, name):
        """Reference draws: a list of chains, each a dictionary from parameter to draws; None where there are none."""
        return load_json(self.reference_path(name)) if self.has_reference(name) else None
