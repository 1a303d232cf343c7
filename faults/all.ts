/** Every row of the fault table, in its order. */
import { brokerQueue } from './broker-queue.js';
import { brokerKill, brokerKillStored, brokerStop, sessionLost } from './broker-restart.js';
import { modelGone, wrongAnswer } from './distrust.js';
import type { Fault } from './fault.js';
import { frozenFaults } from './frozen.js';
import { beforeConnack, besidePictures, hangUp, unknownPuback } from './hang-up.js';
import { hostile } from './hostile.js';
import { killInTrial } from './kill-in-trial.js';
import { killService } from './kill-service.js';
import { nativeHang } from './native-hang.js';
import { networkFaults } from './network.js';
import { overloadFaults } from './overload.js';
import { oversize } from './oversize.js';
import { poison } from './poison.js';
import { receiveMaximum } from './receive-maximum.js';
import { recreate } from './recreate.js';
import { accessList, quota } from './refusals.js';
import { reloadFaults } from './reloads.js';
import { restFaults } from './rest-changes.js';
import { share } from './share.js';
import { sinkDown } from './sink-down.js';
import { slowSubscriber } from './slow-subscriber.js';
import { stopService } from './stop-service.js';
import { clock, credentials, journalUnwritable } from './surroundings.js';
import { workerFaults } from './worker-faults.js';

export const FAULTS: readonly Fault[] = [
  killService,
  killInTrial,
  stopService,
  ...workerFaults,
  nativeHang,
  modelGone,
  wrongAnswer,
  poison,
  recreate,
  ...reloadFaults,
  ...restFaults,
  brokerStop,
  brokerKill,
  brokerKillStored,
  sinkDown,
  quota,
  accessList,
  slowSubscriber,
  brokerQueue,
  sessionLost,
  ...networkFaults,
  ...frozenFaults,
  ...overloadFaults,
  receiveMaximum,
  oversize,
  hangUp,
  unknownPuback,
  besidePictures,
  beforeConnack,
  hostile,
  journalUnwritable,
  clock,
  credentials,
  share,
];
