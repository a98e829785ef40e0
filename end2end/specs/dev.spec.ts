// `cargo xtask dev`, on a copy of the sources: what is saved there is on the
// screen by itself. How long that takes is printed, never asserted.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test, type Page } from '@playwright/test';
import { Child } from '../support/child.ts';
import {
  buildCommand,
  builtCopy,
  compiled,
  copy,
  program,
  root,
  xtask,
} from '../support/paths.ts';
import { expectNoOtherBridge, freePort, isOpen } from '../support/ports.ts';

/** The first build of the copy, on an empty cache. */
const FIRST_BUILD = 25 * 60_000;
/** Any later one, on a busy machine. */
const BUILD = 3 * 60_000;

/** The version of the copy's crates. */
const COPY_VERSION = '0.1.0-copy';

/** Copies what git knows of, and what is new and not ignored. */
function copySources(): void {
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const names = execFileSync('git', list, { cwd: root, encoding: 'utf8' });
  rmSync(copy, { recursive: true, force: true });
  for (const name of names.split('\0').filter(Boolean)) {
    mkdirSync(dirname(join(copy, name)), { recursive: true });
    cpSync(join(root, name), join(copy, name), { force: true });
  }
  // By path and version cargo tells crates apart, and of a path it takes the part
  // within the work tree: without a version of its own, what is compiled of the
  // copy would be taken for what is compiled of the sources, edits and all.
  edit('Cargo.toml', 'version = "0.1.0"', `version = "${COPY_VERSION}"`);
  // The lock too: cargo would write it anew, and that is a change to build.
  const lock = join(copy, 'Cargo.lock');
  const ours = /^version = "0\.1\.0"$(?!\nsource)/gm;
  writeFileSync(lock, readFileSync(lock, 'utf8').replace(ours, `version = "${COPY_VERSION}"`));
}

/** What the login page says, and what the copy's says in the end. */
const SENTENCE = '登录密码只在卡内验证';
const CHANGED_SENTENCE = '密码只在您的卡里验证';

/** Replaces something that stands in a file of the copy. */
function edit(name: string, before: string, after: string): void {
  const file = join(copy, name);
  const source = readFileSync(file, 'utf8');
  if (!source.includes(before)) throw new Error(`${name} has no ${before}`);
  writeFileSync(file, source.replace(before, after));
}

/** Prints how long it takes until something is on the screen. */
async function timed(what: string, wait: () => Promise<unknown>): Promise<void> {
  const start = Date.now();
  await wait();
  console.log(`dev: ${what}: ${((Date.now() - start) / 1000).toFixed(1)} s`);
}

/** When the page was loaded; nothing while it is being loaded. */
const loads = (page: Page) => page.evaluate(() => performance.timeOrigin).catch(() => undefined);

test('what is saved is on the screen by itself, and what does not compile is said', async ({
  page,
}) => {
  test.setTimeout(FIRST_BUILD + 8 * BUILD);
  await expectNoOtherBridge();
  copySources();
  const port = await freePort();
  let dev: Child | undefined;
  try {
    dev = await startDev(port);
    await followChanges(page, dev, port);
  } catch (error) {
    console.log(dev?.output);
    throw error;
  } finally {
    await dev?.stop('SIGINT');
    rmSync(copy, { recursive: true, force: true });
  }
  expect(await isOpen(port)).toBe(false);
  await expectNoOtherBridge();
  expectOwnPrograms();
});

/** What is built of the sources knows nothing of the copy's edits. */
function expectOwnPrograms(): void {
  const [command = '', ...words] = buildCommand();
  execFileSync(command, words, { cwd: root, stdio: 'pipe' });
  const server = readFileSync(program('server'));
  expect(server.includes(SENTENCE)).toBe(true);
  expect(server.includes(CHANGED_SENTENCE)).toBe(false);
}

/** Starts it on the copy, and waits until it serves. */
async function startDev(port: number): Promise<Child> {
  return Child.start(
    'xtask dev',
    xtask(),
    ['dev', '--port', String(port), '--data', join(builtCopy, 'demo')],
    (line) => line.includes('pages reload by themselves'),
    {
      CARGO_MANIFEST_DIR: join(copy, 'xtask'),
      CARGO_TARGET_DIR: builtCopy,
      // What is compiled of others is there already, and our own crates are
      // told apart by their version.
      CARGO_BUILD_BUILD_DIR: compiled,
    },
  );
}

/** Changes one thing after the other, and looks at the page. */
async function followChanges(page: Page, dev: Child, port: number): Promise<void> {
  await page.goto(`http://127.0.0.1:${port}/login`);
  await expect(page.getByText(SENTENCE)).toBeVisible();

  // A rule of the style sheet: the page stays as it is.
  const loaded = await loads(page);
  edit('style/tokens.css', ':root {', ':root {\n    --of-the-test: 7px;');
  const value = () =>
    page.evaluate(() =>
      getComputedStyle(document.documentElement).getPropertyValue('--of-the-test'),
    );
  await timed('a rule', () => expect.poll(value, { intervals: [20] }).toBe('7px'));
  expect(await loads(page)).toBe(loaded);

  // A sentence: at once, in the page as it is, and for good when it was built.
  edit('app/src/text/login.rs', SENTENCE, CHANGED_SENTENCE);
  const sentence = page.getByText(CHANGED_SENTENCE);
  await timed('a sentence, by its words alone', () => expect(sentence).toBeVisible());
  expect(await loads(page)).toBe(loaded);
  expect(dev.output).toContain('words, for the time being');
  await timed('the same, built', async () => {
    const later = async () => ((await loads(page)) ?? 0) > (loaded ?? 0);
    await expect.poll(later, { timeout: BUILD }).toBe(true);
    await expect(sentence).toBeVisible();
  });

  // An island, in what only the browser shows: wasm was built anew.
  const before = '_ => text::status_sentences(status),';
  const after = '_ => { let (a, b) = text::status_sentences(status); (a + "岛是新的", b) }';
  const noCard = page.getByText(/^没有检测到IC卡。/);
  edit('app/src/islands/card_status.rs', before, after);
  await timed('an island', () =>
    expect(noCard.and(page.getByText('岛是新的'))).toBeVisible({ timeout: BUILD }),
  );

  // What compiles for the browser and not for the server: neither half is
  // shown, the terminal says why, and the old version serves.
  const title = 'pub const TITLE: Text = ';
  const oops = `#[cfg(feature = "ssr")]\nconst _: u8 = "oops";\n/// The title.\n${title}`;
  edit('app/src/text/login.rs', title, oops);
  await expect.poll(() => dev.output, { timeout: BUILD }).toContain('goes on serving');
  expect(dev.output).toContain('oops');
  await expect(page.getByText('编译失败，见终端')).toBeVisible();
  await page.reload();
  await expect(sentence).toBeVisible();
  await expect(noCard).toContainText('岛是新的');

  // And mended, with all else as it was.
  edit('app/src/islands/card_status.rs', after, before);
  edit('app/src/text/login.rs', oops, title);
  await timed('mended', () =>
    expect(noCard.and(page.getByText(/^没有检测到IC卡。$/))).toBeVisible({ timeout: BUILD }),
  );
  await expect(sentence).toBeVisible();
}
