"""The peer's part for detectors: an OpenCV letterbox, and boxes, suppression and masks in numpy and OpenCV.

What is tuned: the letterbox is resized into the input tensor itself, bytes become R G B of 0 to 1 in the graph, suppression
compares a box with all that are left at once, and a mask is computed inside its box alone.
"""

import base64

import cv2
import numpy as np

NAMES = ["scratch", "dent", "stain"]
THRESHOLD = 0.25
IOU = 0.7
PAD = 114


def suppressed(boxes, scores, classes):
    """Numbers of those that stay, by falling score; classes leave each other alone."""
    order = np.argsort(-scores, kind="stable")
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    kept = []
    while order.size > 0:
        best, order = order[0], order[1:]
        kept.append(best)
        corner = np.maximum(boxes[best, :2], boxes[order, :2])
        size = np.clip(np.minimum(boxes[best, 2:], boxes[order, 2:]) - corner, 0, None)
        shared = size[:, 0] * size[:, 1]
        overlap = shared / (areas[best] + areas[order] - shared)
        order = order[(overlap <= IOU) | (classes[order] != classes[best])]
    return np.array(kept, int)


class ObjectInspector:
    """One thread's share: an infer request and the letterbox it is bound to."""

    def __init__(self, model, loads, dumps):
        self.loads, self.dumps = loads, dumps
        self.request = model.create_infer_request()
        self.canvas = self.request.get_input_tensor().data[0]
        self.canvas[:] = PAD
        self.shape = None
        self.outputs = [self.request.get_output_tensor(index).data[0] for index in range(len(model.outputs))]

    def letterbox(self, picture):
        height, width = self.canvas.shape[:2]
        scale = min(width / picture.shape[1], height / picture.shape[0])
        size = round(picture.shape[1] * scale), round(picture.shape[0] * scale)
        left, top = (width - size[0]) // 2, (height - size[1]) // 2
        if self.shape != picture.shape:
            self.canvas[:] = PAD
            self.shape = picture.shape
        content = self.canvas[top : top + size[1], left : left + size[0]]
        if content.flags.c_contiguous:
            cv2.resize(picture, size, dst=content)
        else:
            content[:] = cv2.resize(picture, size)
        return scale, left, top

    def result(self, payload):
        origin = self.loads(payload)["image"]
        picture = cv2.imdecode(np.frombuffer(base64.b64decode(origin), np.uint8), cv2.IMREAD_COLOR)
        if picture is None:
            raise ValueError("not a picture")
        placement = self.letterbox(picture)
        self.request.infer()
        return self.dumps({"origin": origin, "regions": self.regions(picture, placement)})

    def regions(self, picture, placement):
        scale, left, top = placement
        found, *prototypes = self.outputs
        all_scores = found[4 : 4 + len(NAMES)]
        best = all_scores.max(0)
        cells = np.flatnonzero(best > THRESHOLD)
        scores, classes = best[cells], all_scores[:, cells].argmax(0)
        columns = found[:, cells].T
        boxes = np.concatenate([columns[:, :2] - columns[:, 2:4] / 2, columns[:, :2] + columns[:, 2:4] / 2], 1)
        kept = suppressed(boxes, scores, classes)
        size = picture.shape[1::-1] * 2
        corners = np.rint(np.clip((boxes[kept] - [left, top, left, top]) / scale, 0, size)).astype(int)
        regions = [
            {"x": x, "y": y, "width": right - x, "height": bottom - y, "class": NAMES[number], "score": score}
            for (x, y, right, bottom), number, score in zip(
                corners.tolist(), classes[kept].tolist(), scores[kept].tolist()
            )
        ]
        if prototypes:
            coefficients = columns[kept, 4 + len(NAMES) :]
            for region, mask in zip(regions, self.masks(coefficients, boxes[kept], prototypes[0])):
                region["pixels"] = round(cv2.countNonZero(mask) / scale**2)
        return regions

    def masks(self, coefficients, boxes, planes):
        """Of each object: the pixels of its box that lie in its mask, at the input's size."""
        height, width = planes.shape[1:]
        factor = self.canvas.shape[1] / width
        maps = (coefficients @ planes.reshape(len(planes), -1)).reshape(-1, height, width)
        for values, (left, top, right, bottom) in zip(maps, np.ceil(boxes).astype(int)):
            left, top = max(left, 0), max(top, 0)
            size = min(right, self.canvas.shape[1]) - left, min(bottom, self.canvas.shape[0]) - top
            shift = 0.5 / factor - 0.5
            back = np.array([[1 / factor, 0, left / factor + shift], [0, 1 / factor, top / factor + shift]])
            flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
            part = cv2.warpAffine(values, back, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
            yield cv2.compare(part, 0, cv2.CMP_GT)
