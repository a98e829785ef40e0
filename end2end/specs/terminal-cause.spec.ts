// A terminal has no keyboard but the one on its screen, in a dialog too.
import { shoot } from '../support/shots.ts';
import { answer, dialogOf, expect, logInAtTerminal, rowOf, test } from '../support/test.ts';

test('a cause is chosen, and its words are written, by touch alone', async ({ page, stack }) => {
  const { holder_name: name } = stack.operator('0004');
  await logInAtTerminal(page, stack);
  await page.getByRole('navigation', { name: '功能菜单' }).getByRole('link', { name: '挂失' }).tap();
  await rowOf(page, name).getByRole('link', { name: '查看' }).tap();
  await page.getByRole('main').getByRole('button', { name: '挂失', exact: true }).tap();
  const dialog = dialogOf(page);
  await shoot(page, 'terminal-cause');
  await dialog.getByText('其他', { exact: true }).tap();
  await dialog.getByRole('button', { name: '遗落在外', exact: true }).tap();
  const words = dialog.getByLabel('说明（1至40字）', { exact: true });
  await expect(words).toHaveValue('遗落在外');
  // Or with the keys of the screen, which stand below the field and cover nothing.
  await words.tap();
  const keyboard = dialog.getByRole('region', { name: /^屏幕键盘/ });
  await expect(keyboard).toHaveCount(1);
  await expect(page.getByRole('region', { name: /^屏幕键盘/ })).toHaveCount(1);
  await keyboard.getByRole('button', { name: 'T', exact: true }).tap();
  await keyboard.getByRole('button', { name: '3', exact: true }).tap();
  await expect(words).toHaveValue('遗落在外T3');
  await shoot(page, 'terminal-cause-words');
  const small = await dialog.getByRole('button').evaluateAll((buttons) =>
    buttons
      .map((button) => button.getBoundingClientRect())
      .filter(({ width, height }) => Math.min(width, height) < 59.5)
      .map(({ width, height }) => `${width} x ${height}`),
  );
  expect(small).toEqual([]);
  await dialog.getByRole('button', { name: '下一步', exact: true }).tap();
  await answer(page, '确认');
  await expect(dialog).toContainText('原因：其他（遗落在外T3）');
  await answer(page, '确认');
  await expect(dialog).toContainText('挂失成功');
  await answer(page, '确认');
  await expect(page.getByRole('main')).toContainText('原因：其他（遗落在外T3）');
  await shoot(page, 'terminal-detail-cause');
});

test('the last day of a 冻结 is chosen in the calendar of the dialog', async ({ page, stack }) => {
  const { holder_name: name } = stack.operator('0004');
  await logInAtTerminal(page, stack);
  await page.getByRole('navigation', { name: '功能菜单' }).getByRole('link', { name: '冻结' }).tap();
  await rowOf(page, name).getByRole('link', { name: '查看' }).tap();
  await page.getByRole('main').getByRole('button', { name: '冻结', exact: true }).tap();
  const dialog = dialogOf(page);
  await dialog.getByText('离岗', { exact: true }).tap();
  await dialog.locator('input[name="until"]').tap();
  const keyboard = dialog.getByRole('region', { name: /^屏幕键盘/ });
  await keyboard.getByRole('button', { name: '下个月' }).tap();
  await keyboard.getByRole('button', { name: /月15日$/ }).tap();
  await expect(dialog.locator('input[name="until"]')).toHaveValue(/^\d{4}-\d{2}-15$/);
  await shoot(page, 'terminal-until');
  await dialog.getByRole('button', { name: '下一步', exact: true }).tap();
  await answer(page, '确认');
  await expect(dialog).toContainText('自动解冻：');
  await answer(page, '确认');
  await expect(dialog).toContainText('冻结成功');
});
