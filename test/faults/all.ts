/** Every row of the fault table, in its order. */
import type { Fault } from './fault.js';
import { killService } from './kill-service.js';
import { stopService } from './stop-service.js';

export const FAULTS: readonly Fault[] = [killService, stopService];
