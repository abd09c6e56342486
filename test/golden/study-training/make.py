"""Training steps from PyTorch in float64: one hidden layer and the WARP loss of two classes; AdaGrad and Adam.

    python3.11 -m venv v && v/bin/pip install numpy==2.4.6 torch==2.15.0
    v/bin/python make.py      # writes golden.json beside itself

With two classes there is one negative to draw, its rank is 1 and L(1) is 1: the WARP loss of a sample is
max(0, margin + s_other - s_own), which autograd differentiates without knowing how labels are drawn.
"""
import json
from pathlib import Path

import numpy as np
import torch

torch.set_default_dtype(torch.float64)
rng = np.random.default_rng(20101)
N, NIN, NHIDDEN, D, MARGIN = 12, 7, 5, 6, 1.0


def f32(*shape, scale=1.0):
    return (scale * rng.standard_normal(shape)).astype(np.float32).astype(np.float64)


def flat(t):
    return [float(v) for v in np.asarray(t.detach() if torch.is_tensor(t) else t).ravel()]


def train(hidden, optimiser, steps):
    """Weights after `steps` steps from the same start on the same batch, and the losses and gradients of the first."""
    names = ["A", "b", "V"] if hidden else ["V"]
    start = {"A": A, "b": b, "V": V if hidden else U, "W": W}
    p = {k: torch.tensor(start[k], requires_grad=True) for k in [*names, "W"]}
    step = optimiser(list(p.values()))
    first, losses = None, []
    for _ in range(steps):
        h = torch.relu(torch.tensor(x) @ p["A"] + p["b"]) if hidden else torch.tensor(x)
        s = h @ p["V"] @ p["W"].T
        own = s[torch.arange(N), torch.tensor(y)]
        other = s[torch.arange(N), 1 - torch.tensor(y)]
        loss = torch.clamp(MARGIN + other - own, min=0).mean()
        step.zero_grad()
        loss.backward()
        losses.append(float(loss.detach()))
        first = first or {k: flat(v.grad) for k, v in p.items()}
        step.step()
    return {"losses": losses, "gradients": first, "weights": {k: flat(v) for k, v in p.items()}}


x, y = f32(N, NIN), (np.arange(N) * 5 % 3 % 2).tolist()
A, b = f32(NIN, NHIDDEN, scale=0.5), f32(NHIDDEN, scale=0.2)
V, U, W = f32(NHIDDEN, D, scale=0.5), f32(NIN, D, scale=0.4), f32(2, D, scale=0.4)
optimisers = {
    "constant": lambda p: torch.optim.SGD(p, lr=0.3),
    "adagrad": lambda p: torch.optim.Adagrad(p, lr=0.05, eps=1e-10),
    "adam": lambda p: torch.optim.Adam(p, lr=0.02),
}
cases = [
    {"hidden": hidden, "rates": name, "steps": steps, **train(hidden, make, steps)}
    for hidden in (True, False)
    for name, make in optimisers.items()
    for steps in (1, 5)
]
golden = {
    "shape": {"n": N, "nIn": NIN, "nHidden": NHIDDEN, "nOut": D, "margin": MARGIN},
    **{k: flat(v) for k, v in {"x": x, "A": A, "b": b, "V": V, "U": U, "W": W}.items()},
    "y": y,
    "cases": cases,
}
Path(__file__).with_name("golden.json").write_text(json.dumps(golden) + "\n")
