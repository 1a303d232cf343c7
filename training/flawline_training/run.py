"""One training run: the network, its moving average, the optimiser, and how far it is."""

from __future__ import annotations

import argparse
import copy
import math
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from .backbone import load_imagenet
from .checkpoint import load_state, load_weights, save_state
from .loss import segmentation_loss
from .network import NETWORKS, LiteNet, UNet, normalise

WARM_UP_STEPS = 80
EMA_DECAY = 0.998
#: What `--init` may say in place of a file.
BEGINNINGS = ('imagenet', 'none')


class Run:
    """A run that can be saved after any step and gone on with; `options` are those of the command line."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        torch.manual_seed(options.seed)
        self.network = start_network(options.network, options.init).to(memory_format=torch.channels_last)
        self._freeze()
        self.average = copy.deepcopy(self.network)
        self.optimiser = torch.optim.AdamW(_parameter_groups(self.network, options.rate))
        self.base_rates = [group['lr'] for group in self.optimiser.param_groups]
        self.step = 0
        self.best = -math.inf
        self.log: list[dict[str, object]] = []

    def save(self, path: Path) -> None:
        """Writes everything `resume` needs."""
        save_state(
            path,
            {
                'network': self.options.network,
                'step': self.step,
                'best': self.best,
                'log': self.log,
                'model': self.network.state_dict(),
                'ema': self.average.state_dict(),
                'optimiser': self.optimiser.state_dict(),
                'random': torch.get_rng_state(),
            },
        )

    def resume(self, path: Path) -> None:
        """Takes up the state of a file of `save`."""
        state = load_state(path)
        self.network.load_state_dict(state['model'])
        self.average.load_state_dict(state['ema'])
        self.optimiser.load_state_dict(state['optimiser'])
        self.step, self.best, self.log = state['step'], state['best'], state['log']
        torch.set_rng_state(state['random'])

    def learn(self, images: NDArray[np.uint8], masks: NDArray[np.uint8]) -> float:
        """One step on u8 [B,3,H,W] and u8 [B,1,H,W] 0/1; returns the loss."""
        progress = self.step / self.options.steps
        factor = min(1.0, (self.step + 1) / WARM_UP_STEPS) * (0.5 + 0.5 * math.cos(math.pi * progress))
        for group, rate in zip(self.optimiser.param_groups, self.base_rates, strict=True):
            group['lr'] = rate * factor
        self._teach()
        x = normalise(self.network, torch.from_numpy(images)).to(memory_format=torch.channels_last)
        logits, coarse = self.network(x)
        loss = segmentation_loss(logits, coarse, torch.from_numpy(masks).float(), self.options.alarm)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 2.0)
        self.optimiser.step()
        self.step += 1
        self._follow()
        return float(loss.detach())

    def _freeze(self) -> None:
        if self.options.frozen and isinstance(self.network, LiteNet):
            encoder = self.network.encoder
            for part in (encoder.stem, *encoder.blocks[: self.options.frozen]):
                part.requires_grad_(False)

    def _teach(self) -> None:
        """Training mode; a partly frozen encoder keeps the statistics of its normalisation."""
        self.network.train()
        if self.options.frozen and isinstance(self.network, LiteNet):
            self.network.encoder.eval()

    def _follow(self) -> None:
        """Moves the average towards the network; young averages move faster."""
        decay = min(EMA_DECAY, self.step / (self.step + 20))
        with torch.no_grad():
            for mean, value in zip(self.average.state_dict().values(), self.network.state_dict().values(), strict=True):
                if mean.dtype.is_floating_point:
                    mean.lerp_(value, 1 - decay)
                else:
                    mean.copy_(value)


def start_network(name: str, init: str) -> UNet | LiteNet:
    """A new network; its encoder from ImageNet where it has one, or all of it from a file.

    Raises ModuleNotFoundError when the ImageNet weights are asked for and their package is not installed,
    ValueError when the file holds another network.
    """
    network = NETWORKS[name]()
    if init == 'imagenet':
        if isinstance(network, LiteNet):
            load_imagenet(network.encoder)
    elif init != 'none':
        found, loaded = load_weights(Path(init))
        if found != name:
            raise ValueError(f'Cannot start from a file as it must hold the network {name}: {init} holds {found}')
        return loaded
    return network


def _parameter_groups(network: nn.Module, rate: float) -> list[dict[str, object]]:
    """Weights decay, biases and normalisation do not; what ImageNet taught moves slower."""
    groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
    for name, parameter in network.named_parameters():
        groups.setdefault((name.startswith('encoder.'), parameter.ndim > 1), []).append(parameter)
    return [
        {'params': parameters, 'lr': rate * (0.33 if is_encoder else 1.0), 'weight_decay': 0.03 if decays else 0.0}
        for (is_encoder, decays), parameters in groups.items()
    ]
