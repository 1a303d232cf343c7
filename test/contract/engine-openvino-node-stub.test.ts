// The adapter alone, where the native part of openvino-node cannot be had; its real suite is engine-openvino-node.test.ts.
import { engineContract } from './engine.js';

const module = new URL('./openvino-node-stub.js', import.meta.url).href;
engineContract('openvino-node adapter on a stub', { name: 'openvino-node', module });
