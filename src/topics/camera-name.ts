/** Which camera a message came from, as `cameras.by` says: its topic, one level of it, or a user property. Pure. */
import type { UserProperty } from '../domain/delivery.js';

/** A name for labels and topics; undefined when the message does not say. */
export type CameraName = (topic: string, user: readonly UserProperty[]) => string | undefined;

const LEVEL = /^topic\[(\d{1,2})\]$/;
const PROPERTY = /^props\.(\S{1,64})$/;
/** What separates levels or is a wildcard in a topic, and what no label should hold. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is replaced
const UNFIT = /[/+#\u0000-\u001f\u007f-\u009f]/g;
const MAX_LENGTH = 64;

export const CAMERA_BY_RULE = 'must be off, topic, topic[N] (a level, from 0) or props.NAME (a user property)';

export function isCameraBy(by: string): boolean {
  return by === 'off' || createCameraName(by) !== undefined;
}

/** Undefined for `off`, and for what is none of the ways. */
export function createCameraName(by: string): CameraName | undefined {
  if (by === 'topic') return (topic) => fit(topic);
  const [, level] = LEVEL.exec(by) ?? [];
  if (level !== undefined) return (topic) => fit(topic.split('/')[Number(level)]);
  const [, name] = PROPERTY.exec(by) ?? [];
  if (name !== undefined) return (_topic, user) => fit(user.find(([key]) => key === name)?.[1]);
  return undefined;
}

function fit(name: string | undefined): string | undefined {
  return name === undefined || name === '' ? undefined : name.slice(0, MAX_LENGTH).replace(UNFIT, '_');
}
