/**
 * `flawline/<clientId>/camera/<name>/state`, retained where the broker keeps messages: how each camera is, for who watches
 * brokers and not scrapes. Told when the camera has sent something since, and when it has fallen silent.
 */
import type { OutgoingMessage } from '../domain/delivery.js';
import { type CameraLine, SILENT_AFTER_MS } from '../telemetry/cameras.js';
import { cameraStateTopic } from '../topics/output-topics.js';

export interface CameraStates {
  /** Those that differ from what was told last; a camera that is counted with the others now has its message taken back. */
  due(): readonly OutgoingMessage[];
  /** Takes back every message that was told. */
  takeBack(): readonly OutgoingMessage[];
}

interface CameraStatesParts {
  readonly lines: () => readonly CameraLine[];
  readonly clientId: string;
  /** Milliseconds since the epoch. */
  readonly nowMs: () => number;
}

export function createCameraStates({ lines, clientId, nowMs }: CameraStatesParts): CameraStates {
  /** By camera: when it was last seen and whether it was silent, as told last. */
  const told = new Map<string, string>();

  function message(camera: string, payload: string): OutgoingMessage {
    return {
      topic: cameraStateTopic(clientId, camera),
      payload: Buffer.from(payload),
      qos: 0,
      retain: true,
      contentType: 'application/json',
      isText: true,
      user: [],
    };
  }

  function takeBack(cameras: readonly string[]): OutgoingMessage[] {
    for (const camera of cameras) told.delete(camera);
    return cameras.map((camera) => message(camera, ''));
  }

  return {
    due() {
      const now = lines();
      const names = new Set(now.map(({ camera }) => camera));
      const gone = takeBack([...told.keys()].filter((camera) => !names.has(camera)));
      const changed = now.flatMap((line) => {
        const { camera, lastSeenAtMs } = line;
        const isSilent = nowMs() - lastSeenAtMs > SILENT_AFTER_MS;
        const mark = `${lastSeenAtMs} ${isSilent}`;
        if (told.get(camera) === mark) return [];
        told.set(camera, mark);
        return [message(camera, formatLine(line, isSilent))];
      });
      return [...gone, ...changed];
    },
    takeBack: () => takeBack([...told.keys()]),
  };
}

function formatLine({ lastSeenAtMs, lastError, medianMs, ...counts }: CameraLine, isSilent: boolean): string {
  return JSON.stringify({
    ...counts,
    ...(medianMs !== undefined && { medianMs: Number(medianMs.toFixed(1)) }),
    state: isSilent ? 'silent' : 'active',
    lastSeen: new Date(lastSeenAtMs).toISOString(),
    ...(lastError && { lastError: { code: lastError.code, at: new Date(lastError.atMs).toISOString() } }),
  });
}
