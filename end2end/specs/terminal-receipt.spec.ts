// A terminal leaves no file behind. What was done there is taken along in a picture: a QR code
// with its proof, which a reader of codes that nobody here wrote reads off the screen.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { program } from '../support/paths.ts';
import { shoot } from '../support/shots.ts';
import {
  answer,
  because,
  cardOut,
  dialogOf,
  expect,
  logInAtTerminal,
  rowOf,
  test,
} from '../support/test.ts';

test('the proof of what was done is taken along as a picture', async ({ page, stack }, info) => {
  const { holder_name: name } = stack.operator('0004');
  await logInAtTerminal(page, stack);
  await page.getByRole('navigation', { name: '功能菜单' }).getByRole('link', { name: '冻结' }).tap();
  await rowOf(page, name).getByRole('link', { name: '查看' }).tap();
  await page.getByRole('main').getByRole('button', { name: '冻结', exact: true }).tap();
  await because(page, '离职');
  await answer(page, '确认');
  await expect(dialogOf(page)).toContainText(`操作员姓名：${name}`);
  await answer(page, '确认');
  await expect(dialogOf(page)).toContainText('冻结成功');
  await answer(page, '确认');
  await page.getByRole('link', { name: '凭证二维码' }).tap();
  const code = page.getByRole('img', { name: '本条记录的凭证二维码' });
  await expect(page.getByRole('heading', { name: '操作详细信息' })).toBeVisible();
  await expect(code).toHaveCount(0);
  await page.getByRole('button', { name: '显示凭证二维码' }).tap();
  await expect(code).toBeVisible();
  // Whole, without scrolling.
  const box = (await code.boundingBox())!;
  const { width, height } = page.viewportSize()!;
  expect(box.x >= 0 && box.y >= 0).toBe(true);
  expect(box.x + box.width <= width && box.y + box.height <= height).toBe(true);
  await shoot(page, 'terminal-receipt');
  const picture = info.outputPath('screen.png');
  const text = info.outputPath('code.txt');
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: picture });
    const said = execFileSync('zbarimg', ['--quiet', '--raw', picture], { encoding: 'utf8' });
    writeFileSync(text, said);
    const verified = execFileSync(
      program('server'),
      ['--data', stack.data, 'audit', 'verify', '--show', '--export', text],
      { encoding: 'utf8' },
    );
    expect(verified, colorScheme).toContain(`操作员姓名：${name}`);
    expect(verified, colorScheme).toContain('1 signatures of the legal person');
  }
  // It goes with the card.
  await stack.pull();
  await expect(cardOut(page)).toBeVisible();
  await expect(code).toHaveCount(0);
});
