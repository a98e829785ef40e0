// The bridge on Windows, from the installer to its last trace: installed without a
// question, used from Chromium as on any other system, killed, its PIN window, and
// removed. The software cards are in the bridge's own process.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from '@playwright/test';
import config from '../playwright.config.ts';
import { program, required, root, stage, xtask } from '../support/paths.ts';
import { expectNoOtherBridge, isOpen } from '../support/ports.ts';
import type { Stack } from '../support/stack.ts';
import {
  answer,
  because,
  cardStatus,
  dialogOf,
  enterPin,
  expect,
  openMenu,
  rowOf,
  test,
  view,
  type Page,
} from '../support/test.ts';
import {
  appData,
  ask,
  execute,
  files,
  installed,
  localAppData,
  registry,
  runs,
  start,
  typeInto,
  windowsPath,
} from './wine.ts';

const RUN = 'HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run';
const PROGRAMS = 'HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Uninstall';
const POLICIES = 'HKLM\\Software\\Policies';
/** Which keys pages may open without asking. */
const KEYS = 'WebUsbAllowDevicesForUrls';
const OURS = 'HKLM\\Software\\card-bridge';
const READERS = ['演示读卡器 1', '演示读卡器 2'] as const;

/** Where the bridge listens first. */
const PORT = 43117;

/** Where the way from within Wine to it begins: none of the bridge's ports. */
const RELAYED = 43217;

/**
 * A browser that goes that way to the bridge's port. The page has to ask for the port
 * that the bridge has: what it proves there is good for no other (ADR 38).
 */
async function relayed(): Promise<Page> {
  const { args, ...options } = config.use?.launchOptions ?? {};
  const way = `--host-resolver-rules=MAP 127.0.0.1:${PORT} 127.0.0.1:${RELAYED}`;
  const browser = await chromium.launch({ ...options, args: [...(args ?? []), way] });
  return browser.newPage({ locale: 'zh-CN', timezoneId: 'Asia/Shanghai', viewport: { width: 1366, height: 900 } });
}

/** Packs the programs that were built, for the stack's server. Gives the installer. */
function pack(stack: Stack): string {
  const key = execFileSync(program('server'), ['--data', stack.data, 'program-key'], {
    encoding: 'utf8',
  }).trim();
  const programs = required('IC_CARD_WINDOWS_PROGRAMS');
  const args = ['package', 'windows', '--origin', stack.origin, '--key', key, '--usb', '1209:0001'];
  execFileSync(xtask(), [...args, '--programs', programs], { cwd: root, stdio: 'ignore' });
  const installer = readdirSync(programs).find((name) => name.endsWith('-127.0.0.1.exe'));
  if (!installer) throw new Error(`no installer in ${programs}`);
  return join(programs, installer);
}

/** All that an installer may have changed. */
async function traces(): Promise<string[]> {
  const keys = [RUN, PROGRAMS, POLICIES, OURS];
  const values = await Promise.all(keys.map(registry));
  return [...files(), ...values.flat()];
}

/** Puts a card into one of the bridge's own readers, or pulls it again, by the drawer. */
async function toggle(page: Page, stack: Stack, key: string, reader = 0): Promise<void> {
  const dialog = dialogOf(page);
  const within = (await dialog.count()) > 0 ? dialog : page.locator('body');
  const drawer = within.getByRole('region', { name: '演示读卡器' }).last();
  const handle = drawer.getByRole('button', { name: '演示读卡器', exact: true });
  await expect(handle).toBeVisible();
  if ((await handle.getAttribute('aria-expanded')) !== 'true') await handle.click();
  await drawer.getByText(READERS[reader] ?? '', { exact: true }).click();
  const card = drawer.getByRole('button', { name: new RegExp(stack.card(key).label) });
  const was = await card.getAttribute('aria-pressed');
  await card.click();
  await expect(card).toHaveAttribute('aria-pressed', was === 'true' ? 'false' : 'true');
  await handle.click();
}

/**
 * Confirms the statement; what follows says so. A page that was a while on its way has
 * to have the card verified once more.
 */
async function sign(page: Page, pin: string, says: string): Promise<void> {
  const dialog = dialogOf(page);
  await answer(page, '确认');
  const field = dialog.getByLabel('登录密码', { exact: true });
  await expect(field.or(dialog.getByText(says)).first()).toBeVisible();
  if (await field.isVisible()) {
    await field.fill(pin);
    await answer(page, '确认');
  }
  await expect(dialog).toContainText(says);
}

/** From the list to the signed statement. */
async function begin(page: Page, act: '延期' | '解锁', name: string, pin: string): Promise<void> {
  await openMenu(page, act);
  await view(page, name);
  await page.getByRole('main').getByRole('button', { name: act, exact: true }).click();
  const dialog = dialogOf(page);
  await expect(dialog).toContainText(`确认要进行${act}操作吗？`);
  await answer(page, '确认');
  await expect(dialog).toContainText(`对下列操作员卡进行${act}操作`);
  await sign(page, pin, '不需要拔掉管理员卡');
}

