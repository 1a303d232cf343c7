import { engineHere } from '../support/engine/engines-here.js';
import { engineContract } from './engine.js';
import { unetContract } from './engine-unet.js';

const choice = engineHere('openvino-node');
engineContract('openvino-node', choice);
unetContract('openvino-node', choice);
