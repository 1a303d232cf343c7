/** Which camera a message came from, as `cameras.by` says: its topic, a level of it, a user property, or a field of its JSON. Pure. */
import type { UserProperty } from '../domain/delivery.js';

/** A name for labels and topics; undefined when the message does not say. */
export type CameraName = (topic: string, user: readonly UserProperty[]) => string | undefined;

const LEVEL = /^topic\[(\d{1,2})\]$/;
const PROPERTY = /^props\.(\S{1,64})$/;
const FIELD = /^msg\.(\S{1,64})$/;
/** What separates levels or is a wildcard in a topic, and what no label should hold. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is replaced
const UNFIT = /[/+#\u0000-\u001f\u007f-\u009f]/g;
const MAX_LENGTH = 64;

export const CAMERA_BY_RULE =
  'must be off, topic, topic[N] (a level, from 0), props.NAME (a user property) or msg.FIELD (a field of the JSON message)';

export function isCameraBy(by: string): boolean {
  return by === 'off' || createCameraName(by) !== undefined || cameraFieldOf(by) !== undefined;
}

/** Undefined for `off`, for a field of the message, which only a worker reads, and for what is none of the ways. */
export function createCameraName(by: string): CameraName | undefined {
  if (by === 'topic') return (topic) => fit(topic);
  const [, level] = LEVEL.exec(by) ?? [];
  if (level !== undefined) return (topic) => fit(topic.split('/')[Number(level)]);
  const [, name] = PROPERTY.exec(by) ?? [];
  if (name !== undefined) return (_topic, user) => fit(user.find(([key]) => key === name)?.[1]);
  return undefined;
}

/** The JSON field that names the camera; undefined when the name is elsewhere. */
export function cameraFieldOf(by: string): string | undefined {
  return FIELD.exec(by)?.[1];
}

/** The name that a field of a message holds: a text or a number. */
export function cameraNameIn(msg: Readonly<Record<string, unknown>>, field: string): string | undefined {
  const value = Object.hasOwn(msg, field) ? msg[field] : undefined;
  return typeof value === 'string' || typeof value === 'number' ? fit(String(value)) : undefined;
}

function fit(name: string | undefined): string | undefined {
  return name === undefined || name === '' ? undefined : name.slice(0, MAX_LENGTH).replace(UNFIT, '_');
}
