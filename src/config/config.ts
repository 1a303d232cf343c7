/**
 * The effective configuration, frozen; keys are those of docs/configuration.md. Read once by load.ts; every part gets its
 * own slice as a plain object and never sees convict or process.env.
 */
import type { Precision } from '../inference/engine.js';
import type { RenderKind, ResultEncoding, ResultField, RuleSpec } from '../message.js';
import type { ModelHints } from '../model/contract.js';

/** How to reach one broker. */
export interface BrokerConfig {
  /** At least one; several are tried in turn (failover). */
  readonly url: readonly string[];
  readonly username?: string;
  readonly password?: string;
  /** Read again at each reconnect when given, so that a rotated secret is taken. */
  readonly passwordFile?: string;
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  readonly insecure: boolean;
  readonly allowPlaintextPassword: boolean;
}

export interface MqttConfig extends BrokerConfig {
  readonly clientId: string;
  readonly protocolVersion: 4 | 5;
  readonly keepaliveSeconds: number;
  readonly sessionExpirySeconds: number;
  readonly receiveMaximum: number;
  readonly onStop: 'keep' | 'retire';
}

/** The sink's broker: that of mqtt unless configured. */
export interface SinkConfig extends BrokerConfig {
  readonly topic: string;
  readonly qos: 0 | 1;
  readonly order: 'arrival' | 'done';
  readonly messageExpirySeconds?: number;
}

export interface Config {
  readonly mqtt: MqttConfig;
  readonly source: {
    readonly topics: readonly string[];
    readonly qos: 0 | 1;
    readonly overload: 'wait' | 'latest';
    /** Name of the JSON field that holds the picture's time, for flawline_message_age_seconds. */
    readonly timestampField?: string;
  };
  readonly payload: { readonly imageField: string };
  readonly sink: SinkConfig;
  readonly deadLetter: { readonly topic: string; readonly maxPayloadBytes: number };
  /** Always at least one: rule.where, sink.topic and result.fields make up the rule "default" when `rules` is not given. */
  readonly rules: readonly RuleSpec[];
  readonly result: {
    readonly fields: readonly ResultField[];
    readonly copyFields: readonly string[];
    readonly render: RenderKind;
    readonly encoding: ResultEncoding;
    readonly reply: boolean;
  };
  readonly reply: { readonly allow: readonly string[] };
  /** What is given here of how the model is used is stronger than what its files say. */
  readonly model: ModelHints & {
    /** Undefined: models/model.xml or .onnx if present, else the shipped model. */
    readonly path?: string;
    readonly device: string;
    readonly precision: Precision;
    readonly selfTestIntervalSeconds: number;
  };
  readonly engine: 'auto' | 'openvino-capi' | 'openvino-node';
  readonly openvino: { readonly dir?: string };
  readonly workers: {
    readonly count: number;
    readonly streams: number;
    readonly wide: boolean;
    readonly pinning: boolean;
  };
  readonly limits: {
    readonly maxPayloadBytes: number;
    readonly maxPixels: number;
    readonly jobTimeoutMs: number;
    readonly inFlight: number;
    readonly inFlightBytes: number;
  };
  readonly http: {
    readonly host: string;
    /** 0: any free port (tests). */
    readonly port: number;
    readonly token?: string;
    readonly allowedHosts: readonly string[];
    readonly inspect: boolean;
  };
  readonly shutdown: { readonly timeoutMs: number };
  readonly journal: { readonly path?: string };
  readonly log: { readonly level: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent' };
}
