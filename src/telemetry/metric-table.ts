/**
 * Every metric of the service, in one table: name, type, help, labels, buckets. docs/metrics.md is tested against it.
 *
 * Base units, and closed label sets: a label takes only the values of LABEL_VALUES, or the ids of the configuration
 * (`stream`, `rule`, `model`), or is written once (`*_info`), or is bounded by cameras.max (`camera`). A topic is no label otherwise.
 */
import { DROP_REASONS, KEEP_FAULTS, OUTCOMES, ROLES, WORKER_STATES } from '../domain/closed-sets.js';
import { STAGES } from '../domain/inspection.js';
import { MESSAGE_CODES } from './ledger.js';

/** The values of every label that the code fixes. `code` lists those a dead letter has. */
export const LABEL_VALUES = {
  outcome: OUTCOMES,
  code: MESSAGE_CODES,
  reason: DROP_REASONS,
  stage: STAGES,
  state: WORKER_STATES,
  role: ROLES,
  agreement: ['verdict', 'count'],
  ok: ['true', 'false'],
  cause: KEEP_FAULTS,
  judged: ['yes', 'no'],
} as const;

export interface MetricEntry {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds, of a histogram. */
  readonly buckets?: readonly number[];
}

/** Seconds, 1 ms to 10 s. */
const DURATION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Defects in a picture: none and one apart, then coarse. */
const DEFECT_BUCKETS = [0, 1, 2, 3, 5, 10, 20, 50, 100];

/** Of two masks that agree and two that do not. */
const OVERLAP_BUCKETS = [0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1];

