/** Keys of the two connections. */
import { choice, key } from '../key.js';

export const mqtt = {
  url: key('brokerUrls', {
    default: ['mqtt://localhost:1883'],
    doc: 'The broker: mqtt, mqtts, ws or wss (tcp and ssl are taken as mqtt and mqtts). Several are tried in turn.',
  }),
  username: key('text', { default: null, doc: 'User name at the broker.' }),
  password: key('text', { default: null, sensitive: true, doc: 'Password at the broker.' }),
  passwordFile: key('text', {
    default: null,
    doc: 'File that holds the password; read again at each reconnect. Not together with the password itself.',
  }),
  caFile: key('text', { default: null, doc: 'PEM file of the authorities to trust, in place of the system’s.' }),
  certFile: key('text', { default: null, doc: 'PEM file of the client certificate; needs the key file.' }),
  keyFile: key('text', { default: null, doc: 'PEM file of the client certificate’s private key.' }),
  insecure: key('flag', {
    default: false,
    doc: 'Take any certificate from the broker. For tests; logged at each connect.',
  }),
  allowPlaintextPassword: key('flag', {
    default: false,
    doc: 'Send the password over mqtt:// or ws:// to another machine, where everybody on the way can read it.',
  }),
  clientId: key('clientId', {
    default: 'flawline',
    doc: 'Name of the session at the broker and part of the service’s own topics; the sink connects as it with -sink appended. Must stay the same over restarts and be used by one process only.',
  }),
  protocolVersion: choice([4, 5], {
    default: 5,
    doc: 'MQTT version: 5, or 4 for 3.1.1, which can neither say that a result was refused nor carry user properties.',
  }),
  keepaliveSeconds: key('count', { default: 30, min: 1, max: 65_535, doc: 'Longest silence before a ping.' }),
  sessionExpirySeconds: key('count', {
    default: 86_400,
    min: 1,
    max: 4_294_967_295,
    doc: 'How long the broker keeps the session, and the pictures for it, while the service is away (MQTT 5).',
  }),
  receiveMaximum: key('count', {
    default: null,
    defaultText: 'workers.count × 2',
    min: 1,
    max: 65_535,
    doc: 'Unacknowledged messages that the broker may have on the way to us (MQTT 5).',
  }),
  onStop: choice(['keep', 'retire'], {
    default: 'keep',
    doc: 'keep leaves the session at the broker, so that pictures wait for the next start; retire unsubscribes, drains and ends it, to scale in a shared subscription.',
  }),
};

export const sink = {
  url: key('brokerUrls', {
    default: null,
    defaultText: 'mqtt.url',
    doc: 'The broker for results, if it is another one. What is not given for it is that of mqtt, credentials included.',
  }),
  username: key('text', { default: null, defaultText: 'mqtt.username', doc: 'As mqtt.username.' }),
  password: key('text', { default: null, defaultText: 'mqtt.password', sensitive: true, doc: 'As mqtt.password.' }),
  passwordFile: key('text', { default: null, defaultText: 'mqtt.passwordFile', doc: 'As mqtt.passwordFile.' }),
  caFile: key('text', { default: null, defaultText: 'mqtt.caFile', doc: 'As mqtt.caFile.' }),
  certFile: key('text', { default: null, defaultText: 'mqtt.certFile', doc: 'As mqtt.certFile.' }),
  keyFile: key('text', { default: null, defaultText: 'mqtt.keyFile', doc: 'As mqtt.keyFile.' }),
  insecure: key('flag', { default: null, defaultText: 'mqtt.insecure', doc: 'As mqtt.insecure.' }),
  allowPlaintextPassword: key('flag', {
    default: null,
    defaultText: 'mqtt.allowPlaintextPassword',
    doc: 'As mqtt.allowPlaintextPassword.',
  }),
  topic: key('topicTemplate', {
    default: 'ekuiper/defect',
    doc: 'Topic of results. {topic} is the picture’s topic, {topic[N]} its level N counted from 0, {rule} the rule’s id, {clientId} that of mqtt.',
  }),
  qos: choice([0, 1], {
    default: 1,
    refusals: {
      '2': 'QoS 1 already brings every result at least once, and QoS 2 would not make the journey exactly once',
    },
    doc: 'QoS of results. With 0 a picture is acknowledged without knowing that its result arrived.',
  }),
  order: choice(['arrival', 'done'], {
    default: 'arrival',
    doc: 'arrival publishes the results of a topic in the order of its pictures; done publishes as they are ready.',
  }),
  messageExpirySeconds: key('count', {
    default: null,
    min: 1,
    max: 4_294_967_295,
    doc: 'How long the broker may keep a result for a subscriber that is away (MQTT 5).',
  }),
};
