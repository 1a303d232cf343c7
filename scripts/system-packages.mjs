// What the tests need beside npm packages: a real broker, and what some of them skip without. Installed when that is possible without asking, else said how.
import { spawnSync } from 'node:child_process';

const NEEDED = [
  {
    package: 'mosquitto',
    present: () => onPath('mosquitto') || onPath('/usr/sbin/mosquitto'),
    why: 'the broker of the tests',
  },
  { package: 'mosquitto-clients', present: () => onPath('mosquitto_pub'), why: 'commands of the documents' },
  { package: 'jq', present: () => onPath('jq'), why: 'commands of the documents' },
  { package: 'curl', present: () => onPath('curl'), why: 'commands of the documents' },
  { package: 'libturbojpeg0', present: () => hasLibrary('libturbojpeg.so.0'), why: 'the faster JPEG codec' },
  { package: 'openssl', present: () => onPath('openssl'), why: 'certificates for the tests of TLS' },
  { package: 'chromium', present: () => onPath('chromium'), why: 'the browser that the live page is tested in' },
  { package: 'prometheus', present: () => onPath('promtool'), why: 'promtool, which tries the alerts' },
];

export function installSystemPackages() {
  const missing = NEEDED.filter((need) => !need.present());
  if (missing.length === 0) return;
  const names = missing.map((need) => need.package);
  const what = missing.map((need) => `${need.package} (${need.why})`).join(', ');
  if (process.getuid?.() === 0 && onPath('apt-get')) {
    console.error(`flawline: installing ${what} with apt-get …`);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    spawnSync('apt-get', ['update', '-qq'], { stdio: ['ignore', 'ignore', 'inherit'], env });
    spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...names], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env,
    });
  }
  const still = NEEDED.filter((need) => !need.present());
  if (still.length === 0) return;
  const text = still.map((need) => need.package).join(' ');
  console.error(`The tests need ${still.map((need) => `${need.package} (${need.why})`).join(', ')}.`);
  console.error(`On Debian or Ubuntu run:  sudo apt-get install -y ${text}`);
  if (still.some((need) => need.package === 'mosquitto')) process.exit(1);
}

function onPath(command) {
  return spawnSync('sh', ['-c', `command -v ${command}`]).status === 0;
}

function hasLibrary(name) {
  const cache = spawnSync('sh', ['-c', '/sbin/ldconfig -p || ldconfig -p']).stdout?.toString() ?? '';
  return cache.includes(name);
}
