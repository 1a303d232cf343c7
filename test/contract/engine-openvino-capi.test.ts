import { engineHere } from '../support/engine/engines-here.js';
import { engineContract } from './engine.js';
import { unetContract } from './engine-unet.js';

const choice = engineHere('openvino-capi');
engineContract('openvino-capi', choice);
unetContract('openvino-capi', choice);
