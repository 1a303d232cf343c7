"""Makes the models of this folder with the exporters that people use, and leaves their files as they are.

    python make_models.py          # every model, a few minutes
    python make_models.py padim    # one

What has to be installed, and what the models are: README.md. Seeds are fixed; other versions of the tools make other files.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import types
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import nn

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[2] / 'training'))
from flawline_training.generator import photograph  # noqa: E402

SIZE = 128
CLASSES = ['background', 'crack', 'blowhole', 'break']
MEAN = torch.tensor([123.675, 116.28, 103.53]).view(1, 3, 1, 1)
SCALE = torch.tensor([58.395, 57.12, 57.375]).view(1, 3, 1, 1)


def drawn(per_kind: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """R G B [N,3,S,S] 0..255 and class numbers [N,S,S]."""
    images, labels = [], []
    for index in range(per_kind):
        for kind in ('clean', *CLASSES[1:]):
            picture = photograph(seed + index, kind)
            image = cv2.resize(picture.image, (SIZE, SIZE), interpolation=cv2.INTER_LINEAR)
            mask = cv2.resize(picture.mask, (SIZE, SIZE), interpolation=cv2.INTER_NEAREST)
            images.append(torch.from_numpy(image[:, :, ::-1].transpose(2, 0, 1).astype(np.float32)))
            labels.append(torch.from_numpy(mask.astype(np.int64) * (0 if kind == 'clean' else CLASSES.index(kind))))
    return torch.stack(images), torch.stack(labels)


def train(net: nn.Module, loss, images: torch.Tensor, labels: torch.Tensor, steps: int) -> nn.Module:
    optimiser = torch.optim.AdamW(net.parameters(), lr=4e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 8e-3, total_steps=steps)
    net.train()
    for step in range(steps):
        batch = torch.randint(len(images), (8,))
        x, y = images[batch], labels[batch]
        if step % 2:
            x, y = x.flip(-1), y.flip(-1)
        optimiser.zero_grad()
        value = loss(net(x), y)
        value.backward()
        optimiser.step()
        schedule.step()
        if step % 50 == 0:
            print(f'  step {step}: {value.item():.4f}', flush=True)
    norms = [layer for layer in net.modules() if isinstance(layer, nn.BatchNorm2d)]
    for layer in norms:  # a short training leaves running averages behind: take them over the whole set
        layer.reset_running_stats()
        layer.momentum = None
    with torch.no_grad():
        for start in range(0, len(images), 8):
            net(images[start:start + 8])
    return net.eval()


def block(inner: int, outer: int, stride: int = 1) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(inner, outer, 3, stride, 1, bias=False), nn.BatchNorm2d(outer), nn.ReLU(),
        nn.Conv2d(outer, outer, 3, 1, 1, bias=False), nn.BatchNorm2d(outer), nn.ReLU(),
    )


class UNet(nn.Module):
    """A U-Net of three levels; logits of one class."""

    def __init__(self, width: int = 8) -> None:
        super().__init__()
        self.one, self.two, self.three = block(3, width), block(width, 2 * width, 2), block(2 * width, 4 * width, 2)
        self.up_two, self.up_one = block(6 * width, 2 * width), block(3 * width, width)
        self.head = nn.Conv2d(width, 1, 1)
        self.up = nn.Upsample(scale_factor=2, mode='nearest')

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        one = self.one(x)
        two = self.two(one)
        low = self.up_two(torch.cat([self.up(self.three(two)), two], 1))
        return self.head(self.up_one(torch.cat([self.up(low), one], 1)))


def unet_onnx() -> None:
    """PyTorch's own exporter: logits, R G B normalised as ImageNet, batch, height and width open."""
    torch.manual_seed(1)
    images, labels = drawn(24, 10_000)
    net = UNet()
    weight = torch.tensor(4.0)
    train(net, lambda out, y: nn.functional.binary_cross_entropy_with_logits(out[:, 0], (y > 0).float(), pos_weight=weight),
          (images - MEAN) / SCALE, labels, 250)
    folder = fresh('unet-onnx')
    # The older of PyTorch's two exporters: the other one writes where its source files are into every node.
    torch.onnx.export(net, (torch.zeros(2, 3, SIZE, SIZE),), folder / 'unet.onnx', input_names=['input'],
                      output_names=['logits'], dynamic_axes={'input': {0: 'batch', 2: 'height', 3: 'width'}}, dynamo=False)


