/** Every row of the fault table, in its order. */
import type { Fault } from './fault.js';
import { killService } from './kill-service.js';
import { nativeHang } from './native-hang.js';
import { poison } from './poison.js';
import { stopService } from './stop-service.js';
import { workerFaults } from './worker-faults.js';

export const FAULTS: readonly Fault[] = [killService, stopService, ...workerFaults, nativeHang, poison];
