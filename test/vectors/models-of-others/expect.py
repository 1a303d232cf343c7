"""What each model of this folder gives, computed in Python as the model's own tools do it: OpenVINO or those tools for the
inference, OpenCV for pictures, masks and counts. Nothing of flawline is used.

    python expect.py        # writes expected.json and expected/*.png
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import openvino as ov

HERE = Path(__file__).parent
F32 = {'INFERENCE_PRECISION_HINT': 'f32'}
MEAN = np.array([123.675, 116.28, 103.53], np.float32)
SCALE = np.array([58.395, 57.12, 57.375], np.float32)
CLASSES = ['background', 'crack', 'blowhole', 'break']
CORE = ov.Core()

Answer = tuple[np.ndarray, float, dict[str, np.ndarray]]  # mask, score, masks of classes


def compiled(path: str, shape: list[int] | None = None) -> ov.CompiledModel:
    model = CORE.read_model(HERE / path)
    if shape is not None:
        model.reshape(shape)
    return CORE.compile_model(model, 'CPU', F32)


def resized(picture: np.ndarray) -> np.ndarray:
    return cv2.resize(picture, (128, 128), interpolation=cv2.INTER_LINEAR)


def rgb_nchw(picture: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB).transpose(2, 0, 1)[None].astype(np.float32)


def softmax(logits: np.ndarray) -> np.ndarray:
    e = np.exp(logits - logits.max(0, keepdims=True))
    return e / e.sum(0, keepdims=True)


def by_class(best: np.ndarray, probability: np.ndarray, threshold: float) -> dict[str, np.ndarray]:
    return {name: (best == i) & (probability[i] > threshold) for i, name in enumerate(CLASSES) if i > 0}


def anomalib_padim() -> Callable[[np.ndarray], Answer]:
    """Anomalib's own inferencer; its mask is compared with ours on the way."""
    from anomalib.deploy import OpenVINOInferencer

    inferencer = OpenVINOInferencer(HERE / 'anomalib-padim/model.xml', 'CPU', {**F32, 'CACHE_DIR': ''})

    def run(picture: np.ndarray) -> Answer:
        seen = inferencer.predict(cv2.cvtColor(resized(picture), cv2.COLOR_BGR2RGB))
        anomaly = np.asarray(seen.anomaly_map).squeeze()
        mask = anomaly > 0.5
        assert (mask == np.asarray(seen.pred_mask).squeeze()).all(), 'Anomalib’s pred_mask is another one'
        return mask, float(anomaly.max()), {}

    return run


def unet_onnx() -> Callable[[np.ndarray], Answer]:
    net = compiled('unet-onnx/unet.onnx', [1, 3, 128, 128])

    def run(picture: np.ndarray) -> Answer:
        image = (cv2.cvtColor(resized(picture), cv2.COLOR_BGR2RGB).astype(np.float32) - MEAN) / SCALE
        logits = net(image.transpose(2, 0, 1)[None])[0][0, 0]
        probability = 1 / (1 + np.exp(-logits))
        return probability > 0.5, float(probability.max()), {}

    return run


def lraspp_onnx() -> Callable[[np.ndarray], Answer]:
    """Softmax at the head's size, each channel then enlarged to the input's by OpenCV."""
    net = compiled('lraspp-onnx/lraspp.onnx')

    def run(picture: np.ndarray) -> Answer:
        small = softmax(net(rgb_nchw(resized(picture)) / np.float32(255))['logits'][0])
        probability = np.stack([cv2.resize(plane, (128, 128), interpolation=cv2.INTER_LINEAR) for plane in small])
        masks = by_class(probability.argmax(0), probability, 0.5)
        return np.any(list(masks.values()), 0), float(probability[1:].max()), masks

    return run


def lraspp_numbers() -> Callable[[np.ndarray], Answer]:
    """The same model's map of class numbers."""
    net = compiled('lraspp-onnx/lraspp.onnx')

    def run(picture: np.ndarray) -> Answer:
        small = net(rgb_nchw(resized(picture)) / np.float32(255))['classes'][0]
        numbers = cv2.resize(small.astype(np.uint8), (128, 128), interpolation=cv2.INTER_NEAREST)
        masks = {name: numbers == i for i, name in enumerate(CLASSES) if i > 0}
        return numbers > 0, float((numbers > 0).any()), masks

    return run


def model_api(path: str) -> Callable[[np.ndarray], Answer]:
    """OpenVINO's Model API on the picture at the model's size, so that its own resizing changes nothing."""
    from model_api.adapters import OpenvinoAdapter
    from model_api.models import SegmentationModel

    adapter = OpenvinoAdapter(CORE, str(HERE / path), device='CPU', plugin_config=F32)
    wrapper = SegmentationModel.create_model(adapter)

    def run(picture: np.ndarray) -> Answer:
        seen = wrapper(resized(picture))
        best = seen.resultImage
        # What Model API calls a soft prediction are this model's logits.
        score = float(softmax(seen.soft_prediction.transpose(2, 0, 1))[1:].max())
        return best > 0, score, {name: best == i for i, name in enumerate(CLASSES) if i > 0}

    return run


