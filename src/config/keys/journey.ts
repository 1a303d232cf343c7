/** Keys of what comes in, what is judged and what goes out. */
import { RESULT_FIELDS } from '../../domain/measures.js';
import { DEFAULT_OK, RENDER_KINDS, RESULT_ENCODINGS } from '../../domain/rule.js';
import { choice, key } from '../key.js';

export const source = {
  topics: key('topicFilters', {
    default: ['openvino_demo'],
    doc: 'Topic filters of pictures, with + and # and $share/GROUP/FILTER.',
  }),
  qos: choice([0, 1], {
    default: 1,
    refusals: {
      '2': 'its acknowledgement comes before the work, so a crash loses pictures (at most once); with 1 they come again',
    },
    doc: 'QoS of the subscriptions. Publishers may use any; 0 gives pictures up when the service is away or full.',
  }),
  overload: choice(['wait', 'latest'], {
    default: 'wait',
    doc: 'When pictures come faster than they are inspected: wait leaves them at the broker; latest drops the oldest waiting ones, counted.',
  }),
  timestampField: key('text', {
    default: null,
    doc: 'JSON field that holds the picture’s time, for flawline_message_age_seconds.',
  }),
};

export const payload = {
  imageField: key('text', { default: 'image', doc: 'JSON field that holds the picture as base64.' }),
};

export const rule = {
  where: key('predicate', {
    default: 'defect >= 0',
    doc: 'Predicate: the result of a picture is published when it is true. See predicate.md.',
  }),
  ok: key('predicate', {
    default: DEFAULT_OK,
    doc: 'Predicate: whether the picture passes, as user property, metric and result field `ok`. It decides nothing of what is published.',
  }),
};

export const streams = key('streams', {
  default: null,
  fileOnly: true,
  doc: 'Several streams of pictures, in place of source.topics: id and topics. Each has a connection and a session of its own.',
});

export const rules = key('rules', {
  default: null,
  fileOnly: true,
  doc: 'Several rules, in place of rule.where, rule.ok, sink.topic and result.fields: id and where, and if wanted ok, stream, model, topic, fields, render, sink, keep.',
});

export const result = {
  fields: key('fields', {
    default: ['origin', 'afterProcess'],
    doc: `All fields of a result, each NAME or NAME as ALIAS: ${RESULT_FIELDS.join(', ')}.`,
  }),
  copyFields: key('copyFields', {
    default: null,
    doc: 'JSON fields of the message to copy into the result.',
  }),
  render: choice(RENDER_KINDS, {
    default: 'pair',
    doc: 'The processed picture: pair is the resized picture and its mask side by side.',
  }),
  encoding: choice(RESULT_ENCODINGS, {
    default: 'base64',
    doc: 'base64 publishes the result as JSON; binary publishes the processed picture’s own bytes.',
  }),
  reply: key('flag', {
    default: false,
    doc: 'Publish the result to the message’s response topic, too (MQTT 5), where reply.allow lets it.',
  }),
};

export const reply = {
  allow: key('topicFilters', {
    default: ['flawline/+/response/#'],
    doc: 'Topic filters of the response topics that may be used.',
  }),
};

export const requests = {
  enabled: key('flag', {
    default: true,
    doc: 'Answer pictures that are sent to flawline/CLIENT-ID/request/infer (MQTT 5).',
  }),
};

export const state = {
  enabled: key('flag', {
    default: true,
    doc: 'Keep the retained state, and its last will, at flawline/CLIENT-ID/state.',
  }),
};

export const health = {
  enabled: key('flag', {
    default: true,
    doc: 'Publish a health message to flawline/CLIENT-ID/health every 30 s.',
  }),
};

export const deadLetter = {
  url: key('brokerUrls', {
    default: null,
    defaultText: 'mqtt.url',
    doc: 'The broker for dead letters, if it is another one than that of the pictures. With one nothing is inherited, credentials least of all.',
  }),
  username: key('text', { default: null, defaultText: 'mqtt.username', doc: 'As mqtt.username, for deadLetter.url.' }),
  password: key('text', {
    default: null,
    defaultText: 'mqtt.password',
    sensitive: true,
    doc: 'As mqtt.password, for deadLetter.url.',
  }),
  passwordFile: key('text', {
    default: null,
    defaultText: 'mqtt.passwordFile',
    doc: 'As mqtt.passwordFile, for deadLetter.url.',
  }),
  caFile: key('text', { default: null, defaultText: 'mqtt.caFile', doc: 'As mqtt.caFile, for deadLetter.url.' }),
  certFile: key('text', { default: null, defaultText: 'mqtt.certFile', doc: 'As mqtt.certFile, for deadLetter.url.' }),
  keyFile: key('text', { default: null, defaultText: 'mqtt.keyFile', doc: 'As mqtt.keyFile, for deadLetter.url.' }),
  insecure: key('flag', { default: null, defaultText: 'mqtt.insecure', doc: 'As mqtt.insecure, for deadLetter.url.' }),
  allowPlaintextPassword: key('flag', {
    default: null,
    defaultText: 'mqtt.allowPlaintextPassword',
    doc: 'As mqtt.allowPlaintextPassword, for deadLetter.url.',
  }),
  topic: key('topicTemplate', {
    default: null,
    defaultText: 'flawline/CLIENT-ID/dead-letter',
    doc: 'Topic of the messages that could not be inspected; may hold {clientId}.',
  }),
  maxPayloadBytes: key('count', {
    default: 65_536,
    min: 0,
    max: 16_777_216,
    doc: 'Largest refused message that its dead letter holds; of a larger one it has size and digest only.',
  }),
  keep: key('flag', {
    default: true,
    doc: 'Has the broker keep dead letters for flawline replay in a session <mqtt.clientId>-replay, as many as its queue holds.',
  }),
};
