/**
 * The effective configuration, frozen; keys are those of docs/configuration.md. Read once by load.ts; every part gets
 * its own slice as a plain object and never sees convict or process.env.
 */

import type { Catalogue } from '../catalogue/catalogue.js';
import type { RenderKind, ResultEncoding, ResultField } from '../domain/rule.js';
import type { EngineSetting } from '../engine/engine.js';
import type { BrokerOptions, MqttOptions, SourceSettings } from '../mqtt/options.js';

/** The sink's broker: that of mqtt unless configured. */
export interface SinkConfig extends BrokerOptions {
  readonly topic: string;
  readonly qos: 0 | 1;
  readonly order: 'arrival' | 'done';
  readonly messageExpirySeconds?: number;
}

/** A broker that rules have results sent to, beside that of the section `sink`. */
export interface RuleSink {
  /** Equal settings have one key, and one connection. */
  readonly key: string;
  readonly broker: BrokerOptions;
  /** Absent: made of mqtt.clientId. */
  readonly clientId?: string;
  /** Absent: that of the section `mqtt`. */
  readonly protocolVersion?: 4 | 5;
}

/** The catalogue, and everything else. */
export interface Config extends Catalogue {
  /** Those that a rule, or the section `deadLetter`, names by its key. */
  readonly sinks: readonly RuleSink[];
  readonly mqtt: MqttOptions;
  /** With the topics of all streams. */
  readonly source: SourceSettings;
  readonly payload: { readonly imageField: string };
  readonly sink: SinkConfig;
  readonly deadLetter: {
    /** That of the pictures, unless configured. */
    readonly broker: BrokerOptions;
    /** Key of the sink that they go to; absent: that of the section `sink`. */
    readonly sink?: string;
    readonly topic: string;
    readonly maxPayloadBytes: number;
    readonly keep: boolean;
  };
  /** Which pictures are kept is a matter of each rule. */
  readonly keep: {
    /** Absent: none is kept. */
    readonly path?: string;
    readonly maxBytes: number;
    readonly days: number;
  };
  readonly result: {
    readonly fields: readonly ResultField[];
    readonly copyFields: readonly string[];
    readonly render: RenderKind;
    readonly encoding: ResultEncoding;
    readonly reply: boolean;
  };
  readonly reply: { readonly allow: readonly string[] };
  readonly requests: { readonly enabled: boolean };
  readonly state: { readonly enabled: boolean };
  readonly health: { readonly enabled: boolean };
  readonly engine: EngineSetting;
  readonly openvino: { readonly dir?: string };
  readonly workers: {
    /** What the defaults of the others were taken from. */
    readonly profile: 'fast' | 'small';
    readonly count: number;
    readonly streams: number;
    readonly wide: boolean;
    readonly pinning: boolean;
  };
  readonly limits: {
    readonly maxPayloadBytes: number;
    readonly maxPixels: number;
    readonly jobTimeoutMs: number;
    /** Multiplies the time limits of starting, ≥ 1. */
    readonly startTimeoutFactor: number;
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
  readonly rest: {
    readonly enabled: boolean;
    readonly host: string;
    /** 0: any free port (tests). */
    readonly port: number;
    readonly token?: string;
    /** Folders that calls may name files of. */
    readonly files: readonly string[];
  };
  readonly shutdown: { readonly timeoutMs: number };
  readonly cameras: {
    /** `off`, or how a message names its camera (topics/camera-name.ts). */
    readonly by: string;
    readonly max: number;
    readonly state: boolean;
  };
  /** Where what was made over the wire is kept. */
  readonly catalogue: { readonly path?: string };
  readonly journal: { readonly path?: string };
  readonly log: { readonly level: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent' };
}
