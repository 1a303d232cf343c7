"""The two segmentation networks and the form in which they are deployed.

`unet` is a plain U-Net that trains from scratch; `lite` has an ImageNet encoder and a bottleneck that sees the whole
picture. Both take what the service sends once it is normalised, and give one logit a pixel.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .backbone import TAP_CHANNELS, LiteEncoder

#: Height and width of an input must be multiples of this.
STRIDE = 32
#: Hysteresis: cells of this many pixels, and how many cells away a sure pixel may lie.
CELL, REACH = 16, 4
#: Logits taken off for each that the surest pixel nearby lacks.
STEEPNESS = 4.0
#: The logit of a high threshold that every pixel reaches: no hysteresis.
NO_HYSTERESIS = -30.0


def conv(inputs: int, outputs: int, kernel: int = 1, stride: int = 1, dilation: int = 1, relu: bool = True) -> nn.Sequential:
    """Convolution, batch normalisation, and a ReLU unless the caller adds something first."""
    padding = kernel // 2 * dilation
    layers: list[nn.Module] = [
        nn.Conv2d(inputs, outputs, kernel, stride, padding, dilation, bias=False),
        nn.BatchNorm2d(outputs),
    ]
    return nn.Sequential(*layers, nn.ReLU(inplace=True)) if relu else nn.Sequential(*layers)


class Residual(nn.Module):
    """Two 3x3 convolutions added to their input."""

    def __init__(self, channels: int, dilation: int = 1) -> None:
        super().__init__()
        self.body = nn.Sequential(
            conv(channels, channels, 3, dilation=dilation), conv(channels, channels, 3, dilation=dilation, relu=False)
        )

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x + self.body(x))


class Decoder(nn.Module):
    """Feature maps of strides 2, 4, 8 ... (finest first) to logits at stride 1, and a coarse mask at stride 8.

    Skips are added, not concatenated: at equal cost that allows wider convolutions.
    """

    def __init__(self, skips: tuple[int, ...], widths: tuple[int, ...]) -> None:
        super().__init__()
        self.skip = nn.ModuleList(
            nn.Identity() if have == want else conv(have, want, relu=False) for have, want in zip(skips, widths, strict=True)
        )
        self.lateral = nn.ModuleList(conv(deep, fine, relu=False) for fine, deep in pairwise(widths))
        self.refine = nn.ModuleList(conv(width, width, 3) for width in widths[:-1])
        self.head = nn.Conv2d(widths[0], 4, 3, padding=1)
        self.coarse = nn.Conv2d(widths[2], 1, 1)
        nn.init.constant_(self.head.bias, -2.0)
        nn.init.constant_(self.coarse.bias, -2.0)
        self.high: Tensor
        self.register_buffer('high', torch.tensor(NO_HYSTERESIS))

    def forward(self, features: list[Tensor]) -> tuple[Tensor, Tensor]:
        features = [skip(feature) for skip, feature in zip(self.skip, features, strict=True)]
        x = features[-1]
        coarse = x
        for level in range(len(features) - 2, -1, -1):
            x = F.interpolate(self.lateral[level](x), scale_factor=2, mode='nearest')
            x = self.refine[level](F.relu(x + features[level]))
            if level == 2:
                coarse = self.coarse(x)
        return F.pixel_shuffle(self.head(x), 2), coarse


class UNet(nn.Module):
    """Space-to-depth stem, strided encoder of plain convolutions: at equal cost these train twice as fast on a CPU as
    depthwise ones, from nothing but the pictures at hand."""

    mean, scale = 127.5, 64.0

    def __init__(self, widths: tuple[int, ...] = (16, 32, 64, 96, 96), depths: tuple[int, ...] = (0, 1, 1, 2, 1)) -> None:
        super().__init__()
        self.stem = conv(12, widths[0], 3)
        self.stages = nn.ModuleList(
            nn.Sequential(
                *([conv(widths[level - 1], widths[level], 3, stride=2)] if level else []),
                *[Residual(widths[level]) for _ in range(depths[level])],
            )
            for level in range(len(widths))
        )
        self.decoder = Decoder(widths, widths)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        x = self.stem(F.pixel_unshuffle(x, 2))
        features = []
        for stage in self.stages:
            x = stage(x)
            features.append(x)
        return self.decoder(features)


class Context(nn.Module):
    """Widens what a position at stride 16 sees: dilated convolutions, half-size ones, and the whole picture's mean.

    Large faint defects (a fray, an uneven area) differ from their surroundings only over tens of pixels.
    """

    def __init__(self, inputs: int, channels: int) -> None:
        super().__init__()
        self.entry = conv(inputs, channels)
        self.dilated = conv(channels, channels, 3, dilation=2)
        self.halved = nn.Sequential(
            conv(channels, channels, 3, stride=2), conv(channels, channels, 3, dilation=2, relu=False)
        )
        self.whole = nn.Conv2d(channels, channels, 1)
        self.exit = conv(channels, channels, 3)
        self.dropout = nn.Dropout2d(0.1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.entry(x)
        half = F.interpolate(self.halved(x), scale_factor=2, mode='nearest')
        whole = self.whole(x.mean((2, 3), keepdim=True))
        return self.dropout(self.exit(F.relu(self.dilated(x) + half + whole)))


class LiteNet(nn.Module):
    """EfficientNet-Lite0 encoder, `Context`, `Decoder`."""

    mean, scale = 127.0, 128.0

    def __init__(self, widths: tuple[int, ...] = (24, 32, 48, 80)) -> None:
        super().__init__()
        self.encoder = LiteEncoder()
        self.context = Context(TAP_CHANNELS[-1], widths[-1])
        self.decoder = Decoder((*TAP_CHANNELS[:-1], widths[-1]), widths)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        *fine, deep = self.encoder(x)
        return self.decoder([*fine, self.context(deep)])


NETWORKS: dict[str, type[UNet] | type[LiteNet]] = {'unet': UNet, 'lite': LiteNet}


class Deployed(nn.Module):
    """u8 or f32 [B,3,H,W], BGR, 0..255, to probability f32 [B,1,H,W]: the contract the service expects, in the graph.

    Where the network has a high threshold, `hysteresis` is part of it.
    """

    def __init__(self, network: UNet | LiteNet) -> None:
        super().__init__()
        self.network = network
        self.high = float(network.decoder.high)

    def forward(self, x: Tensor) -> Tensor:
        logits = self.network(normalise(self.network, x))[0]
        return torch.sigmoid(logits if self.high <= NO_HYSTERESIS else hysteresis(logits, self.high))


def hysteresis(logits: Tensor, high: float) -> Tensor:
    """Lowers logits f32 [B,1,H,W] where no pixel nearby reaches the logit `high`: what is doubtful counts beside what is
    sure, and not alone. Nearby is the pixel's cell of 16 x 16 and four cells around it.

    After the two thresholds of Canny, A Computational Approach to Edge Detection, PAMI 8, 1986; near by cells in place
    of connected, which a graph of convolutions can say.
    """
    surest = F.max_pool2d(F.max_pool2d(logits, CELL), 2 * REACH + 1, 1, REACH)
    lacking = F.relu(high - F.interpolate(surest, scale_factor=float(CELL), mode='nearest'))
    return logits - STEEPNESS * lacking


def normalise(network: UNet | LiteNet, x: Tensor) -> Tensor:
    """0..255 to the range the network was made for."""
    return (x.float() - network.mean) / network.scale


def count_flops(network: nn.Module, height: int, width: int) -> int:
    """Floating-point operations of one picture: twice the multiply-accumulates of all convolutions."""
    total = 0

    def add(module: nn.Module, _inputs: tuple[Tensor, ...], output: Tensor) -> None:
        nonlocal total
        assert isinstance(module, nn.Conv2d)
        total += 2 * output.numel() * module.in_channels // module.groups * module.kernel_size[0] * module.kernel_size[1]

    hooks = [module.register_forward_hook(add) for module in network.modules() if isinstance(module, nn.Conv2d)]
    was_training = network.training
    with torch.no_grad():
        network.eval()(torch.zeros(1, 3, height, width))
    network.train(was_training)
    for hook in hooks:
        hook.remove()
    return total