def otx_anomaly() -> Callable[[np.ndarray], Answer]:
    """Model API's anomaly wrapper for mask and normalised map."""
    from model_api.adapters import OpenvinoAdapter
    from model_api.models import AnomalyDetection

    adapter = OpenvinoAdapter(CORE, str(HERE / 'otx-anomaly/exported_model.xml'), device='CPU', plugin_config=F32)
    wrapper = AnomalyDetection.create_model(adapter)

    def run(picture: np.ndarray) -> Answer:
        small = resized(picture)
        mask = wrapper(small).pred_mask > 0
        raw = adapter.infer_sync({next(iter(wrapper.inputs)): small[None]})
        values = next(iter(raw.values()))
        score = np.clip((values.max() - wrapper.params.pixel_threshold) / wrapper.params.normalization_scale + 0.5, 0, 1)
        return mask, float(score), {}

    return run


def letterbox() -> Callable[[np.ndarray], Answer]:
    """The U-Net on a picture that keeps its proportions, as Model API's fit_to_window_letterbox; the border has no defects."""
    net = compiled('unet-onnx/unet.onnx', [1, 3, 128, 128])

    def run(picture: np.ndarray) -> Answer:
        h, w = picture.shape[:2]
        scale = min(128 / w, 128 / h)
        nw, nh = round(w * scale), round(h * scale)
        x, y = (128 - nw) // 2, (128 - nh) // 2
        image = np.full((128, 128, 3), 114, np.uint8)
        image[y:y + nh, x:x + nw] = cv2.resize(picture, (nw, nh), interpolation=cv2.INTER_LINEAR)
        values = (cv2.cvtColor(image, cv2.COLOR_BGR2RGB).astype(np.float32) - MEAN) / SCALE
        probability = 1 / (1 + np.exp(-net(values.transpose(2, 0, 1)[None])[0][0, 0]))
        inside = np.zeros((128, 128), bool)
        inside[y:y + nh, x:x + nw] = True
        return (probability > 0.5) & inside, float(probability[inside].max()), {}

    return run


def cropped() -> Callable[[np.ndarray], Answer]:
    """The U-Net on the middle of the picture, by Model API's own crop; regions below 40 pixels taken out."""
    from model_api.adapters.utils import crop_resize_ocv

    net = compiled('unet-onnx/unet.onnx', [1, 3, 128, 128])

    def run(picture: np.ndarray) -> Answer:
        values = (cv2.cvtColor(crop_resize_ocv(picture, (128, 128)), cv2.COLOR_BGR2RGB).astype(np.float32) - MEAN) / SCALE
        probability = 1 / (1 + np.exp(-net(values.transpose(2, 0, 1)[None])[0][0, 0]))
        mask = probability > 0.5
        count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
        for label in range(1, count):
            if stats[label, cv2.CC_STAT_AREA] < 40:
                mask[labels == label] = False
        return mask, float(probability.max()), {}

    return run


#: Case: model's folder, what is asked of it beside what stands in its files, and how Python does it.
CASES = {
    'anomalib-padim': ('anomalib-padim', {}, anomalib_padim),
    'unet-onnx': ('unet-onnx', {}, unet_onnx),
    'unet-onnx-letterbox': ('unet-onnx', {'resizeType': 'fit_to_window_letterbox', 'padValue': 114}, letterbox),
    'unet-onnx-crop': ('unet-onnx', {'resizeType': 'crop', 'minRegionPixels': 40}, cropped),
    'lraspp-onnx': ('lraspp-onnx', {}, lraspp_onnx),
    'lraspp-onnx-numbers': ('lraspp-onnx', {'output': 'classes'}, lraspp_numbers),
    'otx-segmentation': ('otx-segmentation', {}, lambda: model_api('otx-segmentation/exported_model.xml')),
    'otx-anomaly': ('otx-anomaly', {}, otx_anomaly),
    'model-api-embedded': ('model-api-embedded', {}, lambda: model_api('model-api-embedded/saved.xml')),
}


def contours(mask: np.ndarray) -> int:
    return len(cv2.findContours(mask.astype(np.uint8) * 255, cv2.RETR_TREE, cv2.CHAIN_APPROX_SIMPLE)[0])


def main() -> None:
    out = HERE / 'expected'
    out.mkdir(exist_ok=True)
    cases = []
    for case, (model, hints, make) in CASES.items():
        run = make()
        for path in sorted((HERE / 'pictures').glob('*.jpg')):
            mask, score, classes = run(cv2.imread(str(path), cv2.IMREAD_COLOR))
            name = f'expected/{case}-{path.stem}.png'
            cv2.imwrite(str(HERE / name), mask.astype(np.uint8) * 255)
            entry = {'case': case, 'model': model, 'hints': hints, 'picture': f'pictures/{path.name}', 'mask': name,
                     'defect': contours(mask), 'whitePixels': int(mask.sum()), 'score': score}
            if classes:
                entry['defects'] = {label: contours(own) for label, own in classes.items()}
            cases.append(entry)
            print(case, path.stem, entry['defect'], entry['whitePixels'], round(score, 4), entry.get('defects', ''))
    versions = {'opencv': cv2.__version__, 'openvino': ov.get_version()}
    (HERE / 'expected.json').write_text(json.dumps({'versions': versions, 'cases': cases}, indent=2) + '\n')


if __name__ == '__main__':
    main()
