"""The state of a training run on disk, and the weights alone as they are shipped.

Both are written to a temporary name first: a run that is killed leaves the previous state, never half a one.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from .network import NETWORKS, NO_HYSTERESIS, LiteNet, UNet


def save_state(path: Path, state: dict[str, Any]) -> None:
    """Writes everything a run needs to go on."""
    temporary = path.with_suffix('.part')
    torch.save(state, temporary)
    os.replace(temporary, path)


def load_state(path: Path) -> dict[str, Any]:
    """Reads what `save_state` wrote; only tensors and plain values, no code."""
    state: dict[str, Any] = torch.load(path, map_location='cpu', weights_only=True)
    return state


def save_weights(path: Path, network_name: str, network: nn.Module) -> None:
    """`.npz` with FP16 weights (statistics of the normalisation in f32) and the network's name."""
    arrays = {name: _pack(name, tensor) for name, tensor in network.state_dict().items()}
    temporary = path.with_name(path.stem + '.part.npz')
    np.savez_compressed(temporary, network=np.array(network_name), **arrays)
    os.replace(temporary, path)


def load_weights(path: Path) -> tuple[str, UNet | LiteNet]:
    """The network of a `.npz` of `save_weights` or of a run's `.pt`, in f32, in evaluation mode."""
    if path.suffix == '.npz':
        with np.load(path, allow_pickle=False) as arrays:
            name = str(arrays['network'])
            tensors = {key: _unpack(arrays[key]) for key in arrays.files if key != 'network'}
    else:
        state = load_state(path)
        name, tensors = state['network'], state['ema']
    network = NETWORKS[name]()
    tensors.setdefault('decoder.high', torch.tensor(NO_HYSTERESIS))  # files of before hysteresis have none
    network.load_state_dict(tensors)
    return name, network.eval()


def _pack(name: str, tensor: Tensor) -> np.ndarray:
    array = tensor.detach().numpy()
    return array.astype(np.float16) if array.dtype == np.float32 and 'running' not in name else array


def _unpack(array: np.ndarray) -> Tensor:
    return torch.from_numpy(array.astype(np.float32) if array.dtype == np.float16 else array)
