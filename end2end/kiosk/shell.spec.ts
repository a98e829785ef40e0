// What a terminal shows whatever dies: the start script, its browser and any of their
// children are killed or stopped at random, and the page has to be there again. The page is
// a stand-in that tells the test that it lives; the script sees that by its title.
import { expect, test } from '@playwright/test';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const SCRIPT = resolve(import.meta.dirname, '../../card-bridge/packaging/kiosk/ic-card-kiosk');
const DISPLAY = ':93';

/** How often something dies; 200 were tried by hand. */
const KILLS = Number(process.env['IC_CARD_KILLS'] ?? 12);

/** So long the page may be away, in milliseconds: a browser that stands still is noticed first. */
const LIMIT = 60_000;

const PAGE = `<!DOCTYPE html><title>page 0</title><h1>page</h1><script>
  let beat = 0;
  setInterval(() => { document.title = 'page ' + (beat ^= 1); fetch('/beat', { method: 'POST' }); }, 400);
</script>`;

const sleep = (ms: number) => new Promise((wake) => setTimeout(wake, ms));

/** The server of the page: when it was asked for, and when the page last said that it lives. */
class Server {
  beat = 0;
  pages = 0;
  private server: http.Server | undefined;
  port = 0;

  async start(): Promise<void> {
    this.server = http.createServer((request, response) => {
      if (request.url === '/beat') this.beat = Date.now();
      if (request.url === '/kiosk') this.pages += 1;
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end(request.url === '/kiosk' ? PAGE : 'ok');
    });
    await new Promise<void>((done) => this.server!.listen(this.port, '127.0.0.1', done));
    this.port = (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((done) => this.server?.close(done));
  }
}

interface Process {
  pid: number;
  parent: number;
  name: string;
}

/** All that runs. */
function processes(): Process[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        const end = stat.lastIndexOf(')');
        const [state, parent] = stat.slice(end + 2).split(' ');
        if (state === 'Z') return [];
        const kind = /--type=([a-z-]+)/.exec(readFileSync(`/proc/${name}/cmdline`, 'utf8'))?.[1];
        const called = kind ?? stat.slice(stat.indexOf('(') + 1, end);
        return [{ pid: Number(name), parent: Number(parent), name: called }];
      } catch {
        return [];
      }
    });
}

/** A process and all below it. */
function family(root: number): Process[] {
  const all = processes();
  const found = all.filter(({ pid }) => pid === root);
  for (let index = 0; index < found.length; index += 1) {
    found.push(...all.filter(({ parent }) => parent === found[index]!.pid));
  }
  return found;
}

/** What the init system does: starts the script anew when it ends. */
class Terminal {
  private script: ChildProcess | undefined;
  private ends = false;
  readonly place = mkdtempSync(join(tmpdir(), 'ic-card-kiosk-test-'));
  constructor(private readonly origin: string) {}

  start(): void {
    if (this.ends) return;
    this.script = spawn(SCRIPT, [this.origin], {
      stdio: 'ignore',
      env: {
        ...process.env,
        DISPLAY,
        XDG_RUNTIME_DIR: this.place,
        IC_CARD_KIOSK_FLAGS: '--no-sandbox --disable-gpu --disable-background-networking --disable-dev-shm-usage',
        IC_CARD_KIOSK_LOOK: '1',
        IC_CARD_KIOSK_SILENT: '6',
        IC_CARD_KIOSK_LONGEST: '1',
      },
    });
    this.script.on('exit', () => setTimeout(() => this.start(), 500));
  }

  get pid(): number {
    return this.script!.pid!;
  }

  async end(): Promise<Process[]> {
    this.ends = true;
    const family_ = family(this.pid);
    this.script?.kill('SIGTERM');
    await sleep(3000);
    const left = processes().filter((one) => family_.some(({ pid }) => pid === one.pid));
    rmSync(this.place, { recursive: true, force: true });
    return left;
  }
}

/** Until the page said that it lives, after this moment; how long that took. */
async function lives(server: Server, since: number, what = 'the start'): Promise<number> {
  while (server.beat <= since) {
    expect(Date.now() - since, `the page is away for too long: ${what}`).toBeLessThan(LIMIT);
    await sleep(100);
  }
  return server.beat - since;
}

/** The same numbers each time for the same seed. */
function random(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

let screen: ChildProcess;
test.beforeAll(async () => {
  screen = spawn('Xvfb', [DISPLAY, '-screen', '0', '1080x1920x24', '-nolisten', 'tcp'], { stdio: 'ignore' });
  await sleep(1500);
});
test.afterAll(() => {
  screen.kill();
});

test('whatever dies, the page is there again', async () => {
  const server = new Server();
  await server.start();
  const terminal = new Terminal(`http://127.0.0.1:${server.port}`);
  terminal.start();
  const seed = Number(process.env['IC_CARD_SEED'] ?? Date.now() % 1_000_000);
  console.log(`seed ${seed}, ${KILLS} kills`);
  const next = random(seed);
  const away: number[] = [];
  const killed = new Map<string, number>();
  try {
    await lives(server, Date.now());
    for (let kill = 0; kill < KILLS; kill += 1) {
      await sleep(200 + next(1000));
      const all = family(terminal.pid);
      const victim = all[next(all.length)]!;
      // Who stands still is the browser or its page: nobody stops what the script waits for.
      const stops = next(8) === 0 && ['chromium', 'renderer'].includes(victim.name);
      const what = `${stops ? 'stopped' : 'killed'} ${victim.name}`;
      killed.set(what, (killed.get(what) ?? 0) + 1);
      const since = Date.now();
      try {
        process.kill(victim.pid, stops ? 'SIGSTOP' : 'SIGKILL');
      } catch {
        // It ended by itself meanwhile.
      }
      // A page that was on its way to say it does not count.
      away.push(await lives(server, since + 1000, what));
    }
  } finally {
    const left = await terminal.end();
    expect(left, 'what is left of the browser').toEqual([]);
    await server.stop();
  }
  away.sort((one, other) => one - other);
  const at = (part: number) => `${((away[Math.floor((away.length - 1) * part)] ?? 0) / 1000).toFixed(1)} s`;
  console.log([...killed].map(([what, count]) => `${count} × ${what}`).join(', '));
  console.log(`away: median ${at(0.5)}, 95 % ${at(0.95)}, longest ${at(1)}`);
});

test('a server that is not there yet is waited for', async () => {
  const server = new Server();
  await server.start();
  const terminal = new Terminal(`http://127.0.0.1:${server.port}`);
  await server.stop();
  terminal.start();
  await sleep(6000);
  expect(server.pages).toBe(0);
  const since = Date.now();
  await server.start();
  await lives(server, since);
  expect(await terminal.end()).toEqual([]);
  await server.stop();
});