export const METRICS = {
  messagesReceived: counter('messages_received_total', 'Messages received, by topic filter.', 'stream'),
  messages: counter('messages_total', 'Messages that are dealt with, by what became of them.', 'outcome'),
  messagesInFlight: gauge('messages_in_flight', 'Messages received and not dealt with yet.'),
  rejected: counter('rejected_total', 'Messages that became a dead letter, by error code.', 'code'),
  dropped: counter('dropped_total', 'Messages dropped on purpose, by reason.', 'reason'),
  ruleMatches: counter('rule_matches_total', 'Pictures for which the predicate of a rule held.', 'rule'),
  ruleVerdicts: counter(
    'rule_verdicts_total',
    'Results of a rule that were published, by what its predicate ok says.',
    'rule',
    'ok',
  ),
  stageDuration: histogram(
    'stage_duration_seconds',
    'Time a message spent in a stage of its journey.',
    DURATION_BUCKETS,
    'stage',
  ),
  endToEndDuration: histogram(
    'end_to_end_duration_seconds',
    'Time from the arrival of a message to its end: published, filtered or dead-lettered.',
    DURATION_BUCKETS,
  ),
  messageAge: histogram(
    'message_age_seconds',
    'Age of a picture when its inspection ended, by source.timestampField; only when that is configured.',
    DURATION_BUCKETS,
  ),
  defects: histogram('defects', 'Defects found in a picture.', DEFECT_BUCKETS),
  candidatesCut: counter(
    'candidates_cut_total',
    'Boxes of a detector above its threshold that were left out: maxObjects were found already, or there were too many.',
  ),
  lastMessageTimestamp: gauge(
    'last_message_timestamp_seconds',
    'Unix time of the newest message, by topic filter; 0 before the first.',
    'stream',
  ),
  workers: gauge('workers', 'Worker threads, by what they are doing.', 'state'),
  workerRestarts: counter('worker_restarts_total', 'Worker threads replaced after they ended or hung.'),
  saturation: gauge('saturation_ratio', 'Messages being worked on, divided by limits.inFlight.'),
  intakePaused: gauge('intake_paused', '1 while no further message is taken from the broker, else 0.'),
  intakePausedSeconds: counter('intake_paused_seconds_total', 'Time during which the intake was paused.'),
  mqttConnected: gauge('mqtt_connected', '1 while the connection is up, else 0.', 'role'),
  mqttReconnects: counter('mqtt_reconnects_total', 'Connections made again after a loss.', 'role'),
  redeliveries: counter('redeliveries_total', 'Messages the broker sent again while they were still held.'),
  copies: counter(
    'overlapping_copies_total',
    'Further copies of messages that match several topic filters; not inspected again.',
  ),
  sessionsLost: counter(
    'sessions_lost_total',
    'Sessions that the broker forgot, with the messages that waited in them.',
  ),
  publishRetries: counter('publish_retries_total', 'Publications tried again after a refusal or a lost connection.'),
  ready: gauge('ready', '1 when /readyz is green, else 0.'),
  selfTestSuccess: gauge(
    'self_test_success',
    '1 when the last self-test gave the expected mask and OpenCV its count, else 0.',
  ),
  modelInfo: gauge(
    'model_info',
    'A loaded model; always 1. `model` is its id in the configuration.',
    'model',
    'name',
    'version',
    'device',
    'precision',
    'engine',
    'runtime',
  ),
  modelPictures: counter('model_pictures_total', 'Pictures that a model inspected.', 'model'),
  modelDefective: counter('model_defective_total', 'Pictures in which a model found defects.', 'model'),
  modelFailures: counter('model_failures_total', 'Pictures that a model could not inspect.', 'model'),
  modelInferDuration: histogram(
    'model_infer_duration_seconds',
    'Time of the inference of a picture, by model.',
    DURATION_BUCKETS,
    'model',
  ),
  modelSelfTestSuccess: gauge(
    'model_self_test_success',
    '1 when the last self-test of a model passed, else 0.',
    'model',
  ),
  modelMemory: gauge(
    'model_memory_bytes',
    'Native memory that was taken while a model was compiled; 0 where the C library does not tell.',
    'model',
  ),
  cameraSeen: gauge(
    'camera_last_seen_timestamp_seconds',
    'Unix time of the newest message of a camera; only with cameras.by.',
    'camera',
  ),
  cameraPictures: counter(
    'camera_pictures_total',
    'Pictures of a camera that were inspected; only with cameras.by.',
    'camera',
  ),
  cameraDefective: counter(
    'camera_defective_total',
    'Pictures of a camera in which defects were found; only with cameras.by.',
    'camera',
  ),
  cameraDeadLetters: counter(
    'camera_dead_letters_total',
    'Messages of a camera that became a dead letter; only with cameras.by.',
    'camera',
  ),
  kept: counter('kept_total', 'Pictures kept for a second look; only with keep.path.'),
  notKept: counter(
    'not_kept_total',
    'Pictures that were to be kept and were not, by cause; only with keep.path.',
    'cause',
  ),
  keptBytes: gauge('kept_bytes', 'Bytes of the kept pictures with all that belongs to them; only with keep.path.'),
  keptPictures: gauge(
    'kept_pictures',
    'Kept pictures, by whether somebody has judged them; only with keep.path.',
    'judged',
  ),
  shadowPictures: counter('shadow_pictures_total', 'Pictures that the candidate of a model inspected, too.', 'model'),
  shadowAgreements: counter(
    'shadow_agreements_total',
    'Pictures for which a model and its candidate agree: in what all rules say, in the number of defects.',
    'model',
    'agreement',
  ),
  shadowOverlap: histogram(
    'shadow_mask_overlap_ratio',
    'Intersection over union of the masks of a model and its candidate, for pictures in which either has something.',
    OVERLAP_BUCKETS,
    'model',
  ),
  shadowSkipped: counter(
    'shadow_skipped_total',
    'Pictures that the candidate of a model was to inspect and did not, as nobody had time.',
    'model',
  ),
  shadowFailures: counter('shadow_failures_total', 'Pictures that the candidate of a model failed on.', 'model'),
  buildInfo: gauge('build_info', 'The running service; always 1.', 'client_id', 'version', 'node'),
} as const satisfies Record<string, MetricEntry>;

function counter<const L extends readonly string[]>(name: string, help: string, ...labels: L) {
  return { type: 'counter', name: `flawline_${name}`, help, labels } as const;
}

function gauge<const L extends readonly string[]>(name: string, help: string, ...labels: L) {
  return { type: 'gauge', name: `flawline_${name}`, help, labels } as const;
}

function histogram<const L extends readonly string[]>(
  name: string,
  help: string,
  buckets: readonly number[],
  ...labels: L
) {
  return { type: 'histogram', name: `flawline_${name}`, help, labels, buckets } as const;
}