def lraspp_onnx() -> None:
    """torchvision's LRASPP with the head's own size (1/8 of the input) and several outputs: softmax still to be done."""
    from torchvision.models.mobilenetv3 import _mobilenet_v3_conf, MobileNetV3
    from torchvision.models.segmentation.lraspp import LRASPPHead

    torch.manual_seed(2)
    settings, last = _mobilenet_v3_conf('mobilenet_v3_small', width_mult=0.35, reduced_tail=True, dilated=True)

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.features = MobileNetV3(settings[:5], last).features[:-1]
            self.head = LRASPPHead(16, settings[4].out_channels, len(CLASSES), 32)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            low = high = x
            for index, layer in enumerate(self.features):
                high = layer(high)
                if index == 2:
                    low = high
            return self.head({'low': low, 'high': high})

    net = Net()
    with torch.no_grad():  # the widths of the features, from the network itself
        x = torch.zeros(2, 3, SIZE, SIZE)
        widths = []
        for layer in net.features:
            x = layer(x)
            widths.append(x.shape[1])
    net.head = LRASPPHead(widths[2], widths[-1], len(CLASSES), 32)
    images, labels = drawn(24, 20_000)
    weights = torch.tensor([1.0, 4.0, 4.0, 4.0])
    train(net, lambda out, y: nn.functional.cross_entropy(
        nn.functional.interpolate(out, size=(SIZE, SIZE), mode='bilinear', align_corners=False), y, weights),
        images / 255, labels, 250)

    class WithNumbers(nn.Module):
        """Logits at the head's size, and the class of every pixel at that size."""

        def __init__(self) -> None:
            super().__init__()
            self.net = net

        def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            logits = self.net(x)
            return logits, logits.argmax(1)

    folder = fresh('lraspp-onnx')
    torch.onnx.export(WithNumbers().eval(), (torch.zeros(1, 3, SIZE, SIZE),), folder / 'lraspp.onnx', input_names=['image'],
                      output_names=['logits', 'classes'], dynamo=False)


@dataclass
class InputParams:
    """What the exporters of OTX ask of its DataInputParams; that module needs an older Anomalib."""

    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    input_size: tuple[int, int] = (SIZE, SIZE)

    def as_ncwh(self, batch_size: int = 1) -> tuple[int, int, int, int]:
        return batch_size, 3, SIZE, SIZE


def otx_segmentation() -> None:
    """A segmentation_models.pytorch U-Net through the exporter of OTX (OpenVINO Training Extensions): IR with rt_info."""
    import segmentation_models_pytorch as smp
    from otx.backend.native.exporter.native import OTXNativeModelExporter
    from otx.types.export import TaskLevelExportParameters
    from otx.types.label import SegLabelInfo
    from otx.types.precision import OTXPrecisionType

    torch.manual_seed(3)
    net = smp.Unet('tu-mobilenetv3_small_050', encoder_weights=None, encoder_depth=3, decoder_channels=(24, 16, 8),
                   classes=len(CLASSES))
    images, labels = drawn(8, 30_000)
    weights = torch.tensor([1.0, 12.0, 12.0, 12.0])
    loss = lambda out, y: nn.functional.cross_entropy(out, y, weights)  # noqa: E731
    train(net, loss, (images - MEAN) / SCALE, labels, 30)
    with torch.no_grad():  # trained for so short a time it marks nothing: less background
        net.segmentation_head[0].bias[0] -= 1
    names = CLASSES[1:]
    exporter = OTXNativeModelExporter(
        task_level_export_parameters=TaskLevelExportParameters(
            model_type='Segmentation', model_name='unet', task_type='segmentation',
            label_info=SegLabelInfo(label_names=names, label_ids=[str(i) for i in range(len(names))], label_groups=[names]),
            optimization_config={}, return_soft_prediction=True, soft_threshold=0.5, blur_strength=-1,
        ),
        data_input_params=InputParams(tuple(MEAN.flatten().tolist()), tuple(SCALE.flatten().tolist())),
        resize_mode='standard', pad_value=0, swap_rgb=True, via_onnx=False, onnx_export_configuration=None, output_names=None,
    )
    folder = fresh('otx-segmentation')
    exporter.to_openvino(net, folder, 'exported_model', OTXPrecisionType.FP16)


