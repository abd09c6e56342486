"""WARP training by LightFM, and vectorised in NumPy and torch as the paper's mini-batches (section 5)."""
import numpy as np


def frames(params):
    x = np.fromfile(params["x"], dtype=np.float32).reshape(-1, params["nFeatures"])
    labels = np.repeat(np.fromfile(params["labels"], dtype=np.int32), params["perTrack"])
    return x, labels


def rank_weights(n_classes):
    return np.concatenate([[0], np.cumsum(1 / np.arange(1, n_classes))]).astype(np.float32)


def start(params, rng):
    d, k, y = params["nFeatures"], params["nComponents"], params["nClasses"]
    v = rng.standard_normal((k, d), dtype=np.float32) / np.float32(np.sqrt(d))
    w = rng.standard_normal((y, k), dtype=np.float32) / np.float32(np.sqrt(k))
    return v, w


def by_numpy(params):
    x_all, y_all = frames(params)
    b, n_classes = params["batchSize"], params["nClasses"]
    rate = np.float32(params["rate"] / b)
    weights = rank_weights(n_classes)
    rows = np.arange(b)

    def work():
        rng = np.random.default_rng(0)
        v, w = start(params, rng)
        losses = []
        for _ in range(params["nBatches"]):
            picked = rng.integers(0, len(x_all), b)
            x, positive = x_all[picked], y_all[picked]
            z = x @ v.T
            scores = z @ w.T
            gaps = 1 + scores - scores[rows, positive][:, None]
            # The first violating label of a random order is the one with the least random key.
            keys = rng.random((b, n_classes), dtype=np.float32)
            keys[rows, positive] = np.inf
            violating = np.where(gaps > 0, keys, np.float32(np.inf))
            negative = violating.argmin(1)
            least = violating[rows, negative]
            hit = np.flatnonzero(np.isfinite(least))
            draws = 1 + (keys[hit] < least[hit, None]).sum(1)
            weight = weights[np.maximum(1, (n_classes - 1) // draws)]
            negative, positive, z = negative[hit], positive[hit], z[hit]
            losses.append((weight * gaps[hit, negative]).sum() / b)
            gradient = weight[:, None] * (w[negative] - w[positive])
            change = (rate * weight)[:, None] * z
            np.add.at(w, positive, change)
            np.subtract.at(w, negative, change)
            v -= rate * (gradient.T @ x[hit])
        return np.mean(losses[-len(losses) // 5 :])

    return work


def by_torch(params):
    import torch

    torch.set_num_threads(1)
    x_np, y_np = frames(params)
    x_all, y_all = torch.from_numpy(x_np), torch.from_numpy(y_np.astype(np.int64))
    b, n_classes = params["batchSize"], params["nClasses"]
    rate = params["rate"] / b
    weights = torch.from_numpy(rank_weights(n_classes))

    def work():
        rng = torch.Generator().manual_seed(0)
        v, w = (torch.from_numpy(a) for a in start(params, np.random.default_rng(0)))
        losses = []
        with torch.inference_mode():
            for _ in range(params["nBatches"]):
                picked = torch.randint(0, len(x_all), (b,), generator=rng)
                x, positive = x_all[picked], y_all[picked, None]
                z = x @ v.T
                scores = z @ w.T
                gaps = 1 + scores - scores.gather(1, positive)
                keys = torch.rand((b, n_classes), generator=rng)
                keys.scatter_(1, positive, torch.inf)
                least, negative = torch.where(gaps > 0, keys, torch.inf).min(1)
                hit = torch.isfinite(least).nonzero()[:, 0]
                draws = 1 + (keys[hit] < least[hit, None]).sum(1)
                weight = weights[((n_classes - 1) // draws).clamp(min=1)]
                negative, positive, z = negative[hit], positive[hit, 0], z[hit]
                losses.append(float((weight * gaps[hit, negative]).sum()) / b)
                gradient = weight[:, None] * (w[negative] - w[positive])
                change = (rate * weight)[:, None] * z
                w.index_add_(0, positive, change)
                w.index_add_(0, negative, change, alpha=-1)
                v.addmm_(gradient.T, x[hit], alpha=-rate)
        return np.mean(losses[-len(losses) // 5 :])

    return work


def by_lightfm(params):
    """Frames as users, whose features are the 200 values; labels as items. As many samples as our batches hold."""
    from lightfm import LightFM
    from scipy import sparse

    x, labels = frames(params)
    n = params["nBatches"] * params["batchSize"]
    x, labels = x[:n], labels[:n]
    n_classes = params["nClasses"]
    interactions = sparse.coo_matrix(
        (np.ones(len(x), dtype=np.float32), (np.arange(len(x)), labels)), shape=(len(x), n_classes)
    )
    features = sparse.csr_matrix(x)
    items = sparse.identity(n_classes, dtype=np.float32, format="csr")

    class Share:
        """The share of the other labels above which a frame's own ranks; worked out when it is asked for."""

        def __init__(self, model):
            self.model = model

        def __array__(self, dtype=None, copy=None):
            user_bias, user = self.model.get_user_representations(features[::10])
            item_bias, item = self.model.get_item_representations(items)
            scores = user @ item.T + item_bias
            own = scores[np.arange(len(scores)), labels[::10]]
            return np.array([((scores < own[:, None]).sum(1) / (n_classes - 1)).mean()], dtype=np.float32)

    def work():
        model = LightFM(
            no_components=params["nComponents"], loss="warp", learning_rate=params["rate"], max_sampled=n_classes,
            random_state=0,
        )
        model.fit(interactions, user_features=features, item_features=items, epochs=1, num_threads=1)
        return Share(model)

    return work


PEERS = {"lightfm": by_lightfm, "numpy": by_numpy, "torch": by_torch}
