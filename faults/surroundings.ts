/** What the machine around the service does: clock, disk, credentials. */
import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { makeTemporaryFolder } from '../test/support/temporary-folder.js';
import { until } from '../test/support/until.js';
import { openBench } from './bench/bench.js';
import { type Fault, judge } from './fault.js';

export const clock: Fault = {
  id: 'clock',
  title: 'wall clock jumps ± 1 h every second',
  target: '0 lost, 0 twice',
  async run(extent) {
    await using bench = await openBench({ env: { FAULTS_CLOCK_MS: '3600000' } });
    await bench.publisher.during(30, () => delay(extent === 'full' ? 10_000 : 1500));
    return judge(await bench.ack(), { twiceFraction: 0 });
  },
};

export const journalUnwritable: Fault = {
  id: 'journal-unwritable',
  title: 'journal cannot be written, then it can',
  target: 'work goes on and the log says so, 0 lost',
  async run() {
    await using folder = await makeTemporaryFolder();
    const path = join(folder.path, 'later', 'journal');
    await using bench = await openBench({ env: { FLAWLINE_JOURNAL_PATH: path, FLAWLINE_LOG_LEVEL: 'info' } });
    await bench.publisher.burst(20);
    await until('they are inspected', () => bench.collector.count >= 20);
    await mkdir(join(folder.path, 'later'));
    await bench.publisher.burst(20);
    const counts = await bench.ack();
    const log = bench.service.output();
    return judge(counts, { twiceFraction: 0 }, [
      !/the journal cannot be written/.test(log) && 'the fault was not logged',
      !/the journal is written again/.test(log) && 'the recovery was not logged',
    ]);
  },
};

export const credentials: Fault = {
  id: 'credentials',
  title: 'password changed at the broker, then in the secret file',
  target: '/readyz red with the reason meanwhile, recovers by itself, 0 lost',
  skip: hasProgram('mosquitto_passwd') ? false : 'mosquitto_passwd is not installed',
  async run() {
    await using folder = await makeTemporaryFolder();
    const passwords = join(folder.path, 'passwords');
    const setPassword = (password: string) =>
      execFileSync('mosquitto_passwd', ['-c', '-b', passwords, 'camera', password], { stdio: 'ignore' });
    const secret = await folder.write('secret', 'first');
    setPassword('first');
    await using bench = await openBench({
      broker: { config: [`password_file ${passwords}`] },
      env: { FLAWLINE_MQTT_USERNAME: 'camera', FLAWLINE_MQTT_PASSWORD_FILE: secret },
    });
    let reason = '';
    await bench.publisher.during(20, async () => {
      await delay(300);
      setPassword('second');
      process.kill(bench.broker.pid, 'SIGHUP');
      await until('the broker has read it', () => bench.broker.log().includes('Reloading config'));
      reason = await until('it is red', async () => {
        const response = await fetch(`http://127.0.0.1:${bench.service.httpPort}/readyz`);
        const text = await response.text();
        // Again while it is green: it may have been back before the broker had read the new password.
        if (response.ok) bench.proxy.reset();
        return /Not authorized|Bad User Name/i.test(text) && text;
      });
      await writeFile(secret, 'second');
      bench.collector.mark();
      await until('results come again', () => !bench.collector.isMarked, 60_000);
    });
    return judge(await bench.ack(), {}, [reason === '' && 'no reason was given']);
  },
};

function hasProgram(name: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${name}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
