/** How to reach a broker, and the session that is kept there. */

/** How to reach one broker. */
export interface BrokerOptions {
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

export interface MqttOptions extends BrokerOptions {
  readonly clientId: string;
  readonly protocolVersion: 4 | 5;
  readonly keepaliveSeconds: number;
  readonly sessionExpirySeconds: number;
  readonly receiveMaximum: number;
  readonly onStop: 'keep' | 'retire';
}

/** Which pictures are read, and what happens to them under load. */
export interface SourceSettings {
  readonly topics: readonly string[];
  readonly qos: 0 | 1;
  readonly overload: 'wait' | 'latest';
  /** Name of the JSON field that holds the picture's time, for flawline_message_age_seconds. */
  readonly timestampField?: string;
}