/** What the entry of the user's session starts, without its quotes. */
async function autostart(): Promise<string> {
  const line = (await registry(RUN)).find((entry) => entry.includes('card-bridge'));
  return line?.split(' | ')[2]?.replaceAll('"', '') ?? '';
}

async function ended(): Promise<void> {
  await expect.poll(() => isOpen(PORT), { timeout: 20_000 }).toBe(false);
}

async function listens(): Promise<void> {
  await expect.poll(() => isOpen(PORT), { timeout: 20_000 }).toBe(true);
}

test('installed, used, killed, and removed without a trace', async ({ page: first, stack }) => {
  await expectNoOtherBridge();
  const installer = await test.step('an administrator has policies of their own', async () => {
    const chrome = `${POLICIES}\\Google\\Chrome\\LoopbackNetworkAllowedForUrls`;
    const edge = `${POLICIES}\\Microsoft\\Edge\\LoopbackNetworkAllowedForUrls`;
    await ask('reg', 'add', chrome, '/v', '1', '/d', 'https://other.example', '/f');
    // The very same entry, which is theirs all the same.
    await ask('reg', 'add', edge, '/v', '7', '/d', stack.origin, '/f');
    // A policy of one value, which ours must not take the place of.
    await ask('reg', 'add', `${POLICIES}\\Microsoft\\Edge`, '/v', KEYS, '/d', '[]', '/f');
    return pack(stack);
  });
  const before = await traces();

  await test.step('the installer asks nothing, and says what it did', async () => {
    expect(await execute(installer, '/S')).toBe(0);
    expect(await autostart()).toMatch(/\\card-bridge\\card-bridge-session\.exe$/);
    const programs = (await registry(PROGRAMS)).join('\n');
    expect(programs).toContain('card-bridge\\UninstallString');
    expect(programs).toContain('card-bridge\\DisplayVersion | REG_SZ | 0.1.0');
    const policies = await registry(POLICIES);
    const entry = (browser: string, policy: string, number: number, value: string): string =>
      `HKEY_LOCAL_MACHINE\\Software\\Policies\\${browser}\\${policy}\\${number} | REG_SZ | ${value}`;
    const value = (browser: string, text: string): string =>
      `HKEY_LOCAL_MACHINE\\Software\\Policies\\${browser}\\${KEYS} | REG_SZ | ${text}`;
    const keys = [{ devices: [{ product_id: 1, vendor_id: 0x1209 }], urls: [stack.origin] }];
    const loopback = 'LoopbackNetworkAllowedForUrls';
    const local = 'LocalNetworkAccessAllowedForUrls';
    expect(policies.toSorted()).toEqual(
      [
        entry('Google\\Chrome', loopback, 1, 'https://other.example'),
        entry('Google\\Chrome', loopback, 2, stack.origin),
        entry('Google\\Chrome', local, 1, stack.origin),
        entry('Microsoft\\Edge', loopback, 7, stack.origin),
        entry('Microsoft\\Edge', local, 1, stack.origin),
        entry('Mozilla\\Firefox', 'LocalNetworkAccess\\SkipDomains', 1, '127.0.0.1'),
        value('Google\\Chrome', JSON.stringify(keys)),
        value('Microsoft\\Edge', '[]'),
      ].toSorted(),
    );
  });

  await test.step('the bridge runs, and no byte of it goes to whom Windows does not know', async () => {
    await listens();
    await first.goto('/login');
    await expect(cardStatus(first)).toContainText('另一位用户');
    // It would ask again and again, and Wine takes its time to find out who does.
    await first.close();
  });

  const page = await relayed();

  await test.step('it finds that Wine has no PC/SC', async () => {
    start(windowsPath(required('IC_CARD_RELAY')), String(PORT), String(RELAYED));
    await expect.poll(() => isOpen(RELAYED), { timeout: 20_000 }).toBe(true);
    await page.goto(`${stack.origin}/login`);
    await expect(cardStatus(page)).toContainText('智能卡服务没有运行');
  });

  await test.step('its window is closed, and it ends; the session starts it again', async () => {
    await ask('taskkill', '/IM', 'card-bridge-session.exe');
    await ended();
    // There is one in a session, and this one is still going.
    await expect.poll(() => runs('card-bridge-session.exe'), { timeout: 20_000 }).toBe(false);
    const shelf = stack.demo.cards.map(({ key, label }) => ({ key, label, file: `${key}.card` }));
    writeFileSync(join(stage, 'main/cards/cards.json'), JSON.stringify(shelf));
    const cards = windowsPath(join(stage, 'main/cards'));
    start(await autostart(), '--virtual', cards, '--no-pcsc');
    await listens();
  });

  const boss = stack.card('legal-person');
  await test.step('登录', async () => {
    await page.goto(`${stack.origin}/login`);
    await toggle(page, stack, 'legal-person');
    await expect(cardStatus(page).first()).toContainText('已检测到IC卡');
    await enterPin(page, boss.pin);
    await expect(page).toHaveURL(/\/portal$/);
  });

  await test.step('冻结', async () => {
    const { holder_name: name } = stack.operator('0004');
    await openMenu(page, '冻结');
    await view(page, name);
    await page.getByRole('main').getByRole('button', { name: '冻结', exact: true }).click();
    await because(page, '离岗');
    await expect(dialogOf(page)).toContainText('确认要进行冻结操作吗？');
    await answer(page, '确认');
    await expect(dialogOf(page)).toContainText('对下列操作员卡进行冻结操作');
    await sign(page, boss.pin, '冻结成功');
    await answer(page, '确认');
  });

  await test.step('延期', async () => {
    const { holder_name: name } = stack.card('operator-0003');
    await begin(page, '延期', name, boss.pin);
    await toggle(page, stack, 'operator-0003', 1);
    await expect(dialogOf(page)).toContainText('延期成功');
    await answer(page, '确认');
    await expect(dialogOf(page)).toBeHidden();
    await expect(page.getByRole('main')).toContainText(`${new Date().getFullYear() + 10}-`);
    // With a card in each reader none is named.
    await expect(page.getByTitle('读卡器状态')).toContainText('IC卡已就绪');
    await toggle(page, stack, 'operator-0003', 1);
  });

  await test.step('解锁', async () => {
    const { holder_name: name } = stack.card('operator-0010');
    await begin(page, '解锁', name, boss.pin);
    await toggle(page, stack, 'operator-0010', 1);
    const dialog = dialogOf(page);
    await dialog.getByLabel('新密码', { exact: true }).fill('246813');
    await dialog.getByLabel('确认新密码', { exact: true }).fill('246813');
    await answer(page, '确认');
    await expect(dialog).toContainText('解锁成功');
    await answer(page, '确认');
    await expect(dialog).toBeHidden();
    await expect(rowOf(page, name)).toHaveCount(0);
  });

  await test.step('the bridge is killed: it is started again, and the page goes on', async () => {
    await ask('taskkill', '/F', '/IM', 'card-bridge.exe');
    await ended();
    await listens();
    await page.getByRole('button', { name: '退出登录' }).click();
    await expect(page).toHaveURL(/\/login/);
    await toggle(page, stack, 'operator-0010');
    await expect(cardStatus(page).first()).toContainText('已检测到IC卡');
    // The PIN that 解锁 set is on the card.
    await enterPin(page, '246813');
    await expect(page).toHaveURL(/\/my-card$/);
    await page.getByRole('button', { name: '退出登录' }).click();
    await expect(page).toHaveURL(/\/login/);
  });

  await test.step("the PIN is typed into the bridge's own window", async () => {
    mkdirSync(join(appData, 'card-bridge'), { recursive: true });
    writeFileSync(join(appData, 'card-bridge/config.toml'), 'pin_entry = "dialog"\n');
    await page.goto(`${stack.origin}/login`);
    await expect(cardStatus(page).first()).toContainText('已检测到IC卡');
    await expect(page.getByRole('main')).toContainText('在读卡程序弹出的窗口中输入');
    await expect(page.getByLabel('登录密码', { exact: true })).toHaveCount(0);
    const log = page.getByRole('button', { name: '确定', exact: true });
    await log.click();
    await typeInto('IC卡', 'Escape');
    await expect(page.getByRole('alert').first()).toContainText('取消');
    await log.click();
    await typeInto('IC卡', '246813', 'Return');
    await expect(page).toHaveURL(/\/my-card$/);
  });

  await test.step('installed once more while it runs, it is replaced and runs', async () => {
    expect(await execute(installer, '/S')).toBe(0);
    await listens();
    expect((await registry(POLICIES)).filter((entry) => entry.includes(stack.origin)).length).toBe(5);
  });

  await test.step('nothing that was typed is in its log', async () => {
    const said = readFileSync(join(localAppData, 'card-bridge/card-bridge.log'), 'utf8');
    expect(said).not.toContain('246813');
    expect(said).not.toContain(boss.pin);
  });

  await test.step('removed, nothing is left but what was there before', async () => {
    expect(await execute(join(installed, 'uninstall.exe'), '/S')).toBe(0);
    await ended();
    await expect.poll(async () => (await traces()).toSorted(), { timeout: 20_000 }).toEqual(
      before.toSorted(),
    );
  });
  await page.context().browser()?.close();
});
