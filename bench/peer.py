"""The peer of the benchmark: the same inspection, written by hand in Python on paho, OpenCV and OpenVINO.

    python peer.py --port 1883 --model model.xml --mode threads|member --precision f32|bf16 --topic-in T --topic-out T
        [--task map|objects]

threads  one subscriber that acknowledges late; each of two worker threads has an infer request of its own. OpenCV and
         OpenVINO let go of the interpreter's lock, so two threads use two cores.
member   one of several processes on a shared subscription, with one inference thread.

Prints "ready" on a line of its own when it is subscribed. What is tuned: the model is compiled once, takes
bytes as they lie in the picture and has its input tensor filled by the resize itself; OpenCV and OpenBLAS start no threads; JSON by orjson
where that is installed; results go out on a connection of their own.
"""

import argparse
import base64
import os
import queue
import signal
import sys
import threading

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # its threads would wait for each other in a loop

import cv2
import numpy as np
import openvino as ov
import paho.mqtt.client as mqtt

from peer_objects import ObjectInspector

try:
    from orjson import dumps, loads
except ImportError:
    import json

    loads = json.loads

    def dumps(value):
        return json.dumps(value, separators=(",", ":")).encode()


def compile_model(path, task, precision, properties):
    core = ov.Core()
    steps = ov.preprocess.PrePostProcessor(core.read_model(path))
    steps.input().tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC"))
    steps.input().model().set_layout(ov.Layout("NCHW"))
    if task == "objects":
        steps.input().preprocess().convert_element_type(ov.Type.f32).reverse_channels().scale(255.0)
    return core.compile_model(steps.build(), "CPU", {"INFERENCE_PRECISION_HINT": precision, **properties})


class Inspector:
    """One thread's share: an infer request and the picture it is bound to."""

    def __init__(self, model):
        self.request = model.create_infer_request()
        self.resized = self.request.get_input_tensor().data[0]
        self.probabilities = self.request.get_output_tensor().data[0, 0]
        self.size = self.resized.shape[1::-1]

    def result(self, payload):
        origin = loads(payload)["image"]
        picture = cv2.imdecode(np.frombuffer(base64.b64decode(origin), np.uint8), cv2.IMREAD_COLOR)
        if picture is None:
            raise ValueError("not a picture")
        cv2.resize(picture, self.size, dst=self.resized)
        self.request.infer()
        mask = cv2.compare(self.probabilities, 0.5, cv2.CMP_GT)
        contours, _ = cv2.findContours(mask, cv2.RETR_TREE, cv2.CHAIN_APPROX_SIMPLE)
        if len(contours) < 0:  # the rule of the tutorial: every picture matches
            return None
        pair = cv2.hconcat([self.resized, cv2.cvtColor(mask, cv2.COLOR_GRAY2BGR)])
        _, jpeg = cv2.imencode(".jpg", pair)
        return dumps({"afterProcess": base64.b64encode(jpeg).decode(), "origin": origin})


def serve(args, topic, properties, workers):
    model = compile_model(args.model, args.task, args.precision, properties)
    # Made one after the other: tensors that several threads touch for the first time at once can dead-lock.
    create = Inspector if args.task == "map" else lambda compiled: ObjectInspector(compiled, loads, dumps)
    inspectors = [create(model) for _ in range(workers)]
    jobs = queue.SimpleQueue()
    source = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, manual_ack=True)
    sink = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)

    def work(inspector):
        while True:
            message = jobs.get()
            try:
                result = inspector.result(message.payload)
                if result is not None:
                    sink.publish(args.topic_out, result, qos=1)
            except Exception as error:  # a bad picture must not end the service
                print("dropped:", error, file=sys.stderr)
            source.ack(message.mid, message.qos)

    source.on_message = lambda client, data, message: jobs.put(message)
    source.on_connect = lambda client, *_: client.subscribe(topic, qos=1)
    source.on_subscribe = lambda *_: print("ready", flush=True)
    sink.connect("127.0.0.1", args.port)
    sink.loop_start()
    source.connect("127.0.0.1", args.port)
    for inspector in inspectors:
        threading.Thread(target=work, args=[inspector], daemon=True).start()
    source.loop_forever()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--mode", choices=["threads", "member"], default="threads")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--precision", choices=["f32", "bf16"], default="f32")
    parser.add_argument("--task", choices=["map", "objects"], default="map")
    parser.add_argument("--topic-in", required=True)
    parser.add_argument("--topic-out", required=True)
    args = parser.parse_args()
    cv2.setNumThreads(1)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    if args.mode == "threads":
        serve(args, args.topic_in, {"PERFORMANCE_HINT": "THROUGHPUT"}, args.workers)
    else:
        # Pinned, the threads of all processes would share the first core.
        alone = {"NUM_STREAMS": 1, "INFERENCE_NUM_THREADS": 1, "ENABLE_CPU_PINNING": False}
        serve(args, "$share/peer/" + args.topic_in, alone, 1)


if __name__ == "__main__":
    main()