def otx_anomaly() -> None:
    """A map in units of its own, how far a pixel is from its blurred surroundings, through OTX's exporter for anomalies."""
    for name in ('otx.backend.native.models', 'otx.backend.native.models.base'):
        sys.modules[name] = types.ModuleType(name)
    sys.modules['otx.backend.native.models.base'].DataInputParams = InputParams
    from anomalib import TaskType
    from otx.backend.native.exporter.anomaly import OTXAnomalyModelExporter
    from otx.types.precision import OTXPrecisionType

    class Distance(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            kernel = torch.hann_window(17, periodic=False)
            kernel = torch.outer(kernel, kernel)
            self.weight = nn.Parameter((kernel / kernel.sum()).expand(3, 1, 17, 17).contiguous())

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            padded = nn.functional.pad(x, (8, 8, 8, 8), mode='replicate')
            return (x - nn.functional.conv2d(padded, self.weight, groups=3)).abs().sum(1, keepdim=True) * 10

    net = Distance().eval()
    images, labels = drawn(6, 50_000)
    with torch.no_grad():
        seen = net((images - MEAN) / SCALE)
    limit = float(seen[labels[:, None] == 0].quantile(0.97))
    exporter = OTXAnomalyModelExporter(
        image_shape=(SIZE, SIZE), image_threshold=limit, pixel_threshold=limit, task=TaskType.SEGMENTATION,
        mean_values=tuple(MEAN.flatten().tolist()), scale_values=tuple(SCALE.flatten().tolist()),
        normalization_scale=float(seen.max() - seen.min()),
    )
    folder = fresh('otx-anomaly')
    exporter.to_openvino(net, folder, 'exported_model', OTXPrecisionType.FP32)


def padim() -> None:
    """Anomalib: PaDiM fitted to clean pictures, its thresholds found on others; exported to OpenVINO."""
    from anomalib.data import Folder
    from anomalib.engine import Engine
    from anomalib.models import Padim

    from anomalib.deploy import CompressionType

    torch.manual_seed(4)
    with tempfile.TemporaryDirectory() as root:
        for kind, count in (('clean', 24), ('break', 6), ('blowhole', 6)):
            (Path(root) / kind).mkdir()
            for index in range(count):
                picture = photograph(40_000 + index, kind)
                cv2.imwrite(f'{root}/{kind}/{index}.png', cv2.resize(picture.image, (SIZE, SIZE)))
                if kind != 'clean':
                    (Path(root) / 'masks' / kind).mkdir(parents=True, exist_ok=True)
                    mask = cv2.resize(picture.mask * 255, (SIZE, SIZE), interpolation=cv2.INTER_NEAREST)
                    cv2.imwrite(f'{root}/masks/{kind}/{index}.png', mask)
        data = Folder('drawn', root=root, normal_dir='clean', abnormal_dir=['break', 'blowhole'],
                      mask_dir=['masks/break', 'masks/blowhole'], train_batch_size=8, eval_batch_size=8, num_workers=0, seed=1)
        model = Padim(backbone='mobilenetv3_small_050', layers=['blocks.0', 'blocks.1'], pre_trained=False, n_features=8,
                      pre_processor=Padim.configure_pre_processor((SIZE, SIZE)), evaluator=False, visualizer=False)
        engine = Engine(default_root_dir=root, accelerator='cpu', logger=False)
        engine.fit(model, datamodule=data)
        folder = fresh('anomalib-padim')
        exported = model.to_openvino(root, input_size=(SIZE, SIZE), compression_type=CompressionType.FP16)
        for suffix in ('.xml', '.bin'):
            shutil.copy(Path(exported).with_suffix(suffix), folder)


def model_api_embedded() -> None:
    """The OTX model saved again by OpenVINO's Model API, which then has resizing and normalising in the graph."""
    from model_api.models import SegmentationModel

    model = SegmentationModel.create_model(str(HERE / 'otx-segmentation/exported_model.xml'), device='CPU')
    folder = fresh('model-api-embedded')
    model.save(str(folder / 'saved.xml'))


def fresh(name: str) -> Path:
    """The model's folder without the files of an exporter; model.json is ours and stays."""
    folder = HERE / name
    folder.mkdir(exist_ok=True)
    for file in folder.iterdir():
        if file.suffix in ('.xml', '.bin', '.onnx'):
            file.unlink()
    return folder


MAKERS = {
    'unet-onnx': unet_onnx,
    'lraspp-onnx': lraspp_onnx,
    'otx-segmentation': otx_segmentation,
    'model-api-embedded': model_api_embedded,
    'otx-anomaly': otx_anomaly,
    'padim': padim,
}

if __name__ == '__main__':
    torch.set_num_threads(1)
    for name in sys.argv[1:] or MAKERS:
        print(name, flush=True)
        MAKERS[name]()
