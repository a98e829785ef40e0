// No policy names the key: a person is asked for it, once, by the browser's own list.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { cardStatus } from '../support/test.ts';
import { expect, test } from './support.ts';

/** From 取消, which has the focus first, to the list, its first line, and 连接. */
const CHOOSE = ['Tab', 'Down', 'Tab', 'Tab', 'Tab', 'Return'];
const wait = (milliseconds: number): Promise<void> =>
  new Promise((later) => setTimeout(later, milliseconds));

test('a person chooses the key once, and plugs it in from then on', async ({
  page,
  machine,
  stack,
  key,
}) => {
  const { holder_name } = stack.card('legal-person');
  const one = await key('legal-person', { serial: 'KEY-A' });
  await one.insert();
  await page.goto('/login');
  const offer = page.getByRole('button', { name: '选择Ikey' });
  await expect(offer).toBeVisible({ timeout: 100_000 });
  await expect(cardStatus(page)).not.toContainText('已检测到IC卡');
  await offer.click();
  // The list is the browser's own window: no page sees it.
  await wait(6_000);
  for (const press of CHOOSE) {
    await promisify(execFile)('xdotool', ['key', press], {
      env: { ...process.env, DISPLAY: machine.display },
      timeout: 20_000,
    });
    await wait(1_000);
  }
  await expect(cardStatus(page)).toContainText(`已检测到IC卡：${holder_name}`, { timeout: 60_000 });
  await expect(offer).toBeHidden();
  // The browser remembers it.
  await one.pull();
  await expect(cardStatus(page)).toContainText('没有检测到IC卡');
  await one.insert();
  await expect(cardStatus(page)).toContainText(`已检测到IC卡：${holder_name}`, { timeout: 60_000 });
});
