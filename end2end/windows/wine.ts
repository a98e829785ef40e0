// A Windows of the test's own: programs, its registry, its files, its windows.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { required } from '../support/paths.ts';

const run = promisify(execFile);

/** No program of these tests takes longer. */
const LIMIT = 60_000;

const user = join(required('WINEPREFIX'), 'drive_c/users', userInfo().username);

/** `%APPDATA%`, `%LOCALAPPDATA%`, and the folder of the programs. */
export const appData = join(user, 'AppData/Roaming');
export const localAppData = join(user, 'AppData/Local');
export const installed = join(localAppData, 'Programs/card-bridge');

/** A path of this machine, as Windows sees it. */
export const windowsPath = (path: string): string => `Z:${path.replaceAll('/', '\\')}`;

/**
 * Runs a program to its end and gives what it said; undefined if it failed. Whatever
 * it leaves running (the first one leaves Wine's own services) holds its output open,
 * so what counts is its own end.
 */
export async function ask(program: string, ...args: string[]): Promise<string | undefined> {
  const child = spawn(required('IC_CARD_WINE'), [program, ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: LIMIT,
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => (said += part));
  const closed = once(child, 'close');
  const [code] = (await once(child, 'exit')) as [number | null];
  await Promise.race([closed, new Promise((drained) => setTimeout(drained, 200))]);
  child.stdout.destroy();
  return code === 0 ? said.replaceAll('\r', '').trim() : undefined;
}

/**
 * Runs a program that leaves others running. Gives its exit code, undefined if it
 * did not end.
 */
export async function execute(program: string, ...args: string[]): Promise<number | undefined> {
  const child = spawn(required('IC_CARD_WINE'), [program, ...args], { stdio: 'ignore' });
  const [code] = (await Promise.race([
    once(child, 'exit'),
    new Promise((late) => setTimeout(late, LIMIT, [undefined])),
  ])) as [number | undefined];
  return code;
}

/** Whether a program runs. */
export async function runs(program: string): Promise<boolean> {
  return (await ask('tasklist'))?.includes(program) ?? false;
}

/** Starts a program and leaves it running; it ends with the prefix. */
export function start(program: string, ...args: string[]): void {
  spawn(required('IC_CARD_WINE'), [program, ...args], { stdio: 'ignore', detached: true }).unref();
}

/** All values below a key of the registry, a line each: key, name, type, value. */
export async function registry(key: string): Promise<string[]> {
  const said = (await ask('reg', 'query', key, '/s')) ?? '';
  let below = '';
  return said.split('\n').flatMap((line) => {
    if (line.startsWith('HKEY_')) below = line;
    return line.startsWith('    ') ? [`${below}\\${line.trim().replaceAll(/ {2,}/g, ' | ')}`] : [];
  });
}

/** Every file and folder of the user and of the programs, without what Wine itself does. */
export function files(): string[] {
  const folders = [appData, localAppData, join(required('WINEPREFIX'), 'drive_c/ProgramData')];
  const list = (folder: string): string[] =>
    readdirSync(folder, { recursive: true, withFileTypes: true }).map((entry) =>
      join(entry.parentPath, entry.name),
    );
  return folders.flatMap(list).filter((path) => !path.includes('/Temp')).sort();
}

/** Waits for a window with this title, and types into it. */
export async function typeInto(title: string, ...keys: string[]): Promise<void> {
  const found = await run('xdotool', ['search', '--sync', '--onlyvisible', '--name', title], {
    timeout: LIMIT,
  });
  const window = found.stdout.trim().split('\n')[0] ?? '';
  await run('xdotool', ['windowfocus', '--sync', window], { timeout: LIMIT });
  for (const key of keys) {
    const how = /^\d+$/.test(key) ? ['type', '--delay', '40', key] : ['key', key];
    await run('xdotool', how, { timeout: LIMIT });
  }
}
