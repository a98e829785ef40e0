// The virtual machine: Debian's kernel under QEMU without a real processor, with this
// machine's own root to read. Of the network it has the server, the keys, and the way back
// for the tests: Chromium's DevTools, and a shell.
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { chromium, type BrowserContext } from '@playwright/test';
import { Child } from '../support/child.ts';
import { initramfs, kernel, machineSettings, program, root } from '../support/paths.ts';
import { freePort } from '../support/ports.ts';

/** So many keys can be plugged in at once. */
export const SOCKETS = 2;

/** Vendor and product of our keys: pid.codes' numbers for tests. */
export const VENDOR = 0x1209;
export const PRODUCT = 0x0001;

/** The port of display 0. */
const X_PORTS = 6000;

/** Whatever happens, it ends after so many seconds: twice what a busy machine took. */
const LIMIT = 480;

/** So long something in it may take to be there: for the browser, 12 to 45 s were seen. */
const PATIENCE = 90_000;

/** What the host is called in the guest, where QEMU forwards to it. */
const HOST = '10.0.2.100';
const FIRST_KEY = 3240;
/** Where its screen is, if it has one: display 60. */
const SCREEN = 6060;

/**
 * Its browser: none; without a screen, where a policy names our keys; or on a screen, where a
 * person is asked for a key.
 */
export type Kind = 'none' | 'headless' | 'on a screen';

/**
 * What QEMU is started with besides the network. Never KVM: one that opens need not run
 * Debian's kernel, and QEMU does not find out. A processor from before AVX is quickest.
 */
const MACHINE = [
  ...['-accel', 'tcg,thread=multi,tb-size=256', '-cpu', 'Nehalem', '-M', 'q35'],
  // Shared, so that it is not copied when QEMU forks.
  ...['-object', 'memory-backend-memfd,id=ram,size=1024M,share=on', '-machine', 'memory-backend=ram'],
  ...['-smp', '2', '-m', '1024', '-nodefaults', '-display', 'none', '-serial', 'stdio', '-no-reboot'],
  ...['-fsdev', 'local,id=root,path=/,security_model=none,readonly=on,multidevs=remap'],
  ...['-device', 'virtio-9p-pci,fsdev=root,mount_tag=hostroot'],
  ...['-device', 'virtio-net-pci,netdev=net,romfile='],
];

const LINE = [
  'console=ttyS0 quiet loglevel=3 panic=-1',
  // What costs time without a real processor.
  'mitigations=off nokaslr tsc=reliable no_timer_check audit=0',
].join(' ');

export class Machine {
  private constructor(
    private readonly qemu: Child,
    private readonly shellPort: number,
    private readonly devtools: string,
    /** Its screen, as X programs name it. */
    readonly display: string,
    /** Where the keys of each socket have to go. */
    readonly keyPorts: readonly number[],
  ) {}

  /** Starts it for pages of this origin. */
  static async boot(origin: string, kind: Kind): Promise<Machine> {
    const ports = [];
    for (let port = 0; port < SOCKETS + 2; port += 1) ports.push(await freePort());
    const [shell = 0, devtools = 0, ...keys] = ports;
    const screen = await freePort();
    const page = Number(new URL(origin).port);
    const inward = new Map([[devtools, 9222], [shell, 9300], [screen, SCREEN]]);
    keys.forEach((port, socket) => inward.set(port, FIRST_KEY + socket));
    const network = [
      'user,id=net,restrict=on',
      `guestfwd=tcp:${HOST}:${page}-cmd:/bin/busybox nc 127.0.0.1 ${page}`,
      ...[...inward].map(([port, inside]) => `hostfwd=tcp:127.0.0.1:${port}-:${inside}`),
    ];
    tell(origin, keys.map((_, socket) => FIRST_KEY + socket), kind);
    const script = join(root, 'xtask/usb/guest.sh');
    const append = `${LINE} usb.script=${script} usb.settings=${machineSettings}`;
    const qemu = await Child.start(
      'the virtual machine',
      'timeout',
      [
        ...[String(LIMIT), 'qemu-system-x86_64', ...MACHINE],
        ...['-kernel', kernel(), '-initrd', initramfs(), '-append', append],
        ...['-netdev', network.join(',')],
      ],
      (line) => line.includes('guest: up'),
    );
    const display = `127.0.0.1:${screen - X_PORTS}`;
    const machine = new Machine(qemu, shell, `http://127.0.0.1:${devtools}`, display, keys);
    await until('a shell in the virtual machine', () => machine.run('true').then(() => true));
    return machine;
  }

  /** Its Chromium. */
  async browser(): Promise<BrowserContext> {
    const signal = (): AbortSignal => AbortSignal.timeout(3_000);
    await until('a browser in the virtual machine', () =>
      fetch(`${this.devtools}/json/version`, { signal: signal() }).then(({ ok }) => ok),
    );
    const browser = await chromium.connectOverCDP(this.devtools, { timeout: PATIENCE });
    const [context] = browser.contexts();
    if (!context) throw new Error('the browser has no context');
    return context;
  }

  /** Runs a command in it as root. Gives what it said. */
  async run(command: string): Promise<string> {
    const said = await new Promise<string>((ended, failed) => {
      let text = '';
      const socket = connect(this.shellPort, '127.0.0.1');
      socket.setEncoding('utf8').on('data', (part: string) => (text += part));
      socket.once('error', failed).once('close', () => ended(text));
      socket.write(`(\n${command}\n) 2>&1 </dev/null; echo "ended: $?"; exit\n`);
    });
    const [, output = '', status] = /^([^]*)ended: (\d+)\n$/.exec(said) ?? [];
    if (status !== '0') throw new Error(`in the virtual machine: ${command}: ${said}`);
    return output.trim();
  }

  /** What it said on its console. */
  get output(): string {
    return this.qemu.output;
  }

  async stop(): Promise<void> {
    await this.qemu.stop();
  }
}

/** Asks until somebody is there who answers. */
async function until(what: string, answers: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + PATIENCE;
  while (!(await answers().catch(() => false))) {
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((later) => setTimeout(later, 200));
  }
}

/** Writes what the guest reads when it starts. */
function tell(origin: string, keys: number[], kind: Kind): void {
  mkdirSync(machineSettings, { recursive: true });
  const settings = [
    `ORIGIN='${origin}'`,
    `HOST='${HOST}:${new URL(origin).port}'`,
    `KEYS='${keys.join(' ')}'`,
    `BROWSER='${kind === 'none' ? '' : 'yes'}'`,
    `SCREEN='${kind === 'on a screen' ? SCREEN - X_PORTS : ''}'`,
    `VIRTUAL_CARD='${program('virtual-card')}'`,
  ];
  writeFileSync(join(machineSettings, 'settings'), settings.join('\n') + '\n');
  const keysOfPolicy = [
    { devices: [{ vendor_id: VENDOR, product_id: PRODUCT }], urls: [origin] },
  ];
  const policies = {
    WebUsbAllowDevicesForUrls: kind === 'on a screen' ? [] : keysOfPolicy,
    // Nobody is there to answer what the browser asks on the way to a bridge.
    LoopbackNetworkAllowedForUrls: [origin],
    LocalNetworkAccessAllowedForUrls: [origin],
  };
  writeFileSync(join(machineSettings, 'policies.json'), JSON.stringify(policies));
}
