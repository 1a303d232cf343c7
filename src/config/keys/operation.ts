/** Keys of running the service. */
import { choice, key } from '../key.js';

export const http = {
  host: key('text', {
    default: '127.0.0.1',
    doc: 'Address of the live page, health and metrics. On an address that others reach, give http.token as well.',
  }),
  port: key('count', { default: 9464, min: 0, max: 65_535, doc: 'Its port; 0 takes any that is free.' }),
  token: key('token', {
    default: null,
    sensitive: true,
    doc: 'Bearer token for all but /livez, /readyz and /metrics.',
  }),
  tokenFile: key('text', { default: null, doc: 'File that holds the token. Not together with the token itself.' }),
  allowedHosts: key('list', {
    default: null,
    defaultText: 'localhost, 127.0.0.1, [::1], the host name',
    doc: 'Host names by which it may be called; against pages that point their own name at this address.',
  }),
  inspect: key('flag', { default: false, doc: 'Offer POST /inspect, to try a picture.' }),
};

export const rest = {
  enabled: key('flag', {
    default: false,
    doc: 'Offer eKuiper’s REST interface, to make streams, models and rules by it. Needs catalogue.path.',
  }),
  host: key('text', {
    default: '127.0.0.1',
    doc: 'Address of the REST interface. On an address that others reach, rest.token must be given.',
  }),
  port: key('count', { default: 9081, min: 0, max: 65_535, doc: 'Its port; 0 takes any that is free.' }),
  token: key('token', { default: null, sensitive: true, doc: 'Bearer token for every call.' }),
  tokenFile: key('text', { default: null, doc: 'File that holds the token. Not together with the token itself.' }),
  files: key('list', {
    default: null,
    doc: 'Folders that a call may name files of, as file:///FOLDER/plugin.zip, beside catalogue.path/uploads.',
  }),
};

export const shutdown = {
  timeoutMs: key('count', {
    default: 8000,
    min: 100,
    max: 3_600_000,
    doc: 'Longest time to finish what is in flight at a stop. Docker waits 10 s.',
  }),
};

export const cameras = {
  by: key('cameraBy', {
    default: 'off',
    doc: 'One line a camera, on the live page, in metrics and over MQTT: which camera a message came from. topic; topic[N], its level N counted from 0; props.NAME, a user property; msg.FIELD, a field of the JSON message; off.',
  }),
  max: key('count', {
    default: 200,
    min: 1,
    max: 10_000,
    doc: 'Cameras that are told apart; those not seen for the longest time are counted together as other.',
  }),
  state: key('flag', {
    default: true,
    doc: 'Beside cameras.by: publish how each camera is to flawline/CLIENT-ID/camera/NAME/state, retained, every 30 s where that has changed.',
  }),
};

export const catalogue = {
  path: key('text', {
    default: null,
    doc: 'Folder in which objects that are made over the wire are kept through restarts.',
  }),
};

export const journal = {
  path: key('text', {
    default: null,
    doc: 'File that remembers which pictures were being inspected, so that one that kills the process is found.',
  }),
};

export const log = {
  level: choice(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
    default: 'info',
    doc: 'Least level that is logged; debug has a line for each message.',
  }),
};
