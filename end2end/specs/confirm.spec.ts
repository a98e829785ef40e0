// What you see is what you sign: the bridge's own window asks the second question,
// and the page only says so. A program that speaks pinentry's protocol stands in for
// the window.
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answer, expect, logInLegalPerson, openMenu, rowOf, test, view, because } from '../support/test.ts';

const folder = mkdtempSync(join(tmpdir(), 'ic-card-window-'));
const pinentry = join(folder, 'pinentry');
const log = join(folder, 'log');
const said = join(folder, 'said');

test.beforeAll(() => {
  writeFileSync(
    pinentry,
    `#!/bin/sh
[ "$1" = --version ] && echo 'pinentry-test (pinentry) 1.0' && exit
echo OK
while read -r line; do
  echo "$line" >> '${log}'
  case "$line" in
    CONFIRM) while [ ! -e '${said}' ]; do sleep 0.05; done
      # Taken away first: a no ends this program.
      reply=$(cat '${said}'); rm '${said}'; echo "$reply" ;;
    *) echo OK ;;
  esac
done
`,
  );
  chmodSync(pinentry, 0o700);
});

test.beforeEach(() => rmSync(log, { force: true }));
test.afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Waits until the window asks, and gives what it shows. */
async function shown(): Promise<string> {
  const text = () => (existsSync(log) ? readFileSync(log, 'utf8') : '');
  await expect.poll(text).toContain('CONFIRM');
  return text();
}

test('确认 in the window is the second question', async ({ page, stack }) => {
  const { holder_name: name } = stack.operator('0004');
  await stack.startBridge(2, pinentry);
  await logInLegalPerson(page, stack);
  await openMenu(page, '冻结');
  await view(page, name);
  await page.getByRole('main').getByRole('button', { name: '冻结', exact: true }).click();
  await because(page, '离岗');
  await answer(page, '确认');
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('请在读卡程序弹出的窗口中核对内容');
  // The page does not ask too.
  await expect(dialog.getByRole('button', { name: '确认', exact: true })).toHaveCount(0);
  const window = await shown();
  expect(window).toContain(`${stack.origin} 请求用您的IC卡对以下内容签名：`);
  expect(window).toContain('对下列操作员卡进行冻结操作');
  expect(window).toContain(`操作员姓名：${name}`);
  writeFileSync(said, 'OK\n');
  await expect(dialog).toContainText('冻结成功');
  await expect(dialog).toContainText('卡状态：已冻结');
});

test('取消 in the window, or no answer there, is 取消 in the page', async ({ page, stack }) => {
  const { holder_name: name } = stack.operator('0002');
  await stack.startBridge(2, pinentry);
  await logInLegalPerson(page, stack);
  await openMenu(page, '冻结');
  await view(page, name);
  const freeze = page.getByRole('main').getByRole('button', { name: '冻结', exact: true });
  // 取消, and its time.
  for (const code of ['83886179 cancelled', '83886142 timeout']) {
    rmSync(log, { force: true });
    await freeze.click();
    await because(page, '离岗');
    await answer(page, '确认');
    await shown();
    writeFileSync(said, `ERR ${code}\n`);
    await expect(page.getByRole('dialog')).toBeHidden();
  }
  await page.getByRole('link', { name: '返回' }).click();
  await expect(rowOf(page, name)).toContainText('正常');
});

test('取消 in the page takes the window away', async ({ page, stack }) => {
  const { holder_name: name } = stack.operator('0002');
  await stack.startBridge(2, pinentry);
  await logInLegalPerson(page, stack);
  await openMenu(page, '冻结');
  await view(page, name);
  const freeze = page.getByRole('main').getByRole('button', { name: '冻结', exact: true });
  await freeze.click();
  await because(page, '离岗');
  await answer(page, '确认');
  await shown();
  await answer(page, '取消');
  await expect(page.getByRole('dialog')).toBeHidden();
  // The card is free for the next one.
  rmSync(log, { force: true });
  await freeze.click();
  await because(page, '离岗');
  await answer(page, '确认');
  await shown();
  writeFileSync(said, 'OK\n');
  await expect(page.getByRole('dialog')).toContainText('冻结成功');
});
